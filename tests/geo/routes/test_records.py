"""The density of flows given records."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import norm, poisson

from geo.errors import InvalidSetting
from geo.routes.records import (
    Assumptions,
    Records,
    blocks,
    dimension,
    log_density,
    log_flow_of,
    state_of,
)
from tests.geo.routes.small_records import POSTS


def test_the_gradient_is_that_of_the_density(records: Records) -> None:
    """Against finite differences, for all that trajectories move."""
    theta = np.random.default_rng(1).standard_normal(dimension(records))
    moving = blocks(records)["spreads"].start
    _, gradient = log_density(theta[None], records)
    plain = approx_fprime(theta, lambda each: log_density(each[None], records)[0][0], 1e-7)
    np.testing.assert_allclose(gradient[0, :moving], plain[:moving], rtol=1e-4, atol=1e-4)


def test_the_density_is_poisson_times_normals(records: Records) -> None:
    """Differences of log density equal those of a plain sum over counts and normals."""
    beliefs, part = records.assumptions, blocks(records)

    def plain(theta: np.ndarray) -> float:
        state = state_of(theta[None], records)
        flow, catch = state.log_flow[0], state.log_catch[0]
        level = beliefs.level_log_mean + beliefs.level_log_sd * theta[part["levels"]]
        seen = records.observable > 0
        total = poisson.logpmf(records.located, np.exp(level[0] + flow + catch))[seen].sum()
        groups = [
            ("at_post", level[1], records.at_post @ np.exp(flow + catch), records.at_post_counts),
            ("after", level[2], records.after @ np.exp(flow), records.after_counts),
        ]
        for name, height, amount, counts in groups:
            log_rates = theta[part[name]]
            total += poisson.logpmf(counts, np.exp(log_rates)).sum()
            total += norm.logpdf(log_rates, height + np.log(amount), beliefs.group_spread).sum()
            theta = np.where(np.isin(np.arange(theta.size), np.r_[part[name]]), 0, theta)
        return float(total + norm.logpdf(theta).sum())

    first, second = 0.7 * np.random.default_rng(2).standard_normal((2, dimension(records)))
    found = log_density(np.stack([first, second]), records)[0]
    assert found[1] - found[0] == pytest.approx(plain(second) - plain(first))


def test_flow_and_catch_have_the_spreads_that_are_believed(records: Records) -> None:
    """From standard normals: covariance of the flow C + s_u^2, of the catch s_v^2, none across."""
    theta = np.random.default_rng(3).standard_normal((200_000, dimension(records)))
    theta[:, blocks(records)["spreads"]] = 0
    for name in ("kind", "reporter"):
        theta[:, blocks(records)[name]] = 0
    state, beliefs = state_of(theta, records), records.assumptions
    wanted = (records.axes * records.variances) @ records.axes.T
    wanted += beliefs.flow_error**2 * np.eye(POSTS)
    both = np.cov(state.log_flow.T, state.log_catch.T)
    np.testing.assert_allclose(both[:POSTS, :POSTS], wanted, atol=0.05)
    np.testing.assert_allclose(
        both[POSTS:, POSTS:], beliefs.detection_spread**2 * np.eye(POSTS), atol=0.02
    )
    np.testing.assert_allclose(both[:POSTS, POSTS:], 0, atol=0.02)


def test_a_post_that_no_draw_reaches_keeps_the_floor() -> None:
    """Its share is an even part of what the map is believed to lack."""
    mean, _, variances = log_flow_of(np.array([[1.0, 0.0], [1.0, 0.0]]), 0.05)
    np.testing.assert_allclose(np.exp(mean), [0.975, 0.025])
    np.testing.assert_allclose(variances, 0, atol=1e-12)


@pytest.mark.parametrize(
    "belief", [{"flow_error": 0.0}, {"kind_spread": np.nan}, {"unmapped_share": 1.0}]
)
def test_beliefs_that_are_none_are_refused(belief: dict[str, float]) -> None:
    """A spread of 0 or NaN, or a map that lacks everything."""
    with pytest.raises(InvalidSetting, match="expected spreads above 0"):
        Assumptions(**belief)


def test_a_draw_that_reaches_nothing_is_left_out() -> None:
    """Rows of 0 do not count, other rows are taken over their sum."""
    with_row, _, _ = log_flow_of(np.array([[0.0, 0.0], [2.0, 6.0]]), 0.05)
    without, _, _ = log_flow_of(np.array([[0.25, 0.75]]), 0.05)
    np.testing.assert_allclose(with_row, without)
