"""One score a date for a whole site: how unlike its own recent past it looks.

The distance of a date's features from the median of the dates before it, as a robust deviate:
temporal embedding distance of the WATCH protocol (Tadesse et al. 2026, arXiv 2605.08160), with
handcrafted features in place of an embedding. Each feature is taken inside the site less around it,
so that what the whole picture did, such as another sensor or a wet month, does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

import numpy as np
from numpy.typing import NDArray

from geo.change.series.measures import Kind, Measures
from geo.change.series.observations import Observation, SiteMask
from geo.change.series.robust import TO_SIGMA, middle
from geo.change.windows import spread

BEFORE = 6
"""Dates that a date is held against."""

FEWEST_BEFORE = 2
"""Fewest such dates; a date with fewer has no score."""

FEWEST_CELLS = 9
"""Clear cells that the site, and its surroundings, must have."""

TEXTURE_PX = 2
"""Half the width of the windows in which texture is measured."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SiteScore:
    """How unlike its own recent past a site looked, date by date."""

    dates: NDArray[np.datetime64]
    """Days of the scenes (UTC), ascending."""
    scores: NDArray[np.float64]
    """Robust deviate of each date's distance from the dates before; NaN where too little was seen
    then or before."""
    month: date | None
    """First day of the month of the highest score; None if there is no score."""


def site_score(observations: Sequence[Observation], *, site: SiteMask) -> SiteScore:
    """How unlike its recent past the site looked on each date, and the month when it did most."""
    ordered = sorted(observations, key=lambda one: (one.taken_at, one.scene_id))
    return scored(
        [one.taken_at.astimezone(UTC).date() for one in ordered],
        [features(one, site=site) for one in ordered],
    )


def features(observation: Observation, *, site: SiteMask) -> NDArray[np.float64]:
    """What a scene shows of a site against its surroundings, shape (features,).

    For each measure the difference of the medians and of the quartiles' distance, and for the
    first the logarithm of the ratio of the textures: dug ground is rough. All NaN where too few
    cells of either were clear.
    """
    measures = Measures.of(observation.bands)
    layers = measures.layers(observation.values, observation.clear)
    clear = np.isfinite(layers[0])
    inside, around = site.footprint & clear, site.ring & ~site.footprint & clear
    if min(inside.sum(), around.sum()) < FEWEST_CELLS:
        return np.full(2 * len(layers) + 1, np.nan)
    told = []
    for layer in layers:
        own, other = (np.quantile(layer[mask], (0.25, 0.5, 0.75)) for mask in (inside, around))
        told += [own[1] - other[1], (own[2] - own[0]) - (other[2] - other[0])]
    rough = spread(np.nan_to_num(layers[0]), clear, radius_px=TEXTURE_PX)
    tiny = 1e-6 if measures.kinds[0] is not Kind.LEVEL else np.finfo(np.float32).tiny
    told.append(
        float(np.log(np.maximum(np.median(rough[inside]), tiny)))
        - float(np.log(np.maximum(np.median(rough[around]), tiny)))
    )
    return np.array(told)


def scored(days: Sequence[date], told: Sequence[NDArray[np.float64]]) -> SiteScore:
    """The scores of dates in order, from what `features` told of each."""
    table = np.array(told).reshape(len(days), -1) if days else np.empty((0, 1))
    steps = np.abs(np.diff(table[np.isfinite(table).all(axis=1)], axis=0))
    unit = TO_SIGMA * middle(steps) if len(steps) else np.ones(table.shape[1])
    unit = np.where(unit > 1e-9, unit, 1.0)
    distances = np.array([_distance(table, t, unit) for t in range(len(table))])
    known = distances[np.isfinite(distances)]
    scores = np.full(len(table), np.nan)
    if len(known):
        centre = np.median(known)
        wide = TO_SIGMA * np.median(np.abs(known - centre))
        scores = (distances - centre) / (wide if wide > 1e-9 else 1.0)
    best = days[int(np.nanargmax(scores))] if len(known) else None
    return SiteScore(
        dates=np.array(days, dtype="datetime64[D]"),
        scores=scores,
        month=None if best is None else best.replace(day=1),
    )


def _distance(table: NDArray[np.float64], t: int, unit: NDArray[np.float64]) -> float:
    """Distance of date `t` from the median of the clear dates before it, in usual steps."""
    past = table[:t]
    past = past[np.isfinite(past).all(axis=1)][-BEFORE:]
    if len(past) < FEWEST_BEFORE or not np.isfinite(table[t]).all():
        return float("nan")
    return float(np.linalg.norm((table[t] - np.median(past, axis=0)) / unit))
