"""The later date on the earlier's scale, whatever the sun, the haze and the sensor did.

Invariant cells are found by iteratively reweighted multivariate alteration detection (Nielsen 2007,
doi:10.1109/TIP.2006.888195), and each band of the later date is fitted to the earlier over them by
orthogonal regression (Canty and Nielsen 2008, doi:10.1016/j.rse.2007.07.013). Where many bands go
together the reweighting runs away: ever fewer cells keep any weight, until the fit is to noise. So
a ridge is added to the covariance, and the reweighting ends before the weights have shrunk to less
than a share of the cells. Where even so no line fits, medians and spreads are made equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.special import chdtrc

from geo.change.radiometry import Layers, Scale

MOST_CELLS = 100_000
"""Cells that the line is fitted to, taken evenly from all: more move it by less than it matters.
Of wider cells as much ground is enough."""

RIDGE = 1e-3
"""Share of a band's variance that is added to it."""

ROUNDS = 6
"""Reweightings at most."""

LEAST_EFFECTIVE = 0.3
"""Share of the cells that the weights must be worth, by their effective number (sum squared over
sum of squares; Kish 1965)."""

SETTLED = 0.005
"""Largest move of a canonical correlation after which the reweighting ends."""

LEAST_CORRELATION = 0.6
"""Correlation of a band's two dates over the invariant cells below which no line is drawn."""

STEEPEST = 1.5
"""Most that a line may be steeper or flatter than the ratio of the spreads."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Match:
    """A gain and an offset for each band of the later date."""

    gain: NDArray[np.float32]
    """Shape (bands,)."""
    offset: NDArray[np.float32]
    """Shape (bands,)."""
    lines: int
    """Bands that were fitted by a line over invariant cells; the others by median and spread."""
    effective: float
    """What the weights of the invariant cells are worth, as a share of all cells."""

    @classmethod
    def fit(cls, before: NDArray[np.float32], after: NDArray[np.float32]) -> Match:
        """From the same cells of both dates, shape (bands, cells) each, at least one cell.

        What most of the scene does is taken for the sun, the haze or the sensor, so that a gain
        and an offset of a whole band leave no trace.
        """
        step = -(-before.shape[1] // MOST_CELLS)
        gain, offset = _by_spread(before[:, ::step], after[:, ::step])
        old = before[:, ::step].astype(np.float64)
        new = after[:, ::step] * gain[:, None] + offset[:, None]
        weights = invariance(old, new)
        lines = 0
        for band, (x, y) in enumerate(zip(new, old, strict=True)):
            line = _orthogonal(x, y, weights)
            if line is not None:
                slope, intercept = line
                gain[band], offset[band] = gain[band] * slope, offset[band] * slope + intercept
                lines += 1
        return cls(
            gain=gain.astype(np.float32),
            offset=offset.astype(np.float32),
            lines=lines,
            effective=_effective(weights),
        )

    def applied(self, after: Layers) -> Layers:
        """The later date's bands on the earlier's scale, shape (bands, rows, columns)."""
        return after * self.gain[:, None, None] + self.offset[:, None, None]


def invariance(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight of each cell, 0 to 1, by how likely it did not change.

    Parameters
    ----------
    before, after : array, shape (bands, cells)
        The same cells on both dates.

    Returns
    -------
    array, shape (cells,)
        Probability of a larger sum of squared MAD variates without change; all 1 where there are
        too few cells to tell.
    """
    bands, cells = before.shape
    weights = np.ones(cells)
    if cells <= 10 * bands:
        return weights
    told = np.zeros(bands)
    for _ in range(ROUNDS):
        squares, correlations = _variates(before, after, weights)
        lighter = chdtrc(bands, squares)
        if _effective(lighter) < LEAST_EFFECTIVE:
            break
        weights = lighter
        if np.abs(correlations - told).max() < SETTLED:
            break
        told = correlations
    return weights


def _variates(
    before: NDArray[np.float64], after: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum of squared standardised MAD variates of each cell, and the canonical correlations."""
    bands = len(before)
    both = np.concatenate([before, after])
    both = both - (both @ weights / weights.sum())[:, None]
    spread = np.sqrt(np.maximum((both * both) @ weights / weights.sum(), 1e-12))
    both /= spread[:, None]
    cov = (both * weights) @ both.T / weights.sum() + RIDGE * np.eye(2 * bands)
    own, across, other = cov[:bands, :bands], cov[:bands, bands:], cov[bands:, bands:]
    squared, first = eigh(across @ np.linalg.solve(other, across.T), own)
    correlations = np.sqrt(np.clip(squared, 1e-6, 1 - 1e-6))
    second = np.linalg.solve(other, across.T @ first) / correlations
    mad = first.T @ both[:bands] - second.T @ both[bands:]
    # The variance of a difference of two variates of unit variance.
    variances = 2 * (1 - correlations)
    return (mad * mad / variances[:, None]).sum(axis=0), correlations


def _orthogonal(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, float] | None:
    """Slope and intercept of the line nearest to the points; None if they lie on none."""
    total = weights.sum()
    mid_x, mid_y = x @ weights / total, y @ weights / total
    dx, dy = x - mid_x, y - mid_y
    xx, yy, xy = (weights @ (a * b) / total for a, b in ((dx, dx), (dy, dy), (dx, dy)))
    if min(xx, yy) <= 0 or xy < LEAST_CORRELATION * np.sqrt(xx * yy):
        return None
    slope = (yy - xx + np.hypot(yy - xx, 2 * xy)) / (2 * xy)
    if not 1 / STEEPEST <= slope <= STEEPEST:
        return None
    return float(slope), float(mid_y - slope * mid_x)


def _by_spread(
    before: NDArray[np.float32], after: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gain and offset of each band that make medians and spreads equal."""
    scales = [(Scale.fit(old), Scale.fit(new)) for old, new in zip(before, after, strict=True)]
    gain = np.array([float(old.width) / float(new.width) for old, new in scales])
    middles = np.array([(float(old.middle), float(new.middle)) for old, new in scales])
    return gain, middles[:, 0] - gain * middles[:, 1]


def _effective(weights: NDArray[np.float64]) -> float:
    """Effective number of cells, as a share of all."""
    squares = weights @ weights
    return float(weights.sum() ** 2 / squares / weights.size) if squares else 0.0
