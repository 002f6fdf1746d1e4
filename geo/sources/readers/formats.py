"""What a partner's file is, and its content as raw tables.

The bytes say what a file is; its ending is a second word. Whatever has to be parsed is parsed in a
process of its own; this one looks at the first bytes, copies and hashes, and checks what came back.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from geo.errors import UnreadableFile
from geo.sources.confined.child import JSON, in_child, plain_file
from geo.sources.confined.limits import FileLimits
from geo.sources.readers.raw import RawFile, RawReading, RawTable, batch_schema

LOOKED_AT = 65_536
"""Bytes of a file that tell what it is; the root of a KML comes after its comments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of tables that can be read."""

    name: str
    """As `RawFile.format` has it."""
    endings: tuple[str, ...]
    """Endings of names that promise it, the usual one first."""
    task: str
    """Task of `geo.sources.confined.child.TASKS` that reads it."""
    drivers: tuple[str, ...] = ()
    """Drivers of GDAL that its reader needs."""


FORMATS = (
    Format(name="CSV", endings=(".csv", ".tsv", ".txt", ".tab"), task="delimited"),
    Format(name="XLSX", endings=(".xlsx", ".xlsm"), task="xlsx"),
    Format(name="GeoJSON", endings=(".geojson", ".json"), task="vector"),
    Format(name="KML", endings=(".kml", ".xml"), task="vector"),
    Format(name="KMZ", endings=(".kmz", ".zip"), task="vector"),
    Format(name="GeoPackage", endings=(".gpkg",), task="vector"),
    Format(name="Shapefile", endings=(".zip", ".shz"), task="vector", drivers=("ESRI Shapefile",)),
    Format(name="FlatGeobuf", endings=(".fgb",), task="vector", drivers=("FlatGeobuf",)),
)
"""Every format of tables that can be read."""

_BY_NAME = {form.name: form for form in FORMATS}

TEXT_ENDINGS = ("", ".xls", ".dat", ".asc", *_BY_NAME["CSV"].endings)
"""Names under which text that begins like nothing else is taken for a table."""

OTHERS = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "save it as .xlsx"),
    (b"\0\0\x27\x0a", "one file of a Shapefile",
     "pack its .shp, .shx, .dbf, .prj and .cpg into one .zip"),
    (b"II*\0", "a TIFF picture", "give it as a scene, not as a table"),
    (b"MM\0*", "a TIFF picture", "give it as a scene, not as a table"),
    (b"II+\0", "a TIFF picture", "give it as a scene, not as a table"),
    (b"MM\0+", "a TIFF picture", "give it as a scene, not as a table"),
    (b"\x89HDF", "a netCDF or HDF5 file", "give it as scenes, not as a table"),
    (b"CDF", "a netCDF file", "give it as scenes, not as a table"),
    (b"%PDF", "a PDF", "save the table in it as .xlsx or .csv"),
    (b"\x89PNG", "a PNG picture", "add it to a case as a photograph"),
    (b"\xff\xd8\xff", "a JPEG picture", "add it to a case as a photograph"),
    (b"\x1f\x8b", "a gzip archive", "unpack it"),
    (b"BZh", "a bzip2 archive", "unpack it"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it"),
    (b"Rar!", "a RAR archive", "unpack it"),
    (b"PAR1", "a Parquet file", "save it as .csv or .gpkg"),
    (b"PK\5\6", "an empty archive", "pack it again"),
    (b"PK\7\x08", "an archive in parts", "pack it again as one file"),
)  # fmt: skip
"""How files begin that are no tables for us: what they are, and what to do."""


@contextlib.contextmanager
def open_raw(path: Path, *, limits: FileLimits, known: Collection[str] = ()) -> Iterator[RawFile]:
    """The tables of a file of any of `FORMATS`; their batches can be read inside the ``with`` only.

    Parameters
    ----------
    path : Path
        The file. Its bytes are copied as they are hashed, and the copy is what is read.
    known : collection of str, optional
        Names of columns by which the header of a text table is known.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, damaged, of none of the formats, or costs more than `limits`.
    BadInput
        If its content cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="lamassu-raw-") as temporary:
        copy = Path(temporary) / "copy"
        digest = _copied(path, copy, limits=limits)
        form = _format_of(copy, path, limits=limits)
        given = copy.rename(copy.with_suffix(form.endings[0]))
        folder = _fresh(Path(temporary) / "out")
        options: dict[str, JSON] = {}
        if form.task == "delimited" and known:
            options["known"] = list(known)
        if form.task == "vector":
            options["form"] = form.name
        answer = in_child(
            form.task, given, folder,
            options=options, limits=limits, drivers=form.drivers, name=path.name,
        )  # fmt: skip
        reading = checked_answer(answer, folder, name=path.name)
        yield RawFile(
            file_name="".join(c if c.isprintable() else " " for c in path.name),
            sha256=digest,
            format=form.name,
            tables=reading.tables,
            notes=(*_said_by_name(form, path), *reading.notes),
            original=given,
        )


def _fresh(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _copied(path: Path, copy: Path, *, limits: FileLimits) -> str:
    """SHA-256 of the file, which is copied meanwhile."""
    digest = hashlib.sha256()
    count = 0
    try:
        if not path.is_file():  # a pipe or a device would be waited for
            raise UnreadableFile(f"there is no file {path}", expected="a file of a table or map")
        with path.open("rb") as file, copy.open("wb") as out:
            while chunk := file.read(1 << 20):
                count += len(chunk)
                if count > limits.file_bytes:
                    raise _too_large(path, limits)
                digest.update(chunk)
                out.write(chunk)
    except (OSError, ValueError) as err:
        if isinstance(err, UnreadableFile):
            raise
        reason = getattr(err, "strerror", None) or str(err)
        raise UnreadableFile(
            f"{path} cannot be read ({reason})",
            expected="a file that may be read, and room for a copy of it",
        ) from err
    if not count:
        raise UnreadableFile(f"{path.name} is empty", expected="a file of more than 0 bytes")
    return digest.hexdigest()


def _format_of(copy: Path, path: Path, *, limits: FileLimits) -> Format:
    """The format by the file's content; by its name only if the content is plain text.

    Raises
    ------
    UnreadableFile
        If it is none that can be read.
    """
    with copy.open("rb") as file:
        beginning = file.read(LOOKED_AT)
    if beginning.startswith(b"PK\3\4"):
        return _BY_NAME[_archived(copy, path, limits=limits)]
    if beginning.startswith(b"SQLite format 3\0"):
        return _BY_NAME["GeoPackage"]
    if beginning.startswith(b"fgb"):
        return _BY_NAME["FlatGeobuf"]
    for magic, what, remedy in OTHERS:
        if beginning.startswith(magic):
            raise _no_table(f"{path.name} is {what}", remedy)
    text = _text(beginning).lstrip()
    if text.startswith("{"):
        return _BY_NAME["GeoJSON"]
    if text.startswith("<"):
        if "<kml" in text or ":kml" in text:
            return _BY_NAME["KML"]
        raise _no_table(f"{path.name} is HTML or XML, but no KML", "save it as .xlsx or .csv")
    if path.suffix.lower() not in TEXT_ENDINGS:
        raise _no_table(
            f"{path.name} begins with {beginning[:16]!r}, as no {path.suffix[1:9]} file does",
            "give the file its right name, or save it anew",
        )
    return _BY_NAME["CSV"]


def _archived(copy: Path, path: Path, *, limits: FileLimits) -> str:
    """The format of a ZIP archive, by what is in it."""
    folder = _fresh(copy.with_name("look"))
    form = in_child("archive", copy, folder, options={}, limits=limits, name=path.name)
    if form not in {"XLSX", "KMZ", "Shapefile"}:
        raise _no_table(f"{path.name} is an archive of something else", "unpack it")
    return str(form)


def _text(beginning: bytes) -> str:
    """The first characters of a text; wrong ones where it is none."""
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        return beginning[: len(beginning) // 2 * 2].decode("utf-16", errors="replace")
    return beginning.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _said_by_name(form: Format, path: Path) -> tuple[str, ...]:
    """A note if the name promises another format than the content is."""
    ending = path.suffix.lower()
    if ending in form.endings or (form.name == "CSV" and not ending):
        return ()
    named = f"named {ending[:9]}" if ending else "without an ending"
    return (f"the file is {named}, but its content is {form.name}: it was read as that",)


def checked_answer(answer: JSON, folder: Path, *, name: str) -> RawReading:
    """The reading that a child wrote down, if it holds what it says.

    Raises
    ------
    UnreadableFile
        If the child, which a hostile file may have taken over, gave anything else.
    """
    try:
        tables = tuple(_table(table, folder) for table in answer["tables"])
        notes = tuple(map(str, answer["notes"]))
    except (KeyError, TypeError, ValueError, OSError, pa.ArrowException) as err:
        raise UnreadableFile(
            f"{name} cannot be read: the reader's answer cannot be used ({err})",
            expected="a whole file",
            remedy="save it anew",
        ) from err
    if not tables:
        raise UnreadableFile(f"{name} holds no table", expected="at least one sheet or layer")
    return RawReading(tables=tables, notes=notes)


def _table(told: JSON, folder: Path) -> RawTable:
    """One table of a child's answer, its file looked through."""
    table = RawTable(
        name=str(told["name"]),
        header=tuple(map(str, told["header"])),
        rows=int(told["rows"]),
        batches_file=plain_file(folder / Path(told["batches_file"]).name),
        places=bool(told["places"]),
        hidden=bool(told["hidden"]),
        notes=tuple(map(str, told["notes"])),
    )
    schema = batch_schema(len(table.header), places=table.places)
    rows = 0
    for batch in table.batches():
        batch.validate(full=True)
        if batch.schema != schema:
            raise ValueError("a batch has other columns than it should")
        rows += batch.num_rows
    if rows != table.rows:
        raise ValueError(f"{rows:,} rows of {table.rows:,}")
    return table


def _too_large(path: Path, limits: FileLimits) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name} has more than {limits.file_bytes:,} bytes",
        expected="a smaller file",
        remedy="send it in parts, or read it at the command line",
    )


def _no_table(what: str, remedy: str) -> UnreadableFile:
    names = ", ".join(form.endings[0] for form in FORMATS)
    return UnreadableFile(what, expected=f"one of {names}", remedy=remedy)
