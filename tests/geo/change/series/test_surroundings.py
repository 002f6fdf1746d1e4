"""What a whole neighbourhood did is taken off each cell."""

from __future__ import annotations

import numpy as np

from geo.change.series.baseline import fit_baseline
from geo.change.series.surroundings import RING_CELLS, sampled, without_common

YEARS_3 = np.arange(0, 3 * 365.25, 16.0)


def test_what_all_cells_did_is_taken_off():
    """A haze on one day leaves nothing in the surroundings, and the site's own step whole."""
    rng = np.random.default_rng(0)
    past = 1 + 0.01 * rng.standard_normal((len(YEARS_3), 60))
    baseline = fit_baseline(past, YEARS_3)
    ring = np.arange(60) >= 10
    seen = np.full((1, 60), 1.3)
    seen[0, :5] = 1.7
    left, spread = without_common(
        seen - baseline.expected(1100.0), np.array([1100.0]), baseline, ring
    )
    assert np.abs(left[0, ring]).max() < 0.05
    np.testing.assert_allclose(left[0, :5], 0.4, atol=0.05)
    assert spread[0] < 0.05


def test_a_day_without_surroundings_is_unknown():
    """Where too little of the ring was seen, no cell is judged."""
    past = np.ones((len(YEARS_3), 20))
    baseline = fit_baseline(past, YEARS_3)
    seen = np.where(np.arange(20) < 10, 1.0, np.nan)[np.newaxis]
    left, _ = without_common(seen, np.array([1100.0]), baseline, np.arange(20) >= 5)
    assert np.isnan(left).all()


def test_a_sample_of_a_sample_of_the_ring_is_itself():
    """So part of the cells gives the very same fit as all of them."""
    ring = np.ones(5 * RING_CELLS + 7, dtype=bool)
    once = sampled(ring)
    assert RING_CELLS <= len(once) < 2 * RING_CELLS
    assert len(sampled(ring[once])) == len(once)
