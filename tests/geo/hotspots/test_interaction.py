"""Knox's test: by hand, against pointpats, and how often it cries wolf."""

from __future__ import annotations

import numpy as np
import pytest
from pointpats.spacetime import Knox

from geo.errors import InvalidSetting
from geo.hotspots import knox
from tests.hotspot_events import laid_out, uniform

NEAR = {"reach_m": 30_000.0, "reach_days": 60.0}


def test_four_events_by_hand():
    """Two pairs near in space, two in time, one in both; six pairs in all."""
    events = laid_out([[0, 0], [1e4, 0], [2e5, 0], [2.1e5, 0]], [0, 10, 500, 900])
    found = knox(events, reach_m=30_000.0, reach_days=400.0, seed=1)
    assert (found.near_space, found.near_time, found.near_both) == (2, 2, 2)
    found = knox(events, **NEAR, seed=1)
    assert (found.near_space, found.near_time, found.near_both) == (2, 1, 1)
    assert found.expected == pytest.approx(2 * 1 / 6)
    assert np.isnan(found.p)
    assert found.deals == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_counts_are_those_of_pointpats(seed):
    """Observed, expected, and the p of many deals of theirs, drawn from their own generator."""
    events = uniform(60, seed=seed, days=600.0)
    theirs = Knox(events.xy, events.day[:, np.newaxis], delta=30_000.0, tau=60.0, permutations=0)
    found = knox(events, **NEAR, seed=seed)
    assert found.near_both == theirs.statistic_
    assert found.near_space - found.near_both == theirs.observed[0, 1]
    assert found.near_time - found.near_both == theirs.observed[1, 0]
    assert found.expected == pytest.approx(theirs.expected[0, 0])


def test_the_p_is_near_that_of_pointpats():
    """Both deal the dates among the places; 999 deals each."""
    events = uniform(60, seed=0, days=600.0)
    # pointpats deals from the process-wide generator: it is put back as it was.
    state = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(1)  # noqa: NPY002
        theirs = Knox(
            events.xy, events.day[:, np.newaxis], delta=30_000.0, tau=60.0, permutations=999
        )
    finally:
        np.random.set_state(state)  # noqa: NPY002
    found = knox(events, **NEAR, seed=1)
    # Two standard errors of each: the square root of p (1 - p) / 999 is at most 0.016.
    assert found.p == pytest.approx(theirs.p_sim, abs=0.07)


def test_contagion_is_found():
    """Each event brings another within 10 km and a month."""
    first = uniform(40, seed=1)
    rng = np.random.default_rng(2)
    xy = np.vstack([first.xy, first.xy + rng.uniform(-5_000, 5_000, (40, 2))])
    day = np.append(first.day, first.day + rng.integers(0, 30, 40))
    found = knox(laid_out(xy, day), **NEAR, seed=1)
    assert found.near_both >= 40
    assert found.p == 0.001


def test_chance_is_seldom_called_contagion():
    """Over 200 sets of chance a p of 5 % comes in about 5 %."""
    p = [knox(uniform(50, seed=seed), **NEAR, deals=99, seed=seed).p for seed in range(200)]
    assert np.mean(np.array(p) <= 0.05) <= 0.11


def test_all_at_one_place_tell_nothing_of_time():
    """Every deal gives the same pairs: p is 1."""
    events = laid_out(np.zeros((40, 2)), np.arange(40) * 20.0)
    found = knox(events, **NEAR, deals=99, seed=1)
    assert (found.near_space, found.p) == (780, 1.0)
    assert found.near_both == found.near_time == found.expected


@pytest.mark.parametrize("n", [0, 1, 2, 29])
def test_few_events_are_counted_and_not_tested(n):
    """Up to 29; loosely dated ones are not among them."""
    found = knox(uniform(n, seed=1), **NEAR, seed=1)
    assert (found.events, found.drawn_from) == (n, n)
    assert np.isnan(found.p)
    undated = laid_out(np.zeros((40, 2)), np.full(40, np.nan))
    assert (knox(undated, **NEAR, seed=1).loosely_dated, found.deals) == (40, 0)


def test_of_many_events_some_are_drawn_by_the_seed():
    """3,000 of 100,000, the same for the same seed."""
    many = uniform(100_000, seed=1)
    one, again, other = (knox(many, **NEAR, deals=99, seed=seed) for seed in (1, 1, 2))
    assert (one.events, one.drawn_from) == (3_000, 100_000)
    assert one == again
    assert one != other


def test_dense_pairs_get_fewer_deals(monkeypatch):
    """So that a test ends; 99 at least."""
    monkeypatch.setattr("geo.hotspots.interaction._MOST_WORK", 50_000)
    crowd = uniform(60, seed=1, side_m=20_000.0)
    assert knox(crowd, **NEAR, seed=1).deals == 99


@pytest.mark.parametrize("options", [{"reach_m": 0.0}, {"reach_days": -1.0}, {"deals": 0}])
def test_settings_without_meaning_are_refused(options):
    """With their values."""
    with pytest.raises(InvalidSetting, match=r"a reach of .* deals"):
        knox(laid_out([[0, 0]]), **{**NEAR, **options}, seed=1)
