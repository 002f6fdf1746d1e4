"""How much each post would carry if the map were all we knew: origins, exit choice and pulls.

A draw takes one intensity for each origin, one pull for each post and one set of travel costs, and
divides each origin's intensity over the posts in proportion to ``exp(log pull - cost / spread)``
(a logit, or entropy, model: Wilson 1967, doi:10.1016/0041-1647(67)90035-4). The spread of the
draws is what we do not know of the map and of the smugglers; seizures come in elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInput, InvalidSetting

JEFFREYS = 0.5
"""Shape that is added to a count: Jeffreys' prior of a Poisson rate, so none seen is not none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorFlows:
    """The prior of flows over posts, as draws."""

    share_draws: NDArray[np.float64]
    """Share of the flow at each post, shape (draws, posts); rows sum to 1, or are 0 throughout
    where no origin reaches any post in that draw."""
    unreached: NDArray[np.float64]
    """Share of the intensity whose origin reaches no post, shape (draws,); it is in no post's
    share."""


def intensity_draws(
    counts: NDArray[np.float64], *, draws: int, seed: int, log_sd: float = 0.5
) -> NDArray[np.float64]:
    """Draws of how much leaves each origin, relative to the others.

    Parameters
    ----------
    counts : array of float, shape (origins,)
        Dated looting events, or alerts weighted by their probability. 0 is allowed: an origin
        where nothing was seen keeps a small intensity.
    draws, seed : int
        How many draws, and the seed.
    log_sd : float
        Standard deviation of the logarithm of what one event yields. The default, an assumption,
        is a factor of 2.3 between the fifth and the fiftieth of a hundred events.

    Returns
    -------
    array of float, shape (draws, origins)
        Gamma(count + 1/2) times a lognormal of median 1.

    Raises
    ------
    BadInput
        No origin, or a count that is negative or not finite.
    InvalidSetting
        `draws` below 1, a negative `seed`, or a negative `log_sd`.
    """
    given = np.asarray(counts, dtype=np.float64)
    _check_one_row(given, what="counts of events")
    if (given < 0).any():
        raise BadInput(
            f"{given.min():g} as a count of events", expected="counts of 0 or more", remedy=""
        )
    _check_draws(draws, log_sd, seed)
    rng = np.random.default_rng(seed)
    gamma = rng.gamma(given + JEFFREYS, size=(draws, given.size))
    return np.asarray(gamma * np.exp(log_sd * rng.standard_normal((draws, given.size))))


def pull_draws(
    log_pull: NDArray[np.float64],
    log_pull_sd: NDArray[np.float64] | float,
    *,
    draws: int,
    seed: int,
) -> NDArray[np.float64]:
    """Draws of the logarithm of each post's pull, shape (draws, posts): normal, so pulls lognormal.

    `log_pull` is 0 where nothing draws smugglers to a post more than to another; `log_pull_sd`
    is one number or one a post.

    Raises
    ------
    BadInput
        No post, or a pull that is not finite.
    InvalidSetting
        `draws` below 1, a negative `seed`, or a negative or unknown `log_pull_sd`.
    """
    middle = np.asarray(log_pull, dtype=np.float64)
    _check_one_row(middle, what="log pulls of posts")
    sd = np.asarray(log_pull_sd, dtype=np.float64)
    if sd.ndim and sd.shape != middle.shape:
        raise InvalidSetting(
            f"log_pull_sd has shape {sd.shape}", expected=f"one number, or {middle.shape}"
        )
    _check_draws(draws, float(sd.min()) if np.isfinite(sd).all() else np.nan, seed)
    rng = np.random.default_rng(seed)
    return np.asarray(middle + sd * rng.standard_normal((draws, middle.size)))


def exit_choice(
    cost_s: NDArray[np.float64],
    *,
    spread_s: NDArray[np.float64] | float,
    log_pull: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.float64]:
    """Probability of each exit: softmax of ``log_pull - cost_s / spread_s`` over those reached.

    Parameters
    ----------
    cost_s : array of float, shape (..., posts)
        Seconds to each post; inf = cannot be reached, probability 0.
    spread_s : float or array that broadcasts to ``cost_s.shape[:-1]``
        Difference in cost that makes a post e times less likely; above 0.
    log_pull : float or array that broadcasts to `cost_s`
        Logarithm of each post's pull.

    Returns
    -------
    array of float, shape of `cost_s`
        Sums to 1 over the last axis; 0 throughout where no post can be reached.

    Raises
    ------
    BadInput
        A cost that is negative or NaN.
    InvalidSetting
        A spread that is not above 0, or a pull that is not finite.

    >>> exit_choice(np.array([3600.0, 7200.0, np.inf]), spread_s=3600.0).round(3)
    array([0.731, 0.269, 0.   ])
    """
    cost = np.asarray(cost_s, dtype=np.float64)
    if np.isnan(cost).any() or (cost < 0).any():
        raise BadInput("a travel cost is negative or NaN", expected="seconds, 0 or more, or inf")
    spread = np.asarray(spread_s, dtype=np.float64)
    if not (np.isfinite(spread).all() and (spread > 0).all()):
        raise InvalidSetting(f"spread_s = {spread_s}", expected="seconds above 0")
    pull = np.asarray(log_pull, dtype=np.float64)
    if not np.isfinite(pull).all():
        raise InvalidSetting("a log pull is not finite", expected="a number for each post")
    score = pull - cost / spread[..., None]
    best = score.max(axis=-1, keepdims=True, initial=-np.inf)
    weight = np.exp(score - np.where(np.isfinite(best), best, 0.0))
    return _shares(weight)


def pulled(
    choice: NDArray[np.float64], log_pull: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """The exit choice after each post's pull has changed by `log_pull`; rows sum to 1 or are 0.

    Exact for the choice of one route draw, because a softmax takes a pull as a factor:
    ``pulled(exit_choice(c), a) = exit_choice(c, log_pull=a)``.
    """
    factor = np.exp(np.asarray(log_pull, dtype=np.float64))
    return _shares(np.asarray(choice, dtype=np.float64) * factor)


def prior_flows(
    intensity: NDArray[np.float64],
    choice: NDArray[np.float64],
    *,
    log_pull: NDArray[np.float64] | None = None,
) -> PriorFlows:
    """Shares of the flow at each post, one row a draw, from intensities, exit choices and pulls.

    Parameters
    ----------
    intensity : array of float, shape (draws, origins)
        How much leaves each origin.
    choice : array of float, shape (sets, origins, posts)
        Exit probabilities of each origin under each set of parameters; a row of 0 = the origin
        reaches no post. Draw ``d`` uses set ``d % sets``, so that all origins of a draw share one
        set: what is wrong with a cost is wrong for all of them.
    log_pull : array of float, shape (draws, posts), optional
        Pulls on top of those already in `choice`.

    Raises
    ------
    BadInput
        Shapes that do not fit, no origin or no post, or a value that is negative or not finite.
    """
    amount = np.asarray(intensity, dtype=np.float64)
    chosen = np.asarray(choice, dtype=np.float64)
    _check_flows(amount, chosen, log_pull)
    of_draw = chosen[np.arange(amount.shape[0]) % chosen.shape[0]]
    if log_pull is not None:
        of_draw = pulled(of_draw, np.asarray(log_pull, dtype=np.float64)[:, None, :])
    reached = of_draw.sum(axis=2) > 0
    total = amount.sum(axis=1)
    lost = np.where(reached, 0.0, amount).sum(axis=1)
    flow = np.einsum("do,dop->dp", amount, of_draw)
    return PriorFlows(
        share_draws=_shares(flow),
        unreached=np.divide(lost, total, out=np.ones_like(total), where=total > 0),
    )


def _shares(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each value over the sum of its last axis; 0 where that is 0."""
    total = weight.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(weight, total, out=np.zeros_like(weight), where=total > 0))


def _check_one_row(values: NDArray[np.float64], *, what: str) -> None:
    """Refuse what is not one finite number each of at least one thing."""
    if values.ndim != 1 or values.size == 0:
        raise BadInput(
            f"{what} have shape {values.shape}", expected="one number each, at least one"
        )
    if not np.isfinite(values).all():
        raise BadInput(f"{what}: {int((~np.isfinite(values)).sum())} are not finite")


def _check_draws(draws: int, log_sd: float, seed: int) -> None:
    """Refuse no draws, a spread that is none, and a negative seed."""
    if seed < 0:
        raise InvalidSetting(f"seed = {seed}", expected="0 or more")
    if draws < 1:
        raise InvalidSetting(f"{draws} draws", expected="at least 1")
    if not (np.isfinite(log_sd) and log_sd >= 0):
        raise InvalidSetting(f"a standard deviation of {log_sd}", expected="0 or more")


def _check_flows(
    intensity: NDArray[np.float64],
    choice: NDArray[np.float64],
    log_pull: NDArray[np.float64] | None,
) -> None:
    """Refuse arrays of flows that do not fit each other or hold no numbers."""
    if choice.ndim != 3 or 0 in choice.shape:
        raise BadInput(
            f"exit choices have shape {choice.shape}", expected="(sets, origins, posts), none empty"
        )
    if intensity.ndim != 2 or intensity.shape[1] != choice.shape[1] or not intensity.size:
        raise BadInput(
            f"intensities have shape {intensity.shape}",
            expected=f"(draws, {choice.shape[1]}), one for each origin of the exit choices",
        )
    wanted = (intensity.shape[0], choice.shape[2])
    if log_pull is not None and np.shape(log_pull) != wanted:
        raise BadInput(f"pulls have shape {np.shape(log_pull)}", expected=f"{wanted}")
    if log_pull is not None and not np.isfinite(log_pull).all():
        raise BadInput("a log pull is not finite", expected="a number for each post")
    for name, values in (("intensity", intensity), ("exit probability", choice)):
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise BadInput(f"an {name} is negative or not finite", expected="0 or more")
