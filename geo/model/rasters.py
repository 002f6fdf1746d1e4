"""Rasters in the store: satellite scenes and heights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from geo.model.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene(Record):
    """A raster of one date in the store; `geometry` is the outline of its grid.

    Where codes tell that the picture covers only a part of the grid, it is the outline of that.
    """

    sensor: str
    """Sensor or ``simulated``."""
    bands: tuple[str, ...]
    """Band names in file order, such as ``B04``."""
    acquired_at: datetime
    """Time of the picture, UTC."""
    sha256: str
    """SHA-256 of the file's bytes."""
    path: str
    """File, relative to the folder of the embedded store."""
    site_id: str = ""
    """Site the scene was made for or lies over."""
    crs: str = ""
    """CRS as ``EPSG:code`` or WKT."""
    transform: str = ""
    """The six numbers of the affine transform, separated by spaces."""
    width: int | None = None
    """Columns."""
    height: int | None = None
    """Rows."""
    clear_fraction: float | None = None
    """Share of the cells with data that no cloud covers, 0 to 1; None if no mask is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terrain(Record):
    """A raster of heights in the store; `geometry` is the outline of its grid."""

    sha256: str
    """SHA-256 of the file's bytes."""
    path: str
    """File, relative to the folder of the embedded store."""
    crs: str = ""
    """CRS as ``EPSG:code`` or WKT."""
    width: int | None = None
    """Columns."""
    height: int | None = None
    """Rows."""
    cell_m: float | None = None
    """Width of the middle cell in metres."""
    unit: str = "m"
    """Unit of the heights in the file: ``m`` or ``ft``; they are read in metres."""
