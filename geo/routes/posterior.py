"""Draws of the flows behind the records: where to start, and how the chains move.

Trajectories of Hamiltonian Monte Carlo move all but the two spreads, which are moved in between.
Made for hundreds of records. With thousands at a handful of posts the chains go slowly; that shows
in the R-hat that comes with the draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.routes.hamiltonian import sample_chains, split_rhat
from geo.routes.records import (
    Records,
    State,
    axis_spreads,
    blocks,
    counts_of,
    dimension,
    log_density,
    log_rates_of,
    normals_of,
    state_of,
)

CHAINS = 32
"""Chains that run side by side; with many, their agreement says much."""

WARM_UP = 100
"""Iterations of each run that are thrown away, while the length of a step is learnt."""

AGREED = 1.05
"""Split R-hat at which chains are taken to agree; until then they run on."""

MOST_RUNS = 3
"""Each run is twice as long as the one before; after so many the draws are given as they are, with
their R-hat."""

LEAST_ITERATIONS = 100
"""Iterations that each chain keeps at least, so that the agreement of chains can be told."""

FIRST_RUN = 40
"""Iterations of a first run, which tells the spreads at which the second is whitened."""

CLIMBS = 60
"""Most steps to the top of the density; a start that falls short is slower, not wrong."""

RESPREADS = 4
"""Cheap updates of the spreads, after each trajectory, for each one that asks for the density."""

HALVINGS = 0.5 ** np.arange(12)
"""Lengths of a step that are tried on the way."""


def draw_prior(records: Records, samples: int, rng: np.random.Generator) -> State:
    """States drawn from the prior; groups have no part in them."""
    return state_of(rng.standard_normal((samples, dimension(records))), records)


def draw_posterior(records: Records, samples: int, rng: np.random.Generator) -> tuple[State, float]:
    """At least `samples` states drawn from the posterior, and the R-hat of their log shares.

    The R-hat is the largest over the posts.
    """
    iterations = max(-(-samples // CHAINS), LEAST_ITERATIONS)
    top, whitening = start_of(records, np.zeros(2))
    start = np.tile(top, (CHAINS, 1))
    start[:, :-2] += rng.standard_normal((CHAINS, top.size - 2)) @ whitening.T
    draws = _run(records, start, whitening, FIRST_RUN, rng)
    _, whitening = start_of(records, draws[..., -2:].mean(axis=(0, 1)))
    for _ in range(MOST_RUNS):
        draws = _run(records, draws[-1], whitening, iterations, rng)
        state = state_of(draws.reshape(-1, top.size), records)
        log_share = state.log_share.reshape(iterations, CHAINS, -1)
        rhat = float(split_rhat(log_share).max())
        if rhat < AGREED:
            break
        iterations *= 2
    return state, rhat


def _run(
    records: Records,
    start: NDArray[np.float64],
    whitening: NDArray[np.float64],
    iterations: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Draws of theta, shape (iterations, chains, dimension), after a warm-up."""
    return sample_chains(
        lambda theta: log_density(theta, records),
        start,
        whitening=whitening,
        between=lambda theta, rng: respread(theta, records, rng),
        warm_up=WARM_UP,
        iterations=iterations,
        rng=rng,
    ).draws


def start_of(
    records: Records, spreads: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """About the top of the density at given `spreads`, and a matrix W, W W' about the covariance.

    `spreads` are the last two coordinates of theta, which stay; W is for the others. Fisher scoring
    with the best of several lengths of each step. The matrix serves the sampler's speed only, so
    the information of the counts is taken without the curvature of the rates.
    """
    moving = blocks(records)["spreads"].start
    theta = np.zeros(dimension(records))
    theta[moving:] = spreads
    theta[blocks(records)["levels"]] = _plain_levels(records)
    theta[blocks(records)["at_post"]] = np.log(records.at_post_counts + 0.5)
    theta[blocks(records)["after"]] = np.log(records.after_counts + 0.5)
    value, gradient = log_density(theta[None], records)
    for _ in range(CLIMBS):
        move = np.zeros_like(theta)
        move[:moving] = np.linalg.solve(_information(theta, records), gradient[0, :moving])
        ahead = theta + HALVINGS[:, None] * move
        # A step too long may overflow; it is then not the best of them.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            values = np.nan_to_num(log_density(ahead, records)[0], nan=-np.inf)
        best = int(values.argmax())
        if values[best] - value[0] < 1e-3:
            break
        theta = ahead[best]
        value, gradient = log_density(theta[None], records)
    return theta, np.linalg.inv(np.linalg.cholesky(_information(theta, records))).T


def respread(
    theta: NDArray[np.float64], records: Records, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The batch with new spreads, drawn so that the posterior stays as it is.

    Metropolis updates of two kinds, after the interweaving of Yu & Meng (2011),
    doi:10.1198/jcgs.2011.203main: the spreads move while all expected counts stay, and flow and
    catch divide them anew (fast where records are many), or while the standardised deviations stay
    (fast where they are few).
    """
    for _ in range(RESPREADS):
        ahead, log_jacobian = _same_rates(theta, _step_of_spreads(theta, rng), records)
        gain = _log_prior(ahead, records) - _log_prior(theta, records) + log_jacobian
        theta = np.where(np.log(rng.random((len(theta), 1))) < gain[:, None], ahead, theta)
    ahead = _same_deviations(theta, _step_of_spreads(theta, rng), records)
    gain = log_density(ahead, records)[0] - log_density(theta, records)[0]
    return np.where(np.log(rng.random((len(theta), 1))) < gain[:, None], ahead, theta)


def _step_of_spreads(theta: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Symmetric steps, short for some chains and long for others, shape (batch, 2)."""
    reach = rng.choice([0.2, 0.6, 1.5], (theta.shape[0], 1))
    return np.asarray(reach * rng.standard_normal((theta.shape[0], 2)))


def _same_deviations(
    theta: NDArray[np.float64], change: NDArray[np.float64], records: Records
) -> NDArray[np.float64]:
    """The batch with its spreads changed and nothing else."""
    ahead = theta.copy()
    ahead[:, blocks(records)["spreads"]] += change
    return ahead


def _same_rates(
    theta: NDArray[np.float64], change: NDArray[np.float64], records: Records
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The batch with its spreads changed and all expected counts as they were; log Jacobian.

    The sum of flow and catch stays, so that `total` is rescaled; `across` divides it anew.
    """
    part, ahead = blocks(records), _same_deviations(theta, change, records)
    both = np.hypot(*axis_spreads(theta, records))
    new_both = np.hypot(*axis_spreads(ahead, records))
    ahead[:, part["total"]] *= both / new_both
    return ahead, np.log(both / new_both).sum(axis=1)


def _log_prior(theta: NDArray[np.float64], records: Records) -> NDArray[np.float64]:
    """Logarithm of the prior density up to a constant, shape (batch,)."""
    normals = normals_of(theta, state_of(theta, records), records)
    return np.asarray(-0.5 * (normals**2).sum(axis=1))


def _plain_levels(records: Records) -> NDArray[np.float64]:
    """The three levels, standardised, at which the sums of the counts are as expected."""
    counts = (records.located, records.at_post_counts, records.after_counts)
    seen = np.log([max(each.sum(), 1.0) for each in counts])
    beliefs = records.assumptions
    return np.asarray((seen - beliefs.level_log_mean) / beliefs.level_log_sd)


def _information(theta: NDArray[np.float64], records: Records) -> NDArray[np.float64]:
    """Fisher information of the counts about all but the spreads, plus that of the prior."""
    width, moving = 1e-4, blocks(records)["spreads"].start
    nudges = np.concatenate([np.eye(theta.size)[:moving], -np.eye(theta.size)[:moving]])
    ahead = theta + width * nudges
    state = state_of(ahead, records)
    rates = log_rates_of(ahead, state, records)
    weights = np.exp(rates.mean(axis=0)) * counts_of(records)[1]
    of_rates = (rates[:moving] - rates[moving:]) / (2 * width)
    normals = normals_of(ahead, state, records)
    of_normals = (normals[:moving] - normals[moving:]) / (2 * width)
    return np.asarray(of_normals @ of_normals.T + (of_rates * weights) @ of_rates.T)
