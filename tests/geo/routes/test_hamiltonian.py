"""The sampler, on densities whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from geo.routes.hamiltonian import sample_chains, split_rhat


def nothing(theta, rng):
    """No second update."""
    return theta


def run(log_density, whitening, *, dimension=None, seed=0, iterations=400):
    """Draws of all chains, shape (draws, dimension)."""
    rng = np.random.default_rng(seed)
    start = rng.standard_normal((32, dimension or len(whitening)))
    chains = sample_chains(
        log_density,
        start,
        whitening=whitening,
        between=nothing,
        warm_up=100,
        iterations=iterations,
        rng=rng,
    )
    return chains, chains.draws.reshape(-1, start.shape[1])


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_normal_with_correlation_is_drawn_from(scale: float) -> None:
    """Means and covariance come out, also where the whitening is off by a factor."""
    covariance = np.array([[2.0, 0.9], [0.9, 0.5]])
    mean, precision = np.array([1.0, -2.0]), np.linalg.inv(covariance)

    def log_density(theta):
        away = theta - mean
        return -0.5 * np.einsum("bi,ij,bj->b", away, precision, away), -away @ precision

    chains, draws = run(log_density, scale * np.linalg.cholesky(covariance))
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.06)
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.12)
    assert split_rhat(chains.draws).max() < 1.02
    assert 0.6 < chains.acceptance < 0.95


def test_a_skewed_density_is_drawn_from() -> None:
    """The logarithm of a gamma(3): its mean is digamma(3), its variance trigamma(3)."""

    def log_density(theta):
        return (3 * theta - np.exp(theta))[:, 0], 3 - np.exp(theta)

    _, draws = run(log_density, np.array([[0.6]]))
    assert draws.mean() == pytest.approx(0.9228, abs=0.03)
    assert draws.var() == pytest.approx(0.3949, abs=0.03)


def test_coordinates_beyond_the_whitening_stay() -> None:
    """What the trajectories do not move is left to the second update."""

    def log_density(theta):
        return -0.5 * (theta**2).sum(axis=1), -theta

    chains, _ = run(log_density, np.eye(1), dimension=3, iterations=5)
    np.testing.assert_array_equal(chains.draws[0, :, 1:], chains.draws[-1, :, 1:])
    assert not np.array_equal(chains.draws[0, :, 0], chains.draws[-1, :, 0])


def test_chains_that_disagree_are_told() -> None:
    """R-hat is near 1 for one density, far above for two, and 1 for what never varies."""
    rng = np.random.default_rng(0)
    one = rng.standard_normal((100, 8, 1))
    two = one + np.repeat([0, 5], 4)[:, None]
    rhat = split_rhat(np.concatenate([one, two, np.ones_like(one)], axis=2))
    assert rhat[0] < 1.02
    assert rhat[1] > 2
    assert rhat[2] == 1
