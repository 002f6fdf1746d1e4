"""Scales of values: robust middles and widths, brightness."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Layers = NDArray[np.float32]
"""Shape (bands, rows, columns)."""

DARKEST = 0.05
"""Share of the median below which reflectance is not told apart; keeps logarithms finite."""


ENOUGH_CELLS = 1 << 17
"""Values that a median is taken of, evenly from all: more move it by less than 1 % of the width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where a layer's values lie and how wide they spread, in robust terms."""

    middle: np.float32
    """Median."""
    width: np.float32
    """Robust standard deviation, never 0."""

    @classmethod
    def fit(cls, values: NDArray[np.float32]) -> Scale:
        """The scale of values of any shape, at least one.

        The width is 1.4826 times the median absolute deviation: the standard deviation of a
        normal. Where more than half of the values are equal the plain standard deviation stands in.
        """
        values = np.ravel(values)[:: -(-values.size // ENOUGH_CELLS)]
        middle = np.median(values)
        width = np.float32(1.4826) * np.median(np.abs(values - middle)) or values.std() or 1
        return cls(middle=np.float32(middle), width=np.float32(width))

    def standardised(self, layer: NDArray[np.float32]) -> NDArray[np.float32]:
        """The layer in widths from the middle, same shape."""
        return (layer - self.middle) / self.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Brightness:
    """What the mean of some bands of one date is measured by."""

    scale: Scale
    """Middle and width of that mean over the scene."""
    is_reflectance: bool
    """Whether the mean is mostly above 0, so that ratios of it mean something."""

    @classmethod
    def fit(cls, means: NDArray[np.float32]) -> Brightness:
        """From the bands' means of a scene's cells, in any shape."""
        scale = Scale.fit(means)
        return cls(scale=scale, is_reflectance=bool(scale.middle > 0))

    @classmethod
    def fit_both(
        cls, before: NDArray[np.float32], after: NDArray[np.float32]
    ) -> tuple[Brightness, Brightness]:
        """Those of two dates, by one kind of measure: reflectance only if both are.

        Values about 0 may have their median on either side of it.
        """
        first, second = cls.fit(before), cls.fit(after)
        both = first.is_reflectance and second.is_reflectance
        return replace(first, is_reflectance=both), replace(second, is_reflectance=both)

    def log(self, layers: Layers) -> NDArray[np.float32]:
        """Natural logarithm of the bands' mean, so that a difference of 0.05 is 5 per cent.

        Values that are no reflectance come back standardised instead.
        """
        mean: NDArray[np.float32] = layers.mean(axis=0)
        if not self.is_reflectance:
            return self.scale.standardised(mean)
        return np.log(np.maximum(mean, np.float32(DARKEST) * self.scale.middle))


def nothing_told(layer: NDArray[np.float32]) -> str:
    """Why a layer shows no ground: ``has no data``, or one number everywhere; empty if it may."""
    known = layer[np.isfinite(layer)]
    if not known.size:
        return "has no data"
    if known.size > 1 and known.min() == known.max():
        return f"is {known[0]:g} everywhere"
    return ""


def standardised(layer: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The layer in robust standard deviations from its median, by its own valid cells."""
    return Scale.fit(layer[valid]).standardised(layer)
