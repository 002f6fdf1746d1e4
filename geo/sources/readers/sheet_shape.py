"""Where the table is in a sheet: its header, and the rows below it that are no records.

A sheet made for people has titles above the table, names of columns in two rows, sums and remarks
below. All here is arithmetic on cells of text, the same for text tables and workbooks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from geo.sources.meaning.vocabulary import folded

HEAD_ROWS = 60
"""Rows from the top of a sheet among which the header is looked for."""

FOOT_ROWS = 20
"""Rows at the end of a table that may be remarks."""

LONGEST_NAME = 120
"""Characters of a cell that can name a column."""

ASKED_CELLS = 400
"""Cells of a row that are asked whether they name a column: a row may have a million."""

NAMED_SHARE = 0.7
"""Share of a row's cells that must be names of columns for it to begin another table."""

TOTALS = frozenset(
    """
    total|totals|grand total|sub total|subtotal|sum|overall total|total général|total general|
    sous total|somme|toplam|genel toplam|ara toplam|yekun|المجموع|مجموع|المجموع الكلي|
    المجموع العام|المجموع الفرعي|مجموع كلي|الاجمالي|اجمالي|الاجمالي العام|المجموع النهائي|
    جمع|جمع كل|مجموع كل|جمعا
    """.replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
"""Words before a sum, folded, in English, French, Turkish, Arabic and Persian."""

_MAY_BE_TOTAL = r"[\s*#\u200e\u200f]|$|(?i:" + "|".join(
    sorted({word[:3] for word in TOTALS} | {"الإ", "إجم", "کل"})
) + ")"  # fmt: skip
_NUMBER = re.compile(r"[-+(]?[\d٠-٩۰-۹][\d٠-٩۰-۹.,٫٬'\s\u00a0/:-]*[%٪)]?(?:[eE][+-]?\d+)?")
_TRAILING_SUM = re.compile(r"[\s=*#\d٠-٩۰-۹٫٬]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the rows of a sheet are to be read."""

    header: tuple[str, ...]
    """Names of the columns that are read; ``column 3`` where one has none; two rows of names are
    joined as ``Coordinates / Lat``."""
    columns: tuple[int, ...]
    """Positions in a row, from 0, of the columns that are read, ascending."""
    first_row: int
    """Position, from 0, of the first row below the header."""
    header_cells: tuple[tuple[str, ...], ...] = ()
    """The row or rows of names as they stand; none if the sheet has no header."""
    notes: tuple[str, ...] = ()
    """What was taken for titles, joined or made up."""


def shape_of(rows: Sequence[Sequence[str]], *, is_name: Callable[[str], bool]) -> Shape:
    """The shape of a sheet that begins with `rows`, none of which is blank.

    The header is the row with most usual names of columns, if it has two; otherwise the first row
    of words that is about as wide as the table. Where the first row of that width holds numbers
    like the rows below it, the sheet has no header and the columns are numbered.

    Parameters
    ----------
    rows : sequence of sequences of str
        The first rows of the sheet, at least one; they may differ in length.
    is_name : callable
        Whether a text is a usual name of a column.
    """
    found = _header_row(rows, is_name)
    if found is None:
        width = max(len(row) for row in rows)
        columns = _columns((), rows, width)
        return Shape(
            header=tuple(f"column {column + 1}" for column in columns),
            columns=columns,
            first_row=0,
            notes=("no row with names of columns was found; the columns are numbered",),
        )
    upper = found - 1 if found and _are_pair(rows[found - 1], rows[found], is_name) else found
    pair = upper < found or (
        found + 1 < len(rows) and _are_pair(rows[found], rows[found + 1], is_name)
    )
    names = _joined(rows[upper], rows[upper + 1]) if pair else [c.strip() for c in rows[upper]]
    first_row = upper + (2 if pair else 1)
    below = rows[first_row:]
    # One row with too many cells must not make all others look too short.
    usual, times = Counter(map(len, below)).most_common(1)[0] if below else (0, 0)
    width = max(len(names), usual if 2 * times > len(below) else 0)
    columns = _columns(names, below, width)
    notes = [_title_note(rows[:upper])] if upper else []
    if pair:
        notes.append("the names of the columns stand in two rows, which were joined")
    return Shape(
        header=tuple(_name_at(names, column) for column in columns),
        columns=columns,
        first_row=first_row,
        header_cells=tuple(tuple(row) for row in rows[upper:first_row]),
        notes=tuple(notes),
    )


class Judge:
    """Tells, row after row, which rows below a header are no records.

    `separator` is what parts the cells of the rows that `passes` is asked of.
    """

    def __init__(
        self, shape: Shape, *, is_name: Callable[[str], bool], separator: str = ""
    ) -> None:
        self._shape = shape
        self._is_name = is_name
        self._other_table = 0
        names = {row[0] for row in shape.header_cells if row and row[0]}
        starts = [re.escape(start) for start in (*sorted(names), separator) if start]
        doubtful = "|".join([_MAY_BE_TOTAL, *(f"(?i:{start})" for start in starts)])
        self._doubtful = re.compile(doubtful)

    def passes(self, start: str) -> bool:
        """Whether a row that begins with this text, or cell, and has no gap before it is no fault.

        A quick test: a row that does not pass it may have no `fault` all the same.
        """
        return not (self._other_table or self._doubtful.match(start))

    def fault(self, number: int, cells: Sequence[str], *, after_gap: bool) -> str:
        """Why a row is no record; empty if it may be one.

        `cells` are all cells of the row, as `shape_of` had them, at least one of them filled;
        `after_gap` tells whether blank rows stand before it. A total is a row whose first filled
        cell says so and whose other cells are empty or numbers. Where names of columns come again
        after a gap, and others than before, another table begins.
        """
        if not self._other_table:
            if any(_same(cells, names) for names in self._shape.header_cells):
                return "the row repeats the names of the columns"
            filled = [cell for cell in cells if cell and not cell.isspace()]
            if is_total(filled[0]) and all(is_number(cell) for cell in filled[1:]):
                return "the row is a total, not a record"
            if after_gap and self._names_columns(filled):
                self._other_table = number
        if self._other_table:
            return f"the row is of another table, which begins in row {self._other_table}"
        return ""

    def _names_columns(self, filled: Sequence[str]) -> bool:
        """Whether most cells of a row are usual names of columns."""
        cells = _distinct(filled)
        if len(cells) < 2 or not self._shape.header_cells or any(map(is_number, cells)):
            return False
        misses = (1 - NAMED_SHARE) * len(cells)
        for cell in cells:
            misses -= not (len(cell) <= LONGEST_NAME and self._is_name(cell))
            if misses < 0:  # most rows of a table with blank lines between its rows end here soon
                return False
        return True


def names_in(cells: Iterable[str], is_name: Callable[[str], bool]) -> int:
    """How many of the first different cells are usual names of columns."""
    some = islice(dict.fromkeys(cells), ASKED_CELLS)
    return sum(len(cell) <= LONGEST_NAME and is_name(cell) for cell in some)


def foot_rows(filled: Sequence[int], *, width: int) -> int:
    """How many of the last rows of a table are remarks below it.

    `filled` is the number of filled cells of each row; a remark fills one cell of a table of three
    columns or more, and stands below a row that fills more. Never more than `FOOT_ROWS`.
    """
    if width < 3:
        return 0
    for count, cells in enumerate(reversed(filled)):
        if cells != 1:
            return count if count <= FOOT_ROWS else 0
    return 0


def is_total(text: str) -> bool:
    """Whether a cell says that the row is a sum.

    >>> is_total("Grand Total:"), is_total("المجموع"), is_total("TOPLAM = 54"), is_total("Totalgas")
    (True, True, True, False)
    """
    if len(text) > LONGEST_NAME:
        return False
    return _TRAILING_SUM.sub("", folded(text)).strip("*# ") in _FOLDED_TOTALS


def is_number(text: str) -> bool:
    """Whether a cell holds a number, a date or a share and no words, in any digits.

    >>> is_number("1,200"), is_number("٥٤"), is_number("2015-03-07"), is_number("12 pcs")
    (True, True, True, False)
    """
    return len(text) <= LONGEST_NAME and _NUMBER.fullmatch(text.strip()) is not None


_FOLDED_TOTALS = frozenset(map(folded, TOTALS))


def _header_row(rows: Sequence[Sequence[str]], is_name: Callable[[str], bool]) -> int | None:
    """Position of the (lower) row of names; None if there is none."""
    distinct = [_distinct(row) for row in rows]
    names = [names_in(cells, is_name) for cells in distinct]
    best = names.index(max(names))
    if names[best] >= 2:
        return best
    widest = max(len(cells) for cells in distinct)
    wide = [at for at, cells in enumerate(distinct) if 2 * len(cells) >= widest]
    for at in wide:
        if not any(is_number(cell) or len(cell) > LONGEST_NAME for cell in distinct[at]):
            return at
    first = wide[0]
    return None if _is_data(rows, first) and not names[first] else first


def _is_data(rows: Sequence[Sequence[str]], at: int) -> bool:
    """Whether a row holds numbers where most rows below it hold numbers, years left aside."""
    below = rows[at + 1 :]
    for column, cell in enumerate(rows[at]):
        if is_number(cell) and not re.fullmatch(r"(19|20)\d\d", cell.strip()):
            numbers = sum(len(row) > column and is_number(row[column]) for row in below)
            if below and 2 * numbers >= len(below):
                return True
    return False


def _are_pair(upper: Sequence[str], lower: Sequence[str], is_name: Callable[[str], bool]) -> bool:
    """Whether two rows together name the columns: groups above, their parts below.

    A group is a name above that goes on (by an empty or the same cell) over two or more columns,
    which have different names below; elsewhere only one of the rows has a name, or both the same.
    """
    if any(is_number(cell) or len(cell) > LONGEST_NAME for cell in (*upper, *lower)):
        return False
    width = max(len(upper), len(lower))
    tops, parts = _padded(upper, width), _padded(lower, width)
    groups = [
        group
        for group in _groups(tops)
        if tops[group[0]]
        and len({parts[column] for column in group if parts[column]}) >= 2
        and all(parts[column] for column in group if tops[column])
    ]
    inside = {column for group in groups for column in group}
    alone = [column for column in range(width) if column not in inside]
    if not groups or len(_distinct(tops)) < 2:
        return False
    if any(parts[c] and tops[c] and parts[c] != tops[c] for c in alone):
        return False
    merged = any(tops[column] for group in groups for column in group[1:])
    named = [parts[column] for group in groups for column in group]
    return merged or any(map(is_name, named))


def _groups(tops: Sequence[str]) -> list[list[int]]:
    """Columns in runs: each begins with a name and goes on over empty or equal cells."""
    groups: list[list[int]] = []
    for column, name in enumerate(tops):
        if groups and (not name or name == tops[groups[-1][0]]):
            groups[-1].append(column)
        else:
            groups.append([column])
    return groups


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """The names of two rows as one: ``Coordinates / Lat``."""
    width = max(len(upper), len(lower))
    tops, parts = _padded(upper, width), _padded(lower, width)
    names = []
    for group in _groups(tops):
        top = tops[group[0]]
        for column in group:
            part = parts[column]
            if not part or part == tops[column]:
                names.append(tops[column])
            else:
                names.append(f"{top} / {part}" if top and len(group) > 1 else part)
    return names


def _columns(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> tuple[int, ...]:
    """Columns that have a name, or text in one of the rows."""
    filled = {
        column for row in rows for column, cell in enumerate(row) if cell and not cell.isspace()
    }
    named = {column for column, name in enumerate(names) if name}
    return tuple(column for column in range(width) if column in named or column in filled)


def _name_at(names: Sequence[str], column: int) -> str:
    """The name of a column, or its number."""
    return (names[column] if column < len(names) else "") or f"column {column + 1}"


def _title_note(rows: Sequence[Sequence[str]]) -> str:
    """What stands above the header, in one line."""
    texts = [" ".join(dict.fromkeys(cell.strip() for cell in row if cell.strip())) for row in rows]
    shown = "; ".join(" ".join(text.split())[:100] for text in texts[:3])
    lines = "1 line" if len(rows) == 1 else f"{len(rows)} lines"
    return f"{lines} above the names of the columns were taken for titles: {shown}"


def _distinct(row: Sequence[str]) -> set[str]:
    """The different texts of a row."""
    return {text for cell in row if (text := cell.strip())}


def _same(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row says what another says, apart from case and outer space."""
    if len(_distinct(cells)) < 2:
        return False
    width = max(len(cells), len(names))
    pairs = zip(_padded(cells, width), _padded(names, width), strict=True)
    return all(cell.casefold() == name.casefold() for cell, name in pairs)


def _padded(row: Sequence[str], width: int) -> list[str]:
    """The cells without outer space, as many as `width`."""
    return [cell.strip() for cell in row] + [""] * (width - len(row))
