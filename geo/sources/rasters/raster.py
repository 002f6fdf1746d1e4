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
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError
from rasterio._err import CPLE_BaseError  # GDAL's own errors, which the public ones do not cover
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.warp import reproject as warp
from rasterio.windows import Window
from shapely.geometry import MultiPolygon, Polygon

from geo.errors import BadInput, BandMismatch, GridMismatch, NoValidPixels, UnreadableFile
from geo.grid import WGS84, Grid, Raster, reproject

TIFF_BEGINNINGS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First four bytes of TIFF and BigTIFF, in either byte order."""

ONLY_THIS_FILE = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
}
"""GDAL settings under which no overview, mask, world or statistics file beside it is opened."""

CATEGORIES = ("SCL", "QA_PIXEL")
"""Bands of codes: resampled to the nearest cell, never averaged, and 0 in them means no data."""

DATE_TAGS = (
    "LAMASSU_ACQUIRED_AT", "ACQUISITION_DATE", "ACQUISITION_DATETIME", "DATE_ACQUIRED",
    "SENSING_TIME", "PRODUCT_START_TIME", "DATATAKE_1_DATATAKE_SENSING_START", "DATETIME", "DATE",
)  # fmt: skip
"""Tags that hold the time of the picture; ``TIFFTAG_DATETIME`` is that of the file, so not here."""

SENSOR_TAGS = ("LAMASSU_SENSOR", "SENSOR", "SPACECRAFT_NAME", "SPACECRAFT_ID", "PLATFORM")
"""Tags that name the sensor or its satellite."""

PRODUCTS = (
    (re.compile(r"S2([A-D])_MSIL[12][AC]_(\d{8}T\d{6})"), "Sentinel-2{}"),
    (re.compile(r"L[COTEM]0?([4-9])_L\w{3}_\d{6}_(\d{8})"), "Landsat {}"),
)
"""Product names of the agencies: the first date is that of the picture, a later one of the file."""

DAY = re.compile(r"(?<!\d)(?:19|20)\d\d(?:\d{4}|-\d\d-\d\d)(?!\d)")
"""A day in a file's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a raster may be; checked against what a file declares, before it is read."""

    pixels: int = 200_000_000
    """Rows times columns of a file; a Sentinel-2 tile has 120 million."""
    bands: int = 64
    """Bands of a file."""
    values: int = 600_000_000
    """Pixels times bands that are read at once, at four bytes each."""


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
        tags = {key.upper(): str(value) for key, value in dataset.tags().items()}
        simulated = tags.get("LAMASSU_SIMULATED", "").upper() == "YES"
        acquired_at, sensor = _product(path.name)
        return RasterInfo(
            path=path,
            grid=grid,
            bands=_named([_descriptions(dataset)]),
            dtype=dataset.dtypes[0],
            nodata=dataset.nodata,
            tags=tags,
            acquired_at=_acquired_at(tags) or acquired_at,
            sensor="simulated" if simulated else _first(tags, SENSOR_TAGS) or sensor,
            simulated=simulated,
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
        scales and offsets are applied.

    Raises
    ------
    UnreadableFile, GridMismatch, BandMismatch
        If a file cannot be used, does not overlap the grid, or repeats a band of another.
    NoValidPixels
        If no file holds a valid pixel in the window.
    """
    if not paths:
        raise BadInput("no raster file was given", expected="at least one file for each date")
    names = _named([_band_names(path, limits=limits) for path in paths])
    grid = onto or _grid_at(paths[0], limits=limits)
    if within_lonlat is not None:
        grid = _window_grid(grid, within_lonlat)
    require_room(grid, len(names), limits)
    parts = [_on_grid(path, grid, limits=limits) for path in paths]
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
    profile = {
        "driver": "GTiff", "count": len(bands), "height": grid.shape[0], "width": grid.shape[1],
        "dtype": values.dtype.name, "crs": grid.crs.to_wkt(), "transform": grid.transform,
        "nodata": nodata, "tiled": True, "blockxsize": 256, "blockysize": 256,
        "compress": "deflate", "predictor": 3 if values.dtype.kind == "f" else 2,
        "bigtiff": "if_safer",
    }  # fmt: skip
    try:
        with (
            _replacing(path) as unfinished,
            rasterio.Env(**ONLY_THIS_FILE),
            rasterio.open(unfinished, "w", **profile) as dataset,
        ):
            dataset.write(values)
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


def _grid_at(path: Path, *, limits: Limits) -> Grid:
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


def _window_grid(grid: Grid, within_lonlat: Polygon | MultiPolygon) -> Grid:
    """The cells of `grid` around the area, with the cells' places and sizes unchanged."""
    window = window_of(grid, WGS84, within_lonlat, margin=0)
    if window is None:
        west, south, east, north = within_lonlat.bounds
        raise GridMismatch(
            f"the area (longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}) "
            f"lies outside the raster, {around(grid)}",
            expected="an area that the scene covers",
            remedy="choose a scene of that area",
        )
    return cut(grid, window)


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


def _on_grid(path: Path, grid: Grid, *, limits: Limits) -> NDArray[np.float32]:
    """The file's bands, shape (bands, rows, columns), on `grid`."""
    with opened(path, limits=limits) as dataset:
        source = grid_of(dataset, path)
        outline = Polygon(outline_xy(grid))
        # Two more cells of the source on each side feed the interpolation at the window's edge.
        window = window_of(source, grid.crs, outline, margin=2 + _coarsening(source, grid))
        if window is None:
            raise GridMismatch(
                f"{path.name}, {around(source)}, does not overlap the first raster, {around(grid)}",
                expected="scenes of one place",
                remedy="choose scenes that overlap, or check their CRS",
            )
        have = cut(source, window)
        require_room(have, dataset.count, limits)
        names = _descriptions(dataset)
        kept = [i for i, kind in zip(dataset.indexes, dataset.colorinterp, strict=True)
                if kind is not ColorInterp.alpha]  # fmt: skip
        layers = np.empty((len(kept), *grid.shape), np.float32)
        values = _valid_values(dataset, kept, window)
        for layer, band, name in zip(layers, values, names, strict=True):
            layer[...] = _resampled(band, have, grid, nearest=name.upper() in CATEGORIES)
        return layers


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


def _coarsening(source: Grid, target: Grid) -> int:
    """How many cells of `source` a cell of `target` spans, rounded up."""
    return int(np.ceil(max(t / s for s, t in zip(source.cell_m, target.cell_m, strict=True))))


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


def _resampled(
    band: NDArray[np.float32], have: Grid, want: Grid, *, nearest: bool
) -> NDArray[np.float32]:
    """One layer on the grid `want`; the very same values where the cells of both coincide."""
    layer = np.full(want.shape, np.nan, np.float32)
    offset = _whole_cells_apart(have, want)
    if offset is not None:
        row, col = offset
        top, left = max(-row, 0), max(-col, 0)
        part = band[max(row, 0) : row + want.shape[0], max(col, 0) : col + want.shape[1]]
        layer[top : top + part.shape[0], left : left + part.shape[1]] = part
        return layer
    warp(
        band,
        layer,
        src_transform=have.transform,
        src_crs=have.crs.to_wkt(),
        src_nodata=np.nan,
        dst_transform=want.transform,
        dst_crs=want.crs.to_wkt(),
        dst_nodata=np.nan,
        resampling=Resampling.nearest if nearest else Resampling.bilinear,
        num_threads=1,
    )
    return layer


def _whole_cells_apart(have: Grid, want: Grid) -> tuple[int, int] | None:
    """Rows and columns from the first cell of `have` to that of `want`; None unless whole."""
    if have.crs != want.crs:
        return None
    back = ~have.transform
    cols, rows = (
        np.array(axis) for axis in zip(*(back @ tuple(xy) for xy in outline_xy(want)), strict=True)
    )
    height, width = want.shape
    row, col = round(rows[0]), round(cols[0])
    fits = np.allclose(cols - col, [0, width, width, 0], atol=1e-3) and np.allclose(
        rows - row, [0, 0, height, height], atol=1e-3
    )
    return (row, col) if fits else None


def _band_names(path: Path, *, limits: Limits) -> list[str]:
    with opened(path, limits=limits) as dataset:
        return _descriptions(dataset)


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


def _acquired_at(tags: Mapping[str, str]) -> datetime | None:
    """Time of the picture by its tags, UTC."""
    return next((when for tag in DATE_TAGS if (when := _parsed(tags.get(tag, "")))), None)


def _product(name: str) -> tuple[datetime | None, str]:
    """Time and sensor by the file's name; no time if it holds none, or several."""
    for pattern, sensor in PRODUCTS:
        if match := pattern.match(name):
            return _parsed(match[2]), sensor.format(match[1])
    days = set(
        re.findall(r"(?<!\d)(?:19|20)\d{6}(?!\d)|(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?!\d)", name)
    )
    return (_parsed(days.pop()) if len(days) == 1 else None), ""


def _parsed(text: str) -> datetime | None:
    """An ISO 8601 date or time as UTC; None if it is none."""
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)


def _first(tags: Mapping[str, str], names: Sequence[str]) -> str:
    return next((tags[name] for name in names if tags.get(name)), "")


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)


def around(grid: Grid) -> str:
    """Where the grid lies, in words."""
    west, south, east, north = grid.footprint_lonlat.bounds
    return f"longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}"
