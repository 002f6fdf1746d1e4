"""A text table of our own column names as a frame, and every row that could not be read with why.

What a cell may hold follows from the record class of the kind. Places come as ``lon`` and ``lat``
(roads: ``from_lon``, ``from_lat``, ``to_lon``, ``to_lat``), dates also as one column ``date`` that
may be a year, a month or a day. Text is kept as it is, in Unicode NFC and without space around it.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput, InvalidSetting, MissingColumns
from geo.frames import Column, columns_of, contents, frame_of
from geo.model import DatePrecision, Precision, QuarantinedRow, Tlp
from geo.sources.cells import Period, grade, lonlat, parser_of, period, shown
from geo.sources.delimited import SEPARATORS, Delimited, TextRow, name_of, open_delimited

KINDS = ("sites", "posts", "seizures", "events", "roads")
"""The kinds that are read from tables; scenes and alerts come from rasters."""

LONGEST_CELL = 100_000
"""Characters that one cell may hold."""

CHUNK = 20_000
"""Rows that are turned into a frame at once; bounds memory, changes no result."""

HAPPENED = ("seizures", "events")
"""Kinds whose records cannot begin in the future."""

ENDS = {"roads": (("from_lon", "from_lat"), ("to_lon", "to_lat"))}
"""Columns of the two ends of a line; every other kind has one point."""

POINT = (("lon", "lat"),)
"""Columns of a point."""

DATES = ("date", "date_from", "date_to")
"""Columns of dates, each of which may be partial."""

OTHER_NAMES = {"longitude": "lon", "latitude": "lat"}
"""Names of columns that are understood besides our own."""

ASSUMED_PRECISION = Precision.TOWN
"""What a point is taken for where nobody says how exactly it is known."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What rows hold where the file says nothing."""

    source: str = ""
    """Source in words."""
    grade: str = "F6"
    """Admiralty grade."""
    marking: Tlp = Tlp.AMBER
    """TLP 2.0 marking."""
    dataset_id: str = "local"
    """Dataset that the rows belong to."""
    owner: str = ""
    """Organisation that answers for the rows."""
    licence: str = ""
    """Terms under which the rows may be passed on."""
    simulated: bool = False
    """Whether the rows are invented."""

    def __post_init__(self) -> None:
        """Refuse what no row could hold."""
        if grade(self.grade) != self.grade:
            raise InvalidSetting(f"the grade {self.grade!r}", expected="capital letters, as B2")
        if not self.dataset_id.strip():
            raise InvalidSetting("a dataset without an id", expected="an id")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReading:
    """What was read from a file: read = rows of the frame + quarantined rows."""

    kind: str
    """Table the rows are for."""
    frame: gpd.GeoDataFrame
    """The rows that could be read, a frame of the kind."""
    quarantined: tuple[QuarantinedRow, ...]
    """The rows that could not, in the order of the file."""
    read: int
    """Rows in the file."""
    notes: tuple[str, ...]
    """What was guessed, assumed or left aside."""
    file_name: str
    """Name of the file, without its folder."""
    sha256: str
    """SHA-256 of the bytes that were read."""
    reading: str
    """The defaults as text: with others the same bytes give other rows."""


def read_table(
    path: Path,
    kind: str,
    *,
    defaults: Defaults | None = None,
    today: date | None = None,
    progress: Callable[[float], None] | None = None,
) -> TableReading:
    """The rows of a text table, each as a row of a frame of `kind` or as a quarantined row.

    The file is UTF-8 (with or without a byte order mark) or UTF-16 with one. Of two rows with one
    id, the second stays in the frame if it says the same and is quarantined if not.

    Parameters
    ----------
    today : date, optional
        No seizure and no event begins later than the day after it (UTC); the clock's unless told.
    progress : callable, optional
        Told the share of the file that was read, now and then.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, of another format, or no text.
    MissingColumns
        If a required column is missing, or a column is there twice.
    InvalidSetting
        If this kind does not come from tables.
    """
    if kind not in KINDS:
        raise InvalidSetting(
            f"{kind} do not come from tables", expected=f"one of {', '.join(KINDS)}"
        )
    given = defaults or Defaults()
    tomorrow = (today or datetime.now(UTC).date()) + timedelta(days=1)
    with open_delimited(path, _known_names(kind)) as table:
        reader = _Reader(_layout(kind, table.header, path.name), given, tomorrow)
        frames = []
        for rows in _batched(table.rows(), CHUNK):
            frames.append(reader.frame_of(rows))
            if progress:
                progress(table.share_read)
    frame = pd.concat(frames, ignore_index=True) if frames else reader.frame_of([])
    kept, clashes = _without_clashes(kind, frame, reader.repeats)
    return TableReading(
        kind=kind,
        frame=kept,
        quarantined=tuple(sorted([*reader.quarantined, *clashes], key=lambda row: row.row_number)),
        read=reader.read,
        notes=(*_notes_on(table), *reader.notes(kept)),
        file_name=path.name.encode(errors="backslashreplace").decode(),
        sha256=table.sha256,
        reading=json.dumps(dataclasses.asdict(given), ensure_ascii=False, sort_keys=True),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Which cell of a row goes where."""

    kind: str
    width: int
    """Cells in a row."""
    header: tuple[str, ...]
    """Names of the columns as they are compared."""
    plain: tuple[tuple[int, Column, Callable[[str], object]], ...]
    """Position, column and reader of each cell that stands for itself."""
    places: tuple[tuple[tuple[int, str], tuple[int, str]], ...]
    """Position and name of the longitude and latitude of each end; empty if there are none."""
    dates: dict[str, int]
    """Positions of the dates."""
    ignored: tuple[str, ...]
    """Columns that have no meaning here."""


@dataclass(slots=True)
class _Row:
    """What came of the cells of one row."""

    values: dict[str, Any]
    """Values by column."""
    faults: list[BadInput] = field(default_factory=list)
    """Why it cannot be accepted."""
    remarks: list[str] = field(default_factory=list)
    """What was assumed."""

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Keep a fault instead of stopping at it."""
        try:
            yield
        except BadInput as fault:
            self.faults.append(fault)


class _Reader:
    """Turns rows of cells into frames and keeps count of all that does not fit."""

    def __init__(self, layout: _Layout, defaults: Defaults, tomorrow: date) -> None:
        self._layout = layout
        self._tomorrow = tomorrow
        self._start = {
            column.name: column.default for column in columns_of(layout.kind) if not column.required
        } | dataclasses.asdict(defaults)
        self._seen: set[tuple[str, str]] = set()
        self._remarks: Counter[str] = Counter()
        self._accepted = 0
        self.read = 0
        self.quarantined: list[QuarantinedRow] = []
        self.repeats: dict[int, TextRow] = {}
        """Rows whose id came before, by their position among those that could be read."""

    def frame_of(self, rows: Sequence[TextRow]) -> gpd.GeoDataFrame:
        """The rows that can be read, as a frame."""
        kept = [values for row in rows if (values := self._values_of(row)) is not None]
        names = [column.name for column in columns_of(self._layout.kind)]
        return frame_of(
            self._layout.kind, {name: [values[name] for values in kept] for name in names}
        )

    def notes(self, frame: gpd.GeoDataFrame) -> list[str]:
        """What was left aside or assumed, with the number of rows."""
        notes = []
        if self._layout.ignored:
            names = ", ".join(shown(name) for name in self._layout.ignored)
            notes.append(f"columns that have no meaning here were left aside: {names}")
        if self.read and not self._layout.places:
            notes.append("the file has no coordinates, so no row has a place")
        notes += [f"{number} rows: {remark}" for remark, number in self._remarks.items()]
        if unsourced := int((frame["source"] == "").sum()):
            notes.append(f"{unsourced} rows name no source; give one for the whole file")
        return notes

    def _values_of(self, text_row: TextRow) -> dict[str, Any] | None:
        """The values of a row; None if it is quarantined."""
        self.read += 1
        faults = _text_faults(text_row, self._layout)
        if not faults:
            row = _row_of(_normalised(text_row), self._layout, self._start, self._tomorrow)
            faults = row.faults
        if faults:
            self.quarantined.append(_quarantined(text_row, faults))
            return None
        self._remarks.update(row.remarks)
        name = (row.values["dataset_id"], row.values["id"])
        if name in self._seen:
            self.repeats[self._accepted] = text_row
        self._seen.add(name)
        self._accepted += 1
        return row.values


def _known_names(kind: str) -> set[str]:
    """Every column name that has a meaning for this kind."""
    ends = itertools.chain(*ENDS.get(kind, POINT))
    fields = {column.name for column in columns_of(kind)} - {"geometry"}
    return {*fields, *ends, *DATES, *(OTHER_NAMES if kind not in ENDS else ())}


def _layout(kind: str, header: Sequence[str], file_name: str) -> _Layout:
    """Where each column is, if none is missing and none is there twice."""
    names = [OTHER_NAMES.get(name_of(cell), name_of(cell)) for cell in header]
    known = _known_names(kind)
    fields = {column.name: column for column in columns_of(kind) if column.name != "geometry"}
    ends = ENDS.get(kind, POINT)
    coordinates = [name for end in ends for name in end]
    missing = [name for name, column in fields.items() if column.required and name not in names]
    if any(name in names for name in coordinates):
        missing += [name for name in coordinates if name not in names]
    twice = sorted({name for name in names if name in known and names.count(name) > 1})
    if missing or twice:
        faults = [f"lacks the columns {', '.join(missing)}"] if missing else []
        faults += [f"has the columns {', '.join(twice)} more than once"] if twice else []
        raise MissingColumns(
            f"the table {shown(file_name)} {' and '.join(faults)}; it has "
            f"{shown(', '.join(names))}",
            expected=f"each of {', '.join(n for n, c in fields.items() if c.required)} once",
            remedy="rename the columns in the file's first line",
        )
    return _Layout(
        kind=kind,
        width=len(names),
        header=tuple(names),
        plain=tuple(
            (position, fields[name], parser_of(fields[name]))
            for position, name in enumerate(names)
            if name in fields and name not in DATES
        ),
        places=tuple(
            ((names.index(lon), lon), (names.index(lat), lat)) for lon, lat in ends if lon in names
        ),
        dates={name: names.index(name) for name in DATES if name in names},
        ignored=tuple(name for name in names if name not in known),
    )


def _text_faults(row: TextRow, layout: _Layout) -> list[BadInput]:
    """What is wrong with a row before its cells are read."""
    if row.fault:
        return [BadInput(
            row.fault,
            expected="quotation marks in pairs around a whole cell, doubled inside it",
            remedy="double or remove the mark",
        )]  # fmt: skip
    if len(row.cells) != layout.width:
        return [BadInput(
            f"the row has {len(row.cells)} cells",
            expected=f"{layout.width}, as in the header",
            remedy="put cells that hold the separator in quotation marks",
        )]  # fmt: skip
    if len(row.text) <= LONGEST_CELL and not _CONTROL.search(row.text):
        return []
    faults = []
    for name, cell in zip(layout.header, row.cells, strict=True):
        if len(cell) > LONGEST_CELL:
            faults.append(BadInput(
                f"{name} has {len(cell):,} characters",
                expected=f"at most {LONGEST_CELL:,}",
                remedy="shorten it, or keep the text in a file of its own",
            ))  # fmt: skip
        elif control := _CONTROL.search(cell):
            faults.append(BadInput(
                f"{name} holds the control character U+{ord(control[0]):04X}",
                expected="text",
                remedy="remove the character",
            ))  # fmt: skip
    return faults


def _normalised(row: TextRow) -> list[str]:
    """The cells in Unicode NFC and without space around them."""
    if not row.text.isascii() and not unicodedata.is_normalized("NFC", row.text):
        return [unicodedata.normalize("NFC", cell).strip() for cell in row.cells]
    return [cell.strip() for cell in row.cells]


def _row_of(
    cells: Sequence[str], layout: _Layout, start: Mapping[str, Any], tomorrow: date
) -> _Row:
    """The values of a row's cells, over those of `start`."""
    row = _Row(dict(start))
    stated = set()
    for position, column, parse in layout.plain:
        text = cells[position]
        if text:
            stated.add(column.name)
            try:
                row.values[column.name] = parse(text)
            except BadInput as fault:
                row.faults.append(fault)
            if column.name == "marking" and text.casefold() == "tlp:white":
                row.remarks.append("TLP:WHITE is now TLP:CLEAR")
        elif column.required:
            row.faults.append(
                BadInput(f"{column.name} is empty", expected="a value", remedy="fill it in")
            )
    with row.gathering():
        row.values["geometry"] = _place(cells, layout, str(row.values.get("country", "")))
        _settle_precision(row, stated="precision" in stated)
    with row.gathering():
        _settle_dates(row, cells, layout, stated, tomorrow)
    return row


def _place(cells: Sequence[str], layout: _Layout, country: str) -> BaseGeometry | None:
    """The point or the line between the ends; None if no coordinate is given."""
    if not any(cells[position] for end in layout.places for position, _ in end):
        return None
    ends = []
    for (lon_at, lon_name), (lat_at, lat_name) in layout.places:
        if not (cells[lon_at] and cells[lat_at]):
            raise BadInput(
                f"{lon_name} is {shown(cells[lon_at])} and {lat_name} is {shown(cells[lat_at])}",
                expected="all coordinates of a place or none",
                remedy="fill in the missing one or leave them empty",
            )
        names = (lon_name, lat_name)
        ends.append(lonlat(cells[lon_at], cells[lat_at], names=names, country=country))
    return Point(ends[0]) if len(ends) == 1 else LineString(ends)


def _settle_precision(row: _Row, *, stated: bool) -> None:
    """Make the precision agree with whether there is a place."""
    precision = row.values["precision"]
    if row.values["geometry"] is None:
        if stated and precision != Precision.COUNTRY:
            row.remarks.append("without coordinates the precision is country")
        row.values["precision"] = Precision.COUNTRY
    elif not stated:
        row.remarks.append(
            f"no precision is given; the place is taken to be known as {ASSUMED_PRECISION}"
        )
        row.values["precision"] = ASSUMED_PRECISION
    elif precision == Precision.COUNTRY:
        raise BadInput(
            "precision is 'country' but there are coordinates",
            expected="no coordinates, or exact, vicinity, town or province",
            remedy="say how exactly the coordinates are known",
        )


def _settle_dates(
    row: _Row, cells: Sequence[str], layout: _Layout, stated: set[str], tomorrow: date
) -> None:
    """Fill the days, and where the kind has them the date's text and precision."""
    texts = {name: cells[position] for name, position in layout.dates.items() if cells[position]}
    periods = {name: period(text, name=name) for name, text in texts.items()}
    whole, begin, end = (periods.get(name) for name in DATES)
    first = begin.first if begin else whole.first if whole else None
    last = end.last if end else whole.last if whole else None
    given = " and ".join(f"{name} is {shown(text)}" for name, text in texts.items())
    if first and last and first > last:
        raise BadInput(
            given, expected="an end that is not before the beginning", remedy="correct the dates"
        )
    if whole and ((first and first > whole.last) or (last and last < whole.first)):
        raise BadInput(given, expected="dates that agree", remedy="correct or empty one of them")
    if layout.kind in HAPPENED and first and first > tomorrow:
        raise BadInput(given, expected=f"a day up to {tomorrow}", remedy="correct the date")
    row.values["date_from"], row.values["date_to"] = first, last
    if "date_precision" in row.values and "date_precision" not in stated:
        row.values["date_precision"] = _date_precision(periods)
    if "date_text" in row.values and "date_text" not in stated:
        ends = dict.fromkeys(texts[name] for name in ("date_from", "date_to") if name in texts)
        row.values["date_text"] = texts.get("date") or " to ".join(ends)


def _date_precision(periods: Mapping[str, Period]) -> DatePrecision:
    """How exactly the dates of a row tell the day."""
    if not periods:
        return DatePrecision.UNKNOWN
    if set(periods) == {"date"}:
        return periods["date"].precision
    begin, end = periods.get("date_from"), periods.get("date_to")
    return begin.precision if begin and begin == end else DatePrecision.INTERVAL


def _quarantined(row: TextRow, faults: Sequence[BadInput]) -> QuarantinedRow:
    """A row that is kept aside, with all that is wrong with it."""
    return QuarantinedRow(
        row_number=row.number,
        text=row.text,
        what="; ".join(fault.what for fault in faults),
        expected="; ".join(fault.expected for fault in faults),
        remedy="; ".join(dict.fromkeys(fault.remedy for fault in faults)),
    )


def _without_clashes(
    kind: str, frame: gpd.GeoDataFrame, repeats: Mapping[int, TextRow]
) -> tuple[gpd.GeoDataFrame, list[QuarantinedRow]]:
    """`frame` without the rows that say something else of an id than the first row of that id."""
    if not repeats:
        return frame, []
    names = list(zip(frame["dataset_id"], frame["id"], strict=True))
    repeated = {names[position] for position in repeats}
    positions = [position for position, name in enumerate(names) if name in repeated]
    prints = dict(zip(positions, contents(kind, frame.iloc[positions]), strict=True))
    first: dict[tuple[str, str], int] = {}
    clashing = [
        position
        for position in positions
        if prints[position] != prints[first.setdefault(names[position], position)]
    ]
    fault = BadInput(
        "the id occurred before in this file with other content",
        expected="one row for each id",
        remedy="give the rows different ids, or keep the right one",
    )
    rows = [_quarantined(repeats[position], [fault]) for position in clashing]
    return frame.drop(index=clashing).reset_index(drop=True), rows


def _notes_on(table: Delimited) -> list[str]:
    """What was guessed of the file."""
    notes = []
    if table.separator != ",":
        notes.append(f"cells are separated by {SEPARATORS[table.separator]}")
    if table.blank_lines:
        notes.append(f"{table.blank_lines} lines without text were passed over")
    return notes


def _batched(rows: Iterator[TextRow], size: int) -> Iterator[list[TextRow]]:
    """`rows` in lists of at most `size`."""
    while batch := list(itertools.islice(rows, size)):
        yield batch
