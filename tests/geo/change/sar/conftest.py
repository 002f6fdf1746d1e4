"""SIMULATED radar pictures: even ground under gamma speckle of 4.4 looks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS

from geo.change.sar import SENTINEL1_LOOKS
from geo.grid import Grid, Raster

SIDE = 100

PATCH = np.s_[40:52, 30:44]
"""Where something happens."""


def grid_of(rows: int, cols: int) -> Grid:
    """Ten-metre cells in UTM near Hatra."""
    return Grid(
        crs=CRS.from_epsg(32638),
        transform=Affine(10, 0, 287_000, 0, -10, 3_940_000),
        shape=(rows, cols),
    )


def speckled(rng: np.random.Generator, level_db: NDArray[np.float64]) -> NDArray[np.float32]:
    """Linear power of ground of that backscatter."""
    looks = SENTINEL1_LOOKS
    power = 10 ** (level_db / 10) * rng.gamma(looks, 1 / looks, level_db.shape)
    return power.astype(np.float32)


def radar(power: NDArray[np.float32], *, bands: tuple[str, ...] = ("VV", "VH")) -> Raster:
    """Power as a raster in decibels."""
    values = (10 * np.log10(power)).astype(np.float32)
    return Raster(grid=grid_of(*power.shape[1:]), bands=bands, values=values)


def power_on(
    seed: int, *, patch_db: float = 0.0, scene_db: float = 0.0, side: int = SIDE
) -> NDArray[np.float32]:
    """Power of VV and VH on a date, with a step in the patch and one of the whole scene."""
    level = np.full((2, side, side), -11.0 + scene_db)
    level[1] -= 7
    level[:, : side // 2] += 3  # two kinds of ground
    level[:, *PATCH] += patch_db
    return speckled(np.random.default_rng(seed), level)


@pytest.fixture
def date() -> Callable[..., NDArray[np.float32]]:
    """Makes the power of a date; see `power_on`."""
    return power_on
