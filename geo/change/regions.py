"""Regions that both pictures show as one thing, over which a score is evened out.

Felzenszwalb and Huttenlocher (2004), doi:10.1023/B:VISI.0000022288.19776.77.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import felzenszwalb

from geo.change.windows import smoothed

TILE_PX = 1024
"""Regions end at the edges of squares of this side, so that memory does not grow with the scene."""

SCALE = 8.0
"""Preference for large regions; any value from 2 to 32 gives the same, only the size counts."""

LIMIT = 4.0
"""Robust standard deviations beyond which a layer is not told apart."""

REGION_WEIGHT = 0.6
"""Weight of the region's mean; the rest is the cell's own score, which keeps what is small."""


def regions(
    layers: list[NDArray[np.float32]], valid: NDArray[np.bool_], *, min_cells: int
) -> NDArray[np.intp]:
    """Number of the region of each cell, for three standardised layers."""
    picture = np.stack(
        [np.clip(smoothed(layer, valid, sigma_px=0.7), -LIMIT, LIMIT) for layer in layers], axis=-1
    )
    numbers = np.empty(valid.shape, np.intp)
    found = 0
    for top in range(0, valid.shape[0], TILE_PX):
        for left in range(0, valid.shape[1], TILE_PX):
            tile = np.s_[top : top + TILE_PX, left : left + TILE_PX]
            numbers[tile] = found + felzenszwalb(
                picture[tile], scale=SCALE, sigma=0, min_size=min_cells, channel_axis=-1
            )
            found = int(numbers[tile].max()) + 1
    return numbers


def evened(
    score: NDArray[np.float32], numbers: NDArray[np.intp], valid: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The score, drawn towards the mean of its region's valid cells and smoothed by one cell."""
    count = np.bincount(numbers[valid], minlength=numbers.max() + 1)
    total = np.bincount(numbers[valid], score[valid], minlength=numbers.max() + 1)
    mean = (total / np.maximum(count, 1)).astype(np.float32)
    mixed = REGION_WEIGHT * mean[numbers] + (1 - REGION_WEIGHT) * score
    return smoothed(mixed.astype(np.float32), valid, sigma_px=1.0)
