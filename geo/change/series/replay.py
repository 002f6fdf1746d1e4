"""The scenes of a watch, one after the other: what is raised, what holds, what comes back.

Cells of an alert are held against what was normal before it until they come back to that, so a
second change of the same cells meanwhile raises no second alert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.change.series.baseline import Days
from geo.change.series.calibration import EIGHT, Thresholds
from geo.change.series.evidence import AGREES, Recent, Step
from geo.change.series.measures import Kind
from geo.change.series.parameters import SeriesParameters
from geo.change.series.robust import Table
from geo.change.series.seasons import Season, bounds_of_seasons, deviates_in, season

PROVISIONAL_FROM, CONFIRMED_FROM = 4, 5
"""Clear dates that must agree; the first alert has three. COLD asks for six (Zhu et al. 2020,
doi:10.1016/j.rse.2019.03.009)."""

BACK = 1.0
"""A date on which a change deviates less than this to its side speaks for a return; one between
this and `AGREES` speaks for neither: out of season a change shows less."""

RETURN_K, RETURN_N = 4, 5
"""Of so many clear dates that speak, so many must speak for a return."""


class Status(StrEnum):
    """How far an alert has come; the words are those of `geo.model.AlertStatus`."""

    FIRST = "first"
    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    FINISHED = "finished"


@dataclass(slots=True, kw_only=True, eq=False)
class Change:
    """A group of cells that changed together."""

    anchor: int
    """The cell that changed first."""
    cells: list[int]
    """All its cells."""
    raised: int
    """Number of the scene that raised it."""
    first: int
    """Number of the first scene that shows it."""
    last: int
    """Number of the last scene that shows it."""
    clear: int
    """Number of the last scene that saw most of it."""
    before: int
    """Number of the last scene before `first` that saw most of it, -1 if none did."""
    measure: int
    """The measure that shows it best."""
    sign: int
    """1 for more, -1 for less of it."""
    agreeing: int = 0
    """Clear dates that show it."""
    lately: list[bool] = field(default_factory=list)
    """Whether each of the last `RETURN_N` clear dates that speak shows it."""
    finished: bool = False
    """Whether it has come back to what was normal."""
    evidence: float = 0.0
    """The strongest evidence of any of its cells in the season that raised it, beside the
    threshold: what years of the past, played again, are compared with."""
    strengths: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """The strongest evidence of each of its cells, in rising order, until it finished."""

    @property
    def status(self) -> Status:
        """How far it has come."""
        if self.finished:
            return Status.FINISHED
        if self.agreeing >= CONFIRMED_FROM:
            return Status.CONFIRMED
        return Status.PROVISIONAL if self.agreeing >= PROVISIONAL_FROM else Status.FIRST


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """All that the scenes of a watch told."""

    days: Days
    """Days of the scenes since 1970-01-01."""
    seasons: tuple[Season, ...]
    """The years of the watch."""
    changes: tuple[Change, ...]
    """What changed, in the order in which it was raised."""
    strength: NDArray[np.float64]
    """The strongest evidence of each cell beside its threshold, (cells,); NaN: not watched."""

    @property
    def thresholds(self) -> Thresholds | None:
        """Those of the last season that had any."""
        told = [one.thresholds for one in self.seasons if one.thresholds is not None]
        return told[-1] if told else None


class _Watcher:
    """What holds between two scenes."""

    def __init__(self, cells: int, kinds: int, shape: tuple[int, int]) -> None:
        self.shape = shape
        self.recent = [Recent.none(cells) for _ in range(kinds)]
        self.owner = np.full(cells, -1)
        self.held_by = np.full(cells, -1, np.int16)
        self.measure = np.zeros(cells, np.int8)
        self.sign = np.zeros(cells, np.int8)
        self.strength = np.full(cells, np.nan)
        self.held = np.full(cells, np.nan)
        self.changes: list[Change] = []


def replay(
    tables: Sequence[Table],
    days: Days,
    *,
    kinds: Sequence[Kind],
    inside: NDArray[np.bool_],
    ring: NDArray[np.bool_],
    shape: tuple[int, int],
    begins: float,
    parameters: SeriesParameters,
) -> Course:
    """What the scenes tell, each held against what was known before its season began.

    Parameters
    ----------
    tables : one (scenes, cells) a measure
        What was seen, NaN where it was not.
    days : (scenes,)
        Days since 1970-01-01, ascending.
    inside, ring : (cells,), bool
        Watched cells, and the surroundings.
    begins : float
        The first day that is watched.
    """
    watcher = _Watcher(len(inside), len(kinds), shape)
    seasons: list[Season] = []
    for first, after in bounds_of_seasons(days, begins=begins):
        own = season(
            tables,
            days,
            first,
            after,
            kinds=kinds,
            ring=ring,
            inside=inside,
            changed=watcher.owner >= 0,
            shape=shape,
            share=parameters.placebo_share,
            min_cells=parameters.min_cells,
        )
        deviates = deviates_in(own, seasons, watcher.held_by, tables, days)
        seasons.append(own)
        for scene in range(first, after):
            _take(
                watcher,
                scene,
                deviates[:, scene - first],
                own,
                inside=inside,
                table=tables[0],
                min_cells=parameters.min_cells,
            )
            watcher.held_by[(watcher.owner >= 0) & (watcher.held_by < 0)] = len(seasons) - 1
    for change in watcher.changes:
        if not change.finished:
            change.strengths = watcher.held[np.unique(change.cells)]
    return Course(
        days=days, seasons=tuple(seasons), changes=tuple(watcher.changes), strength=watcher.strength
    )


def _take(
    watcher: _Watcher,
    scene: int,
    deviates: NDArray[np.float32],
    own: Season,
    *,
    inside: NDArray[np.bool_],
    table: Table,
    min_cells: int,
) -> None:
    """Take in one scene: `deviates` of shape (measures, cells)."""
    for change in watcher.changes:
        if not change.finished:
            _follow(watcher, change, scene, deviates)
    if own.thresholds is None:
        return
    steps = []
    for recent, values in zip(watcher.recent, deviates, strict=True):
        recent.take(values, scene)
        steps.append(recent.step())
    strengths = np.stack(
        [step.strength / t for step, t in zip(steps, own.thresholds.strengths, strict=True)]
    )
    best = strengths.argmax(axis=0)
    joint = strengths.max(axis=0)
    watcher.strength[inside] = np.fmax(watcher.strength[inside], joint[inside])
    watcher.held[inside] = np.fmax(watcher.held[inside], joint[inside])
    crossing = inside & (joint >= 1) & (watcher.owner < 0)
    if crossing.any():
        _raise(watcher, scene, crossing, steps, best, table=table, min_cells=min_cells)
    for change in watcher.changes:
        if change.raised >= own.first and not change.finished:
            change.evidence = max(change.evidence, float(joint[change.cells].max()))


def _raise(
    watcher: _Watcher,
    scene: int,
    crossing: NDArray[np.bool_],
    steps: Sequence[Step],
    best: NDArray[np.intp],
    *,
    table: Table,
    min_cells: int,
) -> None:
    """Take in the cells whose evidence, best seen in the measure `best`, crosses the threshold."""
    pick = np.arange(len(best))
    watcher.measure[crossing] = best[crossing]
    watcher.sign[crossing] = np.stack([step.sign for step in steps])[best, pick][crossing]
    onset = np.stack([step.onset for step in steps])[best, pick]
    _group(watcher, scene, crossing, onset, table=table, min_cells=min_cells)


def _group(
    watcher: _Watcher,
    scene: int,
    crossing: NDArray[np.bool_],
    onset: NDArray[np.int32],
    *,
    table: Table,
    min_cells: int,
) -> None:
    """Join cells to the changes that they touch; groups that are large enough are new changes."""
    numbers, found = ndimage.label(crossing.reshape(watcher.shape), EIGHT)
    owner = watcher.owner.reshape(watcher.shape)
    for number, window in enumerate(ndimage.find_objects(numbers, found), start=1):
        rows, cols = (slice(max(s.start - 1, 0), s.stop + 1) for s in window)
        mask = numbers[rows, cols] == number
        touched = owner[rows, cols][ndimage.binary_dilation(mask, EIGHT)]
        touched = touched[touched >= 0]
        cells = np.flatnonzero((numbers == number).ravel())
        if len(touched):
            place = int(touched.min())
            watcher.changes[place].cells.extend(cells.tolist())
        elif len(cells) >= min_cells:
            place = len(watcher.changes)
            watcher.changes.append(_new(watcher, scene, cells, onset, table))
        else:
            continue
        watcher.owner[cells] = place


def _new(
    watcher: _Watcher,
    scene: int,
    cells: NDArray[np.intp],
    onset: NDArray[np.int32],
    table: Table,
) -> Change:
    """A change of these cells, which this scene raises."""
    anchor = int(cells[np.argmin(onset[cells])])
    first = int(onset[anchor])
    most = [n for n in range(scene + 1) if np.isfinite(table[n, cells]).mean() >= 0.5]
    measure = int(np.bincount(watcher.measure[cells]).argmax())
    recent = watcher.recent[measure]
    sign = 1 if watcher.sign[cells].sum() > 0 else -1
    change = Change(
        anchor=anchor,
        cells=cells.tolist(),
        raised=scene,
        first=first,
        last=first,
        clear=first,
        before=max((n for n in most if n < first), default=-1),
        measure=measure,
        sign=sign,
    )
    # What led to the alert counts as well: the dates since its onset that the cells remember.
    for back in sorted({int(n) for n in np.unique(recent.scenes[:, cells]) if n >= first}):
        there = recent.scenes[:, cells] == back
        values = recent.deviates[:, cells][there]
        _count(change, back, values * sign, seen=2 * len(values) >= len(cells))
    return change


def _follow(watcher: _Watcher, change: Change, scene: int, deviates: NDArray[np.float32]) -> None:
    """Whether a scene still shows a change; one that has come back lets go of its cells."""
    cells = np.array(change.cells)
    values = deviates[watcher.measure[cells], cells] * watcher.sign[cells]
    known = np.isfinite(values)
    _count(change, scene, values[known], seen=2 * known.sum() >= len(cells))
    if len(change.lately) == RETURN_N and change.lately.count(False) >= RETURN_K:
        change.finished = True
        change.strengths = watcher.held[np.unique(cells)]
        watcher.held[cells] = np.nan
        watcher.owner[cells] = -1
        watcher.held_by[cells] = -1
        for recent in watcher.recent:
            recent.forget(cells)


def _count(change: Change, scene: int, values: NDArray[np.floating], *, seen: bool) -> None:
    """Take down a scene by its cells' deviates to the side of the change, if it saw most of it."""
    if not seen:
        return
    change.clear = scene
    middle = float(np.median(values))
    if middle > AGREES:
        change.agreeing += 1
        change.last = scene
    if not BACK <= middle <= AGREES:
        change.lately = [*change.lately, middle > AGREES][-RETURN_N:]
