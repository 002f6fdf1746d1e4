"""The PostGIS store when it is opened, brought up to date, and when its server fails."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa
from shapely.geometry import Point

from geo.columns import RECORDS
from geo.errors import InvalidSetting, StoreBusy, StoreDamaged, StoreError, StoreTooNew
from geo.store import open_store
from geo.store.migrations import (
    KINDS_OF_CASES,
    KINDS_OF_JUDGING,
    MIGRATIONS,
    TABLES_OF_ACCESS,
)
from geo.store.postgis import PostgisStore
from geo.store.schema import LATER
from tests.geo.store import children
from tests.geo.store.files import NOW, breaks, file_key, names, put, sites
from tests.postgres import OWNER, ROLES, Server, programs, running_server


@pytest.fixture
def store(postgres: Server, database: str) -> Iterator[PostgisStore]:
    """A new, empty store in that database."""
    with closing(PostgisStore(postgres.url(database))) as opened:
        yield opened


def test_a_database_without_postgis_is_refused_with_the_way_to_it(postgres):
    """And nothing is made in it."""
    name = postgres.new_database(template="template0")
    with pytest.raises(StoreError, match=r"has no PostGIS; .*: CREATE EXTENSION postgis;"):
        open_store(postgres.url(name))
    assert postgres.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
                        database=name) == [(0,)]  # fmt: skip
    postgres.drop_database(name)


def test_a_database_that_cannot_hold_every_text_is_refused(postgres):
    """Arabic does not fit into Latin letters."""
    name = postgres.new_database(template="template0", more="ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(StoreError, match="keeps text as LATIN1; expected UTF8"):
        open_store(postgres.url(name))
    postgres.drop_database(name)


@pytest.mark.parametrize(
    "tables", [["sites"], ["migrations"], ["migrations", "revision", "imports"]]
)
def test_a_database_of_another_program_is_not_touched(postgres, database, tables):
    """Tables of our names that are not ours."""
    for table in tables:
        postgres.run(f"CREATE TABLE {table} (x int)", database=database, user=OWNER)
    with pytest.raises(StoreDamaged, match=r"has no record of its version, but tables of the name"):
        open_store(postgres.url(database))
    assert postgres.run("SELECT count(*) FROM pg_tables WHERE tablename = 'seizures'",
                        database=database) == [(0,)]  # fmt: skip


def test_other_tables_may_be_in_the_same_database(postgres, database):
    """A team's own layers, for instance."""
    postgres.run("CREATE TABLE trenches (id int)", database=database, user=OWNER)
    with closing(open_store(postgres.url(database))) as store:
        assert put(store, sites(A="Hatra"), "a").accepted == 1


def test_an_account_that_may_not_make_tables_is_told(postgres, database):
    """Somebody else owns the database."""
    name = postgres.new_user()
    with pytest.raises(StoreError, match=r"may not do this in .*; ALTER DATABASE .* OWNER TO"):
        open_store(postgres.url(database, user=name))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://u:s3cret@h", "names no database"),
        ("postgresql://u:s3cret@h:port/db", "is no URL"),
        ("postgresql://u:s3cret@h/db?password=s3cret", "has the option 'password'"),
        ("postgresql://u:s3cret@h/db?options=-csearch_path=x", "has the option 'options'"),
        ("postgresql://u:s3cret@h/db?sslpassword=s3cret", "has the option 'sslpassword'"),
        ("postgres://u:s3cret@h/db", "names no store"),
        ("postgresql+asyncpg://u:s3cret@h/db", "names no store"),
        ("mysql://u:s3cret@h/db", "names no store"),
        ("postgresql://u:s3cret@h/\0", "no text may hold"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(url, message):
    """Whatever is wrong with it, before any server is asked."""
    with pytest.raises(InvalidSetting, match=message) as told:
        open_store(url)
    assert_hidden(told.value, "s3cret")


def assert_hidden(error: BaseException | None, password: str) -> None:
    """The password is neither in an error nor in what led to it."""
    while error is not None:
        assert password not in str(error)
        assert password not in repr(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_a_wrong_password_is_told_and_shown_nowhere(postgres, database, caplog):
    """Neither the wrong nor the right one, not in messages, URLs or logs."""
    caplog.set_level(logging.DEBUG)
    wrong = "geheim@/:%?#"
    url = f"postgresql://{OWNER}:geheim%40%2F%3A%25%3F%23@127.0.0.1:{postgres.port}/{database}"
    with pytest.raises(StoreError, match="refuses the password of the account") as told:
        open_store(url)
    assert_hidden(told.value, wrong)
    assert_hidden(told.value, "geheim")
    with closing(PostgisStore(postgres.url(database))) as store:
        assert store.url == f"postgresql://{OWNER}@127.0.0.1:{postgres.port}/{database}"
        put(store, sites(A="Hatra"), "a")
        assert postgres.password not in repr(vars(store)["_engine"])
    for word in (wrong, "geheim", postgres.password):
        assert word not in caplog.text
        assert word not in postgres.log()


def test_an_account_or_database_that_is_not_there_is_told(postgres, database):
    """By name, with the way out."""
    with pytest.raises(StoreError, match="refuses the password"):
        open_store(postgres.url(database, user="nobody"))
    with pytest.raises(StoreError, match="knows no such database or account"):
        open_store(postgres.url("nowhere"))


def test_a_password_that_is_missing_is_asked_for(postgres, database, monkeypatch):
    """Where no password file has it either."""
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    url = postgres.url(database).replace(f":{postgres.password}@", "@")
    with pytest.raises(
        StoreError, match=r"asks for a password: .*; give it in LAMASSU_STORE or in"
    ):
        open_store(url)
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    open_store(url).close()


def test_a_server_without_a_free_connection_is_busy(postgres, database, store):
    """It may have one later."""
    postgres.run(f"ALTER DATABASE {database} CONNECTION LIMIT 1")
    with store.reading(), pytest.raises(StoreBusy, match=r"is busy: .*too many connections"):
        open_store(postgres.url(database))


def test_a_server_that_is_down_is_told():
    """Nobody listens at port 1."""
    with pytest.raises(StoreError, match=r"cannot be reached: .*refused.*; expected a running"):
        open_store("postgresql://u:p@127.0.0.1:1/db")
    with pytest.raises(StoreError, match="cannot be reached"):
        open_store("postgresql://u:p@nowhere.invalid/db")


def make_older(server: Server, database: str) -> None:
    """Take from a store what came with versions 3, 4 and 5."""
    later = (*KINDS_OF_CASES, *KINDS_OF_JUDGING)
    for kind in RECORDS:
        server.run(f"DROP POLICY lamassu_wall ON {kind}", database=database)
    for name in ("shut", "closed"):
        server.run(f"DROP FUNCTION lamassu_{name}", database=database)
    for kind in (*later, *(table.name for table in TABLES_OF_ACCESS)):
        server.run(f"DROP TABLE {kind} CASCADE", database=database)
    for kind in RECORDS:
        if kind not in later:
            server.run(
                f"CREATE POLICY lamassu_wall ON {kind} USING"
                " (marking = ANY ((SELECT lamassu_markings())::text[]))",
                database=database,
            )
    server.run("DROP TABLE mappings", database=database)
    for column in ("cells", "mended_in"):
        server.run(f"ALTER TABLE quarantine DROP COLUMN {column}", database=database)
    for column in LATER["alerts"]:
        server.run(f"ALTER TABLE alerts DROP COLUMN {column} CASCADE", database=database)
    server.run("DELETE FROM migrations WHERE number >= 3", database=database)


def test_an_old_store_with_rows_is_brought_up_to_date(postgres, database, store):
    """Rows, wall and views are there afterwards, also of the tables that are new."""
    children.import_rows(store, "a", 3)
    store.close()
    make_older(postgres, database)
    with closing(PostgisStore(postgres.url(database))) as again:
        assert len(again.read("sites")) == 3
        assert [len(again.read(kind)) for kind in (*KINDS_OF_CASES, *KINDS_OF_JUDGING)] == [0] * 7
        (row,) = again.quarantine(again.imports()[0].import_id)
        assert (row.text, row.cells, row.mended_in) == ("x" * 100, "", "")
        assert children.import_rows(again, "b", 2).accepted == 2
        assert again.integrity() == ()
        first, _ = again.audit()
        assert (first.action, first.subject) == ("upgrade", "version 5")
        assert json.loads(first.detail) == {"from": 2, "to": 5}
        assert breaks(again) == []
    reader = postgres.new_user("lamassu_red")
    for view in ("stolen_current", "opinions_current", "alerts_current WHERE method = 'pair'"):
        query = f"SELECT count(*) FROM {view}"
        assert postgres.run(query, database=database, user=reader) == [(0,)]


def add_remarks(connection: sa.Connection) -> None:
    """A change that a later version might make."""
    connection.exec_driver_sql("CREATE TABLE remarks (text TEXT NOT NULL)")


def break_off(connection: sa.Connection) -> None:
    """A change that fails after its first statement."""
    connection.exec_driver_sql("CREATE TABLE half (text TEXT)")
    connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")


def test_a_failed_upgrade_changes_nothing(postgres, database, store):
    """All that is pending is one transaction."""
    children.import_rows(store, "a", 3)
    with pytest.raises(StoreError, match=r"could not be brought up to date: .*nowhere.*as it was"):
        PostgisStore(postgres.url(database), migrations=(*MIGRATIONS, add_remarks, break_off))
    there = postgres.run("SELECT tablename FROM pg_tables", database=database)
    assert {"remarks", "half"}.isdisjoint(name for (name,) in there)
    assert len(store.read("sites")) == 3


def test_a_store_of_a_later_version_is_refused(postgres, database, store):
    """What a later Lamassu wrote is not for this one to read or change."""
    PostgisStore(postgres.url(database), migrations=(*MIGRATIONS, add_remarks)).close()
    with pytest.raises(StoreTooNew, match="has seen the migration 'add_remarks'"):
        PostgisStore(postgres.url(database))


def test_two_may_make_the_store_at_once(postgres, database):
    """One makes it, the others find it."""
    faults: list[BaseException] = []

    def start(number: int) -> None:
        try:
            with closing(PostgisStore(postgres.url(database))) as store:
                put(store, sites(**{f"S{number}": "x"}), f"{number}")
        except BaseException as fault:  # noqa: BLE001 - told in the main thread
            faults.append(fault)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with closing(PostgisStore(postgres.url(database))) as store:
        assert len(store.read("sites")) == 6
        assert store.revision() == 6


def test_a_lock_that_is_not_given_is_told(postgres, database, store):
    """A writer waits, then says that another process writes; readers go on."""
    put(store, sites(A="Hatra"), "a")
    with closing(PostgisStore(postgres.url(database), busy_s=0.2)) as impatient, store.writing():
        with pytest.raises(StoreBusy, match=r"is locked by another process; .*wait for it"):
            put(impatient, sites(B="Ur"), "b")
        assert names(impatient) == {"A": "Hatra"}
        assert put(impatient, sites(B="Ur"), "b", dry_run=True).accepted == 1
    assert put(store, sites(B="Ur"), "b").accepted == 1


def test_a_connection_that_is_lost_leaves_nothing_behind(postgres, database, store):
    """An administrator ends it in the middle of an import; the next call connects anew."""

    def ended() -> Iterator[object]:
        postgres.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{database}' AND state = 'idle in transaction'"
        )
        return iter(())

    with pytest.raises(StoreError, match=r"was lost: .*whole or not at all.*list of imports"):
        store.add_parts("sites", _after(ended), key=file_key("lost"), author="a", now=NOW)
    assert store.imports() == ()
    assert put(store, sites(A="Hatra"), "a").accepted == 1


def _after(act: Callable[[], object]) -> Iterator[object]:
    """No parts, after something has happened."""
    act()
    yield from ()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may stop."""
    if programs() is None:
        pytest.skip("no PostgreSQL server is installed")
    with running_server() as server:
        yield server


def test_a_server_that_is_killed_loses_nothing_and_keeps_no_half(own_server):
    """In the middle of an import; after it has started again the same store goes on."""
    store = PostgisStore(own_server.url(own_server.new_database()))
    put(store, sites(A="Hatra"), "a")
    with pytest.raises(StoreError, match="was lost"):
        store.add_parts(
            "sites", _after(lambda: own_server.stop(mode="immediate")), key=file_key("lost"),
            author="a", now=NOW,
        )  # fmt: skip
    with pytest.raises(StoreError, match="cannot be reached"):
        store.read("sites")
    own_server.start()
    assert names(store) == {"A": "Hatra"}
    assert len(store.imports()) == 1
    assert store.integrity() == ()
    assert put(store, sites(B="Ur"), "b").accepted == 1
    store.close()


def test_roles_are_made_by_an_account_that_may(own_server):
    """It does not become a member of any."""
    for role in ROLES:
        own_server.run(f"DROP ROLE {role}")
    own_server.run(f"ALTER ROLE {OWNER} CREATEROLE")
    name = own_server.new_database()
    PostgisStore(own_server.url(name)).close()
    members = "SELECT rolname, pg_has_role('lamassu_owner', rolname, 'USAGE') FROM pg_roles"
    there = dict(own_server.run(f"{members} WHERE rolname LIKE 'lamassu_%'"))
    assert there == {OWNER: True, **dict.fromkeys(ROLES, False)}
    reader = own_server.new_user("lamassu_green")
    assert own_server.run("SELECT * FROM sites_current", database=name, user=reader) == []


def test_what_should_not_be_there_is_not_given_out(postgres, database, store):
    """Days after the year 9999, no number, an unknown marking: an error, never an answer."""
    put(store, sites(A="Hatra"), "a")
    for change in ("date_from = 'infinity'", "date_to = '20000-01-01'", "recorded_at = 'infinity'",
                   "geometry = '\\x00'", "buffer_m = 'Infinity'"):  # fmt: skip
        column = change.partition(" ")[0]
        try:
            postgres.run(f"UPDATE sites SET {change}", database=database)
        except psycopg.Error:
            continue
        with pytest.raises(StoreDamaged, match=r"Lamassu does not keep|would not take in"):
            store.read("sites")
        old = "now()" if column == "recorded_at" else "NULL"
        postgres.run(f"UPDATE sites SET {column} = {old}", database=database)
    postgres.run("DROP TABLE settings", database=database)
    with pytest.raises(StoreDamaged, match="is damaged"):
        store.setting("x")


def test_a_message_tells_no_row(postgres, database, store):
    """PostgreSQL tells a row that breaks a rule with all its values; ours does not."""
    postgres.run("ALTER TABLE sites ADD CONSTRAINT no CHECK (name <> 'Hatra')", database=database)
    frame = sites(A="Hatra").set_geometry([Point(42.718, 35.588)], crs=4326)
    with pytest.raises(StoreError, match=r"cannot be used: new row.*violates check") as told:
        put(store, frame, "a")
    assert_hidden(told.value, "42.718")
    assert "Hatra" not in str(told.value)


def test_the_pool_is_not_endless_and_says_so(store):
    """Whoever waits too long for a connection is told."""
    store._engine.pool._timeout = 0.1
    held = [store._engine.connect() for _ in range(15)]
    with pytest.raises(StoreBusy, match=r"every connection to .* is in use"):
        store.read("sites")
    for connection in held:
        connection.close()
