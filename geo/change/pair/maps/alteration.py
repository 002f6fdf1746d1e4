"""Iteratively reweighted multivariate alteration detection, guarded.

Nielsen (2007), doi:10.1109/TIP.2006.888195: canonical correlation of the two dates over the cells
that did not change, and the sum of squares of what it leaves over. Unchanged by any gain and offset
of a band. The reweighting is guarded against running away (`geo.change.normalisation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from geo.change.normalisation import invariance
from geo.change.pair.maps.sampled import thinned
from geo.change.pair.pair import Pair

RIDGE = 1e-3
"""Share of a band's variance that is added to it, so that equal bands can be told apart."""

HALO_PX = 0
"""Each cell is judged by itself."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alteration:
    """The map for one scene."""

    middles: NDArray[np.float32]
    """Mean of each band of both dates over the cells that did not change, shape (2 * bands,)."""
    variates: NDArray[np.float32]
    """Weights of the bands in the standardised MAD variates, shape (bands, 2 * bands)."""

    def layer(self, pair: Pair) -> NDArray[np.float32]:
        """Length of the vector of standardised MAD variates; 0 where invalid."""
        there, valid = (slice(None), *pair.near), pair.valid[pair.near]
        # Picking costs as much as all the rest, and is seldom needed.
        chosen = (slice(None), valid) if not valid.all() else slice(None)
        both = np.concatenate(
            [date[there][chosen].reshape(len(date), -1) for date in (pair.before, pair.after)]
        )
        both -= self.middles[:, None]
        variates = self.variates @ both
        length = np.zeros(valid.shape, np.float32)
        length[valid] = np.sqrt(np.einsum("ij,ij->j", variates, variates))
        return length


def fit(sample: Sequence[Pair]) -> Alteration:
    """The map for the scene that the sample is of."""
    before = thinned(sample, lambda pair: pair.before).astype(np.float64)
    after = thinned(sample, lambda pair: pair.after).astype(np.float64)
    bands = len(before)
    weights = invariance(before, after)
    weights = weights / weights.sum()
    both = np.concatenate([before, after])
    middles = both @ weights
    both = both - middles[:, None]
    spread = np.sqrt((both * both) @ weights)
    # A flat band of one date has no spread, and no part.
    spread[spread == 0] = np.inf
    both /= spread[:, None]
    cov = (both * weights) @ both.T + RIDGE * np.eye(2 * bands)
    own, across, other = cov[:bands, :bands], cov[:bands, bands:], cov[bands:, bands:]
    squared, first = eigh(across @ np.linalg.solve(other, across.T), own)
    correlations = np.sqrt(np.clip(squared, 1e-6, 1 - 1e-6))
    second = np.linalg.solve(other, across.T @ first) / correlations
    # The variance of a difference of two variates of unit variance.
    width = np.sqrt(2 * (1 - correlations))
    variates = np.concatenate([first, -second]).T / width[:, None] / spread
    return Alteration(middles=middles.astype(np.float32), variates=variates.astype(np.float32))
