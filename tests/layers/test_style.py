"""Numbers in words, names in sentences, and legends of scales."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.style import (
    LegendEntry,
    entry_svg,
    hours,
    name_markdown,
    percent,
    safe_markdown,
    share_band,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("time_h", "words"),
    [(0.25, "15 min"), (1, "1.0 h"), (13.04, "13.0 h"), (72, "3.0 days"), (NAN, "unknown")],
)
def test_a_time_is_told_in_the_unit_that_fits(time_h: float, words: str):
    """Minutes below an hour, days from two on."""
    assert hours(time_h) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "none"), (0.004, "under 1 %"), (0.01, "1 %"), (0.345, "34 %"), (1, "100 %"),
     (NAN, "unknown")],
)  # fmt: skip
def test_a_share_is_told_in_percent(share: float, words: str):
    """Little is not nothing, and unknown is neither."""
    assert percent(share) == words


def test_a_range_is_told_by_its_ends():
    """One number where both ends round to it; unknown where one is."""
    assert share_band(0.12, 0.48) == "12 to 48 %"
    assert share_band(0.121, 0.124) == "about 12 %"
    assert share_band(NAN, 0.4) == share_band(0.4, NAN) == "unknown"


@given(st.floats(0, 1), st.floats(0, 1))
def test_words_of_shares_hold_no_nan(one: float, other: float):
    """Whatever the share."""
    low, high = sorted((one, other))
    assert "nan" not in percent(low) + share_band(low, high)
    assert not math.isnan(low)


def test_a_name_does_not_turn_the_sentence_round():
    """It is isolated, and inert all the same."""
    assert name_markdown("الحضر") == "\u2068الحضر\u2069"
    assert name_markdown("[x](y)") == f"\u2068{safe_markdown('[x](y)')}\u2069"


def test_a_step_of_a_scale_has_its_own_picture():
    """In the place of a symbol's."""
    assert entry_svg(LegendEntry(label="5 %", count=None, picture="<svg/>")) == "<svg/>"
    assert entry_svg(LegendEntry(symbol="site", label="Site", count=1)).startswith("<svg")
