"""Areas of interest from GeoJSON files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shapely import make_valid, union_all
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput, UnreadableFile

LARGEST_FILE_BYTES = 20_000_000
"""A larger file is no hand-drawn area."""


def read_area(path: Path) -> Polygon | MultiPolygon:
    """The union of all polygons of a GeoJSON file, EPSG:4326 (RFC 7946).

    Raises
    ------
    UnreadableFile
        If the file is missing, too large or no GeoJSON.
    BadInput
        If it holds no polygon, or one outside longitude -180 to 180 and latitude -90 to 90.
    """
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise UnreadableFile(
                f"{path.name} has {path.stat().st_size:,} bytes",
                expected=f"an area of at most {LARGEST_FILE_BYTES:,} bytes",
                remedy="simplify the outline",
            )
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as err:
        raise UnreadableFile(
            f"{path} cannot be read ({err.strerror})", expected="a GeoJSON file"
        ) from err
    except (ValueError, RecursionError) as err:
        raise UnreadableFile(
            f"{path.name} is no GeoJSON ({err})",
            expected="GeoJSON text in UTF-8",
            remedy="export the area as GeoJSON in longitude and latitude",
        ) from err
    return area_of(document, name=path.name)


def area_of(document: object, *, name: str) -> Polygon | MultiPolygon:
    """The union of all polygons of a decoded GeoJSON document; `name` is for messages.

    Raises
    ------
    BadInput
        If there is no polygon in it, or one that is not on Earth.
    """
    try:
        polygons = [polygon for part in _geometries(document) for polygon in _polygons(shape(part))]
        area = union_all([make_valid(polygon) for polygon in polygons])
        west, south, east, north = area.bounds
        if area.is_empty:
            raise ValueError("empty")  # noqa: TRY301 - one message for every such fault
    except (
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        RecursionError,
        ShapelyError,
    ) as err:
        raise BadInput(
            f"{name} holds no polygon", expected="at least one polygon", remedy="draw the area anew"
        ) from err
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise BadInput(
            f"{name} reaches from {west:g}, {south:g} to {east:g}, {north:g}",
            expected="longitude -180 to 180 and latitude -90 to 90",
            remedy="export the area in EPSG:4326",
        )
    kept = MultiPolygon(_polygons(area))
    return kept.geoms[0] if len(kept.geoms) == 1 else kept


def _geometries(document: Any) -> list[Any]:  # noqa: ANN401 - decoded JSON
    """The geometry objects of a GeoJSON document of any type; a feature may have none."""
    if document["type"] == "FeatureCollection":
        return [part for feature in document["features"] for part in _geometries(feature)]
    if document["type"] == "Feature":
        return [] if document["geometry"] is None else [document["geometry"]]
    return [document]


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    """The polygons in a geometry; lines and points fall away."""
    if isinstance(geometry, Polygon):
        return [] if geometry.is_empty else [geometry]
    return [polygon for part in getattr(geometry, "geoms", ()) for polygon in _polygons(part)]
