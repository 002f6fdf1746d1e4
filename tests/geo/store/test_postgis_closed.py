"""Behind the PostGIS wall: closed datasets, members, groups and the audit."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from geo.access import Member
from geo.audit import AuditEvent
from geo.columns import RECORDS
from geo.store.postgis import PostgisStore
from tests.geo.store.files import NOW, breaks, file_key, put, sites
from tests.postgres import OWNER, Server

QUERY = "SELECT id FROM sites_current ORDER BY id"
SAW = AuditEvent(actor="proxy:badr", action="saw", subject="A")


@pytest.fixture
def store(postgres: Server, database: str) -> Iterator[PostgisStore]:
    """A store with one site each of an open and of two closed datasets, all TLP:CLEAR."""
    with closing(PostgisStore(postgres.url(database))) as opened:
        for dataset, name in (("local", "A"), ("unit's", "B"), ("later", "C")):
            frame = sites(**{name: name}).assign(dataset_id=dataset, marking="TLP:CLEAR")
            opened.add("sites", frame, key=file_key(name, dataset_id=dataset), author="a", now=NOW)
        opened.share("unit's", ["unit 7"], author="a", now=NOW)
        opened.share("later", ["unit 8"], author="a", now=NOW)
        yield opened


@pytest.fixture
def reader(postgres: Server) -> str:
    """An account that may see the strictest marking."""
    return postgres.new_user("lamassu_red")


def test_no_reading_role_sees_a_row_of_a_closed_dataset(postgres, database, store, reader):
    """Until it is opened; the store itself sees all of them."""
    assert postgres.run(QUERY, database=database, user=reader) == [("A",)]
    store.share("later", [], author="a", now=NOW)
    assert postgres.run(QUERY, database=database, user=reader) == [("A",), ("C",)]
    store.share("later", ["unit 9"], author="a", now=NOW)
    assert postgres.run(QUERY, database=database, user=reader) == [("A",)]
    assert list(store.read("sites")["id"]) == ["C", "A", "B"]
    with store.writing() as connection:
        assert connection.exec_driver_sql("UPDATE sites SET note = 'x'").rowcount == 3


def test_every_kind_of_record_is_closed(postgres, database, store):
    """Not sites alone."""
    policies = postgres.run(
        "SELECT tablename, qual FROM pg_policies WHERE policyname = 'lamassu_wall'",
        database=database,
    )
    assert {table for table, _ in policies} == set(RECORDS)
    assert all("lamassu_shut" in condition for _, condition in policies)


def test_whatever_is_granted_the_closed_stays_closed(postgres, database, store, reader):
    """Even to an account that was let into every table and says that it is the store."""
    store.set_member(Member(subject="proxy:badr"), author="a", now=NOW)
    postgres.run(
        f"GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {reader}",
        database=database,
        user=OWNER,
    )
    with closing(postgres.connect(database, user=reader)) as connection:
        for said in ("", "TLP:CLEAR,TLP:RED"):
            connection.execute(f"SET lamassu.markings = '{said}'")
            for table in ("sites", "sites_current"):
                found = connection.execute(f"SELECT id FROM {table}").fetchall()
                assert found == [("A",)]
            for table in ("members", "dataset_groups", "audit"):
                assert connection.execute(f"SELECT * FROM {table}").fetchall() == []
                if table != "audit":
                    assert connection.execute(f"DELETE FROM {table}").rowcount == 0
        for statement in (
            "INSERT INTO dataset_groups VALUES (99, 'unit''s', '[]', now(), 'me')",
            "SELECT lamassu_closed() FROM pg_authid",
            "CREATE OR REPLACE FUNCTION lamassu_closed() RETURNS text[] LANGUAGE sql AS"
            " $$SELECT ARRAY[]::text[]$$",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_a_reader_learns_no_name_of_a_closed_dataset(postgres, database, store, reader):
    """The wall asks for hashes; tables that the reader makes do not mislead it."""
    ((hashes,),) = postgres.run("SELECT lamassu_closed()", database=database, user=reader)
    told = {hashlib.sha256(name.encode()).hexdigest() for name in ("unit's", "later")}
    assert set(hashes) == told
    with closing(postgres.connect(database, user=reader)) as connection:
        connection.execute("CREATE TEMP TABLE dataset_groups (number int, dataset_id text,"
                           " group_names text)")  # fmt: skip
        connection.execute("CREATE FUNCTION pg_temp.lamassu_closed() RETURNS text[] LANGUAGE sql"
                           " AS $$SELECT ARRAY[]::text[]$$")  # fmt: skip
        connection.execute("SET search_path = pg_temp, public")
        assert connection.execute("SELECT id FROM public.sites_current").fetchall() == [("A",)]


def test_members_groups_and_audit_are_not_for_readers(postgres, database, store, reader):
    """Nobody granted them anything."""
    for table in ("members", "dataset_groups", "audit"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            postgres.run(f"SELECT * FROM {table}", database=database, user=reader)


def test_nobody_changes_the_audit_by_the_way(postgres, database, store):
    """Neither the owner nor the superuser, unless they take the trigger away first."""
    for user in (OWNER, "postgres"):
        for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
            with pytest.raises(psycopg.errors.RaiseException, match="the audit only grows"):
                postgres.run(statement, database=database, user=user)
    assert len(store.audit()) == 5
    assert breaks(store) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER audit_only_grows ON audit",
        "ALTER TABLE audit DISABLE TRIGGER audit_only_grows",
        "ALTER TABLE members DISABLE ROW LEVEL SECURITY",
        "ALTER POLICY lamassu_wall ON sites USING (true)",
    ],
)
def test_the_next_start_puts_back_what_was_taken_away(postgres, database, store, reader, statement):
    """The trigger, the wall around tables, and what the wall asks."""
    postgres.run(statement, database=database, user=OWNER)
    with closing(PostgisStore(postgres.url(database))) as again:
        assert again.integrity() == ()
    with pytest.raises(psycopg.errors.RaiseException):
        postgres.run("TRUNCATE audit", database=database, user=OWNER)
    assert postgres.run(QUERY, database=database, user=reader) == [("A",)]


def test_a_missing_wall_around_members_is_told(postgres, database, store):
    """As one around records is."""
    postgres.run("ALTER TABLE members DISABLE ROW LEVEL SECURITY", database=database)
    assert store.integrity() == ("the table members has no row-level security",)


def test_changed_entries_are_found_here_too(postgres, database, store):
    """Whoever takes the trigger away can change an entry, but not unseen."""
    head = store.audit_head()
    postgres.run("ALTER TABLE audit DISABLE TRIGGER ALL", database=database)
    for number, column in enumerate(("actor", "subject", "detail", "previous", "sha256"), start=1):
        change = f"UPDATE audit SET {column} = '%s' || substr({column}, 2) WHERE number = {number}"
        before = postgres.run(f"SELECT substr({column}, 1, 1) FROM audit WHERE number = {number}",
                              database=database)[0][0]  # fmt: skip
        other = chr(ord(before) ^ 1)
        postgres.run(change % other, database=database)
        assert breaks(store, head) != []
        postgres.run(change % before, database=database)
    assert breaks(store, head) == []
    postgres.run("DELETE FROM audit WHERE number = 5", database=database)
    assert breaks(store) == []
    assert breaks(store, head) != []


def test_a_note_waits_for_no_import(postgres, database, store):
    """While a long file comes in, others look at records, and what they saw is in the chain."""
    noted = []

    def note() -> None:
        with closing(PostgisStore(postgres.url(database))) as other:
            noted.append(other.note(SAW, now=NOW).number)

    with store.writing():
        thread = threading.Thread(target=note)
        thread.start()
        thread.join(timeout=30)
        assert noted == [6]
    put(store, sites(D="D"), "d")
    assert [entry.action for entry in store.audit(after=5)] == ["saw", "import"]
    assert breaks(store) == []


def test_the_wall_stands_in_a_schema_of_another_name(postgres):
    """As administrators like to have it."""
    name = postgres.new_database(template="template0")
    for statement in (
        "CREATE EXTENSION postgis",
        f'CREATE SCHEMA "The Office" AUTHORIZATION {OWNER}',
        f'ALTER ROLE {OWNER} IN DATABASE {name} SET search_path = "The Office", public',
    ):
        postgres.run(statement, database=name)
    with closing(PostgisStore(postgres.url(name))) as store:
        put(store, sites(A="Hatra"), "a")
        store.share("local", ["unit"], author="a", now=NOW)
        assert store.integrity() == ()
    query = 'SELECT id FROM "The Office".sites_current'
    reader = postgres.new_user("lamassu_red")
    assert postgres.run(query, database=name, user=reader) == []
    postgres.drop_database(name)
