"""Ways: what tags mean, and what the cited links become."""

from __future__ import annotations

import doctest
import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString

import geo.ways
from geo.errors import BadInput, MissingColumns
from geo.grid import ELLIPSOID
from geo.ways import (
    CLASS_OF,
    CLASSES,
    FASTEST_KMH,
    NOT_ROADS,
    TAG_COLUMNS,
    WAY_COLUMNS,
    direction,
    is_bridge,
    road_class,
    speed_kmh,
    tidy,
    way_lengths_km,
    ways_frame,
    ways_of_links,
    ways_of_tags,
)

LINE = LineString([(43.0, 36.0), (43.1, 36.0)])


def tagged(**tags: str) -> pd.DataFrame:
    """One row of tags."""
    return pd.DataFrame([dict.fromkeys(TAG_COLUMNS, "") | {"highway": "primary"} | tags])


def way(**tags: str) -> pd.Series:
    """The way of one row of tags."""
    return ways_of_tags(tagged(**tags), [LINE]).iloc[0]


def test_the_examples_in_the_docstrings_are_right():
    """What a docstring shows is what the code does."""
    assert doctest.testmod(geo.ways).failed == 0


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50), ("50 km/h", 50), ("80kmh", 80), ("30 mph", 48.28032), ("30mph", 48.28032),
        ("10 knots", 18.52), (" 60 ", 60), ("٦٠", 60), ("62,5", 62.5), ("80;60", 60),
        ("80|100", 80), ("200", 200), ("", np.nan), ("none", np.nan), ("walk", np.nan),
        ("signals", np.nan),
        ("IQ:urban", np.nan), ("RU:rural", np.nan), ("0", np.nan), ("-50", np.nan), ("201", np.nan),
        ("99999999999999999999", np.nan), ("fifty", np.nan), ("50;none", np.nan), ("nan", np.nan),
        ("inf", np.nan), ("1e2", np.nan), ("130 mph", np.nan), ("50 km/h wet", np.nan),
    ],
)  # fmt: skip
def test_a_speed_limit_is_a_number_or_unknown(text: str, kmh: float):
    """Limits come in km/h, mph and knots; nonsense is no limit."""
    assert speed_kmh(text) == pytest.approx(kmh, nan_ok=True)


@given(st.text())
def test_any_text_is_a_speed_within_bounds_or_unknown(text: str):
    """No text breaks the reader, and no limit is beyond what a road has."""
    kmh = speed_kmh(text)
    assert np.isnan(kmh) or 0 < kmh <= FASTEST_KMH


@pytest.mark.parametrize(
    ("text", "sense"),
    [
        ("yes", 1), ("true", 1), ("1", 1), ("1.0", 1), ("True", 1), ("F", 1), ("-1", -1),
        ("reverse", -1), ("-1.0", -1), ("T", -1), ("no", 0), ("false", 0), ("0", 0), ("B", 0),
        ("reversible", 0), ("", np.nan), ("maybe", np.nan), ("2", np.nan), ("نعم", np.nan),
    ],
)  # fmt: skip
def test_a_direction_is_read_in_the_words_of_openstreetmap_and_geofabrik(text: str, sense: float):
    """Along, against, both ways, or not said."""
    assert direction(text) == pytest.approx(sense, nan_ok=True)


@pytest.mark.parametrize(
    ("tags", "oneway"),
    [
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway", "oneway": "no"}, 0),
        ({"highway": "motorway", "oneway": "nonsense"}, 1),
        ({"highway": "motorway_link"}, 0),
        ({"junction": "roundabout"}, 1),
        ({"junction": "roundabout", "oneway": "-1"}, -1),
        ({"junction": "circular"}, 0),
        ({"oneway": "nonsense"}, 0),
        ({}, 0),
    ],
)
def test_a_motorway_and_a_roundabout_imply_one_way(tags: dict[str, str], oneway: int):
    """What is said outright beats what the class implies."""
    assert way(**tags)["oneway"] == oneway


def test_every_class_is_one_that_the_model_knows():
    """Values of highway lead to the classes of the contract, and no value is in both lists."""
    assert set(CLASS_OF.values()) == set(CLASSES)
    assert not NOT_ROADS & set(CLASS_OF)
    assert road_class("trunk_link") == "trunk"
    assert road_class(" Primary ") == "primary"
    assert {road_class(name) for name in ("footway", "steps", "bridleway", "cycleway")} == {"path"}
    assert {road_class(name) for name in ("construction", "proposed", "yes", "")} == {""}


@pytest.mark.parametrize(
    ("text", "bridge"),
    [("yes", True), ("viaduct", True), ("T", True), ("1", True), ("no", False), ("", False),
     ("F", False), ("0", False), ("0.0", False)],
)  # fmt: skip
def test_a_bridge_is_what_does_not_say_no(text: str, bridge: bool):
    """Viaducts, movable bridges and the rest are bridges."""
    assert is_bridge(text) is bridge


@given(st.text(max_size=600))
def test_tidy_text_is_short_printable_and_normal(text: str):
    """Whatever stands in a tag, its text fits one line."""
    plain = tidy(text)
    assert len(plain) <= 255
    assert plain == plain.strip()
    assert all(c.isprintable() or c == "\u200c" for c in plain)
    assert unicodedata.is_normalized("NFC", plain)


def test_tidy_text_keeps_arabic_and_emoji():
    """Names stay what they are."""
    assert tidy("طريق\nالموصل 🛣") == "طريق الموصل 🛣"
    assert tidy("كۆ\u200cیە") == "كۆ\u200cیە"


def test_ways_of_tags_have_the_columns_and_types_of_the_contract():
    """One row of tags gives one way."""
    ways = ways_of_tags(tagged(way_id="7", name="طريق", ref="A 1", surface="Asphalt"), [LINE])
    assert {name: str(ways[name].dtype) for name in WAY_COLUMNS} == {
        name: dtype.replace("str", "str") for name, dtype in WAY_COLUMNS.items()
    }
    row = ways.iloc[0]
    assert (row["way_id"], row["name"], row["ref"], row["surface"]) == (
        "7",
        "طريق",
        "A 1",
        "asphalt",
    )
    assert np.isnan(row["length_km"])
    assert not row["schematic"]
    assert not row["inferred"]
    assert ways.crs.to_epsg() == 4326


def test_no_tags_give_no_ways():
    """An empty frame has its columns."""
    ways = ways_of_tags(tagged().iloc[:0], [])
    assert len(ways) == 0
    assert list(ways.columns) == [*WAY_COLUMNS, "geometry"]


def test_tags_of_no_road_are_refused():
    """A caller that did not sort them out hears of it."""
    with pytest.raises(BadInput, match="'construction' is no class of road"):
        ways_of_tags(tagged(highway="construction"), [LINE])


def test_a_frame_without_a_column_is_refused():
    """The missing column is named."""
    with pytest.raises(MissingColumns, match="lacks road_class"):
        ways_frame({name: [] for name in WAY_COLUMNS if name != "road_class"}, [])


def test_a_length_is_the_stated_one_or_that_on_the_ellipsoid():
    """Lines are measured where nothing is stated; the order of rows stays."""
    bent = LineString([(43.0, 36.0), (43.1, 36.0), (43.1, 36.2)])
    ways = ways_of_tags(pd.concat([tagged()] * 3), [LINE, bent, LINE])
    ways["length_km"] = [np.nan, np.nan, 12.5]
    expected = [ELLIPSOID.geometry_length(line) / 1000 for line in (LINE, bent)]
    assert way_lengths_km(ways) == pytest.approx([*expected, 12.5])
    assert way_lengths_km(ways.iloc[:0]).shape == (0,)


def link(**fields: object) -> dict[str, object]:
    """A cited road link."""
    return {
        "id": "RL-1", "mode": "road", "road_class": "motorway", "road_ref": "1", "from_name": "A",
        "to_name": "B", "route_km": 20.0, "great_circle_km": 9.0, "evidence_grade": "A",
        "geometry": LINE,
    } | fields  # fmt: skip


def test_links_become_schematic_ways():
    """Roads with a place become straight ways; railways and links without a place do not."""
    roads = gpd.GeoDataFrame(
        [
            link(),
            link(id="RL-2", mode="rail"),
            link(id="RL-3", route_km=3.0, road_class="odd", evidence_grade="C"),
            link(id="RL-4", geometry=None),
            link(id="RL-5", geometry=LineString([(43, 36), (43, 36)])),
        ],
        crs="EPSG:4326",
    )
    ways = ways_of_links(roads)
    assert ways["way_id"].tolist() == ["RL-1", "RL-3"]
    assert ways["length_km"].tolist() == pytest.approx([20.0, np.nan], nan_ok=True)
    assert ways["road_class"].tolist() == ["motorway", "primary"]
    assert ways["schematic"].all()
    assert ways["inferred"].tolist() == [False, True]
    assert shapely.equals(ways.geometry.iloc[0], LINE)
