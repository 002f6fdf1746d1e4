"""Accumulated cost over a raster of friction or of heights, and the way to a place on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPoint

from geo.errors import BadInput, InvalidSetting, NotMetric
from geo.grid import (
    ELLIPSOID,
    WGS84,
    Grid,
    Raster,
    metric_crs,
    reproject,
    require_metric,
    transformer,
)
from geo.pipeline.ground import travel_mode
from geo.routes.parameters import Ground, Parameters

LENGTH_ERROR = 0.05
"""How far a cell's width in its CRS may be from its width on the ground. A UTM zone is within
0.1 %; Web Mercator is off by 19 % at Baghdad and would falsify every cost."""


SURROUNDINGS_M = 50_000.0
"""How far beyond the places heights are read: a way round a mountain range fits in."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CostSurface:
    """Accumulated cost on the grid of its raster."""

    grid: Grid
    """Where the cells lie."""
    cost_s: NDArray[np.float64]
    """Seconds from the nearest start; NaN where no way leads or nothing is known."""
    way: gpd.GeoDataFrame | None = None
    """The cheapest way to the place that was asked for: ``cost_s``, ``length_m`` and its line,
    EPSG:4326; None if none was."""

    @property
    def reached(self) -> int:
        """Cells that a way leads to."""
        return int(np.count_nonzero(np.isfinite(self.cost_s)))

    @property
    def dearest_s(self) -> float:
        """Cost of the dearest of these cells."""
        return float(np.nanmax(self.cost_s))


def cost_of_file(
    friction: Path,
    starts_lonlat: Sequence[tuple[float, float]],
    *,
    neighbours: int = 8,
    to_lonlat: tuple[float, float] | None = None,
) -> CostSurface:
    """Cost from the nearest start to every cell of a GeoTIFF of friction in seconds a metre.

    An edge costs the mean friction of its two cells times its length; a cell without data, or with
    infinite friction, is a barrier. Friction is read as float32, costs are summed in float64. The
    way to `to_lonlat` is straightened where that is cheaper than going from cell to cell.

    Raises
    ------
    UnreadableFile
        If the file is no GeoTIFF that Lamassu can read.
    NotMetric
        If its CRS does not measure in metres, or distorts lengths.
    InvalidSetting
        If no start was given, one is outside the raster, or `neighbours` is neither 8 nor 16.
    BadInput
        If the raster has several bands, a friction is 0 or negative, a start lies on a barrier, or
        no way leads to `to_lonlat`.
    """
    from geo.routes.cost import accumulated_cost  # noqa: PLC0415 - numba is slow
    from geo.routes.paths import straightened, trace  # noqa: PLC0415

    raster = _one_band(friction, "friction in seconds a metre")
    cell_m = _cell_m(raster.grid, friction.name)
    values = raster.values[0]
    starts = [_rowcol(raster.grid, start, friction.name) for start in starts_lonlat]
    cost_s = accumulated_cost(values, cell_m=cell_m, sources_rowcol=starts, neighbours=neighbours)
    way = None
    if to_lonlat is not None:
        target = _reached(raster.grid, cost_s, to_lonlat, friction.name)
        cells = trace(
            cost_s, values, cell_m=cell_m, sources_rowcol=starts, to_rowcol=target,
            neighbours=neighbours,
        )  # fmt: skip
        rowcol, way_cost_s = straightened(cells, values, cell_m=cell_m)
        way = _way(raster.grid, rowcol, way_cost_s)
    return CostSurface(grid=raster.grid, cost_s=cost_s, way=way)


def cost_over_heights(
    heights: Path,
    starts_lonlat: Sequence[tuple[float, float]],
    *,
    mode: str,
    neighbours: int = 8,
    to_lonlat: tuple[float, float] | None = None,
) -> CostSurface:
    """Cost over open ground from a GeoTIFF of heights, for a mode of `data/modes.yaml`.

    The surface lies on square cells of the file's width in the UTM zone of the places, over the box
    around them widened by `SURROUNDINGS_M`. On foot uphill is not downhill (Tobler 1993); a vehicle
    is slowed, and at last stopped, by the amount of the slope. The most plausible numbers of the
    mode are taken. A cell without height is a barrier.

    Raises
    ------
    UnreadableFile, InvalidSetting, BadInput
        As `cost_of_file` does; `InvalidSetting` also for a mode that does not leave the road.
    """
    how = travel_mode(mode)
    if not how.off_road:
        raise InvalidSetting(f"the mode {mode!r} keeps to roads", expected="off_road or foot")
    places = [*starts_lonlat, *([] if to_lonlat is None else [to_lonlat])]
    terrain = _heights_around(heights, places)
    starts = [_rowcol(terrain.grid, start, heights.name) for start in starts_lonlat]
    best = how.best()
    if best.ground is Ground.FOOT:
        cost_s, cells_to = _walked(terrain, best, starts, neighbours)
    else:
        cost_s, cells_to = _driven(terrain, best, starts, neighbours)
    way = None
    if to_lonlat is not None:
        target = _reached(terrain.grid, cost_s, to_lonlat, heights.name)
        way = _way(terrain.grid, *cells_to(target))
    return CostSurface(grid=terrain.grid, cost_s=cost_s, way=way)


def _heights_around(path: Path, places: Sequence[tuple[float, float]]) -> Raster:
    """Heights around the places in metres, on square cells of the file's width."""
    from geo.sources.rasters.terrain import describe_terrain, read_terrain  # noqa: PLC0415 - GDAL is slow

    if not places:
        raise InvalidSetting("no place to start from", expected="at least one start")
    lons, lats = zip(*places, strict=True)
    crs = metric_crs(((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2))
    box_xy = reproject(MultiPoint(places), WGS84, crs).envelope.buffer(SURROUNDINGS_M)
    return read_terrain(
        path,
        area_lonlat=reproject(box_xy.envelope, crs, WGS84),
        crs=crs,
        cell_m=describe_terrain(path).cell_m,
    )


Cells = tuple[NDArray[Any], float]
"""The cells of a way, and its cost in seconds."""


def _walked(
    terrain: Raster, best: Parameters, starts: list[tuple[int, int]], neighbours: int
) -> tuple[NDArray[np.float64], Callable[[tuple[int, int]], Cells]]:
    """Cost on foot, and what gives the way to a cell."""
    from geo.routes.cost import walking_cost  # noqa: PLC0415 - numba is slow
    from geo.routes.paths import trace_walk  # noqa: PLC0415

    elevation_m = terrain.values[0]
    cell_m = _cell_m(terrain.grid, "the heights")
    factor = best.off_path_factor * best.walking_factor
    cost_s = walking_cost(
        elevation_m, cell_m=cell_m, sources_rowcol=starts, off_path_factor=factor,
        neighbours=neighbours,
    )  # fmt: skip

    def cells_to(target: tuple[int, int]) -> Cells:
        cells = trace_walk(
            cost_s, elevation_m, cell_m=cell_m, sources_rowcol=starts, to_rowcol=target,
            off_path_factor=factor, neighbours=neighbours,
        )  # fmt: skip
        return cells, float(cost_s[target])

    return cost_s, cells_to


def _driven(
    terrain: Raster, best: Parameters, starts: list[tuple[int, int]], neighbours: int
) -> tuple[NDArray[np.float64], Callable[[tuple[int, int]], Cells]]:
    """Cost of driving over open ground, and what gives the way to a cell."""
    from geo.routes.cost import accumulated_cost  # noqa: PLC0415 - numba is slow
    from geo.routes.friction import friction_raster  # noqa: PLC0415
    from geo.routes.paths import straightened, trace  # noqa: PLC0415

    friction = friction_raster(terrain, best).values[0]
    cell_m = _cell_m(terrain.grid, "the heights")
    cost_s = accumulated_cost(friction, cell_m=cell_m, sources_rowcol=starts, neighbours=neighbours)

    def cells_to(target: tuple[int, int]) -> Cells:
        cells = trace(
            cost_s, friction, cell_m=cell_m, sources_rowcol=starts, to_rowcol=target,
            neighbours=neighbours,
        )  # fmt: skip
        return straightened(cells, friction, cell_m=cell_m)

    return cost_s, cells_to


def write_way(surface: CostSurface, path: Path) -> None:
    """Write the way as a GeoPackage, whole or not at all.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    from geo.sources.writers.vectors import write_geopackage  # noqa: PLC0415 - GDAL is slow

    assert surface.way is not None
    write_geopackage(path, {"way": surface.way})


def write_cost(surface: CostSurface, path: Path) -> None:
    """Write the costs as a GeoTIFF, float64, NaN where no way leads: whole or not at all.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    from geo.sources.writers.geotiff_files import write_geotiff  # noqa: PLC0415 - GDAL is slow

    write_geotiff(
        path,
        surface.cost_s[np.newaxis],
        grid=surface.grid,
        bands=["cost_s"],
        nodata=math.nan,
        tags={"UNITS": "seconds", "SOURCE": "Lamassu accumulated cost"},
    )


def _one_band(path: Path, meaning: str) -> Raster:
    """The raster of a file that must have one band."""
    from geo.sources.rasters.raster import read_raster  # noqa: PLC0415 - GDAL is slow

    raster = read_raster([path])
    if len(raster.bands) != 1:
        raise BadInput(
            f"{path.name} has {len(raster.bands)} bands", expected=f"one band of {meaning}"
        )
    return raster


def _reached(
    grid: Grid, cost_s: NDArray[np.float64], lonlat: tuple[float, float], name: str
) -> tuple[int, int]:
    """The cell of a place, if a way leads there."""
    cell = _rowcol(grid, lonlat, name)
    if np.isnan(cost_s[cell]):
        raise BadInput(
            f"no way leads to longitude {lonlat[0]}, latitude {lonlat[1]}",
            expected="a place that can be reached from a start",
        )
    return cell


def _way(grid: Grid, rowcol: NDArray[Any], cost_s: float) -> gpd.GeoDataFrame:
    """A way from cell middle to cell middle, as a line on Earth."""
    cells = np.asarray(rowcol, dtype=np.float64)
    xs, ys = grid.xy(cells[:, 1] + 0.5, cells[:, 0] + 0.5)
    lons, lats = transformer(grid.crs, WGS84).transform(xs, ys)
    corners = np.column_stack([lons, lats])
    line = LineString(corners if len(corners) > 1 else np.repeat(corners, 2, axis=0))
    return gpd.GeoDataFrame(
        {"cost_s": [float(cost_s)], "length_m": [ELLIPSOID.geometry_length(line)]},
        geometry=[line],
        crs=WGS84,
    )


def _cell_m(grid: Grid, name: str) -> tuple[float, float]:
    """Width and height of a cell in the metres of its CRS, if these are metres on the ground."""
    require_metric(grid.crs)
    t = grid.transform
    width_m, height_m = math.hypot(t.a, t.d), math.hypot(t.b, t.e)
    if abs(t.a * t.b + t.d * t.e) > 1e-6 * width_m * height_m:
        raise BadInput(f"the cells of {name} are skewed", expected="rectangular cells")
    for told, true in zip((width_m, height_m), grid.cell_m, strict=True):
        if abs(told / true - 1) > LENGTH_ERROR:
            raise NotMetric(
                f"a cell of {name} is {told:g} m wide in its CRS and {true:.4g} m on the ground",
                expected="a CRS that is true to length there, such as UTM",
                remedy="reproject the raster",
            )
    return width_m, height_m


def _rowcol(grid: Grid, lonlat: tuple[float, float], name: str) -> tuple[int, int]:
    """Row and column of the cell that holds a place."""
    lon, lat = lonlat
    x, y = transformer(WGS84, grid.crs).transform(lon, lat)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise InvalidSetting(f"there is no place at longitude {lon}, latitude {lat}")
    col, row = (math.floor(value) for value in ~grid.transform @ (x, y))
    rows, cols = grid.shape
    if not (0 <= row < rows and 0 <= col < cols):
        west, south, east, north = grid.footprint_lonlat.bounds
        raise InvalidSetting(
            f"the start at longitude {lon}, latitude {lat} lies outside {name}",
            expected=f"longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}",
        )
    return row, col
