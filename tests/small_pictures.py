"""Small pictures of made-up ground as GeoTIFF files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from affine import Affine
from pyproj import CRS

from geo.grid import Grid
from geo.sources.writers.geotiff_files import write_geotiff


def picture(path: Path, *, tags: dict[str, str] | None = None, **wanted: object) -> Path:
    """A small picture with texture and one bright patch where wanted, near Hatra."""
    size, bands = int(wanted.get("size", 64)), int(wanted.get("bands", 4))
    east = float(wanted.get("east", 293_000))
    texture = np.random.default_rng(7).normal(1200, 120, (bands, 96, 96))[:, :size, :size]
    values = texture + np.random.default_rng(int(wanted.get("noise", 1))).normal(
        0, 8, texture.shape
    )
    if wanted.get("patch"):
        values[:, 20:32, 20:32] += 900
    if wanted.get("no_data"):
        values[:] = 0
    grid = Grid(
        crs=CRS.from_epsg(32638),
        transform=Affine(10, 0, east, 0, -10, 3_941_000),
        shape=(size, size),
    )
    names = ("B02", "B03", "B04", "B08")[:bands]
    write_geotiff(
        path, values.clip(0).astype(np.uint16), grid=grid, bands=names, nodata=0, tags=tags or {}
    )
    return path
