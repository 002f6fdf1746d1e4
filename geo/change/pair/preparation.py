"""Two dates of a block laid over each other: clear cells, place and values."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.change.bands import Roles, in_order_of, ndvi, roles
from geo.change.clouds import CloudGuess, clear
from geo.change.coregistration import WINDOWS_A_SIDE, Edges, Shift, measured_shift, moved
from geo.change.normalisation import MOST_CELLS, Match
from geo.change.pair.pair import Pair, Window, counted_from
from geo.change.pair.parameters import Parameters
from geo.change.pair.shelf import laid_aside
from geo.change.radiometry import Layers
from geo.errors import NoValidPixels
from geo.grid import Block, Raster, RasterSource

MARGIN_PX = 32
"""Cells of the scene beyond the halo that are read: moving a picture and growing clouds look that
far."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawBlock:
    """Both dates of a block as they lie, with halo and margin."""

    before: Layers
    """Bands that see the ground; the value of the nearest clear cell where it is not clear."""
    after: Layers
    """The same of the later date."""
    valid: NDArray[np.bool_]
    """Cells that are clear on both dates."""
    halo: Window
    """Rows and columns of the block with its halo, without the margin."""
    near: Window
    """Rows and columns of the block and of the cells around it whose maps decide its score."""
    core: Window
    """Rows and columns of the block alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Where two dates are read, block by block."""

    before: RasterSource
    """The earlier."""
    after: RasterSource
    """The later, on the same grid; its bands may come in any order."""
    halo_px: int
    """Cells around a block that its score depends on."""
    near_px: int
    """Those of them whose maps it depends on; the others are only looked at by maps."""
    cell_px: int
    """Cells of the scene along the side of a cell of these dates."""

    @property
    def part(self) -> Roles:
        """The part that each band plays."""
        return roles(self.before.bands)

    @property
    def ground(self) -> tuple[int, ...]:
        """Places of the bands that see the ground, in order."""
        part = self.part
        return (*part.bright, *(i for i in part.other if i not in part.bright))

    def region(self, parts: Sequence[Block]) -> tuple[list[Block], Sequence[RawBlock]]:
        """Those of its blocks that hold a cell that is clear on both dates, and what they hold.

        All is read at once: blocks overlap by their halos, and files are packed in squares.
        """
        wide = self._outer(_over(parts))
        before = self.before.read(wide)
        after = in_order_of(self.after.read(wide), before.bands)
        valid = clear(before) & clear(after)
        kept = [block for block in parts if valid[block.within(wide)].any()]
        return kept, laid_aside(self._cut(block, wide, before, after, valid) for block in kept)

    def _outer(self, block: Block) -> Block:
        """The block with its halo and margin."""
        margin = self.halo_px + MARGIN_PX // self.cell_px
        return block.grown(margin, self.before.grid.shape)

    def _cut(
        self, block: Block, wide: Block, before: Raster, after: Raster, valid: NDArray[np.bool_]
    ) -> RawBlock:
        """Both dates of a block, of what was read of a wider one."""
        shape = self.before.grid.shape
        outer = self._outer(block)
        here = outer.within(wide)
        ground = list(self.ground)
        old, new = (
            date.values[(slice(None), *here)][ground].astype(np.float32, copy=False)
            for date in (before, after)
        )
        return RawBlock(
            before=_filled(old, valid[here]),
            after=_filled(new, valid[here]),
            valid=valid[here],
            halo=block.grown(self.halo_px, shape).within(outer),
            near=block.grown(self.near_px, shape).within(outer),
            core=block.within(outer),
        )


def _over(parts: Sequence[Block]) -> Block:
    """The block that parts make up, the first of which lies above and left, the last opposite."""
    first, last = parts[0], parts[-1]
    return Block(
        top=first.top,
        left=first.left,
        rows=last.top + last.rows - first.top,
        cols=last.left + last.cols - first.left,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How the later date of a region is laid over the earlier."""

    shift: Shift
    """By how much it is moved."""
    match: Match
    """How its values are matched."""
    part: Roles
    """Parts of the bands that see the ground, by their places among those."""
    max_greenness: float
    """Vegetation index above which plants cover a cell."""
    guess: CloudGuess | None
    """How clouds are guessed; None if codes tell them, or nothing does."""
    cell_px: int
    """Cells of the scene along the side of a cell of the dates."""

    @classmethod
    def fit(
        cls, sample: Sequence[RawBlock], dates: Dates, *, parameters: Parameters
    ) -> tuple[Preparation, Sequence[Pair]]:
        """By the blocks of a region; with it, these blocks as the maps want them.

        Raises
        ------
        NoValidPixels
            If no cell is clear on both dates once they lie over each other.
        """
        part = _among_ground(dates.part, dates.ground)
        bands = sorted({part.bright[0], part.other[0]})
        shift = measured_shift(
            [Edges.of(raw.before, raw.after, raw.valid, bands=bands) for raw in sample],
            max_shift_px=parameters.max_shift_cells,
            windows_a_side=WINDOWS_A_SIDE // dates.cell_px,
        )
        guess = (
            _guess(sample, part, dates.cell_px)
            if not dates.part.codes and len(part.bright) > 2
            else None
        )
        placed = laid_aside(_placed(raw, shift, guess, part, dates.cell_px) for raw in sample)
        step = _step(placed, dates.cell_px)
        inner = [(_inner(raw, raw.before, step), _inner(raw, raw.after, step)) for raw in placed]
        before, after = (np.concatenate(date, axis=1) for date in zip(*inner, strict=True))
        if not before.size:
            raise nothing_valid()
        match = Match.fit(before, after)
        preparation = cls(
            shift=shift,
            match=match,
            part=part,
            max_greenness=parameters.max_greenness,
            guess=guess,
            cell_px=dates.cell_px,
        )
        return preparation, laid_aside(preparation._matched(raw) for raw in placed)

    def _matched(self, raw: RawBlock) -> Pair:
        """A block whose dates lie over each other, with one scale of values."""
        bands = (slice(None), *raw.halo)
        after, valid = raw.after[bands], raw.valid[raw.halo]
        green = np.zeros(valid.shape, dtype=bool)
        if self.part.plants is not None:
            red, near = self.part.plants
            green = ndvi(after[red], after[near]) > self.max_greenness
        return Pair(
            before=raw.before[bands],
            after=self.match.applied(after),
            valid=valid,
            green=green,
            roles=self.part,
            core=counted_from(raw.halo, raw.core),
            near=counted_from(raw.halo, raw.near),
            cell_px=self.cell_px,
        )


def _guess(sample: Sequence[RawBlock], part: Roles, cell_px: int) -> CloudGuess:
    """What clouds are guessed by."""
    bright = list(part.bright)
    step = _step(sample, cell_px)
    before, after = [], []
    for raw in sample:
        before.append(_inner(raw, raw.before[bright], step).mean(axis=0))
        after.append(_inner(raw, raw.after[bright], step).mean(axis=0))
    return CloudGuess.fit(before, after)


def _step(sample: Sequence[RawBlock], cell_px: int) -> int:
    """Every so many cells are enough of the sample for its statistics."""
    cells = sum(raw.valid[raw.core].size for raw in sample)
    return -(-cells // (MOST_CELLS // cell_px**2))


def _placed(
    raw: RawBlock, shift: Shift, guess: CloudGuess | None, part: Roles, cell_px: int
) -> RawBlock:
    """The block with the later date in its place, valid where both are clear then."""
    after, valid = moved(raw.after, raw.valid, shift)
    if guess is not None:
        bright = list(part.bright)
        valid = valid & ~guess.cloudy(raw.before[bright], after[bright], cell_px=cell_px)
    return dataclasses.replace(raw, after=after, valid=valid)


def _inner(raw: RawBlock, layers: Layers, step: int = 1) -> NDArray[np.float32]:
    """Values of every so many valid cells of the block alone, shape (bands, cells)."""
    there = layers[(slice(None), *raw.core)]
    places = np.flatnonzero(raw.valid[raw.core])[::step]
    values: NDArray[np.float32] = np.stack([np.ravel(layer)[places] for layer in there])
    return values


def nothing_valid() -> NoValidPixels:
    """The refusal of two dates that share no clear cell."""
    return NoValidPixels(
        "no cell is valid on both dates",
        expected="at least one cell with clear data in every band of both",
        remedy="choose other dates",
    )


def _among_ground(part: Roles, ground: Sequence[int]) -> Roles:
    """The parts with the places that bands have among those of the ground."""
    return Roles(
        bright=tuple(ground.index(i) for i in part.bright),
        other=tuple(ground.index(i) for i in part.other),
        codes=(),
        plants=None
        if part.plants is None
        else (ground.index(part.plants[0]), ground.index(part.plants[1])),
    )


def _filled(layers: Layers, valid: NDArray[np.bool_]) -> Layers:
    """The layers with the value of the nearest valid cell in those that are not valid; else 0."""
    if valid.all():
        return layers
    if not valid.any():
        return np.zeros_like(layers)
    nearest = ndimage.distance_transform_edt(~valid, return_distances=False, return_indices=True)
    filled: Layers = layers[:, nearest[0], nearest[1]]
    return filled
