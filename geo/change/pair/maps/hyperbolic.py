"""Hyperbolic anomalous change detection: pairs of values that are odd together, not each alone.

Theiler and Perkins (2006), "Proposed framework for anomalous change detection", ICML Workshop on
Machine Learning Algorithms for Surveillance and Event Detection: for Gaussian data, the likelihood
ratio of "the two dates are independent" to "they are related as everywhere else in the scene".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.maps.sampled import scales, thinned
from geo.change.pair.pair import Pair
from geo.change.radiometry import Layers, Scale
from geo.change.windows import reach, smoothed

DETAIL_PX = 4.0
"""Sigma of the mean that is taken off before odd pairs are looked for; less would leave only the
rims of what is 20 cells wide and even."""

HALO_PX = reach(DETAIL_PX)
"""Cells around a block that its layer depends on."""

BLOCK = 1 << 16
"""Cells worked on at once; bounds the memory in double precision."""

RIDGE = 1e-6
"""Share of the mean variance added to each variance, so that equal bands can be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HyperbolicAnomaly:
    """The map for one scene."""

    before: tuple[Scale, ...]
    """Scale of each other band on the earlier date."""
    after: tuple[Scale, ...]
    """The same on the later date."""
    form: NDArray[np.float64]
    """Matrix Q for which x'Qx is the anomaly of the stacked bands x of both dates."""

    def layer(self, pair: Pair) -> NDArray[np.float32]:
        """How much odder the two dates of a cell are together than apart; 0 where invalid.

        Only detail finer than `DETAIL_PX` enters: it complements the contrast with the
        surroundings, which sees what is coarser. Unchanged by any linear mixing of the bands of one
        date, gains and offsets included.
        """
        wide = pair.trimmed(HALO_PX)
        valid = pair.valid[pair.near]
        cells = _cells(wide, self.before, self.after)[(slice(None), *wide.near)][:, valid]
        anomaly = np.zeros(valid.shape, np.float32)
        anomaly[valid] = np.concatenate(
            [
                np.einsum("ik,ij,jk->k", block, self.form, block, optimize=True)
                for block in _blocks(cells)
            ]
            or [[]]
        )
        return anomaly


def fit(sample: Sequence[Pair]) -> HyperbolicAnomaly:
    """The map for the scene that the sample is of."""
    other = list(sample[0].roles.other)
    before = scales(sample, lambda pair: pair.before[other])
    after = scales(sample, lambda pair: pair.after[other])
    cells = thinned(sample, lambda pair: _cells(pair, before, after)).astype(np.float64)
    form = _hyperbola(cells @ cells.T / max(cells.shape[1], 1), len(other))
    return HyperbolicAnomaly(before=before, after=after, form=form)


def _cells(pair: Pair, before: Sequence[Scale], after: Sequence[Scale]) -> Layers:
    """The other bands of both dates, standardised, less the mean of their surroundings."""
    other = pair.roles.other
    found = np.empty((2 * len(other), *pair.valid.shape), np.float32)
    dates = ((pair.before, before), (pair.after, after))
    layers = ((date[band], scale) for date, scales in dates
              for band, scale in zip(other, scales, strict=True))  # fmt: skip
    for place, (layer, scale) in enumerate(layers):
        z = scale.standardised(layer)
        found[place] = z - smoothed(z, pair.valid, sigma_px=DETAIL_PX / pair.cell_px)
    return found


def _hyperbola(cov: NDArray[np.float64], bands: int) -> NDArray[np.float64]:
    """Inverse of the covariance of both dates, less those of either date alone."""
    # A scene without any detail has no variance at all.
    cov = cov + (RIDGE * np.trace(cov) / len(cov) or 1) * np.eye(len(cov))
    form = np.asarray(np.linalg.inv(cov), dtype=np.float64)
    form[:bands, :bands] -= np.linalg.inv(cov[:bands, :bands])
    form[bands:, bands:] -= np.linalg.inv(cov[bands:, bands:])
    return form


def _blocks(cells: NDArray[np.float32]) -> Iterator[NDArray[np.float64]]:
    """The columns of `cells`, a block at a time, in double precision."""
    for start in range(0, cells.shape[1], BLOCK):
        yield cells[:, start : start + BLOCK].astype(np.float64)
