"""How a scene is divided."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.change.pair.tiles import BLOCK_PX, ONE_BLOCK_CELLS, REGION_PX, blocks, regions
from geo.grid import Block


@given(rows=st.integers(1, 5000), cols=st.integers(1, 5000))
def test_regions_and_their_blocks_hold_every_cell_once(rows: int, cols: int) -> None:
    """No gap, no overlap, and nothing larger than may be."""
    shape = rows, cols
    count = np.zeros(shape, np.uint8)
    for region in regions(shape, within=Block.whole(shape)):
        small = rows * cols <= ONE_BLOCK_CELLS
        assert small or max(region.rows, region.cols) <= REGION_PX
        for block in blocks(region):
            count[block.slices] += 1
            assert block.rows * block.cols <= max(BLOCK_PX**2, ONE_BLOCK_CELLS)
    assert (count == 1).all()


def test_a_small_scene_is_one_region_and_one_block() -> None:
    """Whatever part of it is asked for."""
    shape = (1000, ONE_BLOCK_CELLS // 1000)
    corner = Block(top=3, left=3, rows=2, cols=2)
    assert regions(shape, within=corner) == blocks(Block.whole(shape)) == [Block.whole(shape)]


def test_a_whole_tile_is_81_regions_of_four_blocks() -> None:
    """A Sentinel-2 tile."""
    shape = (10980, 10980)
    found = regions(shape, within=Block.whole(shape))
    assert {(region.rows, region.cols) for region in found} == {(1220, 1220)}
    assert len(found) == 81
    assert {(b.rows, b.cols) for b in blocks(found[40])} == {(610, 610)}


def test_a_part_is_judged_by_the_regions_it_touches() -> None:
    """The same that the whole has there."""
    shape = (10980, 10980)
    asked = Block(top=1219, left=10, rows=2, cols=3)
    assert regions(shape, within=asked) == [
        Block(top=top, left=0, rows=1220, cols=1220) for top in (0, 1220)
    ]
