"""Brightness that the other date does not foretell."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change.bands import Roles
from geo.change.pair.maps import prediction
from geo.change.pair.pair import Pair

RNG = np.random.default_rng(5)


def pair_of(before, after, *, bright=(0,), other=(1, 2), valid=None) -> Pair:
    """A block whose first band is the bright one."""
    shape = before.shape[1:]
    return Pair(
        before=before.astype(np.float32),
        after=after.astype(np.float32),
        valid=np.ones(shape, dtype=bool) if valid is None else valid,
        green=np.zeros(shape, dtype=bool),
        roles=Roles(bright=bright, other=other, codes=(), plants=None),
        core=(slice(0, shape[0]), slice(0, shape[1])),
        near=(slice(0, shape[0]), slice(0, shape[1])),
    )


def ground(rows: int = 90, cols: int = 100) -> np.ndarray:
    """Three bands that vary apart from each other."""
    return 1000 * np.exp(0.2 * RNG.standard_normal((3, rows, cols)))


def layer(pair: Pair) -> np.ndarray:
    """The map of a pair."""
    return prediction.fit([pair]).layer(pair)


def test_what_another_band_foretells_is_no_change() -> None:
    """Where plants were, the ground is brighter after harvest: all over the scene, so foretold."""
    before = ground()
    after = before.copy()
    harvested = before[0] * (before[2] / 1000) ** 1.5
    after[0] = harvested
    after[0, 40:50, 40:50] *= 1.6
    found = layer(pair_of(before, after))
    plain = np.abs(np.log(after[0] / before[0]))
    assert found[40:50, 40:50].mean() > 4 * np.delete(found, slice(40, 50), axis=0).mean()
    assert plain[40:50, 40:50].mean() < 4 * np.delete(plain, slice(40, 50), axis=0).mean()


def test_exchanging_the_dates_changes_nothing() -> None:
    """The lesser of both directions has none."""
    before, after = ground(), ground()
    np.testing.assert_allclose(
        layer(pair_of(before, after)), layer(pair_of(after, before)), atol=1e-5
    )


def test_a_gain_and_an_offset_of_a_band_change_little() -> None:
    """Bands are standardised, and the offset of the brightness is small beside it."""
    before, after = ground(), ground()
    plain = layer(pair_of(before, after))
    scaled = layer(pair_of(before, after * np.array([1.1, 3, 0.5])[:, None, None]))
    assert np.corrcoef(plain.ravel(), scaled.ravel())[0, 1] > 0.999


def test_gaps_are_0_and_have_no_part() -> None:
    """What stands in them changes nothing around."""
    before, after = ground(), ground()
    valid = np.ones(before.shape[1:], dtype=bool)
    valid[:10] = False
    found = layer(pair_of(before, after, valid=valid))
    assert not found[:10].any()
    assert np.isfinite(found).all()


@pytest.mark.parametrize("bands", [1, 2])
def test_few_bands_are_enough(bands: int) -> None:
    """A single band is bright and other at once."""
    before, after = ground()[:bands], ground()[:bands]
    found = layer(pair_of(before, after, other=(bands - 1,)))
    assert np.isfinite(found).all()
    assert found.any()


def test_a_flat_scene_has_no_change() -> None:
    """No variance, nothing to foretell."""
    flat = np.full((3, 60, 60), 7.0)
    assert layer(pair_of(flat, flat)).max() < 1e-3


def test_the_fit_is_deterministic() -> None:
    """The same coefficients from the same sample."""
    pair = pair_of(ground(), ground())
    one, two = prediction.fit([pair]), prediction.fit([pair])
    np.testing.assert_array_equal(one.forth.coefficients, two.forth.coefficients)


def test_the_layer_is_the_same_wherever_the_block_is_cut() -> None:
    """Beyond its halo the map sees nothing."""
    halo = prediction.HALO_PX
    before, after = ground(2 * halo + 30, 50), ground(2 * halo + 30, 50)
    whole, cut = pair_of(before, after), pair_of(before[:, 20:], after[:, 20:])
    fitted = prediction.fit([whole])
    np.testing.assert_allclose(
        fitted.layer(whole)[20 + halo :], fitted.layer(cut)[halo:], atol=1e-4
    )
