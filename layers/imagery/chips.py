"""Small squares around flagged polygons."""

from __future__ import annotations

import math

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from shapely.geometry.base import BaseGeometry

from geo.errors import GridMismatch
from geo.grid import Grid, Raster
from layers.imagery.lettering import burned, marked
from layers.imagery.picture import encoded
from layers.imagery.placing import rings_in_cells
from layers.imagery.scenes import Stretch, true_colour
from layers.style import VERMILION


def chip(
    raster: Raster,
    outline_lonlat: BaseGeometry,
    *,
    simulated: bool,
    stretch: Stretch,
    size_px: int = 192,
    least_cells: int = 32,
) -> bytes:
    """A square PNG of the surroundings of one flagged polygon, with its outline, in true colour.

    It is at least `least_cells` cells wide and twice as wide as the polygon. Where it reaches over
    the scene's edge it is transparent.

    Raises
    ------
    GridMismatch
        If the polygon lies outside the scene.
    """
    rings = rings_in_cells(outline_lonlat, raster.grid)
    corners = np.concatenate(rings) if rings else np.empty((0, 2))
    window = _square_around(corners, raster.grid.shape, least_cells)
    row, col, side = window
    cut = _cut_out(raster, row, col, side)
    picture = true_colour(cut, simulated=False, stretch=stretch)
    image = Image.fromarray(picture.rgba).resize((size_px, size_px), Image.Resampling.BICUBIC)
    drawing = ImageDraw.Draw(image)
    for ring in rings:
        points = [tuple(p) for p in (ring - (col, row)) * (size_px / side)]
        drawing.line([*points, points[0]], fill="#ffffff", width=4, joint="curve")
        drawing.line([*points, points[0]], fill=VERMILION, width=2, joint="curve")
    rgba = np.asarray(image)
    label = marked(picture.label, simulated=simulated)
    return encoded(burned(rgba, rgba[..., 3] > 0) if simulated else rgba, label)


def _square_around(
    corners: NDArray[np.float64], shape: tuple[int, int], least_cells: int
) -> tuple[int, int, int]:
    """First row, first column and width of the square of cells around the corners."""
    rows, cols = shape
    outside = len(corners) == 0 or not np.isfinite(corners).all()
    if not outside:
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        outside = right <= 0 or bottom <= 0 or left >= cols or top >= rows
    if outside:
        raise GridMismatch("the polygon lies outside the scene", expected="a polygon upon it")
    side = max(least_cells, math.ceil(2 * max(right - left, bottom - top)))
    return round((top + bottom - side) / 2), round((left + right - side) / 2), side


def _cut_out(raster: Raster, row: int, col: int, side: int) -> Raster:
    """A square of the raster, NaN where it reaches over the edge."""
    rows, cols = raster.grid.shape
    values = np.full((len(raster.bands), side, side), np.nan, dtype=np.float32)
    top, left = max(row, 0), max(col, 0)
    part = raster.values[:, top : min(row + side, rows), left : min(col + side, cols)]
    values[:, top - row : top - row + part.shape[1], left - col : left - col + part.shape[2]] = part
    moved = raster.grid.transform @ Affine.translation(col, row)
    grid = Grid(crs=raster.grid.crs, transform=moved, shape=(side, side))
    return Raster(grid=grid, bands=raster.bands, values=values)
