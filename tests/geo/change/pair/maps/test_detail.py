"""Change of the fine structure."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change.bands import Roles
from geo.change.pair.maps import detail
from geo.change.pair.pair import Pair

RNG = np.random.default_rng(3)


def pair_of(before, after, valid=None) -> Pair:
    """A block of one bright and one other band."""
    shape = before.shape[1:]
    return Pair(
        before=before.astype(np.float32),
        after=after.astype(np.float32),
        valid=np.ones(shape, dtype=bool) if valid is None else valid,
        green=np.zeros(shape, dtype=bool),
        roles=Roles(bright=(0,), other=(1,), codes=(), plants=None),
        core=(slice(0, shape[0]), slice(0, shape[1])),
        near=(slice(0, shape[0]), slice(0, shape[1])),
    )


def ground(rows: int = 90, cols: int = 100) -> np.ndarray:
    """Two bands of reflectance with a little noise."""
    return 1000 * np.exp(0.05 * RNG.standard_normal((2, rows, cols)))


def layer(pair: Pair) -> np.ndarray:
    """The map of a pair."""
    return detail.fit([pair]).layer(pair)


def test_a_gain_of_a_whole_date_is_no_change() -> None:
    """Steepness is told in logarithms of brightness."""
    before = ground()
    assert layer(pair_of(before, 1.4 * before)).max() < 1e-3


def test_a_field_that_is_brighter_as_a_whole_changed_at_its_rim_only() -> None:
    """What lies inside keeps its structure."""
    before = ground()
    after = before.copy()
    after[:, 30:60, 30:60] *= 1.8
    found = layer(pair_of(before, after))
    inside, rim = found[38:52, 38:52], found[38:52, 29:31]
    assert rim.mean() > 3 * inside.mean()


@pytest.mark.parametrize("turned", [False, True])
def test_smoothed_or_roughened_ground_stands_out(turned: bool) -> None:
    """A levelled square, and as much the square that lost its level."""
    rough, levelled = ground(), ground()
    levelled[:, 40:55, 40:55] = 1000
    pair = pair_of(rough, levelled) if not turned else pair_of(levelled, rough)
    found = layer(pair)
    assert found[44:51, 44:51].mean() > 1.5 * found[:, :30].mean()


def test_gaps_are_0() -> None:
    """Cells without data have no change, and all is finite."""
    before, after = ground(), ground()
    valid = np.ones(before.shape[1:], dtype=bool)
    valid[:20] = False
    found = layer(pair_of(before, after, valid))
    assert not found[:20].any()
    assert np.isfinite(found).all()


def test_the_layer_is_the_same_wherever_the_block_is_cut() -> None:
    """Beyond its halo the map sees nothing."""
    rows = 2 * detail.HALO_PX + 40
    before, after = ground(rows, 60), ground(rows, 60)
    whole = pair_of(before, after)
    fitted = detail.fit([whole])
    cut = pair_of(before[:, 20:], after[:, 20:])
    here = slice(20 + detail.HALO_PX, None)
    np.testing.assert_allclose(
        fitted.layer(whole)[here], fitted.layer(cut)[detail.HALO_PX :], atol=1e-4
    )


def test_values_that_are_no_reflectance_are_taken() -> None:
    """Decibels are below 0; the map is finite all the same."""
    found = layer(pair_of(ground() / 100 - 25, ground() / 100 - 25))
    assert np.isfinite(found).all()
    assert found.any()
