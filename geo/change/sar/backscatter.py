"""Radar bands as backscattered power, whatever unit they were written in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.change.radiometry import nothing_told
from geo.errors import BandMismatch, NoValidPixels
from geo.grid import Raster

Power = NDArray[np.float32]
"""Shape (polarisations, rows, columns); above 0, NaN where there is no data."""

DARKEST = 1e-5
"""Least power that is told apart (-50 dB); the noise of Sentinel-1 lies near -25 dB. What the
removal of noise made negative stands at this value."""

NO_DATA_DB = -90.0
"""Decibels below this are codes for no data, such as -9999."""

MOST_LINEAR = 5.0
"""A median above this is no calibrated power: only single walls return more than they receive."""

HOLE_CELLS = 25
"""Groups of at least so many zeros inside a picture are holes; fewer are dark ground, which
amplitudes stored as bytes have."""

_POLARISATION = re.compile(r"(?<![A-Za-z])(VV|VH|HH|HV)(?![A-Za-z])", re.IGNORECASE)
_QUANTITY = re.compile(
    r"(?<![A-Za-z])(SIGMA0|GAMMA0|BETA0|BACKSCATTER|AMPLITUDE|SAR)(?![A-Za-z])", re.IGNORECASE
)
_BESIDE = re.compile(r"(ANGLE|INCIDENCE|LIA|LAYOVER|MASK)")


class Unit(StrEnum):
    """In what the values of a radar band are written."""

    POWER = "linear power"
    DECIBEL = "decibel"
    AMPLITUDE = "amplitude"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Backscatter:
    """The radar bands of one date."""

    polarisations: tuple[str, ...]
    """Such as ``VV``, in the order of the bands."""
    power: Power
    """Backscattered power, up to one factor for all cells."""
    unit: Unit
    """The unit in which the bands were written."""


def polarisation(name: str) -> str | None:
    """``VV``, ``VH``, ``HH`` or ``HV`` of a name such as ``Sigma0_VV_db``; else None."""
    found = _POLARISATION.search(name)
    return found[1].upper() if found else None


def without_polarisation(name: str) -> str:
    """The name without its words for polarisations, alike for all bands of one picture."""
    return _POLARISATION.sub("", name)


def _layer(band: str) -> str | None:
    """The polarisation of a radar band, or the word that says radar, such as ``SIGMA0``."""
    found = _POLARISATION.search(band) or _QUANTITY.search(band)
    return found[1].upper() if found else None


def is_radar(bands: tuple[str, ...]) -> bool:
    """Whether the bands are those of a radar: named so, and nothing else but angle and mask.

    A raster without band names is never one: nothing tells it from a grey picture.
    """
    named = [name for name in bands if _layer(name)]
    return bool(named) and all(name in named or _BESIDE.search(name.upper()) for name in bands)


def backscatter(raster: Raster) -> Backscatter:
    """The raster's radar bands as power.

    The unit is told by the numbers themselves, over all bands: a median below 0 is that of
    decibels, one above `MOST_LINEAR` that of amplitudes, which are squared. Bands of angles and
    masks are left out. Less than `NO_DATA_DB` decibels means no data; so does 0 in power or
    amplitude where zeros reach the picture's edge, as beside a Sentinel-1 swath, or are at least
    `HOLE_CELLS` together.

    Raises
    ------
    BandMismatch
        If no band is named after a polarisation, or two after the same one.
    NoValidPixels
        If there is no cell with data.
    """
    names = [_layer(name) for name in raster.bands]
    places = [i for i, name in enumerate(names) if name]
    known = tuple(name for name in names if name)
    if not known or len(set(known)) < len(known):
        raise BandMismatch(
            f"the bands {', '.join(raster.bands)} are not those of one radar picture",
            expected="bands named after different polarisations, such as VV and VH",
            remedy="name the bands, or leave out the one that comes twice",
        )
    values = raster.values[places]
    if not np.isfinite(values).any():
        raise NoValidPixels(
            f"the radar bands {', '.join(known)} hold no data",
            expected="at least one cell with data",
            remedy="choose another picture",
        )
    unit = unit_of(values)
    return Backscatter(polarisations=known, power=_power(values, unit), unit=unit)


def require_speckle(seen: Backscatter) -> None:
    """Refuse a picture without data, and a band of one number everywhere: radar is never even.

    Raises
    ------
    NoValidPixels
        If it is so. One polarisation may lack data: the other may still tell.
    """
    whole = not np.isfinite(seen.power).any()
    for name, layer in zip(seen.polarisations, seen.power, strict=True):
        if (whole or np.isfinite(layer).any()) and (nothing := nothing_told(layer)):
            raise NoValidPixels(
                f"the power of the radar band {name} {nothing}",
                expected="backscatter, which differs from cell to cell",
                remedy="choose another picture",
            )


def unit_of(values: NDArray[np.float32]) -> Unit:
    """The unit of radar values by their median, cells that are 0 or not finite left out."""
    told = values[np.isfinite(values) & (values != 0)]
    middle = float(np.median(told)) if told.size else 0.0
    if middle < 0:
        return Unit.DECIBEL
    return Unit.AMPLITUDE if middle > MOST_LINEAR else Unit.POWER


def to_decibels(power: Power) -> Power:
    """Ten times the decimal logarithm; NaN stays NaN."""
    decibels: Power = np.float32(10) * np.log10(power)
    return decibels


def _power(values: NDArray[np.float32], unit: Unit) -> Power:
    """Power above 0; NaN where the values say no data."""
    if unit is Unit.DECIBEL:
        known = np.isfinite(values) & (values > NO_DATA_DB)
        return np.where(known, 10 ** (np.where(known, values, 0) / 10), np.nan).astype(np.float32)
    power = np.square(values) if unit is Unit.AMPLITUDE else values
    dark = np.maximum(power, np.float32(DARKEST))
    known = np.isfinite(values) & ~np.stack([_hole(layer == 0) for layer in values])
    return np.where(known, dark, np.float32(np.nan))


def _hole(zeros: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those zeros of a layer that mean no data."""
    if not zeros.any():
        return zeros
    numbers, found = ndimage.label(zeros, np.ones((3, 3)))
    hole = np.bincount(numbers.ravel(), minlength=found + 1) >= HOLE_CELLS
    for edge in (numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]):
        hole[edge] = True
    hole[0] = False
    chosen: NDArray[np.bool_] = hole[numbers]
    return chosen
