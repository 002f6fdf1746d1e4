"""A few records of each kind that a map shows, made by hand, for the tests of the layers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

from geo.frames import frame_of
from layers import alerts as alerts_layer
from layers import events as events_layer
from layers import posts as posts_layer
from layers import roads as roads_layer
from layers import seizures as seizures_layer
from layers import sites as sites_layer
from layers.assets import OwnScript
from layers.basemap import outlines
from layers.map_layer import Drawing, MapLayer, finished
from layers.style import LegendEntry

NIMRUD, MOSUL, BAGHDAD, HATRA = (43.328, 36.098), (43.13, 36.335), (44.4, 33.34), (42.718, 35.588)

Text = Callable[[str], str]


def plain(field: str) -> str:
    """An innocent text for a field."""
    return f"{field} text"


def sites(text: Text = plain) -> gpd.GeoDataFrame:
    """Nimrud, exact; Hatra, on the World Heritage List; one near a town, simulated; one nowhere."""
    return frame_of(
        "sites",
        {
            "id": ["PL1", "PL2", "PL3", "PL4"],
            "geometry": [Point(NIMRUD), Point(HATRA), Point(MOSUL), None],
            "precision": ["exact", "exact", "town", "country"],
            "name": [text("name"), "Hatra", "Tell near Mosul", "Somewhere"],
            "country": ["Iraq"] * 4,
            "name_ar": [text("name_ar"), "الحضر", "", ""],
            "kind": [text("kind"), "", "", ""],
            "period": [text("period"), "", "", ""],
            "designation": [text("designation"), "World Heritage 1985 (ref 277)", "", ""],
            "alt_names": ["never shown"] * 4,
            "simulated": [False, False, True, False],
        },
    )


def posts(text: Text = plain) -> gpd.GeoDataFrame:
    """One post of each kind, the last without a point."""
    return frame_of(
        "posts",
        {
            "id": ["IQ-TR-01", "IQ-SEA", "IQ-AIR", "IQ-X"],
            "geometry": [
                Point(42.5656, 37.1447),
                Point(47.9, 30.03),
                Point(44.2346, 33.2625),
                None,
            ],
            "precision": ["exact", "exact", "exact", "country"],
            "name": [text("name"), "Umm Qasr", "Baghdad airport", "A gate"],
            "name_ar": [text("name_ar"), "", "", ""],
            "country": [text("country"), "Iraq", "Iraq", "Iraq"],
            "kind": ["land", "sea", "air", "informal"],
            "facing_name": [text("facing_name"), "", "", ""],
            "facing_country": [text("facing_country"), "", "", ""],
            "status_text": ["never shown"] * 4,
        },
    )


def seizures(text: Text = plain) -> gpd.GeoDataFrame:
    """Three at one town, a return, one known by its province, one by its country only."""
    towns = [Point(BAGHDAD)] * 3
    return frame_of(
        "seizures",
        {
            "id": ["SZ001", "SZ 2/a", "SZ003", "SZ004", "SZ005", "SZ006"],
            "geometry": [*towns, Point(35.93, 31.95), Point(46.0, 31.3), None],
            "precision": ["town", "town", "town", "town", "province", "country"],
            "event_type": ["seizure", "seizure", "recovery", "return", "seizure", "seizure"],
            "country": [text("country"), "Iraq", "Iraq", "Jordan", "Iraq", "Iraq"],
            "place": ["", text("place"), "Baghdad", "Amman", "Dhi Qar", ""],
            "date_text": [text("date_text"), "2003", "", "2008-06-22", "", ""],
            "date_from": [None, None, pd.Timestamp("2003-05-01"), None, None, None],
            "date_to": [None, None, pd.Timestamp("2003-05-31"), None, None, None],
            "object_count": [57, None, 1200, 2466, None, None],
            "count_qualifier": [text("count_qualifier"), "", "over", "", "", ""],
            "object_types": [text("object_types"), "", "coins", "", "", ""],
            "object_classes": ["writing", "coins", "writing|coins", "coins", "", ""],
            "agency": ["never shown"] * 6,
            "description": ["never shown"] * 6,
        },
    )


def events(text: Text = plain) -> gpd.GeoDataFrame:
    """Two at Nimrud, one simulated at Hatra, one nowhere."""
    return frame_of(
        "events",
        {
            "id": ["EV01", "EV02", "EV03", "EV04"],
            "geometry": [Point(NIMRUD), Point(NIMRUD), Point(HATRA), None],
            "precision": ["exact", "vicinity", "exact", "country"],
            "site_name": [text("site_name"), "Nimrud", "Hatra", "Southern Iraq tells"],
            "event_type": ["destruction", "looting", "observation", "looting"],
            "date_text": [text("date_text"), "2015-03", "", "1994"],
            "simulated": [False, False, True, False],
            "description": ["never shown"] * 4,
        },
    )


def roads(text: Text = plain) -> gpd.GeoDataFrame:
    """A traced and an inferred road, a railway, and a link without a place."""
    return frame_of(
        "roads",
        {
            "id": ["RL1", "RL2", "RL3", "RL4"],
            "geometry": [
                LineString([MOSUL, HATRA]),
                LineString([HATRA, BAGHDAD]),
                LineString([MOSUL, BAGHDAD]),
                None,
            ],
            "precision": ["town", "town", "town", "country"],
            "from_node": [text("from_node"), "H", "M", "X"],
            "to_node": [text("to_node"), "B", "B", "Y"],
            "from_name": ["", text("from_name"), "Mosul", ""],
            "to_name": ["", text("to_name"), "Baghdad", ""],
            "mode": ["road", "road", "rail", "road"],
            "road_ref": [text("road_ref"), "", "", ""],
            "road_class": [text("road_class"), "", "", ""],
            "evidence_grade": ["A", text("evidence_grade"), "B", "C"],
            "status_note": ["never shown"] * 4,
        },
    )


def alerts(text: Text = plain) -> gpd.GeoDataFrame:
    """Two polygons near Nimrud, one of them simulated."""
    west, south = NIMRUD
    squares = [box(west + d, south, west + d + 0.002, south + 0.002) for d in (0.004, 0.01)]
    return frame_of(
        "alerts",
        {
            "id": [text("id"), "AL2"],
            "geometry": squares,
            "precision": ["exact", "exact"],
            "area_m2": [40_000.0, float("nan")],
            "distance_m": [420.0, float("nan")],
            "score": [7.25, float("nan")],
            "hint": [text("hint"), ""],
            "simulated": [False, True],
            "provenance": ["never shown"] * 2,
        },
    )


def drawn(layer: MapLayer) -> dict[str, Any]:
    """What a layer sends to the browser."""
    (drawing,) = (c for c in layer.group._children.values() if isinstance(c, Drawing))
    return json.loads(drawing.data)


X = "window.__X=top.__X=1"
"""What a payload does if it runs: it leaves a mark in its own page and in the outermost one."""

PAYLOADS = (
    f"<img src=x onerror={X}>",
    "${" + X + "}",
    f"`+({X})+`",
    f"`);{X};//",
    f"</script><script>{X}</script>",
    f"javascript:{X}",
    f"<svg onload={X}>",
    "{{ " + X + " }}{% raw %}",
    "{{'" + X + "'}}",
    f"\\\";{X};//\\';{X};//",
    "\\x3cimg src=x onerror=" + X + "\\x3e\\",
    "`${`${" + X + "}`}`",
    f"--><img src=x onerror={X}><!--<script>",
    f"]]><script>{X}</script><![CDATA[",
    f"\u202e<img src=x onerror={X}>\u2066",
    f"&lt;img src=x onerror={X}&gt;",
    f"\"'><iframe srcdoc='<script>{X}</script>'>",
    f"' onmouseover='{X}' style='x:expression({X})",
    f"<a href=javascript:{X}>name</a>",
    f"</style></title></textarea><svg><style><img src=x onerror={X}>",
    f"\u2028{X}\u2029\x1b<body onload={X}>",
)
"""Texts that run in a page which does not escape them rightly; each shorter than a tooltip's."""

HOSTILE_CODES = {
    "seizures": ("event_type", "precision", "dataset_id", "id"),
    "events": ("event_type", "precision", "dataset_id", "id"),
    "roads": ("mode", "evidence_grade", "dataset_id", "id"),
    "alerts": ("status", "judgement", "precision", "dataset_id"),
    "sites": ("precision", "dataset_id", "id"),
    "posts": ("precision", "dataset_id", "id"),
}
"""Columns that the store holds to a closed set, made hostile as well, as far as they are shown."""


def hostile_layers(payloads: tuple[str, ...] = PAYLOADS) -> list[MapLayer]:
    """Every layer with every payload in every field that it shows, also in its name and legend."""
    made = []
    for module, frame_of_kind in (
        (roads_layer, roads),
        (sites_layer, sites),
        (posts_layer, posts),
        (events_layer, events),
        (seizures_layer, seizures),
        (alerts_layer, alerts),
    ):
        kind = module.__name__.rpartition(".")[2]
        parts = [frame_of_kind(lambda _, payload=payload: payload).head(2) for payload in payloads]
        both = pd.concat(parts, ignore_index=True)
        texts = [payload for payload in payloads for _ in range(2)]
        hostile = dict.fromkeys(HOSTILE_CODES[kind], texts)
        made.append(module.layer(both.assign(**hostile)))
    return made


def hostile_legend(payload: str) -> MapLayer:
    """A layer whose name and legend are the payload itself."""
    entry = LegendEntry(symbol="site", label=payload, count=1)
    return finished("sites", {"rank": 1}, name=payload, legend=(entry,), unplaced=1)


def hostile_outlines() -> OwnScript:
    """Outlines whose countries are named by payloads."""
    squares = [
        box(40 + i % 5, 33 + i // 5, 40.9 + i % 5, 33.9 + i // 5) for i in range(len(PAYLOADS))
    ]
    borders = gpd.GeoDataFrame({"name": list(PAYLOADS)}, geometry=squares, crs=4326)
    world = gpd.GeoDataFrame({"name": ["Far"]}, geometry=[box(0, 0, 10, 10)], crs=4326)
    return outlines(borders, world)
