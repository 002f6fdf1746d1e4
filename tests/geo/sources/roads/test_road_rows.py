"""Rows of roads: cells as tags."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Point

from geo.errors import BadInput
from geo.grid import WGS84
from geo.sources.roads.road_rows import WANTED, cells_of, crs_of, names_road, placed, tags_of
from geo.ways import CLASS_OF, TAG_COLUMNS


def test_packed_tags_are_unescaped():
    """A quotation mark inside a value stays inside it, and a column beats the pack."""
    packed = r'"name"=>"a \"b\" => c","ref"=>"1"'
    assert cells_of({"Other_Tags": packed, "REF": 2.0, "x": 1}) == {
        "name": 'a "b" => c',
        "ref": "2",
    }


@pytest.mark.parametrize(
    ("tags", "access"),
    [
        ({"access": "no"}, "no"),
        ({"access": "no", "motor_vehicle": "yes"}, "yes"),
        ({"access": "yes", "vehicle": "private"}, "private"),
        ({"foot": "no"}, ""),
        ({"highway": "path", "motor_vehicle": "no"}, ""),
        ({"highway": "footway", "access": "no", "foot": "yes"}, "yes"),
    ],
)
def test_access_is_of_who_may_drive_and_on_a_path_of_who_may_walk(
    tags: dict[str, str], access: str
):
    """The most specific key that speaks of them wins."""
    assert tags_of(({"highway": "primary"} | tags).get)["access"] == access


def test_names_in_english_are_preferred():
    """Else the local name is taken; highway beats fclass."""
    tags = {"name": "طريق", "name:en": "Road", "fclass": "river", "highway": " Primary "}
    assert tags_of(tags.get)["name"] == "Road"
    assert tags_of(tags.get)["highway"] == "primary"
    assert tags_of({"name": "طريق", "name:en": ""}.get)["name"] == "طريق"


def test_every_column_of_tags_is_filled():
    """What the ways need, the rows have."""
    assert set(TAG_COLUMNS) - {"way_id"} <= set(tags_of({}.get))
    assert all(names_road(name) for name in CLASS_OF if name not in ("road", "unknown"))
    assert not names_road("river")


@given(
    st.dictionaries(
        st.sampled_from(sorted(WANTED)) | st.text(max_size=5),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    )
)
def test_cells_are_text_that_is_not_empty(properties: dict[str, object]):
    """Whatever a table holds."""
    for key, text in cells_of(properties).items():
        assert key in WANTED
        assert text
        assert isinstance(text, str)


def test_lines_are_placed_and_the_rest_has_faults():
    """Each row has lines or one fault, never both."""
    geometries = np.array(
        [
            LineString([(43, 36), (44, 36)]), None, Point(43, 36),
            MultiLineString([[(43, 36), (44, 36)], [(44, 36), (44, 37)]]),
            MultiLineString([[(43, 36), (44, 36)], [(44, 36), (44, 36)]]),
        ],
        dtype=object,
    )  # fmt: skip
    got = placed(geometries, WGS84)
    assert got.row.tolist() == [0, 3, 3]
    assert sorted(got.faults) == [1, 2, 4]
    assert all(shapely.get_type_id(got.line) == 1)
    nothing = placed(geometries[:0], WGS84)
    assert (len(nothing.row), len(nothing.line), nothing.faults) == (0, 0, {})


@pytest.mark.parametrize("definition", ["", "Undefined Cartesian SRS", "EPSG:0", "nonsense", "\0"])
def test_no_crs_is_no_place(definition: str):
    """The name of what lacks it is told."""
    with pytest.raises(BadInput, match="the layer has no coordinate reference system"):
        crs_of(definition, name="the layer")
