"""The tiles of a remote GeoTIFF around a place, as a small GeoTIFF of its own.

The tiles' bytes are not looked into: they come as they are, into a file whose directory is written
here, and are unpacked where a stranger's file is always unpacked, in a process of its own.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import UnreadableFile
from geo.grid import Block
from geo.sources.stac import directory as tiff
from geo.sources.stac.directory import Directory
from geo.sources.stac.web import shown

COPIED = (
    tiff.BITS, tiff.COMPRESSION, tiff.PHOTOMETRIC, tiff.SAMPLES, tiff.PLANAR, tiff.PREDICTOR,
    tiff.EXTRA_SAMPLES, tiff.SAMPLE_FORMAT, tiff.JPEG_TABLES, 530, 532, 50674,
)  # fmt: skip
"""Tags that say how the tiles are packed, taken over as they are."""

PLACED = (tiff.GEO_KEYS, tiff.GEO_NUMBERS, tiff.GEO_WORDS, tiff.CELL_SIZE)
"""Tags that say where the picture lies, and hold for any part of it."""

DESCRIPTIONS = 42112
"""GDAL's tag for words about bands."""

MOST_TILES = 20_000
"""Tiles of one cut."""

BAND_NAME = re.compile(r"[A-Za-z0-9_]{1,24}")
"""What a band may be called in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiling:
    """How a picture is cut into tiles, or strips, which are tiles as wide as it is."""

    rows: int
    """Rows of a tile."""
    cols: int
    """Columns of a tile."""
    down: int
    """Tiles below one another."""
    across: int
    """Tiles beside one another."""
    planes: int
    """1 where a tile holds all bands, else the number of bands."""
    offsets: int
    """The tag that says where they lie."""
    sizes: int
    """The tag that says how long they are."""
    unpacked: int
    """Bytes of one tile when unpacked."""


def tiling_of(directory: Directory) -> Tiling:
    """How the picture is cut.

    Raises
    ------
    UnreadableFile
        If its tiles have no size, or would fill the memory one by one.
    """
    height, width = directory.number(tiff.HEIGHT), directory.number(tiff.WIDTH)
    samples = directory.number(tiff.SAMPLES, 1)
    tiled = tiff.TILE_WIDTH in directory.fields
    if tiled:
        rows, cols = directory.number(tiff.TILE_HEIGHT), directory.number(tiff.TILE_WIDTH)
    else:
        rows, cols = min(directory.number(tiff.ROWS_PER_STRIP, height), height), width
    bits = max((int(n) for n in directory.numbers(tiff.BITS, default=(1,))), default=1)
    planes = samples if directory.number(tiff.PLANAR, 1) == 2 else 1
    unpacked = rows * cols * bits * (samples // planes or 1) // 8
    if not (rows > 0 and cols > 0 and 0 < samples <= 64 and unpacked <= tiff.LARGEST_TILE):
        raise UnreadableFile(
            f"{shown(directory.file.url)} has tiles of {rows:,} x {cols:,} cells in {samples} "
            "bands",
            expected=f"tiles of at most {tiff.LARGEST_TILE:,} bytes",
        )
    return Tiling(
        rows=rows, cols=cols, down=-(-height // rows), across=-(-width // cols), planes=planes,
        offsets=tiff.TILE_OFFSETS if tiled else tiff.STRIP_OFFSETS,
        sizes=tiff.TILE_SIZES if tiled else tiff.STRIP_SIZES, unpacked=unpacked,
    )  # fmt: skip


def cut(directory: Directory, block: Block, *, bands: Sequence[str], nodata: float | None) -> bytes:
    """A GeoTIFF of the tiles that a block of the picture's cells touches.

    Parameters
    ----------
    block : Block
        Cells of the picture; the cut begins and ends at tiles' edges, so it is larger.
    bands : sequence of str
        Names of the picture's bands, which the cut bears.
    nodata : float or None
        Value of cells without data where the file itself tells none.

    Raises
    ------
    UnreadableFile
        If the file is truncated, of an unusual kind, or lies about its tiles.
    Unreachable
        If the server stops answering.
    """
    samples = directory.number(tiff.SAMPLES, 1)
    if len(bands) != samples or not all(map(BAND_NAME.fullmatch, bands)):
        raise UnreadableFile(
            f"{shown(directory.file.url)} has {samples} bands", expected=f"{len(bands)}"
        )
    tiling = tiling_of(directory)
    first_row, first_col = block.top // tiling.rows, block.left // tiling.cols
    down = -(-(block.top + block.rows) // tiling.rows) - first_row
    across = -(-(block.left + block.cols) // tiling.cols) - first_col
    places = _places(tiling, first_row, first_col, down, across)
    tiles = _tiles(directory, tiling, places)
    top, left = first_row * tiling.rows, first_col * tiling.cols
    height = min(directory.number(tiff.HEIGHT) - top, down * tiling.rows)
    width = min(directory.number(tiff.WIDTH) - left, across * tiling.cols)
    tags = _tags(directory, tiling, (height, width), (top, left))
    tags[DESCRIPTIONS] = _descriptions(bands)
    if tiff.NODATA in directory.fields:
        tags[tiff.NODATA] = (2, directory.raw(tiff.NODATA)[:32].rstrip(b"\0") + b"\0")
    elif nodata is not None:
        tags[tiff.NODATA] = (2, f"{nodata:g}\0".encode())
    return _written(directory.order, tags, tiling, tiles)


def _places(
    tiling: Tiling, first_row: int, first_col: int, down: int, across: int
) -> NDArray[np.int64]:
    """Numbers of the tiles in the file's own count, plane after plane, row after row."""
    if down * across * tiling.planes > MOST_TILES:
        raise UnreadableFile(
            f"the area touches {down * across * tiling.planes:,} tiles",
            expected=f"at most {MOST_TILES:,}",
            remedy="choose a smaller area",
        )
    plane, row, col = np.indices((tiling.planes, down, across), dtype=np.int64)
    numbers = (plane * tiling.down + row + first_row) * tiling.across + col + first_col
    return np.asarray(numbers.ravel())


def _tiles(directory: Directory, tiling: Tiling, places: NDArray[np.int64]) -> list[bytes]:
    """The tiles' bytes; none where the file leaves a tile out as empty."""
    offsets = directory.some(tiling.offsets, places)
    sizes = directory.some(tiling.sizes, places)
    if max(sizes) > 2 * tiling.unpacked + 65_536:
        raise UnreadableFile(
            f"{shown(directory.file.url)} has a tile of {max(sizes):,} bytes",
            expected=f"about {tiling.unpacked:,} bytes, which it has when unpacked",
        )
    there = [(start, size) for start, size in zip(offsets, sizes, strict=True) if start and size]
    came = iter(directory.file.read_all(there))
    return [
        next(came) if start and size else b"" for start, size in zip(offsets, sizes, strict=True)
    ]


Tags = dict[int, tuple[int, bytes]]
"""Type and bytes of each tag's value."""


def _tags(
    directory: Directory, tiling: Tiling, shape: tuple[int, int], corner: tuple[int, int]
) -> Tags:
    """The tags of the cut, but for where its tiles lie."""
    order = directory.order
    tags: Tags = {}
    for tag in (*COPIED, *PLACED):
        if tag in directory.fields:
            tags[tag] = (directory.fields[tag].type, directory.raw(tag))
    tags[tiff.HEIGHT], tags[tiff.WIDTH] = ((4, struct.pack(f"{order}I", n)) for n in shape)
    if tiling.offsets == tiff.TILE_OFFSETS:
        tags[tiff.TILE_HEIGHT] = (4, struct.pack(f"{order}I", tiling.rows))
        tags[tiff.TILE_WIDTH] = (4, struct.pack(f"{order}I", tiling.cols))
    else:
        tags[tiff.ROWS_PER_STRIP] = (4, struct.pack(f"{order}I", tiling.rows))
    top, left = corner
    if tiff.MATRIX in directory.fields:
        matrix = list(directory.numbers(tiff.MATRIX))
        matrix[3] += matrix[0] * left + matrix[1] * top
        matrix[7] += matrix[4] * left + matrix[5] * top
        tags[tiff.MATRIX] = (12, struct.pack(f"{order}16d", *matrix))
        tags.pop(tiff.CELL_SIZE, None)
    else:
        col, row, *place = directory.numbers(tiff.TIEPOINTS)
        tags[tiff.TIEPOINTS] = (12, struct.pack(f"{order}6d", col - left, row - top, *place))
    return tags


def _descriptions(bands: Sequence[str]) -> tuple[int, bytes]:
    """The names of the bands as GDAL keeps them; none of them holds a sign of XML."""
    items = "".join(
        f'<Item name="DESCRIPTION" sample="{i}" role="description">{name}</Item>'
        for i, name in enumerate(bands)
    )
    return 2, f"<GDALMetadata>{items}</GDALMetadata>\0".encode()


def _written(order: str, tags: Tags, tiling: Tiling, tiles: Sequence[bytes]) -> bytes:
    """The bytes of a TIFF: header, directory, long values, tiles."""
    count = len(tiles)
    tags = dict(tags)
    tags[tiling.sizes] = (4, struct.pack(f"{order}{count}I", *map(len, tiles)))
    tags[tiling.offsets] = (4, bytes(4 * count))  # its length counts before its content is known
    after = 8 + 2 + 12 * len(tags) + 4
    places, long_values = {}, b""
    for tag in sorted(tags):
        value = tags[tag][1]
        if len(value) > 4:
            places[tag] = after + len(long_values)
            long_values += value + bytes(len(value) % 2)
    start, offsets = after + len(long_values), []
    for tile in tiles:
        offsets.append(start if tile else 0)
        start += len(tile)
    if start >= 1 << 32:
        raise UnreadableFile(f"the area needs {start:,} bytes", remedy="choose a smaller area")
    packed = struct.pack(f"{order}{count}I", *offsets)
    tags[tiling.offsets] = (4, packed)
    if tiling.offsets in places:
        inside = places[tiling.offsets] - after
        long_values = long_values[:inside] + packed + long_values[inside + len(packed) :]
    table = struct.pack(f"{order}H", len(tags))
    for tag in sorted(tags):
        kind, value = tags[tag]
        number = len(value) // np.dtype(tiff.TYPES[kind]).itemsize
        table += struct.pack(f"{order}HHI", tag, kind, number)
        table += struct.pack(f"{order}I", places[tag]) if tag in places else value.ljust(4, b"\0")
    header = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    return b"".join([header, table, struct.pack(f"{order}I", 0), long_values, *tiles])
