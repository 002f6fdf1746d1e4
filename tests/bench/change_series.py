"""The watch of many dates on real noise with made-up steps, beside its peers.

Run ``python tests/bench/change_series.py``; ``LAMASSU_TESTDATA`` names the evaluation data. The
noise and the clouds are those of the Sentinel-2 cube of a forest in Romania (100 x 100 cells of
10 m, level 2A, 140 dates). The steps are made up: squares of 2 to 5 cells, 4.5 % of the cells,
whose vegetation index (NDVI) falls by 0.1, 0.2 or 0.3 at a day drawn between March and mid
September of the watched year and stays down; red and near infrared move so that their sum stays.
Left out of all counts are cells that did change, by the medians of their summers: unlike the years
before in the watched year, or unlike each other before. Peers in the same run, at their defaults:
EWMA, CUSUM, MOSUM and IQR of nrt 0.3 on the same NDVI and masks (its CCDC asks for SWIR, which the
cube has not), and COLD of pyxccd 1.1 on the same bands; a peer that is not installed says so.

What was looked at on these data while the engine was made: the years 2019 and 2020, seed 1. The
year 2018 and the other seeds were not.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from scipy import ndimage

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.change.series import (  # noqa: E402 - run, not installed
    Bands,
    Observation,
    SeriesParameters,
    SiteMask,
    ground_shown,
    update,
)
from geo.grid import Grid, Raster  # noqa: E402

CUBE = "change/s2_series/sentinel2_cube_subset_romania_10m.nc"
NAMES = ("B02", "B03", "B04", "B08")
GRID = Grid(
    crs=CRS.from_epsg(3035), transform=Affine(10, 0, 5_260_000, 0, -10, 2_510_000), shape=(100, 100)
)
SHARE, STEPS, SUMMER = 0.045, (0.0, -0.1, -0.2, -0.3), (5, 6, 7, 8, 9)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cube:
    """The scenes with at least 30 % clear cells."""

    days: NDArray[np.datetime64]
    """Shape (scenes,)."""
    values: NDArray[np.float32]
    """Shape (scenes, 4, rows, columns)."""
    clear: NDArray[np.bool_]
    """Shape (scenes, rows, columns)."""

    @property
    def years(self) -> NDArray[np.int64]:
        """Year of each scene."""
        return self.days.astype("datetime64[Y]").astype(np.int64) + 1970

    @property
    def ndvi(self) -> NDArray[np.float32]:
        """Vegetation index, NaN where not clear."""
        red, near = self.values[:, 2], self.values[:, 3]
        return np.where(self.clear, (near - red) / (near + red), np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """When each cell was raised: number of the scene of the watched year, -1 for never."""

    raised: NDArray[np.int64]
    note: str = ""


Monitor = Callable[[Cube, int], Result]
"""Watches a year of a cube by what came before."""


def main() -> None:
    """Print the table of monitors, and the one of the engine on all years."""
    warnings.simplefilter("ignore")
    folder = PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data")
    cube = read_cube((folder / CUBE).resolve())
    monitors: dict[str, Monitor] = {"engine": engine} | peers()
    head = "| monitor | false alarms, no step | F1 -0.1 | F1 -0.2 | F1 -0.3 | recall -0.2 | "
    print(f"Watched year 2019, seed 1\n\n{head}median lag -0.2, days | CPU s a run |")
    print("|---|---|---|---|---|---|---|---|")
    for name, monitor in monitors.items():
        print(f"| {name} | {row(cube, monitor, 2019, 1)} |", flush=True)
    print("\nThe engine on other years and seeds\n")
    print(f"{head}median lag -0.2, days | CPU s a run |\n|---|---|---|---|---|---|---|---|")
    for year, seed in ((2018, 1), (2018, 2), (2019, 2), (2019, 3), (2020, 1), (2020, 2)):
        print(f"| {year}, seed {seed} | {row(cube, engine, year, seed)} |", flush=True)


def row(cube: Cube, monitor: Monitor, year: int, seed: int) -> str:
    """The figures of a monitor on a year."""
    changed = really_changed(cube, year)
    until = cube.years <= year
    known = Cube(days=cube.days[until], values=cube.values[until], clear=cube.clear[until])
    stepped, onset = planted(changed, year, seed)
    told, seconds = [], []
    for step in STEPS:
        start = time.process_time()
        try:
            result = monitor(with_step(known, stepped, onset, step), year)
        except ImportError:
            return "peer not installed | | | | | |"
        seconds.append(time.process_time() - start)
        told.append(measured(result, known.days[known.years == year], stepped, changed, onset))
    false = told[0]["false"]
    scores = " | ".join(f"{one['f1']:.2f}" for one in told[1:])
    middle = told[2]
    return (
        f"{false:.2%} | {scores} | {middle['recall']:.2f} | {middle['lag']:.0f} | "
        f"{np.mean(seconds):.1f}"
    )


def measured(
    result: Result,
    days: NDArray[np.datetime64],
    stepped: NDArray[np.bool_],
    changed: NDArray[np.bool_],
    onset: NDArray[np.datetime64],
) -> dict[str, float]:
    """Share of false alarms, F1, recall, and the median days from a step to its alarm."""
    hit = result.raised >= 0
    true, false = (hit & stepped).sum(), (hit & ~stepped & ~changed).sum()
    missed = (~hit & stepped).sum()
    lag = (days[result.raised] - onset)[hit & stepped].astype(float)
    return {
        "false": false / max((~stepped & ~changed).sum(), 1),
        "f1": 2 * true / max(2 * true + false + missed, 1),
        "recall": true / max(true + missed, 1),
        "lag": float(np.median(lag)) if len(lag) else float("nan"),
    }


def read_cube(path: Path) -> Cube:
    """The cube by its own mask of scene classes."""
    import h5netcdf

    with h5netcdf.File(path) as file:
        days = np.datetime64("2015-08-01") + file["time"][:].astype("timedelta64[D]")
        layers = [file[name][:].astype(np.float32) for name in ("B2", "B3", "B4", "B8", "SCL")]
    values = np.stack(layers, axis=1)
    values[values == 0] = np.nan
    clear = np.stack(
        [ground_shown(Raster(grid=GRID, bands=(*NAMES, "SCL"), values=scene)) for scene in values]
    )
    kept = clear.mean(axis=(1, 2)) >= 0.3
    return Cube(days=days[kept], values=values[kept, :4], clear=clear[kept])


def really_changed(cube: Cube, year: int) -> NDArray[np.bool_]:
    """Cells whose summers differ by more than 0.1 that year, or by more than 0.15 before it."""
    months = cube.days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    summer = np.isin(months, SUMMER)
    ndvi, years = cube.ndvi, cube.years
    levels = [np.nanmedian(ndvi[summer & (years == one)], axis=0) for one in range(2016, year)]
    before = np.nanmedian(ndvi[summer & (years < year)], axis=0)
    now = np.nanmedian(ndvi[summer & (years == year)], axis=0)
    changed = (np.abs(now - before) > 0.1) | (np.ptp(levels, axis=0) > 0.15)
    return ndimage.binary_dilation(changed)


def planted(
    changed: NDArray[np.bool_], year: int, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.datetime64]]:
    """Squares on cells that did not change, three cells apart, and the day of each."""
    rng = np.random.default_rng(seed)
    stepped = np.zeros(changed.shape, dtype=bool)
    onset = np.full(changed.shape, np.datetime64(f"{year + 9}-01-01"))
    while stepped.mean() < SHARE:
        side = int(rng.integers(2, 6))
        top, left = (int(rng.integers(0, size - side)) for size in changed.shape)
        square = np.s_[top : top + side, left : left + side]
        near = np.s_[max(top - 3, 0) : top + side + 3, max(left - 3, 0) : left + side + 3]
        if changed[square].any() or stepped[near].any():
            continue
        stepped[square] = True
        onset[square] = np.datetime64(f"{year}-03-01") + int(rng.integers(0, 200))
    return stepped, onset


def with_step(
    cube: Cube, stepped: NDArray[np.bool_], onset: NDArray[np.datetime64], step: float
) -> Cube:
    """The cube with the vegetation index of the squares moved from their day on."""
    values = cube.values.copy()
    red, near = values[:, 2], values[:, 3]
    moved = stepped & (cube.days[:, np.newaxis, np.newaxis] >= onset)
    total = red + near
    ndvi = (near - red) / total + step
    values[:, 2] = np.where(moved, total * (1 - ndvi) / 2, red)
    values[:, 3] = np.where(moved, total * (1 + ndvi) / 2, near)
    return Cube(days=cube.days, values=values, clear=cube.clear)


def engine(cube: Cube, year: int) -> Result:
    """The watch, with all cells watched and all of them as surroundings."""
    every = np.ones(GRID.shape, dtype=bool)
    site = SiteMask(site_id="bench", grid=GRID, inside=every, ring=every, footprint=every)
    watch = update(
        None,
        [
            Observation(
                taken_at=dt.datetime.combine(day.item(), dt.time(9), dt.UTC),
                scene_id=str(day),
                sensor="Sentinel-2",
                bands=Bands(names=NAMES),
                values=values,
                clear=clear,
            )
            for day, values, clear in zip(cube.days, cube.values, cube.clear, strict=True)
        ],
        site=site,
        parameters=SeriesParameters(watch_from=dt.date(year, 1, 1)),
    )
    raised = np.full(every.size, -1)
    first = int((cube.years < year).sum())
    for change in watch.course.changes:
        raised[change.cells] = change.raised - first
    return Result(raised=raised.reshape(GRID.shape))


def peers() -> dict[str, Monitor]:
    """Published monitors at their defaults."""
    return {
        "nrt EWMA": nrt("EWMA", "ewma"),
        "nrt CUSUM": nrt("CuSum", "cusum"),
        "nrt MOSUM": nrt("MoSum", "mosum"),
        "nrt IQR": nrt("IQR", "iqr"),
        "pyxccd COLD": cold,
    }


def nrt(name: str, module: str) -> Monitor:
    """A monitor of nrt on NDVI, with two harmonics and no trend where it can be told so."""

    def monitor(cube: Cube, year: int) -> Result:
        from importlib import import_module

        import pandas as pd
        import xarray as xr

        kind = getattr(import_module(f"nrt.monitor.{module}"), name)
        data = xr.DataArray(
            cube.ndvi,
            dims=("time", "y", "x"),
            coords={"time": pd.to_datetime(cube.days), "y": np.arange(100), "x": np.arange(100)},
        )
        past = cube.years < year
        with quiet():
            watcher = kind(trend=False, harmonic_order=2)
            watcher.fit(dataarray=data[past], method="OLS")
            raised = np.full(GRID.shape, -1)
            for number, scene in enumerate(np.flatnonzero(~past)):
                watcher.monitor(array=data.values[scene], date=data.time.values[scene].astype(
                    "datetime64[s]").item())  # fmt: skip
                raised[(raised < 0) & (watcher.mask == 3)] = number
        return Result(raised=raised)

    return monitor


def cold(cube: Cube, year: int) -> Result:
    """COLD on the four bands; the missing ones repeat the near infrared, its clear code is 0."""
    from pyxccd import cold_detect

    ordinal = np.array([day.item().toordinal() for day in cube.days], dtype=np.int64)
    past = cube.years < year
    raised = np.full(GRID.shape, -1)
    for r, c in np.ndindex(GRID.shape):
        values = np.nan_to_num(cube.values[:, :, r, c]).astype(np.int64)
        quality = np.where(cube.clear[:, r, c], 0, 4).astype(np.int64)
        blue, green, red, near = values.T
        filler = np.zeros_like(near)
        try:
            segments = cold_detect(
                ordinal, blue, green, red, near, near, near, filler, quality, p_cg=0.99
            )
        except RuntimeError:
            continue
        breaks = [one["t_break"] for one in segments if one["change_prob"] == 100]
        inside = [b for b in breaks if b >= ordinal[~past][0]]
        if inside:
            # A break is dated to its first anomaly; it is known with the sixth clear date.
            clear = np.flatnonzero(cube.clear[:, r, c] & (ordinal >= inside[0]))
            raised[r, c] = clear[min(5, len(clear) - 1)] - past.sum()
    return Result(raised=raised)


@contextmanager
def quiet() -> Iterator[None]:
    """Without what peers print."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device
        old, sys.stdout = sys.stdout, nowhere
        try:
            yield
        finally:
            sys.stdout = old


if __name__ == "__main__":
    main()
