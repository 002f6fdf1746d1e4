"""The change engine on a labelled Landsat pair (Taizhou), where a sixth of the scene changed.

Run ``python tests/bench/change_landsat.py``; ``LAMASSU_TESTDATA`` names the evaluation data. Two
dates of Landsat 7, six bands of 30 m, 400 x 400 cells; 21 390 cells are labelled. Methods are
compared as published ones are: Otsu's threshold on the score of all cells, Cohen's kappa on the
labelled ones. The engine's own mask is told beside: its decision looks for what is rare, stops at 6
per cent of a scene, and so is not made for this one. Peers in the same run, on the dates as they
lie: change vector analysis (Gaussian sigma 2 on the score), MAD and IR-MAD (sigma 1).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from skimage.filters import threshold_otsu

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests" / "bench")]

from change_oscd import cva, mad  # noqa: E402 - beside this file

from geo.change import detect  # noqa: E402 - the project is run, not installed
from geo.sources.rasters.raster import read_raster  # noqa: E402

UNCHANGED, CHANGED = 1, 2
"""Labels; 0 is none."""


def main() -> None:
    """Print one line a method."""
    folder = PROJECT / os.environ.get("LAMASSU_TESTDATA", "../shared/data")
    landsat = folder.resolve() / "change" / "landsat"
    before = read_raster([landsat / "taizhou_t1.tif"])
    after = read_raster([landsat / "taizhou_t2.tif"], onto=before.grid)
    labels = read_raster([landsat / "taizhou_labels.tif"]).values[0]
    found = detect(before, after)
    print("| method | AUC | kappa at Otsu | flagged % |\n|---|---|---|---|")
    for name, score in (
        ("engine, score", found.score),
        ("engine, score not evened", found.unpooled),
        ("CVA", cva(before, after)),
        ("MAD", mad(before, after, sigma_px=1)),
        ("IR-MAD, 30 rounds", mad(before, after, rounds=30, sigma_px=1)),
    ):
        flagged = score > threshold_otsu(score[np.isfinite(score)])
        print(
            f"| {name} | {auc(score, labels):.4f} | {kappa(flagged, labels):.4f} "
            f"| {100 * flagged.mean():.1f} |"
        )
    mask = found.mask == 1
    print(f"| engine, its own mask | | {kappa(mask, labels):.4f} | {100 * mask.mean():.1f} |")


def auc(score: NDArray[np.float32], labels: NDArray[np.float32]) -> float:
    """Area under the ROC curve over the labelled cells; cells without data are lowest."""
    known = labels > 0
    ranks = rankdata(np.nan_to_num(score[known], nan=-1))
    changed = labels[known] == CHANGED
    positives, negatives = changed.sum(), (~changed).sum()
    return float((ranks[changed].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def kappa(flagged: NDArray[np.bool_], labels: NDArray[np.float32]) -> float:
    """Cohen's kappa over the labelled cells."""
    known = labels > 0
    told, true = flagged[known], labels[known] == CHANGED
    chance = told.mean() * true.mean() + (1 - told.mean()) * (1 - true.mean())
    return float(((told == true).mean() - chance) / (1 - chance))


if __name__ == "__main__":
    main()
