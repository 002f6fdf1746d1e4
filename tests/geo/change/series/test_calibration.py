"""How strong the evidence must be."""

from __future__ import annotations

import numpy as np

from geo.change.series.calibration import ANYWAY, UNCALIBRATED, calibrated
from geo.change.series.measures import Kind

YEARS_3 = np.arange(0, 3 * 365.25, 16.0)


def test_quiet_years_ask_for_the_least_evidence_and_no_year_for_more():
    """Thresholds never sink to nothing, and without a year to play again they are cautious."""
    rng = np.random.default_rng(1)
    past = [rng.normal(1, 0.01, (len(YEARS_3), 100))]
    options = {
        "kinds": (Kind.BRIGHTNESS,), "ring": np.ones(100, bool), "inside": np.ones(100, bool),
        "left_out": np.zeros(100, bool), "shape": (10, 10), "share": 0.01, "min_cells": 3,
    }  # fmt: skip
    told = calibrated(past, YEARS_3, **options)
    assert (told.strengths, told.placebo_years) == ((ANYWAY,), 3)
    assert told.placebo_share <= 0.01
    short = calibrated([past[0][:10]], YEARS_3[:10], **options)
    assert (short.strengths, short.placebo_years) == ((UNCALIBRATED,), 0)
    assert np.isnan(short.placebo_share)


def test_what_is_told_as_realised_is_held_against_the_other_years():
    """A year whose noise is threefold raises alerts at the thresholds of the quiet ones."""
    rng = np.random.default_rng(2)
    days = np.arange(0, 4 * 365.25, 16.0)
    loud = days >= 3 * 365.25
    values = rng.normal(1, 0.01, (len(days), 400))
    values[loud] += np.sign(rng.normal(size=400)) * 0.06 * (np.arange(loud.sum()) % 12 < 6)[:, None]
    everywhere = np.ones(400, bool)
    told = calibrated(
        [values], days, kinds=(Kind.BRIGHTNESS,), ring=everywhere, inside=everywhere,
        left_out=~everywhere, shape=(20, 20), share=0.01, min_cells=3,
    )  # fmt: skip
    assert len(told.placebo_strongest) == told.placebo_years == 4
    assert told.placebo_strongest[0] > 1
    assert max(told.placebo_strongest[1:]) < told.placebo_strongest[0]


def test_one_year_alone_tests_nothing():
    """It gives thresholds, and no figure of what they realise."""
    days = np.concatenate([[0, 30, 60, 90], [400, 450, 500], np.arange(750, 1095, 16.0)])
    values = [np.random.default_rng(3).normal(1, 0.01, (len(days), 100))]
    everywhere = np.ones(100, bool)
    told = calibrated(
        values, days, kinds=(Kind.BRIGHTNESS,), ring=everywhere, inside=everywhere,
        left_out=~everywhere, shape=(10, 10), share=0.01, min_cells=3,
    )  # fmt: skip
    assert told.placebo_years == 1
    assert told.placebo_strongest == ()
    assert np.isnan(told.placebo_share)
