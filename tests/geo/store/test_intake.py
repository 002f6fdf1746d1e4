"""Files that come in parts: where they are cut does not matter, and every row is accounted for."""

from __future__ import annotations

import dataclasses
import itertools
import tempfile
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.columns import columns_of
from geo.errors import BadInput
from geo.frames import Part, frame_of
from geo.store import intake
from tests.geo.store import children

ROWS = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.sampled_from(["x", "y"]), st.sampled_from(["p", "q"])),
    max_size=9,
)
"""Id, name and dataset of sites; few of each, so that they repeat and contradict each other."""


def part_of(rows: list[tuple[str, str, str]], *, first: int) -> Part:
    """Some of the rows of a file."""
    names, datasets = [name for _, name, _ in rows], [dataset for *_, dataset in rows]
    frame = frame_of(
        "sites",
        {"id": [row[0] for row in rows], "name": names, "country": ["Iraq"] * len(rows),
         "dataset_id": datasets},
    )  # fmt: skip
    return Part(
        frame=frame,
        row_numbers=range(first, first + len(rows)),
        texts=[";".join(row) for row in rows],
        cells=[f'{{"name": "{name}"}}' for name in names],
    )


def add(store, parts, file="a", **more):
    """Take in the parts of a file of sites."""
    key = children.file_key(file)
    return store.add_parts("sites", parts, key=key, author="a", now=children.NOW, **more)


@pytest.mark.thorough
@given(before=ROWS, rows=ROWS, cuts=st.lists(st.integers(0, 9), max_size=4))
@settings(max_examples=20)
def test_where_a_file_is_cut_does_not_matter(before, rows, cuts):
    """The same rows in one part and in several: the same report, store and quarantine."""
    ends = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    pieces = [part_of(rows[start:end], first=2 + start)
              for start, end in itertools.pairwise(ends)]  # fmt: skip
    told = []
    with tempfile.TemporaryDirectory() as folder:
        for name, parts in (("one", [part_of(rows, first=2)]), ("several", pieces)):
            with closing(children.opened(Path(folder) / f"{name}.db")) as store:
                add(store, [part_of(before, first=2)], file="before")
                planned = add(store, parts, dry_run=True)
                report = add(store, parts)
                assert dataclasses.replace(report, import_id="") == planned
                assert report.read == len(rows)
                assert report.read == report.accepted + report.quarantined + report.duplicate
                assert store.quarantine(report.import_id) == report.rows
                assert store.integrity() == ()
                told.append((report, store.read("sites")))
    assert told[0][0] == told[1][0]
    pd.testing.assert_frame_equal(told[0][1], told[1][1])


def test_a_contradicting_row_is_told_as_its_part_told_it(store):
    """Number, text and cells are those of the file, though its first row came a part before."""
    parts = [
        part_of([("A", "x", "p")], first=2),
        part_of([("B", "x", "p"), ("A", "y", "p")], first=7),
    ]
    report = add(store, parts)
    (row,) = store.quarantine(report.import_id)
    assert (row.row_number, row.text, row.cells) == (8, "A;y;p", '{"name": "y"}')
    assert "the id 'A' occurred before in this file with other content" in row.what


def test_quarantined_rows_are_kept_in_the_order_of_the_file(store):
    """Those that could not be read and those that contradict an earlier one."""
    unread = dataclasses.replace(children.ASIDE, row_number=4)
    part = part_of([("A", "x", "p"), ("A", "y", "p"), ("A", "z", "p")], first=2)
    part = dataclasses.replace(part, row_numbers=[2, 3, 5], quarantined=(unread,))
    report = add(store, [part])
    assert [row.row_number for row in store.quarantine(report.import_id)] == [3, 4, 5]


def test_a_report_shows_the_first_thousand_quarantined_rows(store):
    """The store keeps all, a note says so, and the same file again says so too."""
    aside = tuple(
        dataclasses.replace(children.ASIDE, row_number=number)
        for number in range(intake.SHOWN + 500)
    )
    halves = [dataclasses.replace(part_of([], first=2), quarantined=half)
              for half in (aside[:800], aside[800:])]  # fmt: skip
    for report in (add(store, halves), add(store, halves)):
        assert report.quarantined == len(aside)
        assert report.rows == aside[: intake.SHOWN]
        assert (
            "the first 1000 of 1500 quarantined rows are shown; the store keeps all" in report.notes
        )
    assert store.quarantine(report.import_id) == aside


def test_progress_is_told_after_each_part_and_notes_are_asked_for_at_the_end(store):
    """Only the last part knows all that the reader found."""
    seen: list[int] = []
    notes: list[str] = []

    def parts():
        for number in range(3):
            yield part_of([(str(number), "x", "p"), (str(number), "y", "p")], first=2)
            notes.append(f"part {number}")

    report = add(store, parts(), notes=lambda: notes, progress=seen.append)
    assert seen == [2, 4, 6]
    assert report.notes == ("part 0", "part 1", "part 2")
    assert store.imports()[0].notes == report.notes


@pytest.mark.parametrize("lost", ["row_numbers", "texts", "cells"])
def test_a_part_must_tell_every_row(store, lost):
    """Else a row could be set aside without its text."""
    part = dataclasses.replace(part_of([("A", "x", "p")], first=2), **{lost: []})
    with pytest.raises(BadInput, match="a part of 1 rows tells 0 of them; expected a number"):
        add(store, [part])
    assert store.imports() == ()


def test_notes_that_no_database_holds_leave_nothing(store):
    """They come last, when the rows are written."""
    with pytest.raises(BadInput, match="holds a NUL character"):
        add(store, [part_of([("A", "x", "p")], first=2)], notes=["a\0b"])
    assert len(store.read("sites")) == 0


def test_a_text_that_is_not_told_is_made_of_the_cells(store):
    """A frame from elsewhere has no lines of a file."""
    part = part_of([("A", "x", "p"), ("A", "y", "p")], first=2)
    report = add(store, [dataclasses.replace(part, texts=["", ""])])
    (row,) = report.rows
    assert '"name": "y"' in row.text
    assert all(column.name in row.text for column in columns_of("sites"))
