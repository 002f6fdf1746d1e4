"""Numbers that stand for no data in files that do not say so."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

VOIDS = (-32768, -32767, -9999)
"""Stored values of no data (SRTM, ASTER, ESRI, many exports): no height is so low, no reflectance
so far below 0 in any unit it is stored in, no backscatter so faint."""

TOO_LARGE = 1e30
"""No reflectance, height or backscatter is so large: numbers at the end of what a type holds, such
as -3.4e38, stand for no data."""


def is_void(stored: NDArray[Any]) -> NDArray[np.bool_]:
    """Which numbers, as a file stores them, in any shape, are among `VOIDS`."""
    if stored.dtype.kind == "u":
        return np.zeros(stored.shape, dtype=bool)
    first, *others = VOIDS
    found: NDArray[np.bool_] = stored == first
    for value in others:
        found |= stored == value
    return found
