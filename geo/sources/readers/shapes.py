"""Shapes from strangers' files, judged one by one: each comes out with a place on Earth or a fault.

Pure: geometries in, WKB and faults out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError

from geo.errors import BadInput
from geo.grid import WGS84, transformer

MOST_VERTICES = 1_000_000
"""Corners of one shape; a country's border in full detail has a tenth."""

REPAIR_BUDGET = 1_000_000
"""Sum of squared numbers of corners of outlines that are repaired in one go, under a second.

GEOS needs time that grows with the square of the crossings.
"""

MOST_CHANGE = 0.01
"""Share of an outline's area that a repair may change; more, and it is not known what was meant."""


PLAIN_CRS = re.compile(
    r"\s*((EPSG|ESRI):\d{1,6}$|OGC:CRS84h?$|(GEOG|PROJ|COMPD|BOUND)\w*\s*[\[(])", re.IGNORECASE
)
"""How a CRS is named: by a code, or in WKT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedShapes:
    """What came of some shapes, in their order."""

    wkb: list[bytes | None]
    """WKB in EPSG:4326, two-dimensional; None where there was no shape, or a fault."""
    faults: dict[int, str]
    """Why a shape cannot be used, by its position."""
    repaired: int
    """Outlines that crossed themselves and came out almost the same when that was mended."""


def checked(shapes: Sequence[bytes | None], crs: CRS) -> CheckedShapes:
    """Shapes in WKB with coordinates in `crs` (x east, y north), as far as they have a place.

    A shape has a fault if its bytes are none, it is empty, has more than `MOST_VERTICES` corners, a
    coordinate that is not a finite number or not on Earth, or an outline that crosses itself and
    cannot be mended without changing its area by more than `MOST_CHANGE`. Heights are left out.
    """
    given = np.array([shape is not None for shape in shapes], dtype=bool)
    with np.errstate(invalid="ignore"):  # NaN is looked for below
        found = _decoded(shapes)
    faults: dict[int, str] = {}
    _blame(faults, given & shapely.is_missing(found), "its shape is broken")
    _blame(faults, shapely.is_empty(found), "its shape is empty")
    corners = shapely.get_num_coordinates(found)
    _blame(faults, corners > MOST_VERTICES, f"its shape has more than {MOST_VERTICES:,} corners")
    found[list(faults)] = None
    placed = _placed(found, crs, faults)
    repaired = _mend(placed, faults)
    return CheckedShapes(wkb=shapely.to_wkb(placed).tolist(), faults=faults, repaired=repaired)


def _decoded(shapes: Sequence[bytes | None]) -> NDArray[np.object_]:
    """The shapes without heights; None where bytes are no shape, or one with curves."""
    try:
        return np.asarray(shapely.force_2d(shapely.from_wkb(list(shapes), on_invalid="ignore")))
    except NotImplementedError:  # one curve stops all of them
        if len(shapes) == 1:
            return np.array([None])
        half = len(shapes) // 2
        return np.concatenate([_decoded(shapes[:half]), _decoded(shapes[half:])])


def crs_named(definition: str, *, what: str) -> CRS:
    """The CRS that a file declares by a code or in WKT.

    Raises
    ------
    BadInput
        If it declares none that is known.
    """
    try:
        # PROJ's own language can name files.
        if PLAIN_CRS.match(definition) and "undefined" not in definition.lower():
            return CRS.from_user_input(definition)
    except ProjError:
        pass
    raise BadInput(
        f"{what} has no coordinate reference system that is known ({definition[:80]!r})",
        expected="an EPSG code, or longitude and latitude",
        remedy="assign the CRS it was made in, or export it in EPSG:4326",
    )


def _placed(found: NDArray[np.object_], crs: CRS, faults: dict[int, str]) -> NDArray[np.object_]:
    """The shapes in EPSG:4326; None, and a fault, where a coordinate has no place on Earth."""
    xy, shape = shapely.get_coordinates(found, return_index=True)
    with np.errstate(invalid="ignore"):
        lons, lats = xy.T if crs == WGS84 else _lonlat(xy, crs)
        on_earth = (np.abs(lons) <= 180) & (np.abs(lats) <= 90)
    for k in np.flatnonzero(~on_earth)[::-1]:
        x, y = xy[k]
        faults[int(shape[k])] = (
            f"the coordinate {x:g}, {y:g} is not on Earth"
            if np.isfinite([x, y]).all()
            else "its shape has a coordinate that is no number"
        )
    good = found.copy()
    good[list(faults)] = None
    keep = ~np.isin(shape, list(faults))
    shapely.set_coordinates(good, np.column_stack([lons, lats])[keep])
    return good


def _lonlat(xy: NDArray[np.float64], crs: CRS) -> NDArray[np.float64]:
    """Longitudes and latitudes, shape (2, n); infinite where the CRS does not reach."""
    if not len(xy):
        return xy.T
    try:
        return np.array(transformer(crs, WGS84).transform(*xy.T))
    except ProjError as err:
        raise BadInput(
            f"coordinates in {crs.name} cannot be turned into longitude and latitude ({err})",
            expected="a CRS with a place on Earth",
            remedy="export the file in EPSG:4326",
        ) from err


def _mend(placed: NDArray[np.object_], faults: dict[int, str]) -> int:
    """Repair outlines that cross themselves, in place, or blame them; how many were repaired."""
    left, repaired = REPAIR_BUDGET, 0
    for i in np.flatnonzero(~shapely.is_missing(placed) & ~shapely.is_valid(placed)):
        cost = int(shapely.get_num_coordinates(placed[i])) ** 2
        mended = None
        if cost <= left:
            left -= cost
            mended = shapely.make_valid(placed[i], method="structure", keep_collapsed=False)
        if mended is None or not _alike(placed[i], mended):
            where = shapely.is_valid_reason(placed[i])
            faults[int(i)] = f"its outline crosses or touches itself ({where[:80]})"
            placed[i] = None
        else:
            placed[i] = mended
            repaired += 1
    return repaired


def _alike(before: shapely.Geometry, after: shapely.Geometry) -> bool:
    """Whether a repair changed the area little and left a shape of the same dimension."""
    area = float(shapely.area(before))
    return (
        shapely.get_dimensions(before) == shapely.get_dimensions(after)
        and area > 0
        and abs(float(shapely.area(after)) - area) <= MOST_CHANGE * area
    )


def _blame(faults: dict[int, str], where: NDArray[np.bool_], why: str) -> None:
    """Give the first fault to each shape that has none yet."""
    for i in np.flatnonzero(where):
        faults.setdefault(int(i), why)
