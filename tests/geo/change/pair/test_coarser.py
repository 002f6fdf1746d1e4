"""A scene by wider cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from affine import Affine
from pyproj import CRS

from geo.change.pair.coarser import CoarserSource, finer
from geo.grid import Block, Grid, Raster, RasterInMemory

VALUES = np.arange(15, dtype=np.float32).reshape(3, 5)


def scene(*layers, bands: tuple[str, ...]) -> CoarserSource:
    """Layers of 3 x 5 cells of 10 m, by cells of 20 m."""
    grid = Grid(crs=CRS.from_epsg(32638), transform=Affine(10, 0, 500, 0, -10, 900), shape=(3, 5))
    raster = Raster(grid=grid, bands=bands, values=np.stack(layers))
    return CoarserSource(source=RasterInMemory(raster=raster), cell_px=2)


def test_wider_cells_hold_the_mean_of_theirs() -> None:
    """At the far edges, of those that there are."""
    source = scene(VALUES, bands=("B2",))
    assert source.grid.shape == (2, 3)
    assert source.grid.transform == Affine(20, 0, 500, 0, -20, 900)
    whole = source.read(Block.whole((2, 3))).values[0]
    assert whole.tolist() == [[3, 5, 6.5], [10.5, 12.5, 14]]
    part = source.read(Block(top=1, left=1, rows=1, cols=2))
    assert part.values[0].tolist() == [[12.5, 14]]
    assert part.grid.transform == Affine(20, 0, 520, 0, -20, 880)


def test_a_gap_in_a_part_is_a_gap() -> None:
    """A mean of what is left would be of another place."""
    gappy = VALUES.copy()
    gappy[1, 3] = np.nan
    found = scene(gappy, bands=("B2",)).read(Block.whole((2, 3))).values[0]
    assert np.isnan(found).tolist() == [[False, True, False], [False, False, False]]


def test_codes_are_not_averaged() -> None:
    """Between vegetation, 4, and cloud, 9, lies no water, 6: one cloud makes the whole cloudy."""
    codes = np.full((3, 5), 4, np.float32)
    codes[0, 1] = codes[2, 2] = 9
    source = scene(VALUES, VALUES + 1, codes, bands=("B2", "B8", "SCL"))
    assert source.read(Block.whole((2, 3))).values[2].tolist() == [[9, 4, 4], [4, 9, 4]]


def test_a_code_of_no_data_goes_before_cloud() -> None:
    """Landsat's fill is its first bit, cloud its fourth; the last column stands alone."""
    codes = np.full((3, 5), 64, np.float32)
    codes[0, 0], codes[1, 1], codes[1, 4] = 8, 1, 8
    found = scene(VALUES, codes, bands=("B2", "QA_PIXEL")).read(Block.whole((2, 3))).values[1]
    assert found.tolist() == [[1, 64, 8], [64, 64, 64]]


def test_a_cell_without_a_code_is_a_gap() -> None:
    """What nobody classed is not taken for what stands beside it."""
    codes = np.full((3, 5), 4, np.float32)
    codes[1, 3] = np.nan
    found = scene(VALUES, codes, bands=("B2", "SCL")).read(Block.whole((2, 3))).values[1]
    assert np.isnan(found).tolist() == [[False, True, False], [False, False, False]]


def test_infinities_of_both_signs_are_a_gap_without_a_warning() -> None:
    """They have no mean."""
    wild = VALUES.copy()
    wild[0, 0], wild[1, 1] = np.inf, -np.inf
    found = scene(wild, bands=("B2",)).read(Block.whole((2, 3))).values[0]
    assert np.isfinite(found).tolist() == [[False, True, True], [True, True, True]]


def test_means_do_not_follow_the_order_in_memory() -> None:
    """The same values by columns give the same means to the bit."""
    values = np.random.default_rng(1).normal(size=(2, 4, 10)).astype(np.float32)
    grid = Grid(crs=CRS.from_epsg(32638), transform=Affine(10, 0, 500, 0, -10, 900), shape=(4, 10))
    by_rows, by_columns = (
        CoarserSource(
            source=RasterInMemory(raster=Raster(grid=grid, bands=("B2", "B3"), values=layers)),
            cell_px=2,
        ).read(Block.whole((2, 5)))
        for layers in (values, np.asfortranarray(values))
    )
    np.testing.assert_array_equal(by_rows.values, by_columns.values)


def test_bands_of_wide_cells_are_left_as_they_are() -> None:
    """In the order of the source, whichever way they were read."""

    class Mixed(RasterInMemory):
        """Of three bands, the middle one was taken by the wide cells."""

        def read_for_coarser(self, block: Block, cell_px: int) -> tuple[Raster, Raster]:
            fine, _ = RasterInMemory.read_for_coarser(self, block, cell_px)
            wide = np.full((1, block.rows, block.cols), 77, np.float32)
            return (
                replace(fine, bands=("B2", "B8"), values=fine.values[[0, 2]]),
                Raster(grid=block.cut(self.grid.coarser(cell_px)), bands=("B5",), values=wide),
            )

    plain = scene(VALUES, VALUES + 100, VALUES + 200, bands=("B2", "B5", "B8"))
    mixed = CoarserSource(source=Mixed(raster=plain.source.raster), cell_px=2)
    block = Block(top=0, left=1, rows=2, cols=2)
    expected = plain.read(block).values.copy()
    expected[1] = 77
    np.testing.assert_array_equal(mixed.read(block).values, expected)


def test_what_was_found_comes_back_onto_the_cells_of_the_scene() -> None:
    """Each cell has what its wider cell has."""
    block = Block(top=0, left=1, rows=2, cols=2).finer(2, (3, 5))
    found = finer(np.array([[1, 2], [3, 4]]), 2, block)
    assert found.tolist() == [[1, 1, 2], [1, 1, 2], [3, 3, 4]]
