"""The network as a value, and the time and cost of each of its edges for one set of parameters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidSetting
from geo.routes.friction import ground_s_per_m, slope_share
from geo.routes.graph import Graph
from geo.routes.parameters import Ground, Parameters

OFFROAD = "offroad"
"""Class of a link across open ground."""

ACCESS = "access"
"""Class of the straight line between a place and the road or ground that serves it."""

SLOW_CLASSES = ("track", "path")
"""Classes of road whose speed already is that of unpaved ground."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """A directed graph of roads and ground, and what is known of each piece of it."""

    mode: str
    """Name of the mode that it was built for, whose parameters give its times."""
    graph: Graph
    """Nodes and directed edges; both directions of each link are there, barred or not."""
    node_lonlat: NDArray[np.float64]
    """Longitude and latitude of each node, shape (nodes, 2)."""
    link_geometry: NDArray[Any]
    """LineString of each link in EPSG:4326, shape (links,)."""
    link_class: NDArray[np.int16]
    """Place of each link's class in `classes`, shape (links,)."""
    classes: tuple[str, ...]
    """Classes of road, and `OFFROAD` and `ACCESS`."""
    link_length_m: NDArray[np.float64]
    """Length in metres, shape (links,); stated if the road states it, else of the drawn line."""
    link_maxspeed_kmh: NDArray[np.float64]
    """Speed limit, NaN where none is known, shape (links,)."""
    link_paved: NDArray[np.int8]
    """1 paved, 0 unpaved, -1 not known, shape (links,)."""
    link_schematic: NDArray[np.bool_]
    """True where the line is a straight link between two places and no course, shape (links,)."""
    link_direct: NDArray[np.bool_]
    """True where the length is a straight line's for want of a better one, shape (links,)."""
    link_way: NDArray[np.int32]
    """Row of the frame of ways, -1 for ground and access lines, shape (links,)."""
    edge_slope: NDArray[np.float64]
    """Rise over run in travel direction between the ends, NaN not known, shape (edges,)."""
    edge_steepness: NDArray[np.float64]
    """Mean amount of the slope along the edge, NaN not known, shape (edges,)."""
    edge_walk_s_per_m: NDArray[np.float64]
    """Mean of Tobler's pace along the edge, that on the flat where no slope is known."""
    edge_barred: NDArray[np.bool_]
    """True where one may not pass: closed to the public, or driven against a one-way road."""
    edge_watch_m: NDArray[np.float64]
    """Metres of the edge weighted by how closely they are watched, shape (edges,)."""
    place_node: dict[str, int]
    """Node of each place that is attached, by its key."""
    place_access_m: dict[str, float]
    """Length of the shortest line that attaches it; 0 for a place on a road."""
    unattached: dict[str, str]
    """Why a place is attached to nothing, in words, by its key."""
    remarks: tuple[str, ...]
    """What a reader must know of how this network was made, in sentences."""


def edge_time_s(network: Network, parameters: Parameters) -> NDArray[np.float64]:
    """Seconds on each edge, shape (edges,); inf where it is barred.

    Raises
    ------
    InvalidSetting
        If the parameters are of another mode than the network.

    Notes
    -----
    A known speed limit slows and never speeds up. On foot every road is walked by Tobler's function
    with the slope in travel direction, uphill being no downhill. Open ground that is too steep is
    barred; the line that joins a place never is, so that steep ground near it only slows.
    """
    if parameters.mode != network.mode:
        raise InvalidSetting(
            f"parameters of the mode {parameters.mode!r}",
            expected=f"those of {network.mode!r}, for which the network was built",
        )
    if parameters.ground is Ground.FOOT:
        s_per_m = _walking_s_per_m(network, parameters)
    else:
        s_per_m = _driving_s_per_m(network, parameters)
    stretch = np.where(network.link_direct, parameters.detour_factor, 1.0)
    travelled_m = (network.link_length_m * stretch)[network.graph.link]
    passable = np.isfinite(s_per_m) & ~network.edge_barred
    time_s = np.full(passable.size, np.inf)
    time_s[passable] = s_per_m[passable] * travelled_m[passable]
    return time_s


def edge_cost_s(
    network: Network,
    parameters: Parameters,
    *,
    avoidance: float,
    closed_links: Collection[int] = (),
) -> NDArray[np.float64]:
    """Time plus what being watched is worth to someone who avoids it, shape (edges,).

    Parameters
    ----------
    network : Network
    parameters : Parameters
    avoidance : float
        0 for the fastest way, 1 for `risk_s_per_watched_km` seconds a watched kilometre.
    closed_links : collection of int
        Links that nobody may pass, in either direction.

    Returns
    -------
    array of float64
        ``time + avoidance x risk_s_per_watched_km x watched kilometres``; inf where barred.

    Raises
    ------
    InvalidSetting
        If `avoidance` is not a number of 0 or more, a closed link is none of the network, or the
        parameters are of another mode.
    """
    if not (np.isfinite(avoidance) and avoidance >= 0):
        raise InvalidSetting(f"avoidance {avoidance}", expected="a number of 0 or more")
    links = len(network.link_geometry)
    closed = np.zeros(links, dtype=bool)
    numbers = np.fromiter(closed_links, dtype=np.int64)
    strange = numbers[(numbers < 0) | (numbers >= links)]
    if strange.size:
        raise InvalidSetting(f"closed link {strange[0]}", expected=f"0 to {links - 1}")
    closed[numbers] = True
    watched_km = network.edge_watch_m / 1000
    cost_s = edge_time_s(network, parameters) + (
        avoidance * parameters.risk_s_per_watched_km * watched_km
    )
    return np.where(closed[network.graph.link], np.inf, cost_s)


def _walking_s_per_m(network: Network, parameters: Parameters) -> NDArray[np.float64]:
    """Seconds a metre of each edge on foot; inf on ground that is too steep."""
    link = network.graph.link
    pace = network.edge_walk_s_per_m / parameters.walking_factor
    off_path = np.isin(network.link_class, _numbers(network, (OFFROAD, ACCESS)))[link]
    pace = np.where(off_path, pace / parameters.off_path_factor, pace)
    ground = np.isin(network.link_class, _numbers(network, (OFFROAD,)))[link]
    steep = np.nan_to_num(network.edge_steepness, nan=0.0) > parameters.slope_limit
    return np.where(ground & steep, np.inf, pace)


def _driving_s_per_m(network: Network, parameters: Parameters) -> NDArray[np.float64]:
    """Seconds a metre of each edge in a vehicle; inf for a barred class and for steep ground."""
    limit = np.where(np.isnan(network.link_maxspeed_kmh), np.inf, network.link_maxspeed_kmh)
    kmh = np.array([parameters.speed_kmh.get(name, 0.0) for name in network.classes])
    rough = np.array([name not in SLOW_CLASSES for name in network.classes])
    unpaved = (network.link_paved == 0) & rough[network.link_class]
    factor = np.where(unpaved, parameters.unpaved_factor, 1.0)
    speed = np.minimum(kmh[network.link_class] * factor, limit)
    with np.errstate(divide="ignore"):
        s_per_m: NDArray[np.float64] = (3.6 / speed)[network.graph.link]
    of_class = network.link_class[network.graph.link]
    ground = np.isin(of_class, _numbers(network, (OFFROAD,)))
    access = np.isin(of_class, _numbers(network, (ACCESS,)))
    if parameters.ground is Ground.NONE:
        s_per_m[access] = 3.6 / parameters.access_kmh
        return s_per_m
    steepness = network.edge_steepness
    s_per_m[ground] = ground_s_per_m(steepness[ground], parameters)
    share = np.maximum(slope_share(steepness[access], parameters), parameters.slope_floor)
    s_per_m[access] = 3.6 / (parameters.ground_kmh * share)
    return s_per_m


def _numbers(network: Network, names: tuple[str, ...]) -> list[int]:
    """Places of classes in the network's list of them."""
    return [network.classes.index(name) for name in names if name in network.classes]
