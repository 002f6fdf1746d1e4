"""Routes drawn from one place of a country to all its posts, before anything is told of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.geometry import Point

from geo.errors import InvalidSetting, NotFound
from geo.grid import WGS84
from geo.model import Audience, Precision, Tlp
from geo.pipeline.ground import Ground, country_of
from geo.pipeline.shown import find_site, records
from geo.store import Store

if TYPE_CHECKING:
    from geo.routes.draws import RouteSample
    from geo.routes.modes import Mode
    from geo.routes.network import Network
    from geo.routes.parameters import Parameters

PULL_LOG_SD = 0.7
"""Standard deviation of the logarithm of a post's pull, an assumption: nobody knows which posts
smugglers prefer, and a factor of two either way is thought usual."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Origin:
    """Where routes start."""

    name: str
    """In words."""
    lonlat: tuple[float, float]
    """Longitude and latitude."""
    country: str
    """Country that it lies in."""
    site_id: str
    """Its site; empty for a place drawn on the map."""
    precision: Precision
    """How exactly it is known."""
    marking: Tlp
    """Its marking."""
    simulated: bool
    """True if it is invented."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Conditions:
    """Under what routes are drawn: the same for every origin of one network."""

    network: Network
    """Roads and ground."""
    exits: tuple[int, ...]
    """Rows of the posts that are on the network."""
    exit_nodes: tuple[int, ...]
    """Nodes of these posts."""
    parameters: tuple[Parameters, ...]
    """The sets of parameters."""
    set_cost_s: tuple[NDArray[np.float64], ...]
    """Cost of each edge under each set."""
    exit_log_pull: NDArray[np.float64]
    """Logarithm of each exit's pull, shape (sets, exits); -inf where it is closed."""
    exit_extra_s: NDArray[np.float64]
    """What each exit costs on top of the way there, shape (sets, exits)."""
    seed: int
    """Seed of all that is drawn."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Draws:
    """The sampled routes from one origin."""

    conditions: Conditions
    """What they were sampled from."""
    origin: int
    """Node that they start from."""
    sample: RouteSample
    """The routes."""


def origin_of(
    store: Store,
    *,
    site_id: str = "",
    alert_id: str = "",
    lonlat: tuple[float, float] | None = None,
) -> Origin:
    """The place that a request starts from.

    Raises
    ------
    NotFound
        If it is not in the store, or has no place.
    InvalidSetting
        If nothing, or more than one thing, was named.
    BadInput
        If it lies in the sea or outside the region.
    """
    named = [bool(site_id), bool(alert_id), lonlat is not None]
    if sum(named) != 1:
        raise InvalidSetting(
            "no place to start from" if not any(named) else "several places to start from",
            expected="a site, a flag or a place on the map",
        )
    if lonlat is not None:
        lon, lat = lonlat
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise InvalidSetting(f"there is no place at longitude {lon}, latitude {lat}")
        return Origin(
            name=f"a place at {lat:.3f} N, {lon:.3f} E",
            lonlat=(lon, lat),
            country=country_of((lon, lat)),
            site_id="",
            precision=Precision.EXACT,
            marking=Tlp.AMBER,
            simulated=False,
        )
    if site_id:
        row = find_site(records(store, "sites", Audience.INTERNAL), site_id)
        name, stated, of_site = str(row["name"]), str(row["country"]), str(row["id"])
    else:
        row = store.get("alerts", alert_id).iloc[0]
        name, stated, of_site = f"flag {row['id']}", "", str(row["site_id"])
    if row["geometry"] is None or row["geometry"].is_empty:
        raise NotFound(f"the place of {row['id']} {name} is not known", expected="one with a point")
    point = row["geometry"].representative_point()
    return Origin(
        name=name,
        lonlat=(point.x, point.y),
        country=country_of((point.x, point.y), stated=stated),
        site_id=of_site,
        precision=Precision(row["precision"]),
        marking=Tlp(row["marking"]),
        simulated=bool(row["simulated"]),
    )


def network_of(ground: Ground, mode: Mode, origins: Mapping[str, tuple[float, float]]) -> Network:
    """Roads and ground as one graph, with the origins, the posts and the towns on it."""
    from geo.routes.network import build_network  # noqa: PLC0415 - numba is slow

    own = gpd.GeoDataFrame(
        {"key": list(origins)}, geometry=[Point(lonlat) for lonlat in origins.values()], crs=WGS84
    )
    places = pd.concat([own, ground.places], ignore_index=True)
    return build_network(
        ground.ways,
        places=gpd.GeoDataFrame(places, geometry="geometry", crs=WGS84),
        mode=mode,
        area_lonlat=ground.area_lonlat,
        terrain=ground.terrain,
        watched=ground.watched,
    )


def conditions_of(
    network: Network,
    posts: gpd.GeoDataFrame,
    mode: Mode,
    *,
    avoidance: float,
    closed_posts: Sequence[str] = (),
    closed: Collection[int] = (),
    extra_cost_s: NDArray[np.float64] | None = None,
    exit_extra_s: NDArray[np.float64] | None = None,
    sets: int,
    seed: int,
) -> Conditions:
    """Sets of parameters, and what edges and posts cost under each.

    `extra_cost_s` (edges,) and `exit_extra_s` (posts,) are added in every set.
    """
    from geo.routes.flows import pull_draws  # noqa: PLC0415 - numba is slow
    from geo.routes.network import edge_cost_s  # noqa: PLC0415

    rng = np.random.default_rng(seed)
    parameters = tuple(mode.sample(rng) for _ in range(sets))
    reached = [row for row, name in enumerate(posts["id"]) if f"posts/{name}" in network.place_node]
    # Pulls are drawn for all posts, so that closing one changes nothing for the others.
    pull = pull_draws(np.zeros(max(len(posts), 1)), PULL_LOG_SD, draws=sets, seed=seed)[:, reached]
    shut = posts["id"].isin(list(closed_posts)).to_numpy()[reached]
    kinds = posts["kind"].to_numpy()[reached]
    extra = np.array([[one.dwell_s[kind] for kind in kinds] for one in parameters])
    more = 0.0 if extra_cost_s is None else extra_cost_s
    return Conditions(
        network=network,
        exits=tuple(reached),
        exit_nodes=tuple(network.place_node[f"posts/{posts['id'].iloc[row]}"] for row in reached),
        parameters=parameters,
        set_cost_s=tuple(
            edge_cost_s(network, one, avoidance=avoidance, closed_links=closed) + more
            for one in parameters
        ),
        exit_log_pull=np.where(shut, -np.inf, pull),
        exit_extra_s=extra if exit_extra_s is None else extra + exit_extra_s[reached],
        seed=seed,
    )


def sampled(conditions: Conditions, *, origin: str, draws_per_set: int) -> Draws:
    """Routes from one place of a network to all posts that are on it."""
    from geo.routes.draws import sample_routes  # noqa: PLC0415 - numba is slow

    start = conditions.network.place_node[origin]
    sample = sample_routes(
        conditions.network.graph,
        set_cost_s=conditions.set_cost_s,
        set_noise=[one.edge_noise for one in conditions.parameters],
        origin=start,
        exits=np.array(conditions.exit_nodes, dtype=np.int64),
        exit_log_pull=conditions.exit_log_pull,
        exit_extra_s=conditions.exit_extra_s,
        exit_spread_s=np.array([one.exit_spread_s for one in conditions.parameters]),
        draws_per_set=draws_per_set,
        seed=conditions.seed,
    )
    return Draws(conditions=conditions, origin=start, sample=sample)


def closed_links(network: Network, ways: gpd.GeoDataFrame, way_ids: Sequence[str]) -> list[int]:
    """Numbers of the links of the ways with these ids.

    Raises
    ------
    NotFound
        If there is no such way.
    """
    known = ways["way_id"].to_numpy()
    strange = sorted(set(way_ids) - set(known))
    if strange:
        raise NotFound(
            f"there is no road {strange[0]!r} in this country",
            expected="ids of roads, such as RL001",
        )
    rows = np.flatnonzero(np.isin(known, list(way_ids)))
    return [int(link) for link in np.flatnonzero(np.isin(network.link_way, rows))]
