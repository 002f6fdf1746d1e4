"""Many small readings of one scene, of which neighbours share what is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.grid import WGS84, Block, Grid, Raster, RasterSource, transformer

SQUARE_PX = 512
"""Side of the squares that are read and kept, in cells: that of a usual tile of a file."""

SQUARES = 6
"""How many squares are kept: three abreast in two rows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NearbySource(RasterSource):
    """A raster that is read by squares, the last of which are kept for what lies near."""

    source: RasterSource
    """What is read."""
    squares: dict[tuple[int, int], Raster] = field(default_factory=dict)
    """The squares kept, by row and column, the one used last at the end."""

    @property
    def grid(self) -> Grid:
        """Where the cells lie."""
        return self.source.grid

    @property
    def bands(self) -> tuple[str, ...]:
        """Band names."""
        return self.source.bands

    def for_bands(self, places: Sequence[int]) -> NearbySource:
        """See `RasterSource`; the squares that are kept hold no others."""
        return NearbySource(source=self.source.for_bands(places))

    def read(self, block: Block) -> Raster:
        """The cells of a block."""
        values = np.empty((len(self.bands), block.rows, block.cols), np.float32)
        last_row = (block.top + block.rows - 1) // SQUARE_PX
        last_col = (block.left + block.cols - 1) // SQUARE_PX
        for row in range(block.top // SQUARE_PX, last_row + 1):
            for col in range(block.left // SQUARE_PX, last_col + 1):
                square = self._outline(row, col)
                shared = block.meeting(square)
                assert shared is not None
                part = self._square(row, col).values[(slice(None), *shared.within(square))]
                values[(slice(None), *shared.within(block))] = part
        return Raster(grid=block.cut(self.grid), bands=self.bands, values=values)

    def _square(self, row: int, col: int) -> Raster:
        """A square, read if it is not kept."""
        found = self.squares.pop((row, col), None)
        if found is None:
            found = self.source.read(self._outline(row, col))
        self.squares[row, col] = found
        if len(self.squares) > SQUARES:
            del self.squares[next(iter(self.squares))]
        return found

    def _outline(self, row: int, col: int) -> Block:
        """The cells of a square, fewer at the far edges."""
        rows, cols = self.grid.shape
        top, left = row * SQUARE_PX, col * SQUARE_PX
        return Block(
            top=top, left=left, rows=min(SQUARE_PX, rows - top), cols=min(SQUARE_PX, cols - left)
        )


def order_by_place(polygons: gpd.GeoDataFrame, grid: Grid) -> NDArray[np.intp]:
    """An order of polygons in EPSG:4326 in which neighbours on the grid come near each other.

    Row of squares by row of squares, and along each from the first column to the last.
    """
    points = polygons.geometry.representative_point()
    xs, ys = transformer(WGS84, grid.crs).transform(points.x.to_numpy(), points.y.to_numpy())
    back = ~grid.transform
    rows = back.d * xs + back.e * ys + back.f
    cols = back.a * xs + back.b * ys + back.c
    return np.lexsort((cols, rows // SQUARE_PX))
