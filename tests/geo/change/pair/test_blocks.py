"""Scenes that are read block by block: the same answer, whatever is asked for, in little memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from geo import grid
from geo.change import Detection, Parameters, detect, detect_blocks
from geo.change.pair import tiles
from geo.errors import GridMismatch, NoValidPixels
from geo.grid import Block, Grid, Raster, RasterInMemory, RasterSource

BANDS = ("B02", "B03", "B04", "B08")
SIDE = 300
"""Side of the invented scene, in cells."""

FAST = Parameters(fast=True)
"""How a scene is divided does not hang on which maps are made."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Watched(RasterSource):
    """A raster in memory that remembers which blocks were read."""

    raster: Raster
    blocks: list[Block] = field(default_factory=list)

    @property
    def grid(self) -> Grid:
        """Where the cells lie."""
        return self.raster.grid

    @property
    def bands(self) -> tuple[str, ...]:
        """Band names."""
        return self.raster.bands

    def read(self, block: Block) -> Raster:
        """The cells of a block."""
        self.blocks.append(block)
        return RasterInMemory(raster=self.raster).read(block)


@pytest.fixture(scope="module")
def scene(make_picture, replaced):
    """Two dates with twelve dug squares of 12 x 12 cells, and a corner without data."""
    before = make_picture(SIDE, SIDE, bands=BANDS)
    values = make_picture(SIDE, SIDE, noise_seed=1, bands=BANDS).values * 1.1 + 30
    for top in (40, 120, 180, 260):
        for left in (30, 150, 250):
            values[:, top : top + 12, left : left + 12] *= 1.7
    values[:, :30, :40] = np.nan
    return before, replaced(before, values)


@pytest.fixture(scope="module")
def small_blocks():
    """Four regions of 150 cells, a block each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "ONE_BLOCK_CELLS", 10_000)
        patch.setattr(tiles, "REGION_PX", 150)
        patch.setattr(tiles, "BLOCK_PX", 150)
        yield


@pytest.fixture(scope="module")
def whole(scene, small_blocks) -> Detection:
    """The scene by blocks."""
    return detect(*scene, parameters=FAST)


def test_a_region_by_blocks_is_as_good_as_at_once(scene, replaced) -> None:
    """The same but for the rims of regions of like ground at the blocks' edges."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "ONE_BLOCK_CELLS", 10**6)
        at_once = detect(*scene, parameters=FAST)
        patch.setattr(tiles, "ONE_BLOCK_CELLS", 1000)
        patch.setattr(tiles, "BLOCK_PX", 160)
        by_blocks = detect(*scene, parameters=FAST)
    assert by_blocks.findings["regions"] == 1
    assert (by_blocks.mask == at_once.mask).mean() > 0.995
    np.testing.assert_array_equal(by_blocks.mask == 255, at_once.mask == 255)


def test_what_was_dug_is_found_in_every_region(whole) -> None:
    """Four regions, each judged by its own measure."""
    assert whole.findings["regions"] == 4
    squares = [
        whole.mask[top : top + 12, left : left + 12] == 1
        for top in (40, 120, 180)
        for left in (30, 250)
    ]
    assert np.mean(squares) > 0.8


@pytest.mark.parametrize(
    "asked",
    [
        Block(top=100, left=100, rows=60, cols=70),
        Block(top=0, left=0, rows=3, cols=300),
        Block(top=299, left=299, rows=1, cols=1),
    ],
    ids=["a window", "a strip", "a cell"],
)
def test_a_part_is_answered_as_the_whole(scene, small_blocks, whole, asked) -> None:
    """The score to the bit; the mask but for flags that reach over the edge."""
    part = detect_blocks(
        *(RasterInMemory(raster=date) for date in scene), within=asked, parameters=FAST
    )
    assert part.grid == asked.cut(whole.grid)
    for name in ("score", "unpooled", "brightness_change"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[asked.slices])
    assert (part.mask == whole.mask[asked.slices]).mean() >= 0.95


@pytest.mark.parametrize(
    "asked",
    [Block(top=290, left=0, rows=20, cols=5), Block(top=-1, left=0, rows=5, cols=5)],
    ids=["beyond the last row", "before the first"],
)
def test_a_part_that_the_grid_does_not_hold_is_refused(scene, asked) -> None:
    """Nothing is said of what is not there."""
    dates = (RasterInMemory(raster=date) for date in scene)
    with pytest.raises(GridMismatch, match="is not within the grid of 300 x 300 cells"):
        detect_blocks(*dates, within=asked, parameters=FAST)


def test_no_more_than_a_region_with_its_halo_is_read_at_once(scene, small_blocks) -> None:
    """And of a part, no region that it does not touch."""
    dates = [Watched(raster=date) for date in scene]
    detect_blocks(*dates, within=Block(top=10, left=250, rows=20, cols=20), parameters=FAST)
    margin = dates[0].blocks[0].rows - 150
    wanted = Block(top=0, left=150, rows=150, cols=150)
    assert dates[0].blocks == [wanted.grown(margin, (SIDE, SIDE))]
    assert margin < 140


def test_large_layers_are_files_and_say_the_same(scene, small_blocks, whole, monkeypatch) -> None:
    """However few cells are gone through at once."""
    monkeypatch.setattr(grid, "IN_MEMORY_CELLS", 1000)
    monkeypatch.setattr(grid, "STRIP_CELLS", 5000)
    found = detect(*scene, parameters=FAST)
    assert found.score.base is not None
    for name in ("score", "unpooled", "brightness_change", "mask"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))
    assert found.findings == whole.findings


def test_regions_without_data_are_left_out(scene, small_blocks, replaced) -> None:
    """A scene of which a ninth has data is judged by that ninth; none at all is refused."""
    before, after = scene
    few = np.full_like(after.values, np.nan)
    few[:, 200:, 200:] = after.values[:, 200:, 200:]
    found = detect(before, replaced(after, few), parameters=FAST)
    assert found.findings["regions"] == 1
    assert np.isfinite(found.score).sum() == 100 * 100
    with pytest.raises(NoValidPixels, match="no cell is valid on both dates"):
        detect(before, replaced(after, np.full_like(few, np.nan)))


def test_thick_cloud_is_left_out_and_said_to_be_guessed(scene, replaced) -> None:
    """White, wide and on one date only: no data, and no flag."""
    before, after = scene
    values = after.values.copy()
    values[:, 60:110, 180:240] = 9000
    found = detect(before, replaced(after, values), parameters=FAST)
    assert (found.mask[62:108, 182:238] == 255).all()
    assert str(found.findings["cloud_mask"]).startswith("guessed")
