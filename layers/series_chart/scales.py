"""From days and values to places on a drawing, and the round numbers beside its axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

MOST_TICKS = 7
"""Dates and numbers beside an axis at most."""

MONTHS_APART = (1, 2, 3, 6, 12, 24, 60, 120)
"""Steps between the dates beside an axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A straight line from values to pixels; `low` lies at `start_px`, `high` at `end_px`."""

    low: float
    """Least value."""
    high: float
    """Greatest value, above `low`."""
    start_px: float
    """Where the least value lies."""
    end_px: float
    """Where the greatest value lies."""

    def __call__(self, value: float) -> float:
        """Where a value lies, in pixels."""
        share = (value - self.low) / (self.high - self.low)
        return self.start_px + share * (self.end_px - self.start_px)

    def each(self, values: NDArray[np.float64]) -> list[float]:
        """Where each value lies, in pixels."""
        return [self(float(value)) for value in values]


def round_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Round values between `low` and `high`, rising, with their words; `MOST_TICKS` at most.

    They are a step of 1, 2 or 5 times a power of ten apart.

    >>> [words for _, words in round_ticks(0.0, 1.0)]
    ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']
    """
    rough = (high - low) / (MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= 0.999 * rough)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(number * step, f"{number * step:.{places}f}") for number in range(first, last + 1)]


def date_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """First days of months between two days since 1970, with their words; years stand alone.

    Where fewer than two months begin in between, the first and the last day.
    """
    first, last = (np.datetime64(math.floor(day), "D") for day in (low, high))
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
    for apart in MONTHS_APART:
        chosen = [m for m in months if int(m.astype(int)) % apart == 0 and m >= first]
        if len(chosen) <= MOST_TICKS:
            break
    if len(chosen) < 2:
        return [(float(day.astype(int)), str(day)) for day in (first, last)]
    chosen = chosen[:: math.ceil(len(chosen) / MOST_TICKS)]
    yearly = apart >= 12
    return [(float(m.astype("datetime64[D]").astype(int)), _month(m, yearly)) for m in chosen]


def _month(month: np.datetime64, yearly: bool) -> str:
    """``2024`` or ``Mar 2024``."""
    day: date = month.astype("datetime64[D]").astype(date)
    return f"{day:%Y}" if yearly else f"{day:%b %Y}"


def value_words(value: float) -> str:
    """A value in three digits; a dash where there is none."""
    return f"{value:.3g}" if math.isfinite(value) else "\u2013"
