"""One score a date for a whole site."""

from __future__ import annotations

from geo.change.series.site import scored


def test_a_site_score_needs_dates_before():
    """No date, and one alone, have no score and no month."""
    assert scored([], []).month is None
