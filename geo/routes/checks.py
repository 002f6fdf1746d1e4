"""Where a limited number of checks would meet most traffic, and what is left once it adapts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, sparse

from geo.errors import InvalidSetting
from geo.routes.catch import (
    catch_of,
    checked_routes,
    distinct_routes,
    expected_catch,
    left_weight,
    passing,
    relaxed_bound,
)

Routes = tuple[sparse.csr_array, NDArray[np.float64]]
"""Passes (routes, candidates) and weights (routes,) of a sample of routes."""

LEAST_GAIN = 1e-12
"""Share of all traffic below which an exchange counts as rounding, not as gain."""


PRICE_MOVES = 1000
"""Moves of the prices in the bound for `count` checks, and in those for fewer together."""

EXACT = 1e-6
"""Gap, as a share of the catch, at which an optimum counts as proven."""

STABLE = 1e-6
"""Share of a catch that no change of checks may gain in a stable round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Two answers: a list to work down with any budget, and a set for exactly `count` checks."""

    order: NDArray[np.int64]
    """Priority list, shape (count,): its first k candidates are the greedy choice of k checks."""
    catch: NDArray[np.float64]
    """Expected catch of the first 1, 2, ... count of `order`, in the unit of the weights."""
    best: NDArray[np.int64]
    """Set for exactly `count` checks, ascending: `order` after exchanges; no list of priorities."""
    best_catch: float
    """Its expected catch, at least ``catch[-1]``."""
    order_bound: NDArray[np.float64]
    """Proven for 1, 2, ... count checks: no set of so many catches more; closest for `count`."""
    exact: bool
    """Whether ``bound`` is the optimum itself to a millionth, else only above it."""

    @property
    def bound(self) -> float:
        """Proven: no set of `count` candidates catches more."""
        return float(self.order_bound[-1])

    @property
    def gap(self) -> float:
        """Share of the bound by which `best` may fall short of the optimum; 0 if nothing passes."""
        return (self.bound - self.best_catch) / self.bound if self.bound > 0 else 0.0

    @property
    def order_gap(self) -> NDArray[np.float64]:
        """The same of the first 1, 2, ... count of `order`, shape (count,)."""
        least = np.where(self.order_bound > 0, self.order_bound, 1.0)
        gaps: NDArray[np.float64] = (self.order_bound - self.catch) / least
        return gaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """What the solver says of the best set of checks."""

    chosen: NDArray[np.int64]
    """Best set found, ascending; empty if none was found in time."""
    catch: float
    """Its expected catch."""
    bound: float
    """Proven: no set catches more."""
    proven: bool
    """Whether `chosen` is proven to be best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One move of the checks and the answer of the traffic."""

    checks: NDArray[np.int64]
    """Candidates checked, ascending."""
    catch_before: float
    """Expected catch on the traffic that the round found, which knows only earlier checks."""
    catch_after: float
    """Expected catch of the same checks once the traffic knows them."""
    gap: float
    """Share by which the choice may fall short of the best for the traffic it was made for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Displacement:
    """Checks and traffic in answer to one another."""

    rounds: tuple[Round, ...]
    """In order; the first meets traffic that expects no check."""
    final: Round
    """The round with the greatest catch after adaptation, the earliest of several."""
    stable: bool
    """Whether the last round's checks are the best found against the traffic that knows them."""
    order: NDArray[np.int64]
    """Priority list for the traffic of all rounds together; its first k serve k checks."""


def place_checks(
    passes: sparse.csr_array,
    weight: ArrayLike,
    *,
    count: int,
    catch_probability: float = 1.0,
    prove_s: float = 10.0,
) -> Placement:
    """Checks that meet most of the routes, with the proven distance from the best.

    The expected catch of a set is the sum over the routes of ``weight * (1 - (1 - p)**n)`` with p
    the `catch_probability` and n the number of its checks on the route; with p = 1 it is the weight
    of the routes that meet any check.

    Parameters
    ----------
    passes : sparse array of bool, shape (routes, candidates)
        Whether a route passes a candidate. Routes without candidate cannot be caught.
    weight : array of float, shape (routes,)
        Weight of each route, 0 or more; the catch is in its unit, a share if it sums to 1.
    count : int
        Number of checks, at most that of the candidates.
    catch_probability : float
        Probability that a check catches what passes it, above 0 to 1, independent between checks.
    prove_s : float
        Seconds given to the solver for the bound; 0 leaves it out. The choice does not hang on it.

    Raises
    ------
    InvalidSetting
        If a number is outside its range or shapes do not fit.

    Notes
    -----
    The catch is monotone and submodular, so the greedy list is within 1 - 1/e of the best for every
    k, and the catch of any set plus its `count` greatest further gains is above the best
    (Nemhauser, Wolsey and Fisher 1978, doi:10.1007/BF01588971). The bound is the least of those, of
    a Lagrangian one, and of the solver's (HiGHS), which is asked only where they leave a gap. Of
    candidates that gain the same, the first is taken.
    """
    table, weights = checked_routes(passes, weight, count, catch_probability)
    total = float(weights.sum())
    miss = 1 - catch_probability
    order: list[int] = []
    catch: list[float] = []
    bounds = np.full(count, total)
    left = weights.copy()
    for _ in range(count):
        gains = table.T @ left * catch_probability
        gains[order] = 0.0
        further = np.cumsum(np.sort(gains)[: -count - 1 : -1])
        bounds = np.minimum(bounds, total - left.sum() + further)
        gains[order] = -1.0
        pick = int(np.argmax(gains))
        order.append(pick)
        left = left * np.where(passing(table, pick), miss, 1.0)
        catch.append(total - float(left.sum()))
    best = _exchanged(table, weights, order, catch_probability)
    best_catch = max(expected_catch(table, weights, best, catch_probability), catch[-1])
    for k in range(1, count + 1) if best_catch > 0 else ():
        checks, moves = (best, PRICE_MOVES) if k == count else (order[:k], PRICE_MOVES // count)
        relaxed = relaxed_bound(
            table, weights, np.array(checks), catch_probability, moves=max(moves, 1)
        )
        bounds[k - 1] = min(bounds[k - 1], relaxed)
    bound = float(bounds[-1])
    if prove_s > 0 and bound > best_catch * (1 + EXACT):
        solved = optimal_cover(
            passes, weight, count=count, catch_probability=catch_probability, time_limit_s=prove_s
        )
        bound = min(bound, solved.bound)
        proven = solved.proven
    else:
        proven = bound <= best_catch * (1 + EXACT)
    bounds[-1] = max(bound, best_catch)
    return Placement(
        order=np.array(order, dtype=np.int64),
        catch=np.array(catch),
        # What bounds more checks bounds fewer; no bound lies below what is caught.
        order_bound=np.maximum(np.minimum.accumulate(bounds[::-1])[::-1], catch),
        best=best,
        best_catch=best_catch,
        exact=proven,
    )


def optimal_cover(
    passes: sparse.csr_array,
    weight: ArrayLike,
    *,
    count: int,
    catch_probability: float = 1.0,
    time_limit_s: float = 60.0,
) -> Optimum:
    """The best set of checks by mixed-integer programming, or as far as the time allows.

    Arguments are those of place_checks. With `catch_probability` below 1 the catch of a route is
    concave in its number of checks; its chords, one for each number, make the programme exact.

    Notes
    -----
    Church, R. and ReVelle, C. (1974), "The maximal covering location problem",
    doi:10.1007/BF01942293; solved by HiGHS through scipy.optimize.milp. A run that is out of time
    depends on the machine; its bound holds all the same.
    """
    table, weights = checked_routes(passes, weight, count, catch_probability)
    rows, loads = distinct_routes(table, weights)
    total = float(loads.sum())
    if not rows.shape[0]:
        return Optimum(chosen=np.arange(count), catch=0.0, bound=0.0, proven=True)
    routes, candidates = rows.shape
    most = np.minimum(np.diff(rows.indptr), count)
    chord, route, offset = _chords(most, 1 - catch_probability)
    # Variables: each candidate taken or not, checks met by each route, share caught of each route.
    met = sparse.hstack(
        [-rows, sparse.eye_array(routes), sparse.csr_array((routes, routes))], format="csr"
    )
    which = sparse.eye_array(routes, format="csr")[route]
    caught = sparse.hstack(
        [sparse.csr_array((route.size, candidates)), -sparse.diags_array(chord) @ which, which],
        format="csr",
    )
    taken = np.concatenate([np.ones(candidates), np.zeros(2 * routes)])
    solved = optimize.milp(
        np.concatenate([np.zeros(candidates + routes), -loads / total]),
        integrality=taken,
        bounds=optimize.Bounds(
            0, np.concatenate([np.ones(candidates), most.astype(float), np.ones(routes)])
        ),
        constraints=[
            optimize.LinearConstraint(met, -np.inf, 0),
            optimize.LinearConstraint(caught, -np.inf, offset),
            optimize.LinearConstraint(sparse.csr_array(taken[None]), count, count),
        ],
        options={"time_limit": float(time_limit_s), "mip_rel_gap": EXACT},
    )
    bound = total
    if solved.mip_dual_bound is not None and np.isfinite(solved.mip_dual_bound):
        # The solver's own tolerance on feasibility is 1e-6.
        bound = min(total, -float(solved.mip_dual_bound) * total * (1 + 1e-6))
    chosen = np.empty(0, dtype=np.int64)
    if solved.x is not None:
        chosen = np.flatnonzero(solved.x[:candidates] > 0.5)
    catch = expected_catch(table, weights, chosen, catch_probability)
    return Optimum(
        chosen=chosen, catch=catch, bound=max(bound, catch), proven=bool(solved.status == 0)
    )


def displaced(
    resample: Callable[[NDArray[np.int64]], Routes],
    *,
    count: int,
    catch_probability: float = 1.0,
    max_rounds: int = 5,
    prove_s: float = 0.0,
) -> Displacement:
    """Rounds in which checks answer the traffic seen so far and traffic answers the checks.

    Parameters
    ----------
    resample : function
        Gives the routes of traffic that knows of the checks at the candidates it is called with,
        none at first: passes and weights as place_checks takes them, the same candidates each time.
    count, catch_probability, prove_s
        As place_checks takes them.
    max_rounds : int
        Rounds after which the search ends without being stable.

    Returns
    -------
    Displacement
        Each round places checks for the routes of all rounds so far, each round's weighing alike,
        so that closing one road does not open the last one again. It ends when no other checks
        would catch more of the traffic that knows them.

    Raises
    ------
    InvalidSetting
        If a number is outside its range, or the candidates change between rounds.

    Notes
    -----
    The game of Morton, Pan and Saeger (2007), doi:10.1080/07408170500488956, in which the smuggler
    sees the sensors, by fictitious play (Brown 1951, "Iterative solution of games by fictitious
    play"). It need not settle: where none of the sets is best against its own answer, only a plan
    that changes from day to day would be, and `stable` is then False.
    """
    if max_rounds < 1:
        raise InvalidSetting(f"{max_rounds} rounds", expected="at least 1")
    seen = [resample(np.empty(0, dtype=np.int64))]
    rounds: list[Round] = []
    stable = False
    while len(rounds) < max_rounds and not stable:
        table, weights = _together(seen)
        placed = place_checks(
            table, weights, count=count, catch_probability=catch_probability, prove_s=prove_s
        )
        answer = resample(placed.best)
        before, after = (
            catch_of(*routes, placed.best, catch_probability=catch_probability)
            for routes in (seen[-1], answer)
        )
        best_now = place_checks(
            *answer, count=count, catch_probability=catch_probability, prove_s=0
        ).best_catch
        stable = after >= best_now * (1 - STABLE)
        rounds.append(
            Round(checks=placed.best, catch_before=before, catch_after=after, gap=placed.gap)
        )
        seen.append(answer)
    table, weights = _together(seen)
    placed = place_checks(
        table, weights, count=count, catch_probability=catch_probability, prove_s=0
    )
    return Displacement(
        rounds=tuple(rounds),
        final=max(rounds, key=lambda one: one.catch_after),
        stable=stable,
        order=placed.order,
    )


def _exchanged(
    table: sparse.csr_array,
    weights: NDArray[np.float64],
    order: list[int],
    catch_probability: float,
) -> NDArray[np.int64]:
    """`order` after exchanging one check for another as long as the best exchange gains."""
    best = np.sort(order)
    miss = 1 - catch_probability
    least = LEAST_GAIN * float(weights.sum())
    while True:
        swap, most = None, float(left_weight(table, weights, best, miss).sum()) - least
        for place in range(best.size):
            others = np.delete(best, place)
            left = left_weight(table, weights, others, miss)
            gains = table.T @ left * catch_probability
            gains[best] = -1.0
            pick = int(np.argmax(gains))
            missed = float(left.sum() - gains[pick])
            if gains[pick] >= 0 and missed < most:
                swap, most = np.sort([*others, pick]), missed
        if swap is None:
            return best.astype(np.int64)
        best = swap


def _chords(
    most: NDArray[np.int64], miss: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Slope, route and offset of each chord, ``caught <= slope * checks met + offset``."""
    chords = most if miss > 0 else np.ones_like(most)
    route = np.repeat(np.arange(most.size), chords)
    before = np.arange(route.size) - np.repeat(np.cumsum(chords) - chords, chords)
    reached: NDArray[np.float64] = 1 - miss ** before.astype(np.float64)
    slope = (1 - reached) * (1 - miss)
    return slope, route.astype(np.int64), reached - slope * before


def _together(seen: list[Routes]) -> Routes:
    """The routes of several rounds as one sample, each round weighing 1."""
    if len({passes.shape[1] for passes, _ in seen}) > 1:
        raise InvalidSetting(
            f"candidates of the rounds: {[passes.shape[1] for passes, _ in seen]}",
            expected="the same candidates in each round",
        )
    weights = [np.asarray(weight, dtype=np.float64) for _, weight in seen]
    return (
        sparse.csr_array(sparse.vstack([passes for passes, _ in seen])),
        np.concatenate([w / w.sum() if w.sum() > 0 else w for w in weights]) / len(seen),
    )
