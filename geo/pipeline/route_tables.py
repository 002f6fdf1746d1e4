"""What the sampled routes amount to, as tables: routes, corridors, posts, and remarks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString

from geo.frames import frame_of_records
from geo.grid import WGS84
from geo.model import Precision, Provenance, Route, Tlp
from geo.pipeline.ground import Ground
from geo.pipeline.provenance import canonical
from geo.pipeline.sampling import Draws, Origin

if TYPE_CHECKING:
    from geo.routes.hypotheses import Hypothesis
    from geo.routes.network import Network

THETA, THETA_PER_EDGE = 10.0, 2.0
"""How near randomised paths keep to the cheapest, an assumption: a detour of a tenth is taken e
times less often, and 2 for each edge outweighs the choices that a walk has at its crossings."""

PASSED_KM = 3.0
"""How near a surveyed way must come to a town or post to pass it: the middle of a town is known to
a kilometre or two."""

KM_PER_DEGREE = 111.2
"""Kilometres in a degree of latitude."""

LEAST_SHARE = 0.005
"""Share below which a piece of road or a route is not told."""


def routes_frame(
    ways: Sequence[Hypothesis],
    *,
    study_id: str,
    mode: str,
    origin: Origin,
    ground: Ground,
    posts: gpd.GeoDataFrame,
    draws: Draws,
    marking: Tlp,
    simulated: bool,
    provenance: Provenance,
) -> gpd.GeoDataFrame:
    """The ways as records of the kind ``routes``."""
    network = draws.conditions.network
    post_names = dict(zip("posts/" + ground.posts["id"], ground.posts["name"], strict=True))
    names = {**ground.towns, **post_names}
    told = canonical(dataclasses.asdict(provenance)).decode()
    found = []
    told_of = [way for way in ways if way.share.middle >= LEAST_SHARE]
    for rank, way in enumerate(told_of, start=1):
        post = posts.iloc[draws.conditions.exits[way.exit]]
        links = network.graph.link[way.edges]
        schematic = bool(network.link_schematic[links].any())
        course = _path(network, way.edges)
        passed = _passed(network, way.edges, course, ground, near=not schematic)
        words = [names[key] for key in passed if key != f"posts/{post['id']}"]
        found.append(
            Route(
                id=f"{study_id}-{rank:02d}",
                geometry=course,
                precision=Precision.TOWN if schematic else Precision.VICINITY,
                source="Lamassu route model: a hypothesis, no observation",
                marking=marking,
                simulated=simulated,
                study_id=study_id,
                rank=rank,
                site_id=origin.site_id,
                origin_name=origin.name,
                exit_id=str(post["id"]),
                exit_name=str(post["name"]),
                mode=mode,
                share=round(way.share.middle, 6),
                share_low=round(way.share.low, 6),
                share_high=round(way.share.high, 6),
                time_h=round(way.time_s.middle / 3600, 4),
                time_h_low=round(way.time_s.low / 3600, 4),
                time_h_high=round(way.time_s.high / 3600, 4),
                length_km=round(float(network.link_length_m[links].sum()) / 1000, 3),
                passes="; ".join(dict.fromkeys(filter(None, words))),
                schematic=schematic,
                provenance=told,
            )
        )
    return frame_of_records("routes", found)


def _passed(
    network: Network,
    edges: NDArray[np.int32],
    course: LineString,
    ground: Ground,
    *,
    near: bool,
) -> list[str]:
    """Keys of the posts and towns on the way, in travel order.

    They are those at its junctions and, with `near`, those within `PASSED_KM` of it: a straight
    link does not say what its road runs past, a surveyed course does.
    """
    places = ground.places
    on_way = set(network.graph.head[edges].tolist())
    held = np.array([network.place_node.get(key) in on_way for key in places["key"]], dtype=bool)
    if near and len(places):
        middle = math.cos(math.radians(course.centroid.y))
        flat = shapely.transform([course, *places.geometry], lambda xy: xy * [middle, 1.0])
        held |= shapely.distance(flat[1:], flat[0]) * KM_PER_DEGREE <= PASSED_KM
    found = places[held]
    order = np.argsort([course.project(place) for place in found.geometry], kind="stable")
    return [str(key) for key in found["key"].iloc[order]]


def _path(network: Network, edges: NDArray[np.int32]) -> LineString:
    """The course of a route as one line in travel order, EPSG:4326."""
    parts = []
    for edge in edges:
        link = network.graph.link[edge]
        course = shapely.get_coordinates(network.link_geometry[link])
        start = network.node_lonlat[network.graph.tail[edge]]
        away = np.abs(course[0] - start).sum() > np.abs(course[-1] - start).sum()
        parts.append(course[::-1] if away else course)
    line = np.concatenate(parts)
    fresh = np.r_[True, (np.diff(line, axis=0) != 0).any(axis=1)]
    kept = line[fresh]
    return LineString(kept if len(kept) > 1 else np.repeat(kept, 2, axis=0))


def corridors_frame(
    draws: Draws, ways: gpd.GeoDataFrame, cost_s: NDArray[np.float64]
) -> gpd.GeoDataFrame:
    """The pieces of road and ground that routes use, the least used first.

    ``share`` and its band are those of the draws. ``share_random`` is the second view: expected
    passages on randomised shortest paths under `cost_s`, at most 1.
    """
    from geo.routes.draws import edge_shares  # noqa: PLC0415 - numba is slow

    network = draws.conditions.network
    shares = edge_shares(draws.sample, network.graph)
    random = _random_shares(draws, cost_s)
    used = np.flatnonzero(np.maximum(shares.mean, random) >= LEAST_SHARE)
    used = used[np.argsort(shares.mean[used], kind="stable")]
    way = network.link_way[used]

    def of_way(column: str) -> list[str]:
        values = ways[column].to_numpy()
        return [str(values[row]) if row >= 0 else "" for row in way]

    return gpd.GeoDataFrame(
        {
            "link_id": used,
            "way_id": of_way("way_id"),
            "road_class": [network.classes[number] for number in network.link_class[used]],
            "name": of_way("name"),
            "ref": of_way("ref"),
            "schematic": network.link_schematic[used],
            "length_m": network.link_length_m[used],
            "share": shares.mean[used],
            "share_low": shares.low[used],
            "share_high": shares.high[used],
            "share_random": random[used],
        },
        geometry=list(network.link_geometry[used]),
        crs=WGS84,
    )


def _random_shares(draws: Draws, cost_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected passages of each link, in either direction, on randomised shortest paths, <= 1."""
    from geo.routes.randomised import randomised_usage  # noqa: PLC0415 - numba is slow

    sample, graph = draws.sample, draws.conditions.network.graph
    chances = sample.exit_probability.mean(axis=(0, 1))
    if not sample.weight.size or not (chances > 0).any():
        return np.zeros(graph.links)
    passages = randomised_usage(
        graph,
        cost_s,
        origin=draws.origin,
        exits=draws.conditions.exit_nodes,
        exit_probability=chances,
        theta=THETA + THETA_PER_EDGE * float(np.diff(sample.indptr).mean()),
    )
    shares = np.bincount(graph.link, weights=passages, minlength=graph.links)
    return np.asarray(np.minimum(shares, 1.0))


def exits_frame(
    posts: gpd.GeoDataFrame,
    draws: Draws,
    set_time_s: Sequence[NDArray[np.float64]],
    *,
    closed: Sequence[str],
) -> tuple[gpd.GeoDataFrame, NDArray[np.float64]]:
    """Every post that was asked for, and its share under each set."""
    from geo.routes.hypotheses import exit_times  # noqa: PLC0415 - numba is slow

    sample = draws.sample
    by_set = np.full((len(draws.conditions.parameters), len(posts)), np.nan)
    by_set[:, list(draws.conditions.exits)] = sample.exit_probability.mean(axis=1)
    times = dict(
        zip(
            draws.conditions.exits,
            exit_times(sample, set_time_s, exits=len(draws.conditions.exits)),
            strict=True,
        )
    )
    cut_off = np.atleast_1d(np.isinf(sample.exit_cost_s).all(axis=(0, 1)))
    rows = []
    for row, post in posts.iterrows():
        shut = post["id"] in closed
        key = f"posts/{post['id']}"
        why = ""
        if post["geometry"] is None or post["geometry"].is_empty:
            why = "its place is not known"
        elif key in draws.conditions.network.unattached:
            why = draws.conditions.network.unattached[key]
        elif cut_off[draws.conditions.exits.index(row)]:
            why = "no road or ground leads there from the origin"
        if why:
            by_set[:, row] = np.nan
        elif shut:
            why = "closed in this study"
        time = times.get(row)
        hours = [np.nan] * 3 if time is None or np.isnan(by_set[:, row]).any() else [
            time.middle / 3600, time.low / 3600, time.high / 3600
        ]  # fmt: skip
        rows.append(
            {
                "reachable": not why,
                "why": why,
                "closed": shut,
                **dict(zip(("time_h", "time_h_low", "time_h_high"), hours, strict=True)),
            }
        )
    low, high = np.full(len(posts), np.nan), np.full(len(posts), np.nan)
    known = ~np.isnan(by_set).any(axis=0)
    if known.any():
        low[known], high[known] = np.quantile(by_set[:, known], [0.05, 0.95], axis=0)
    names = ["id", "name", "kind", "country", "facing_country", "geometry"]
    frame = posts[names].assign(
        share=by_set.mean(axis=0), share_low=low, share_high=high, **pd.DataFrame(rows)
    )
    order = frame["share"].sort_values(ascending=False, na_position="last", kind="stable").index
    frame = gpd.GeoDataFrame(frame.loc[order].reset_index(drop=True), crs=WGS84)
    return frame, by_set[:, order.to_numpy()]


def remarks_of(
    origin: Origin, ground: Ground, network: Network, exits: gpd.GeoDataFrame
) -> tuple[str, ...]:
    """What must be said beside the routes."""
    lost = exits[~exits["reachable"] & ~exits["closed"]]
    remarks = [
        "These are ranked hypotheses, not observed routes. A share says how many of the plausible "
        "ways go there; it is no probability that anything was smuggled.",
        *ground.remarks,
        *network.remarks,
    ]
    if ground.simulated:
        remarks.insert(0, "SIMULATED: roads or heights that were used are invented.")
    if origin.simulated:
        remarks.insert(0, "SIMULATED: the origin is invented.")
    if len(lost):
        told = ", ".join(f"{row['name']} ({row['why']})" for _, row in lost.head(12).iterrows())
        more = f" and {len(lost) - 12} more" if len(lost) > 12 else ""
        remarks.append(f"Not modelled, so unknown and not unused: {told}{more}.")
    if origin.precision not in {Precision.EXACT, Precision.VICINITY}:
        remarks.append(f"The origin itself is known by its {origin.precision.value} only.")
    if not exits["reachable"].any():
        remarks.append("No post can be reached under these conditions: there is no route to tell.")
    return tuple(remarks)
