"""The PostGIS store behind its wall, and as other programs see it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa
from shapely.geometry import LineString, Point, box

from geo.columns import RECORDS
from geo.errors import StoreError
from geo.frames import frame_of
from geo.model import Tlp
from geo.store import open_store, schema
from geo.store.postgis import PostgisStore
from tests.geo.store.files import NOW, put, sites
from tests.postgres import OWNER, ROLES, Server


@pytest.fixture
def store(postgres: Server, database: str) -> Iterator[PostgisStore]:
    """A new, empty store in that database."""
    with closing(PostgisStore(postgres.url(database))) as opened:
        yield opened


@pytest.fixture
def marked(store: PostgisStore) -> PostgisStore:
    """A store with one site of each marking."""
    codes = [marking.value for marking in Tlp]
    frame = frame_of(
        "sites",
        {"id": codes, "name": codes, "country": codes, "marking": codes,
         "geometry": [Point(40 + number, 33) for number in range(len(codes))]},
    )  # fmt: skip
    put(store, frame, "marked")
    return store


@pytest.mark.parametrize(
    ("role", "seen"),
    [("", 0), *((role, number) for number, role in enumerate(ROLES, start=1))],
)
def test_a_reader_sees_what_the_role_admits_and_what_is_less_strict(
    postgres, database, marked, role, seen
):
    """Through the views, with any program; a new version of a row changes nothing in that."""
    reader = postgres.new_user(*([role] if role else []))
    if not role:
        postgres.run(f"GRANT SELECT ON sites_current TO {reader}", database=database, user=OWNER)
    marked.correct("sites", "TLP:RED", {"note": "new"}, author="a", reason="r", now=NOW)
    query = "SELECT id FROM sites_current"
    found = [name for (name,) in postgres.run(query, database=database, user=reader)]
    assert sorted(found) == sorted(marking.value for marking in list(Tlp)[:seen])


def test_a_reader_cannot_say_what_it_may_see(postgres, database, marked):
    """The setting by which the store narrows its own view opens nothing to others."""
    reader = postgres.new_user("lamassu_clear")
    with closing(postgres.connect(database, user=reader)) as connection:
        connection.execute("SET lamassu.markings = 'TLP:RED,TLP:AMBER'")
        found = connection.execute("SELECT id FROM sites_current").fetchall()
        assert found == [("TLP:CLEAR",)]
        for statement in (
            "SELECT * FROM sites",
            "SELECT * FROM quarantine",
            "SELECT * FROM imports",
            "DELETE FROM sites_current",
            "ALTER TABLE sites DISABLE ROW LEVEL SECURITY",
            "SET ROLE lamassu_red",
            "CREATE OR REPLACE FUNCTION lamassu_markings() RETURNS text[] LANGUAGE sql AS"
            " $$SELECT ARRAY['TLP:RED']$$",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_owner_sees_nothing_unless_a_transaction_says_what(postgres, database, marked):
    """Neither reads nor writes get past the wall."""
    with closing(postgres.connect(database, user=OWNER)) as connection:
        for table in ("sites", "sites_current"):
            assert connection.execute(f"SELECT * FROM {table}").fetchall() == []
        assert connection.execute("UPDATE sites SET note = 'x'").rowcount == 0
        assert connection.execute("DELETE FROM sites").rowcount == 0
        connection.execute("SET lamassu.markings = 'TLP:CLEAR'")
        assert len(connection.execute("SELECT * FROM sites").fetchall()) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute("UPDATE sites SET marking = 'TLP:RED'")
    assert len(marked.read("sites")) == 5


def test_the_store_asks_for_no_more_than_it_was_asked_for(marked):
    """The wall holds inside the application too: a query without a condition sees no more."""
    everything = sa.select(schema.record_table("sites").c.id)
    with marked.reading([Tlp.CLEAR, Tlp.GREEN]) as connection:
        assert set(connection.scalars(everything)) == {"TLP:CLEAR", "TLP:GREEN"}
    with marked.reading([]) as connection:
        assert connection.scalars(everything).all() == []
    with marked.reading() as connection:
        assert len(connection.scalars(everything).all()) == 5


def test_every_table_of_records_is_walled_and_a_missing_wall_is_found(postgres, database, store):
    """A wall that an administrator takes down is told."""
    assert store.integrity() == ()
    postgres.run("ALTER TABLE seizures NO FORCE ROW LEVEL SECURITY", database=database)
    postgres.run("DROP POLICY lamassu_wall ON sites", database=database)
    assert store.integrity() == (
        "the table sites has no row-level security",
        "the table seizures has no row-level security",
    )


def test_a_role_that_comes_later_may_read_after_the_next_start(postgres, database):
    """Roles belong to the server, and an administrator may make them at any time."""
    late = "lamassu_red"
    PostgisStore(postgres.url(database)).close()
    views = f"SELECT has_table_privilege('{late}', 'stolen_current', 'SELECT')"
    postgres.run(f"REVOKE SELECT ON sites_current, stolen_current FROM {late}", database=database)
    assert postgres.run(views, database=database) == [(False,)]
    PostgisStore(postgres.url(database)).close()
    assert postgres.run(views, database=database) == [(True,)]


def test_the_next_start_puts_back_what_an_administrator_took_away(postgres, database, store):
    """Walls and views; a view that is there keeps the rights that others have on it."""
    guest = postgres.new_user()
    postgres.run(f"GRANT SELECT ON posts_current TO {guest}", database=database, user=OWNER)
    postgres.run("DROP VIEW sites_current", database=database)
    postgres.run("DROP POLICY lamassu_wall ON seizures", database=database)
    postgres.run("ALTER TABLE roads DISABLE ROW LEVEL SECURITY", database=database)
    with closing(PostgisStore(postgres.url(database))) as again:
        assert again.integrity() == ()
    for view, user in (("posts", guest), ("sites", postgres.new_user("lamassu_red"))):
        query = f"SELECT count(*) FROM {view}_current"
        assert postgres.run(query, database=database, user=user) == [(0,)]


@pytest.mark.parametrize("power", ["SUPERUSER", "BYPASSRLS"])
def test_an_account_that_sees_through_the_wall_is_refused(postgres, database, power):
    """With the way to make a better one."""
    name = postgres.new_user()
    postgres.run(f"ALTER ROLE {name} {power}")
    with pytest.raises(StoreError, match=r"is a superuser or bypasses.*; CREATE ROLE lamassu"):
        open_store(postgres.url(database, user=name))
    assert postgres.run("SELECT count(*) FROM pg_tables WHERE tablename = 'sites'",
                        database=database) == [(0,)]  # fmt: skip


def test_the_shapes_are_geometries_with_an_index(postgres, database, store):
    """Of any type and dimension, in EPSG:4326, beside the exact bytes."""
    frame = frame_of("alerts", {"id": ["A", "B", "C", "D"],
                                "geometry": [Point(44, 33, 7), None, box(1, 2, 3, 4),
                                             LineString([(0, 0), (1, 1)])]})  # fmt: skip
    put(store, frame, "a", kind="alerts")
    with store.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT id, ST_AsText(geometry), ST_SRID(geometry) FROM alerts_current ORDER BY id"
        ).all()
    assert [tuple(row) for row in rows] == [
        ("A", "POINT(44 33)", 4326), ("B", None, None),
        ("C", "POLYGON((3 2,3 4,1 4,1 2,3 2))", 4326), ("D", "LINESTRING(0 0,1 1)", 4326),
    ]  # fmt: skip
    columns = postgres.run(
        "SELECT f_table_name, type, srid, coord_dimension FROM geometry_columns", database=database
    )
    tables = {*RECORDS, *(f"{kind}_current" for kind in RECORDS)}
    assert {name for name, *_ in columns} == tables
    assert {tuple(rest) for _, *rest in columns} == {("GEOMETRY", 4326, 2)}
    indexes = postgres.run("SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%gist%'",
                           database=database)  # fmt: skip
    assert {name for (name,) in indexes} == set(RECORDS)


def test_an_administrator_may_let_the_wall_use_the_index(postgres, database, store):
    """Behind the wall PostgreSQL asks no function that it does not trust, until it is told to."""
    points = [Point(30 + number / 100, 33) for number in range(2_000)]
    frame = frame_of("alerts", {"id": [f"{n}" for n in range(2_000)], "geometry": points,
                                "marking": ["TLP:GREEN"] * 2_000})  # fmt: skip
    put(store, frame, "a", kind="alerts")
    postgres.run("ANALYZE alerts", database=database)
    reader = postgres.new_user("lamassu_green")
    box_of_interest = "ST_MakeEnvelope(44, 32, 44.1, 34, 4326)"
    query = f"SELECT id FROM alerts_current WHERE geometry && {box_of_interest}"

    def plan() -> str:
        return str(postgres.run(f"EXPLAIN {query}", database=database, user=reader))

    assert "alerts_by_place" not in plan()
    before = postgres.run(query, database=database, user=reader)
    postgres.run("ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF",
                 database=database)  # fmt: skip
    assert "alerts_by_place" in plan()
    assert sorted(postgres.run(query, database=database, user=reader)) == sorted(before)
    assert len(before) == 11


def test_the_views_show_current_versions_only(postgres, database, store):
    """Neither what was corrected nor what was undone."""
    first = put(store, sites(A="Hatra", B="Ur"), "a")
    store.correct("sites", "A", {"name": "al-Hadr"}, author="a", reason="r", now=NOW)
    second = put(store, sites(C="Umma"), "b")
    store.undo(second.import_id, author="a", now=NOW)
    reader = postgres.new_user("lamassu_red")
    query = "SELECT id, name, version, import_id FROM sites_current ORDER BY id"
    assert postgres.run(query, database=database, user=reader) == [
        ("A", "al-Hadr", 2, first.import_id), ("B", "Ur", 1, first.import_id)
    ]  # fmt: skip


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="gdal-bin is not installed")
def test_ogrinfo_lists_and_reads_the_tables(postgres, database, marked):
    """As QGIS does: the views with their geometry, the rows that the account may see."""
    reader = postgres.new_user("lamassu_green")
    source = f"PG:host=127.0.0.1 port={postgres.port} dbname={database} user={reader}"

    def ogrinfo(*arguments: str) -> str:
        return subprocess.run(
            ["ogrinfo", "-ro", source, *arguments], check=True, capture_output=True, text=True,
            env={"PGPASSWORD": postgres.password, "PATH": "/usr/bin:/bin"}, timeout=60,
        ).stdout  # fmt: skip

    listed = ogrinfo()
    assert all(f"{kind}_current" in listed for kind in RECORDS)
    told = ogrinfo("sites_current", "-al")
    assert "Feature Count: 2" in told
    assert "POINT (40 33)" in told
    assert "POINT (42 33)" not in told
    assert 'ID["EPSG",4326]' in told


def test_a_person_may_open_the_store_with_an_account_of_their_own(postgres, database, marked):
    """As a member of the role that owns it; a new version is a row like others."""
    amal = postgres.new_user(OWNER)
    with closing(PostgisStore(postgres.url(database, user=amal))) as store:
        assert len(store.read("sites")) == 5
        assert put(store, sites(A="Hatra"), "a").accepted == 1
    assert len(marked.read("sites")) == 6


def test_store_and_postgis_may_be_in_schemas_of_their_own(postgres):
    """As administrators like to have them; whoever reads names the schema."""
    name = postgres.new_database(template="template0")
    for statement in (
        "CREATE SCHEMA gis",
        "GRANT USAGE ON SCHEMA gis TO PUBLIC",
        "CREATE EXTENSION postgis SCHEMA gis",
        f'CREATE SCHEMA "The Office" AUTHORIZATION {OWNER}',
        f'ALTER ROLE {OWNER} IN DATABASE {name} SET search_path = "The Office"',
    ):
        postgres.run(statement, database=name)
    for _ in range(2):
        with closing(PostgisStore(postgres.url(name))) as store:
            put(store, sites(A="Hatra").set_geometry([Point(42, 35)], crs=4326), "a")
            assert store.integrity() == ()
    reader = postgres.new_user("lamassu_red")
    query = 'SELECT id, gis.ST_AsText(geometry) FROM "The Office".sites_current'
    assert postgres.run(query, database=name, user=reader) == [("A", "POINT(42 35)")]
    postgres.drop_database(name)
