"""Routes as probabilities: shares by hand, the law of choice, the same sample every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from geo.errors import InvalidSetting
from geo.routes import draws
from geo.routes.draws import edge_shares, exit_shares, node_passes, sample_routes
from geo.routes.graph import graph_of, shortest_tree
from tests.geo.routes.small_graphs import both_ways, grid

SQUARE = [(0, 1), (0, 2), (1, 3), (2, 3)]
"""Two ways from 0 to 3: links 0 and 2 by node 1, links 1 and 3 by node 2."""


def sampled(graph, costs, *, exits, noise=0.0, spread=1.0, draws_per_set=1, seed=0, **more):
    """A sample with the same noise and spread in each set, and no pulls or extras unless given."""
    options = {
        "origin": 0,
        "exit_log_pull": np.zeros((len(costs), len(exits))),
        "exit_extra_s": np.zeros((len(costs), len(exits))),
        **more,
    }
    return sample_routes(
        graph,
        set_cost_s=costs,
        set_noise=[noise] * len(costs),
        exits=exits,
        exit_spread_s=np.full(len(costs), spread),
        draws_per_set=draws_per_set,
        seed=seed,
        **options,
    )


def assert_same(one, other):
    """Every array of two samples is equal to the last bit."""
    for name in type(one).__slots__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_without_noise_all_traffic_takes_the_cheaper_side_of_a_square():
    """The share is 1 on its two links and 0 on the others, and the band is as narrow."""
    graph, cost = both_ways(SQUARE, [1, 2, 1, 2], nodes=4)
    sample = sampled(graph, [cost], exits=[3])
    shares = edge_shares(sample, graph)
    assert shares.mean.tolist() == [1, 0, 1, 0]
    assert shares.low.tolist() == shares.high.tolist() == [1, 0, 1, 0]
    assert sample.exit_cost_s.tolist() == [[[2.0]]]
    assert graph.head[sample.edges].tolist() == [1, 3]
    assert sample.weight.tolist() == [1.0]
    assert sample.reached == 1.0


def test_exits_share_by_a_logit_of_cost_and_pull():
    """Costs 1 and 2 with spread 2, the dearer pulling e times as much: its logit is 0.5 more."""
    graph, cost = both_ways(SQUARE, [1, 2, 9, 9], nodes=4)
    sample = sampled(graph, [cost], exits=[1, 2], spread=2.0, exit_log_pull=[[0.0, 1.0]])
    expected = 1 / (1 + np.exp(0.5))
    np.testing.assert_allclose(sample.exit_probability[0, 0], [expected, 1 - expected])
    np.testing.assert_allclose(exit_shares(sample).mean, [expected, 1 - expected])
    np.testing.assert_allclose(edge_shares(sample, graph).mean, [expected, 1 - expected, 0, 0])


def test_extra_cost_at_an_exit_counts_as_cost():
    """One second more of waiting is one second more of driving."""
    graph, cost = both_ways(SQUARE, [1, 1, 9, 9], nodes=4)
    sample = sampled(graph, [cost], exits=[1, 2], exit_extra_s=[[1.0, 0.0]])
    np.testing.assert_allclose(sample.exit_probability[0, 0, 0], 1 / (1 + np.e))


def test_the_band_spans_the_parameter_sets():
    """Nine of ten sets go by node 1: mean 0.9, and 5 % of the sets lie between 0 and 1."""
    graph, cheap = both_ways(SQUARE, [1, 2, 1, 2], nodes=4)
    _, dear = both_ways(SQUARE, [3, 2, 1, 2], nodes=4)
    sample = sampled(graph, [cheap] * 9 + [dear], exits=[3])
    shares = edge_shares(sample, graph)
    np.testing.assert_allclose(shares.mean, [0.9, 0.1, 0.9, 0.1])
    np.testing.assert_allclose(shares.low, [0.45, 0, 0.45, 0])
    np.testing.assert_allclose(shares.high, [1, 0.55, 1, 0.55])


def test_two_roads_share_as_the_probit_law_says():
    """P(first) = Phi(ln(1.1) / (sigma sqrt 2)) for costs 1 and 1.1, within four standard errors."""
    graph, _ = graph_of([0, 0], [1, 1], [0, 1], nodes=2)
    draws_per_set = 20_000
    sample = sampled(
        graph, [np.array([1.0, 1.1])], exits=[1], noise=0.3, draws_per_set=draws_per_set
    )
    expected = stats.norm.cdf(np.log(1.1) / (0.3 * np.sqrt(2)))
    error = np.sqrt(expected * (1 - expected) / draws_per_set)
    assert abs(edge_shares(sample, graph).mean[0] - expected) < 4 * error


def test_the_sample_does_not_hang_on_the_threads_or_the_run():
    """One, two and three threads and a second run give the same bits; another seed does not."""
    graph, cost = grid(15)
    options = {"exits": [14, 210, 224], "noise": 0.3, "draws_per_set": 40, "spread": 5.0}
    one = sampled(graph, [cost, cost * 2], seed=5, threads=1, **options)
    for threads in (1, 2, 3):
        assert_same(one, sampled(graph, [cost, cost * 2], seed=5, threads=threads, **options))
    other = sampled(graph, [cost, cost * 2], seed=6, **options)
    assert not np.array_equal(one.exit_cost_s, other.exit_cost_s)


def test_there_and_back_cost_the_same_in_each_draw():
    """The noise of a link is one for both directions."""
    graph, cost = grid(12)
    options = {"noise": 0.5, "draws_per_set": 20, "seed": 3}
    there = sampled(graph, [cost], exits=[143], **options)
    back = sampled(graph, [cost], exits=[0], origin=143, **options)
    np.testing.assert_allclose(there.exit_cost_s, back.exit_cost_s, rtol=1e-12)


def test_a_road_closed_elsewhere_changes_no_draw_here():
    """Draws can be compared before and after a change: only what used the road moves."""
    graph, cost = grid(12)
    options = {"exits": [143], "noise": 0.3, "draws_per_set": 30, "seed": 8}
    before = sampled(graph, [cost], **options)
    closed = graph.link[before.edges[0]]
    after = sampled(graph, [np.where(graph.link == closed, np.inf, cost)], **options)
    uses = [
        closed in graph.link[before.edges[a:b]]
        for a, b in zip(before.indptr, before.indptr[1:], strict=False)
    ]
    assert 0 < sum(uses) < len(uses)
    moved = (after.exit_cost_s > before.exit_cost_s)[0, :, 0]
    assert moved.tolist() == uses
    assert (after.exit_cost_s >= before.exit_cost_s).all()
    assert closed not in graph.link[after.edges]


@given(st.integers(0, 1000))
def test_each_route_is_a_way_that_costs_at_least_the_cheapest(seed):
    """Routes are whole, their weights sum to 1, and shares lie between 0 and 1."""
    graph, cost = grid(7, seed)
    exits = [6, 48, 48]
    sample = sampled(
        graph, [cost, cost**2], exits=exits, noise=0.4, spread=10.0, draws_per_set=3, seed=seed
    )
    assert sample.routes == 2 * 3 * 3
    assert abs(sample.weight.sum() - 1) < 1e-12
    for route, (a, b) in enumerate(zip(sample.indptr, sample.indptr[1:], strict=False)):
        edges = sample.edges[a:b]
        assert graph.tail[edges[0]] == 0
        assert graph.head[edges[-1]] == exits[sample.exit_of_route[route]]
        assert (graph.tail[edges[1:]] == graph.head[edges[:-1]]).all()
    shares = edge_shares(sample, graph)
    for values in (shares.mean, shares.low, shares.high):
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()
    # All that leaves the origin does so by its two roads.
    at_origin = (graph.tail == 0) | (graph.head == 0)
    assert abs(shares.mean[np.unique(graph.link[at_origin])].sum() - 1) < 1e-12


def test_without_noise_costs_are_those_of_the_tree():
    """A draw of sigma 0 is the plain search."""
    graph, cost = grid(10)
    sample = sampled(graph, [cost], exits=list(range(1, 100)), draws_per_set=2)
    expected = shortest_tree(graph, cost, origin=0).cost_s[1:]
    np.testing.assert_array_equal(sample.exit_cost_s[0], [expected, expected])


def test_no_exit_that_can_be_reached_gives_an_empty_sample():
    """An island is an answer, not an error."""
    graph, cost = both_ways([(0, 1), (2, 3)], [1, 1], nodes=4)
    sample = sampled(graph, [cost], exits=[2, 3], noise=0.3, draws_per_set=2)
    assert sample.routes == 0
    assert sample.edges.size == 0
    assert sample.reached == 0.0
    assert np.isinf(sample.exit_cost_s).all()
    assert not sample.exit_probability.any()
    assert not edge_shares(sample, graph).high.any()
    assert exit_shares(sample).mean.tolist() == [0, 0]


def test_no_exits_at_all_give_an_empty_sample():
    """A list of exits may be empty."""
    graph, cost = both_ways(SQUARE, [1, 1, 1, 1], nodes=4)
    sample = sampled(graph, [cost], exits=[])
    assert sample.routes == 0
    assert exit_shares(sample).mean.shape == (0,)


def test_a_set_without_a_way_out_does_not_count():
    """Where one set bars all roads, the shares are those of the other, and `reached` says so."""
    graph, cost = both_ways(SQUARE, [1, 2, 1, 2], nodes=4)
    sample = sampled(graph, [np.full(8, np.inf), cost], exits=[3], draws_per_set=2)
    assert edge_shares(sample, graph).low.tolist() == [1, 0, 1, 0]
    assert exit_shares(sample).low.tolist() == [1]
    assert sample.weight.tolist() == [0.5, 0.5]
    assert sample.reached == 0.5


def test_a_closed_exit_gets_no_traffic_but_keeps_its_cost():
    """A pull of minus infinity or an infinite extra closes an exit."""
    graph, cost = both_ways(SQUARE, [1, 2, 9, 9], nodes=4)
    for closing in ({"exit_log_pull": [[-np.inf, 0.0]]}, {"exit_extra_s": [[np.inf, 0.0]]}):
        sample = sampled(graph, [cost], exits=[1, 2], **closing)
        assert sample.exit_probability[0, 0].tolist() == [0, 1]
        assert sample.exit_cost_s[0, 0].tolist() == [1, 2]
        assert sample.exit_of_route.tolist() == [1]


def test_an_exit_at_the_origin_is_a_route_without_edges():
    """It has weight, passes its node and uses no road."""
    graph, cost = both_ways(SQUARE, [1, 2, 1, 2], nodes=4)
    sample = sampled(graph, [cost], exits=[0, 3], spread=1e-3)
    assert sample.indptr.tolist() == [0, 0]
    assert exit_shares(sample).mean.tolist() == [1, 0]
    assert not edge_shares(sample, graph).mean.any()


def test_a_small_spread_takes_the_cheapest_exit_however_great_the_costs():
    """The logit does not overflow."""
    graph, cost = both_ways(SQUARE, [1e12, 2e12, 9e12, 9e12], nodes=4)
    sample = sampled(graph, [cost], exits=[1, 2], spread=1e-9)
    assert sample.exit_probability[0, 0].tolist() == [1, 0]


def test_a_route_next_to_impossible_is_not_kept():
    """Twenty spreads dearer is below a millionth: its probability stands, its route is left out."""
    graph, cost = both_ways(SQUARE, [1, 21, 99, 99], nodes=4)
    sample = sampled(graph, [cost], exits=[1, 2])
    assert sample.exit_of_route.tolist() == [0]
    assert sample.weight.tolist() == [1.0]
    assert 0 < sample.exit_probability[0, 0, 1] < 1e-6


def test_passes_are_the_nodes_on_the_way():
    """Both ends count; the way not taken does not."""
    graph, cost = both_ways(SQUARE, [1, 2, 1, 2], nodes=4)
    sample = sampled(graph, [cost], exits=[3, 2], spread=100.0)
    assert sample.exit_of_route.tolist() == [0, 1]
    passes = node_passes(sample, graph, [0, 1, 2, 3])
    assert passes.toarray().tolist() == [[True, True, False, True], [True, False, True, False]]


def test_routes_that_would_fill_the_memory_are_refused(monkeypatch):
    """The message says how far it came and what to ask for instead."""
    monkeypatch.setattr(draws, "MOST_ROUTE_EDGES", 100)
    graph, cost = grid(10)
    with pytest.raises(InvalidSetting, match=r"of 50 draws.*at most 100 in all.*fewer draws"):
        sampled(graph, [cost], exits=[99], draws_per_set=50)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"noise": -0.1}, "set_noise holds -0.1"),
        ({"noise": np.nan}, "set_noise holds nan"),
        ({"spread": 0.0}, "exit_spread_s holds 0"),
        ({"exit_log_pull": [[np.nan]]}, "exit_log_pull holds nan"),
        ({"exit_log_pull": [[0.0, 0.0]]}, r"exit_log_pull of shape \(1, 2\)"),
        ({"exit_extra_s": [[-1.0]]}, "exit_extra_s holds -1"),
        ({"draws_per_set": 0}, "draws_per_set is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**63}, "seed is 9223372036854775808"),
        ({"threads": 0}, "threads is 0"),
        ({"origin": 4}, "origin 4"),
        ({"exits": [7]}, "exit 7"),
    ],
)
def test_a_setting_outside_its_range_is_refused(change, said):
    """Each is named with its value."""
    graph, cost = both_ways(SQUARE, [1, 2, 1, 2], nodes=4)
    with pytest.raises(InvalidSetting, match=said):
        sampled(graph, [cost], **{"exits": [3], **change})


def test_no_parameter_set_is_refused():
    """There is nothing to draw from."""
    graph, _ = both_ways(SQUARE, [1, 2, 1, 2], nodes=4)
    with pytest.raises(InvalidSetting, match="sets is 0"):
        sampled(graph, [], exits=[3])
