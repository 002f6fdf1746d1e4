"""Accuracy and cost of the change detector on seven labelled Sentinel-2 pairs, beside plain peers.

    python -m tests.bench.change_oscd

Reads ``change/oscd`` of the evaluation data (LAMASSU_TESTDATA, default ../shared/data): OSCD (Daudt
et al. 2018), urban change, level 1C, ten bands. Every method has one setting for all cities. Scores
are pooled by rank: each city's score is replaced by its rank within the city, so that no city's
scale counts. The peers run in the same process on the same read and co-registered rasters:

- z-CVA: length of the z-scored change vector, smoothed with a Gaussian of 2 cells, with the
  strongest 2 % flagged, and with Otsu's threshold.

The second table is what is flagged where nothing changed: a date against itself, with noise and
gain, and moved by part of a cell.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import rankdata
from skimage.filters import threshold_otsu

from geo.change import detect
from geo.grid import Raster
from geo.sources.raster import read_raster

PROJECT = Path(__file__).resolve().parents[2]
Scores, Mask = NDArray[np.float32], NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a method says of one city."""

    score: Scores
    """Higher is more change, NaN no data."""
    flagged: Mask
    """What it would show to an analyst."""


def lamassu(before: Raster, after: Raster) -> Answer:
    """The shipped detector with its shipped setting."""
    found = detect(before, after)
    return Answer(score=found.score, flagged=found.mask == 1)


def z_cva(before: Raster, after: Raster) -> Scores:
    """Length of the z-scored change vector, smoothed."""
    first, second = (_standardised(raster.values) for raster in (before, after))
    return ndimage.gaussian_filter(np.sqrt(((second - first) ** 2).sum(axis=0)), 2.0)


def z_cva_budget(before: Raster, after: Raster) -> Answer:
    """z-CVA with a fixed budget of 2 %."""
    score = z_cva(before, after)
    return Answer(score=score, flagged=score > np.quantile(score, 0.98))


def z_cva_otsu(before: Raster, after: Raster) -> Answer:
    """z-CVA with Otsu's threshold."""
    score = z_cva(before, after)
    return Answer(score=score, flagged=score > threshold_otsu(score))


METHODS: dict[str, Callable[[Raster, Raster], Answer]] = {
    "lamassu": lamassu,
    "z-CVA, 2 % budget": z_cva_budget,
    "z-CVA, Otsu": z_cva_otsu,
}


def main() -> None:
    """Print both tables."""
    folder = PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data") / "change" / "oscd"
    cities = sorted(path for path in folder.iterdir() if path.is_dir())
    pairs = {city.name: _pair(city) for city in cities}
    labels = {city.name: _label(city) for city in cities}
    pixels = sum(label.size for label in labels.values())
    print(f"{len(cities)} cities, {pixels / 1e6:.2f} megapixels, ten bands")
    print("method                  AUC     AP     F1      P      R  CPU s/Mpx   F1 by city")
    for name, method in METHODS.items():
        begin = time.process_time()
        answers = {city: method(*pair) for city, pair in pairs.items()}
        cost = (time.process_time() - begin) / (pixels / 1e6)
        auc, ap = ranked(answers, labels)
        precision, recall, f1 = flagged_rates(list(answers.values()), list(labels.values()))
        by_city = " ".join(
            f"{city} {flagged_rates([answer], [labels[city]])[2]:.2f}"
            for city, answer in answers.items()
        )
        figures = f"{auc:6.3f} {ap:6.3f} {f1:6.3f} {precision:6.3f} {recall:6.3f} {cost:10.1f}"
        print(f"{name:20} {figures}   {by_city}")
    print("\nshare flagged where nothing changed, mean over the cities' earlier dates")
    for name, altered in NULLS.items():
        shares = [
            (detect(before, altered(before)).mask == 1).mean() for before, _ in pairs.values()
        ]
        empty = f"nothing in {shares.count(0.0)} of {len(shares)}"
        print(f"{name:44} {100 * np.mean(shares):6.3f} %, {empty}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory {peak:,.0f} MB, all pairs held at once")


def ranked(answers: dict[str, Answer], labels: dict[str, Mask]) -> tuple[float, float]:
    """AUC and average precision of the scores, pooled by rank within each city."""
    scores = np.concatenate([rankdata(_filled(a.score)) / a.score.size for a in answers.values()])
    truth = np.concatenate([labels[city].ravel() for city in answers])
    positives = int(truth.sum())
    ranks = rankdata(scores)
    area = ranks[truth].sum() - positives * (positives + 1) / 2
    hits = truth[np.argsort(-scores, kind="stable")].cumsum()
    found = truth[np.argsort(-scores, kind="stable")]
    precision = hits / np.arange(1, len(hits) + 1)
    return float(area / (positives * (len(truth) - positives))), float(precision[found].mean())


def flagged_rates(answers: list[Answer], labels: list[Mask]) -> tuple[float, float, float]:
    """Precision, recall and F1 of what is flagged, all cells together."""
    flagged = np.concatenate([answer.flagged.ravel() for answer in answers])
    truth = np.concatenate([label.ravel() for label in labels])
    right = float((flagged & truth).sum())
    precision, recall = right / max(flagged.sum(), 1), right / truth.sum()
    return precision, recall, 2 * right / (flagged.sum() + truth.sum())


def _noisy(raster: Raster) -> Raster:
    """The same date with noise of 30 digital numbers and 5 % more light."""
    noise = np.random.default_rng(7).normal(0, 30, raster.values.shape)
    return replace(raster, values=(1.05 * raster.values + noise).astype(np.float32))


def _moved(raster: Raster) -> Raster:
    """The noisy date moved by a quarter and a fifth of a cell."""
    noisy = _noisy(raster)
    values = np.stack(
        [ndimage.shift(band, (0.25, 0.2), order=3, mode="nearest") for band in noisy.values]
    )
    return replace(noisy, values=values.astype(np.float32))


NULLS: dict[str, Callable[[Raster], Raster]] = {
    "the date itself": lambda raster: raster,
    "noise of 30 DN, gain 1.05": _noisy,
    "the same, moved by 0.25 and 0.20 of a cell": _moved,
}


def _pair(city: Path) -> tuple[Raster, Raster]:
    """Both dates on the grid of the earlier one."""
    before = read_raster([city / "t1_10m.tif", city / "t1_20m.tif"])
    return before, read_raster([city / "t2_10m.tif", city / "t2_20m.tif"], onto=before.grid)


def _label(city: Path) -> Mask:
    """Where the city changed."""
    with rasterio.open(city / "change.tif") as file:
        return file.read(1) == 1


def _standardised(values: Scores) -> Scores:
    """Each band with mean 0 and deviation 1; cells without data at 0."""
    mean, deviation = (
        statistic(values, axis=(1, 2), keepdims=True) for statistic in (np.nanmean, np.nanstd)
    )
    return np.nan_to_num((values - mean) / deviation)


def _filled(score: Scores) -> Scores:
    """Cells without data as the least changed."""
    return np.nan_to_num(score, nan=-np.inf).ravel()


if __name__ == "__main__":
    main()
