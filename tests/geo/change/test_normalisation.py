"""Two dates on one scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.change.normalisation import LEAST_EFFECTIVE, Match, invariance

CELLS = 4000


def ground(seed: int = 0, bands: int = 4) -> np.ndarray:
    """Bands of like ground, shape (bands, cells)."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal(CELLS)
    own = rng.standard_normal((bands, CELLS))
    return (1000 + 150 * shared + 60 * own).astype(np.float32)


def matched(before, after) -> np.ndarray:
    """The later date's cells on the earlier's scale."""
    return Match.fit(before, after).applied(after[:, None])[:, 0]


@settings(max_examples=15)
@given(gain=st.floats(0.2, 5), offset=st.floats(-1000, 1000))
def test_gain_and_offset_vanish(gain: float, offset: float) -> None:
    """A band of the later date comes back on the scale of the earlier, but for its noise."""
    before = ground()
    noise = np.random.default_rng(9).normal(0, 10, before.shape)
    after = ((before + noise) * gain + offset).astype(np.float32)
    back = matched(before, after)
    assert np.abs(np.median(back - before, axis=1)).max() < 2
    assert np.abs(back - before).std() < 12


def test_a_date_and_itself_are_left_as_they_are() -> None:
    """To the last digit that counts."""
    before = ground()
    np.testing.assert_allclose(matched(before, before.copy()), before, rtol=1e-6)


def test_what_changed_does_not_bend_the_line() -> None:
    """A fifth of the cells, all the brightest, twice as bright: the others stay in place."""
    before = ground()
    changed = before.mean(axis=0) > np.quantile(before.mean(axis=0), 0.8)
    after = before + np.random.default_rng(1).normal(0, 10, before.shape).astype(np.float32)
    after[:, changed] *= 2
    back = matched(before, after)
    assert np.abs(back - before)[:, ~changed].mean() < 15
    assert np.abs(back - before)[:, changed].mean() > 500


def test_many_bands_that_go_together_do_not_collapse() -> None:
    """Ten copies of four bands under noise: the weights stay worth their share of the cells."""
    before = np.repeat(ground(), 3, axis=0)[:10].astype(np.float64)
    rng = np.random.default_rng(2)
    before += rng.normal(0, 1, before.shape)
    after = before + rng.normal(0, 20, before.shape)
    after[:, :400] += 500
    weights = invariance(before, after)
    assert weights.sum() ** 2 / (weights @ weights) >= LEAST_EFFECTIVE * CELLS
    assert weights[:400].mean() < 0.1 * weights[400:].mean()


def test_two_unlike_dates_are_matched_by_median_and_spread() -> None:
    """No line is drawn through a cloud of points."""
    before, after = ground(0), 3 * ground(1) + 7
    match = Match.fit(before, after)
    assert match.lines == 0
    back = match.applied(after[:, None])[:, 0]
    np.testing.assert_allclose(np.median(back, axis=1), np.median(before, axis=1), rtol=1e-3)


@pytest.mark.parametrize("cells", [1, 2, 30])
@pytest.mark.parametrize("value", [0.0, 5.0])
def test_few_cells_and_bands_of_one_value_are_no_trouble(cells: int, value: float) -> None:
    """Everything stays finite."""
    flat = np.full((3, cells), value, np.float32)
    match = Match.fit(flat, flat + 1)
    np.testing.assert_allclose(match.applied(flat[:, None] + 1)[:, 0], flat, atol=1e-4)
