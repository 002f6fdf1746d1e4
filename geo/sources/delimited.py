"""Text tables as rows of cells: bytes are read once, hashed, decoded and split, and none is lost.

Cells are separated by commas, semicolons or tabs; a cell that starts with a quotation mark may hold
separators, line ends and doubled quotation marks (RFC 4180). A quotation mark that is not closed as
it should be costs one line, never the rest of the file.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from geo.errors import UnreadableFile

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""What may stand between cells, with its name."""

LONGEST_LINE = 10_000_000
"""Characters; a file with a longer line is no table."""

BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""First bytes of a file that say how its text is encoded."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """One row of a table as it stands in the file."""

    number: int
    """The line of the file on which it starts, from 1."""
    text: str
    """Its text without the line end."""
    cells: list[str]
    """Its cells, with quotation marks resolved and line ends inside as ``\\n``; empty if faulty."""
    fault: str = ""
    """Why it could not be split; empty if it could."""


class Delimited:
    """An open text table. Iterate `rows` to the end; then `sha256` and `blank_lines` are known."""

    def __init__(self, file: io.BufferedReader, size: int, known: Collection[str]) -> None:
        self._source = _Digesting(file)
        self._size = size
        text = io.TextIOWrapper(self._source, _encoding(file), newline="")
        self._lines = _Lines(text, self._source)
        self.header, self.separator = self._read_header(known)
        self.blank_lines = 0

    @property
    def share_read(self) -> float:
        """How far into the file reading has come, 0 to 1."""
        return min(self._source.count / self._size, 1.0) if self._size else 1.0

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes that were read, 64 hexadecimal digits."""
        return self._source.digest.hexdigest()

    def rows(self) -> Iterator[TextRow]:
        """Every row below the header; lines without any text are counted in `blank_lines`."""
        while line := self._lines.take():
            number, text = line
            if not text.strip(" \r\n"):
                self.blank_lines += 1
            elif '"' in text:
                yield self._quoted_row(number, text)
            else:
                body = text.rstrip("\r\n")
                yield TextRow(number=number, text=body, cells=body.split(self.separator))

    def _read_header(self, known: Collection[str]) -> tuple[list[str], str]:
        """The header's cells and the separator with which most of them are `known`."""
        while (line := self._lines.take()) and not line[1].strip():
            pass
        if line is None:
            raise UnreadableFile(
                "the file is empty", expected="a header line and rows", remedy="check the file"
            )
        text = line[1]
        if "\0" in text:
            raise UnreadableFile(
                "the file's first line holds NUL bytes",
                expected="a text table",
                remedy="save it as CSV UTF-8",
            )
        readings = []
        for separator in SEPARATORS:
            split = _Splitter(separator)
            if split.feed(text) is _State.DONE:
                readings.append((split.cells, separator))
        if not readings:
            raise UnreadableFile(
                "a quotation mark in the header never closes",
                expected="one line with the names of the columns",
                remedy="check the file's first line",
            )
        return max(
            readings,
            key=lambda reading: (
                sum(name_of(cell) in known for cell in reading[0]),
                len(reading[0]),
            ),
        )

    def _quoted_row(self, number: int, text: str) -> TextRow:
        """A row with quotation marks, which may go on over further lines."""
        split = _Splitter(self.separator)
        taken = [text]
        state = split.feed(text)
        # With more cells than columns the row is lost anyway: reading on would only cost time.
        while state is _State.OPEN and len(split.cells) < len(self.header):
            line = self._lines.take()
            if line is None:
                break
            taken.append(line[1])
            state = split.feed(line[1])
        if state is _State.DONE:
            return TextRow(number=number, text="".join(taken).rstrip("\r\n"), cells=split.cells)
        self._lines.give_back(taken[1:])
        fault = "is followed by text" if state is _State.BROKEN else "never closes"
        return TextRow(
            number=number,
            text=text.rstrip("\r\n"),
            cells=[],
            fault=f"a quotation mark in cell {split.opened_in} {fault}",
        )


def name_of(cell: str) -> str:
    """The name of a column as it is compared: without space around it, in lower case."""
    return cell.strip().casefold()


@contextmanager
def open_delimited(path: Path, known: Collection[str]) -> Iterator[Delimited]:
    """The text table in a file, read with the separator that finds most of the `known` names.

    Raises
    ------
    UnreadableFile
        If there is no such file, it cannot be opened, or it is empty, of another format or no text
        in UTF-8 (or UTF-16 with a byte order mark); the last only shows while rows are read.
    """
    try:
        _require_file(path)
        with path.open("rb") as file:
            yield Delimited(file, path.stat().st_size, known)
    except OSError as err:
        raise UnreadableFile(
            f"{path.name} cannot be read: {err.strerror or err}", remedy="check its permissions"
        ) from err
    except UnreadableFile as err:
        raise UnreadableFile(
            f"{path.name}: {err.what}", expected=err.expected, remedy=err.remedy
        ) from err


def _require_file(path: Path) -> None:
    """Refuse a path that no table can be read from."""
    if not path.exists():
        raise UnreadableFile("there is no such file", expected="the path of a text table")
    if not path.is_file():
        raise UnreadableFile("it is a folder or a device", expected="a text table")


class _Digesting(io.BufferedIOBase):
    """Passes bytes on and remembers their number and SHA-256."""

    name = "table"

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1, /) -> bytes:
        data = self._file.read1(size)
        self.digest.update(data)
        self.count += len(data)
        return data


class _Lines:
    """Numbered lines, some of which can be given back."""

    def __init__(self, text: io.TextIOWrapper, source: _Digesting) -> None:
        self._text = text
        self._source = source
        self._waiting: deque[str] = deque()
        self._number = 0

    def take(self) -> tuple[int, str] | None:
        """The next line with its number and its line end; None at the end."""
        line = self._waiting.popleft() if self._waiting else self._read()
        if not line:
            return None
        self._number += 1
        return self._number, line

    def give_back(self, lines: list[str]) -> None:
        """Have these lines, the last that were taken, come again."""
        self._waiting.extendleft(reversed(lines))
        self._number -= len(lines)

    def _read(self) -> str:
        """The next line of the file; empty at its end."""
        try:
            line = self._text.readline(LONGEST_LINE)
        except UnicodeDecodeError as err:
            raise self._not_text(err) from err
        if len(line) == LONGEST_LINE:
            raise UnreadableFile(
                f"line {self._number + 1} has more than {LONGEST_LINE:,} characters",
                expected="a table with one row a line",
                remedy="check whether the file is a table",
            )
        return line

    def _not_text(self, err: UnicodeDecodeError) -> UnreadableFile:
        """The error for bytes that are no text, with their place in the file."""
        position = self._source.count - len(err.object) + err.start
        line = self._number + 1 + err.object[: err.start].count(b"\n")
        if err.reason in ("unexpected end of data", "truncated data"):
            return UnreadableFile(
                f"the file ends in the middle of a character, at byte {position}",
                expected="a whole file",
                remedy="fetch or export it again",
            )
        return UnreadableFile(
            f"byte 0x{err.object[err.start]:02x} at position {position}, line {line}, is no"
            f" {err.encoding.upper()}",
            expected="text in UTF-8, or in UTF-16 with a byte order mark",
            remedy="save the table as CSV UTF-8",
        )


class _State(Enum):
    """Where a row stands after a line of it."""

    DONE = auto()
    OPEN = auto()
    """Inside quotation marks: the row goes on in the next line."""
    BROKEN = auto()
    """Text follows a closing quotation mark."""


class _Splitter:
    """Splits one row into cells, a line at a time."""

    _QUOTED = re.compile(r'[^"]*(?:""[^"]*)*')
    """The inside of a quoted cell, up to its closing quotation mark."""

    def __init__(self, separator: str) -> None:
        self.cells: list[str] = []
        self.opened_in = 0
        """Number of the last cell that started with a quotation mark, from 1."""
        self._separator = separator
        self._parts: list[str] = []
        self._inside = False

    def feed(self, line: str) -> _State:
        """Take in one line; `cells` is complete when the state is DONE."""
        body = line.rstrip("\r\n")
        position = 0
        while True:
            if not self._inside and not body.startswith('"', position):
                end = body.find(self._separator, position)
                if end < 0:
                    self.cells.append(body[position:])
                    return _State.DONE
                self.cells.append(body[position:end])
                position = end + 1
                continue
            if not self._inside:
                self._inside = True
                self.opened_in = len(self.cells) + 1
                position += 1
            match = self._QUOTED.match(body, position)
            assert match  # the pattern matches the empty text
            self._parts.append(match.group().replace('""', '"'))
            position = match.end()
            if position == len(body):
                self._parts.append("\n")
                return _State.OPEN
            position += 1
            if position < len(body) and body[position] != self._separator:
                return _State.BROKEN
            self._inside = False
            self.cells.append("".join(self._parts))
            self._parts = []
            if position == len(body):
                return _State.DONE
            position += 1


def _encoding(file: io.BufferedReader) -> str:
    """How the file's text is encoded, by its first bytes."""
    start = file.peek(16)
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return encoding
    for magic, name in OTHER_FORMATS.items():
        if start.lstrip(b" \t\r\n").startswith(magic) or start.startswith(magic):
            raise UnreadableFile(
                f"the file is {name}",
                expected="a text table",
                remedy="export the table as CSV UTF-8",
            )
    return "utf-8"
