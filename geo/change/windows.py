"""Averages over windows of a layer, in which cells without data have no part."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

TRUNCATED_AT = 3
"""A Gaussian ends at this many of its sigmas."""


def reach(sigma_px: float) -> int:
    """Cells away from a cell that its Gaussian average depends on."""
    return int(TRUNCATED_AT * sigma_px + 0.5)


def smoothed(
    layer: NDArray[np.float32], valid: NDArray[np.bool_], *, sigma_px: float
) -> NDArray[np.float32]:
    """Gaussian average of the valid cells around each cell; 0 where there are none near.

    A normalised convolution (Knutsson and Westin 1993, doi:10.1109/CVPR.1993.341081).
    """
    if valid.all():
        return _gaussian(layer, sigma_px)
    weight = _gaussian(valid.astype(np.float32), sigma_px)
    total = _gaussian(np.where(valid, layer, np.float32(0)), sigma_px)
    return np.where(weight > 1e-3, total / np.maximum(weight, np.float32(1e-3)), np.float32(0))


def box_sum(layer: NDArray[np.float32], *, radius_px: int) -> NDArray[np.float32]:
    """Sum over the square of ``2 * radius_px + 1`` cells around each cell, 0 beyond the edge."""
    side = 2 * radius_px + 1
    mean: NDArray[np.float32] = ndimage.uniform_filter(layer, side, mode="constant")
    return mean * np.float32(side * side)


def spread(
    layer: NDArray[np.float32], valid: NDArray[np.bool_], *, radius_px: int
) -> NDArray[np.float32]:
    """Standard deviation of the valid cells in the square around each cell."""
    filled = np.where(valid, layer, np.float32(0))
    count = np.maximum(box_sum(valid.astype(np.float32), radius_px=radius_px), np.float32(1))
    mean = box_sum(filled, radius_px=radius_px) / count
    square = box_sum(filled * filled, radius_px=radius_px) / count
    return np.sqrt(np.maximum(square - mean * mean, np.float32(0)))


def _gaussian(layer: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """The average weighted by a Gaussian; beyond the edge the layer goes on as it ends."""
    steps = np.arange(reach(sigma_px) + 1)
    weights = np.exp(-0.5 * (steps / sigma_px) ** 2)
    weights /= 2 * weights.sum() - weights[0]
    return _blurred(np.ascontiguousarray(layer), weights.astype(np.float32))


@njit(cache=True, nogil=True)
def _blurred(layer: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The layer weighted along both axes, by distance in cells.

    In single precision and row by row, which costs a third to a fifth of what `scipy.ndimage`
    takes; each cell is worked out alike wherever it lies, so that a part gives what the whole does.
    """
    # Loops where a slice could be assigned: its check of shapes takes another second to compile.
    rows, cols = layer.shape
    far = weights.size - 1
    found = np.empty_like(layer)
    line = np.empty(cols + 2 * far, layer.dtype)
    for row in range(rows):
        middle = line[far : far + cols]
        for col in range(cols):
            middle[col] = weights[0] * layer[row, col]
        for step in range(1, far + 1):
            above, below = layer[max(row - step, 0)], layer[min(row + step, rows - 1)]
            weight = weights[step]
            for col in range(cols):
                middle[col] += weight * (above[col] + below[col])
        line[:far] = middle[0]
        line[far + cols :] = middle[cols - 1]
        total = found[row]
        for col in range(cols):
            total[col] = weights[0] * middle[col]
        for step in range(1, far + 1):
            before, after = line[far - step :][:cols], line[far + step :][:cols]
            weight = weights[step]
            for col in range(cols):
                total[col] += weight * (before[col] + after[col])
    return found
