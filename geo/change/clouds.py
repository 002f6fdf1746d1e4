"""Which cells of a picture show the ground: by its codes, or by a guess where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.change.bands import CODES
from geo.change.radiometry import Layers
from geo.grid import Raster

MARGIN_CELLS = 2
"""Cells left out around cloud and shadow that codes tell, whose rims no mask holds."""

SCL_FILL, SCL_CLOUD = (0, 1), (3, 8, 9, 10)
"""Classes of Sen2Cor: no data or defective; shadow, cloud of medium or high probability, cirrus."""

QA_FILL, QA_CLOUD = 0b1, 0b11110
"""Bits of Landsat's QA_PIXEL: fill; dilated cloud, cirrus, cloud, shadow."""

BRIGHTER = 1.8
"""A guessed cloud is so many times as bright as the dark ground of its date, and as the same cell
on the other date once the dark ground of both is equally bright."""

WHITENESS = 0.25
"""Largest range of the visible bands of a guessed cloud, as a share of their mean. Cloud is white;
bare ground and most roofs are not (after the whiteness test of Zhu and Woodcock 2012,
doi:10.1016/j.rse.2011.10.028)."""

DARK = 0.25
"""Share of the scene that is darker than what is called dark ground: ground it is, as long as cloud
leaves more than that free."""

LEAST_SIDE_CELLS = 15
"""Side of the smallest square that fits into a guessed cloud: what is smaller is a thing."""

RIM_CELLS = 8
"""Cells left out around a guessed cloud, which thins out and throws a shadow."""


TOO_LARGE = 1e9
"""No reflectance or backscatter is so large in any unit it is stored in: beyond is no number."""


def clear(raster: Raster) -> NDArray[np.bool_]:
    """Cells with data in every band that, by the bands of codes, are free of cloud and shadow.

    Parameters
    ----------
    raster : Raster
        With a band ``SCL`` (Sentinel-2 level 2A) or ``QA_PIXEL`` (Landsat collection 2), or none.

    Returns
    -------
    array of bool, shape (rows, columns)
        False also within `MARGIN_CELLS` of cloud and shadow. Without a band of codes every cell
        with data is taken for clear; see `CloudGuess`.
    """
    seen = covered(raster)
    for name, layer in zip(raster.bands, raster.values, strict=True):
        if name.upper() in CODES:
            _, cloud = _told(name, layer)
            seen &= ~_grown(cloud, MARGIN_CELLS)
    return seen


def covered(raster: Raster) -> NDArray[np.bool_]:
    """Cells with data in every band, whatever covers the ground there, shape (rows, columns).

    What the codes call no data or defective has none, nor has what is `TOO_LARGE`.
    """
    there = np.ones(raster.grid.shape, dtype=bool)
    for name, layer in zip(raster.bands, raster.values, strict=True):
        there &= np.abs(layer) < TOO_LARGE
        if name.upper() in CODES:
            there &= ~_told(name, layer)[0]
    return there


def least_clear(name: str, groups: NDArray[np.float32]) -> NDArray[np.float32]:
    """The code of each group that shows the ground least: no data, else cloud or shadow.

    `groups` has the codes of a group along its last axis; of groups that are clear, the first.
    """
    fill, cloud = _told(name, groups)
    worst = (2 * fill + cloud).argmax(axis=-1)
    chosen: NDArray[np.float32] = np.take_along_axis(groups, worst[..., None], axis=-1)[..., 0]
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CloudGuess:
    """A guess at clouds from brightness and whiteness, for pictures without codes.

    Finds thick white cloud that is there on one date only, and no cloud that is thin, small or
    everywhere. Wide white ground that is new, such as salt or fresh snow, is taken for cloud as
    well: it is then unknown, not unchanged.
    """

    before: float
    """Brightness of dark ground on the earlier date."""
    after: float
    """The same on the later date."""

    @classmethod
    def fit(
        cls, before: Sequence[NDArray[np.float32]], after: Sequence[NDArray[np.float32]]
    ) -> CloudGuess:
        """From the mean of the visible bands at cells of the scene, parts of any shape."""
        dark = [
            float(np.quantile(np.concatenate([np.ravel(part) for part in parts]), DARK))
            for parts in (before, after)
        ]
        return cls(before=dark[0], after=dark[1])

    def cloudy(self, before: Layers, after: Layers, *, cell_px: int = 1) -> NDArray[np.bool_]:
        """Cells under a guessed cloud on either date, rims included.

        Parameters
        ----------
        before, after : array, shape (bands, rows, columns)
            Reflectance in the visible bands, three at least; finite.
        cell_px : int, optional
            How much wider cells are than those that `LEAST_SIDE_CELLS` and `RIM_CELLS` count.

        Returns
        -------
        array of bool, shape (rows, columns)
            All False where dark ground is not above 0, as for decibels, or with fewer bands.
        """
        found = np.zeros(before.shape[1:], dtype=bool)
        if len(before) < 3 or min(self.before, self.after) <= 0:
            return found
        bright = [date.mean(axis=0) for date in (before, after)]
        times = bright[0] / np.float32(self.before), bright[1] / np.float32(self.after)
        for date, mean, own, other in zip((before, after), bright, times, times[::-1], strict=True):
            white = np.ptp(date, axis=0) < WHITENESS * mean
            found |= white & (own > BRIGHTER) & (own > BRIGHTER * other)
        if not found.any():
            return found
        half = (LEAST_SIDE_CELLS - 1) // 2 // cell_px
        return _grown(_opened(found, 2 * half + 1), RIM_CELLS // cell_px)


def _grown(cells: NDArray[np.bool_], margin: int) -> NDArray[np.bool_]:
    """The cells and all that are no farther than `margin` rows and columns."""
    if not margin or not cells.any():
        return cells
    side = 2 * margin + 1
    grown: NDArray[np.uint8] = ndimage.maximum_filter(cells.view(np.uint8), side, mode="constant")
    return grown.view(bool)


def _opened(cells: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """The cells that lie in a square of that odd side, all of which are among them."""
    middles = ndimage.minimum_filter(cells.view(np.uint8), side, mode="constant")
    return _grown(middles.view(bool), side // 2)


def _told(name: str, layer: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """No data, and cloud or shadow, by a band of codes of this name."""
    return _scl(layer) if name.upper() == "SCL" else _qa_pixel(layer)


def _scl(layer: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """No data, and cloud or shadow, by scene classes of Sen2Cor."""
    return np.isin(layer, SCL_FILL), np.isin(layer, SCL_CLOUD)


def qa_bits(layer: NDArray[np.float32]) -> NDArray[np.int32]:
    """The bits of QA_PIXEL, 16 of them; none where there is no number, or one of no such code."""
    return np.where((layer >= 0) & (layer < 1 << 16), layer, 0).astype(np.int32)


def _qa_pixel(layer: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Fill, and cloud or shadow, by the bits of Landsat's QA_PIXEL."""
    bits = qa_bits(layer)
    return bits & QA_FILL > 0, bits & QA_CLOUD > 0
