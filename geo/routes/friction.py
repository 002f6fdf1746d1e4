"""Friction: seconds a metre on open ground, by slope."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInput, GridMismatch
from geo.grid import ELLIPSOID, Grid, Raster, require_metric
from geo.routes.parameters import Ground, Parameters

TOBLER_KMH = 6.0
"""Greatest speed of Tobler's function, at slope -0.05."""

BAND = "friction_s_per_m"
"""Name of the band of a friction raster."""

STRIP_ROWS = 256
"""Rows that are worked on at a time, which keeps what is held besides the result small."""


def tobler_s_per_m(slope: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds a metre on foot on a path, by Tobler's hiking function.

    Parameters
    ----------
    slope : array of float, any shape
        Rise over run in the direction of travel; downhill is negative.

    Returns
    -------
    array of float64, same shape
        NaN where `slope` is NaN. Least, 0.6 s/m, at slope -0.05.

    Notes
    -----
    Tobler, W. (1993), NCGIA Technical Report 93-1: ``6 exp(-3.5 |slope + 0.05|)`` km/h.

    >>> tobler_s_per_m(np.array([-0.05, 0.0, np.nan])).round(4)
    array([0.6   , 0.7147,    nan])
    """
    pace: NDArray[np.float64] = 3.6 / TOBLER_KMH * np.exp(3.5 * np.abs(slope + 0.05))
    return pace


def slope_share(steepness: NDArray[np.float64], parameters: Parameters) -> NDArray[np.float64]:
    """Share of its flat speed that a vehicle keeps on a slope, 0 where the slope bars it.

    Parameters
    ----------
    steepness : array of float, any shape
        Rise over run, 0 or more; NaN counts as flat.
    parameters : Parameters
        Of a mode that drives on open ground.

    Notes
    -----
    1 up to `slope_free`, then linear down to `slope_floor` at `slope_limit`, 0 above: a rule of our
    own, as no published curve for a car on open ground was found. Its numbers are in
    `data/modes.yaml`.
    """
    steep = np.nan_to_num(np.asarray(steepness, dtype=np.float64), nan=0.0)
    share = np.interp(
        steep, [parameters.slope_free, parameters.slope_limit], [1.0, parameters.slope_floor]
    )
    kept: NDArray[np.float64] = np.where(steep > parameters.slope_limit, 0.0, share)
    return kept


def ground_s_per_m(steepness: NDArray[np.float64], parameters: Parameters) -> NDArray[np.float64]:
    """Seconds a metre on open ground by the slope's amount, the same in every direction.

    Parameters
    ----------
    steepness : array of float, any shape
        Rise over run, 0 or more; NaN counts as flat.
    parameters : Parameters
        Of a mode that moves on open ground.

    Returns
    -------
    array of float64, same shape
        inf where the slope bars the mode. On foot the mean of uphill and downhill is meant.

    Raises
    ------
    BadInput
        If the mode keeps to roads.
    """
    steep = np.nan_to_num(np.asarray(steepness, dtype=np.float64), nan=0.0)
    if parameters.ground is Ground.VEHICLE:
        share = slope_share(steep, parameters)
        with np.errstate(divide="ignore"):
            driven: NDArray[np.float64] = 3.6 / (parameters.ground_kmh * share)
        return driven
    if parameters.ground is Ground.FOOT:
        both = (tobler_s_per_m(steep) + tobler_s_per_m(-steep)) / 2
        walked = both / (parameters.walking_factor * parameters.off_path_factor)
        return np.where(steep > parameters.slope_limit, np.inf, walked)
    raise BadInput(
        f"mode {parameters.mode!r} keeps to roads",
        expected="a mode that moves on open ground",
        remedy="choose off_road or foot",
    )


def horn_slope(terrain: Raster) -> NDArray[np.float32]:
    """Amount of the slope of each cell as rise over run, NaN where it cannot be told.

    Parameters
    ----------
    terrain : Raster
        One band of heights in metres, NaN not known, in any CRS.

    Returns
    -------
    array of float32, shape (rows, columns)
        NaN where the cell's own height is missing. A missing or absent neighbour counts as the
        cell itself, as at the edge.

    Raises
    ------
    BadInput
        If the raster does not have one band.

    Notes
    -----
    Third-order finite differences over 3 x 3 cells: Horn, B. K. P. (1981), Hill shading and the
    reflectance map, doi:10.1109/PROC.1981.11918. In a CRS of degrees a cell is as wide as on the
    ellipsoid in the row that it lies in.
    """
    heights = _heights(terrain)
    width_m, height_m = cell_sizes_m(terrain.grid)
    slope = np.empty(heights.shape, dtype=np.float32)
    for start in range(0, len(heights), STRIP_ROWS):
        rows = slice(start, start + STRIP_ROWS)
        slope[rows] = _horn(_with_margin(heights, rows), width_m[rows], height_m[rows])
    return slope


def cell_sizes_m(grid: Grid) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Width and height in metres of the cells of each row, shape (rows,) each.

    Measured on the ellipsoid for a geographic CRS, in the middle column; as the transform says for
    a metric one.

    Raises
    ------
    NotMetric
        If the grid is in another unit, such as feet.
    """
    rows, cols = grid.shape
    if not grid.crs.is_geographic:
        require_metric(grid.crs)
        t = grid.transform
        width_m, height_m = np.hypot(t.a, t.d), np.hypot(t.b, t.e)
        return np.full(rows, width_m, np.float32), np.full(rows, height_m, np.float32)
    row, middle = np.arange(rows, dtype=np.float64), np.full(rows, cols / 2)
    lon, lat = grid.xy(middle, row + 0.5)
    _, _, width = ELLIPSOID.inv(lon, lat, *grid.xy(middle + 1, row + 0.5))
    _, _, height = ELLIPSOID.inv(*grid.xy(middle, row), *grid.xy(middle, row + 1))
    return np.asarray(width, dtype=np.float32), np.asarray(height, dtype=np.float32)


def friction_raster(
    terrain: Raster, parameters: Parameters, *, barrier: NDArray[np.bool_] | None = None
) -> Raster:
    """Seconds a metre of each cell for a mode on open ground, the same in every direction.

    Parameters
    ----------
    terrain : Raster
        One band of heights in metres, NaN not known.
    parameters : Parameters
        Of a mode that moves on open ground.
    barrier : array of bool, shape (rows, columns), optional
        Cells that cannot be entered, such as water.

    Returns
    -------
    Raster
        On the same grid, band `BAND`, float32; NaN is a barrier: too steep, of unknown height, or
        said to be one.

    Raises
    ------
    BadInput
        If the mode keeps to roads, or the terrain does not have one band.
    GridMismatch
        If `barrier` is of another shape.
    """
    heights = _heights(terrain)
    if barrier is not None and barrier.shape != heights.shape:
        raise GridMismatch(
            f"barriers of the shape {barrier.shape}",
            expected=f"that of the terrain, {heights.shape}",
        )
    friction = horn_slope(terrain)
    for start in range(0, len(friction), STRIP_ROWS):
        rows = slice(start, start + STRIP_ROWS)
        s_per_m = ground_s_per_m(friction[rows].astype(np.float64), parameters)
        open_to = np.isfinite(friction[rows]) & np.isfinite(s_per_m)
        if barrier is not None:
            open_to &= ~barrier[rows]
        friction[rows] = np.where(open_to, s_per_m, np.nan)
    return Raster(grid=terrain.grid, bands=(BAND,), values=friction[np.newaxis])


def _horn(
    framed: NDArray[np.float32], width_m: NDArray[np.float32], height_m: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Slopes of the cells inside a margin of one cell."""
    heights = framed[1:-1, 1:-1]
    rows, cols = heights.shape

    def at(down: int, right: int) -> NDArray[np.float32]:
        beside = framed[1 + down : 1 + down + rows, 1 + right : 1 + right + cols]
        return np.where(np.isnan(beside), heights, beside)

    east = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1)
    south = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1)
    slope = np.hypot(east / (8 * width_m[:, None]), south / (8 * height_m[:, None]))
    # The formula leaves out the cell itself, so that a hole among known cells would get a slope.
    slope[np.isnan(heights)] = np.nan
    return np.asarray(slope, dtype=np.float32)


def _with_margin(heights: NDArray[np.float32], rows: slice) -> NDArray[np.float32]:
    """Some rows with one cell more on each side, NaN beyond the edge."""
    inside = heights[rows]
    framed = np.full((inside.shape[0] + 2, inside.shape[1] + 2), np.nan, dtype=np.float32)
    framed[1:-1, 1:-1] = inside
    if rows.start > 0:
        framed[0, 1:-1] = heights[rows.start - 1]
    if rows.stop < len(heights):
        framed[-1, 1:-1] = heights[rows.stop]
    return framed


def _heights(terrain: Raster) -> NDArray[np.float32]:
    """The one band of a terrain."""
    if len(terrain.bands) != 1:
        raise BadInput(
            f"the terrain has {len(terrain.bands)} bands", expected="one band of heights in metres"
        )
    heights: NDArray[np.float32] = terrain.values[0]
    return heights
