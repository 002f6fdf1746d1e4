"""GeoJSON as a raw table, feature by feature, without GDAL.

A GeoJSON may name its CRS by a link, which GDAL follows into the network; here it is not followed.
The text is decoded one feature at a time, so that memory holds the file and one feature.

Source: RFC 7946, and the GeoJSON of 2008 for the member ``crs``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from geo.errors import BadInput, UnreadableFile
from geo.grid import WGS84
from geo.sources.confined.limits import FileLimits
from geo.sources.readers.raw import RawReading
from geo.sources.readers.raw_writer import RawWriter, cell_text
from geo.sources.readers.shapes import crs_named

Json: TypeAlias = Any

SAFE_CRS = re.compile(r"(urn:ogc:def:crs:)?(EPSG|OGC):(?:[\d.]*:)?(\d{4,6}|CRS84h?)", re.IGNORECASE)
"""Names of a CRS that lead nowhere."""

DEEPEST = 50
"""How many collections may lie in each other."""

_SPACE = re.compile(r"[ \t\r\n]*")


class _Text:
    """A JSON text that is decoded in pieces."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        # A whole number of more digits than 64 bits hold is a name, and stays as it is written.
        self._decode = json.JSONDecoder(
            parse_int=lambda digits: int(digits) if len(digits) < 19 else digits
        ).raw_decode

    def next(self) -> str:
        """The next character that is no space; empty at the end."""
        self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
        return self._text[self._at : self._at + 1]

    def skip(self, expected: str) -> str:
        """Go over the next character, which must be one of those expected."""
        found = self.next()
        if not found or found not in expected:
            raise ValueError(f"{found!r} at character {self._at:,} where {expected!r} was due")
        self._at += 1
        return found

    def value(self) -> tuple[Json, str]:
        """The value that follows, and its text."""
        self.next()
        value, end = self._decode(self._text, self._at)
        text = self._text[self._at : end]
        self._at = end
        return value, text


def read_geojson(path: Path, folder: Path, *, limits: FileLimits) -> RawReading:
    """The features of a FeatureCollection, or of features one after the other, as one table.

    Numbers of a position are x and y; whatever follows them is left out. A ring that does not end
    where it begins is closed, and that is noted.

    Raises
    ------
    UnreadableFile
        If it is no JSON in UTF-8 or UTF-16.
    BadInput
        If it holds no features, or names an unknown CRS.
    """
    writer = RawWriter(folder / "table-0.arrow", limits=limits)
    crs: list[Json] = []
    unclosed: list[int] = []
    name = ""
    try:
        text = _Text(_decoded(path.read_bytes()))
        kinds = set()
        while text.next():
            members = _members(text, lambda feature, said: _add(writer, feature, said, unclosed))
            kinds.add(str(members.get("type")))
            name = str(members.get("name") or name)
            crs += [members["crs"]] if members.get("crs") is not None else []
            if "features" in members:
                raise BadInput("the features are no list", expected="a GeoJSON FeatureCollection")
            if members.get("type") == "Feature":
                _add(writer, members, "", unclosed)
    except (ValueError, RecursionError, IndexError) as err:
        if isinstance(err, BadInput):
            raise
        raise UnreadableFile(
            f"the file is damaged, cut short or no GeoJSON ({err})",
            expected="a whole GeoJSON file in UTF-8",
            remedy="export it again",
        ) from err
    if not kinds <= {"FeatureCollection", "Feature"} or not kinds:
        raise BadInput(
            f"the file is JSON, but of the type {', '.join(sorted(kinds))[:80]}",
            expected="a GeoJSON FeatureCollection",
            remedy="export it as GeoJSON",
        )
    found, notes = _crs(crs)
    if unclosed:
        writer.notes.append(f"{len(unclosed):,} rings did not end where they began and were closed")
    return RawReading(tables=(writer.finish(name, places=True, crs=found),), notes=notes)


def _decoded(content: bytes) -> str:
    """The file as text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    return content.decode("utf-8-sig")


def _members(text: _Text, take: Callable[[Json, str], None]) -> dict[str, Json]:
    """The members of the object that follows; features are given to `take`, one by one."""
    members: dict[str, Json] = {}
    text.skip("{")
    if text.next() == "}":
        text.skip("}")
        return members
    while True:
        key, _ = text.value()
        text.skip(":")
        if key == "features" and text.next() == "[":
            for feature, said in _elements(text):
                take(feature, said)
        else:
            members[str(key)], _ = text.value()
        if text.skip(",}") == "}":
            return members


def _elements(text: _Text) -> Iterator[tuple[Json, str]]:
    """The elements of the array that follows, with their texts."""
    text.skip("[")
    if text.next() == "]":
        text.skip("]")
        return
    while True:
        yield text.value()
        if text.skip(",]") == "]":
            return


def _add(writer: RawWriter, feature: Json, said: str, unclosed: list[int]) -> None:
    """Write one feature as a row."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        writer.add({}, shape_text=said[:2000], fault="it is no feature")
        return
    properties = feature.get("properties")
    cells = {
        str(key): cell_text(value)
        for key, value in (properties.items() if isinstance(properties, dict) else ())
    }
    if feature.get("id") is not None:
        own = "id" if not any(key.lower() == "id" for key in cells) else "feature id"
        cells = {own: cell_text(feature["id"])} | cells
    geometry = feature.get("geometry")
    if geometry is None:
        writer.add(cells)
        return
    try:
        shape = shapely.to_wkb(_shape(geometry, unclosed, depth=0))
    except (TypeError, ValueError, LookupError, shapely.errors.ShapelyError) as err:
        shown = json.dumps(geometry, ensure_ascii=False)[:2000]
        writer.add(cells, shape_text=f"geometry={shown}", fault=f"its shape is broken ({err})")
        return
    writer.add(cells, shape=shape)


def _shape(geometry: Json, unclosed: list[int], *, depth: int) -> shapely.Geometry:
    """A geometry of GeoJSON; raises ValueError, TypeError or LookupError if it is none."""
    kind = geometry["type"]
    if kind == "GeometryCollection":
        if depth >= DEEPEST:
            raise ValueError("collections lie too deep in each other")
        parts = [_shape(part, unclosed, depth=depth + 1) for part in geometry["geometries"]]
        return shapely.geometrycollections(parts)
    coordinates = geometry["coordinates"]
    match kind:
        case "Point":
            shape = shapely.points(_xy([coordinates])[0]) if coordinates else shapely.Point()
        case "MultiPoint":
            shape = shapely.multipoints(_xy(coordinates))
        case "LineString":
            shape = shapely.linestrings(_xy(coordinates))
        case "MultiLineString":
            shape = shapely.multilinestrings([shapely.linestrings(_xy(c)) for c in coordinates])
        case "Polygon":
            shape = _polygon(coordinates, unclosed)
        case "MultiPolygon":
            shape = shapely.multipolygons([_polygon(rings, unclosed) for rings in coordinates])
        case _:
            raise ValueError(f"it is of the type {str(kind)[:40]!r}")
    return shape


def _polygon(rings: Json, unclosed: list[int]) -> shapely.Polygon:
    if not rings:
        return shapely.Polygon()
    outer, *holes = [_ring(ring, unclosed) for ring in rings]
    return shapely.polygons(outer, holes or None)


def _ring(positions: Json, unclosed: list[int]) -> shapely.LinearRing:
    xy = _xy(positions)
    if len(xy) and np.isfinite(xy).all() and (xy[0] != xy[-1]).any():
        unclosed.append(len(xy))
    return shapely.linearrings(xy)


def _xy(positions: Json) -> NDArray[np.float64]:
    """Pairs of numbers; text is no number here."""
    pairs = [(position[0], position[1]) for position in positions]
    if not all(type(x) in (int, float) and type(y) in (int, float) for x, y in pairs):
        raise ValueError("a coordinate is no number")
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _crs(named: list[Json]) -> tuple[CRS, tuple[str, ...]]:
    """The CRS of the old member ``crs``, and what has to be said of it.

    Raises
    ------
    BadInput
        If it is named by something else than a code, or its parts name several.
    """
    kinds = {json.dumps(member, sort_keys=True) for member in named}
    if not kinds:
        return WGS84, ()
    member = named[0]
    properties = member.get("properties") if isinstance(member, dict) else None
    if isinstance(member, dict) and str(member.get("type")).lower() == "link":
        return WGS84, (
            "the file names its coordinate system by a link, which was not followed: coordinates "
            "were read as longitude and latitude",
        )
    code = properties.get("name") if isinstance(properties, dict) else None
    match = SAFE_CRS.fullmatch(code.strip()) if isinstance(code, str) else None
    if len(kinds) > 1 or match is None:
        raise BadInput(
            f"the coordinate system is named by {json.dumps(member)[:120]}",
            expected="a code such as EPSG:32638, or none for longitude and latitude",
            remedy="export the file in EPSG:4326",
        )
    if match[3].upper().startswith("CRS84") or match[3] == "4326":
        return WGS84, ()
    crs = crs_named(f"EPSG:{match[3]}", what="the file")
    return crs, (f"coordinates were in {crs.name} and were turned into longitude and latitude",)
