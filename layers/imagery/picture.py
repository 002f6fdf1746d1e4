"""Pictures of scenes and scores, for the map and for the page.

Nothing here opens a file: a `Raster` comes in, and a `Picture`, PNG bytes or HTML go out. What is
made from simulated data carries the word SIMULATED in its cells, so that no copy of it can lose it.
"""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import folium
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.warp import reproject as warp
from shapely.geometry.base import BaseGeometry

from geo.errors import BandMismatch, GridMismatch, InvalidSetting, NoValidPixels
from geo.grid import WGS84, Bounds, Grid, Raster, transformer
from layers.style import SIMULATED, VERMILION, latlon, safe_html

Rgba = NDArray[np.uint8]
"""Red, green, blue and opacity, shape (rows, columns, 4)."""
Mask = NDArray[np.bool_]
"""Yes or no for each cell, shape (rows, columns)."""

WEB_MERCATOR = CRS.from_epsg(3857)
"""What Leaflet draws in: an overlay is only right if it was warped to it."""

NATURAL = ("B04", "B03", "B02")
"""The bands that the eye would see as red, green and blue."""

WAVELENGTHS_NM = (665.0, 560.0, 490.0)
"""Middle wavelengths of `NATURAL`."""

SCORE_COLOURS = (
    "#fde725", "#b5de2b", "#6ece58", "#35b779", "#1f9e89", "#26828e", "#31688e", "#3e4989",
    "#482878", "#440154",
)  # fmt: skip
"""Viridis from its light end to its dark one (van der Walt and Smith 2015, CC0): even to the eye,
in print without colour, and to people of every colour vision. Darker is more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Which values are drawn dark and bright, for each band that is drawn."""

    low: tuple[float, ...]
    """Drawn black."""
    high: tuple[float, ...]
    """Drawn at full brightness."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """Coloured cells on a grid; transparent where there is no data."""

    rgba: Rgba
    """Shape (rows, columns, 4), opacity not multiplied in."""
    grid: Grid
    """Where the cells lie."""
    label: str
    """What is shown, as plain text; begins with SIMULATED where it is."""
    simulated: bool
    """True if made from simulated data; then the word is in the cells."""
    legend: tuple[tuple[float, str], ...] = ()
    """Values with their colours as ``#rrggbb``, rising; empty where colours are no measure."""


def shared_stretch(*rasters: Raster) -> Stretch:
    """One stretch for pictures that are to be compared: 1 to 99 % of the values of all of them.

    In true colour the three bands share their limits, which keeps the hue of the ground, after the
    blue veil of the air is taken off: the darkest blue is brighter than the darkest red by what the
    air scatters, with the fourth power of the wavelength (Chavez 1988,
    doi:10.1016/0034-4257(88)90019-3). What looks like cloud, white and twice as bright as the
    median, has no say, so that it does not darken the ground.

    Raises
    ------
    BandMismatch
        If the rasters do not show the same bands.
    NoValidPixels
        If no raster has a valid cell in the bands that are drawn.
    """
    shown = {_shown_bands(raster) for raster in rasters}
    if len(shown) != 1:
        raise BandMismatch(
            f"one scene shows {' and another '.join(map(', '.join, sorted(shown)))}",
            expected="the same bands on both dates",
        )
    values = np.concatenate([_sample(raster) for raster in rasters], axis=1)
    if values.size == 0:
        raise NoValidPixels(
            "the scene has no valid cell to draw", expected="at least one cell with data"
        )
    if shown != {NATURAL}:
        limits = [_limits(band) for band in values]
        return Stretch(low=tuple(low for low, _ in limits), high=tuple(high for _, high in limits))
    darkest = np.percentile(values, 1, axis=1)
    scatter = np.array(WAVELENGTHS_NM) ** -4.0
    veil = scatter * max(0.0, float(darkest[2] - darkest[0]) / (scatter[2] - scatter[0]))
    clear = values - veil[:, None]
    low, high = _limits(clear[:, ~_like_cloud(clear)])
    return Stretch(low=tuple((low + veil).tolist()), high=tuple((high + veil).tolist()))


def true_colour(raster: Raster, *, simulated: bool, stretch: Stretch | None = None) -> Picture:
    """The scene as the eye would see it; without B04, B03 and B02 its first three bands, or one.

    The label says which bands are shown. Cells without data in one of them are transparent.
    `stretch` is that of `shared_stretch`; without it the scene's own.

    Raises
    ------
    NoValidPixels
        If no stretch is given and no cell is valid.
    """
    stretch = stretch or shared_stretch(raster)
    shown = _shown_bands(raster)
    layers = _values(raster, shown)
    valid = np.asarray(np.isfinite(layers).all(axis=0), dtype=bool)
    low, high = (np.array(end)[:, None, None] for end in (stretch.low, stretch.high))
    bright = np.clip((np.nan_to_num(layers) - low) / (high - low), 0, 1)
    # A gamma of 1.3 lifts the dark half: crops and water beside bright soil.
    colours = np.rint(255 * bright ** (1 / 1.3)).astype(np.uint8)
    rgb = colours if len(shown) == 3 else np.repeat(colours, 3, axis=0)
    rgba = np.dstack([*rgb, np.where(valid, 255, 0).astype(np.uint8)])
    return _labelled(rgba, valid, raster.grid, _band_label(shown), simulated=simulated)


def score_picture(
    score: NDArray[np.float32],
    grid: Grid,
    *,
    simulated: bool,
    limits: tuple[float, float] | None = None,
) -> Picture:
    """The score in colours, faint where low: darker and more opaque is more change.

    Parameters
    ----------
    score : array of float, shape (rows, columns)
        Higher is more change; NaN is transparent.
    limits : pair of float, optional
        Score that is not drawn at all, and score of the last colour; median and 99.8 % by default.

    Raises
    ------
    GridMismatch
        If the score is not on the grid.
    NoValidPixels
        If it holds no value.
    InvalidSetting
        If the limits do not rise.
    """
    if score.shape != grid.shape:
        raise GridMismatch(f"score of shape {score.shape}", expected=f"the grid's {grid.shape}")
    valid = np.isfinite(score)
    if not valid.any():
        raise NoValidPixels("the score has no value", expected="at least one cell with data")
    low, high = limits or _score_limits(score[valid])
    if not low < high:
        raise InvalidSetting(f"score limits {low:g} to {high:g}", expected="a rising pair")
    share = np.clip((np.where(valid, score, low) - low) / (high - low), 0, 1)
    rgb = _coloured(share)
    opacity = np.rint(235 * np.minimum(1, 1.8 * share)).astype(np.uint8)
    legend = tuple(
        (low + (high - low) * i / (len(SCORE_COLOURS) - 1), colour)
        for i, colour in enumerate(SCORE_COLOURS)
    )
    picture = _labelled(
        np.dstack([rgb, opacity]), valid, grid, "Change score, darker is more", simulated=simulated
    )
    return replace(picture, legend=legend)


def score_legend_html(picture: Picture) -> str:
    """The legend of a score as inert HTML for ``st.html``: a bar of colours and three values."""
    if not picture.legend:
        return ""
    colours = ",".join(colour for _, colour in picture.legend)
    values = [picture.legend[i][0] for i in (0, len(picture.legend) // 2, -1)]
    numbers = "".join(f"<span>{value:.3g}</span>" for value in values)
    return (
        '<div style="max-width:22rem;font-size:.85rem;line-height:1.35">'
        f"<div>{safe_html(picture.label)}</div>"
        f'<div style="height:.7rem;margin:.2rem 0;border-radius:2px;'
        f'background:linear-gradient(90deg,{colours})"></div>'
        '<div style="display:flex;justify-content:space-between;'
        f'font-variant-numeric:tabular-nums">{numbers}</div></div>'
    )


def png(picture: Picture) -> bytes:
    """The picture as it lies on its own grid, as PNG, with its label in the file."""
    return encoded(picture.rgba, picture.label)


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
    label = _marked(picture.label, simulated=simulated)
    return encoded(_burned(rgba, rgba[..., 3] > 0) if simulated else rgba, label)


def _shown_bands(raster: Raster) -> tuple[str, ...]:
    """Three bands to draw as red, green and blue, or one to draw grey."""
    if set(NATURAL) <= set(raster.bands):
        return NATURAL
    return raster.bands[:3] if len(raster.bands) >= 3 else raster.bands[:1]


def _band_label(shown: tuple[str, ...]) -> str:
    if shown == NATURAL:
        return "True colour (B04, B03, B02)"
    if len(shown) == 3:
        return f"Bands {', '.join(shown)} as red, green, blue (not true colour)"
    return f"Band {shown[0]} in grey"


def _values(raster: Raster, shown: tuple[str, ...]) -> NDArray[np.float32]:
    return raster.values[[raster.bands.index(name) for name in shown]]


def _sample(raster: Raster) -> NDArray[np.float32]:
    """Shown bands of every nth cell that is valid in all, shape (bands, cells), some 10^6 cells."""
    rows, cols = raster.grid.shape
    step = max(1, math.ceil(math.sqrt(rows * cols / 1e6)))
    values = _values(raster, _shown_bands(raster))[:, ::step, ::step]
    return values[:, np.isfinite(values).all(axis=0)]


def _limits(values: NDArray[np.floating]) -> tuple[float, float]:
    """1 and 99 % of the values, the latter above the former."""
    low, high = (float(v) for v in np.percentile(values, (1, 99)))
    return low, high if high > low else low + 1


def _like_cloud(values: NDArray[np.floating]) -> Mask:
    """Where all of three bands are about equal and twice as bright as the median of the darkest."""
    dark, bright = values.min(axis=0), values.max(axis=0)
    return np.asarray((dark > 0.8 * bright) & (dark > 2 * np.median(dark)), dtype=bool)


def _score_limits(values: NDArray[np.float32]) -> tuple[float, float]:
    low, high = (float(v) for v in np.percentile(values, (50, 99.8)))
    return low, high if high > low else low + 1


def _coloured(share: NDArray[np.float64]) -> Rgba:
    """Colours of `SCORE_COLOURS` at `share` of the way, in between interpolated."""
    table = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in SCORE_COLOURS])
    stops = np.linspace(0, 1, len(table))
    mixed = np.stack([np.interp(share, stops, table[:, i]) for i in range(3)], axis=-1)
    return np.asarray(np.rint(mixed), dtype=np.uint8)


def _marked(label: str, *, simulated: bool) -> str:
    return f"{SIMULATED}. {label}" if simulated else label


def _labelled(rgba: Rgba, valid: Mask, grid: Grid, label: str, *, simulated: bool) -> Picture:
    """The picture, with SIMULATED in its valid cells and its label if that is what it is."""
    return Picture(
        rgba=_burned(rgba, valid) if simulated else rgba,
        grid=grid,
        label=_marked(label, simulated=simulated),
        simulated=simulated,
    )


def _burned(rgba: Rgba, valid: Mask) -> Rgba:
    """`rgba` with the word SIMULATED across its valid cells; opacity is never lowered."""
    letters, rims = (mask * valid for mask in _lettering(*valid.shape))
    colours = rgba[..., :3].astype(np.float32)
    for mask, colour, strength in ((rims, 0.0, 0.4), (letters, 255.0, 0.55)):
        weight = np.float32(strength) * mask[..., None]
        colours = colours * (1 - weight) + np.float32(colour) * weight
    # Where the picture is faint, as a low score is, the word must still be read.
    least = 150 * np.maximum(letters, 0.6 * rims)
    opacity = np.maximum(rgba[..., 3], np.rint(least).astype(np.uint8))
    return np.dstack([np.rint(colours).astype(np.uint8), opacity])


@lru_cache(maxsize=8)
def _lettering(rows: int, cols: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Coverage of the word's letters and of their dark rims, 0 to 1, in slanting lines."""
    size = max(9.0, min(rows, cols) / 26)
    font = ImageFont.load_default(size)
    width = font.getlength(SIMULATED)
    side = math.ceil(math.hypot(rows, cols)) + 2
    step_x, step_y = 1.8 * width, max(4.6 * size, min(rows, cols) / 4.6)
    masks: list[NDArray[np.float32]] = []
    for rim in (0, max(1, round(size / 14))):
        sheet = Image.new("L", (side, side), 0)
        pen = ImageDraw.Draw(sheet)
        for line in range(-math.ceil(side / step_y / 2), math.ceil(side / step_y / 2)):
            # Half a line above and below the middle, because there the site is.
            y = side / 2 + (line + 0.5) * step_y
            start = -width * (0.3 + 0.9 * (line % 2))
            for place in range(math.ceil(side / step_x) + 2):
                pen.text(
                    (start + place * step_x, y),
                    SIMULATED, fill=255, font=font, stroke_width=rim, anchor="lm",
                )  # fmt: skip
        left, top = (side - cols) // 2, (side - rows) // 2
        turned = sheet.rotate(28, Image.Resampling.BICUBIC)
        part = turned.crop((left, top, left + cols, top + rows))
        masks.append(np.asarray(part, dtype=np.float32) / np.float32(255))
    letters, swollen = masks
    return letters, np.maximum(swollen - letters, 0)


def encoded(rgba: Rgba, label: str) -> bytes:
    """PNG bytes whose title is the label."""
    about = PngInfo()
    about.add_itxt("Title", label)
    buffer = io.BytesIO()
    Image.fromarray(rgba).save(buffer, "PNG", pnginfo=about)
    return buffer.getvalue()


def data_uri(data: bytes, *, kind: Literal["png", "webp"] = "png") -> str:
    """Bytes of a picture as an address that holds them."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


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
