"""The series of one cell, as a chart shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from geo.change.series.measures import Kind
from geo.change.series.replay import Change, Course
from geo.change.series.robust import Table
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
    flagged_from: date | None
    """Day of the first scene that shows the change; None if the cell is in no alert."""
    flagged_to: date | None
    """Day of the last scene that shows it."""


def series_of_cell(
    course: Course,
    tables: Sequence[Table],
    scenes: Sequence[date],
    lonlat: tuple[float, float],
    *,
    grid: Grid,
    kinds: Sequence[Kind],
) -> PixelSeries:
    """The series of the cell at a place, of the measure that flags it, else of brightness.

    Raises
    ------
    BadInput
        If the place is not on the grid.
    """
    cell = _cell_at(grid, lonlat)
    change = next((one for one in reversed(course.changes) if cell in one.cells), None)
    number = change.measure if change else 0
    seen = tables[number]
    expected, sigma = _expected(course, seen, cell=cell, number=number, change=change)
    show = np.exp if kinds[number] is Kind.BRIGHTNESS else np.array
    return PixelSeries(
        name=kinds[number].value,
        dates=np.array(scenes, dtype="datetime64[D]"),
        values=show(seen[:, cell]),
        clear=np.isfinite(seen[:, cell]),
        baseline=show(expected),
        low=show(expected - BAND * sigma),
        high=show(expected + BAND * sigma),
        flagged_from=scenes[change.first] if change else None,
        flagged_to=scenes[change.last] if change else None,
    )


def _expected(
    course: Course, seen: Table, *, cell: int, number: int, change: Change | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What was expected of a cell on each day, and its usual deviation.

    A cell in an alert is held against what was normal before it. Days before the watch began are
    held against what the first season learnt from them.
    """
    days = course.days
    expected, sigma = np.full((2, len(days)), np.nan)
    known = [one for one in course.seasons if one.normals]
    for i, one in enumerate(known):
        part = slice(0 if i == 0 else one.first, one.after)
        raised = [k for k in known if change and k.first <= change.raised < k.after]
        held_by = raised[0] if raised and change and one.first > change.raised else one
        normal = held_by.normals[number]
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
