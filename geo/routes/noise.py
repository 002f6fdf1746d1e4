"""What no map tells of a road, drawn by counting: a factor for each link and draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtri

Compiled = TypeVar("Compiled", bound=Callable[..., object])

NO_NOISE = np.ones(1)
"""The table of factors that leaves each cost as it is."""

NOISE_VALUES = 4096
"""Number of values, all equally likely, that the noise of a link can take."""


def compiled(function: Compiled) -> Compiled:
    """`function` compiled on first use, kept on disk, and run without the interpreter's lock."""
    # What is kept is renewed when the function's own file changes, not when a file does that it
    # calls: numba documents this at https://numba.readthedocs.io/en/stable/developer/caching.html
    return cast("Compiled", njit(nogil=True, cache=True, error_model="numpy")(function))


@compiled
def mixed(word: np.uint64) -> np.uint64:
    """The output function of SplitMix64 (Steele et al. 2014, doi:10.1145/2714064.2660195)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled
def factor_place(stream: np.uint64, link: int, size: int) -> np.uint64:
    """Place, in a table whose `size` is a power of 2, that a link has in a stream."""
    word = mixed(stream + (np.uint64(link) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15))
    return word & np.uint64(size - 1)


def noise_values(sigma: float) -> NDArray[np.float64]:
    """The 4096 equally likely factors ``exp(sigma z)`` of a cost; a single 1 if `sigma` is 0."""
    if sigma == 0:
        return np.ones(1)
    z = ndtri((np.arange(NOISE_VALUES) + 0.5) / NOISE_VALUES)
    factors: NDArray[np.float64] = np.exp(sigma * z / z.std())
    return factors


def stream_of(seed: int, parameter_set: int, draw: int) -> np.uint64:
    """The stream from which one draw takes the noise of all its links."""
    return np.uint64(_stream(np.uint64(seed), np.uint64(parameter_set), np.uint64(draw)))


@compiled
def _stream(seed: np.uint64, parameter_set: np.uint64, draw: np.uint64) -> np.uint64:
    """SplitMix64's output function over the three, one after the other."""
    return mixed(mixed(mixed(seed) + parameter_set) + draw)
