"""How strongly the latest dates speak for a step, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.series.evidence import DRIFT, FEWEST, LONGEST, WILDEST, Recent, Scale, yearly


def taken(deviates):
    """The steps after each of the dates of one cell."""
    recent, steps = Recent.none(1), []
    for number, value in enumerate(deviates):
        recent.take(np.array([value]), number)
        steps.append(recent.step())
    return steps


def test_three_dates_raise_a_step_of_known_strength_and_onset():
    """Three deviates of 6 are a mean of 6 over its standard error; unseen dates do not count."""
    steps = taken([0.0, 0.0, np.nan, 6.0, np.nan, 6.0, 6.0])
    assert [step.strength[0] for step in steps[:-1]] == [0.0] * 6
    last = steps[-1]
    assert last.strength[0] == pytest.approx(6 / np.sqrt(1 / 3 + DRIFT))
    assert (last.onset[0], last.sign[0]) == (3, 1)


def test_two_wild_dates_raise_nothing():
    """Three of the last four must agree, however wild two are."""
    assert max(step.strength[0] for step in taken([0, WILDEST, WILDEST, 0, 0, 0])) == 0


@given(values=st.lists(st.floats(-WILDEST, WILDEST), min_size=1, max_size=2 * LONGEST))
def test_the_evidence_is_that_of_the_plain_formula(values):
    """The buffer of recent dates gives what a search over all onsets gives."""
    recent = values[-LONGEST:]
    means = [np.mean(recent[-n:]) / np.sqrt(1 / n + DRIFT) for n in range(FEWEST, len(recent) + 1)]
    step = taken(values)[-1]
    best = max(means, key=abs, default=0.0)
    agreeing = sum(v * np.sign(best) > 2 for v in values[-4:])
    assert step.strength[0] == pytest.approx(abs(best) if agreeing >= 3 else 0.0, abs=1e-9)


def test_a_loud_day_counts_less_and_no_deviate_is_wilder_than_the_bound():
    """A day of four times the usual spread halves a deviate."""
    left = np.tile([1.0, -1.0, 1.0, -1.0], (8, 1)) * np.array([[1.0], [-1.0]] * 4)
    scale = Scale.fit(left, np.ones(8), np.arange(8.0), least=0.0)
    calm, loud = scale.deviates(np.full((2, 4), 2.0), np.array([1.0, 4.0]))
    np.testing.assert_allclose(calm, 2 * loud)
    assert scale.deviates(np.full((1, 4), 1e6), np.ones(1)).max() == WILDEST


def test_years_count_back_from_the_last_day():
    """Three years of three scenes have three levels, the latest first."""
    days = np.array([0, 10, 20, 400, 410, 420, 780, 790, 800.0])
    left = np.repeat([1.0, 2.0, 3.0], 3)[:, np.newaxis]
    np.testing.assert_allclose(yearly(left, days).ravel(), [3, 2, 1])
