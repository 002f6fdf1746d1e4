"""Hyperbolic anomalous change detection: pairs of values that are odd together, not each alone.

Theiler and Perkins (2006), "Proposed framework for anomalous change detection", ICML Workshop on
Machine Learning Algorithms for Surveillance and Event Detection: for Gaussian data, the likelihood
ratio of "the two dates are independent" to "they are related as everywhere else in the scene".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geo.change.radiometry import Layers, standardised
from geo.change.windows import smoothed

BLOCK = 1 << 16
"""Cells worked on at once; bounds the memory in double precision."""

RIDGE = 1e-6
"""Share of the mean variance added to each variance, so that equal bands can be told apart."""


def hyperbolic_anomaly(
    before: Layers, after: Layers, valid: NDArray[np.bool_], *, detail_px: float
) -> NDArray[np.float32]:
    """How much odder the two dates of a cell are together than apart; 0 where invalid.

    Only detail finer than `detail_px` (sigma of the Gaussian mean that is taken off) enters: it
    complements the contrast with the surroundings, which sees what is coarser. Unchanged by any
    linear mixing of the bands of one date, gains and offsets included.
    """
    cells = np.stack(
        [_detail(layer, valid, detail_px) for date in (before, after) for layer in date]
    )
    form = _hyperbola(cells, len(before))
    anomaly = np.zeros(valid.shape, np.float32)
    anomaly[valid] = np.concatenate(
        [np.einsum("ik,ij,jk->k", block, form, block, optimize=True) for block in _blocks(cells)]
    )
    return anomaly


def _detail(
    layer: NDArray[np.float32], valid: NDArray[np.bool_], detail_px: float
) -> NDArray[np.float32]:
    """Valid cells of the standardised layer, less the mean of their surroundings."""
    z = standardised(layer, valid)
    return (z - smoothed(z, valid, sigma_px=detail_px))[valid]


def _hyperbola(cells: NDArray[np.float32], bands: int) -> NDArray[np.float64]:
    """Matrix Q for which x'Qx is the anomaly of the stacked bands x of both dates."""
    cov = np.zeros((len(cells), len(cells)))
    for block in _blocks(cells):
        cov += block @ block.T / cells.shape[1]
    # A scene without any detail has no variance at all.
    cov += (RIDGE * np.trace(cov) / len(cov) or 1) * np.eye(len(cov))
    form = np.asarray(np.linalg.inv(cov), dtype=np.float64)
    form[:bands, :bands] -= np.linalg.inv(cov[:bands, :bands])
    form[bands:, bands:] -= np.linalg.inv(cov[bands:, bands:])
    return form


def _blocks(cells: NDArray[np.float32]) -> Iterator[NDArray[np.float64]]:
    """The columns of `cells`, a block at a time, in double precision."""
    for start in range(0, cells.shape[1], BLOCK):
        yield cells[:, start : start + BLOCK].astype(np.float64)
