"""Pictures to look at, kept aside while a detector reads the scene block by block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from geo.grid import Block, Grid, Raster, RasterSource


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenSource:
    """A raster read by blocks that keeps some cells of what passes through."""

    source: RasterSource
    """What is read."""
    within: Block
    """The ground of the picture."""
    step: int
    """Every so many cells one is kept, in every so many rows."""
    kept: NDArray[np.float32] = field(init=False)
    """Shape (bands, rows, columns) of the picture; NaN where nothing was read yet."""

    def __post_init__(self) -> None:
        """Begin with nothing seen."""
        rows, cols = -(-self.within.rows // self.step), -(-self.within.cols // self.step)
        empty = np.full((len(self.source.bands), rows, cols), np.nan, np.float32)
        object.__setattr__(self, "kept", empty)

    @property
    def grid(self) -> Grid:
        """Where the cells of the source lie."""
        return self.source.grid

    @property
    def bands(self) -> tuple[str, ...]:
        """Its band names."""
        return self.source.bands

    def read(self, block: Block) -> Raster:
        """The cells of a block."""
        raster = self.source.read(block)
        if shared := block.meeting(self.within):
            rows, cols = shared.within(self.within)
            top, left = -(-rows.start // self.step), -(-cols.start // self.step)
            here = shared.within(block)
            down, right = top * self.step - rows.start, left * self.step - cols.start
            part = raster.values[
                :, here[0].start + down : here[0].stop : self.step,
                here[1].start + right : here[1].stop : self.step,
            ]  # fmt: skip
            self.kept[:, top : top + part.shape[1], left : left + part.shape[2]] = part
        return raster

    def picture(self) -> Raster:
        """What was seen of the ground, on a grid of larger cells if some were passed over."""
        grid = self.within.cut(self.grid)
        if self.step > 1:
            # The cell that is kept is the middle of the larger one.
            back = (1 - self.step) // 2
            transform = grid.transform @ Affine.translation(back, back) @ Affine.scale(self.step)
            grid = Grid(crs=grid.crs, transform=transform, shape=self.kept.shape[1:])
        return Raster(grid=grid, bands=self.bands, values=self.kept)


def step_for(block: Block, *, most_cells: int) -> int:
    """How many cells to go on so that a picture of the block has at most so many cells."""
    return max(int(np.ceil(np.sqrt(block.rows * block.cols / most_cells))), 1)


def place_of(part: Grid, whole: Grid) -> Block:
    """Where a part that was cut from a grid lies in it."""
    col, row = ~whole.transform @ (part.transform.c, part.transform.f)
    return Block(top=round(row), left=round(col), rows=part.shape[0], cols=part.shape[1])
