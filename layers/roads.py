"""Main roads and railways on the map: cited links between places, drawn as the schema they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.map_layer import (
    MapLayer,
    finished,
    has_place,
    line_pictures,
    marks,
    record_key,
    records,
    tooltip,
)
from layers.style import LINES, SIMULATED, LegendEntry, line_key, safe_html

NAME = "Main roads and railways (schematic)"
"""Name of the layer."""

GRADES = {"A": "traced by waypoints", "B": "sourced at both ends", "C": "inferred adjacency"}
"""What a grade of evidence means."""


def layer(frame: gpd.GeoDataFrame) -> MapLayer:
    """One straight line a link, dashed where it is inferred; its ends named at close range.

    A link is not the course of a road: the layer's name and every tooltip say so.
    """
    placed = has_place(frame)
    shown = frame[placed]
    rows = records(
        shown, "dataset_id", "id", "mode", "from_name", "from_node", "to_name", "to_node",
        "road_ref", "road_class", "evidence_grade",
    )  # fmt: skip
    looks = [line_key(row["mode"], row["evidence_grade"]) for row in rows]
    lines = [
        [look, _key(row), _tip(row), int(row["simulated"]), _coordinates(place)]
        for look, row, place in zip(looks, rows, shown.geometry, strict=True)
    ]
    content = {
        "looks": {key: line for key, line in line_pictures().items() if key in looks},
        "lines": lines,
        "places": _ends(zip(rows, lines, strict=True)),
        "rank": 0,
    }
    drawn = [(look, row["simulated"]) for look, row in zip(looks, rows, strict=True)]
    legend = tuple(
        LegendEntry(
            symbol=key,
            label=LINES[key].label + (f", {SIMULATED}" if flag else ""),
            count=drawn.count((key, flag)),
            simulated=flag,
        )
        for key, flag in sorted(set(drawn), key=lambda pair: (list(LINES).index(pair[0]), pair[1]))
    )
    return finished("roads", content, name=NAME, legend=legend, unplaced=int((~placed).sum()))


def _tip(row: dict[str, Any]) -> str:
    """Ends, number and class, evidence, and that it is schematic."""
    start, end = row["from_name"] or row["from_node"], row["to_name"] or row["to_node"]
    what = ", ".join(text for text in (row["mode"], row["road_ref"], row["road_class"]) if text)
    grade = row["evidence_grade"]
    return tooltip(
        f"{start} – {end}",
        what,
        f"evidence {grade}: {GRADES.get(grade, 'not stated')}",
        "schematic link, not the course",
        marks=marks(row),
    )


def _key(row: dict[str, Any]) -> str:
    """The row's key without its kind."""
    return record_key("roads", row["dataset_id"], row["id"]).partition("/")[2]


def _coordinates(place: BaseGeometry) -> list[Any]:
    """Longitude and latitude of each vertex, to 1 m; a list of such lists for several lines."""
    parts = [
        np.round(shapely.get_coordinates(part), 5).tolist() for part in shapely.get_parts(place)
    ]
    return parts[0] if len(parts) == 1 else parts


def _ends(drawn: Iterable[tuple[dict[str, Any], list[Any]]]) -> list[list[Any]]:
    """Longitude, latitude and name of each distinct named end, as inert HTML."""
    named: dict[tuple[float, float], str] = {}
    for row, (*_, coordinates) in drawn:
        line = coordinates if not isinstance(coordinates[0][0], list) else coordinates[0]
        for name, (lon, lat) in ((row["from_name"], line[0]), (row["to_name"], line[-1])):
            if name and len(name) <= 24 and "junction" not in name:
                named.setdefault((lon, lat), safe_html(name))
    return [[lon, lat, name] for (lon, lat), name in named.items()]
