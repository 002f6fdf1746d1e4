"""What GeoTIFF files say of themselves, and their bands as one raster on one grid.

`opening` proves the files plain, `georeference` tells where they lie.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NodataShadowWarning
from rasterio.io import DatasetReader
from rasterio.windows import Window
from shapely.geometry import MultiPolygon, Polygon

from geo.errors import BadInput, BandMismatch, NoValidPixels
from geo.grid import Block, Grid, Raster
from geo.sources.rasters.acquired import acquired
from geo.sources.rasters.georeference import (
    apart,
    area_window,
    around,
    cut,
    grid_at,
    grid_of,
    outline_xy,
    window_of,
)
from geo.sources.rasters.offsets import Offset, offset_of
from geo.sources.rasters.opening import LIMITS, Limits, opened, require_room, require_whole
from geo.sources.rasters.resampling import aligned, coarsening, resampled, whole_cells_apart
from geo.sources.rasters.voids import TOO_LARGE, is_void

CATEGORIES = ("SCL", "QA_PIXEL")
"""Bands of codes: resampled to the nearest cell, never averaged, and 0 in them means no data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterInfo:
    """What a GeoTIFF says of itself."""

    path: Path
    """The file."""
    grid: Grid
    """Where its cells lie."""
    bands: tuple[str, ...]
    """Band names in file order; ``B1``, ``B2`` ... where the file has none."""
    dtype: str
    """Type of the stored numbers, such as ``uint16``."""
    nodata: float | None
    """Declared value of cells without data."""
    tags: Mapping[str, str]
    """The file's own tags, their names in capitals."""
    acquired_at: datetime | None
    """Time of the picture, UTC, midnight if only the day is known; None if the file is silent."""
    sensor: str
    """Sensor or satellite; ``simulated`` for invented pictures, empty if the file does not say."""
    simulated: bool
    """True if the picture is invented."""
    offset: Offset
    """What is added to its numbers as they are read, and why."""


def describe(path: Path, *, limits: Limits = LIMITS) -> RasterInfo:
    """What the GeoTIFF says of itself, after a check that all its blocks are there.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, truncated, no GeoTIFF, too large, or of complex numbers.
    GridMismatch
        If it has no place on Earth.
    """
    with opened(path, limits=limits) as dataset:
        require_whole(dataset, path)
        grid = grid_of(dataset, path)
        tags = _tags(dataset)
        simulated = tags.get("LAMASSU_SIMULATED", "").upper() == "YES"
        acquired_at, sensor = acquired(tags, path.name)
        return RasterInfo(
            path=path,
            grid=grid,
            bands=_named([_descriptions(dataset)]),
            dtype=dataset.dtypes[0],
            nodata=dataset.nodata,
            tags=tags,
            acquired_at=acquired_at,
            sensor="simulated" if simulated else sensor,
            simulated=simulated,
            offset=_offset(dataset, path),
        )


def read_raster(
    paths: Sequence[Path],
    *,
    onto: Grid | None = None,
    within_lonlat: Polygon | MultiPolygon | None = None,
    limits: Limits = LIMITS,
) -> Raster:
    """The bands of one scene from one or more files, all on one grid, NaN where there is no data.

    Parameters
    ----------
    paths : sequence of Path
        Files of one date, each with some of the bands, on grids that may differ.
    onto : Grid, optional
        The grid of the result; that of the first file if it is left out.
    within_lonlat : Polygon or MultiPolygon, EPSG:4326, optional
        Only the window of the grid around it is read.

    Returns
    -------
    Raster
        float32, bands in the order of the files. Cells of `onto` keep their place and size. Values
        of another grid are interpolated bilinearly (codes: nearest). Declared no-data values,
        masks and alpha bands become NaN; so do cells that are 0 in every band of a file of three
        or more integer bands that declares neither, as at the edge of a Sentinel-2 tile. Declared
        scales and offsets are applied, and what Sentinel-2 products carry since 2022 is taken off
        where the file does not say that it is off already (`geo.sources.rasters.offsets`).

    Raises
    ------
    UnreadableFile, GridMismatch, BandMismatch
        If a file cannot be used, does not overlap the grid, or repeats a band of another.
    NoValidPixels
        If no file holds a valid pixel in the window.
    """
    names = band_names(paths, limits=limits)
    grid = onto or grid_at(paths[0], limits=limits)
    if within_lonlat is not None:
        grid = cut(grid, area_window(grid, within_lonlat))
    require_room(grid, len(names), limits)
    parts = [on_grid(path, grid, limits=limits) for path in paths]
    values = parts[0] if len(parts) == 1 else np.concatenate(parts)
    if not np.isfinite(values).any():
        raise NoValidPixels(
            f"{_listed(paths)} holds no valid pixel {around(grid)}",
            expected="at least one cell with data",
            remedy="choose another scene or another area",
        )
    return Raster(grid=grid, bands=names, values=values)


def on_grid(
    path: Path,
    grid: Grid,
    *,
    limits: Limits,
    outside_ok: bool = False,
    names: Sequence[str] = (),
) -> NDArray[np.float32]:
    """The file's bands, shape (bands, rows, columns), on `grid`; see `read_raster`.

    Parameters
    ----------
    names : sequence of str, optional
        What the bands are called, where that is known better than by the file's descriptions.

    Raises
    ------
    GridMismatch
        If the file does not reach into the grid, unless that is allowed.
    """
    with opened(path, limits=limits) as dataset:
        source = grid_of(dataset, path)
        kept = _kept(dataset)
        factor = coarsening(source, grid)
        outline = Polygon(outline_xy(grid))
        # Two more cells of the source on each side feed the interpolation at the window's edge.
        between = whole_cells_apart(source, grid) is None
        window = window_of(source, grid.crs, outline, margin=(2 + 2 * factor) if between else 0)
        if window is None and outside_ok:
            return np.full((len(kept), *grid.shape), np.nan, np.float32)
        if window is None:
            raise apart(source, grid, path.name)
        block = aligned(
            Block(top=window.row_off, left=window.col_off, rows=window.height, cols=window.width),
            factor,
        )
        have = block.cut(source)
        require_room(have, dataset.count, limits)
        codes = [name.upper() in CATEGORIES for name in names or _descriptions(dataset)]
        values = _valid_values(dataset, kept, Window(block.left, block.top, block.cols, block.rows))
        if offset := _offset(dataset, path).value:
            values[[not code for code in codes]] += np.float32(offset)
        return resampled(values, have, grid, factor=factor, nearest=codes)


def _valid_values(dataset: DatasetReader, kept: list[int], window: Window) -> NDArray[np.float32]:
    """Bands of a window as float32, scaled as declared, NaN where there are no data.

    That is where the file says so, and what `geo.sources.rasters.voids` holds.
    """
    stored = dataset.read(kept, window=window)
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is no data below
        values: NDArray[np.float32] = stored.astype(np.float32)
        scaled = False
        for i, band in enumerate(kept):
            scale, offset = dataset.scales[band - 1], dataset.offsets[band - 1]
            if (scale, offset) != (1.0, 0.0):
                values[i] = values[i] * np.float32(scale) + np.float32(offset)
                scaled = True
    masked = [_is_masked(dataset, band, kept) for band in kept]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NodataShadowWarning)  # the declared value is what counts
        for layer, band, told in zip(values, kept, masked, strict=True):
            if told:
                layer[dataset.read_masks(band, window=window) == 0] = np.nan
    values[is_void(stored)] = np.nan
    if not any(masked) and len(kept) >= 3 and stored.dtype.kind in "ui":
        values[:, ~stored.any(axis=0)] = np.nan
    if stored.dtype.kind == "f" or scaled:
        values[~(np.abs(values) < TOO_LARGE)] = np.nan
    return values


def _is_masked(dataset: DatasetReader, band: int, kept: list[int]) -> bool:
    """Whether the file tells which cells of a band have data, and not by a band that is kept."""
    flags = dataset.mask_flag_enums[band - 1]
    return MaskFlags.all_valid not in flags and not (
        MaskFlags.alpha in flags and len(kept) == dataset.count
    )


def _kept(dataset: DatasetReader) -> list[int]:
    """Numbers of the bands but alpha.

    GDAL takes the fourth band of bytes for alpha if its writer did not say otherwise; one whose
    description is that of another band is no alpha.
    """
    return [
        band
        for band, kind, text in zip(
            dataset.indexes, dataset.colorinterp, dataset.descriptions, strict=True
        )
        if kind is not ColorInterp.alpha or "ALPHA" not in (text or "alpha").upper()
    ]


def band_names(paths: Sequence[Path], *, limits: Limits) -> tuple[str, ...]:
    """Names of the bands of all files of a scene, in order.

    Raises
    ------
    BadInput, UnreadableFile, BandMismatch
        If there is no file, one cannot be read, or two hold the same band.
    """
    if not paths:
        raise BadInput("no raster file was given", expected="at least one file for each date")
    descriptions = []
    for path in paths:
        with opened(path, limits=limits) as dataset:
            descriptions.append(_descriptions(dataset))
    return _named(descriptions)


def _tags(dataset: DatasetReader) -> dict[str, str]:
    """The file's own tags, their names in capitals."""
    return {key.upper(): str(value) for key, value in dataset.tags().items()}


def _offset(dataset: DatasetReader, path: Path) -> Offset:
    """What is due to the numbers of the file."""
    return offset_of(
        _tags(dataset), name=path.name, dtype=dataset.dtypes[0], declared=dataset.offsets
    )


def _descriptions(dataset: DatasetReader) -> list[str]:
    """Descriptions of the bands but alpha, printable; empty where there is none."""
    return [
        "".join(filter(str.isprintable, dataset.descriptions[band - 1] or "")).strip()[:40]
        for band in _kept(dataset)
    ]


def _named(descriptions: list[list[str]]) -> tuple[str, ...]:
    """One name for each band of all files: its description, else B and its position among all."""
    names = [
        text or f"B{position}"
        for position, text in enumerate((text for file in descriptions for text in file), start=1)
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BandMismatch(
            f"the band {', '.join(twice)} comes more than once in one scene",
            expected="each band once, in one of its files",
            remedy="leave out the file that repeats it",
        )
    return tuple(names)


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)
