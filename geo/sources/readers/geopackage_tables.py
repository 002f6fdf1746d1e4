"""GeoPackages as raw tables, read as the SQLite databases that they are, without GDAL.

A GeoPackage may hold endless views, virtual tables over other files, and a journal beside it. Only
plain tables are read, of a copy that lies alone, by a connection that trusts no schema.

Source: OGC GeoPackage 1.3, OGC 12-128r18, 2.1.3 for the header of a geometry.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pyproj import CRS

from geo.errors import BadInput, UnreadableFile
from geo.grid import WGS84
from geo.sources.confined.limits import FileLimits
from geo.sources.readers.raw import RawReading, RawTable
from geo.sources.readers.raw_writer import RawWriter, cell_text, printable
from geo.sources.readers.shapes import crs_named

LONGEST_VALUE = 200_000_000
"""Bytes of one value; a shape of a million corners has a tenth."""

MOST_LAYERS = 100
"""Layers of one file."""

ENVELOPES = (0, 32, 48, 48, 64)
"""Bytes of a geometry's envelope by its kind in the header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """A plain table that the GeoPackage lists."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """Names and declared types of the columns that are read."""
    geometry: str
    """Name of the column with shapes; empty if it has none."""
    crs: CRS


def read_geopackage(path: Path, folder: Path, *, limits: FileLimits) -> RawReading:
    """The layers and tables of a GeoPackage, a table each, in the order of their names.

    Dates are read as they stand, times without fractions of a second; columns of other bytes than
    shapes are left out, and that is noted. Views and virtual tables are not read, and that is too.

    Raises
    ------
    UnreadableFile
        If it is damaged, or no GeoPackage.
    BadInput
        If it lists no plain table, or a layer has a CRS that is not known.
    """
    notes: list[str] = []
    try:
        with closing(_database(path)) as database:
            layers = _layers(database, notes)
            tables = tuple(
                _table(database, layer, folder / f"table-{i}.arrow", limits=limits)
                for i, layer in enumerate(layers)
            )
    except (sqlite3.Error, OverflowError, ValueError) as err:
        if isinstance(err, BadInput):
            raise
        raise UnreadableFile(
            f"the GeoPackage is damaged or cut short ({err})",
            expected="a whole GeoPackage",
            remedy="export it again",
        ) from err
    return RawReading(tables=tables, notes=tuple(notes))


def _database(path: Path) -> sqlite3.Connection:
    """The file as a database that is read alone, without journal, and not written."""
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    # Bytes that are no UTF-8 stay visible as such: their row is set aside, not the file.
    database.text_factory = lambda content: content.decode("utf-8", "surrogateescape")
    return database


def _layers(database: sqlite3.Connection, notes: list[str]) -> list[_Layer]:
    """The plain tables that the GeoPackage lists as layers or tables of attributes."""
    plain = {
        name
        for name, sql in database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        )
        if isinstance(sql, str) and not re.match(r"\s*CREATE\s+VIRTUAL\b", sql, re.IGNORECASE)
    }
    if "gpkg_contents" not in plain:
        raise UnreadableFile(
            "the file is an SQLite database, but no GeoPackage",
            expected="a GeoPackage",
            remedy="export the table as .gpkg or .csv",
        )
    listed = [
        str(name)
        for (name,) in database.execute(
            "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') "
            "ORDER BY table_name"
        )
    ]
    left_out = [name for name in listed if name not in plain]
    if left_out:
        notes.append(f"views and virtual tables are not read: {_named(left_out)}")
    chosen = [name for name in listed if name in plain]
    if not chosen or len(chosen) > MOST_LAYERS:
        raise BadInput(
            f"the GeoPackage lists {len(chosen)} plain layers",
            expected=f"1 to {MOST_LAYERS} layers that are tables",
            remedy="save the layers that are needed to a new GeoPackage",
        )
    return [_layer(database, name) for name in chosen]


def _layer(database: sqlite3.Connection, name: str) -> _Layer:
    """One plain table with its columns and CRS."""
    columns = [
        (str(column), str(kind).upper())
        for _, column, kind, *_ in database.execute(f"PRAGMA table_info({_quoted(name)})")
    ]
    shapes = database.execute(
        "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (name,)
    ).fetchone() if _has(database, "gpkg_geometry_columns") else None  # fmt: skip
    said = str(shapes[0]).lower() if shapes else ""
    geometry = next((column for column, _ in columns if column.lower() == said), "")
    return _Layer(
        name=name,
        columns=tuple(column for column in columns if column[0] != geometry),
        geometry=geometry,
        crs=_crs(database, shapes[1], name) if shapes else WGS84,
    )


def _has(database: sqlite3.Connection, name: str) -> bool:
    found = database.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)
    )
    return found.fetchone() is not None


def _crs(database: sqlite3.Connection, srs_id: object, layer: str) -> CRS:
    """The CRS that a layer names; 0 and -1 are "undefined" in every GeoPackage."""
    row = database.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys "
        "WHERE srs_id = ?",
        (srs_id,),
    ).fetchone()
    organization, code, definition = map(str, row or ("", "", ""))
    by_code = organization.upper() == "EPSG" and code.isdigit()
    return crs_named(
        f"EPSG:{code}" if by_code else definition, what=f"the layer {printable(layer)[:80]!r}"
    )


def _table(
    database: sqlite3.Connection, layer: _Layer, file: Path, *, limits: FileLimits
) -> RawTable:
    """The rows of one layer."""
    writer = RawWriter(file, limits=limits)
    wanted = [layer.geometry, *dict(layer.columns)] if layer.geometry else [*dict(layer.columns)]
    if not wanted:
        raise BadInput(f"the layer {layer.name[:80]!r} has no columns", expected="a table")
    blobs: set[str] = set()
    names = ", ".join(map(_quoted, wanted))
    for row in database.execute(f"SELECT {names} FROM {_quoted(layer.name)}"):  # noqa: S608 - quoted
        values = row[1:] if layer.geometry else row
        cells = {}
        for (column, kind), value in zip(layer.columns, values, strict=True):
            if isinstance(value, bytes):
                blobs.add(column)
            else:
                cells[column] = _cell(value, kind)
        _add(writer, cells, row[0] if layer.geometry else None)
    writer.columns(column for column, _ in layer.columns if column not in blobs)
    if blobs:
        writer.notes.append(f"columns of bytes were left out: {_named(sorted(blobs))}")
    return writer.finish(layer.name, places=bool(layer.geometry), crs=layer.crs)


def _add(writer: RawWriter, cells: dict[str, str], geometry: object) -> None:
    """Write one row."""
    if geometry is None:
        writer.add(cells)
    elif isinstance(geometry, bytes) and (wkb := _wkb(geometry)):
        writer.add(cells, shape=wkb)
    else:
        writer.add(cells, shape_text=f"geometry={geometry!r:.200}", fault="its shape is broken")


def _wkb(blob: bytes) -> bytes:
    """What follows the header of a GeoPackage's geometry; empty if the header is none."""
    kind = (blob[3] >> 1) & 0b111 if len(blob) >= 8 else len(ENVELOPES)
    if not blob.startswith(b"GP\0") or kind >= len(ENVELOPES):
        return b""
    return blob[8 + ENVELOPES[kind] :]


def _cell(value: object, kind: str) -> str:
    """A value as text, by the type that its column declares."""
    if kind == "BOOLEAN" and value in (0, 1):
        return "true" if value else "false"
    if kind == "DATETIME" and isinstance(value, str):
        return re.sub(r"(\.\d+)?Z?$", "", value)
    return cell_text(value)


def _named(names: Iterable[str]) -> str:
    """The first of some names, cut to a readable length."""
    shown = [printable(name)[:40] for name in names]
    return ", ".join(shown[:8]) + (", ..." if len(shown) > 8 else "")


def _quoted(name: str) -> str:
    """A name of a table or column as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'
