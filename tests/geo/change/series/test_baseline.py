"""What a cell is expected to show, from its own past."""

from __future__ import annotations

import numpy as np
import pytest

from geo.change.series.baseline import Harmonic, Window, design, fit_baseline

YEARS_3 = np.arange(0, 3 * 365.25, 16.0)


def test_a_harmonic_finds_the_season_through_outliers_and_gaps():
    """The curve that made the data comes back, though values are wild and winters lack."""
    truth = np.array([[2.0, 0.5, -0.3, 0.1, 0.05], [5.0, 0.0, 0.8, 0.0, -0.1]])
    past = design(YEARS_3) @ truth.T
    past[::9] += 4.0
    past[(YEARS_3 % 365.25) < 30] = np.nan
    baseline = fit_baseline(past, YEARS_3)
    assert isinstance(baseline, Harmonic)
    day = 500.0
    np.testing.assert_allclose(baseline.expected(day), (truth @ design(np.array([day])).T)[:, 0],
                               atol=0.05)  # fmt: skip


@pytest.mark.parametrize("days", [YEARS_3[:30], np.array([0.0, 365, 730, 1095])])
def test_a_short_or_thin_past_is_no_harmonic(days):
    """Under two years, and with one date a year, the same days of the year tell what is normal."""
    past = np.arange(len(days), dtype=float)[:, np.newaxis]
    assert isinstance(fit_baseline(past, days), Window)


def test_a_window_holds_the_same_days_of_other_years_never_the_day_itself():
    """Of Decembers 1, 3 and 100 the third is expected at 2; in June nothing is known."""
    decembers = np.array([340.0, 705.0, 1070.0])
    window = Window(days=decembers, past=np.array([[1.0], [3.0], [100.0]]))
    assert window.expected(1070.0) == pytest.approx(2.0)
    assert np.isnan(window.expected(160.0)).all()
    assert window.residuals()[2, 0] == pytest.approx(98.0)
