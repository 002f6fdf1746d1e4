"""Change that stands out from its surroundings.

The difference of two dates is measured against its own mean in square rings around each cell, near
and far, so that what the whole neighbourhood did (haze, season, rain) is no change. After the idea
of Kondmann et al. (2021), SiROC, doi:10.1109/TGRS.2021.3130842.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

RING_RADII_PX = (2, 6, 12, 24, 40)
"""Half width of the hole of each ring, in cells."""

RING_WIDTH_PX = 8
"""Thickness of each ring, in cells."""

HALO_PX = max(RING_RADII_PX) + RING_WIDTH_PX
"""Half width of the largest ring."""

LEAST_OF_RING = 0.1
"""Share of a ring that must be valid; a corner of the picture sees a quarter of one."""


def ring_contrast(
    differences: Sequence[NDArray[np.float32]], valid: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Mean over layers and rings of the absolute difference to the ring's mean; 0 where invalid.

    Rings of which less than `LEAST_OF_RING` is valid are left out, as outside a small picture.
    """
    counts = [
        (np.asarray(count, np.float32), count >= LEAST_OF_RING * _ring_cells(radius))
        for radius, count in _ring_sums(valid.astype(np.float32))
    ]
    total = np.zeros(valid.shape, np.float32)
    for difference in differences:
        sums = _ring_sums(np.where(valid, difference, np.float32(0)))
        for (_, around), (count, known) in zip(sums, counts, strict=True):
            mean = around / np.maximum(count, np.float32(1))
            total += known * np.abs(difference - mean.astype(np.float32))
    rings = np.sum([known for _, known in counts], axis=0)
    contrast = valid * total / np.maximum(rings * len(differences), 1)
    return np.asarray(contrast, dtype=np.float32)


def _ring_cells(radius_px: int) -> int:
    """Cells of a whole ring."""
    outer, hole = 2 * (radius_px + RING_WIDTH_PX) + 1, 2 * radius_px + 1
    return outer * outer - hole * hole


def _ring_sums(layer: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Each radius, and the sum over the cells farther than it and no more than a width farther.

    From one table of sums (Crow 1984, doi:10.1145/800031.808600), for which a square of any size
    costs the same.
    """
    rows, cols = layer.shape
    table = np.zeros((rows + 2 * HALO_PX + 1, cols + 2 * HALO_PX + 1))
    table[HALO_PX + 1 : -HALO_PX, HALO_PX + 1 : -HALO_PX] = layer
    np.cumsum(table, axis=0, out=table)
    np.cumsum(table, axis=1, out=table)
    for radius in RING_RADII_PX:
        outer, hole = (_square_sum(table, rows, cols, r) for r in (radius + RING_WIDTH_PX, radius))
        yield radius, outer - hole


def _square_sum(
    table: NDArray[np.float64], rows: int, cols: int, radius_px: int
) -> NDArray[np.float64]:
    """Sum over the square of ``2 * radius_px + 1`` cells around each cell."""
    start, end = HALO_PX - radius_px, HALO_PX + radius_px + 1
    strip = table[end : end + rows] - table[start : start + rows]
    square: NDArray[np.float64] = strip[:, end : end + cols] - strip[:, start : start + cols]
    return square
