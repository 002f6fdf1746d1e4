"""Change between two dates without training, on scenes of any size.

A region of the scene is gone through block by block; from it come the shift between the dates,
their match, what every map must know of what is usual (`maps`), the ranks (`fused`) and the
threshold (`decision`). Then the next: memory does not grow with the scene, and a part of it is
answered as the whole would be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from geo.change.codes import CHANGED, NO_DATA, UNCHANGED
from geo.change.pair import fused
from geo.change.pair.coarser import CoarserSource, finer
from geo.change.pair.decision import STRONG, WEAK, Decision
from geo.change.pair.detection import Detection
from geo.change.pair.findings import RegionNote, bands_told, rounded, told, why_nothing
from geo.change.pair.fused import Scored
from geo.change.pair.parameters import DEFAULTS, Parameters
from geo.change.pair.preparation import Dates, Preparation, nothing_valid
from geo.change.pair.radar import detect_radar
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
from geo.progress import Progress

METHOD = "lamassu six maps, conditional agreement 6"
"""Name and version of the detector, for provenance; the number rises when results change."""

METHOD_FAST = "lamassu five maps of wider cells, conditional agreement 1"
"""The same of a quick run."""

T = TypeVar("T", bound=np.generic)


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
        (`tiles`) that the part touches, whole. A flag that reaches over the part's edge is
        measured by its cells within the part, so that the mask may differ along the edge.

    Raises
    ------
    GridMismatch
        Also if the part is not all within the grid.
    """
    tell = progress or (lambda _share, _words: None)
    _require_one_grid(before.grid, after.grid)
    shape = before.grid.shape
    asked = _asked(within, shape)
    if is_radar(before.bands):
        return detect_radar(before, after, within=asked, parameters=parameters, progress=progress)
    dates = _dates(before, after, parameters)
    cell_px = dates.cell_px
    canvas = _Canvas.of(asked, shape)
    notes: list[RegionNote] = []
    todo = regions(dates.before.grid.shape, within=asked.coarser(cell_px), cell_px=cell_px)
    # Sums of several threads differ in their last bits, and for matrices so small the threads wait
    # for each other longer than they work.
    with threadpool_limits(limits=1, user_api="blas"):
        for number, region in enumerate(todo):
            here = _part_of(tell, number, len(todo))
            note = _judge_region(dates, region, canvas, parameters=parameters, progress=here)
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
            **({"method": METHOD_FAST} if parameters.fast else {}),
            **bands_told(before.bands, dates.part, guessed=notes[0].preparation.guess is not None),
            **told(notes),
            **canvas.findings(),
            "flagged_share": rounded(flagged / max(canvas.valid, 1)),
            "nothing_flagged_because": why_nothing(flagged, notes),
        },
        parameters=parameters,
    )


def _asked(within: Block | None, shape: tuple[int, int]) -> Block:
    """The part that is answered for, refused if a grid of that shape does not hold it."""
    whole = Block.whole(shape)
    if within is None:
        return whole
    if within.meeting(whole) != within:
        raise GridMismatch(
            f"the part of {within.rows} x {within.cols} cells from row {within.top} and column "
            f"{within.left} on is not within the grid of {shape[0]} x {shape[1]} cells",
            expected="a part of the grid",
            remedy="choose an area within the pictures",
        )
    return within


def _dates(before: RasterSource, after: RasterSource, parameters: Parameters) -> Dates:
    """Where the two dates are read, by the cells that are judged."""
    cell_px = parameters.cell_px
    return Dates(
        before=before if cell_px == 1 else CoarserSource(source=before, cell_px=cell_px),
        after=after if cell_px == 1 else CoarserSource(source=after, cell_px=cell_px),
        halo_px=fused.halo_px(parameters),
        near_px=fused.near_px(parameters),
        cell_px=cell_px,
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
    for block, found in zip(parts, scored, strict=True):
        canvas.put(block, found, decision, reflects=reflects, cell_px=dates.cell_px)
    return RegionNote(preparation=preparation, decision=decision)


@dataclass(slots=True, kw_only=True, eq=False)
class _Canvas:
    """What is found, block by block, in the part of the grid that is asked for."""

    asked: Block
    shape: tuple[int, int]
    score: NDArray[np.float32]
    unpooled: NDArray[np.float32]
    change: NDArray[np.float32]
    mask: NDArray[np.uint8]
    valid: int = 0
    green: int = 0
    peaks: int = 0

    @classmethod
    def of(cls, asked: Block, whole: tuple[int, int]) -> _Canvas:
        """An empty one, for a part of a scene of a shape."""
        shape = asked.rows, asked.cols
        score, unpooled, change = (sheet(shape, np.float32(np.nan)) for _ in range(3))
        mask = sheet(shape, NO_DATA)
        return cls(
            asked=asked, shape=whole, score=score, unpooled=unpooled, change=change, mask=mask
        )

    def put(
        self, judged: Block, scored: Scored, decision: Decision, *, reflects: bool, cell_px: int
    ) -> None:
        """Keep what is asked for of a block; its mask holds grades until all is decided."""
        block = judged.finer(cell_px, self.shape)
        shared = block.meeting(self.asked)
        if shared is None:
            return
        there = shared.within(self.asked)
        here = shared.within(block)

        def cut(layer: NDArray[T]) -> NDArray[T]:
            return finer(layer, cell_px, block)[here]

        valid = scored.valid
        grades = decision.graded(scored.score, scored.strength, scored.judged, scored.peaks)
        nan = np.float32(np.nan)
        self.score[there] = cut(np.where(valid, scored.score, nan))
        self.unpooled[there] = cut(np.where(valid, scored.unpooled, nan))
        if reflects:
            self.change[there] = cut(np.where(valid, np.expm1(scored.change), nan))
        self.mask[there] = cut(np.where(valid, grades, NO_DATA))
        self.valid += int(cut(valid).sum())
        self.green += int(cut(valid & ~scored.judged).sum())
        self.peaks += int(cut(scored.judged & scored.peaks).sum())
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
            "cells_beyond_chance": self.peaks,
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
