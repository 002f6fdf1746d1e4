"""Middles and widths that a few wild values do not move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.series.robust import middle, tukey_weights, width


@given(
    columns=st.lists(
        st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(np.nan)), min_size=5, max_size=5),
        min_size=1,
        max_size=4,
    )
)
def test_the_middle_is_numpys_median_of_what_is_known(columns):
    """Column by column the same number, NaN only where nothing is known."""
    table = np.array(columns).T
    for told, column in zip(middle(table), table.T, strict=True):
        known = column[np.isfinite(column)]
        assert np.isnan(told) if not len(known) else told == pytest.approx(np.median(known))


def test_one_wild_value_does_not_widen():
    """Of deviations 1, -1, 1, -1, 1 and 99 the width is that of 1."""
    assert width(np.array([[1.0], [-1], [1], [-1], [1], [99]])) == pytest.approx(1.4826)


def test_wild_and_unknown_residuals_have_no_weight():
    """Tukey's weights are 1 in the middle, 0 beyond 4.685 widths and where nothing is known."""
    weights = tukey_weights(np.array([[0.0], [4.7], [np.nan]]), 1.0)
    np.testing.assert_allclose(weights.ravel(), [1, 0, 0])
