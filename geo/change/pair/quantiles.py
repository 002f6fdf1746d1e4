"""Ranks of values among a sample, so that a block is ranked as the whole scene would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import NoValidPixels

NODES = 1025
"""Quantiles that are kept at equal steps of rank."""

TAIL_NODES = 512
"""Quantiles that are kept at equal steps of ``-ln(1 - rank)``: the tail is what is flagged."""


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
        ranks = np.interp(layer, self.values, self.ranks, left=end, right=1 - end)
        return np.asarray(ranks, dtype=np.float32)

    def unlikeliness(self, layer: NDArray[np.float32]) -> NDArray[np.float32]:
        """``-ln(1 - rank)`` of each value, same shape: 0 for the lowest, without bound above.

        Worked out in double precision: a rank near 1 has no digits left in single precision.
        """
        end = 0.5 / self.cells
        logs = -np.log1p(-np.clip(self.ranks, end, 1 - end))
        tail = -np.log(end)
        found = np.interp(layer, self.values, logs, left=-np.log1p(-end), right=tail)
        return np.asarray(found, dtype=np.float32)


def _places(size: int) -> NDArray[np.intp]:
    """Places in a sorted sample at which it is kept; all of them if it is small."""
    even = np.linspace(0, 1, NODES)
    tail = -np.expm1(-np.linspace(0, np.log(2 * size), TAIL_NODES))
    return np.unique(np.rint(np.concatenate([even, tail]) * (size - 1)).astype(np.intp))
