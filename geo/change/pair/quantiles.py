"""Ranks of values among a sample, so that a block is ranked as the whole scene would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.errors import NoValidPixels

NODES = 1025
"""Quantiles that are kept at equal steps of rank."""

TAIL_NODES = 512
"""Quantiles that are kept at equal steps of ``-ln(1 - rank)``: the tail is what is flagged."""

STEPS = 1 << 14
"""Equal steps of value for which the nodes there are known before one is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuantileTable:
    """The distribution of a sample: ranks from values."""

    values: NDArray[np.float64]
    """Shape (nodes,); growing."""
    ranks: NDArray[np.float64]
    """Shape (nodes,); the share of the sample below each value, and half of what equals it."""
    cells: int
    """Size of the sample."""

    @classmethod
    def fit(cls, samples: Sequence[NDArray[np.float32]]) -> QuantileTable:
        """The table of all values of the samples, in any shapes and order.

        Raises
        ------
        NoValidPixels
            If there is no value.
        """
        ordered = np.sort(np.concatenate([np.zeros(0, np.float32), *map(np.ravel, samples)]))
        if not ordered.size:
            raise NoValidPixels("no value to rank by", expected="at least one valid cell")
        nodes = np.unique(ordered[_places(ordered.size)])
        below = np.searchsorted(ordered, nodes, side="left")
        upto = np.searchsorted(ordered, nodes, side="right")
        return cls(
            values=nodes.astype(np.float64),
            ranks=(below + upto) / (2 * ordered.size),
            cells=int(ordered.size),
        )

    def rank(self, layer: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rank of each value, above 0 and below 1, same shape; ties in the middle.

        What lies beyond the sample gets the rank of half a cell at its end.
        """
        end = 0.5 / self.cells
        return self._between(self.ranks, layer, beyond=(end, 1 - end))

    def unlikeliness(self, layer: NDArray[np.float32]) -> NDArray[np.float32]:
        """``-ln(1 - rank)`` of each value, same shape: 0 for the lowest, without bound above.

        Worked out in double precision: a rank near 1 has no digits left in single precision.
        """
        end = 0.5 / self.cells
        logs = -np.log1p(-np.clip(self.ranks, end, 1 - end))
        tail = -np.log(end)
        return self._between(logs, layer, beyond=(-np.log1p(-end), tail))

    def _between(
        self, found: NDArray[np.float64], layer: NDArray[np.float32], *, beyond: tuple[float, float]
    ) -> NDArray[np.float32]:
        """What `numpy.interp` gives, to the last digit, in a fraction of its time; same shape.

        Parameters
        ----------
        found : array, shape (nodes,)
            What stands at each node.
        layer : array
            Values to look up, in any shape; NaN stays NaN.
        beyond : tuple of float
            What lies below the first node gets, and what lies above the last.
        """
        low, high = self.values[0], self.values[-1]
        scale = STEPS / (high - low) if high > low else 0.0
        starts = low + np.arange(STEPS) * (high - low) / STEPS
        first = np.searchsorted(self.values, starts, side="right") - 1
        # A step away on either side lies a node for certain, however its product was rounded.
        first = np.concatenate([[0], first, [self.values.size - 1] * 2])
        cells = np.ascontiguousarray(layer, np.float32).ravel()
        return _interpolated(cells, (self.values, found), (scale, first), beyond).reshape(
            layer.shape
        )


@njit(cache=True, nogil=True)
def _interpolated(
    cells: NDArray[np.float32],
    nodes: tuple[NDArray[np.float64], NDArray[np.float64]],
    guide: tuple[float, NDArray[np.intp]],
    beyond: tuple[float, float],
) -> NDArray[np.float32]:
    """The value of each cell by the straight line between the nodes around it; NaN stays NaN."""
    values, found = nodes
    scale, first = guide
    last = values.size - 1
    out = np.empty(cells.size, np.float32)
    for place in range(cells.size):
        value = np.float64(cells[place])
        if value < values[0]:
            out[place] = beyond[0]
        elif value > values[last]:
            out[place] = beyond[1]
        elif value == values[last]:
            out[place] = found[last]
        elif value >= values[0]:
            # Where the first lies very far below the others, a product may round up to the end.
            step = min(int((value - values[0]) * scale), STEPS - 1)
            low, high = first[step], first[step + 3] + 1
            while high - low > 1:
                middle = (low + high) // 2
                if values[middle] <= value:
                    low = middle
                else:
                    high = middle
            slope = (found[low + 1] - found[low]) / (values[low + 1] - values[low])
            out[place] = slope * (value - values[low]) + found[low]
        else:
            out[place] = np.nan
    return out


def _places(size: int) -> NDArray[np.intp]:
    """Places in a sorted sample at which it is kept; all of them if it is small."""
    even = np.linspace(0, 1, NODES)
    tail = -np.expm1(-np.linspace(0, np.log(2 * size), TAIL_NODES))
    return np.unique(np.rint(np.concatenate([even, tail]) * (size - 1)).astype(np.intp))
