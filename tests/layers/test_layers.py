"""One map layer each: what is in the group, what is counted, what leaves the machine."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import MultiLineString, MultiPolygon, Point, box

from geo.frames import frame_of
from layers import alerts, events, posts, roads, seizures, sites
from layers.map_layer import MapLayer, clicked_record
from layers.style import LINES, SYMBOLS, legend_html, line_key
from tests import map_frames
from tests.map_frames import BAGHDAD, HATRA, MOSUL, NIMRUD, drawn

KINDS: list[tuple[ModuleType, Callable[..., gpd.GeoDataFrame], int]] = [
    (sites, map_frames.sites, 1),
    (posts, map_frames.posts, 1),
    (seizures, map_frames.seizures, 1),
    (events, map_frames.events, 1),
    (roads, map_frames.roads, 1),
    (alerts, map_frames.alerts, 0),
]
each_kind = pytest.mark.parametrize(
    ("module", "frame_of_kind", "unplaced"), KINDS, ids=lambda part: getattr(part, "__name__", None)
)


def counts(layer: MapLayer) -> dict[str, int]:
    """The legend as label and count."""
    return {entry.label: entry.count for entry in layer.legend}


@each_kind
def test_every_record_is_drawn_or_counted_as_without_a_place(module, frame_of_kind, unplaced):
    """Rows = the legend's counts + those without a known point."""
    frame = frame_of_kind()
    layer = module.layer(frame)
    rows = drawn(layer).get("rows") or drawn(layer)["lines"]
    assert len(rows) == sum(entry.count for entry in layer.legend)
    assert len(rows) + layer.unplaced == len(frame)
    assert layer.unplaced == unplaced


@each_kind
def test_an_empty_frame_gives_an_empty_layer(module, frame_of_kind, unplaced):
    """A filter that nothing passes is no error."""
    layer = module.layer(frame_of_kind().head(0))
    assert (layer.legend, layer.unplaced) == ((), 0)
    assert (drawn(layer).get("rows") or drawn(layer).get("lines") or []) == []


@each_kind
def test_only_places_draws_nothing_else(module, frame_of_kind, unplaced):
    """A frame of records without a place is counted, not drawn."""
    frame = frame_of_kind()
    frame = frame.set_geometry(gpd.GeoSeries([None] * len(frame), crs=4326))
    layer = module.layer(frame)
    assert (layer.legend, layer.unplaced) == ((), len(frame))


@each_kind
def test_nothing_that_is_not_shown_leaves_the_machine(module, frame_of_kind, unplaced):
    """Hiding is not access control: columns that no tooltip shows are not on the wire."""
    assert "never shown" not in str(drawn(module.layer(frame_of_kind())))


@each_kind
def test_the_frame_is_not_changed(module, frame_of_kind, unplaced):
    """Drawing reads."""
    frame = frame_of_kind()
    before = frame.copy()
    module.layer(frame)
    pd.testing.assert_frame_equal(frame, before)


@each_kind
def test_the_same_rows_give_the_same_digest(module, frame_of_kind, unplaced):
    """By it the browser knows that it need not draw again; another text gives another."""
    first, again = (drawn(module.layer(frame_of_kind())) for _ in range(2))
    other = drawn(module.layer(frame_of_kind(lambda field: f"other {field}")))
    assert first == again
    assert first["digest"] != other["digest"]


@each_kind
def test_simulated_records_have_their_own_legend_entry(module, frame_of_kind, unplaced):
    """Their count never mixes with the real one, and the tooltip of each says SIMULATED."""
    frame = frame_of_kind()
    layer = module.layer(frame.assign(simulated=[True] + [False] * (len(frame) - 1)))
    apart = [entry for entry in layer.legend if entry.simulated]
    assert [entry.count for entry in apart] == [1]
    assert apart[0].label.endswith(", SIMULATED")
    rows = drawn(layer).get("rows") or drawn(layer)["lines"]
    tips = [row[4] if "rows" in drawn(layer) else row[2] for row in rows]
    assert ["<i>SIMULATED</i>" in tip for tip in tips] == [True] + [False] * (len(rows) - 1)


@each_kind
def test_every_row_carries_the_key_that_a_click_gives_back(module, frame_of_kind, unplaced):
    """Kind, dataset and id of each drawn record, in its order."""
    frame = frame_of_kind()
    content = drawn(module.layer(frame))
    rows = content.get("rows") or content["lines"]
    keys = [row[3] if "rows" in content else row[1] for row in rows]
    found = [
        clicked_record(
            {"last_active_drawing": {"properties": {"key": f"{content['kind']}/{k}", "clicked": 1}}}
        )
        for k in keys
    ]
    placed = frame[frame.geometry.notna()]
    assert [one[1:3] for one in found if one] == list(
        zip(placed["dataset_id"], placed["id"], strict=True)
    )


def test_sites_stand_where_they_are():
    """Longitude and latitude of each, the World Heritage site with its star."""
    content = drawn(sites.layer(map_frames.sites()))
    assert [tuple(row[:2]) for row in content["rows"]] == [NIMRUD, HATRA, MOSUL]
    assert counts(sites.layer(map_frames.sites())) == {
        "Site": 1,
        "Site, SIMULATED": 1,
        "Site, World Heritage": 1,
    }
    assert content["cluster"] == 0


def test_very_many_sites_are_gathered():
    """A thousand symbols would hide one another."""
    frame = map_frames.sites()
    many = pd.concat([frame] * (sites.CLUSTERED_FROM // len(frame)), ignore_index=True)
    assert drawn(sites.layer(many))["cluster"] > 0


def test_a_post_is_drawn_by_its_kind():
    """Land, sea and air; the informal one has no point here."""
    assert counts(posts.layer(map_frames.posts())) == {
        "Land crossing": 1,
        "Seaport": 1,
        "Airport": 1,
    }


def test_a_seizure_is_drawn_by_its_objects_and_a_return_apart():
    """Each class of object; the return of 2,466 objects is no seizure of coins."""
    assert counts(seizures.layer(map_frames.seizures())) == {
        "Writing": 1,
        "Coins": 1,
        "Several classes": 1,
        "Class not stated": 1,
        "Return of objects": 1,
    }


def test_the_words_of_a_seizure():
    """Place, event and date, objects as reported with their qualifier, precision."""
    tips = [row[4] for row in drawn(seizures.layer(map_frames.seizures()))["rows"]]
    assert tips[2] == (
        "<b>Baghdad</b><p>recovery, 2003-05-01 to 2003-05-31</p>"
        "<p>over 1,200 coins</p><p>town: within 10 km</p>"
    )


def test_imprecise_places_have_one_circle_each_of_their_radius():
    """Three seizures at one town share a circle; the widest comes first, so that it lies below."""
    content = drawn(seizures.layer(map_frames.seizures()))
    assert content["circles_m"] == [
        [46.0, 31.3, 100_000],
        [*BAGHDAD, 10_000],
        [35.93, 31.95, 10_000],
    ]
    assert drawn(posts.layer(map_frames.posts()))["circles_m"] == []


def test_a_cell_is_drawn_as_its_square_with_the_symbol_in_the_middle():
    """After generalisation a place is a cell: its bounds, once, and its middle."""
    frame = map_frames.sites().head(2)
    cell = box(43.32, 36.09, 43.33, 36.10)
    frame = frame.assign(cell_deg=[0.01, 0.01], generalised=[True, True]).set_geometry(
        gpd.GeoSeries([cell, cell], crs=4326)
    )
    content = drawn(sites.layer(frame))
    assert content["cells"] == [[43.32, 36.09, 43.33, 36.10]]
    assert [row[:2] for row in content["rows"]] == [[43.325, 36.095]] * 2
    assert content["circles_m"] == []
    assert "cell of 0.01°" in content["rows"][0][4]


def test_alerts_are_drawn_as_their_polygons():
    """Each with its own shape; area, distance and score in words, unknown ones said to be so."""
    content = drawn(alerts.layer(map_frames.alerts()))
    assert [index for index, _ in content["shapes"]] == [0, 1]
    ring = content["shapes"][0][1][0][0]
    assert np.ptp(np.array(ring), axis=0).round(6).tolist() == [0.002, 0.002]
    first, second = (row[4] for row in content["rows"])
    assert "<p>4.0 ha, 420 m from the site</p>" in first
    assert "score 7.25 (not a probability), status first, not judged" in first
    assert "<p>unknown</p>" in second
    assert "<p>from two dates</p>" in first


def test_an_alert_says_what_it_rests_on():
    """Dates that agree and the last clear view, as far as they are known."""
    frame = map_frames.alerts().assign(
        method=["series", "sar"],
        persistence=pd.array([3, None], dtype="Int64"),
        last_clear_on=pd.to_datetime(["2026-11-20", None]),
    )
    first, second = (row[4] for row in drawn(alerts.layer(frame))["rows"])
    assert "<p>from many dates, 3 dates agree, last seen clearly on 2026-11-20</p>" in first
    assert "<p>from radar</p>" in second


def test_an_alert_of_several_parts_or_with_a_generalised_place_is_drawn_too():
    """A multipolygon as its parts; an alert hidden in a cell as the cell."""
    frame = map_frames.alerts()
    parts = MultiPolygon([box(43.1, 36.1, 43.2, 36.2), box(43.4, 36.1, 43.5, 36.2)])
    frame = frame.set_geometry(gpd.GeoSeries([parts, box(43, 36, 43.1, 36.1)], crs=4326))
    frame = frame.assign(generalised=[False, True], cell_deg=[np.nan, 0.1])
    content = drawn(alerts.layer(frame))
    assert [(index, len(polygons)) for index, polygons in content["shapes"]] == [(0, 2)]
    assert content["cells"] == [[43.0, 36.0, 43.1, 36.1]]


def test_roads_say_that_they_are_schematic():
    """In the layer's name and in every tooltip."""
    layer = roads.layer(map_frames.roads())
    assert "schematic" in layer.name
    assert all("schematic link, not the course" in line[2] for line in drawn(layer)["lines"])


def test_roads_are_drawn_by_evidence_and_mode():
    """Traced, inferred (here a grade that is none), and a railway; ends named once each."""
    layer = roads.layer(map_frames.roads())
    assert [entry.symbol for entry in layer.legend] == ["road traced", "road inferred", "rail"]
    content = drawn(layer)
    assert content["looks"]["road inferred"]["dashArray"]
    assert not content["looks"]["road traced"]["dashArray"]
    assert content["lines"][0][4] == [list(MOSUL), list(HATRA)]
    assert [(lon, lat) for lon, lat, _ in content["places"]] == [HATRA, BAGHDAD, MOSUL]


def test_a_road_of_several_lines_keeps_them():
    """A link that was cut in two."""
    frame = map_frames.roads().head(1)
    lines = MultiLineString([[(43, 36), (43.1, 36)], [(43.2, 36), (43.3, 36)]])
    content = drawn(roads.layer(frame.set_geometry(gpd.GeoSeries([lines], crs=4326))))
    assert content["lines"][0][4] == [[[43, 36], [43.1, 36]], [[43.2, 36], [43.3, 36]]]


@pytest.mark.parametrize(
    ("mode", "grade", "key"),
    [
        ("road", "A", "road traced"),
        ("road", "B", "road sourced"),
        ("road", "C", "road inferred"),
        ("road", "", "road inferred"),
        ("rail", "A", "rail"),
        ("rail", "C", "rail inferred"),
    ],
)
def test_the_line_of_a_link_follows_its_evidence(mode: str, grade: str, key: str):
    """Whatever is not sourced is drawn as inferred: dashed."""
    assert line_key(mode, grade) == key
    assert bool(LINES[key].dashes_px) == ("inferred" in key)


def test_six_hundred_records_take_a_moment_and_little_room():
    """Well under half a second of script time and 200 bytes a record."""
    frame = frame_of(
        "sites",
        {
            "id": [f"PL{number}" for number in range(600)],
            "geometry": [Point(42 + number / 200, 36) for number in range(600)],
            "precision": ["town"] * 600,
            "name": [f"Tell {number}" for number in range(600)],
            "country": ["Iraq"] * 600,
            "kind": ["cuneiform findspot"] * 600,
        },
    )
    sites.layer(frame)
    started = time.process_time()
    layer = sites.layer(frame)
    assert time.process_time() - started < 0.25
    assert len(str(drawn(layer))) < 600 * 200


def test_the_legend_shows_counts_and_what_has_no_place():
    """Every layer, every entry with its picture, and the records that are on no map."""
    layers = [module.layer(frame_of_kind()) for module, frame_of_kind, _ in KINDS]
    text = legend_html(layers)
    assert text.count("<section>") == len(KINDS)
    assert text.count('<img alt="" src="data:image/svg+xml;base64,') == sum(
        len(layer.legend) for layer in layers
    )
    assert text.count("<p>1 without a known point, not on the map</p>") == 5
    assert "<svg" not in text


def test_a_hostile_legend_is_inert():
    """Names and labels may come from data one day."""
    layer = sites.layer(map_frames.sites())
    entry = dataclasses.replace(layer.legend[0], label="<img src=x onerror=alert(1)>`${1}")
    hostile = dataclasses.replace(layer, name="</section><script>", legend=(entry,))
    text = legend_html([hostile])
    assert "<script" not in text
    assert "<img src=x" not in text
    assert not set("`${}") & set(text.split("</style>")[1])


def test_an_empty_layer_is_not_in_the_legend():
    """A heading over nothing would only take room."""
    assert "<section>" not in legend_html([sites.layer(map_frames.sites().head(0))])


def test_no_two_symbols_look_alike_without_their_colour():
    """Shape, or filled against hollow, tells each from every other: for every colour vision."""
    looks: list[Any] = [(symbol.outline, symbol.hollow) for symbol in SYMBOLS.values()]
    assert len(set(looks)) == len(SYMBOLS)
