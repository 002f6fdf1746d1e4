"""The ground of the map: its projection, its frame, and land and borders in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidSetting
from geo.grid import WGS84, Bounds, metric_crs, transformer
from layers.briefing.sheet import Box

UTM_REACH_M = 150_000.0
"""Up to this half width a UTM zone is true to about 0.1 %."""
WIDEST_M = 6_000_000.0
"""Beyond this half width a page would be a map of the world, which this is not made for."""
_PIECES = 24
"""Pieces into which an edge of the frame is cut, so that it bends as the projection does."""

Points = NDArray[np.float64]
"""Places, shape (n, 2): x, y in millimetres of the sheet or metres of the projection."""


@dataclass(frozen=True, kw_only=True)
class View:
    """A piece of the Earth on a piece of the sheet."""

    crs: CRS
    """Metric projection."""
    bounds: Bounds
    """West, south, east, north in the projection."""
    box: Box
    """Where on the sheet."""

    @property
    def metres_per_mm(self) -> float:
        """Metres of the projection in a millimetre of paper."""
        return (self.bounds[2] - self.bounds[0]) / self.box.width

    def xy(self, lonlats: NDArray[np.float64]) -> Points:
        """Projected coordinates of places, shape (n, 2); not finite where there are none."""
        return np.column_stack(
            transformer(WGS84, self.crs).transform(lonlats[:, 0], lonlats[:, 1])
        ).reshape(-1, 2)

    def lonlats(self, xy: Points) -> Points:
        """Longitude and latitude of projected places, shape (n, 2)."""
        return np.column_stack(transformer(self.crs, WGS84).transform(xy[:, 0], xy[:, 1])).reshape(
            -1, 2
        )

    def mm(self, xy: Points) -> Points:
        """Millimetres on the sheet of projected places."""
        west, _, _, north = self.bounds
        return np.column_stack(
            [
                self.box.left + (xy[:, 0] - west) / self.metres_per_mm,
                self.box.top + (north - xy[:, 1]) / self.metres_per_mm,
            ]
        )

    def from_mm(self, x: float, y: float) -> tuple[float, float]:
        """Projected coordinates of a place on the sheet."""
        west, _, _, north = self.bounds
        return (
            west + (x - self.box.left) * self.metres_per_mm,
            north - (y - self.box.top) * self.metres_per_mm,
        )

    def inside(self, xy: Points) -> NDArray[np.bool_]:
        """Which projected places lie in the frame."""
        west, south, east, north = self.bounds
        x, y = xy[:, 0], xy[:, 1]
        return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))

    @cached_property
    def lonlat_bounds(self) -> Bounds:
        """West, south, east, north in degrees of all that the frame shows."""
        west, south, east, north = self.bounds
        x, y = np.meshgrid(
            np.linspace(west, east, _PIECES + 1), np.linspace(south, north, _PIECES + 1)
        )
        places = self.lonlats(np.column_stack([x.ravel(), y.ravel()]))
        places = places[np.isfinite(places).all(axis=1)]
        (left, low), (right, high) = places.min(axis=0), places.max(axis=0)
        if right - left > 180:  # the frame crosses 180 degrees or holds a pole
            left, right = -180.0, 180.0
        return float(left), float(low), float(right), float(high)

    def projected(self, geometry_lonlat: BaseGeometry) -> BaseGeometry:
        """A geometry in the projection, without the parts that have no place in it."""
        moved = shapely.transform(
            geometry_lonlat, transformer(WGS84, self.crs).transform, interleaved=False
        )
        return moved if np.isfinite(shapely.get_coordinates(moved)).all() else shapely.Point()


def view_of(centre_lonlat: tuple[float, float], half_width_m: float, place: Box) -> View:
    """A view that is at least `half_width_m` to either side of its centre.

    It is in the UTM zone of the centre, or in a Lambert azimuthal equal-area projection about it
    where it is wider than a zone can truly show.

    Raises
    ------
    InvalidSetting
        If the width is not a length that a page can show, or the centre is not on Earth.
    """
    if not 0 < half_width_m <= WIDEST_M:
        raise InvalidSetting(
            f"half width {half_width_m} m",
            expected=f"more than 0 m and at most {WIDEST_M:,.0f} m",
        )
    lon, lat = centre_lonlat
    crs = metric_crs(centre_lonlat)
    if half_width_m >= UTM_REACH_M:
        crs = CRS.from_proj4(
            f"+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +datum=WGS84 +units=m +no_defs"
        )
    x, y = transformer(WGS84, crs).transform(lon, lat)
    half_height_m = half_width_m * place.height / place.width
    bounds = (x - half_width_m, y - half_height_m, x + half_width_m, y + half_height_m)
    return View(crs=crs, bounds=bounds, box=place)


def projection_name(view: View, centre_lonlat: tuple[float, float]) -> str:
    """The projection in words."""
    code = view.crs.to_epsg()
    if code is not None:
        return f"{view.crs.name.split('/')[-1].strip().replace('zone ', '')}, EPSG:{code}"
    lon, lat = centre_lonlat
    return (
        f"Lambert azimuthal equal-area about {abs(lat):.2f}° {'N' if lat >= 0 else 'S'}, "
        f"{abs(lon):.2f}° {'E' if lon >= 0 else 'W'}"
    )


def land(
    borders: gpd.GeoDataFrame, world: gpd.GeoDataFrame, view: View
) -> list[tuple[str, BaseGeometry]]:
    """Name and projected outline of each country in the frame.

    The detailed outlines are used where they reach, the coarse ones beyond.
    """
    west, south, east, north = view.lonlat_bounds
    margin = 0.05 * max(east - west, north - south)
    window = box(
        max(west - margin, -180), max(south - margin, -90),
        min(east + margin, 180), min(north + margin, 90),
    )  # fmt: skip
    detailed = box(*borders.total_bounds) if len(borders) else shapely.Polygon()
    fine = _clipped(borders, window)
    if detailed.contains(window):
        coarse = []
    elif view.metres_per_mm > 60_000:  # the detail could not be seen
        fine, coarse = [], _clipped(world, window)
    else:
        coarse = _clipped(world, window.difference(detailed))
    tolerance_m = 0.08 * view.metres_per_mm
    drawn = [
        (name, shapely.simplify(view.projected(part), tolerance_m)) for name, part in coarse + fine
    ]
    return [(name, shape) for name, shape in drawn if not shape.is_empty]


def _clipped(frame: gpd.GeoDataFrame, window: BaseGeometry) -> list[tuple[str, BaseGeometry]]:
    """Name and outline of each country inside a window, edges cut so that they can bend."""
    parts = shapely.intersection(shapely.make_valid(frame.geometry.to_numpy()), window)
    return [
        (str(name), shapely.segmentize(part, 1.0))
        for name, part in zip(frame["name"], parts, strict=True)
        if part is not None and not part.is_empty
    ]
