"""The fields of rows from the cells of their columns, place and days apart."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import partial
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.columns import Column, Form, columns_of
from geo.errors import BadInput
from geo.sources.meaning.cells import parser_of
from geo.sources.meaning.code_words import says_nothing
from geo.sources.meaning.columns import Coded, Findings, Reader, Texts, same, texts_of, where
from geo.sources.meaning.mapping import JOINED, LABELLED
from geo.sources.meaning.quantities import quantity
from geo.sources.meaning.uses import Layout
from geo.sources.meaning.vocabulary import (
    DATES,
    ENDS,
    POINT_FIELDS,
    country_named,
    folded,
    is_note_name,
)

Cells: TypeAlias = Coded | Texts

LONGEST_PREFIX = 24
"""Characters of a partner's name in an id that is made."""

LONGEST_NOTHING = 24
"""Characters of the longest text that is asked whether it says nothing."""

_ARABIC = re.compile(r"[\u0600-\u06ff]")


class FieldReader:
    """Reads the fields of a table, a batch at a time."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._own = layout.mapping.own
        self._columns = {c.name: c for c in columns_of(layout.kind) if c.name != "geometry"}
        self._readers = {
            name: Reader(_parser(name, column, layout))
            for name in layout.fields
            if (column := self._columns.get(name)) is None or column.form is not Form.TEXT
            if name not in (*DATES, *POINT_FIELDS, *ENDS, "case_id")
        }
        self._countries = Reader(country_named)

    def texts(self, cells: Sequence[Texts], rows: int) -> dict[str, Texts]:
        """The cells of each field: several columns joined, constants where a cell is empty."""
        found = {}
        for name in self._layout.fields:
            there = self._layout.positions.get(name, ())
            columns = [cells[at] for at in there]
            if name not in JOINED and not self._own:
                columns = [_without_nothing(column) for column in columns]
            labels = [self._label(name, self._layout.names[at]) for at in there]
            text = _joined(columns, labels) if columns else pa.array([""] * rows, pa.string())
            if constant := self._layout.mapping.constants.get(name):
                text = pc.if_else(pc.equal(text, ""), constant, text)
            found[name] = text
        if "case_id" in found:
            found["id"] = found["case_key"] = found.pop("case_id")
        return found

    def read(self, texts: dict[str, Texts], findings: Findings) -> dict[str, Cells]:
        """The columns of the record that the texts give; a required cell that is empty is told."""
        found: dict[str, Cells] = {}
        for name, cells in texts.items():
            column = self._columns.get(name)
            if name in self._readers:
                coded = self._readers[name].read(cells, findings)
                found |= self._filled(name, coded, found)
            elif column is not None and column.form is Form.TEXT:
                found[name] = cells
            if column is not None and column.required and (self._own or name != "id"):
                empty = np.flatnonzero(pc.equal(cells, "").to_numpy(zero_copy_only=False))
                findings.fault(empty.tolist(), _empty(name))
            if name == "marking":
                old = pc.equal(pc.utf8_lower(cells), "tlp:white").to_numpy(zero_copy_only=False)
                findings.remark("TLP:WHITE is now TLP:CLEAR", np.flatnonzero(old).tolist())
        if "quantity" in found and not self._own:
            count, unsure = _counted(found["quantity"], texts["quantity"])
            notes = as_texts(found.get("note"), findings.rows)
            found |= {"quantity": count, "note": _joined([notes, unsure], ["", "quantity"])}
        if "country" in texts and not self._own:
            found["country"] = self._country(texts["country"], findings)
        return found

    def _filled(self, name: str, coded: Coded, found: dict[str, Cells]) -> dict[str, Cells]:
        """The columns of the record that a field fills."""
        if name == "quantity" and "object_count" in self._columns:
            qualifier = coded.derived(lambda said: said.qualifier or None)
            more = {} if "count_qualifier" in found else {"count_qualifier": qualifier}
            return {"object_count": coded.derived(lambda said: said.count), **more}
        if name == "transport":
            detail = coded.derived(lambda said: said[1])
            more = {} if "transport_detail" in found else {"transport_detail": detail}
            return {"transport_mode": coded.derived(lambda said: said[0]), **more}
        if name == "names":
            parts = ("name", "name_ar", "alt_names")
            return {
                part: coded.derived(itemgetter(at))
                for at, part in enumerate(parts)
                if part not in found
            }
        return {name: coded}

    def _country(self, cells: Texts, findings: Findings) -> Coded:
        """Countries by their English names."""
        named = self._countries.read(cells, findings)
        before = texts_of(cells)
        for code, (old, new) in enumerate(zip(before.values, named.values, strict=True)):
            if old != new:
                rows = np.flatnonzero(before.codes == code).tolist()
                findings.remark(f"the country {old!r} is {new}", rows)
        return named

    def _label(self, name: str, column: str) -> str:
        """What stands before the words of a column in a field that several may fill."""
        return "" if self._own or name not in LABELLED or is_note_name(column) else column


def made_ids(
    ids: Texts, texts: dict[str, Texts], shapes: pa.Array | None, *, prefix: str,
    findings: Findings,
) -> Texts:  # fmt: skip
    """The ids, and where a row has none one that follows from all that the row says.

    Two rows that say the same have the same id, whatever their order and the order of the columns:
    ``<prefix>-`` and ten hexadecimal digits of the BLAKE2b of the fields with their texts.
    """
    empty = np.flatnonzero(pc.equal(ids, "").to_numpy(zero_copy_only=False))
    if not empty.size:
        return ids
    rows = pa.array(empty)
    said = [
        pc.if_else(pc.equal(cells, ""), "", pc.binary_join_element_wise(name, cells, "", "\0"))
        for name, cells in sorted((n, c.take(rows)) for n, c in texts.items() if n != "id")
    ]
    whole = pc.binary_join_element_wise(*said, "").to_pylist() if said else [""] * len(empty)
    places = shapes.take(rows).to_pylist() if shapes is not None else [None] * len(empty)
    stem = re.sub(r"\W+", "-", prefix).strip("-")[:LONGEST_PREFIX] or "row"
    made = [
        f"{stem}-{hashlib.blake2b(text.encode() + (wkb or b''), digest_size=5).hexdigest()}"
        for text, wkb in zip(whole, places, strict=True)
    ]
    findings.remark(
        "the row has no id of its own; one is made from what it says, so that the same row always"
        " has the same",
        empty.tolist(),
    )
    filled = ids.to_pylist()
    for row, name in zip(empty.tolist(), made, strict=True):
        filled[row] = name
    return pa.array(filled, pa.string())


def as_texts(cells: Cells | None, rows: int) -> Texts:
    """A column as texts, empty where nothing stands."""
    if cells is None:
        return pa.array([""] * rows, pa.string())
    if not isinstance(cells, Coded):
        return cells
    texts = [str(value) if value is not None else "" for value in cells.values]
    return pa.array(texts, pa.string()).take(pa.array(cells.codes))


def as_coded(cells: Cells | None, rows: int) -> Coded:
    """A column as distinct values, None where nothing stands."""
    if cells is None:
        return same(None, rows)
    return cells if isinstance(cells, Coded) else texts_of(cells)


def _parser(name: str, column: Column | None, layout: Layout) -> Any:  # noqa: ANN401 - any reader
    """What reads the cells of a field that is not plain text."""
    if name == "quantity" and (column is None or not layout.mapping.own):
        return partial(quantity, name=name)
    if name == "transport":
        modes = next(c for c in columns_of(layout.kind) if c.name == "transport_mode")
        return partial(_transport, parse=parser_of(modes))
    if name == "names":
        return _names
    if name == "country":
        return str
    assert column is not None
    return parser_of(column)


def _transport(text: str, *, parse: Any) -> tuple[str | None, str | None]:  # noqa: ANN401
    """The mode of transport, where the words are one, and the words where they say more."""
    try:
        mode = str(parse(text))
    except BadInput:
        return None, text
    return mode, None if folded(text) == folded(mode) else text


def _names(text: str) -> tuple[str | None, str | None, str | None]:
    """Name in Latin script, name in Arabic script and all others of a list of names.

    >>> _names("Beit Jala, بيت جالا, Bayt Jala")
    ('Beit Jala', 'بيت جالا', 'Bayt Jala')
    """
    names = [name.strip() for name in re.split(r"[,;|،؛]", text) if name.strip()]
    arabic = [name for name in names if _ARABIC.search(name)]
    latin = [name for name in names if name not in arabic]
    first = (latin or arabic)[0] if names else None
    others = [name for name in (*latin[1:], *arabic[1:]) if name != first]
    return first, arabic[0] if arabic else None, "|".join(others) or None


def _counted(said: Cells, cells: Texts) -> tuple[Coded, Texts]:
    """The numbers of quantities, and the texts of those that are no plain number."""
    assert isinstance(said, Coded)
    unsure = said.derived(lambda quantity: quantity.qualifier or None).filled()
    return said.derived(lambda quantity: quantity.count), where(cells, unsure)


def _joined(columns: Sequence[Texts], labels: Sequence[str]) -> Texts:
    """The cells of several columns in one, each after its label; empty ones leave no trace."""
    whole: Texts | None = None
    for cells, label in zip(columns, labels, strict=True):
        said = pc.binary_join_element_wise(label, cells, ": ") if label else cells
        part = pc.if_else(pc.equal(cells, ""), "", said)
        if whole is None:
            whole = part
            continue
        # Arrow's own skipping of nulls loses the last rows where every cell is null.
        both = pc.and_(pc.not_equal(whole, ""), pc.not_equal(part, ""))
        whole = pc.binary_join_element_wise(whole, pc.if_else(both, "; ", ""), part, "")
    return whole


def _without_nothing(cells: Texts) -> Texts:
    """The cells, those empty that only say that nothing is known."""
    encoded = cells.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    # Numbers, dates and coordinates are many and say something.
    nothing = [
        0 < len(text) <= LONGEST_NOTHING and not text[-1].isdigit() and says_nothing(text)
        for text in texts
    ]
    if not any(nothing):
        return cells
    kept = ["" if none else text for text, none in zip(texts, nothing, strict=True)]
    return pa.array(kept, pa.string()).take(encoded.indices)


def _empty(name: str) -> BadInput:
    return BadInput(f"{name} is empty", expected="a value", remedy="fill it in")
