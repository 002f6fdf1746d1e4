"""A folder of SIMULATED radar pictures of Hatra, whose ground took a step in 2016."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS

from geo.grid import WGS84, Grid, transformer
from geo.sources.writers.geotiff_files import write_geotiff

HATRA = "PL894004"
SIDE, CELL_M = 70, 40
FIRST = datetime(2016, 1, 4)  # noqa: DTZ001 - only to write names and tags
EVENT = date(2016, 4, 8)
"""Between the eighth and the ninth picture of either orbit."""

STEP = np.s_[:, 34:42, 30:42]
"""Where the ground took a step of -5 dB."""

PASSES = {"024205": 9_950, "145015": 9_957}
"""Second of the day and first absolute orbit of two orbits; by it they are 78 and 85."""


def grid_at_hatra() -> Grid:
    """Cells of 40 m around the site."""
    crs = CRS.from_epsg(32638)
    x, y = transformer(WGS84, crs).transform(42.71843, 35.58843)
    half = SIDE * CELL_M / 2
    return Grid(
        crs=crs,
        transform=Affine(CELL_M, 0, round(x - half), 0, -CELL_M, round(y + half)),
        shape=(SIDE, SIDE),
    )


def write_pictures(folder: Path, *, pictures: int = 11, step_db: float = -5.0) -> None:
    """Made-up products of two orbits, every 12 days, in decibels; the files say SIMULATED."""
    rng = np.random.default_rng(3)
    for number in range(pictures):
        for place, (second, absolute) in enumerate(PASSES.items()):
            day = FIRST + timedelta(days=12 * number + place)
            level = np.full((2, SIDE, SIDE), -11.0 + rng.uniform(-1, 1))
            level[1] -= 7
            if day.date() > EVENT:
                level[STEP] += step_db
            power = 10 ** (level / 10) * rng.gamma(4.4, 1 / 4.4, level.shape)
            moment = f"{day:%Y%m%d}T{second}"
            name = f"S1A_IW_GRDH_1SDV_{moment}_{moment}_{absolute + 175 * number:06d}_0192C4_5E32"
            write_geotiff(
                folder / f"{name}.tif",
                (10 * np.log10(power)).astype(np.float32),
                grid=grid_at_hatra(),
                bands=("VV", "VH"),
                nodata=float("nan"),
                tags={"LAMASSU_SIMULATED": "YES"},
            )


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder; not to be changed."""
    folder = tmp_path_factory.mktemp("radar")
    write_pictures(folder)
    return folder
