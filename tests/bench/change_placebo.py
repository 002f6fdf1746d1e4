"""What the change engine flags where nothing happened: a wooded landscape within one month.

Run ``python tests/bench/change_placebo.py``; ``LAMASSU_TESTDATA`` names the evaluation data. Pairs
of clear dates of the Sentinel-2 cube from Romania (level 2A, four bands, 100 x 100 cells of 10 m),
at most 30 days apart. Clear: 95 % of the cells are plants, bare ground or water by their scene
class. Left out: the clearings, cells whose vegetation index in summer fell by more than 0.2 from
2016 to 2019. Each pair that has a flag is listed; of the others there is nothing to list but their
number. With the scene class as a band, and without, as a file that has none would come.
"""

from __future__ import annotations

import itertools
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import h5py
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.change import Parameters, detect  # noqa: E402 - the project is run, not installed
from geo.grid import Grid, Raster  # noqa: E402

FIRST_DAY = datetime(2015, 8, 1, tzinfo=UTC)
"""Day 0 of the cube."""

CLEAR_CODES, CLEAR_SHARE = (4, 5, 6), 0.95
"""Scene classes plants, bare ground and water, and their share of a clear date."""

MOST_DAYS = 30
"""Most days between the two dates of a pair."""

CLEARED = 0.2
"""Fall of the vegetation index by which a clearing is known."""

BANDS = ("B2", "B3", "B4", "B8")
"""Bands of the cube, besides the scene class."""


class Cube:
    """The dates of the cube."""

    def __init__(self, path: Path) -> None:
        """Read it whole: 14 million numbers."""
        with h5py.File(path) as file:
            self.days = file["time"][:]
            self.classes = file["SCL"][:].astype(np.float32)
            values = np.stack([file[name][:] for name in BANDS], axis=1).astype(np.float32)
            west, north = float(file["x"][0]) - 5, float(file["y"][0]) + 5
        self.values = np.where(values == 0, np.float32(np.nan), values)
        self.grid = Grid(
            crs=CRS.from_epsg(3035),
            transform=Affine(10, 0, west, 0, -10, north),
            shape=self.classes.shape[1:],
        )

    def date(self, place: int) -> str:
        """Day of a scene, as ISO writes it."""
        return (FIRST_DAY + timedelta(days=int(self.days[place]))).date().isoformat()

    def raster(self, place: int, *, with_classes: bool) -> Raster:
        """A scene, with or without its classes."""
        values, bands = self.values[place], BANDS
        if with_classes:
            values, bands = np.concatenate([values, self.classes[place][None]]), (*BANDS, "SCL")
        return Raster(grid=self.grid, bands=bands, values=values)

    def clear_dates(self) -> list[int]:
        """Places of the clear scenes."""
        share = np.isin(self.classes, CLEAR_CODES).mean(axis=(1, 2))
        return [int(place) for place in np.flatnonzero(share >= CLEAR_SHARE)]

    def clearings(self, clear: list[int]) -> NDArray[np.bool_]:
        """Cells that lost their plants."""
        summers = []
        for year in ("2016", "2019"):
            scenes = [
                self.values[place]
                for place in clear
                if self.date(place)[:4] == year and self.date(place)[5:7] in "06 07 08"
            ]
            indices = [(near - red) / (near + red) for _, _, red, near in scenes]
            summers.append(np.nanmedian(indices, axis=0))
        cleared: NDArray[np.bool_] = summers[0] - summers[1] > CLEARED
        return cleared


def main() -> None:
    """Print the pairs that have a flag, and the shares over all pairs."""
    folder = PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data")
    cube = Cube(folder.resolve() / "change" / "s2_series" / "sentinel2_cube_subset_romania_10m.nc")
    clear = cube.clear_dates()
    elsewhere = ~cube.clearings(clear)
    pairs = [
        (one, other)
        for one, other in itertools.combinations(clear, 2)
        if 0 < cube.days[other] - cube.days[one] <= MOST_DAYS
    ]
    cleared = 100 * (~elsewhere).mean()
    print(f"{len(clear)} clear dates, {len(pairs)} pairs; clearings: {cleared:.1f} %")
    summary = []
    print("\n| setting | pair | flagged % |\n|---|---|---|")
    for name, classes, fast in (
        ("with SCL", True, False), ("with SCL, fast", True, True), ("without SCL", False, False),
    ):  # fmt: skip
        shares = np.array([flagged(cube, pair, elsewhere, classes, fast) for pair in pairs])
        for (one, other), share in zip(pairs, shares, strict=True):
            if share:
                print(f"| {name} | {cube.date(one)} to {cube.date(other)} | {100 * share:.3f} |")
        summary.append((name, shares))
    print("\n| setting | flagged %, mean | flagged %, most | empty |\n|---|---|---|---|")
    for name, shares in summary:
        print(
            f"| {name} | {100 * shares.mean():.4f} | {100 * shares.max():.3f} "
            f"| {(shares == 0).sum()} of {shares.size} |"
        )


def flagged(
    cube: Cube, pair: tuple[int, int], elsewhere: NDArray[np.bool_], classes: bool, fast: bool
) -> float:
    """Share of the seen cells outside the clearings that a pair flags."""
    before, after = (cube.raster(place, with_classes=classes) for place in pair)
    mask = detect(before, after, parameters=Parameters(fast=fast)).mask[elsewhere]
    return float((mask == 1).sum() / max((mask != 255).sum(), 1))


if __name__ == "__main__":
    main()
