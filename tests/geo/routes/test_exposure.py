"""Exposure of posts: what records change of the prior, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import BadInput, InvalidSetting
from geo.routes import posterior
from geo.routes.exposure import Detection, Evidence, Exposure, Prior, estimate
from geo.routes.records import Assumptions

POSTS = 4
PRIOR = Prior(share_draws=np.random.default_rng(0).dirichlet([4, 3, 2, 1], 60))


SHORT = {"WARM_UP": 30, "FIRST_RUN": 10, "LEAST_ITERATIONS": 12, "MOST_RUNS": 1}
"""Run lengths where only shapes and sums are looked at, or many answers at once."""


def shortly(prior: Prior, evidence: Evidence, **options: object) -> Exposure:
    """The exposure by short chains."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SHORT.items():
            patch.setattr(posterior, name, value)
        return estimate(prior, evidence, samples=200, **options)


@cache
def exposed(*located: int, seed: int = 1) -> Exposure:
    """The exposure of four posts with these located counts."""
    return estimate(PRIOR, Evidence(located=np.array(located)), seed=seed)


def in_group(count: int, *, at_post: bool = False) -> Exposure:
    """The exposure where records are known to the first two posts or to the others only."""
    evidence = Evidence(
        located=np.zeros(POSTS, dtype=int),
        group_members=np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool),
        group_counts=np.array([count, 10]),
        group_at_post=np.array([at_post, at_post]),
    )
    return estimate(PRIOR, evidence, seed=1)


def test_without_a_record_the_answer_is_the_prior() -> None:
    """The same draws, no share of data, and the log ratios of the model's own prior."""
    found = exposed(0, 0, 0, 0)
    np.testing.assert_array_equal(found.share, found.prior_share)
    np.testing.assert_array_equal(found.low, found.prior_low)
    np.testing.assert_array_equal(found.high, found.prior_high)
    np.testing.assert_array_equal(found.data_share, 0)
    assert found.overall_data_share == 0
    assert found.used == 0
    assert found.rhat == 1

    logs = np.log(0.95 * PRIOR.share_draws + 0.05 / POSTS)
    ratio = np.log(found.draws[:, 0] / found.draws[:, 3])
    assert ratio.mean() == pytest.approx((logs[:, 0] - logs[:, 3]).mean(), abs=0.1)
    spread = 2 * np.exp(2 * 0.4**2)
    assert ratio.var() == pytest.approx(np.var(logs[:, 0] - logs[:, 3]) + spread, rel=0.12)


def test_records_at_a_post_raise_it() -> None:
    """The more of them, the higher its share, its place and the part that is owed to data."""
    shares = [exposed(*counts).share[3] for counts in ((2, 2, 2, 0), (2, 2, 2, 6), (2, 2, 2, 40))]
    assert shares == sorted(shares)
    assert shares[2] > 2 * shares[0]
    found = exposed(2, 2, 2, 40)
    assert found.probability_top[1][3] > 0.7
    assert found.data_share[3] > 0.3
    assert found.unused == 0
    assert found.used == 46


def test_where_more_is_caught_the_same_count_means_less() -> None:
    """A stated detection of e^1.5 lowers the flow that a count stands for."""
    evidence = Evidence(located=np.array([10, 10, 10, 10]))
    watched = replace(Detection.unknown(POSTS), log_rate=np.array([0.0, 0.0, 0.0, 1.5]))
    found = estimate(PRIOR, evidence, detection=watched, seed=1)
    assert found.share[3] < 0.7 * exposed(10, 10, 10, 10).share[3]


def test_zero_is_no_evidence_where_nobody_looks() -> None:
    """Silence lowers a post that could have been seen, leaves one that could not, and says so."""
    evidence = Evidence(located=np.array([8, 8, 0, 0]))
    blind = replace(Detection.unknown(POSTS), observable=np.array([True, True, True, False]))
    found = estimate(PRIOR, evidence, detection=blind, seed=1)
    seen = exposed(8, 8, 0, 0)
    assert found.share[3] > 1.5 * seen.share[3]
    assert found.unknown.tolist() == [False, False, False, True]
    assert not seen.unknown.any()
    assert found.data_share[3] < found.data_share[0]


def test_a_record_makes_its_post_known() -> None:
    """A post that was held to be unseen but has a record was seen; so was one in a named group."""
    blind = replace(Detection.unknown(POSTS), observable=np.zeros(POSTS, dtype=bool))
    evidence = Evidence(
        located=np.array([3, 0, 0, 0]),
        group_members=np.array([[0, 1, 1, 0]], dtype=bool),
        group_counts=np.array([2]),
    )
    found = estimate(PRIOR, evidence, detection=blind, seed=1)
    assert found.unknown.tolist() == [False, False, False, True]


@pytest.mark.parametrize("at_post", [True, False])
def test_a_count_of_a_group_raises_its_posts_together(at_post: bool) -> None:
    """What is known only to the country crossed lifts its posts, split as the prior splits them."""
    few, many = in_group(1, at_post=at_post), in_group(80, at_post=at_post)
    assert many.share[:2].sum() > few.share[:2].sum() + 0.1
    np.testing.assert_allclose(many.group_allocation.sum(axis=1), 1)
    np.testing.assert_array_equal(many.group_allocation[0, 2:], 0)
    prior = many.prior_share[:2] / many.prior_share[:2].sum()
    np.testing.assert_allclose(many.group_allocation[0, :2], prior, atol=0.08)


def test_located_records_fill_the_transit_that_is_missing() -> None:
    """Records of a group go to the member where others were found, more than to its neighbour."""
    evidence = Evidence(
        located=np.array([1, 30, 5, 5]),
        group_members=np.array([[1, 1, 0, 0]], dtype=bool),
        group_counts=np.array([10]),
        group_at_post=np.array([True]),
    )
    found = estimate(PRIOR, evidence, seed=1)
    assert found.group_allocation[0, 1] > 0.85


def test_uninformative_records_are_counted_and_not_used() -> None:
    """They change no share."""
    evidence = Evidence(located=np.array([2, 2, 2, 6]), uninformative=60)
    found = estimate(PRIOR, evidence, seed=1)
    assert found.unused == 60
    np.testing.assert_array_equal(found.share, exposed(2, 2, 2, 6).share)


def test_the_order_of_posts_does_not_matter() -> None:
    """Posts in another order have the same shares, but for what draws differ by chance."""
    order = np.array([2, 0, 3, 1])
    counts = np.array([2, 2, 2, 40])
    turned = estimate(
        Prior(share_draws=PRIOR.share_draws[:, order]), Evidence(located=counts[order]), seed=1
    )
    found = exposed(*counts.tolist())
    np.testing.assert_allclose(turned.share, found.share[order], atol=0.03)
    np.testing.assert_allclose(turned.high, found.high[order], atol=0.05)


def test_a_seed_makes_the_answer() -> None:
    """The same seed gives the same draws; another seed only moves them by chance."""
    found, other = exposed(2, 2, 2, 6), exposed(2, 2, 2, 6, seed=2)
    again = estimate(PRIOR, Evidence(located=np.array([2, 2, 2, 6])), seed=1)
    np.testing.assert_array_equal(found.draws, again.draws)
    assert not np.array_equal(found.draws, other.draws)
    np.testing.assert_allclose(found.share, other.share, atol=0.03)


def test_one_post_has_it_all() -> None:
    """With a single post there is nothing to divide, whatever was recorded."""
    found = estimate(Prior(share_draws=np.ones((3, 1))), Evidence(located=np.array([7])), seed=0)
    np.testing.assert_array_equal(found.share, [1])
    np.testing.assert_array_equal(found.data_share, [0])
    np.testing.assert_array_equal(found.probability_top[5], [1])


def test_a_post_that_the_map_does_not_reach_can_be_raised() -> None:
    """Seizures at a post without a road are believed more than the map."""
    prior = Prior(share_draws=np.array([[0.5, 0.5, 0.0]]))
    found = estimate(prior, Evidence(located=np.array([2, 2, 30])), seed=0)
    assert found.share[2] > 5 * found.prior_share[2]


@settings(max_examples=12)
@given(
    counts=st.lists(st.integers(0, 300), min_size=1, max_size=7),
    draws=st.integers(1, 30),
    seed=st.integers(0, 99),
)
def test_shares_are_shares(counts: list[int], draws: int, seed: int) -> None:
    """Sums, bounds and shapes hold for any counts and any prior."""
    rng = np.random.default_rng(seed)
    prior = Prior(share_draws=rng.dirichlet(np.ones(len(counts)), draws))
    found = shortly(prior, Evidence(located=np.array(counts)), seed=seed)
    posts = (len(counts),)
    assert found.share.shape == found.low.shape == found.unknown.shape == posts
    assert found.share.sum() == pytest.approx(1)
    np.testing.assert_allclose(found.draws.sum(axis=1), 1)
    np.testing.assert_allclose(found.record_draws.sum(axis=1), 1)
    assert ((found.low >= 0) & (found.low <= found.median) & (found.median <= found.high)).all()
    assert ((found.data_share >= 0) & (found.data_share <= 1)).all()
    for k, probability in found.probability_top.items():
        assert probability.sum() == pytest.approx(min(k, len(counts)))
    assert found.group_allocation.shape == (0, len(counts))


def test_ranks_of_the_truth_are_even() -> None:
    """Simulation-based calibration (Talts et al. 2018, arXiv:1804.06788), a small run.

    A truth drawn from the model lies anywhere among the posterior's draws with equal chance.
    """
    ranks = np.array([rank_of_truth(seed) for seed in range(40)])
    assert ranks.mean() == pytest.approx(0.5, abs=0.08)
    assert ranks.std() == pytest.approx(np.sqrt(1 / 12), abs=0.05)
    assert np.mean((ranks > 0.05) & (ranks < 0.95)) == pytest.approx(0.9, abs=0.08)


def rank_of_truth(seed: int) -> np.ndarray:
    """Part of the draws below the true log share of each of two posts, in a world of the model."""
    rng, beliefs = np.random.default_rng(seed), Assumptions(level_log_sd=1.0)
    draws = rng.dirichlet(np.exp(rng.standard_normal(POSTS)), 20)
    logs = np.log(0.95 * draws + 0.05 / POSTS)
    flow_sd, catch_sd = np.array([1.0, 0.6]) * np.exp(0.4 * rng.standard_normal(2))
    flow = rng.multivariate_normal(logs.mean(0), np.cov(logs.T) + flow_sd**2 * np.eye(POSTS))
    kind = np.array([0, 0, 1, 1])
    catch = 0.5 * (rng.standard_normal(2)[kind] + rng.standard_normal())
    catch += catch_sd * rng.standard_normal(POSTS)
    level = 3.4 + rng.standard_normal(2) - np.log(np.exp(logs.mean(0)).sum())
    members = np.array([[1, 0, 1, 0], [0, 1, 0, 1]])
    effect = beliefs.group_spread * rng.standard_normal(2)
    evidence = Evidence(
        located=rng.poisson(np.exp(level[0] + flow + catch)),
        group_members=members > 0,
        group_counts=rng.poisson(np.exp(level[1] + effect) * (members @ np.exp(flow))),
    )
    detection = replace(Detection.unknown(POSTS), kind=kind)
    if not evidence.located.sum() + evidence.group_counts.sum():
        return rank_of_truth(seed + 1000)
    found = shortly(
        Prior(share_draws=draws), evidence, detection=detection, seed=seed, assumptions=beliefs
    )
    share = np.exp(flow) / np.exp(flow).sum()
    return (found.draws < share).mean(axis=0)[[0, 3]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"located": np.array([1, -2, 0, 0])}, "located count is negative"),
        ({"located": np.array([1, np.nan, 0, 0])}, "located count is not finite"),
        ({"located": np.ones(3)}, r"located count has shape \(3,\)"),
        ({"uninformative": -1}, "-1 uninformative"),
        ({"group_counts": np.array([1])}, "counts without members"),
        ({"group_members": np.ones((1, 4), bool)}, "members without counts"),
        (
            {"group_members": np.zeros((1, 4), bool), "group_counts": np.array([1])},
            "hold no post",
        ),
        (
            {"group_members": np.ones((1, 3), bool), "group_counts": np.array([1])},
            "group member has shape",
        ),
        (
            {"group_members": np.ones((1, 4), bool), "group_counts": np.array([-1])},
            "group count is negative",
        ),
        (
            {
                "group_members": np.ones((1, 4), bool),
                "group_counts": np.array([1]),
                "group_at_post": np.ones(2, bool),
            },
            "group made at post has shape",
        ),
    ],
)
def test_evidence_that_cannot_be_is_refused(change: dict, message: str) -> None:
    """Each fault is named."""
    evidence = replace(Evidence(located=np.zeros(POSTS, dtype=int)), **change)
    with pytest.raises(BadInput, match=message):
        estimate(PRIOR, evidence, seed=0)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        (np.empty((5, 0)), "at least one"),
        (np.empty((0, 4)), "at least one"),
        (np.ones(4), "at least one"),
        (np.array(1.0), "at least one"),
        (np.zeros((3, 4)), "every share is 0"),
        (np.array([[0.5, np.nan, 0.2, 0.3]]), "prior share is not finite"),
        (np.array([[0.5, -0.1, 0.3, 0.3]]), "prior share is negative"),
    ],
)
def test_a_prior_that_is_none_is_refused(shares: np.ndarray, message: str) -> None:
    """No posts, no draws, no flow, no numbers."""
    with pytest.raises(BadInput, match=message):
        estimate(Prior(share_draws=shares), Evidence(located=np.zeros(4, dtype=int)), seed=0)


def test_all_faults_are_told_at_once() -> None:
    """A wrong count and a wrong detection come in one error."""
    detection = replace(Detection.unknown(POSTS), log_rate=np.full(POSTS, np.inf))
    with pytest.raises(BadInput, match=r"located count is negative.*log rate is not finite"):
        estimate(PRIOR, Evidence(located=-np.ones(POSTS)), detection=detection, seed=0)


@pytest.mark.parametrize(
    ("option", "message"), [({"samples": 10}, "samples = 10"), ({"seed": -1}, "seed = -1")]
)
def test_settings_that_say_nothing_are_refused(option: dict, message: str) -> None:
    """Quantiles of fewer than 200 draws, and a seed below 0."""
    with pytest.raises(InvalidSetting, match=message):
        estimate(PRIOR, Evidence(located=np.zeros(4, dtype=int)), **{"seed": 0, **option})


def test_wild_counts_do_not_break_it() -> None:
    """A billion records at one post and none at another: all the flow, and no warning."""
    found = shortly(PRIOR, Evidence(located=np.array([10**9, 0, 0, 0])), seed=0)
    assert np.isfinite(found.draws).all()
    assert found.share[0] > 0.99
