"""How a scene is divided: regions that are each judged by their own measure, and their blocks.

A scene is judged region by region, up to 13 km wide at 10 m: wide enough to tell what is usual, and
not so wide that a site drowns in what is usual elsewhere, or that haze and the fit of the dates
differ from one end to the other. Regions follow from the size of the scene alone, so that a part of
it is judged as it is in the whole. A region is gone through in blocks, so that memory stays small.
"""

from __future__ import annotations

from itertools import pairwise

from geo.grid import Block

REGION_PX = 1280
"""Longest side of a region."""

BLOCK_PX = 640
"""Longest side of a block."""

ONE_BLOCK_CELLS = 1_000_000
"""A region of at most so many cells is one block."""


def regions(shape: tuple[int, int], *, within: Block, cell_px: int = 1) -> list[Block]:
    """The regions of a scene of that shape that have cells in `within`, row by row.

    Parameters
    ----------
    cell_px : int, optional
        How much wider cells are than those that `REGION_PX` counts.
    """
    whole = Block.whole(shape)
    if shape[0] * shape[1] * cell_px**2 <= ONE_BLOCK_CELLS:
        return [whole]
    down, across = (-(-length * cell_px // REGION_PX) for length in shape)
    return [region for region in _parts(whole, down, across) if region.meeting(within)]


def blocks(region: Block) -> list[Block]:
    """The blocks that make up a region, row by row."""
    if region.rows * region.cols <= ONE_BLOCK_CELLS:
        return [region]
    return _parts(region, -(-region.rows // BLOCK_PX), -(-region.cols // BLOCK_PX))


def _parts(whole: Block, down: int, across: int) -> list[Block]:
    """So many parts down and across, equal but for a cell, that make up a block."""
    tops = [whole.top + whole.rows * i // down for i in range(down + 1)]
    lefts = [whole.left + whole.cols * i // across for i in range(across + 1)]
    return [
        Block(top=top, left=left, rows=bottom - top, cols=right - left)
        for top, bottom in pairwise(tops)
        for left, right in pairwise(lefts)
    ]
