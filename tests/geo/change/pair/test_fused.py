"""The maps of a scene added up."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from geo.change import Parameters, detect
from geo.change.pair import fused
from geo.change.pair.fused import WEIGHTS, WEIGHTS_FAST

SQUARE = np.s_[60:80, 100:120]


@pytest.mark.parametrize("fast", [False, True])
def test_a_dug_square_ranks_first(before, dug, fast: bool) -> None:
    """With and without the costly maps, and before the score is evened as well."""
    found = detect(before, dug, parameters=Parameters(fast=fast))
    for layer in (found.score, found.unpooled):
        inside = np.median(layer[SQUARE])
        assert (layer < inside).mean() > 0.97
    assert (found.mask[SQUARE] == 1).mean() > 0.8
    assert (found.mask == 1).mean() < 0.03


@pytest.mark.parametrize("fast", [False, True])
def test_a_picture_and_itself_flag_nothing(before, fast: bool) -> None:
    """The mask is empty, to the last cell."""
    assert not (detect(before, before, parameters=Parameters(fast=fast)).mask == 1).any()


def test_the_score_is_a_mean_of_the_maps(before, after) -> None:
    """No score exceeds that of a cell that leads on every map."""
    found = detect(before, after)
    assert np.nanmin(found.unpooled) >= 0
    assert np.nanmax(found.unpooled) <= np.log(2 * found.score.size) * (1 + 1e-5)
    assert np.nanmax(found.score) <= np.nanmax(found.unpooled)


def test_both_settings_have_the_same_decisive_maps_first() -> None:
    """The two that share no band lead the weights; the fast one leaves out the last."""
    assert len(WEIGHTS_FAST) == len(WEIGHTS) - 1


def test_the_fast_halo_is_smaller() -> None:
    """What is left out is what looks farthest."""
    plain = Parameters()
    fast = dataclasses.replace(plain, fast=True)
    assert fused.halo_px(fast) < fused.halo_px(plain)


def test_the_least_smoothing_is_taken_in_a_quick_run_as_well() -> None:
    """Half a cell of the scene is a quarter of a wider cell."""
    parameters = Parameters(smoothing_px=0.5, fast=True)
    assert parameters.smoothing_cells == 0.25
    assert fused.near_px(parameters) >= fused.TEXTURE_RADIUS_PX
