"""What a set of checks is expected to catch of a sample of routes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from geo.errors import InvalidSetting


def checked_routes(
    passes: sparse.csr_array, weight: ArrayLike, count: int, catch_probability: float
) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """The routes that can be caught, as a table of 0 and 1, and their weights."""
    table = sparse.csr_array(sparse.csr_array(passes).astype(bool), dtype=np.float64)
    weights = np.asarray(weight, dtype=np.float64)
    if weights.shape != (table.shape[0],):
        raise InvalidSetting(
            f"weights of shape {weights.shape}", expected=f"one for each of {table.shape[0]} routes"
        )
    if not ((weights >= 0) & (weights < np.inf)).all():
        raise InvalidSetting(
            f"weight {weights[~((weights >= 0) & (weights < np.inf))][0]}",
            expected="0 or more, finite",
        )
    if not 1 <= count <= table.shape[1]:
        raise InvalidSetting(
            f"{count} checks among {table.shape[1]} candidates",
            expected=f"1 to {table.shape[1]}",
            remedy="ask for fewer checks or give more candidates",
        )
    if not 0 < catch_probability <= 1:
        raise InvalidSetting(
            f"catch_probability is {catch_probability}", expected="above 0, at most 1"
        )
    table.eliminate_zeros()
    used = (weights > 0) & (np.diff(table.indptr) > 0)
    return table[used], weights[used]


def distinct_routes(
    table: sparse.csr_array, weights: NDArray[np.float64]
) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Routes that pass the same candidates made one, their weights added."""
    table.sort_indices()
    keys = [
        table.indices[a:b].tobytes() for a, b in zip(table.indptr, table.indptr[1:], strict=False)
    ]
    first: dict[bytes, int] = {}
    place = np.array([first.setdefault(key, len(first)) for key in keys], dtype=np.int64)
    kept = np.unique(place, return_index=True)[1]
    return table[kept], np.bincount(place, weights=weights).astype(np.float64)


def passing(table: sparse.csr_array, candidate: int) -> NDArray[np.bool_]:
    """Whether each route passes the candidate."""
    passed: NDArray[np.bool_] = table[:, [candidate]].toarray()[:, 0] > 0
    return passed


def left_weight(
    table: sparse.csr_array, weights: NDArray[np.float64], checks: NDArray[np.int64], miss: float
) -> NDArray[np.float64]:
    """Weight of each route that passes `checks` uncaught."""
    met = table[:, checks].sum(axis=1)
    left: NDArray[np.float64] = weights * miss**met
    return left


def expected_catch(
    table: sparse.csr_array,
    weights: NDArray[np.float64],
    checks: NDArray[np.int64],
    catch_probability: float,
) -> float:
    """Expected catch of a set of checks."""
    return float(
        (weights - left_weight(table, weights, np.unique(checks), 1 - catch_probability)).sum()
    )


def catch_of(
    passes: sparse.csr_array, weight: ArrayLike, checks: ArrayLike, *, catch_probability: float
) -> float:
    """Expected catch of the set `checks` on the routes, in the unit of their weights.

    Arguments are those of place_checks; a candidate named twice counts once.
    """
    chosen = np.unique(np.asarray(checks, dtype=np.int64))
    table, weights = checked_routes(passes, weight, 1, catch_probability)
    if chosen.size and not 0 <= chosen[0] <= chosen[-1] < table.shape[1]:
        raise InvalidSetting(
            f"checks {chosen[0]} to {chosen[-1]}", expected=f"0 to {table.shape[1] - 1}"
        )
    return expected_catch(table, weights, chosen, catch_probability)


def relaxed_bound(
    table: sparse.csr_array,
    weights: NDArray[np.float64],
    best: NDArray[np.int64],
    catch_probability: float,
    *,
    moves: int,
) -> float:
    """A number that no set of as many checks as `best` can catch more than, closer with `moves`.

    Notes
    -----
    Each route chooses by itself how many checks it meets and is charged a price for each; each
    check taken earns the prices of its routes. At any prices that sum is a bound; the prices are
    moved by subgradients with Polyak's step towards the catch of `best`, which is near the optimum.
    After Galvão, R. D. and ReVelle, C. (1996), "A Lagrangean heuristic for the maximal covering
    location problem", European Journal of Operational Research 88, 114-123.
    """
    count, miss = best.size, 1 - catch_probability
    most = np.minimum(np.diff(table.indptr), count)
    met_best = table[:, best].sum(axis=1)
    aim = float((weights * (1 - miss**met_best)).sum())
    price = weights * catch_probability * miss**met_best
    if miss == 0:
        price += np.where(met_best == 1, weights / 2, 0.0)
    turned = sparse.csr_array(table.T)
    bound, step, stalled = np.inf, 1.0, 0
    for _ in range(moves):
        earned = turned @ price
        taken = np.argpartition(-earned, count - 1)[:count]
        wanted = _checks_worth(price / weights, catch_probability, most)
        value = float((weights * (1 - miss**wanted) - price * wanted).sum() + earned[taken].sum())
        stalled = 0 if value < bound * (1 - 1e-9) else stalled + 1
        bound = min(bound, value)
        chosen = np.zeros(table.shape[1])
        chosen[taken] = 1.0
        slope = table @ chosen - wanted
        if bound <= aim * (1 + 1e-9) or not slope.any():
            break
        if stalled == 10:
            step, stalled = step / 2, 0
        price = np.maximum(price - step * (value - aim) / float(slope @ slope) * slope, 0.0)
    return bound


def _checks_worth(
    price: NDArray[np.float64], catch_probability: float, most: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Checks that each route of weight 1 would meet at its price: those that gain more than it."""
    if catch_probability == 1:
        return (price < 1).astype(np.float64)
    further = np.log(np.maximum(price, 1e-300) / catch_probability) / np.log1p(-catch_probability)
    worth: NDArray[np.float64] = np.clip(np.floor(1 + further), 0, most)
    return worth
