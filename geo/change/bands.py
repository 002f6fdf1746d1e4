"""What the bands of a raster are for: by name, or by place where they have none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        If it has not exactly these bands, or a name twice and another order.
    """
    if raster.bands == bands:
        return raster
    if sorted(raster.bands) != sorted(bands):
        raise BandMismatch(
            f"one date has the {len(bands)} bands {', '.join(bands)}, the other the "
            f"{len(raster.bands)} bands {', '.join(raster.bands)}",
            expected="the same bands on both dates",
            remedy="give the same files for both dates, or name their bands alike",
        )
    if len(set(bands)) < len(bands):
        raise BandMismatch(
            f"a name stands twice among the bands {', '.join(bands)}, and the other date has them "
            "in another order",
            expected="one name for each band",
            remedy="give the bands in one order on both dates, or name each differently",
        )
    places = [raster.bands.index(name) for name in bands]
    return Raster(grid=raster.grid, bands=bands, values=raster.values[places])


def ndvi(red: NDArray[np.float32], near: NDArray[np.float32]) -> NDArray[np.float32]:
    """Normalised difference vegetation index (Rouse et al. 1974), -1 to 1 for reflectances.

    NaN where there is no data; 0 where both bands are.
    """
    total = near + red
    return np.where(total == 0, np.float32(0), (near - red) / np.where(total == 0, 1, total))


def _full(name: str) -> str:
    """``B2`` as ``B02``; any other name in capitals."""
    name = name.strip().upper()
    return f"B0{name[1]}" if len(name) == 2 and name[0] == "B" and name[1].isdigit() else name
