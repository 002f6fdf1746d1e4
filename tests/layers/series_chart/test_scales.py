"""Axes: round numbers and months that lie within, few enough to read."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.series_chart.scales import MOST_TICKS, Scale, date_ticks, round_ticks, value_words


def day(text: str) -> float:
    """Days since 1970."""
    return float(np.datetime64(text, "D").astype(int))


def test_a_scale_puts_its_ends_where_it_should():
    """The least value at the start, the middle in the middle, the greatest at the end."""
    scale = Scale(low=10, high=20, start_px=100, end_px=0)
    assert [scale(value) for value in (10, 15, 20)] == [100, 50, 0]
    assert scale.each(np.array([10.0, 20.0])) == [100, 0]


@given(
    low=st.floats(-1e6, 1e6, allow_nan=False),
    span=st.floats(1e-4, 1e6, allow_nan=False),
)
def test_round_numbers_lie_within_and_rise(low: float, span: float):
    """At least two of them, never more than can be read."""
    ticks = [value for value, _ in round_ticks(low, low + span)]
    slack = 1e-6 * span + 1e-9 * abs(low)
    assert 2 <= len(ticks) <= MOST_TICKS + 1
    assert all(low - slack <= tick <= low + span + slack for tick in ticks)
    assert ticks == sorted(set(ticks))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2024-01-10", "2024-04-20", ["Feb 2024", "Mar 2024", "Apr 2024"]),
        ("2020-06-01", "2024-06-01", ["2021", "2022", "2023", "2024"]),
        ("1990-06-01", "2024-06-01", ["1995", "2000", "2005"]),
    ],
)
def test_dates_are_first_days_of_months(first: str, last: str, words: list[str]):
    """As far apart as it takes."""
    assert [told for _, told in date_ticks(day(first), day(last))][: len(words)] == words


def test_days_within_one_month_are_told_by_their_ends():
    """No month begins in between."""
    ticks = date_ticks(day("2024-03-05"), day("2024-03-20"))
    assert [told for _, told in ticks] == ["2024-03-05", "2024-03-20"]


@given(first=st.integers(0, 20_000), span=st.integers(1, 40_000))
def test_dates_lie_within_and_are_few(first: int, span: int):
    """Whatever the period."""
    ticks = [at for at, _ in date_ticks(float(first), float(first + span))]
    assert 1 <= len(ticks) <= MOST_TICKS
    assert all(first <= at <= first + span for at in ticks)


def test_a_missing_value_is_a_dash():
    """Never the letters nan."""
    assert value_words(math.nan) == "\u2013"
    assert value_words(0.12345) == "0.123"
