"""Whether, and between which dates, the backscatter of a cell changed: the omnibus test.

Conradsen, Nielsen and Skriver (2016), doi:10.1109/TGRS.2015.2510160. The multilooked power of one
polarisation is a gamma variable of n looks; the test asks whether k of them have one mean. Ground
range products hold no phase between polarisations, so these are taken as independent and their
statistics added (the block-diagonal case of the paper).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaincc, polygamma

from geo.errors import BadInput, InvalidSetting

Stack = NDArray[np.float32]
"""Shape (dates, polarisations, rows, columns): linear power above 0, NaN where there is no data."""

ROUNDING = 1e-9
"""Below this a statistic of the test is 0 but for rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChangePoints:
    """Between which dates the cells changed."""

    changed: NDArray[np.bool_]
    """Shape (dates - 1, rows, columns); whether there was a change between date i and i + 1."""
    first: NDArray[np.int16]
    """Shape (rows, columns); number from 1 of the date that first shows a change; 0 none, -1 no
    data."""
    count: NDArray[np.int16]
    """Shape (rows, columns); how many changes there were; -1 no data."""


def omnibus_p(power: Stack, *, looks: float) -> NDArray[np.float32]:
    """Probability of at least this much difference between the dates if nothing changed.

    Parameters
    ----------
    power : array of float32, shape (dates, polarisations, rows, columns)
        Linear power as delivered, not filtered; NaN where there is no data. At least two dates.
    looks : float
        Equivalent number of looks.

    Returns
    -------
    array of float32, shape (rows, columns)
        p values; NaN where any date or polarisation has no data.

    Notes
    -----
    With k dates and n looks, ``ln Q = n (k ln k + sum ln X_i - k ln sum X_i)`` for each channel.
    ``-2 ln Q`` is taken as a gamma variable with a shift (Pearson's type III) of the exact mean,
    variance and third moment: as close as the paper's mixture of two chi-square distributions from
    three looks on, and closer below (at one look that mixture says 1 % where it is 1.3 to 1.5 %,
    and this one .1 % where it is .092 to .102 %).
    """
    _require(power, looks)
    filled, known = _filled(power)
    return np.where(known, _p_of_q(filled, looks), np.float32(np.nan))


def change_points(power: Stack, *, looks: float, alpha: float) -> ChangePoints:
    """Between which dates each cell changed, by the paper's sequence of tests at level `alpha`.

    The omnibus test is made over all dates; where it is significant, the factors R_2, R_3, ... tell
    the first date that differs from all before it, and the same begins anew from there. A change
    that no single factor shows is not dated. Parameters as `omnibus_p`.
    """
    _require(power, looks)
    filled, known = _filled(power)
    dates, _, rows, cols = power.shape
    changed = np.zeros((dates - 1, rows, cols), dtype=bool)
    start = np.zeros((rows, cols), dtype=np.int16)
    for begin in range(dates - 1):
        here = known & (start == begin)
        here[here] = _p_of_q(filled[begin:, :, here][..., np.newaxis], looks)[:, 0] < alpha
        for later in range(begin + 1, dates):
            if not here.any():
                break
            found = here.copy()
            span = filled[begin : later + 1, :, here][..., np.newaxis]
            found[here] = _p_of_r(span, looks)[:, 0] < alpha
            changed[later - 1] |= found
            start[found] = later
            here &= ~found
    first = np.where(changed.any(axis=0), changed.argmax(axis=0) + 1, 0).astype(np.int16)
    return ChangePoints(
        changed=changed,
        first=np.where(known, first, np.int16(-1)),
        count=np.where(known, changed.sum(axis=0), -1).astype(np.int16),
    )


def _require(power: Stack, looks: float) -> None:
    if power.ndim != 4 or power.shape[0] < 2:
        raise BadInput(
            f"a radar stack of shape {power.shape}",
            expected="(dates, polarisations, rows, columns) with at least two dates",
        )
    if not looks > 0:
        raise InvalidSetting(f"{looks} looks", expected="a number above 0")


def _filled(power: Stack) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The power with 1 in cells that lack any of it, and the cells that lack none."""
    known = np.asarray((np.isfinite(power) & (power > 0)).all(axis=(0, 1)))
    return np.where(known, power, 1).astype(np.float64), known


def _p_of_q(power: NDArray[np.float64], looks: float) -> NDArray[np.float32]:
    """Probability above Q, of power of shape (dates, polarisations, rows, columns)."""
    k = power.shape[0]
    log_q = k * np.log(k) + np.log(power).sum(axis=0) - k * np.log(power.sum(axis=0))
    return _p(looks * log_q, np.full(k, looks))


def _p_of_r(power: NDArray[np.float64], looks: float) -> NDArray[np.float32]:
    """Probability above R_j, the last of j dates against all before it.

    ``ln R_j = n (j ln j - (j - 1) ln (j - 1) + (j - 1) ln (X_1 + ... + X_(j-1)) + ln X_j
    - j ln (X_1 + ... + X_j))``.
    """
    j = power.shape[0]
    before, last = power[:-1].sum(axis=0), power[-1]
    constant = j * np.log(j) - (j - 1) * np.log(j - 1)
    log_r = constant + (j - 1) * np.log(before) + np.log(last) - j * np.log(before + last)
    return _p(looks * log_r, np.array([(j - 1) * looks, looks]))


def _p(log_ratio: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float32]:
    """Probability above a ratio of likelihoods, shape (polarisations, rows, columns), summed.

    `sizes` are the looks of the groups that have one mean if nothing changed. With the sum A of
    sizes a_i, the moments are ``E exp(h ln L) = (A^A / prod a_i^a_i)^h Gamma(A) / Gamma(A (1 + h))
    prod Gamma(a_i (1 + h)) / Gamma(a_i)``; the cumulants of ``ln L`` follow by derivation, and
    those of channels add up.
    """
    total, channels = sizes.sum(), log_ratio.shape[0]
    mean = -2 * (
        total * (np.log(total) - digamma(total)) - (sizes * (np.log(sizes) - digamma(sizes))).sum()
    )
    variance = 4 * ((sizes**2 * polygamma(1, sizes)).sum() - total**2 * polygamma(1, total))
    third = -8 * ((sizes**3 * polygamma(2, sizes)).sum() - total**3 * polygamma(2, total))
    scale = third / (2 * variance)
    shape = channels * variance / scale**2
    statistic = -2 * log_ratio.sum(axis=0)
    p = gammaincc(shape, np.maximum(statistic - channels * mean, -shape * scale) / scale + shape)
    # The shift is a little below 0; dates that are equal, but for rounding, do not differ at all.
    return np.where(statistic < ROUNDING, 1, p).astype(np.float32)
