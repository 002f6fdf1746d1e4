"""What a TIFF says of itself, read part by part from its first bytes, by our own hand.

A GeoTIFF begins with a directory: tags that say how large the picture is, where its tiles lie in
the file, and where on Earth it is. It is all that must be known to fetch the tiles of one place.
Source: TIFF 6.0 (Adobe 1992), BigTIFF as libtiff documents it, OGC GeoTIFF 1.1 (19-008r4).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from affine import Affine
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.errors import GridMismatch, LamassuError, UnreadableFile
from geo.grid import Grid
from geo.sources.stac.remote import RemoteFile
from geo.sources.stac.web import shown

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
STRIP_OFFSETS, SAMPLES, ROWS_PER_STRIP, STRIP_SIZES, PLANAR = 273, 277, 278, 279, 284
PREDICTOR, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_SIZES = 317, 322, 323, 324, 325
EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_TABLES = 338, 339, 347
CELL_SIZE, TIEPOINTS, MATRIX, GEO_KEYS, GEO_NUMBERS, GEO_WORDS = (
    33550, 33922, 34264, 34735, 34736, 34737,
)  # fmt: skip
NODATA = 42113
"""Numbers of the tags that are understood."""

GEOGRAPHIC_CRS, PROJECTED_CRS, RASTER_TYPE, MODEL_TYPE = 2048, 3072, 1025, 1024
"""Numbers of GeoTIFF's keys."""

TYPES = {
    1: "u1", 2: "S1", 3: "u2", 4: "u4", 5: "u8", 6: "i1", 7: "u1", 8: "i2", 9: "i4", 10: "i8",
    11: "f4", 12: "f8", 13: "u4", 16: "u8", 17: "i8", 18: "u8",
}  # fmt: skip
"""Types of TIFF's values as those of numpy; a fraction is one number of both its halves."""

MOST_TAGS, MOST_VALUE_BYTES = 512, 8_000_000
"""Tags of a directory, and bytes of one value, above which a file is no usual picture."""

LARGEST_PICTURE = 4_000_000_000
"""Cells of a picture."""

LARGEST_TILE = 100_000_000
"""Bytes of one tile when unpacked; a usual one has two million."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A tag's value, which may lie elsewhere in the file."""

    type: int
    """TIFF's type."""
    count: int
    """Numbers in it."""
    offset: int
    """Where it lies in the file."""

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.count * np.dtype(TYPES[self.type]).itemsize


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A picture in a TIFF: its tags."""

    file: RemoteFile
    """Where it is."""
    order: Literal["<", ">"]
    """``<`` for little endian, ``>`` for big."""
    fields: Mapping[int, Field]
    """The tags."""
    following: int
    """Where the next picture's directory lies; 0 if there is none."""

    def numbers(self, tag: int, *, default: tuple[float, ...] = ()) -> tuple[float, ...]:
        """A tag's value as numbers, the default where it is not there."""
        if tag not in self.fields:
            return default
        field = self.fields[tag]
        kind = np.dtype(TYPES[field.type]).newbyteorder(self.order)
        if kind.kind == "S":
            raise _odd(self.file, f"tag {tag} holds words")
        return tuple(np.frombuffer(self.raw(tag), kind).tolist())

    def number(self, tag: int, default: int | None = None) -> int:
        """A tag's only or first value as a whole number."""
        values = self.numbers(tag)
        if not values:
            if default is None:
                raise _odd(self.file, f"tag {tag} is missing")
            return default
        return int(values[0])

    def raw(self, tag: int) -> bytes:
        """A tag's value as the bytes that it is."""
        field = self.fields[tag]
        if field.size > MOST_VALUE_BYTES:
            raise _odd(self.file, f"tag {tag} has {field.size:,} bytes")
        return self.file.read(field.offset, field.size)

    def some(self, tag: int, places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
        """Numbers at some places of a long value; only the part around them is read."""
        field = self.fields.get(tag)
        if field is None or places.max() >= field.count or field.type not in {3, 4, 16}:
            raise _odd(self.file, f"tag {tag} does not name all tiles")
        kind = np.dtype(TYPES[field.type]).newbyteorder(self.order)
        first, last = int(places.min()), int(places.max())
        length = (last - first + 1) * kind.itemsize
        if length > MOST_VALUE_BYTES:
            raise _odd(self.file, f"tag {tag} is longer than it may be")
        part = self.file.read(field.offset + first * kind.itemsize, length)
        return [int(n) for n in np.frombuffer(part, kind)[places - first]]


def read_directory(file: RemoteFile, *, at: int = 0) -> Directory:
    """The directory of the file's first picture, or of the one at a place in the file.

    Raises
    ------
    UnreadableFile
        If it is no TIFF, or not one of a usual kind.
    """
    beginning = file.read(0, min(16, file.size))
    order: Literal["<", ">"] = ">" if beginning[:2] == b"MM" else "<"
    known = beginning[:2] in {b"II", b"MM"} and len(beginning) == 16
    version = struct.unpack(f"{order}H", beginning[2:4])[0] if known else 0
    if version not in {42, 43}:
        raise UnreadableFile(
            f"{shown(file.url)} is no TIFF: it begins with {beginning[:4]!r}",
            expected="a cloud-optimised GeoTIFF",
        )
    big = version == 43
    word, count_kind, entry = ("Q", "Q", 20) if big else ("I", "H", 12)
    start = at or struct.unpack_from(f"{order}{word}", beginning, 8 if big else 4)[0]
    head = struct.calcsize(count_kind)
    count = struct.unpack(f"{order}{count_kind}", file.read(start, head))[0]
    if not 0 < count <= MOST_TAGS:
        raise _odd(file, f"its directory has {count:,} tags")
    table = file.read(start + head, count * entry + struct.calcsize(word))
    fields = {}
    for position in range(0, count * entry, entry):
        tag, kind, number = struct.unpack_from(f"{order}HH{word}", table, position)
        if kind not in TYPES:
            continue  # of no use here; a tag that is needed is missed where it is used
        inside = position + (12 if big else 8)
        field = Field(type=kind, count=number, offset=start + head + inside)
        if field.size > (8 if big else 4):
            (offset,) = struct.unpack_from(f"{order}{word}", table, inside)
            field = Field(type=kind, count=number, offset=offset)
        fields[tag] = field
    (following,) = struct.unpack_from(f"{order}{word}", table, count * entry)
    return Directory(file=file, order=order, fields=fields, following=following)


def grid_of_directory(directory: Directory) -> Grid:
    """Where the picture's cells lie.

    Raises
    ------
    GridMismatch
        If it has no place on Earth, or one that is told by control points.
    UnreadableFile
        If its size is none.
    """
    rows, cols = directory.number(HEIGHT), directory.number(WIDTH)
    if not (rows > 0 and cols > 0 and rows * cols <= LARGEST_PICTURE):
        raise _odd(directory.file, f"it declares {rows:,} x {cols:,} cells")
    keys = _geo_keys(directory)
    transform = _transform(directory)
    if keys.get(RASTER_TYPE) == 2:  # the place is that of a cell's middle
        transform = transform @ Affine.translation(-0.5, -0.5)
    grid = Grid(crs=_crs(directory, keys), transform=transform, shape=(rows, cols))
    if not all(0 < size < np.inf for size in grid.cell_m):  # not a number is not either
        raise GridMismatch(
            f"{shown(directory.file.url)} has cells without a size on Earth",
            expected="a raster inside the area of its coordinate system",
        )
    return grid


def _transform(directory: Directory) -> Affine:
    """From columns and rows to coordinates."""
    matrix = directory.numbers(MATRIX)
    if len(matrix) == 16:
        return Affine(matrix[0], matrix[1], matrix[3], matrix[4], matrix[5], matrix[7])
    tie, cell = directory.numbers(TIEPOINTS), directory.numbers(CELL_SIZE)
    if len(tie) != 6 or len(cell) < 2:
        raise GridMismatch(
            f"{shown(directory.file.url)} is placed by {len(tie) // 6} control points, or not at "
            "all",
            expected="a raster on a grid, such as one that was corrected for terrain",
        )
    col, row, _, x, y, _ = tie
    return Affine(cell[0], 0, x - col * cell[0], 0, -cell[1], y + row * cell[1])


def _geo_keys(directory: Directory) -> dict[int, int]:
    """GeoTIFF's keys that hold one short number."""
    values = [int(one) for one in directory.numbers(GEO_KEYS)]
    return {
        values[i]: values[i + 3]
        for i in range(4, len(values) - 3, 4)
        if (values[i + 1], values[i + 2]) == (0, 1)
    }


def _crs(directory: Directory, keys: Mapping[int, int]) -> CRS:
    """The coordinate system that the keys name by its number."""
    code = keys.get(PROJECTED_CRS if keys.get(MODEL_TYPE) != 2 else GEOGRAPHIC_CRS, 0)
    try:
        return CRS.from_epsg(code)
    except CRSError as err:
        raise GridMismatch(
            f"{shown(directory.file.url)} is in a coordinate system without a number of its own",
            expected="one of EPSG's, such as a UTM zone",
        ) from err


def _odd(file: RemoteFile, why: str) -> LamassuError:
    return UnreadableFile(f"{shown(file.url)} is no usual TIFF: {why}", expected="a whole GeoTIFF")
