"""Names on the map: of countries, sites, posts and towns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patheffects import Stroke
from shapely.geometry.base import BaseGeometry

from layers.briefing.ground import Points, View
from layers.briefing.labels import Name, Placed, overlap, place
from layers.briefing.sheet import Box
from layers.briefing.tally import LINE_KINDS, Drawn
from layers.briefing.text import MM_PER_POINT, clean, font, width_mm
from layers.briefing.ways import END_MM
from layers.style import INK

MOST_NAMES = 34
"""More would cover the map."""


def country_names(
    axes: Axes,
    countries: Iterable[tuple[str, BaseGeometry]],
    view: View,
    *,
    size: float,
    taken: Iterable[Box],
) -> list[Box]:
    """Names of countries in pale spaced capitals where there is room; gives the room they take.

    A map within one country does without.
    """
    west, south, east, north = view.bounds
    seen = [
        (name, shapely.clip_by_rect(shape, west, south, east, north)) for name, shape in countries
    ]
    seen = [(name, shape) for name, shape in seen if shape.area]
    if len({name for name, _ in seen}) < 2:
        return []
    used: list[Box] = []
    for name, shape in seen:
        largest = max(shapely.get_parts(shape), key=lambda part: part.area)
        if largest.area < 0.012 * (east - west) * (north - south):
            continue
        reach = shapely.maximum_inscribed_circle(largest, tolerance=5 * view.metres_per_mm)
        text = "\u2009".join(clean(name[:60]).upper())
        wide, high = width_mm(text, size), size * MM_PER_POINT
        if wide > 2.4 * reach.length / view.metres_per_mm:
            continue
        x, y = view.mm(shapely.get_coordinates(reach)[:1])[0].tolist()
        x = min(max(x, view.box.left + wide / 2 + 1), view.box.right - wide / 2 - 1)
        room = Box(left=x - wide / 2, top=y - high, width=wide, height=1.2 * high)
        if any(overlap(room, other) for other in (*taken, *used)):
            continue
        used.append(room)
        _written(axes, *view.from_mm(x, y), text, size=size, weight="regular", colour="#6f7987",
                 z=3.5, align="center")  # fmt: skip
    return used


def draw_names(
    axes: Axes,
    view: View,
    drawn: Mapping[str, Drawn],
    places: Mapping[str, Points],
    *,
    focus: Name | None,
    taken: list[Box],
    radius_mm: float,
    first: frozenset[str] = frozenset(),
) -> None:
    """The focus, posts whose id is among `first`, listed sites, posts, other sites and towns.

    As far as there is room, in this order.
    """
    wanted = [*([focus] if focus else []), *_named(drawn, view, radius_mm, focus, first)]
    r = radius_mm
    symbols = [
        Box(left=x - r, top=y - r, width=2 * r, height=2 * r)
        for kind, part in drawn.items()
        if kind not in LINE_KINDS
        for x, y in view.mm(places[kind][part.visible][:600]).tolist()
    ]
    for placed in place(wanted, frame=view.box, taken=[*taken, *symbols], at_most=MOST_NAMES):
        _label(axes, view, placed)


def short_name(name: str) -> str:
    """The first of several names that a gazetteer gives in one."""
    whole = clean(name[:200])
    return whole.split("/")[0].strip(" []") or whole


def _shorter(name: str) -> str:
    """A name without what stands in brackets, and with a short word for airport."""
    return (name.split(" (", maxsplit=1)[0] or name).replace("International Airport", "Airport")


def _named(
    drawn: Mapping[str, Drawn],
    view: View,
    radius_mm: float,
    focus: Name | None,
    first: frozenset[str],
) -> list[Name]:
    """Names of sites, posts and towns in the frame, the most important first."""
    middle = (view.box.left + view.box.width / 2, view.box.top + view.box.height / 2)
    centre = (focus.x, focus.y) if focus else middle
    ranked: list[tuple[int, float, Name]] = []
    for kind in ("sites", "posts"):
        if kind not in drawn:
            continue
        part = drawn[kind]
        chosen = np.flatnonzero(part.visible)
        for index, (x, y) in zip(chosen, view.mm(part.xy[chosen]).tolist(), strict=True):
            wanted = kind == "posts" and part.frame["id"].iloc[index] in first
            rank = {"site listed": 0, "post land": 1, "post sea": 1}.get(part.keys[index], 2)
            rank = -1 if wanted else rank
            text = short_name(part.frame["name"].iloc[index])
            name = Name(
                text=_shorter(text) if wanted else text, x=x, y=y,
                size=7.5 if wanted else 7,
                weight="bold" if rank <= 0 else "regular",
                clearance=END_MM if wanted else radius_mm, patience=4.0 if wanted else 0.0,
            )  # fmt: skip
            if focus is None or (name.text, x, y) != (focus.text, focus.x, focus.y):
                ranked.append((rank, float(np.hypot(x - centre[0], y - centre[1])), name))
    if "roads" in drawn:
        ranked.extend(
            (0 if links >= _CITY_LINKS else 2, -links, name)
            for name, links in _towns(drawn["roads"], view)
        )
    ranked.sort(key=lambda item: item[:2])
    return [name for _, _, name in ranked]


_CITY_LINKS = 5
"""From so many links on, a town is named before posts and sites that are not listed."""


def _towns(roads: Drawn, view: View) -> list[tuple[Name, int]]:
    """Each named end of a link in the frame, with the number of its links."""
    found: dict[str, tuple[tuple[float, float], int]] = {}
    rows = roads.frame[roads.visible]
    for shape, start, end in zip(rows.geometry, rows["from_name"], rows["to_name"], strict=True):
        points = shapely.get_coordinates(shape)
        for name, lonlat in ((start, points[0]), (end, points[-1])):
            if not name or len(name) > 20 or "/" in name or "junction" in name:
                continue
            xy = view.xy(lonlat[np.newaxis])
            if view.inside(xy)[0]:
                x, y = view.mm(xy)[0].tolist()
                found[name] = ((x, y), found.get(name, ((x, y), 0))[1] + 1)
    return [
        (
            Name(
                text=text,
                x=x,
                y=y,
                size=7,
                weight="italic",
                clearance=0.8,
                patience=2.4 if links >= _CITY_LINKS else 0.0,
            ),
            links,
        )
        for text, ((x, y), links) in found.items()
    ]


def _label(axes: Axes, view: View, placed: Placed) -> None:
    """A name with a pale rim, so that it reads on any ground."""
    x, y = view.from_mm(placed.left, placed.baseline)
    name = placed.name
    if name.weight == "italic":
        axes.scatter(*view.from_mm(name.x, name.y), s=5, marker="o", facecolor="white",
                     edgecolor=INK, linewidth=0.6, zorder=5.5)  # fmt: skip
    _written(axes, x, y, placed.text, size=name.size, weight=name.weight, colour=INK, z=9)


def _written(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    weight: str,
    colour: str,
    z: float,
    align: str = "left",
) -> None:
    """Text twice: its rim as a shape, then itself, so that it stays text in a PDF."""
    for rim in (True, False):
        made = axes.text(
            x, y, text, fontproperties=font(weight).copy(), size=size,
            color=colour, ha=align, va="baseline", zorder=z, parse_math=False, clip_on=True,
        )  # fmt: skip
        if rim:
            made.set_path_effects([Stroke(linewidth=1.9, foreground="white")])
