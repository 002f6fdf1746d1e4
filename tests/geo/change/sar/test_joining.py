"""From differences with speckle to flags."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change.sar.joining import flagged, joined, length, passed_by_chance


def test_noise_is_the_same_at_the_edge_and_beside_a_hole():
    """The standard deviation over many draws hardly differs between the cells."""
    valid = np.ones((15, 15), bool)
    valid[6:9, 6:9] = False
    rng = np.random.default_rng(1)
    draws = rng.standard_normal((800, 15, 15)).astype(np.float32)
    scatter = np.std([joined(d, valid, sigma_px=1.5) for d in draws], axis=0)
    assert not scatter[~valid].any()
    assert scatter[valid].max() / scatter[valid].min() < 1.35
    assert scatter[0, 0] == pytest.approx(scatter[3, 3], rel=0.15)


def test_independent_layers_have_a_chi_square_length():
    """As many degrees of freedom as layers, and the probability that goes with them."""
    layers = np.random.default_rng(2).standard_normal((3, 200, 200)).astype(np.float32)
    score, freedom = length(layers, np.ones((200, 200), bool))
    assert freedom == pytest.approx(3, abs=0.02)
    assert (score > passed_by_chance(0.01, freedom)).mean() == pytest.approx(0.01, rel=0.15)


def test_layers_that_say_the_same_count_once():
    """One degree of freedom, and the length of a single layer."""
    layer = np.random.default_rng(3).standard_normal((100, 100)).astype(np.float32)
    score, freedom = length(np.stack([layer, 2 * layer, -layer]), np.ones((100, 100), bool))
    assert freedom == pytest.approx(1, abs=0.01)
    unit = 1.4826 * np.median(np.abs(layer))
    np.testing.assert_allclose(score, np.abs(layer) / unit, rtol=1e-3)


def test_equal_dates_have_no_length():
    """All is 0, and nothing is divided by it."""
    score, _ = length(np.zeros((2, 5, 5), np.float32), np.ones((5, 5), bool))
    assert not score.any()


def test_a_region_needs_a_seed_and_enough_cells():
    """One strong cell is too small; a patch without a seed is too weak; a strong patch stays."""
    score = np.zeros((40, 40), np.float32)
    score[5, 5] = 20
    score[20:24, 5:9] = 3.8
    score[20:24, 25:29] = 9
    flags = flagged(score, np.ones((40, 40), bool), freedom=1.0, sigma_px=1.0, min_cells=12)
    assert flags.sum() == 16
    assert flags[20:24, 25:29].all()


def test_the_rim_of_the_smoothing_is_left_out():
    """What lies below half of the height beside it is no change of its own."""
    score = np.zeros((30, 30), np.float32)
    score[8:20, 8:20] = 9
    score[10:18, 10:18] = 20
    flags = flagged(score, np.ones((30, 30), bool), freedom=1.0, sigma_px=1.5, min_cells=12)
    assert flags.sum() == 64


def test_a_larger_scene_asks_for_a_stronger_seed():
    """So that speckle alone flags something in one scene of twenty, whatever its size."""
    assert passed_by_chance(0.05 / 1e8, 2.0) > passed_by_chance(0.05 / 1e4, 2.0) > 4
