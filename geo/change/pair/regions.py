"""Regions that both pictures show as one thing, over which a score is evened out.

Felzenszwalb and Huttenlocher (2004), doi:10.1023/B:VISI.0000022288.19776.77. Small, middling and
large regions are drawn, and their means averaged: no one size suits a pit field and a factory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray
from skimage.segmentation import felzenszwalb

from geo.change.windows import smoothed

TILE_PX = 1024
"""Regions end at the edges of squares of this side, so that memory does not grow with the scene."""

SIZES_CELLS = (8, 25, 60)
"""Least sizes of regions, in cells."""

SIZES_FAST_CELLS = (8,)
"""The same of a quick run, in cells twice as wide: of about the middle size."""

SCALE = 8.0
"""Preference for large regions; any value from 2 to 32 gives the same, only the size counts."""

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

    Larger regions are made of smaller ones: of growing sizes, each merges those that are too small
    with the neighbour across the faintest border, as the method itself does for the first.
    """
    picture = np.stack(
        [np.clip(smoothed(layer, valid, sigma_px=0.7), -LIMIT, LIMIT) for layer in layers], axis=-1
    )
    partitions = tuple(np.empty(valid.shape, np.intp) for _ in sizes)
    found = 0
    for top in range(0, valid.shape[0], TILE_PX):
        for left in range(0, valid.shape[1], TILE_PX):
            tile = np.s_[top : top + TILE_PX, left : left + TILE_PX]
            first = felzenszwalb(
                picture[tile], scale=SCALE, sigma=0, min_size=sizes[0], channel_axis=-1
            )
            for numbers, grown in zip(
                partitions, _nested(picture[tile], first, sizes), strict=True
            ):
                numbers[tile] = found + grown
            found += int(first.max()) + 1
    return partitions


def _nested(
    picture: NDArray[np.float32], first: NDArray[np.intp], sizes: Sequence[int]
) -> list[NDArray[np.intp]]:
    """The partition `first`, and those of the further least sizes that are made of it."""
    nested = [first]
    if len(sizes) == 1:
        return nested
    borders = _borders(picture, first)
    counts = np.bincount(first.ravel())
    parents = np.arange(len(counts))
    nested.extend(_merged(borders, counts, parents, size)[first] for size in sizes[1:])
    return nested


@njit(cache=True, nogil=True)
def _merged(
    borders: NDArray[np.intp], counts: NDArray[np.intp], parents: NDArray[np.intp], size: int
) -> NDArray[np.intp]:
    """The region that each region is part of, once too small ones are merged.

    `counts` and `parents`, cells of regions and what they were merged into, change in place.
    """
    for place in range(borders.shape[0]):
        a, b = _root(parents, borders[place, 0]), _root(parents, borders[place, 1])
        if a != b and (counts[a] < size or counts[b] < size):
            parents[b] = a
            counts[a] += counts[b]
    roots = np.empty_like(parents)
    for number in range(parents.size):
        roots[number] = _root(parents, number)
    return roots


@njit(cache=True, nogil=True)
def _root(parents: NDArray[np.intp], number: int) -> int:
    """The region that a region was merged into; the way there is shortened."""
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _borders(picture: NDArray[np.float32], numbers: NDArray[np.intp]) -> NDArray[np.intp]:
    """Pairs of regions that touch, shape (pairs, 2), from the faintest border to the strongest."""
    pairs, steps = [], []
    for here, there in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
    ):
        apart = numbers[here] != numbers[there]
        one, other = numbers[here][apart], numbers[there][apart]
        pairs.append(np.minimum(one, other) * (numbers.max() + 1) + np.maximum(one, other))
        steps.append(np.square(picture[here][apart] - picture[there][apart]).sum(axis=-1))
    order = np.argsort(np.concatenate(steps), kind="stable")
    keys, faintest = np.unique(np.concatenate(pairs)[order], return_index=True)
    keys = keys[np.argsort(faintest)]
    return np.column_stack(np.divmod(keys, numbers.max() + 1))


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
