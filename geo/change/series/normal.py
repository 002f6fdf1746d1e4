"""The normal course of all cells, learnt from the past, and how a scene deviates from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.series.baseline import Baseline, Days, fit_baseline
from geo.change.series.evidence import Scale
from geo.change.series.measures import Kind
from geo.change.series.robust import Table
from geo.change.series.surroundings import sampled, without_common

LEAST_DEVIATION = {Kind.BRIGHTNESS: 0.005, Kind.GREENNESS: 0.005, Kind.LEVEL: 0.0}
"""Smallest usual deviation: half a per cent, well below what sensors and their correction hold
(some 3 per cent for Sentinel-2; Gorrono et al. 2017, doi:10.3390/rs9020178)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Normal:
    """What is normal of one measure."""

    baseline: Baseline
    """What each cell is expected to show."""
    scale: Scale
    """How far from it is usual."""
    ring: NDArray[np.bool_]
    """The surroundings, shape (cells,)."""

    @classmethod
    def fit(cls, past: Table, days: Days, ring: NDArray[np.bool_], kind: Kind) -> Normal:
        """From the past of all cells, shape (scenes, cells), NaN where not seen."""
        baseline = fit_baseline(past, days)
        left, spread = without_common(baseline.residuals(), days, baseline, ring)
        scale = Scale.fit(left, spread, days, least=LEAST_DEVIATION[kind])
        return cls(baseline=baseline, scale=scale, ring=ring)

    def left(self, seen: Table, days: Days) -> tuple[Table, NDArray[np.float64]]:
        """Scenes less what was expected and what the ring did; and the ring's spread on each."""
        expected = np.array([self.baseline.expected(float(day)) for day in days])
        residuals = seen - expected.reshape(seen.shape)
        return without_common(residuals, days, self.baseline, self.ring)

    def left_in(
        self, cells: NDArray[np.intp], seen: Table, days: Days
    ) -> tuple[Table, NDArray[np.float64]]:
        """`left` of some cells only, shape (scenes, len(cells)); `seen` holds all cells."""
        with_ring = np.union1d(sampled(self.ring), cells)
        part = Normal(
            baseline=self.baseline.only(with_ring), scale=self.scale, ring=self.ring[with_ring]
        )
        left, spread = part.left(seen[:, with_ring], days)
        return left[:, np.searchsorted(with_ring, cells)], spread

    def deviates(self, seen: Table, days: Days) -> Table:
        """Scenes in usual deviations from what was expected, shape (scenes, cells)."""
        return self.scale.deviates(*self.left(seen, days))
