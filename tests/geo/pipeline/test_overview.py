"""Pictures kept aside while a scene is read by blocks."""

from __future__ import annotations

import numpy as np
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from geo.grid import Block, Grid, Raster, RasterInMemory
from geo.pipeline.overview import SeenSource, place_of, step_for

GRID = Grid(
    crs=CRS.from_epsg(32638),
    transform=Affine(10, 0, 287_000, 0, -10, 3_940_000),
    shape=(40, 50),
)
RASTER = Raster(
    grid=GRID,
    bands=("B02", "B03"),
    values=np.arange(2 * 40 * 50, dtype=np.float32).reshape(2, 40, 50),
)


@given(
    top=st.integers(0, 30), left=st.integers(0, 40), step=st.integers(1, 7), side=st.integers(3, 20)
)
def test_what_is_read_in_blocks_makes_one_picture(top, left, step, side) -> None:
    """Every so many cells of the ground asked for, in whichever blocks they came, overlapping."""
    within = Block(top=top, left=left, rows=40 - top, cols=50 - left)
    seen = SeenSource(source=RasterInMemory(raster=RASTER), within=within, step=step)
    for row in range(0, 40, side):
        for col in range(0, 50, side):
            block = Block(top=row, left=col, rows=min(side, 40 - row), cols=min(side, 50 - col))
            outer = block.grown(2, GRID.shape)
            np.testing.assert_array_equal(
                seen.read(outer).values, RASTER.values[(slice(None), *outer.slices)]
            )
    picture = seen.picture()
    np.testing.assert_array_equal(picture.values, RASTER.values[:, top::step, left::step])
    assert picture.bands == RASTER.bands


@given(
    top=st.integers(0, 30), left=st.integers(0, 40), step=st.integers(1, 7), side=st.integers(2, 9)
)
def test_what_is_read_for_wider_cells_makes_the_same_picture(top, left, step, side) -> None:
    """A band that was taken by wide cells shows what lies at the place of the kept cell."""

    class Mixed(RasterInMemory):
        """The second band was taken by cells twice as wide."""

        def read_for_coarser(self, block: Block, cell_px: int) -> tuple[Raster, Raster]:
            fine, _ = RasterInMemory.read_for_coarser(self, block, cell_px)
            rows, cols = block.slices
            grid = block.cut(self.grid.coarser(cell_px))
            wide = self.raster.values[1:, ::2, ::2][:, rows, cols]
            return (
                Raster(grid=fine.grid, bands=("B02",), values=fine.values[:1]),
                Raster(grid=grid, bands=("B03",), values=wide),
            )

    within = Block(top=top, left=left, rows=40 - top, cols=50 - left)
    seen = SeenSource(source=Mixed(raster=RASTER), within=within, step=step)
    shape = GRID.coarser(2).shape
    for row in range(0, shape[0], side):
        for col in range(0, shape[1], side):
            rows, cols = min(side, shape[0] - row), min(side, shape[1] - col)
            block = Block(top=row, left=col, rows=rows, cols=cols).grown(1, shape)
            fine, wide = seen.read_for_coarser(block, 2)
            assert (fine.bands, wide.bands) == (("B02",), ("B03",))
    fine_part, wide_part = seen.picture().values
    np.testing.assert_array_equal(fine_part, RASTER.values[0, top::step, left::step])
    spread = np.repeat(np.repeat(RASTER.values[1, ::2, ::2], 2, axis=0), 2, axis=1)
    np.testing.assert_array_equal(wide_part, spread[top::step, left::step])


def test_a_kept_cell_lies_in_the_middle_of_the_larger_one() -> None:
    """Three cells wide, the second begins one before; with every cell it is the grid's part."""
    within = Block(top=10, left=20, rows=30, cols=30)
    source = RasterInMemory(raster=RASTER)
    plain = SeenSource(source=source, within=within, step=1).picture()
    assert plain.grid == within.cut(GRID)
    large = SeenSource(source=source, within=within, step=3).picture()
    assert large.grid.shape == (10, 10)
    assert large.grid.transform == Affine(30, 0, 287_190, 0, -30, 3_939_910)
    assert np.isnan(large.values).all()


def test_how_many_cells_are_passed_over() -> None:
    """As few as keep the picture small."""
    assert step_for(Block(top=0, left=0, rows=1000, cols=1000), most_cells=1_000_000) == 1
    assert step_for(Block(top=0, left=0, rows=1001, cols=1000), most_cells=1_000_000) == 2
    assert step_for(Block(top=0, left=0, rows=10980, cols=10980), most_cells=1_000_000) == 11


def test_a_part_is_found_in_its_grid() -> None:
    """By its corner."""
    block = Block(top=7, left=3, rows=5, cols=9)
    assert place_of(block.cut(GRID), GRID) == block
