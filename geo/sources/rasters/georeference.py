"""Where a raster lies on Earth, and which of its cells an area touches."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window
from shapely.geometry import MultiPolygon, Polygon

from geo.errors import BadInput, GridMismatch
from geo.grid import WGS84, Grid, reproject
from geo.sources.rasters.opening import Limits, opened
from geo.sources.rasters.resampling import common_lattice

LEAST_CELL_M = 0.001
"""Width of a cell below which a raster is placed wrongly: no picture of the ground is so fine."""


def grid_at(path: Path, *, limits: Limits) -> Grid:
    """The grid of a file.

    Raises
    ------
    UnreadableFile, GridMismatch
        If it cannot be read, or has no place on Earth.
    """
    with opened(path, limits=limits) as dataset:
        return grid_of(dataset, path)


def grid_of(dataset: DatasetReader, path: Path) -> Grid:
    """The grid of the file, if it has a place on Earth."""
    if dataset.crs is None:
        raise GridMismatch(
            f"{path.name} has no coordinate reference system",
            expected="a georeferenced raster",
            remedy="assign the CRS it was made in, for example with gdal_edit.py -a_srs",
        )
    try:
        epsg = dataset.crs.to_epsg(confidence_threshold=100)
        crs = CRS.from_epsg(epsg) if epsg else CRS.from_wkt(dataset.crs.to_wkt())
        grid = Grid(crs=crs, transform=dataset.transform, shape=(dataset.height, dataset.width))
        west, south, east, north = grid.footprint_lonlat.bounds
    except (BadInput, ProjError, RasterioError) as err:
        raise GridMismatch(
            f"{path.name} has no place on Earth ({err})",
            expected="a CRS and coordinates that belong to it",
            remedy="assign the CRS it was made in, or reproject it, for example to UTM",
        ) from err
    # A global grid may overhang the poles and the 180th meridian by half a cell.
    if not (-181 <= west <= east <= 181 and -91 <= south <= north <= 91):
        raise GridMismatch(
            f"{path.name} has no place on Earth: by its CRS, {crs.name}, it spans "
            f"longitude {west:g} to {east:g} and latitude {south:g} to {north:g}",
            expected="a CRS and coordinates that belong to it",
            remedy="assign the CRS it was made in",
        )
    if not all(LEAST_CELL_M <= size < np.inf for size in grid.cell_m):  # nor one that is no number
        raise GridMismatch(
            f"{path.name} has cells of {min(grid.cell_m):.3g} m",
            expected=f"cells of {LEAST_CELL_M} m or more",
            remedy="assign the CRS and the extent it was made in",
        )
    return grid


def shared_grid(
    paths: Sequence[Path], within_lonlat: Polygon | MultiPolygon, *, limits: Limits
) -> Grid | None:
    """The grid around an area that most of the files share; see `common_lattice`.

    Files that cannot be read, or do not reach into the area, have no say; None if no file has.
    """
    grids = []
    for path in paths:
        with contextlib.suppress(BadInput):  # told where the file is read
            grid = grid_at(path, limits=limits)
            if window_of(grid, WGS84, within_lonlat, margin=0) is not None:
                grids.append(grid)
    if not grids:
        return None
    whole = common_lattice(grids)
    return cut(whole, area_window(whole, within_lonlat))


def area_window(grid: Grid, within_lonlat: Polygon | MultiPolygon) -> Window:
    """The cells of `grid` that the area touches.

    Raises
    ------
    GridMismatch
        If it touches none.
    """
    window = window_of(grid, WGS84, within_lonlat, margin=0)
    if window is None:
        west, south, east, north = within_lonlat.bounds
        raise GridMismatch(
            f"the area (longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}) "
            f"lies outside the raster, {around(grid)}",
            expected="an area that the scene covers",
            remedy="choose a scene of that area",
        )
    return window


def cut(grid: Grid, window: Window) -> Grid:
    """The part of `grid` that lies in the window."""
    return Grid(
        crs=grid.crs,
        transform=grid.transform @ Affine.translation(window.col_off, window.row_off),
        shape=(window.height, window.width),
    )


def window_of(grid: Grid, crs: CRS, area: Polygon | MultiPolygon, *, margin: int) -> Window | None:
    """The cells of `grid` that an area in `crs` touches, and a margin; None if it touches none."""
    west, south, east, north = area.bounds
    # Edges are cut into pieces, because a straight line bends in another CRS.
    pieces = shapely.segmentize(area, max(east - west, north - south, 1e-9) / 16)
    outline = reproject(pieces, crs, grid.crs)
    cols, rows = colrow(grid, shapely.get_coordinates(outline)).T
    if not (np.isfinite(cols).all() and np.isfinite(rows).all()):
        return None
    # A corner that falls on a cell's edge up to rounding does not touch the next cell.
    first_row, first_col = (int(np.floor(v.min() + 1e-6)) for v in (rows, cols))
    last_row, last_col = (int(np.ceil(v.max() - 1e-6)) for v in (rows, cols))
    if last_row <= 0 or last_col <= 0 or first_row >= grid.shape[0] or first_col >= grid.shape[1]:
        return None
    top, left = max(first_row - margin, 0), max(first_col - margin, 0)
    height = min(last_row + margin, grid.shape[0]) - top
    width = min(last_col + margin, grid.shape[1]) - left
    return Window(left, top, width, height) if min(height, width) > 0 else None


def require_overlap(source: Grid, grid: Grid, *, name: str) -> None:
    """Refuse a file, by its grid and name, that does not reach into the grid of a scene.

    Raises
    ------
    GridMismatch
        If it does not.
    """
    if window_of(source, grid.crs, Polygon(outline_xy(grid)), margin=0) is None:
        raise apart(source, grid, name)


def apart(source: Grid, grid: Grid, name: str) -> GridMismatch:
    """The error of a file, by its grid and name, that does not reach into the grid of a scene."""
    return GridMismatch(
        f"{name}, {around(source)}, does not overlap the first raster, {around(grid)}",
        expected="scenes of one place",
        remedy="choose scenes that overlap, or check their CRS",
    )


def outline_xy(grid: Grid) -> NDArray[np.float64]:
    """Corners of the grid in its own CRS, in order, shape (4, 2)."""
    rows, cols = grid.shape
    xs, ys = grid.xy(np.array([0.0, cols, cols, 0.0]), np.array([0.0, 0.0, rows, rows]))
    return np.column_stack([xs, ys])


def colrow(grid: Grid, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns and rows, counted from the upper left corner, of places in the grid's CRS."""
    back = ~grid.transform
    xs, ys = xy.T
    return np.column_stack([back.a * xs + back.b * ys + back.c, back.d * xs + back.e * ys + back.f])


def around(grid: Grid) -> str:
    """Where the grid lies, in words."""
    west, south, east, north = grid.footprint_lonlat.bounds
    return f"longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}"
