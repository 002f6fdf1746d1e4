"""How much changed, told without labels: the agreement of two detectors that share no band.

Where nothing changed, two detectors on disjoint bands agree by chance only, once cells of equal
texture are compared with each other (texture is what moves both: edges that lie a fraction beside
each other, shadows that turn). What they agree on beyond that is change. So the share is found from
the scene itself; it follows neither a histogram's shape, as Otsu's threshold does, nor a fixed
fraction, and it may be nothing.

What changed in a few places of a quiet scene is too little for a share. There, cells count that are
so high in both that chance alone would give one such cell in the whole scene (`beyond_chance`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.change.pair.parameters import Parameters

TOPS = (0.03, 0.05, 0.08, 0.12)
"""Shares of strongest cells on which the two are compared. No share above 6 % can come out."""

CELLS_A_STRATUM = 400
"""At least this many cells are compared with each other."""

WEAK_SHARE, STRONG_SHARE = 1.1, 0.7
"""Parts of the changed share that the weak and the strong cells are: a flag is as wide as its weak
cells, but one without a strong cell is none (hysteresis; Canny 1986)."""

LEAST_CELLS = 1_000
"""Ten hectares of Sentinel-2: in less, agreement is that of a few patches, and chance."""

LEAST_FOR_PEAKS = 100_000
"""Ten square kilometres of Sentinel-2: in less, a single chance group is a share that counts."""

MOST_STRATA = 100
"""Finer classes of texture than these change nothing."""


NOT, WEAK, STRONG = np.uint8(0), np.uint8(1), np.uint8(2)
"""Grades of cells: flags are groups of weak and strong cells that hold a strong one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """From which score on cells are flagged."""

    share: float
    """Share of the scene that changed, as far as two detectors agree on it."""
    threshold: float | None
    """The score above which cells are weak: flagged next to strong ones; None if nothing is."""
    strong: float | None
    """The score above which cells are strong; None if nothing is flagged."""
    min_strength: float
    """Least change of brightness of a flagged cell."""

    @classmethod
    def fit(cls, score: NDArray[np.float32], share: float, parameters: Parameters) -> Decision:
        """The threshold by the scores of the cells that may be flagged, shape (cells,).

        There is none if the share is 0, as where no cell may be, or below `min_share`.
        """
        nothing = share == 0 or share < parameters.min_share
        weak, strong = (
            None if nothing else float(np.quantile(score, 1 - part * share))
            for part in (WEAK_SHARE, STRONG_SHARE)
        )
        return cls(
            share=share,
            threshold=weak,
            strong=strong,
            min_strength=parameters.min_brightness_change,
        )

    def graded(
        self,
        score: NDArray[np.float32],
        strength: NDArray[np.float32],
        judged: NDArray[np.bool_],
        peaks: NDArray[np.bool_],
    ) -> NDArray[np.uint8]:
        """Grade of each cell by itself, same shape; only `judged` cells have one.

        Parameters
        ----------
        peaks : array
            Cells that are strong whatever share of the scene changed.
        """
        seen = judged & (strength >= self.min_strength)
        grades = np.where(seen & peaks, STRONG, NOT)
        if self.threshold is None or self.strong is None:
            return grades
        grades = np.where(seen & (score > self.threshold), np.maximum(grades, WEAK), grades)
        return np.where(seen & (score > self.strong), STRONG, grades)


def changed_share(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    texture: NDArray[np.float32],
    *,
    least_cells: int = LEAST_CELLS,
) -> float:
    """Share of cells, 0 to 0.06, on which two scores agree beyond chance; 0 for very few cells.

    Parameters
    ----------
    first, second : array, shape (cells,)
        Scores from disjoint bands, higher for more change.
    texture : array, shape (cells,)
        How rough the picture is there.
    least_cells : int, optional
        Of fewer cells the share is 0; less than `LEAST_CELLS` where cells are wider.

    Notes
    -----
    With a share pi of changed cells on top of both, and independence among the others, the share
    that is in the top p of the one and the top q of the other is
    ``C = pi + (p - pi) (q - pi) / (1 - pi)``; hence ``pi = (C - p q) / (1 - p - q + C)``. The
    geometric mean over `TOPS` is taken: 0 if any of them shows no agreement.
    """
    if texture.size < least_cells:
        return 0.0
    strata = _strata(texture)
    tops = (_tops(score, strata, TOPS) for score in (first, second))
    shares = [_agreement(*both) for both in zip(*tops, strict=True)]
    return float(np.prod(shares) ** (1 / len(shares)))


def beyond_chance(
    first: NDArray[np.float32], second: NDArray[np.float32], texture: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Cells on which two scores are so high together that chance would give one in all; see above.

    Of n cells, each score's top ``1 / sqrt(n)`` is taken; of two independent ones, one cell would
    be expected in both. Cells of a change lie together, so that a group of them is no chance.

    Parameters
    ----------
    first, second, texture : array, shape (cells,)
        As `changed_share` takes them.

    Returns
    -------
    array of bool, shape (cells,)
        All false for fewer than `LEAST_FOR_PEAKS` cells.
    """
    if texture.size < LEAST_FOR_PEAKS:
        return np.zeros(texture.size, dtype=bool)
    strata = _strata(texture)
    share = 1 / np.sqrt(texture.size)
    first_top, second_top = (_tops(score, strata, [share])[0] for score in (first, second))
    both: NDArray[np.bool_] = first_top & second_top
    return both


def _agreement(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Share of cells that are true in both beyond chance, at least 0."""
    p, q, both = first.mean(), second.mean(), (first & second).mean()
    return max(float((both - p * q) / (1 - p - q + both)), 0.0)


def _strata(texture: NDArray[np.float32]) -> list[NDArray[np.intp]]:
    """Places of the cells in classes of equal size and like texture."""
    many = int(np.clip(texture.size // CELLS_A_STRATUM, 1, MOST_STRATA))
    return np.array_split(np.argsort(texture, kind="stable"), many)


def _tops(
    score: NDArray[np.float32], strata: list[NDArray[np.intp]], shares: Sequence[float]
) -> NDArray[np.bool_]:
    """For each share, the cells above the quantile ``1 - share`` of their stratum.

    Equal scores are never above. The shape is (shares, cells).
    """
    tops = np.zeros((len(shares), score.size), dtype=bool)
    ranks = 1 - np.array(shares, score.dtype)
    for places in strata:
        values = score[places]
        tops[:, places] = values > np.quantile(values, ranks)[:, None]
    return tops
