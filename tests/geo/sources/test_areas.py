"""Areas from GeoJSON, read as hostile."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box, mapping

from geo.errors import BadInput, UnreadableFile
from geo.sources.areas import LARGEST_FILE_BYTES, area_of, read_area

SQUARE = mapping(box(42, 35, 43, 36))

FAR = mapping(box(50, 30, 51, 31))


@pytest.fixture
def file(tmp_path):
    """Writes bytes or a document into a file."""

    def write(content):
        path = tmp_path / "area.geojson"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return write


@pytest.mark.parametrize(
    "document",
    [
        SQUARE,
        {"type": "Feature", "properties": {}, "geometry": SQUARE},
        {"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": None, "geometry": None},
            {"type": "Feature", "properties": None, "geometry": SQUARE}]},
        {"type": "GeometryCollection", "geometries": [
            {"type": "Point", "coordinates": [0, 0]}, SQUARE]},
        {"type": "Polygon", "coordinates": [[[42, 35, 9], [43, 35, 9], [43, 36, 9], [42, 36, 9],
                                             [42, 35, 9]]]},
    ],
)  # fmt: skip
def test_every_type_of_document_gives_its_polygons(file, document):
    """A geometry, a feature, a collection with an empty feature, one with points, heights."""
    area = read_area(file(document))
    assert isinstance(area, Polygon)
    assert area.equals(box(42, 35, 43, 36))


def test_several_polygons_are_joined(file):
    """Overlapping ones to one, distant ones to a multipolygon whose area is the sum."""
    both = area_of({"type": "GeometryCollection", "geometries": [SQUARE, FAR]}, name="x")
    assert isinstance(both, MultiPolygon)
    assert both.area == pytest.approx(2)
    overlapping = [SQUARE, mapping(box(42.5, 35, 43.5, 36))]
    one = area_of({"type": "GeometryCollection", "geometries": overlapping}, name="x")
    assert isinstance(one, Polygon)
    assert one.area == pytest.approx(1.5)


def test_a_bow_tie_becomes_its_two_halves():
    """Two triangles of a quarter each."""
    tie = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    assert area_of(tie, name="x").area == pytest.approx(0.5)


def test_a_byte_order_mark_is_passed_over(file):
    """As Windows programs write it."""
    assert read_area(file(b"\xef\xbb\xbf" + json.dumps(SQUARE).encode())).area == 1


NESTED = b'{"type":"FeatureCollection","features":[' * 400 + b"]}" * 400


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no GeoJSON"),
        (b"id,lon,lat\n1,2,3\n", "no GeoJSON"),
        (b"\xff\xfe\x00", "no GeoJSON"),
        (b"[" * 100_000, "no GeoJSON"),
        (json.dumps(SQUARE).encode()[:-20], "no GeoJSON"),
        (NESTED, "holds no polygon"),
        ([], "holds no polygon"),
        (None, "holds no polygon"),
        (7, "holds no polygon"),
        ({}, "holds no polygon"),
        ({"type": "Circle", "coordinates": [1, 2]}, "holds no polygon"),
        ({"type": "Polygon", "coordinates": []}, "holds no polygon"),
        ({"type": "Polygon", "coordinates": [[["a", "b"], ["c", "d"]]]}, "holds no polygon"),
        ({"type": "Polygon", "coordinates": [[[1, 2]]]}, "holds no polygon"),
        ({"type": "Polygon", "coordinates": "" }, "holds no polygon"),
        ({"type": "MultiPolygon", "coordinates": [""]}, "holds no polygon"),
        ({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "holds no polygon"),
        ({"type": "FeatureCollection", "features": 5}, "holds no polygon"),
        ({"type": "FeatureCollection", "features": []}, "holds no polygon"),
        ({"type": "Feature", "geometry": None}, "holds no polygon"),
        (mapping(box(293_000, 3_940_000, 294_000, 3_941_000)), "reaches from 293000"),
        (mapping(box(42, 89, 43, 91)), "reaches from 42, 89"),
        (b'{"type":"Polygon","coordinates":[[[1,1],[NaN,2],[3,3],[1,1]]]}', "no polygon|reaches"),
        (b'{"type":"Polygon","coordinates":[[[1,1],[1e999,2],[3,3],[1,1]]]}', "no polygon|reaches"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::RuntimeWarning:shapely")  # coordinates that are no numbers
def test_what_is_no_area_is_refused_in_words(file, content, message):
    """Nothing but one readable error leaves the reader."""
    with pytest.raises(BadInput, match=message) as raised:
        read_area(file(content))
    assert raised.value.expected
    assert raised.value.remedy
    assert "\n" not in str(raised.value)


def test_files_that_cannot_be_read_are_refused(tmp_path):
    """Missing, a folder, too large."""
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_area(tmp_path / "none.geojson")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_area(tmp_path)
    large = tmp_path / "large.geojson"
    with large.open("wb") as sparse:
        sparse.truncate(LARGEST_FILE_BYTES + 1)
    with pytest.raises(UnreadableFile, match=re.escape(f"{LARGEST_FILE_BYTES + 1:,} bytes")):
        read_area(large)


documents = st.recursive(
    st.none() | st.booleans() | st.integers(-400, 400) | st.text(max_size=5)
    | st.sampled_from(["Polygon", "Feature", "FeatureCollection", "GeometryCollection"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["Polygon", "MultiPolygon", "Feature", "FeatureCollection"])},
        optional={"coordinates": inner, "geometry": inner, "features": inner, "geometries": inner},
    ),
    max_leaves=20,
)  # fmt: skip


@given(documents)
def test_any_document_is_an_area_on_earth_or_refused(document):
    """Whatever JSON holds."""
    try:
        area = area_of(document, name="drawn")
    except BadInput:
        return
    west, south, east, north = area.bounds
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
