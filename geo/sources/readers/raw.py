"""Raw tables: what a file of any format says, as columns of text, before its meaning is asked.

A reader of a format gives these, in a process of its own where the file is anyone's; what the text
means is found out in `geo.sources.meaning.mapping` and `geo.sources.meaning.records`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

ROW, TEXT, FAULT, PLACE = "row", "text", "fault", "place"
"""Columns of a batch that are not cells."""


def batch_schema(columns: int, *, places: bool) -> pa.Schema:
    """The schema of a table's batches.

    ``row`` int64, the row as a user sees it in the file (the header of a text table is row 1);
    ``text`` string, the row as it stood; ``fault`` string, why its cells cannot be told apart,
    empty if they can; ``c0`` to ``c<columns - 1>`` string, the cells, empty text for empty ones;
    and if the file has shapes, ``place`` binary, WKB in EPSG:4326 lon/lat, null where a row has
    none.
    """
    fields = [(ROW, pa.int64()), (TEXT, pa.string()), (FAULT, pa.string())]
    fields += [(f"c{number}", pa.string()) for number in range(columns)]
    return pa.schema(fields + ([(PLACE, pa.binary())] if places else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """One sheet or layer of a file, or its only table."""

    name: str
    """Name of the sheet or layer; empty where the format knows no names."""
    header: tuple[str, ...]
    """Names of the columns as they stand, without outer space; ``column 3`` where one has none."""
    rows: int
    """Rows below the header."""
    batches_file: Path
    """Arrow IPC file of `batch_schema` batches."""
    places: bool = False
    """Whether rows carry shapes of their own."""
    hidden: bool = False
    """Whether the file hides this sheet."""
    notes: tuple[str, ...] = ()
    """What was guessed, filled in or left aside."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in their order, in batches of at most 20,000."""
        with pa.memory_map(str(self.batches_file)) as file, pa.ipc.open_file(file) as batches:
            for number in range(batches.num_record_batches):
                yield batches.get_batch(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFile:
    """A file as its reader found it."""

    file_name: str
    """Name without its folder, printable."""
    sha256: str
    """SHA-256 of its bytes."""
    format: str
    """``CSV``, ``XLSX``, ``GeoJSON``, ``KML``, ``KMZ``, ``GeoPackage``, ``Shapefile`` or
    ``FlatGeobuf``."""
    tables: tuple[RawTable, ...]
    """Its tables in their order, hidden ones included; at least one."""
    notes: tuple[str, ...] = ()
    """What holds for the whole file."""
    original: Path | None = None
    """The very bytes that were hashed and read, as long as the file is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReading:
    """What the reader of one format gives from inside its process."""

    tables: tuple[RawTable, ...]
    """The tables, their `batches_file` written."""
    notes: tuple[str, ...] = ()
    """What holds for the whole file."""
