"""Lee's filter and the number of looks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.sar import estimated_looks, lee
from geo.errors import InvalidSetting


def test_even_ground_becomes_its_local_mean():
    """Nine cells without more scatter than speckle has are averaged."""
    power = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.float32)
    assert lee(power, looks=1, radius_px=1)[1, 1] == pytest.approx(5)


def test_a_strong_target_keeps_its_power():
    """A cell far above its speckle is hardly touched."""
    power = np.ones((7, 7), np.float32)
    power[3, 3] = 1000
    kept = lee(power, looks=10, radius_px=1)[3, 3]
    # Mean 112, variance 98568: weight (98568 - 1254) / 1.1 / 98568 = .8975 of the cell itself.
    assert kept == pytest.approx(112 + 0.8975 * 888, rel=1e-3)


@given(st.integers(0, 2), st.integers(1, 10), st.integers(0, 2**16))
def test_no_data_stays_no_data_and_power_stays_power(radius_px, looks, seed):
    """NaN where it was, above 0 and between the extremes elsewhere; the argument is not touched."""
    rng = np.random.default_rng(seed)
    power = rng.gamma(2, 1, (2, 6, 5)).astype(np.float32)
    power[rng.random(power.shape) < 0.2] = np.nan
    given_power = power.copy()
    filtered = lee(power, looks=looks, radius_px=radius_px)
    np.testing.assert_array_equal(power, given_power)
    np.testing.assert_array_equal(np.isnan(filtered), np.isnan(power))
    if np.isfinite(power).any():
        known = filtered[np.isfinite(filtered)]
        assert known.min() >= np.nanmin(power) - 1e-5
        assert known.max() <= np.nanmax(power) + 1e-5


def test_speckle_is_damped():
    """The scatter of even ground falls to that of the mean of nine cells, nearly."""
    power = np.random.default_rng(1).gamma(4.4, 1 / 4.4, (200, 200)).astype(np.float32)
    assert np.var(lee(power, looks=4.4, radius_px=1)) < np.var(power) / 4


def test_a_negative_radius_is_refused():
    """With its value."""
    with pytest.raises(InvalidSetting, match="radius -1 cells"):
        lee(np.ones((3, 3), np.float32), looks=1, radius_px=-1)


@pytest.mark.parametrize("looks", [1.0, 4.4, 20.0])
def test_looks_are_estimated_from_two_dates(looks):
    """Also if the other date is brighter; change in a tenth of the ground lowers them somewhat."""
    rng = np.random.default_rng(3)
    before, after = rng.gamma(looks, 1 / looks, (2, 200, 200)).astype(np.float32)
    assert estimated_looks(before, 2 * after) == pytest.approx(looks, rel=0.05)
    after[:20] *= 10
    assert 0.7 * looks < estimated_looks(before, 2 * after) < looks


def test_a_date_and_itself_have_endless_looks():
    """Nothing scatters; without data nothing is known."""
    power = np.random.default_rng(1).gamma(1, 1, (9, 9)).astype(np.float32)
    assert estimated_looks(power, power) == 1e4
    assert np.isnan(estimated_looks(power, np.full_like(power, np.nan)))
