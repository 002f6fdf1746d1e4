"""How good a forecast of withheld events is: one published measure, one function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, rankdata

from geo.errors import BadInput

TOP_SHARE = 0.1
"""Part of the network, by road km, that counts as its top: the cells of risk terrain models hold
about half of later events there (Marchment & Gill 2021, doi:10.1186/s40163-021-00149-6)."""


def top_credit(
    score: NDArray[np.float64], length_km: NDArray[np.float64], *, share: float = TOP_SHARE
) -> NDArray[np.float64]:
    """Part of each link that lies in the best `share` of the network by road km, 0 to 1.

    Links of equal score enter together, each with the same part, so that a score without meaning
    hits as often as chance: a constant score gives every link the credit `share`.

    Parameters
    ----------
    score, length_km : array of float, shape (links,)
        Higher scores first; lengths of 0 or more with a sum above 0.

    Raises
    ------
    BadInput
        Shapes that differ, NaN, a negative length, or no length at all.

    >>> top_credit(np.array([3.0, 1.0, 1.0]), np.array([5.0, 45.0, 50.0])).round(3)
    array([1.   , 0.053, 0.053])
    """
    if score.shape != length_km.shape or score.ndim != 1:
        raise BadInput(f"scores of shape {score.shape} for lengths of shape {length_km.shape}")
    if np.isnan(score).any() or not np.isfinite(length_km).all() or (length_km < 0).any():
        raise BadInput("a link's score is NaN, or its length negative or not finite")
    if not length_km.sum() > 0:
        raise BadInput("the network has no length", expected="at least one link above 0 km")
    _, place = np.unique(-score, return_inverse=True)
    together = np.bincount(place, weights=length_km)
    before = np.cumsum(together) - together
    room = np.clip(share * length_km.sum() - before, 0.0, together)
    part = np.divide(room, together, out=np.zeros_like(room), where=together > 0)
    return np.asarray(part[place])


def best_hit_rate(
    link: NDArray[np.int64], length_km: NDArray[np.float64], *, share: float = TOP_SHARE
) -> float:
    """Largest part of the events that any choice of `share` of the network could hold.

    The links with most events a km, taken in turn until the km are used up; the last one in part.
    PEI* divides by it (National Institute of Justice, Real-Time Crime Forecasting Challenge 2017).
    """
    counts = np.bincount(link, minlength=length_km.size).astype(np.float64)
    held = counts > 0
    with np.errstate(divide="ignore"):
        density = counts[held] / length_km[held]
    credit = top_credit(
        np.concatenate([density, [-1.0]]),
        np.concatenate([length_km[held], [length_km[~held].sum()]]),
        share=share,
    )[:-1]
    # A link without length takes no room.
    return float((np.where(length_km[held] > 0, credit, 1.0) * counts[held]).sum() / counts.sum())


def rank_agreement(predicted: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """Spearman's correlation of two rankings; 0 where either is constant, for it ranks nothing."""
    # Shares that are equal but for rounding are equal.
    first, second = rankdata(np.round(predicted, 12)), rankdata(counts)
    first, second = first - first.mean(), second - second.mean()
    scale = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / scale) if scale > 0 else 0.0


def leg_recall(leg_share: NDArray[np.float64], seen: NDArray[np.int64]) -> float:
    """Part of the distinct legs seen that are among as many legs of greatest predicted share.

    As many are predicted as were seen, so that naming every leg earns nothing; equal shares enter
    together, in part.
    """
    wanted = np.unique(seen)
    legs = leg_share.size
    credit = top_credit(leg_share, np.ones(legs), share=wanted.size / legs)
    return float(credit[wanted].mean())


def interval_coverage(
    share_draws: NDArray[np.float64], counts: NDArray[np.float64], *, level: float = 0.9
) -> NDArray[np.float64]:
    """Credit of each post for having its count within the predictive interval, 0 to 1.

    The count of a post is predicted as binomial of all counts, its probability drawn. A count holds
    a stretch of the predictive distribution; the credit is the part of it within the central
    `level`, whose expectation is exactly `level` where the forecast is right, although counts are
    whole numbers (the non-randomised PIT of Czado, Gneiting & Held 2009,
    doi:10.1111/j.1541-0420.2009.01191.x).

    Parameters
    ----------
    share_draws : array of float, shape (samples, posts)
        Draws of the probability that a record is made at each post.
    counts : array of float, shape (posts,)
        Withheld counts.
    """
    total = counts.sum()
    up_to = binom.cdf(counts, total, np.clip(share_draws, 0, 1)).mean(axis=0)
    below = binom.cdf(counts - 1, total, np.clip(share_draws, 0, 1)).mean(axis=0)
    edge = (1 - level) / 2
    inside = np.clip(up_to, edge, 1 - edge) - np.clip(below, edge, 1 - edge)
    width = up_to - below
    # A count that the forecast held impossible is outside.
    return np.asarray(np.divide(inside, width, out=np.zeros_like(width), where=width > 1e-12))
