"""Scenes as the eye would see them, stretched alike where they are compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import BandMismatch, NoValidPixels
from geo.grid import Raster
from layers.imagery.lettering import labelled
from layers.imagery.picture import Mask, Picture

NATURAL = ("B04", "B03", "B02")
"""The bands that the eye would see as red, green and blue."""

WAVELENGTHS_NM = (665.0, 560.0, 490.0)
"""Middle wavelengths of `NATURAL`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Which values are drawn dark and bright, for each band that is drawn."""

    low: tuple[float, ...]
    """Drawn black."""
    high: tuple[float, ...]
    """Drawn at full brightness."""


def shared_stretch(*rasters: Raster) -> Stretch:
    """One stretch for pictures that are to be compared: 1 to 99 % of the values of all of them.

    In true colour the three bands share their limits, which keeps the hue of the ground, after the
    blue veil of the air is taken off: the darkest blue is brighter than the darkest red by what the
    air scatters, with the fourth power of the wavelength (Chavez 1988,
    doi:10.1016/0034-4257(88)90019-3). What looks like cloud, white and twice as bright as the
    median, has no say, so that it does not darken the ground.

    Raises
    ------
    BandMismatch
        If the rasters do not show the same bands.
    NoValidPixels
        If no raster has a valid cell in the bands that are drawn.
    """
    shown = {_shown_bands(raster) for raster in rasters}
    if len(shown) != 1:
        raise BandMismatch(
            f"one scene shows {' and another '.join(map(', '.join, sorted(shown)))}",
            expected="the same bands on both dates",
        )
    values = np.concatenate([_sample(raster) for raster in rasters], axis=1)
    if values.size == 0:
        raise NoValidPixels(
            "the scene has no valid cell to draw", expected="at least one cell with data"
        )
    if shown != {NATURAL}:
        limits = [_limits(band) for band in values]
        return Stretch(low=tuple(low for low, _ in limits), high=tuple(high for _, high in limits))
    darkest = np.percentile(values, 1, axis=1)
    scatter = np.array(WAVELENGTHS_NM) ** -4.0
    veil = scatter * max(0.0, float(darkest[2] - darkest[0]) / (scatter[2] - scatter[0]))
    clear = values - veil[:, None]
    low, high = _limits(clear[:, ~_like_cloud(clear)])
    return Stretch(low=tuple((low + veil).tolist()), high=tuple((high + veil).tolist()))


def true_colour(raster: Raster, *, simulated: bool, stretch: Stretch | None = None) -> Picture:
    """The scene as the eye would see it; without B04, B03 and B02 its first three bands, or one.

    The label says which bands are shown. Cells without data in one of them are transparent.
    `stretch` is that of `shared_stretch`; without it the scene's own.

    Raises
    ------
    NoValidPixels
        If no stretch is given and no cell is valid.
    """
    stretch = stretch or shared_stretch(raster)
    shown = _shown_bands(raster)
    layers = _values(raster, shown)
    valid = np.asarray(np.isfinite(layers).all(axis=0), dtype=bool)
    low, high = (np.array(end)[:, None, None] for end in (stretch.low, stretch.high))
    bright = np.clip((np.nan_to_num(layers) - low) / (high - low), 0, 1)
    # A gamma of 1.3 lifts the dark half: crops and water beside bright soil.
    colours = np.rint(255 * bright ** (1 / 1.3)).astype(np.uint8)
    rgb = colours if len(shown) == 3 else np.repeat(colours, 3, axis=0)
    rgba = np.dstack([*rgb, np.where(valid, 255, 0).astype(np.uint8)])
    return labelled(rgba, valid, raster.grid, _band_label(shown), simulated=simulated)


def _shown_bands(raster: Raster) -> tuple[str, ...]:
    """Three bands to draw as red, green and blue, or one to draw grey."""
    if set(NATURAL) <= set(raster.bands):
        return NATURAL
    return raster.bands[:3] if len(raster.bands) >= 3 else raster.bands[:1]


def _band_label(shown: tuple[str, ...]) -> str:
    if shown == NATURAL:
        return "True colour (B04, B03, B02)"
    if len(shown) == 3:
        return f"Bands {', '.join(shown)} as red, green, blue (not true colour)"
    return f"Band {shown[0]} in grey"


def _values(raster: Raster, shown: tuple[str, ...]) -> NDArray[np.float32]:
    return raster.values[[raster.bands.index(name) for name in shown]]


def _sample(raster: Raster) -> NDArray[np.float32]:
    """Shown bands of every nth cell that is valid in all, shape (bands, cells), some 10^6 cells."""
    rows, cols = raster.grid.shape
    step = max(1, math.ceil(math.sqrt(rows * cols / 1e6)))
    values = _values(raster, _shown_bands(raster))[:, ::step, ::step]
    return values[:, np.isfinite(values).all(axis=0)]


def _limits(values: NDArray[np.floating]) -> tuple[float, float]:
    """1 and 99 % of the values, the latter above the former."""
    low, high = (float(v) for v in np.percentile(values, (1, 99)))
    return low, high if high > low else low + 1


def _like_cloud(values: NDArray[np.floating]) -> Mask:
    """Where all of three bands are about equal and twice as bright as the median of the darkest."""
    dark, bright = values.min(axis=0), values.max(axis=0)
    return np.asarray((dark > 0.8 * bright) & (dark > 2 * np.median(dark)), dtype=bool)
