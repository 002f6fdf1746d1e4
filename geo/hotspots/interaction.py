"""Knox's test: whether events near in space come near in time more often than by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.errors import InvalidSetting
from geo.hotspots.clusters import dated_within
from geo.hotspots.events import FEWEST_EVENTS, Events

MOST_EVENTS = 3_000
"""Events that are tested; of more, so many are drawn at random, as pairs grow with the square."""

_MOST_WORK = 200_000_000
"""Pairs looked at over all deals of the dates: with many pairs fewer deals are made."""

_FEWEST_DEALS = 99
"""Deals of the dates at least: p down to 1 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnoxTest:
    """The counts of near pairs, and the chance of so many."""

    events: int
    """Events that were looked at."""
    drawn_from: int
    """Events dated well enough; more than `events` where those were drawn from them."""
    loosely_dated: int
    """Events left out: no date, or one that may be off by more than the reach in time."""
    near_space: int
    """Pairs near in space."""
    near_time: int
    """Pairs near in time."""
    near_both: int
    """Pairs near in both."""
    expected: float
    """Pairs near in both to be expected if place and time had nothing to do with each other."""
    p: float
    """Chance of so many pairs near in both or more if the dates were dealt at random among the
    places; NaN with fewer than `FEWEST_EVENTS` events."""
    deals: int
    """Deals of the dates behind `p`; 0 where it is NaN."""


def knox(
    events: Events, *, reach_m: float, reach_days: float, deals: int = 999, seed: int
) -> KnoxTest:
    """Knox's test of interaction between place and time.

    Parameters
    ----------
    events
        The events; those without a date, or with one that may be off by more than `reach_days`, are
        left out. Of more than `MOST_EVENTS` so many are drawn at random.
    reach_m, reach_days
        What counts as near; both ends included.
    deals
        Deals of the dates among the places; fewer, but at least 99, where the pairs are many.
    seed
        Of the draw and of the deals.

    Raises
    ------
    InvalidSetting
        If a reach is not above 0, or `deals` is below 1.

    Notes
    -----
    Knox (1964, doi:10.2307/2985220); the same counts and expectation as `pointpats.Knox`, whose own
    permutations draw from the process-wide generator and hold a set of neighbours for each event.
    The deal keeps how many events each place and each day has: many at one place alone, or many on
    one day alone, do not make p small.
    """
    if not (np.isfinite([reach_m, reach_days]).all() and min(reach_m, reach_days) > 0 < deals):
        raise InvalidSetting(
            f"a reach of {reach_m} m and {reach_days} days, {deals} deals",
            expected="a reach above 0 in both, and at least one deal",
        )
    rng = np.random.default_rng(seed)
    dated = np.flatnonzero(dated_within(events, reach_days))
    chosen = dated
    if len(dated) > MOST_EVENTS:
        chosen = np.sort(rng.choice(dated, MOST_EVENTS, replace=False))
    xy, day = events.xy[chosen], events.day[chosen]
    pairs = (
        cKDTree(xy).query_pairs(reach_m, output_type="ndarray").astype(np.int32)
        if len(xy)
        else np.empty((0, 2), dtype=np.int32)
    )
    near_time = _near_in_time(day, reach_days)
    near_both = _both(pairs, day, reach_days)
    all_pairs = len(day) * (len(day) - 1) / 2
    p, made = float("nan"), 0
    if len(day) >= FEWEST_EVENTS:
        made = min(deals, max(_FEWEST_DEALS, _MOST_WORK // max(len(pairs), 1)))
        reached = sum(
            _both(pairs, rng.permutation(day), reach_days) >= near_both for _ in range(made)
        )
        p = (1 + reached) / (1 + made)
    return KnoxTest(
        events=len(day),
        drawn_from=len(dated),
        loosely_dated=len(events) - len(dated),
        near_space=len(pairs),
        near_time=near_time,
        near_both=near_both,
        expected=len(pairs) * near_time / all_pairs if all_pairs else 0.0,
        p=p,
        deals=made,
    )


def _near_in_time(day: NDArray[np.float64], reach_days: float) -> int:
    """Pairs of days at most `reach_days` apart."""
    ordered = np.sort(day)
    last = np.searchsorted(ordered, ordered + reach_days, side="right")
    return int((last - np.arange(len(ordered)) - 1).sum())


def _both(pairs: NDArray[np.int32], day: NDArray[np.float64], reach_days: float) -> int:
    """Those of the pairs whose days are at most `reach_days` apart."""
    return int((np.abs(day[pairs[:, 0]] - day[pairs[:, 1]]) <= reach_days).sum())
