"""Randomised shortest paths: between the cheapest route and a random walk, without any draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from geo.errors import InvalidSetting
from geo.routes.graph import Graph, checked_costs, checked_nodes, graph_of, shortest_tree

POTENTIALS = (0.5, 1.0, 0.0, 0.75, 0.25)
"""Parts of the walk's own best path in the potential that keeps weights within a double's range, in
the order in which they are tried: half is right for paths of up to a thousand crossings."""

MOST_THETA = 1e9
"""Far beyond where only the cheapest ways are left."""

BALANCE = 1e-6
"""Greatest difference between what flows into a node and out of it, in the most passed edge's
passages or in 1."""


def randomised_usage(
    graph: Graph,
    cost_s: NDArray[np.float64],
    *,
    origin: int,
    exits: ArrayLike,
    exit_probability: ArrayLike,
    theta: float,
) -> NDArray[np.float64]:
    """How often each edge is expected to be passed on the way from `origin` to the exits.

    The way to an exit is random: a path has a probability proportional to that of a random walk
    taking it, times ``exp(-theta * cost / scale)``, with `scale` the mean cost of the cheapest ways
    to the exits by their probability. It ends when its exit is first reached; on the way it may
    pass other exits.

    Parameters
    ----------
    graph : Graph
        The roads.
    cost_s : array of float64, shape (edges,)
        Cost of each edge, 0 or more; inf bars it.
    origin : int
        Node to begin at.
    exits : array of int, shape (exits,)
        Nodes to end at; exits of one node are one.
    exit_probability : array of float, shape (exits,)
        Probability of each exit, 0 or more. Exits that cannot be reached are left out, and what
        is left is scaled to 1.
    theta : float
        0 or more, without unit: 0 is the random walk; the greater, the nearer to the cheapest ways.
        A walk has a choice at every crossing, so a path of a hundred edges needs a theta of some
        hundreds to keep near the cheapest.

    Returns
    -------
    array of float64, shape (edges,)
        Expected passages. What flows into a node flows out, but for one passage more out of the
        origin and into the exits. All 0 if no exit can be reached.

    Raises
    ------
    InvalidSetting
        If a number is outside its range, or paths are too long for their weights to be held.

    Notes
    -----
    Saerens, Achbany, Fouss and Yen (2009), doi:10.1162/neco.2009.11-07-643; Kivimäki, Shimbo and
    Saerens (2014), doi:10.1016/j.physa.2013.09.016: passages ``z_si w_ij z_jt / z_st`` with
    ``Z = inv(I - W)``, ``W = P exp(-theta c)`` and W's row of the exit emptied. P is the walk that
    takes each edge out of a node alike, among those from which an exit can be reached: ground
    without a way out is taken away first.

    All exits share one sparse LU with the rows of all exits emptied; a chain over the exits alone
    then lets a way pass the others. Weights of long paths underflow; each is therefore held
    relative to a potential between the costs of the walk's best and of the cheapest path, and what
    comes out must balance at every node.
    """
    cost = checked_costs(graph, cost_s)
    begin = int(checked_nodes(graph, [origin], name="origin")[0])
    nodes, share = _merged(graph, exits, exit_probability)
    if not 0 <= theta <= MOST_THETA:
        raise InvalidSetting(f"theta is {theta}", expected=f"0 to {MOST_THETA:g}")
    passages = np.zeros(graph.edges)
    forward = shortest_tree(graph, cost, origin=begin).cost_s
    reached = (forward[nodes] < np.inf) & (share > 0)
    nodes, share = nodes[reached], share[reached]
    if not nodes.size:
        return passages
    share = share / share.sum()
    scale = float(share @ forward[nodes])
    on_way = (forward < np.inf) & _leads_to(graph, cost, nodes)
    usable = np.flatnonzero((cost < np.inf) & on_way[graph.tail] & on_way[graph.head])
    tail, head = graph.tail[usable], graph.head[usable]
    plain_cost = np.zeros(usable.size)
    if scale > 0 and theta > 0:
        with np.errstate(over="ignore"):
            plain_cost = theta * (cost[usable] / scale)
    walk_cost = plain_cost + np.log(np.bincount(tail)[tail])
    number = np.cumsum(on_way) - 1
    start, stops = int(number[begin]), number[nodes]
    walked, cheapest = _potentials(graph, usable, walk_cost, plain_cost, begin)
    for part in POTENTIALS:
        potential = part * walked + (1 - part) * cheapest
        weight = np.exp(-(walk_cost + potential[tail] - potential[head]))
        found = _passages(
            number[tail], number[head], weight, start, stops, share, int(on_way.sum())
        )
        if _is_balanced(number[tail], number[head], found, start, stops, share):
            passages[usable] = found
            return passages
    raise InvalidSetting(
        f"theta {theta:g} on paths whose weights leave the range of a double",
        expected="shorter paths, or a greater theta",
        remedy="cut the graph to the area between origin and exits",
    )


def _merged(
    graph: Graph, exits: ArrayLike, exit_probability: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each node among the exits once, with the sum of its probabilities."""
    nodes = checked_nodes(graph, exits, name="exit")
    share = np.asarray(exit_probability, dtype=np.float64)
    if share.shape != nodes.shape:
        raise InvalidSetting(
            f"{share.size} probabilities for {nodes.size} exits", expected="one for each exit"
        )
    if not ((share >= 0) & (share < np.inf)).all():
        raise InvalidSetting(
            f"exit probability {share[~((share >= 0) & (share < np.inf))][0]}",
            expected="0 or more, finite",
        )
    unique, place = np.unique(nodes, return_inverse=True)
    return unique, np.bincount(place, weights=share, minlength=unique.size).astype(np.float64)


def _leads_to(
    graph: Graph, cost: NDArray[np.float64], exits: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether any exit can be reached from each node, shape (nodes,)."""
    # Edges turned round, and one more node from which all exits are reached.
    source = np.full(exits.size, graph.nodes)
    turned, order = graph_of(
        np.concatenate([graph.head, source]),
        np.concatenate([graph.tail, exits]),
        np.zeros(graph.edges + exits.size),
        nodes=graph.nodes + 1,
    )
    turned_cost = np.concatenate([cost, np.zeros(exits.size)])[order]
    return shortest_tree(turned, turned_cost, origin=graph.nodes).cost_s[:-1] < np.inf


def _potentials(
    graph: Graph,
    usable: NDArray[np.int64],
    walk_cost: NDArray[np.float64],
    plain_cost: NDArray[np.float64],
    origin: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cost of the walk's best path and of the cheapest path to each node, 0 beyond reach."""
    both = []
    for cost in (walk_cost, plain_cost):
        full = np.full(graph.edges, np.inf)
        full[usable] = cost
        reached = shortest_tree(graph, full, origin=origin).cost_s
        both.append(np.where(reached < np.inf, reached, 0.0))
    return both[0], both[1]


def _is_balanced(  # noqa: PLR0917 - the matrix in parts
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    passages: NDArray[np.float64],
    origin: int,
    exits: NDArray[np.int64],
    share: NDArray[np.float64],
) -> bool:
    """Whether what flows into each node flows out, but for the origin and the exits' shares."""
    if not np.isfinite(passages).all():
        return False
    nodes = max(int(tail.max(initial=0)), int(head.max(initial=0)), origin, int(exits.max())) + 1
    flow = np.zeros(nodes)
    flow[origin] -= 1
    flow[exits] += share
    flow += np.bincount(tail, passages, nodes) - np.bincount(head, passages, nodes)
    return bool(np.abs(flow).max() < BALANCE * max(1.0, passages.max(initial=0.0)))


def _passages(  # noqa: PLR0917 - the matrix in parts
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    weight: NDArray[np.float64],
    origin: int,
    exits: NDArray[np.int64],
    share: NDArray[np.float64],
    nodes: int,
) -> NDArray[np.float64]:
    """Passages of each edge, mixed over the exits; not finite where weights left the range."""
    from_exit = np.isin(tail, exits)
    inner = ~from_exit
    walk = sparse.csc_array((weight[inner], (tail[inner], head[inner])), shape=(nodes, nodes))
    try:
        # The matrix is an M-matrix: its diagonal may serve as pivot everywhere.
        lu = splu(
            sparse.eye_array(nodes, format="csc") - walk,
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
    except RuntimeError:
        return np.full(tail.size, np.nan)
    leave = sparse.csr_array(
        (weight[from_exit], (np.searchsorted(exits, tail[from_exit]), head[from_exit])),
        shape=(exits.size, nodes),
    )
    ends = np.zeros((nodes, exits.size))
    ends[exits, np.arange(exits.size)] = 1.0
    to_exit = lu.solve(ends)
    starts = np.zeros((nodes, exits.size + 1))
    starts[origin, 0] = 1.0
    starts[:, 1:] = leave.toarray().T
    visits = lu.solve(starts, trans="T")
    chain = leave @ to_exit
    total = np.zeros(tail.size)
    with np.errstate(all="ignore"):
        for t in range(exits.size):
            via = _can_reach(chain, t)
            rest = np.eye(via.size) - chain[np.ix_(via, via)]
            onward = np.linalg.solve(rest, chain[via, t])
            passed = np.linalg.solve(rest.T, to_exit[origin, via])
            before = visits[:, 0] + visits[:, 1 + via] @ passed
            after = to_exit[:, t] + to_exit[:, via] @ onward
            flow = before[tail] * weight * after[head] / after[origin]
            flow[tail == exits[t]] = 0.0
            total += share[t] * flow
    return total


def _can_reach(chain: NDArray[np.float64], target: int) -> NDArray[np.int64]:
    """The other exits from which a way leads to exit `target` through exits."""
    reach = np.zeros(len(chain), dtype=bool)
    reach[target] = True
    while True:
        wider = reach | (chain[:, reach] > 0).any(axis=1)
        if (wider == reach).all():
            reach[target] = False
            return np.flatnonzero(reach)
        reach = wider
