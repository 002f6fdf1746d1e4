"""Many small readings of one scene."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import box

from geo.grid import WGS84, Block, Grid, Raster, RasterInMemory
from geo.pipeline import nearby
from geo.pipeline.nearby import NearbySource, order_by_place

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


class Counted(RasterInMemory):
    """A raster that counts how often it is read."""

    times = 0

    def read(self, block: Block) -> Raster:
        """The cells of a block."""
        Counted.times += 1
        return RasterInMemory.read(self, block)


@settings(max_examples=20)
@given(blocks=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 49)), min_size=1, max_size=8))
def test_a_block_holds_what_the_source_holds(blocks) -> None:
    """Wherever it lies on the squares, whatever was read before."""
    source = NearbySource(source=RasterInMemory(raster=RASTER))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearby, "SQUARE_PX", 16)
        for top, left in blocks:
            block = Block(top=top, left=left, rows=min(20, 40 - top), cols=min(19, 50 - left))
            found = source.read(block)
            np.testing.assert_array_equal(found.values, RASTER.values[(slice(None), *block.slices)])
            assert found.grid == block.cut(GRID)
            assert len(source.squares) <= nearby.SQUARES


def test_neighbours_are_read_once(monkeypatch) -> None:
    """Nine blocks in one square are one reading."""
    monkeypatch.setattr(nearby, "SQUARE_PX", 16)
    Counted.times = 0
    source = NearbySource(source=Counted(raster=RASTER))
    for top in (0, 5, 10):
        for left in (0, 5, 10):
            source.read(Block(top=top, left=left, rows=5, cols=5))
    assert Counted.times == 1


def test_polygons_in_the_order_of_their_places(monkeypatch) -> None:
    """Along the first row of squares, then along the second; none is no trouble."""
    monkeypatch.setattr(nearby, "SQUARE_PX", 16)
    places = [(20, 3), (2, 40), (9, 1), (1, 20)]
    outlines = [
        box(287_000 + 10 * col, 3_939_990 - 10 * row, 287_010 + 10 * col, 3_940_000 - 10 * row)
        for row, col in places
    ]
    frame = gpd.GeoDataFrame(geometry=outlines, crs=GRID.crs).to_crs(WGS84)
    assert order_by_place(frame, GRID).tolist() == [2, 3, 1, 0]
    assert order_by_place(frame.iloc[:0], GRID).tolist() == []
