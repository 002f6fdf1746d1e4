"""Posts with their shares on the map: exits of routes, exposed posts, checks, and the start.

A ring tells a share and its band; a post of which nothing is known is hatched, never empty, since
no number is not the number nought.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd

from layers.map_layer import MapLayer, finished, has_place, points_of, record_key, tooltip
from layers.style import (
    CORRIDOR,
    GREY,
    INK,
    SIMULATED,
    SYMBOLS,
    LegendEntry,
    hours,
    percent,
    safe_html,
    share_band,
)

EXITS, EXPOSURE, CHECKS, KNOWN_CHECKS, ORIGIN = (
    "exits", "exposure", "checks", "knownchecks", "origin",
)  # fmt: skip
"""Kinds of what is drawn, as a click tells them."""

SIZES_SHOWN = (0.01, 0.10, 0.30)
"""Steps of the legend's scale of discs."""

_HATCH = (
    '<pattern id="lamassu-hatch" width="5" height="5" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect width="5" height="5" fill="#fdfcf9"/>'
    f'<path d="M0 0V5" stroke="{GREY}" stroke-width="2.6"/></pattern>'
)

_SHIELD = "M3 3H25V17C25 24 19 29 14 31C9 29 3 24 3 17Z"


def exit_layer(frame: gpd.GeoDataFrame, *, study_id: str, simulated: bool) -> MapLayer:
    """Each exit as its post's symbol in a ring that tells its share; what is unknown is hatched.

    `frame` has the columns of `RouteStudy.exits`. Closed posts are crossed out.
    """
    return _posts(
        EXITS,
        frame.sort_values("share", kind="stable", na_position="first"),
        study_id=study_id,
        simulated=simulated,
        name="Exits by share of the routes",
        picture=_exit_picture,
        tip=_exit_tip,
        states=_exit_state,
        rank=6,
        pictures={
            "reached": ("Share of the exit; pale: range", ring_svg("post land", 0.3, 0.5)),
            "unknown": ("Unknown: no way found", unknown_svg("post land")),
            "closed": ("Closed in this question", closed_svg("post land")),
        },
    )


def exposure_layer(frame: gpd.GeoDataFrame, *, study_id: str, simulated: bool) -> MapLayer:
    """Each post as a disc as large as its share, thin rings for the band; unknown ones hatched.

    `frame` has the columns of `ExposureStudy.posts`.
    """
    return _posts(
        EXPOSURE,
        frame.sort_values("share", ascending=False, kind="stable", na_position="last"),
        study_id=study_id,
        simulated=simulated,
        name="Posts by share of the assumed flow",
        picture=_exposure_picture,
        tip=_exposure_tip,
        states=lambda row: "unknown" if _unknown(row) else "known",
        rank=6,
        pictures={
            "known": ("Post; thin rings: its range", disc_svg(0.04, 0.015, 0.1)),
            "unknown": ("Unknown", hatched_svg()),
        },
        scale=[
            (f"{percent(share)} of the assumed flow", disc_svg(share, share, share))
            for share in SIZES_SHOWN
        ],
    )


def check_layer(frame: gpd.GeoDataFrame, *, study_id: str, simulated: bool) -> MapLayer:
    """Places for checks as numbered shields, in the order in which to set them up.

    `frame` has the columns of `CheckStudy.checks`.
    """
    return _posts(
        CHECKS,
        frame.sort_values("rank", ascending=False, kind="stable"),
        study_id=study_id,
        simulated=simulated,
        name="Where to check, in order",
        picture=lambda row: (shield_svg(str(int(row["rank"])), colour=INK), 28),
        tip=_check_tip,
        states=lambda row: "post" if row["kind"] == "post" else "road",
        rank=8,
        pictures={
            "post": ("Check at a border post", shield_svg("1", colour=INK)),
            "road": ("Check on a road", shield_svg("2", colour=INK)),
        },
    )


def known_check_layer(lonlats: Sequence[tuple[float, float]]) -> MapLayer:
    """Checks that are known of and shunned by the routes, as grey shields."""
    picture = shield_svg("✓", colour="#5b646e")
    rows = [
        [
            lon,
            lat,
            0,
            record_key(KNOWN_CHECKS, "", str(number)).partition("/")[2],
            tooltip(f"Known check {number}", "shunned by the routes as far as avoidance goes"),
        ]
        for number, (lon, lat) in enumerate(lonlats, start=1)
    ]
    legend = (LegendEntry(label="Known check", count=len(rows), picture=picture),)
    return finished(
        KNOWN_CHECKS,
        {"pictures": [[picture, 28, 0]], "rows": rows, "rank": 7},
        name="Known checks",
        legend=legend if rows else (),
        unplaced=0,
    )


def origin_layer(name: str, lonlat: tuple[float, float], *, simulated: bool) -> MapLayer:
    """The start of the routes as a target with its name."""
    svg = target_svg()
    told = f'{svg}<span class="lamassu-value">{_short(name)}</span>'
    tip = tooltip(name, "the routes start here", marks=(SIMULATED,) if simulated else ())
    return finished(
        ORIGIN,
        {
            "pictures": [[told, 24, int(simulated)]],
            "rows": [[*lonlat, 0, record_key(ORIGIN, "", "start").partition("/")[2], tip]],
            "rank": 9,
        },
        name="Start",
        legend=(
            LegendEntry(
                label="Start of the routes" + (f", {SIMULATED}" if simulated else ""),
                count=1,
                simulated=simulated,
                picture=svg,
            ),
        ),
        unplaced=0,
    )


def ring_svg(symbol: str, share: float, high: float) -> str:
    """A post's symbol in a ring filled clockwise to `share`, paler to the upper end of its band."""
    return _svg(
        f'<circle cx="19" cy="19" r="17.5" fill="#fdfcf9" stroke="{INK}" stroke-width="1"/>'
        f'<circle cx="19" cy="19" r="14" fill="none" stroke="#e5e0d4" stroke-width="5.5"/>'
        f"{_arc(high, opacity=0.38)}{_arc(share, opacity=1)}{_inner(symbol)}"
    )


def unknown_svg(symbol: str) -> str:
    """A post's symbol in a hatched ring with a dashed edge."""
    return _svg(
        f'{_HATCH}<circle cx="19" cy="19" r="17" fill="url(#lamassu-hatch)" stroke="{INK}"'
        f' stroke-width="1.2" stroke-dasharray="3 2.5"/>'
        f'<circle cx="19" cy="19" r="11" fill="#fdfcf9"/>{_inner(symbol, faint=True)}'
    )


def closed_svg(symbol: str) -> str:
    """A post's symbol crossed out."""
    return _svg(
        f'<circle cx="19" cy="19" r="17" fill="#fdfcf9" stroke="{INK}" stroke-width="1.2"/>'
        f'{_inner(symbol, faint=True)}<path d="M8 8 30 30M30 8 8 30" stroke="#fdfcf9"'
        f' stroke-width="6.5"/><path d="M8 8 30 30M30 8 8 30" stroke="{INK}" stroke-width="3.2"/>'
    )


def disc_svg(share: float, low: float, high: float, *, rank: int = 0) -> str:
    """A disc whose area is in proportion to `share`, thin rings for the ends of its band.

    A `rank` is written in it where it has room.
    """
    radii = [disc_radius_px(value) for value in (share, low, high)]
    reach = max(*radii, 4.0) + 1.5
    figure = (
        f'<text y="4" text-anchor="middle" font-family="sans-serif" font-size="11.5"'
        f' font-weight="700" fill="#fff" stroke="#5b1134" stroke-width="2.5"'
        f' paint-order="stroke">{rank}</text>'
        if rank and radii[0] >= 7
        else ""
    )
    rings = "".join(
        f'<circle r="{radius:.1f}" fill="none" stroke="{colour}" stroke-width="1"{dashes}/>'
        for radius, colour, dashes in (
            (radii[1], "#ffffff", ""),
            (radii[2], CORRIDOR, ' stroke-dasharray="2.5 2"' if radii[2] > 8 else ""),
        )
        if low != high
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * reach:.0f}" height="{2 * reach:.0f}"'
        f' viewBox="{-reach:.1f} {-reach:.1f} {2 * reach:.1f} {2 * reach:.1f}">'
        f'<circle r="{radii[0]:.1f}" fill="{CORRIDOR}" fill-opacity=".72" stroke="#fff"'
        f' stroke-width="1"/>{rings}{figure}</svg>'
    )


def hatched_svg() -> str:
    """A hatched disc: nothing is known."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" viewBox="0 0 20 20">'
        f'{_HATCH}<circle cx="10" cy="10" r="8.5" fill="url(#lamassu-hatch)" stroke="{INK}"'
        ' stroke-width="1.2" stroke-dasharray="3 2.5"/></svg>'
    )


def shield_svg(text: str, *, colour: str) -> str:
    """A shield with a number of ours on it."""
    size = 15 if len(text) == 1 else 12
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="28" height="34" viewBox="0 0 28 34">'
        f'<path d="{_SHIELD}" fill="{colour}" stroke="#fff" stroke-width="2.4"/>'
        f'<text x="14" y="19.5" text-anchor="middle" font-family="sans-serif" font-weight="700"'
        f' font-size="{size}" fill="#fff">{text}</text></svg>'
    )


def target_svg() -> str:
    """A ring within a ring: the start."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 30 30">'
        f'<circle cx="15" cy="15" r="12.5" fill="#fdfcf9" stroke="{INK}" stroke-width="2.5"/>'
        f'<circle cx="15" cy="15" r="6.5" fill="{CORRIDOR}" stroke="{INK}" stroke-width="1.5"/>'
        "</svg>"
    )


def disc_radius_px(share: float) -> float:
    """Radius of a disc: its area is in proportion to the share, and never too small to be seen."""
    return max(4.0, 34 * math.sqrt(max(share, 0.0)))


def _posts(
    kind: str,
    frame: gpd.GeoDataFrame,
    *,
    study_id: str,
    simulated: bool,
    name: str,
    picture: Callable[[dict[str, Any]], tuple[str, int]],
    tip: Callable[[dict[str, Any], bool], str],
    states: Callable[[dict[str, Any]], str],
    rank: int,
    pictures: dict[str, tuple[str, str]],
    scale: Sequence[tuple[str, str]] = (),
) -> MapLayer:
    """One picture a row; the legend holds the steps of a scale and the states that occur."""
    placed = has_place(frame)
    shown = frame[placed]
    rows = shown.to_dict("records")
    lonlats = points_of(shown.geometry.to_numpy()).tolist()
    drawn = [picture(row) for row in rows]
    distinct = list(dict.fromkeys(drawn))
    content = {
        "pictures": [[html, width, int(simulated)] for html, width in distinct],
        "rows": [
            [
                *lonlat,
                distinct.index(one),
                record_key(kind, study_id, str(row.get("id", row.get("rank")))).partition("/")[2],
                tip(row, simulated),
            ]
            for lonlat, one, row in zip(lonlats, drawn, rows, strict=True)
        ],
        "rank": rank,
    }
    found = [states(row) for row in rows]
    counted = tuple(
        LegendEntry(
            label=label + (f", {SIMULATED}" if simulated else ""),
            count=found.count(state),
            simulated=simulated,
            picture=svg,
        )
        for state, (label, svg) in pictures.items()
        if state in found
    )
    steps = tuple(
        LegendEntry(label=label, count=None, picture=svg) for label, svg in (scale if rows else ())
    )
    return finished(
        kind, content, name=name, legend=(*steps, *counted), unplaced=int((~placed).sum())
    )


def _exit_state(row: dict[str, Any]) -> str:
    """Whether an exit is closed, cannot be reached, or has a share."""
    if row["closed"]:
        return "closed"
    return "reached" if row["reachable"] and not math.isnan(row["share"]) else "unknown"


def _exit_picture(row: dict[str, Any]) -> tuple[str, int]:
    """The exit's picture with its share in figures, and its width; a small share is small."""
    symbol = f"post {row['kind']}"
    state = _exit_state(row)
    if state == "closed":
        return f'<div class="lamassu-small">{closed_svg(symbol)}</div>', 24
    if state == "unknown":
        return f'<div class="lamassu-small">{unknown_svg(symbol)}</div>', 24
    share, high = round(row["share"], 2), round(row["share_high"], 2)
    if share < 0.02:
        return f'<div class="lamassu-small">{ring_svg(symbol, share, high)}</div>', 24
    figure = f'<span class="lamassu-value">{percent(row["share"])}</span>'
    return ring_svg(symbol, share, high) + figure, 38


def _exit_tip(row: dict[str, Any], simulated: bool) -> str:
    """Name, kind, share and time with their bands, or why there is none."""
    marks = (SIMULATED,) if simulated else ()
    facing = f", facing {row['facing_country']}" if row["facing_country"] else ""
    kind = f"{row['kind']} post, {row['country']}{facing}"
    state = _exit_state(row)
    if state == "closed":
        return tooltip(row["name"], kind, "closed in this question", marks=marks)
    if state == "unknown":
        why = row["why"] or "no way to it is known"
        return tooltip(row["name"], kind, f"unknown: {why}", marks=marks)
    return tooltip(
        row["name"],
        kind,
        f"{percent(row['share'])} of the plausible routes "
        f"({share_band(row['share_low'], row['share_high'])})",
        f"{hours(row['time_h'])} on the way "
        f"({hours(row['time_h_low'])} to {hours(row['time_h_high'])})",
        marks=marks,
    )


def _unknown(row: dict[str, Any]) -> bool:
    """Whether nothing can be said of a post."""
    return bool(row["unknown"]) or math.isnan(row["share"])


def _exposure_picture(row: dict[str, Any]) -> tuple[str, int]:
    """A disc with the post's rank, and its width."""
    if _unknown(row):
        return hatched_svg(), 20
    shares = [round(row[name], 3) for name in ("share", "share_low", "share_high")]
    rank = int(row["rank"]) if row["rank"] <= 10 else 0
    return disc_svg(*shares, rank=rank), round(2 * (disc_radius_px(max(shares)) + 1.5))


def _exposure_tip(row: dict[str, Any], simulated: bool) -> str:
    """Name, share with its band, chance to be among the first, and what it rests on."""
    marks = (SIMULATED,) if simulated else ()
    facing = f", facing {row['facing_country']}" if row["facing_country"] else ""
    kind = f"{row['kind']} post, {row['country']}{facing}"
    if _unknown(row):
        why = row["why"] or "no road to it is known"
        return tooltip(row["name"], kind, f"unknown: {why}", marks=marks)
    return tooltip(
        f"{int(row['rank'])}. {row['name']}",
        kind,
        f"{percent(row['share'])} of the assumed flow "
        f"({share_band(row['share_low'], row['share_high'])})",
        f"{percent(row['data_share'])} of this from seizures, the rest assumed",
        marks=marks,
    )


def _check_tip(row: dict[str, Any], simulated: bool) -> str:
    """Rank and name, and what the checks up to this one catch."""
    return tooltip(
        f"{int(row['rank'])}. {row['name']}",
        f"check at a {'border post' if row['kind'] == 'post' else 'road'}",
        f"with those before it: {percent(row['catch_before'])} of the routes pass a check",
        f"after smugglers adapt: {percent(row['catch_after'])}",
        marks=(SIMULATED,) if simulated else (),
    )


def _short(name: str) -> str:
    """A name in at most 40 letters, as inert HTML."""
    flat = " ".join(str(name)[:200].split())
    return safe_html(flat if len(flat) <= 40 else flat[:39].rstrip() + "…")


def _svg(inner: str) -> str:
    """A picture 38 pixels wide and high."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="38" height="38" viewBox="0 0 38 38">'
        f"{inner}</svg>"
    )


def _arc(share: float, *, opacity: float) -> str:
    """A part of the ring, clockwise from the top."""
    if not share > 0:
        return ""
    whole = 2 * math.pi * 14
    return (
        f'<circle cx="19" cy="19" r="14" fill="none" stroke="{CORRIDOR}" stroke-width="5.5"'
        f' stroke-opacity="{opacity:g}" stroke-dasharray="{min(share, 1) * whole:.2f} {whole:.2f}"'
        ' transform="rotate(-90 19 19)"/>'
    )


def _inner(symbol: str, *, faint: bool = False) -> str:
    """A post's symbol in the middle of a ring; an unheard-of kind as a land crossing."""
    one = SYMBOLS.get(symbol, SYMBOLS["post land"])
    path = "M" + "L".join(f"{19 + 7 * x:.1f} {19 - 7 * y:.1f}" for x, y in one.outline) + "Z"
    pale = ' opacity=".55"' if faint else ""
    return f'<path d="{path}" fill="{one.fill}" stroke="{INK}" stroke-width="1"{pale}/>'
