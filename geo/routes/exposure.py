"""Which posts carry how much of the flow, relative to each other, and how sure that is.

The prior comes from the map (`geo.routes.flows`), the evidence from seizures, and the bridge from
one to the other is detection and reporting with weak priors (`geo.routes.records`, after ETIS:
Underwood, Burn, Milliken 2013, doi:10.1371/journal.pone.0076539). No figure here is an amount:
records cannot tell much traffic seldom caught from little traffic often caught. What comes out is
shares, intervals, and how much of them is owed to records at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from geo.errors import BadInput, InvalidSetting
from geo.routes.posterior import draw_posterior, draw_prior
from geo.routes.records import Assumptions, Records, State, counts_of, log_flow_of

INTERVAL = (0.05, 0.95)
"""Quantiles of every interval."""

TOPS = 10
"""The probability of being among the top k is given for k up to this."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prior:
    """What the map says before any record."""

    share_draws: NDArray[np.float64]
    """Shares of the flow, shape (draws, posts), at least 0; a row is divided by its sum, and a row
    of 0 (no post was reached) is left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Records, counted at three levels of knowledge; a record is in one count only."""

    located: NDArray[np.int64]
    """Records made at or near each post, shape (posts,)."""
    group_members: NDArray[np.bool_] | None = None
    """Which posts each group holds (those to the country crossed), shape (groups, posts)."""
    group_counts: NDArray[np.int64] | None = None
    """Records known only to the group, shape (groups,). A count of 0 is evidence: list a group
    without records only if somebody there would have made one."""
    group_at_post: NDArray[np.bool_] | None = None
    """Whether the records of the group were made at a post (its detection matters) or after the
    crossing, inland or farther on (it does not), shape (groups,); after, unless told."""
    uninformative: int = 0
    """Records that say nothing of the way out: counted, not used."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detection:
    """What is known of detection and reporting at each post, relative to the others."""

    kind: NDArray[np.int64]
    """Number of the post's kind (land, sea, air ...), shape (posts,); kinds share an effect."""
    reporter: NDArray[np.int64]
    """Number of who reports (a country, an agency), shape (posts,); reporters share an effect."""
    log_rate: NDArray[np.float64]
    """Stated logarithm of detection x reporting, shape (posts,); 0 = nothing known."""
    observable: NDArray[np.bool_]
    """Whether a seizure at the post could have come to be known. Where it could not, no record is
    no evidence; where there is a record, it could."""

    @classmethod
    def unknown(cls, posts: int) -> Detection:
        """Nothing known: one kind, one reporter, every post observable."""
        return cls(
            kind=np.zeros(posts, dtype=np.int64),
            reporter=np.zeros(posts, dtype=np.int64),
            log_rate=np.zeros(posts),
            observable=np.ones(posts, dtype=bool),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exposure:
    """Relative exposure of each post; arrays have the order of the posts that went in."""

    share: NDArray[np.float64]
    """Mean share of the flow, shape (posts,); sums to 1."""
    median: NDArray[np.float64]
    """Median share; always between `low` and `high`, which a mean of a skewed share need not be."""
    low: NDArray[np.float64]
    """5 % quantile of the share."""
    high: NDArray[np.float64]
    """95 % quantile of the share."""
    probability_top: Mapping[int, NDArray[np.float64]]
    """For k = 1 to 10 the probability of being among the k posts with most flow, shape (posts,)."""
    data_share: NDArray[np.float64]
    """Part of the knowledge of each log share that comes from records: 1 - posterior variance /
    prior variance, between 0 (all from the map) and 1, shape (posts,)."""
    unknown: NDArray[np.bool_]
    """Nothing observed, nothing that could have been: the share is the map's alone."""
    prior_share: NDArray[np.float64]
    """Mean share before any record, the same model, shape (posts,)."""
    prior_low: NDArray[np.float64]
    """Its 5 % quantile."""
    prior_high: NDArray[np.float64]
    """Its 95 % quantile."""
    group_allocation: NDArray[np.float64]
    """Probability that a record of the group crossed at each post, shape (groups, posts); rows sum
    to 1."""
    used: int
    """Records used: located, or known to a group."""
    unused: int
    """Records that say nothing of the way out."""
    rhat: float
    """Largest split R-hat of the log shares; above 1.05 the draws are not to be trusted; 1 where
    there was no record, since the prior is drawn from directly."""
    draws: NDArray[np.float64]
    """Draws of the shares, shape (samples, posts); rows sum to 1."""
    record_draws: NDArray[np.float64]
    """Draws of the probability that the next located record is made at each post, observable or
    not, shape (samples, posts): shares seen through detection and reporting."""

    @property
    def overall_data_share(self) -> float:
        """`data_share` averaged over posts by their share of the flow, 0 to 1."""
        return float((self.data_share * self.share).sum())


def estimate(
    prior: Prior,
    evidence: Evidence,
    *,
    detection: Detection | None = None,
    seed: int,
    samples: int = 4000,
    assumptions: Assumptions | None = None,
) -> Exposure:
    """Relative exposure of posts, from the map's prior and the records.

    Without a single used record the answer is the prior: how much is reported at all is then
    unknown, so that silence says nothing.

    Parameters
    ----------
    detection : Detection, optional
        Nothing is known, unless told.
    seed : int
        The same seed, input and library versions give the same draws.
    samples : int
        At least this many draws are given, 200 or more.
    assumptions : Assumptions, optional
        The defaults, unless told.

    Raises
    ------
    BadInput
        No post, shapes that do not fit, NaN, negative counts, a group without posts, or a prior
        in which no draw reaches any post; all faults at once.
    InvalidSetting
        Fewer than 200 samples, or a negative seed.
    """
    if samples < 200:
        raise InvalidSetting(f"samples = {samples}", expected="at least 200")
    if seed < 0:
        raise InvalidSetting(f"seed = {seed}", expected="0 or more")
    known = detection or Detection.unknown(_posts_of(prior))
    _check(prior, evidence, known)
    # Sums of several threads differ in their last bits, and a chain makes much of little: one
    # thread gives the same draws on one core and on eight, and is no slower for matrices so small.
    with threadpool_limits(limits=1, user_api="blas"):
        records = _records(prior, evidence, known, assumptions or Assumptions())
        rng = np.random.default_rng(seed)
        before = draw_prior(records, samples, rng)
        after, rhat = before, 1.0
        counts, used = counts_of(records)
        if (counts * used).sum() > 0:
            after, rhat = draw_posterior(records, samples, rng)
        return _summary(before, after, rhat=rhat, evidence=evidence, known=known)


def _records(
    prior: Prior, evidence: Evidence, known: Detection, assumptions: Assumptions
) -> Records:
    """The constants of the density: prior axes, stated rates, counts by level."""
    mean, axes, variances = log_flow_of(prior.share_draws, assumptions.unmapped_share)
    located = np.asarray(evidence.located, dtype=np.float64)
    members, counts, at_post = _groups(evidence, located.size)
    return Records(
        mean=mean,
        axes=axes,
        variances=variances,
        stated=np.asarray(known.log_rate, dtype=np.float64),
        kinds=_one_of(known.kind),
        reporters=_one_of(known.reporter),
        observable=(np.asarray(known.observable, dtype=bool) | (located > 0)).astype(np.float64),
        located=located,
        at_post=members[at_post],
        at_post_counts=counts[at_post],
        after=members[~at_post],
        after_counts=counts[~at_post],
        assumptions=assumptions,
    )


def _groups(
    evidence: Evidence, posts: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Members, counts and whether made at a post, of every group; no group where none is given."""
    if evidence.group_members is None or evidence.group_counts is None:
        return np.empty((0, posts)), np.empty(0), np.empty(0, dtype=bool)
    counts = np.asarray(evidence.group_counts, dtype=np.float64)
    at_post = evidence.group_at_post
    return (
        np.asarray(evidence.group_members, dtype=np.float64),
        counts,
        np.zeros(counts.size, dtype=bool) if at_post is None else np.asarray(at_post, dtype=bool),
    )


def _one_of(number: NDArray[np.int64]) -> NDArray[np.float64]:
    """1 in the column of each post's number, shape (posts, numbers)."""
    found, place = np.unique(np.asarray(number), return_inverse=True)
    return np.eye(found.size)[place]


def _summary(
    before: State, after: State, *, rhat: float, evidence: Evidence, known: Detection
) -> Exposure:
    """What the draws say, post by post."""
    draws, prior_draws = np.exp(after.log_share), np.exp(before.log_share)
    posts = draws.shape[1]
    located = np.asarray(evidence.located)
    members, counts, at_post = _groups(evidence, posts)
    low, median, high = np.quantile(draws, [INTERVAL[0], 0.5, INTERVAL[1]], axis=0)
    prior_low, prior_high = np.quantile(prior_draws, INTERVAL, axis=0)
    told = (located > 0) | ((members > 0) & (counts[:, None] > 0)).any(axis=0)
    recorded = _over_sum(draws * np.exp(after.log_catch))
    return Exposure(
        share=draws.mean(axis=0),
        median=median,
        low=low,
        high=high,
        probability_top=_probability_top(draws),
        data_share=_data_share(before.log_share, after.log_share),
        unknown=~told & ~np.asarray(known.observable, dtype=bool),
        prior_share=prior_draws.mean(axis=0),
        prior_low=prior_low,
        prior_high=prior_high,
        group_allocation=np.array(
            [
                _over_sum((recorded if made_there else draws) * inside).mean(axis=0)
                for inside, made_there in zip(members, at_post, strict=True)
            ]
        ).reshape(-1, posts),
        used=int(located.sum() + counts.sum()),
        unused=evidence.uninformative,
        rhat=rhat,
        draws=draws,
        record_draws=recorded,
    )


def _over_sum(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row over its sum."""
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _probability_top(draws: NDArray[np.float64]) -> Mapping[int, NDArray[np.float64]]:
    """For each k the share of draws in which a post is among the k with most flow."""
    place = np.argsort(np.argsort(-draws, axis=1, kind="stable"), axis=1, kind="stable")
    return MappingProxyType({k: (place < k).mean(axis=0) for k in range(1, TOPS + 1)})


def _data_share(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 - posterior variance / prior variance of each log share, clipped; 0 if it never varied."""
    known, left = before.var(axis=0), after.var(axis=0)
    ratio = np.divide(left, known, out=np.ones_like(known), where=known > 1e-12)
    return np.asarray(np.clip(1 - ratio, 0.0, 1.0))


def _posts_of(prior: Prior) -> int:
    """How many posts the prior is of; refuses one without posts or draws."""
    shape = np.shape(prior.share_draws)
    if len(shape) != 2 or 0 in shape:
        raise BadInput(
            f"prior shares have shape {shape}",
            expected="(draws, posts), at least one of each",
            remedy="give at least one post that routes could use",
        )
    return int(shape[1])


def _check(prior: Prior, evidence: Evidence, known: Detection) -> None:
    """Gather what cannot be used of the input, and refuse it all at once."""
    shares, posts = np.asarray(prior.share_draws), _posts_of(prior)
    faults = [
        *_faults_of("prior share", shares, shape=shares.shape),
        *_faults_of("located count", evidence.located, shape=(posts,)),
        *_faults_of("detection log rate", known.log_rate, shape=(posts,), signed=True),
        *_faults_of("kind of post", known.kind, shape=(posts,)),
        *_faults_of("reporter", known.reporter, shape=(posts,)),
        *_faults_of("observable", known.observable, shape=(posts,)),
        *_faults_of_groups(evidence, posts),
    ]
    if evidence.uninformative < 0:
        faults.append(f"{evidence.uninformative} uninformative records")
    if not faults and not shares.any():
        faults.append("no prior draw reaches any post: every share is 0")
    if faults:
        raise BadInput("; ".join(faults), expected="finite numbers, 0 or more, one a post")


def _faults_of(
    name: str, values: NDArray[np.generic], *, shape: tuple[int, ...], signed: bool = False
) -> list[str]:
    """What is wrong with the numbers of one name."""
    given = np.asarray(values)
    if given.shape != shape:
        return [f"{name} has shape {given.shape} where {shape} is due"]
    if not np.isfinite(given.astype(np.float64)).all():
        return [f"a {name} is not finite"]
    if not signed and (given.astype(np.float64) < 0).any():
        return [f"a {name} is negative ({given.min()})"]
    return []


def _faults_of_groups(evidence: Evidence, posts: int) -> list[str]:
    """What is wrong with the records that are known to groups only."""
    if evidence.group_members is None and evidence.group_counts is None:
        return []
    if evidence.group_members is None or evidence.group_counts is None:
        return ["groups have members without counts, or counts without members"]
    members = np.asarray(evidence.group_members)
    groups = np.shape(evidence.group_counts)[0]
    faults = _faults_of("group member", members, shape=(groups, posts))
    faults += _faults_of("group count", evidence.group_counts, shape=(groups,))
    if evidence.group_at_post is not None:
        faults += _faults_of("group made at post", evidence.group_at_post, shape=(groups,))
    if not faults and not members.any(axis=1).all():
        empty = np.flatnonzero(~members.any(axis=1)).tolist()
        faults.append(f"groups {empty} hold no post: count their records as uninformative")
    return faults
