"""Rows that were kept aside are taken out, mended and taken in; nothing is lost on the way."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput, InvalidSetting, NotFound, UnreadableFile
from geo.frames import frame_of
from geo.pipeline.intake import ImportOptions, import_files, mending
from geo.store import FileKey
from tests.homes import NOW, settings_of

TABLE = (
    "id,event_type,country,place,description\n"
    "M1,seizure,Iraq,Mosul,fine\n"
    "M2,theft,Iraq,Mosul,=SUM(A1)\n"
    "M3,seizure,,الموصل,\"two\nlines\"\n"
)  # fmt: skip


@pytest.fixture
def brought(store, settings, tmp_path):
    """The report of an import with two rows kept aside."""
    path = tmp_path / "mixed.csv"
    path.write_text(TABLE, encoding="utf-8")
    options = ImportOptions(source="Test", author="Amal")
    (report,) = import_files(store, settings, "seizures", [path], options=options, now=NOW)
    assert (report.accepted, report.quarantined) == (1, 2)
    return report


def mend(store, import_id, rows, **more):
    """Takes mended rows in, in the installation whose store this is."""
    settings = settings_of(Path(store.url.removeprefix("sqlite:///")).parent)
    return mending.mend(store, import_id, rows, settings=settings, author="Badr", now=NOW, **more)


def cells(store, import_id) -> dict[int, dict[str, str]]:
    """The cells of the waiting rows by their number."""
    return {one.row.row_number: one.cells for one in mending.waiting(store, import_id)}


def test_waiting_rows_have_their_cells_and_reasons(store, brought):
    """Each column with what stood in it."""
    rows = cells(store, brought.import_id)
    assert rows[3]["event_type"] == "theft"
    assert rows[4]["description"] == "two\nlines"
    assert mending.header_of(store, brought.import_id) == (
        "id", "event_type", "country", "place", "description",
    )  # fmt: skip


def test_a_mended_row_comes_in_and_waits_no_longer(store, brought):
    """It is an import of its own with the first one's source; the row as it stood stays."""
    rows = cells(store, brought.import_id)
    report = mend(store, brought.import_id, {3: rows[3] | {"event_type": "seizure"}})
    assert str(report) == "read 1 = accepted 1 + quarantined 0 + duplicate 0"
    record = store.get("seizures", "M2").iloc[0]
    assert (record["event_type"], record["source"]) == ("seizure", "Test")
    assert list(cells(store, brought.import_id)) == [4]
    first = store.quarantine(brought.import_id)[0]
    assert (first.mended_in, "theft" in first.text) == (report.import_id, True)


def test_what_is_still_wrong_is_kept_aside_again(store, brought):
    """The good row comes in, the other one waits in both imports."""
    rows = cells(store, brought.import_id)
    good, bad = rows[3] | {"event_type": "seizure"}, rows[4] | {"country": ""}
    report = mend(store, brought.import_id, {3: good, 4: bad})
    assert (report.accepted, report.quarantined) == (1, 1)
    assert report.rows[0].row_number == 4
    assert list(cells(store, brought.import_id)) == [4]
    assert list(cells(store, report.import_id)) == [4]


def test_a_dry_run_keeps_nothing(store, brought):
    """The same numbers; the rows go on waiting."""
    rows = cells(store, brought.import_id)
    before = store.revision()
    tried = mend(store, brought.import_id, {3: rows[3] | {"event_type": "seizure"}}, dry_run=True)
    assert (tried.accepted, store.revision()) == (1, before)
    assert list(cells(store, brought.import_id)) == [3, 4]


def test_undoing_the_mended_import_lets_the_rows_wait_again(store, brought):
    """Nothing is lost by a change of mind."""
    rows = cells(store, brought.import_id)
    report = mend(store, brought.import_id, {3: rows[3] | {"event_type": "seizure"}})
    store.undo(report.import_id, author="Badr", now=NOW)
    assert list(cells(store, brought.import_id)) == [3, 4]


def test_the_same_mending_twice_is_known(store, brought):
    """A double click, or a start that was killed after the first half, does no harm."""
    mended = {3: cells(store, brought.import_id)[3] | {"event_type": "seizure"}}
    first = mend(store, brought.import_id, mended)
    with pytest.raises(NotFound, match=r"row 3 of import .* is not waiting"):
        mend(store, brought.import_id, mended)
    assert len(store.read("seizures").query("id == 'M2'")) == 1
    assert first.import_id


def test_rows_go_out_as_a_table_and_come_back(store, brought, tmp_path):
    """Formulas are guarded on the way out and unguarded on the way in; line breaks survive."""
    path = tmp_path / "rows.csv"
    mending.write_waiting(mending.waiting(store, brought.import_id), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.reader(file))
    assert table[0][:3] == ["lamassu_row", "lamassu_reason", "id"]
    assert table[1][-1] == "'=SUM(A1)"
    assert mending.read_mended(path) == cells(store, brought.import_id)


def test_strange_requests_are_refused(store, brought, tmp_path):
    """No rows, a row that is not waiting, an unknown column, an undone import, a foreign table."""
    rows = cells(store, brought.import_id)
    with pytest.raises(BadInput, match="no mended row was given"):
        mend(store, brought.import_id, {})
    with pytest.raises(NotFound, match=r"row 2 of import .* is not waiting"):
        mend(store, brought.import_id, {2: rows[3]})
    with pytest.raises(BadInput, match="no column 'evil'"):
        mend(store, brought.import_id, {3: {"evil": "x"}})
    with pytest.raises(NotFound, match="no import 'IM-1'"):
        mend(store, "IM-1", {3: rows[3]})
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableFile, match="no column 'lamassu_row'"):
        mending.read_mended(tmp_path / "other.csv")
    store.undo(brought.import_id, author="Badr", now=NOW)
    with pytest.raises(InvalidSetting, match="was undone"):
        mend(store, brought.import_id, {3: rows[3]})


def test_an_import_without_known_columns_cannot_be_mended(store):
    """The embedded facts, and what an earlier version brought in."""
    frame = frame_of("sites", {"id": ["A"], "name": ["Tell"], "country": ["Iraq"]})
    key = FileKey(file_name="old.csv", sha256="0" * 64, reading='{"source": ""}')
    report = store.add("sites", frame, key=key, author="a", now=NOW)
    with pytest.raises(InvalidSetting, match="did not come from a table whose columns are known"):
        mend(store, report.import_id, {2: {}})


@given(text=st.text())
def test_guarding_a_cell_is_undone_exactly(text: str):
    """Also where the text begins with apostrophes of its own."""
    assert mending.unguarded(mending.guarded(text)) == text


def test_a_table_without_cells_cannot_be_written(tmp_path: Path):
    """Rows whose cells could not be told apart are mended in the file."""
    with pytest.raises(BadInput, match="no waiting row has cells"):
        mending.write_waiting([], tmp_path / "rows.csv")
