"""Rows of roads on their way from the child process that reads a file: tags as text, and a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError

from geo.errors import BadInput
from geo.grid import WGS84, transformer

Row: TypeAlias = dict[str, Any]
"""A row of `ROW_SCHEMA`."""

ROW_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        *((name, pa.string()) for name in (
            "way_id", "highway", "ref", "name", "surface", "maxspeed", "oneway", "junction",
            "bridge", "access", "area", "fault",
        )),
        ("line", pa.binary()),
    ]
)  # fmt: skip
"""`row` counts from 1; `line` is WKB in EPSG:4326 and null where `fault` says why there is none."""

KEYS: dict[str, tuple[str, ...]] = {
    "highway": ("highway", "fclass"),
    "ref": ("ref",),
    "name": ("name:en", "name_en", "name"),
    "surface": ("surface",),
    "maxspeed": ("maxspeed",),
    "oneway": ("oneway",),
    "junction": ("junction",),
    "bridge": ("bridge",),
    "area": ("area",),
}
"""Columns of a row with the keys of OpenStreetMap and Geofabrik that fill them, best first."""

ID_KEYS = ("osm_way_id", "osm_id", "osmid", "@id", "way_id", "full_id", "id")
"""Columns of tables that name a way, best first."""

VEHICLE_KEYS = ("motor_vehicle", "vehicle", "access")
"""Keys that say who may drive, the most specific first."""

FOOT_KEYS = ("foot", "access")
"""Keys that say who may walk; they hold for ways that carry no cars."""

ON_FOOT = frozenset({"path", "footway", "bridleway", "cycleway", "steps", "pedestrian"})
"""Values of ``highway`` that carry feet and no cars."""

COMMON_CLASSES = ON_FOOT | {
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
    "living_street", "service", "track",
}  # fmt: skip
"""Values of ``highway`` or ``fclass`` by which a layer of roads is known."""

WANTED = frozenset().union(*KEYS.values(), ID_KEYS, VEHICLE_KEYS, FOOT_KEYS, ("other_tags",))
"""Every key that is looked at."""

LONGEST_CELL = 1_000
"""Characters of a tag that are kept on the way; an honest one has at most 255."""

_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Lines of rows in EPSG:4326."""

    row: NDArray[np.int64]
    """Position of the row that each line belongs to; a row of several lines comes several times."""
    line: NDArray[np.object_]
    """The lines."""
    faults: dict[int, str]
    """Why a row has no line."""


def tags_of(get: Callable[[str], str | None]) -> Row:
    """The columns of a row that hold tags, from what `get` finds by a key; empty where unsaid."""
    tags: Row = {name: _first(get, keys) for name, keys in KEYS.items()}
    tags["highway"] = tags["highway"].strip().lower()
    tags["access"] = _first(get, FOOT_KEYS if tags["highway"] in ON_FOOT else VEHICLE_KEYS)
    return tags


def cells_of(properties: dict[str, Any]) -> dict[str, str]:
    """The wanted cells of a table's row as text, under small letters.

    `other_tags`, in which GDAL's reader of OpenStreetMap puts the tags without a column, is opened.
    """
    cells = {
        key: text
        for name, value in properties.items()
        if (key := name.lower()) in WANTED and (text := _text(value))
    }
    packed = cells.pop("other_tags", "")
    loose = {_unescaped(key): _unescaped(value) for key, value in _HSTORE.findall(packed)}
    return {key: value for key, value in loose.items() if key in WANTED} | cells


def names_road(value: str) -> bool:
    """Whether a cell of a column with classes names one of roads."""
    plain = value.strip().lower().removesuffix("_link")
    return plain in COMMON_CLASSES or plain.startswith("track_grade")


def placed(geometries: NDArray[np.object_], crs: CRS) -> Placed:
    """The lines of geometries in `crs`; a MultiLineString gives each of its parts.

    A row has a fault instead if it has no geometry, another one than lines, a coordinate that is
    not a finite place on Earth, or a part that stays in one place.
    """
    kinds = shapely.get_type_id(geometries)
    faults = {int(i): "no geometry" for i in np.flatnonzero(shapely.is_empty(geometries))}
    faults |= {int(i): "no geometry" for i in np.flatnonzero(kinds == -1)}
    for i in np.flatnonzero((kinds != -1) & (kinds != 1) & (kinds != 5)):
        faults[int(i)] = f"a {geometries[i].geom_type} where a line was due"
    kept = np.array([i for i in range(len(geometries)) if i not in faults], dtype=np.int64)
    lines, of_kept = shapely.get_parts(shapely.force_2d(geometries[kept]), return_index=True)
    row = kept[of_kept]
    xy, vertex = shapely.get_coordinates(lines, return_index=True)
    with np.errstate(invalid="ignore"):
        lons, lats = xy.T if crs == WGS84 else transformer(crs, WGS84).transform(*xy.T)
        on_earth = (np.abs(lons) <= 180) & (np.abs(lats) <= 90)
    for k in np.flatnonzero(~on_earth)[::-1]:
        faults[int(row[vertex[k]])] = f"the coordinate {xy[k, 0]:g}, {xy[k, 1]:g} is not on Earth"
    moved = shapely.set_coordinates(lines, np.column_stack([lons, lats]))
    with np.errstate(over="ignore", invalid="ignore"):
        still = ~(shapely.length(moved) > 0)
    for k in np.flatnonzero(still):
        faults.setdefault(int(row[k]), "a line that stays in one place")
    good = ~np.isin(row, list(faults))
    return Placed(row=row[good], line=moved[good], faults=faults)


def crs_of(definition: str, *, name: str) -> CRS:
    """The CRS that a file declares.

    Raises
    ------
    BadInput
        If it declares none that has a place on Earth.
    """
    try:
        if definition and "undefined" not in definition.lower():
            return CRS.from_user_input(definition)
    except ProjError:
        pass
    raise BadInput(
        f"{name} has no coordinate reference system that is known ({definition[:80]!r})",
        expected="an EPSG code, or longitude and latitude",
        remedy="assign the CRS it was made in",
    )


def _first(get: Callable[[str], str | None], keys: tuple[str, ...]) -> str:
    """The first text that is not empty."""
    return next((text[:LONGEST_CELL] for key in keys if (text := get(key))), "")


def _text(value: object) -> str:
    """A cell as text: yes and no for flags, whole numbers without a point."""
    if value is None or value != value:  # noqa: PLR0124 - NaN, of whatever library
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ";".join(map(_text, value))
    return str(value)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
