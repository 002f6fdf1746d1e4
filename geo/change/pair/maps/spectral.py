"""Contrast of the whole change vector with its surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.maps import rings, sampled
from geo.change.pair.pair import Pair

HALO_PX = rings.HALO_PX
"""Cells around a block that its layer depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectralContrast:
    """The map for one scene."""

    widths: tuple[np.float32, ...]
    """Robust standard deviation of each band on the earlier date."""

    def layer(self, pair: Pair) -> NDArray[np.float32]:
        """Length (L1) of the z-scored change vector, less that of its surroundings.

        The unit is robust standard deviations of a band.
        """
        differences = [
            (new - old) / width
            for old, new, width in zip(pair.before, pair.after, self.widths, strict=True)
        ]
        return rings.ring_contrast(differences, pair)


def fit(sample: Sequence[Pair]) -> SpectralContrast:
    """The map for the scene that the sample is of."""
    scales = sampled.scales(sample, lambda pair: pair.before)
    return SpectralContrast(widths=tuple(scale.width for scale in scales))
