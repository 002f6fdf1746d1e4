"""Which road or ground serves each place, and why none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.routes.attach import ON_ROAD_M, RoadFinder, Touch, cut_links, positions_every
from geo.routes.ground import Cells, cell_near
from geo.routes.modes import Mode
from geo.routes.noding import Links

CELLS_TO_ROAD = 2.0
"""Where ground serves a place, roads more than so many cells away are reached across it."""

CELLS_A_PIECE = 2.0
"""Where one may leave the road, surveyed roads are cut into pieces of at most this many cells."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joined:
    """Roads cut where places are joined to them, and the lines that join them.

    Nodes are numbered through: those of the cut roads, then the cells of open ground, then the
    places that do not lie on a road.
    """

    links: Links
    """The roads, cut."""
    off_road_lonlat: NDArray[np.float64]
    """Places that do not lie on a road, shape (places, 2)."""
    access_tail: NDArray[np.int64]
    """Node of the place that each access line begins at, shape (access lines,)."""
    access_head: NDArray[np.int64]
    """Node of a road or a cell that it ends at, shape (access lines,)."""
    place_node: dict[str, int]
    """Node of each place that is attached, by its key."""
    unattached: dict[str, str]
    """Why a place is attached to nothing, by its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """What serves one place."""

    key: str
    lonlat: tuple[float, float]
    touches: list[Touch]
    """Points of roads, the nearest first."""
    cell: int
    """Cell of open ground, -1 for none."""

    @property
    def on_road(self) -> bool:
        """True if the place lies on a road."""
        return bool(self.touches) and self.touches[0].distance_m <= ON_ROAD_M


def join_places(
    links: Links,
    *,
    places: gpd.GeoDataFrame,
    mode: Mode,
    area_lonlat: BaseGeometry,
    usable: NDArray[np.bool_],
    surveyed: NDArray[np.bool_],
    cells: Cells | None,
) -> Joined:
    """The roads cut where they serve places, and the lines between them.

    Parameters
    ----------
    links : Links
        Roads inside the area.
    places : GeoDataFrame
        Column ``key`` and points in EPSG:4326.
    mode : Mode
        Gives the distance within which a road serves a place.
    area_lonlat : polygon in EPSG:4326
    usable : array of bool, shape (links,)
        Roads that a place may be joined to.
    surveyed : array of bool, shape (links,)
        Roads whose line is their course, which may be left anywhere.
    cells : Cells or None
        Open ground, where the mode moves on it.
    """
    finder = RoadFinder(links=links, usable=usable)
    services: list[_Service] = []
    unattached: dict[str, str] = {}
    for key, point in zip(places["key"], places.geometry, strict=True):
        if point is None or point.is_empty:
            unattached[key] = "its coordinates are not known"
        elif not shapely.intersects(area_lonlat, point):
            unattached[key] = "it lies outside the area of this study"
        else:
            service = _service(key, (point.x, point.y), finder, cells, mode)
            if service.touches or service.cell >= 0:
                services.append(service)
            else:
                unattached[key] = (
                    f"no road or track is known within {mode.max_access_km:g} km of it"
                )
    return _cut_and_number(links, services, unattached, _ways_off(links, surveyed, cells), cells)


def _service(
    key: str, lonlat: tuple[float, float], finder: RoadFinder, cells: Cells | None, mode: Mode
) -> _Service:
    """What serves a place: the cell that it lies in or near, and the roads about it."""
    within_m = 1000 * mode.max_access_km
    cell = -1
    if cells is not None:
        reach_m = CELLS_TO_ROAD * cells.cell_m
        cell, _ = cell_near(cells, lonlat, within_m=reach_m)
        within_m = min(within_m, reach_m) if cell >= 0 else within_m
    touches = finder.touches(lonlat, within_m=within_m)
    return _Service(key=key, lonlat=lonlat, touches=touches, cell=cell)


def _ways_off(
    links: Links, surveyed: NDArray[np.bool_], cells: Cells | None
) -> list[tuple[int, float]]:
    """Cuts of long surveyed roads between which one may turn off onto open ground."""
    if cells is None:
        return []
    longest_m = CELLS_A_PIECE * cells.cell_m
    return [
        (int(link), position)
        for link in np.flatnonzero(surveyed & (links.length_m > longest_m))
        for position in positions_every(
            links.lines[link], pieces=int(np.ceil(links.length_m[link] / longest_m))
        )
    ]


def _cut_and_number(
    links: Links,
    services: Sequence[_Service],
    unattached: dict[str, str],
    ways_off: list[tuple[int, float]],
    cells: Cells | None,
) -> Joined:
    """The roads cut at all touches, with places and cells numbered after their nodes."""
    cuts = [
        (touch.link, touch.position)
        for service in services
        for touch in service.touches
        if touch.node < 0
    ]
    cut, node_of_cut = cut_links(links, [*cuts, *ways_off])
    nodes = iter(node_of_cut.tolist())
    first_cell = len(cut.node_lonlat)
    place = first_cell + (0 if cells is None else len(cells.lonlat))
    tails: list[int] = []
    heads: list[int] = []
    lonlat: list[tuple[float, float]] = []
    place_node: dict[str, int] = {}
    for service in services:
        touched = [touch.node if touch.node >= 0 else next(nodes) for touch in service.touches]
        if service.on_road:
            begin = touched[0]
        else:
            begin = place + len(lonlat)
            lonlat.append(service.lonlat)
        place_node[service.key] = begin
        ends = [*touched, *([first_cell + service.cell] if service.cell >= 0 else [])]
        heads += [end for end in ends if end != begin]
        tails += [begin for end in ends if end != begin]
    return Joined(
        links=cut,
        off_road_lonlat=np.array(lonlat, dtype=np.float64).reshape(-1, 2),
        access_tail=np.array(tails, dtype=np.int64),
        access_head=np.array(heads, dtype=np.int64),
        place_node=place_node,
        unattached=unattached,
    )
