"""Values of a sample of blocks, thinned: medians and fits need no more cells than these."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.pair import Pair
from geo.change.radiometry import Layers, Scale

CELLS = 60_000
"""Cells that are kept of a sample, evenly spread: a median of them is off by half a per cent of
a standard deviation. Of wider cells as much ground is kept."""


def thinned(sample: Sequence[Pair], layers: Callable[[Pair], Layers]) -> NDArray[np.float32]:
    """Values of some layers of each pair on the same cells, shape (layers, cells).

    Parameters
    ----------
    layers : callable
        Gives the layers of a pair, shape (layers, rows, columns).
    """
    cells = CELLS // sample[0].cell_px ** 2
    step = max(-(-sum(int(pair.valid[pair.core].sum()) for pair in sample) // cells), 1)
    parts = []
    for pair in sample:
        places = np.flatnonzero(pair.valid[pair.core])[::step]
        rows, cols = np.unravel_index(places, pair.valid[pair.core].shape)
        top, left = (axis.start or 0 for axis in pair.core)
        parts.append(layers(pair)[:, rows + top, cols + left])
    return np.concatenate(parts, axis=1)


def scales(sample: Sequence[Pair], layers: Callable[[Pair], Layers]) -> tuple[Scale, ...]:
    """The scale of each of some layers."""
    return tuple(Scale.fit(values) for values in thinned(sample, layers))
