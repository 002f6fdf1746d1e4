"""The years of a watch: each is held against what was normal before it began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.change.series.baseline import YEAR_D, Days
from geo.change.series.calibration import Thresholds, calibrated
from geo.change.series.measures import Kind
from geo.change.series.normal import Normal
from geo.change.series.robust import Table

HISTORY_D = 5 * YEAR_D
"""Days back that count for what is normal; land use that ended longer ago is no measure."""

HISTORY_SCENES = 3
"""Scenes without which nothing is normal."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Season:
    """A year of the watch, and what was normal before it."""

    first: int
    """Number of its first scene."""
    after: int
    """Number of the scene after its last."""
    normals: tuple[Normal, ...]
    """One a measure; empty if the past told too little."""
    thresholds: Thresholds | None
    """Evidence that raises a cell; None if the past told too little."""


def bounds_of_seasons(days: Days, *, begins: float) -> list[tuple[int, int]]:
    """First scene, and the one after the last, of each year from `begins` on that has scenes."""
    if not len(days) or days[-1] < begins:
        return []
    years = range(int((days[-1] - begins) // YEAR_D) + 1)
    edges = np.searchsorted(days, [begins + year * YEAR_D for year in (*years, len(years))])
    return [(int(a), int(b)) for a, b in pairwise(edges) if b > a]


def season(
    tables: Sequence[Table],
    days: Days,
    first: int,
    after: int,
    *,
    kinds: Sequence[Kind],
    ring: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    changed: NDArray[np.bool_],
    shape: tuple[int, int],
    share: float,
    min_cells: int,
) -> Season:
    """What was normal before scene `first`, of the cells that are not `changed`."""
    known = _history(days, first)
    if len(known) < HISTORY_SCENES:
        return Season(first=first, after=after, normals=(), thresholds=None)
    past = [table[known] for table in tables]
    steady = ring & ~changed
    around = steady if steady.any() else ring
    return Season(
        first=first,
        after=after,
        normals=tuple(
            Normal.fit(table, days[known], around, kind)
            for table, kind in zip(past, kinds, strict=True)
        ),
        thresholds=calibrated(
            past,
            days[known],
            kinds=kinds,
            ring=around,
            inside=inside,
            left_out=changed,
            shape=shape,
            share=share,
            min_cells=min_cells,
        ),
    )


def normal_season(
    table: Table, days: Days, first: int, after: int, *, kind: Kind, ring: NDArray[np.bool_]
) -> Season:
    """What was normal of one measure before scene `first`, without thresholds."""
    known = _history(days, first)
    enough = len(known) >= HISTORY_SCENES
    normals = (Normal.fit(table[known], days[known], ring, kind),) if enough else ()
    return Season(first=first, after=after, normals=normals, thresholds=None)


def _history(days: Days, first: int) -> NDArray[np.intp]:
    """Numbers of the scenes before scene `first` that count for what is normal."""
    return np.flatnonzero(days[:first] >= days[first] - HISTORY_D)


def deviates_in(
    own: Season,
    earlier: Sequence[Season],
    held_by: NDArray[np.int16],
    tables: Sequence[Table],
    days: Days,
) -> NDArray[np.float32]:
    """How the scenes of a season deviate, shape (measures, scenes, cells); NaN where unknown.

    A cell that changed in an earlier season and has not come back is still held against what was
    normal before that: `held_by` is the number of that season, -1 for all other cells.
    """
    part = slice(own.first, own.after)
    seen = [table[part] for table in tables]
    if own.normals:
        parts = [n.deviates(s, days[part]) for n, s in zip(own.normals, seen, strict=True)]
    else:
        parts = [np.full_like(table, np.nan) for table in seen]
    made = np.stack(parts).astype(np.float32)
    for number in np.unique(held_by[held_by >= 0]):
        cells = held_by == number
        for i, normal in enumerate(earlier[number].normals):
            made[i][:, cells] = normal.deviates(seen[i], days[part])[:, cells]
    return made
