"""Paths back from a cost surface, and their straightening beyond the few directions of a raster."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from geo.errors import BadInput, GridMismatch, InvalidSetting
from geo.routes.cost import (
    CellSize,
    cell_size,
    flat_cells,
    level_ground,
    start_costs,
    walking_ground,
)
from geo.routes.moves import MOVES, Ground, Layer, climb_factor, mean_over_four

ROUNDING = 1e-9
"""Relative difference up to which a cost and the sum along a path are taken for equal."""

LOOK_BACK = 32
"""Vertices before each one from which a straight line to it is tried."""

SPACINGS = (16.0, 8.0, 4.0, 2.0)
"""Cells between the vertices that are slid sideways, from coarse to fine."""

SLIDES = 24
"""Most rounds of sliding at each spacing."""

GAIN = 1e-6
"""Relative gain of a round of sliding below which the next slides half as far."""

SKIPPED = 1e-12
"""Share of a line below which a cell counts as touched at its corner only."""


def trace(
    cost_s: NDArray[np.float64],
    friction: ArrayLike,
    *,
    cell_m: CellSize,
    sources_rowcol: ArrayLike,
    to_rowcol: tuple[int, int],
    neighbours: int = 8,
    start_cost_s: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Cells of a cheapest path from a source to a cell, both ends included.

    Parameters
    ----------
    cost_s : (rows, columns) of float64
        What `accumulated_cost` gave for these very arguments.
    friction, cell_m, sources_rowcol, neighbours, start_cost_s
        As of `accumulated_cost`.
    to_rowcol : (row, column)
        Where the path ends.

    Returns
    -------
    (n, 2) of int64
        Row and column of each cell. No cell comes twice, and the costs of its moves, added in
        order to the cost at its source, give the cost at its end.

    Raises
    ------
    GridMismatch
        If cost and friction differ in shape.
    BadInput
        If no path leads there, or the cost was made from something else.
    InvalidSetting
        If the end is outside the raster; and as `accumulated_cost`.
    """
    ground = level_ground(friction, cell_m=cell_m, neighbours=neighbours)
    return _trace(cost_s, ground, sources_rowcol, to_rowcol, start_cost_s)


def trace_walk(
    cost_s: NDArray[np.float64],
    elevation_m: ArrayLike,
    *,
    cell_m: CellSize,
    sources_rowcol: ArrayLike,
    to_rowcol: tuple[int, int],
    towards: bool = False,
    off_path_factor: float = 1.0,
    friction_factor: ArrayLike | None = None,
    neighbours: int = 8,
    start_cost_s: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Cells of a quickest walk between a source and a cell, in the order of walking.

    Parameters are those of `walking_cost`, whose result is `cost_s`; the rest is as of `trace`,
    but that the walk goes from `to_rowcol` to a source if `towards`.
    """
    ground = walking_ground(
        elevation_m,
        cell_m=cell_m,
        towards=towards,
        off_path_factor=off_path_factor,
        friction_factor=friction_factor,
        neighbours=neighbours,
    )
    path = _trace(cost_s, ground, sources_rowcol, to_rowcol, start_cost_s)
    return path[::-1].copy() if towards else path


def _trace(
    cost_s: NDArray[np.float64],
    ground: Ground,
    sources_rowcol: ArrayLike,
    to_rowcol: tuple[int, int],
    start_cost_s: ArrayLike | None,
) -> NDArray[np.int64]:
    """Cells from a source to `to_rowcol`."""
    shape = (ground.friction if ground.friction.size else ground.elevation_m).shape
    if cost_s.shape != shape:
        raise GridMismatch(
            f"the cost has the shape {cost_s.shape}", expected=f"that of the ground, {shape}"
        )
    sources = flat_cells(sources_rowcol, shape, "source")
    start_s = start_costs(start_cost_s, sources)
    end = int(flat_cells(to_rowcol, shape, "end")[0])
    row, col = divmod(end, shape[1])
    if not np.isfinite(cost_s[row, col]):
        raise BadInput(
            f"no path is known to row {row}, column {col}",
            expected="a cell of finite cost",
            remedy="choose a cell that the cost surface reaches",
        )
    order = np.lexsort((start_s, sources))
    costs = np.ascontiguousarray(cost_s, dtype=np.float64)
    cells = _cells_back(costs, ground, sources[order], start_s[order], end)
    if not cells.size:
        raise BadInput(
            f"the cost at row {row}, column {col} is not the sum of moves from any source",
            expected="the cost surface of this ground, these sources and neighbours",
        )
    return np.column_stack(np.divmod(cells[::-1], shape[1]))


@njit(cache=True, nogil=True)
def _cells_back(
    cost_s: NDArray[np.float64],
    ground: Ground,
    sources: NDArray[np.int64],
    start_s: NDArray[np.float64],
    end: int,
) -> NDArray[np.int64]:
    """Cells from the end back to a source; empty if there is no way. Sources are sorted.

    Costs fall on the way, but for moves too cheap to change them: among cells of equal cost it
    may go astray, and then steps back from cells that it never enters again.
    """
    friction, elevation_m, lengths_m, level_s, towards = ground
    weighs, climbs = friction.size > 0, elevation_m.size > 0
    layer = friction if weighs else elevation_m
    rows, cols = cost_s.shape
    path, seen = [end], {end}
    while path:
        row, col = path[-1] // cols, path[-1] % cols
        here = cost_s[row, col]
        source = np.searchsorted(sources, path[-1])
        if source < sources.size and sources[source] == path[-1] and start_s[source] <= here:
            return np.array(path)
        best, best_cell, best_cost = np.inf, -1, np.inf
        for move in range(level_s.size):
            from_row, from_col = row - MOVES[move, 0], col - MOVES[move, 1]
            if not (0 <= from_row < rows and 0 <= from_col < cols):
                continue
            mean = (np.float64(layer[from_row, from_col]) + np.float64(layer[row, col])) * 0.5
            if move >= 8:
                mean = mean_over_four(layer, from_row, from_col, move)
            if not weighs and not np.isnan(mean):
                mean = np.float64(1.0)
            step = mean * level_s[move]
            if climbs:
                rise_m = np.float64(elevation_m[row, col]) - elevation_m[from_row, from_col]
                step *= climb_factor(rise_m, lengths_m[move], towards)
            before = cost_s[from_row, from_col]
            cheaper = before + step < best or (before + step == best and before < best_cost)
            if cheaper and from_row * cols + from_col not in seen:
                best, best_cost = before + step, before
                best_cell = from_row * cols + from_col
        if best <= here * (1.0 + ROUNDING):
            path.append(best_cell)
            seen.add(best_cell)
        else:
            path.pop()
    return np.empty(0, np.int64)


def straightened(
    path_rowcol: ArrayLike, friction: ArrayLike, *, cell_m: CellSize
) -> tuple[NDArray[np.float64], float]:
    """The path drawn straight in any direction, as cheap as it gets nearby, and its cost.

    Cells know 8 or 16 directions, which makes a path on level ground up to 8.2 or 2.8 % too long.
    Straight lines replace its bends where that is cheaper, then vertices slide sideways. Each
    line costs its exact integral over the cells that it crosses (Amanatides and Woo 1987,
    doi:10.2312/egtp.19871000), so that no barrier is crossed that the path did not cross.

    Parameters
    ----------
    path_rowcol : (n, 2)
        Row and column of each vertex, as of `trace`; whole numbers are centres of cells.
    friction : (rows, columns)
        Seconds a metre, NaN = barrier, as of `accumulated_cost`.
    cell_m : float or (width, height)
        Size of a cell in metres.

    Returns
    -------
    rowcol : (k, 2) of float64
        Vertices, with the first and last of the path.
    cost_s : float
        Seconds along them; never more than along the path.

    Raises
    ------
    InvalidSetting
        If the path is no list of places in the raster.
    BadInput
        If the path crosses a barrier; and as `accumulated_cost`.
    """
    line, layer, (width_m, height_m) = _checked(path_rowcol, friction, cell_m)
    if not math.isfinite(_polyline_cost(line, layer, width_m, height_m)):
        raise BadInput("the path crosses a barrier (NaN)", expected="a path over passable cells")
    line = _without_detours(line, layer, width_m, height_m)
    for spacing in SPACINGS:
        line = _slid(_densified(line, spacing), layer, width_m, height_m, spacing)
        line = _without_detours(line, layer, width_m, height_m)
    return line, float(_polyline_cost(line, layer, width_m, height_m))


def path_cost(path_rowcol: ArrayLike, friction: ArrayLike, *, cell_m: CellSize) -> float:
    """Exact cost of a line in any direction, in seconds; inf if it crosses a barrier.

    Arguments and errors are those of `straightened`.
    """
    line, layer, (width_m, height_m) = _checked(path_rowcol, friction, cell_m)
    return float(_polyline_cost(line, layer, width_m, height_m))


def _checked(
    path_rowcol: ArrayLike, friction: ArrayLike, cell_m: CellSize
) -> tuple[NDArray[np.float64], Layer, tuple[float, float]]:
    """The line, the friction and the size of a cell, if they are of use."""
    layer = level_ground(friction, cell_m=cell_m, neighbours=8).friction
    line = np.array(path_rowcol, dtype=np.float64)
    if line.ndim != 2 or line.shape[1] != 2 or not line.size:
        raise InvalidSetting(
            f"the path has the shape {line.shape}", expected="a row and a column for each vertex"
        )
    if not ((line >= 0) & (line <= np.array(layer.shape) - 1)).all():
        raise InvalidSetting("the path leaves the raster", expected="vertices between its cells")
    return line, layer, cell_size(cell_m)


def _without_detours(
    line: NDArray[np.float64], layer: Layer, width_m: float, height_m: float
) -> NDArray[np.float64]:
    """The line with fewer vertices wherever that is no dearer, until nothing changes."""
    while True:
        fewer = line[_kept(line, layer, width_m, height_m)]
        if len(fewer) == len(line):
            return line
        line = fewer


def _densified(line: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """The same line with a vertex at least every `spacing` cells."""
    pieces = [line[:1]]
    for start, end in itertools.pairwise(line):
        count = max(math.ceil(math.dist(start, end) / spacing), 1)
        pieces.append(start + (end - start) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(pieces)


@njit(cache=True, nogil=True)
def _line_cost(
    layer: Layer, a: NDArray[np.float64], b: NDArray[np.float64],
    width_m: float, height_m: float,
) -> float:  # fmt: skip
    """Integral of friction along the straight line from `a` to `b`; inf across a barrier."""
    rows, cols = layer.shape
    down, right = b[0] - a[0], b[1] - a[1]
    length_m = math.hypot(down * height_m, right * width_m)
    if length_m == 0.0:
        return 0.0
    # Cell k covers k to k + 1 in these coordinates.
    top, left = a[0] + 0.5, a[1] + 0.5
    row, col = min(int(top), rows - 1), min(int(left), cols - 1)
    row_step, col_step = (1 if down > 0 else -1), (1 if right > 0 else -1)
    row_edge, col_edge = row + (down > 0), col + (right > 0)
    total, done = 0.0, 0.0
    while True:
        to_row = (row_edge - top) / down if down else np.inf
        to_col = (col_edge - left) / right if right else np.inf
        leave = min(to_row, to_col, 1.0)
        if leave - done > SKIPPED:
            friction = np.float64(layer[row, col])
            if np.isnan(friction):
                return np.inf
            total += friction * (leave - done)
            done = leave
        if leave >= 1.0:
            return total * length_m
        if to_row <= to_col:
            row += row_step
            row_edge += row_step
        else:
            col += col_step
            col_edge += col_step
        if not (0 <= row < rows and 0 <= col < cols):
            return total * length_m


@njit(cache=True, nogil=True)
def _polyline_cost(
    line: NDArray[np.float64], layer: Layer, width_m: float, height_m: float
) -> float:
    """Integral of friction along all pieces of a line."""
    total = 0.0
    for k in range(1, len(line)):
        total += _line_cost(layer, line[k - 1], line[k], width_m, height_m)
    return total


@njit(cache=True, nogil=True)
def _kept(
    line: NDArray[np.float64], layer: Layer, width_m: float, height_m: float
) -> NDArray[np.int64]:
    """Vertices of the cheapest line that leaves out up to `LOOK_BACK` at a time."""
    best, previous = np.full(len(line), np.inf), np.zeros(len(line), np.int64)
    best[0] = 0.0
    for k in range(1, len(line)):
        # From far to near, so that among equals the one with fewer vertices stays.
        for j in range(max(k - LOOK_BACK, 0), k):
            cost = best[j] + _line_cost(layer, line[j], line[k], width_m, height_m)
            if cost < best[k] * (1.0 - SKIPPED) or (best[k] == np.inf and cost < np.inf):
                best[k], previous[k] = cost, j
    kept = [len(line) - 1]
    while kept[-1] > 0:
        kept.append(previous[kept[-1]])
    return np.array(kept[::-1])


@njit(cache=True, nogil=True)
def _slid(
    line: NDArray[np.float64],
    layer: Layer,
    width_m: float,
    height_m: float,
    reach: float,
) -> NDArray[np.float64]:
    """The line with its inner vertices slid sideways to the cheapest of places together.

    Each round tries three places for each vertex, `reach` / 4 apart at first, and finds the best
    choice of all by dynamic programming; the distance is halved when nothing is gained.
    """
    count, apart = len(line), reach / 4.0
    places, best = np.empty((count, 3, 2)), np.empty((count, 3))
    choice = np.zeros((count, 3), np.int64)
    line, before = line.copy(), _polyline_cost(line, layer, width_m, height_m)
    for _ in range(SLIDES):
        for k in range(count):
            behind, ahead = max(k - 1, 0), min(k + 1, count - 1)
            down, right = line[ahead, 0] - line[behind, 0], line[ahead, 1] - line[behind, 1]
            inner = 0 < k < count - 1 and (down != 0.0 or right != 0.0)
            shift = apart / math.hypot(down, right) if inner else 0.0
            for c in range(3):
                row, col = line[k, 0] - (c - 1) * shift * right, line[k, 1] + (c - 1) * shift * down
                places[k, c, 0] = min(max(row, 0.0), layer.shape[0] - 1.0)
                places[k, c, 1] = min(max(col, 0.0), layer.shape[1] - 1.0)
        best[0] = 0.0
        for k in range(1, count):
            for c in range(3):
                best[k, c] = np.inf
                for b in (1, 0, 2):
                    step = _line_cost(layer, places[k - 1, b], places[k, c], width_m, height_m)
                    if best[k - 1, b] + step < best[k, c]:
                        best[k, c], choice[k, c] = best[k - 1, b] + step, b
        c = 1
        for k in range(count - 1, -1, -1):
            line[k, 0], line[k, 1] = places[k, c, 0], places[k, c, 1]
            c = choice[k, c]
        if best[count - 1, 1] > before * (1.0 - GAIN):
            apart *= 0.5
        before = best[count - 1, 1]
    return line
