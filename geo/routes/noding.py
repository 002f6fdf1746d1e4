"""From lines to links: roads cut where they meet, inside an area, with lengths on the ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput
from geo.grid import ELLIPSOID

GRID_DEG = 1e-7
"""Two vertices are one if they agree to this, a centimetre: the precision of OpenStreetMap."""

Lonlats = NDArray[np.float64]
"""Places, shape (places, 2): longitude, latitude."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Undirected pieces of road between the places where one may turn."""

    lines: NDArray[Any]
    """LineString of each link in EPSG:4326, shape (links,)."""
    tail: NDArray[np.int64]
    """Node at the beginning of the line, shape (links,)."""
    head: NDArray[np.int64]
    """Node at its end, shape (links,); the same for a loop."""
    way: NDArray[np.int32]
    """Row of the frame of ways, shape (links,)."""
    length_m: NDArray[np.float64]
    """Length, shape (links,): the stated one if the way states it, else that of the line."""
    node_lonlat: Lonlats
    """Place of each node, shape (nodes, 2)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Runs:
    """Lines as one list of vertices."""

    lonlat: Lonlats
    """Vertices, shape (vertices, 2)."""
    run: NDArray[np.int64]
    """Line that each vertex belongs to, ascending, shape (vertices,)."""
    way: NDArray[np.int64]
    """Row of the frame of ways of each line, shape (lines,)."""


def links_of_ways(ways: gpd.GeoDataFrame, area_lonlat: BaseGeometry) -> Links:
    """The ways inside the area, cut at each vertex that two of them, or one twice, share.

    A way ends where it leaves the area and begins again where it comes back. Ways that cross
    without a common vertex do not meet: one passes over the other. The sum of the lengths of the
    links of a way is the way's inside the area; a stated length is spread over the whole way.

    Raises
    ------
    BadInput
        If a geometry is no LineString, or a vertex is not on Earth.
    """
    lines = np.asarray(ways.geometry.array, dtype=object)
    _check_lines(ways, lines)
    runs = _without_repeats(_inside(lines, area_lonlat))
    vertex, first, count = _vertices(runs.lonlat)
    ends = _ends(runs.run)
    at_node = ends | (count[vertex] > 1)
    is_node = np.zeros(first.size, dtype=bool)
    is_node[vertex[at_node]] = True
    node_of_vertex = np.cumsum(is_node) - 1
    place = np.flatnonzero(at_node)
    along = runs.run[place[1:]] == runs.run[place[:-1]]
    start, stop = place[:-1][along], place[1:][along]
    # A sum over all vertices, of which differences are taken: exact to a micrometre.
    travelled = np.concatenate([[0.0], np.cumsum(_steps_m(runs))])
    way = runs.way[runs.run[start]]
    return Links(
        lines=_lines(runs.lonlat, start, stop),
        tail=node_of_vertex[vertex[start]],
        head=node_of_vertex[vertex[stop]],
        way=way.astype(np.int32),
        length_m=(travelled[stop] - travelled[start]) * _stretch(ways, lines)[way],
        node_lonlat=runs.lonlat[first[is_node]],
    )


def lengths_m(lines: NDArray[Any]) -> NDArray[np.float64]:
    """Length of each LineString in EPSG:4326 on the ellipsoid, shape (lines,)."""
    lonlat, line = shapely.get_coordinates(lines, return_index=True)
    steps = _steps_m(Runs(lonlat=lonlat, run=line, way=np.arange(len(lines))))
    sums = np.bincount(line[1:], weights=steps, minlength=len(lines))
    return sums.astype(np.float64)


def distances_m(lonlat: Lonlats, other: Lonlats) -> NDArray[np.float64]:
    """Length on the ellipsoid between places and others one by one, shape (places,)."""
    _, _, length = ELLIPSOID.inv(lonlat[:, 0], lonlat[:, 1], other[:, 0], other[:, 1])
    return np.asarray(length, dtype=np.float64)


def grid_keys(lonlat: Lonlats) -> NDArray[np.int64]:
    """One whole number a place, equal for places that agree to `GRID_DEG`, shape (places,)."""
    east, north = np.rint((lonlat + np.array([180.0, 90.0])) / GRID_DEG).astype(np.int64).T
    keys: NDArray[np.int64] = east * 2**31 + north
    return keys


def _check_lines(ways: gpd.GeoDataFrame, lines: NDArray[Any]) -> None:
    """Refuse what is no line on Earth."""
    strange = np.flatnonzero(
        (shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING) | shapely.is_empty(lines)
    )
    if strange.size:
        row = strange[0]
        raise BadInput(
            f"way {ways['way_id'].iloc[row]!r} is {lines[row]!s:.40} and {strange.size - 1} more",
            expected="a LineString with vertices",
        )
    lonlat, line = shapely.get_coordinates(lines, return_index=True)
    outside = np.flatnonzero(~(np.abs(lonlat) <= [180.0, 90.0]).all(axis=1))
    if outside.size:
        lon, lat = lonlat[outside[0]]
        raise BadInput(
            f"way {ways['way_id'].iloc[line[outside[0]]]!r} has a vertex at longitude {lon},"
            f" latitude {lat}",
            expected="longitude -180 to 180 and latitude -90 to 90",
        )


def _inside(lines: NDArray[Any], area_lonlat: BaseGeometry) -> Runs:
    """The parts of the lines that lie in the area."""
    shapely.prepare(area_lonlat)
    whole = shapely.covers(area_lonlat, lines)
    crossing = np.flatnonzero(~whole)
    crossing = crossing[shapely.intersects(area_lonlat, lines[crossing])]
    kept = np.flatnonzero(whole)
    lonlat, run = shapely.get_coordinates(lines[kept], return_index=True)
    cut = _cut(lines[crossing], area_lonlat)
    return Runs(
        lonlat=np.concatenate([lonlat, cut.lonlat]),
        run=np.concatenate([run, cut.run + kept.size]),
        way=np.concatenate([kept, crossing[cut.way]]),
    )


def _cut(lines: NDArray[Any], area_lonlat: BaseGeometry) -> Runs:
    """The parts of crossing lines in the area, segment by segment.

    An intersection of whole lines would also cut a line where it crosses itself, as on a bridge.
    """
    lonlat, line = shapely.get_coordinates(lines, return_index=True)
    start = np.flatnonzero(line[1:] == line[:-1])
    segments = shapely.linestrings(np.stack([lonlat[start], lonlat[start + 1]], axis=1))
    parts, segment = shapely.get_parts(
        shapely.intersection(segments, area_lonlat), return_index=True
    )
    long = shapely.length(parts) > 0
    parts, segment = parts[long], segment[long]
    begin = shapely.get_coordinates(shapely.get_point(parts, 0))
    end = shapely.get_coordinates(shapely.get_point(parts, -1))
    origin, course = lonlat[start[segment]], (lonlat[start + 1] - lonlat[start])[segment]
    # GEOS keeps the direction of a segment, but does not promise to.
    back = ((end - begin) * course).sum(axis=1) < 0
    begin[back], end[back] = end[back], begin[back]
    order = np.lexsort((((begin - origin) * course).sum(axis=1), segment))
    begin, end, way = begin[order], end[order], line[start[segment[order]]]
    fresh = np.ones(way.size, dtype=bool)
    fresh[1:] = (way[1:] != way[:-1]) | (grid_keys(begin[1:]) != grid_keys(end[:-1]))
    run = np.cumsum(fresh) - 1
    at = np.arange(way.size) + run + 1
    vertices = np.empty((way.size + int(fresh.sum()), 2))
    vertices[at] = end
    vertices[at[fresh] - 1] = begin[fresh]
    run_of_vertex = np.empty(len(vertices), dtype=np.int64)
    run_of_vertex[at] = run
    run_of_vertex[at[fresh] - 1] = run[fresh]
    return Runs(lonlat=vertices, run=run_of_vertex, way=way[fresh])


def _without_repeats(runs: Runs) -> Runs:
    """The lines without vertices that repeat the one before, and without lines of one place."""
    keys = grid_keys(runs.lonlat)
    repeats = np.zeros(keys.size, dtype=bool)
    repeats[1:] = (keys[1:] == keys[:-1]) & (runs.run[1:] == runs.run[:-1])
    many = np.bincount(runs.run[~repeats], minlength=runs.way.size) > 1
    kept = ~repeats & many[runs.run]
    return Runs(lonlat=runs.lonlat[kept], run=runs.run[kept], way=runs.way)


def _vertices(lonlat: Lonlats) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Number of each vertex's place, where each place stands first, and how often it stands."""
    _, first, vertex, count = np.unique(
        grid_keys(lonlat), return_index=True, return_inverse=True, return_counts=True
    )
    return vertex, first, count


def _ends(run: NDArray[np.int64]) -> NDArray[np.bool_]:
    """True for the first and the last vertex of each line."""
    ends = np.ones(run.size, dtype=bool)
    if run.size > 2:
        ends[1:-1] = (run[1:-1] != run[:-2]) | (run[1:-1] != run[2:])
    return ends


def _steps_m(runs: Runs) -> NDArray[np.float64]:
    """Length from each vertex to the next, 0 from one line to another, shape (vertices - 1,)."""
    steps = np.zeros(max(runs.run.size - 1, 0))
    within = runs.run[1:] == runs.run[:-1]
    steps[within] = distances_m(runs.lonlat[:-1][within], runs.lonlat[1:][within])
    return steps


def _lines(lonlat: Lonlats, start: NDArray[np.int64], stop: NDArray[np.int64]) -> NDArray[Any]:
    """The LineStrings from vertex `start` to vertex `stop` of the list."""
    if not start.size:
        return np.empty(0, dtype=object)
    count = stop - start + 1
    link = np.repeat(np.arange(count.size), count)
    first = np.cumsum(count) - count
    vertex = np.arange(link.size) - first[link] + start[link]
    return np.asarray(shapely.linestrings(lonlat[vertex], indices=link), dtype=object)


def _stretch(ways: gpd.GeoDataFrame, lines: NDArray[Any]) -> NDArray[np.float64]:
    """Stated length over that of the line, 1 where none is stated, shape (ways,)."""
    stated_m = 1000 * ways["length_km"].to_numpy(dtype=float)
    stretch = np.ones(len(lines))
    stated = np.flatnonzero(stated_m > 0)
    measured = lengths_m(lines[stated])
    stretch[stated] = np.divide(
        stated_m[stated], measured, out=np.ones(stated.size), where=measured > 0
    )
    return stretch
