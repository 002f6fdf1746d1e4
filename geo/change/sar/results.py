"""What a comparison of radar pictures gives, and its settings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.sar.speckle import SENTINEL1_LOOKS
from geo.errors import InvalidSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class RadarParameters:
    """Settings of the radar comparisons; the defaults are one fixed setting for all pictures."""

    looks: float = SENTINEL1_LOOKS
    """Equivalent number of looks of a cell as it was delivered."""
    filter_radius_px: int = 1
    """Half side of the square of Lee's filter, in cells."""
    smoothing_px: float = 1.5
    """Sigma of the Gaussian that joins neighbouring cells of a pair's score."""
    min_cells: int = 12
    """Minimum mapping unit: smaller flags are dropped."""

    def __post_init__(self) -> None:
        """Refuse what the comparison cannot work with."""
        for name, low, high in (
            ("looks", 0.5, 1000),
            ("filter_radius_px", 0, 10),
            ("smoothing_px", 0.5, 20),
            ("min_cells", 1, 100_000),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InvalidSetting(f"{name} is {value}", expected=f"{low} to {high}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RadarChange:
    """What changed between radar pictures, on their grid."""

    score: NDArray[np.float32]
    """Shape (rows, columns); higher means more change, NaN no data. Not a probability."""
    unpooled: NDArray[np.float32]
    """The same before neighbouring cells were joined, for small targets."""
    mask: NDArray[np.uint8]
    """Shape (rows, columns); 1 changed, 0 not, 255 no data."""
    change_db: NDArray[np.float32]
    """Decibels after less before, mean over polarisations and orbits; NaN no data."""
    p: NDArray[np.float32] | None
    """p value of the omnibus test over all scenes of a stack; None for a pair."""
    between: NDArray[np.int16] | None
    """Shape (2, rows, columns); of each flagged cell of a stack, the numbers from 0 of the last
    scene that does not show the change and of the first that surely does; -1 elsewhere. None for a
    pair."""
    findings: dict[str, object]
    """What the run found out on its way, for provenance: plain numbers, words and lists."""
