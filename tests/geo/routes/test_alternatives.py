"""Routes that differ: bounds on detour and overlap, and honesty where there are few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidSetting
from geo.routes.alternatives import dissimilar_routes, overlap
from geo.routes.graph import shortest_tree
from tests.geo.routes.small_graphs import both_ways, grid


def test_three_roads_side_by_side_are_found_in_order_of_cost():
    """Ways by nodes 1, 2 and 3 cost 2, 2.4 and 2.8: all within 1.4, none overlapping."""
    pairs = [(0, 1), (1, 4), (0, 2), (2, 4), (0, 3), (3, 4)]
    graph, cost = both_ways(pairs, [1, 1, 1.2, 1.2, 1.4, 1.4], nodes=5)
    routes = dissimilar_routes(graph, cost, origin=0, exit_node=4, count=3)
    assert [graph.head[route.edges[0]] for route in routes] == [1, 2, 3]
    np.testing.assert_allclose([route.cost_s for route in routes], [2, 2.4, 2.8])
    np.testing.assert_allclose([route.detour for route in routes], [1, 1.2, 1.4])
    assert [route.overlap for route in routes] == [0, 0, 0]


def test_a_detour_beyond_the_bound_is_no_route():
    """The way by node 3 costs 1.5 times the cheapest and is left out: two are all there are."""
    pairs = [(0, 1), (1, 4), (0, 2), (2, 4), (0, 3), (3, 4)]
    graph, cost = both_ways(pairs, [1, 1, 1.2, 1.2, 1.5, 1.5], nodes=5)
    assert len(dissimilar_routes(graph, cost, origin=0, exit_node=4, count=3)) == 2


def test_a_bridge_that_all_must_cross_leaves_one_route():
    """Where most of the cost is shared, a second way round the end is no alternative."""
    pairs = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]
    graph, cost = both_ways(pairs, [10, 1, 1, 1, 1], nodes=5)
    assert len(dissimilar_routes(graph, cost, origin=0, exit_node=4, count=5)) == 1
    two = dissimilar_routes(graph, cost, origin=0, exit_node=4, count=5, max_overlap=0.9)
    assert len(two) == 2
    np.testing.assert_allclose([route.overlap for route in two], 10 / 14)


@given(st.integers(0, 200), st.integers(1, 143))
def test_bounds_hold_and_the_first_is_the_cheapest(seed, exit_node):
    """Whole simple ways, within the detour, overlapping less than allowed, the same every time."""
    graph, cost = grid(12, seed)
    options = {"origin": 0, "exit_node": exit_node, "count": 4}
    routes = dissimilar_routes(graph, cost, **options)
    cheapest = shortest_tree(graph, cost, origin=0).cost_s[exit_node]
    assert 1 <= len(routes) <= 4
    assert abs(routes[0].cost_s - cheapest) < 1e-9
    assert [route.cost_s for route in routes] == sorted(route.cost_s for route in routes)
    links = [graph.link[route.edges] for route in routes]
    link_cost = np.zeros(graph.links)
    link_cost[graph.link] = cost
    for i, route in enumerate(routes):
        assert route.cost_s <= 1.4 * cheapest * (1 + 1e-9)
        assert abs(cost[route.edges].sum() - route.cost_s) < 1e-9
        nodes = [0, *graph.head[route.edges].tolist()]
        assert nodes[-1] == exit_node
        assert len(set(nodes)) == len(nodes)
        assert (graph.tail[route.edges] == nodes[:-1]).all()
        shared = [overlap(links[i], other, link_cost) for j, other in enumerate(links) if j != i]
        assert all(one < 0.5 for one in shared)
        assert abs(route.overlap - (np.mean(shared) if shared else 0)) < 1e-12
    again = dissimilar_routes(graph, cost, **options)
    assert [route.edges.tolist() for route in again] == [route.edges.tolist() for route in routes]


def test_ten_differing_routes_are_found_across_a_grid():
    """On a grid of 40 by 40 there are ten, on average sharing less than three tenths."""
    graph, cost = grid(40)
    routes = dissimilar_routes(graph, cost, origin=0, exit_node=1599, count=10)
    assert len(routes) == 10
    assert np.mean([route.overlap for route in routes]) < 0.3


def test_no_way_is_an_empty_list():
    """An island has no routes."""
    graph, cost = both_ways([(0, 1), (2, 3)], [1, 1], nodes=4)
    assert dissimilar_routes(graph, cost, origin=0, exit_node=3, count=2) == []


def test_an_exit_at_the_origin_is_one_route_without_edges():
    """There is nothing to differ in."""
    graph, cost = both_ways([(0, 1)], [1], nodes=2)
    (only,) = dissimilar_routes(graph, cost, origin=0, exit_node=0, count=3)
    assert (only.edges.size, only.cost_s, only.detour, only.overlap) == (0, 0.0, 1.0, 0.0)


def test_roads_that_cost_nothing_are_compared_without_dividing_by_nothing():
    """Two free ways side by side: the second is as good and overlaps nowhere."""
    graph, cost = both_ways([(0, 1), (1, 3), (0, 2), (2, 3)], [0, 0, 0, 0], nodes=4)
    routes = dissimilar_routes(graph, cost, origin=0, exit_node=3, count=2)
    assert [route.detour for route in routes] == [1.0] * len(routes)


def test_overlap_is_by_cost_not_by_number():
    """Links 1 and 2 of cost 3 and 1 shared, 5 and 1 not: 4 of 10."""
    costs = np.array([0.0, 3.0, 1.0, 5.0, 1.0])
    assert overlap(np.array([1, 2, 3]), np.array([2, 1, 4]), costs) == 0.4
    assert overlap(np.array([0]), np.array([0]), costs) == 1.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"count": 0}, "count is 0"),
        ({"max_detour": 0.9}, "max_detour is 0.9"),
        ({"max_detour": np.nan}, "max_detour is nan"),
        ({"max_overlap": 0.0}, "max_overlap is 0"),
        ({"exit_node": 9}, "exit 9"),
        ({"origin": -1}, "origin -1"),
    ],
)
def test_a_setting_outside_its_range_is_refused(change, said):
    """Each is named with its value."""
    graph, cost = both_ways([(0, 1)], [1], nodes=2)
    with pytest.raises(InvalidSetting, match=said):
        dissimilar_routes(graph, cost, **{"origin": 0, "exit_node": 1, "count": 2, **change})
