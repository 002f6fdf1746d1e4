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
