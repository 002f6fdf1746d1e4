"""What a cell is expected to show on a day of the year, from its own past.

Two forms. With two years or more: a harmonic of two periods, fitted robustly (Tukey's biweight,
iterated), as in Verbesselt et al. 2012 (doi:10.1016/j.rse.2012.02.022) and Zhu and Woodcock 2014
(doi:10.1016/j.rse.2014.01.011). With less, or too few dates to carry one: the median of what was
seen around the same day of the year, as in DIST-ALERT (Pickens et al. 2025, Nature Communications,
s41467-025-64014-9).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo.change.series.robust import Table, middle, tukey_weights, width

YEAR_D = 365.25
"""Days of a year."""

HARMONIC_FROM_D = 700.0
"""Days from the first to the last scene that a harmonic needs: two years, less a revisit or two."""

HARMONIC_DATES = 10
"""Clear dates that the middle cell must have for a harmonic of five numbers."""

WINDOW_D = (15.0, 30.0, 45.0)
"""Days around a day of the year; the first that holds `WINDOW_DATES` scenes is used."""

WINDOW_DATES = 2
"""Fewest scenes in a window."""

ITERATIONS = 4
"""Rounds of reweighting; the weights settle within three."""

PENALTY = 0.3
"""Weight of a harmonic of 0, in dates: it keeps gaps, such as cloudy winters, from swinging."""

Days = NDArray[np.float64]
"""Days since 1970-01-01 (UTC), ascending, shape (scenes,)."""


class Baseline(Protocol):
    """What each cell is expected to show."""

    def expected(self, day: float) -> NDArray[np.float64]:
        """Expected values on a day, shape (cells,); NaN where the past tells nothing."""
        ...

    def loadings(self, day: float) -> NDArray[np.float64]:
        """What tells cells apart, shape (cells, numbers): like cells err alike on the same day."""
        ...

    def residuals(self) -> Table:
        """The past less what is expected of it, shape (scenes, cells)."""
        ...

    def only(self, cells: NDArray[np.intp]) -> Baseline:
        """The same of some cells."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Harmonic:
    """A year of two periods for each cell."""

    days: Days
    """Days of the past."""
    past: Table
    """What was seen, shape (scenes, cells)."""
    numbers: NDArray[np.float64]
    """Mean, and cosine and sine of one and two periods a year, shape (cells, 5)."""

    def expected(self, day: float) -> NDArray[np.float64]:
        """The curve on a day."""
        curve: NDArray[np.float64] = self.numbers @ design(np.array([day]))[0]
        return curve

    def loadings(self, day: float) -> NDArray[np.float64]:  # noqa: ARG002 - the same on any day
        """The numbers of the curve: a late spring moves cells by their own season."""
        return self.numbers

    def residuals(self) -> Table:
        """The past less the curve."""
        return self.past - design(self.days) @ self.numbers.T

    def only(self, cells: NDArray[np.intp]) -> Harmonic:
        """The curves of some cells."""
        return Harmonic(days=self.days, past=self.past[:, cells], numbers=self.numbers[cells])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """The past around the same day of the year, for each cell."""

    days: Days
    """Days of the past."""
    past: Table
    """What was seen, shape (scenes, cells)."""

    def expected(self, day: float) -> NDArray[np.float64]:
        """Median of what was seen around the same day of the year, never on that very day."""
        apart = np.abs((self.days - day + YEAR_D / 2) % YEAR_D - YEAR_D / 2)
        other = self.days != day
        for reach in WINDOW_D:
            near = other & (apart <= reach)
            if near.sum() >= WINDOW_DATES:
                return middle(self.past[near])
        return np.full(self.past.shape[1], np.nan)

    def loadings(self, day: float) -> NDArray[np.float64]:
        """The expected value itself: what is bright may grow brighter than what is dark."""
        return self.expected(day)[:, np.newaxis]

    def residuals(self) -> Table:
        """Each scene of the past less what the others around its day of the year tell."""
        if not len(self.days):
            return self.past
        return self.past - np.stack([self.expected(day) for day in self.days])

    def only(self, cells: NDArray[np.intp]) -> Window:
        """The past of some cells."""
        return Window(days=self.days, past=self.past[:, cells])


def fit_baseline(past: Table, days: Days) -> Baseline:
    """A harmonic if the past is long and dense enough to carry one, else the seasonal window."""
    dates = np.isfinite(past).sum(axis=0)
    long = len(days) > 1 and days[-1] - days[0] >= HARMONIC_FROM_D
    if not long or np.median(dates) < HARMONIC_DATES or _seasons(past, days) < 3:
        return Window(days=days, past=past)
    return Harmonic(days=days, past=past, numbers=_fitted(past, days))


def design(days: Days) -> NDArray[np.float64]:
    """One, and cosine and sine of one and two periods a year, shape (days, 5)."""
    turn = 2 * np.pi * days / YEAR_D
    return np.column_stack(
        [np.ones_like(turn), np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)]
    )


def _seasons(past: Table, days: Days) -> int:
    """Quarters of the year in which at least half of the cells were seen."""
    quarter = (days % YEAR_D // (YEAR_D / 4)).astype(int)
    seen = np.isfinite(past)
    return sum(bool((seen[quarter == q].any(axis=0)).mean() >= 0.5) for q in range(4))


def _fitted(past: Table, days: Days) -> NDArray[np.float64]:
    """Numbers of the harmonic for each cell; NaN where fewer dates than numbers were seen."""
    x = design(days)
    count = x.shape[1]
    products = (x[:, :, np.newaxis] * x[:, np.newaxis, :]).reshape(len(days), -1)
    known = np.isfinite(past)
    values = np.where(known, past, 0.0)
    penalty = np.diag([1e-6, *[PENALTY] * (count - 1)])
    weights: Table = known.astype(np.float64)
    # The penalty is on the season alone: values are taken from the cell's own middle.
    centre = np.nan_to_num(middle(past))
    numbers: NDArray[np.float64] = np.zeros((past.shape[1], count))
    for _ in range(ITERATIONS):
        squares = (weights.T @ products).reshape(-1, count, count) + penalty
        moments = (weights * (values - centre)).T @ x
        numbers = np.linalg.solve(squares, moments[:, :, np.newaxis])[:, :, 0].astype(np.float64)
        left = past - centre - x @ numbers.T
        weights = tukey_weights(left, width(left)) * known
    numbers[:, 0] += centre
    numbers[known.sum(axis=0) < count] = np.nan
    return numbers
