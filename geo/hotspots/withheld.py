"""The test that counts: what the first events say of where the last ones were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidSetting
from geo.hotspots.cells import Cells, cells_over
from geo.hotspots.clusters import space_time_clusters
from geo.hotspots.counts import density, naive_counts
from geo.hotspots.events import FEWEST_EVENTS, Events
from geo.hotspots.gi_star import local_gi_star

FEWEST_WITHHELD = 9
"""Withheld events below which no hit rate is told: 30 % of 30 events."""

METHODS = ("counts", "density", "gi*", "clusters")
"""The methods, the naive baseline first."""

_RESAMPLES = 2_000
"""Bootstrap samples of the withheld events."""

Scorer = Callable[[Events, Cells], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodScore:
    """How one method did on the withheld events."""

    method: str
    """One of `METHODS`."""
    hit_rate: float
    """Share of the withheld events in the top cells, 0 to 1; NaN if not testable."""
    low: float
    """5 % bound of the hit rate."""
    high: float
    """95 % bound of the hit rate."""
    pai: float
    """Predictive accuracy index: hit rate over the share of the area that the top cells take."""
    gain: float
    """Hit rate above that of the naive counts; 0 for the counts themselves."""
    gain_low: float
    """5 % bound of the gain, over the same events."""
    gain_high: float
    """95 % bound of the gain."""
    verdict: str
    """In words, against chance for the counts and against the counts for every other method."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """The test of every method, or why there is none."""

    testable: bool
    """Whether there were events enough."""
    why: str
    """If not, the reason in words."""
    fitted: int
    """Events that the methods saw."""
    withheld: int
    """Later events that they did not see."""
    across: int
    """Events left out: undated, or with a date that lies on both sides of the cut."""
    cut_day: float
    """First day of the withheld events, in days since 1970; NaN if not testable."""
    cells: int
    """Cells with support."""
    top_cells: int
    """Cells that a method could choose."""
    scores: tuple[MethodScore, ...]
    """One for each method looked at, in the order of `METHODS`; empty if not testable."""


def withheld_test(
    events: Events,
    *,
    cell_m: float,
    support_xy: NDArray[np.float64] | None = None,
    reach_m: float,
    reach_days: float,
    fit_share: float = 0.7,
    top_share: float = 0.1,
    methods: Sequence[str] = METHODS,
    seed: int,
) -> Withheld:
    """Hit rate and PAI of each method on the last events, fitted on the first ones.

    The events are cut in time at `fit_share` of them: events that surely happened before the cut
    are fitted, those that surely happened after it withheld, the rest left out. Each method ranks
    the cells, and its top `top_share` of them are looked at. Equal scores share the last places: an
    event in one of them counts by the share of them that is within the top. A withheld event
    outside all cells with support is a miss.

    Parameters
    ----------
    events
        The events.
    cell_m, support_xy
        As `cells_over` has them; support comes from them and from the fitted events only.
    reach_m, reach_days
        As `space_time_clusters` has them.
    fit_share, top_share
        Shares between 0 and 1.
    methods
        Which of `METHODS` to look at; the counts are always among them.
    seed
        Of the bootstrap over withheld events.

    Raises
    ------
    InvalidSetting
        If a share is not between 0 and 1, or as `space_time_clusters` says.

    Notes
    -----
    PAI: Chainey, Tompson and Uhlig (2008, doi:10.1057/palgrave.sj.8350066), here over the cells
    with support. Bounds: percentile bootstrap of the withheld events, the same samples for all.
    """
    if not (0 < fit_share < 1 and 0 < top_share < 1):
        raise InvalidSetting(
            f"{fit_share} of the events to fit and {top_share} of the cells to choose",
            expected="shares between 0 and 1",
        )
    cut, early, late = _cut(events, fit_share)
    first, last = events.take(early), events.take(late)
    across = len(events) - len(first) - len(last)
    if len(events) < FEWEST_EVENTS or len(last) < FEWEST_WITHHELD or not len(first):
        why = f"{len(events)} events, of which {len(last)} can be withheld: at least "
        return Withheld(
            testable=False,
            why=f"{why}{FEWEST_EVENTS} and {FEWEST_WITHHELD} are needed",
            fitted=len(first),
            withheld=len(last),
            across=across,
            cut_day=float("nan"),
            cells=0,
            top_cells=0,
            scores=(),
        )
    cells = cells_over(first, cell_m=cell_m, support_xy=support_xy)
    top = max(1, round(top_share * len(cells)))
    where = cells.index_of(last.xy)
    hits = {
        method: _hits(score(first, cells), where, top=top)
        for method, score in _scorers(reach_m, reach_days, seed).items()
        if method in {"counts", *methods}
    }
    together, times = np.unique(np.column_stack(list(hits.values())), axis=0, return_counts=True)
    # Events with the same outcome in all methods are one sort: a bootstrap draws how many of each.
    drawn = np.random.default_rng(seed).multinomial(len(last), times / len(last), size=_RESAMPLES)
    return Withheld(
        testable=True,
        why="",
        fitted=len(first),
        withheld=len(last),
        across=across,
        cut_day=cut,
        cells=len(cells),
        top_cells=top,
        scores=tuple(
            _score(
                method,
                together[:, number],
                together[:, 0],
                times / len(last),
                drawn / len(last),
                share=top / len(cells),
            )
            for number, method in enumerate(hits)
        ),
    )


def _cut(events: Events, fit_share: float) -> tuple[float, NDArray[np.bool_], NDArray[np.bool_]]:
    """The first withheld day, and which events surely lie before it and which from it on."""
    known = np.sort(events.day[~np.isnan(events.day)])
    if not len(known):
        nobody = np.zeros(len(events), dtype=bool)
        return float("nan"), nobody, nobody
    # Whole days: an interval of an even number of days has its middle at noon.
    cut = float(np.floor(known[min(int(np.ceil(fit_share * len(known))), len(known) - 1)]))
    begin, end = events.day - events.doubt_days / 2, events.day + events.doubt_days / 2
    return cut, np.asarray(end < cut, dtype=bool), np.asarray(begin >= cut, dtype=bool)


def _scorers(reach_m: float, reach_days: float, seed: int) -> dict[str, Scorer]:
    """How each method ranks the cells."""

    def clustered(events: Events, cells: Cells) -> NDArray[np.float64]:
        found = space_time_clusters(
            events, reach_m=reach_m, reach_days=reach_days, permutations=0, seed=seed
        )
        return naive_counts(events.take(found.label >= 0), cells).astype(float)

    return {
        "counts": lambda events, cells: naive_counts(events, cells).astype(float),
        "density": lambda events, cells: density(events, cells).expected,
        "gi*": lambda events, cells: (
            local_gi_star(naive_counts(events, cells), cells, draws=1, seed=seed).z
        ),
        "clusters": clustered,
    }


def _hits(score: NDArray[np.float64], where: NDArray[np.int64], *, top: int) -> NDArray[np.float64]:
    """For each withheld event 1 in a top cell, 0 elsewhere, between where the last places tie."""
    # Rounded: what is equal by symmetry must not be ranked by its last bit.
    rounded = np.round(score, 9)
    least = np.sort(rounded)[::-1][top - 1]
    above, tied = rounded > least, rounded == least
    within = np.where(above, 1.0, np.where(tied, (top - above.sum()) / tied.sum(), 0.0))
    return np.where(where >= 0, within[where], 0.0)


def _score(
    method: str,
    hits: NDArray[np.float64],
    naive: NDArray[np.float64],
    weight: NDArray[np.float64],
    drawn: NDArray[np.float64],
    *,
    share: float,
) -> MethodScore:
    """The figures of one method beside those of the counts.

    `hits` and `naive` have one value for each sort of event, `weight` the share of each sort, and
    `drawn` shape (samples, sorts) the same in each bootstrap sample.
    """
    rate = float(weight @ hits)
    low, high = np.quantile(drawn @ hits, [0.05, 0.95])
    more = hits - naive
    gain_low, gain_high = np.quantile(drawn @ more, [0.05, 0.95])
    if method == "counts":
        verdict = "better than chance" if low > share else "no better than chance"
    elif gain_low > 0:
        verdict = "better than plain counts"
    else:
        verdict = "worse than plain counts" if gain_high < 0 else "no better than plain counts"
    return MethodScore(
        method=method,
        hit_rate=rate,
        low=float(low),
        high=float(high),
        pai=rate / share,
        gain=float(weight @ more),
        gain_low=float(gain_low),
        gain_high=float(gain_high),
        verdict=verdict,
    )
