"""Four made-up years of scenes over a made-up site, on which every answer is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS

from geo.change.series import Bands, Observation, SiteMask
from geo.grid import Grid

NAMES = ("B02", "B03", "B04", "B08")
SIDE = 24
FIRST = datetime(2016, 1, 10, tzinfo=UTC)
EVERY_D = 20
DUG = np.s_[10:14, 9:13]
"""Where the ground is dug, in the middle of the watched cells."""


def ground_grid(side: int = SIDE) -> Grid:
    """Ten-metre cells in UTM near Hatra."""
    return Grid(
        crs=CRS.from_epsg(32638),
        transform=Affine(10, 0, 287_000, 0, -10, 3_940_000),
        shape=(side, side),
    )


def site(side: int = SIDE) -> SiteMask:
    """The middle of the grid is watched; the rest is its surroundings."""
    inside = np.zeros((side, side), dtype=bool)
    inside[6 : side - 6, 6 : side - 6] = True
    return SiteMask(
        site_id="S1", grid=ground_grid(side), inside=inside, ring=~inside, footprint=inside
    )


def scenes(
    count: int = 73,
    *,
    dug_from: int | None = None,
    dug_until: int | None = None,
    factor: float = 1.5,
    cloudy: Sequence[int] = (),
) -> list[Observation]:
    """Scenes every 20 days: a season of plants, haze over all on some days, noise of 1 per cent."""
    rng = np.random.default_rng(5)
    texture = 1 + 0.2 * rng.standard_normal((SIDE, SIDE))
    green = 0.5 + 0.4 * rng.random((SIDE, SIDE))
    made = []
    for number in range(count):
        taken = FIRST + timedelta(days=EVERY_D * number)
        season = np.sin(2 * np.pi * taken.timetuple().tm_yday / 365.25)
        plants = 1 + 0.3 * green * season
        values = np.stack([1200 * texture / plants] * 3 + [2600 * texture * plants])
        values *= 1 + 0.05 * rng.standard_normal()
        values *= 1 + 0.01 * rng.standard_normal(values.shape)
        if dug_from is not None and dug_from <= number < (dug_until or count):
            values[:3, *DUG] *= factor
        clear = np.ones((SIDE, SIDE), dtype=bool)
        if number in cloudy:
            clear[:] = False
        made.append(observed(number, taken, values.astype(np.float32), clear))
    return made


def observed(
    number: int,
    taken: datetime,
    values: NDArray[np.float32],
    clear: NDArray[np.bool_],
    **other: object,
) -> Observation:
    """An observation called after its number."""
    told = {"scene_id": f"scene {number}", "sensor": "Sentinel-2A", "bands": Bands(names=NAMES)}
    return Observation(taken_at=taken, values=values, clear=clear, **{**told, **other})


@pytest.fixture(scope="session")
def quiet() -> list[Observation]:
    """Four years in which nothing happened."""
    return scenes()


@pytest.fixture(scope="session")
def dug() -> list[Observation]:
    """Four years, from the 50th scene on with 4 x 4 cells 50 % brighter."""
    return scenes(dug_from=50)


@pytest.fixture(scope="session")
def make_scenes() -> Callable[..., list[Observation]]:
    """`scenes`, for other courses."""
    return scenes


@pytest.fixture(scope="session")
def mask() -> SiteMask:
    """`site`."""
    return site()
