"""Pictures and outlines laid where they belong: on the web map or on another grid."""

from __future__ import annotations

import math

import folium
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.warp import reproject as warp
from shapely.geometry.base import BaseGeometry

from geo.errors import GridMismatch
from geo.grid import WGS84, Bounds, Grid, transformer
from layers.imagery.picture import Picture, Rgba, data_uri, encoded
from layers.style import SIMULATED, latlon, safe_html

WEB_MERCATOR = CRS.from_epsg(3857)
"""What Leaflet draws in: an overlay is only right if it was warped to it."""


def on_web_map(picture: Picture, *, longest_px: int = 1600) -> tuple[bytes, Bounds]:
    """The picture warped for a web map: PNG, and its bounds in longitude and latitude.

    Its rows and columns run along Web Mercator, so that an image stretched between the bounds lies
    right everywhere, to a small part of a cell.

    Raises
    ------
    GridMismatch
        If the grid reaches beyond what Web Mercator can show.
    """
    grid = _web_grid(picture.grid, longest_px)
    rgba = on_grid(picture.rgba, picture.grid, grid)
    west, south, east, north = grid.bounds
    back = transformer(WEB_MERCATOR, WGS84)
    (lon0, lon1), (lat0, lat1) = back.transform([west, east], [south, north])
    return encoded(rgba, picture.label), (lon0, lat0, lon1, lat1)


def image_overlay(
    picture: Picture, *, name: str, opacity: float = 1.0, show: bool = True
) -> folium.FeatureGroup:
    """The picture as a layer of the map; `name` is plain text and is escaped here."""
    data, (west, south, east, north) = on_web_map(picture)
    marked = f"{SIMULATED} {name}" if picture.simulated and SIMULATED not in name else name
    group = folium.FeatureGroup(name=safe_html(marked), show=show)
    folium.raster_layers.ImageOverlay(
        data_uri(data),
        bounds=[latlon((west, south)), latlon((east, north))],
        opacity=opacity,
        alt=safe_html(picture.label),
        pixelated=False,
        interactive=False,
    ).add_to(group)
    return group


def _web_grid(grid: Grid, longest_px: int) -> Grid:
    """A grid in Web Mercator that covers `grid` with cells of about the same size."""
    ring = np.asarray(grid.footprint_lonlat.exterior.coords)
    xs, ys = transformer(WGS84, WEB_MERCATOR).transform(ring[:, 0], ring[:, 1])
    if not (np.isfinite(xs).all() and np.isfinite(ys).all()) or np.abs(ring[:, 1]).max() > 85.06:
        raise GridMismatch(
            f"latitudes {ring[:, 1].min():.2f} to {ring[:, 1].max():.2f} are not on the web map",
            expected="a scene between 85.06 S and 85.06 N",
        )
    west, south, east, north = min(xs), min(ys), max(xs), max(ys)
    cell = min(grid.cell_m) / math.cos(math.radians(grid.centre_lonlat[1]))
    cell = max(cell, (east - west) / longest_px, (north - south) / longest_px)
    shape = (math.ceil((north - south) / cell), math.ceil((east - west) / cell))
    return Grid(crs=WEB_MERCATOR, transform=Affine(cell, 0, west, 0, -cell, north), shape=shape)


def on_grid(rgba: Rgba, source: Grid, target: Grid) -> Rgba:
    """`rgba` on another grid, interpolated; opacity is multiplied in meanwhile to avoid rims."""
    opacity = rgba[..., 3:].astype(np.float32) / 255
    layers = np.concatenate([rgba[..., :3] * opacity, 255 * opacity], axis=2).transpose(2, 0, 1)
    coarser = target.cell_m[0] > 2 * source.cell_m[0]
    warped = np.zeros((4, *target.shape), dtype=np.float32)
    warp(
        np.ascontiguousarray(layers),
        warped,
        src_transform=source.transform,
        src_crs=source.crs.to_wkt(),
        dst_transform=target.transform,
        dst_crs=target.crs.to_wkt(),
        resampling=Resampling.average if coarser else Resampling.bilinear,
        init_dest_nodata=False,
        num_threads=1,
    )
    share = np.clip(warped[3:] / 255, 0, 1)
    colours = warped[:3] / np.where(share > 0, share, 1)
    stacked = np.concatenate([colours, 255 * share]).transpose(1, 2, 0)
    return np.asarray(np.clip(np.rint(stacked), 0, 255), dtype=np.uint8)


def rings_in_cells(geometry_lonlat: BaseGeometry | None, grid: Grid) -> list[NDArray[np.float64]]:
    """Every ring of the polygons in columns and rows from the upper left corner, shape (n, 2)."""
    if geometry_lonlat is None or geometry_lonlat.is_empty:
        return []
    polygons = [part for part in shapely.get_parts(geometry_lonlat) if part.area > 0]
    rings = [ring for part in polygons for ring in (part.exterior, *part.interiors)]
    to_grid, back = transformer(WGS84, grid.crs), ~grid.transform
    return [
        np.column_stack(back @ to_grid.transform(*shapely.get_coordinates(ring).T))
        for ring in rings
    ]
