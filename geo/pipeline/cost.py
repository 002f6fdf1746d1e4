"""Accumulated cost over a raster of friction, from file to file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInput, InvalidSetting, NotMetric
from geo.grid import WGS84, Grid, require_metric, transformer

LENGTH_ERROR = 0.05
"""How far a cell's width in its CRS may be from its width on the ground. A UTM zone is within
0.1 %; Web Mercator is off by 19 % at Baghdad and would falsify every cost."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CostSurface:
    """Accumulated cost on the grid of its friction."""

    grid: Grid
    """Where the cells lie."""
    cost_s: NDArray[np.float64]
    """Seconds from the nearest start; NaN where no way leads or nothing is known."""

    @property
    def reached(self) -> int:
        """Cells that a way leads to."""
        return int(np.count_nonzero(np.isfinite(self.cost_s)))

    @property
    def dearest_s(self) -> float:
        """Cost of the dearest of these cells."""
        return float(np.nanmax(self.cost_s))


def cost_of_file(
    friction: Path, starts_lonlat: Sequence[tuple[float, float]], *, neighbours: int = 8
) -> CostSurface:
    """Cost from the nearest start to every cell of a GeoTIFF of friction in seconds a metre.

    An edge costs the mean friction of its two cells times its length; a cell without data, or with
    infinite friction, is a barrier. Friction is read as float32, costs are summed in float64.

    Raises
    ------
    UnreadableFile
        If the file is no GeoTIFF that Lamassu can read.
    NotMetric
        If its CRS does not measure in metres, or distorts lengths.
    InvalidSetting
        If no start was given, one is outside the raster, or `neighbours` is neither 8 nor 16.
    BadInput
        If the raster has several bands, a friction is 0 or negative, or a start lies on a barrier.
    """
    from geo.routes.cost import accumulated_cost  # noqa: PLC0415 - numba and GDAL are slow
    from geo.sources.raster import read_raster  # noqa: PLC0415

    raster = read_raster([friction])
    if len(raster.bands) != 1:
        raise BadInput(
            f"{friction.name} has {len(raster.bands)} bands",
            expected="one band of friction in seconds a metre",
        )
    width_m, height_m = _cell_m(raster.grid, friction.name)
    cost_s = accumulated_cost(
        raster.values[0],
        cell_m=(width_m, height_m),
        sources_rowcol=[_rowcol(raster.grid, start, friction.name) for start in starts_lonlat],
        neighbours=neighbours,
    )
    return CostSurface(grid=raster.grid, cost_s=cost_s)


def write_cost(surface: CostSurface, path: Path) -> None:
    """Write the costs as a GeoTIFF, float64, NaN where no way leads: whole or not at all.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    from geo.sources.raster import write_geotiff  # noqa: PLC0415 - GDAL is slow

    write_geotiff(
        path,
        surface.cost_s[np.newaxis],
        grid=surface.grid,
        bands=["cost_s"],
        nodata=math.nan,
        tags={"UNITS": "seconds", "SOURCE": "Lamassu accumulated cost"},
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
