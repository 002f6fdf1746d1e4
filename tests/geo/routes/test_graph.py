"""Graphs and the tree of cheapest ways, against SciPy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from geo.errors import InvalidSetting
from geo.routes.graph import graph_of, path_edges, shortest_tree


def both_ways(pairs, *, nodes):
    """A graph in which every pair is a link with an edge each way."""
    tail, head = np.array(pairs).T
    link = np.arange(len(pairs))
    return graph_of(
        np.concatenate([tail, head]), np.concatenate([head, tail]), np.tile(link, 2), nodes=nodes
    )


@st.composite
def drawn_graphs(draw):
    """Small graphs with self loops, parallel edges, zero, huge and barred costs, and many ties."""
    nodes = draw(st.integers(1, 12))
    node = st.integers(0, nodes - 1)
    cost = st.one_of(
        st.sampled_from([0.0, 1.0, 2.0, np.inf, 1e-9, 1e12]), st.floats(0, 10, allow_nan=False)
    )
    edges = draw(st.lists(st.tuples(node, node, st.integers(0, 5), cost), max_size=50))
    table = np.array(edges, dtype=float).reshape(-1, 4)
    tail, head, link = table[:, :3].T.astype(int)
    graph, order = graph_of(tail, head, link, nodes=nodes)
    return graph, table[order, 3], draw(node)


def independent_costs(graph, cost, origin):
    """Cheapest costs by SciPy, which keeps explicit zeros and needs the least of parallel edges."""
    least: dict[tuple[int, int], float] = {}
    for tail, head, one in zip(
        graph.tail.tolist(), graph.head.tolist(), cost.tolist(), strict=True
    ):
        if np.isfinite(one):
            least[tail, head] = min(one, least.get((tail, head), np.inf))
    ends = np.array(list(least), dtype=int).reshape(-1, 2)
    matrix = sparse.csr_array(
        (np.array(list(least.values())), (ends[:, 0], ends[:, 1])), shape=(graph.nodes,) * 2
    )
    return dijkstra(matrix, indices=origin)


def test_edges_are_sorted_by_tail_and_the_permutation_says_from_where():
    """What is aligned with the list becomes aligned with the graph."""
    graph, order = graph_of([2, 0, 2, 1], [0, 1, 1, 2], [7, 8, 9, 7], nodes=4)
    assert order.tolist() == [1, 3, 0, 2]
    assert graph.tail.tolist() == [0, 1, 2, 2]
    assert graph.head.tolist() == [1, 2, 0, 1]
    assert graph.link.tolist() == [8, 7, 7, 9]
    assert graph.indptr.tolist() == [0, 1, 2, 4, 4]
    assert (graph.nodes, graph.edges, graph.links) == (4, 4, 10)
    assert graph.head.dtype == graph.link.dtype == graph.tail.dtype == np.int32


def test_a_square_has_the_ways_counted_by_hand():
    """0-1-3 costs 3, 0-2-3 costs 2.5: the tree takes the cheaper one."""
    graph, order = both_ways([(0, 1), (1, 3), (0, 2), (2, 3)], nodes=4)
    cost = np.tile([1.0, 2.0, 2.0, 0.5], 2)[order]
    tree = shortest_tree(graph, cost, origin=0)
    assert tree.cost_s.tolist() == [0.0, 1.0, 2.0, 2.5]
    edges = path_edges(tree, 3)
    assert graph.tail[edges].tolist() == [0, 2]
    assert graph.head[edges].tolist() == [2, 3]
    assert path_edges(tree, 0).size == 0


@given(drawn_graphs())
def test_costs_are_those_of_an_independent_dijkstra(drawn):
    """Zero, barred and tied costs, self loops, parallel edges and what cannot be reached."""
    graph, cost, origin = drawn
    np.testing.assert_allclose(
        shortest_tree(graph, cost, origin=origin).cost_s, independent_costs(graph, cost, origin)
    )


@given(drawn_graphs())
def test_each_way_is_whole_and_costs_what_the_tree_says(drawn):
    """A path leads from the origin to its node over usable edges, and its sum is exact."""
    graph, cost, origin = drawn
    tree = shortest_tree(graph, cost, origin=origin)
    for node in range(graph.nodes):
        edges = path_edges(tree, node)
        if np.isinf(tree.cost_s[node]) or node == origin:
            assert edges.size == 0
            continue
        assert graph.tail[edges[0]] == origin
        assert graph.head[edges[-1]] == node
        assert (graph.tail[edges[1:]] == graph.head[edges[:-1]]).all()
        assert len(set(graph.tail[edges].tolist())) == edges.size, "no node is passed twice"
        total = 0.0
        for edge in edges:
            total += cost[edge]
        assert total == tree.cost_s[node]


@given(drawn_graphs(), st.data())
def test_stopping_at_exits_changes_nothing_up_to_the_dearest_of_them(drawn, data):
    """Nodes up to the farthest exit keep their costs and edges; farther ones do not count."""
    graph, cost, origin = drawn
    exits = data.draw(st.lists(st.integers(0, graph.nodes - 1), min_size=1, max_size=4))
    whole = shortest_tree(graph, cost, origin=origin)
    stopped = shortest_tree(graph, cost, origin=origin, exits=exits)
    near = whole.cost_s <= whole.cost_s[exits].max()
    assert (stopped.cost_s == np.where(near, whole.cost_s, np.inf)).all()
    assert (stopped.incoming_edge[~near] == -1).all()
    for node in np.flatnonzero(near & np.isfinite(whole.cost_s)):
        assert (path_edges(stopped, node).size == 0) == (path_edges(whole, node).size == 0)


def test_a_road_network_of_some_thousand_nodes_agrees_to_the_last_bit():
    """On a long-range graph the costs equal SciPy's exactly."""
    rng = np.random.default_rng(4)
    side = 60
    number = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [
            np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1),
            np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1),
        ]
    )
    graph, order = both_ways(pairs[rng.random(len(pairs)) < 0.8], nodes=side * side)
    cost = np.exp(rng.normal(4, 2, graph.edges))[order]
    tree = shortest_tree(graph, cost, origin=0)
    assert (tree.cost_s == independent_costs(graph, cost, 0)).all()


def test_an_empty_graph_reaches_its_origin_only():
    """No edges is no error."""
    graph, _ = graph_of([], [], [], nodes=3)
    assert shortest_tree(graph, np.empty(0), origin=1).cost_s.tolist() == [np.inf, 0.0, np.inf]
    assert graph.links == 0


@pytest.mark.parametrize("bad", [-1.0, np.nan, -np.inf])
def test_a_negative_or_unknown_cost_is_refused(bad):
    """The message names the value, the edge and what bars an edge."""
    graph, _ = graph_of([0, 1], [1, 0], [0, 0], nodes=2)
    with pytest.raises(InvalidSetting, match=r"at edge 1 .*inf where an edge is barred"):
        shortest_tree(graph, np.array([1.0, bad]), origin=0)


def test_costs_must_fit_the_edges():
    """One cost for each edge."""
    graph, _ = graph_of([0, 1], [1, 0], [0, 0], nodes=2)
    with pytest.raises(InvalidSetting, match="one for each of the 2 edges"):
        shortest_tree(graph, np.ones(3), origin=0)


@pytest.mark.parametrize(("origin", "exits"), [(2, None), (-1, None), (0, [2]), (0, [-1])])
def test_a_node_outside_the_graph_is_refused(origin, exits):
    """Also a negative one, which would count from the end."""
    graph, _ = graph_of([0, 1], [1, 0], [0, 0], nodes=2)
    with pytest.raises(InvalidSetting, match="nodes 0 to 1 of the graph"):
        shortest_tree(graph, np.ones(2), origin=origin, exits=exits)


@pytest.mark.parametrize(
    ("tail", "head", "link", "nodes", "said"),
    [
        ([0, 1], [1], [0], 2, "one of each for every edge"),
        ([0], [2], [0], 2, "head 2 to 2"),
        ([-1], [1], [0], 2, "tail -1 to -1"),
        ([0], [1], [-5], 2, "link -5"),
        ([], [], [], 0, "at least one node"),
    ],
)
def test_a_list_that_is_no_graph_is_refused(tail, head, link, nodes, said):
    """Each fault is named with its value."""
    with pytest.raises(InvalidSetting, match=said):
        graph_of(tail, head, link, nodes=nodes)
