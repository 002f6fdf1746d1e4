"""What a test on withheld events came to: measures, intervals, verdicts, beside the baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from geo.routes.measures import TOP_SHARE, best_hit_rate, leg_recall, rank_agreement

LEAST_WITHHELD = 10
"""Withheld events below which nothing is judged: one event more or less would move a rate by a
tenth."""

RESAMPLES = 500
"""Bootstrap resamples of the withheld events behind each interval."""

LEVEL = 0.9
"""Level of the predictive intervals whose coverage is measured."""

HIT_LINE = 0.5
"""Hit rate to exceed: risk terrain models hold almost half of later cases in the top tenth of their
cells (Marchment & Gill 2021, doi:10.1186/s40163-021-00149-6)."""

LINES: Mapping[str, float] = MappingProxyType(
    {
        "hit rate in the top 10 % of the network": HIT_LINE,
        "PAI over road km": HIT_LINE / TOP_SHARE,
        "Spearman of the posts": 0.45,
        "edge recall": 0.46,
    }
)
"""What is to be exceeded besides the baselines. Spearman: cocaine in the shipping network, before
covariates. Edge recall: a psychostimulant network inferred from prices."""

MODEL = "model"
"""Name under which the model's own forecast is scored."""


class Verdict(StrEnum):
    """What a test came to."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TESTABLE = "not testable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measure of one test."""

    test: str
    """Name of the test."""
    measure: str
    """Name of the measure."""
    value: float
    """The model's value; NaN = not measured."""
    low: float
    """5 % quantile over resamples of the withheld events; NaN = not measured."""
    high: float
    """95 % quantile."""
    baselines: Mapping[str, float]
    """The value of each baseline by the same measure; NaN = it gives none."""
    verdict: Verdict
    """What it came to."""
    why: str
    """The reason, in one plain sentence."""

    def as_dict(self) -> dict[str, str | float]:
        """The row as the columns of the validation table: the model's value is `lamassu`."""
        return {
            "test": self.test,
            "measure": self.measure,
            "lamassu": self.value,
            "low": self.low,
            "high": self.high,
            **self.baselines,
            "verdict": str(self.verdict),
            "why": self.why,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Withheld:
    """The withheld events and the network's lengths."""

    post: NDArray[np.int64]
    """Post of each event, -1 = none."""
    link: NDArray[np.int64]
    """Link of each event, -1 = none."""
    leg: NDArray[np.int64]
    """Leg of each event, -1 = none."""
    link_length_km: NDArray[np.float64]
    """Length of each link."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """A forecast seen from the withheld events."""

    credit: NDArray[np.float64]
    """Part of each event's link that is in the top of the network, shape (events,)."""
    log_score: NDArray[np.float64]
    """Log probability that the forecast gave each event's post, shape (events,)."""
    post_share: NDArray[np.float64]
    """Probability forecast for each post, shape (posts,)."""
    leg_share: NDArray[np.float64] | None
    """The same for each leg, shape (legs,); None = the test has no legs."""
    coverage: NDArray[np.float64] | None
    """Credit of each post for its interval, shape (posts,); None = no intervals."""


Measure = Callable[[Scores, Withheld], float]
"""Value of a measure; the events of both have been chosen."""


def hit_rate(scores: Scores, _: Withheld) -> float:
    """Part of the events in the top of the network."""
    return float(scores.credit.mean())


def accuracy_index(scores: Scores, _: Withheld) -> float:
    """PAI: the hit rate over the part of the road km that was searched.

    Chainey, Tompson & Uhlig 2008, doi:10.1057/palgrave.sj.8350066, for road km in place of area.
    """
    return float(scores.credit.mean() / TOP_SHARE)


def efficiency_index(scores: Scores, seen: Withheld) -> float:
    """PEI*: the hit rate over the best that as many road km could reach."""
    return float(scores.credit.mean() / best_hit_rate(seen.link, seen.link_length_km))


def post_ranking(scores: Scores, seen: Withheld) -> float:
    """Spearman's correlation of the forecast shares with the counts, over all posts."""
    counts = np.bincount(seen.post, minlength=scores.post_share.size)
    return rank_agreement(scores.post_share, counts.astype(np.float64))


def edge_recall(scores: Scores, seen: Withheld) -> float:
    """Part of the legs seen that were foretold among as many."""
    return leg_recall(scores.leg_share, seen.leg) if scores.leg_share is not None else np.nan


def mean_log_score(scores: Scores, _: Withheld) -> float:
    """Mean log probability that was given to the posts of the events."""
    return float(scores.log_score.mean())


MEASURES: tuple[tuple[str, str, Measure], ...] = (
    ("hit rate in the top 10 % of the network", "link", hit_rate),
    ("PAI over road km", "link", accuracy_index),
    ("PEI over road km", "link", efficiency_index),
    ("Spearman of the posts", "post", post_ranking),
    ("edge recall", "leg", edge_recall),
    ("log score", "post", mean_log_score),
)
"""Name, which place an event must have to count, and function."""

COVERAGE = "coverage of 90 % intervals"
"""Name of the measure of calibration, which only the model has."""


def rows_of(
    test: str, seen: Withheld, scores: Mapping[str, Scores], *, seed: int
) -> tuple[Row, ...]:
    """One row a measure: the model and each baseline by the same measure, on the same events."""
    rng = np.random.default_rng(seed)
    rows = [
        _row(test, name, measure, _with_place(seen, scores, place), rng)
        for name, place, measure in MEASURES
    ]
    return (*rows, _coverage_row(test, scores))


def untestable_rows(test: str, why: str, baselines: tuple[str, ...]) -> tuple[Row, ...]:
    """Every measure of a test as not testable, for one reason."""
    names = [*(name for name, _, _ in MEASURES), COVERAGE]
    return tuple(_untestable(test, name, why, baselines) for name in names)


def _with_place(
    seen: Withheld, scores: Mapping[str, Scores], place: str
) -> tuple[Withheld, dict[str, Scores]]:
    """Only those events that have a link, a post or a leg."""
    chosen = np.flatnonzero(getattr(seen, place) >= 0)
    return _chosen(seen, scores, chosen)


def _chosen(
    seen: Withheld, scores: Mapping[str, Scores], chosen: NDArray[np.intp]
) -> tuple[Withheld, dict[str, Scores]]:
    """The events and their scores by index; an index may come more than once."""
    events = Withheld(
        post=seen.post[chosen],
        link=seen.link[chosen],
        leg=seen.leg[chosen],
        link_length_km=seen.link_length_km,
    )
    return events, {
        method: Scores(
            credit=each.credit[chosen],
            log_score=each.log_score[chosen],
            post_share=each.post_share,
            leg_share=each.leg_share,
            coverage=each.coverage,
        )
        for method, each in scores.items()
    }


def _row(
    test: str,
    name: str,
    measure: Measure,
    placed: tuple[Withheld, dict[str, Scores]],
    rng: np.random.Generator,
) -> Row:
    """One measure with its interval, its baselines and its verdict."""
    seen, scores = placed
    others = tuple(method for method in scores if method != MODEL)
    events = seen.post.size
    if measure is edge_recall and scores[MODEL].leg_share is None:
        return _untestable(test, name, "the test withholds posts, not legs", others)
    if events < LEAST_WITHHELD:
        why = f"only {events} withheld events have the place that it needs, {LEAST_WITHHELD} must"
        return _untestable(test, name, why, others)
    values = {method: measure(each, seen) for method, each in scores.items()}
    best = max(others, key=lambda method: values[method])
    resampled, wins = np.empty(RESAMPLES), 0
    for turn in range(RESAMPLES):
        events_again, again = _chosen(seen, scores, rng.integers(0, events, events))
        resampled[turn] = measure(again[MODEL], events_again)
        wins += resampled[turn] > measure(again[best], events_again)
    low, high = np.quantile(resampled, [0.05, 0.95])
    verdict, why = _judged(values[MODEL], LINES.get(name), best, values[best], wins / RESAMPLES)
    return Row(
        test=test,
        measure=name,
        value=values[MODEL],
        low=float(low),
        high=float(high),
        baselines=MappingProxyType({method: values[method] for method in others}),
        verdict=verdict,
        why=f"{why}, on {events} events",
    )


def _judged(
    value: float, line: float | None, best: str, best_value: float, wins: float
) -> tuple[Verdict, str]:
    """Passed where it is above the line, if there is one, and above the best baseline."""
    reached, beats = line is None or value > line, value > best_value
    of_line = "" if line is None else f"{'above' if reached else 'not above'} the line {line:.2f}, "
    of_best = f"{'above' if beats else 'not above'} the best baseline ({best}, {best_value:.2f})"
    verdict = Verdict.PASSED if reached and beats else Verdict.FAILED
    return verdict, f"{value:.2f} is {of_line}{of_best}, better in {wins:.0%} of resamples"


def _coverage_row(test: str, scores: Mapping[str, Scores]) -> Row:
    """Whether the counts lie within the predictive intervals as often as these say."""
    others = tuple(method for method in scores if method != MODEL)
    coverage = scores[MODEL].coverage
    if coverage is None:
        return _untestable(test, COVERAGE, "the forecast has no intervals", others)
    posts, value = coverage.size, float(coverage.mean())
    limits = binomtest(round(value * posts), posts, LEVEL).proportion_ci(0.95)
    held = limits.low <= LEVEL <= limits.high
    return Row(
        test=test,
        measure=COVERAGE,
        value=value,
        low=float(limits.low),
        high=float(limits.high),
        baselines=MappingProxyType(dict.fromkeys(others, np.nan)),
        verdict=Verdict.PASSED if held else Verdict.FAILED,
        why=f"{value:.2f} of the counts at {posts} posts are within; {LEVEL:.2f} is "
        f"{'' if held else 'not '}what that many posts allow",
    )


def _untestable(test: str, name: str, why: str, baselines: tuple[str, ...]) -> Row:
    """A measure that cannot be taken, and why."""
    return Row(
        test=test,
        measure=name,
        value=np.nan,
        low=np.nan,
        high=np.nan,
        baselines=MappingProxyType(dict.fromkeys(baselines, np.nan)),
        verdict=Verdict.NOT_TESTABLE,
        why=why,
    )
