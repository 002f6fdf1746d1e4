"""Brightness that the other date does not foretell.

From all bands of one date, near and far, the brightness of the other is predicted by a robust
ridge regression over the whole scene: what fields, shadows and wet ground usually do is foretold.
What is left over must stand out from its surroundings whichever date foretells the other. After
chronochrome (Schaum and Stocker 1998) with a spatial context, as in SiROC (Kondmann et al. 2021,
doi:10.1109/TGRS.2021.3130842).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.maps import brightness, rings
from geo.change.pair.maps.brightness import BrightnessContrast
from geo.change.pair.maps.sampled import scales, thinned
from geo.change.pair.pair import Pair
from geo.change.radiometry import Layers, Scale
from geo.change.windows import reach, smoothed

NEAR_PX = (1.5, 3.0, 6.0)
"""Sigmas of the Gaussian means that a cell's surroundings are told by."""

LIMIT = 8.0
"""Robust standard deviations beyond which a band is not told apart."""

RIDGE = 1e-3
"""Weight of the coefficients' squares against the mean square of what is left over."""

PASSES = 3
"""Fits, each with less weight on cells that the last one missed."""

MISSED_AT = 1.5
"""Robust standard deviations from which a cell counts less (Huber 1964)."""

HALO_PX = rings.HALO_PX + reach(max(NEAR_PX))
"""Cells around a block that its layer depends on."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """The brightness of one date by all bands of the other."""

    scales: tuple[Scale, ...]
    """Scale of each band that foretells."""
    coefficients: NDArray[np.float32]
    """Weight of each layer of the context."""

    def predicted(
        self, layers: Layers, valid: NDArray[np.bool_], part: _Part
    ) -> NDArray[np.float32]:
        """Logarithm of the brightness, less a constant."""
        bands, telling = _standardised(layers, self.scales, part)
        near, *of_means = np.split(
            self.coefficients, len(bands) + len(telling) * np.arange(len(NEAR_PX))
        )
        total = _sum(near, bands)
        # The mean of a sum is the sum of means, and is worked out once.
        for sigma, coefficients in zip(NEAR_PX, of_means, strict=True):
            total += smoothed(_sum(coefficients, telling), valid, sigma_px=sigma)
        return total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrossPrediction:
    """The map for one scene."""

    bright: BrightnessContrast
    """What the brightness is measured by."""
    forth: Forecast
    """The later date by the earlier."""
    back: Forecast
    """The earlier date by the later."""

    def layer(self, pair: Pair) -> NDArray[np.float32]:
        """The unforetold brightness against its surroundings, the lesser of both directions."""
        before, after = self.bright.logs(pair)
        part = _Part.of(pair)
        forth = after - self.forth.predicted(pair.before, pair.valid, part)
        back = before - self.back.predicted(pair.after, pair.valid, part)
        return np.minimum(rings.ring_contrast([forth], pair), rings.ring_contrast([back], pair))


def fit(sample: Sequence[Pair]) -> CrossPrediction:
    """The map for the scene that the sample is of."""
    bright = brightness.fit(sample)
    return CrossPrediction(
        bright=bright,
        forth=_forecast(sample, lambda pair: pair.before, lambda pair: bright.logs(pair)[1]),
        back=_forecast(sample, lambda pair: pair.after, lambda pair: bright.logs(pair)[0]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Places of bands."""

    bright: tuple[int, ...]
    first: int
    last: int

    @classmethod
    def of(cls, pair: Pair) -> _Part:
        return cls(bright=pair.roles.bright, first=pair.roles.other[0], last=pair.roles.other[-1])


def _context(
    layers: Layers, valid: NDArray[np.bool_], scales: Sequence[Scale], part: _Part
) -> Iterator[NDArray[np.float32]]:
    """What foretells: every band, and means near and far of the most telling."""
    bands, telling = _standardised(layers, scales, part)
    yield from bands
    for sigma in NEAR_PX:
        for layer in telling:
            yield smoothed(layer, valid, sigma_px=sigma)


def _standardised(
    layers: Layers, scales: Sequence[Scale], part: _Part
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Every band on one scale; and the most telling: the bright ones' mean, the first, the last."""
    bands = [
        np.clip(scale.standardised(layer), -LIMIT, LIMIT)
        for layer, scale in zip(layers, scales, strict=True)
    ]
    share = np.full(len(part.bright), 1 / len(part.bright), np.float32)
    mean = _sum(share, [bands[band] for band in part.bright])
    return bands, [mean, *(bands[band] for band in sorted({part.first, part.last}))]


def _sum(
    weights: NDArray[np.float32], layers: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """The weighted sum of layers."""
    total = np.zeros_like(layers[0])
    for weight, layer in zip(weights, layers, strict=True):
        total += weight * layer
    return total


def _forecast(
    sample: Sequence[Pair],
    date: Callable[[Pair], Layers],
    log: Callable[[Pair], NDArray[np.float32]],
) -> Forecast:
    """The forecast of `log` by `date`, by cells spread evenly over the sample."""
    foretelling = scales(sample, date)
    context = thinned(
        sample,
        lambda pair: np.stack(list(_context(date(pair), pair.valid, foretelling, _Part.of(pair)))),
    )
    target = thinned(sample, lambda pair: log(pair)[None])[0]
    coefficients = _ridge(context.astype(np.float64), target.astype(np.float64))
    return Forecast(scales=foretelling, coefficients=coefficients)


def _ridge(context: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float32]:
    """Coefficients by iteratively reweighted least squares, shape (layers,)."""
    wanted = target - np.median(target)
    layers = np.vstack([context, np.ones(wanted.size)])
    weights = np.ones(wanted.size)
    ridge = RIDGE * max(wanted.size, 1) * np.eye(len(layers))
    for _ in range(PASSES):
        weighted = layers * weights
        found = np.linalg.solve(weighted @ layers.T + ridge, weighted @ wanted)
        missed = np.abs(wanted - found @ layers)
        width = 1.4826 * np.median(missed) or 1.0
        weights = 1 / np.maximum(1, missed / (MISSED_AT * width)) ** 2
    return found[:-1].astype(np.float32)
