"""Routes on the page: as wide as their share, as dark as that is sure, numbered by rank."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray
from shapely.geometry import LineString, box
from shapely.geometry.base import BaseGeometry

from layers.briefing.ground import Points, View
from layers.briefing.labels import overlap
from layers.briefing.sheet import Box
from layers.briefing.tally import Drawn
from layers.briefing.text import MM_PER_POINT, font
from layers.style import CORRIDOR, INK

BANDS = ((0.10, "#8b1a4f"), (0.30, "#c58fa8"), (float("inf"), "#f3e4ea"))
"""Greatest width of the 5 to 95 % band of a share, and what a line is filled with; from dark to
pale in grey as well."""

WIDTHS_SHOWN = (0.05, 0.25, 0.75)
"""Shares whose width the legend shows."""

MOST_NUMBERS = 10
"""Routes with a number on the map, the likeliest first; more would cover it."""

BADGE_MM, END_MM = 1.55, 2.1
"""Radius of a number and of the ring about an exit."""

EDGE_PT = 0.55
"""Outline of a line, in the full colour, so that pale ones can be seen in print."""
_KEY_DIGITS = 7
"""Two routes share a piece of road where its ends agree to so many digits of a degree."""
_STEP_MM = 2.0
"""Distance of the places along a line where a number may stand."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stretch:
    """A piece of line that the same routes use from end to end."""

    lonlats: NDArray[np.float64]
    """Its vertices, shape (n, 2)."""
    routes: tuple[int, ...]
    """Rows of the routes that use it."""
    share: float
    """Sum of their shares, 0 to 1."""
    band: float
    """Width of the band of their shares, the mean of them by share; NaN if unknown."""
    schematic: bool
    """True if every route that uses it is schematic, or told from cell to cell."""
    cell_deg: float
    """Width of the cells through which it is told; 0 where it is told as held."""

    @property
    def width_pt(self) -> float:
        """How wide it is drawn."""
        return width_pt(self.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A rank with its place on the sheet."""

    text: str
    """The number."""
    x: float
    """In millimetres."""
    y: float
    """In millimetres, downwards."""

    @property
    def radius_mm(self) -> float:
        """Of its circle."""
        return BADGE_MM if len(self.text) == 1 else BADGE_MM + 0.3

    @property
    def room(self) -> Box:
        """What it covers."""
        size = 2 * self.radius_mm + 0.4
        return Box(left=self.x - size / 2, top=self.y - size / 2, width=size, height=size)


def width_pt(share: float) -> float:
    """Width of a line in points: 0.6 for next to none of the routes, 7 for all of them."""
    return 0.6 + 6.4 * min(max(share, 0.0), 1.0)


def fill_of(band: float) -> str:
    """Colour of a line by the width of its band; an unknown band counts as the widest."""
    return next((colour for most, colour in BANDS if band <= most + 1e-9), BANDS[-1][1])


def courses(drawn: Mapping[str, Drawn]) -> list[NDArray[np.float64]]:
    """Vertices of each route from its start to its exit, shape (n, 2); none of one in a cell.

    One that is told from cell to cell ends at its post, which is no secret.
    """
    routes = drawn["routes"].frame
    posts = drawn["posts"].frame if "posts" in drawn else None
    found = []
    for shape, exit_id, coarse in zip(
        routes.geometry, routes["exit_id"], _coarse(drawn["routes"]), strict=True
    ):
        lonlats = _vertices(shape)
        if coarse and len(lonlats) and posts is not None and (posts["id"] == exit_id).any():
            post = posts.geometry[posts["id"] == exit_id].iloc[0].representative_point()
            lonlats = np.vstack([lonlats[:-1], [[post.x, post.y]]])
        found.append(lonlats)
    return found


def _coarse(routes: Drawn) -> NDArray[np.bool_]:
    """Which routes are told from cell to cell."""
    if "generalised" not in routes.frame:
        return np.zeros(len(routes.frame), dtype=bool)
    return np.asarray(routes.frame["generalised"], dtype=bool)


def stretches(routes: Drawn, lines: Sequence[NDArray[np.float64]]) -> list[Stretch]:
    """The lines of routes cut where others join or leave them, once each, the widest first."""
    ends = [_ends(lonlats) for lonlats in lines]
    if not sum(map(len, ends)):
        return []
    _, piece = np.unique(np.vstack(ends), axis=0, return_inverse=True)
    piece = piece.ravel()
    owner = np.repeat(np.arange(len(ends)), [len(part) for part in ends])
    users, group = _users(piece, owner)
    done = np.zeros(len(group), dtype=bool)
    found: list[Stretch] = []
    for row, lonlats in enumerate(lines):
        mine = piece[owner == row]
        alike = 2 * group[mine] + done[mine]
        cuts = [0, *(np.flatnonzero(np.diff(alike)) + 1).tolist(), len(mine)]
        found += [
            _stretch(routes, lonlats[start : end + 1], users[group[mine[start]]])
            for start, end in itertools.pairwise(cuts)
            if start < end and not done[mine[start]]
        ]
        done[mine] = True
    return sorted(found, key=lambda one: -one.share)


def _users(
    piece: NDArray[np.intp], owner: NDArray[np.intp]
) -> tuple[list[tuple[int, ...]], NDArray[np.intp]]:
    """Each set of routes that shares a piece of line, and the number of that set for each piece."""
    pairs = np.unique(np.column_stack([piece, owner]), axis=0)
    firsts = np.flatnonzero(np.append(True, np.diff(pairs[:, 0]) != 0))
    sets = [tuple(part.tolist()) for part in np.split(pairs[:, 1], firsts[1:])]
    numbers = {users: number for number, users in enumerate(dict.fromkeys(sets))}
    return list(numbers), np.array([numbers[users] for users in sets])


def _vertices(shape: BaseGeometry) -> NDArray[np.float64]:
    """Vertices of a line in travel order, none twice in a row; none of another shape."""
    if shape.geom_type not in {"LineString", "MultiLineString"}:
        return np.zeros((0, 2))
    lonlats = np.round(shapely.get_coordinates(shape), _KEY_DIGITS)
    return np.asarray(lonlats[np.append(True, (np.diff(lonlats, axis=0) != 0).any(axis=1))])


def _ends(lonlats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Both ends of each piece of a line in an order that both directions share, shape (n, 4)."""
    if len(lonlats) < 2:
        return np.zeros((0, 4))
    one, other = lonlats[:-1], lonlats[1:]
    swap = (one[:, 0] > other[:, 0]) | ((one[:, 0] == other[:, 0]) & (one[:, 1] > other[:, 1]))
    first, last = (np.where(swap[:, None], b, a) for a, b in ((one, other), (other, one)))
    return np.hstack([first, last])


def _stretch(routes: Drawn, lonlats: NDArray[np.float64], users: tuple[int, ...]) -> Stretch:
    """A piece with the numbers of the routes that use it."""
    rows = routes.frame.iloc[list(users)]
    shares = np.nan_to_num(rows["share"].to_numpy())
    bands = (rows["share_high"] - rows["share_low"]).to_numpy()
    total = float(shares.sum())
    coarse = _coarse(routes)[list(users)]
    return Stretch(
        lonlats=lonlats,
        routes=users,
        share=total,
        band=float((shares * bands).sum() / total) if total else float("nan"),
        schematic=bool((rows["schematic"].to_numpy(dtype=bool) | coarse).all()),
        cell_deg=float(rows["cell_deg"].max()) if coarse.any() else 0.0,
    )


def draw_ways(axes: Axes, view: View, pieces: Sequence[Stretch]) -> None:
    """The lines: white rim, outline in the full colour, filled by certainty, dashed if schematic.

    Narrow ones lie above wide ones.
    """
    for order, piece in enumerate(pieces):
        line = drawn_line(piece, view)
        for extra, colour in ((1.3, "white"), (EDGE_PT, CORRIDOR), (0.0, fill_of(piece.band))):
            rim = colour == "white"
            axes.add_collection(
                LineCollection(
                    [shapely.get_coordinates(line)],
                    colors=colour,
                    linewidths=piece.width_pt + extra,
                    linestyles=[dashes(piece, piece.width_pt + extra) if not rim else "-"],
                    capstyle="butt",
                    joinstyle="round",
                    alpha=0.75 if rim else None,
                    zorder=5.2 + 0.3 * order / len(pieces),
                )
            )


def drawn_line(piece: Stretch, view: View) -> LineString:
    """A piece as it is drawn, projected: steps from cell to cell are made even."""
    even = shapely.simplify(LineString(piece.lonlats), 0.75 * piece.cell_deg)
    line: LineString = shapely.simplify(
        LineString(view.xy(shapely.get_coordinates(even))), 0.04 * view.metres_per_mm
    )
    return line


def dashes(piece: Stretch, drawn_pt: float) -> Any:  # noqa: ANN401 - what matplotlib takes
    """The pattern of a line; matplotlib takes it in widths of the line that it is drawn with."""
    if not piece.schematic:
        return "-"
    long_pt = min(2.2 * piece.width_pt + 1.5, 8.0)
    gap_pt = min(0.9 * piece.width_pt + 0.7, 3.0)
    return (0, (long_pt / drawn_pt, gap_pt / drawn_pt))


def end_xys(lines: Sequence[NDArray[np.float64]], view: View) -> list[tuple[float, float]]:
    """Where routes end, projected, once each, as far as that is in the frame."""
    ends = [view.xy(lonlats[-1:]) for lonlats in lines if len(lonlats)]
    return sorted({(float(xy[0, 0]), float(xy[0, 1])) for xy in ends if view.inside(xy)[0]})


def draw_ends(
    axes: Axes,
    routes: Drawn,
    lines: Sequence[NDArray[np.float64]],
    view: View,
    *,
    start: bool,
) -> list[Box]:
    """A ring where each route ends and, if asked, a target where they start; gives their room."""
    taken: list[Box] = []
    for xy in end_xys(lines, view):
        _disc(axes, xy, END_MM, fill="white", edge=CORRIDOR, width=1.2, z=5.6)
        taken.append(room_of(view, xy, END_MM))
    first = start_xy(routes, view)
    if start and first is not None:
        _disc(axes, first, 1.9, fill="white", edge=INK, width=1.3, z=8)
        _disc(axes, first, 1.0, fill=CORRIDOR, edge=INK, width=0.7, z=8.1)
        taken.append(room_of(view, first, 1.9))
    return taken


def start_xy(routes: Drawn, view: View) -> tuple[float, float] | None:
    """Where the likeliest route starts, projected; None if that is not in the frame."""
    if not len(routes.frame):
        return None
    shape = routes.frame.geometry.iloc[int(np.argmin(routes.frame["rank"]))]
    lonlats = _vertices(shape)
    place = lonlats[:1] if len(lonlats) else shapely.get_coordinates(shape.centroid)
    xy = view.xy(place)
    return (float(xy[0, 0]), float(xy[0, 1])) if view.inside(xy)[0] else None


def badges(
    routes: Drawn, view: View, pieces: Sequence[Stretch], *, taken: Sequence[Box]
) -> list[Badge]:
    """The ranks of the likeliest routes, each on a part of its line that is its own, if any.

    None leaves the frame; one that finds no free place stands where it covers least.
    """
    inner = box(*_inset(view, BADGE_MM + 0.8))
    placed: list[Badge] = []
    for row in np.argsort(routes.frame["rank"].to_numpy(), kind="stable")[:MOST_NUMBERS]:
        rank = str(routes.frame["rank"].iloc[row])
        spots = [
            Badge(text=rank, x=x, y=y) for x, y in _spots(routes, int(row), view, pieces, inner)
        ]
        if not spots:
            continue
        occupied = [*taken, *(one.room for one in placed)]
        free = (s for s in spots if not any(overlap(s.room, other) for other in occupied))
        best = next(free, None) or min(
            spots, key=lambda s: sum(overlap(s.room, other) for other in occupied)
        )
        placed.append(best)
    return placed


def _spots(
    routes: Drawn, row: int, view: View, pieces: Sequence[Stretch], inner: BaseGeometry
) -> list[tuple[float, float]]:
    """Places for a route's number in millimetres: where few others go, its longest part first."""
    shape = routes.frame.geometry.iloc[row]
    if not len(_vertices(shape)):
        xy = view.xy(shapely.get_coordinates(shape.centroid))
        centres = view.mm(xy[view.inside(xy)]).tolist()
        off = 2.6 * END_MM
        return [(x + dx, y + dy) for x, y in centres for dx, dy in ((off, 0), (-off, 0), (0, off))]
    parts: list[tuple[int, float, LineString]] = []
    for piece in pieces:
        if row not in piece.routes:
            continue
        seen = drawn_line(piece, view).intersection(inner)
        parts += [
            (len(piece.routes), -part.length, part)
            for part in shapely.get_parts(seen)
            if part.geom_type == "LineString" and part.length
        ]
    parts.sort(key=lambda one: one[:2])
    points = [point for _, _, part in parts for point in _from_the_middle(part, view)]
    return [(x, y) for x, y in view.mm(np.array(points).reshape(-1, 2)).tolist()]


def _from_the_middle(line: LineString, view: View) -> Iterator[tuple[float, float]]:
    """Places along a line, its middle first and its ends last."""
    count = int(line.length / view.metres_per_mm / 2 / _STEP_MM)
    for steps in sorted(range(-count, count + 1), key=abs):
        point = line.interpolate(line.length / 2 + steps * _STEP_MM * view.metres_per_mm)
        yield point.x, point.y


def draw_badges(axes: Axes, view: View, placed: Sequence[Badge]) -> None:
    """The numbers in circles of the routes' colour."""
    for one in placed:
        x, y = view.from_mm(one.x, one.y)
        _disc(axes, (x, y), one.radius_mm, fill="white", edge=CORRIDOR, width=1.0, z=8.5)
        axes.text(
            x, y, one.text, fontproperties=font("bold").copy(), size=6.5, color=INK, ha="center",
            va="center_baseline", zorder=8.6, parse_math=False, clip_on=True,
        )  # fmt: skip


def line_rooms(view: View, pieces: Sequence[Stretch], *, step_mm: float = 2.2) -> list[Box]:
    """Small boxes along the lines, which names keep off."""
    frame = box(*view.bounds)
    rooms: list[Box] = []
    for piece in pieces:
        seen = drawn_line(piece, view).intersection(frame)
        for part in shapely.get_parts(seen):
            count = max(int(part.length / (step_mm * view.metres_per_mm)), 1)
            points = part.interpolate(np.linspace(0, part.length, count + 1))
            half = 0.5 * piece.width_pt * MM_PER_POINT + 0.3
            rooms += [
                Box(left=x - half, top=y - half, width=2 * half, height=2 * half)
                for x, y in view.mm(shapely.get_coordinates(points)).tolist()
            ]
    return rooms


def kept_clear(drawn: Mapping[str, Drawn], view: View) -> list[Box]:
    """Where routes start and end: what may not be covered."""
    if "routes" not in drawn:
        return []
    start = start_xy(drawn["routes"], view)
    places = [*end_xys(courses(drawn), view), *([start] if start else [])]
    return [room_of(view, xy, 2 * END_MM) for xy in places]


def exit_ids(drawn: Mapping[str, Drawn]) -> frozenset[str]:
    """Posts at which a route ends."""
    if "routes" not in drawn:
        return frozenset()
    return frozenset(drawn["routes"].frame["exit_id"])


def _inset(view: View, edge_mm: float) -> tuple[float, float, float, float]:
    """The frame without an edge, projected."""
    off = edge_mm * view.metres_per_mm
    west, south, east, north = view.bounds
    return west + off, south + off, east - off, north - off


def room_of(view: View, xy: tuple[float, float], radius_mm: float) -> Box:
    """What a disc covers on the sheet."""
    x, y = view.mm(np.array([xy]))[0].tolist()
    return Box(left=x - radius_mm, top=y - radius_mm, width=2 * radius_mm, height=2 * radius_mm)


def _disc(
    axes: Axes,
    xy: tuple[float, float] | Points,
    radius_mm: float,
    *,
    fill: str,
    edge: str,
    width: float,
    z: float,
) -> None:
    """A circle at a projected place."""
    axes.scatter(
        [xy[0]], [xy[1]], s=(2 * radius_mm / MM_PER_POINT) ** 2, marker="o", facecolor=fill,
        edgecolor=edge, linewidth=width, zorder=z,
    )  # fmt: skip
