"""How much of a picture is clear, within what it covers, and where that is."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyproj import CRS
from shapely.geometry import Point

from geo.change import clear_view as module
from geo.change.clear_view import clear_view
from geo.change.clouds import clear, covered
from geo.grid import WGS84, Grid, Raster, RasterInMemory, transformer

CORNER = (300_000.0, 3_950_000.0)


def source(codes: np.ndarray, ground: np.ndarray | None = None, name: str = "SCL"):
    """A picture of one band and one of codes, in cells of 10 m."""
    band = np.full(codes.shape, 1000.0) if ground is None else ground
    grid = Grid(
        crs=CRS.from_epsg(32638), transform=Affine(10, 0, CORNER[0], 0, -10, CORNER[1]),
        shape=codes.shape,
    )  # fmt: skip
    values = np.stack([band, codes]).astype(np.float32)
    return RasterInMemory(raster=Raster(grid=grid, bands=("B04", name), values=values))


def test_a_picture_without_codes_tells_nothing():
    """One picture alone cannot tell cloud from white ground."""
    assert clear_view(source(np.full((4, 4), 5.0), name="B03")) is None


@pytest.mark.parametrize(("name", "ground", "cloud"), [("SCL", 5, 9), ("QA_PIXEL", 21824, 22280)])
def test_cloud_and_its_rim_are_counted(name, ground, cloud):
    """A cloud of one cell in 20 x 20 takes 5 x 5 with it: 375 of 400 are clear."""
    codes = np.full((20, 20), float(ground))
    codes[10, 10] = cloud
    assert clear_view(source(codes, name=name)).fraction == pytest.approx(375 / 400)


def test_cells_without_data_do_not_count_and_are_outside_the_outline():
    """Half of the grid is empty, a quarter of the rest is cloud."""
    codes = np.full((64, 64), 5.0)
    codes[:, 32:] = 0
    codes[:14, :32] = 9
    told = clear_view(source(codes))
    assert told.fraction == pytest.approx(48 / 64)
    lonlat = transformer(CRS.from_epsg(32638), WGS84).transform
    west, east = (Point(lonlat(CORNER[0] + far, CORNER[1] - 320)) for far in (160, 480))
    assert told.outline_lonlat.contains(west)
    assert not told.outline_lonlat.intersects(east)


@pytest.mark.parametrize("empty", [0.0, np.nan])
def test_a_picture_of_nothing_is_not_clear(empty):
    """No data anywhere: a share of 0 and no outline."""
    told = clear_view(source(np.full((8, 8), empty)))
    assert (told.fraction, told.outline_lonlat) == (0.0, None)


def test_a_band_of_nothing_leaves_nothing_clear():
    """What one band does not show was not seen."""
    told = clear_view(source(np.full((8, 8), 5.0), np.full((8, 8), np.nan)))
    assert told.fraction == 0.0


def test_codes_that_are_none_raise_no_alarm():
    """Numbers that no mask of 16 bits holds."""
    told = clear_view(source(np.full((8, 8), 1e6), name="QA_PIXEL"))
    assert told.fraction == 1.0


@settings(max_examples=10)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(
        lambda shape: arrays(np.float32, shape, elements=st.sampled_from([0, 3, 5, 5, 5, 9]))
    )
)
def test_a_small_picture_is_counted_cell_by_cell(codes):
    """Tiles, whatever their size, give what the whole gives at once."""
    picture = source(codes)
    there = covered(picture.raster).sum()
    expected = clear(picture.raster).sum() / there if there else 0.0
    assert clear_view(picture).fraction == pytest.approx(expected)


def test_of_a_large_picture_the_middle_of_each_tile_is_read(monkeypatch):
    """No more cells than fit, spread evenly: a fifth of the rows is cloud, and is found so."""
    monkeypatch.setattr(module, "TILE_CELLS", 8)
    monkeypatch.setattr(module, "WHOLE_CELLS", 0)
    codes = np.full((640, 640), 5.0)
    codes[:128] = 9
    picture, read = source(codes), []

    class Watched:
        """The picture, with the blocks that were read."""

        grid, bands = picture.grid, picture.bands

        def read(self, block):
            """The cells, as they are."""
            read.append(block)
            return picture.read(block)

    assert clear_view(Watched()).fraction == pytest.approx(0.8, abs=0.02)
    assert max(block.rows * block.cols for block in read) <= 12 * 12
    assert len(read) == module.TILES**2
