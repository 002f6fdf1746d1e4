"""Shapes from strangers' files: a place on Earth, or a fault."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from geo.errors import BadInput
from geo.grid import WGS84
from geo.sources.readers import shapes
from geo.sources.readers.shapes import checked, crs_named

NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=64)
BOWTIE = shapely.Polygon([(44, 36), (45, 37), (45, 36), (44, 37)])


def one(shape: shapely.Geometry | bytes, crs: CRS = WGS84) -> tuple[shapely.Geometry | None, str]:
    """What becomes of one shape."""
    given_bytes = shape if isinstance(shape, bytes) else shapely.to_wkb(shape)
    found = checked([given_bytes], crs)
    wkb = found.wkb[0]
    return (None if wkb is None else shapely.from_wkb(wkb)), found.faults.get(0, "")


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_a_line_of_any_numbers_is_placed_or_blamed(numbers: list[tuple[float, float]]):
    """Never both, never neither; what is placed is on Earth and as it was."""
    with np.errstate(invalid="ignore"):
        line = shapely.multipoints(numbers)
    placed, fault = one(line)
    on_earth = all(abs(x) <= 180 and abs(y) <= 90 for x, y in numbers)
    assert (placed is None) == bool(fault) == (not on_earth)
    if placed is not None:
        assert shapely.get_coordinates(placed).tolist() == [list(pair) for pair in numbers]


@given(st.binary(max_size=60))
def test_any_bytes_are_a_shape_or_a_fault(content: bytes):
    """Nothing else happens."""
    placed, fault = one(content)
    assert (placed is None) == bool(fault)


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        (b"", "its shape is broken"),
        (b"\x01\x02\x00\x00\x00\xff\xff\xff\xff", "its shape is broken"),
        (b"\x01\x08\x00\x00\x00\x00\x00\x00\x00", "its shape is broken"),
        (shapely.Point(), "its shape is empty"),
        (shapely.Point(44, math.inf), "a coordinate that is no number"),
        (shapely.Point(138, 95), "the coordinate 138, 95 is not on Earth"),
        (BOWTIE, r"crosses or touches itself \(Self-intersection"),
    ],
)
def test_each_fault_has_its_words(shape: shapely.Geometry | bytes, fault: str):
    """They are shown to whoever sent the file."""
    placed, found = one(shape)
    assert placed is None
    assert re.search(fault, found)


def test_a_null_shape_is_no_fault():
    """A row may have no place."""
    found = checked([None, shapely.to_wkb(shapely.Point(1, 2)), None], WGS84)
    assert [wkb is None for wkb in found.wkb] == [True, False, True]
    assert found.faults == {}


def test_heights_are_left_out():
    """Shapes have two dimensions."""
    placed, _ = one(shapely.Point(1, 2, 3))
    assert not shapely.has_z(placed)


def test_a_small_slip_of_an_outline_is_mended_and_counted():
    """A spike without area changes nothing that matters."""
    spiked = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 1.2), (1, 1), (0, 1)])
    found = checked([shapely.to_wkb(spiked), shapely.to_wkb(BOWTIE)], WGS84)
    assert found.repaired == 1
    assert shapely.area(shapely.from_wkb(found.wkb[0])) == pytest.approx(1)
    assert set(found.faults) == {1}


def test_repairs_have_a_budget(monkeypatch: pytest.MonkeyPatch):
    """What would take too long is set aside unrepaired."""
    monkeypatch.setattr(shapes, "REPAIR_BUDGET", 10)
    spiked = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 1.2), (1, 1), (0, 1)])
    assert "crosses or touches itself" in one(spiked)[1]


def test_too_many_corners_are_too_many(monkeypatch: pytest.MonkeyPatch):
    """A map cannot draw them."""
    monkeypatch.setattr(shapes, "MOST_VERTICES", 3)
    assert one(shapely.LineString([(1, 1)] * 4))[1] == "its shape has more than 3 corners"


def test_coordinates_of_a_projection_are_turned():
    """500 km east in zone 38 is 45 degrees east; beyond the projection is a fault."""
    placed, _ = one(shapely.Point(500_000, 0), CRS.from_epsg(32638))
    assert shapely.get_coordinates(placed)[0].tolist() == pytest.approx([45, 0], abs=1e-9)
    assert "not on Earth" in one(shapely.Point(1e30, 0), CRS.from_epsg(32638))[1]


@pytest.mark.parametrize("name", ["EPSG:32638", "OGC:CRS84", CRS.from_epsg(32638).to_wkt()])
def test_a_system_is_named_by_a_code_or_in_wkt(name: str):
    """Both are plain."""
    assert crs_named(name, what="the file").name


@pytest.mark.parametrize(
    "name",
    ["", "EPSG:999999", "+init=/etc/passwd:1", "+proj=longlat +nadgrids=x", "http://x/crs",
     "/etc/passwd", "GEOGCS[", 'LOCAL_CS["undefined"]'],
)  # fmt: skip
def test_a_system_that_is_named_otherwise_is_refused(name: str):
    """PROJ's own words can name files."""
    with pytest.raises(BadInput, match="the file has no coordinate reference system that is known"):
        crs_named(name, what="the file")
