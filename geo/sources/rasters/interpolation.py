"""Square grids over areas, and values of another grid on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.windows import Window
from shapely.geometry import MultiPolygon, Polygon

from geo.errors import BadInput, InvalidSetting
from geo.grid import WGS84, Grid, reproject, require_metric


def grid_over(area_lonlat: Polygon | MultiPolygon, *, crs: CRS, cell_m: float) -> Grid:
    """Square cells over the box around the area, their lines at multiples of their width.

    Raises
    ------
    NotMetric
        If `crs` is not in metres.
    InvalidSetting
        If `cell_m` is no length.
    BadInput
        If the area has no place in `crs`.
    """
    require_metric(crs)
    if not 0 < cell_m < np.inf:
        raise InvalidSetting(f"a cell of {cell_m} m", expected="a width above 0 m")
    outline = reproject(shapely.segmentize(area_lonlat, 0.1), WGS84, crs)
    bounds = np.array(outline.bounds)
    if not np.isfinite(bounds).all():
        raise BadInput(
            f"the area {area_lonlat.bounds} has no place in {crs.name}",
            expected="an area inside the reach of the CRS",
        )
    # An edge on a line of the grid up to rounding does not ask for one more row of cells.
    first_col, first_row = np.floor(bounds[:2] / cell_m + 1e-6).astype(int).tolist()
    last_col, last_row = np.ceil(bounds[2:] / cell_m - 1e-6).astype(int).tolist()
    return Grid(
        crs=crs,
        transform=Affine(cell_m, 0, first_col * cell_m, 0, -cell_m, last_row * cell_m),
        shape=(max(last_row - first_row, 1), max(last_col - first_col, 1)),
    )


def pieces(grid: Grid, *, edge: int) -> Iterator[Window]:
    """Windows of at most `edge` x `edge` cells that make up the grid, row by row."""
    height, width = grid.shape
    for row in range(0, height, edge):
        for col in range(0, width, edge):
            yield Window(col, row, min(edge, width - col), min(edge, height - row))


def averaged(values: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Means over `factor` x `factor` cells, NaN where more than half of them are unknown.

    The last row and column are completed with unknown cells.
    """
    if factor == 1:
        return values
    missing = [(0, -size % factor) for size in values.shape]
    whole = np.pad(values, missing, constant_values=np.nan)
    blocks = whole.reshape(whole.shape[0] // factor, factor, whole.shape[1] // factor, factor)
    known = np.isfinite(blocks)
    count = known.sum(axis=(1, 3))
    total = np.where(known, blocks, 0).sum(axis=(1, 3), dtype=np.float64)
    enough = 2 * count >= factor * factor
    means: NDArray[np.float32] = np.where(enough, total / np.maximum(count, 1), np.nan).astype(
        np.float32
    )
    return means


def between(
    values: NDArray[np.float32], row: NDArray[np.float64], col: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Bilinear interpolation at rows and columns counted from the middle of the first cell.

    What is unknown has no weight. NaN where the nearest cell is unknown, or more than half of the
    weight is, and more than half a cell outside. On the outer half of the rim the rim's own value
    holds on.
    """
    inside = (row >= -0.5) & (row <= values.shape[0] - 0.5)
    inside &= (col >= -0.5) & (col <= values.shape[1] - 0.5)
    row, col = np.where(inside, row, 0.0), np.where(inside, col, 0.0)
    padded = np.pad(values, 1, mode="edge")
    nearest = padded[np.floor(row + 1.5).astype(np.int64), np.floor(col + 1.5).astype(np.int64)]
    top, left = np.floor(row).astype(np.int64) + 1, np.floor(col).astype(np.int64) + 1
    down, across = row + 1 - top, col + 1 - left
    total, weight = np.zeros(row.shape), np.zeros(row.shape)
    for i, share_down in ((0, 1 - down), (1, down)):
        for j, share_across in ((0, 1 - across), (1, across)):
            value = padded[top + i, left + j]
            known = np.isfinite(value)
            total += np.where(known, value * share_down * share_across, 0.0)
            weight += np.where(known, share_down * share_across, 0.0)
    good = inside & np.isfinite(nearest) & (weight >= 0.5)
    out: NDArray[np.float32] = np.where(good, total / np.where(good, weight, 1), np.nan).astype(
        np.float32
    )
    return out


def between_lines(
    values: NDArray[np.float32], row: NDArray[np.float64], col: NDArray[np.float64]
) -> NDArray[np.float32]:
    """`between` at every crossing of rows and columns, shape (rows, columns); much quicker.

    Interpolates along columns, then along rows.
    """
    rows, cols = _Line.of(row, values.shape[0]), _Line.of(col, values.shape[1])
    known = np.isfinite(values)
    if known.all():
        out = rows.mixed(cols.mixed(values.T).T)
    else:
        total = rows.mixed(cols.mixed(np.where(known, values, np.float32(0)).T).T)
        weight = rows.mixed(cols.mixed(known.astype(np.float32).T).T)
        good = known[np.ix_(rows.nearest, cols.nearest)] & (weight >= 0.5)
        out = np.where(good, total / np.where(good, weight, 1), np.float32(np.nan))
    out[~rows.inside] = np.nan
    out[:, ~cols.inside] = np.nan
    return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """Places along one axis of an array, each between two of its cells; shape (places,) each."""

    low: NDArray[np.intp]
    high: NDArray[np.intp]
    share: NDArray[np.float32]
    nearest: NDArray[np.intp]
    inside: NDArray[np.bool_]

    @classmethod
    def of(cls, place: NDArray[np.float64], size: int) -> _Line:
        """Of places counted from the middle of the first cell, on an axis of `size` cells."""
        inside = (place >= -0.5) & (place <= size - 0.5)
        place = np.clip(np.where(inside, place, 0.0), 0, size - 1)
        low = np.floor(place).astype(np.intp)
        return cls(
            low=low,
            high=np.minimum(low + 1, size - 1),
            share=(place - low).astype(np.float32),
            nearest=np.floor(place + 0.5).astype(np.intp),
            inside=inside,
        )

    def mixed(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values along the first axis, each a mean of two by their nearness."""
        low = values[self.low]
        mixed: NDArray[np.float32] = low + self.share[:, None] * (values[self.high] - low)
        return mixed
