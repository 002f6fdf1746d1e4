"""The prior of flows: intensities, exit choices, pulls."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geo.errors import BadInput, InvalidSetting
from geo.routes.flows import exit_choice, intensity_draws, prior_flows, pull_draws, pulled

HOUR_S = 3600.0


def test_two_exits_an_hour_apart_are_chosen_by_the_logit() -> None:
    """With a spread of an hour the nearer exit has 1 / (1 + 1/e) of the flow."""
    choice = exit_choice(np.array([HOUR_S, 2 * HOUR_S]), spread_s=HOUR_S)
    np.testing.assert_allclose(choice, [1 / (1 + np.exp(-1)), 1 / (1 + np.e)])


def test_an_exit_that_cannot_be_reached_is_never_chosen() -> None:
    """Infinite cost is probability 0, and a row without any exit stays 0 rather than a guess."""
    cost = np.array([[1.0, np.inf], [np.inf, np.inf]])
    np.testing.assert_array_equal(exit_choice(cost, spread_s=1.0), [[1, 0], [0, 0]])


def test_a_huge_cost_does_not_underflow_to_no_exit() -> None:
    """Only differences of cost count."""
    choice = exit_choice(np.array([1e9, 1e9 + 1]), spread_s=1.0)
    np.testing.assert_allclose(choice, exit_choice(np.array([0.0, 1.0]), spread_s=1.0))


@given(
    cost=arrays(float, (3, 4), elements=st.floats(0, 1e6)),
    pull=arrays(float, 4, elements=st.floats(-5, 5)),
)
def test_a_pull_is_a_factor_of_the_choice(cost, pull) -> None:
    """Pulling a choice afterwards equals choosing with the pull, and rows sum to 1."""
    with_pull = exit_choice(cost, spread_s=1e5, log_pull=pull)
    np.testing.assert_allclose(pulled(exit_choice(cost, spread_s=1e5), pull), with_pull)
    np.testing.assert_allclose(with_pull.sum(axis=1), 1)


def test_flows_are_intensities_times_choices() -> None:
    """Two origins of intensities 1 and 3, worked by hand; each draw with its own set."""
    choice = np.array([[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.0, 1.0]]])
    flows = prior_flows(np.array([[1.0, 3.0], [1.0, 3.0], [1.0, 3.0]]), choice)
    np.testing.assert_allclose(flows.share_draws, [[0.625, 0.375], [0, 1], [0.625, 0.375]])
    np.testing.assert_array_equal(flows.unreached, 0)


def test_what_cannot_get_out_is_told_and_in_no_share() -> None:
    """An origin without an exit drops out of the shares; its part of the intensity is returned."""
    flows = prior_flows(np.array([[1.0, 3.0]]), np.array([[[0.0, 0.0], [0.2, 0.8]]]))
    np.testing.assert_allclose(flows.share_draws, [[0.2, 0.8]])
    np.testing.assert_allclose(flows.unreached, [0.25])


def test_no_exit_for_anybody_gives_shares_of_nothing() -> None:
    """A draw in which no origin reaches a post is a row of 0, wholly unreached."""
    flows = prior_flows(np.ones((2, 1)), np.zeros((1, 1, 3)))
    np.testing.assert_array_equal(flows.share_draws, np.zeros((2, 3)))
    np.testing.assert_array_equal(flows.unreached, [1, 1])


def test_a_pull_moves_flow_to_its_post() -> None:
    """A log pull of log 3 on the second of two equal posts gives it three quarters."""
    flows = prior_flows(np.ones((1, 1)), np.full((1, 1, 2), 0.5), log_pull=np.log([[1.0, 3.0]]))
    np.testing.assert_allclose(flows.share_draws, [[0.25, 0.75]])


def test_intensities_follow_the_counts() -> None:
    """Means are count + 1/2 times the mean of a lognormal; an origin without events keeps some."""
    counts = np.array([0.0, 4.0, 20.0])
    draws = intensity_draws(counts, draws=40_000, seed=1, log_sd=0.3)
    np.testing.assert_allclose(draws.mean(axis=0), (counts + 0.5) * np.exp(0.045), rtol=0.03)
    assert (draws > 0).all()


def test_pulls_are_lognormal_about_their_middle() -> None:
    """Mean and spread of the logarithm are those asked for, one spread a post."""
    draws = pull_draws(np.array([0.0, 1.0]), np.array([0.0, 0.5]), draws=20_000, seed=2)
    np.testing.assert_allclose(draws.mean(axis=0), [0, 1], atol=0.02)
    np.testing.assert_allclose(draws.std(axis=0), [0, 0.5], atol=0.02)


def test_a_seed_makes_the_draws() -> None:
    """The same seed gives the same draws, another gives others."""
    first, again, other = (intensity_draws(np.ones(3), draws=5, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: intensity_draws(np.array([-1.0]), draws=1, seed=0), BadInput, "-1 as a count"),
        (lambda: intensity_draws(np.array([np.nan]), draws=1, seed=0), BadInput, "not finite"),
        (lambda: intensity_draws(np.array([]), draws=1, seed=0), BadInput, "shape"),
        (lambda: intensity_draws(np.ones(2), draws=0, seed=0), InvalidSetting, "0 draws"),
        (lambda: intensity_draws(np.ones(2), draws=1, seed=-1), InvalidSetting, "seed = -1"),
        (lambda: pull_draws(np.ones(2), -1.0, draws=1, seed=0), InvalidSetting, "deviation"),
        (lambda: pull_draws(np.ones(2), np.nan, draws=1, seed=0), InvalidSetting, "deviation"),
        (lambda: pull_draws(np.ones(2), np.ones(3), draws=1, seed=0), InvalidSetting, "shape"),
        (lambda: exit_choice(np.array([-1.0]), spread_s=1.0), BadInput, "negative or NaN"),
        (lambda: exit_choice(np.array([np.nan]), spread_s=1.0), BadInput, "negative or NaN"),
        (lambda: exit_choice(np.ones(1), spread_s=0.0), InvalidSetting, "spread_s = 0"),
        (
            lambda: exit_choice(np.ones(1), spread_s=1.0, log_pull=np.inf),
            InvalidSetting,
            "log pull",
        ),
        (lambda: prior_flows(np.ones((1, 2)), np.ones((1, 3, 2))), BadInput, "intensities"),
        (lambda: prior_flows(np.ones((1, 2)), np.ones((2, 2))), BadInput, "exit choices"),
        (lambda: prior_flows(-np.ones((1, 1)), np.ones((1, 1, 1))), BadInput, "intensity"),
        (
            lambda: prior_flows(np.ones((1, 1)), np.ones((1, 1, 2)), log_pull=np.ones((2, 2))),
            BadInput,
            "pulls have shape",
        ),
    ],
)
def test_what_is_no_flow_is_refused(call, error, message: str) -> None:
    """Each impossible value gets an error that names it."""
    with pytest.raises(error, match=message):
        call()


def test_arguments_stay_as_they_were() -> None:
    """Nothing that is passed in is written to."""
    intensity, choice = np.ones((2, 1)), np.full((1, 1, 2), 0.5)
    prior_flows(intensity, choice, log_pull=np.ones((2, 2)))
    assert (intensity == 1).all()
    assert (choice == 0.5).all()
