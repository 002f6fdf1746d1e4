"""Rows of a raw table as records: what a mapping makes of them, and what cannot be read with why.

What a cell may hold follows from the record class of the kind. Text is kept as it is, in Unicode
NFC and without space around it. Every row of the file is in a frame or quarantined with its text.
"""

from __future__ import annotations

import dataclasses
import json
from collections import abc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa

from geo.frames import Part, contents, frame_of_records
from geo.model import QuarantinedRow
from geo.sources.meaning.mapping import Mapping, own_mapping
from geo.sources.meaning.placing import Placed
from geo.sources.meaning.row_reader import Defaults, RowReader
from geo.sources.meaning.uses import Layout, layout_of
from geo.sources.meaning.vocabulary import names_of
from geo.sources.readers.delimited import open_table
from geo.sources.readers.raw import RawTable

__all__ = ["Defaults", "Placed", "TableReading", "parts_of", "read_table"]


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


def parts_of(
    table: RawTable,
    mapping: Mapping,
    *,
    defaults: Defaults,
    today: date,
    placed: abc.Mapping[tuple[str, str], Placed] | None = None,
    notes: list[str],
) -> Iterator[Part]:
    """The rows of a table as `mapping` reads them, batch by batch: accepted or quarantined.

    A cell comes before a constant of the mapping, and that before `defaults`. Two rows of one id
    both pass: the store tells whether the second says the same.

    Parameters
    ----------
    today : date
        Nothing that happened begins later than the day after it (UTC).
    placed : mapping of (place, country) to Placed, optional
        Confirmed places for rows that only name theirs; keys are the texts of the record.
    notes : list of str
        What was assumed or left aside is added to it when the last row is read; notes of the table
        itself are not.

    Raises
    ------
    MissingColumns
        Before the first row: if a required field has neither a column nor a constant, a field has
        two columns, or a column of the mapping is not in the table.
    """
    layout = layout_of(table.header, mapping, name=table.name, shapes=table.places)
    return _parts(table.batches(), layout, defaults, today, placed or {}, notes)


def read_table(
    path: Path,
    kind: str,
    *,
    defaults: Defaults | None = None,
    today: date | None = None,
    progress: Callable[[float], None] | None = None,
) -> TableReading:
    """The rows of a text table of our own column names, read in this process: for files we wrote.

    Of two rows with one id, the second stays in the frame if it says the same and is quarantined if
    not.

    Parameters
    ----------
    today : date, optional
        No seizure and no event begins later than the day after it (UTC); the clock's unless told.
    progress : callable, optional
        Told the share of the rows that was read, now and then.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, of another format, or no text.
    MissingColumns
        If a required column is missing, or a column is there twice.
    InvalidSetting
        If this kind does not come from tables.
    """
    own_mapping((), kind)
    given = defaults or Defaults()
    day = today or datetime.now(UTC).date()
    name = path.name.encode(errors="backslashreplace").decode()
    with open_table(path, known=names_of(kind)) as table:
        layout = layout_of(table.header, own_mapping(table.header, kind), name=name)
        notes: list[str] = []
        parts = []
        for part in _parts(table.batches(), layout, given, day, {}, notes):
            parts.append(part)
            if progress:
                progress(table.share_read)
        notes = [*table.notes, *notes]
        digest = table.sha256
    frames = [part.frame for part in parts] or [frame_of_records(kind, [])]
    kept, clashes = _without_clashes(kind, pd.concat(frames, ignore_index=True), parts)
    aside = [*(row for part in parts for row in part.quarantined), *clashes]
    return TableReading(
        kind=kind,
        frame=kept,
        quarantined=tuple(sorted(aside, key=lambda row: row.row_number)),
        read=len(kept) + len(aside),
        notes=tuple(notes),
        file_name=name,
        sha256=digest,
        reading=json.dumps(dataclasses.asdict(given), ensure_ascii=False, sort_keys=True),
    )


def _parts(  # noqa: PLR0917 - `parts_of` names them
    batches: Iterable[pa.RecordBatch],
    layout: Layout,
    defaults: Defaults,
    today: date,
    placed: abc.Mapping[tuple[str, str], Placed],
    notes: list[str],
) -> Iterator[Part]:
    """The rows of batches as parts; at the end `notes` says what was assumed."""
    tomorrow = today + timedelta(days=1)
    reader = RowReader(layout, defaults=defaults, tomorrow=tomorrow, placed=placed)
    for batch in batches:
        yield reader.part_of(batch)
    notes += reader.notes()


def _without_clashes(
    kind: str, frame: gpd.GeoDataFrame, parts: Sequence[Part]
) -> tuple[gpd.GeoDataFrame, list[QuarantinedRow]]:
    """`frame` without the rows that say something else of an id than the first row of that id."""
    repeated = frame.duplicated(["dataset_id", "id"], keep=False).to_numpy()
    positions = np.flatnonzero(repeated)
    if not positions.size:
        return frame, []
    some = frame.iloc[positions]
    prints = contents(kind, some)
    names = zip(some["dataset_id"], some["id"], strict=True)
    first: dict[tuple[str, str], str] = {}
    clashing = [
        position
        for position, name, said in zip(positions.tolist(), names, prints, strict=True)
        if said != first.setdefault(name, said)
    ]
    told = list(_told(parts, clashing))
    return frame.drop(index=clashing).reset_index(drop=True), told


def _told(parts: Sequence[Part], positions: Sequence[int]) -> Iterator[QuarantinedRow]:
    """The quarantined form of rows, by their positions among all rows of `parts`."""
    starts = np.cumsum([0, *(len(part.frame) for part in parts)])
    for position in positions:
        at = int(np.searchsorted(starts, position, side="right")) - 1
        part, row = parts[at], position - int(starts[at])
        yield QuarantinedRow(
            row_number=int(part.row_numbers[row]),
            text=part.texts[row],
            what="the id occurred before in this file with other content",
            expected="one row for each id",
            remedy="give the rows different ids, or keep the right one",
            cells=part.cells[row],
        )
