"""What a study says of its own alerts, and what is not believed of it."""

from __future__ import annotations

import pytest

from geo.change.judging.own_past import KEY, OwnPast, own_past


def test_a_rate_is_told_only_of_what_was_run():
    """One of four; none without a run."""
    past = OwnPast(runs=4, reached=1, raised=3)
    assert past.rate == 0.25
    assert past.words().startswith("1 of 4 quiet times of its past raised an alert as strong")
    untested = OwnPast(why_not="too young")
    assert untested.rate is None
    assert untested.words() == "not tested on the site's own past: too young"


def test_what_was_kept_is_read_again():
    """As it was told."""
    past = OwnPast(runs=4, reached=1, raised=3)
    assert own_past({KEY: past.told, "area_m2": 1.0}) == past


@pytest.mark.parametrize(
    "told",
    [
        None, "4 of 4", [], {}, {"runs": 1, "reached": 2, "raised": 2},
        {"runs": 2, "reached": 2, "raised": 1}, {"runs": -1, "reached": -1, "raised": -1},
        {"runs": True, "reached": 0, "raised": 0}, {"runs": 2.0, "reached": 1.0, "raised": 1.0},
    ],
)  # fmt: skip
def test_counts_that_cannot_be_are_none(told):
    """Text of a store is not believed."""
    assert own_past({KEY: told}) is None
