"""What can be measured on a flag: shape, and what became of brightness, plants, water, texture.

All of it is stored with the alert, for hints and for what may be learned from judgements later.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from geo.change.bands import roles
from geo.change.pair.detection import Detection
from geo.errors import GridMismatch
from geo.grid import (
    WGS84,
    Block,
    Grid,
    Raster,
    RasterInMemory,
    RasterSource,
    give_back,
    metric_crs,
    reproject,
)

MARGIN_CELLS = 3
"""Cells read around a flag, for the texture at its edge."""

MISPLACED_CELLS = 0.01
"""By how much the cells of a picture may lie beside those of the detection."""

GREEN = ("B03", "GREEN")
"""Names of the green band."""

TEXTURE_FLOOR = 0.01
"""Texture below which a surface is even: a contrast of 1 % is within a picture's noise."""

DIGITS = 6
"""Significant digits that are kept, so that libraries that round otherwise give the same text."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bands:
    """Places of the bands that are looked at."""

    bright: tuple[int, ...]
    red_near: tuple[int, int] | None
    green: int | None

    @classmethod
    def of(cls, names: tuple[str, ...]) -> _Bands:
        """By what `geo.change.bands` knows of the names."""
        part = roles(names)
        green = next((place for place, name in enumerate(names) if _is_green(name)), None)
        return cls(bright=part.bright, red_near=part.plants, green=green)

    @property
    def places(self) -> list[int]:
        """All of them, in rising order."""
        others = [*(self.red_near or ()), *([] if self.green is None else [self.green])]
        return sorted({*self.bright, *others})

    @property
    def alone(self) -> _Bands:
        """The places that they have once there are no other bands."""
        place = self.places.index
        return _Bands(
            bright=tuple(map(place, self.bright)),
            red_near=self.red_near and (place(self.red_near[0]), place(self.red_near[1])),
            green=None if self.green is None else place(self.green),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """A picture that is read by the cells of a detection."""

    source: RasterSource
    """Of the bands that are looked at."""
    bands: _Bands
    """Their places in it."""
    top: int
    """Row of the picture in which the detection begins."""
    left: int
    """Its column."""

    @classmethod
    def over(cls, picture: Raster | RasterSource, grid: Grid) -> _Picture:
        """The picture under a detection; see `features_of`."""
        source = RasterInMemory(raster=picture) if isinstance(picture, Raster) else picture
        corners = np.array(
            [
                ~source.grid.transform @ (grid.transform @ corner)
                for corner in ((0, 0), grid.shape[::-1])
            ]
        )
        (left, top), (right, bottom) = np.rint(corners).astype(int).tolist()
        block = Block(top=top, left=left, rows=bottom - top, cols=right - left)
        whole = Block(top=0, left=0, rows=source.grid.shape[0], cols=source.grid.shape[1])
        if (
            source.grid.crs != grid.crs
            or (block.rows, block.cols) != grid.shape
            or block.meeting(whole) != block
            or np.abs(corners - np.rint(corners)).max() > MISPLACED_CELLS
        ):
            raise GridMismatch(
                f"a picture of {source.grid.shape} cells does not hold the detection's "
                f"{grid.shape} cells",
                expected="pictures with the detection's cells",
            )
        bands = _Bands.of(source.bands)
        return cls(
            source=source.for_bands(bands.places),
            bands=bands.alone,
            top=block.top,
            left=block.left,
        )

    def read(self, block: Block) -> Raster:
        """The cells of a block of the detection."""
        return self.source.read(
            Block(
                top=block.top + self.top,
                left=block.left + self.left,
                rows=block.rows,
                cols=block.cols,
            )
        )


def features_of(
    detection: Detection,
    polygons: gpd.GeoDataFrame,
    before: Raster | RasterSource,
    after: Raster | RasterSource,
) -> list[dict[str, float | None]]:
    """The measurements of each flag, as plain numbers that JSON can tell, None where unknown.

    Parameters
    ----------
    detection : Detection
        What `geo.change.detect` gave; its brightness change is used, which is measured once the
        whole scenes are matched.
    polygons : GeoDataFrame
        Its flags, as `geo.change.flagged_polygons` drew them, EPSG:4326.
    before, after : Raster or RasterSource
        The pictures, on the detection's grid or on a larger one of the same cells; of a source,
        only the cells around flags are read, of the bands of brightness, plants and water.

    Returns
    -------
    list of dict, one for each row
        ``area_m2``; ``length_m`` and ``width_m``, of the narrowest rectangle around it;
        ``elongation``, the one over the other; ``orientation_deg`` of its long side, clockwise
        from grid north, 0 to 180; ``compactness``, 1 for a disc (Polsby and Popper 1991, 4 pi area
        over squared perimeter), on a grid at most pi/4; ``brightness_change`` of the mean, after
        over before less 1; ``mixed``, the share of cells that changed the other way than most;
        ``texture_before``, ``texture_after``, the standard deviation of the log brightness in 3 x 3
        cells, and ``texture_change``, the log of their ratio; with red and near infrared
        ``ndvi_before``, ``ndvi_after``, ``ndvi_change``; with green and near infrared the same of
        ``water`` (McFeeters 1996). Bands that no name tells give none of the last two.

    Raises
    ------
    GridMismatch
        If the cells of a picture are not those of the detection, or not all of them.
    """
    sources = [_Picture.over(one, detection.grid) for one in (before, after)]
    return [
        _rounded({**_shape(outline), **_seen(detection, outline, sources)})
        for outline in polygons.geometry
    ]


def _shape(outline_lonlat: BaseGeometry) -> dict[str, float]:
    """What the outline alone tells, in a projection in metres."""
    place = outline_lonlat.representative_point()
    outline = reproject(outline_lonlat, WGS84, metric_crs((place.x, place.y)))
    corners = shapely.get_coordinates(shapely.oriented_envelope(outline))
    sides = np.diff(corners, axis=0)[:2] if len(corners) >= 4 else np.zeros((2, 2))
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    longest = int(np.argmax(lengths))
    length, width = float(lengths[longest]), float(lengths[1 - longest])
    east, north = sides[longest]
    perimeter = outline.length
    return {
        "area_m2": outline.area,
        "length_m": length,
        "width_m": width,
        "elongation": length / width if width else math.nan,
        # A side may be told from either end; a hair below 180 degrees is 0.
        "orientation_deg": round(math.degrees(math.atan2(east, north)) % 180, 3) % 180,
        "compactness": 4 * math.pi * outline.area / perimeter**2 if perimeter else math.nan,
    }


def _seen(
    detection: Detection, outline_lonlat: BaseGeometry, sources: list[_Picture]
) -> dict[str, float]:
    """What the pictures tell inside the outline."""
    outline = reproject(outline_lonlat, WGS84, detection.grid.crs)
    block = _around(outline, detection.grid)
    if block is None:
        return {}
    inside = _inside(outline, block.cut(detection.grid))
    change = detection.brightness_change[block.slices][inside]
    give_back(detection.brightness_change)
    change = change[np.isfinite(change)]
    mean = float(change.mean()) if change.size else math.nan
    told = {
        "brightness_change": mean,
        "mixed": float(np.mean(np.sign(change) == -np.sign(mean))) if change.size else math.nan,
    }
    names = ("before", "after")
    for name, source in zip(names, sources, strict=True):
        measured = _measured(source.read(block), source.bands, inside)
        told |= {f"{what}_{name}": value for what, value in measured.items()}
    for what in ("ndvi", "water"):
        told[f"{what}_change"] = told[f"{what}_after"] - told[f"{what}_before"]
    textures = (max(told[f"texture_{name}"], TEXTURE_FLOOR) for name in names)
    rough_before, rough_after = textures
    told["texture_change"] = math.log(rough_after / rough_before)
    return told


def _measured(picture: Raster, bands: _Bands, inside: NDArray[np.bool_]) -> dict[str, float]:
    """Vegetation, water and texture of one date inside the outline."""
    values = picture.values.astype(np.float64)
    told = dict.fromkeys(("ndvi", "water"), math.nan)
    if bands.red_near is not None:
        red, near = (values[place] for place in bands.red_near)
        told["ndvi"] = _mean(_normalised(near, red), inside)
        if bands.green is not None:
            told["water"] = _mean(_normalised(values[bands.green], near), inside)
    bright = np.mean(values[list(bands.bright)], axis=0)
    # Decibels and other values below 0 have no log; their contrasts are no texture of brightness.
    logs = np.log(np.where(bright > 0, bright, np.nan))
    told["texture"] = _mean(_deviation(logs), inside)
    return told


def _is_green(name: str) -> bool:
    """Whether a band is the green one, by its name."""
    plain = name.strip().upper()
    return plain in GREEN or plain == "B3"


def _normalised(one: Floats, other: Floats) -> Floats:
    """(one - other) / (one + other); NaN where the sum is not above 0."""
    total = one + other
    return np.where(total > 0, (one - other) / np.where(total > 0, total, 1), np.nan)


def _deviation(layer: Floats) -> Floats:
    """Standard deviation in 3 x 3 cells; NaN where one of them is not known."""
    known = np.isfinite(layer)
    filled = np.where(known, layer, 0.0)
    mean = ndimage.uniform_filter(filled, 3, mode="nearest")
    square = ndimage.uniform_filter(filled**2, 3, mode="nearest")
    whole = ndimage.minimum_filter(known, 3, mode="nearest")
    return np.where(whole, np.sqrt(np.maximum(square - mean**2, 0)), np.nan)


def _mean(layer: Floats, inside: NDArray[np.bool_]) -> float:
    """Mean of what is known inside; NaN if nothing is."""
    cells = layer[inside]
    cells = cells[np.isfinite(cells)]
    return float(cells.mean()) if cells.size else math.nan


def _around(outline: BaseGeometry, grid: Grid) -> Block | None:
    """The cells under an outline with a margin; None if the grid does not reach it."""
    xs, ys = shapely.get_coordinates(outline).T
    cols, rows = (np.asarray(part) for part in ~grid.transform @ (xs, ys))
    top, left = math.floor(rows.min()) - MARGIN_CELLS, math.floor(cols.min()) - MARGIN_CELLS
    bottom, right = math.ceil(rows.max()) + MARGIN_CELLS, math.ceil(cols.max()) + MARGIN_CELLS
    asked = Block(top=top, left=left, rows=bottom - top, cols=right - left)
    return asked.meeting(Block(top=0, left=0, rows=grid.shape[0], cols=grid.shape[1]))


def _inside(outline: BaseGeometry, grid: Grid) -> NDArray[np.bool_]:
    """The cells whose middle lies in the outline."""
    rows, cols = np.indices(grid.shape) + 0.5
    inside: NDArray[np.bool_] = shapely.contains_xy(outline, *grid.xy(cols, rows))
    return inside


def _rounded(told: dict[str, float]) -> dict[str, float | None]:
    """The numbers as they are stored."""
    return {
        name: float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
        for name, value in told.items()
    }
