"""A store of an earlier version is brought up to date, or is as it was."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from geo.errors import StoreDamaged, StoreError, StoreTooNew
from geo.frames import frame_of
from geo.store import schema
from geo.store.embedded import EmbeddedStore
from geo.store.migrations import (
    KINDS_OF_CASES,
    KINDS_OF_JUDGING,
    KINDS_OF_ROUTES,
    MIGRATIONS,
    TABLES_OF_ACCESS,
    first_tables,
)
from tests.geo.store import children
from tests.geo.store.files import NOW, breaks, put


def add_remarks(connection: sa.Connection) -> None:
    """A change that a later version might make."""
    connection.exec_driver_sql("CREATE TABLE remarks (text TEXT NOT NULL)")
    connection.exec_driver_sql("INSERT INTO remarks SELECT id FROM sites")


def break_off(connection: sa.Connection) -> None:
    """A change that fails after its first statement."""
    connection.exec_driver_sql("CREATE TABLE half (text TEXT)")
    connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of today's version with three sites."""
    path = tmp_path / "store.db"
    store = EmbeddedStore(path)
    children.import_rows(store, "a", 3)
    store.close()
    return path


def tables(path: Path) -> set[str]:
    """Names of the tables of a store."""
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


def seen(path: Path) -> list[tuple[int, str]]:
    """The migrations that a store has seen."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT number, name FROM migrations ORDER BY 1").fetchall()


def test_migrations_have_names_of_their_own():
    """A store remembers them by name."""
    assert MIGRATIONS[0] is first_tables
    assert len({migration.__name__ for migration in MIGRATIONS}) == len(MIGRATIONS)


def test_a_new_store_has_every_table_and_nothing_to_do(old):
    """Tables and indexes are those that the schema declares."""
    assert set(schema.METADATA.tables) <= tables(old)
    assert seen(old) == [
        (number, step.__name__) for number, step in enumerate(MIGRATIONS, start=1)
    ]  # fmt: skip
    assert not (old.parent / "backups").exists()


def test_migrations_lead_to_the_declared_schema(tmp_path, old):
    """A store that went through every migration is made like a new one."""

    def statements(path: Path) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(path)) as connection:
            query = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
            return connection.execute(query).fetchall()

    engine = sa.create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    with engine.begin() as connection:
        for migration in MIGRATIONS:
            migration(connection)
    engine.dispose()
    assert statements(tmp_path / "migrated.db") == statements(old)


def test_an_old_store_is_upgraded_after_a_backup(old):
    """The rows are there, the change is recorded, and the backup is the store as it was."""
    before = seen(old)
    store = EmbeddedStore(old, migrations=(*MIGRATIONS, add_remarks))
    assert len(store.read("sites")) == 3
    store.close()
    assert "remarks" in tables(old)
    assert seen(old) == [*before, (len(before) + 1, "add_remarks")]
    (backup,) = (old.parent / "backups").iterdir()
    assert backup.name.startswith(f"store-v{len(before)}-20")
    assert backup.name.endswith("Z.db")
    assert "remarks" not in tables(backup)
    copy = EmbeddedStore(backup)
    assert len(copy.read("sites")) == 3
    copy.close()


def make_older(path: Path, version: int) -> None:
    """Take from a store what came after a version."""
    later = list(KINDS_OF_JUDGING)
    later += [table.name for table in TABLES_OF_ACCESS] if version < 4 else []
    later += [*KINDS_OF_CASES, "mappings"] if version < 3 else []
    later += list(KINDS_OF_ROUTES) if version < 2 else []
    with closing(sqlite3.connect(path)) as connection:
        for table in later:
            connection.execute(f"DROP TABLE {table}")
        for column in ("cells", "mended_in") if version < 3 else ():
            connection.execute(f"ALTER TABLE quarantine DROP COLUMN {column}")
        for column in schema.LATER["alerts"]:
            connection.execute(f"ALTER TABLE alerts DROP COLUMN {column}")
        connection.execute("DELETE FROM migrations WHERE number > ?", [version])
        connection.commit()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_old_store_with_rows_gets_what_it_lacks(old, version):
    """Version 1 had no terrain or routes, version 2 no objects, version 3 no audit; rows stay."""
    kinds = (*KINDS_OF_ROUTES, *KINDS_OF_CASES, *KINDS_OF_JUDGING)
    make_older(old, version)
    store = EmbeddedStore(old)
    assert len(store.read("sites")) == 3
    assert [len(store.read(kind)) for kind in kinds] == [0] * 10
    (record,) = store.imports()
    (row,) = store.quarantine(record.import_id)
    assert (row.text, row.cells, row.mended_in) == ("x" * 100, "", "")
    assert store.mappings() == ()
    assert (store.members(), store.dataset_groups(), store.access_version()) == ((), {}, 0)
    assert children.import_rows(store, "b", 2).accepted == 2
    assert store.integrity() == ()
    first, second = store.audit()
    assert (first.actor, first.action, first.subject) == ("lamassu", "upgrade", "version 5")
    assert json.loads(first.detail) == {"from": version, "to": 5}
    assert second.action == "import"
    assert breaks(store) == []
    store.close()


def test_an_alert_of_an_old_store_is_as_it_was_and_says_how_it_was_made(old):
    """An alert of version 4 is one of two dates, and may be judged like a new one."""
    store = EmbeddedStore(old)
    flag = frame_of("alerts", {"id": ["CH-0123456789ab-001"], "score": [0.5]})
    put(store, flag, "flags", kind="alerts")
    store.close()
    make_older(old, 4)
    store = EmbeddedStore(old)
    (alert,) = store.read("alerts").itertuples()
    assert (alert.score, alert.method, alert.sensors, alert.features) == (0.5, "pair", "", "")
    assert np.isnan(alert.priority)
    assert put(store, flag, "again", kind="alerts").duplicate == 1
    corrected = store.correct(
        "alerts", alert.id, {"judgement": "disputed"}, author="t", reason="seen", now=NOW
    )
    assert corrected["judgement"].tolist() == ["disputed"]
    assert (store.integrity(), breaks(store)) == ((), [])
    store.close()


def test_an_old_store_becomes_what_a_new_one_is(old, tmp_path):
    """The columns of every table are the same, in the same order."""

    def columns(path: Path) -> dict[str, list[tuple]]:
        with closing(sqlite3.connect(path)) as connection:
            return {name: connection.execute(f"PRAGMA table_info({name})").fetchall()
                    for name in schema.METADATA.tables}  # fmt: skip

    make_older(old, 1)
    EmbeddedStore(old).close()
    EmbeddedStore(tmp_path / "new.db").close()
    assert columns(old) == columns(tmp_path / "new.db")


def test_an_upgraded_store_is_not_upgraded_again(old):
    """A second start does nothing and takes no backup."""
    for _ in range(2):
        EmbeddedStore(old, migrations=(*MIGRATIONS, add_remarks)).close()
    assert len(list((old.parent / "backups").iterdir())) == 1


def test_a_failed_upgrade_changes_nothing(old):
    """All pending migrations are one transaction, and the message names the copy."""
    with pytest.raises(StoreError, match=r"could not be brought up to date: no such table: nowh"):
        EmbeddedStore(old, migrations=(*MIGRATIONS, add_remarks, break_off))
    assert tables(old) & {"remarks", "half"} == set()
    assert len(seen(old)) == len(MIGRATIONS)
    store = EmbeddedStore(old)
    assert len(store.read("sites")) == 3
    assert store.integrity() == ()
    store.close()


def test_a_store_of_a_later_version_is_refused(old):
    """What a later Lamassu wrote is not for this one to read or change."""
    EmbeddedStore(old, migrations=(*MIGRATIONS, add_remarks)).close()
    before = old.read_bytes()
    with pytest.raises(
        StoreTooNew, match=r"has seen the migration 'add_remarks'; expected version 5 or lower"
    ):
        EmbeddedStore(old)
    assert old.read_bytes() == before


def test_a_store_with_another_past_is_refused(old):
    """The same number of migrations, but not ours."""
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE migrations SET name = 'something_else'")
        connection.commit()
    with pytest.raises(StoreTooNew, match="has seen the migration 'something_else'"):
        EmbeddedStore(old)


def test_a_store_that_lost_its_version_is_refused(old):
    """Nobody knows what to do with it."""
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("DROP TABLE migrations")
    with pytest.raises(StoreDamaged, match="has no record of its version"):
        EmbeddedStore(old)
