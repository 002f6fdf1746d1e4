"""A scene by cells that are several times as wide, and what was found brought back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from geo.change.bands import roles
from geo.change.clouds import least_clear
from geo.grid import Block, Grid, Raster, RasterSource

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarserSource:
    """A raster whose cells are the means of square groups of another's."""

    source: RasterSource
    """What is read."""
    cell_px: int
    """Cells of the source along the side of a cell; at the far edges there are fewer."""

    @property
    def grid(self) -> Grid:
        """Where the wider cells lie."""
        rows, cols = self.source.grid.shape
        return Grid(
            crs=self.source.grid.crs,
            transform=self.source.grid.transform @ Affine.scale(self.cell_px),
            shape=(-(-rows // self.cell_px), -(-cols // self.cell_px)),
        )

    @property
    def bands(self) -> tuple[str, ...]:
        """Band names."""
        return self.source.bands

    def read(self, block: Block) -> Raster:
        """The cells of a block: means, the least clear code; no number where a part has none."""
        many = self.cell_px
        read = self.source.read(finer_block(block, many, self.source.grid.shape))
        fine = np.asarray(read.values, np.float32)
        down, right = (-length % many for length in fine.shape[1:])
        if down or right:
            fine = np.pad(fine, ((0, 0), (0, down), (0, right)), mode="edge")
        groups = fine.reshape(len(fine), block.rows, many, block.cols, many)
        # An infinity is no data, and two of them have no mean. The order of a sum decides its last
        # bit, so it is told here and not left to the order in memory.
        with np.errstate(invalid="ignore"):
            rows = reduce(np.add, [groups[:, :, down] for down in range(many)])
            values = reduce(np.add, [rows[..., right] for right in range(many)])
            values = values / np.float32(many * many)
        for place in roles(self.bands).codes:
            codes = np.moveaxis(groups[place], 1, 2).reshape(*values.shape[1:], -1)
            told = least_clear(self.bands[place], codes)
            values[place] = np.where(np.isfinite(values[place]), told, np.float32(np.nan))
        return Raster(grid=block.cut(self.grid), bands=self.bands, values=values)


def coarser_block(block: Block, cell_px: int) -> Block:
    """The wider cells that a block of a scene touches."""
    top, left = block.top // cell_px, block.left // cell_px
    bottom, right = (
        -(-end // cell_px) for end in (block.top + block.rows, block.left + block.cols)
    )
    return Block(top=top, left=left, rows=bottom - top, cols=right - left)


def finer_block(block: Block, cell_px: int, shape: tuple[int, int]) -> Block:
    """The cells of a scene of that shape under a block of wider cells."""
    top, left = block.top * cell_px, block.left * cell_px
    return Block(
        top=top,
        left=left,
        rows=min(block.rows * cell_px, shape[0] - top),
        cols=min(block.cols * cell_px, shape[1] - left),
    )


def finer(layer: NDArray[T], cell_px: int, block: Block) -> NDArray[T]:
    """A layer of wider cells on the cells of the scene under it, those of `block`."""
    if cell_px == 1:
        return layer
    wide = np.repeat(np.repeat(layer, cell_px, axis=0), cell_px, axis=1)
    return wide[: block.rows, : block.cols]
