"""One picture read from a file for each band, and from several tiles of one overpass."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from shapely import get_coordinates
from shapely.geometry import Polygon

from geo.errors import NoValidPixels
from geo.grid import WGS84, Grid, Raster, reproject
from geo.sources.rasters.georeference import area_window, around, colrow, cut, grid_at
from geo.sources.rasters.offsets import offset_of
from geo.sources.rasters.opening import LIMITS, Limits, opened, require_room
from geo.sources.rasters.products import BandFile, BandPart
from geo.sources.rasters.raster import CATEGORIES, RasterInfo, on_grid

LANDSAT_LEVEL_2 = (0.275, -2000.0)
"""From the numbers of Landsat collection 2 level 2 to reflectance times 10 000: times 0.0000275,
less 0.2 (USGS LSDS-1619)."""


def numbers_of(info: RasterInfo, told: BandFile) -> tuple[float, float]:
    """Scale and addend that make a file's numbers reflectance times 10 000.

    Those that the file itself tells are applied as it is read, and not told here again.
    """
    if told.band in CATEGORIES or info.offset.why or not info.dtype.startswith(("uint", "int")):
        return 1.0, 0.0
    with opened(info.path, limits=LIMITS) as dataset:
        declared = (dataset.scales[0], dataset.offsets[0]) != (1.0, 0.0)
    if declared:
        return 1.0, 0.0
    if told.sensor.startswith("Landsat") and told.level == "L2":
        return LANDSAT_LEVEL_2
    if told.product:
        due = offset_of(info.tags, name=told.product, dtype=info.dtype, declared=())
        return 1.0, due.value
    return 1.0, 0.0


def read_parts(
    parts: Sequence[BandPart],
    *,
    onto: Grid | None = None,
    within_lonlat: Polygon | None = None,
    limits: Limits = LIMITS,
) -> Raster:
    """The bands of one picture on one grid, NaN where there is no data.

    Where several tiles meet, a cell is of the first tile that shows it in every band.

    Parameters
    ----------
    parts : sequence of BandPart
        Tile after tile, each with the same bands in the same order; the first gives the grid.
    onto : Grid, optional
        The grid of the result; if it is left out, that of the first part around `within_lonlat`,
        which of several tiles may reach beyond the first.

    Raises
    ------
    UnreadableFile, GridMismatch
        If a file cannot be used, or the area lies outside of all.
    NoValidPixels
        If no cell holds data.
    """
    tiles: dict[str, list[BandPart]] = {}
    for part in parts:
        tiles.setdefault(part.tile, []).append(part)
    bands = tuple(part.band for part in parts if part.tile == parts[0].tile)
    grid = onto or _grid(parts[0].path, within_lonlat, several=len(tiles) > 1, limits=limits)
    require_room(grid, len(bands), limits)
    values: NDArray[np.float32] | None = None
    for tile in tiles.values():
        layers = np.concatenate([_layer(part, grid, limits) for part in tile])
        if values is None:
            values = layers
            continue
        better = np.isfinite(layers).all(axis=0) & ~np.isfinite(values).all(axis=0)
        values[:, better] = layers[:, better]
    assert values is not None
    if not np.isfinite(values).any():
        raise NoValidPixels(
            f"{parts[0].name} and its like hold no valid pixel {around(grid)}",
            expected="at least one cell with data",
            remedy="choose another scene or another area",
        )
    return Raster(grid=grid, bands=bands, values=values)


def _layer(part: BandPart, grid: Grid, limits: Limits) -> NDArray[np.float32]:
    """One band, shape (1, rows, columns), NaN where its file does not reach."""
    layer = on_grid(part.path, grid, limits=limits, outside_ok=True, names=(part.band,))
    return layer * np.float32(part.scale) + np.float32(part.added)


def _grid(path: Path, within_lonlat: Polygon | None, *, several: bool, limits: Limits) -> Grid:
    """The grid of a file, cut to an area; of several tiles it goes on beyond the file's edge."""
    grid = grid_at(path, limits=limits)
    if within_lonlat is None:
        return grid
    if not several:
        return cut(grid, area_window(grid, within_lonlat))
    places = colrow(grid, get_coordinates(reproject(within_lonlat, WGS84, grid.crs)))
    (left, top), (right, bottom) = np.floor(places.min(axis=0)), np.ceil(places.max(axis=0))
    return Grid(
        crs=grid.crs,
        transform=grid.transform @ Affine.translation(float(left), float(top)),
        shape=(int(bottom - top), int(right - left)),
    )
