"""What the name of a Sentinel-1 product tells: when, and from which orbit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

ORBITS = 175
"""Orbits after which a Sentinel-1 satellite sees the same ground from the same place."""

FIRST_ORBIT = {"A": 73, "B": 27, "C": 172}
"""Absolute orbit of each satellite that counts as relative orbit 1 (ESA, Sentinel-1 product
specification, for A and B; ESA's orbit tables for C)."""

SENTINEL1 = re.compile(
    r"(?<![A-Z0-9])S1([ABC])_(?:IW|EW|S\d)_(?:GRD|SLC)\w{0,2}_\w{4}_(\d{8}T\d{6})_\d{8}T\d{6}_(\d{6})"
)
"""Satellite, first second and absolute orbit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A Sentinel-1 product by its name."""

    satellite: str
    """Such as ``Sentinel-1A``."""
    taken_at: datetime
    """First second of the picture, UTC."""
    orbit: int
    """Relative orbit, 1 to 175."""


def product_of(name: str) -> Product | None:
    """The product that a file's or a folder's name holds the name of; None if it holds none."""
    found = SENTINEL1.search(name.upper())
    if not found:
        return None
    satellite, moment, absolute = found.groups()
    try:
        taken_at = datetime.strptime(moment, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Product(
        satellite=f"Sentinel-1{satellite}",
        taken_at=taken_at,
        orbit=(int(absolute) - FIRST_ORBIT[satellite]) % ORBITS + 1,
    )
