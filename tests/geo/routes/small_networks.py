"""Small networks that can be worked out by hand, and the modes of the project."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import yaml
from affine import Affine
from pyproj import CRS
from shapely.geometry import LineString, Point, Polygon, box

from geo.grid import ELLIPSOID, Grid, Raster
from geo.routes.modes import Mode, modes_of
from geo.ways import ways_frame

MODES_FILE = Path(__file__).resolve().parents[3] / "data" / "modes.yaml"

AREA = box(43.0, 35.0, 45.0, 37.0)
"""A square around Mosul and Erbil, inside which the small networks lie."""

NORTH_M = ELLIPSOID.inv(44.0, 36.0, 44.0, 36.1)[2]
"""Metres of 0.1 degree of latitude at 36 N: 11,096."""


def document() -> dict:
    """The document of the project's modes, read anew."""
    return yaml.safe_load(MODES_FILE.read_text(encoding="utf-8"))


def mode(name: str = "vehicle") -> Mode:
    """A mode of the project."""
    return modes_of(document())[name]


def ways(lines, **columns) -> gpd.GeoDataFrame:
    """Ways along lists of (lon, lat), primary and two-way unless columns say otherwise."""
    many = len(lines)
    usual = {
        "way_id": [f"W{number}" for number in range(many)], "road_class": ["primary"] * many,
        "ref": [""] * many, "name": [""] * many, "surface": [""] * many,
        "maxspeed_kmh": np.full(many, np.nan), "oneway": np.zeros(many, dtype=np.int8),
        "bridge": np.zeros(many, dtype=bool), "access": [""] * many,
        "length_km": np.full(many, np.nan), "schematic": np.zeros(many, dtype=bool),
        "inferred": np.zeros(many, dtype=bool),
    }  # fmt: skip
    return ways_frame({**usual, **columns}, [LineString(line) for line in lines])


def places(**lonlats) -> gpd.GeoDataFrame:
    """Places by key, at (lon, lat) or None."""
    points = [None if lonlat is None else Point(lonlat) for lonlat in lonlats.values()]
    return gpd.GeoDataFrame({"key": list(lonlats)}, geometry=gpd.GeoSeries(points, crs=4326))


def watched(**lonlats) -> gpd.GeoDataFrame:
    """Watched places of a kind each, at (lon, lat)."""
    points = gpd.GeoSeries([Point(lonlat) for lonlat in lonlats.values()], crs=4326)
    return gpd.GeoDataFrame({"kind": list(lonlats)}, geometry=points)


def terrain(height_m, *, west=43.0, north=37.0, cell_deg=0.01) -> Raster:
    """Heights on a grid of longitudes and latitudes."""
    values = np.asarray(height_m, dtype=np.float32)
    transform = Affine(cell_deg, 0, west, 0, -cell_deg, north)
    grid = Grid(crs=CRS.from_epsg(4326), transform=transform, shape=values.shape)
    return Raster(grid=grid, bands=("elevation_m",), values=values[np.newaxis])


def tilted(*, east=0.0, north=0.0, cells=200) -> Raster:
    """A plane over `AREA` that rises by so many metres a cell of 0.01 degree."""
    rows, cols = np.mgrid[:cells, :cells]
    return terrain(1000 + east * cols - north * rows)


def strip(south: float, north: float) -> Polygon:
    """The part of `AREA` between two latitudes."""
    return box(43.0, south, 45.0, north)
