"""Hints at the type of change, by rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.judging import Hint, hint_of, hint_words
from geo.change.judging.hints import RULES

BARE = {"ndvi_before": 0.12, "ndvi_after": 0.1, "ndvi_change": -0.02, "elongation": 1.5,
        "compactness": 0.6, "length_m": 60.0, "width_m": 40.0, "texture_before": 0.05,
        "water_after": -0.3, "water_change": 0.0}  # fmt: skip
"""A patch of bare ground."""

TYPICAL = {
    Hint.PITS: {**BARE, "texture_change": 0.6, "texture_after": 0.07, "mixed": 0.4,
                "brightness_change": 0.02},
    Hint.BULLDOZING: {**BARE, "texture_change": 0.0, "brightness_change": 0.2},
    Hint.ROAD: {**BARE, "elongation": 12.0, "length_m": 400.0, "width_m": 30.0,
                "brightness_change": 0.2, "texture_change": 0.6},
    Hint.CONSTRUCTION: {**BARE, "texture_change": 0.9, "texture_after": 0.12,
                        "brightness_change": 0.3},
    Hint.DEMOLITION: {**BARE, "texture_before": 0.25, "texture_change": -0.8,
                      "brightness_change": -0.1},
    Hint.CULTIVATION: {**BARE, "ndvi_after": 0.5, "ndvi_change": 0.38, "brightness_change": -0.2,
                       "texture_change": 0.1},
    Hint.FLOODING: {**BARE, "water_after": 0.2, "water_change": 0.5, "brightness_change": -0.4,
                    "texture_change": -0.6},
}  # fmt: skip
"""Made-up measurements of each type."""


@pytest.mark.parametrize("hint", list(Hint))
def test_each_type_is_suggested_by_its_measurements(hint):
    """The rules are asked in an order in which none hides another."""
    assert hint_of(TYPICAL[hint]) == hint


@pytest.mark.parametrize("hint", list(Hint))
def test_a_rule_needs_what_it_speaks_of(hint):
    """Without a measurement that a rule uses, the rule does not hold."""
    needless = [
        name
        for name in TYPICAL[hint]
        if hint_of({other: value for other, value in TYPICAL[hint].items() if other != name})
        == hint
    ]
    assert set(needless) < set(TYPICAL[hint])


def test_bare_ground_that_merely_darkened_suggests_nothing():
    """Rain, dust and shadow must not be named."""
    assert hint_of({**BARE, "texture_change": 0.0, "brightness_change": -0.2}) == ""


@given(
    st.dictionaries(
        st.sampled_from(sorted({name for one in TYPICAL.values() for name in one})),
        st.none()
        | st.booleans()
        | st.floats()
        | st.integers()
        | st.text(max_size=3)
        | st.lists(st.none(), max_size=1),
    )
)
def test_whatever_is_stored_gives_a_hint_or_none(features):
    """Missing, infinite and foreign values raise nothing."""
    assert hint_of(features) in {"", *Hint}


def test_every_hint_has_a_rule():
    """And no rule is without a hint."""
    assert set(RULES) == set(Hint)


def test_a_hint_is_never_shown_without_saying_that_nobody_verified_it():
    """No hint shows nothing."""
    assert hint_words("pits") == "pits (hint, unverified)"
    assert hint_words("") == ""
