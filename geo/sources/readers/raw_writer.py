"""A raw table as it is written, row by row, by the readers of maps; columns may turn up late.

Runs in a child process only.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from pyproj import CRS

from geo.errors import UnreadableFile
from geo.grid import WGS84
from geo.sources.confined.limits import FileLimits
from geo.sources.readers.raw import FAULT, PLACE, ROW, TEXT, RawTable, batch_schema
from geo.sources.readers.shapes import checked

BATCH_ROWS = 20_000
"""Rows of a batch."""

LONGEST_TEXT = 20_000
"""Characters of a row's text that are kept."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters but tab and line ends, and halves of characters."""

LONGEST_CELL = 10_000_000
"""Characters of a cell; a file with a longer one holds no table."""


class RawWriter:
    """Takes the rows of one table and writes them when it is told the CRS of their shapes."""

    def __init__(self, file: Path, *, limits: FileLimits) -> None:
        self._file = file
        self._limits = limits
        self._columns: dict[str, int] = {}
        self._rows: list[tuple[str, str, Mapping[str, str]]] = []
        self._shapes: list[bytes | None] = []
        self._batches: list[tuple[pa.RecordBatch, list[bytes | None]]] = []
        self.rows = 0
        self.notes: list[str] = []

    def columns(self, names: Iterable[str]) -> None:
        """Announce columns in their order, so that they are there without any cell too."""
        for name in names:
            self._columns.setdefault(name, len(self._columns))
        if len(self._columns) > self._limits.columns:
            raise UnreadableFile(
                f"the table has more than {self._limits.columns:,} columns",
                expected=f"at most {self._limits.columns:,}",
                remedy="leave out the columns that are not needed",
            )

    def add(
        self,
        cells: Mapping[str, str],
        *,
        shape: bytes | None = None,
        shape_text: str = "",
        fault: str = "",
    ) -> None:
        """Take the next row: its cells by column, its shape as WKB, and what is wrong with it."""
        self.rows += 1
        if self.rows > self._limits.rows:
            raise UnreadableFile(
                f"the table has more than {self._limits.rows:,} rows",
                expected=f"at most {self._limits.rows:,} rows",
                remedy="send it in parts, or read it at the command line",
            )
        if not self._columns.keys() >= cells.keys():
            self.columns(cells)
        self._rows.append((shape_text, fault, cells))
        self._shapes.append(shape)
        if len(self._rows) >= BATCH_ROWS:
            self._flush()

    def finish(self, name: str, *, places: bool, crs: CRS = WGS84) -> RawTable:
        """Write the table; coordinates of its shapes are in `crs`, x east and y north."""
        self._flush()
        schema = batch_schema(len(self._columns), places=places)
        repaired = 0
        with pa.OSFile(str(self._file), "wb") as file, pa.ipc.new_file(file, schema) as writer:
            while self._batches:
                batch, shapes = self._batches.pop(0)
                columns = dict(zip(batch.schema.names, batch.columns, strict=True))
                if places:
                    seen = checked(shapes, crs)
                    repaired += seen.repaired
                    columns[PLACE] = pa.array(seen.wkb, pa.binary())
                    columns |= _blamed(columns, seen.faults)
                empty = pa.array([""] * len(batch), pa.string())
                writer.write_batch(
                    pa.record_batch([columns.get(n, empty) for n in schema.names], schema=schema)
                )
        if repaired:
            self.notes.append(
                f"{repaired:,} outlines crossed themselves and were mended; their areas changed by "
                "less than a hundredth"
            )
        return RawTable(
            name=printable(name)[:200],
            header=tuple(
                printable(column)[:1000] or f"column {number}"
                for number, column in enumerate(self._columns, start=1)
            ),
            rows=self.rows,
            batches_file=self._file,
            places=places,
            notes=tuple(self.notes),
        )

    def _flush(self) -> None:
        """Turn the rows at hand into a batch."""
        if not self._rows:
            return
        first = self.rows - len(self._rows) + 1
        faults = [fault for _, fault, _ in self._rows]
        texts = [_text(cells, shape_text) for shape_text, _, cells in self._rows]
        columns = [
            _clean([cells.get(column, "") for _, _, cells in self._rows], faults, column)
            for column in self._columns
        ]
        arrays = [
            pa.array(range(first, self.rows + 1), pa.int64()),
            _clean(texts, None, TEXT),
            pa.array(faults, pa.string()),
            *columns,
        ]
        names = [ROW, TEXT, FAULT, *(f"c{number}" for number in range(len(columns)))]
        self._batches.append((pa.record_batch(arrays, names=names), self._shapes))
        self._rows, self._shapes = [], []


def cell_text(value: object) -> str:
    """A value as the text of a cell: ``2015-03-07``, ``54``, ``33.5``, ``true``; empty for none."""
    match value:
        case str():
            text = value
        case None:
            text = ""
        case bool():
            text = "true" if value else "false"
        case float():
            whole = value.is_integer() and abs(value) < 1e15
            text = str(int(value)) if whole else "" if math.isnan(value) else repr(value)
        case datetime():
            text = value.replace(tzinfo=None).isoformat(timespec="seconds")
        case int() | Decimal() | date() | time():
            text = str(value)
        case _:
            text = json.dumps(value, ensure_ascii=False, default=str)
    return text


def printable(text: str) -> str:
    """A name on one line, without outer space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _text(cells: Mapping[str, str], shape_text: str) -> str:
    """A row as a person reads it."""
    parts = [f"{column}={cell}" for column, cell in cells.items() if cell]
    if shape_text:
        parts.append(shape_text)
    return " | ".join(parts)[:LONGEST_TEXT]


def _clean(cells: list[str], faults: list[str] | None, column: str) -> pa.Array:
    """Cells as a column; what is no text is marked and, where `faults` are kept, blamed."""
    try:
        array = pa.array(cells, pa.string())
    except UnicodeEncodeError:
        array = None
    if (
        array is not None
        and max(map(len, cells)) <= LONGEST_CELL
        and not any(map(_CONTROL.search, cells))
    ):
        return array
    good = []
    for i, cell in enumerate(cells):
        kept = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", cell[:LONGEST_CELL])
        if kept != cell and faults is not None and not faults[i]:
            faults[i] = f"the column {printable(column)[:80]} holds what is no text"
        good.append(kept)
    return pa.array(good, pa.string())


def _blamed(
    columns: Mapping[str, pa.Array], shape_faults: Mapping[int, str]
) -> dict[str, pa.Array]:
    """The column of faults with those of the shapes, where a row has none yet."""
    faults = columns[FAULT].to_pylist()
    for i, why in shape_faults.items():
        faults[i] = faults[i] or why
    return {FAULT: pa.array(faults, pa.string())}
