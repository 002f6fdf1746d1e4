"""What every map layer is made of: rows for `map.js`, their legend, and what a click gives back.

The browser draws with the map's own script (`map.js`), so that a layer is a list of short rows on
the wire and not one folium object a record. A row holds what is seen: place, symbol, the words of
its tooltip, already inert HTML, and the record's key, which a click sends back. No other column of
a frame leaves the machine.

What the script keeps through reruns: a layer that did not change is not drawn again, so that a
filter neither flashes nor closes an opened cluster, and a layer that was switched off stays off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from branca.element import MacroElement
from folium.template import Template
from numpy.typing import NDArray
from shapely.geometry import Polygon, shape
from shapely.geometry.base import BaseGeometry

from geo.model import Precision
from layers.style import (
    INK,
    LINES,
    SIMULATED,
    SYMBOLS,
    LegendEntry,
    entry_svg,
    latlon,
    safe_html,
    symbol_svg,
)

RETURNED_OBJECTS = ("last_active_drawing",)
"""What to ask `st_folium` for, so that `clicked_record` can answer; nothing else causes a rerun."""

DRAWN_OBJECTS = ("last_active_drawing", "all_drawings")
"""The same where the map has its draw tool, for `drawn_area`."""

PICKED = "picked"
"""Kind that a click tells which hit no record, while the map asks for a place."""

LONGEST_TEXT = 90
"""Letters of one text in a tooltip; what is longer ends in an ellipsis (the card has it all)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLayer:
    """One layer of the map: what is drawn, what it means, and what could not be drawn."""

    name: str
    """Its name as plain text."""
    group: folium.FeatureGroup
    """To be added to one map, once: streamlit-folium renames what it is given."""
    legend: tuple[LegendEntry, ...]
    """What is drawn, in the order of the symbols; real and simulated records apart."""
    unplaced: int
    """Records without a known point."""


class ClickedRecord(NamedTuple):
    """Which record was clicked, and when."""

    kind: str
    """The table's name: sites, posts, seizures, events, roads or alerts."""
    dataset_id: str
    """Dataset of the record."""
    id: str
    """Id of the record within its dataset."""
    clicked_at: int
    """The browser's clock in ms: another one at every click, also on the same record again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a kind of point is drawn."""

    size_px: float
    """Width of a symbol."""
    rank: int
    """Which kind lies above which: a higher one hides a lower one."""
    offset_px: tuple[int, int] = (0, 0)
    """Right and down from the true place, so that two kinds at one place are both seen."""
    cluster_px: int = 0
    """Symbols nearer than this are gathered under a number; 0 for never."""
    hidden_from_zoom: int = 0
    """Zoom from which the symbols give way to the shapes themselves; 0 for never."""
    colour: str = INK
    """Colour of the shapes as ``#rrggbb``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaClass:
    """How the areas of one class of value are drawn."""

    label: str
    """What it stands for, as plain text."""
    colour: str
    """Fill as ``#rrggbb``."""
    opacity: float = 0.55
    """Of the fill, 0 to 1; 0 leaves the ground to be seen, as where a value is unknown."""
    outline: str = ""
    """Colour of the edge as ``#rrggbb``; empty for none."""
    outline_px: float = 1.6
    """Width of the edge on the screen."""
    dashed: bool = False
    """Whether the edge is dashed."""


class Drawing(MacroElement):
    """One call of `map.js` with its data, as a child of a feature group."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "lamassu.{{ this.verb }}({{ this._parent.get_name() }}, {{ this.data }});"
        "{% endmacro %}"
    )

    def __init__(self, verb: str, content: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # branca is not annotated
        self._name = "Drawing"
        self.verb = verb
        self.data = script_json(content)


def script_json(value: object) -> str:
    """`value` as JSON in ASCII that can stand inside a script of a page.

    Neither ``</script`` nor ``<!--`` can occur in it; the value read back is the same.
    """
    plain = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return plain.replace("</", "<\\/").replace("<!", "\\u003c!")


def record_key(kind: str, dataset_id: str, record_id: str) -> str:
    """The three parts of a record's identity as one text of letters, digits and ``/%-._~``."""
    return "/".join(
        quote(part, safe="", errors="replace") for part in (kind, dataset_id, record_id)
    )


def clicked_record(returned: Mapping[str, Any] | None) -> ClickedRecord | None:
    """The record that was clicked last, from what `st_folium` returned; None if there is none.

    Ask `st_folium` for `RETURNED_OBJECTS`. It returns the last click again at every rerun: a click
    is new if its `clicked_at` differs from the one that was dealt with before. A click on a cluster
    or a drawn shape gives None.
    """
    drawing = (returned or {}).get("last_active_drawing") or {}
    properties = drawing.get("properties") or {}
    parts = str(properties.get("key", "")).split("/")
    clicked_at = properties.get("clicked")
    if len(parts) != 3 or not isinstance(clicked_at, int | float):
        return None
    kind, dataset_id, record_id = (unquote(part) for part in parts)
    return ClickedRecord(kind, dataset_id, record_id, int(clicked_at))


def drawn_area(returned: Mapping[str, Any] | None) -> Polygon | None:
    """The shape drawn last with the draw tool, EPSG:4326; None if there is none.

    Ask `st_folium` for `DRAWN_OBJECTS`.
    """
    drawings = (returned or {}).get("all_drawings") or []
    areas = [one["geometry"] for one in drawings if one["geometry"]["type"] == "Polygon"]
    if not areas:
        return None
    area = shape(areas[-1])
    return area if isinstance(area, Polygon) and area.is_valid and area.area > 0 else None


def picked_point(returned: Mapping[str, Any] | None) -> tuple[tuple[float, float], int] | None:
    """Longitude and latitude of the last click while `pick` was on the map, and its time in ms.

    None where the last click was none, or on a record. As with `clicked_record` the time tells a
    new click from the one that was dealt with before.
    """
    clicked = clicked_record(returned)
    if clicked is None or clicked.kind != PICKED:
        return None
    lon, lat = (float(part) for part in clicked.id.split(","))
    return (lon, lat), clicked.clicked_at


def pick() -> folium.FeatureGroup:
    """Makes a click beside every record tell its place, for `picked_point`, while it is drawn."""
    group = folium.FeatureGroup(name=PICKED, control=False)
    Drawing("pick", {"kind": PICKED}).add_to(group)
    return group


def selection(
    kind: str,
    dataset_id: str,
    record_id: str,
    *,
    lonlat: tuple[float, float],
    jump_zoom: int | None = None,
    jump_bounds: tuple[float, float, float, float] | None = None,
    request: str = "",
) -> folium.FeatureGroup:
    """A ring round one record, and, if `jump_zoom` or `jump_bounds` is given, the map moved to it.

    `jump_bounds` are west, south, east, north. The map moves once for each new `request`, without
    being mounted again, also back to a place it was moved to before. A record inside a cluster is
    taken out of it by the jump.
    """
    return _selected(
        record_key(kind, dataset_id, record_id), latlon(lonlat), jump_zoom, jump_bounds, request
    )


def moved_to(bounds: tuple[float, float, float, float], *, request: str) -> folium.FeatureGroup:
    """The map moved to an area (west, south, east, north), once for each new `request`."""
    west, south, east, north = bounds
    middle = latlon(((west + east) / 2, (south + north) / 2))
    return _selected("", middle, None, bounds, request)


def _selected(
    key: str,
    at: tuple[float, float],
    zoom: int | None,
    bounds: tuple[float, float, float, float] | None,
    request: str,
) -> folium.FeatureGroup:
    """What `map.js` is told to ring and to move to; an empty key rings nothing."""
    group = folium.FeatureGroup(name="selection", control=False)
    wanted = {"key": key, "at": at, "zoom": zoom, "bounds": bounds, "request": request}
    Drawing("select", wanted).add_to(group)
    return group


def point_layer(
    kind: str,
    frame: gpd.GeoDataFrame,
    *,
    name: str,
    symbols: Sequence[str],
    tips: Sequence[str],
    look: Look,
    shapes: bool = False,
) -> MapLayer:
    """One symbol a record, with circles of imprecise places and squares of generalised ones.

    `symbols` are keys of `SYMBOLS` and `tips` the tooltips as inert HTML, a value a row. With
    `shapes` a polygon is drawn as it is; without, it stands for the cell that hides a place.
    """
    placed = has_place(frame)
    places = frame.geometry.to_numpy()[placed]
    lonlats = points_of(places)
    simulated = frame["simulated"].to_numpy(dtype=bool)[placed]
    keys = _keys(kind, frame)[placed]
    drawn = [
        (symbol, bool(flag))
        for symbol, flag in zip(np.asarray(symbols, dtype=object)[placed], simulated, strict=True)
    ]
    pictures = sorted(set(drawn), key=lambda pair: (list(SYMBOLS).index(pair[0]), pair[1]))
    outlined = frame["precision"].to_numpy(dtype=object)[placed]
    polygons = shapely.get_dimensions(places) == 2
    as_cell = polygons & ~(shapes & ~_generalised(frame)[placed])
    content = {
        "pictures": [_picture(symbol, flag, look.size_px) for symbol, flag in pictures],
        "rows": [
            [*lonlat, pictures.index(picture), key, tip]
            for lonlat, picture, key, tip in zip(
                lonlats.tolist(), drawn, keys, np.asarray(tips, dtype=object)[placed], strict=True
            )
        ],
        "circles_m": _circles(lonlats[~(polygons & ~as_cell)], outlined[~(polygons & ~as_cell)]),
        "cells": _distinct(np.round(shapely.bounds(places[as_cell]), 6).tolist()),
        "shapes": [
            [index, _rings(place)]
            for index, place in enumerate(places)
            if polygons[index] and not as_cell[index]
        ],
        "cluster": look.cluster_px,
        "offset": look.offset_px,
        "hiddenFrom": look.hidden_from_zoom,
        "colour": look.colour,
        "rank": look.rank,
    }
    legend = tuple(
        LegendEntry(
            symbol=symbol,
            label=SYMBOLS[symbol].label + (f", {SIMULATED}" if flag else ""),
            count=drawn.count((symbol, flag)),
            simulated=flag,
        )
        for symbol, flag in pictures
    )
    return finished(kind, content, name=name, legend=legend, unplaced=int((~placed).sum()))


def area_layer(
    kind: str,
    areas: Sequence[BaseGeometry],
    *,
    name: str,
    classes: Sequence[AreaClass],
    class_of: Sequence[int],
    keys: Sequence[str],
    tips: Sequence[str],
    rank: int = 0,
    simulated: bool = False,
) -> MapLayer:
    """Polygons filled by their class of value, as a grid of cells; the classes are the legend.

    `areas` are polygons or multipolygons, EPSG:4326. `class_of` (row in `classes`), `keys` (from
    `record_key`, beginning with `kind`) and `tips` (inert HTML) have a value for each; an area that
    is missing or empty is counted as unplaced. Of areas that overlap the later lies above.
    """
    drawn = [
        [_rings(area), number, key.partition("/")[2], tip]
        for area, number, key, tip in zip(areas, class_of, keys, tips, strict=True)
        if area is not None and not area.is_empty
    ]
    content = {
        "areas": drawn,
        "classes": [
            {
                "fillColor": one.colour,
                "fillOpacity": one.opacity,
                "stroke": bool(one.outline),
                "color": one.outline or one.colour,
                "weight": one.outline_px,
                "dashArray": "4 4" if one.dashed else "",
            }
            for one in classes
        ],
        "rank": rank,
    }
    counts = [row[1] for row in drawn]
    legend = tuple(
        LegendEntry(
            label=one.label + (f", {SIMULATED}" if simulated else ""),
            count=counts.count(number),
            simulated=simulated,
            picture=area_svg(one),
        )
        for number, one in enumerate(classes)
        if counts.count(number)
    )
    return finished(kind, content, name=name, legend=legend, unplaced=len(areas) - len(drawn))


def area_svg(one: AreaClass, *, width_px: float = 22) -> str:
    """A swatch of a class of areas as an SVG picture, `width_px` wide and 14 pixels high."""
    dashes = ' stroke-dasharray="3 2"' if one.dashed else ""
    edge = (
        f' stroke="{one.outline}" stroke-width="{one.outline_px:g}"{dashes}' if one.outline else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px:g}" height="14"'
        f' viewBox="0 0 {width_px:g} 14"><rect x="3" y="1" width="{width_px - 6:g}" height="12"'
        f' fill="#f6f2e8"/><rect x="3" y="1" width="{width_px - 6:g}" height="12"'
        f' fill="{one.colour}" fill-opacity="{one.opacity:g}"{edge}/></svg>'
    )


def finished(
    kind: str,
    content: Mapping[str, Any],
    *,
    name: str,
    legend: tuple[LegendEntry, ...],
    unplaced: int,
) -> MapLayer:
    """The layer that draws `content`, with its name and legend for the map's own layer control."""
    drawn = {
        "kind": kind,
        "name": safe_html(name),
        "legend": [[entry_svg(entry), safe_html(entry.label), entry.count] for entry in legend],
        "unplaced": unplaced,
        **content,
    }
    digest = hashlib.sha256(script_json(drawn).encode()).hexdigest()[:16]
    group = folium.FeatureGroup(name=safe_html(name))
    Drawing("show", {"digest": digest, **drawn}).add_to(group)
    return MapLayer(name=name, group=group, legend=legend, unplaced=unplaced)


def tooltip(title: object, *lines: str, arabic: object = "", marks: Sequence[str] = ()) -> str:
    """A tooltip as inert HTML: title, the same in Arabic, further lines, and words set apart."""
    second = f"<bdi>{_short(arabic)}</bdi>" if arabic else ""
    texts = "".join(f"<p>{_short(line)}</p>" for line in lines if line)
    flags = "".join(f"<i>{_short(mark)}</i>" for mark in marks if mark)
    return f"<b>{_short(title)}</b>{second}{texts}{flags}"


def when(row: Mapping[str, Any]) -> str:
    """The date as the source gives it, or as the interval it is known by, or "date unknown"."""
    if row["date_text"]:
        return str(row["date_text"])
    days = [f"{day:%Y-%m-%d}" for day in (row["date_from"], row["date_to"]) if not pd.isna(day)]
    return " to ".join(dict.fromkeys(days)) or "date unknown"


def how_near(row: Mapping[str, Any]) -> str:
    """The precision in words: ``town: within 10 km``, or the cell that hides the place."""
    if row.get("generalised"):
        return f"place generalised to a cell of {row['cell_deg']:g}°"
    precision = str(row["precision"])
    known = precision in set(Precision)
    radius_m = Precision(precision).radius_m if known else None
    if radius_m is None:
        return precision
    return (
        f"{precision}: within {f'{radius_m / 1e3:g} km' if radius_m >= 1e3 else f'{radius_m:g} m'}"
    )


def records(frame: gpd.GeoDataFrame, *columns: str) -> list[dict[str, Any]]:
    """The rows as dictionaries with `columns` and what every tooltip needs, in their order."""
    common = ("precision", "simulated", "generalised", "cell_deg")
    wanted = [name for name in dict.fromkeys((*columns, *common)) if name in frame]
    lists = [frame[name].tolist() for name in wanted]
    return [dict(zip(wanted, row, strict=True)) for row in zip(*lists, strict=True)]


def marks(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What must stand out in a tooltip: that a record is simulated."""
    return (SIMULATED,) if row["simulated"] else ()


def has_place(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Where the place is known."""
    places = frame.geometry.to_numpy()
    return np.asarray(~(shapely.is_missing(places) | shapely.is_empty(places)), dtype=bool)


def points_of(places: NDArray[Any]) -> NDArray[np.float64]:
    """Longitude and latitude to draw a symbol at, to 0.1 m, shape (places, 2).

    A point itself, the middle of a cell, a point inside any other polygon.
    """
    points = shapely.point_on_surface(places)
    lonlats: NDArray[np.float64] = shapely.get_coordinates(points).reshape(len(places), 2)
    return np.round(lonlats, 6)


def line_pictures() -> dict[str, dict[str, Any]]:
    """How `map.js` draws each line of `LINES`."""
    return {
        key: {
            "color": line.colour,
            "weight": line.width_px,
            "dashArray": " ".join(f"{dash:g}" for dash in line.dashes_px),
            "core": line.core,
        }
        for key, line in LINES.items()
    }


def _short(text: object) -> str:
    """`text` in one line, cut at `LONGEST_TEXT` letters, as inert HTML."""
    head = " ".join(str(text)[: 4 * LONGEST_TEXT].split())
    cut = head if len(head) <= LONGEST_TEXT else head[: LONGEST_TEXT - 1].rstrip() + "…"
    return safe_html(cut)


def _keys(kind: str, frame: gpd.GeoDataFrame) -> NDArray[Any]:
    """The key of each row without its kind, which the script puts before it."""
    pairs = zip(frame["dataset_id"], frame["id"], strict=True)
    keys = [record_key(kind, dataset, record).partition("/")[2] for dataset, record in pairs]
    return np.array(keys, dtype=object)


def _generalised(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Where disclosure put a cell in the place of the true place."""
    if "generalised" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(frame["generalised"], dtype=bool)


def _picture(symbol: str, simulated: bool, size_px: float) -> list[Any]:
    """Picture and width of one symbol; a simulated one is wider by its halo."""
    drawn_px = round(size_px * 1.42) if simulated else size_px
    svg = symbol_svg(SYMBOLS[symbol], size_px=drawn_px, simulated=simulated)
    return [svg, drawn_px, int(simulated)]


def _circles(lonlats: NDArray[np.float64], precisions: NDArray[Any]) -> list[list[float]]:
    """Longitude, latitude and radius in metres of each distinct place known worse than exactly."""
    radii_m = {
        name.value: name.radius_m
        for name in Precision
        if name.radius_m and name is not Precision.EXACT
    }
    rows = [
        [*lonlat, radii_m[precision]]
        for lonlat, precision in zip(lonlats.tolist(), precisions, strict=True)
        if precision in radii_m
    ]
    return sorted(_distinct(rows), key=lambda row: -row[2])


def _distinct(rows: list[list[float]]) -> list[list[float]]:
    """Each row once, in order."""
    return [list(row) for row in dict.fromkeys(map(tuple, rows))]


def _rings(place: BaseGeometry) -> list[Any]:
    """A polygon's or multipolygon's coordinates as GeoJSON has them, to 0.1 m."""
    polygons = shapely.get_parts(place)
    return [
        [np.round(shapely.get_coordinates(ring), 6).tolist() for ring in (p.exterior, *p.interiors)]
        for p in polygons
    ]
