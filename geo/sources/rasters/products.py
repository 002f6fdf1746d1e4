"""What the path of a file tells where each band of a picture has a file of its own; pure.

Sentinel-2 products hold ``.../IMG_DATA/R10m/T38SLF_20200105T080319_B02_10m``, Landsat ones
``LC08_L2SP_170035_20200105_20200823_02_T1_SR_B2``, archives of cloud-optimised files a folder for
each picture with ``B02`` or ``red`` in it. The name of the file is asked first, then its folders
from the nearest on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from geo.sources.rasters.acquired import acquired
from geo.sources.rasters.offsets import PRODUCT_NAME

COLOURS = ("blue", "green", "red", "nir", "nir08", "swir16", "swir22",
           "rededge1", "rededge2", "rededge3", "coastal")  # fmt: skip
"""Names that catalogues give to bands."""

BAND = re.compile(
    rf"(?:^|[_.\-])(B(?:0?[1-9]|1[0-2]|8A)|SCL|QA_PIXEL|{'|'.join(COLOURS)})"
    r"(?:[_\-](?:10|20|30|60)m)?$",
    re.IGNORECASE,
)
"""A band at the end of a file's name, before its resolution."""

ASIDE = re.compile(
    r"(?:^|[_.\-])(?:AOT|WVP|TCI|PVI|CLD|SNW|VISUAL|THUMBNAIL|PREVIEW|OVERVIEW|QA_RADSAT|QA_AEROSOL|"
    r"SR_QA_AEROSOL|SR_ATMOS_OPACITY|SR_CLOUD_QA|ST_\w+|[VS][AZ]A|CLDPRB|SNWPRB)"
    r"(?:[_\-](?:10|20|30|60)m)?$|^MSK_",
    re.IGNORECASE,
)
"""Files of a product that show no band of the ground."""

LANDSAT = re.compile(r"(?<![A-Z0-9])L[COTEM]0?([4-9])_L([12])\w{2}_(\d{6})_\d{8}", re.IGNORECASE)
"""Satellite, level, and path and row of a Landsat product."""

LANDSAT_BANDS = {
    "early": {1: "blue", 2: "green", 3: "red", 4: "nir", 5: "swir16", 7: "swir22"},
    "late": {1: "coastal", 2: "blue", 3: "green", 4: "red", 5: "nir", 6: "swir16", 7: "swir22"},
}
"""Numbered bands of Landsat 4 to 7, and of 8 and 9 (USGS LSDS-1618 and LSDS-1619)."""

TILE = re.compile(r"(?:^|_)T?(\d{2}[C-HJ-NP-X][A-HJ-NP-Z]{2})(?=_|$)")
"""A tile of the military grid, by which Sentinel-2 is cut."""

SENTINEL_2 = re.compile(r"(?:^|_)S2([A-D])_")
"""The satellite in the name of a Sentinel-2 product, or of a folder named after one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BandFile:
    """What the path of a file of one band tells."""

    band: str
    """What the band is called, such as ``B04``, ``red`` or ``SCL``; empty for a file of a product
    that shows no band of the ground."""
    tile: str
    """Tile, or path and row, that it is cut to; empty if the path does not tell."""
    sensor: str
    """Sensor; empty if the path does not tell."""
    product: str
    """Name of the Sentinel-2 product that it is of, which tells what its numbers carry; empty if
    none is named."""
    level: str
    """Level of processing, such as ``L2A`` or ``L2``; empty if the path does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BandPart:
    """A file that holds one band of a picture, or of a tile of it."""

    name: str
    """What it is called towards the user."""
    path: Path
    """The file."""
    sha256: str
    """SHA-256 of its bytes."""
    band: str
    """What the band is called."""
    tile: str
    """The tile that it belongs to; parts of one tile lie over one another."""
    scale: float
    """What its numbers, as they are read, are multiplied by; 1 for codes."""
    added: float
    """What is added after that; 0 for codes."""


def band_file(path: PurePosixPath) -> BandFile | None:
    """What the path of a file tells, if its name ends with a band or is of a product's side file.

    Parameters
    ----------
    path : PurePosixPath
        Beginning with the folder that was chosen.
    """
    stem = path.stem
    named = BAND.search(stem)
    if named is None and not ASIDE.search(stem):
        return None
    parts = (stem, *reversed(path.parent.parts))
    landsat = _first(LANDSAT, parts)
    product = _first(PRODUCT_NAME, parts)
    sentinel = _first(SENTINEL_2, parts)
    tile = _first(TILE, parts)
    band = _band(named[1], landsat) if named and not ASIDE.search(stem) else ""
    if landsat:
        return BandFile(
            band=band, tile=landsat[3], sensor=f"Landsat {landsat[1]}", product="",
            level=f"L{landsat[2]}",
        )  # fmt: skip
    return BandFile(
        band=band,
        tile=tile[1] if tile else "",
        sensor=f"Sentinel-2{sentinel[1]}" if sentinel else "Sentinel-2" if tile else "",
        product=product.string if product else "",
        level=_level(product.string) if product else "",
    )


def taken_at(path: PurePosixPath, tags: Mapping[str, str]) -> datetime | None:
    """When a picture was taken, UTC: by its file's tags, its name, or the nearest dated folder."""
    for part in (path.name, *reversed(path.parent.parts)):
        when, _ = acquired(tags, part)
        if when is not None:
            return when
    return None


def _first(pattern: re.Pattern[str], parts: tuple[str, ...]) -> re.Match[str] | None:
    return next((match for part in parts if (match := pattern.search(part))), None)


def _level(product: str) -> str:
    """``L2A`` of ``S2A_MSIL2A_...``."""
    match = re.search(r"MSI(L[12][AC])", product)
    return match[1] if match else ""


def _band(name: str, landsat: re.Match[str] | None) -> str:
    """What a band is called, by the end of a file's name."""
    upper = name.upper()
    if upper in ("SCL", "QA_PIXEL"):
        return upper
    if not upper.startswith("B") or upper == "BLUE":
        lower = name.lower()
        return ("nir" if landsat else "B8A") if lower == "nir08" else lower
    if landsat:
        era = "late" if int(landsat[1]) >= 8 else "early"
        number = re.sub(r"\D", "", upper)
        return LANDSAT_BANDS[era].get(int(number), "")
    return upper if upper == "B8A" else f"B{int(upper[1:]):02d}"
