"""What gets recorded of a flow: the posterior density of flows, detection and reporting.

After ETIS (Underwood, Burn, Milliken 2013, doi:10.1371/journal.pone.0076539): the rate of records
is activity times seizure rate times reporting rate, none of which is seen by itself, and only the
relative activity can be told. Everything unknown is a vector ``theta`` of independent standard
normals, but for the groups' own rates; flows and rates are functions of it:

    log flow    = prior mean + V F z                 F^2 = prior variances + s_u^2
    log catch_j = stated_j + s_k k[kind] + s_r r[reporter] + s_v (V v)_j
    log rate_j  = level + log flow_j + log catch_j

with the axes V of the prior's covariance, so that V v is as independent as v. A count tells of the
sum ``F z + s_v v = S total`` only, S^2 = F^2 + s_v^2; theta holds `total` and, at right angles to
it, `across`, which divides the sum between flow and catch: standard normal like z and v.

A located count is Poisson of ``rate_j``. A count that is known only to a group of posts is Poisson
of a sum over the group, times a level and a lognormal effect of its own: of flow x catch where the
record was made at the post, of the flow where it was made after the crossing, so that detection at
the posts had no part in it. The lognormal effects make the counts overdispersed. For a group theta
holds the log rate, for it is that which a count tells of, and the effect follows. Flows are known
up to a factor only; shares are flows over their sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidSetting

LARGEST_LOG_RATE = 60.0
"""A rate beyond e^60 has no weight in any posterior; the limit keeps a wild step finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What is believed before any record is seen, and why; all of it assumed, none measured."""

    unmapped_share: float = 0.05
    """Share of the flow that is spread evenly over all posts in each prior draw: the way out that
    the map lacks. It is the floor under a prior share."""
    flow_error: float = 1.0
    """Median of s_u, the standard deviation of the prior's error in the log flow of a post. With 1
    half of all posts are within a factor of 2 of what the map says; nobody has measured more."""
    flow_error_log_sd: float = 0.4
    """Log standard deviation of s_u: 0.5 to 2 for 90 % of worlds; the records refine it."""
    detection_spread: float = 0.6
    """Median of s_v, the standard deviation of log detection x reporting among posts of one kind
    and reporter: a factor of 7 between the 5th and the 95th of a hundred."""
    detection_spread_log_sd: float = 0.4
    """Log standard deviation of s_v: between 0.3 and 1.2 for 90 % of worlds."""
    kind_spread: float = 0.5
    """Standard deviation of the effect of a post's kind (land, sea, air, informal)."""
    reporter_spread: float = 0.5
    """Standard deviation of the effect of who reports (a country, an agency)."""
    group_spread: float = 0.7
    """Standard deviation of the effect of a group, as where inland police differ tenfold (5-95 %)
    among countries."""
    level_log_mean: float = 3.4
    """Mean of each level: the log of the records expected were the flows as the map says, 30."""
    level_log_sd: float = 2.5
    """Its standard deviation, from half a record to 1,800: as good as unknown."""

    def __post_init__(self) -> None:
        """Refuse a share that is none and spreads that are not above 0."""
        wrong = [
            f"{each.name} = {getattr(self, each.name)}"
            for each in fields(self)
            if each.name != "level_log_mean" and not 0 < getattr(self, each.name) < np.inf
        ]
        if wrong or not self.unmapped_share < 1 or not np.isfinite(self.level_log_mean):
            raise InvalidSetting(
                "; ".join(wrong) or "a share of 1 or more, or a mean that is not finite",
                expected="spreads above 0, and a share between 0 and 1",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """The counts and all that is given of their rates: the constants of the density."""

    mean: NDArray[np.float64]
    """Prior mean of the log flow, shape (posts,)."""
    axes: NDArray[np.float64]
    """Columns are the axes of the prior's own covariance, shape (posts, posts)."""
    variances: NDArray[np.float64]
    """Prior variance along each axis, shape (posts,)."""
    stated: NDArray[np.float64]
    """Stated log rate of detection and reporting, shape (posts,)."""
    kinds: NDArray[np.float64]
    """1 where the post is of the kind, shape (posts, kinds)."""
    reporters: NDArray[np.float64]
    """1 where the reporter reports of the post, shape (posts, reporters)."""
    observable: NDArray[np.float64]
    """1 where a count of 0 is a count, 0 where nobody could have counted, shape (posts,)."""
    located: NDArray[np.float64]
    """Located counts, shape (posts,)."""
    at_post: NDArray[np.float64]
    """Members of the groups whose records were made at a post, shape (groups at posts, posts)."""
    at_post_counts: NDArray[np.float64]
    """Their counts."""
    after: NDArray[np.float64]
    """Members of the groups whose records were made after the crossing, shape (others, posts)."""
    after_counts: NDArray[np.float64]
    """Their counts."""
    assumptions: Assumptions
    """The beliefs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """What a batch of `theta` means; the first axis of each array is the batch."""

    log_flow: NDArray[np.float64]
    """Logarithm of the flow at each post; the sum is 1 where all flows are at the prior mean."""
    log_catch: NDArray[np.float64]
    """Logarithm of detection x reporting, relative, shape (batch, posts)."""

    @property
    def log_share(self) -> NDArray[np.float64]:
        """Logarithm of each post's share of the flow, shape (batch, posts)."""
        return np.asarray(self.log_flow - log_sum(self.log_flow))


def log_flow_of(
    share_draws: NDArray[np.float64], unmapped_share: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean, axes and variances of the log of the floored share draws, which are (draws, posts)."""
    given = np.asarray(share_draws, dtype=np.float64)
    reached = given[given.sum(axis=1) > 0]
    shares = reached / reached.sum(axis=1, keepdims=True)
    logs = np.log((1 - unmapped_share) * shares + unmapped_share / shares.shape[1])
    away = logs - logs.mean(axis=0)
    variances, axes = np.linalg.eigh(away.T @ away / max(len(logs) - 1, 1))
    return logs.mean(axis=0), axes, np.maximum(variances, 0.0)


def blocks(records: Records) -> Mapping[str, slice]:
    """Where each part of `theta` lies."""
    return _blocks(
        records.mean.size,
        records.kinds.shape[1],
        records.reporters.shape[1],
        records.at_post.shape[0],
        records.after.shape[0],
    )


@cache
def _blocks(
    posts: int, kinds: int, reporters: int, at_post: int, after: int
) -> Mapping[str, slice]:
    """The parts in their order, one behind the other."""
    sizes = {
        "total": posts,
        "across": posts,
        "kind": kinds,
        "reporter": reporters,
        "at_post": at_post,
        "after": after,
        "levels": 3,
        "spreads": 2,
    }
    ends = np.cumsum(list(sizes.values())).tolist()
    return MappingProxyType(
        {name: slice(end - sizes[name], end) for name, end in zip(sizes, ends, strict=True)}
    )


def dimension(records: Records) -> int:
    """Length of `theta`."""
    return int(blocks(records)["spreads"].stop)


def state_of(theta: NDArray[np.float64], records: Records) -> State:
    """Flows and catches of a batch of `theta`, shape (batch, `dimension`)."""
    beliefs, part = records.assumptions, blocks(records)
    flow, catch = _deviations(theta, records)
    return State(
        log_flow=records.mean - log_sum(records.mean) + flow,
        log_catch=records.stated
        + beliefs.kind_spread * theta[:, part["kind"]] @ records.kinds.T
        + beliefs.reporter_spread * theta[:, part["reporter"]] @ records.reporters.T
        + catch,
    )


def counts_of(records: Records) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """All counts, at posts and of groups at posts and after them; and 1 where one is evidence."""
    groups = records.at_post_counts.size + records.after_counts.size
    counts = np.concatenate([records.located, records.at_post_counts, records.after_counts])
    return counts, np.concatenate([records.observable, np.ones(groups)])


def log_density(
    theta: NDArray[np.float64], records: Records
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithm of the posterior density up to a constant, shape (batch,), and its gradient.

    The gradient by the last two coordinates, the spreads, is that of their prior alone: they are
    moved by `geo.routes.posterior.respread`, not by trajectories.
    """
    state = state_of(theta, records)
    log_rates, normals = log_rates_of(theta, state, records), normals_of(theta, state, records)
    counts, used = counts_of(records)
    rates = np.exp(log_rates)
    value = ((counts * log_rates - rates) * used).sum(axis=1) - 0.5 * (normals**2).sum(axis=1)
    return value, _gradient(theta, (counts - rates) * used, normals, state, records)


def log_rates_of(theta: NDArray[np.float64], state: State, records: Records) -> NDArray[np.float64]:
    """Logarithm of the expected counts, in the order of `counts_of`."""
    part = blocks(records)
    at_posts = _levels(theta, records)[:, :1] + state.log_flow + state.log_catch
    log_rates = np.concatenate(
        [at_posts, theta[:, part["at_post"]], theta[:, part["after"]]], axis=1
    )
    return np.asarray(np.minimum(log_rates, LARGEST_LOG_RATE))


def normals_of(theta: NDArray[np.float64], state: State, records: Records) -> NDArray[np.float64]:
    """`theta` with each group's effect in place of its rate: all standard normal before data."""
    part, levels = blocks(records), _levels(theta, records)
    caught = _log_group_sums(state.log_flow + state.log_catch, records.at_post)
    passed = _log_group_sums(state.log_flow, records.after)
    spread, normals = records.assumptions.group_spread, theta.copy()
    normals[:, part["at_post"]] = (theta[:, part["at_post"]] - levels[:, 1:2] - caught) / spread
    normals[:, part["after"]] = (theta[:, part["after"]] - levels[:, 2:3] - passed) / spread
    return normals


def _levels(theta: NDArray[np.float64], records: Records) -> NDArray[np.float64]:
    """Log levels of located counts, groups at posts and groups after, shape (batch, 3)."""
    beliefs = records.assumptions
    deviation = beliefs.level_log_sd * theta[:, blocks(records)["levels"]]
    return np.asarray(beliefs.level_log_mean + deviation)


def _gradient(
    theta: NDArray[np.float64],
    excess: NDArray[np.float64],
    normals: NDArray[np.float64],
    state: State,
    records: Records,
) -> NDArray[np.float64]:
    """Gradient of the log density from `excess`, its derivative by each log rate."""
    beliefs, part = records.assumptions, blocks(records)
    posts, at_post = records.mean.size, records.at_post_counts.size
    of_post, of_at_post = excess[:, :posts], excess[:, posts : posts + at_post]
    pull_at_post = normals[:, part["at_post"]] / beliefs.group_spread
    pull_after = normals[:, part["after"]] / beliefs.group_spread
    by_catch = of_post + _to_members(
        pull_at_post, state.log_flow + state.log_catch, records.at_post
    )
    by_flow = _to_members(pull_after, state.log_flow, records.after) @ records.axes
    flow_sd, catch_sd = axis_spreads(theta, records)
    both = np.hypot(flow_sd, catch_sd)
    gradient = -theta
    gradient[:, part["total"]] += by_catch @ records.axes * both + by_flow * flow_sd**2 / both
    gradient[:, part["across"]] += by_flow * flow_sd * catch_sd / both
    gradient[:, part["kind"]] += beliefs.kind_spread * by_catch @ records.kinds
    gradient[:, part["reporter"]] += beliefs.reporter_spread * by_catch @ records.reporters
    gradient[:, part["at_post"]] = of_at_post - pull_at_post
    gradient[:, part["after"]] = excess[:, posts + at_post :] - pull_after
    levels = [each.sum(axis=1) for each in (of_post, pull_at_post, pull_after)]
    gradient[:, part["levels"]] += beliefs.level_log_sd * np.stack(levels, axis=1)
    return gradient


def _deviations(
    theta: NDArray[np.float64], records: Records
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Deviations of log flow and of log catch at each post, each of shape (batch, posts)."""
    part = blocks(records)
    flow_sd, catch_sd = axis_spreads(theta, records)
    both = np.hypot(flow_sd, catch_sd)
    total, across = theta[:, part["total"]], theta[:, part["across"]]
    flow = flow_sd * (flow_sd * total + catch_sd * across) / both
    catch = catch_sd * (catch_sd * total - flow_sd * across) / both
    return flow @ records.axes.T, catch @ records.axes.T


def axis_spreads(
    theta: NDArray[np.float64], records: Records
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Standard deviation of the log flow along each axis, (batch, posts), and s_v, (batch, 1)."""
    beliefs, part = records.assumptions, blocks(records)
    log_sd = np.array([beliefs.flow_error_log_sd, beliefs.detection_spread_log_sd])
    median = np.array([beliefs.flow_error, beliefs.detection_spread])
    spreads = median * np.exp(log_sd * theta[:, part["spreads"]])
    return np.sqrt(records.variances + spreads[:, :1] ** 2), spreads[:, 1:]


def log_sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the sum of exponentials over the last axis, which is kept with length 1."""
    top = values.max(axis=-1, keepdims=True)
    return np.asarray(top + np.log(np.exp(values - top).sum(axis=-1, keepdims=True)))


def _log_group_sums(
    log_each: NDArray[np.float64], members: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logarithm of each group's sum, shape (batch, groups)."""
    if not members.shape[0]:
        return np.empty((log_each.shape[0], 0))
    top = log_each.max(axis=1, keepdims=True)
    return np.asarray(top + np.log(np.exp(log_each - top) @ members.T))


def _to_members(
    of_group: NDArray[np.float64], log_each: NDArray[np.float64], members: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What belongs to each group, divided over its members by their part, shape (batch, posts)."""
    if not members.shape[0]:
        return np.zeros_like(log_each)
    each = np.exp(log_each - log_each.max(axis=1, keepdims=True))
    return np.asarray(each * ((of_group / (each @ members.T)) @ members))
