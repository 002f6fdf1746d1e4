"""Change of the fine structure: edges that came or went, whatever the brightness did.

Digging, building and bulldozing make or wipe out edges. Seasons and haze, which raise or lower
whole fields, leave their logarithmic steepness nearly as it was against the surroundings'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.change.pair.maps import brightness, rings
from geo.change.pair.maps.brightness import BrightnessContrast
from geo.change.pair.maps.sampled import thinned
from geo.change.pair.pair import Pair
from geo.change.radiometry import Brightness
from geo.change.windows import TRUNCATED_AT, reach

EDGE_PX = 0.7
"""Sigma of the Gaussian by which steepness is measured: as fine as the cells allow."""

FLATTEST = 0.01
"""Steepness, in logarithms of brightness a cell, below which all is flat."""

HALO_PX = rings.HALO_PX + reach(EDGE_PX)
"""Cells around a block that its layer depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailContrast:
    """The map for one scene."""

    bright: BrightnessContrast
    """What the brightness is measured by."""
    before: Brightness
    """What the first other band is measured by on the earlier date."""
    after: Brightness
    """What the first other band is measured by on the later date."""

    def layer(self, pair: Pair) -> NDArray[np.float32]:
        """Change of steepness in brightness and the first other band, against the surroundings.

        The unit is logarithms of the ratio of steepness.
        """
        first = list(pair.roles.other[:1])
        logs = (
            self.bright.logs(pair),
            (self.before.log(pair.before[first]), self.after.log(pair.after[first])),
        )
        changes = [_log_steepness(after) - _log_steepness(before) for before, after in logs]
        return rings.ring_contrast(changes, pair)


def fit(sample: Sequence[Pair]) -> DetailContrast:
    """The map for the scene that the sample is of."""
    first = list(sample[0].roles.other[:1])
    before, after = Brightness.fit_both(
        thinned(sample, lambda pair: pair.before[first]),
        thinned(sample, lambda pair: pair.after[first]),
    )
    return DetailContrast(bright=brightness.fit(sample), before=before, after=after)


def _log_steepness(layer: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithm of the length of the gradient."""
    steepness: NDArray[np.float32] = ndimage.gaussian_gradient_magnitude(
        layer, EDGE_PX, mode="nearest", truncate=TRUNCATED_AT
    )
    logs: NDArray[np.float32] = np.log(steepness + np.float32(FLATTEST))
    return logs
