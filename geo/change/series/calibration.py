"""How strong the evidence must be, by years of the site's own past in which nothing is known.

Each year of the past is left out in turn, the normal course is learnt from the others, and the
year is watched as if it were new. What is flagged then is false, but for cells that did change:
those whose level over the whole year lies far from what the other years tell are left out of the
count. The middle year decides, so that one year of real change does not make the watch blind.

What is told as realised is held against thresholds from the other years only: a year that helped
to choose a threshold says nothing about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.change.series.baseline import YEAR_D, Days
from geo.change.series.evidence import Recent
from geo.change.series.measures import Kind
from geo.change.series.normal import Normal
from geo.change.series.robust import TO_SIGMA, Table, middle

MOST_YEARS = 4
"""Years of the past that are played again."""

FEWEST_SCENES = 6
"""Scenes of a year that is played again, and of the rest that it is held against."""

CHANGED = 4.0
"""Robust deviations of the level of a year beyond which a cell did change in it."""

UNCALIBRATED = 9.0
"""Evidence that is asked for where no year can be played again: above the 99th percentile of the
years that could, at the one site whose series were looked at (forest in Romania)."""

ANYWAY = 5.0
"""Least evidence that is ever asked for: quiet years must not make the watch nervous."""

EIGHT = np.ones((3, 3))
"""Neighbours that make one group of cells."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thresholds:
    """Evidence that raises a cell."""

    strengths: tuple[float, ...]
    """One a measure."""
    placebo_years: int
    """Years that were played again; 0 if the thresholds are not calibrated."""
    placebo_share: float
    """Share of the stable cells that a year flags at the thresholds of the other years, the mean
    over the years; NaN with fewer than two years."""
    placebo_strongest: tuple[float, ...]
    """For each of those years, the strongest evidence of what it falsely flags on watched cells, as
    a multiple of the thresholds of the other years; 0 where it flags nothing there. Empty with
    fewer than two years: nothing was tested then."""


def calibrated(
    past: Sequence[Table],
    days: Days,
    *,
    kinds: Sequence[Kind],
    ring: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    left_out: NDArray[np.bool_],
    shape: tuple[int, int],
    share: float,
    min_cells: int,
) -> Thresholds:
    """The lowest thresholds at which the years of the past flag at most `share` of the cells.

    Parameters
    ----------
    past : one (scenes, cells) a measure
        The past, NaN where not seen.
    ring, inside, left_out : (cells,), bool
        Surroundings, watched cells, and cells that are known to have changed.
    shape : (rows, columns)
        Of the grid, for the least size of a group.
    """
    years = _years(days)
    if not years:
        return Thresholds(
            strengths=(UNCALIBRATED,) * len(kinds),
            placebo_years=0,
            placebo_share=float("nan"),
            placebo_strongest=(),
        )
    played = [
        [_played(table, days, year, kind, ring) for table, kind in zip(past, kinds, strict=True)]
        for year in years
    ]
    steady = [np.all([one.steady for one in year], axis=0) & ~left_out for year in played]
    asked_of = partial(_strengths, shape=shape, share=share, min_cells=min_cells)
    shares, strongest_of = [], []
    for number in range(len(years) if len(years) > 1 else 0):
        others = [other for other in range(len(years)) if other != number]
        asked = asked_of([played[i] for i in others], [steady[i] for i in others])
        joint, cells = _joint(played[number], asked), steady[number]
        false = _grouped(joint >= 1, shape, min_cells) & cells
        shares.append(false[cells].mean())
        strongest_of.append(float(joint[false & inside].max(initial=0.0)))
    return Thresholds(
        strengths=tuple(asked_of(played, steady).tolist()),
        placebo_years=len(played),
        placebo_share=float(np.mean(shares)) if shares else float("nan"),
        placebo_strongest=tuple(strongest_of),
    )


def _strengths(
    played: Sequence[Sequence[_Played]],
    steady: Sequence[NDArray[np.bool_]],
    *,
    shape: tuple[int, int],
    share: float,
    min_cells: int,
) -> NDArray[np.float64]:
    """The lowest thresholds, one a measure, at which the middle year flags at most `share`."""
    single = np.median(
        [
            [np.quantile(one.strength[cells], 1 - share) for one in year]
            for year, cells in zip(played, steady, strict=True)
        ],
        axis=0,
    )
    single = np.maximum(single, ANYWAY)
    factor = np.median(
        [
            _lowest(_joint(year, single), cells, shape, share, min_cells)
            for year, cells in zip(played, steady, strict=True)
        ]
    )
    strengths: NDArray[np.float64] = np.maximum(factor * single, ANYWAY)
    return strengths


def _years(days: Days) -> list[NDArray[np.bool_]]:
    """Scenes of each year that can be played again, counted back from the last day."""
    if not len(days):
        return []
    back = ((days[-1] - days) // YEAR_D).astype(int)
    years = [back == year for year in range(min(int(back.max()) + 1, MOST_YEARS))]
    return [
        year
        for year in years
        if year.sum() >= FEWEST_SCENES
        and (~year).sum() >= FEWEST_SCENES
        and np.ptp(days[~year]) >= YEAR_D * 0.9
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Played:
    """A year of the past, watched as if it were new."""

    strength: NDArray[np.float64]
    """The strongest evidence of each cell."""
    steady: NDArray[np.bool_]
    """Cells whose level over that year is not far from what the other years tell."""


def _played(
    table: Table, days: Days, year: NDArray[np.bool_], kind: Kind, ring: NDArray[np.bool_]
) -> _Played:
    """A year held against what is normal in the others."""
    normal = Normal.fit(table[~year], days[~year], ring, kind)
    left, spread = normal.left(table[year], days[year])
    level = np.abs(middle(left))
    known = np.isfinite(level)
    usual = TO_SIGMA * np.median(level[known]) if known.any() else 0.0
    steady = known & (level <= CHANGED * usual)
    return _Played(
        strength=strongest(normal.scale.deviates(left, spread)),
        steady=steady if steady.any() else np.ones_like(known),
    )


def strongest(deviates: Table) -> NDArray[np.float64]:
    """The strongest evidence that each cell ever shows."""
    recent = Recent.none(deviates.shape[1])
    most = np.zeros(deviates.shape[1])
    for number, scene in enumerate(deviates):
        recent.take(scene, number)
        most = np.maximum(most, recent.step().strength)
    return most


def _joint(year: Sequence[_Played], strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """The strongest evidence of each cell as a multiple of the threshold of its measure."""
    times = [one.strength / value for one, value in zip(year, strengths, strict=True)]
    joint: NDArray[np.float64] = np.max(times, axis=0)
    return joint


def _lowest(
    joint: NDArray[np.float64],
    stable: NDArray[np.bool_],
    shape: tuple[int, int],
    share: float,
    min_cells: int,
) -> float:
    """The lowest factor at which a year flags at most `share` of the stable cells, in groups."""
    tried = np.quantile(joint[stable], 1 - share * np.array([6, 4, 3, 2, 1.5, 1]))
    for factor in tried:
        if _grouped(joint >= factor, shape, min_cells)[stable].mean() <= share:
            return float(factor)
    return float(tried[-1])


def _grouped(
    flagged: NDArray[np.bool_], shape: tuple[int, int], min_cells: int
) -> NDArray[np.bool_]:
    """The flagged cells, shape (cells,), that lie in groups of at least `min_cells`."""
    numbers, _ = ndimage.label(flagged.reshape(shape), EIGHT)
    enough = np.bincount(numbers.ravel()) >= min_cells
    enough[0] = False
    grouped: NDArray[np.bool_] = enough[numbers].ravel()
    return grouped
