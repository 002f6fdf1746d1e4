"""The chart of a series as a browser draws it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Page

from layers.series_chart import Series, series_page

pytestmark = pytest.mark.browser

ROOM_PX = 3.0
"""White between two words, at least."""


def between(first: date, last: date) -> Series:
    """Two pictures, on the first and the last day of a chart."""
    nothing = np.full(2, np.nan)
    return Series(
        dates=np.array([first, last], "datetime64[D]"),
        values=np.array([0.1, 0.2]),
        clear=np.ones(2, bool),
        baseline=nothing,
        low=nothing,
        high=nothing,
        flagged_from=first,
        flagged_to=last,
        quantity="brightness",
    )


@pytest.mark.parametrize("days", [9, 40, 100, 190, 207, 400, 585, 1500, 3000, 9000])
def test_dates_stand_apart_and_within_the_chart(page: Page, days: int):
    """Measured in the fonts of this machine, for charts of days to decades."""
    first = date(2015, 3, 1)
    page.set_content(series_page(between(first, first + timedelta(days=days))))
    left, right, *words = page.evaluate(
        """() => {
            const across = (one) => [one.getBBox().x, one.getBBox().x + one.getBBox().width];
            const texts = [...document.querySelectorAll("svg text")];
            const foot = Math.max(...texts.map((one) => one.getBBox().y));
            const chart = document.querySelector("svg").viewBox.baseVal;
            const dates = texts.filter((one) => one.getBBox().y > foot - 1).map(across);
            return [chart.x, chart.x + chart.width, ...dates];
        }"""
    )
    assert len(words) > 1
    assert left <= words[0][0]
    assert words[-1][1] <= right
    assert all(before[1] + ROOM_PX <= after[0] for before, after in pairwise(words))
