"""Change that stands out from its surroundings.

The difference of two dates is measured against its own mean in square rings around each cell, near
and far, so that what the whole neighbourhood did (haze, season, rain) is no change. After the idea
of Kondmann et al. (2021), SiROC, doi:10.1109/TGRS.2021.3130842.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.change.radiometry import Layers, log_brightness, scale
from geo.change.windows import box_sum

RING_RADII_PX = (2, 6, 12, 24, 40)
"""Half width of the hole of each ring, in cells."""

RING_WIDTH_PX = 8
"""Thickness of each ring, in cells."""

LEAST_OF_RING = 0.1
"""Share of a ring that must be valid; a corner of the picture sees a quarter of one."""


def spectral_contrast(
    before: Layers, after: Layers, valid: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Length (L1) of the z-scored change vector, less that of its surroundings.

    `after` must be matched to `before`; the unit is robust standard deviations of a band.
    """
    differences = [(new - old) / scale(old, valid) for old, new in zip(before, after, strict=True)]
    return ring_contrast(differences, valid)


def brightness_change(
    before: Layers, after: Layers, valid: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Logarithm of the ratio of brightness, after over before."""
    return log_brightness(after, valid) - log_brightness(before, valid)


def ring_contrast(
    differences: Sequence[NDArray[np.float32]], valid: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Mean over layers and rings of the absolute difference to the ring's mean; 0 where invalid.

    Rings of which less than `LEAST_OF_RING` is valid are left out, as outside a small picture.
    """
    weight = valid.astype(np.float32)
    total, rings = np.zeros(valid.shape, np.float32), np.zeros(valid.shape, np.float32)
    for radius in RING_RADII_PX:
        count = _ring_sum(weight, radius)
        known = valid & (count >= LEAST_OF_RING * _ring_cells(radius))
        rings += known
        for difference in differences:
            around = _ring_sum(np.where(valid, difference, np.float32(0)), radius)
            total += known * np.abs(difference - around / np.maximum(count, np.float32(1)))
    return np.asarray(total / np.maximum(rings * len(differences), 1), dtype=np.float32)


def _ring_cells(radius_px: int) -> int:
    """Cells of a whole ring."""
    outer, hole = 2 * (radius_px + RING_WIDTH_PX) + 1, 2 * radius_px + 1
    return outer * outer - hole * hole


def _ring_sum(layer: NDArray[np.float32], radius_px: int) -> NDArray[np.float32]:
    """Sum over the ring of cells farther than `radius_px`, and no more than a width farther."""
    outer = box_sum(layer, radius_px=radius_px + RING_WIDTH_PX)
    return outer - box_sum(layer, radius_px=radius_px)
