"""Sampled routes told as a few ranked ways."""

from __future__ import annotations

import numpy as np
import pytest

from geo.errors import InvalidSetting
from geo.routes.draws import sample_routes
from geo.routes.graph import graph_of
from geo.routes.hypotheses import exit_times, hypotheses, weighted_band

LENGTHS_M = np.array([1000.0, 1000.0, 1500.0, 1500.0, 500.0])


@pytest.fixture(scope="module")
def diamond():
    """Two ways from node 0 to exit 3 (links 0, 1 and 2, 3), and link 4 on to exit 4."""
    ends = [(0, 1, 0), (1, 3, 1), (0, 2, 2), (2, 3, 3), (3, 4, 4)]
    both = [(tail, head, link) for a, b, link in ends for tail, head in ((a, b), (b, a))]
    graph, _ = graph_of(*np.array([(t, h, k) for t, h, k in both]).T, nodes=5)
    return graph


def drawn(graph, set_costs, *, noise=0.0, draws=1, pull=(0.0, 0.0)):
    """A sample from node 0 to the exits 3 and 4."""
    sets = len(set_costs)
    return sample_routes(
        graph, set_cost_s=set_costs, set_noise=[noise] * sets, origin=0, exits=[3, 4],
        exit_log_pull=np.tile(pull, (sets, 1)), exit_extra_s=np.zeros((sets, 2)),
        exit_spread_s=np.full(sets, 1000.0), draws_per_set=draws, seed=1,
    )  # fmt: skip


def told(graph, sample, set_times, *, count=2):
    """The ways of a sample."""
    return hypotheses(
        sample, graph, cost_s=set_times[0], set_time_s=set_times, link_length_m=LENGTHS_M,
        origin=0, exits=[3, 4], count=count,
    )  # fmt: skip


def costs(graph, *of_links):
    """Costs of the edges from those of the links."""
    return np.array(of_links, dtype=float)[graph.link]


def test_shares_of_the_ways_add_up_to_those_of_their_exits(diamond):
    """Nothing is lost between the sample and what is told of it."""
    sets = [costs(diamond, 10, 10, 11, 11, 5), costs(diamond, 12, 12, 11, 11, 5)]
    sample = drawn(diamond, sets, noise=0.3, draws=40)
    ways = told(diamond, sample, sets)
    for exit_ in (0, 1):
        share = sum(way.share.middle for way in ways if way.exit == exit_)
        assert share == pytest.approx(sample.weight[sample.exit_of_route == exit_].sum())
    assert sum(way.share.middle for way in ways) == pytest.approx(1.0)


def test_each_way_stands_for_the_routes_most_like_it(diamond):
    """One set goes left, one right: half the share each, and the band says how unsure that is."""
    left, right = costs(diamond, 1, 1, 9, 9, 1), costs(diamond, 9, 9, 1, 1, 1)
    sample = drawn(diamond, [left, right], pull=(0.0, -np.inf))
    ways = hypotheses(
        sample, diamond, cost_s=costs(diamond, 5, 5, 5.1, 5.1, 1), set_time_s=[left, right],
        link_length_m=LENGTHS_M, origin=0, exits=[3, 4], count=2,
    )  # fmt: skip
    assert [way.share.middle for way in ways] == [0.5, 0.5]
    assert {tuple(sorted(set(diamond.link[way.edges].tolist()))) for way in ways} == {
        (0, 1), (2, 3),
    }  # fmt: skip
    assert all(way.share.low < 0.1 and way.share.high > 0.9 for way in ways)
    assert [way.time_s.middle for way in ways] == [2.0, 2.0]


def test_ways_are_ranked_by_share(diamond):
    """The greatest share comes first."""
    sets = [costs(diamond, 10, 10, 30, 30, 500)]
    ways = told(diamond, drawn(diamond, sets), sets)
    assert [way.exit for way in ways] == [0, 1]
    assert ways[0].share.middle > ways[1].share.middle


def test_without_a_way_there_is_nothing_to_tell(diamond):
    """All roads barred: no hypothesis, and no time to any exit."""
    sets = [np.full(diamond.edges, np.inf)]
    sample = drawn(diamond, sets)
    assert told(diamond, sample, sets) == []
    assert exit_times(sample, sets, exits=2) == [None, None]


def test_times_to_an_exit_are_over_all_its_routes(diamond):
    """Two sets, two times: the median lies between and the band spans both."""
    sets = [costs(diamond, 10, 10, 99, 99, 5), costs(diamond, 20, 20, 99, 99, 5)]
    near, far = exit_times(drawn(diamond, sets), sets, exits=2)
    assert (near.low, near.high) == (20, 40)
    assert near.low <= near.middle <= near.high
    assert far.middle == pytest.approx(near.middle + 5, abs=1.0)


@pytest.mark.parametrize("count", [0, 11])
def test_a_count_outside_its_range_is_refused(diamond, count):
    """One to ten ways can be read aloud."""
    sets = [costs(diamond, 1, 1, 1, 1, 1)]
    with pytest.raises(InvalidSetting, match=f"{count} ways to each exit; expected 1 to 10"):
        told(diamond, drawn(diamond, sets), sets, count=count)


def test_a_weighted_band_of_equal_weights_is_the_plain_one():
    """The median of 1 to 5 is 3; a heavy value pulls it."""
    values = np.array([5.0, 1.0, 3.0, 2.0, 4.0])
    assert weighted_band(values, np.ones(5)).middle == 3
    assert weighted_band(values, np.array([100.0, 1, 1, 1, 1])).middle > 4
    assert weighted_band(values, np.zeros(5)).middle == 3
