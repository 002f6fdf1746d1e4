"""Zipped Shapefiles as raw tables: shapes by GDAL, cells from the dBase table by ourselves.

A dBase table seldom says rightly how its text is encoded, and GDAL loses the file for one wrong
byte; here each cell is decoded for itself.

Sources: ESRI Shapefile Technical Description (1998); dBase III table file format; code pages of
byte 29 as in the documentation of dBase and FoxPro.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipInfo

import charset_normalizer
import numpy as np
from pyproj import CRS

from geo.errors import BadInput, UnreadableFile
from geo.grid import WGS84
from geo.sources.confined.archives import layers_of_shapes, opened, unpack
from geo.sources.confined.limits import FileLimits
from geo.sources.readers.flatgeobuf_tables import BROKEN, batches, damaged
from geo.sources.readers.raw import RawReading, RawTable
from geo.sources.readers.raw_writer import RawWriter, cell_text, printable
from geo.sources.readers.shapes import crs_named

CODE_PAGES = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x57: "cp1252", 0x64: "cp852", 0x65: "cp866",
    0x66: "cp865", 0x6A: "cp737", 0x6B: "cp857", 0x7D: "cp1255", 0x7E: "cp1256", 0xC8: "cp1250",
    0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253",
}  # fmt: skip
"""Encodings by byte 29 of a dBase table."""

LIKELY = ("cp1256", "cp1252", "cp1254", "cp720", "iso8859_6", "cp864")
"""Encodings that are considered where nothing is said."""

TEXT_ENCODINGS = (
    "utf-8",
    "cp",
    "iso8859",
    "mac",
    "koi8",
    "gb",
    "big5",
    "shift_jis",
    "euc",
    "ascii",
)
"""How the names of encodings begin that a table may be in; Python has others that are no text."""

SAMPLE = 200_000
"""Bytes of a table by which its encoding is guessed."""

NOT_A_NUMBER = frozenset("*")
"""What dBase writes where a number does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A column of a dBase table."""

    name: bytes
    kind: str
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A dBase table."""

    fields: tuple[_Field, ...]
    records: int
    code_page: int
    head: int
    """Bytes before the first record."""
    width: int
    """Bytes of a record."""
    content: bytes


def read_shapefiles(path: Path, folder: Path, *, limits: FileLimits) -> RawReading:
    """The layers of a zipped Shapefile, a table each.

    A .cpg file, or the table's own mark, says how text is encoded; without them it is UTF-8 if it
    can be, else guessed, which is noted. Without a .prj the coordinates are read as longitude and
    latitude, which is noted too. Records that are marked as deleted are left out and counted.

    Raises
    ------
    UnreadableFile
        If the archive or a layer is damaged, or a layer's shapes and records do not match.
    BadInput
        If a CRS is not known.
    """
    with opened(path, limits=limits) as (archive, members):
        layers = layers_of_shapes(members)
        wanted = {
            f"layer-{i}{ending}": member
            for i, parts in enumerate(layers.values())
            for ending, member in parts.items()
        }
        unpack(archive, wanted, folder, limits=limits)
    tables = tuple(
        _layer(name, parts, folder / f"layer-{i}.shp", folder / f"table-{i}.arrow", limits=limits)
        for i, (name, parts) in enumerate(layers.items())
    )
    for file in wanted:
        (folder / file).unlink()
    return RawReading(tables=tables)


def _layer(
    name: str, parts: dict[str, ZipInfo], shp: Path, file: Path, *, limits: FileLimits
) -> RawTable:
    """One layer."""
    missing = [ending for ending in (".shx", ".dbf") if ending not in parts]
    if missing:
        raise UnreadableFile(
            f"the layer {name[:80]!r} has no {' and no '.join(missing)} file",
            expected=".shp, .shx, .dbf and .prj together",
            remedy="pack all files of the Shapefile into the archive",
        )
    writer = RawWriter(file, limits=limits)
    table = _table(shp.with_suffix(".dbf").read_bytes())
    encoding = _encoding(table, shp.with_suffix(".cpg"), writer.notes)
    names = [field.name.decode(encoding, "replace") for field in table.fields]
    crs = _crs(shp.with_suffix(".prj"), name, writer.notes)
    kinds = _kinds(shp)
    if len(kinds) != table.records:
        raise damaged(
            "Shapefile", f"{len(kinds):,} shapes and {table.records:,} records do not match"
        )
    writer.columns(names)
    shapes = _shapes(shp, writer.notes)
    deleted = 0
    for number, record in enumerate(_records(table)):
        if record[:1] == b"*":
            deleted += 1
            continue
        cells = dict(zip(names, _cells(table, record, encoding), strict=True))
        shape = shapes.get(number)
        lost = shape is None and kinds[number] != 0
        writer.add(cells, shape=shape, fault="its shape is broken" if lost else "")
    if deleted:
        writer.notes.append(f"{deleted:,} records are marked as deleted and were left out")
    return writer.finish(name, places=True, crs=crs)


def _shapes(shp: Path, notes: list[str]) -> dict[int, bytes]:
    """The shapes in WKB by the number of their record, from 0."""
    found: dict[int, bytes] = {}
    try:
        for batch in batches(shp, notes, {"fields": ()}, shapes_only=True):
            numbers, shapes = batch.column(0).to_pylist(), batch.column(1).to_pylist()
            found |= {n: s for n, s in zip(numbers, shapes, strict=True) if s is not None}
    except BROKEN as err:
        raise damaged("Shapefile", err) from err
    return found


def _kinds(shp: Path) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The kind that each shape says it is, by the index of the shapes; 0 is no shape."""
    index = shp.with_suffix(".shx").read_bytes()
    content = np.memmap(shp, dtype=np.uint8, mode="r") if shp.stat().st_size else np.empty(0)
    pairs = np.frombuffer(index[100:][: (len(index) - 100) // 8 * 8], dtype=">i4").reshape(-1, 2)
    starts = pairs[:, 0].astype(np.int64) * 2 + 8
    if len(starts) and not (starts.min() >= 108 and starts.max() + 4 <= len(content)):
        raise damaged("Shapefile", "its index points outside its shapes")
    kinds = content[starts[:, None] + np.arange(4)].astype(np.int64)
    return np.asarray(kinds @ np.array([1, 1 << 8, 1 << 16, 1 << 24]))


def _table(content: bytes) -> _Table:
    """The dBase table in these bytes."""
    try:
        records, head, width = struct.unpack_from("<IHH", content, 4)
        code_page, fields, at = content[29], [], 32
        while content[at] != 0x0D:
            name, kind, length = struct.unpack_from("<11sc4xB", content, at)
            fields.append(
                _Field(name=name.split(b"\0")[0], kind=kind.decode("latin-1"), length=length)
            )
            at += 32
    except (struct.error, IndexError) as err:
        raise damaged("Shapefile", "its table has no header") from err
    if sum(field.length for field in fields) + 1 != width or not fields or at >= head + 32:
        raise damaged("Shapefile", "its table's columns do not fill its records")
    if head + records * width > len(content):
        raise damaged("Shapefile", f"its table ends before its {records:,} records do")
    return _Table(
        fields=tuple(fields), records=records, code_page=code_page, head=head, width=width,
        content=content,
    )  # fmt: skip


def _records(table: _Table) -> Iterator[bytes]:
    """The records in their order; the first byte of each says whether it is deleted."""
    for number in range(table.records):
        start = table.head + number * table.width
        yield table.content[start : start + table.width]


def _cells(table: _Table, record: bytes, encoding: str) -> list[str]:
    """The cells of a record as text."""
    cells, at = [], 1
    for field in table.fields:
        raw = record[at : at + field.length]
        at += field.length
        cells.append(_cell(raw, field.kind, encoding))
    return cells


def _cell(raw: bytes, kind: str, encoding: str) -> str:
    """One cell as text; bytes that the encoding does not know stay visible as such."""
    text = raw.strip(b" \0").decode(encoding, "surrogateescape")
    match kind:
        case "N" | "F" | "I":
            return _number(text)
        case "D":
            is_day = len(text) == 8 and text.isdigit() and text != "00000000"
            return f"{text[:4]}-{text[4:6]}-{text[6:]}" if is_day else text.strip("0")
        case "L":
            return {"T": "true", "Y": "true", "F": "false", "N": "false", "?": ""}.get(
                text.upper(), text
            )
        case _:
            return text


def _number(text: str) -> str:
    """A number as it is written elsewhere; what is none stays, and an overflow is nothing."""
    if not text or set(text) <= NOT_A_NUMBER:
        return ""
    try:
        return str(int(text)) if "." not in text and "e" not in text.lower() else _decimal(text)
    except ValueError:
        return text


def _decimal(text: str) -> str:
    return cell_text(float(text))


def _encoding(table: _Table, cpg: Path, notes: list[str]) -> str:
    """How the table's text is encoded."""
    said = printable(cpg.read_bytes()[:50].decode("latin-1")) if cpg.exists() else ""
    for name in (said, f"cp{said}", said.replace("ANSI ", "cp"), CODE_PAGES.get(table.code_page)):
        try:
            found = codecs.lookup(name).name if name else ""
        except LookupError:
            continue
        if found.startswith(TEXT_ENCODINGS):
            return found
    sample = b"".join(
        raw
        for record, _ in zip(_records(table), range(SAMPLE // table.width + 1), strict=False)
        for raw in _texts(table, record)
        if not raw.isascii()
    )
    if not sample:
        return "utf-8"
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        best = charset_normalizer.from_bytes(sample, cp_isolation=list(LIKELY)).best()
        guess = best.encoding if best else "cp1256"
        notes.append(f"how its text is encoded is not said; it was read as {guess}")
        return guess
    return "utf-8"


def _texts(table: _Table, record: bytes) -> Iterator[bytes]:
    """The cells of a record that hold text, as bytes."""
    at = 1
    for field in table.fields:
        if field.kind == "C":
            yield record[at : at + field.length].strip(b" \0") + b" "
        at += field.length


def _crs(prj: Path, name: str, notes: list[str]) -> CRS:
    """The CRS of a layer."""
    if not prj.exists():
        notes.append("it has no .prj file: coordinates were read as longitude and latitude")
        return WGS84
    text = prj.read_bytes()[:20_000].decode("utf-8", "replace").strip()
    if not text.upper().startswith(("GEOGCS", "PROJCS", "GEOGCRS", "PROJCRS", "COMPD")):
        raise BadInput(
            f"the .prj file of {name[:80]!r} holds no coordinate system",
            expected="a coordinate system in WKT",
            remedy="export the layer in EPSG:4326",
        )
    return crs_named(text, what=f"the layer {name[:80]!r}")
