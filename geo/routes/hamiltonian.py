"""Draws from a density by Hamiltonian Monte Carlo: exact, many chains at once, in NumPy.

Neal (2011), "MCMC using Hamiltonian dynamics", arXiv:1206.1901. The chains run in coordinates in
which the density is nearly a standard normal around its top; the step length is learnt in a warm-up
by dual averaging (Hoffman & Gelman 2014, "The No-U-Turn Sampler", JMLR 15), then held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LogDensity = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""From a batch, shape (batch, dimension), the log density and its gradient, same batch."""

TARGET_ACCEPTANCE = 0.8
"""Hoffman & Gelman's choice."""

TRAVEL = np.pi / 2
"""Mean length of a trajectory: a quarter turn makes draws from a standard normal independent."""

FIRST_STEP = 0.3
"""Where the search for the step length begins."""

MOST_STEPS = 64
"""No trajectory is longer than this many steps, whatever step length was learnt."""


Between = Callable[[NDArray[np.float64], np.random.Generator], NDArray[np.float64]]
"""A second exact update of the batch, made after each trajectory."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chains:
    """Draws of several chains, and the step at which they went."""

    draws: NDArray[np.float64]
    """Shape (iterations, chains, dimension)."""
    step: float
    """Length of a step, in coordinates in which the density is about a standard normal."""
    acceptance: float
    """Mean probability that a trajectory was accepted, after the warm-up."""


def sample_chains(
    log_density: LogDensity,
    start: NDArray[np.float64],
    *,
    whitening: NDArray[np.float64],
    between: Between,
    warm_up: int,
    iterations: int,
    rng: np.random.Generator,
) -> Chains:
    """Draws of theta after a warm-up that is thrown away.

    Parameters
    ----------
    log_density : function
        Log density of theta up to a constant, and its gradient.
    start : array of float, shape (chains, dimension)
        Where the chains start.
    whitening : array of float, shape (moving, moving)
        Trajectories run through the first `moving` coordinates of theta, in steps of this matrix
        times a standard normal. Any invertible matrix is exact; the closer its square is to the
        covariance, the faster.
    between : function
        Leaves the density as it is, and moves the other coordinates.
    """
    moving, theta = whitening.shape[0], start
    step, tuning = FIRST_STEP, _StepLength()
    kept, accepted = np.empty((iterations, *start.shape)), np.empty(iterations)
    # A step far outside overflows; the trajectory is then refused, which is exact.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for turn in range(warm_up + iterations):
            steps = int(np.clip(rng.uniform(0.5, 1.5) * TRAVEL / step, 1, MOST_STEPS))
            momentum = rng.standard_normal((start.shape[0], moving))
            gain, ahead = _trajectory(
                log_density, theta, momentum, whitening=whitening, step=step, steps=steps
            )
            chance = np.exp(np.minimum(np.where(np.isnan(gain), -np.inf, gain), 0.0))
            take = rng.random(start.shape[0]) < chance
            theta = between(np.where(take[:, None], ahead, theta), rng)
            if turn < warm_up:
                step = tuning.after(float(chance.mean()), last=turn == warm_up - 1)
            else:
                kept[turn - warm_up], accepted[turn - warm_up] = theta, chance.mean()
    return Chains(draws=kept, step=step, acceptance=float(accepted.mean()))


def split_rhat(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gelman and Rubin's split R-hat of each quantity; near 1 where the chains agree.

    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 11.4.

    Parameters
    ----------
    draws : array of float, shape (iterations, chains, quantities)
        At least 4 iterations.

    Returns
    -------
    array of float, shape (quantities,)
        1 for a quantity that never varies.
    """
    half = draws.shape[0] // 2
    parts = np.concatenate([draws[:half], draws[half : 2 * half]], axis=1)
    within = parts.var(axis=0, ddof=1).mean(axis=0)
    between = parts.mean(axis=0).var(axis=0, ddof=1)
    ratio = np.divide(between, within, out=np.zeros_like(within), where=within > 0)
    return np.asarray(np.where(within > 0, np.sqrt((half - 1) / half + ratio), 1.0))


def _trajectory(
    log_density: LogDensity,
    theta: NDArray[np.float64],
    momentum: NDArray[np.float64],
    *,
    whitening: NDArray[np.float64],
    step: float,
    steps: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gain of log density less kinetic energy, and the batch at the end of its trajectory."""
    moving, ahead = whitening.shape[0], theta.copy()
    value, gradient = log_density(theta)
    before = value - 0.5 * (momentum**2).sum(axis=1)
    for turn in range(steps + 1):
        half = 0.5 if turn in (0, steps) else 1.0
        momentum = momentum + half * step * gradient[:, :moving] @ whitening
        if turn < steps:
            ahead[:, :moving] += step * momentum @ whitening.T
            value, gradient = log_density(ahead)
    return value - 0.5 * (momentum**2).sum(axis=1) - before, ahead


class _StepLength:
    """Learns the step at which the acceptance is as wanted: dual averaging, its usual constants."""

    def __init__(self) -> None:
        self._centre = np.log(10 * FIRST_STEP)
        self._deficit = 0.0
        self._mean_log = 0.0
        self._turn = 0

    def after(self, acceptance: float, *, last: bool) -> float:
        """The step to try next, or after the last turn of the warm-up the one to keep."""
        self._turn += 1
        weight = 1 / (self._turn + 10)
        self._deficit = (1 - weight) * self._deficit + weight * (TARGET_ACCEPTANCE - acceptance)
        log_step = float(self._centre - np.sqrt(self._turn) / 0.05 * self._deficit)
        decay = self._turn**-0.75
        self._mean_log = decay * log_step + (1 - decay) * self._mean_log
        return float(np.exp(self._mean_log if last else log_step))
