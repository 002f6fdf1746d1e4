"""When a step came."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change.sar import interval_of, step_likelihood
from geo.errors import BadInput


def test_one_ratio_by_hand():
    """Powers 1, 1, 4 at one look: after the second, ``3 ln 2 - 2 ln 1 - ln 4 = ln 2``."""
    power = np.array([1, 1, 4], np.float32).reshape(3, 1, 1, 1)
    assert step_likelihood(power, looks=1)[1, 0, 0] == pytest.approx(np.log(2), rel=1e-5)


def test_a_step_lies_inside_its_interval():
    """Of an object of 40 cells and a step of 3 dB the date is known to the scene."""
    rng = np.random.default_rng(1)
    power = rng.gamma(4.4, 1 / 4.4, (12, 2, 5, 8)).astype(np.float32)
    power[7:] *= 2
    total = step_likelihood(power, looks=4.4).sum(axis=(1, 2))
    assert interval_of(total) == (6, 7)


def test_where_nothing_tells_the_interval_is_wide():
    """Equal likelihoods leave all dates open."""
    assert interval_of(np.zeros(5, np.float32)) == (0, 5)


def test_cells_without_data_say_nothing():
    """Their likelihood is 0 for every date."""
    power = np.ones((4, 1, 1, 2), np.float32)
    power[2:, 0, 0, 1] = np.nan
    assert not step_likelihood(power, looks=4.4)[:, 0, 1].any()


def test_one_date_is_refused():
    """With the shape."""
    with pytest.raises(BadInput, match=r"shape \(1, 1, 2, 2\)"):
        step_likelihood(np.ones((1, 1, 2, 2), np.float32), looks=1)
