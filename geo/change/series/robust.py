"""Middles and widths that a few wild values do not move, along the first axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
"""Shape (scenes, cells); NaN where a cell was not seen."""

TO_SIGMA = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""

TUKEY = 4.685
"""Widths beyond which Tukey's biweight gives no weight: 95 % efficiency for a normal (Holland and
Welsch 1977, doi:10.1080/03610927708827533)."""


def middle(values: Table) -> NDArray[np.float64]:
    """Median over the first axis of what is known; NaN where nothing is.

    >>> middle(np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]]))
    array([ 2., nan])
    """
    ordered = np.sort(values, axis=0)  # NaN comes last
    count = np.isfinite(values).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, np.maximum(count, 1) // 2
    high = np.minimum(high, np.maximum(count - 1, 0))
    pair = [np.take_along_axis(ordered, np.expand_dims(at, 0), axis=0)[0] for at in (low, high)]
    halfway: NDArray[np.float64] = (pair[0] + pair[1]) / 2
    return halfway


def width(residuals: Table) -> NDArray[np.float64]:
    """Robust standard deviation of residuals around 0, over the first axis."""
    return TO_SIGMA * middle(np.abs(residuals))


def tukey_weights(residuals: Table, sigma: NDArray[np.float64] | float) -> Table:
    """Tukey's biweights; 0 where a residual is unknown."""
    apart = np.nan_to_num(np.abs(residuals), nan=np.inf) / (TUKEY * np.maximum(sigma, 1e-9))
    near = np.minimum(apart, 1.0)
    return (1 - near**2) ** 2
