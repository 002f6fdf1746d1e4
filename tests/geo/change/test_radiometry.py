"""Scales of values and brightness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.normalisation import Match
from geo.change.radiometry import Brightness, standardised

RNG = np.random.default_rng(3)


def noise(*shape: int) -> np.ndarray:
    """Standard normal numbers, float32."""
    return RNG.standard_normal(shape).astype(np.float32)


def everywhere(layer) -> np.ndarray:
    """All cells valid."""
    return np.ones(layer.shape[-2:], dtype=bool)


class TestRadiometry:
    """Two dates on one scale."""

    @given(gain=st.floats(0.1, 10), offset=st.floats(-1000, 1000))
    def test_gain_and_offset_vanish(self, gain: float, offset: float) -> None:
        """A band of the later date comes back on the scale of the earlier."""
        before = 1000 + 100 * noise(1, 30, 30)
        after = before * np.float32(gain) + np.float32(offset)
        match = Match.fit(before.reshape(1, -1), after.reshape(1, -1))
        np.testing.assert_allclose(match.applied(after), before, rtol=2e-3)

    def test_standard_deviations_ignore_outliers(self) -> None:
        """A tenth of the cells far away moves neither middle nor width by much."""
        layer = noise(100, 100)
        layer[:10] += 1000
        inner = standardised(layer, everywhere(layer))[10:]
        assert abs(np.median(inner)) < 0.2
        assert inner.std() == pytest.approx(1, abs=0.2)

    def test_a_layer_of_one_value_is_0(self) -> None:
        """Nothing is divided by a width of 0."""
        flat = np.full((5, 5), 3, np.float32)
        np.testing.assert_array_equal(standardised(flat, everywhere(flat)), 0)

    def test_brightness_is_the_logarithm_of_the_mean_band(self) -> None:
        """A doubling is ln 2, and black does not become minus infinity."""
        layers = np.full((2, 3, 3), 100, np.float32)
        layers[:, 0, 0], layers[:, 1, 1] = 200, 0
        log = Brightness.fit(layers.mean(axis=0)).log(layers)
        assert log[0, 0] - log[2, 2] == pytest.approx(np.log(2))
        assert log[1, 1] - log[2, 2] == pytest.approx(np.log(0.05))

    def test_negative_values_are_standardised_instead(self) -> None:
        """Decibels have no logarithm."""
        layers = -10 + noise(1, 20, 20)
        assert np.isfinite(Brightness.fit(layers.mean(axis=0)).log(layers)).all()

    def test_two_dates_are_measured_in_one_way(self) -> None:
        """Values about 0, with a median above it and one below: neither is a reflectance."""
        above, below = (middle + noise(1, 20, 20) for middle in (0.5, -0.5))
        for dates in ((above, below), (below, above)):
            measures = Brightness.fit_both(*(date.mean(axis=0) for date in dates))
            assert [measure.is_reflectance for measure in measures] == [False, False]
            logs = [m.log(date) for m, date in zip(measures, dates, strict=True)]
            assert abs(np.median(logs[1] - logs[0])) < 0.2
