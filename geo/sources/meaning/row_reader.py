"""Batches of cells as parts: each row in a frame, or quarantined with its text and its reasons."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter, abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, overload

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geo.columns import Column, columns_of
from geo.errors import BadInput, InvalidSetting
from geo.frames import Part, frame_of
from geo.grid import WGS84
from geo.model import QuarantinedRow, Tlp
from geo.sources.meaning.cells import grade
from geo.sources.meaning.columns import (
    Coded,
    Findings,
    Rows,
    Texts,
    clean,
    first_of,
    same,
    series_of,
    text_faults,
)
from geo.sources.meaning.dating import DateReader
from geo.sources.meaning.fields import FieldReader, as_coded, as_texts, made_ids
from geo.sources.meaning.placing import NAMED, Placed, PlaceReader
from geo.sources.meaning.uses import PLACE_CELL, Layout
from geo.sources.meaning.vocabulary import DATES, ENDS, POINT_FIELDS
from geo.sources.meaning.wording import shown
from geo.sources.readers.raw import FAULT, PLACE, ROW, TEXT

PLACELESS = ("objects", "custody", "links", "stolen")
"""Kinds whose place is that of another record."""


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


class RowReader:
    """Turns batches of cells into parts and keeps count of all that was assumed."""

    def __init__(
        self,
        layout: Layout,
        *,
        defaults: Defaults,
        tomorrow: date,
        placed: abc.Mapping[tuple[str, str], Placed],
    ) -> None:
        self._layout = layout
        self._columns = columns_of(layout.kind)
        self._start = {column.name: column.default for column in self._columns}
        self._start |= dataclasses.asdict(defaults)
        self._prefix = layout.mapping.partner or defaults.dataset_id
        self._fields = FieldReader(layout)
        self._dates = DateReader(layout.kind, style=layout.mapping.date_style, tomorrow=tomorrow)
        self._places = PlaceReader(layout.kind, own=layout.mapping.own, placed=placed)
        self._remarks: Counter[str] = Counter()
        self._read = self._unsourced = 0

    def part_of(self, batch: pa.RecordBatch) -> Part:
        """The rows of a batch, accepted or quarantined."""
        findings = Findings(batch.num_rows)
        width = len(self._layout.names)
        raw = [batch.column(f"c{at}") for at in range(width)]
        _split_faults(batch, findings)
        findings.close()
        text_faults(self._layout.names, raw, findings)
        findings.close()
        cells = [clean(column) for column in raw]
        columns = self._values(cells, batch, findings)
        keep = findings.good()
        frame = frame_of(self._layout.kind, {
            column.name: _series(column, columns[column.name], self._start[column.name], keep)
            for column in self._columns
        })  # fmt: skip
        self._read += batch.num_rows
        self._remarks += findings.counts()
        self._unsourced += int((frame["source"] == "").sum())
        rows = _RowTexts(self._layout, batch)
        return Part(
            frame=frame,
            row_numbers=batch.column(ROW).to_numpy()[keep],
            texts=_Of(rows.text, keep),
            cells=_Of(rows.cells, keep),
            quarantined=tuple(
                _quarantined(rows, row, faults) for row, faults in sorted(findings.faults.items())
            ),
        )

    def notes(self) -> list[str]:
        """What was left aside or assumed, with the number of rows."""
        layout = self._layout
        notes = []
        if layout.aside:
            names = ", ".join(shown(name) for name in layout.aside)
            notes.append(f"columns that have no meaning here were left aside: {names}")
        placeable = layout.shapes or {*POINT_FIELDS, *ENDS} & {*layout.fields}
        if self._read and not placeable and layout.kind not in PLACELESS:
            notes.append("the file has no coordinates, so no row has a place")
        notes += [f"{number} rows: {remark}" for remark, number in sorted(self._remarks.items())]
        if self._unsourced:
            notes.append(f"{self._unsourced} rows name no source; give one for the whole file")
        return notes

    def _values(
        self, cells: Sequence[Texts], batch: pa.RecordBatch, findings: Findings
    ) -> dict[str, Coded | Texts | NDArray[Any]]:
        """The column of each field; faults and remarks go into `findings`."""
        rows = batch.num_rows
        texts = self._fields.texts(cells, rows)
        shapes = batch.column(PLACE) if self._layout.shapes else None
        found: dict[str, Any] = self._fields.read(texts, findings)
        if not self._layout.mapping.own:
            found["id"] = made_ids(
                as_texts(texts.get("id"), rows), texts, shapes, prefix=self._prefix,
                findings=findings,
            )  # fmt: skip
            self._name_after_id(found, texts, rows, findings)
        places = self._places.read(
            texts,
            shapes=shapes,
            names=as_coded(found.get(NAMED.get(self._layout.kind, "")), rows),
            country=as_coded(found.get("country"), rows),
            precision=as_coded(found.get("precision"), rows),
            findings=findings,
        )
        found |= {"geometry": places.geometry, "precision": places.precision}
        self._put(found, "footprint_wkt", places.outlines, rows)
        self._put(found, "coord_source", places.coord_sources, rows)
        for name, days in self._dates.read(texts, rows, findings).items():
            if name in self._start:
                found[name] = days if name in DATES else first_of(found.get(name), days)
        start = {name: same(None, rows) for name in self._start}
        return {**start, **found}

    def _put(self, found: dict[str, Any], name: str, given: dict[int, str], rows: int) -> None:
        """Put texts into rows of a column that have none."""
        if given and name in self._start:
            texts = as_texts(found.get(name), rows).to_pylist()
            for row, text in given.items():
                texts[row] = texts[row] or text
            found[name] = pa.array(texts, pa.string())

    def _name_after_id(
        self, found: dict[str, Any], texts: dict[str, Texts], rows: int, findings: Findings
    ) -> None:
        """Let the id stand for the name of a site that an inventory gives no name."""
        if "names" in texts:
            name = as_texts(found.get("name"), rows)
            nameless = pc.equal(name, "")
            found["name"] = pc.if_else(nameless, found["id"], name)
            findings.remark(
                "the site has no name; its id stands for it",
                np.flatnonzero(nameless.to_numpy(zero_copy_only=False)).tolist(),
            )


class _RowTexts:
    """The rows of a batch as they stood, made when they are asked for."""

    def __init__(self, layout: Layout, batch: pa.RecordBatch) -> None:
        self._layout = layout
        self._batch = batch

    def number(self, row: int) -> int:
        """The row's number in the file."""
        return int(self._batch.column(ROW)[row].as_py())

    def text(self, row: int) -> str:
        """The row's text."""
        return self._batch.column(TEXT)[row].as_py() or ""

    def cells(self, row: int) -> str:
        """The row's cells as JSON by the names of the columns; empty if they are not known."""
        names = self._layout.names
        cells = {name: self._batch.column(f"c{at}")[row].as_py() for at, name in enumerate(names)}
        if self._layout.shapes:
            cells[PLACE_CELL] = _wkt(self._batch.column(PLACE)[row].as_py())
        if not any(cells.values()):
            return ""
        return json.dumps({name: cell or "" for name, cell in cells.items()}, ensure_ascii=False)


class _Of(Sequence[str]):
    """A text of each of some rows, made when it is asked for."""

    def __init__(self, text_of: Callable[[int], str], rows: Rows) -> None:
        self._text_of = text_of
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return _Of(self._text_of, self._rows[at])
        return self._text_of(int(self._rows[at]))


def _series(
    column: Column, cells: Coded | Texts | NDArray[Any], default: object, keep: Rows
) -> pd.Series:
    """The kept rows of a column of a frame."""
    if isinstance(cells, np.ndarray):
        return gpd.GeoSeries(cells[keep], crs=WGS84)
    return series_of(column, cells, default, keep)


def _split_faults(batch: pa.RecordBatch, findings: Findings) -> None:
    """Keep what the reader of the file could not tell apart."""
    faults = batch.column(FAULT).dictionary_encode()
    codes = faults.indices.to_numpy(zero_copy_only=False)
    for code, text in enumerate(faults.dictionary.to_pylist()):
        if text:
            findings.fault(np.flatnonzero(codes == code).tolist(), _split_fault(text))


def _split_fault(text: str) -> BadInput:
    """What the reader of a file says of a row, with what was expected."""
    if "quotation mark" in text:
        return BadInput(
            text,
            expected="quotation marks in pairs around a whole cell, doubled inside it",
            remedy="double or remove the mark",
        )
    if "the header" in text:
        return BadInput(
            text,
            expected="as many cells as the header has",
            remedy="put cells that hold the separator in quotation marks",
        )
    return BadInput(text, expected="one record in the row", remedy="correct it or leave it out")


def _quarantined(rows: _RowTexts, row: int, faults: Sequence[BadInput]) -> QuarantinedRow:
    """A row that is kept aside, with all that is wrong with it."""
    return QuarantinedRow(
        row_number=rows.number(row),
        text=rows.text(row),
        what="; ".join(fault.what for fault in faults),
        expected="; ".join(dict.fromkeys(fault.expected for fault in faults)),
        remedy="; ".join(dict.fromkeys(fault.remedy for fault in faults)),
        cells=rows.cells(row),
    )


def _wkt(wkb: bytes | None) -> str:
    """A shape as text; empty if there is none or it cannot be read."""
    shape = shapely.from_wkb(wkb, on_invalid="ignore") if wkb else None
    return shape.wkt if shape is not None else ""
