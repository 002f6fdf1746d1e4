"""A road network as a sparse directed graph, and the exact tree of cheapest ways from one node."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidSetting
from geo.routes.noise import NO_NOISE
from geo.routes.trees import grow_tree, path_stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A directed graph in compressed rows: the edges out of a node lie side by side."""

    indptr: NDArray[np.int64]
    """Where the edges of each node begin, shape (nodes + 1,)."""
    head: NDArray[np.int32]
    """Node that each edge leads to, shape (edges,)."""
    link: NDArray[np.int32]
    """Piece of road or ground that each edge runs on, shape (edges,); both directions share it."""
    tail: NDArray[np.int32] = field(init=False)
    """Node that each edge comes from, shape (edges,)."""
    links: int = field(init=False)
    """Number of links: one more than the greatest."""

    def __post_init__(self) -> None:
        """Derive the tails."""
        nodes = np.arange(self.nodes, dtype=np.int32)
        object.__setattr__(self, "tail", np.repeat(nodes, np.diff(self.indptr)))
        object.__setattr__(self, "links", int(self.link.max()) + 1 if self.link.size else 0)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return self.indptr.size - 1

    @property
    def edges(self) -> int:
        """Number of directed edges."""
        return self.head.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Cheapest ways from one node to all others."""

    graph: Graph
    """What the tree lies in."""
    cost_s: NDArray[np.float64]
    """Cost of the cheapest way to each node, shape (nodes,); inf where none was found."""
    incoming_edge: NDArray[np.int32]
    """Last edge of that way, shape (nodes,); -1 at the origin and where there is no way."""


def graph_of(
    tail: ArrayLike, head: ArrayLike, link: ArrayLike, *, nodes: int
) -> tuple[Graph, NDArray[np.int64]]:
    """The graph of a list of edges, and the place in that list of each of its edges.

    Parameters
    ----------
    tail, head, link : array of int, shape (edges,)
        Where each edge comes from and leads to, 0 to nodes - 1, and the link it runs on, 0 or more.
    nodes : int
        Number of nodes.

    Returns
    -------
    Graph
        Its edges sorted by tail; edges of one tail keep their order.
    array of int64, shape (edges,)
        ``order``: ``values[order]`` aligns with the graph what is aligned with the list.

    Raises
    ------
    InvalidSetting
        If the three differ in length, or a number is outside its range.
    """
    tail, head, link = (np.asarray(values, dtype=np.int64).ravel() for values in (tail, head, link))
    if not tail.size == head.size == link.size:
        raise InvalidSetting(
            f"{tail.size} tails, {head.size} heads and {link.size} links",
            expected="one of each for every edge",
        )
    if nodes < 1:
        raise InvalidSetting(f"a graph of {nodes} nodes", expected="at least one node")
    for name, values, top in (("tail", tail, nodes), ("head", head, nodes), ("link", link, 2**31)):
        if values.size and not 0 <= values.min() <= values.max() < top:
            raise InvalidSetting(
                f"{name} {values.min()} to {values.max()}", expected=f"0 to {top - 1}"
            )
    order = np.argsort(tail, kind="stable")
    indptr = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=nodes), out=indptr[1:])
    graph = Graph(
        indptr=indptr,
        head=head[order].astype(np.int32),
        link=link[order].astype(np.int32),
    )
    return graph, order


def shortest_tree(
    graph: Graph,
    cost_s: NDArray[np.float64],
    *,
    origin: int,
    exits: ArrayLike | None = None,
) -> Tree:
    """The exact tree of cheapest ways from `origin`.

    Parameters
    ----------
    graph : Graph
        Where to go.
    cost_s : array of float64, shape (edges,)
        Cost of each edge, 0 or more; inf bars it.
    origin : int
        Where to begin.
    exits : array of int, optional
        Where ways are wanted to. The search ends when all are reached, and nodes dearer than the
        dearest of them then count as not reached. Without it the tree spans all that can be
        reached.

    Returns
    -------
    Tree
        Costs are those of Dijkstra's algorithm in float64. Of ways that cost the same, one is
        taken, always the same one.

    Raises
    ------
    InvalidSetting
        If a cost is negative or NaN, or a node is not of the graph.

    Notes
    -----
    Buckets half a median cost wide, each emptied before the next is opened (Dial, R. B. (1969),
    doi:10.1145/363269.363610; with real costs Denardo, E. V. and Fox, B. L. (1979),
    doi:10.1287/opre.27.1.161). Costs too uneven for buckets are given to a binary heap.
    """
    cost = checked_costs(graph, cost_s)
    begin = int(checked_nodes(graph, [origin], name="origin")[0])
    goals = checked_nodes(graph, [] if exits is None else exits, name="exit")
    tree_cost = np.empty(graph.nodes)
    incoming = np.empty(graph.nodes, dtype=np.int32)
    grow_tree(
        graph.indptr, graph.head, graph.link, cost, bucket_width_s(cost), greatest(cost),
        np.uint64(0), NO_NOISE, begin, goals, tree_cost, incoming,
    )  # fmt: skip
    if goals.size:
        beyond = tree_cost > tree_cost[goals].max()
        tree_cost[beyond] = np.inf
        incoming[beyond] = -1
    return Tree(graph=graph, cost_s=tree_cost, incoming_edge=incoming)


def path_edges(tree: Tree, node: int) -> NDArray[np.int32]:
    """The edges of the cheapest way to `node` in travel order; empty at the origin or without way.

    dtype int32, numbers of edges of the tree's graph.
    """
    wanted = checked_nodes(tree.graph, [node], name="node")
    return path_stack(tree.graph.tail, tree.incoming_edge, wanted)[1]


def checked_costs(graph: Graph, cost_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """`cost_s` as float64, one for each edge and none negative or NaN, else InvalidSetting."""
    cost = np.ascontiguousarray(cost_s, dtype=np.float64)
    if cost.shape != (graph.edges,):
        raise InvalidSetting(
            f"costs of shape {cost.shape}", expected=f"one for each of the {graph.edges} edges"
        )
    bad = np.flatnonzero(~(cost >= 0))
    if bad.size:
        raise InvalidSetting(
            f"cost {cost[bad[0]]} at edge {bad[0]} and {bad.size - 1} more",
            expected="costs of 0 or more, inf where an edge is barred",
        )
    return cost


def checked_nodes(graph: Graph, nodes: ArrayLike, *, name: str) -> NDArray[np.int64]:
    """`nodes` as int64, each a node of `graph`, else InvalidSetting."""
    wanted = np.asarray(nodes, dtype=np.int64).ravel()
    if wanted.size and not 0 <= wanted.min() <= wanted.max() < graph.nodes:
        raise InvalidSetting(
            f"{name} {wanted.min()} to {wanted.max()}",
            expected=f"nodes 0 to {graph.nodes - 1} of the graph",
        )
    return wanted


def bucket_width_s(cost: NDArray[np.float64]) -> float:
    """Half the median of the costs that are neither 0 nor inf, or of a part of them; 1 if none.

    Never so small that its inverse is infinite.
    """
    some = cost[:: max(1, cost.size // 10_000)]
    usable = some[(some > 0) & (some < np.inf)]
    return max(float(np.median(usable)) / 2, 1e-300) if usable.size else 1.0


def greatest(cost: NDArray[np.float64]) -> float:
    """The greatest finite cost; 0 if there is none."""
    return float(np.max(cost, initial=0.0, where=cost < np.inf))
