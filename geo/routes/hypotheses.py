"""Sampled routes told as a few ranked ways to each exit, with shares, times and their bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from geo.errors import InvalidSetting
from geo.routes.alternatives import dissimilar_routes
from geo.routes.draws import RouteSample
from geo.routes.graph import Graph

BAND = (0.05, 0.95)
"""Quantiles of every band."""

SPLIT_FROM = 0.02
"""Share from which an exit is told by more than one way: below it, further ways are noise."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Band:
    """A number with its 5 and 95 % bounds."""

    middle: float
    """Mean of a share, median of a time."""
    low: float
    """5 % bound."""
    high: float
    """95 % bound."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hypothesis:
    """One way out, which stands for all sampled routes that are most like it."""

    exit: int
    """Which exit it leads to."""
    edges: NDArray[np.int32]
    """Its edges in travel order."""
    share: Band
    """Share of all sampled routes that it stands for; the bounds are over the parameter sets."""
    time_s: Band
    """Time on the way of the routes that it stands for; the bounds are over these routes."""


def hypotheses(
    sample: RouteSample,
    graph: Graph,
    *,
    cost_s: NDArray[np.float64],
    set_time_s: Sequence[NDArray[np.float64]],
    link_length_m: NDArray[np.float64],
    origin: int,
    exits: Sequence[int],
    count: int,
) -> list[Hypothesis]:
    """Ways that stand for the sampled routes, the greatest share first; equal ones by exit.

    To each exit, up to `count` dissimilar ways are found under the plain costs, and each sampled
    route is counted to the one with which it shares most of its length (Jaccard index of lengths).
    A way that no sampled route is like is left out, so the shares of all ways to an exit add up to
    the exit's.

    Parameters
    ----------
    sample : RouteSample
        Routes from `origin` to `exits`.
    cost_s : array of float64, shape (edges,)
        Costs under the most plausible parameters, for finding the ways.
    set_time_s : sequence of arrays of float64, shape (edges,)
        Time on each edge under each parameter set.
    link_length_m : array of float64, shape (links,)
        Length of each link.
    origin, exits : int
        Nodes; `exits` in the order of `sample`.
    count : int
        Ways for each exit, 1 to 10.

    Raises
    ------
    InvalidSetting
        If `count` is not 1 to 10.
    """
    if not 1 <= count <= 10:
        raise InvalidSetting(f"{count} ways to each exit", expected="1 to 10")
    sets = sample.exit_probability.shape[0]
    passed = _passed(sample, graph)
    time_s = _route_times(sample, set_time_s)
    found = []
    for index, node in enumerate(exits):
        routes = np.flatnonzero(sample.exit_of_route == index)
        if not routes.size:
            continue
        wanted = count if sample.weight[routes].sum() >= SPLIT_FROM else 1
        ways = dissimilar_routes(graph, cost_s, origin=origin, exit_node=node, count=wanted)
        nearest = _most_alike(
            passed[routes], [graph.link[way.edges] for way in ways], link_length_m
        )
        for number, way in enumerate(ways):
            mine = routes[nearest == number]
            if mine.size and sample.weight[mine].sum() > 0:
                found.append(
                    Hypothesis(
                        exit=index,
                        edges=way.edges,
                        share=_share(sample, mine, sets),
                        time_s=weighted_band(time_s[mine], sample.weight[mine]),
                    )
                )
    return sorted(found, key=lambda one: (-one.share.middle, one.exit))


def exit_times(
    sample: RouteSample, set_time_s: Sequence[NDArray[np.float64]], *, exits: int
) -> list[Band | None]:
    """Time on the way to each exit over all sampled routes to it; None where there is none."""
    time_s = _route_times(sample, set_time_s)
    bands: list[Band | None] = []
    for index in range(exits):
        mine = sample.exit_of_route == index
        bands.append(weighted_band(time_s[mine], sample.weight[mine]) if mine.any() else None)
    return bands


def weighted_band(values: NDArray[np.float64], weight: NDArray[np.float64]) -> Band:
    """Weighted median and 5 and 95 % quantiles; unweighted where all weights are 0."""
    order = np.argsort(values, kind="stable")
    held = weight[order] if weight.sum() > 0 else np.ones(values.size)
    reached = (np.cumsum(held) - held / 2) / held.sum()
    low, middle, high = np.interp([BAND[0], 0.5, BAND[1]], reached, values[order])
    return Band(middle=float(middle), low=float(low), high=float(high))


def _passed(sample: RouteSample, graph: Graph) -> sp.csr_array:
    """Which links each sampled route passes, shape (routes, links)."""
    routes = sample.indptr.size - 1
    held = np.ones(sample.edges.size)
    table = sp.csr_array(
        (held, graph.link[sample.edges], sample.indptr), shape=(routes, graph.links)
    )
    table.sum_duplicates()
    table.data[:] = 1.0
    return table


def _route_times(
    sample: RouteSample, set_time_s: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Time of each sampled route under the parameters of its set."""
    times = np.zeros(sample.indptr.size - 1)
    for number, time_s in enumerate(set_time_s):
        for route in np.flatnonzero(sample.set_of_route == number):
            edges = sample.edges[sample.indptr[route] : sample.indptr[route + 1]]
            times[route] = time_s[edges].sum()
    return times


def _most_alike(
    passed: sp.csr_array, ways: list[NDArray[np.int32]], length_m: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Number of the way that each route shares most of its length with; the first of equals."""
    alike = np.empty((passed.shape[0], len(ways)))
    lengths = passed @ length_m
    for number, links in enumerate(ways):
        own = np.zeros(length_m.size)
        own[links] = length_m[links]
        shared = passed @ own
        union = lengths + own.sum() - shared
        alike[:, number] = np.divide(shared, union, out=np.ones_like(union), where=union > 0)
    return np.asarray(alike.argmax(axis=1), dtype=np.int64)


def _share(sample: RouteSample, routes: NDArray[np.int64], sets: int) -> Band:
    """Share of the routes with its bounds over the parameter sets that reach any exit."""
    reached = np.bincount(sample.set_of_route, weights=sample.weight, minlength=sets)
    mine = np.bincount(sample.set_of_route[routes], weights=sample.weight[routes], minlength=sets)
    by_set = mine[reached > 0] / reached[reached > 0]
    low, high = np.quantile(by_set, BAND)
    return Band(middle=float(sample.weight[routes].sum()), low=float(low), high=float(high))
