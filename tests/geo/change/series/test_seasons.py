"""The years of a watch."""

from __future__ import annotations

import numpy as np

from geo.change.series.seasons import bounds_of_seasons


def test_seasons_are_the_years_from_the_first_watched_day_that_have_scenes():
    """The numbers of scenes, the last one after; a year without a scene is none."""
    days = np.array([0.0, 100, 400, 500, 1500])
    assert bounds_of_seasons(days, begins=90) == [(1, 3), (3, 4), (4, 5)]
    assert bounds_of_seasons(days, begins=2000) == []
