"""Text tables as rows of cells: bytes are read once, decoded and split, and none is lost.

Cells are separated by commas, semicolons, tabs or bars; a cell that starts with a quotation mark
may hold separators, line ends and doubled quotation marks (RFC 4180). A quotation mark that is not
closed as it should be costs one line, never the rest of the file.

`read` writes the rows as batches (`geo.sources.readers.raw`) and runs in a process of its own; for
files of our own `open_table` gives the same batches in this process::

    with open_table(path, known=names) as table:  # limits=COMMAND_LINE
        table.header                              # tuple[str, ...]
        for batch in table.batches():             # pa.RecordBatch of batch_schema, <= 20,000 rows
            table.share_read                      # 0 to 1
        table.rows, table.notes, table.sha256     # whole after the last batch

A row's `fault` says in words what is wrong with it (quotation marks, number of cells, control
characters, a total or the header again); it may have cells all the same. Blank lines and rows of
empty cells are passed over. Cells are as they stand: neither stripped nor normalised.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa

from geo.errors import UnreadableFile
from geo.sources.confined.limits import COMMAND_LINE, FileLimits
from geo.sources.meaning.vocabulary import is_field_name
from geo.sources.readers.batches import CELL_END, Rows, write_batches
from geo.sources.readers.raw import RawReading, RawTable
from geo.sources.readers.sheet_shape import (
    HEAD_ROWS,
    Judge,
    Shape,
    names_in,
    shape_of,
)
from geo.sources.readers.splitting import SplitRow, split_rows
from geo.sources.readers.text_lines import TextLines

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may stand between cells, with its name."""

LONGEST_CELL = 100_000
"""Characters that one cell may hold."""

REMEMBERED = 10_000
"""Texts of which it is remembered whether they name a column."""

OTHER_FORMATS = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"II*\0": "a TIFF image",
    b"MM\0*": "a TIFF image",
    b"II+\0": "a BigTIFF image",
    b"MM\0+": "a BigTIFF image",
    b"SQLite format 3": "an SQLite database or GeoPackage",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"PAR1": "a Parquet file",
    b"{": "JSON or GeoJSON",
    b"[": "JSON",
    b"<": "HTML, XML or KML",
}
"""First bytes of files that are often given a wrong name, with what they are."""

_SEPARATOR_TOLD = re.compile(r'"?sep=([,;|\t])"?')


def read(
    path: Path, folder: Path, *, limits: FileLimits, known: Collection[str] = ()
) -> RawReading:
    """The table in a text file, its batches written into `folder`.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, of another format, no text, or passes the `limits`.
    """
    batches_file = folder / "table.arrow"
    with open_table(path, limits=limits, known=known) as table:
        write_batches(table.batches(), batches_file, columns=len(table.header))
        found = RawTable(
            name="",
            header=table.header,
            rows=table.rows,
            batches_file=batches_file,
            notes=table.notes,
        )
    return RawReading(tables=(found,))


@contextmanager
def open_table(
    path: Path, *, limits: FileLimits = COMMAND_LINE, known: Collection[str] = ()
) -> Iterator[OpenTable]:
    """The text table in a file, its header found; `known` are further names of columns.

    Raises
    ------
    UnreadableFile
        As `read`; what is wrong further down shows while batches are read.
    """
    try:
        size = _size(path, limits)
        with path.open("rb") as file:
            _require_text(file)
            yield OpenTable(TextLines(file), size=size, limits=limits, known=known)
    except OSError as err:
        raise UnreadableFile(
            f"{path.name} cannot be read: {err.strerror or err}", remedy="check its permissions"
        ) from err
    except UnreadableFile as err:
        raise UnreadableFile(
            f"{path.name}: {err.what}", expected=err.expected, remedy=err.remedy
        ) from err


class OpenTable:
    """A text table that is being read; made by `open_table`."""

    def __init__(
        self, lines: TextLines, *, size: int, limits: FileLimits, known: Collection[str]
    ) -> None:
        self._lines = lines
        self._size = size
        self._limits = limits
        self._is_name = _name_test(known)
        self._first = _first_lines(lines)
        self.separator, self._told = _separator(self._first, self._is_name)
        """What stands between cells."""
        head = self._split(iter([list(self._first)]), dict(lines.faults), limits.columns)
        self._shape, self._above = _shape(
            list(islice(head, HEAD_ROWS)), self.separator, self._is_name, limits
        )
        self.header = self._shape.header
        """Names of the columns, without outer space; ``column 3`` where one has none."""
        self._width = self._shape.columns[-1] + 1
        self._left_out = sorted({*range(self._width)} - {*self._shape.columns})
        self._rows = Rows(self._shape.columns, limits=limits)

    @property
    def rows(self) -> int:
        """Rows below the header; whole after the last batch."""
        return self._rows.taken

    @property
    def share_read(self) -> float:
        """How far into the file reading has come, 0 to 1."""
        return min(self._lines.bytes_read / self._size, 1.0) if self._size else 1.0

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes that were read, 64 hexadecimal digits, after the last batch."""
        return self._lines.sha256

    @property
    def notes(self) -> tuple[str, ...]:
        """What was guessed or passed over; whole after the last batch."""
        notes = [*self._lines.notes, *self._shape.notes]
        if self.separator != "," and not self._told:
            notes.append(f"cells are separated by {SEPARATORS[self.separator]}")
        return tuple(notes)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Every row below the header, in batches of `batch_schema` of at most 20,000 rows.

        To be asked for once.

        Raises
        ------
        UnreadableFile
            If a line is no text or too long, or there are more rows than the limits allow.
        """
        rows, separator, width = self._rows, self.separator, self._width
        judge = Judge(self._shape, is_name=self._is_name, separator=separator)
        next_line = self._above + 1
        blocks = chain([self._first], iter(self._lines.take, []))
        for number, text, cells, fault in self._split(blocks, self._lines.faults, width):
            if number <= self._above:
                continue
            gap = number != next_line
            next_line = number + 1
            if (
                cells is None
                and not (gap or self._left_out)
                and text.count(separator) == width - 1
                and len(text) <= LONGEST_CELL
                and judge.passes(text)
            ):
                full = rows.add(number, text, "", text.replace(separator, CELL_END))
            else:
                next_line += text.count("\n")
                split, why = _fitted(
                    text.split(separator) if cells is None else cells, width, fault
                )
                if not (why or any(map(str.strip, split))):
                    continue
                if not why and (gap or not judge.passes(split[0])):
                    why = judge.fault(number, split, after_gap=gap)
                why = why or self._outside(split)
                full = rows.add(number, text, why, CELL_END.join(split))
            if full:
                yield from rows.batch()
        yield from rows.last()

    def _outside(self, cells: Sequence[str]) -> str:
        """Why a row with text in a column that is not read cannot be used; empty if it has none."""
        for column in self._left_out:
            if cells[column].strip():
                return f"cell {column + 1} holds text in a column that seemed empty"
        return ""

    def _split(
        self, blocks: Iterator[list[str]], faults: dict[int, str], width: int
    ) -> Iterator[SplitRow]:
        """The rows that begin in these lines."""
        return split_rows(blocks, faults, separator=self.separator, width=width)


def name_of(cell: str) -> str:
    """The name of a column as it is compared: without space around it, in lower case."""
    return cell.strip().casefold()


def _name_test(known: Collection[str]) -> Callable[[str], bool]:
    """Whether a text is a usual name of a column, or one of those `known`."""
    names = {name_of(name) for name in known}

    @lru_cache(REMEMBERED)
    def is_name(text: str) -> bool:
        return name_of(text) in names or is_field_name(text)

    return is_name


def _size(path: Path, limits: FileLimits) -> int:
    """Bytes of a file that a table can be read from."""
    if not path.exists():
        raise UnreadableFile(
            "there is no such file", expected="the path of a text table", remedy="check the path"
        )
    if not path.is_file():
        raise UnreadableFile(
            "it is a folder or a device", expected="a text table", remedy="check the path"
        )
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise UnreadableFile(
            f"the file has {size:,} bytes",
            expected=f"at most {limits.file_bytes:,}",
            remedy="split it, or import it at the command line",
        )
    return size


def _require_text(file: io.BufferedReader) -> None:
    """Refuse a file whose first bytes are those of another format."""
    start = file.peek(16)
    for magic, name in OTHER_FORMATS.items():
        if start.lstrip(b" \t\r\n").startswith(magic) or start.startswith(magic):
            raise UnreadableFile(
                f"the file is {name}",
                expected="a text table",
                remedy="export the table as CSV UTF-8",
            )


def _first_lines(lines: TextLines) -> list[str]:
    """The first block of lines, with all before it if that is blank."""
    first: list[str] = []
    while block := lines.take():
        first += block
        if any(line.strip(" \t\x1a") for line in block):
            return first
    raise UnreadableFile(
        "the file is empty", expected="a header line and rows", remedy="check the file"
    )


def _separator(lines: list[str], is_name: Callable[[str], bool]) -> tuple[str, bool]:
    """What stands between cells, and whether the first line says so; it is emptied then.

    The separator that finds most names of columns in a row; then the one with which fewer rows are
    faulty, more rows have the same number of cells, and this number is greater.
    """
    if told := _SEPARATOR_TOLD.fullmatch(lines[0].strip(" ")):
        lines[0] = ""
        return told[1], True
    ranks = []
    for separator in SEPARATORS:
        every = split_rows(iter([list(lines)]), {}, separator=separator, width=len(lines[0]) + 1)
        head = list(islice(every, HEAD_ROWS // 2))
        rows = _cells(head, separator)
        widths = Counter(len(cells) for cells in rows if len(cells) > 1)
        usual, times = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        names = max((names_in(cells, is_name) for cells in rows), default=0)
        faulty = sum(bool(fault) for *_, fault in head)
        ranks.append((names, -faulty, times, usual, separator))
    return max(ranks, key=lambda rank: rank[:-1])[-1], False


def _cells(rows: Sequence[SplitRow], separator: str) -> list[list[str]]:
    """The cells of rows."""
    return [text.split(separator) if cells is None else cells for _, text, cells, _ in rows]


def _shape(
    head: Sequence[SplitRow],
    separator: str,
    is_name: Callable[[str], bool],
    limits: FileLimits,
) -> tuple[Shape, int]:
    """The shape of a table that begins with these rows, and the line on which its header ends."""
    if not head:
        raise UnreadableFile(
            "the file has no cells with text", expected="a header line", remedy="check the file"
        )
    shape = shape_of(_cells(head, separator), is_name=is_name)
    for number, _, _, fault in head[: max(shape.first_row, 1)]:
        if fault:
            raise UnreadableFile(
                f"line {number}, above the rows: {fault}",
                expected="text with the names of the columns",
                remedy="check the file's first lines, and save it as CSV UTF-8",
            )
    if len(shape.columns) > limits.columns:
        raise UnreadableFile(
            f"the table has {len(shape.columns):,} columns",
            expected=f"at most {limits.columns:,}",
            remedy="leave out columns, or check the separator",
        )
    if not shape.first_row:
        return shape, 0
    number, text, _, _ = head[shape.first_row - 1]
    return shape, number + text.count("\n")


def _fitted(cells: list[str], width: int, fault: str) -> tuple[list[str], str]:
    """The cells of a row as wide as the header, or none and why; a fault it has comes first."""
    if len(cells) > width and not any(map(str.strip, cells[width:])):
        cells = cells[:width]
    if fault and len(cells) != width:
        return [], fault
    if len(cells) != width:
        told = "1 cell" if len(cells) == 1 else f"{len(cells):,} cells"
        return [], f"the row has {told} and the header {width:,}"
    longest = max(cells, key=len)
    if len(longest) <= LONGEST_CELL:
        return cells, fault
    number = cells.index(longest) + 1
    what = f"cell {number} has {len(longest):,} characters, more than {LONGEST_CELL:,}"
    return [], fault or what
