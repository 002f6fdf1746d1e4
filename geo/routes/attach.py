"""Places joined to the roads near them, at the nearest point of a road, not at a far junction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.grid import ELLIPSOID
from geo.routes.noding import Links, Lonlats, distances_m, lengths_m

ON_ROAD_M = 1.0
"""A place nearer than this to a road lies on it; a point nearer than this to a node is the node."""

FIRST_LOOK_M = 500.0
"""How far from a place roads are looked for at first; four times as far each time none is found."""

SIMILAR = 1.5
"""A road is similarly near if it is not farther than this times the nearest, and `SIMILAR_M`."""

SIMILAR_M = 50.0
"""Roads that differ by less than this in their distance are similarly near."""

MOST_ROADS = 3
"""A place is joined to no more roads than this."""

MOST_LOOKED_AT = 12
"""So many of the nearest roads are looked at for the choice, of which some may share a node."""


class Touch(NamedTuple):
    """The point of a link that is nearest to a place."""

    link: int
    """The link."""
    position: float
    """Vertices of its line before that point, with the fraction to the next one."""
    lonlat: tuple[float, float]
    """The point."""
    distance_m: float
    """How far it is from the place."""
    node: int
    """Node that it is, -1 if the link is to be cut there."""


@dataclass(kw_only=True, eq=False)
class RoadFinder:
    """Finds the points of roads that serve a place."""

    links: Links
    """The roads."""
    usable: NDArray[np.bool_]
    """Roads that a place may be joined to, shape (links,)."""
    part: NDArray[np.int64] = field(init=False)
    """Connected part of the network that each link belongs to, -1 if not usable, shape (links,)."""
    main_part: int = field(init=False)
    """The part with the most kilometres, -1 without roads."""
    _tree: shapely.STRtree = field(init=False)
    _numbers: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """Index the usable roads and find the connected parts among them."""
        self._numbers = np.flatnonzero(self.usable)
        self._tree = shapely.STRtree(self.links.lines[self._numbers])
        part_of_node = connected_parts(self.links, self.usable)
        self.part = np.where(self.usable, part_of_node[self.links.tail], -1)
        lengths = np.bincount(self.part[self._numbers], weights=self.links.length_m[self._numbers])
        self.main_part = int(lengths.argmax()) if lengths.size else -1

    def touches(self, lonlat: tuple[float, float], *, within_m: float) -> list[Touch]:
        """The nearest points of the roads that serve a place, the nearest first.

        Up to `MOST_ROADS` that are similarly near; and one more on the main part of the network, if
        none of them is and it is in reach, so that a stray piece of road cuts no place off.
        """
        near = self._look(lonlat, self.usable, within_m=within_m)
        similar = _apart(near)[:MOST_ROADS]
        if similar and all(self.part[touch.link] != self.main_part for touch in similar):
            main = self.part == self.main_part
            similar += self._look(lonlat, main, within_m=within_m)[:1]
        return similar

    def _look(
        self, lonlat: tuple[float, float], among: NDArray[np.bool_], *, within_m: float
    ) -> list[Touch]:
        """Points of the roads about as near as the nearest one, ordered by distance."""
        reach_m = min(FIRST_LOOK_M, within_m)
        scale = metres_per_degree(lonlat[1])
        while True:
            around = shapely.box(*(lonlat - reach_m / scale), *(lonlat + reach_m / scale))
            found = np.sort(self._numbers[self._tree.query(around)])
            found = found[among[found]]
            plane = shapely.transform(self.links.lines[found], lambda at: (at - lonlat) * scale)
            away_m = shapely.distance(plane, shapely.Point(0, 0))
            similar_m = SIMILAR * away_m.min(initial=np.inf) + SIMILAR_M
            if similar_m <= reach_m or reach_m >= within_m:
                break
            reach_m = min(4 * reach_m, within_m)
        nearest = np.argsort(away_m, kind="stable")[:MOST_LOOKED_AT]
        touches = [
            self._touch(int(found[one]), shapely.get_coordinates(plane[one]), lonlat)
            for one in nearest
            if away_m[one] <= similar_m
        ]
        within = [touch for touch in touches if touch.distance_m <= within_m]
        return sorted(within, key=lambda touch: (touch.distance_m, touch.link))

    def _touch(self, link: int, plane: NDArray[np.float64], lonlat: tuple[float, float]) -> Touch:
        """The point of a link nearest to the origin of a plane in metres."""
        step = np.diff(plane, axis=0)
        share = np.clip(-(plane[:-1] * step).sum(axis=1) / (step**2).sum(axis=1), 0, 1)
        away = ((plane[:-1] + share[:, None] * step) ** 2).sum(axis=1)
        segment = int(away.argmin())
        position = segment + float(share[segment])
        point = point_at(shapely.get_coordinates(self.links.lines[link]), position)
        node = -1
        for end in (int(self.links.tail[link]), int(self.links.head[link])):
            at_end = self.links.node_lonlat[end]
            if node < 0 and _apart_m(point, tuple(at_end)) <= ON_ROAD_M:
                node, point = end, (float(at_end[0]), float(at_end[1]))
        return Touch(link, position, point, _apart_m(lonlat, point), node)


def connected_parts(links: Links, usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Connected part that each node belongs to, -1 where no usable link ends, shape (nodes,)."""
    nodes = len(links.node_lonlat)
    tail, head = links.tail[usable], links.head[usable]
    joined = coo_array((np.ones(tail.size), (tail, head)), shape=(nodes, nodes))
    _, part = connected_components(joined, directed=False)
    served = np.zeros(nodes, dtype=bool)
    served[tail] = served[head] = True
    return np.where(served, part, -1).astype(np.int64)


def cut_links(links: Links, cuts: Sequence[tuple[int, float]]) -> tuple[Links, NDArray[np.int64]]:
    """The links cut at positions of their lines, and the node at each cut.

    Parameters
    ----------
    links : Links
    cuts : sequence of (link, position)
        Where to cut: vertices of the line before the cut, with the fraction to the next one. Equal
        cuts make one node.

    Returns
    -------
    Links
        The uncut links in their order, then the pieces, each along its line's direction. Lengths of
        pieces add up to the link's. New nodes follow the old ones.
    array of int64, shape (cuts,)
    """
    distinct = sorted(set(cuts))
    old_nodes = len(links.node_lonlat)
    node = {cut: old_nodes + number for number, cut in enumerate(distinct)}
    by_link: dict[int, list[float]] = {}
    for link, position in distinct:
        by_link.setdefault(link, []).append(position)
    lines, tails, heads, parents, points = [], [], [], [], []
    for link, positions in by_link.items():
        vertices = shapely.get_coordinates(links.lines[link])
        stops = [0.0, *positions, float(len(vertices) - 1)]
        nodes = [links.tail[link], *(node[link, position] for position in positions)]
        nodes.append(links.head[link])
        points += [point_at(vertices, position) for position in positions]
        lines += [_piece(vertices, *ends) for ends in pairwise(stops)]
        tails += nodes[:-1]
        heads += nodes[1:]
        parents += [link] * (len(nodes) - 1)
    if not distinct:
        return links, np.empty(0, dtype=np.int64)
    parent = np.array(parents)
    kept = np.setdiff1d(np.arange(len(links.lines)), parent)
    pieces = np.empty(len(lines), dtype=object)
    pieces[:] = lines
    measured = lengths_m(pieces)
    whole = np.bincount(parent, weights=measured)[parent]
    return Links(
        lines=np.concatenate([links.lines[kept], pieces]),
        tail=np.concatenate([links.tail[kept], np.array(tails, dtype=np.int64)]),
        head=np.concatenate([links.head[kept], np.array(heads, dtype=np.int64)]),
        way=np.concatenate([links.way[kept], links.way[parent]]),
        length_m=np.concatenate([links.length_m[kept], links.length_m[parent] * measured / whole]),
        node_lonlat=np.concatenate([links.node_lonlat, np.array(points).reshape(-1, 2)]),
    ), np.array([node[cut] for cut in cuts], dtype=np.int64)


def positions_every(line: Any, *, pieces: int) -> list[float]:  # noqa: ANN401 - a shapely geometry
    """Positions that cut a line into pieces of equal length."""
    vertices = shapely.get_coordinates(line)
    travelled = np.concatenate([[0.0], np.cumsum(distances_m(vertices[:-1], vertices[1:]))])
    goals = travelled[-1] * np.arange(1, pieces) / pieces
    return [float(value) for value in np.interp(goals, travelled, np.arange(len(vertices)))]


def point_at(vertices: Lonlats, position: float) -> tuple[float, float]:
    """The point of a line at a position."""
    segment = min(int(position), len(vertices) - 2)
    begin, end = vertices[segment], vertices[segment + 1]
    lon, lat = begin + (position - segment) * (end - begin)
    return float(lon), float(lat)


def metres_per_degree(lat: float) -> NDArray[np.float64]:
    """Metres of a degree of longitude and of latitude at a latitude on the WGS 84 ellipsoid."""
    _, _, east = ELLIPSOID.inv(0, lat, 1, lat)
    _, _, north = ELLIPSOID.inv(0, lat - 0.5, 0, lat + 0.5)
    return np.array([max(east, 1.0), north])


def _piece(vertices: Lonlats, begin: float, end: float) -> shapely.LineString:
    """The part of a line between two positions."""
    between = vertices[int(begin) + 1 : int(np.ceil(end))]
    return shapely.LineString([point_at(vertices, begin), *between, point_at(vertices, end)])


def _apart(touches: list[Touch]) -> list[Touch]:
    """The touches without those at a node that a nearer one is at."""
    seen: set[int] = set()
    kept = []
    for touch in touches:
        if touch.node < 0 or touch.node not in seen:
            kept.append(touch)
            seen.add(touch.node)
    return kept


def _apart_m(lonlat: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Metres between two places on the ellipsoid."""
    _, _, length = ELLIPSOID.inv(lonlat[0], lonlat[1], other[0], other[1])
    return float(length)
