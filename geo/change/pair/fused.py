"""The maps of one scene, added up to one score by their ranks and evened out over regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.decision import Decision, changed_share
from geo.change.pair.maps import (
    Fitted,
    alteration,
    brightness,
    detail,
    hyperbolic,
    prediction,
    spectral,
)
from geo.change.pair.maps.alteration import Alteration
from geo.change.pair.maps.brightness import BrightnessContrast
from geo.change.pair.pair import Pair
from geo.change.pair.parameters import Parameters
from geo.change.pair.quantiles import QuantileTable
from geo.change.pair.regions import SIZES_CELLS, SIZES_FAST_CELLS, evened, regions
from geo.change.radiometry import Scale
from geo.change.windows import reach, smoothed, spread

TEXTURE_RADIUS_PX = 9
"""Half side of the square that is called rough or smooth: as far as the smoothed scores reach."""

REGION_MARGIN_PX = 16
"""Cells beyond a cut after which regions are drawn as if there were none, nearly always."""

ALTERATION_SHARE = 0.6
"""Part of the smoothing that suits the alteration map, which has no rings that blur it."""

WEIGHTS = (0.5, 1.0, 1.5, 2.0, 1.0, 1.0)
"""Weights of brightness, odd pairs, all bands, detail, alteration and prediction. The first and the
last both tell of brightness and share a weight; detail is alone in what it tells."""

WEIGHTS_FAST = (1.0, 1.0, 1.5, 2.0, 1.0)
"""The same without prediction."""

Layers = tuple[NDArray[np.float32], ...]
"""The maps of a block, smoothed, in the order of their weights."""

Partitions = tuple[NDArray[np.intp], ...]
"""Region numbers of a block, by size of regions."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """What the detector says of each cell of a block, halo included."""

    score: NDArray[np.float32]
    """Shape (rows, columns); higher means more change."""
    unpooled: NDArray[np.float32]
    """The score before it is evened over regions, for what is as small as a pit."""
    change: NDArray[np.float32]
    """Logarithm of brightness, after over before."""
    strength: NDArray[np.float32]
    """Absolute change of brightness, evened as the score is."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fused:
    """The detector for one scene."""

    bright: BrightnessContrast
    """Contrast of the brightness, by which strength and regions are told as well."""
    tables: tuple[QuantileTable, ...]
    """Ranks of the smoothed maps, in the order of their weights."""
    picture: tuple[Scale, ...]
    """Scales of the three layers that regions are drawn by."""
    parameters: Parameters
    """Its settings."""

    def drawn(self, pair: Pair) -> Partitions:
        """The regions of a block."""
        picture = [
            scale.standardised(layer)
            for scale, layer in zip(self.picture, _picture(self.bright, pair), strict=True)
        ]
        sizes = SIZES_FAST_CELLS if self.parameters.fast else SIZES_CELLS
        return regions(picture, pair.valid, sizes=sizes)

    def combined(self, pair: Pair, layers: Layers, partitions: Partitions) -> Scored:
        """Score and strength of a block whose maps and regions are there.

        The score is the generalised mean, of exponent one half, of the maps' ``-ln(1 - rank)``:
        that several maps are high counts for more than that one is very high.
        """
        root = np.zeros(pair.valid.shape, np.float32)
        weights = np.array(WEIGHTS_FAST if self.parameters.fast else WEIGHTS, np.float32)
        for weight, table, layer in zip(weights, self.tables, layers, strict=True):
            root += weight * np.sqrt(table.unlikeliness(layer))
        root /= weights.sum()
        change = self.bright.change(pair)
        return Scored(
            score=np.square(evened(root, partitions, pair.valid)),
            unpooled=np.square(root),
            change=change,
            strength=evened(np.abs(change), partitions, pair.valid),
        )

    def witnesses(
        self, pair: Pair, layers: Layers, partitions: Partitions
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The two maps that share no band, brightness and odd pairs, evened as the score is."""
        bright, other = (
            evened(table.unlikeliness(layer), partitions, pair.valid)
            for table, layer in zip(self.tables[:2], layers[:2], strict=True)
        )
        return bright, other

    def texture(self, pair: Pair) -> NDArray[np.float32]:
        """Roughness of the brightness around each cell, as far as both dates share it.

        What one date alone holds is change itself, which must not be compared with itself.
        """
        before, after = (
            spread(log, pair.valid, radius_px=TEXTURE_RADIUS_PX) for log in self.bright.logs(pair)
        )
        return np.minimum(before, after)


def halo_px(parameters: Parameters) -> int:
    """Cells around a block that its score depends on."""
    parts = [
        spectral,
        brightness,
        hyperbolic,
        detail,
        alteration,
        *([] if parameters.fast else [prediction]),
    ]
    widest: int = max(part.HALO_PX for part in parts)
    return widest + reach(parameters.smoothing_px) + REGION_MARGIN_PX


def fit(
    sample: Sequence[Pair], *, parameters: Parameters
) -> tuple[Fused, Decision, tuple[Scored, ...]]:
    """The detector for the scene that the sample is of, its decision, and the sample's scores."""
    bright = brightness.fit(sample)
    maps: list[Fitted] = [
        bright, hyperbolic.fit(sample), spectral.fit(sample), detail.fit(sample),
        alteration.fit(sample),
    ]  # fmt: skip
    if not parameters.fast:
        maps.append(prediction.fit(sample))
    layers = [_layers(maps, pair, parameters) for pair in sample]
    pictures = [[p.inner(layer) for layer in _picture(bright, p)] for p in sample]
    engine = Fused(
        bright=bright,
        tables=tuple(
            QuantileTable.fit([p.inner(got[i]) for p, got in zip(sample, layers, strict=True)])
            for i in range(len(maps))
        ),
        picture=tuple(Scale.fit(np.concatenate(part)) for part in zip(*pictures, strict=True)),
        parameters=parameters,
    )
    scored, judged = [], []
    for pair, got in zip(sample, layers, strict=True):
        partitions = engine.drawn(pair)
        scored.append(engine.combined(pair, got, partitions))
        told = (*engine.witnesses(pair, got, partitions), engine.texture(pair), scored[-1].score)
        flaggable = ~pair.green[pair.core][pair.valid[pair.core]]
        judged.append(np.stack([pair.inner(layer)[flaggable] for layer in told]))
    first, second, texture, score = np.concatenate(judged, axis=1)
    share = changed_share(first, second, texture)
    return engine, Decision.fit(score, share, parameters), tuple(scored)


def _layers(maps: Sequence[Fitted], pair: Pair, parameters: Parameters) -> Layers:
    """The maps of a block, smoothed."""
    return tuple(
        smoothed(
            part.layer(pair),
            pair.valid,
            sigma_px=parameters.smoothing_px
            * (ALTERATION_SHARE if isinstance(part, Alteration) else 1),
        )
        for part in maps
    )


def _picture(bright: BrightnessContrast, pair: Pair) -> list[NDArray[np.float32]]:
    """Brightness of either date and the first other band of both."""
    first = pair.roles.other[0]
    return [*bright.logs(pair), pair.before[first] + pair.after[first]]
