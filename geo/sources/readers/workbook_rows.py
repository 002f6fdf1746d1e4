"""The rows of a sheet of an Excel workbook, each cell as canonical text or with why it has none.

Office Open XML: ECMA-376, part 1, 18.3.1.4 (cells) and 18.17.4 (dates). The size that a sheet
declares is not read: it may lie. Runs in a child process only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from xml.parsers.expat import XMLParserType
from zipfile import ZipFile

from geo.errors import UnreadableFile
from geo.sources.confined.limits import FileLimits
from geo.sources.readers.workbook_parts import (
    MONTH,
    NUMBER,
    TIME,
    YEAR,
    Book,
    LocalNames,
    chunks,
    column_of,
    feed,
    letters_of,
    parser_of,
    unescaped,
)

LAST_ROW, LAST_COLUMN = 1_048_576, 16_383
"""Where a sheet ends in Excel: the last row, from 1, and the last column, from 0."""

LAST_DAY = 2_958_465
"""31 December 9999 as Excel counts days."""

_DIGITS = "0123456789"
_EXACT_BELOW = 10**15


@dataclass(slots=True)
class SheetRow:
    """A row that is in the sheet."""

    number: int
    """As the sheet counts it, from 1."""
    cells: dict[int, str] = field(default_factory=dict)
    """Text of the cells that are not empty, by their column from 0."""
    faults: list[str] = field(default_factory=list)
    """Why cells have no value, naming them."""


@dataclass(slots=True)
class Counts:
    """What was met on the way that a reader may want to know."""

    hidden_rows: int = 0
    hidden_columns: int = 0
    formulas: int = 0
    without_day: int = 0
    """Cells that show a month or a year only."""


@dataclass(slots=True)
class _Cell:
    """What the elements of a cell say."""

    value: str | None
    kind: str
    style: str
    formula: str | None


def rows_of(
    archive: ZipFile, part: str, book: Book, counts: Counts, *, limits: FileLimits
) -> Iterator[SheetRow]:
    """The rows of a sheet that hold anything, in the order of the file.

    Raises
    ------
    UnreadableFile
        If the part is damaged, or a row or cell lies outside what a sheet can hold.
    """
    rows: list[SheetRow] = []
    parser = parser_of(part)
    _listen(parser, rows, book, counts)
    for chunk in chunks(archive, part, limits=limits):
        feed(parser, chunk, part)
        yield from rows
        rows.clear()
    feed(parser, b"", part)
    yield from rows


def _listen(  # noqa: PLR0915 - closures over the same variables, for speed
    parser: XMLParserType, rows: list[SheetRow], book: Book, counts: Counts
) -> None:
    """Have the parser put the rows that hold anything into `rows`.

    Closures over plain variables: a sheet has millions of cells, and each calls them four times.
    """
    local = LocalNames()
    texts = book.texts
    columns: dict[str, int] = {}
    pieces: list[str] = []
    row, row_text = SheetRow(0), "0"
    column, kind, style = -1, "", ""
    value: str | None = None
    formula: str | None = None
    phonetic = False

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal row, row_text, column, kind, style, value, formula, phonetic
        tag = local[name]
        if tag == "c":
            if reference := attributes.get("r"):
                letters = reference.rstrip(_DIGITS)
                column = columns.get(letters, -1)
                if column < 0:
                    column = columns[letters] = _checked_column(letters)
                if reference[len(letters) :] != row_text:
                    row.faults.append(f"cell {reference[:20]} stands in row {row_text}")
            else:
                column += 1
            kind = attributes.get("t", "n")
            style = attributes.get("s", "")
            value = formula = None
        elif tag in {"v", "f", "t"}:
            pieces.clear()
        elif tag == "row":
            row = _next_row(row, attributes)
            row_text = str(row.number)
            column = -1
            counts.hidden_rows += attributes.get("hidden") in {"1", "true"}
        elif tag == "rPh":
            phonetic = True
        elif tag == "col":
            counts.hidden_columns += attributes.get("hidden") in {"1", "true"}

    def end(name: str) -> None:
        nonlocal value, formula, phonetic
        tag = local[name]
        if tag == "v":
            value = "".join(pieces)
        elif tag == "c":
            if formula is None and kind == "s" and value and value.isdecimal():
                at = int(value[:12])
                text = texts[at] if at < len(texts) else None
            elif value is None and formula is None:
                return
            else:
                text = None
            if text is None:
                cell = _Cell(value, kind, style, formula)
                text = _told(cell, row, column, book, counts)
            if text and column not in row.cells and column <= LAST_COLUMN:
                row.cells[column] = text
            elif text:
                _add_again(row, column, text)
        elif tag == "t" and not phonetic:
            value = (value or "") + "".join(pieces)
        elif tag == "f":
            formula = "".join(pieces)
        elif tag == "row" and (row.cells or row.faults):
            rows.append(row)
        elif tag == "rPh":
            phonetic = False

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = pieces.append


def _next_row(before: SheetRow, attributes: Mapping[str, str]) -> SheetRow:
    """The row that begins after another."""
    told = attributes.get("r", "")
    number = int(told) if told.isdecimal() and len(told) < 9 else before.number + 1
    if number > LAST_ROW:
        raise _outside(f"row {number:,}")
    row = SheetRow(number)
    if number <= before.number:
        row.faults.append(f"row {number} stands below row {before.number} in the file")
    return row


def _add_again(row: SheetRow, column: int, text: str) -> None:
    """Put the text of a cell that is there already into its row."""
    if column > LAST_COLUMN:
        raise _outside(f"column {column + 1:,}")
    row.faults.append(f"cell {letters_of(column)}{row.number} is there twice")
    row.cells[column] = f"{row.cells[column]} {text}"


def _told(cell: _Cell, row: SheetRow, column: int, book: Book, counts: Counts) -> str:
    """The text of a cell, or what is kept of it, and then why in the faults of its row."""
    counts.formulas += cell.formula is not None
    try:
        return _cell_text(cell, book, counts)
    except _NoValue as fault:
        row.faults.append(f"cell {letters_of(column)}{row.number} {fault}")
        return fault.instead


def _cell_text(cell: _Cell, book: Book, counts: Counts) -> str:
    """The text of a cell; empty for an empty one."""
    value, kind = cell.value, cell.kind
    if cell.formula is not None and (value is None or (not value and kind != "str")):
        text = f"={cell.formula}"[:200]
        raise _NoValue(f"holds the formula {text} without a result", instead=text)
    if not value:
        return ""
    if kind == "n":
        return _number(value, cell.style, book, counts)
    if kind == "s":
        return _shared(book.texts, value)
    if kind == "b":
        return "true" if value.strip() in {"1", "true"} else "false"
    if kind == "e":
        raise _NoValue(f"holds the error {value[:20]}", instead=value[:20])
    if kind == "d":
        return value.strip().removesuffix("Z").removesuffix(".000").removesuffix("T00:00:00")
    return unescaped(value)


def _shared(texts: Sequence[str], value: str) -> str:
    """The shared text of this number."""
    number = value.strip()
    if number.isdecimal() and len(number) < 12 and int(number) < len(texts):
        return texts[int(number)]
    raise _NoValue(f"refers to text {value[:20]!r}, which the workbook lacks")


def _number(value: str, style: str, book: Book, counts: Counts) -> str:
    """A number as its style shows it: a date, a time or itself."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _NoValue(f"holds {value[:40]!r}, which is no number", instead=value[:40])
    shows = NUMBER
    if style and style.isdecimal() and len(style) < 9 and int(style) < len(book.shows):
        shows = book.shows[int(style)]
    if shows == NUMBER:
        return number_text(number)
    text = date_text(number, shows=shows, epoch_1904=book.epoch_1904)
    if not text:
        shown = number_text(number)
        raise _NoValue(f"is shown as a date or time but holds {shown}", instead=shown)
    counts.without_day += shows in {MONTH, YEAR} and len(text) < len("2015-03-07")
    return text


class _NoValue(Exception):
    """Why a cell has no value."""

    def __init__(self, why: str, *, instead: str = "") -> None:
        super().__init__(why)
        self.instead = instead
        """What is kept of the cell."""


def number_text(number: float) -> str:
    """A number in digits, as short as it can be told exactly, without an exponent where it is sane.

    >>> number_text(54.0), number_text(33.299999999999997), number_text(1e-07), number_text(1e300)
    ('54', '33.3', '0.0000001', '1e+300')
    """
    if number.is_integer() and abs(number) < _EXACT_BELOW:
        return str(int(number))
    text = repr(number)
    if "e" in text and 1e-15 < abs(number) < 1e21:
        return format(Decimal(text), "f")
    return text


def date_text(number: float, *, shows: str, epoch_1904: bool) -> str:
    """A count of days as a date, or empty text if it is none.

    A cell that shows a month or a year and holds the first day of it says no more than it shows.
    Excel takes 1900 for a leap year, so its day 60 never was.

    >>> date_text(42070, shows="day", epoch_1904=False)
    '2015-03-07'
    >>> date_text(42064, shows="month", epoch_1904=False)
    '2015-03'
    >>> date_text(0.5, shows="time", epoch_1904=False)
    '12:00:00'
    """
    if not 0 <= number <= LAST_DAY + 1:
        return ""
    days, seconds = divmod(round(number * 86_400), 86_400)
    time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if shows == TIME and not days:
        return time
    day = _day(days, epoch_1904=epoch_1904)
    if day is None or seconds:
        return f"{day.isoformat()}T{time}" if day else ""
    whole = day.isoformat()
    if shows == YEAR and whole.endswith("-01-01"):
        return whole[:4]
    return whole[:7] if shows == MONTH and whole.endswith("-01") else whole


def _day(days: int, *, epoch_1904: bool) -> date | None:
    """The day of a count of days; None if there is none."""
    if epoch_1904:
        return date(1904, 1, 1) + timedelta(days=days) if days <= LAST_DAY - 1462 else None
    if days < 1 or days == 60 or days > LAST_DAY:
        return None
    return date(1899, 12, 31 if days < 60 else 30) + timedelta(days=days)


def _checked_column(letters: str) -> int:
    """The column of a cell's letters."""
    if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) < 4):
        raise _outside(f"a cell {letters[:20]!r}")
    column = column_of(letters)
    if column > LAST_COLUMN:
        raise _outside(f"column {letters}")
    return column


def _outside(what: str) -> UnreadableFile:
    return UnreadableFile(
        f"a sheet has {what}, which no workbook can hold",
        expected="a workbook as spreadsheet programs write it",
        remedy="open it and save it anew as .xlsx",
    )
