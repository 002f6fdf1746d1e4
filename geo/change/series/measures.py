"""What is followed through time in each cell: brightness, and greenness where bands tell it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from geo.change.bands import VISIBLE, ndvi, roles
from geo.change.series.observations import Bands

DARKEST = 0.05
"""Share of a scene's median below which reflectance is not told apart; keeps logarithms finite."""

Layers = NDArray[np.float32]
"""Shape (measures, rows, columns); NaN where a cell was not seen clearly."""


class Kind(StrEnum):
    """What a layer says of the ground."""

    BRIGHTNESS = "brightness"
    """Natural logarithm of the mean of the visible bands: 0.05 is 5 per cent."""
    LEVEL = "level"
    """Mean of the bands as they are, where no name says that they are reflectance."""
    GREENNESS = "vegetation index (NDVI)"
    """Normalised difference vegetation index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Which layers the bands allow, and from which bands they are made."""

    kinds: tuple[Kind, ...]
    """The layers, in their order."""
    bright: tuple[int, ...]
    """Places of the bands of the first layer."""
    plants: tuple[int, int] | None
    """Places of red and near infrared."""

    @classmethod
    def of(cls, bands: Bands) -> Measures:
        """The layers that `bands` allow.

        Bands that names do not tell are averaged as they are: they may be decibels or an index,
        of which no logarithm can be taken.
        """
        part = roles(bands.names)
        names = [bands.names[i].strip().upper() for i in part.bright]
        known = all(name in VISIBLE or f"B0{name[-1:]}" in VISIBLE for name in names)
        # Names that only count bands (B1, B2 ... from the first) tell no wavelength.
        counted = bands.names == tuple(f"B{i}" for i in range(1, len(bands.names) + 1))
        first = Kind.BRIGHTNESS if known and not counted else Kind.LEVEL
        plants = part.plants
        return cls(
            kinds=(first, Kind.GREENNESS) if plants else (first,),
            bright=part.bright,
            plants=plants,
        )

    def layers(self, values: NDArray[np.float32], clear: NDArray[np.bool_]) -> Layers:
        """The layers of a scene, NaN where `clear` is false or a band has no data."""
        mean: NDArray[np.float32] = values[list(self.bright)].mean(axis=0)
        seen = clear & np.isfinite(mean)
        if self.plants:
            red, near = (values[i] for i in self.plants)
            seen &= np.isfinite(red) & np.isfinite(near)
        first = mean
        if self.kinds[0] is Kind.BRIGHTNESS and seen.any():
            floor = max(DARKEST * float(np.median(mean[seen])), float(np.finfo(np.float32).tiny))
            first = np.log(np.maximum(np.nan_to_num(mean), np.float32(floor)))
        made = [first]
        if self.plants:
            with np.errstate(invalid="ignore", over="ignore"):
                made.append(np.clip(ndvi(red, near), -1, 1))
        return np.stack([np.where(seen, layer, np.float32(np.nan)) for layer in made]).astype(
            np.float32
        )
