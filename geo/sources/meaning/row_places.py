"""Shapes of rows as places of records: a point where a point is due, an outline beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Point
from shapely.geometry import shape as shape_of_json
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput
from geo.sources.meaning.wording import shown


@dataclass(frozen=True, slots=True)
class Shaped:
    """The place of one row as its shape gives it."""

    place: BaseGeometry
    """A point; of a road a line."""
    outline: str = ""
    """WKT of the polygons around it; empty where there are none."""


def shape_of_text(text: str, *, name: str) -> BaseGeometry:
    """The shape that a cell holds as WKT or as a GeoJSON geometry, in degrees (EPSG:4326).

    Raises
    ------
    BadInput
        If it holds none.
    """
    try:
        if text.startswith("{"):
            return shape_of_json(json.loads(text))
        return shapely.from_wkt(text.removeprefix("SRID=4326;"))
    except (shapely.errors.ShapelyError, ValueError, TypeError, LookupError, AttributeError,
            RecursionError) as err:  # fmt: skip
        raise BadInput(
            f"{name} is {shown(text)}",
            expected="a shape in WKT, as POINT (44.4 33.3)",
            remedy="correct it or leave it empty",
        ) from err


def shapes_of_wkb(cells: Sequence[bytes | None]) -> list[BaseGeometry | BadInput | None]:
    """The shape of each cell; None for an empty one, a fault for one that is none."""
    found = shapely.from_wkb(np.array(cells, dtype=object), on_invalid="ignore")
    fault = BadInput(
        "the shape cannot be read", expected="a point, line or area", remedy="draw it anew"
    )
    return [
        shape if shape is not None or cell is None else fault
        for shape, cell in zip(found, cells, strict=True)
    ]


def shaped(shape: BaseGeometry, kind: str) -> Shaped:
    """The place of a record of `kind` that has this shape.

    Sites may be areas: a point inside stands for them, and the area is kept as their outline. Roads
    are lines, everything else is a point. A collection of one shape is that shape. Heights go.

    Raises
    ------
    BadInput
        If the shape is empty, not on Earth, crosses itself, or is of another type than is due.
    """
    flat = shapely.force_2d(shape)
    parts = [part for part in _parts(flat) if not part.is_empty]
    if not parts:
        raise BadInput("the shape is empty", expected="a point, line or area", remedy="draw it")
    corners = shapely.get_coordinates(flat)
    outside = ~(np.abs(corners) <= [180.0, 90.0]).all(axis=1)
    if outside.any():
        lon, lat = corners[outside][0]
        raise BadInput(
            f"the shape has a corner at longitude {lon:g}, latitude {lat:g}",
            expected="longitude -180 to 180 and latitude -90 to 90, in degrees",
            remedy="export the file in degrees (EPSG:4326)",
        )
    types = {part.geom_type for part in parts}
    if kind == "roads":
        if types == {"LineString"} and len(parts) == 1:
            return Shaped(parts[0])
        raise _unfit(flat, parts, "one line", "draw one line for each row")
    if types == {"Point"} and len(parts) == 1:
        return Shaped(parts[0])
    if kind == "sites" and "Polygon" in types and types <= {"Polygon", "Point"}:
        return _area(parts)
    more = "" if kind == "sites" else "; only sites have outlines"
    raise _unfit(flat, parts, "one point", f"give one point for each row{more}")


def _parts(shape: BaseGeometry) -> list[BaseGeometry]:
    """The simple shapes of a shape."""
    if not hasattr(shape, "geoms"):
        return [shape]
    return [part for inner in shape.geoms for part in _parts(inner)]


def _area(parts: Sequence[BaseGeometry]) -> Shaped:
    """An outline, with the one point that comes with it or a point inside."""
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    points = [part for part in parts if part.geom_type == "Point"]
    outline = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    if not outline.is_valid:
        raise BadInput(
            f"the outline is not valid: {shapely.is_valid_reason(outline)}",
            expected="an area whose border neither crosses nor touches itself",
            remedy="repair it in the program that drew it",
        )
    if len(points) > 1:
        raise _unfit(outline, parts, "one point beside the outline", "keep the one that is meant")
    inside = points[0] if points else outline.point_on_surface()
    return Shaped(Point(inside.x, inside.y), outline.wkt)


def _unfit(
    shape: BaseGeometry, parts: Sequence[BaseGeometry], expected: str, remedy: str
) -> BadInput:
    """The fault of a shape that is of another type than is due."""
    many = f" of {len(parts)} parts" if len(parts) > 1 else ""
    return BadInput(f"the shape is a {shape.geom_type}{many}", expected=expected, remedy=remedy)
