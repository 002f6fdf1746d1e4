"""The two kernels of the search give one answer, and each steps in for the other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.routes.graph import bucket_width_s, graph_of, greatest, shortest_tree
from geo.routes.noise import NO_NOISE, factor_place, noise_values, stream_of
from geo.routes.trees import grow_in_buckets, grow_in_heap, grow_tree

NO_EXITS = np.empty(0, dtype=np.int64)
STREAM = np.uint64(0)


def random_graph(seed, *, nodes=80, edges=300, contrast=1.0):
    """A directed graph whose costs spread by e^contrast, some 0 and some barred."""
    rng = np.random.default_rng(seed)
    tail, head = rng.integers(nodes, size=(2, edges))
    graph, _ = graph_of(tail, head, rng.integers(100, size=edges), nodes=nodes)
    cost = np.exp(contrast * rng.normal(size=edges))
    cost[rng.random(edges) < 0.1] = 0
    cost[rng.random(edges) < 0.1] = np.inf
    return graph, cost


def in_heap(graph, cost, *, stream=STREAM, factors=NO_NOISE, exits=NO_EXITS):
    """Costs and last edges by the heap."""
    costs, incoming = np.empty(graph.nodes), np.empty(graph.nodes, dtype=np.int32)
    grow_in_heap(
        graph.indptr, graph.head, graph.link, cost, stream, factors, 0, exits, costs, incoming
    )
    return costs, incoming


def in_buckets(graph, cost, *, width, stream=STREAM, factors=NO_NOISE, exits=NO_EXITS):
    """Whether the buckets served, and costs by them."""
    costs, incoming = np.empty(graph.nodes), np.empty(graph.nodes, dtype=np.int32)
    served = grow_in_buckets(
        graph.indptr, graph.head, graph.link, cost, width, greatest(cost) * factors.max(), stream,
        factors, 0, exits, costs, incoming,
    )  # fmt: skip
    return served, costs


@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.5, 1.0, 2.0, 20.0]))
def test_buckets_of_any_width_and_the_heap_agree_to_the_last_bit(seed, times):
    """Also under noise, and with costs of 0."""
    graph, cost = random_graph(seed)
    stream, factors = stream_of(seed, 0, 0), noise_values(0.5)
    served, costs = in_buckets(
        graph, cost, width=bucket_width_s(cost) * times, stream=stream, factors=factors
    )
    assert not served or (costs == in_heap(graph, cost, stream=stream, factors=factors)[0]).all()
    if times == 1.0:
        assert served, "buckets of the width that is used do serve"


@given(st.integers(0, 10_000), st.floats(0, 40))
def test_whatever_the_contrast_the_answer_is_that_of_the_heap(seed, contrast):
    """Costs that differ by many orders of magnitude are given to the heap without a word."""
    graph, cost = random_graph(seed, contrast=contrast)
    assert (shortest_tree(graph, cost, origin=0).cost_s == in_heap(graph, cost)[0]).all()


def test_buckets_are_given_up_when_a_graph_makes_them_work_for_nothing():
    """Where each node corrects all later ones once more, 2^24 corrections are left to the heap."""
    steps = 24
    step, bend = np.arange(steps), steps + 1 + np.arange(steps)
    # The dear edge on is looked at last and followed first; the free bend corrects it afterwards.
    tail = np.concatenate([step, step, bend])
    head = np.concatenate([bend, step + 1, step + 1])
    dear = 2.0 ** (steps - step)
    graph, order = graph_of(tail, head, np.arange(3 * steps), nodes=2 * steps + 1)
    cost = np.concatenate([0 * dear, dear, 0 * dear])[order]
    wide = 1e12
    assert not in_buckets(graph, cost, width=wide)[0]
    costs, incoming = np.empty(graph.nodes), np.empty(graph.nodes, dtype=np.int32)
    grow_tree(
        graph.indptr, graph.head, graph.link, cost, wide, greatest(cost), STREAM, NO_NOISE,
        0, NO_EXITS, costs, incoming,
    )  # fmt: skip
    assert (costs == 0).all()


def test_a_chain_of_wide_gaps_is_left_to_the_heap():
    """Opening thousands of empty buckets for each node would take for ever."""
    nodes = 50
    graph, _ = graph_of(
        np.arange(nodes - 1), np.arange(1, nodes), np.arange(nodes - 1), nodes=nodes
    )
    cost = np.full(nodes - 1, 60_000.0)
    served, _ = in_buckets(graph, cost, width=1.0)
    assert not served
    assert shortest_tree(graph, cost, origin=0).cost_s[-1] == 60_000 * (nodes - 1)


def test_a_link_has_one_factor_both_ways_in_both_kernels():
    """There and back on one link cost the same, and the factor is the table's entry."""
    graph, _ = graph_of([0, 1], [1, 0], [5, 5], nodes=2)
    stream, factors = stream_of(9, 1, 2), noise_values(1.0)
    expected = 3.0 * factors[factor_place(stream, np.int32(5), factors.size)]
    for origin, node in ((0, 1), (1, 0)):
        costs, incoming = np.empty(2), np.empty(2, dtype=np.int32)
        grow_tree(
            graph.indptr, graph.head, graph.link, np.full(2, 3.0), 1.5, 3 * factors[-1], stream,
            factors, origin, NO_EXITS, costs, incoming,
        )  # fmt: skip
        assert costs[node] == expected
    assert in_heap(graph, np.full(2, 3.0), stream=stream, factors=factors)[0][1] == expected


def test_what_lies_no_farther_than_the_last_exit_is_settled_in_both_kernels():
    """A free road on from an exit is followed before the search ends."""
    graph, _ = graph_of([0, 1, 2], [1, 2, 3], [0, 1, 2], nodes=4)
    cost = np.array([1.0, 0.0, 5.0])
    exits = np.array([1])
    assert in_heap(graph, cost, exits=exits)[0][:3].tolist() == [0, 1, 1]
    assert in_buckets(graph, cost, width=0.5, exits=exits)[1][:3].tolist() == [0, 1, 1]
