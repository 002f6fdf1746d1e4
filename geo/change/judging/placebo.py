"""How often nothing looks like something: the detector run on quiet pairs of a site's own past.

A quiet pair are two earlier dates between which no damage is known. What the detector flags there
is false, by the season, the light or the weather of this very place. The strongest flag of each
such run is what an alert must beat. Damage in the past that nobody noticed only makes the
comparison stricter.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidSetting

LEAST_RUNS = 5
"""Fewer quiet pairs than this say nothing: the least p value would be above 1/6."""

MOST_RUNS = 30
"""Quiet pairs that are run at most, each of which is a whole detection."""

SEASON_DAYS = 45
"""Days of the year by which both dates of a quiet pair may be off those of the alert's pair."""

LEAST_GAP, MOST_GAP = 0.5, 2.0
"""Length of a quiet pair over that of the alert's."""

YEAR_DAYS = 365.2425

Floats = NDArray[np.float64]
Interval = tuple[date, date]
"""A day and a later one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placebos:
    """What the detector made of quiet pairs of one site."""

    pairs: tuple[Interval, ...]
    """The dates of each run, oldest first."""
    strongest: tuple[float, ...]
    """Strength of the strongest flag of each run, 0 where it flagged nothing; see `strength_of`."""

    def __post_init__(self) -> None:
        """Refuse runs that do not match."""
        if len(self.pairs) != len(self.strongest):
            raise InvalidSetting(
                f"{len(self.strongest)} strengths for {len(self.pairs)} pairs",
                expected="one for each",
            )
        if any(not np.isfinite(one) or one < 0 for one in self.strongest):
            raise InvalidSetting("a strength is no number from 0 up", expected="0 where none is")

    @property
    def runs(self) -> int:
        """How many there are."""
        return len(self.pairs)

    @property
    def raised(self) -> int:
        """How many raised an alert at all, though nothing is known to have happened."""
        return sum(bool(one > 0) for one in self.strongest)

    @property
    def rate(self) -> float:
        """Share that raised an alert at all; NaN without runs."""
        return self.raised / self.runs if self.runs else float("nan")

    @property
    def independent(self) -> int:
        """How many of the pairs share no date, at most: what the runs are worth."""
        return len({day for pair in self.pairs for day in pair}) // 2

    def reached(self, strength: float) -> int:
        """How many raised an alert of this strength or more."""
        return sum(bool(one >= strength) for one in self.strongest)

    def p(self, strengths: ArrayLike) -> Floats:
        """The p value of each alert against the strongest flag of each run.

        (1 + runs that reached it) / (1 + runs), so it is never 0 (Phipson and Smyth 2010,
        doi:10.2202/1544-6115.1585) and holds for all alerts of one detection together, as they are
        compared with whole runs. It says how unusual the change is here, not that it is damage.
        NaN where the strength is, and everywhere with fewer than `LEAST_RUNS` runs.

        >>> day = date(2020, 1, 1)
        >>> quiet = Placebos(pairs=((day, day),) * 9, strongest=(0, 0, 0, 1, 1, 2, 2, 3, 8))
        >>> quiet.p([9, 3, 0.5]).round(2)
        array([0.1, 0.3, 0.7])
        """
        asked = np.asarray(strengths, dtype=np.float64)
        if self.runs < LEAST_RUNS:
            return np.full(asked.shape, np.nan)
        strongest = np.sort(np.asarray(self.strongest, dtype=np.float64))
        reached = self.runs - np.searchsorted(strongest, asked, side="left")
        return np.where(np.isnan(asked), np.nan, (1 + reached) / (1 + self.runs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """False alarms that a promised rate really brought."""

    target: float
    """The rate that was promised, 0 to 1."""
    tried: int
    """Quiet pairs that were judged by those before them."""
    alarms: int
    """How many of them raised an alert all the same."""

    @property
    def rate(self) -> float:
        """Alarms over what was tried; NaN if nothing was."""
        return self.alarms / self.tried if self.tried else float("nan")


def realised(placebos: Placebos, *, target: float) -> Realised:
    """What a threshold from the past brings in the time after it.

    Each quiet pair is judged by the runs that ended before it ended, as an alert would have been,
    and is a false alarm if its p value is at most `target`. Pairs with too few runs before them to
    reach `target` are not tried. Unlike a count within the same runs, this shows a drift.
    """
    if not 0 < target < 1:
        raise InvalidSetting(f"target {target}", expected="a rate between 0 and 1")
    order = sorted(range(placebos.runs), key=lambda run: (placebos.pairs[run][::-1], run))
    alarms = tried = 0
    for run in order:
        end = placebos.pairs[run][1]
        past = [one for one in order if placebos.pairs[one][1] < end]
        if len(past) < max(LEAST_RUNS, 1 / target - 1 - 1e-9):
            continue
        known = Placebos(
            pairs=tuple(placebos.pairs[one] for one in past),
            strongest=tuple(placebos.strongest[one] for one in past),
        )
        strength = placebos.strongest[run]
        tried += 1
        alarms += strength > 0 and float(known.p([strength])[0]) <= target
    return Realised(target=target, tried=tried, alarms=int(alarms))


def strength_of(area_m2: ArrayLike, brightness_change: ArrayLike) -> Floats:
    """How strong a flag is, in a measure that compares between pictures of any dates.

    The mean contrast |ln(1 + brightness change)| times the square root of the area: what a filter
    matched to the flag gives in noise that is alike everywhere. Ranks of the score would not do,
    as the highest rank of a quiet picture is as high as that of any other.

    Parameters
    ----------
    area_m2, brightness_change : array_like of float, shape (n,)
        Area, and mean brightness after over before, less 1.

    Returns
    -------
    array of float, shape (n,)
        In metres, 0 and up; NaN where either is unknown.

    >>> strength_of([400.0], [np.e - 1])
    array([20.])
    """
    area = np.asarray(area_m2, dtype=np.float64)
    ratio = np.maximum(1 + np.asarray(brightness_change, dtype=np.float64), 1e-3)
    strength: Floats = np.abs(np.log(ratio)) * np.sqrt(np.maximum(area, 0))
    return strength


def quiet_pairs(
    days: Iterable[date],
    *,
    like: Interval,
    disturbed: Iterable[Interval] = (),
    without: Collection[Interval] = (),
    most: int = MOST_RUNS,
) -> tuple[Interval, ...]:
    """Pairs of earlier dates to compare an alert between the dates `like` with, oldest first.

    They end when the alert begins, at the latest, are about as long, and meet no `disturbed`
    interval; those `without` are left out. Those of the same season come first, then those that
    share fewest dates with the ones that were taken, then the latest. The same for the days in any
    order.
    """
    wanted = max((like[1] - like[0]).days, 1)
    known = sorted({day for day in days if day <= like[0]})
    spoilt = list(disturbed)
    left = [
        pair
        for pair in itertools.combinations(known, 2)
        if LEAST_GAP * wanted <= (pair[1] - pair[0]).days <= MOST_GAP * wanted
        and pair not in without
        and not any(pair[0] < end and start < pair[1] for start, end in spoilt)
    ]
    # The latest first; of equals, `min` takes the first.
    left.sort(key=lambda pair: pair[::-1], reverse=True)
    foreign = {pair: not in_season(pair, like) for pair in left}
    used = dict.fromkeys(known, 0)
    taken: list[Interval] = []
    while left and len(taken) < most:
        best = min(left, key=lambda pair: (foreign[pair], used[pair[0]] + used[pair[1]]))
        left.remove(best)
        taken.append(best)
        for day in best:
            used[day] += 1
    return tuple(sorted(taken))


def in_season(pair: Interval, like: Interval) -> bool:
    """Whether both dates of a pair are of the season of those of `like`."""
    return all(
        _days_of_year_apart(day, other) <= SEASON_DAYS
        for day, other in zip(pair, like, strict=True)
    )


def _days_of_year_apart(day: date, other: date) -> float:
    """Days between two days of the year, whatever the years."""
    apart = abs((day - other).days) % YEAR_DAYS
    return min(apart, YEAR_DAYS - apart)
