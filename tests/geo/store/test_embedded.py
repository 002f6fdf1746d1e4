"""The embedded store as a file: made whole, kept private, and never somebody else's."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geo.errors import InvalidSetting, StoreBusy, StoreDamaged, StoreError
from geo.store import open_store
from geo.store.embedded import APPLICATION_ID, EmbeddedStore
from tests.geo.store import children

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def mode(path: Path) -> int:
    """Permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    "url", ["", "store.db", "mysql://host/db", "sqlite:///", "sqlite://", "postgresql://"]
)
def test_other_urls_are_refused(url):
    """A URL that names no store of ours says what would."""
    with pytest.raises(InvalidSetting, match="names no store; expected sqlite:///"):
        open_store(url)


def test_the_folder_and_the_files_are_the_owners_alone(tmp_path):
    """Nobody else on the machine reads a seizure, a backup or the log of writes."""
    path = tmp_path / "home" / "store.db"
    store = EmbeddedStore(path)
    children.import_rows(store, "a", 3)
    assert mode(path.parent) == 0o700
    assert {file.name for file in path.parent.iterdir()} == {
        "store.db", "store.db-wal", "store.db-shm"
    }  # fmt: skip
    store.backup(path.parent / "copy.db")
    assert {mode(file) for file in path.parent.iterdir()} == {0o600}
    store.close()


def test_a_second_start_finds_the_same_store(tmp_path):
    """Opening makes nothing new where something is."""
    path = tmp_path / "store.db"
    first = EmbeddedStore(path)
    children.import_rows(first, "a", 3)
    first.close()
    second = EmbeddedStore(path)
    assert len(second.read("sites")) == 3
    second.close()
    assert [file.name for file in tmp_path.iterdir()] == ["store.db"]


def test_a_file_system_without_hard_links_will_do(tmp_path, monkeypatch):
    """Memory sticks have none; store and backup get their names by renaming."""

    def refuse(*_args):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    store = EmbeddedStore(tmp_path / "store.db")
    store.backup(tmp_path / "copy.db")
    store.close()
    assert {file.name for file in tmp_path.iterdir()} == {"store.db", "copy.db"}


def test_the_store_is_set_to_survive_a_loss_of_power(tmp_path):
    """Write-ahead log, full synchronisation, foreign keys, and a schema that is not trusted."""
    store = EmbeddedStore(tmp_path / "store.db")
    with store.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema",
                         "busy_timeout", "application_id")
        }  # fmt: skip
    assert pragmas == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0,
        "busy_timeout": 120_000, "application_id": APPLICATION_ID,
    }  # fmt: skip
    store.close()


def foreign_database(path: Path) -> None:
    """The SQLite file of another program."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE sites (id)")


def impostor(path: Path) -> None:
    """A file that carries our mark but none of our tables."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("CREATE TABLE sites (id)")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_bytes(b""), "is an empty file; expected a store of Lamassu"),
        (lambda path: path.write_text("id,name\n"), "is no SQLite file"),
        (lambda path: path.write_bytes(os.urandom(5000)), "is no SQLite file"),
        (foreign_database, "is the SQLite file of another program"),
        (impostor, "has no record of its version"),
    ],
)
def test_a_file_that_is_no_store_is_refused_and_not_touched(tmp_path, make, message):
    """Whatever somebody else keeps under the name stays byte for byte."""
    path = tmp_path / "store.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match=message):
        EmbeddedStore(path)
    if make is not impostor:
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_no_store(tmp_path):
    """The path of a folder is told as one."""
    with pytest.raises(StoreError, match="is a folder; expected the path of a file"):
        EmbeddedStore(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match=r"store.db cannot be used: .*; check the folder"):
        EmbeddedStore(tmp_path / "home" / "store.db")


def test_damage_is_found_and_told(tmp_path):
    """Overwritten pages show in the integrity check and as an error, never as an answer."""
    path = tmp_path / "store.db"
    store = EmbeddedStore(path)
    children.import_rows(store, "a", 2000)
    store.close()
    data = bytearray(path.read_bytes())
    pages = len(data) // 4096
    for page in range(pages // 2, pages, 7):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(bytes(data))
    with closing(EmbeddedStore(path)) as store:
        with pytest.raises(StoreDamaged, match=r"is damaged: .*; expected an intact store"):
            store.read("sites")
        assert store.integrity() != ()


def test_a_changed_row_is_found(tmp_path):
    """Rows that somebody changed behind the store's back break its rules."""
    path = tmp_path / "store.db"
    store = EmbeddedStore(path)
    children.import_rows(store, "a", 3)
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE sites SET current = 0 WHERE id = 'a-0'")
        connection.execute("DELETE FROM sites WHERE id = 'a-1'")
        connection.execute("UPDATE sites SET import_id = 'IM-0' WHERE id = 'a-2'")
        connection.commit()
    with closing(EmbeddedStore(path)) as store:
        faults = "\n".join(store.integrity())
    assert "1 records of sites do not show their newest version" in faults
    assert "does not hold the rows that it counted" in faults
    assert "points to an import that is not there" in faults


def test_a_value_that_would_not_be_taken_in_is_not_given_out(tmp_path):
    """A marking that nobody knows is no reason to show a row."""
    path = tmp_path / "store.db"
    store = EmbeddedStore(path)
    children.import_rows(store, "a", 1)
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE sites SET marking = 'TLP:PINK'")
        connection.commit()
    refusal = r"would not take in: .*'marking' holds 'TLP:PINK'"
    with closing(EmbeddedStore(path)) as store, pytest.raises(StoreDamaged, match=refusal):
        store.read("sites")


def test_a_lock_that_is_not_given_is_told(tmp_path):
    """A writer waits, then says that another process holds the store; readers go on."""
    path = tmp_path / "store.db"
    store = EmbeddedStore(path, busy_s=0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="is locked by another process"):
            children.import_rows(store, "a", 1)
        assert len(store.read("sites")) == 0
    children.import_rows(store, "a", 1)
    store.close()


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path):
    """Too little room is told, and the import can be repeated when there is some."""
    store = EmbeddedStore(tmp_path / "store.db")
    with store.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def limit(pages: int) -> None:
        with store.reading() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    limit(pages + 2)
    with pytest.raises(StoreError, match=r"cannot be used: .*full"):
        children.import_rows(store, "a", 500)
    limit(pages * 100)
    assert len(store.read("sites")) == 0
    assert store.integrity() == ()
    assert children.import_rows(store, "a", 500).accepted == 500
    store.close()
