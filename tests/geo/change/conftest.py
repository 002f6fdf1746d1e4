"""Small invented pictures on which every answer is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from scipy import ndimage

from geo.grid import Grid, Raster

BANDS = ("B02", "B03", "B04", "B08", "B11")


def ground_grid(rows: int, cols: int) -> Grid:
    """Ten-metre cells in UTM near Hatra."""
    return Grid(
        crs=CRS.from_epsg(32638),
        transform=Affine(10, 0, 287_000, 0, -10, 3_940_000),
        shape=(rows, cols),
    )


def picture(
    rows: int = 160, cols: int = 180, *, noise_seed: int = 0, bands: tuple[str, ...] = BANDS
) -> Raster:
    """Bare ground with fine and coarse texture, always the same, under noise of 1 per cent."""
    rng = np.random.default_rng(7)
    shapes = [
        ndimage.gaussian_filter(rng.standard_normal((rows, cols)), sigma, mode="wrap") * sigma
        for sigma in (1.5, 6)
    ]
    relief = 1 + 0.25 * shapes[0] + 0.25 * shapes[1]
    tilt = 0.2 * ndimage.gaussian_filter(rng.standard_normal((rows, cols)), 4, mode="wrap") * 4
    noise = np.random.default_rng(noise_seed + 1000).standard_normal((len(bands), rows, cols))
    values = np.stack(
        [(1500 + 250 * i) * np.maximum(relief + tilt * (i - 2) / 4, 0.2) for i in range(len(bands))]
    )
    values = values * (1 + 0.01 * noise)
    return Raster(grid=ground_grid(rows, cols), bands=bands, values=values.astype(np.float32))


def with_values(raster: Raster, values: NDArray[np.floating]) -> Raster:
    """The raster with other values."""
    return Raster(grid=raster.grid, bands=raster.bands, values=values.astype(np.float32))


@pytest.fixture(scope="session")
def before() -> Raster:
    """The earlier picture."""
    return picture()


@pytest.fixture(scope="session")
def after() -> Raster:
    """The later picture: the same ground under other noise."""
    return picture(noise_seed=1)


@pytest.fixture(scope="session")
def dug(after: Raster) -> Raster:
    """The later picture with 20 x 20 cells, rows 60-79, columns 100-119, 60 % brighter."""
    values = after.values.copy()
    values[:, 60:80, 100:120] *= 1.6
    return with_values(after, values)


@pytest.fixture(scope="session")
def make_picture() -> Callable[..., Raster]:
    """`picture`, for other sizes, noise and bands."""
    return picture


@pytest.fixture(scope="session")
def replaced() -> Callable[..., Raster]:
    """`with_values`."""
    return with_values
