"""GeoTIFF files are opened here, and only here: hostile until proved plain.

A file's ending proves nothing, and opening is already processing: a VRT named ``.tif``, or a plain
GeoTIFF with an overview file beside it that is a VRT, makes GDAL read other files or the network.
So only the GTiff driver is asked, the bytes must begin as a TIFF does, nothing beside the file is
looked at, and the declared size is checked before a pixel is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import rasterio
from rasterio._err import CPLE_BaseError  # GDAL's own errors, which the public ones do not cover
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader

from geo.errors import BadInput, UnreadableFile
from geo.grid import Grid
from geo.sources.rasters.reach import reach_of

TIFF_BEGINNINGS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First four bytes of TIFF and BigTIFF, in either byte order."""

CACHE_BYTES = 128 * 2**20
"""Blocks of files that GDAL keeps unpacked; by itself it would take a twentieth of the memory."""

ONLY_THIS_FILE = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "GDAL_CACHEMAX": CACHE_BYTES,
}
"""GDAL settings under which no overview, mask, world or statistics file beside it is opened."""


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


class _Kept:
    """Files that stay open until all is closed."""

    def __init__(self) -> None:
        """Begin with none."""
        self.datasets: dict[tuple[Path, Limits], DatasetReader] = {}
        self.until = contextlib.ExitStack()


_KEPT: ContextVar[_Kept | None] = ContextVar("_KEPT", default=None)


@contextlib.contextmanager
def kept_open() -> Iterator[None]:
    """Let files that are opened meanwhile stay open until the end of this.

    Readings of one file then share what was unpacked, at most `CACHE_BYTES` of all files.
    """
    kept = _Kept()
    with kept.until:
        token = _KEPT.set(kept)
        try:
            yield
        finally:
            _KEPT.reset(token)


@contextlib.contextmanager
def opened(path: Path, *, limits: Limits) -> Iterator[DatasetReader]:
    """The file, open and found plain; what GDAL raises meanwhile comes out as `UnreadableFile`."""
    kept = _KEPT.get()
    try:
        with rasterio.Env(**ONLY_THIS_FILE):
            if kept is None:
                with _opened(path, limits) as dataset:
                    yield dataset
                return
            if (path, limits) not in kept.datasets:
                kept.datasets[path, limits] = kept.until.enter_context(_opened(path, limits))
            yield kept.datasets[path, limits]
    except (RasterioError, CPLE_BaseError, UnicodeError) as err:
        raise UnreadableFile(
            f"{path.name} cannot be read ({err.__cause__ or err})",
            expected="a whole GeoTIFF",
            remedy="copy or download the file again",
        ) from err


@contextlib.contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[DatasetReader]:
    """The file, open and found plain."""
    _require_tiff(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # refused in words instead
        dataset = rasterio.open(path.resolve(), driver="GTiff")
    with dataset:
        _require_plain(dataset, path, limits)
        yield dataset


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
    """Refuse a file that ends before one of its blocks, or one of its tags, does."""
    size, reach = path.stat().st_size, reach_of(path)
    for band in dataset.indexes:
        for (row, col), _ in dataset.block_windows(band):
            offset, length = (
                int(dataset.get_tag_item(f"BLOCK_{what}_{col}_{row}", "TIFF", bidx=band) or 0)
                for what in ("OFFSET", "SIZE")
            )
            reach = max(reach, offset + length)
    if reach > size:
        raise UnreadableFile(
            f"{path.name} is truncated at {size:,} bytes",
            expected=f"at least {reach:,} bytes",
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
