"""A folder of SIMULATED scenes of Hatra over four years, in the last of which ground is dug."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS

from geo.grid import WGS84, Grid, transformer
from geo.sources.writers.geotiff_files import write_geotiff

HATRA = "PL894004"
SIDE, CELL_M = 46, 80
FIRST = datetime(2016, 1, 10, 7, 40, tzinfo=UTC)
SCENES, EVERY_D, DUG_FROM = 58, 24, 48
DUG = np.s_[:3, 22:26, 20:24]
"""Where the ground grows brighter from scene `DUG_FROM` on."""


def grid_at_hatra() -> Grid:
    """Cells of 80 m around the site."""
    crs = CRS.from_epsg(32638)
    x, y = transformer(WGS84, crs).transform(42.71843, 35.58843)
    half = SIDE * CELL_M / 2
    return Grid(
        crs=crs,
        transform=Affine(CELL_M, 0, round(x - half), 0, -CELL_M, round(y + half)),
        shape=(SIDE, SIDE),
    )


def write_scenes(folder: Path, *, count: int = SCENES) -> None:
    """Made-up scenes with a season, noise and a band of scene classes; the files say SIMULATED."""
    rng = np.random.default_rng(9)
    texture = 1 + 0.2 * rng.standard_normal((SIDE, SIDE))
    for number in range(count):
        taken = FIRST + timedelta(days=EVERY_D * number)
        season = 1 + 0.1 * np.sin(2 * np.pi * taken.timetuple().tm_yday / 365.25)
        ground = [level * texture * season for level in (1500, 1800, 2200, 2900)]
        values = np.stack([*ground, np.full((SIDE, SIDE), 5.0)])
        values[:4] *= 1 + 0.01 * rng.standard_normal((4, SIDE, SIDE))
        if number >= DUG_FROM:
            values[DUG] *= 1.5
        if number % 10 == 3:
            values[4] = 9
        write_geotiff(
            folder / f"scene-{taken:%Y%m%d}.tif",
            values.astype(np.uint16),
            grid=grid_at_hatra(),
            bands=("B02", "B03", "B04", "B08", "SCL"),
            nodata=0,
            tags={
                "LAMASSU_SIMULATED": "YES",
                "LAMASSU_ACQUIRED_AT": taken.isoformat(timespec="seconds"),
            },
        )


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder; not to be changed."""
    folder = tmp_path_factory.mktemp("scenes")
    write_scenes(folder)
    return folder
