"""The omnibus test has the size that it says, and dates a change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.sar import change_points, omnibus_p
from geo.errors import BadInput, InvalidSetting


def gamma(seed, looks, shape):
    """Simulated speckle of mean 1."""
    return np.random.default_rng(seed).gamma(looks, 1 / looks, shape).astype(np.float32)


@pytest.mark.parametrize("looks", [1.0, 4.4, 10.0])
@pytest.mark.parametrize(("dates", "channels"), [(2, 1), (6, 2), (24, 2)])
def test_the_size_is_within_a_tenth_of_nominal(looks, dates, channels):
    """On simulated speckle, at 5 per cent and at 1 per cent."""
    p = omnibus_p(gamma(7, looks, (dates, channels, 200, 500)), looks=looks)
    assert (p < 0.05).mean() == pytest.approx(0.05, rel=0.1)
    assert (p < 0.01).mean() == pytest.approx(0.01, rel=0.1)


def test_one_ratio_by_hand():
    """One look, powers 1 and 3: ``Q = 4 * (1/4) * (3/4) = 3/4``; exactly, P is a half."""
    power = np.array([1, 3], np.float32).reshape(2, 1, 1, 1)
    assert omnibus_p(power, looks=1)[0, 0] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("exactly", [0.3, 0.1, 0.05, 0.01, 0.001])
def test_two_dates_of_one_look_have_the_exact_probability(exactly):
    """Their share X / (X + Y) is uniform, so that P is ``1 - sqrt(1 - Q)``: within a tenth."""
    share = exactly / 2
    power = np.array([share, 1 - share], np.float32).reshape(2, 1, 1, 1)
    assert omnibus_p(power, looks=1)[0, 0] == pytest.approx(exactly, rel=0.1)


def test_the_size_holds_far_out_in_the_tail():
    """One look, two channels, a level of .1 per cent: within a tenth of it."""
    p = omnibus_p(gamma(11, 1.0, (6, 2, 1000, 500)), looks=1)
    assert (p < 0.001).mean() == pytest.approx(0.001, rel=0.1)


def test_equal_dates_are_no_change():
    """The probability is 1."""
    power = np.full((3, 2, 2, 2), 0.7, np.float32)
    np.testing.assert_allclose(omnibus_p(power, looks=4.4), 1, atol=1e-3)


@given(st.integers(0, 2**16), st.floats(0.01, 100))
def test_neither_the_order_of_dates_nor_the_unit_matters(seed, unit):
    """The statistic is that of a set of ratios."""
    power = gamma(seed, 4.4, (4, 2, 3, 3))
    p = omnibus_p(power, looks=4.4)
    order = np.random.default_rng(seed).permutation(4)
    np.testing.assert_allclose(omnibus_p(power[order], looks=4.4), p, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        omnibus_p(power * np.float32(unit), looks=4.4), p, rtol=1e-3, atol=1e-5
    )


def test_a_cell_without_data_on_a_date_has_no_answer():
    """NaN stays NaN, and is neither changed nor unchanged."""
    power = gamma(1, 4.4, (3, 2, 2, 2))
    power[1, 0, 0, 1] = np.nan
    assert np.isnan(omnibus_p(power, looks=4.4)).tolist() == [[False, True], [False, False]]
    found = change_points(power, looks=4.4, alpha=0.05)
    assert (found.first[0, 1], found.count[0, 1]) == (-1, -1)


def test_a_step_is_dated():
    """A step of 10 dB at the fourth of eight dates is found there in most cells."""
    power = gamma(2, 4.4, (8, 2, 30, 30))
    power[3:] *= 10
    found = change_points(power, looks=4.4, alpha=0.01)
    assert (found.first == 3).mean() > 0.9
    assert (found.count == 1).mean() > 0.85


def test_two_steps_are_both_dated():
    """Up at the third date, down again at the sixth: the sequence begins anew after each."""
    power = gamma(3, 10, (8, 1, 30, 30))
    power[2:5] *= 20
    found = change_points(power, looks=10, alpha=0.01)
    both = found.changed[1] & found.changed[4]
    assert both.mean() > 0.9
    assert (found.first[both] == 2).mean() > 0.95


def test_unchanged_ground_is_seldom_dated():
    """No oftener than the level says."""
    found = change_points(gamma(4, 4.4, (10, 2, 100, 100)), looks=4.4, alpha=0.01)
    assert (found.count > 0).mean() < 0.013


def test_what_is_no_stack_is_refused():
    """One date, or a missing axis, with the shape."""
    with pytest.raises(BadInput, match=r"shape \(1, 2, 3, 3\)"):
        omnibus_p(np.ones((1, 2, 3, 3), np.float32), looks=4.4)
    with pytest.raises(InvalidSetting, match="0 looks"):
        omnibus_p(np.ones((2, 2, 3, 3), np.float32), looks=0)
