"""The map on the page: ground, picture, layers, names, and its furniture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
from affine import Affine
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from geo.grid import ELLIPSOID, Grid
from geo.model import Precision
from geo.snapshot import Snapshot
from layers.briefing.furniture import GridLine, graticule
from layers.briefing.ground import Points, View, land
from layers.briefing.labels import Name
from layers.briefing.lettering import country_names, draw_names, short_name
from layers.briefing.plates import draw_plates
from layers.briefing.sheet import ALARM, POINTS_PER_PX, QUIET, Box, Sheet, outline_path
from layers.briefing.tally import KIND_NAMES, LINE_KINDS, Drawn
from layers.briefing.text import MM_PER_POINT, font, width_mm
from layers.briefing.ways import (
    badges,
    courses,
    draw_badges,
    draw_ends,
    draw_ways,
    exit_ids,
    kept_clear,
    line_rooms,
    stretches,
)
from layers.imagery import true_colour
from layers.imagery.placing import on_grid
from layers.style import INK, LINES, SIMULATED, SYMBOLS

SEA, LAND, BORDER = "#dfe9ef", "#f8f5ee", "#8b93a0"
GRATICULE = "#b9c4cd"
CELL = "#00664b"
WATERMARK = f"{SIMULATED} DATA"
MANY = 2_000
"""From so many symbols on, they are printed as a picture: the file stays small."""
MOST_PLACES = 220
"""Symbols and circles beyond this number make the symbols smaller."""


def draw(sheet: Sheet, snapshot: Snapshot, view: View, drawn: Mapping[str, Drawn]) -> None:
    """The map with everything on it."""
    frame = view.box
    west, south, east, north = view.bounds
    axes = sheet.map_axes(frame, xlim=(west, east), ylim=(south, north))
    axes.patch.set_facecolor(SEA)
    axes.axison = True
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    countries = land(snapshot.borders, snapshot.world, view)
    _ground(axes, countries)
    if snapshot.picture is not None:
        _picture(axes, snapshot, view)
        _ground(axes, countries, fill=False)
    lines = graticule(view)
    axes.add_collection(
        LineCollection([line.xy for line in lines], colors=GRATICULE, linewidths=0.4, zorder=3)
    )
    _degrees(sheet, view, lines)
    if "roads" in drawn:
        _roads(axes, drawn["roads"], view)
    radius_mm = symbol_radius_mm(drawn)
    _circles(axes, drawn, view)
    _cells(axes, drawn, view)
    no_symbol: dict[str, NDArray[np.bool_]] = {}
    if "alerts" in drawn:
        no_symbol["alerts"] = outlined(drawn["alerts"], view, radius_mm)
        _alerts(axes, drawn["alerts"], no_symbol["alerts"], view)
    places = spread(drawn, view, radius_mm)
    for kind in KIND_NAMES:
        if kind in drawn and kind not in LINE_KINDS:
            part = drawn[kind]
            shown = part.visible & ~no_symbol.get(kind, np.zeros(len(part.frame), dtype=bool))
            _symbols(axes, part, places[kind], shown, radius_mm)
    label = snapshot.picture_label if snapshot.picture else ""
    plates = draw_plates(sheet, view, label, clear=kept_clear(drawn, view))
    focus = _focus(axes, snapshot, drawn, places, view)
    taken = [*plates, *_routes(axes, drawn, view, focus=focus, plates=plates)]
    taken += country_names(axes, countries, view, size=8, taken=taken)
    draw_names(
        axes, view, drawn, places, focus=focus, taken=taken, radius_mm=radius_mm,
        first=exit_ids(drawn),
    )  # fmt: skip
    if snapshot.simulated:
        _watermark(axes, view, once=snapshot.picture is not None and snapshot.picture_simulated)
    sheet.rectangle(frame, edge=INK, width=0.9, z=3)


def symbol_radius_mm(drawn: Mapping[str, Drawn]) -> float:
    """Radius of a symbol: smaller where there are many."""
    count = sum(int(part.visible.sum()) for kind, part in drawn.items() if kind not in LINE_KINDS)
    return 1.5 if count < 60 else 1.2 if count < MOST_PLACES else 0.9


def shape_path(shape: BaseGeometry) -> Path | None:
    """A polygon or several as one path; None if there is no area."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    rings = [
        shapely.get_coordinates(ring) for part in parts for ring in (part.exterior, *part.interiors)
    ]
    return Path.make_compound_path(*(Path(ring, closed=True) for ring in rings)) if rings else None


def _ground(
    axes: Axes, countries: Iterable[tuple[str, BaseGeometry]], *, fill: bool = True
) -> None:
    """Countries and their borders."""
    for _, shape in countries:
        path = shape_path(shape)
        if path is not None:
            axes.add_patch(
                PathPatch(
                    path, facecolor=LAND if fill else "none", edgecolor=BORDER, linewidth=0.7,
                    zorder=1 if fill else 2.5, joinstyle="round",
                )
            )  # fmt: skip


def _picture(axes: Axes, snapshot: Snapshot, view: View) -> None:
    """The scene, warped to the map and cut to its frame."""
    if snapshot.picture is None:
        return
    picture = true_colour(snapshot.picture, simulated=snapshot.picture_simulated)
    west, south, east, north = view.bounds
    pixels_per_mm = 8
    rows, cols = int(view.box.height * pixels_per_mm), int(view.box.width * pixels_per_mm)
    target = Grid(
        crs=view.crs,
        transform=Affine((east - west) / cols, 0, west, 0, (south - north) / rows, north),
        shape=(rows, cols),
    )
    axes.imshow(
        on_grid(picture.rgba, picture.grid, target), extent=(west, east, south, north),
        interpolation="none", aspect="auto", zorder=2,
    )  # fmt: skip
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)


def _degrees(sheet: Sheet, view: View, lines: Iterable[GridLine]) -> None:
    """Degrees below and to the left of the frame, each with a tick, none upon another."""
    frame = view.box
    last = {True: -99.0, False: 999.0}
    for line in sorted(lines, key=lambda one: (one.is_meridian, one.meets or 0.0)):
        if line.meets is None:
            continue
        half = width_mm(line.label, 6.5) / 2
        if line.is_meridian:
            x = frame.left + (line.meets - view.bounds[0]) / view.metres_per_mm
            if x - half < max(last[True] + 2, frame.left) or x + half > frame.right:
                continue
            sheet.line((x, x), (frame.bottom, frame.bottom + 1), colour=INK, width=0.6)
            sheet.text(x, frame.bottom + 3.6, line.label, size=6.5, align="center", colour=QUIET)
            last[True] = x + half
        else:
            y = frame.top + (view.bounds[3] - line.meets) / view.metres_per_mm
            if y + half > min(last[False] - 2, frame.bottom) or y - half < frame.top:
                continue
            sheet.line((frame.left - 1, frame.left), (y, y), colour=INK, width=0.6)
            sheet.text(
                frame.left - 1.8, y, line.label, size=6.5, align="center", colour=QUIET, turn=90
            )
            last[False] = y - half


def _roads(axes: Axes, roads: Drawn, view: View) -> None:
    """Schematic links, the best known upmost."""
    for order, key in enumerate(reversed(LINES)):
        look = LINES[key]
        chosen = roads.visible & (roads.keys == key)
        shapes = [
            view.projected(part)
            for shape in roads.frame.geometry.to_numpy()[chosen]
            for part in shapely.get_parts(shape)
            if part.geom_type == "LineString"
        ]
        paths = [shapely.get_coordinates(shape) for shape in shapes if shape.geom_type != "Point"]
        if not paths:
            continue
        width = look.width_px * POINTS_PER_PX
        dashes: Any = (0, tuple(d * POINTS_PER_PX for d in look.dashes_px))
        axes.add_collection(
            LineCollection(
                paths, colors=look.colour, linewidths=width, zorder=4 + 0.01 * order,
                linestyles=[dashes if look.dashes_px else "-"], capstyle="butt",
            )
        )  # fmt: skip
        if look.core:
            axes.add_collection(
                LineCollection(
                    paths, colors=look.core, linewidths=0.5 * width, zorder=4 + 0.01 * order,
                    linestyles=[(0, (4, 4))], capstyle="butt",
                )
            )  # fmt: skip


def precision_circles(drawn: Mapping[str, Drawn]) -> list[tuple[float, float, float]]:
    """Longitude, latitude and radius in metres of each distinct imprecise place."""
    found: dict[tuple[float, float, float], None] = {}
    for kind, part in drawn.items():
        if kind in {*LINE_KINDS, "alerts"}:
            continue
        points = shapely.get_coordinates(shapely.point_on_surface(part.frame.geometry.to_numpy()))
        for (lon, lat), precision in zip(points.tolist(), part.frame["precision"], strict=True):
            radius = Precision(precision).radius_m
            if precision in {Precision.TOWN, Precision.PROVINCE} and radius is not None:
                found[round(lon, 4), round(lat, 4), radius] = None
    return list(found)


def circle_paths(drawn: Mapping[str, Drawn], view: View) -> list[Points]:
    """Projected circles on the ellipsoid about imprecise places, as far as they can be seen."""
    turns = np.linspace(0, 360, 73)
    frame = shapely.box(*view.bounds)
    paths = []
    for lon, lat, radius_m in precision_circles(drawn):
        if radius_m / view.metres_per_mm < symbol_radius_mm(drawn):
            continue
        ring = ELLIPSOID.fwd(
            np.full_like(turns, lon), np.full_like(turns, lat), turns,
            np.full_like(turns, radius_m),
        )  # fmt: skip
        xy = view.xy(np.column_stack(ring[:2]))
        if np.isfinite(xy).all() and frame.intersects(LineString(xy)):
            paths.append(xy)
    return paths


def _routes(
    axes: Axes,
    drawn: Mapping[str, Drawn],
    view: View,
    *,
    focus: Name | None,
    plates: list[Box],
) -> list[Box]:
    """Routes with their ends and ranks; gives the room that names must keep off."""
    if "routes" not in drawn:
        return []
    routes = drawn["routes"]
    lines = courses(drawn)
    pieces = stretches(routes, lines)
    draw_ways(axes, view, pieces)
    rooms = draw_ends(axes, routes, lines, view, start=focus is None)
    if focus is not None:
        reach = focus.clearance
        rooms.append(
            Box(left=focus.x - reach, top=focus.y - reach, width=2 * reach, height=2 * reach)
        )
    placed = badges(routes, view, pieces, taken=[*plates, *rooms])
    draw_badges(axes, view, placed)
    return [*(one.room for one in placed), *rooms, *line_rooms(view, pieces)]


def _circles(axes: Axes, drawn: Mapping[str, Drawn], view: View) -> None:
    """A thin dashed circle about each imprecise place."""
    paths = circle_paths(drawn, view)
    if paths:
        axes.add_collection(
            LineCollection(paths, colors=QUIET, linewidths=0.45, linestyles=[(0, (4, 3))],
                           zorder=4.5)
        )  # fmt: skip


def cell_shapes(drawn: Mapping[str, Drawn], view: View) -> list[BaseGeometry]:
    """Projected cells that stand for places, once each, as far as they are wider than symbols."""
    shapes: dict[bytes, BaseGeometry] = {}
    for part in drawn.values():
        if "generalised" in part.frame:
            chosen = part.frame["generalised"].to_numpy(dtype=bool) & part.visible
            for shape in part.frame.geometry.to_numpy()[chosen]:
                shapes[shapely.to_wkb(shape)] = shape
    narrowest_m = 2.2 * symbol_radius_mm(drawn) * view.metres_per_mm
    projected = [view.projected(shapely.segmentize(shape, 0.05)) for shape in shapes.values()]
    return [shape for shape in projected if shape.area >= narrowest_m**2]


def _cells(axes: Axes, drawn: Mapping[str, Drawn], view: View) -> None:
    """The cells that stand for places."""
    _outlines(axes, cell_shapes(drawn, view), edge=CELL, width=0.7, fill="#009e7326")


def outlined(part: Drawn, view: View, radius_mm: float) -> NDArray[np.bool_]:
    """Which flagged polygons are wider than a symbol, so that their outline is drawn instead."""
    kinds = part.frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy(dtype=bool)
    exact = part.visible & kinds
    if "generalised" in part.frame:
        exact &= ~part.frame["generalised"].to_numpy(dtype=bool)
    widths = np.array([np.sqrt(view.projected(s).area) for s in part.frame.geometry], dtype=float)
    return np.asarray(exact & (widths > 2 * radius_mm * view.metres_per_mm), dtype=bool)


def _alerts(axes: Axes, part: Drawn, chosen: NDArray[np.bool_], view: View) -> None:
    """Flagged polygons as outlines, vermilion on white on ink, so that they show on any ground.

    A dashed outline is SIMULATED.
    """
    colour = SYMBOLS["alert"].fill
    for invented in (False, True):
        rows = chosen & (part.simulated == invented)
        shapes = [view.projected(shape) for shape in part.frame.geometry.to_numpy()[rows]]
        _outlines(axes, shapes, edge=INK, width=3.6, fill="none")
        _outlines(axes, shapes, edge="white", width=2.7, fill="none")
        _outlines(axes, shapes, edge=colour, width=1.7, fill="none", dashed=invented)


def _outlines(
    axes: Axes,
    shapes: Iterable[BaseGeometry],
    *,
    edge: str,
    width: float,
    fill: str,
    dashed: bool = False,
) -> None:
    """Polygons with one look."""
    paths = [path for path in map(shape_path, shapes) if path is not None]
    axes.add_collection(
        PathCollection(
            paths, facecolors=fill, edgecolors=edge, linewidths=width, zorder=5,
            linestyles=[(0, (4, 1.2)) if dashed else "-"],
        )
    )  # fmt: skip


def spread(drawn: Mapping[str, Drawn], view: View, radius_mm: float) -> dict[str, Points]:
    """Where each record's symbol stands: in its place, or beside it if that is taken.

    Symbols of one place are set around the first, at a symbol's distance, where this moves them by
    no more than `FARTHEST_M`; else they lie upon one another.
    """
    step_mm = 2.1 * radius_mm
    places = {kind: part.xy.copy() for kind, part in drawn.items()}
    if step_mm * view.metres_per_mm > FARTHEST_M:
        return places
    seats: dict[tuple[int, int], dict[str, int]] = {}
    for kind in (*_SEATED_FIRST, *(k for k in drawn if k not in {*_SEATED_FIRST, *LINE_KINDS})):
        if kind not in drawn:
            continue
        part = drawn[kind]
        spots = np.round(view.mm(part.xy) / radius_mm)
        for index in np.flatnonzero(part.visible):
            taken = seats.setdefault((int(spots[index, 0]), int(spots[index, 1])), {})
            seat = taken.setdefault(part.keys[index], len(taken))
            if seat:
                turn = np.radians(SEATS_DEG[(seat - 1) % len(SEATS_DEG)])
                away_m = step_mm * view.metres_per_mm
                places[kind][index] += away_m * np.array([np.cos(turn), np.sin(turn)])
    return places


FARTHEST_M = 4_000.0
SEATS_DEG = (135, 45, 225, 315, 90, 270, 180, 0)
"""Where further symbols of one place stand, anticlockwise from the east."""
_SEATED_FIRST = ("sites", "posts", "alerts")


def _symbols(
    axes: Axes, part: Drawn, xy: Points, shown: NDArray[np.bool_], radius_mm: float
) -> None:
    """Each record's symbol; small polygons and cells have theirs in the middle."""
    area = (2 * radius_mm / MM_PER_POINT) ** 2
    level = 6 + 0.1 * list(KIND_NAMES).index(part.kind)
    many = len(part.frame) > MANY
    for key in dict.fromkeys(part.keys[shown]):
        chosen = shown & (part.keys == key)
        symbol = SYMBOLS[key]
        fill, edge, width = (
            ("white", symbol.fill, 1.1) if symbol.hollow else (symbol.fill, INK, 0.4)
        )
        axes.scatter(
            xy[chosen][:, 0],
            xy[chosen][:, 1], s=area, marker=outline_path(key), facecolor=fill, edgecolor=edge,
            linewidth=width, zorder=level, rasterized=many,
        )  # fmt: skip
    invented = shown & part.simulated
    if invented.any():
        axes.scatter(
            xy[invented][:, 0],
            xy[invented][:, 1], s=2.4 * area, marker="o", facecolor="none", edgecolor=ALARM,
            linewidth=0.7, linestyle=(0, (1.6, 1.2)), zorder=level, rasterized=many,
        )  # fmt: skip


def _focus(
    axes: Axes,
    snapshot: Snapshot,
    drawn: Mapping[str, Drawn],
    places: Mapping[str, Points],
    view: View,
) -> Name | None:
    """The ring about the record that the page is of, and its name; None if it has no place."""
    if snapshot.focus is None or snapshot.focus[0] not in drawn:
        return None
    kind, wanted = snapshot.focus
    part = drawn[kind]
    found = np.flatnonzero((part.frame["id"] == wanted).to_numpy() & part.visible)
    if not len(found):
        return None
    xy = part.xy[found[:1]]
    radius_mm = symbol_radius_mm(drawn)
    neighbours = [
        np.hypot(*(places[kind][part.visible] - xy).T) < 2.2 * radius_mm * view.metres_per_mm
        for kind, part in drawn.items()
        if kind not in LINE_KINDS
    ]
    ring_mm = (2.3 if sum(int(near.sum()) for near in neighbours) < 2 else 3.5) * radius_mm
    area = (2 * ring_mm / MM_PER_POINT) ** 2
    for colour, width in (("white", 3.4), (INK, 1.5)):
        axes.scatter(xy[:, 0],
            xy[:, 1], s=area, marker="o", facecolor="none", edgecolor=colour,
                     linewidth=width, zorder=8)  # fmt: skip
    name = short_name(part.frame["name"].iloc[found[0]]) if "name" in part.frame else wanted
    x, y = view.mm(xy)[0]
    return Name(text=name, x=x, y=y, size=10, weight="bold", clearance=ring_mm + 0.3)


def _watermark(axes: Axes, view: View, *, once: bool) -> None:
    """The word across the map, three times, so that no part of it can be cut out without it.

    Once is enough upon a picture, which has it in its cells.
    """
    frame = view.box
    turn = float(np.degrees(np.arctan2(frame.height, frame.width)))
    for share in (0.5,) if once else (0.2, 0.5, 0.8):
        x, y = view.from_mm(frame.left + frame.width * 0.5, frame.top + frame.height * share)
        axes.text(
            x, y, WATERMARK, fontproperties=font("bold").copy(), size=38, color=ALARM,
            alpha=0.17, ha="center", va="center", rotation=turn * 0.55, zorder=12,
            parse_math=False, clip_on=True,
        )  # fmt: skip
