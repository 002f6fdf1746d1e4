"""Layers of one grid on another, each cell placed by itself.

GDAL's warp, as rasterio calls it, approximates places: it is off by up to an eighth of a cell and
differs with the piece that is asked for. Here a cell gets the same value in whichever block it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from geo.grid import Block, Grid, transformer
from geo.sources.rasters.interpolation import averaged, between, between_lines

NEARLY = 0.05
"""How much of a cell's width grids of different CRS may differ by and still count as equal."""


def coarsening(have: Grid, want: Grid) -> int:
    """How many cells of `have`, along each edge, are averaged for a cell of `want`; at least 1."""
    ratio = min(w / h for w, h in zip(want.cell_m, have.cell_m, strict=True))
    return max(int(ratio + NEARLY), 1)


def aligned(block: Block, factor: int) -> Block:
    """The block with its first row and column moved back to multiples of `factor`.

    Averages then fall on the same cells in whichever block they are made.
    """
    top, left = block.top - block.top % factor, block.left - block.left % factor
    return Block(
        top=top,
        left=left,
        rows=block.rows + block.top - top,
        cols=block.cols + block.left - left,
    )


def resampled(
    layers: NDArray[np.float32], have: Grid, want: Grid, *, factor: int, nearest: Sequence[bool]
) -> NDArray[np.float32]:
    """Layers on the grid `want`; the very same values where the cells of both coincide.

    Nothing is copied where the grids are the same.

    Parameters
    ----------
    layers : array, shape (layers, rows, columns)
        NaN where there is no data.
    have : Grid
        Where they lie.
    factor : int
        How many cells are averaged, along each edge, before they are interpolated bilinearly.
    nearest : sequence of bool
        Which layers hold codes: of these the nearest cell is taken.

    Returns
    -------
    array, shape (layers, rows, columns) of `want`
        NaN outside `have`, where the nearest cell is NaN, and where half of the weight is.
    """
    offset = whole_cells_apart(have, want)
    if offset == (0, 0) and have.shape == want.shape:
        return layers
    found = np.full((len(layers), *want.shape), np.nan, np.float32)
    if offset is not None:
        down, right = offset
        top, left = max(-down, 0), max(-right, 0)
        part = layers[:, max(down, 0) : down + want.shape[0], max(right, 0) : right + want.shape[1]]
        found[:, top : top + part.shape[1], left : left + part.shape[2]] = part
        return found
    lines = _lines(have, want)
    rows, cols = _places(have, want) if lines is None else lines
    for target, layer, codes in zip(found, layers, nearest, strict=True):
        by = 1 if codes else factor
        values = averaged(layer, by)
        row, col = rows / by - 0.5, cols / by - 0.5
        if codes:
            row, col = np.floor(row + 0.5), np.floor(col + 0.5)
        target[...] = (
            between(values, row, col) if lines is None else between_lines(values, row, col)
        )
    return found


def whole_cells_apart(have: Grid, want: Grid) -> tuple[int, int] | None:
    """Rows and columns from the first cell of `have` to that of `want`; None unless whole."""
    if have.crs != want.crs:
        return None
    rows, cols = _in_cells_of(have, want, *_corners(want))
    height, width = want.shape
    row, col = round(rows[0]), round(cols[0])
    fits = np.allclose(cols - col, [0, width, width, 0], atol=1e-3) and np.allclose(
        rows - row, [0, 0, height, height], atol=1e-3
    )
    return (row, col) if fits else None


def common_lattice(grids: Sequence[Grid]) -> Grid:
    """The smallest grid that holds all of those grids whose cells fall on one another.

    Of several such groups that with the most grids counts, and of these the one that comes first:
    so a single picture of another grid, or of a part of the ground, does not decide for the others.

    Parameters
    ----------
    grids : sequence of Grid
        One at least.
    """
    groups: list[list[Grid]] = []
    for grid in grids:
        group = next((one for one in groups if whole_cells_apart(one[0], grid) is not None), None)
        if group is None:
            groups.append([grid])
        else:
            group.append(grid)
    chosen = max(groups, key=len)
    first = chosen[0]
    corners = [whole_cells_apart(first, grid) or (0, 0) for grid in chosen]
    top, left = (min(place) for place in zip(*corners, strict=True))
    ends = [
        (row + grid.shape[0], col + grid.shape[1])
        for (row, col), grid in zip(corners, chosen, strict=True)
    ]
    bottom, right = (max(place) for place in zip(*ends, strict=True))
    return Grid(
        crs=first.crs,
        transform=first.transform @ Affine.translation(left, top),
        shape=(bottom - top, right - left),
    )


def _lines(have: Grid, want: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Rows and columns in `have` of the middles of the rows and columns of `want`.

    None if the grids are turned against each other, or differ in their CRS.
    """
    turn = ~have.transform @ want.transform
    if have.crs != want.crs or max(abs(turn.b), abs(turn.d)) > 1e-9:
        return None
    rows, cols = (np.arange(length) + 0.5 for length in want.shape)
    return turn.e * rows + turn.f, turn.a * cols + turn.c


def _places(have: Grid, want: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Row and column in `have` of the middle of each cell of `want`."""
    rows, cols = np.indices(want.shape, dtype=np.float64) + 0.5
    return _in_cells_of(have, want, rows, cols)


def _corners(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows and columns of the four corners, in order."""
    rows, cols = grid.shape
    return np.array([0.0, 0.0, rows, rows]), np.array([0.0, cols, cols, 0.0])


def _in_cells_of(
    have: Grid, want: Grid, rows: NDArray[np.float64], cols: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows and columns of `want` as rows and columns of `have`."""
    xs, ys = want.xy(cols, rows)
    if have.crs != want.crs:
        xs, ys = transformer(want.crs, have.crs).transform(xs, ys)
    back = ~have.transform
    return back.d * xs + back.e * ys + back.f, back.a * xs + back.b * ys + back.c
