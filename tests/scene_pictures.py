"""Made-up scenes around Hatra, and their pictures as numbers."""

from __future__ import annotations

import io

import geopandas as gpd
import numpy as np
from affine import Affine
from PIL import Image
from pyproj import CRS

from geo.grid import WGS84, Grid, Raster, transformer
from layers.imagery import (
    Picture,
)

UTM = CRS.from_epsg(32638)

HATRA = (42.718342, 35.587884)

HOSTILE = "</script><img src=x onerror=alert(1)>`${alert(2)}`\"'&"


def grid_of(rows: int = 60, cols: int = 80, *, cell_m: float = 10.0) -> Grid:
    """A north-up UTM grid whose middle is Hatra."""
    x, y = transformer(WGS84, UTM).transform(*HATRA)
    west, north = x - cols * cell_m / 2, y + rows * cell_m / 2
    return Grid(crs=UTM, transform=Affine(cell_m, 0, west, 0, -cell_m, north), shape=(rows, cols))


def raster_of(values: np.ndarray, *bands: str, grid: Grid | None = None) -> Raster:
    layers = np.asarray(values, dtype=np.float32)
    return Raster(grid=grid or grid_of(*layers.shape[1:]), bands=bands, values=layers)


def noise(*bands: str, rows: int = 60, cols: int = 80, seed: int = 1) -> Raster:
    values = np.random.default_rng(seed).uniform(500, 3000, (len(bands), rows, cols))
    return raster_of(values, *bands)


def grey(picture: Picture) -> np.ndarray:
    return picture.rgba[..., :3].astype(float).mean(axis=-1)


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def flags_of(*geometries: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(geometries), crs=4326)
