"""A few routes to one exit that differ: what an analyst reads aloud."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidSetting
from geo.routes.graph import (
    Graph,
    checked_costs,
    checked_nodes,
    graph_of,
    path_edges,
    shortest_tree,
)

PENALTIES = (1.1, 1.3, 1.6)
"""Factors on the links of each route found, one for each pass. The smallest finds the cheapest
routes; the greater ones find more where those are few, as near motorways and over short ways."""

SEARCHES_PER_ROUTE = 5
"""Searches of a pass, for each route wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One route to the exit."""

    edges: NDArray[np.int32]
    """Its edges in travel order."""
    cost_s: float
    """What it costs."""
    detour: float
    """Its cost over that of the cheapest route, 1 or more."""
    overlap: float
    """Mean overlap with the other routes of the list, 0 to 1; 0 if it is alone."""


def dissimilar_routes(
    graph: Graph,
    cost_s: NDArray[np.float64],
    *,
    origin: int,
    exit_node: int,
    count: int,
    max_detour: float = 1.4,
    max_overlap: float = 0.5,
) -> list[Alternative]:
    """Up to `count` routes, no two of them alike and none much dearer than the cheapest.

    Parameters
    ----------
    graph : Graph
        The roads.
    cost_s : array of float64, shape (edges,)
        Cost of each edge, 0 or more; inf bars it.
    origin, exit_node : int
        Nodes to begin and to end at.
    count : int
        Routes wanted.
    max_detour : float
        Greatest cost of a route over that of the cheapest, 1 or more.
    max_overlap : float
        Overlap that no two routes reach, above 0. The overlap of two routes is the cost of the
        links that both use over that of the links that either uses (Jaccard 1912), a link counted
        at the cost of its cheaper direction.

    Returns
    -------
    list of Alternative
        From the cheapest, which is always the first, to the dearest; the same list on every call.
        Empty if there is no way. Fewer than `count` if the search finds no more: it is a heuristic,
        so that none was found does not prove that there is none.

    Raises
    ------
    InvalidSetting
        If a number is outside its range.

    Notes
    -----
    Penalties on links already used, and the cheapest path again (de la Barra, Perez and Anez 1993,
    "Multidimensional path search and assignment"); a path beyond `max_detour` halves the logarithm
    of every penalty, so that the search comes back to routes that are allowed.
    """
    cost = checked_costs(graph, cost_s)
    for name, number, least in (("count", count, 1), ("max_detour", max_detour, 1.0)):
        if not number >= least:
            raise InvalidSetting(f"{name} is {number}", expected=f"{least} or more")
    if not max_overlap > 0:
        raise InvalidSetting(f"max_overlap is {max_overlap}", expected="more than 0")
    checked_nodes(graph, [exit_node], name="exit")
    whole = shortest_tree(graph, cost, origin=origin)
    cheapest = float(whole.cost_s[exit_node])
    if cheapest == np.inf:
        return []
    # Sums along two ways that cost the same may differ in the last digit.
    limit = cheapest * max_detour * (1 + 1e-12)
    link_cost = np.full(graph.links, np.inf)
    np.minimum.at(link_cost, graph.link, cost)
    turned, order = graph_of(graph.head, graph.tail, graph.link, nodes=graph.nodes)
    back = shortest_tree(turned, cost[order], origin=exit_node)
    # Of a route within the limit, no edge lies farther off; they stay in order of their tails.
    near = np.flatnonzero(whole.cost_s[graph.tail] + cost + back.cost_s[graph.head] <= limit)
    part, _ = graph_of(graph.tail[near], graph.head[near], graph.link[near], nodes=graph.nodes)
    part_cost = cost[near]
    penalty = np.ones(graph.links)
    found = [(cheapest, path_edges(whole, exit_node))]
    searches = SEARCHES_PER_ROUTE * count
    for search in range(searches * len(PENALTIES)):
        if len(found) == count or exit_node == origin:
            break
        factor = PENALTIES[search // searches]
        if search % searches == 0:
            penalty[:] = 1.0
            penalty[graph.link[found[0][1]]] = factor
        dear = part_cost * penalty[part.link]
        tree = shortest_tree(part, dear, origin=origin, exits=[exit_node])
        edges = near[path_edges(tree, exit_node)].astype(np.int32)
        total = float(cost[edges].sum())
        if total > limit:
            penalty = np.sqrt(penalty)
        elif all(
            overlap(graph.link[edges], graph.link[other], link_cost) < max_overlap
            for _, other in found
        ):
            found.append((total, edges))
        penalty[graph.link[edges]] *= factor
    found[1:] = sorted(found[1:], key=lambda pair: pair[0])
    return _listed(graph, found, link_cost)


def overlap(
    links: NDArray[np.int32], others: NDArray[np.int32], link_cost: NDArray[np.float64]
) -> float:
    """Cost of the links that both routes use over that of the links that either uses, 0 to 1."""
    either = link_cost[np.union1d(links, others)].sum()
    shared = link_cost[np.intersect1d(links, others)].sum()
    return float(shared / either) if either > 0 else float(np.intersect1d(links, others).size > 0)


def _listed(
    graph: Graph, found: list[tuple[float, NDArray[np.int32]]], link_cost: NDArray[np.float64]
) -> list[Alternative]:
    """The routes found, each with its detour and its mean overlap with the others."""
    cheapest = found[0][0]
    listed = []
    for i, (cost, edges) in enumerate(found):
        shared = [
            overlap(graph.link[edges], graph.link[other], link_cost)
            for j, (_, other) in enumerate(found)
            if j != i
        ]
        listed.append(
            Alternative(
                edges=edges,
                cost_s=cost,
                detour=cost / cheapest if cheapest > 0 else 1.0,
                overlap=float(np.mean(shared)) if shared else 0.0,
            )
        )
    return listed
