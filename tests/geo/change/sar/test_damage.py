"""Student's t between past and present."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from geo.change.sar import step_of
from geo.errors import BadInput


def stack(*values):
    """Dates of one polarisation and one cell."""
    return np.array(values, np.float32).reshape(-1, 1, 1, 1)


def test_t_by_hand():
    """Past -10, -12, present -5, -7: means 5 apart, s squared 2, t = 5 / sqrt(2) = 3.54."""
    step = step_of(stack(-10, -12), stack(-5, -7))
    assert step.t.item() == pytest.approx(5 / np.sqrt(2), rel=1e-5)
    assert step.change_db.item() == pytest.approx(5)


def test_t_and_p_agree_with_scipy():
    """On random dates, gaps left out."""
    rng = np.random.default_rng(1)
    past, present = rng.normal(-10, 1, (12, 2, 4, 5)), rng.normal(-9, 1, (4, 2, 4, 5))
    past[3, 0, 0, 0] = np.nan
    step = step_of(past.astype(np.float32), present.astype(np.float32))
    known = ttest_ind(present, past, nan_policy="omit")
    np.testing.assert_allclose(step.t, known.statistic, rtol=1e-3)
    np.testing.assert_allclose(step.p, known.pvalue, rtol=1e-2)


def test_few_dates_count_for_as_much_as_they_tell():
    """The deviate is t where there are many dates, and less than t where there are few."""
    rng = np.random.default_rng(2)
    few = step_of(stack(-10, -11, -12), stack(-7))
    assert 0 < few.z.item() < few.t.item()
    past = rng.normal(-10, 1, (400, 1, 1, 1)).astype(np.float32)
    many = step_of(past, past[:200] + np.float32(0.3))
    assert many.z.item() == pytest.approx(many.t.item(), rel=0.02)


def test_a_cell_without_past_or_present_has_no_answer():
    """NaN, not 0; so has one of which each group has one date."""
    assert np.isnan(step_of(stack(np.nan, np.nan), stack(-7)).t.item())
    assert np.isnan(step_of(stack(-10, -11), stack(np.nan)).change_db.item())
    assert np.isnan(step_of(stack(-10), stack(-7)).z.item())


def test_a_cell_that_hardly_ever_moves_is_not_believed():
    """A past without scatter is chance, so the least spread stands in."""
    step = step_of(stack(-10, -10, -10), stack(-9.9, -9.9, -9.9))
    assert abs(step.t.item()) < 1


def test_groups_that_do_not_fit_are_refused():
    """With both shapes."""
    with pytest.raises(BadInput, match=r"\(2, 1, 1, 1\) and \(1, 2, 1, 1\)"):
        step_of(stack(-10, -11), np.zeros((1, 2, 1, 1), np.float32))
