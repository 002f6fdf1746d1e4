"""Open ground as a graph: square cells, joined to their neighbours and to the roads in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidSetting
from geo.grid import WGS84, Raster, geodesic_area_m2, transformer
from geo.routes.along import heights_m
from geo.routes.noding import Lonlats, distances_m

CELL_BUDGET = 60_000
"""About as many cells as an area is cut into."""

LEAST_CELL_M = 500.0
"""Cells are not smaller than this unless it is asked for."""

MOST_CELLS = 1_000_000
"""More cells than this in the box around an area are refused: they would not fit in memory."""

NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Rows and columns to half of the eight neighbours; the other half is the same links."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Square cells of open ground that can be entered."""

    crs: CRS
    """Equal-area projection in metres around the middle of the area."""
    cell_m: float
    """Width and height of a cell."""
    corner_xy: tuple[float, float]
    """West and south edge of the first column and row."""
    number: NDArray[np.int32]
    """Number of the cell in each place of the grid, -1 for none, shape (rows, columns)."""
    lonlat: Lonlats
    """Middle of each cell, shape (cells, 2)."""
    without_height: int
    """Cells inside the area that were left out because their height is not known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroundLinks:
    """Links across open ground, from and to cells (or nodes of roads)."""

    lines: NDArray[Any]
    """Straight LineString of each link in EPSG:4326, shape (links,)."""
    tail: NDArray[np.int64]
    """Cell at the beginning, shape (links,)."""
    head: NDArray[np.int64]
    """Cell, or node of a road, at the end, shape (links,)."""
    length_m: NDArray[np.float64]
    """Length on the ellipsoid, shape (links,)."""


def cell_size_m(area_lonlat: BaseGeometry) -> float:
    """Width of cells that cut an area into `CELL_BUDGET` of them, at least `LEAST_CELL_M`."""
    return max(LEAST_CELL_M, float(np.sqrt(geodesic_area_m2(area_lonlat) / CELL_BUDGET)))


def cells_of(
    area_lonlat: BaseGeometry, *, cell_m: float | None = None, terrain: Raster | None = None
) -> Cells:
    """The cells whose middle is in the area and, where a terrain is given, of known height.

    Parameters
    ----------
    area_lonlat : polygon in EPSG:4326
    cell_m : float, optional
        Width of a cell in metres; `cell_size_m` without it.
    terrain : Raster, optional
        One band of heights in metres.

    Raises
    ------
    InvalidSetting
        If `cell_m` is not a length above 0, or gives more than `MOST_CELLS`.
    """
    size_m = cell_size_m(area_lonlat) if cell_m is None else float(cell_m)
    if not (np.isfinite(size_m) and size_m > 0):
        raise InvalidSetting(f"cells of {cell_m} m", expected="a length above 0 m")
    crs = _crs_around(area_lonlat)
    x, y = _project(crs, shapely.get_coordinates(area_lonlat)).T
    west, south = float(x.min()), float(y.min())
    down, across = float(y.max() - south) / size_m, float(x.max() - west) / size_m
    if not (down + 1) * (across + 1) <= MOST_CELLS:
        raise InvalidSetting(
            f"cells of {size_m:g} m cut the area into {down:.0f} x {across:.0f}",
            expected=f"at most {MOST_CELLS} cells",
            remedy="choose larger cells or a smaller area",
        )
    rows, cols = max(int(np.ceil(down)), 1), max(int(np.ceil(across)), 1)
    row, col = np.divmod(np.arange(rows * cols), cols)
    lon, lat = transformer(crs, WGS84).transform(
        west + (col + 0.5) * size_m, south + (row + 0.5) * size_m
    )
    lonlat = np.column_stack([lon, lat])
    shapely.prepare(area_lonlat)
    kept = shapely.contains_xy(area_lonlat, lonlat)
    inside = int(kept.sum())
    if terrain is not None:
        kept[kept] = ~np.isnan(heights_m(terrain, lonlat[kept]))
    number = np.full(rows * cols, -1, dtype=np.int32)
    number[kept] = np.arange(int(kept.sum()))
    return Cells(
        crs=crs,
        cell_m=size_m,
        corner_xy=(west, south),
        number=number.reshape(rows, cols),
        lonlat=lonlat[kept],
        without_height=inside - int(kept.sum()),
    )


def cell_links(cells: Cells, *, barriers: gpd.GeoDataFrame | None = None) -> GroundLinks:
    """Links between neighbouring cells, eight to a cell, without those that meet a barrier.

    On flat ground a way along them is up to 8.2 % longer than the straight line.
    """
    rows, cols = cells.number.shape
    tails, heads = [], []
    for down, right in NEIGHBOURS:
        here = cells.number[: rows - down, max(-right, 0) : cols - max(right, 0)]
        there = cells.number[down:, max(right, 0) : cols + min(right, 0)]
        joined = (here >= 0) & (there >= 0)
        tails.append(here[joined])
        heads.append(there[joined])
    tail = np.concatenate(tails).astype(np.int64)
    head = np.concatenate(heads).astype(np.int64)
    lines = straight_lines(cells.lonlat[tail], cells.lonlat[head])
    open_to = ~met_by(lines, barriers)
    return GroundLinks(
        lines=lines[open_to],
        tail=tail[open_to],
        head=head[open_to],
        length_m=distances_m(cells.lonlat[tail[open_to]], cells.lonlat[head[open_to]]),
    )


def road_joints(cells: Cells, node_lonlat: Lonlats, part: NDArray[np.int64]) -> GroundLinks:
    """Links from cells to nodes of roads in them.

    Parameters
    ----------
    cells : Cells
    node_lonlat : array of float64, shape (nodes, 2)
    part : array of int64, shape (nodes,)
        Connected part of the roads that each node belongs to, -1 for nodes that are not joined.

    Returns
    -------
    GroundLinks
        In each quarter of a cell one link to the nearest node of each part, so that a stray piece
        of road does not keep the others from being reached.
    """
    at = (_project(cells.crs, node_lonlat) - cells.corner_xy) / cells.cell_m
    col, row = np.floor(at).astype(np.int64).T
    rows, cols = cells.number.shape
    inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols) & (part >= 0)
    cell = np.full(len(node_lonlat), -1, dtype=np.int64)
    cell[inside] = cells.number[row[inside], col[inside]]
    node = np.flatnonzero(cell >= 0)
    cell = cell[node]
    away_m = distances_m(cells.lonlat[cell], node_lonlat[node])
    east, north = (at[node] - np.floor(at[node]) >= 0.5).T
    quarter = 4 * cell + 2 * north + east
    order = np.lexsort((away_m, part[node], quarter))
    fresh = np.ones(order.size, dtype=bool)
    fresh[1:] = (np.diff(quarter[order]) != 0) | (np.diff(part[node][order]) != 0)
    first = order[fresh]
    return GroundLinks(
        lines=straight_lines(cells.lonlat[cell[first]], node_lonlat[node[first]]),
        tail=cell[first],
        head=node[first],
        length_m=away_m[first],
    )


def cell_near(cells: Cells, lonlat: tuple[float, float], *, within_m: float) -> tuple[int, float]:
    """The cell whose middle is nearest to a place and how far it is; -1 if none is in reach."""
    if not len(cells.lonlat):
        return -1, np.inf
    x, y = (_project(cells.crs, np.array([lonlat]))[0] - cells.corner_xy) / cells.cell_m
    reach = int(np.ceil(within_m / cells.cell_m)) + 1
    rows, cols = (slice(max(int(at) - reach, 0), max(int(at) + reach + 1, 0)) for at in (y, x))
    found = cells.number[rows, cols]
    found = found[found >= 0]
    if not found.size:
        return -1, np.inf
    away_m = distances_m(np.tile(lonlat, (found.size, 1)), cells.lonlat[found])
    nearest = int(away_m.argmin())
    if away_m[nearest] > within_m:
        return -1, np.inf
    return int(found[nearest]), float(away_m[nearest])


def straight_lines(lonlat: Lonlats, other: Lonlats) -> NDArray[Any]:
    """Straight LineStrings between places one by one, shape (places,)."""
    if not len(lonlat):
        return np.empty(0, dtype=object)
    return np.asarray(shapely.linestrings(np.stack([lonlat, other], axis=1)), dtype=object)


def met_by(lines: NDArray[Any], barriers: gpd.GeoDataFrame | None) -> NDArray[np.bool_]:
    """True for each line that meets a barrier."""
    met = np.zeros(len(lines), dtype=bool)
    if barriers is not None and len(barriers) and len(lines):
        line, _ = shapely.STRtree(barriers.geometry.array).query(lines, predicate="intersects")
        met[line] = True
    return met


def _crs_around(area_lonlat: BaseGeometry) -> CRS:
    """Lambert's equal-area projection around the middle of the box around an area."""
    west, south, east, north = area_lonlat.bounds
    return CRS.from_dict(
        {
            "proj": "laea",
            "lat_0": round((south + north) / 2, 3),
            "lon_0": round((west + east) / 2, 3),
            "datum": "WGS84",
            "units": "m",
        }
    )


def _project(crs: CRS, lonlat: Lonlats) -> NDArray[np.float64]:
    """Places in a projection, shape (places, 2)."""
    return np.column_stack(transformer(WGS84, crs).transform(lonlat[:, 0], lonlat[:, 1]))
