"""What the decision over flags is worth: placebo p values, false discoveries, learned order.

Run ``python tests/bench/change_judging.py [romania] [discoveries] [learning] [hints]``; all of them
without a word. ``LAMASSU_TESTDATA`` names the evaluation data. Nothing was fitted to the figures
that are printed: the constants of `geo.change.judging` were set by judgement before, but for those
of the hints, which were looked at on four of the cities.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import h5netcdf
import numpy as np
import pandas as pd
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.features import geometry_mask
from scipy import ndimage

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.change import Parameters, detect, flagged_polygons  # noqa: E402 - the project is run, not installed
from geo.change.judging import (  # noqa: E402
    Placebos,
    benjamini_hochberg,
    features_of,
    held_back,
    hint_of,
    q_in_families,
    quiet_pairs,
    strength_of,
    weighed,
)
from geo.grid import WGS84, Grid, Raster, reproject  # noqa: E402
from geo.sources.rasters.raster import read_raster  # noqa: E402

DATA = (PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data")).resolve() / "change"
CITIES = ("abudhabi", "bercy", "bordeaux", "mumbai", "nantes", "paris", "rennes")
LOOKED_AT = CITIES[:4]
"""Cities on whose flags the rules of the hints were looked at."""

TARGETS = (0.1, 0.2)
"""Rates of false alarms that are promised."""

SOIL_SHARES = (0.15, 0.3, 0.6)
"""Share of the planted patch that turns into bare soil."""

SOIL_DN = np.array([1200, 1500, 1900, 2700], dtype=np.float32)
"""Made-up reflectance of dry, bare soil in B02, B03, B04 and B08, times 10,000."""

DETECTORS = {
    "as shipped": Parameters(),
    "talkative (green cells too, any share)": Parameters(max_greenness=1.0, min_share=0.0),
}
"""The detector, and one that was made to raise alerts, so that p values have something to hold."""

Pair = tuple[date, date]


ACCEPTED_FROM = 0.3
"""Share of a flag that must be labelled as change."""

CELL_M2 = 100.0
"""Area of a cell of the Romania cube."""

PATCH = (slice(46, 52), slice(40, 46))
"""Six by six cells of the Romania cube, away from the clearings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """The clear dates of the Romania cube."""

    scenes: dict[date, Raster]
    cleared: NDArray[np.bool_]
    """Cells of real clearings, grown by two, which count for nothing."""


def main(parts: Sequence[str]) -> None:
    """Print the tables."""
    for name, part in (
        ("romania", print_romania),
        ("discoveries", print_discoveries),
        ("learning", print_learning),
        ("hints", print_hints),
    ):
        if not parts or name in parts:
            start = time.process_time()
            part()
            print(f"\n{name}: {time.process_time() - start:.0f} CPU s\n")


def romania() -> Cube:
    """Dates with at most 5 % of cloud, and where the forest was cut."""
    path = DATA / "s2_series" / "sentinel2_cube_subset_romania_10m.nc"
    with h5netcdf.File(path) as file:
        x, y = file["x"][:], file["y"][:]
        crs = CRS.from_wkt(file["spatial_ref"].attrs["spatial_ref"])
        days = [date(2015, 8, 1) + timedelta(days=int(day)) for day in file["time"][:]]
        codes = file["SCL"][:]
        bands = {name: file[name][:].astype(np.float32) for name in ("B2", "B3", "B4", "B8")}
    step_x, step_y = x[1] - x[0], y[1] - y[0]
    grid = Grid(
        crs=crs,
        transform=Affine(step_x, 0, x[0] - step_x / 2, 0, step_y, y[0] - step_y / 2),
        shape=(len(y), len(x)),
    )
    clear = np.isin(codes, (4, 5, 6, 7))
    scenes = {}
    for number, day in enumerate(days):
        if clear[number].mean() >= 0.95:
            values = np.stack([bands[name][number] for name in bands])
            values[:, ~clear[number]] = np.nan
            scenes[day] = Raster(grid=grid, bands=("B02", "B03", "B04", "B08"), values=values)
    return Cube(scenes=scenes, cleared=_cleared(scenes))


def _cleared(scenes: dict[date, Raster]) -> NDArray[np.bool_]:
    """Cells whose summer vegetation index fell by more than 0.2 between 2016 and 2019."""

    def summer(year: int) -> NDArray[np.float32]:
        taken = [s.values for day, s in scenes.items() if day.year == year and 6 <= day.month <= 8]
        red, near = np.nanmedian([one[2:] for one in taken], axis=0)
        return (near - red) / (near + red)

    fell: NDArray[np.bool_] = summer(2016) - summer(2019) > 0.2
    return ndimage.binary_dilation(fell, iterations=2)


def print_romania() -> None:
    """Quiet pairs judged by those before them, without and with a planted patch."""
    cube = romania()
    days = sorted(cube.scenes)
    asked = [
        pair
        for pair in itertools.combinations(days, 2)
        if 15 <= (pair[1] - pair[0]).days <= 60 and pair[0] >= date(2017, 9, 1)
    ]
    asked = asked[:: max(len(asked) // 40, 1)]
    print(
        f"### Romania cube: {len(days)} clear dates; quiet pairs of 15 to 60 days and the same "
        "with a patch of 36 cells that turns into bare soil, each judged by 20 earlier pairs\n"
    )
    print("| detector | what | pairs | raises any alert | p <= .1 | p <= .2 |")
    print("|---|---|---|---|---|---|")
    for name, parameters in DETECTORS.items():
        table = pd.DataFrame(_judged_pairs(cube, asked, parameters))
        for what in ("nothing", *SOIL_SHARES):
            p = table[what]
            shares = " | ".join(f"{(p <= target).mean():.3f}" for target in TARGETS)
            told = what if what == "nothing" else f"{what:.0%} soil"
            print(f"| {name} | {told} | {len(p)} | {p.notna().mean():.3f} | {shares} |")


def _judged_pairs(
    cube: Cube, asked: Sequence[Pair], parameters: Parameters
) -> list[dict[str | float, float]]:
    """The p value of each pair's strongest flag, NaN without one, by what was planted."""
    known: dict[Pair, float] = {}

    def strongest(pair: Pair) -> float:
        if pair not in known:
            before, after = (cube.scenes[day] for day in pair)
            known[pair] = max(strengths(cube, before, after, parameters), default=0.0)
        return known[pair]

    rows = []
    for pair in asked:
        runs = quiet_pairs(cube.scenes, like=pair, most=20)
        if len(runs) < 9:
            continue
        past = Placebos(pairs=runs, strongest=tuple(strongest(one) for one in runs))
        found = {share: planted(cube, pair, share, parameters) for share in SOIL_SHARES}
        told = {"nothing": strongest(pair), **found}
        rows.append({what: past.p([one])[0] if one else np.nan for what, one in told.items()})
    return rows


def strengths(
    cube: Cube,
    before: Raster,
    after: Raster,
    parameters: Parameters,
    *,
    only: tuple[slice, slice] | None = None,
) -> list[float]:
    """Strength of each flag outside the clearings, or of those that touch the cells `only`."""
    found = detect(before, after, parameters=parameters)
    labels, count = ndimage.label(found.mask == 1)
    left_out = set(np.unique(labels[cube.cleared])) if only is None else set()
    wanted = set(range(1, count + 1)) if only is None else set(np.unique(labels[only])) - {0}
    flags = sorted(wanted - left_out)
    cells = np.bincount(labels.ravel(), minlength=count + 1)[flags]
    change = ndimage.mean(found.brightness_change, labels, flags) if flags else []
    return [float(one) for one in strength_of(cells * CELL_M2, change)]


def planted(cube: Cube, pair: Pair, share: float, parameters: Parameters) -> float:
    """Strength of the strongest flag on a patch of which a share turns into bare soil."""
    before, after = (cube.scenes[day] for day in pair)
    values = after.values.copy()
    values[:, *PATCH] = (1 - share) * values[:, *PATCH] + share * SOIL_DN[:, None, None]
    dug = Raster(grid=after.grid, bands=after.bands, values=values)
    return max(strengths(cube, before, dug, parameters, only=PATCH), default=0.0)


def print_discoveries() -> None:
    """The share of false discoveries among alerts that share their site's placebo runs."""
    draws = np.random.default_rng(0)
    print(
        "### False discoveries (simulated): 50 detections of 4 alerts, one in 5 with a real one\n"
    )
    print("| placebo runs | asked | over detections: false | found | over alerts: false | found |")
    print("|---|---|---|---|---|---|")
    for runs, asked in itertools.product((19, 29, 99), (0.1, 0.2)):
        told = []
        for method in (q_in_families, lambda p, _families: benjamini_hochberg(p)):
            shares = [_discovered(draws, runs, asked, method) for _ in range(400)]
            told += [f"{share:.3f}" for share in np.mean(shares, axis=0)]
        print(f"| {runs} | {asked} | {' | '.join(told)} |")


def _discovered(
    draws: np.random.Generator, runs: int, asked: float, method: Callable[..., NDArray[np.float64]]
) -> tuple[float, float]:
    """Share of false ones among what is found, and of real ones that are found."""
    p, real = [], []
    for site in range(50):
        noise = draws.gamma(2.0, size=(runs, 4)).max(axis=1)
        alerts = draws.gamma(2.0, size=4)
        truth = np.zeros(4, dtype=bool)
        if site % 5 == 0:
            alerts[0] += 15
            truth[0] = True
        p += [(1 + (noise >= alert).sum()) / (1 + runs) for alert in alerts]
        real += list(truth)
    found = method(p, np.repeat(np.arange(50), 4).tolist()) <= asked
    truth = np.array(real)
    return float((found & ~truth).sum() / max(found.sum(), 1)), float(found[truth].mean())


def print_learning() -> None:
    """Learned order of the flags of seven cities, judged by the labels, held back by city."""
    flags = city_flags()
    accepted = (flags["true"] >= ACCEPTED_FROM).tolist()
    print("### Re-ranker on OSCD: a flag counts as accepted if 30 % of it is labelled as change\n")
    print("| order by | flags | accepted | AP plain | AP learned | gain, 90 % | first 20 |")
    print("|---|---|---|---|---|---|---|")
    for name in ("priority", "score", "strength"):
        plain = flags.assign(priority=flags[name] if name != "priority" else flags["priority"])
        effect = held_back(plain, accepted, first=20)
        print(f"| {name} | {effect.judged} | {effect.accepted} | {effect.before:.3f} | "
              f"{effect.after:.3f} | {effect.low:+.3f} to {effect.high:+.3f} | "
              f"{effect.accepted_first_before} -> {effect.accepted_first_after} |")  # fmt: skip


def print_hints() -> None:
    """Which hints the flags of each city get, and how many of them are labelled change."""
    flags = city_flags()
    hints = sorted(set(flags["hint"]))
    print("### Hints on OSCD flags: number (share labelled as change)\n")
    print(f"| cities | {' | '.join(hint or 'none' for hint in hints)} |")
    print("|---" * (len(hints) + 1) + "|")
    looked = flags["site_id"].isin(LOOKED_AT)
    for name, part in (("looked at", flags[looked]), ("apart", flags[~looked])):
        told = [part[part["hint"] == hint]["true"] >= ACCEPTED_FROM for hint in hints]
        cells = [f"{len(one)} ({one.mean():.2f})" if len(one) else "0" for one in told]
        print(f"| {name} | {' | '.join(cells)} |")


@cache
def city_flags() -> pd.DataFrame:
    """The flags of the seven cities with what the judging part measures on them."""
    rows = []
    for city in CITIES:
        folder = DATA / "oscd" / city
        before = read_raster([folder / "t1_10m.tif", folder / "t1_20m.tif"])
        after = read_raster([folder / "t2_10m.tif", folder / "t2_20m.tif"], onto=before.grid)
        changed = read_raster([folder / "change.tif"]).values[0] == 1
        found = detect(before, after)
        flags = flagged_polygons(found)
        for number, (flag, measured) in enumerate(
            zip(flags.itertuples(), features_of(found, flags, before, after), strict=True)
        ):
            inside = ~geometry_mask(
                [reproject(flag.geometry, WGS84, found.grid.crs)],
                out_shape=found.grid.shape,
                transform=found.grid.transform,
            )
            rows.append(
                {
                    "dataset_id": "oscd", "id": f"{city}-{number:03d}", "site_id": city,
                    "detection_id": city, "method": "pair", "status": "first", "sensors": "S2",
                    "persistence": 1, "p": np.nan, "placebo_rate": np.nan,
                    "place_m": 0.0, "agreeing": 0,
                    "date_to": pd.NaT, "score": flag.score, "area_m2": flag.area_m2,
                    "features": json.dumps(measured), "hint": hint_of(measured),
                    "strength": float(strength_of(flag.area_m2, flag.brightness_change)),
                    "true": float(changed[inside].mean()) if inside.any() else 0.0,
                }
            )  # fmt: skip
    flags = pd.DataFrame(rows)
    return flags.assign(priority=weighed(flags).priority)


if __name__ == "__main__":
    main(sys.argv[1:])
