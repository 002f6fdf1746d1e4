"""False discoveries among many alerts: q values over objects, one p value for a site.

Never over cells: those of one picture change together, and over the cells of one pair of dates the
share of false discoveries was .77 where .05 was asked for (see ``tests/bench/RESULTS.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidSetting

Floats = NDArray[np.float64]


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """The q value of each hypothesis: the least false discovery rate at which it is a discovery.

    Benjamini and Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x. The rate holds for p
    values that are independent or positively dependent. Those of objects that were compared with
    the same placebo runs are positively dependent (Bates, Candes, Lei, Romano and Sesia 2023,
    Annals of Statistics 51(1), arXiv:2104.08279).

    Parameters
    ----------
    p : array_like of float, shape (n,)
        p values from 0 to 1; NaN where there is none, which is no hypothesis and counts for none.

    Returns
    -------
    array of float, shape (n,)
        From the p value itself to 1, in the order of the p values; NaN where `p` is.

    Raises
    ------
    InvalidSetting
        If a p value lies outside 0 to 1.

    >>> benjamini_hochberg([0.01, 0.04, 0.03, float("nan")]).round(3)
    array([0.03, 0.04, 0.04,  nan])
    """
    return _stepped_up(p, factor=lambda _count: 1.0)


def benjamini_yekutieli(p: ArrayLike) -> Floats:
    """The q values that hold whatever the dependence; see `benjamini_hochberg`.

    Benjamini and Yekutieli (2001), doi:10.1214/aos/1013699998: larger by 1 + 1/2 + ... + 1/n.
    """
    return _stepped_up(p, factor=lambda count: float(np.sum(1 / np.arange(1, count + 1))))


def q_in_families(
    p: ArrayLike, families: Sequence[object], *, stands_for: ArrayLike | None = None
) -> Floats:
    """The q value of each alert where those of one detection were adjusted for one another.

    A p value against the strongest flag of whole placebo runs holds for all alerts of a detection
    together, so that the detections are what is many. A detection is found by its least p value
    among all detections (Benjamini and Hochberg), and an alert in it at the level that is left to
    each found one (Benjamini and Bogomolov 2014, arXiv:1106.3670): q is the least of
    m max(p of the k-th detection, p of the alert) / k. Detections of one alert each give the q
    values of `benjamini_hochberg`.

    Parameters
    ----------
    p : array_like of float, shape (n,)
        As for `benjamini_hochberg`; NaN is no hypothesis.
    families : sequence, length n
        The detection of each alert.
    stands_for : array_like of float, shape (n,), optional
        For how many detections that of each alert counts, at least 1; of several numbers within
        one, the largest holds. Those that flagged nothing are not kept, so that the past must tell
        how many there were: one that flags in one of three quiet runs stands for three.

    Returns
    -------
    array of float, shape (n,)
        0 to 1; NaN where `p` is.
    """
    values = _checked(p)
    weights = np.ones(values.shape) if stands_for is None else np.asarray(stands_for, np.float64)
    if (weights < 1).any():
        raise InvalidSetting(f"a detection stands for {weights.min():g}", expected="1 or more")
    q = np.full(values.shape, np.nan)
    known = np.isfinite(values)
    least: dict[object, float] = {}
    counted: dict[object, float] = {}
    for value, family, weight, tested in zip(values, families, weights, known, strict=True):
        if tested:
            least[family] = min(least.get(family, 1.0), float(value))
            counted[family] = max(counted.get(family, 1.0), float(weight))
    if least:
        first = np.sort(list(least.values()))
        levels = np.maximum(first[None, :], values[known, None])
        raised = sum(counted.values()) * levels / np.arange(1, len(first) + 1)
        q[known] = np.minimum(raised.min(axis=1), 1.0)
    return q


def simes(p: ArrayLike) -> float:
    """One p value for the hypothesis that none of these is true: the least of n p(i) / i.

    Simes (1986), doi:10.1093/biomet/73.3.751. NaN counts for none; NaN if there is no other. It is
    the least q value of `benjamini_hochberg`.

    >>> round(simes([0.01, 0.04, 0.9]), 3)
    0.03
    """
    q = benjamini_hochberg(p)
    return float(np.nanmin(q)) if np.isfinite(q).any() else float("nan")


def cauchy(p: ArrayLike) -> float:
    """One p value from several, however they depend, exact in the tail.

    Liu and Xie (2020), doi:10.1080/01621459.2018.1554485: the mean of tan(pi (1/2 - p)) is nearly
    Cauchy. NaN counts for none; NaN if there is no other. A p of 1 is taken as just below 1, as
    its tangent would drown all others.

    >>> round(cauchy([0.01, 0.01]), 3)
    0.01
    """
    known = _checked(p)
    known = known[np.isfinite(known)]
    if not known.size:
        return float("nan")
    kept = np.clip(known, 1e-15, 1 - 1 / (4 * known.size))
    return float(0.5 - np.arctan(np.mean(np.tan(np.pi * (0.5 - kept)))) / np.pi)


def _stepped_up(p: ArrayLike, *, factor: Callable[[int], float]) -> Floats:
    """The least of n p(j) / j over j from i on, times `factor` of n, at most 1."""
    values = _checked(p)
    q = np.full(values.shape, np.nan)
    known = np.flatnonzero(np.isfinite(values))
    if known.size:
        order = known[np.argsort(values[known], kind="stable")]
        raised = values[order] * known.size / np.arange(1, known.size + 1) * factor(known.size)
        q[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return q


def _checked(p: ArrayLike) -> Floats:
    """The p values as an array; an error if one is none."""
    values = np.asarray(p, dtype=np.float64)
    strange = values[(values < 0) | (values > 1)]
    if strange.size:
        raise InvalidSetting(f"a p value is {strange[0]:g}", expected="0 to 1")
    return values
