"""A lasting step in the backscatter of each cell: Student's t between two groups of dates.

After Ballinger (2025), the pixel-wise t test (PWTT) for building damage, arXiv:2405.06323:
Lee-filtered, logarithmic power of each orbit and polarisation, 12 months before against 1 or 2
months after; the greatest |t| over polarisations and orbits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from geo.errors import BadInput

LEAST_SPREAD_DB = 0.2
"""Standard deviation over time below which the dates of a cell are not told apart, in decibels:
the radiometric stability of Sentinel-1 is of this size, so a smaller one is chance."""

LEAST_P = 1e-300
"""p values below this are not told apart; a normal deviate of 37."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """A step between two groups of dates, cell by cell."""

    t: NDArray[np.float32]
    """Shape (polarisations, rows, columns); Student's t, positive where it grew brighter; NaN where
    either group has no date or both have one."""
    z: NDArray[np.float32]
    """Same shape; the deviate of the normal distribution that is as unlikely as t, so that few
    scenes count for as much as they tell. Of many scenes it is t itself."""
    change_db: NDArray[np.float32]
    """Same shape; mean after less mean before, in decibels."""
    p: NDArray[np.float32]
    """Same shape; two-sided p value of t."""


def step_of(before_db: NDArray[np.float32], after_db: NDArray[np.float32]) -> Step:
    """The step from one group of dates to the other, in units of what the cell does anyway.

    Parameters
    ----------
    before_db, after_db : array of float32, shape (dates, polarisations, rows, columns)
        Backscatter in decibels, NaN where there is no data; one and the same orbit.

    Notes
    -----
    ``t = (m_2 - m_1) / (s sqrt(1 / n_1 + 1 / n_2))`` with the pooled standard deviation s of
    ``n_1 + n_2 - 2`` degrees of freedom. The p value takes the dates of a cell as independent and
    normal, which logarithms of filtered power nearly are.

    Raises
    ------
    BadInput
        If the groups do not fit together.
    """
    if before_db.ndim != 4 or before_db.shape[1:] != after_db.shape[1:]:
        raise BadInput(
            f"radar dates of shapes {before_db.shape} and {after_db.shape}",
            expected="(dates, polarisations, rows, columns), alike but for the dates",
        )
    (n_1, m_1, v_1), (n_2, m_2, v_2) = _moments(before_db), _moments(after_db)
    freedom = n_1 + n_2 - 2
    enough = (n_1 > 0) & (n_2 > 0) & (freedom > 0)
    spread = np.sqrt((v_1 + v_2) / np.maximum(freedom, 1))
    error = np.sqrt(1 / np.maximum(n_1, 1) + 1 / np.maximum(n_2, 1))
    change = np.where((n_1 > 0) & (n_2 > 0), m_2 - m_1, np.nan)
    t = np.where(enough, change / (np.maximum(spread, LEAST_SPREAD_DB) * error), np.nan)
    p = 2 * stdtr(np.maximum(freedom, 1), -np.abs(t))
    z = -np.sign(t) * ndtri(np.maximum(p, LEAST_P) / 2)
    layers = (layer.astype(np.float32) for layer in (t, z, change, p))
    return Step(**dict(zip(("t", "z", "change_db", "p"), layers, strict=True)))


def _moments(
    values: NDArray[np.float32],
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Number of dates with data, their mean, and the sum of squares about it."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    mean = np.where(known, values, 0).sum(axis=0, dtype=np.float64) / np.maximum(count, 1)
    away = np.where(known, values - mean, 0)
    return count, mean, np.square(away).sum(axis=0)
