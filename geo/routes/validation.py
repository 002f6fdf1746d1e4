"""Would the model have foretold what it had not seen? Tests on withheld events, with baselines.

Events are split, the model is fitted by a callback on what is left, and its forecast is measured on
what was withheld, beside four forecasts that anyone could make. A measure passes where it reaches
the line of the published peers and beats the best of the four; with fewer than `LEAST_EVENTS`
located events it is not testable, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInput, InvalidSetting
from geo.routes.measures import interval_coverage, top_credit
from geo.routes.verdicts import (
    LEVEL,
    MODEL,
    Row,
    Scores,
    Withheld,
    rows_of,
    untestable_rows,
)

LEAST_EVENTS = 30
"""Located events below which nothing is judged."""

EVEN = 0.05
"""Part of each baseline that is spread evenly over the posts, so that its log score is finite."""

LEAST_PROBABILITY = 1e-12
"""A post to which a forecast gives less, or nothing, is scored as if it had given this."""

BASELINES = ("nearest post", "straight line", "past counts", "uniform")
"""What anyone could forecast: all to the post nearest to each origin; the closer by air the more
(by the square); as it was so far; anywhere alike. Links rank by the distance to the nearest post,
by that to the nearest straight line from an origin to a post, by past events, and not at all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events:
    """Located events, one row each; all arrays have shape (events,)."""

    first_day: NDArray[np.datetime64]
    """Earliest day it may have happened; NaT = unknown."""
    last_day: NDArray[np.datetime64]
    """Latest day it may have happened; NaT = unknown."""
    post: NDArray[np.int64]
    """Number of the post at or near which it was made; -1 = at none."""
    link: NDArray[np.int64]
    """Number of the link of the network; -1 = on none."""
    leg: NDArray[np.int64]
    """Number of the leg (origin country to next country) that it proves; -1 = none."""
    case: NDArray[np.int64]
    """Number of the case: a seizure and its return share one; -1 = on its own."""

    def taken(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Events:
        """The rows that a mask or an index names."""
        return Events(**{each.name: getattr(self, each.name)[which] for each in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """The fixed ground of the test, which holds no event."""

    link_length_km: NDArray[np.float64]
    """Length of each link, shape (links,)."""
    link_post_km: NDArray[np.float64]
    """Distance of each link to its nearest post, shape (links,)."""
    link_line_km: NDArray[np.float64]
    """Distance of each link to the nearest straight line from an origin to a post, (links,)."""
    post_km: NDArray[np.float64]
    """Straight distance of each origin to each post, shape (origins, posts)."""
    origin_weight: NDArray[np.float64]
    """Intensity of each origin, shape (origins,); not all 0."""
    post_leg: NDArray[np.int64]
    """Number of the leg that each post serves, shape (posts,); -1 = none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Training:
    """All that a refit may know."""

    events: Events
    """The events that are not withheld."""
    before: np.datetime64 | None
    """Nothing from this day on may be used, looting events and alerts neither; None = no limit."""
    withheld_post: int | None
    """Post whose events are withheld; it is to be treated as not observable. None = no such."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """Where the next events are expected."""

    link_score: NDArray[np.float64]
    """Higher where more is expected, shape (links,)."""
    post_share: NDArray[np.float64]
    """Probability that an event at a post is at each, shape (posts,)."""
    post_draws: NDArray[np.float64] | None = None
    """Draws of the same, shape (samples, posts); None = no interval."""


Refit = Callable[[Training], Forecast]
"""Fits the model on a training and gives its forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The outcome of one test."""

    rows: tuple[Row, ...]
    """One a measure."""
    remarks: tuple[str, ...]
    """What was left out of the test, in plain sentences."""


def time_split(
    events: Events,
    ground: Ground,
    refit: Refit,
    *,
    cut: np.datetime64 | None = None,
    train_share: float = 0.7,
    seed: int,
) -> Validation:
    """Fitted on what happened before a day, measured on what happened from that day on.

    The refit gets a `Training` that holds no withheld event. Events without a day, those that may
    lie on either side of the cut, and later events of a case that the training knows (the return of
    a seizure) are in neither part; the remarks count them.

    Parameters
    ----------
    cut : datetime64, optional
        First day of the withheld part; unless told, the day before which `train_share` of the dated
        events had ended.
    seed : int
        Of the resamples behind the intervals.

    Raises
    ------
    BadInput
        Arrays that do not fit, or a forecast that does not fit the ground.
    InvalidSetting
        A `train_share` outside 0 to 1, or a negative seed.
    """
    _check(events, ground, seed)
    if not 0 < train_share < 1:
        raise InvalidSetting(f"train_share = {train_share}", expected="between 0 and 1")
    name = "time split"
    dated = ~(np.isnat(events.first_day) | np.isnat(events.last_day))
    if not dated.any():
        return _untestable(name, "no event has a date, so that none comes after another")
    if cut is None:
        ends = np.sort(events.last_day[dated])
        cut = ends[min(int(train_share * ends.size), ends.size - 1)]
    early, late = dated & (events.last_day < cut), dated & (events.first_day >= cut)
    known = np.isin(events.case, events.case[early & (events.case >= 0)])
    withheld = late & ~known
    remarks = (
        f"Fitted on {early.sum()} events before {cut}, measured on {withheld.sum()} from then on.",
        f"Left out: {(~dated).sum()} without a date, {(dated & ~early & ~late).sum()} that may lie "
        f"on either side, {(late & known).sum()} of a case known before.",
    )
    reason = _too_few(early | withheld, events)
    if reason:
        return _untestable(name, reason, remarks)
    training = Training(events=events.taken(early), before=cut, withheld_post=None)
    seen = events.taken(withheld)
    scores = {
        method: _scores(forecast, seen, ground)
        for method, forecast in _forecasts(training, ground, refit).items()
    }
    rows = rows_of(name, _withheld(seen, ground), scores, seed=seed)
    return Validation(rows=rows, remarks=remarks)


def leave_one_post_out(events: Events, ground: Ground, refit: Refit, *, seed: int) -> Validation:
    """Each post in turn is forecast from the events at all others, and measured on its own.

    Every post is left out once, also those without events: a refit that is told which post is
    withheld learns nothing from being told. Events of a withheld event's case are withheld with it.

    Raises
    ------
    BadInput
        Arrays that do not fit, or a forecast that does not fit the ground.
    InvalidSetting
        A negative seed.
    """
    _check(events, ground, seed)
    name = "leave one post out"
    at_post = events.post >= 0
    remarks = (
        f"Each of {ground.post_leg.size} posts left out in turn; {at_post.sum()} events at posts.",
    )
    reason = _too_few(at_post, events)
    if reason:
        return _untestable(name, reason, remarks)
    seen = events.taken(at_post)
    of_posts: dict[str, list[Scores]] = {method: [] for method in (MODEL, *BASELINES)}
    for post in range(ground.post_leg.size):
        own = events.post == post
        cases = events.case[own & (events.case >= 0)]
        rest = events.taken(~own & ~np.isin(events.case, cases))
        training = Training(events=rest, before=None, withheld_post=post)
        for method, forecast in _forecasts(training, ground, refit).items():
            of_posts[method].append(_scores(forecast, seen, ground))
    scores = {method: _own_scores(each, seen.post) for method, each in of_posts.items()}
    rows = rows_of(name, _withheld(seen, ground), scores, seed=seed)
    return Validation(rows=rows, remarks=remarks)


def baselines(training: Training, ground: Ground) -> dict[str, Forecast]:
    """What anyone could forecast without the model, by name; see `BASELINES`."""
    posts = ground.post_leg.size
    weight = ground.origin_weight / ground.origin_weight.sum()
    nearest = np.eye(posts)[ground.post_km.argmin(axis=1)]
    closeness = 1 / np.maximum(ground.post_km, 1.0) ** 2
    closeness /= closeness.sum(axis=1, keepdims=True)
    events = training.events
    at_post = np.bincount(events.post[events.post >= 0], minlength=posts)
    on_link = np.bincount(events.link[events.link >= 0], minlength=ground.link_length_km.size)
    links, even = np.zeros(ground.link_length_km.size), np.full(posts, 1 / posts)
    kinds = {
        "nearest post": (-ground.link_post_km, weight @ nearest),
        "straight line": (-ground.link_line_km, weight @ closeness),
        "past counts": (on_link.astype(np.float64), at_post / max(at_post.sum(), 1)),
        "uniform": (links, even),
    }
    return {
        method: Forecast(link_score=score, post_share=_floored(share, even))
        for method, (score, share) in kinds.items()
    }


def _floored(share: NDArray[np.float64], even: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share with a part spread evenly; sums to 1."""
    mixed = (1 - EVEN) * share + EVEN * even
    return np.asarray(mixed / mixed.sum())


def _forecasts(training: Training, ground: Ground, refit: Refit) -> dict[str, Forecast]:
    """The model's forecast and the baselines', all from one training."""
    forecast = refit(training)
    _check_forecast(forecast, ground)
    return {MODEL: forecast, **baselines(training, ground)}


def _withheld(seen: Events, ground: Ground) -> Withheld:
    """The withheld events as the measures take them."""
    return Withheld(
        post=seen.post, link=seen.link, leg=seen.leg, link_length_km=ground.link_length_km
    )


def _scores(forecast: Forecast, seen: Events, ground: Ground) -> Scores:
    """A forecast seen from the withheld events; NaN where an event has not the place for it."""
    credit = top_credit(forecast.link_score, ground.link_length_km)
    posts, served = ground.post_leg.size, ground.post_leg >= 0
    legs = max(int(seen.leg.max(initial=-1)), int(ground.post_leg.max(initial=-1))) + 1
    counts = np.bincount(seen.post[seen.post >= 0], minlength=posts).astype(np.float64)
    logs = np.log(np.maximum(forecast.post_share, LEAST_PROBABILITY))
    return Scores(
        credit=np.where(seen.link >= 0, credit[seen.link], np.nan),
        log_score=np.where(seen.post >= 0, logs[seen.post], np.nan),
        post_share=forecast.post_share,
        leg_share=np.bincount(
            ground.post_leg[served], weights=forecast.post_share[served], minlength=legs
        ).astype(np.float64),
        coverage=None
        if forecast.post_draws is None
        else interval_coverage(forecast.post_draws, counts, level=LEVEL),
    )


def _own_scores(of_posts: list[Scores], post: NDArray[np.int64]) -> Scores:
    """Of the scores with each post left out, to each event and each post its own."""
    events, posts = np.arange(post.size), range(len(of_posts))
    coverage = [each.coverage for each in of_posts]
    return Scores(
        credit=np.array([each.credit for each in of_posts])[post, events],
        log_score=np.array([each.log_score for each in of_posts])[post, events],
        post_share=np.array([of_posts[j].post_share[j] for j in posts]),
        leg_share=None,
        coverage=None
        if any(each is None for each in coverage)
        else np.array([each[j] for j, each in enumerate(coverage) if each is not None]),
    )


def _too_few(usable: NDArray[np.bool_], events: Events) -> str:
    """Why nothing can be judged; empty where there are events enough."""
    located = usable & ((events.post >= 0) | (events.link >= 0))
    if located.sum() >= LEAST_EVENTS:
        return ""
    return f"{located.sum()} located events can be used, {LEAST_EVENTS} are needed"


def _untestable(name: str, why: str, remarks: tuple[str, ...] = ()) -> Validation:
    """The whole test as not testable."""
    return Validation(rows=untestable_rows(name, why, BASELINES), remarks=remarks)


def _check(events: Events, ground: Ground, seed: int) -> None:
    """Gather what does not fit of events and ground, and refuse it at once."""
    if seed < 0:
        raise InvalidSetting(f"seed = {seed}", expected="0 or more")
    links, posts = ground.link_length_km.size, ground.post_leg.size
    origins = ground.origin_weight.size
    faults = [
        f"{each.name} of the events has shape {getattr(events, each.name).shape}"
        for each in fields(events)
        if getattr(events, each.name).shape != events.post.shape
    ]
    for name, shape in (
        ("link_post_km", (links,)),
        ("link_line_km", (links,)),
        ("post_km", (origins, posts)),
    ):
        values = getattr(ground, name)
        if values.shape != shape or np.isnan(values).any():
            faults.append(f"{name} has shape {values.shape} or NaN where {shape} is due")
    if not (posts and links and origins and ground.origin_weight.sum() > 0):
        faults.append(f"{posts} posts, {links} links, {origins} origins with a weight above 0")
    if not (np.isfinite(ground.origin_weight).all() and (ground.origin_weight >= 0).all()):
        faults.append("an origin's weight is negative or not finite")
    for name, limit in (("post", posts), ("link", links)):
        number = getattr(events, name)
        if number.size and (number.max() >= limit or number.min() < -1):
            faults.append(f"an event's {name} is not one of the {limit}")
    if faults:
        raise BadInput("; ".join(faults), expected="events and ground that fit each other")


def _check_forecast(forecast: Forecast, ground: Ground) -> None:
    """Refuse a forecast that does not fit the ground or is no distribution over posts."""
    share, links = forecast.post_share, ground.link_length_km.shape
    if forecast.link_score.shape != links or share.shape != ground.post_leg.shape:
        raise BadInput(
            f"a forecast of {forecast.link_score.shape} links and {share.shape} posts",
            expected=f"{links} links and {ground.post_leg.shape} posts",
        )
    draws = forecast.post_draws
    if draws is not None and (draws.shape[1:] != share.shape or not np.isfinite(draws).all()):
        raise BadInput(
            f"forecast draws of shape {draws.shape}, or not all finite",
            expected=f"(samples, {share.size})",
        )
    if not (np.isfinite(share).all() and (share >= 0).all() and abs(share.sum() - 1) < 1e-6):
        raise BadInput(
            f"forecast shares of posts sum to {share.sum():g}",
            expected="finite shares of 0 or more that sum to 1",
        )
