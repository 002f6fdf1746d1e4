"""Columns of an unknown table while they are guessed at: names, and cells of the first rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import pyarrow.compute as pc

from geo.columns import Form, columns_of
from geo.errors import BadInput
from geo.sources.meaning import coordinates
from geo.sources.meaning.cells import parser_of
from geo.sources.meaning.columns import clean
from geo.sources.meaning.dates import DateStyle, period_of
from geo.sources.meaning.numerals import number_in, whole_in
from geo.sources.meaning.quantities import quantity
from geo.sources.meaning.uses import cell_names
from geo.sources.meaning.vocabulary import is_country
from geo.sources.readers.raw import FAULT, RawTable

SAMPLE = 2_000
"""Rows from whose cells is guessed."""

Check = Callable[[str], object]
"""Reads a cell, or raises `BadInput`."""


@dataclass(slots=True)
class GuessedColumn:
    """A column while it is guessed at."""

    name: str
    """Its name in the table, made different where two are the same."""
    use: tuple[str, int]
    """Its name as it stands, and which of that name it is."""
    cells: list[str] = field(default_factory=list)
    """Its filled cells in the sample."""
    rows: int = 0
    """Rows of the sample."""
    gives: str = ""
    """The field that it gives; empty if none."""
    why: str = ""
    """The reason in words."""
    rank: int = 0
    """How far its name is from one that is known: 0 for the very name."""

    def settle(self, name: str, why: str) -> None:
        """Take the column for a field."""
        self.gives, self.why = name, why


def guessed_columns(table: RawTable) -> list[GuessedColumn]:
    """The columns with the cells of the first rows, those left out that the reader gave up."""
    columns = [
        GuessedColumn(name=shown, use=(name, table.header[: at + 1].count(name)))
        for at, (name, shown) in enumerate(zip(table.header, cell_names(table.header), strict=True))
    ]
    for batch in itertools.islice(table.batches(), 1):
        some = batch.slice(0, SAMPLE)
        sound = some.filter(pc.equal(pc.fill_null(some.column(FAULT), ""), ""))
        for at, column in enumerate(columns):
            cells = clean(sound.column(f"c{at}")).to_pylist()
            column.cells = [cell for cell in cells if cell]
            column.rows = sound.num_rows
    return columns


def check_of(name: str, kind: str) -> Check | None:
    """What reads the cells of a field whose cells can be wrong; None for words."""
    if name in ("coordinates", "mgrs"):
        return partial(coordinates.lonlat_of, name=name)
    if name in ("lon", "lat"):
        return _angle_or_metres
    if name == "quantity":
        return quantity
    column = next((column for column in columns_of(kind) if column.name == name), None)
    if column is None or column.form in (Form.TEXT, Form.DAY, Form.PLACE):
        return None
    return parser_of(column)


def share(cells: Sequence[str], check: Check) -> float:
    """Share of the distinct cells that can be read."""
    distinct = set(cells[:SAMPLE])
    readable = 0
    for cell in distinct:
        try:
            check(cell)
        except BadInput:
            continue
        readable += 1
    return readable / len(distinct) if distinct else 0.0


def written_date(text: str) -> object:
    """A date with day or month; a bare number may be anything."""
    if len(text) < 6 or text.isdecimal():
        raise BadInput(f"{text!r} is no date")
    return period_of(text, name="date", style=DateStyle(order="dmy"))


def require_country(text: str) -> object:
    """A country of the region."""
    if not is_country(text):
        raise BadInput(f"{text!r} is no country")
    return text


def _angle_or_metres(text: str) -> object:
    """A longitude, a latitude, or metres of a grid."""
    try:
        return metres(text)
    except BadInput:
        return coordinates.lon_lat_of(text, "0", names=("lon", "lat"), country="")


def metres(text: str) -> float:
    """A number too large for degrees and not too large for metres of a grid."""
    number = number_in(text)
    if number is None or not 10_000 <= number <= 10_000_000:
        raise BadInput(f"{text!r} is no easting or northing")
    return number


def counts_rows(cells: Sequence[str]) -> bool:
    """Whether cells are whole numbers that grow by one."""
    numbers = [whole_in(cell) for cell in cells]
    return all(
        first is not None and second == first + 1 for first, second in itertools.pairwise(numbers)
    )
