"""How often nothing looks like something: quiet pairs of a site's own past."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.judging import Placebos, quiet_pairs, realised, strength_of
from geo.change.judging.placebo import LEAST_GAP, LEAST_RUNS, MOST_GAP, in_season
from geo.errors import InvalidSetting

FIRST = date(2019, 1, 5)
LIKE = (date(2021, 3, 1), date(2021, 5, 1))
DAYS = st.lists(st.dates(date(2018, 1, 1), date(2021, 6, 1)), max_size=12, unique=True)
STRENGTHS = st.lists(st.floats(0, 100), min_size=LEAST_RUNS, max_size=12)


def placebos(*strongest: float) -> Placebos:
    """Runs of these strengths, on pairs that follow one another."""
    days = [FIRST + timedelta(days=20 * number) for number in range(len(strongest) + 1)]
    return Placebos(pairs=tuple(itertools.pairwise(days)), strongest=strongest)


def test_a_p_value_counts_the_runs_that_reached_the_alert():
    """One more than those that did, over one more than all."""
    quiet = placebos(0, 0, 0, 1, 1, 2, 2, 3, 8)
    np.testing.assert_allclose(quiet.p([9, 3, 0.5, 0]), [0.1, 0.3, 0.7, 1.0])
    assert (quiet.runs, quiet.raised, quiet.reached(2)) == (9, 6, 4)
    assert quiet.rate == pytest.approx(6 / 9)


def test_few_runs_say_nothing():
    """With less than the least number of runs there is no p value, however strong the alert."""
    assert np.isnan(placebos(*[0.0] * (LEAST_RUNS - 1)).p([1e9])).all()
    assert np.isnan(placebos().rate)


@given(STRENGTHS, st.floats(0, 100), st.floats(0, 100))
def test_a_stronger_alert_is_never_less_sure(strongest, one, other):
    """P falls with strength, is never 0 and never above 1."""
    weak, strong = placebos(*strongest).p(sorted([one, other]))
    assert 0 < strong <= weak <= 1


def test_an_alert_of_unknown_strength_has_no_p_value():
    """Unknown stays unknown."""
    assert np.isnan(placebos(*[1.0] * 9).p([np.nan])).all()


def test_among_quiet_pairs_alone_p_values_are_as_rare_as_they_say():
    """If an alert is one more quiet pair, p is at most 0.1 in one of ten, not more."""
    draws = np.random.default_rng(3)
    values = draws.gamma(2.0, size=(4000, 20))
    p = [placebos(*row[1:]).p(row[:1])[0] for row in values]
    for level in (0.05, 0.1, 0.5):
        assert np.mean(np.array(p) <= level) == pytest.approx(level, abs=0.02)


@pytest.mark.parametrize("strength", [-1.0, float("nan"), float("inf")])
def test_a_strength_that_is_none_is_refused(strength):
    """Runs that flagged nothing have the strength 0."""
    with pytest.raises(InvalidSetting, match="no number from 0 up"):
        placebos(strength)


def test_a_strength_too_many_is_refused():
    """Each run has one."""
    with pytest.raises(InvalidSetting, match="2 strengths for 1 pairs"):
        Placebos(pairs=((FIRST, FIRST),), strongest=(1.0, 2.0))


def test_strength_is_contrast_times_the_root_of_the_area():
    """Four times the area is twice as strong; darker counts as brighter by the same ratio."""
    got = strength_of([400, 1600, 400, np.nan], [np.e - 1, np.e - 1, 1 / np.e - 1, 0.5])
    np.testing.assert_allclose(got, [20, 40, 20, np.nan])


@pytest.mark.parametrize("change", [-1.0, -5.0])
def test_a_flag_that_went_black_has_a_finite_strength(change):
    """The log of nothing is bounded."""
    assert np.isfinite(strength_of([100.0], [change])).all()


def test_what_a_steady_past_promises_comes_true():
    """Among equal runs, none after the first nine is an alarm: each is reached by those before."""
    got = realised(placebos(*[1.0] * 20), target=0.1)
    assert (got.tried, got.alarms, got.rate) == (11, 0, 0.0)


def test_a_drift_shows_as_more_alarms_than_promised():
    """When every pair is worse than all before, each is a false alarm, whatever was promised."""
    got = realised(placebos(*range(20)), target=0.1)
    assert got.alarms == got.tried > 0
    assert got.rate == 1.0


def test_runs_that_flag_nothing_are_no_alarm():
    """Where nothing is ever flagged, nothing is raised, even though 0 reaches 0."""
    assert realised(placebos(*[0.0] * 20), target=0.1).alarms == 0


def test_a_rate_that_the_past_cannot_tell_is_not_tried():
    """Nine runs cannot promise one in a hundred."""
    got = realised(placebos(*[1.0] * 20), target=0.01)
    assert got.tried == 0
    assert np.isnan(got.rate)


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_a_target_that_is_no_rate_is_refused(target):
    """Never and always are no rates."""
    with pytest.raises(InvalidSetting, match="target"):
        realised(placebos(1.0), target=target)


@given(DAYS, st.randoms())
def test_quiet_pairs_lie_in_the_past_and_are_about_as_long(days, random):
    """They end when the alert begins, last half to twice as long, and any order gives the same."""
    pairs = quiet_pairs(days, like=LIKE)
    wanted = (LIKE[1] - LIKE[0]).days
    for start, end in pairs:
        assert start < end <= LIKE[0]
        assert LEAST_GAP * wanted <= (end - start).days <= MOST_GAP * wanted
    shuffled = random.sample(days, len(days))
    assert quiet_pairs(shuffled, like=LIKE) == pairs == tuple(sorted(set(pairs)))


def test_pairs_of_the_same_season_come_first():
    """Two springs of earlier years are taken before a winter, if only two may be run."""
    springs = [(date(year, 3, 5), date(year, 5, 3)) for year in (2019, 2020)]
    winter = [date(2020, 10, 1), date(2020, 12, 1)]
    days = [day for pair in springs for day in pair] + winter
    assert quiet_pairs(days, like=LIKE, most=2) == tuple(springs)
    assert all(in_season(pair, LIKE) for pair in springs)
    assert len(quiet_pairs(days, like=LIKE)) > 2


def test_pairs_that_share_no_date_come_before_those_that_do():
    """Six dates a month apart make three pairs of dates of their own before any is used twice."""
    days = [FIRST + timedelta(days=61 * number) for number in range(6)]
    taken = quiet_pairs(days, like=(date(2021, 8, 25), date(2021, 10, 25)), most=3)
    assert len({day for pair in taken for day in pair}) == 6


def test_what_met_known_damage_is_not_quiet():
    """A pair across an accepted alert is left out; one that only touches its end is not."""
    days = [date(2020, 1, 1), date(2020, 3, 1), date(2020, 5, 1)]
    damage = (date(2020, 1, 15), date(2020, 3, 1))
    assert quiet_pairs(days, like=LIKE, disturbed=[damage]) == (
        (date(2020, 3, 1), date(2020, 5, 1)),
    )


def test_pairs_that_are_left_out_are_replaced():
    """The next best one takes the place of a pair that could not be compared."""
    days = [FIRST + timedelta(days=61 * number) for number in range(6)]
    first = quiet_pairs(days, like=LIKE, most=3)
    second = quiet_pairs(days, like=LIKE, most=3, without={first[0]})
    assert len(second) == 3
    assert first[0] not in second


def test_a_season_has_no_end_at_new_year():
    """December and January of other years are one season, January and June are not."""
    like = (date(2021, 1, 2), date(2021, 1, 20))
    assert in_season((date(2018, 12, 20), date(2019, 1, 10)), like)
    assert not in_season((date(2019, 6, 1), date(2019, 6, 20)), like)


def test_pairs_are_worth_as_many_as_share_no_date():
    """Three dates make three pairs, which are worth one."""
    days = [date(2020, 1, 1), date(2020, 3, 1), date(2020, 5, 1)]
    pairs = ((days[0], days[1]), (days[1], days[2]), (days[0], days[2]))
    assert Placebos(pairs=pairs, strongest=(0, 0, 0)).independent == 1
