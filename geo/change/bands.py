"""What the bands of a raster are for: by name, or by place where they have none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.errors import BandMismatch
from geo.grid import Raster

VISIBLE = ("B02", "B03", "B04", "BLUE", "GREEN", "RED")
"""Names of visible bands. Phenology, which moves NIR and SWIR, hardly moves their sum."""

ATMOSPHERIC = ("B01", "B09", "B10")
"""Sentinel-2 bands at 60 m that see aerosol, vapour and cirrus, not the ground."""

RED, NEAR_INFRARED = ("B04", "RED"), ("B08", "NIR")
"""Names of the two bands that tell plants."""

CODES = ("SCL", "QA_PIXEL")
"""Bands of codes that tell clouds: Sentinel-2 level 2A, Landsat collection 2."""

CLOUD_MARGIN_CELLS = 2
"""Cells left out around cloud and shadow, whose rims no mask holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Two disjoint groups of bands; a single band is in both."""

    bright: tuple[int, ...]
    """Places of the bands whose sum is the brightness."""
    other: tuple[int, ...]
    """Places of the bands that must confirm what the brightness shows."""
    codes: tuple[int, ...]
    """Places of the bands of codes."""
    plants: tuple[int, int] | None
    """Places of red and near infrared, None unless names tell both."""


def roles(bands: tuple[str, ...]) -> Roles:
    """The part that each band plays.

    Visible bands are known by name (``B02`` or ``B2``, ``red``). Where no name tells, the bands are
    taken to stand in order of wavelength: the first three of four or more are the bright ones,
    else the first. Names ``B1``, ``B2`` ... in unbroken order from the first tell nothing: they
    only count.
    """
    codes = tuple(i for i, name in enumerate(bands) if name.upper() in CODES)
    counted = all(name == f"B{i}" for i, name in enumerate(bands, start=1) if i - 1 not in codes)
    names = ["" if counted else _full(name) for name in bands]
    seeing = [i for i, name in enumerate(names) if i not in codes and name not in ATMOSPHERIC]
    if not seeing:
        raise BandMismatch(
            f"none of the bands {', '.join(bands)} sees the ground",
            expected="at least one band of reflectance",
        )
    bright = [i for i in seeing if names[i] in VISIBLE]
    if not bright or len(bright) == len(seeing):
        bright = seeing[:3] if len(seeing) > 3 else seeing[:1]
    other = [i for i in seeing if i not in bright] or bright
    pair = [[i for i in seeing if names[i] in kind][:1] for kind in (RED, NEAR_INFRARED)]
    return Roles(
        bright=tuple(bright),
        other=tuple(other),
        codes=codes,
        plants=(pair[0][0], pair[1][0]) if all(pair) else None,
    )


def in_order_of(raster: Raster, bands: tuple[str, ...]) -> Raster:
    """`raster` with its bands in the order `bands`.

    Raises
    ------
    BandMismatch
        If it has not exactly these bands.
    """
    if set(raster.bands) != set(bands):
        raise BandMismatch(
            f"one date has the {len(bands)} bands {', '.join(bands)}, the other the "
            f"{len(raster.bands)} bands {', '.join(raster.bands)}",
            expected="the same bands on both dates",
            remedy="give the same files for both dates, or name their bands alike",
        )
    if raster.bands == bands:
        return raster
    places = [raster.bands.index(name) for name in bands]
    return Raster(grid=raster.grid, bands=bands, values=raster.values[places])


def clear(raster: Raster) -> NDArray[np.bool_]:
    """Cells with data in every band that, by the bands of codes, are free of cloud and shadow."""
    seen = np.ones(raster.grid.shape, dtype=bool)
    for name, layer in zip(raster.bands, raster.values, strict=True):
        seen &= np.isfinite(layer)
        if name.upper() in CODES:
            fill, cloud = _scl(layer) if name.upper() == "SCL" else _qa_pixel(layer)
            near = ndimage.binary_dilation(cloud, np.ones((3, 3)), iterations=CLOUD_MARGIN_CELLS)
            seen &= ~(fill | near)
    return seen


def greenness(raster: Raster, plants: tuple[int, int]) -> NDArray[np.float32]:
    """Normalised difference vegetation index (Rouse et al. 1974), -1 to 1 for reflectances.

    NaN where there is no data; 0 where both bands are.
    """
    red, near = raster.values[list(plants)]
    total = near + red
    return np.where(total == 0, np.float32(0), (near - red) / np.where(total == 0, 1, total))


def _full(name: str) -> str:
    """``B2`` as ``B02``; any other name in capitals."""
    name = name.strip().upper()
    return f"B0{name[1]}" if len(name) == 2 and name[0] == "B" and name[1].isdigit() else name


def _scl(layer: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """No data or defective; shadow, cloud or cirrus: scene classes of Sen2Cor."""
    return np.isin(layer, (0, 1)), np.isin(layer, (3, 8, 9, 10))


def _qa_pixel(layer: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Fill; dilated cloud, cirrus, cloud or shadow: bits 0 and 1 to 4 of Landsat's QA_PIXEL."""
    bits = np.nan_to_num(layer).astype(np.int32)
    return bits & 1 > 0, bits & 0b11110 > 0
