"""The moves from a cell to its neighbours and what each costs: the one definition of an edge.

A move costs the line integral of friction along the straight line between two cell centres, with
friction constant within a cell. For the 8 nearest neighbours that is the mean of both cells times
the length; a knight's move crosses two more cells, a quarter of its length in each of the four.

Numba keeps compiled code by the date of the file that it is called from: whoever changes this one
changes `buckets`, `tiles` and `paths` too, or deletes their ``__pycache__``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Layer = NDArray[np.float32] | NDArray[np.float64]
"""A raster of one band."""

MOVES = np.array(
    [
        *((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)),
        *((1, 2), (1, -2), (-1, 2), (-1, -2), (2, 1), (2, -1), (-2, 1), (-2, -1)),
    ],
    dtype=np.int64,
)
"""Rows down and columns right of each move; the first 8 are the nearest neighbours."""

CROSSED = np.array(
    [
        (0, 0) if max(abs(row), abs(col)) < 2 else (row // abs(row), 0) if abs(row) == 2 else
        (0, col // abs(col))
        for row, col in MOVES.tolist()
    ],
    dtype=np.int64,
)  # fmt: skip
"""First cell that a knight's move crosses; the second lies as far before its end."""

STEEPENING = 3.5
"""How fast pace grows with slope, in Tobler's hiking function (1993, NCGIA report 93-1)."""

EASIEST_SLOPE = -0.05
"""Slope at which one walks fastest, same source."""

BEST_PACE_S_PER_M = 3.6 / 6.0
"""Seconds a metre at the easiest slope: 6 km/h, same source."""


class Ground(NamedTuple):
    """A raster to be crossed, in the form that the kernels read; both layers of one dtype.

    `friction` multiplies length. Where `elevation_m` is not empty, Tobler's pace at the slope of
    the move multiplies it too; `friction` is then either NaN wherever the elevation is, or empty
    and 1 everywhere.
    """

    friction: Layer
    """(rows, columns), NaN = barrier; or (0, 0)."""
    elevation_m: Layer
    """(rows, columns), NaN = barrier; or (0, 0)."""
    lengths_m: NDArray[np.float64]
    """Horizontal length of each move, (8,) or (16,)."""
    level_s: NDArray[np.float64]
    """Cost of each move where friction and slope multiply it by 1, (8,) or (16,)."""
    towards: bool
    """Whether costs lead towards the sources: slopes are then those of the way back."""


def move_lengths_m(cell_m: tuple[float, float], neighbours: int) -> NDArray[np.float64]:
    """Length of each of the first `neighbours` moves on cells of (width, height) `cell_m`."""
    width, height = cell_m
    return np.array(
        [math.hypot(row * height, col * width) for row, col in MOVES[:neighbours].tolist()]
    )


@njit(cache=True, nogil=True)
def mean_over_four(layer: Layer, row: int, col: int, move: int) -> np.float64:
    """Mean of the four cells that a knight's move crosses."""
    down, right = MOVES[move, 0], MOVES[move, 1]
    by_row, by_col = CROSSED[move, 0], CROSSED[move, 1]
    # The halves are added first, so that the way back costs the same to the last bit.
    here = np.float64(layer[row, col]) + np.float64(layer[row + by_row, col + by_col])
    far_row, far_col = row + down - by_row, col + right - by_col
    there = np.float64(layer[row + down, col + right]) + np.float64(layer[far_row, far_col])
    return (here + there) * 0.25


@njit(cache=True, nogil=True, inline="always")
def climb_factor(rise_m: float, length_m: float, towards: bool) -> float:
    """Pace on the slope of a move over the best pace, at least 1."""
    slope = (-rise_m if towards else rise_m) / length_m
    return math.exp(STEEPENING * abs(slope - EASIEST_SLOPE))
