"""Rows, keys, clicks and words that every layer shares."""

from __future__ import annotations

import json
import re

import folium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from layers import map_layer
from layers.map_layer import (
    LONGEST_TEXT,
    RETURNED_OBJECTS,
    AreaClass,
    ClickedRecord,
    Drawing,
    area_layer,
    clicked_record,
    drawn_area,
    how_near,
    pick,
    picked_point,
    record_key,
    script_json,
    selection,
    tooltip,
    when,
)
from tests.map_frames import drawn

ANY_TEXT = st.text(max_size=60)


def clicked(key: str, at: object = 1_795_000_000_000) -> dict[str, object]:
    """What `st_folium` returns after a click on the record of that key."""
    feature = {"type": "Feature", "properties": {"key": key, "clicked": at}, "geometry": None}
    return {"last_active_drawing": feature}


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_a_click_gives_back_the_record_whatever_its_id(kind: str, dataset: str, record: str):
    """Kind, dataset and id survive the way to the browser and back."""
    key = record_key(kind, dataset, record)
    assert re.fullmatch(r"[A-Za-z0-9%._~/-]*", key)
    assert clicked_record(clicked(key)) == ClickedRecord(kind, dataset, record, 1_795_000_000_000)


@pytest.mark.parametrize(
    "returned",
    [
        None,
        {},
        {"last_active_drawing": None},
        {"last_active_drawing": {"type": "Feature", "properties": {}, "geometry": None}},
        {"last_active_drawing": {"type": "Feature", "geometry": None}},
        clicked("sites/only-two"),
        clicked("sites/a/b", None),
        clicked("sites/a/b", "soon"),
    ],
)
def test_what_is_no_click_on_a_record_gives_none(returned):
    """Nothing clicked yet, a cluster, a drawn shape, or a message that is not ours."""
    assert clicked_record(returned) is None


def test_asking_for_little_keeps_reruns_rare():
    """Neither bounds nor zoom are asked for: moving the map costs no rerun."""
    assert set(RETURNED_OBJECTS) == {"last_active_drawing"}


def test_the_last_shape_drawn_is_the_area():
    """Points are passed over; a shape without area is none."""

    def drawing(west: float) -> dict[str, object]:
        return {"geometry": json.loads(json.dumps(box(west, 36, west + 1, 37).__geo_interface__))}

    point = {"geometry": {"type": "Point", "coordinates": [43, 36]}}
    flat = {"geometry": {"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [1, 1], [1, 1]]]}}
    assert drawn_area({"all_drawings": [drawing(41), drawing(43), point]}) == box(43, 36, 44, 37)
    assert drawn_area({"all_drawings": [flat]}) is None
    assert drawn_area({"all_drawings": []}) is None
    assert drawn_area({"all_drawings": None}) is None
    assert drawn_area(None) is None


@given(st.recursive(ANY_TEXT, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))
def test_json_in_a_script_cannot_end_it_and_reads_back_the_same(value):
    """ASCII without ``</`` and ``<!``, whatever the texts hold."""
    text = script_json(value)
    assert text.isascii()
    assert "</" not in text
    assert "<!" not in text
    assert json.loads(text) == value


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_a_tooltip_holds_no_tag_but_its_own(title: str, line: str, arabic: str):
    """Whatever the texts hold; nor anything that means something in a template literal."""
    made = tooltip(title, line, arabic=arabic, marks=("SIMULATED",))
    assert re.sub(r"</?(b|bdi|p|i)>", "", made).count("<") == 0
    assert not set(made) & set("`${}\\")


def test_a_tooltip_of_nimrud_reads_so():
    """Title, Arabic name, lines that are not empty, marks."""
    assert tooltip("Nimrud", "site", "", "exact", arabic="نمرود", marks=("SIMULATED",)) == (
        "<b>Nimrud</b><bdi>نمرود</bdi><p>site</p><p>exact</p><i>SIMULATED</i>"
    )


def test_a_long_text_is_cut_in_the_tooltip():
    """Two megabytes in one cell of a partner's file do not reach the browser."""
    made = tooltip("a" * 2_000_000, "b " * 1_000_000)
    assert len(made) < 3 * LONGEST_TEXT
    assert made.startswith("<b>" + "a" * (LONGEST_TEXT - 1) + "…</b>")


@pytest.mark.parametrize(
    ("precision", "words"),
    [
        ("exact", "exact: within 100 m"),
        ("vicinity", "vicinity: within 1 km"),
        ("town", "town: within 10 km"),
        ("province", "province: within 100 km"),
        ("country", "country"),
        ("unheard of", "unheard of"),
    ],
)
def test_the_precision_is_told_in_words(precision: str, words: str):
    """The radius in the unit that fits."""
    assert how_near({"precision": precision}) == words


def test_a_generalised_place_tells_its_cell():
    """The reader of a public map sees that the place is not the true one."""
    row = {"precision": "exact", "generalised": True, "cell_deg": 0.01}
    assert how_near(row) == "place generalised to a cell of 0.01°"
    assert how_near({**row, "generalised": False}) == "exact: within 100 m"


def test_the_date_is_told_as_it_is_known():
    """The source's own words first, then the interval, then that it is unknown."""
    import pandas as pd

    day, month_end = pd.Timestamp("2015-03-01"), pd.Timestamp("2015-03-31")
    assert when({"date_text": "March 2015", "date_from": day, "date_to": month_end}) == "March 2015"
    assert when({"date_text": "", "date_from": day, "date_to": month_end}) == (
        "2015-03-01 to 2015-03-31"
    )
    assert when({"date_text": "", "date_from": day, "date_to": day}) == "2015-03-01"
    assert when({"date_text": "", "date_from": pd.NaT, "date_to": pd.NaT}) == "date unknown"


def test_a_selection_asks_for_its_ring_and_its_jump():
    """The place goes to the browser in the order it wants there: latitude first."""
    group = selection("sites", "local", "PL1", lonlat=(43.328, 36.098), jump_zoom=11, request="3")
    assert isinstance(group, folium.FeatureGroup)
    (drawing,) = (c for c in group._children.values() if isinstance(c, Drawing))
    assert drawing.verb == "select"
    assert json.loads(drawing.data) == {
        "key": "sites/local/PL1",
        "at": [36.098, 43.328],
        "zoom": 11,
        "bounds": None,
        "request": "3",
    }


def test_a_selection_can_ask_for_a_whole_area():
    """West, south, east, north, as everywhere."""
    group = selection(
        "routes", "local", "R1", lonlat=(43, 36), jump_bounds=(41, 35, 44, 37), request="4"
    )
    (drawing,) = (c for c in group._children.values() if isinstance(c, Drawing))
    asked = json.loads(drawing.data)
    assert (asked["zoom"], asked["bounds"]) == (None, [41, 35, 44, 37])


def test_a_click_beside_every_record_tells_its_place():
    """While the map asks for one; a click on a record is none."""
    assert picked_point(clicked("picked//43.25%2C-36.5", 7)) == ((43.25, -36.5), 7)
    assert picked_point(clicked("sites/local/PL1")) is None
    assert picked_point(None) is None
    (drawing,) = (c for c in pick()._children.values() if isinstance(c, Drawing))
    assert (drawing.verb, json.loads(drawing.data)) == ("pick", {"kind": "picked"})


def test_areas_are_drawn_by_their_class():
    """Each with its rings, class, key and words; the legend has the classes that occur."""
    classes = [
        AreaClass(label="few", colour="#ffeeaa"),
        AreaClass(label="many", colour="#d55e00", outline="#1b2430"),
        AreaClass(label="unknown", colour="#ffffff", opacity=0, outline="#7a8591", dashed=True),
    ]
    squares = [box(43, 36, 43.1, 36.1), None, box(43.2, 36, 43.3, 36.1), box(43.4, 36, 43.5, 36.1)]
    layer = area_layer(
        "cells",
        squares,
        name="Cells",
        classes=classes,
        class_of=[2, 0, 1, 2],
        keys=[record_key("cells", "d", str(number)) for number in range(4)],
        tips=[tooltip(f"cell {number}") for number in range(4)],
    )
    content = drawn(layer)
    assert [(row[1], row[2], row[3]) for row in content["areas"]] == [
        (2, "d/0", "<b>cell 0</b>"), (1, "d/2", "<b>cell 2</b>"), (2, "d/3", "<b>cell 3</b>")
    ]  # fmt: skip
    assert len(content["areas"][0][0][0][0]) == 5
    assert [one["stroke"] for one in content["classes"]] == [False, True, True]
    assert [(entry.label, entry.count) for entry in layer.legend] == [("many", 1), ("unknown", 2)]
    assert layer.unplaced == 1


def test_a_number_that_json_does_not_know_is_refused():
    """NaN would end the whole script in the browser."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        map_layer.script_json([float("nan")])
