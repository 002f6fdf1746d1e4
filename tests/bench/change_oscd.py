"""The change engine on labelled Sentinel-2 pairs (OSCD), beside its plainest peers.

Run ``python tests/bench/change_oscd.py``; ``LAMASSU_TESTDATA`` names the evaluation data. Scores
are pooled by rank: each city's score is replaced by its rank within the city. Four cities were
looked at when constants were chosen (`LOOKED_AT`); the others are told apart. Peers in the same
run, on the dates as they lie, Gaussian sigma 2 on the score: z-scored change vector analysis (CVA)
and multivariate alteration detection (MAD; Nielsen et al. 1998, doi:10.1016/S0034-4257(97)00162-4),
at a budget of 2 % of the cells and at Otsu's threshold, with the engine's least size of a flag.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.linalg import eigh
from scipy.stats import chi2, rankdata
from skimage.filters import threshold_otsu

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.change import Parameters, detect  # noqa: E402 - the project is run, not installed
from geo.grid import Raster  # noqa: E402
from geo.sources.rasters.raster import read_raster  # noqa: E402

BUDGET = 0.02
"""Share of cells that the peer flags."""

LOOKED_AT = ("abudhabi", "bercy", "bordeaux", "mumbai")
"""Cities that constants were chosen on."""

NOISE_DN = 30
"""Standard deviation of the noise on a made pair without change, in units of 1e-4 reflectance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One method on one city."""

    rank: NDArray[np.float64]
    """Rank of each cell's score within the city, 0 to 1; cells without data are lowest."""
    flagged: NDArray[np.bool_]
    """Cells that the method flags."""
    changed: NDArray[np.bool_]
    """Cells that are labelled as changed."""


def main() -> None:
    """Print the tables of cities and of pairs without change."""
    folder = PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data") / "change" / "oscd"
    cities = sorted(path for path in folder.resolve().iterdir() if path.is_dir())
    results: dict[str, dict[str, Result]] = {
        name: {} for name in ("engine", "engine, fast", "engine, not evened")
    }
    seconds = {False: 0.0, True: 0.0}
    cells = 0
    nulls = []
    for city in cities:
        before, after, changed = read_city(city)
        cells += changed.size
        for fast in (False, True):
            start = time.process_time()
            found = detect(before, after, parameters=Parameters(fast=fast))
            seconds[fast] += time.process_time() - start
            name = "engine, fast" if fast else "engine"
            results[name][city.name] = result(found.score, found.mask == 1, changed)
            if not fast:
                at_budget = found.unpooled > np.nanquantile(found.unpooled, 1 - BUDGET)
                results["engine, not evened"][city.name] = result(
                    found.unpooled, large(at_budget), changed
                )
        for name, score in (("CVA", cva(before, after)), ("MAD", mad(before, after))):
            for rule, threshold in (
                ("2 %", np.nanquantile(score, 1 - BUDGET)),
                ("Otsu", threshold_otsu(score[np.isfinite(score)])),
            ):
                flagged = large(score > threshold)
                results.setdefault(f"{name} {rule}", {})[city.name] = result(
                    score, flagged, changed
                )
        nulls += [null_shares(date, seed) for seed, date in enumerate((before, after))]
    print_cities(results)
    print_worst(results)
    print_nulls(nulls)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for fast, name in ((False, "engine"), (True, "engine, fast")):
        print(f"\n{name}: {seconds[fast] / cells * 1e6:.2f} CPU s a megapixel (10 bands)")
    print(f"peak memory of this process: {peak_mb:.0f} MB")


def read_city(city: Path) -> tuple[Raster, Raster, NDArray[np.bool_]]:
    """Both dates on the 10 m grid of the first, and the labelled change."""
    before = read_raster([city / "t1_10m.tif", city / "t1_20m.tif"])
    after = read_raster([city / "t2_10m.tif", city / "t2_20m.tif"], onto=before.grid)
    return before, after, read_raster([city / "change.tif"]).values[0] == 1


def cva(before: Raster, after: Raster) -> NDArray[np.float32]:
    """Length of the change vector between the z-scored bands of both dates, smoothed by sigma 2."""
    dates = [
        (r.values - r.values.mean(axis=(1, 2), keepdims=True))
        / r.values.std(axis=(1, 2), keepdims=True)
        for r in (before, after)
    ]
    length = np.sqrt(np.square(dates[1] - dates[0]).sum(axis=0))
    smooth: NDArray[np.float32] = ndimage.gaussian_filter(length, 2)
    return smooth


def mad(
    before: Raster, after: Raster, *, rounds: int = 1, sigma_px: float = 2
) -> NDArray[np.float32]:
    """Length of the standardised MAD variates, smoothed; of more rounds, reweighted (IR-MAD)."""
    dates = [
        raster.values.reshape(len(raster.bands), -1).astype(np.float64)
        for raster in (before, after)
    ]
    seen = np.isfinite(dates[0]).all(axis=0) & np.isfinite(dates[1]).all(axis=0)
    x, y = (date[:, seen] for date in dates)
    weights = np.ones(x.shape[1])
    for _ in range(rounds):
        weights /= weights.sum()
        dx, dy = x - (x @ weights)[:, None], y - (y @ weights)[:, None]
        xx, yy, xy = (dx * weights) @ dx.T, (dy * weights) @ dy.T, (dx * weights) @ dy.T
        squared, a = eigh(xy @ np.linalg.solve(yy, xy.T), xx)
        correlations = np.sqrt(np.clip(squared, 1e-12, 1 - 1e-9))
        variates = a.T @ dx - (np.linalg.solve(yy, xy.T @ a) / correlations).T @ dy
        squares = np.square(variates / np.sqrt(2 * (1 - correlations))[:, None]).sum(axis=0)
        weights = chi2.sf(squares, len(x)) + 1e-12
    length = np.zeros(seen.size)
    length[seen] = np.sqrt(squares)
    smooth = ndimage.gaussian_filter(length.reshape(before.grid.shape), sigma_px)
    return smooth.astype(np.float32)


def large(flagged: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The flagged cells without groups smaller than the engine's mapping unit."""
    numbers, _ = ndimage.label(flagged)
    keep = np.bincount(numbers.ravel()) >= Parameters().min_cells
    keep[0] = False
    kept: NDArray[np.bool_] = keep[numbers]
    return kept


def result(
    score: NDArray[np.float32], flagged: NDArray[np.bool_], changed: NDArray[np.bool_]
) -> Result:
    """A method's result with ranks in place of scores."""
    known = np.where(np.isnan(score), np.nanmin(score) - 1, score)
    return Result(
        rank=(rankdata(known) / score.size).reshape(score.shape), flagged=flagged, changed=changed
    )


def null_shares(date: Raster, seed: int) -> dict[str, float]:
    """Share that is flagged between a date and itself, under noise and a gain, and moved."""
    rng = np.random.default_rng(seed)
    shares = {}
    for name, gain, shift in (
        ("identical", None, (0.0, 0.0)),
        ("noise, gain 1.05", 1.05, (0.0, 0.0)),
        ("and moved .25, .20", 1.05, (0.25, 0.20)),
        ("and moved .40, -.30", 1.05, (0.40, -0.30)),
        ("and moved 1.30, .60", 1.05, (1.30, 0.60)),
    ):
        values = date.values
        if any(shift):
            values = np.stack([ndimage.shift(b, shift, order=3, mode="reflect") for b in values])
        if gain:
            values = values * gain + rng.normal(0, NOISE_DN, values.shape)
        later = Raster(grid=date.grid, bands=date.bands, values=values.astype(np.float32))
        shares[name] = float((detect(date, later).mask == 1).mean())
    return shares


def auc_ap(rank: NDArray[np.float64], changed: NDArray[np.bool_]) -> tuple[float, float]:
    """Area under the ROC curve, and average precision."""
    order = np.argsort(-rank, kind="stable")
    hits = np.cumsum(changed[order])
    precision = hits / np.arange(1, hits.size + 1)
    positives = hits[-1]
    ranks = rankdata(rank)[changed].sum()
    auc = (ranks - positives * (positives + 1) / 2) / (positives * (hits.size - positives))
    return float(auc), float(precision[changed[order]].sum() / positives)


def precision_recall_f1(
    flagged: NDArray[np.bool_], changed: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean; 0 where nothing is flagged."""
    hits = float((flagged & changed).sum())
    precision, recall = hits / max(flagged.sum(), 1), hits / max(changed.sum(), 1)
    return precision, recall, 2 * hits / max(flagged.sum() + changed.sum(), 1)


def pooled(by_city: dict[str, Result], cities: Sequence[str]) -> Result:
    """Some cities as one."""
    return Result(
        rank=np.concatenate([by_city[city].rank.ravel() for city in cities]),
        flagged=np.concatenate([by_city[city].flagged.ravel() for city in cities]),
        changed=np.concatenate([by_city[city].changed.ravel() for city in cities]),
    )


def print_cities(results: dict[str, dict[str, Result]]) -> None:
    """One line a method and city, and one for all cities pooled, looked at and not."""
    print("| method | city | AUC | AP | P | R | F1 | flagged % | changed % |")
    print("|---|---|---|---|---|---|---|---|---|")
    for method, by_city in results.items():
        apart = [city for city in by_city if city not in LOOKED_AT]
        for name, r in {
            "**all**": pooled(by_city, list(by_city)),
            "**looked at**": pooled(by_city, LOOKED_AT),
            "**apart**": pooled(by_city, apart),
            **by_city,
        }.items():
            auc, ap = auc_ap(r.rank.ravel(), r.changed.ravel())
            precision, recall, f1 = precision_recall_f1(r.flagged, r.changed)
            print(
                f"| {method} | {name} | {auc:.4f} | {ap:.3f} | {precision:.2f} | {recall:.2f} "
                f"| {f1:.3f} | {100 * r.flagged.mean():.2f} | {100 * r.changed.mean():.2f} |"
            )


def print_worst(results: dict[str, dict[str, Result]]) -> None:
    """The city where the engine gains least on plain MAD."""
    gains = {
        city: auc_ap(r.rank.ravel(), r.changed.ravel())[0]
        - auc_ap(peer.rank.ravel(), peer.changed.ravel())[0]
        for (city, r), peer in zip(
            results["engine"].items(), results["MAD 2 %"].values(), strict=True
        )
    }
    city = min(gains, key=lambda name: gains[name])
    print(f"\nleast gain of AUC on plain MAD: {gains[city]:+.3f} ({city})")


def print_nulls(nulls: list[dict[str, float]]) -> None:
    """One line a kind of pair without change."""
    print("\n| pair without change | flagged %, mean | flagged %, most | empty |")
    print("|---|---|---|---|")
    for name in nulls[0]:
        shares = np.array([null[name] for null in nulls])
        print(
            f"| {name} | {100 * shares.mean():.3f} | {100 * shares.max():.3f} "
            f"| {(shares == 0).sum()} of {shares.size} |"
        )


if __name__ == "__main__":
    main()
