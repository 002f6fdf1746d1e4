"""Rasters come in and go out here, and only here: GeoTIFF files, hostile until proved plain.

A file's ending proves nothing, and opening is already processing: a VRT named ``.tif``, or a plain
GeoTIFF with an overview file beside it that is a VRT, makes GDAL read other files or the network.
So only the GTiff driver is asked, the bytes must begin as a TIFF does, nothing beside the file is
looked at, and the declared size is checked before a pixel is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError
from rasterio._err import CPLE_BaseError  # GDAL's own errors, which the public ones do not cover
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window
from shapely.geometry import MultiPolygon, Polygon

from geo.errors import BadInput, BandMismatch, GridMismatch, NoValidPixels, UnreadableFile
from geo.grid import WGS84, Block, Grid, Raster, give_back, reproject
from geo.sources.rasters.acquired import acquired
from geo.sources.rasters.offsets import Offset, offset_of
from geo.sources.rasters.resampling import aligned, coarsening, resampled

TIFF_BEGINNINGS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First four bytes of TIFF and BigTIFF, in either byte order."""

ONLY_THIS_FILE = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
}
"""GDAL settings under which no overview, mask, world or statistics file beside it is opened."""

STRIP_ROWS = 256
"""Rows that are written at once: those of a tile of the file."""

CATEGORIES = ("SCL", "QA_PIXEL")
"""Bands of codes: resampled to the nearest cell, never averaged, and 0 in them means no data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a raster may be; checked against what a file declares, before it is read."""

    pixels: int = 200_000_000
    """Rows times columns of a file; a Sentinel-2 tile has 120 million."""
    bands: int = 64
    """Bands of a file."""
    values: int = 600_000_000
    """Pixels times bands that are read at once, at four bytes each."""


LIMITS = Limits()
"""What is read unless told otherwise."""


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


def describe(path: Path, *, limits: Limits = Limits()) -> RasterInfo:
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
    limits: Limits = Limits(),
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


def write_geotiff(
    path: Path,
    values: NDArray[np.float32] | NDArray[np.float64] | NDArray[np.uint8] | NDArray[np.uint16],
    *,
    grid: Grid,
    bands: Sequence[str],
    nodata: float | None,
    tags: Mapping[str, str],
) -> None:
    """Write `values`, shape (bands, rows, columns), as a tiled GeoTIFF: wholly or not at all.

    The same arguments give the same bytes. A file of that name is replaced.

    Raises
    ------
    GridMismatch
        If the values do not fit the grid and the names.
    BadInput
        If the file cannot be written.
    """
    if values.shape != (len(bands), *grid.shape):
        raise GridMismatch(
            f"values of shape {values.shape} for {path.name}",
            expected=f"{(len(bands), *grid.shape)} (bands, rows, columns)",
        )
    _write(
        path, [(0, values)], dtype=values.dtype, grid=grid, bands=bands, nodata=nodata, tags=tags
    )


def write_layer(
    path: Path,
    layer: NDArray[np.float32] | NDArray[np.uint8],
    *,
    place: Block,
    grid: Grid,
    band: str,
    nodata: float,
    tags: Mapping[str, str],
) -> None:
    """Write a layer of a part of a grid as a GeoTIFF of the whole grid, no data around it.

    As `write_geotiff`, but by rows, so that a layer which is a file itself need not fit in memory.

    Raises
    ------
    GridMismatch
        If the layer has not the shape of its place.
    BadInput
        If the file cannot be written.
    """
    if layer.shape != (place.rows, place.cols):
        raise GridMismatch(
            f"a layer of shape {layer.shape} for {path.name}",
            expected=f"{place.rows} x {place.cols} cells",
        )

    def strips() -> Iterator[tuple[int, NDArray[Any]]]:
        for top in range(0, grid.shape[0], STRIP_ROWS):
            rows = min(STRIP_ROWS, grid.shape[0] - top)
            strip = np.full((1, rows, grid.shape[1]), nodata, layer.dtype)
            part = Block(top=top, left=0, rows=rows, cols=grid.shape[1])
            if shared := place.meeting(part):
                inside, outside = shared.within(part), shared.within(place)
                strip[0][inside] = layer[outside]
                give_back(layer)
            yield top, strip

    _write(path, strips(), dtype=layer.dtype, grid=grid, bands=(band,), nodata=nodata, tags=tags)


def _write(
    path: Path,
    strips: Iterable[tuple[int, NDArray[Any]]],
    *,
    dtype: np.dtype[Any],
    grid: Grid,
    bands: Sequence[str],
    nodata: float | None,
    tags: Mapping[str, str],
) -> None:
    """Write strips, each with its first row, one after the other: wholly or not at all."""
    profile = {
        "driver": "GTiff", "count": len(bands), "height": grid.shape[0], "width": grid.shape[1],
        "dtype": dtype.name, "crs": grid.crs.to_wkt(), "transform": grid.transform,
        "nodata": nodata, "tiled": True, "blockxsize": 256, "blockysize": 256,
        "compress": "deflate", "predictor": 3 if dtype.kind == "f" else 2,
        "bigtiff": "if_safer",
    }  # fmt: skip
    try:
        with (
            _replacing(path) as unfinished,
            rasterio.Env(**ONLY_THIS_FILE),
            rasterio.open(unfinished, "w", **profile) as dataset,
        ):
            for top, values in strips:
                dataset.write(values, window=Window(0, top, values.shape[2], values.shape[1]))
            dataset.descriptions = tuple(bands)
            dataset.update_tags(**tags)
    except (OSError, RasterioError, CPLE_BaseError) as err:
        raise BadInput(
            f"{path} cannot be written ({err})",
            expected="a folder that exists, may be written to and has room",
        ) from err


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's bytes, in hexadecimal.

    Raises
    ------
    UnreadableFile
        If the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as err:
        raise UnreadableFile(f"{path} cannot be read ({err.strerror})", expected="a file") from err


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[str]:
    """A name in the same folder that takes the place of `path` when the block ends well."""
    handle, unfinished = tempfile.mkstemp(suffix=".part", prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        yield unfinished
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


@contextlib.contextmanager
def opened(path: Path, *, limits: Limits) -> Iterator[DatasetReader]:
    """The file, open and found plain; what GDAL raises meanwhile comes out as `UnreadableFile`."""
    _require_tiff(path)
    try:
        with rasterio.Env(**ONLY_THIS_FILE):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)  # refused in words instead
                dataset = rasterio.open(path.resolve(), driver="GTiff")
            with dataset:
                _require_plain(dataset, path, limits)
                yield dataset
    except (RasterioError, CPLE_BaseError, UnicodeError) as err:
        raise UnreadableFile(
            f"{path.name} cannot be read ({err.__cause__ or err})",
            expected="a whole GeoTIFF",
            remedy="copy or download the file again",
        ) from err


def _require_tiff(path: Path) -> None:
    """Refuse what is no file of TIFF bytes, before GDAL is asked."""
    try:
        found = path.is_file()  # a pipe or a device would be waited for
        with path.open("rb") if found else contextlib.nullcontext() as file:
            beginning = file.read(4) if file else b""
    except (OSError, ValueError) as err:
        reason = getattr(err, "strerror", None) or str(err)
        raise UnreadableFile(
            f"{path} cannot be read ({reason})",
            expected="a GeoTIFF file",
            remedy="check its name and who may read it",
        ) from err
    if not found:
        raise UnreadableFile(
            f"there is no file {path}", expected="a GeoTIFF file", remedy="check the path"
        )
    if not beginning:
        raise UnreadableFile(f"{path.name} is empty", expected="a GeoTIFF of more than 0 bytes")
    if beginning not in TIFF_BEGINNINGS:
        raise UnreadableFile(
            f"{path.name} is no TIFF: it begins with {beginning!r}",
            expected="a GeoTIFF",
            remedy="convert it to GeoTIFF",
        )


def _require_plain(dataset: DatasetReader, path: Path, limits: Limits) -> None:
    """Refuse other files behind this one, more cells or bands than allowed, and complex numbers."""
    others = [name for name in dataset.files if Path(name) != path.resolve()]
    if others:
        raise UnreadableFile(
            f"{path.name} draws in another file, {Path(others[0]).name}",
            expected="a GeoTIFF that stands alone",
            remedy="copy the file alone into an empty folder",
        )
    if dataset.height * dataset.width > limits.pixels:
        raise UnreadableFile(
            f"{path.name} declares {dataset.height} x {dataset.width} cells",
            expected=f"at most {limits.pixels:,} cells",
            remedy="cut it to the area of interest",
        )
    if not 1 <= dataset.count <= limits.bands:
        raise UnreadableFile(
            f"{path.name} declares {dataset.count} bands",
            expected=f"1 to {limits.bands} bands",
            remedy="write the bands that are needed to a file of their own",
        )
    strange = [kind for kind in dataset.dtypes if not kind.startswith(("uint", "int", "float"))]
    if strange:
        raise UnreadableFile(
            f"{path.name} holds {strange[0]} numbers",
            expected="integers or real numbers",
            remedy="write amplitude or intensity to a file of its own",
        )


def require_whole(dataset: DatasetReader, path: Path) -> None:
    """Refuse a file that ends before one of its blocks does."""
    size = path.stat().st_size
    for band in dataset.indexes:
        for (row, col), _ in dataset.block_windows(band):
            offset, length = (
                int(dataset.get_tag_item(f"BLOCK_{what}_{col}_{row}", "TIFF", bidx=band) or 0)
                for what in ("OFFSET", "SIZE")
            )
            if offset + length > size:
                raise UnreadableFile(
                    f"{path.name} is truncated at {size:,} bytes",
                    expected=f"at least {offset + length:,} bytes",
                    remedy="copy or download the file again",
                )


def require_room(grid: Grid, bands: int, limits: Limits) -> None:
    """Refuse a window that memory should not be asked for."""
    rows, cols = grid.shape
    if rows * cols * bands > limits.values:
        raise BadInput(
            f"{rows} x {cols} cells of {bands} bands are too many to read at once",
            expected=f"at most {limits.values:,} values",
            remedy="choose a site or an area, or fewer bands",
        )


def grid_at(path: Path, *, limits: Limits) -> Grid:
    """The grid of a file.

    Raises
    ------
    UnreadableFile, GridMismatch
        If it cannot be read, or has no place on Earth.
    """
    with opened(path, limits=limits) as dataset:
        return grid_of(dataset, path)


def grid_of(dataset: DatasetReader, path: Path) -> Grid:
    """The grid of the file, if it has a place on Earth."""
    if dataset.crs is None:
        raise GridMismatch(
            f"{path.name} has no coordinate reference system",
            expected="a georeferenced raster",
            remedy="assign the CRS it was made in, for example with gdal_edit.py -a_srs",
        )
    try:
        epsg = dataset.crs.to_epsg(confidence_threshold=100)
        crs = CRS.from_epsg(epsg) if epsg else CRS.from_wkt(dataset.crs.to_wkt())
        grid = Grid(crs=crs, transform=dataset.transform, shape=(dataset.height, dataset.width))
        west, south, east, north = grid.footprint_lonlat.bounds
    except (BadInput, ProjError, RasterioError) as err:
        raise GridMismatch(
            f"{path.name} has no place on Earth ({err})",
            expected="a CRS and coordinates that belong to it",
            remedy="assign the CRS it was made in, or reproject it, for example to UTM",
        ) from err
    # A global grid may overhang the poles and the 180th meridian by half a cell.
    if not (-181 <= west <= east <= 181 and -91 <= south <= north <= 91):
        raise GridMismatch(
            f"{path.name} has no place on Earth: by its CRS, {crs.name}, it spans "
            f"longitude {west:g} to {east:g} and latitude {south:g} to {north:g}",
            expected="a CRS and coordinates that belong to it",
            remedy="assign the CRS it was made in",
        )
    return grid


def area_window(grid: Grid, within_lonlat: Polygon | MultiPolygon) -> Window:
    """The cells of `grid` that the area touches.

    Raises
    ------
    GridMismatch
        If it touches none.
    """
    window = window_of(grid, WGS84, within_lonlat, margin=0)
    if window is None:
        west, south, east, north = within_lonlat.bounds
        raise GridMismatch(
            f"the area (longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}) "
            f"lies outside the raster, {around(grid)}",
            expected="an area that the scene covers",
            remedy="choose a scene of that area",
        )
    return window


def cut(grid: Grid, window: Window) -> Grid:
    """The part of `grid` that lies in the window."""
    return Grid(
        crs=grid.crs,
        transform=grid.transform @ Affine.translation(window.col_off, window.row_off),
        shape=(window.height, window.width),
    )


def window_of(grid: Grid, crs: CRS, area: Polygon | MultiPolygon, *, margin: int) -> Window | None:
    """The cells of `grid` that an area in `crs` touches, and a margin; None if it touches none."""
    west, south, east, north = area.bounds
    # Edges are cut into pieces, because a straight line bends in another CRS.
    pieces = shapely.segmentize(area, max(east - west, north - south, 1e-9) / 16)
    outline = reproject(pieces, crs, grid.crs)
    cols, rows = colrow(grid, shapely.get_coordinates(outline)).T
    if not (np.isfinite(cols).all() and np.isfinite(rows).all()):
        return None
    # A corner that falls on a cell's edge up to rounding does not touch the next cell.
    first_row, first_col = (int(np.floor(v.min() + 1e-6)) for v in (rows, cols))
    last_row, last_col = (int(np.ceil(v.max() - 1e-6)) for v in (rows, cols))
    if last_row <= 0 or last_col <= 0 or first_row >= grid.shape[0] or first_col >= grid.shape[1]:
        return None
    top, left = max(first_row - margin, 0), max(first_col - margin, 0)
    height = min(last_row + margin, grid.shape[0]) - top
    width = min(last_col + margin, grid.shape[1]) - left
    return Window(left, top, width, height) if min(height, width) > 0 else None


def on_grid(
    path: Path, grid: Grid, *, limits: Limits, outside_ok: bool = False
) -> NDArray[np.float32]:
    """The file's bands, shape (bands, rows, columns), on `grid`; see `read_raster`.

    Raises
    ------
    GridMismatch
        If the file does not reach into the grid, unless that is allowed.
    """
    with opened(path, limits=limits) as dataset:
        source = grid_of(dataset, path)
        kept = [i for i, kind in zip(dataset.indexes, dataset.colorinterp, strict=True)
                if kind is not ColorInterp.alpha]  # fmt: skip
        factor = coarsening(source, grid)
        outline = Polygon(outline_xy(grid))
        # Two more cells of the source on each side feed the interpolation at the window's edge.
        window = window_of(source, grid.crs, outline, margin=2 + 2 * factor)
        if window is None and outside_ok:
            return np.full((len(kept), *grid.shape), np.nan, np.float32)
        if window is None:
            raise _apart(source, grid, path.name)
        block = aligned(
            Block(top=window.row_off, left=window.col_off, rows=window.height, cols=window.width),
            factor,
        )
        have = block.cut(source)
        require_room(have, dataset.count, limits)
        codes = [name.upper() in CATEGORIES for name in _descriptions(dataset)]
        values = _valid_values(dataset, kept, Window(block.left, block.top, block.cols, block.rows))
        if offset := _offset(dataset, path).value:
            values[[not code for code in codes]] += np.float32(offset)
        return resampled(values, have, grid, factor=factor, nearest=codes)


def require_overlap(source: Grid, grid: Grid, *, name: str) -> None:
    """Refuse a file, by its grid and name, that does not reach into the grid of a scene.

    Raises
    ------
    GridMismatch
        If it does not.
    """
    if window_of(source, grid.crs, Polygon(outline_xy(grid)), margin=0) is None:
        raise _apart(source, grid, name)


def _apart(source: Grid, grid: Grid, name: str) -> GridMismatch:
    return GridMismatch(
        f"{name}, {around(source)}, does not overlap the first raster, {around(grid)}",
        expected="scenes of one place",
        remedy="choose scenes that overlap, or check their CRS",
    )


def outline_xy(grid: Grid) -> NDArray[np.float64]:
    """Corners of the grid in its own CRS, in order, shape (4, 2)."""
    rows, cols = grid.shape
    xs, ys = grid.xy(np.array([0.0, cols, cols, 0.0]), np.array([0.0, 0.0, rows, rows]))
    return np.column_stack([xs, ys])


def colrow(grid: Grid, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns and rows, counted from the upper left corner, of places in the grid's CRS."""
    back = ~grid.transform
    xs, ys = xy.T
    return np.column_stack([back.a * xs + back.b * ys + back.c, back.d * xs + back.e * ys + back.f])


def _valid_values(dataset: DatasetReader, kept: list[int], window: Window) -> NDArray[np.float32]:
    """Bands of a window as float32, scaled as declared, NaN where the file says no data."""
    stored = dataset.read(kept, window=window)
    values: NDArray[np.float32] = stored.astype(np.float32)
    for i, band in enumerate(kept):
        scale, offset = dataset.scales[band - 1], dataset.offsets[band - 1]
        if (scale, offset) != (1.0, 0.0):
            values[i] = values[i] * np.float32(scale) + np.float32(offset)
        if MaskFlags.all_valid not in dataset.mask_flag_enums[band - 1]:
            values[i][dataset.read_masks(band, window=window) == 0] = np.nan
    undeclared = all(MaskFlags.all_valid in flags for flags in dataset.mask_flag_enums)
    if undeclared and len(kept) >= 3 and stored.dtype.kind in "ui":
        values[:, ~stored.any(axis=0)] = np.nan
    values[~np.isfinite(values)] = np.nan
    return values


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
        "".join(filter(str.isprintable, text or "")).strip()[:40]
        for text, kind in zip(dataset.descriptions, dataset.colorinterp, strict=True)
        if kind is not ColorInterp.alpha
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


def around(grid: Grid) -> str:
    """Where the grid lies, in words."""
    west, south, east, north = grid.footprint_lonlat.bounds
    return f"longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}"
