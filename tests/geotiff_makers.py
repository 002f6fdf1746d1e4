"""Small GeoTIFF files near Hatra, written without Lamassu."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from pyproj import CRS

from geo.grid import Grid

UTM = CRS.from_epsg(32638)

HATRA_XY = (287_000.0, 3_940_000.0)


def grid_of(rows: int = 4, cols: int = 5, *, cell: float = 10.0, east: float = 0, south: float = 0):
    """A north-up grid in UTM whose upper left corner lies east and south of Hatra's by metres."""
    x, y = HATRA_XY
    return Grid(
        crs=UTM, transform=Affine(cell, 0, x + east, 0, -cell, y - south), shape=(rows, cols)
    )


def write(path: Path, values, *, grid: Grid | None = None, **profile) -> Path:
    """A GeoTIFF of `values`, shape (bands, rows, columns), with whatever else is asked for."""
    values = np.asarray(values)
    grid = grid or grid_of(*values.shape[1:])
    tags = profile.pop("tags", {})
    names = profile.pop("names", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path,
            "w",
            **{
                "driver": "GTiff",
                "count": len(values),
                "height": values.shape[1],
                "width": values.shape[2],
                "dtype": values.dtype.name,
                "crs": grid.crs.to_wkt(),
                "transform": grid.transform,
                **profile,
            },
        ) as dataset:
            dataset.write(values)
            dataset.update_tags(**tags)
            if names:
                dataset.descriptions = names
    return path


def counted(bands: int = 1, rows: int = 4, cols: int = 5, dtype: str = "uint16"):
    """Distinct numbers above 0."""
    return np.arange(1, bands * rows * cols + 1, dtype=dtype).reshape(bands, rows, cols)
