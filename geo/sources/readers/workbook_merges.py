"""Merged cells of a sheet: their text repeated in each cell that they cover."""

from __future__ import annotations

from collections.abc import Sequence

from geo.errors import UnreadableFile
from geo.sources.readers.workbook_parts import Merge
from geo.sources.readers.workbook_rows import SheetRow

HEADING_COLUMNS = 3
"""Columns over which one merged cell, alone in its row, is taken for a heading."""

HEADING = "the row is one merged cell: a heading, not a record"
"""Fault of such a row."""


class Filler:
    """Fills the rows of a sheet, one after the other, from its merged ranges."""

    def __init__(self, merges: Sequence[Merge], *, most_columns: int) -> None:
        """Take ranges ordered from the top; columns from `most_columns` on are left alone."""
        self._coming = [merge for merge in reversed(merges) if merge.left < most_columns]
        self._most_columns = most_columns
        self._open: list[tuple[Merge, str]] = []
        self.merges = 0
        """Merged ranges with text that were met."""

    def filled(self, row: SheetRow) -> SheetRow | None:
        """The row with the text of the ranges that cover it; None if it has no text of its own.

        Raises
        ------
        UnreadableFile
            If more ranges cover the row than it has columns.
        """
        if not any(text and not text.isspace() for text in row.cells.values()) and not row.faults:
            return None
        if not self._coming and not self._open:
            return row
        self._open = [(merge, text) for merge, text in self._open if merge.bottom >= row.number]
        while self._coming and self._coming[-1].top <= row.number:
            merge = self._coming.pop()
            text = row.cells.get(merge.left, "") if merge.top == row.number else ""
            if text and merge.bottom >= row.number:
                self._open.append((merge, text))
                self.merges += 1
        if len(self._open) > self._most_columns:
            raise UnreadableFile(
                f"more than {self._most_columns:,} merged ranges cover row {row.number}",
                expected="merged ranges that do not overlap",
                remedy="take the cells apart and save the workbook anew",
            )
        cells = dict(row.cells)
        for merge, text in self._open:
            for column in range(merge.left, min(merge.right, self._most_columns - 1) + 1):
                cells.setdefault(column, text)
        return SheetRow(row.number, cells, row.faults)


def is_heading(row: SheetRow) -> bool:
    """Whether a row is one text over several columns."""
    return len(row.cells) >= HEADING_COLUMNS and len(set(row.cells.values())) == 1
