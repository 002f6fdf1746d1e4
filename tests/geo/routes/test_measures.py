"""Measures of a forecast, on cases that can be worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from geo.errors import BadInput
from geo.routes.measures import (
    best_hit_rate,
    interval_coverage,
    leg_recall,
    rank_agreement,
    top_credit,
)


def test_the_top_of_the_network_is_counted_in_km() -> None:
    """Of 100 km the best 10: a link of 4 km whole, the next of 12 by half."""
    credit = top_credit(np.array([9.0, 5.0, 1.0]), np.array([4.0, 12.0, 84.0]))
    np.testing.assert_allclose(credit, [1, 0.5, 0])


def test_links_of_equal_score_enter_together() -> None:
    """A constant score gives each link the share itself: it hits as chance does."""
    credit = top_credit(np.zeros(5), np.array([1.0, 2.0, 3.0, 4.0, 90.0]))
    np.testing.assert_allclose(credit, 0.1)


@given(
    score=arrays(float, 6, elements=st.integers(0, 3).map(float)),
    length=arrays(float, 6, elements=st.floats(0.1, 50)),
)
def test_the_top_holds_a_tenth_of_the_km(score, length) -> None:
    """Whatever the scores, the credits weigh a tenth of the length, and better is never less."""
    credit = top_credit(score, length)
    assert credit @ length == pytest.approx(0.1 * length.sum())
    order = np.argsort(-score, kind="stable")
    assert (np.diff(credit[order]) <= 1e-9).all()


def test_the_best_hit_rate_takes_the_densest_links() -> None:
    """10 of 100 km: 3 events on 5 km, then half of a link of 10 km with 2, of 6 events."""
    link = np.array([0, 0, 0, 1, 1, 2])
    assert best_hit_rate(link, np.array([5.0, 10.0, 85.0])) == pytest.approx(4 / 6)


def test_a_link_without_length_takes_no_room() -> None:
    """Its events are always within reach."""
    link = np.array([0, 1])
    assert best_hit_rate(link, np.array([0.0, 10.0, 90.0])) == pytest.approx(1)


def test_rank_agreement_is_spearmans() -> None:
    """As SciPy has it, with ties; and 0 for a ranking that ranks nothing."""
    first, second = np.array([0.1, 0.4, 0.4, 0.9]), np.array([0.0, 2.0, 1.0, 1.0])
    assert rank_agreement(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert rank_agreement(np.ones(4), second) == 0


def test_recall_counts_as_many_legs_as_were_seen() -> None:
    """Two legs seen, the two of greatest share named: one of them is right."""
    assert leg_recall(np.array([0.5, 0.3, 0.2, 0.0]), np.array([0, 0, 2])) == 0.5
    assert leg_recall(np.full(4, 0.25), np.array([0, 2])) == 0.5


def test_a_right_forecast_covers_as_its_level_says() -> None:
    """Counts drawn from the forecast itself earn 90 % on average, though they are small numbers."""
    rng = np.random.default_rng(0)
    draws = rng.dirichlet(np.ones(5), 2000)
    earned = [
        interval_coverage(draws, rng.multinomial(20, rng.dirichlet(np.ones(5))).astype(float))
        for _ in range(400)
    ]
    assert np.mean(earned) == pytest.approx(0.9, abs=0.02)


def test_a_count_that_was_impossible_is_outside() -> None:
    """A post that was certain to have nothing earns nothing when it has something."""
    draws = np.array([[1.0, 0.0]])
    np.testing.assert_allclose(interval_coverage(draws, np.array([3.0, 1.0]))[1], 0)


@pytest.mark.parametrize(
    ("score", "length", "message"),
    [
        (np.ones(2), np.ones(3), "shape"),
        (np.array([np.nan]), np.ones(1), "NaN"),
        (np.ones(1), np.array([-1.0]), "negative"),
        (np.ones(2), np.zeros(2), "no length"),
    ],
)
def test_a_network_that_is_none_is_refused(score, length, message: str) -> None:
    """Scores and lengths must fit and be numbers."""
    with pytest.raises(BadInput, match=message):
        top_credit(score, length)
