"""What a whole neighbourhood did on a day, taken off each cell: rain, haze, an early spring.

Difference in differences against the ring, refined: cells with a strong season move more in an
early spring than bare ground. So on each day the ring's residuals are fitted, robustly, by the
numbers that describe each cell's usual year, and the fit is taken off all cells.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.change.series.baseline import Baseline, Days
from geo.change.series.robust import TO_SIGMA, Table, tukey_weights

RING_CELLS = 4_000
"""Cells of the ring that are enough for a fit of a few numbers; evenly spaced among them all."""

FEWEST_SEEN = 12
"""Cells of the ring that must be seen for its common move to be known."""

SEEN_A_NUMBER = 10
"""Cells that must be seen for each number of the fit; with fewer the median alone is taken off."""

ITERATIONS = 4
"""Rounds of reweighting."""

FAR = 4.0
"""Widths from the middle beyond which a loading is cut: odd cells must not lead the fit."""


def without_common(
    residuals: Table, days: Days, baseline: Baseline, ring: NDArray[np.bool_]
) -> tuple[Table, NDArray[np.float64]]:
    """Residuals less what the ring did on each day, and the ring's spread on each day.

    Parameters
    ----------
    residuals : (scenes, cells)
        Seen less expected.
    days : (scenes,)
        Days of the scenes.
    baseline : Baseline
        Of the same cells.
    ring : (cells,), bool
        Surroundings, which cannot have the site's own change.

    Returns
    -------
    (scenes, cells) and (scenes,)
        NaN for a scene on which too little of the ring was seen.
    """
    sample = sampled(ring)
    left = np.full_like(residuals, np.nan)
    spread = np.full(len(days), np.nan)
    for t, day in enumerate(days):
        seen = sample[np.isfinite(residuals[t, sample])]
        if len(seen) < FEWEST_SEEN:
            continue
        loadings = _scaled(baseline.loadings(float(day)), sample)
        seen = seen[np.isfinite(loadings[seen]).all(axis=1)]
        if len(seen) < SEEN_A_NUMBER * loadings.shape[1]:
            loadings = loadings[:, :1]
        move, spread[t] = _fitted(residuals[t, seen], loadings[seen])
        left[t] = residuals[t] - loadings @ move
    return left, spread


def sampled(ring: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Numbers of the cells of the ring that lead the fit; a sample of a sample is itself."""
    cells = np.flatnonzero(ring)
    return cells[:: max(len(cells) // RING_CELLS, 1)]


def _scaled(loadings: NDArray[np.float64], sample: NDArray[np.intp]) -> NDArray[np.float64]:
    """A one, and each number in robust widths of the ring from its middle, cut at `FAR`."""
    known = loadings[sample]
    known = known[np.isfinite(known).all(axis=1)]
    ones = np.ones((len(loadings), 1))
    if not len(known):
        return ones
    centre = np.median(known, axis=0)
    wide = TO_SIGMA * np.median(np.abs(known - centre), axis=0)
    wide = np.where(wide > 1e-9, wide, np.inf)
    return np.hstack([ones, np.clip((loadings - centre) / wide, -FAR, FAR)])


def _fitted(
    values: NDArray[np.float64], loadings: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Numbers of the robust fit, and the width of what it leaves."""
    numbers: NDArray[np.float64] = np.zeros(loadings.shape[1])
    if not len(values):
        return numbers, np.nan
    numbers[0] = np.median(values)
    wide = TO_SIGMA * float(np.median(np.abs(values - numbers[0])))
    weights: NDArray[np.float64] = tukey_weights(values - numbers[0], wide)
    for _ in range(ITERATIONS):
        weighted = loadings * weights[:, np.newaxis]
        total = max(float(weights.sum()), 1e-9)
        squares = weighted.T @ loadings / total + 1e-3 * np.eye(len(numbers))
        # The pull of the ridge is towards the median, which a fit of one number then stays at.
        pull = np.zeros(len(numbers))
        pull[0] = 1e-3 * np.median(values)
        moments = weighted.T @ values / total + pull
        numbers = np.linalg.solve(squares, moments).astype(np.float64)
        left = values - loadings @ numbers
        wide = TO_SIGMA * float(np.median(np.abs(left)))
        weights = tukey_weights(left, wide)
    return numbers, wide
