"""How strongly the latest clear dates of each cell speak for a lasting step.

The statistic is the generalised likelihood ratio of a step in the mean (Lai 1995,
doi:10.1111/j.2517-6161.1995.tb02052.x) with its onset unknown: the highest, over the last three to
`LONGEST` clear dates, of their mean over its standard error. The error of a mean does not sink to
0: whole seasons drift (`DRIFT`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.series.baseline import YEAR_D, Days
from geo.change.series.robust import Table, middle, width

WILDEST = 10.0
"""Deviates are cut here: a cloud that no mask holds must not raise an alert by itself."""

DRIFT = 0.1
"""Variance that all dates of a season share, as part of the variance of one date."""

FEWEST, LONGEST = 3, 16
"""Clear dates that an onset may lie back."""

AGREES = 2.0
"""A date agrees with a step if it deviates this far to the same side."""

K, N = 3, 4
"""Of the last `N` clear dates `K` must agree."""

OWN = 0.7
"""Weight of a cell's own variance beside that of the middle cell, which steadies it."""

CALMEST, WILDEST_DAY = 0.5, 20.0
"""Bounds of a day's spread beside the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scale:
    """By what residuals are measured."""

    sigma: NDArray[np.float64]
    """Usual deviation of each cell, shape (cells,), with what it drifts from year to year."""
    day: float
    """The ring's usual spread on one day."""

    @classmethod
    def fit(cls, left: Table, spread: NDArray[np.float64], days: Days, *, least: float) -> Scale:
        """From the past's residuals, shape (scenes, cells), and the ring's spread on each day.

        `least` is the smallest deviation that any cell is given.
        """
        known = spread[np.isfinite(spread)]
        usual = float(np.median(known)) if len(known) else np.nan
        even = left / _loudness(spread, usual)[:, np.newaxis]
        own = width(even)
        common = _median(own)
        variance = OWN * own**2 + (1 - OWN) * common**2
        years = yearly(even, days)
        if len(years) > 1:
            drift = np.nanmean(np.where(np.isfinite(years), years, 0) ** 2, axis=0)
            variance = variance + (drift + _median(drift)) / 2
        return cls(sigma=np.maximum(np.sqrt(variance), max(least, 1e-9)), day=usual)

    def deviates(self, left: Table, spread: NDArray[np.float64]) -> Table:
        """Residuals in usual deviations, cut at `WILDEST`; loud days count less."""
        even = left / _loudness(spread, self.day)[:, np.newaxis]
        return np.clip(even / self.sigma, -WILDEST, WILDEST)

    def at(self, spread: NDArray[np.float64]) -> Table:
        """The usual deviation on each day, shape (scenes, cells)."""
        return _loudness(spread, self.day)[:, np.newaxis] * self.sigma


@dataclass(slots=True, kw_only=True, eq=False)
class Recent:
    """The last clear dates of each cell; grows with each scene that is taken in."""

    deviates: NDArray[np.float64]
    """Shape (LONGEST, cells), the latest last; NaN where there was none yet."""
    scenes: NDArray[np.int32]
    """Numbers of their scenes, -1 for none."""

    @classmethod
    def none(cls, cells: int) -> Recent:
        """Before the first scene."""
        return cls(
            deviates=np.full((LONGEST, cells), np.nan),
            scenes=np.full((LONGEST, cells), -1, np.int32),
        )

    def take(self, deviates: NDArray[np.float64], scene: int) -> None:
        """Add a scene: `deviates` of shape (cells,), NaN where a cell was not seen."""
        seen = np.flatnonzero(np.isfinite(deviates))
        self.deviates[:-1, seen] = self.deviates[1:, seen]
        self.scenes[:-1, seen] = self.scenes[1:, seen]
        self.deviates[-1, seen] = deviates[seen]
        self.scenes[-1, seen] = scene

    def forget(self, cells: NDArray[np.intp]) -> None:
        """Start these cells anew."""
        self.deviates[:, cells] = np.nan
        self.scenes[:, cells] = -1

    def step(self) -> Step:
        """The strongest step that ends with the latest date."""
        back = np.nancumsum(self.deviates[::-1], axis=0)
        count = np.arange(1, LONGEST + 1)[:, np.newaxis]
        level = back / count / np.sqrt(1 / count + DRIFT)
        told = np.abs(level)
        told[: FEWEST - 1] = 0
        told[np.isnan(self.deviates[::-1])] = 0
        best = told.argmax(axis=0)[np.newaxis]
        signed = np.take_along_axis(level, best, axis=0)[0]
        strength = np.take_along_axis(told, best, axis=0)[0]
        sign = np.sign(signed).astype(np.int8)
        with np.errstate(invalid="ignore"):
            agreeing = (self.deviates[-N:] * sign > AGREES).sum(axis=0)
        return Step(
            strength=np.where(agreeing >= K, strength, 0.0),
            sign=sign,
            onset=np.take_along_axis(self.scenes[::-1], best, axis=0)[0],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """A step in each cell."""

    strength: NDArray[np.float64]
    """In standard errors; 0 where fewer than `K` of the last `N` clear dates agree."""
    sign: NDArray[np.int8]
    """1 up, -1 down."""
    onset: NDArray[np.int32]
    """Number of the first scene after the step."""


def yearly(left: Table, days: Days) -> Table:
    """Median of each year, counted back from the last day, the latest first, shape (years, cells).

    A year of fewer than three scenes is left out.
    """
    if not len(days):
        return left
    back = ((days[-1] - days) // YEAR_D).astype(int)
    years = [back == year for year in range(back.max() + 1)]
    return np.array([middle(left[year]) for year in years if year.sum() >= 3]).reshape(
        -1, left.shape[1]
    )


def _loudness(spread: NDArray[np.float64], usual: float) -> NDArray[np.float64]:
    """The spread of each day beside the usual one."""
    if not usual > 0:
        return np.ones_like(spread)
    loud: NDArray[np.float64] = np.sqrt(np.clip(spread / usual, CALMEST, WILDEST_DAY))
    return loud


def _median(values: NDArray[np.float64]) -> float:
    """Median of what is known, 0 if nothing is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else 0.0
