"""The radar engine on made speckle, beside its plainest peers.

Run ``python tests/bench/change_sar.py``. No radar picture with a truth and a licence to use it is
at hand, so everything here is SIMULATED: ground of even fields, towns and water, backscatter in
decibels, gamma speckle of 4.4 looks, joined over neighbouring cells where the table says so. Peers
in the same run: the log ratio smoothed by a Gaussian of sigma 1 at Otsu's threshold, and the mean
ratio of 3 x 3 cells at Otsu's threshold; for stacks, the t test as published (PWTT) above 3.3. The
sigma of the smoothing (pairs 1.5, stacks 1.0) and the level to which a flag grows (2.5 standard
deviations) were chosen on these tables; looks, filter and the chance of a seed were not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from scipy import ndimage
from skimage.filters import threshold_otsu

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.change.sar import (  # noqa: E402 - the project is run, not installed
    RadarScene,
    RadarStack,
    change_points,
    compare_pair,
    compare_stack,
    omnibus_p,
)
from geo.grid import Grid, Raster  # noqa: E402

LOOKS = 4.4
SIDE = 400
GRID = Grid(
    crs=CRS.from_epsg(32638),
    transform=Affine(10, 0, 287_000, 0, -10, 3_940_000),
    shape=(SIDE, SIDE),
)
PWTT_THRESHOLD = 3.3
"""Recommended by Ballinger (2025)."""

Field = NDArray[np.float64]


def main() -> None:
    """Print the tables of sizes, of pairs and of stacks."""
    print("All radar pictures of these tables are SIMULATED.\n")
    print_sizes()
    print_dating()
    print_pairs()
    print_stacks()


def speckle(rng: np.random.Generator, shape: tuple[int, ...], *, correlated: bool) -> Field:
    """Gamma speckle of `LOOKS` looks and mean 1; neighbours share a part of it if correlated."""
    if not correlated:
        return rng.gamma(LOOKS, 1 / LOOKS, shape)
    # Sigma 0.6 leaves a correlation of about .5 between the amplitudes of neighbours, as in
    # resampled products; the sum of four fields has four looks.
    fields = rng.standard_normal((4, *shape)) + 1j * rng.standard_normal((4, *shape))
    total = np.zeros(shape)
    for part in fields:
        amplitude = ndimage.gaussian_filter(part.real, 0.6), ndimage.gaussian_filter(part.imag, 0.6)
        power = np.square(amplitude[0]) + np.square(amplitude[1])
        total += power / power.mean()
    return total / len(fields)


def ground_db(rng: np.random.Generator) -> Field:
    """Backscatter of VV: fields, a town, water."""
    fields = ndimage.gaussian_filter(rng.standard_normal((SIDE, SIDE)), 12)
    level = -11 + 2 * np.digitize(fields / fields.std(), [-1, 0, 1])
    town = ndimage.gaussian_filter(rng.standard_normal((SIDE, SIDE)), 25)
    level = level + np.where(town > 1.3 * town.std(), rng.exponential(4, (SIDE, SIDE)), 0)
    water = ndimage.gaussian_filter(rng.standard_normal((SIDE, SIDE)), 30)
    return np.where(water > 1.6 * water.std(), -20, level)


def blobs(rng: np.random.Generator, share: float, size_px: float) -> NDArray[np.bool_]:
    """About that share of the cells in patches of about that size."""
    if not share:
        return np.zeros((SIDE, SIDE), dtype=bool)
    field = ndimage.gaussian_filter(rng.standard_normal((SIDE, SIDE)), size_px)
    return np.asarray(field > np.quantile(field, 1 - share))


def print_sizes() -> None:
    """Share of unchanged cells below the level, of a million cells each."""
    print("| omnibus test: looks | dates | channels | size at 5 % | at 1 % | at 0.1 % |")
    print("|---|---|---|---|---|---|")
    for looks in (1.0, 4.4, 10.0):
        for dates in (2, 6, 24):
            for channels in (1, 2):
                rng = np.random.default_rng(dates + channels)
                draws = (
                    rng.gamma(looks, 1 / looks, (dates, channels, 100, 1000)) for _ in range(10)
                )
                p = np.stack([omnibus_p(one.astype(np.float32), looks=looks) for one in draws])
                sizes = [100 * float((p < level).mean()) for level in (0.05, 0.01, 0.001)]
                print(
                    f"| {looks:g} | {dates} | {channels} | {sizes[0]:.2f} % | {sizes[1]:.3f} % "
                    f"| {sizes[2]:.4f} % |"
                )


def print_dating() -> None:
    """How often the sequence of tests dates a step right."""
    print("\n| step of 12 dates at the 7th | found | dated right | dated, nothing changed |")
    print("|---|---|---|---|")
    for step_db in (2.0, 3.0, 5.0):
        rng = np.random.default_rng(5)
        power = rng.gamma(LOOKS, 1 / LOOKS, (12, 2, 200, 200))
        still = change_points(power.astype(np.float32), looks=LOOKS, alpha=0.01)
        power[6:] *= 10 ** (step_db / 10)
        found = change_points(power.astype(np.float32), looks=LOOKS, alpha=0.01)
        print(
            f"| {step_db:g} dB | {(found.count > 0).mean():.1%} | {(found.first == 6).mean():.1%} "
            f"| {(still.count > 0).mean():.1%} |"
        )


def pairs(
    seed: int, share: float, step_db: float, *, correlated: bool
) -> tuple[Raster, Raster, NDArray[np.bool_]]:
    """Two simulated dates of VV and VH, and where they differ."""
    rng = np.random.default_rng(seed)
    level = ground_db(rng)
    changed = blobs(rng, share, 4)
    sign = np.where(blobs(rng, 0.5, 20), 1, -1)
    later = level + changed * sign * step_db + 1.0  # the whole later scene is 1 dB brighter
    dates = []
    for ground in (level, later):
        power = [
            10 ** ((ground - drop) / 10) * speckle(rng, ground.shape, correlated=correlated)
            for drop in (0, 7)
        ]
        values = (10 * np.log10(np.stack(power))).astype(np.float32)
        dates.append(Raster(grid=GRID, bands=("VV", "VH"), values=values))
    return dates[0], dates[1], changed


def peers(before: Raster, after: Raster) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Flags of the log ratio and the mean ratio of VV at Otsu's threshold."""
    power = [10 ** (date.values[0].astype(np.float64) / 10) for date in (before, after)]
    ratio = np.abs(ndimage.gaussian_filter(np.log(power[1] / power[0]), 1))
    yield "log ratio, Otsu", ratio > threshold_otsu(ratio)
    old, new = (ndimage.uniform_filter(layer, 3) for layer in power)
    mean_ratio = 1 - np.minimum(old / new, new / old)
    yield "mean ratio, Otsu", mean_ratio > threshold_otsu(mean_ratio)


def kappa(flagged: NDArray[np.bool_], changed: NDArray[np.bool_]) -> float:
    """Cohen's kappa; NaN where nothing changed."""
    agree = float((flagged == changed).mean())
    p, q = float(flagged.mean()), float(changed.mean())
    by_chance = p * q + (1 - p) * (1 - q)
    return (agree - by_chance) / (1 - by_chance) if q else float("nan")


def print_pairs() -> None:
    """One line a kind of pair and method: mean over three scenes."""
    print("\n| pair: changed | step | speckle | method | kappa | flagged % | false % |")
    print("|---|---|---|---|---|---|---|")
    for correlated in (False, True):
        for share in (0.0, 0.001, 0.01, 0.05, 0.15):
            for step_db in (3.0, 5.0, 10.0) if share else (0.0,):
                rows: dict[str, list[tuple[float, float, float]]] = {}
                for seed in range(3):
                    before, after, changed = pairs(seed, share, step_db, correlated=correlated)
                    engine = compare_pair(before, after).mask == 1
                    for name, flagged in (("engine", engine), *peers(before, after)):
                        rows.setdefault(name, []).append(
                            (
                                kappa(flagged, changed),
                                100 * float(flagged.mean()),
                                100 * float((flagged & ~changed).mean()),
                            )
                        )
                for name, values in rows.items():
                    mean = np.mean(values, axis=0)
                    agreement = f"{mean[0]:.3f}" if share else "-"
                    print(
                        f"| {share:.1%} | {step_db:g} dB | {'joined' if correlated else 'free'} "
                        f"| {name} | {agreement} | {mean[1]:.2f} | {mean[2]:.3f} |"
                    )


def stack_of(
    seed: int, step_db: float, *, past: int, present: int
) -> tuple[RadarStack, NDArray[np.bool_]]:
    """A simulated stack of two orbits, every 12 days, whose fields swing by 1.5 dB a year."""
    rng = np.random.default_rng(seed)
    level, changed = ground_db(rng), blobs(rng, 0.01, 3)
    swing = ndimage.gaussian_filter(rng.standard_normal((SIDE, SIDE)), 15)
    swing *= 1.5 / swing.std()
    start = datetime(2016, 1, 4, tzinfo=UTC)
    scenes = []
    for number in range(past + present):
        for orbit, days in (("ascending 72", 0), ("descending 6", 5)):
            day = start + timedelta(days=12 * number + days)
            season = np.sin(2 * np.pi * day.timetuple().tm_yday / 365.25)
            rain = rng.normal(0, 0.5)
            ground = level + season * swing + rain + (number >= past) * changed * step_db
            power = [
                10 ** ((ground - drop) / 10) * speckle(rng, ground.shape, correlated=True)
                for drop in (0, 7)
            ]
            scenes.append(
                RadarScene(
                    taken_at=day,
                    scene_id=f"{orbit} {number}",
                    orbit=orbit,
                    power=np.stack(power).astype(np.float32),
                )
            )
    return RadarStack(grid=GRID, polarisations=("VV", "VH"), scenes=tuple(scenes)), changed


def auc(score: NDArray[np.float32], changed: NDArray[np.bool_]) -> float:
    """Probability that a changed cell scores higher than another."""
    places = score.ravel().argsort().argsort()[changed.ravel()]
    return float((places.mean() - (places.size - 1) / 2) / (~changed).sum())


def print_stacks() -> None:
    """Kappa and false alarms of the t test, and how well flags are dated."""
    print(
        "\n| stack: past + present | step | kappa | found % | false % | AUC | dated right "
        "| kappa, PWTT | AUC, PWTT |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for past, present in ((30, 4), (8, 2), (3, 1)):
        for step_db in (0.0, -2.0, -3.0, 3.0):
            stack, changed = stack_of(1, step_db, past=past, present=present)
            event = datetime(2016, 1, 4, tzinfo=UTC) + timedelta(days=12 * past - 3)
            found = compare_stack(stack, event_from=event, event_to=event)
            flagged = found.mask == 1
            if step_db == 0:
                changed = np.zeros_like(changed)
            plain = ndimage.gaussian_filter(found.unpooled, 1)
            hit = flagged & changed
            last, first = found.between[:, hit] if found.between is not None else (0, 0)
            right = (last < 2 * past) & (first >= 2 * past - 1)
            told = (
                f"{kappa(flagged, changed):.3f} | {100 * hit.sum() / changed.sum():.0f} "
                f"| {100 * (flagged & ~changed).mean():.3f} | {auc(found.score, changed):.3f} "
                f"| {f'{right.mean():.0%}' if hit.any() else '-'} "
                f"| {kappa(plain > PWTT_THRESHOLD, changed):.3f} | {auc(plain, changed):.3f}"
                if step_db
                else f"- | - | {100 * flagged.mean():.3f} | - | - | - | -"
            )
            print(f"| {past} + {present} an orbit | {step_db:g} dB | {told} |")


if __name__ == "__main__":
    main()
