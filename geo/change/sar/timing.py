"""When a lasting step in a stack of radar pictures came."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInput

SUPPORT = 1.92
"""Fall of the logarithm of the likelihood that bounds an interval of 95 %: half the quantile .95 of
chi-square with one degree of freedom (Wilks 1938, doi:10.1214/aoms/1177732360). For the place of
a step it is a rule of thumb."""


def step_likelihood(power: NDArray[np.float32], *, looks: float) -> NDArray[np.float32]:
    """How much likelier one step after each date is than none, cell by cell.

    Parameters
    ----------
    power : array of float32, shape (dates, polarisations, rows, columns)
        Linear power of one orbit, not filtered; NaN where there is no data.
    looks : float
        Equivalent number of looks.

    Returns
    -------
    array of float32, shape (dates - 1, rows, columns)
        Logarithm of the ratio of likelihoods; entry i for a step between date i and i + 1, from 0.
        0 where any date has no data.

    Notes
    -----
    For gamma variables of n looks with the mean a up to date j of k and b from then on, and c over
    all: ``n (k ln c - j ln a - (k - j) ln b)``, summed over polarisations.
    """
    if power.ndim != 4 or power.shape[0] < 2:
        raise BadInput(
            f"a radar stack of shape {power.shape}",
            expected="(dates, polarisations, rows, columns) with at least two dates",
        )
    k = power.shape[0]
    known = np.isfinite(power).all(axis=(0, 1))
    filled = np.where(known, power, 1).astype(np.float64)
    total = filled.sum(axis=0)
    up_to = np.cumsum(filled, axis=0)[:-1]
    count = np.arange(1, k).reshape(-1, 1, 1, 1)
    ratio = (
        k * np.log(total / k)
        - count * np.log(up_to / count)
        - (k - count) * np.log((total - up_to) / (k - count))
    )
    return np.asarray(looks * ratio.sum(axis=1), dtype=np.float32)


def interval_of(likelihood: NDArray[np.float32]) -> tuple[int, int]:
    """The last date that does not show the step and the first that surely does, counted from 0.

    `likelihood` has the shape (dates - 1,): what `step_likelihood` gave, summed over the cells of
    one object. The interval holds every step whose likelihood is within `SUPPORT` of the best.
    """
    likely = np.flatnonzero(likelihood >= likelihood.max() - SUPPORT)
    return int(likely[0]), int(likely[-1]) + 1
