"""A scene by cells that are several times as wide, and what was found brought back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.change.bands import CODES
from geo.change.clouds import least_clear
from geo.grid import Block, Grid, Raster, RasterSource

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarserSource(RasterSource):
    """A raster whose cells are the means of square groups of another's.

    Bands that were taken by cells as wide are left as they are, if the source knows of any.
    """

    source: RasterSource
    """What is read."""
    cell_px: int
    """Cells of the source along the side of a cell; at the far edges there are fewer."""

    @property
    def grid(self) -> Grid:
        """Where the wider cells lie."""
        return self.source.grid.coarser(self.cell_px)

    @property
    def bands(self) -> tuple[str, ...]:
        """Band names."""
        return self.source.bands

    def read(self, block: Block) -> Raster:
        """The cells of a block: means, the least clear code; no number where a part has none."""
        fine, wide = self.source.read_for_coarser(block, self.cell_px)
        values = _means(fine, block, self.cell_px)
        if wide.bands:
            layers = dict(zip((*fine.bands, *wide.bands), (*values, *wide.values), strict=True))
            values = np.stack([layers[band] for band in self.bands])
        return Raster(grid=block.cut(self.grid), bands=self.bands, values=values)


def _means(fine: Raster, block: Block, many: int) -> NDArray[np.float32]:
    """Each band by the wider cells of a block, `many` of the raster's along the side of each."""
    layers = np.asarray(fine.values, np.float32)
    down, right = (-length % many for length in layers.shape[1:])
    if down or right:
        layers = np.pad(layers, ((0, 0), (0, down), (0, right)), mode="edge")
    groups = layers.reshape(len(layers), block.rows, many, block.cols, many)
    # An infinity is no data, and two of them have no mean. The order of a sum decides its last
    # bit, so it is told here and not left to the order in memory.
    with np.errstate(invalid="ignore"):
        rows = reduce(np.add, [groups[:, :, down] for down in range(many)])
        values: NDArray[np.float32] = reduce(np.add, [rows[..., right] for right in range(many)])
        values = values / np.float32(many * many)
    for place, name in enumerate(fine.bands):
        if name.upper() in CODES:
            codes = np.moveaxis(groups[place], 1, 2).reshape(*values.shape[1:], -1)
            told = least_clear(name, codes)
            values[place] = np.where(np.isfinite(values[place]), told, np.float32(np.nan))
    return values


def finer(layer: NDArray[T], cell_px: int, block: Block) -> NDArray[T]:
    """A layer of wider cells on the cells of the scene under it, those of `block`."""
    if cell_px == 1:
        return layer
    wide = np.repeat(np.repeat(layer, cell_px, axis=0), cell_px, axis=1)
    return wide[: block.rows, : block.cols]
