"""The two dates on one scale of brightness, whatever the sun, the haze and the sensor did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Layers = NDArray[np.float32]
"""Shape (bands, rows, columns)."""

DARKEST = 0.05
"""Share of the median below which reflectance is not told apart; keeps logarithms finite."""


def matched(after: Layers, before: Layers, valid: NDArray[np.bool_]) -> Layers:
    """`after` with the median and the spread of `before`, band by band.

    What most of the scene does is taken for the sun, the haze or the sensor, so that a gain and an
    offset of a whole band leave no trace.
    """
    result = np.empty_like(after)
    for layer, new, old in zip(result, after, before, strict=True):
        (middle, width), (middle_0, width_0) = (
            _middle_and_width(new, valid),
            _middle_and_width(old, valid),
        )
        layer[...] = (new - middle) * (width_0 / width) + middle_0
    return result


def standardised(layer: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The layer in robust standard deviations from its median."""
    middle, width = _middle_and_width(layer, valid)
    return (layer - middle) / width


def scale(layer: NDArray[np.float32], valid: NDArray[np.bool_]) -> np.float32:
    """Robust standard deviation of the valid cells, never 0."""
    return _middle_and_width(layer, valid)[1]


def is_reflectance(layers: Layers, valid: NDArray[np.bool_]) -> bool:
    """Whether the bands' mean is mostly above 0, so that ratios of it mean something."""
    return bool(np.median(layers.mean(axis=0)[valid]) > 0)


def log_brightness(layers: Layers, valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Natural logarithm of the bands' mean, so that a difference of 0.05 is 5 per cent.

    Values that are no reflectance come back standardised instead.
    """
    mean: NDArray[np.float32] = layers.mean(axis=0)
    if not is_reflectance(layers, valid):
        return standardised(mean, valid)
    return np.log(np.maximum(mean, np.float32(DARKEST) * np.median(mean[valid])))


def _middle_and_width(
    layer: NDArray[np.float32], valid: NDArray[np.bool_]
) -> tuple[np.float32, np.float32]:
    """Median, and 1.4826 times the median absolute deviation: the standard deviation of a normal.

    Where more than half of the cells are equal the plain standard deviation stands in.
    """
    values = layer[valid]
    middle = np.median(values)
    width = np.float32(1.4826) * np.median(np.abs(values - middle)) or values.std() or 1
    return np.float32(middle), np.float32(width)
