"""Drawn grounds, and costs over them by a slow, plain way: SciPy on an explicit graph."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

NEAREST = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)]
KNIGHTS = [(1, 2), (1, -2), (-1, 2), (-1, -2), (2, 1), (2, -1), (-2, 1), (-2, -1)]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A small ground and what is asked of it."""

    friction: NDArray[np.float64]
    """NaN = barrier."""
    elevation_m: NDArray[np.float64]
    """Without barriers."""
    cell_m: tuple[float, float]
    """Width, height."""
    neighbours: int
    """8 or 16."""
    sources_rowcol: NDArray[np.int64]
    """Cells that are no barrier."""
    start_cost_s: NDArray[np.float64]
    """One for each source."""
    end_rowcol: tuple[int, int]
    """A cell that is no barrier."""

    @property
    def options(self) -> dict[str, object]:
        """What the functions are asked with."""
        names = ("cell_m", "neighbours", "sources_rowcol", "start_cost_s")
        return {name: getattr(self, name) for name in names}


@st.composite
def grounds(draw: st.DrawFn) -> Drawn:
    """Rough or smooth, in one tile or several, with or without barriers and starting costs."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.tuples(st.integers(1, 24), st.integers(1, 24)) | st.just((9, 140)))
    friction = np.exp(rng.normal(0, draw(st.sampled_from([0.0, 0.3, 2.0])), shape))
    friction[rng.random(shape) < draw(st.sampled_from([0.0, 0.1, 0.4]))] = np.nan
    friction[tuple(rng.integers(0, shape))] = 1.0
    passable = np.argwhere(~np.isnan(friction))
    sources = passable[rng.integers(0, len(passable), draw(st.integers(1, 4)))]
    starts = draw(st.sampled_from([0.0, 50.0])) * rng.random(len(sources))
    return Drawn(
        friction=friction.astype(draw(st.sampled_from([np.float32, np.float64]))),
        elevation_m=rng.normal(0, draw(st.sampled_from([1.0, 20.0])), shape),
        cell_m=draw(st.sampled_from([(1.0, 1.0), (30.0, 30.0), (7.3, 11.1), (30.0, 10.0)])),
        neighbours=draw(st.sampled_from([8, 16])),
        sources_rowcol=sources,
        start_cost_s=starts,
        end_rowcol=tuple(int(v) for v in passable[rng.integers(0, len(passable))]),
    )


def plain_cost(
    drawn: Drawn, elevation_m: NDArray[np.float64] | None = None, *, towards: bool = False
) -> NDArray[np.float64]:
    """Cost by SciPy; friction multiplies Tobler's pace where there is an elevation."""
    friction = drawn.friction.astype(np.float64)
    rows, cols = friction.shape
    width, height = drawn.cell_m
    edges: dict[tuple[int, int], float] = {}
    for row, col in np.argwhere(~np.isnan(friction)).tolist():
        for down, right in (NEAREST + KNIGHTS)[: drawn.neighbours]:
            to_row, to_col = row + down, col + right
            if not (0 <= to_row < rows and 0 <= to_col < cols):
                continue
            length = math.hypot(down * height, right * width)
            mean = mean_of_crossed(friction, row, col, down, right)
            if math.isnan(mean):
                continue
            cost = mean * length
            if elevation_m is not None:
                slope = (elevation_m[to_row, to_col] - elevation_m[row, col]) / length
                cost *= 3.6 / (6 * math.exp(-3.5 * abs(slope + 0.05)))
            ends = (row * cols + col, to_row * cols + to_col)
            edges[ends[::-1] if towards else ends] = cost
    # A start leads to each source at its cost: a sum that begins there, as float64 adds it.
    cells = friction.size
    for (row, col), start_s in zip(drawn.sources_rowcol, drawn.start_cost_s, strict=True):
        node = (cells, int(row * cols + col))
        # SciPy takes 0 for no edge; the least float is lost in any sum.
        edges[node] = min(edges.get(node, math.inf), max(start_s, 5e-324))
    where = np.array(list(edges)).T
    graph = csr_matrix((list(edges.values()), where), shape=(cells + 1, cells + 1))
    cost_s = dijkstra(graph, indices=cells)[:cells].reshape(rows, cols)
    cost_s[cost_s == 5e-324] = 0.0
    return np.where(np.isinf(cost_s), np.nan, cost_s)


def mean_of_crossed(
    friction: NDArray[np.float64], row: int, col: int, down: int, right: int
) -> float:
    """Mean friction along a move: of two cells, or of the four that a knight's move crosses."""
    here, there = friction[row, col], friction[row + down, col + right]
    if abs(down) + abs(right) < 3:
        return float((here + there) / 2)
    by_row, by_col = (down // 2, 0) if abs(down) == 2 else (0, right // 2)
    near = friction[row + by_row, col + by_col]
    far = friction[row + down - by_row, col + right - by_col]
    return float(((here + near) + (far + there)) / 4)
