"""The emblem."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from layers.emblem import emblem_svg


@pytest.mark.parametrize("with_name", [True, False])
def test_the_emblem_is_one_picture_that_loads_nothing(with_name):
    """Well-formed, without script, style sheet or address but the name space."""
    text = emblem_svg(with_name=with_name)
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert text.count("http") == 1
    assert "<script" not in text
    assert ("Lamassu" in text) is with_name
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    assert width == (232 if with_name else 64)
    assert height == 64


def test_the_name_ends_inside_the_picture_in_any_letters():
    """Its length is told, and not left to the font that is found."""
    root = ET.fromstring(emblem_svg(with_name=True))
    (name,) = root.iter("{http://www.w3.org/2000/svg}text")
    assert name.attrib["lengthAdjust"] == "spacingAndGlyphs"
    assert float(name.attrib["x"]) + float(name.attrib["textLength"]) < 232


def test_the_star_stands_inside_the_gateway():
    """Every point of it lies in the square of the emblem."""
    root = ET.fromstring(emblem_svg())
    (star,) = root.iter("{http://www.w3.org/2000/svg}polygon")
    points = [tuple(map(float, pair.split(","))) for pair in star.attrib["points"].split()]
    assert len(points) == 16
    assert all(18 <= x <= 46 and 18 <= y <= 48 for x, y in points)
