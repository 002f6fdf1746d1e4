"""From differences with speckle to a score of one null distribution, and from that to flags."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import chdtri

Layers = NDArray[np.float32]
"""Shape (layers, rows, columns): polarisations, or polarisations of several orbits."""

SEEDED, GROWN = 0.05, 0.0124
"""Chance that speckle alone flags anything in a whole scene, however large it is; and that a single
cell passes what bounds a flag, which is that of 2.5 standard deviations."""


def joined(layer: NDArray[np.float32], valid: NDArray[np.bool_], *, sigma_px: float) -> Layers:
    """Gaussian sum of the valid cells around each cell, its noise the same everywhere.

    The average of few cells, as beside a hole and at the edge, is drawn towards 0 by as much as its
    noise is greater. The squares of the weights are those of a Gaussian of sigma over root 2, and
    the noise of a sum is the root of their sum.
    """
    known = valid.astype(np.float32)
    total, squares = (
        ndimage.gaussian_filter(field, sigma, mode="constant")
        for field, sigma in ((layer * known, sigma_px), (known, sigma_px / 2**0.5))
    )
    return np.where(valid, total / np.sqrt(np.maximum(squares, 1e-6)), 0).astype(np.float32)


def length(layers: Layers, valid: NDArray[np.bool_]) -> tuple[NDArray[np.float32], float]:
    """Length of each cell's vector of layers in robust standard deviations, and its freedom.

    Where nothing changed and the layers are normal, the square of the length is a chi-square
    variable with that many degrees of freedom: as many as there are layers if these have nothing to
    do with each other, one if all say the same, as they nearly do where a season moves them all.

    Notes
    -----
    Unit: 1.4826 times the median absolute value. Correlation: ``sin(pi / 2 E sign(x) sign(y))``
    (Blomqvist 1950, doi:10.1214/aoms/1177729754). Both hardly see change in a few cells. With the
    eigenvalues l of the correlation, the sum of squares is that of a chi-square variable of
    ``(sum l)^2 / sum l^2`` degrees of freedom times ``sum l^2 / sum l`` (Satterthwaite 1946,
    doi:10.2307/3002019).
    """
    scaled = [layer / _unit(layer[valid]) for layer in layers]
    signs = np.sign(np.stack([layer[valid] for layer in layers]))
    together = np.sin(np.pi / 2 * (signs @ signs.T) / signs.shape[1])
    squares, trace = float(np.square(together).sum()), float(np.trace(together))
    if not trace:  # the dates are the same
        return np.zeros(valid.shape, np.float32), float(len(layers))
    total = sum(np.square(layer) for layer in scaled) * np.float32(trace / squares)
    return np.where(valid, np.sqrt(total), np.float32(0)), trace**2 / squares


def passed_by_chance(chance: float, freedom: float) -> float:
    """The length that an unchanged cell passes with this probability."""
    return float(np.sqrt(chdtri(freedom, chance)))


def flagged(
    score: NDArray[np.float32],
    valid: NDArray[np.bool_],
    *,
    freedom: float,
    sigma_px: float,
    min_cells: int,
) -> NDArray[np.bool_]:
    """The cells of regions that stand out of the whole scene, without the rim of the smoothing.

    A region holds a cell that no cell of the scene would pass by chance (Bonferroni's bound over
    its valid cells), and grows to what a single one would not. A Gaussian leaves the edge of an
    even patch at half of its height, which stands within two sigma of the edge. Regions of fewer
    than `min_cells` are dropped.
    """
    seed = passed_by_chance(SEEDED / max(int(valid.sum()), 1), freedom)
    grow = passed_by_chance(GROWN, freedom)
    reach = 2 * int(np.ceil(2 * sigma_px)) + 1
    height = ndimage.maximum_filter(np.where(valid, score, 0), reach)
    grown = valid & (score >= grow) & (score >= height / 2)
    numbers, found = ndimage.label(grown)
    keep = np.zeros(found + 1, dtype=bool)
    keep[numbers[grown & (score >= seed)]] = True
    keep &= np.bincount(numbers.ravel(), minlength=found + 1) >= min_cells
    kept: NDArray[np.bool_] = keep[numbers]
    return kept


def _unit(values: NDArray[np.float32]) -> np.float32:
    """Robust standard deviation about 0; 1 where more than half of the cells are 0."""
    return np.float32(1.4826) * np.median(np.abs(values)) or np.float32(1)
