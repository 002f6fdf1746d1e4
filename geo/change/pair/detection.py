"""What a detector found between two dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.parameters import Parameters
from geo.grid import Grid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detection:
    """What changed, on the grid of the earlier picture.

    Layers of large scenes are files that are mapped into memory, which end with them.
    """

    grid: Grid
    """Where the cells lie."""
    score: NDArray[np.float32]
    """Shape (rows, columns); higher means more change, NaN no data. Ranks, not probabilities."""
    unpooled: NDArray[np.float32]
    """The score before it is evened over regions, for what is as small as a pit; NaN no data."""
    mask: NDArray[np.uint8]
    """Shape (rows, columns); 1 changed, 0 not, 255 no data."""
    brightness_change: NDArray[np.float32]
    """Brightness after over before, less 1, once the dates are matched, region by region; NaN where
    there is no data, and in all regions whose values are no reflectance, such as decibels."""
    findings: dict[str, object]
    """What the run found out on its way, for provenance: plain numbers, words and lists."""
    parameters: Parameters
    """The settings it ran with."""
