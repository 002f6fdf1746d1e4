"""Rows of text gathered into Arrow batches, and batches written to a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import UnreadableFile
from geo.sources.confined.limits import FileLimits
from geo.sources.readers.raw import batch_schema
from geo.sources.readers.sheet_shape import FOOT_ROWS, foot_rows

CELL_END = "\x1f"
"""Character that parts the cells of a row on their way; text of a file must not hold it."""

BATCH_ROWS = 20_000
"""Rows of a batch, at most."""

BATCH_CELLS = 2_000_000
"""Cells of a batch, about at most: a batch of a wide table has fewer rows."""

BATCH_CHARACTERS = 16_000_000
"""Characters of a batch's rows, about at most."""

REMARK = "the row fills one cell only, at the end of the table: a remark, not a record"
"""Fault of the rows that `foot_rows` finds."""


class Rows:
    """Rows of a table on their way into batches."""

    def __init__(self, columns: Sequence[int], *, limits: FileLimits) -> None:
        """Take rows that reach to the last of `columns`, which are kept of them."""
        self._columns = np.asarray(columns)
        self._limits = limits
        self._width = columns[-1] + 1
        self._empty = CELL_END * columns[-1]
        self._schema = batch_schema(len(columns), places=False)
        self._full = max(1, min(BATCH_ROWS, BATCH_CELLS // self._width)) + FOOT_ROWS + 1
        self._numbers: list[int] = []
        self._texts: list[str] = []
        self._faults: list[str] = []
        self._cells: list[str] = []
        self._characters = 0
        self._bytes = 0
        self.taken = 0
        """Number of rows taken."""

    def add(self, number: int, text: str, fault: str, cells: str) -> bool:
        """Take a row, its cells parted by `CELL_END`; true if it is time for `batch`.

        All cells may be missing where they cannot be told apart.
        """
        self._numbers.append(number)
        self._texts.append(text)
        self._faults.append(fault)
        self._cells.append(cells or self._empty)
        self._characters += len(text)
        self.taken += 1
        return len(self._numbers) >= self._full or self._characters >= BATCH_CHARACTERS

    def batch(self) -> Iterator[pa.RecordBatch]:
        """The rows taken, but for the last few, which may turn out to be remarks.

        Raises
        ------
        UnreadableFile
            If there are more rows, or more text, than the limits allow.
        """
        yield from self._some(len(self._numbers) - FOOT_ROWS - 1)

    def last(self) -> Iterator[pa.RecordBatch]:
        """The rest of the rows; remarks below the table have a fault.

        Raises
        ------
        UnreadableFile
            As `batch`.
        """
        end = [cells.split(CELL_END) for cells in self._cells[-FOOT_ROWS - 1 :]]
        filled = [sum(bool(cell.strip()) for cell in cells) for cells in end]
        foot = foot_rows(filled, width=len(self._columns))
        for at in range(self.held - foot, self.held):
            self._faults[at] = self._faults[at] or REMARK
        yield from self._some(self.held)

    @property
    def held(self) -> int:
        """Number of rows that are in no batch yet."""
        return len(self._numbers)

    def _some(self, count: int) -> Iterator[pa.RecordBatch]:
        """The first rows that are held, as a batch."""
        if self.taken > self._limits.rows:
            raise _too_much(f"more than {self._limits.rows:,} rows")
        if count <= 0:
            return
        cells = pc.split_pattern(pa.array(self._cells[:count], pa.string()), CELL_END).flatten()
        starts = np.arange(0, count * self._width, self._width)
        arrays = [
            pa.array(self._numbers[:count], pa.int64()),
            pa.array(self._texts[:count], pa.string()),
            pa.array(self._faults[:count], pa.string()),
            *(cells.take(pa.array(starts + column)) for column in self._columns),
        ]
        for held in (self._numbers, self._texts, self._faults, self._cells):
            del held[:count]
        self._characters = sum(map(len, self._texts))
        batch = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        self._bytes += batch.nbytes
        if self._bytes > self._limits.disk_bytes * 0.9:
            raise _too_much(f"more than {self._limits.disk_bytes // 1_000_000:,} MB of text")
        yield batch


def write_batches(batches: Iterable[pa.RecordBatch], path: Path, *, columns: int) -> None:
    """Write batches of a table without places to an Arrow IPC file."""
    schema = batch_schema(columns, places=False)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _too_much(what: str) -> UnreadableFile:
    return UnreadableFile(
        f"the table has {what}",
        expected="a table within the limits",
        remedy="split the file, or import it at the command line",
    )
