"""How much of a picture shows the ground, and where the picture holds anything at all.

A grid is a rectangle; the picture on it often is not, as at the edge of an orbit. Cloud is counted
within what the picture covers, and the outline tells where that is: beyond it nothing was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from geo.change.bands import CODES
from geo.change.clouds import MARGIN_CELLS, clear, covered
from geo.grid import WGS84, Block, Grid, RasterInMemory, RasterSource, reproject

TILES = 16
"""Rows and columns of tiles into which a grid is cut; the outline follows their edges."""

TILE_CELLS = 128
"""Edge of the square that is read in the middle of each tile: a picture of up to 2 048 x 2 048
cells is read whole, of a larger one four million cells, evenly spread, stand for the rest."""

WHOLE_CELLS = (TILES * TILE_CELLS) ** 2
"""Cells of a picture that is read at once."""

FULL = 0.9
"""Share of a tile's cells that must hold data for the tile to be within the outline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearView:
    """What a picture shows, by its own codes."""

    fraction: float
    """Share of the cells with data that no cloud or shadow covers, 0 to 1; 0 without data."""
    outline_lonlat: Polygon | MultiPolygon | None
    """Where it holds data, EPSG:4326, along the edges of `TILES` x `TILES` tiles; None if that is
    the whole grid, or nowhere near a whole tile."""


def clear_view(source: RasterSource) -> ClearView | None:
    """What a picture shows of the ground by its band of codes, None if it has none.

    Without codes a single picture cannot tell cloud from white ground: that is unknown.

    Parameters
    ----------
    source : RasterSource
        With a band ``SCL`` (Sentinel-2 level 2A) or ``QA_PIXEL`` (Landsat collection 2). At most
        `WHOLE_CELLS` cells of it are in memory.
    """
    if not any(name.upper() in CODES for name in source.bands):
        return None
    grid = source.grid
    if grid.shape[0] * grid.shape[1] <= WHOLE_CELLS:
        source = RasterInMemory(raster=source.read(Block.whole(grid.shape)))
    edges = [np.unique(np.linspace(0, size, min(TILES, size) + 1).astype(int))
             for size in grid.shape]  # fmt: skip
    shape = len(edges[0]) - 1, len(edges[1]) - 1
    seen, there, read = (np.zeros(shape, np.int64) for _ in range(3))
    for place, block in _tiles(*edges):
        # Cloud just beyond the block reaches into it.
        wider = block.grown(MARGIN_CELLS, grid.shape)
        part = source.read(wider)
        inner = block.within(wider)
        seen[place] = clear(part)[inner].sum()
        there[place] = covered(part)[inner].sum()
        read[place] = block.rows * block.cols
    # Tiles stand for their cells, of which some may have a row or column more.
    weight = np.multiply.outer(*(np.diff(edge) for edge in edges)) / read
    total = float((there * weight).sum())
    return ClearView(
        fraction=float((seen * weight).sum()) / total if total else 0.0,
        outline_lonlat=_outline(there >= FULL * read, edges, grid),
    )


def _tiles(
    rows: NDArray[np.int64], cols: NDArray[np.int64]
) -> Iterator[tuple[tuple[int, int], Block]]:
    """Place of each tile among the tiles, and the block of cells in its middle that is read."""
    for i, (top, bottom) in enumerate(pairwise(rows)):
        for j, (left, right) in enumerate(pairwise(cols)):
            height, width = min(bottom - top, TILE_CELLS), min(right - left, TILE_CELLS)
            yield (
                (i, j),
                Block(
                    top=int(top + (bottom - top - height) // 2),
                    left=int(left + (right - left - width) // 2),
                    rows=int(height),
                    cols=int(width),
                ),
            )


def _outline(
    full: NDArray[np.bool_], edges: list[NDArray[np.int64]], grid: Grid
) -> Polygon | MultiPolygon | None:
    """Outline of the tiles that are full; None if all are, or none is."""
    if full.all() or not full.any():
        return None
    rows, cols = np.nonzero(full)
    boxes = shapely.box(edges[1][cols], edges[0][rows], edges[1][cols + 1], edges[0][rows + 1])
    placed = shapely.transform(
        shapely.union_all(boxes), lambda at: np.column_stack(grid.xy(at[:, 0], at[:, 1]))
    )
    outline = reproject(placed, grid.crs, WGS84)
    assert isinstance(outline, Polygon | MultiPolygon)
    return outline
