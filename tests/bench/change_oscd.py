"""The change engine on labelled Sentinel-2 pairs (OSCD), beside its plainest peers.

Run ``python tests/bench/change_oscd.py``; ``LAMASSU_TESTDATA`` names the evaluation data. Scores
are pooled by rank: each city's score is replaced by its rank within the city. Peers in the same
run: z-scored change vector analysis (CVA) of the dates as they lie, Gaussian sigma 2 on the score,
at a budget of 2 % of the cells and at Otsu's threshold, with the engine's least size of a flag.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import rankdata
from skimage.filters import threshold_otsu

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.change import Parameters, detect  # noqa: E402 - the project is run, not installed
from geo.grid import Raster  # noqa: E402
from geo.sources.rasters.raster import read_raster  # noqa: E402

BUDGET = 0.02
"""Share of cells that the peer flags."""

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
    results: dict[str, dict[str, Result]] = {"engine": {}, "CVA 2 %": {}, "CVA Otsu": {}}
    seconds = cells = 0.0
    nulls = []
    for city in cities:
        before, after, changed = read_city(city)
        start = time.process_time()
        found = detect(before, after)
        seconds += time.process_time() - start
        cells += changed.size
        results["engine"][city.name] = result(found.score, found.mask == 1, changed)
        score = cva(before, after)
        for name, threshold in (
            ("CVA 2 %", np.nanquantile(score, 1 - BUDGET)),
            ("CVA Otsu", threshold_otsu(score[np.isfinite(score)])),
        ):
            results[name][city.name] = result(score, large(score > threshold), changed)
        nulls += [null_shares(date, seed) for seed, date in enumerate((before, after))]
    print_cities(results)
    print_nulls(nulls)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nengine: {seconds:.1f} CPU s, {seconds / cells * 1e6:.1f} s a megapixel (10 bands)")
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


def print_cities(results: dict[str, dict[str, Result]]) -> None:
    """One line a method and city, and one for all cities pooled."""
    print("| method | city | AUC | AP | P | R | F1 | flagged % | changed % |")
    print("|---|---|---|---|---|---|---|---|---|")
    for method, by_city in results.items():
        pooled = Result(
            rank=np.concatenate([r.rank.ravel() for r in by_city.values()]),
            flagged=np.concatenate([r.flagged.ravel() for r in by_city.values()]),
            changed=np.concatenate([r.changed.ravel() for r in by_city.values()]),
        )
        for name, r in {"**pooled**": pooled, **by_city}.items():
            auc, ap = auc_ap(r.rank.ravel(), r.changed.ravel())
            precision, recall, f1 = precision_recall_f1(r.flagged, r.changed)
            print(
                f"| {method} | {name} | {auc:.3f} | {ap:.3f} | {precision:.2f} | {recall:.2f} "
                f"| {f1:.3f} | {100 * r.flagged.mean():.2f} | {100 * r.changed.mean():.2f} |"
            )


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
