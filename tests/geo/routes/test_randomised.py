"""Randomised shortest paths against every path counted one by one, and their two limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.errors import InvalidSetting
from geo.routes.graph import graph_of, path_edges, shortest_tree
from geo.routes.randomised import randomised_usage
from tests.geo.routes.small_graphs import both_ways, grid


def enumerated(graph, cost, *, origin, exits, probability, theta):
    """Expected passages by walking every path, where out-edges all lead to an exit; small DAGs."""
    reach = shortest_tree(graph, cost, origin=origin).cost_s[exits]
    share = np.where(np.isfinite(reach), probability, 0)
    share = share / share.sum()
    scale = float(share @ np.where(np.isfinite(reach), reach, 0))
    leads = np.zeros(graph.nodes, dtype=bool)
    leads[[e for e, s in zip(exits, share, strict=True) if s > 0]] = True
    for _ in range(graph.nodes):
        usable = np.isfinite(cost) & leads[graph.head]
        leads[graph.tail[usable]] = True
    usable = np.isfinite(cost) & leads[graph.head]
    degree = np.bincount(graph.tail[usable], minlength=graph.nodes)
    passages = np.zeros(graph.edges)
    for target, part in zip(exits, share, strict=True):
        if part == 0:
            continue
        paths = []
        stack = [(origin, 1.0, [])]
        while stack:
            node, weight, edges = stack.pop()
            if node == target:
                paths.append((weight, edges))
                continue
            for edge in range(graph.indptr[node], graph.indptr[node + 1]):
                if usable[edge]:
                    step = np.exp(-theta * cost[edge] / scale if scale > 0 else 0) / degree[node]
                    stack.append((graph.head[edge], weight * step, [*edges, edge]))
        total = sum(weight for weight, _ in paths)
        for weight, edges in paths:
            np.add.at(passages, edges, part * weight / total)
    return passages


@st.composite
def acyclic(draw):
    """Small graphs whose edges lead from lower to higher numbers, some barred, some free."""
    nodes = draw(st.integers(2, 7))
    pairs = st.tuples(st.integers(0, nodes - 2), st.integers(1, nodes - 1)).filter(
        lambda pair: pair[0] < pair[1]
    )
    edges = draw(st.lists(pairs, min_size=1, max_size=14))
    cost = st.one_of(st.floats(1e-9, 5), st.sampled_from([0.0, np.inf]))
    costs = draw(st.lists(cost, min_size=len(edges), max_size=len(edges)))
    tail, head = np.array(edges).T
    graph, order = graph_of(tail, head, np.arange(len(edges)), nodes=nodes)
    return graph, np.array(costs)[order]


@given(acyclic(), st.sampled_from([0.0, 0.3, 2.0, 10.0]), st.data())
def test_passages_are_those_of_all_paths_counted(drawn, theta, data):
    """Each path weighs its walk's probability times exp(-theta cost / scale)."""
    graph, cost = drawn
    node = st.integers(0, graph.nodes - 1)
    exits = data.draw(st.lists(node, min_size=1, max_size=3, unique=True))
    probability = data.draw(st.lists(st.floats(0.1, 1), min_size=len(exits), max_size=len(exits)))
    assume(np.isfinite(shortest_tree(graph, cost, origin=0).cost_s[exits]).any())
    found = randomised_usage(
        graph, cost, origin=0, exits=exits, exit_probability=probability, theta=theta
    )
    expected = enumerated(graph, cost, origin=0, exits=exits, probability=probability, theta=theta)
    np.testing.assert_allclose(found, expected, atol=1e-10)


def balance(graph, passages):
    """What flows out of each node less what flows in."""
    return np.bincount(graph.tail, passages, minlength=graph.nodes) - np.bincount(
        graph.head, passages, minlength=graph.nodes
    )


def dense(graph, cost, *, origin, target, theta):
    """Passages by dense algebra as printed in Saerens et al. 2009, for one exit and few nodes."""
    walk = np.zeros((graph.nodes, graph.nodes))
    scale = shortest_tree(graph, cost, origin=origin).cost_s[target]
    degree = np.bincount(graph.tail, minlength=graph.nodes)
    step = np.exp(-theta * cost / scale) / degree[graph.tail]
    np.add.at(walk, (graph.tail, graph.head), step)
    walk[target] = 0
    z = np.linalg.inv(np.eye(graph.nodes) - walk)
    passages = z[origin, graph.tail] * step * z[graph.head, target] / z[origin, target]
    return np.where(graph.tail == target, 0, passages)


@pytest.mark.parametrize("theta", [0.0, 1.0, 20.0])
def test_roads_both_ways_agree_with_dense_algebra_exit_by_exit(theta):
    """With cycles, and two exits that ways to the other may pass."""
    graph, cost = grid(6)
    exits, share = [35, 14], [0.25, 0.75]
    reach = shortest_tree(graph, cost, origin=0).cost_s[exits]
    scale = float(np.dot(share, reach))
    expected = sum(
        part * dense(graph, cost, origin=0, target=target, theta=theta * own / scale)
        for part, target, own in zip(share, exits, reach, strict=True)
    )
    found = randomised_usage(
        graph, cost, origin=0, exits=exits, exit_probability=share, theta=theta
    )
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("theta", [0.0, 30.0, 1e3, 1e5])
def test_what_flows_in_flows_out(theta):
    """One passage leaves the origin and the exits take their shares, on 1,600 nodes."""
    graph, cost = grid(40)
    passages = randomised_usage(
        graph, cost, origin=0, exits=[1599, 820], exit_probability=[0.4, 0.6], theta=theta
    )
    expected = np.zeros(graph.nodes)
    expected[[0, 1599, 820]] = [1, -0.4, -0.6]
    assert (passages >= 0).all()
    np.testing.assert_allclose(balance(graph, passages), expected, atol=1e-7)


def test_a_great_theta_gives_the_cheapest_path():
    """All passages are 1 on it and 0 elsewhere, though the weights of long paths underflow."""
    graph, cost = grid(40)
    tree = shortest_tree(graph, cost, origin=0)
    expected = np.zeros(graph.edges)
    expected[path_edges(tree, 1599)] = 1
    found = randomised_usage(graph, cost, origin=0, exits=[1599], exit_probability=[1], theta=1e6)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_theta_0_is_the_random_walk_whatever_the_costs():
    """On a line of three nodes the walk from the middle end comes back once on average."""
    graph, cost = both_ways([(0, 1), (1, 2)], [1, 50], nodes=3)
    passages = randomised_usage(graph, cost, origin=0, exits=[2], exit_probability=[1], theta=0)
    by_ends = dict(
        zip(zip(graph.tail.tolist(), graph.head.tolist(), strict=True), passages, strict=True)
    )
    assert by_ends == pytest.approx({(0, 1): 2, (1, 0): 1, (1, 2): 1, (2, 1): 0})


@pytest.mark.parametrize("theta", [0.0, 1e3, 1e4])
def test_a_long_line_of_crossings_does_not_underflow(theta):
    """Two thousand crossings: the walk's probability is 3^-2000, the passages are still whole."""
    length = 2000
    pairs = [(i, i + 1) for i in range(length)] + [(i, length + 1 + i) for i in range(length)]
    graph, cost = both_ways(pairs, np.ones(len(pairs)), nodes=2 * length + 1)
    passages = randomised_usage(
        graph, cost, origin=0, exits=[length], exit_probability=[1], theta=theta
    )
    expected = np.zeros(graph.nodes)
    expected[[0, length]] = [1, -1]
    np.testing.assert_allclose(balance(graph, passages), expected, atol=1e-7)


def test_a_one_way_trap_is_taken_away_first():
    """A road into a place without way out gets no passage and no share of the walk."""
    graph, order = graph_of([0, 0, 1, 3], [1, 2, 3, 4], [0, 1, 2, 3], nodes=5)
    cost = np.array([1.0, 1.0, 1.0, np.inf])[order]
    passages = randomised_usage(graph, cost, origin=0, exits=[3], exit_probability=[1], theta=1.0)
    assert passages.tolist() == [1, 0, 1, 0]


def test_an_exit_that_is_a_trap_for_the_other_is_no_hindrance():
    """Exit 1 leads nowhere; the way to exit 2 avoids it, at theta 0 too."""
    graph, _ = graph_of([0, 0], [1, 2], [0, 1], nodes=3)
    passages = randomised_usage(
        graph, np.ones(2), origin=0, exits=[1, 2], exit_probability=[0.3, 0.7], theta=0
    )
    np.testing.assert_allclose(passages, [0.3, 0.7])


def test_exits_out_of_reach_leave_their_share_to_the_others():
    """Half the probability is out of reach: the other exit takes all."""
    graph, cost = both_ways([(0, 1), (2, 3)], [1, 1], nodes=4)
    passages = randomised_usage(
        graph, cost, origin=0, exits=[1, 3], exit_probability=[0.5, 0.5], theta=1
    )
    assert passages.sum() == pytest.approx(1)
    none = randomised_usage(graph, cost, origin=0, exits=[3], exit_probability=[1], theta=1)
    assert not none.any()


def test_an_exit_at_the_origin_has_no_passages():
    """It is reached before the first step, whatever else goes on."""
    graph, cost = both_ways([(0, 1)], [1], nodes=2)
    passages = randomised_usage(
        graph, cost, origin=0, exits=[0, 0, 1], exit_probability=[0.2, 0.3, 0.5], theta=1
    )
    assert sorted(passages.tolist()) == pytest.approx([0, 0.5])


def test_roads_that_cost_nothing_are_walked_at_random():
    """Where all is free, theta has nothing to weigh."""
    graph, cost = both_ways([(0, 1), (1, 2)], [0, 0], nodes=3)
    passages = randomised_usage(graph, cost, origin=0, exits=[2], exit_probability=[1], theta=5)
    assert passages.sum() == pytest.approx(4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"theta": -1.0}, "theta is -1"),
        ({"theta": np.nan}, "theta is nan"),
        ({"theta": 1e12}, "theta is 1000000000000"),
        ({"exit_probability": [-0.5]}, "exit probability -0.5"),
        ({"exit_probability": [0.5, 0.5]}, "2 probabilities for 1 exits"),
        ({"exits": [5]}, "exit 5"),
    ],
)
def test_a_setting_outside_its_range_is_refused(change, said):
    """Each is named with its value."""
    graph, cost = both_ways([(0, 1)], [1], nodes=2)
    options = {"origin": 0, "exits": [1], "exit_probability": [1.0], "theta": 1.0}
    with pytest.raises(InvalidSetting, match=said):
        randomised_usage(graph, cost, **{**options, **change})
