"""Speckle: how many looks a radar picture has, and Lee's filter against it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import fdtri

from geo.change.windows import box_sum
from geo.errors import InvalidSetting

SENTINEL1_LOOKS = 4.4
"""Equivalent number of looks of a ground range product (GRDH) of Sentinel-1's mode IW: Sentinel-1
Product Definition, S1-RS-MDA-52-7440; the value that Canty's reference code for the omnibus test
uses as well."""

FEWEST_LOOKS, MOST_LOOKS = 0.2, 1e4
"""Range in which a number of looks is sought."""


def lee(power: NDArray[np.float32], *, looks: float, radius_px: int) -> NDArray[np.float32]:
    """The power with its speckle damped: the local mean where it is even, itself where it is not.

    Parameters
    ----------
    power : array of float32, shape (..., rows, columns)
        Linear power, NaN where there is no data.
    looks : float
        Equivalent number of looks.
    radius_px : int
        Half side of the square window, in cells; 0 changes nothing.

    Returns
    -------
    array of float32, same shape
        NaN where `power` is NaN; above 0 where it is above 0.

    Notes
    -----
    Lee (1980), doi:10.1109/TPAMI.1980.4766994, for multiplicative noise of relative variance
    ``s = 1 / looks``: with local mean m and variance v of the window, the variance of the ground is
    ``(v - s m^2) / (1 + s)``, at least 0, and the weight of the cell itself is that over v.
    """
    if radius_px < 0:
        raise InvalidSetting(f"a filter of radius {radius_px} cells", expected="0 or more")
    filtered = np.empty_like(power)
    for place in np.ndindex(power.shape[:-2]):
        filtered[place] = _lee_layer(power[place], np.float32(1 / looks), radius_px)
    return filtered


def estimated_looks(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """The number of looks that the scatter between two dates of unchanged ground speaks for.

    Parameters
    ----------
    before, after : array of float32, one shape
        Linear power of one polarisation, NaN where there is no data.

    Returns
    -------
    float
        At most `MOST_LOOKS`, as for a picture and itself; NaN if no cell is valid on both dates.

    Notes
    -----
    The ratio of two independent gamma variables of n looks follows F(2n, 2n). The median of the
    absolute logarithm of the ratio, once its own median is taken off, is that of the upper quartile
    of F; change in a tenth of the cells lowers the number by up to a quarter. Ground that changed
    everywhere (crops, waves) lowers it more, as it lowers what can be detected.
    """
    known = np.isfinite(before) & np.isfinite(after)
    if not known.any():
        return float("nan")
    ratio = np.log(after[known] / before[known])
    scatter = float(np.median(np.abs(ratio - np.median(ratio))))

    def excess(looks: float) -> float:
        """How much more scatter so many looks would give than there is."""
        return float(np.log(fdtri(2 * looks, 2 * looks, 0.75)) - scatter)

    if excess(MOST_LOOKS) >= 0:
        return MOST_LOOKS
    if excess(FEWEST_LOOKS) <= 0:
        return FEWEST_LOOKS
    return float(brentq(excess, FEWEST_LOOKS, MOST_LOOKS, xtol=1e-3))


def _lee_layer(
    layer: NDArray[np.float32], noise: np.float32, radius_px: int
) -> NDArray[np.float32]:
    valid = np.isfinite(layer)
    filled = np.where(valid, layer, np.float32(0))
    count = np.maximum(box_sum(valid.astype(np.float32), radius_px=radius_px), np.float32(1))
    mean = box_sum(filled, radius_px=radius_px) / count
    square = box_sum(filled * filled, radius_px=radius_px) / count
    variance = np.maximum(square - mean * mean, np.float32(0))
    ground = np.maximum(variance - noise * mean * mean, np.float32(0)) / (1 + noise)
    weight = np.divide(ground, variance, out=np.zeros_like(variance), where=variance > 0)
    return np.where(valid, mean + np.clip(weight, 0, 1) * (layer - mean), np.float32(np.nan))
