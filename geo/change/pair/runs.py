"""Connected cells of a layer that may be larger than memory, as runs of cells along rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.grid import give_back, strips


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Runs:
    """Runs of neighbouring cells in a row, from the first row on, and what they are part of."""

    row: NDArray[np.intp]
    """Shape (runs,)."""
    first: NDArray[np.intp]
    """First column."""
    end: NDArray[np.intp]
    """Column after the last."""
    group: NDArray[np.intp]
    """Number of the group of cells that touch by an edge, from 0, in order of its first cell."""
    groups: int
    """How many groups there are."""

    @property
    def cells(self) -> NDArray[np.intp]:
        """Cells of each group."""
        return np.bincount(self.group, self.end - self.first, minlength=self.groups).astype(np.intp)

    def greatest(self, layer: NDArray[np.generic]) -> NDArray[np.float64]:
        """Greatest value of a layer in each group."""
        found = np.full(self.groups, -np.inf)
        np.maximum.at(found, self.group, self._reduced(layer, np.maximum))
        return found

    def mean(self, layer: NDArray[np.generic]) -> NDArray[np.float64]:
        """Mean of a layer in each group."""
        total = np.bincount(self.group, self._reduced(layer, np.add), minlength=self.groups)
        return total / np.maximum(self.cells, 1)

    def _reduced(self, layer: NDArray[np.generic], how: np.ufunc) -> NDArray[np.float64]:
        """One value for each run."""
        found = np.empty(len(self.row))
        for rows in strips((layer.shape[0], layer.shape[1])):
            lo, hi = np.searchsorted(self.row, (rows.start, rows.stop))
            if lo == hi:
                continue
            values = layer[rows].ravel()
            start = (self.row[lo:hi] - rows.start) * layer.shape[1]
            bounds = np.column_stack([start + self.first[lo:hi], start + self.end[lo:hi]]).ravel()
            # Every other value is of the cells between two runs; after the last there may be none.
            bounds = bounds[: bounds.size - (bounds[-1] == values.size)]
            found[lo:hi] = how.reduceat(values, bounds, dtype=np.float64)[::2]
            give_back(layer)
        return found


def runs_of(layer: NDArray[np.generic], chosen: Callable[..., NDArray[np.bool_]]) -> Runs:
    """The runs and groups of the cells of a layer that are chosen, strip by strip."""
    parts: list[tuple[NDArray[np.intp], ...]] = []
    for rows in strips((layer.shape[0], layer.shape[1])):
        padded = np.pad(chosen(layer[rows]), ((0, 0), (1, 1))).astype(np.int8)
        steps = np.diff(padded, axis=1)
        row, first = np.nonzero(steps == 1)
        _, end = np.nonzero(steps == -1)
        parts.append((row + rows.start, first, end))
        give_back(layer)
    row, first, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    group, groups = _grouped(row, first, end, width=layer.shape[1])
    return Runs(row=row, first=first, end=end, group=group, groups=groups)


def painted(layer: NDArray[np.generic], runs: Runs, values: NDArray[np.generic]) -> None:
    """Write into `layer`, in place, the value of each run's group on the run's cells."""
    chosen = values.astype(layer.dtype)[runs.group]
    for rows in strips((layer.shape[0], layer.shape[1])):
        lo, hi = np.searchsorted(runs.row, (rows.start, rows.stop))
        length = runs.end[lo:hi] - runs.first[lo:hi]
        offset = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        layer[np.repeat(runs.row[lo:hi], length), np.repeat(runs.first[lo:hi], length) + offset] = (
            np.repeat(chosen[lo:hi], length)
        )
        give_back(layer)


def _grouped(
    row: NDArray[np.intp], first: NDArray[np.intp], end: NDArray[np.intp], *, width: int
) -> tuple[NDArray[np.intp], int]:
    """Number of the group of each run, and how many there are; runs that share a column touch."""
    # Places are counted through the whole layer, with a cell between rows so that none touches.
    begins, ends = row * (width + 1) + first, row * (width + 1) + end
    low = np.searchsorted(ends, begins + width + 1, side="right")
    high = np.searchsorted(begins, ends + width + 1, side="left")
    count = np.maximum(high - low, 0)
    above = np.repeat(np.arange(len(row)), count)
    below = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    below += np.repeat(low, count)
    links = coo_array((np.ones(len(above), np.int8), (above, below)), shape=(len(row), len(row)))
    groups, group = connected_components(links, directed=False)
    # Numbers follow the first cell of each group, whatever the library does.
    _, opening = np.unique(group, return_index=True)
    order = np.empty(groups, np.intp)
    order[np.argsort(opening)] = np.arange(groups)
    return order[group], int(groups)
