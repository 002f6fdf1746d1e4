"""The score of a whole site on eight Decembers of PlanetScope, a demonstration without a pass line.

Run ``python tests/bench/change_site_score.py``; ``LAMASSU_TESTDATA`` names the evaluation data. Two
sites in Afghanistan, of which one is said to be looted and one preserved (Microsoft's
looted_site_detection), with their footprints; mosaics of December 2016 to 2023, red, green and
blue. Mosaics differ in blur and colour from year to year (2016 and 2020 stand out), and what
happened in which year is not known: the scores are stated, and prove nothing.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path

import numpy as np
from affine import Affine
from PIL import Image
from pyproj import CRS

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.change.series import Bands, Observation, SiteMask, site_score  # noqa: E402 - not installed
from geo.grid import Grid  # noqa: E402

CELL_M = 4.77
BORDER = 12
"""Cells of a coloured frame around the picture of a footprint."""


def main() -> None:
    """Print the scores of both sites, a row a year."""
    folder = (PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data")).resolve()
    print("| site | year | score |\n|---|---|---|")
    for site in sorted((folder / "change" / "planet_looted").iterdir()):
        if site.is_dir():
            print_site(site)


def print_site(folder: Path) -> None:
    """A row for each year, and the month that stands out."""
    pictures = sorted(p for p in folder.glob("*.png") if "mask" not in p.name)
    footprint = mask_of(next(folder.glob("*mask.png")))
    grid = Grid(
        crs=CRS.from_epsg(32642),
        transform=Affine(CELL_M, 0, 500_000, 0, -CELL_M, 3_700_000),
        shape=footprint.shape,
    )
    site = SiteMask(
        site_id=folder.name, grid=grid, inside=footprint, ring=~footprint, footprint=footprint
    )
    score = site_score([observed(path) for path in pictures], site=site)
    for day, value in zip(score.dates, score.scores, strict=True):
        print(f"| {folder.name} | {str(day)[:4]} | {value:.2f} |")
    print(f"| {folder.name} | stands out | {score.month:%Y-%m} |")


def observed(path: Path) -> Observation:
    """A mosaic, of the middle of its December."""
    year = int(next(part for part in path.stem.split("_") if part.isdigit() and len(part) == 4))
    values = np.asarray(Image.open(path).convert("RGB"), dtype=np.float32).transpose(2, 0, 1)
    return Observation(
        taken_at=dt.datetime(year, 12, 15, tzinfo=dt.UTC),
        scene_id=path.stem,
        sensor="PlanetScope",
        bands=Bands(names=("red", "green", "blue")),
        values=values,
        clear=values.any(axis=0),
    )


def mask_of(path: Path) -> np.ndarray:
    """The footprint, without its frame."""
    layer = np.asarray(Image.open(path).convert("L"))[BORDER:-BORDER, BORDER:-BORDER]
    return layer > 127


if __name__ == "__main__":
    main()
