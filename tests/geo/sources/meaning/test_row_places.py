"""Shapes become places of records, or say why they cannot."""

from __future__ import annotations

import pytest
import shapely
from shapely.geometry import Point, Polygon

from geo.errors import BadInput
from geo.sources.meaning.row_places import shape_of_text, shaped, shapes_of_wkb

SQUARE = "POLYGON ((44 33, 45 33, 45 34, 44 34, 44 33))"


def place(text: str, kind: str = "seizures"):
    """The place of a record with this shape."""
    return shaped(shapely.from_wkt(text), kind)


@pytest.mark.parametrize(
    ("text", "kind", "wkt"),
    [
        ("POINT (44 33)", "seizures", "POINT (44 33)"),
        ("POINT Z (44 33 120)", "posts", "POINT (44 33)"),
        ("MULTIPOINT ((44 33))", "sites", "POINT (44 33)"),
        ("GEOMETRYCOLLECTION (POINT (44 33))", "events", "POINT (44 33)"),
        ("GEOMETRYCOLLECTION (POINT (44 33), POLYGON EMPTY)", "events", "POINT (44 33)"),
        ("LINESTRING (44 33, 45 34)", "roads", "LINESTRING (44 33, 45 34)"),
        ("MULTILINESTRING ((44 33, 45 34))", "roads", "LINESTRING (44 33, 45 34)"),
    ],
)
def test_a_shape_of_the_right_type_is_the_place(text, kind, wkt):
    """Out of collections of one, and without its height."""
    assert place(text, kind).place.wkt == wkt
    assert place(text, kind).outline == ""


@pytest.mark.parametrize(
    "text", [SQUARE, f"GEOMETRYCOLLECTION ({SQUARE})", f"MULTI{SQUARE.replace('((', '(((')})"]
)
def test_an_area_is_the_outline_of_a_site(text):
    """With a point inside it as its place."""
    found = place(text, "sites")
    assert found.outline == SQUARE
    assert found.place.within(shapely.from_wkt(SQUARE))


def test_a_point_beside_an_area_is_the_place_of_the_site():
    """It was meant."""
    found = place(f"GEOMETRYCOLLECTION ({SQUARE}, POINT (44.2 33.2))", "sites")
    assert found.place == Point(44.2, 33.2)


def test_the_point_of_a_bent_area_lies_inside():
    """Where its middle would not."""
    bent = Polygon([(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (0, 1)])
    assert shaped(bent, "sites").place.within(bent)


@pytest.mark.parametrize(
    ("text", "kind", "what", "remedy"),
    [
        (SQUARE, "seizures", "the shape is a Polygon", "only sites have outlines"),
        (SQUARE, "posts", "the shape is a Polygon", "give one point for each row"),
        ("LINESTRING (44 33, 45 34)", "sites", "the shape is a LineString", "one point"),
        ("POINT (44 33)", "roads", "the shape is a Point", "one line"),
        ("MULTIPOINT ((44 33), (45 34))", "sites", "the shape is a MultiPoint of 2 parts", "point"),
        ("POINT EMPTY", "sites", "the shape is empty", "draw it"),
        ("POINT (440 33)", "sites", "the shape has a corner at longitude 440, latitude 33", "deg"),
        ("POLYGON ((44 33, 45 34, 45 33, 44 34, 44 33))", "sites", "the outline is not valid: Self",
         "repair it"),
    ],
)  # fmt: skip
def test_a_shape_of_another_type_is_told(text, kind, what, remedy):
    """With what it is and what to do; it is never bent into place."""
    with pytest.raises(BadInput) as told:
        place(text, kind)
    assert told.value.what.startswith(what)
    assert remedy in told.value.remedy
    assert told.value.expected


@pytest.mark.parametrize(
    ("text", "wkt"),
    [
        ("POINT (44 33)", "POINT (44 33)"),
        ("SRID=4326;POINT (44 33)", "POINT (44 33)"),
        ('{"type": "Point", "coordinates": [44, 33]}', "POINT (44 33)"),
    ],
)
def test_a_cell_may_hold_a_shape(text, wkt):
    """As WKT or as a GeoJSON geometry."""
    assert shape_of_text(text, name="shape").wkt == wkt


@pytest.mark.parametrize(
    "text", ["", "Baghdad", "POINT (44", "SRID=32638;POINT (44 33)", "{}", '{"type": "Point"}',
             '{"type": "Point", "coordinates": "x"}', "{" * 5000, "[" * 5000]
)  # fmt: skip
def test_a_cell_that_holds_no_shape_is_told(text):
    """Never a guess."""
    with pytest.raises(BadInput, match="shape is "):
        shape_of_text(text, name="shape")


def test_bytes_that_are_no_shape_are_told():
    """The others stand."""
    good, nothing, bad = shapes_of_wkb([shapely.to_wkb(Point(44, 33)), None, b"\x01\x02"])
    assert good == Point(44, 33)
    assert nothing is None
    assert isinstance(bad, BadInput)
