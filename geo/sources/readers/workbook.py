"""Excel workbooks (.xlsx) as raw tables: every sheet, hidden ones too, as cells of canonical text.

Runs in a child process only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from zipfile import ZipFile

import pyarrow as pa

from geo.errors import UnreadableFile
from geo.sources.confined.archives import opened
from geo.sources.confined.limits import FileLimits
from geo.sources.meaning.vocabulary import is_field_name
from geo.sources.readers.batches import CELL_END, Rows, write_batches
from geo.sources.readers.raw import RawReading, RawTable
from geo.sources.readers.sheet_shape import HEAD_ROWS, Judge, Shape, shape_of
from geo.sources.readers.text_lines import control_fault, visible
from geo.sources.readers.workbook_merges import HEADING, Filler, is_heading
from geo.sources.readers.workbook_parts import Book, Sheet, book_of, letters_of, merges_of
from geo.sources.readers.workbook_rows import Counts, SheetRow, rows_of

LONGEST_CELL = 100_000
"""Characters that one cell may hold; Excel itself allows 32,767."""

LONGEST_TEXT = 100_000
"""Characters of a row with too long a cell that are kept; the file has the rest."""

TOLD_FAULTS = 5
"""Faulty cells of a row that its fault names."""

MAGIC = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls), or one protected by a password",
    b"PK\x05\x06": "an empty archive",
}
"""First bytes of files that are taken for workbooks, with what they are."""

OTHER_BOOKS = {
    "xl/workbook.bin": "a binary Excel workbook (.xlsb)",
    "content.xml": "an OpenDocument file (.ods)",
    "Index/Document.iwa": "a Numbers document",
}
"""Members of archives that give away other formats of workbooks."""

REMEMBERED = 10_000
"""Texts of which it is remembered whether they name a column."""

LEFT_ASIDE = {
    "xl/comments": "remarks on cells",
    "xl/threadedComments": "remarks on cells",
    "xl/media/": "pictures",
    "xl/vbaProject": "macros",
    "xl/externalLinks/": "links to other workbooks",
    "xl/embeddings/": "embedded documents",
}
"""Beginnings of the names of members that are not read, with what they hold."""


def read(path: Path, folder: Path, *, limits: FileLimits) -> RawReading:
    """Every sheet of a workbook as a raw table, its batches written into `folder`.

    Dates are ``2015-03-07`` or ``2015-03-07T12:30:00`` (``2015-03`` where the cell shows no day),
    times ``12:30:00``, numbers ``54`` or ``33.5``, truth values ``true`` or ``false``. A formula
    counts for its last result. Merged cells are repeated downward and rightward. A row has a
    `fault` that names the cell where a cell holds an error or a formula without a result, or has
    text beside the table.

    Raises
    ------
    UnreadableFile
        If the file is no such workbook, is damaged or protected, holds no text, or passes the
        `limits`.
    """
    with path.open("rb") as file:
        start = file.read(8)
    for magic, what in MAGIC.items():
        if start.startswith(magic):
            raise _other_format(what)
    with opened(path, limits=limits) as (archive, members):
        names = [member.filename for member in members]
        for name, what in OTHER_BOOKS.items():
            if name in names:
                raise _other_format(what)
        book = book_of(archive, limits=limits)
        tables, notes = [], _notes_on(names)
        for number, sheet in enumerate(book.sheets):
            if not sheet.cells or not sheet.part:
                notes.append(f"{_named(sheet)} holds no cells and was passed over")
                continue
            batches_file = folder / f"sheet{number}.arrow"
            table = _table(archive, sheet, book, batches_file, limits=limits)
            if table is None:
                notes.append(f"{_named(sheet)} is empty")
            else:
                tables.append(table)
    if not tables:
        raise UnreadableFile(
            "no sheet of the workbook holds any text",
            expected="a sheet with names of columns and rows",
            remedy="check the file",
        )
    return RawReading(tables=tuple(tables), notes=tuple(notes))


def _table(
    archive: ZipFile, sheet: Sheet, book: Book, batches_file: Path, *, limits: FileLimits
) -> RawTable | None:
    """The table of one sheet; None if it has no text."""
    counts = Counts()
    filler = Filler(merges_of(archive, sheet.part, limits=limits), most_columns=limits.columns)
    read_rows = rows_of(archive, sheet.part, book, counts, limits=limits)
    rows = (row for row in map(filler.filled, read_rows) if row)
    head = list(islice(rows, HEAD_ROWS))
    if not head:
        return None
    is_name = lru_cache(REMEMBERED)(is_field_name)
    shape = _shape(head, is_name, sheet, limits)
    taken = Rows(shape.columns, limits=limits)
    below = chain(head[shape.first_row :], rows)
    judge = Judge(shape, is_name=is_name)
    above = head[shape.first_row - 1].number if shape.first_row else 0
    batches = _batches(below, shape, taken, judge=judge, above=above, filler=filler)
    write_batches(batches, batches_file, columns=len(shape.header))
    return RawTable(
        name="".join(c if c.isprintable() else " " for c in sheet.name)[:100],
        header=shape.header,
        rows=taken.taken,
        batches_file=batches_file,
        hidden=sheet.hidden,
        notes=(*shape.notes, *_notes(counts, filler)),
    )


def _batches(
    rows: Iterable[SheetRow],
    shape: Shape,
    taken: Rows,
    *,
    judge: Judge,
    above: int,
    filler: Filler,
) -> Iterator[pa.RecordBatch]:
    """The rows below the header in batches."""
    width = shape.columns[-1] + 1
    kept = set(shape.columns)
    next_row = above + 1
    for row in rows:
        cells, text, faults = _dense(row, width), _text(row), row.faults[:TOLD_FAULTS]
        if control := control_fault(text):
            faults.append(control)
            cells, text = [visible(cell) for cell in cells], visible(text)
        if len(text) > LONGEST_CELL and (long := _long_cell(row)):
            faults.append(long)
            cells, text = [], text[:LONGEST_TEXT]
        if outside := [column for column in row.cells if column not in kept]:
            cell = f"{letters_of(min(outside))}{row.number}"
            faults.append(f"cell {cell} holds text beside the columns of the table")
        gap = row.number != next_row
        if not faults and filler.merges and is_heading(row):
            faults.append(HEADING)
        if not faults and (gap or not judge.passes(cells[0])):
            why = judge.fault(row.number, cells, after_gap=gap)
            faults += [why] if why else []
        next_row = row.number + 1
        if taken.add(row.number, text, "; ".join(faults), CELL_END.join(cells)):
            yield from taken.batch()
    yield from taken.last()


def _shape(
    head: Sequence[SheetRow],
    is_name: Callable[[str], bool],
    sheet: Sheet,
    limits: FileLimits,
) -> Shape:
    """The shape of a sheet that begins with these rows."""
    width = max(max(row.cells, default=0) for row in head) + 1
    near = [_dense(row, min(width, limits.columns)) for row in head]
    shape = shape_of(near, is_name=is_name)
    names = head[: shape.first_row][-1:]
    if any(column >= limits.columns for row in names for column in row.cells):
        raise UnreadableFile(
            f"{_named(sheet)} has more than {limits.columns:,} columns",
            expected=f"at most {limits.columns:,}",
            remedy="leave out columns",
        )
    return shape


def _dense(row: SheetRow, width: int) -> list[str]:
    """The cells of the first columns, empty ones too."""
    get = row.cells.get
    return [get(column, "") for column in range(width)]


def _text(row: SheetRow) -> str:
    """The row as it is shown where it could not be used: its cells with tabs between them."""
    last = max(row.cells, default=-1)
    if last < 3 * len(row.cells) + 20:
        return "\t".join(_dense(row, last + 1))
    cells = sorted(row.cells.items())
    return "\t".join(f"{letters_of(column)}{row.number}: {text}" for column, text in cells)


def _long_cell(row: SheetRow) -> str:
    """Why a row with too long a cell cannot be used; empty if it has none."""
    for column, text in sorted(row.cells.items()):
        if len(text) > LONGEST_CELL:
            cell = f"{letters_of(column)}{row.number}"
            return f"cell {cell} has {len(text):,} characters, more than {LONGEST_CELL:,}"
    return ""


def _notes(counts: Counts, filler: Filler) -> list[str]:
    """What was met in a sheet, with numbers."""
    told = (
        ("merged ranges", filler.merges, "their text was repeated in each of their cells"),
        ("hidden rows", counts.hidden_rows, "they were read like the others"),
        ("groups of hidden columns", counts.hidden_columns, "they were read like the others"),
        ("formulas", counts.formulas, "their last results were taken"),
        ("dates that show no day", counts.without_day, "they were taken for months or years"),
    )
    return [f"{what}: {number:,}; {done}" for what, number, done in told if number]


def _notes_on(names: Sequence[str]) -> list[str]:
    """What the workbook holds besides cells."""
    found = dict.fromkeys(
        what for start, what in LEFT_ASIDE.items() if any(name.startswith(start) for name in names)
    )
    return [f"the workbook holds {what}, which were not read" for what in found]


def _named(sheet: Sheet) -> str:
    return f"the sheet {sheet.name[:60]!r}"


def _other_format(what: str) -> UnreadableFile:
    return UnreadableFile(
        f"the file is {what}",
        expected="an Excel workbook (.xlsx)",
        remedy="save it as .xlsx without a password, or as CSV UTF-8",
    )
