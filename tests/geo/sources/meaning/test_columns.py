"""Columns are read each distinct text once, and no cell is lost on the way."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns import columns_of
from geo.errors import BadInput
from geo.sources.meaning.columns import (
    Coded,
    Findings,
    Reader,
    clean,
    first_of,
    same,
    series_of,
    text_faults,
    texts_of,
    together,
)

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
PRINTABLE = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)


@given(cells=st.lists(st.none() | PRINTABLE, max_size=6))
def test_cells_are_normal_and_without_outer_space(cells):
    """As Python does it: NFC, then strip; nothing is an empty text."""
    cleaned = clean(pa.array(cells, pa.string())).to_pylist()
    assert cleaned == [unicodedata.normalize("NFC", cell or "").strip() for cell in cells]


def test_a_slice_of_cells_is_cleaned_as_its_own_cells():
    """Not as those before it in memory."""
    cells = pa.array(["é", " a ", "b "]).slice(1)
    assert clean(cells).to_pylist() == ["a", "b"]


@given(cells=st.lists(TEXTS, max_size=6))
def test_control_characters_are_found(cells):
    """Each row that holds one, and no other; line ends and tabs are none."""
    findings = Findings(len(cells))
    text_faults(["x"], [pa.array(cells, pa.string())], findings)
    holding = {
        row
        for row, cell in enumerate(cells)
        if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r" for c in cell)
    }
    assert set(findings.faults) == holding


def test_control_characters_and_overlong_cells_are_told():
    """With the column, the character and the length."""
    findings = Findings(3)
    text_faults(["a", "b"], [pa.array(["\x07", "x", "ok"]), pa.array(["", "é" * 100_001, ""])],
                findings)  # fmt: skip
    assert findings.faults[0][0].what == "a holds the control character U+0007"
    assert findings.faults[1][0].what == "b has 100,001 characters"
    assert 2 not in findings.faults


def test_each_distinct_text_is_read_once():
    """Over all batches; empty cells are not asked."""
    asked: list[str] = []

    def parse(text: str) -> int:
        asked.append(text)
        if text == "x":
            raise BadInput("x is x", expected="a number", remedy="write one")
        return int(text)

    reader = Reader(parse)
    for _ in range(2):
        findings = Findings(5)
        coded = reader.read(pa.array(["1", "x", "", "1", "x"]), findings)
        assert coded.per_row() == [1, None, None, 1, None]
        assert coded.filled().tolist() == [True, False, False, True, False]
        assert set(findings.faults) == {1, 4}
    assert asked == ["1", "x"]


def test_what_is_remembered_has_an_end(monkeypatch):
    """A column of a million different texts does not fill the memory."""
    monkeypatch.setattr("geo.sources.meaning.columns.REMEMBERED", 3)
    reader = Reader(str)
    for start in range(0, 20, 2):
        reader.read(pa.array([str(start), str(start + 1)]), Findings(2))
    assert len(reader._known) <= 5


@given(rows=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=8))
def test_combinations_are_those_of_the_rows(rows):
    """Each row finds its own."""
    first, second = (texts_of(pa.array([row[at] for row in rows], pa.string())) for at in (0, 1))
    found, codes = together(first, second)
    assert [found[code] for code in codes] == rows
    assert len(set(found)) == len(found)


def test_gaps_are_filled_from_another_column():
    """A value of the first column wins."""
    first = texts_of(pa.array(["a", "", ""]))
    second = Coded(["x", None], np.array([0, 0, 1]))
    assert first_of(first, second).per_row() == ["a", "x", None]
    assert first_of(None, second) is second


@pytest.mark.parametrize(
    ("name", "cells", "default", "expected"),
    [
        ("source", pa.array(["a", "", "c"]), "book", ["a", "book"]),
        ("event_type", Coded(["seizure", None], np.array([0, 1, 0])), "return",
         ["seizure", "return"]),
        ("object_classes", Coded([("seals", "coins"), None], np.array([0, 1, 0])), (),
         ["seals|coins", ""]),
        ("simulated", Coded([True, None], np.array([0, 1, 0])), False, [True, False]),
    ],
)  # fmt: skip
def test_kept_rows_become_a_series_with_the_default_in_gaps(name, cells, default, expected):
    """In the dtype that a frame of the kind has."""
    column = next(column for column in columns_of("seizures") if column.name == name)
    assert series_of(column, cells, default, np.array([0, 1])).tolist() == expected


def test_numbers_and_days_keep_their_gaps():
    """A missing number is NaN or NA, a missing day NaT."""
    columns = {column.name: column for column in columns_of("seizures")}
    counts = series_of(columns["object_count"], same(None, 2), None, np.array([0, 1]))
    days = series_of(columns["date_from"], same(None, 2), None, np.array([0, 1]))
    assert str(counts.dtype) == "Int64"
    assert days.isna().all()


def test_nothing_more_is_said_of_a_closed_row():
    """A row whose cells cannot be told apart has no other faults."""
    findings = Findings(2)
    findings.fault([0], BadInput("first"))
    findings.close()
    findings.fault([0, 1], BadInput("second"))
    findings.remark("assumed", [0, 1])
    assert [fault.what for fault in findings.faults[0]] == ["first"]
    assert findings.good().tolist() == []
    assert findings.counts() == {}
