"""The series of the first cell of an alert, as a chart shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from geo.change.series.baseline import Days
from geo.change.series.measures import Kind
from geo.change.series.robust import Table
from geo.change.series.seasons import Season, bounds_of_seasons, normal_season
from geo.change.series.surroundings import sampled
from geo.errors import BadInput
from geo.grid import WGS84, Grid, transformer

BAND = 1.96
"""Deviations on each side that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PixelSeries:
    """What one cell showed over time beside what was expected of it."""

    name: str
    """What is measured, such as ``vegetation index (NDVI)``."""
    dates: NDArray[np.datetime64]
    """Days of the scenes (UTC), ascending, shape (scenes,)."""
    values: NDArray[np.float64]
    """Measured, shape (scenes,); NaN where the cell was not seen clearly. Brightness is in the
    units of the scenes."""
    clear: NDArray[np.bool_]
    """Whether the cell was seen clearly, shape (scenes,)."""
    baseline: NDArray[np.float64]
    """Expected by its own past and by what the surroundings did that day, shape (scenes,); NaN
    where nothing is known to expect."""
    low: NDArray[np.float64]
    """Lower edge of the band that holds 95 % of what is usual, shape (scenes,)."""
    high: NDArray[np.float64]
    """Upper edge of that band."""
    flagged_from: date
    """First day of the interval in which the ground changed, as its alert says."""
    flagged_to: date
    """Last day of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """What an alert says of itself, as far as its series shows it."""

    lonlat: tuple[float, float]
    """Its first cell."""
    measure: Kind
    """What flags it."""
    raised_on: date
    """Day on which the evidence sufficed."""
    changed_from: date
    """First day of the interval in which the ground changed."""
    changed_to: date
    """Last day of it."""


def series_of_cell(
    layers: Sequence[NDArray[np.float32]],
    scenes: Sequence[date],
    flagged: Flagged,
    *,
    grid: Grid,
    ring: NDArray[np.bool_],
    begins: float,
) -> PixelSeries:
    """The series of the first cell of an alert, beside what was expected of it.

    Only that cell and the surroundings are looked at, and nothing is detected again. So a cell's
    usual deviation is steadied by that of the surroundings, not by that of all cells.

    Parameters
    ----------
    layers : one (rows, columns) a scene
        The measure that flags it, NaN where not seen.
    scenes : sequence of date
        Days of the scenes, ascending.
    ring : (cells,), bool
        The surroundings.
    begins : float
        The first day that is watched, since 1970-01-01.

    Raises
    ------
    BadInput
        If the place is not on the grid.
    """
    cell = _cell_at(grid, flagged.lonlat)
    cells = np.union1d(sampled(ring), [cell])
    seen = np.stack([layer.ravel()[cells] for layer in layers]).astype(np.float64)
    days = np.array(scenes, dtype="datetime64[D]").astype(np.float64)
    seasons = [
        normal_season(seen, days, first, after, kind=flagged.measure, ring=ring[cells])
        for first, after in bounds_of_seasons(days, begins=begins)
    ]
    place = int(np.searchsorted(cells, cell))
    raised = int(np.searchsorted(days, float(np.datetime64(flagged.raised_on, "D").astype(int))))
    expected, sigma = _expected(seasons, seen, days, cell=place, raised=raised)
    show = np.exp if flagged.measure is Kind.BRIGHTNESS else np.array
    return PixelSeries(
        name=flagged.measure.value,
        dates=np.array(scenes, dtype="datetime64[D]"),
        values=show(seen[:, place]),
        clear=np.isfinite(seen[:, place]),
        baseline=show(expected),
        low=show(expected - BAND * sigma),
        high=show(expected + BAND * sigma),
        flagged_from=flagged.changed_from,
        flagged_to=flagged.changed_to,
    )


def _expected(
    seasons: Sequence[Season], seen: Table, days: Days, *, cell: int, raised: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What was expected of a cell on each day, and its usual deviation.

    From scene `raised` on it is held against what was normal before. Days before the watch began
    are held against what the first season learnt from them.
    """
    expected, sigma = np.full((2, len(days)), np.nan)
    known = [one for one in seasons if one.normals]
    for i, one in enumerate(known):
        part = slice(0 if i == 0 else one.first, one.after)
        before = [k for k in known if k.first <= raised < k.after]
        (normal,) = (before[0] if before and one.first > raised else one).normals
        usual = np.array([normal.baseline.expected(float(day))[cell] for day in days[part]])
        table = seen[part].copy()
        # A cell that is just as expected is left with the opposite of the common move.
        table[:, cell] = usual
        left, spread = normal.left_in(np.array([cell]), table, days[part])
        expected[part] = usual - left[:, 0]
        sigma[part] = normal.scale.at(spread)[:, cell]
    return expected, sigma


def _cell_at(grid: Grid, lonlat: tuple[float, float]) -> int:
    """Number of the cell that holds a place, row by row."""
    x, y = transformer(WGS84, grid.crs).transform(*lonlat)
    col, row = ~grid.transform @ (x, y)
    rows, cols = grid.shape
    if not (np.isfinite([col, row]).all() and 0 <= col < cols and 0 <= row < rows):
        raise BadInput(
            "the place lies outside the scenes",
            expected="a place that the scenes cover",
            remedy="choose one inside the watched area",
        )
    return int(row) * cols + int(col)
