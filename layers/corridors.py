"""Where routes run on the map: corridors by share and certainty, single routes, direction.

A corridor is a piece of road or ground with the share of the plausible routes that use it: the
wider the more of them, the more opaque the narrower the band of what is not known. Nothing here is
an observed movement, and the words of every tooltip keep to that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.map_layer import MapLayer, finished, has_place, record_key, tooltip
from layers.style import CORRIDOR, INK, SIMULATED, LegendEntry, hours, metres, percent, share_band

CORRIDORS, ROUTES, FLOWS = "corridors", "routes", "flows"
"""Kinds of what is drawn, as a click tells them."""

SCHEMATIC = "schematic link, not the course"
"""Said of every straight link that stands for a road."""

BANDS = (
    (0.10, 0.95, "Sure: range up to 10 points"),
    (0.30, 0.60, "Less sure: up to 30 points"),
    (float("inf"), 0.32, "Unsure: wider range"),
)
"""Greatest width of the 5 to 95 % range of a share, the opacity of its corridor, and the words."""

WITHOUT_RANGE = 0.75
"""Opacity of corridors whose share has no range."""

LEAST_DRAWN = 0.005
"""Share below which a corridor is not drawn."""

SHARES_SHOWN = (0.05, 0.25, 0.75)
"""Steps of the legend's scale of widths."""

FLOWS_DRAWN = 12
"""Most routes with moving dashes: more are a swarm that nobody can read."""

CLASS_WORDS = {
    "offroad": "open ground, no road known",
    "access": "way to the nearest road",
    "trunk": "main road",
    "primary": "main road of the second order",
    "secondary": "regional road",
    "tertiary": "local road",
    "unclassified": "minor road",
    "residential": "street",
    "living_street": "street",
    "service": "service road",
}
"""What classes of roads are called where the word itself would puzzle a reader."""

_STROKES = {"road": (), "schematic": (2.4, 1.5), "open ground": (0.2, 1.6)}
"""Dash and gap of each kind of corridor, in widths of its line."""

_STROKE_LABELS = {
    "road": "On a surveyed road",
    "schematic": "Schematic link, not the course",
    "open ground": "Open ground, or to a road",
}

_TOLERANCE_DEG = 2e-4
"""By how much a drawn line may leave the true one: 20 m, less than a line's width."""


def corridor_layer(
    frame: gpd.GeoDataFrame, *, study_id: str, simulated: bool, random: bool = False
) -> MapLayer:
    """Each corridor as a line: wide where many routes go, opaque where that is sure.

    `frame` has the columns of `RouteStudy.corridors`; with `random` the widths are those of the
    randomised paths, which have no range and are drawn alike. Pieces of one road with the same
    share are drawn as one; the legend counts them before that.
    """
    if random:
        nothing = float("nan")
        frame = frame.assign(
            share=frame["share_random"], share_low=nothing, share_high=nothing, random=True
        )
    placed = has_place(frame) & (frame["share"] >= LEAST_DRAWN).to_numpy()
    shown = frame[placed].sort_values("share", ascending=False, kind="stable")
    rows = shown.to_dict("records")
    pieces: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        pieces.setdefault(_alike(row), []).append(row)
    looks: dict[str, dict[str, Any]] = {}
    lines = []
    for same in pieces.values():
        first = same[0]
        look = _look(first)
        name = " ".join(str(part) for part in look.values())
        looks[name] = look
        key = record_key(CORRIDORS, study_id, str(first["link_id"])).partition("/")[2]
        length_m = sum(row["length_m"] for row in same)
        tip = _corridor_tip(first, length_m=length_m, simulated=simulated)
        merged = shapely.line_merge(
            shapely.union_all([row["geometry"] for row in same])
            if len(same) > 1
            else first["geometry"]
        )
        lines.append([name, key, tip, int(simulated), coordinates(merged)])
    return finished(
        CORRIDORS,
        {"looks": looks, "lines": lines, "rank": 1},
        name="Corridors by randomised paths" if random else "Corridors by share of the routes",
        legend=_corridor_legend(rows, simulated=simulated, random=random) if rows else (),
        unplaced=int((~has_place(frame)).sum()),
    )


def route_layer(frame: gpd.GeoDataFrame, *, chosen: str = "") -> MapLayer:
    """Each route as a thin line that can be clicked, the chosen one framed and above the others.

    `frame` has the columns of the kind ``routes``; `chosen` is an id.
    """
    placed = has_place(frame)
    rows = frame[placed].to_dict("records")
    rows.sort(key=lambda row: (row["id"] != chosen, row["rank"]))
    looks: dict[str, dict[str, Any]] = {
        "route": {"color": INK, "weight": 1, "opacity": 0.45},
        "schematic route": {"color": INK, "weight": 1, "opacity": 0.45, "dashArray": "8 6"},
        "chosen": {"color": INK, "weight": 7, "opacity": 1, "core": "#ffd34d", "coreDash": ""},
        "chosen schematic": {"color": INK, "weight": 7, "opacity": 1, "core": "#ffd34d"},
    }
    lines = [
        [
            _route_look(row, chosen),
            record_key(ROUTES, str(row["dataset_id"]), str(row["id"])).partition("/")[2],
            route_tip(row),
            int(row["simulated"]),
            coordinates(row["geometry"]),
        ]
        for row in rows
    ]
    used = {line[0] for line in lines}
    simulated = any(row["simulated"] for row in rows)
    told = {
        "chosen": "Chosen route",
        "chosen schematic": "Chosen route, partly schematic",
        "route": "Route",
        "schematic route": "Route, partly schematic",
    }
    legend = tuple(
        LegendEntry(
            label=label + (f", {SIMULATED}" if simulated else ""),
            count=sum(line[0] == look for line in lines),
            simulated=simulated,
            picture=stroke_svg(
                looks[look]["color"],
                width_px=min(looks[look]["weight"], 6),
                dashes_px=(5, 4) if "schematic" in look else (),
                core=looks[look].get("core", ""),
            ),
        )
        for look, label in told.items()
        if look in used
    )
    return finished(
        ROUTES,
        {
            "looks": {look: looks[look] for look in looks if look in used},
            "lines": lines,
            "rank": 2,
        },
        name="Ranked routes, each a hypothesis",
        legend=legend,
        unplaced=int((~placed).sum()),
    )


def flow_layer(frame: gpd.GeoDataFrame, *, chosen: str = "") -> MapLayer:
    """Small dashes that move along the routes toward their exits: those of the chosen one only.

    The map's list of layers switches them off; they also stay away where the reader's system asks
    for less motion. `frame` as for `route_layer`.
    """
    shown = frame[has_place(frame)].sort_values("rank", kind="stable")
    one = chosen in set(shown["id"])
    if one:
        shown = shown[shown["id"] == chosen]
    colour, ground = (INK, "#ffd34d") if one else ("#ffffff", CORRIDOR)
    lines = [
        coordinates(part)
        for place in shown.head(FLOWS_DRAWN).geometry
        for part in shapely.get_parts(place)
    ]
    legend = (
        LegendEntry(
            label="Moving toward the exit",
            count=None,
            picture=stroke_svg(colour, width_px=3, dashes_px=(3, 6), ground=ground),
        ),
    )
    return finished(
        FLOWS,
        {"flows": lines, "colour": colour, "rank": 3},
        name="Direction of travel",
        legend=legend if lines else (),
        unplaced=0,
    )


def route_tip(row: dict[str, Any]) -> str:
    """Rank and exit, share, time, length, what is passed, and that it is a hypothesis."""
    return tooltip(
        f"Route {row['rank']}: to {row['exit_name']}",
        f"{percent(row['share'])} of the plausible routes "
        f"({share_band(row['share_low'], row['share_high'])})",
        f"{hours(row['time_h'])} on the way "
        f"({hours(row['time_h_low'])} to {hours(row['time_h_high'])}), "
        f"{metres(1000 * row['length_km'])}",
        f"passes {row['passes'].replace('; ', ', ')}" if row["passes"] else "",
        f"partly on a {SCHEMATIC}" if row["schematic"] else "",
        "a ranked hypothesis, not an observed movement",
        marks=(SIMULATED,) if row["simulated"] else (),
    )


def corridor_name(row: dict[str, Any]) -> str:
    """What a piece of road is called: name with number, or its class in words."""
    named = " · ".join(text for text in (row["name"], row["ref"]) if text)
    kind = str(row["road_class"])
    return named or CLASS_WORDS.get(kind, kind.replace("_", " ")).capitalize()


def coordinates(place: BaseGeometry) -> list[Any]:
    """Longitude and latitude of each vertex, to 1 m; a list of such lists for several lines.

    Vertices that make no difference on a screen are left out.
    """
    parts = [
        np.round(shapely.get_coordinates(part), 5).tolist()
        for part in shapely.get_parts(shapely.simplify(place, _TOLERANCE_DEG))
    ]
    return parts[0] if len(parts) == 1 else parts


def stroke_svg(
    colour: str,
    *,
    width_px: float,
    opacity: float = 1.0,
    dashes_px: tuple[float, ...] = (),
    core: str = "",
    ground: str = "",
) -> str:
    """A short piece of a line on paper as an SVG picture, 24 pixels wide and 14 high."""
    dashes = f' stroke-dasharray="{" ".join(f"{d:g}" for d in dashes_px)}"' if dashes_px else ""
    under = f'<path d="M0 7H24" stroke="{ground}" stroke-width="7"/>' if ground else ""
    inner = (
        f'<path d="M0 7H24" stroke="{core}" stroke-width="{width_px - 1.4:g}"{dashes}/>'
        if core
        else ""
    )
    outer = "" if core else dashes
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="14" viewBox="0 0 24 14"'
        f' fill="none">{under}<path d="M0 7H24" stroke="{colour}" stroke-width="{width_px:g}"'
        f' stroke-opacity="{opacity:g}"{outer}/>{inner}</svg>'
    )


def width_px(share: float) -> float:
    """Width of a corridor on the screen, to half a pixel: 2 for next to none, 18 for all routes."""
    return round(2 * (2 + 16 * min(max(share, 0.0), 1.0))) / 2


def _stroke(row: dict[str, Any]) -> str:
    """Which kind of line a corridor is drawn as."""
    if row["road_class"] in {"offroad", "access"}:
        return "open ground"
    return "schematic" if row["schematic"] else "road"


def _opacity(row: dict[str, Any]) -> float:
    """The narrower the band of the share, the more opaque; an unknown band counts as the widest."""
    band = row["share_high"] - row["share_low"]
    return next((opacity for most, opacity, _ in BANDS if band <= most + 1e-9), BANDS[-1][1])


def _look(row: dict[str, Any]) -> dict[str, Any]:
    """How `map.js` draws a corridor."""
    wide = width_px(row["share"])
    kind = _stroke(row)
    opacity = WITHOUT_RANGE if row.get("random") else _opacity(row)
    look: dict[str, Any] = {"color": CORRIDOR, "weight": wide, "opacity": opacity}
    look["lineCap"] = "butt"  # round ends of pale pieces would show as dots where they meet
    if kind != "road":
        # Round ends lengthen each dash by the line's width, which the gap makes good.
        dash, gap = _STROKES[kind]
        look["dashArray"] = (
            f"{dash * wide:.1f} {gap * wide + (2 if kind == 'schematic' else 3):.1f}"
        )
        look["lineCap"] = "butt" if kind == "schematic" else "round"
    return look


def _alike(row: dict[str, Any]) -> tuple[Any, ...]:
    """What two pieces have in common that are drawn and told alike."""
    shares = (row["share"], row["share_low"], row["share_high"])
    return (
        row["road_class"],
        row["name"],
        row["ref"],
        bool(row["schematic"]),
        *(-1.0 if math.isnan(share) else round(share, 2) for share in shares),
        # A road without a name is no one road: its pieces stay apart.
        "" if row["name"] or row["ref"] or _stroke(row) == "open ground" else row["link_id"],
    )


def _corridor_tip(row: dict[str, Any], *, length_m: float, simulated: bool) -> str:
    """Name, share with its band, class and length, and what is not known of the course."""
    kind = str(row["road_class"])
    return tooltip(
        corridor_name(row),
        f"{percent(row['share'])} of randomised paths pass here"
        if row.get("random")
        else f"{percent(row['share'])} of the plausible routes pass here "
        f"({share_band(row['share_low'], row['share_high'])})",
        f"{CLASS_WORDS.get(kind, kind.replace('_', ' '))}, {metres(length_m)}",
        SCHEMATIC if row["schematic"] else "",
        marks=(SIMULATED,) if simulated else (),
    )


def _corridor_legend(
    rows: list[dict[str, Any]], *, simulated: bool, random: bool
) -> tuple[LegendEntry, ...]:
    """Scale of widths, scale of opacity, and the kinds of line that occur with their number."""
    widths = [
        LegendEntry(
            label=f"{percent(share)} of the routes",
            count=None,
            picture=stroke_svg(CORRIDOR, width_px=width_px(share)),
        )
        for share in SHARES_SHOWN
    ]
    bands = [
        LegendEntry(
            label=words, count=None, picture=stroke_svg(CORRIDOR, width_px=6, opacity=opacity)
        )
        for _, opacity, words in BANDS
        if not random
    ]
    strokes = [_stroke(row) for row in rows]
    kinds = [
        LegendEntry(
            label=_STROKE_LABELS[kind] + (f", {SIMULATED}" if simulated else ""),
            count=strokes.count(kind),
            simulated=simulated,
            picture=stroke_svg(
                CORRIDOR, width_px=4, dashes_px=tuple(4 * part for part in _STROKES[kind])
            ),
        )
        for kind in _in_order(strokes, _STROKES)
    ]
    return (*widths, *bands, *kinds)


def _in_order(found: Iterable[str], order: Iterable[str]) -> list[str]:
    """What occurs, in the order given."""
    present = set(found)
    return [one for one in order if one in present]


def _route_look(row: dict[str, Any], chosen: str) -> str:
    """Key of the line's look."""
    if row["id"] == chosen:
        return "chosen schematic" if row["schematic"] else "chosen"
    return "schematic route" if row["schematic"] else "route"


def bounds_of(places: NDArray[Any]) -> tuple[float, float, float, float]:
    """West, south, east, north around all of `places`, EPSG:4326."""
    west, south, east, north = shapely.total_bounds(places)
    return float(west), float(south), float(east), float(north)
