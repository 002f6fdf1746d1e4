"""The maps of one scene, added up to one score by their ranks and evened out over regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.decision import LEAST_CELLS, Decision, beyond_chance, changed_share
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
from geo.change.pair.shelf import laid_aside
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
    """What the detector says of each cell of a block, without its halo."""

    score: NDArray[np.float32]
    """Shape (rows, columns); higher means more change."""
    unpooled: NDArray[np.float32]
    """The score before it is evened over regions, for what is as small as a pit."""
    change: NDArray[np.float32]
    """Logarithm of brightness, after over before."""
    strength: NDArray[np.float32]
    """Absolute change of brightness, evened as the score is."""
    valid: NDArray[np.bool_]
    """Cells that are clear on both dates; what the layers hold in others means nothing."""
    judged: NDArray[np.bool_]
    """Those of them that may be flagged."""
    peaks: NDArray[np.bool_]
    """Those on which two maps without a common band agree beyond chance."""


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

    def unlikely(self, layers: Layers) -> Layers:
        """``-ln(1 - rank)`` of every cell in each smoothed map."""
        return tuple(
            table.unlikeliness(layer) for table, layer in zip(self.tables, layers, strict=True)
        )

    def combined(self, pair: Pair, unlikely: Layers, partitions: Partitions) -> Scored:
        """Score and strength of a block whose maps and regions are there.

        The score is the generalised mean, of exponent one half, of the maps' ``-ln(1 - rank)``:
        that several maps are high counts for more than that one is very high.
        """
        root = np.zeros(pair.valid.shape, np.float32)
        weights = np.array(WEIGHTS_FAST if self.parameters.fast else WEIGHTS, np.float32)
        for weight, layer in zip(weights, unlikely, strict=True):
            root += weight * np.sqrt(layer)
        root /= weights.sum()
        change = self.bright.change(pair)
        valid = pair.valid[pair.core]
        return Scored(
            score=np.square(evened(root, partitions, pair.valid)[pair.core]),
            unpooled=np.square(root[pair.core]),
            change=change[pair.core].copy(),
            strength=evened(np.abs(change), partitions, pair.valid)[pair.core].copy(),
            valid=valid.copy(),
            judged=valid & ~pair.green[pair.core],
            peaks=np.zeros_like(valid),
        )

    def witnesses(
        self, pair: Pair, unlikely: Layers, partitions: Partitions
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The two maps that share no band, brightness and odd pairs, evened as the score is."""
        bright, other = (evened(layer, partitions, pair.valid) for layer in unlikely[:2])
        return bright, other

    def texture(self, pair: Pair) -> NDArray[np.float32]:
        """Roughness of the brightness around each cell, as far as both dates share it.

        What one date alone holds is change itself, which must not be compared with itself.
        """
        radius = -(-TEXTURE_RADIUS_PX // pair.cell_px)
        before, after = (
            spread(log, pair.valid, radius_px=radius) for log in self.bright.logs(pair)
        )
        return np.minimum(before, after)


def near_px(parameters: Parameters) -> int:
    """Cells that are judged around a block whose maps its score depends on."""
    margin = REGION_MARGIN_PX // parameters.cell_px
    return max(reach(parameters.smoothing_cells) + margin, TEXTURE_RADIUS_PX)


def halo_px(parameters: Parameters) -> int:
    """Cells that are judged around a block that its score depends on."""
    parts = [
        spectral,
        brightness,
        hyperbolic,
        detail,
        alteration,
        *([] if parameters.fast else [prediction]),
    ]
    widest: int = max(part.HALO_PX for part in parts)
    return -(-widest // parameters.cell_px) + near_px(parameters)


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
    # Beyond these cells only maps look.
    sample = laid_aside(pair.trimmed(0) for pair in sample)
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
    scored, compared = [], []
    for pair, got in zip(sample, layers, strict=True):
        partitions, unlikely = engine.drawn(pair), engine.unlikely(got)
        scored.append(engine.combined(pair, unlikely, partitions))
        told = (*engine.witnesses(pair, unlikely, partitions), engine.texture(pair))
        compared.append(np.stack([pair.inner(layer) for layer in told]))
    first, second, texture = np.concatenate(compared, axis=1)
    score = np.concatenate([part.score[part.valid] for part in scored])
    judged = np.concatenate([part.judged[part.valid] for part in scored])
    share = changed_share(
        first[judged],
        second[judged],
        texture[judged],
        least_cells=LEAST_CELLS // parameters.cell_px**2,
    )
    decision = Decision.fit(score[judged], share, parameters)
    if not parameters.fast:
        scored = _with_peaks(scored, beyond_chance(first, second, texture))
    return engine, decision, tuple(scored)


def _with_peaks(scored: Sequence[Scored], peaks: NDArray[np.bool_]) -> list[Scored]:
    """The blocks with those of their valid cells that are true, given in order."""
    ends = np.cumsum([np.count_nonzero(part.valid) for part in scored])
    found = []
    for part, inner in zip(scored, np.split(peaks, ends[:-1]), strict=True):
        layer = np.zeros_like(part.valid)
        layer[part.valid] = inner
        found.append(replace(part, peaks=layer))
    return found


def _layers(maps: Sequence[Fitted], pair: Pair, parameters: Parameters) -> Layers:
    """The maps of a block near its core, smoothed."""
    return tuple(
        smoothed(
            part.layer(pair),
            pair.valid[pair.near],
            sigma_px=parameters.smoothing_cells
            * (ALTERATION_SHARE if isinstance(part, Alteration) else 1),
        )
        for part in maps
    )


def _picture(bright: BrightnessContrast, pair: Pair) -> list[NDArray[np.float32]]:
    """Brightness of either date and the first other band of both."""
    first = pair.roles.other[0]
    return [*bright.logs(pair), pair.before[first] + pair.after[first]]
