"""Routes as probabilities: many draws of what each road costs, and how often each is then used."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import softmax

from geo.errors import InvalidSetting
from geo.routes.graph import (
    Graph,
    bucket_width_s,
    checked_costs,
    checked_nodes,
    graph_of,
    greatest,
    shortest_tree,
)
from geo.routes.noise import noise_values, stream_of
from geo.routes.trees import grow_tree, path_stack

LEAST_PROBABILITY = 1e-6
"""Routes less likely than this in their draw are not kept; the draw's others make up for them."""

MOST_ROUTE_EDGES = 100_000_000
"""Edges of all kept routes together, 0.4 GB; beyond it draws are refused, not swapped to disk."""

BLOCK = 16
"""Draws that a thread takes at a time."""

BAND = (0.05, 0.95)
"""Quantiles of the band over parameter sets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSample:
    """Routes from one origin to its exits, each with its weight; all draws together weigh 1."""

    set_of_route: NDArray[np.int32]
    """Parameter set of each route, shape (routes,)."""
    draw_of_route: NDArray[np.int32]
    """Draw within the set, shape (routes,)."""
    exit_of_route: NDArray[np.int32]
    """Place of its exit among the exits asked for, shape (routes,)."""
    weight: NDArray[np.float64]
    """Probability of each route, shape (routes,); sums to 1, unless no exit can be reached."""
    indptr: NDArray[np.int64]
    """Where the edges of each route begin, shape (routes + 1,)."""
    edges: NDArray[np.int32]
    """Edges of all routes in travel order; a route that begins at its exit has none."""
    exit_cost_s: NDArray[np.float64]
    """Cheapest cost to each exit, shape (sets, draws, exits); inf where it cannot be reached."""
    exit_probability: NDArray[np.float64]
    """Probability of each exit, shape (sets, draws, exits); all 0 where none can be reached."""

    @property
    def routes(self) -> int:
        """Number of routes."""
        return self.weight.size

    @property
    def reached(self) -> float:
        """Share of the draws in which any exit can be reached and is open."""
        return float((self.exit_probability.sum(axis=2) > 0).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How much of the traffic uses each link or exit, and how far that hangs on the parameters."""

    mean: NDArray[np.float64]
    """Share over all draws, 0 to 1."""
    low: NDArray[np.float64]
    """5 % quantile over the parameter sets of each set's share."""
    high: NDArray[np.float64]
    """95 % quantile."""


class Drawn(NamedTuple):
    """What one draw gives: cost and probability of each exit, and the routes to the kept ones."""

    cost_s: NDArray[np.float64]
    probability: NDArray[np.float64]
    kept: NDArray[np.int64]
    lengths: NDArray[np.int64]
    edges: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some draws of one set: what a thread takes at a time."""

    parameter_set: int
    draws: range
    cost_s: NDArray[np.float64]
    sigma: float
    goals: NDArray[np.int64]
    log_pull: NDArray[np.float64]
    extra_s: NDArray[np.float64]
    spread_s: float


def sample_routes(
    graph: Graph,
    *,
    set_cost_s: Sequence[NDArray[np.float64]],
    set_noise: Sequence[float],
    origin: int,
    exits: ArrayLike,
    exit_log_pull: ArrayLike,
    exit_extra_s: ArrayLike,
    exit_spread_s: ArrayLike,
    draws_per_set: int,
    seed: int,
    threads: int = 2,
) -> RouteSample:
    """Cheapest routes from `origin` to every exit under many draws, and the probability of each.

    In draw d of set s an edge costs ``set_cost_s[s] * exp(set_noise[s] * z)``, with z drawn anew
    for each link and draw and the same in both directions. The exits of a draw share a probability
    of 1 by a logit: ``softmax(log_pull - (cost + extra) / spread)`` over those that can be reached.

    Parameters
    ----------
    graph : Graph
        The roads.
    set_cost_s : sequence of arrays of float64, each of shape (edges,)
        Costs of the edges under each parameter set, 0 or more; inf bars an edge.
    set_noise : sequence of float, one for each set
        Standard deviation of the logarithm of a link's cost, 0 or more.
    origin : int
        Node to begin at.
    exits : array of int, shape (exits,)
        Nodes to end at; several exits may share a node.
    exit_log_pull : array of float, shape (sets, exits)
        Logarithm of each exit's pull; -inf closes it.
    exit_extra_s : array of float, shape (sets, exits)
        What an exit costs on top of the way there; inf closes it.
    exit_spread_s : array of float, shape (sets,)
        Cost difference that makes an exit e times less likely, above 0.
    draws_per_set : int
        Draws of each set.
    seed : int
        0 or more. What is drawn for a link hangs on seed, set, draw and link alone: the same call
        gives the same sample, with any number of threads, and two calls that differ in costs only
        (a closed road) can be compared draw by draw.
    threads : int
        Threads to work with.

    Returns
    -------
    RouteSample
        Without routes if no exit can be reached in any draw.

    Raises
    ------
    InvalidSetting
        If a number is outside its range, shapes do not fit, or the routes take too much memory.

    Notes
    -----
    The noise z takes 4096 values, all equally likely: the quantiles of the standard normal law at
    the middles of 4096 equal parts, scaled to variance 1, so that it has mean 0 and ends at 3.7.
    Which one comes from SplitMix64 used as a counter (Steele, Lea and Flood 2014,
    doi:10.1145/2714064.2660195). Cost multiplied by lognormal noise, then a cheapest path: a probit
    model of route choice by simulation (Sheffi and Powell 1982, doi:10.1002/net.3230120209).
    """
    count = len(set_cost_s)
    places = checked_nodes(graph, exits, name="exit")
    begin = int(checked_nodes(graph, [origin], name="origin")[0])
    noise = _table("set_noise", set_noise, (count,), 0.0, 10.0)
    pull = _table("exit_log_pull", exit_log_pull, (count, places.size), -np.inf, 700.0)
    extra = _table("exit_extra_s", exit_extra_s, (count, places.size), 0.0, np.inf)
    spread = _table("exit_spread_s", exit_spread_s, (count,), 1e-9, 1e300)
    for name, number, least, most in (
        ("sets", count, 1, 2**31),
        ("draws_per_set", draws_per_set, 1, 2**31),
        ("seed", seed, 0, 2**63),
        ("threads", threads, 1, 1024),
    ):
        if not least <= number < most:
            raise InvalidSetting(f"{name} is {number}", expected=f"{least} to {most - 1}")
    costs = [checked_costs(graph, cost) for cost in set_cost_s]
    near, order, node = _in_order_of_reach(graph, costs[0], begin)
    ends = node[places]
    blocks, barred, goals = [], np.empty(0), ends
    for s, cost in enumerate(costs):
        if not np.array_equal(np.isinf(cost), barred):
            barred = np.isinf(cost)
            tree = shortest_tree(near, cost[order], origin=int(node[begin]))
            goals = ends[tree.cost_s[ends] < np.inf]
        blocks += [
            Block(
                parameter_set=s, draws=range(first, min(first + BLOCK, draws_per_set)),
                cost_s=cost, sigma=float(noise[s]), goals=goals, log_pull=pull[s],
                extra_s=extra[s], spread_s=float(spread[s]),
            )
            for first in range(0, draws_per_set, BLOCK)
        ]  # fmt: skip
    drawn: list[Drawn] = []
    kept_edges = 0
    with ThreadPoolExecutor(threads) as pool:
        for part in pool.map(lambda b: _draw(near, order, b, int(node[begin]), ends, seed), blocks):
            drawn += part
            kept_edges += sum(one.edges.size for one in part)
            if kept_edges > MOST_ROUTE_EDGES:
                pool.shutdown(wait=False, cancel_futures=True)
                raise InvalidSetting(
                    f"the routes of {len(drawn)} of {count * draws_per_set} draws have "
                    f"{kept_edges:,} edges",
                    expected=f"at most {MOST_ROUTE_EDGES:,} in all",
                    remedy="ask for fewer draws or exits",
                )
    return _gathered(drawn, count)


def edge_shares(sample: RouteSample, graph: Graph) -> Shares:
    """Share of the traffic that uses each link, in either direction, with its band.

    Returns
    -------
    Shares
        Arrays of shape (links,). The band spans 5 to 95 % of the parameter sets in which an exit
        can be reached: how much the answer hangs on what is not known. With few draws in a set it
        also holds their scatter. All 0 if the sample is empty.
    """
    links = graph.link[sample.edges]
    lengths = np.diff(sample.indptr)
    weight = np.repeat(sample.weight, lengths)
    mean = np.bincount(links, weights=weight, minlength=graph.links).astype(np.float64)
    low, high = np.zeros(graph.links), np.zeros(graph.links)
    used = np.flatnonzero(mean)
    place = np.zeros(graph.links, dtype=np.int64)
    place[used] = np.arange(used.size)
    sets = sample.exit_probability.shape[0]
    per_set = sparse.csc_array(
        (weight, (np.repeat(sample.set_of_route, lengths), place[links])), shape=(sets, used.size)
    )
    total = np.bincount(sample.set_of_route, weights=sample.weight, minlength=sets)
    reached = total > 0
    # Blocks keep the dense table small however many sets and links there are.
    for begin in range(0, used.size, 10_000):
        block = per_set[:, begin : begin + 10_000].toarray()[reached] / total[reached, None]
        band = np.quantile(block, BAND, axis=0)
        low[used[begin : begin + 10_000]], high[used[begin : begin + 10_000]] = band
    return Shares(mean=mean, low=low, high=high)


def exit_shares(sample: RouteSample) -> Shares:
    """Share of the traffic that leaves by each exit, with its band over the parameter sets.

    Returns
    -------
    Shares
        Arrays of shape (exits,). Draws in which no exit can be reached do not count; all 0 if there
        are no others.
    """
    _, _, exits = sample.exit_probability.shape
    total = sample.exit_probability.sum(axis=(1, 2))
    reached = total > 0
    if not reached.any():
        return Shares(mean=np.zeros(exits), low=np.zeros(exits), high=np.zeros(exits))
    by_set = sample.exit_probability.sum(axis=1)[reached]
    low, high = np.quantile(by_set / total[reached, None], BAND, axis=0)
    return Shares(mean=by_set.sum(axis=0) / total.sum(), low=low, high=high)


def node_passes(sample: RouteSample, graph: Graph, nodes: ArrayLike) -> sparse.csr_array:
    """Whether each route passes each of `nodes`, also at its ends; shape (routes, nodes), bool."""
    wanted = checked_nodes(graph, nodes, name="node")
    lengths = np.diff(sample.indptr)
    route = np.repeat(np.arange(sample.routes), lengths)
    visits = sparse.csr_array(
        (
            np.ones(2 * route.size, dtype=bool),
            (
                np.concatenate([route, route]),
                np.concatenate([graph.tail[sample.edges], graph.head[sample.edges]]),
            ),
        ),
        shape=(sample.routes, graph.nodes),
    )
    return sparse.csr_array(visits[:, wanted], dtype=bool)


def _table(
    name: str, values: ArrayLike, shape: tuple[int, ...], low: float, high: float
) -> NDArray[np.float64]:
    """`values` as float64 of `shape` within low to high, else InvalidSetting."""
    table = np.asarray(values, dtype=np.float64)
    if table.shape != shape:
        raise InvalidSetting(f"{name} of shape {table.shape}", expected=f"shape {shape}")
    bad = table[~((table >= low) & (table <= high))]
    if bad.size:
        raise InvalidSetting(f"{name} holds {bad[0]}", expected=f"{low:g} to {high:g}")
    return table


def _in_order_of_reach(
    graph: Graph, cost: NDArray[np.float64], origin: int
) -> tuple[Graph, NDArray[np.int64], NDArray[np.int64]]:
    """`graph` with nodes numbered by cost from `origin`, the place of its edges, the new numbers.

    A search works along a front; so numbered, the front lies close together in memory, and a
    search takes two thirds of the time.
    """
    tree = shortest_tree(graph, cost, origin=origin)
    node = np.empty(graph.nodes, dtype=np.int64)
    node[np.argsort(tree.cost_s, kind="stable")] = np.arange(graph.nodes)
    near, order = graph_of(node[graph.tail], node[graph.head], graph.link, nodes=graph.nodes)
    return near, order, node


def _draw(  # noqa: PLR0917 - called in one place, in a thread
    graph: Graph,
    order: NDArray[np.int64],
    block: Block,
    origin: int,
    exits: NDArray[np.int64],
    seed: int,
) -> list[Drawn]:
    """The draws of `block` one after the other in the same memory."""
    tree_cost = np.full(graph.nodes, np.inf)
    incoming = np.full(graph.nodes, -1, dtype=np.int32)
    cost = block.cost_s[order]
    factors = noise_values(block.sigma)
    width, top = bucket_width_s(cost), greatest(cost) * float(factors[-1])
    drawn = []
    for draw in block.draws:
        if block.goals.size:
            grow_tree(
                graph.indptr, graph.head, graph.link, cost, width, top,
                stream_of(seed, block.parameter_set, draw), factors, origin, block.goals,
                tree_cost, incoming,
            )  # fmt: skip
        cost_s = tree_cost[exits]
        probability = _logit(block, cost_s)
        kept = np.flatnonzero(probability >= LEAST_PROBABILITY)
        lengths, edges = path_stack(graph.tail, incoming, exits[kept])
        drawn.append(Drawn(cost_s, probability, kept, lengths, order[edges].astype(np.int32)))
    return drawn


def _logit(block: Block, cost_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each exit, summing to 1, or all 0 if none is reached and open."""
    total = cost_s + block.extra_s
    usable = np.isfinite(total) & np.isfinite(block.log_pull)
    probability = np.zeros(total.size)
    if usable.any():
        # From the cheapest on, so that no cost is too great for a small spread.
        above = total[usable] - total[usable].min()
        probability[usable] = softmax(block.log_pull[usable] - above / block.spread_s)
    return probability


def _gathered(drawn: Sequence[Drawn], sets: int) -> RouteSample:
    """All draws as one sample, the weights of each reached draw the same in sum."""
    draws = len(drawn) // sets
    probability = np.array([one.probability for one in drawn])
    kept = np.array([one.kept.size for one in drawn])
    reached = int(np.count_nonzero(kept))
    which = np.repeat(np.arange(len(drawn)), kept)
    exit_of_route = np.concatenate([one.kept for one in drawn])
    weight = probability[which, exit_of_route]
    weight /= np.bincount(which, weights=weight, minlength=len(drawn))[which] * max(reached, 1)
    lengths = np.concatenate([one.lengths for one in drawn])
    return RouteSample(
        set_of_route=(which // draws).astype(np.int32),
        draw_of_route=(which % draws).astype(np.int32),
        exit_of_route=exit_of_route.astype(np.int32),
        weight=weight,
        indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        edges=np.concatenate([one.edges for one in drawn]),
        exit_cost_s=np.array([one.cost_s for one in drawn]).reshape(sets, draws, -1),
        exit_probability=probability.reshape(sets, draws, -1),
    )
