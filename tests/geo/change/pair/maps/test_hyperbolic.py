"""Pairs that are odd together."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.change.bands import Roles
from geo.change.pair.maps import hyperbolic
from geo.change.pair.pair import Pair

RNG = np.random.default_rng(3)


def noise(*shape: int) -> np.ndarray:
    """Standard normal numbers, float32."""
    return RNG.standard_normal(shape).astype(np.float32)


def everywhere(layer) -> np.ndarray:
    """All cells valid."""
    return np.ones(layer.shape[-2:], dtype=bool)


def hyperbolic_anomaly(before, after, valid) -> np.ndarray:
    """The map of two dates whose bands are all other than the bright ones."""
    bands = tuple(range(len(before)))
    pair = Pair(
        before=before,
        after=after,
        valid=valid,
        green=np.zeros(valid.shape, dtype=bool),
        roles=Roles(bright=bands, other=bands, codes=(), plants=None),
        core=(slice(0, valid.shape[0]), slice(0, valid.shape[1])),
        near=(slice(0, valid.shape[0]), slice(0, valid.shape[1])),
    )
    return hyperbolic.fit([pair]).layer(pair)


class TestHyperbolic:
    """Pairs that are odd together."""

    def test_what_is_odd_on_both_dates_is_less_odd_than_what_changed(self) -> None:
        """A bright spot that stays is no change; one that goes is."""
        before = noise(2, 80, 80)
        after = 0.9 * before + 0.3 * noise(2, 80, 80)
        before[:, 20, 20] += 6
        after[:, 20, 20] += 5.4
        before[:, 50, 50] += 6
        odd = hyperbolic_anomaly(before, after, everywhere(before))
        assert odd[50, 50] > 20
        assert odd[50, 50] > 5 * odd[20, 20]

    @settings(max_examples=15)
    @given(
        mix=st.lists(st.floats(-2, 2), min_size=4, max_size=4).filter(
            lambda m: abs(m[0] * m[3] - m[1] * m[2]) > 0.3
        )
    )
    def test_mixing_the_bands_of_a_date_changes_nothing(self, mix) -> None:
        """Any linear change of scale, the other date untouched."""
        before, after = noise(2, 40, 40), noise(2, 40, 40)
        after += before
        mixed = np.einsum("ij,jrc->irc", np.reshape(mix, (2, 2)), after).astype(np.float32)
        valid = everywhere(before)
        plain = hyperbolic_anomaly(before, after, valid)
        np.testing.assert_allclose(hyperbolic_anomaly(before, mixed, valid), plain, atol=0.05)

    def test_exchanging_the_dates_changes_nothing(self) -> None:
        """Theiler and Perkins's measure is symmetric."""
        before, after = noise(3, 40, 40), noise(3, 40, 40)
        valid = everywhere(before)
        np.testing.assert_allclose(
            hyperbolic_anomaly(before, after, valid),
            hyperbolic_anomaly(after, before, valid),
            atol=1e-3,
        )

    def test_gaps_are_0(self) -> None:
        """And what stands in them has no part."""
        before, after = noise(1, 30, 30), noise(1, 30, 30)
        valid = everywhere(before)
        valid[:5] = False
        plain = hyperbolic_anomaly(before, after, valid)
        after[:, :5] = 1e6
        wild = hyperbolic_anomaly(before, after, valid)
        np.testing.assert_array_equal(plain, wild)
        assert not wild[:5].any()
