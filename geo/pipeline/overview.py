"""Pictures to look at, kept aside while a detector reads the scene block by block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from geo.grid import Block, Grid, Raster, RasterSource


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenSource(RasterSource):
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
        self._keep(raster, block, cell_px=1)
        return raster

    def read_for_coarser(self, block: Block, cell_px: int) -> tuple[Raster, Raster]:
        """See `RasterSource`; of wide cells, each kept cell has what lies there."""
        fine, wide = self.source.read_for_coarser(block, cell_px)
        under = block.finer(cell_px, self.grid.shape)
        self._keep(fine, under, cell_px=1)
        self._keep(wide, under, cell_px=cell_px)
        return fine, wide

    def _keep(self, raster: Raster, block: Block, *, cell_px: int) -> None:
        """Keep some cells of a block, of bands whose cells are so many times as wide."""
        shared = block.meeting(self.within)
        if shared is None:
            return
        rows, cols = (
            np.arange(-(-axis.start // self.step), -(-axis.stop // self.step))
            for axis in shared.within(self.within)
        )
        down = (rows * self.step + self.within.top - block.top) // cell_px
        right = (cols * self.step + self.within.left - block.left) // cell_px
        part = raster.values[:, down[:, None], right]
        bands = np.array([self.bands.index(band) for band in raster.bands], np.intp)
        self.kept[np.ix_(bands, rows, cols)] = part

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
