"""Where to check: against every set counted, and the game of checks and traffic."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from geo.errors import InvalidSetting
from geo.routes.catch import catch_of
from geo.routes.checks import displaced, optimal_cover, place_checks


def routes(rows):
    """Passes from rows of 0 and 1."""
    return sparse.csr_array(np.array(rows, dtype=bool))


def counted(passes, weight, checks, catch_probability):
    """Expected catch, route by route, as the definition says."""
    total = 0.0
    for row, one in zip(passes.toarray(), weight, strict=True):
        met = sum(bool(row[check]) for check in checks)
        total += one * (1 - (1 - catch_probability) ** met)
    return total


@st.composite
def drawn_routes(draw):
    """Up to 12 routes over up to 7 candidates, some with no weight, some without candidates."""
    candidates = draw(st.integers(1, 7))
    rows = draw(
        st.lists(
            st.lists(st.booleans(), min_size=candidates, max_size=candidates),
            min_size=1,
            max_size=12,
        )
    )
    weight = st.one_of(st.just(0.0), st.floats(0.01, 1))
    weights = draw(st.lists(weight, min_size=len(rows), max_size=len(rows)))
    return routes(rows), np.array(weights), draw(st.integers(1, candidates))


@given(drawn_routes(), st.sampled_from([1.0, 0.4]))
def test_bounds_and_catches_hold_against_every_set_counted(drawn, catch_probability):
    """The solver finds the optimum; the heuristic is below it, and the bound above it."""
    passes, weight, count = drawn
    optimum = max(
        counted(passes, weight, checks, catch_probability)
        for checks in combinations(range(passes.shape[1]), count)
    )
    options = {"count": count, "catch_probability": catch_probability}
    solved = optimal_cover(passes, weight, **options)
    assert solved.proven
    assert solved.catch == pytest.approx(optimum, rel=1e-5, abs=1e-9)
    assert counted(passes, weight, solved.chosen, catch_probability) == pytest.approx(solved.catch)
    for prove_s in (0.0, 10.0):
        placed = place_checks(passes, weight, prove_s=prove_s, **options)
        assert placed.bound >= optimum - 1e-9
        assert placed.best_catch <= optimum + 1e-9
        assert placed.best_catch >= placed.catch[-1] - 1e-12
        assert placed.catch[-1] >= (1 - 1 / np.e) * optimum - 1e-9
        assert placed.gap >= 0
        assert placed.order_gap[-1] >= placed.gap
        if placed.exact and optimum > 0:
            assert placed.bound == pytest.approx(optimum, rel=1e-5)


@given(drawn_routes(), st.sampled_from([1.0, 0.4]))
def test_the_priority_list_serves_any_smaller_budget(drawn, catch_probability):
    """The list for fewer checks is the beginning of the list for more, with the catch it states."""
    passes, weight, count = drawn
    options = {"catch_probability": catch_probability, "prove_s": 0.0}
    placed = place_checks(passes, weight, count=count, **options)
    assert len(set(placed.order.tolist())) == count
    for k in range(1, count + 1):
        shorter = place_checks(passes, weight, count=k, **options)
        assert shorter.order.tolist() == placed.order[:k].tolist()
        stated = counted(passes, weight, placed.order[:k], catch_probability)
        assert placed.catch[k - 1] == pytest.approx(stated, abs=1e-12)
        anew = catch_of(passes, weight, placed.order[:k], catch_probability=catch_probability)
        assert anew == pytest.approx(stated, abs=1e-12)
        optimum = max(
            counted(passes, weight, checks, catch_probability)
            for checks in combinations(range(passes.shape[1]), k)
        )
        assert placed.order_bound[k - 1] >= optimum - 1e-9
        assert 0 <= placed.order_gap[k - 1] <= 1
    stated = counted(passes, weight, placed.best, catch_probability)
    assert placed.best_catch == pytest.approx(stated, abs=1e-12)


def test_an_exchange_mends_what_greed_got_wrong():
    """Greed takes candidate 0 (4 of 6), then reaches 5; candidates 1 and 2 together meet all 6."""
    passes = routes(
        [[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1], [0, 1, 0], [0, 0, 1]],
    )
    placed = place_checks(passes, np.full(6, 1 / 6), count=2)
    assert placed.order.tolist() == [0, 1]
    np.testing.assert_allclose(placed.catch, [4 / 6, 5 / 6])
    assert placed.best.tolist() == [1, 2]
    assert placed.best_catch == pytest.approx(1)
    assert placed.gap == pytest.approx(0)
    assert placed.order_gap[-1] == pytest.approx(1 / 6)
    assert placed.exact


def test_a_check_that_is_no_candidate_is_refused():
    """Also a negative number, which would count from the end."""
    for wrong in (2, -1):
        with pytest.raises(InvalidSetting, match="expected 0 to 1"):
            catch_of(routes([[1, 0]]), [1.0], [wrong], catch_probability=1.0)


def test_two_weak_checks_on_one_road_catch_more_than_one():
    """With p = 0.5 two checks on the only busy road catch 3/4 of it, better than one elsewhere."""
    passes = routes([[1, 1, 0], [0, 0, 1]])
    placed = place_checks(passes, [0.9, 0.1], count=2, catch_probability=0.5)
    assert placed.order.tolist() == [0, 1]
    np.testing.assert_allclose(placed.catch, [0.45, 0.675])


def test_equal_gains_go_to_the_first():
    """The list does not hang on chance."""
    placed = place_checks(routes([[1, 1], [1, 1]]), [0.5, 0.5], count=1)
    assert placed.order.tolist() == [0]


def test_routes_without_weight_or_candidate_are_no_hindrance():
    """Nothing to catch is a catch of 0 with no gap; a route without candidate lowers no share."""
    placed = place_checks(routes([[1, 0], [0, 0]]), [0.0, 0.0], count=2)
    assert placed.catch.tolist() == [0, 0]
    assert (placed.gap, placed.bound) == (0, 0)
    assert sorted(placed.order.tolist()) == [0, 1]
    placed = place_checks(routes([[1, 0], [0, 0]]), [0.6, 0.4], count=1)
    assert (placed.best_catch, placed.bound, placed.gap) == (0.6, 0.6, 0)
    nothing = optimal_cover(routes([[0, 0]]), [1.0], count=1)
    assert (nothing.catch, nothing.bound, nothing.proven) == (0, 0, True)


def test_a_solver_out_of_time_still_leaves_a_bound():
    """With hardly a moment given the bound stays proven, only wider."""
    rng = np.random.default_rng(2)
    passes = sparse.csr_array(rng.random((400, 60)) < 0.06)
    weight = rng.random(400)
    hasty = place_checks(passes, weight, count=8, prove_s=1e-6)
    patient = place_checks(passes, weight, count=8, prove_s=60)
    assert patient.exact
    assert hasty.bound >= patient.bound
    assert hasty.best.tolist() == patient.best.tolist()
    assert patient.gap < 0.005


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"count": 3}, "3 checks among 2 candidates; expected 1 to 2; ask for fewer checks"),
        ({"count": 0}, "0 checks among 2 candidates"),
        ({"catch_probability": 0.0}, "catch_probability is 0"),
        ({"catch_probability": 1.5}, "catch_probability is 1.5"),
        ({"catch_probability": np.nan}, "catch_probability is nan"),
        ({"weight": [1.0, -1.0]}, "weight -1"),
        ({"weight": [1.0, np.nan]}, "weight nan"),
        ({"weight": [1.0]}, "one for each of 2 routes"),
    ],
)
def test_a_setting_outside_its_range_is_refused(change, said):
    """Each is named with its value, by both functions."""
    options = {"weight": [0.5, 0.5], "count": 1, **change}
    weight = options.pop("weight")
    for function in (place_checks, optimal_cover):
        with pytest.raises(InvalidSetting, match=said):
            function(routes([[1, 0], [0, 1]]), weight, **options)


def test_traffic_that_cannot_move_is_stable_at_once():
    """Where the answer to the checks is the same traffic, the catch stays what it was."""
    passes = routes([[1, 0], [0, 1]])
    result = displaced(lambda _: (passes, np.array([0.7, 0.3])), count=1)
    assert result.stable
    assert [one.checks.tolist() for one in result.rounds] == [[0]]
    assert result.final.catch_before == result.final.catch_after == pytest.approx(0.7)
    assert result.order.tolist() == [0]


def test_traffic_that_evades_shows_what_is_left_of_the_catch():
    """Two roads and a checked one is left at once: the catch falls to 0 and nothing is stable."""
    asked = []

    def evading(checks):
        asked.append(checks.tolist())
        weight = [0.0, 1.0] if 0 in checks else [1.0, 0.0]
        return routes([[1, 0], [0, 1]]), np.array(weight)

    result = displaced(evading, count=1, max_rounds=3)
    assert asked[0] == []
    assert result.rounds[0].checks.tolist() == [0]
    assert (result.rounds[0].catch_before, result.rounds[0].catch_after) == (1, 0)
    assert len(result.rounds) == 3
    assert not result.stable


def test_checks_on_both_roads_hold_whatever_the_traffic_does():
    """Enough checks leave no way round: the first round already keeps its catch."""

    def evading(checks):
        weight = [0.0, 1.0] if 0 in checks and 1 not in checks else [1.0, 0.0]
        return routes([[1, 0], [0, 1]]), np.array(weight)

    result = displaced(evading, count=2)
    assert result.stable
    assert result.final.catch_after == 1


def test_the_final_round_is_the_best_after_adaptation():
    """A bypass that catches little at first but keeps it is preferred to one that is evaded."""

    def answer(checks):
        # Candidate 2 stands on a pass that half the traffic has to use, wherever it goes first.
        road = 1 if 0 in checks else 0
        rows = [[road == 0, road == 1, True], [road == 0, road == 1, False]]
        return routes(rows), np.array([0.6, 0.4])

    result = displaced(answer, count=1, max_rounds=6)
    assert result.final.catch_after == max(one.catch_after for one in result.rounds)
    assert result.rounds[0].checks.tolist() == [0]
    assert result.rounds[0].catch_after == 0
    assert result.final.checks.tolist() == [2]
    assert result.final.catch_after == pytest.approx(0.6)


def test_rounds_without_any_route_are_no_error():
    """Traffic that finds no way at all has nothing to catch."""
    result = displaced(lambda _: (sparse.csr_array((0, 3), dtype=bool), np.empty(0)), count=2)
    assert result.final.catch_after == 0


def test_candidates_that_change_between_rounds_are_refused():
    """A number must mean the same place in each round."""

    def changing(checks):
        return routes([[1] * (2 + checks.size)]), np.ones(1)

    with pytest.raises(InvalidSetting, match="the same candidates in each round"):
        displaced(changing, count=1)
    with pytest.raises(InvalidSetting, match="0 rounds"):
        displaced(changing, count=1, max_rounds=0)
