"""Change between two dates without training, on scenes of any size.

A region of the scene is read block by block; from it come the shift between the dates, their match,
what every map must know of what is usual (`maps`), the ranks (`fused`) and the threshold
(`decision`). Then the next: memory does not grow with the scene, and a part of it is answered as
the whole would be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.pair import fused
from geo.change.pair.decision import STRONG, WEAK, Decision
from geo.change.pair.findings import RegionNote, bands_told, rounded, told, why_nothing
from geo.change.pair.fused import Scored
from geo.change.pair.pair import Pair
from geo.change.pair.parameters import DEFAULTS, Parameters
from geo.change.pair.preparation import Dates, Preparation, nothing_valid
from geo.change.pair.runs import painted, runs_of
from geo.change.pair.tiles import blocks, regions
from geo.change.sar.backscatter import is_radar
from geo.errors import GridMismatch, NoValidPixels
from geo.grid import (
    Block,
    Grid,
    Raster,
    RasterInMemory,
    RasterSource,
    give_back,
    sheet,
)

METHOD = "lamassu six maps, conditional agreement 3"
"""Name and version of the detector, for provenance; the number rises when results change."""

CHANGED, UNCHANGED, NO_DATA = np.uint8(1), np.uint8(0), np.uint8(255)
"""Codes of the mask."""

Progress = Callable[[float, str], None]
"""Told the share done, 0 to 1, and what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detection:
    """What changed, on the grid of the earlier picture.

    Layers of large scenes are files that are mapped into memory, which end with them.
    """

    grid: Grid
    """Where the cells lie."""
    score: NDArray[np.float32]
    """Shape (rows, columns); higher means more change, NaN no data. Ranks, not probabilities."""
    unpooled: NDArray[np.float32]
    """The score before it is evened over regions, for what is as small as a pit; NaN no data."""
    mask: NDArray[np.uint8]
    """Shape (rows, columns); 1 changed, 0 not, 255 no data."""
    brightness_change: NDArray[np.float32]
    """Brightness after over before, less 1, once the whole scenes are matched; NaN where there is
    no data, and everywhere if the values are no reflectance, such as decibels."""
    findings: dict[str, object]
    """What the run found out on its way, for provenance: plain numbers, words and lists."""
    parameters: Parameters
    """The settings it ran with."""


def detect(
    before: Raster,
    after: Raster,
    *,
    parameters: Parameters = DEFAULTS,
    progress: Progress | None = None,
) -> Detection:
    """What changed between two rasters of the same bands on one grid.

    Give a scene, or a window of several kilometres: ranks and threshold come from all of it, or
    from its regions if it is larger (`tiles`), so a small window would be flagged by the measure of
    its own few cells; `detect_blocks` answers for a part of a scene. The later date's bands may
    come in any order. A gain or an offset of a whole band leaves the ranks of the score as they
    are, nearly; with the dates exchanged they change little.

    At most some 6 % of a region is flagged. Harvest, ploughing and shadows that turn are change
    as well; without a series of dates they are not told from digging.

    Parameters
    ----------
    before, after : Raster
        Reflectance in any unit, NaN where there is no data. With a band ``SCL`` or ``QA_PIXEL``
        cells under cloud and shadow are left out; without one clouds are not told from change.
    parameters : Parameters, optional
        Settings.
    progress : callable, optional
        Told the share done and what is being done.

    Raises
    ------
    GridMismatch, BandMismatch
        If the two do not fit together.
    NoValidPixels
        If no cell is valid on both dates.
    """
    return detect_blocks(
        RasterInMemory(raster=before),
        RasterInMemory(raster=after),
        parameters=parameters,
        progress=progress,
    )


def detect_blocks(
    before: RasterSource,
    after: RasterSource,
    *,
    within: Block | None = None,
    parameters: Parameters = DEFAULTS,
    progress: Progress | None = None,
) -> Detection:
    """What changed between two rasters that are read block by block; see `detect`.

    Parameters
    ----------
    within : Block, optional
        The part of the grid that is answered for; all of it if it is left out. The score is the
        same to the bit either way: ranks and threshold come from the regions of the scene
        (`tiles`) that the part touches, whole.
    """
    tell = progress or (lambda _share, _words: None)
    _require_one_grid(before.grid, after.grid)
    shape = before.grid.shape
    asked = within or Block.whole(shape)
    if is_radar(before.bands):
        from geo.change.pair.radar import detect_radar  # noqa: PLC0415 - it sees this module

        return detect_radar(before, after, within=asked, parameters=parameters, progress=progress)
    dates = Dates(before=before, after=after, halo_px=fused.halo_px(parameters))
    canvas = _Canvas.of(asked)
    notes: list[RegionNote] = []
    todo = regions(shape, within=asked)
    for number, region in enumerate(todo):
        progress_here = _part_of(tell, number, len(todo))
        note = _judge_region(dates, region, canvas, parameters=parameters, progress=progress_here)
        notes += [] if note is None else [note]
    if not notes:
        raise nothing_valid()
    tell(0.95, "deciding")
    flagged = canvas.decided(min_cells=parameters.min_cells)
    tell(1.0, "done")
    return Detection(
        grid=asked.cut(before.grid),
        score=canvas.score,
        unpooled=canvas.unpooled,
        mask=canvas.mask,
        brightness_change=canvas.change,
        findings={
            **bands_told(before.bands, dates.part, guessed=notes[0].preparation.guess is not None),
            **told(notes),
            **canvas.findings(),
            "flagged_share": rounded(flagged / max(canvas.valid, 1)),
            "nothing_flagged_because": why_nothing(flagged, notes),
        },
        parameters=parameters,
    )


def _judge_region(
    dates: Dates, region: Block, canvas: _Canvas, *, parameters: Parameters, progress: Progress
) -> RegionNote | None:
    """Put a region's score and grades onto the canvas; None if nothing in it is clear."""
    progress(0.0, "laying the two dates over each other")
    parts, raws = dates.region(blocks(region))
    if not parts:
        return None
    try:
        preparation, pairs = Preparation.fit(raws, dates, parameters=parameters)
    except NoValidPixels:
        return None
    del raws
    progress(0.2, "comparing with what is usual")
    engine, decision, scored = fused.fit(pairs, parameters=parameters)
    progress(0.9, "keeping what was found")
    reflects = engine.bright.before.is_reflectance
    for block, pair, found in zip(parts, pairs, scored, strict=True):
        canvas.put(block, pair, found, decision, reflects=reflects)
    return RegionNote(preparation=preparation, decision=decision)


@dataclass(slots=True, kw_only=True, eq=False)
class _Canvas:
    """What is found, block by block, in the part of the grid that is asked for."""

    asked: Block
    score: NDArray[np.float32]
    unpooled: NDArray[np.float32]
    change: NDArray[np.float32]
    mask: NDArray[np.uint8]
    valid: int = 0
    green: int = 0

    @classmethod
    def of(cls, asked: Block) -> _Canvas:
        """An empty one."""
        shape = asked.rows, asked.cols
        score, unpooled, change = (sheet(shape, np.float32(np.nan)) for _ in range(3))
        mask = sheet(shape, NO_DATA)
        return cls(asked=asked, score=score, unpooled=unpooled, change=change, mask=mask)

    def put(
        self, block: Block, pair: Pair, scored: Scored, decision: Decision, *, reflects: bool
    ) -> None:
        """Keep what is asked for of a block; its mask holds grades until all is decided."""
        shared = block.meeting(self.asked)
        if shared is None:
            return
        there = shared.within(self.asked)
        rows, cols = pair.core
        top, left = rows.start + shared.top - block.top, cols.start + shared.left - block.left
        here = slice(top, top + shared.rows), slice(left, left + shared.cols)
        valid = pair.valid[here]
        judged = valid & ~pair.green[here]
        nan = np.float32(np.nan)
        self.score[there] = np.where(valid, scored.score[here], nan)
        self.unpooled[there] = np.where(valid, scored.unpooled[here], nan)
        if reflects:
            self.change[there] = np.where(valid, np.expm1(scored.change[here]), nan)
        grades = decision.graded(scored.score[here], scored.strength[here], judged)
        self.mask[there] = np.where(valid, grades, NO_DATA)
        self.valid += int(valid.sum())
        self.green += int((valid & ~judged).sum())
        for layer in (self.score, self.unpooled, self.change, self.mask):
            give_back(layer)

    def decided(self, *, min_cells: int) -> int:
        """Make the mask of the grades: large enough groups that hold a strong cell; their cells."""
        runs = runs_of(self.mask, lambda grades: (grades == WEAK) | (grades == STRONG))
        kept = (runs.cells >= min_cells) & (runs.greatest(self.mask) == STRONG)
        painted(self.mask, runs, np.where(kept, CHANGED, UNCHANGED))
        return int(runs.cells[kept].sum())

    def findings(self) -> dict[str, object]:
        """What is told of the cells in provenance."""
        return {
            "valid_share": rounded(self.valid / self.mask.size),
            "green_share": rounded(self.green / max(self.valid, 1)),
        }


def _part_of(tell: Progress, number: int, many: int) -> Progress:
    """Progress of one of many regions, which together are nearly all of the work."""

    def told_here(share: float, words: str) -> None:
        where = f"region {number + 1} of {many}: " if many > 1 else ""
        tell(0.95 * (number + share) / many, where + words)

    return told_here


def _require_one_grid(before: Grid, after: Grid) -> None:
    if before != after:
        raise GridMismatch(
            f"the later raster lies on another grid ({after.shape[0]} x {after.shape[1]} cells) "
            f"than the earlier ({before.shape[0]} x {before.shape[1]} cells)",
            expected="two rasters on one grid",
            remedy="read the later one onto the grid of the earlier",
        )
