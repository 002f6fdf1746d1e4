"""Bad tables are refused in one line or set aside row by row; nothing is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from geo.errors import BadInput
from geo.model import ImportReport
from geo.sources.meaning.records import read_table
from geo.store import FileKey, Store, open_store
from tests.hostile.bad_tables import bad_tables
from tests.sampling import every

BAD_TABLES = bad_tables()


def import_file(store: Store, path: Path) -> ImportReport:
    """Read a table of seizures and keep what can be kept."""
    reading = read_table(path, "seizures", today=date(2026, 11, 22))
    return store.add(
        "seizures",
        reading.frame,
        key=FileKey(file_name=reading.file_name, sha256=reading.sha256, reading=reading.reading),
        author="amal",
        now=datetime(2026, 11, 22, tzinfo=UTC),
        quarantined=reading.quarantined,
        notes=reading.notes,
        read=reading.read,
    )


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    opened = open_store(f"sqlite:///{tmp_path}/home/store.db")
    yield opened
    opened.close()


def test_there_are_more_than_fifty_kinds_of_bad_table():
    """A corpus that shrinks is noticed."""
    assert len(BAD_TABLES) > 50


@pytest.mark.parametrize(
    "name", every(5, [name for name, bad in BAD_TABLES.items() if not bad.refused])
)
def test_each_row_of_a_bad_table_is_accounted_for(tmp_path, store, name):
    """The good rows are in, the others are set aside with their reasons, and it is all the rows."""
    bad = BAD_TABLES[name]
    path = tmp_path / "seizures.csv"
    path.write_bytes(bad.content)
    for accepted, duplicate in (
        (bad.accepted, bad.duplicate),
        (0, bad.accepted + bad.duplicate),
    ):
        report = import_file(store, path)
        assert (report.accepted, report.quarantined, report.duplicate) == (
            accepted, bad.quarantined, duplicate
        )  # fmt: skip
        assert report.read == report.accepted + report.quarantined + report.duplicate
    assert len(store.read("seizures")) == bad.accepted
    for row in store.quarantine(report.import_id):
        assert row.what
        assert row.expected
        assert row.remedy
        assert row.text
    assert store.integrity() == ()


@pytest.mark.parametrize("name", [name for name, bad in BAD_TABLES.items() if bad.refused])
def test_a_file_that_cannot_be_read_is_refused_in_one_line(tmp_path, store, name):
    """With what is wrong, and the store as it was."""
    bad = BAD_TABLES[name]
    path = tmp_path / "seizures.csv"
    path.write_bytes(bad.content)
    before = store.revision()
    with pytest.raises(BadInput, match=bad.refused) as told:
        import_file(store, path)
    assert "\n" not in str(told.value)
    assert told.value.expected
    assert told.value.remedy
    assert store.revision() == before
