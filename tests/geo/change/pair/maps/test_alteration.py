"""Multivariate alteration detection, guarded."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change.bands import Roles
from geo.change.pair.maps import alteration
from geo.change.pair.pair import Pair

RNG = np.random.default_rng(8)


def pair_of(before, after, valid=None) -> Pair:
    """A block of bands without roles that matter here."""
    bands = tuple(range(len(before)))
    shape = before.shape[1:]
    return Pair(
        before=before.astype(np.float32),
        after=after.astype(np.float32),
        valid=np.ones(shape, dtype=bool) if valid is None else valid,
        green=np.zeros(shape, dtype=bool),
        roles=Roles(bright=bands[:1], other=bands[1:] or bands, codes=(), plants=None),
        core=(slice(0, shape[0]), slice(0, shape[1])),
        near=(slice(0, shape[0]), slice(0, shape[1])),
    )


def dates(bands: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Two dates of one ground, the later under noise of a tenth of its spread."""
    before = RNG.standard_normal((bands, 80, 90))
    return before, before + 0.1 * RNG.standard_normal(before.shape)


def layer(pair: Pair) -> np.ndarray:
    """The map of a pair."""
    return alteration.fit([pair]).layer(pair)


def test_what_changed_is_far_from_what_did_not() -> None:
    """Half a spread more is five times the noise."""
    before, after = dates()
    after[:, 30:40, 30:40] += 0.5
    found = layer(pair_of(before, after))
    assert np.median(found[30:40, 30:40]) > 2.5 * np.median(found)


def test_without_change_nothing_stands_out() -> None:
    """Noise alone has no far cells."""
    before, after = dates()
    found = layer(pair_of(before, after))
    assert found.max() < 4 * np.median(found)


def test_gains_and_offsets_change_nothing() -> None:
    """Canonical correlation takes them off."""
    before, after = dates()
    plain = layer(pair_of(before, after))
    scaled = layer(pair_of(1000 + 400 * before, after * np.array([3, 0.2, 9, 1])[:, None, None]))
    np.testing.assert_allclose(plain, scaled, rtol=0.02, atol=0.02)


def test_bands_that_go_together_do_not_run_away() -> None:
    """Ten nearly equal bands, as on upsampled Sentinel-2: the change is still found."""
    before, after = dates(1)
    after[:, 30:40, 30:40] += 1
    wobble = 0.01 * RNG.standard_normal((2, 10, 80, 90))
    found = layer(pair_of(before + wobble[0], after + wobble[1]))
    assert np.median(found[30:40, 30:40]) > 1.2 * np.quantile(found, 0.9)


def test_gaps_are_0_and_have_no_part() -> None:
    """What stands in them changes nothing."""
    before, after = dates()
    valid = np.ones(before.shape[1:], dtype=bool)
    valid[:9] = False
    plain = layer(pair_of(before, after, valid))
    after[:, :9] = 1e6
    wild = layer(pair_of(before, after, valid))
    np.testing.assert_array_equal(plain, wild)
    assert not wild[:9].any()


@pytest.mark.parametrize("flat", ["one band", "all"])
def test_flat_bands_are_taken(flat: str) -> None:
    """A band without any variance has no part."""
    before, after = dates()
    before[0], after[0] = 7, 7
    if flat == "all":
        before[:], after[:] = 7, 7
    assert np.isfinite(layer(pair_of(before, after))).all()
