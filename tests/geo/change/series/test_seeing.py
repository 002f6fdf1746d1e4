"""Which cells of a scene show the ground."""

from __future__ import annotations

import numpy as np
from affine import Affine
from pyproj import CRS

from geo.change.series import ground_shown
from geo.grid import Grid, Raster


def test_snow_dark_relief_and_cloud_do_not_show_the_ground():
    """Only the classes of plants and bare ground do, and cells two away from cloud."""
    codes = np.full((1, 12), 5.0, np.float32)
    codes[0, [0, 1, 2, 9]] = 2, 11, 4, 9
    values = np.stack([np.ones_like(codes), codes])
    grid = Grid(crs=CRS.from_epsg(32638), transform=Affine(10, 0, 0, 0, -10, 0), shape=(1, 12))
    shown = ground_shown(Raster(grid=grid, bands=("B04", "SCL"), values=values))
    assert np.flatnonzero(shown).tolist() == [2, 3, 4, 5, 6]
    landsat = np.stack([np.ones_like(codes), np.where(codes == 5, 0, 1 << 5)]).astype(np.float32)
    shown = ground_shown(Raster(grid=grid, bands=("red", "QA_PIXEL"), values=landsat))
    assert shown.sum() == 8
