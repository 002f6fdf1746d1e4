"""Regions that both pictures show as one thing, over which a score is evened out.

Small, middling and large regions are drawn, and their means averaged: no one size suits a pit field
and a factory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.segments import nested_segments
from geo.change.windows import smoothed

TILE_PX = 1024
"""Regions end at the edges of squares of this side, so that memory does not grow with the scene."""

SIZES_CELLS = (8, 25, 60)
"""Least sizes of regions, in cells."""

SIZES_FAST_CELLS = (8,)
"""The same of a quick run, in cells twice as wide: of about the middle size."""

SCALE = 8 / 255
"""Preference for large regions, in robust standard deviations; any value from a quarter to four
times this gives the same, only the size counts."""

LIMIT = 4.0
"""Robust standard deviations beyond which a layer is not told apart."""

REGION_WEIGHT = 0.6
"""Weight of the regions' means; the rest is the cell's own score, which keeps what is small."""


def regions(
    layers: Sequence[NDArray[np.float32]],
    valid: NDArray[np.bool_],
    *,
    sizes: Sequence[int] = SIZES_CELLS,
) -> tuple[NDArray[np.intp], ...]:
    """Number of the region of each cell, for three standardised layers, once for each least size.

    Larger regions are made of smaller ones.
    """
    picture = np.stack(
        [np.clip(smoothed(layer, valid, sigma_px=0.7), -LIMIT, LIMIT) for layer in layers], axis=-1
    )
    partitions = tuple(np.empty(valid.shape, np.intp) for _ in sizes)
    found = 0
    for top in range(0, valid.shape[0], TILE_PX):
        for left in range(0, valid.shape[1], TILE_PX):
            tile = np.s_[top : top + TILE_PX, left : left + TILE_PX]
            drawn = nested_segments(picture[tile], scale=SCALE, least_cells=sizes)
            for numbers, part in zip(partitions, drawn, strict=True):
                numbers[tile] = found + part
            found += int(drawn[0].max()) + 1
    return partitions


def evened(
    score: NDArray[np.float32],
    partitions: Sequence[NDArray[np.intp]],
    valid: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """The score, drawn towards the means of its regions' valid cells and smoothed by one cell.

    Parameters
    ----------
    partitions : sequence of array
        Region numbers of each cell, one array for each size of regions.
    """
    mixed = (1 - np.float32(REGION_WEIGHT)) * score
    for numbers in partitions:
        count = np.bincount(numbers[valid], minlength=numbers.max() + 1)
        total = np.bincount(numbers[valid], score[valid], minlength=numbers.max() + 1)
        mean = (total / np.maximum(count, 1)).astype(np.float32)
        mixed += np.float32(REGION_WEIGHT / len(partitions)) * mean[numbers]
    return smoothed(mixed, valid, sigma_px=1.0)
