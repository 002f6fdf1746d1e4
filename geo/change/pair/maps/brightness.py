"""Contrast of the change of brightness with its surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.maps import rings
from geo.change.pair.maps.sampled import thinned
from geo.change.pair.pair import Pair
from geo.change.radiometry import Brightness

HALO_PX = rings.HALO_PX
"""Cells around a block that its layer depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrightnessContrast:
    """The map for one scene."""

    before: Brightness
    """What brightness is measured by on the earlier date."""
    after: Brightness
    """What brightness is measured by on the later date."""

    def logs(self, pair: Pair) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logarithm of the brightness on either date."""
        bright = list(pair.roles.bright)
        return self.before.log(pair.before[bright]), self.after.log(pair.after[bright])

    def change(self, pair: Pair) -> NDArray[np.float32]:
        """Logarithm of the ratio of brightness, after over before."""
        before, after = self.logs(pair)
        return after - before

    def layer(self, pair: Pair) -> NDArray[np.float32]:
        """The change of brightness, against that of its surroundings, without sign."""
        return rings.ring_contrast([self.change(pair)], pair)


def fit(sample: Sequence[Pair]) -> BrightnessContrast:
    """The map for the scene that the sample is of."""
    bright = list(sample[0].roles.bright)
    before, after = Brightness.fit_both(
        thinned(sample, lambda pair: pair.before[bright]).mean(axis=0),
        thinned(sample, lambda pair: pair.after[bright]).mean(axis=0),
    )
    return BrightnessContrast(before=before, after=after)
