"""Hostile and broken GeoPackages, each for a fault that some reader has."""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import shapely

from tests.hostile.bad_geojsons import ogr_vrt, star
from tests.hostile.trap import Hostile, Trap

BASE = """
PRAGMA application_id = 1196444487;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
  organization_coordsys_id INTEGER, definition TEXT, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, '', '');
CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT, identifier TEXT, srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,
  srs_id INTEGER, z INTEGER, m INTEGER);
CREATE TABLE sites (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT);
INSERT INTO gpkg_contents VALUES ('sites', 'features', 'sites', 4326);
INSERT INTO gpkg_geometry_columns VALUES ('sites', 'geom', 'GEOMETRY', 4326, 0, 0);
"""

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid FROM n"


def gpkg_shape(wkb: bytes, *, flags: int = 1, magic: bytes = b"GP\0") -> bytes:
    """A geometry of a GeoPackage."""
    return magic + bytes([flags]) + struct.pack("<i", 4326) + wkb


def database(*statements: str | tuple[str, Sequence[object]], name: str = "A") -> bytes:
    """A GeoPackage of one good row, after these statements."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.gpkg"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(BASE)
            point = gpkg_shape(shapely.to_wkb(shapely.Point(44, 36)))
            connection.execute("INSERT INTO sites VALUES (1, ?, ?)", (point, name))
            for statement in statements:
                if isinstance(statement, str):
                    connection.executescript(statement)
                else:
                    connection.execute(*statement)
            connection.commit()
        return path.read_bytes()


def shape(blob: object) -> tuple[str, Sequence[object]]:
    """A statement that adds a row with this for a geometry."""
    return ("INSERT INTO sites (geom, name) VALUES (?, 'B')", (blob,))


def listed(name: str) -> str:
    """A statement that lists a layer."""
    return f"INSERT INTO gpkg_contents VALUES ('{name}', 'features', '{name}', 4326);"


def bad_geopackages(trap: Trap) -> dict[str, Hostile]:
    """The corpus, by a name in words."""
    good = database()
    with np.errstate(invalid="ignore"):
        no_number = shapely.LineString([(float("nan"), 36), (1, 2)])
        endless = shapely.Point(float("inf"), 36)
    deep = b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" * 20_000
    crossed = shapely.Polygon(star(3000))
    srs = "UPDATE gpkg_spatial_ref_sys SET organization = 'x', definition = '{}';"
    layers = "".join(f"CREATE TABLE l{i} (a TEXT);" + listed(f"l{i}") for i in range(150))
    columns = ", ".join(f"c{i} TEXT" for i in range(1_500))
    files = {
        "endless view": database(f"CREATE VIEW v AS {ENDLESS};" + listed("v")),
        "only an endless view": database(
            f"DELETE FROM gpkg_contents; CREATE VIEW v AS {ENDLESS};" + listed("v")),
        "view in the place of the contents": database(
            f"ALTER TABLE gpkg_contents RENAME TO c; CREATE VIEW gpkg_contents AS {ENDLESS};"),
        "view in the place of the geometry columns": database(
            "DROP TABLE gpkg_geometry_columns;"
            f"CREATE VIEW gpkg_geometry_columns AS {ENDLESS};"),
        "view in the place of the systems": database(
            f"DROP TABLE gpkg_spatial_ref_sys; CREATE VIEW gpkg_spatial_ref_sys AS {ENDLESS};"),
        "virtual table": database("CREATE VIRTUAL TABLE v USING fts5(a);" + listed("v")),
        "virtual table of another file": database(
            "CREATE TABLE v (a); PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = "
            f"'CREATE VIRTUAL TABLE v USING VirtualOGR(''{trap.secret}'')' WHERE name = 'v';"
            + listed("v")),
        "schema that is no SQL": database(
            "CREATE TABLE v (a); PRAGMA writable_schema = ON; "
            "UPDATE sqlite_master SET sql = 'CREATE TABLE v' WHERE name = 'v';" + listed("v")),
        "table made of a view": database(
            "CREATE TABLE v (a); PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = "
            f"'CREATE VIEW v AS {ENDLESS}' WHERE name = 'v';" + listed("v")),
        "trigger": database("CREATE TRIGGER t AFTER INSERT ON sites BEGIN DELETE FROM sites; END;"),
        "column that is reckoned": database(
            "CREATE TABLE g (a TEXT, b TEXT AS (hex(zeroblob(100000000))));"
            "INSERT INTO g VALUES ('x');" + listed("g")),
        "names that are SQL": database(
            'CREATE TABLE "x""; DROP TABLE sites; --" ("a""b" TEXT);' + listed('x"; DROP TABLE '
            "sites; --")),
        "text for a shape": database(shape("POINT (44 36)")),
        "number for a shape": database(shape(5)),
        "empty shape": database(shape(b"")),
        "shape of another magic": database(
            shape(gpkg_shape(shapely.to_wkb(shapely.Point(44, 36)), magic=b"XX\0"))),
        "shape of an unknown envelope": database(shape(gpkg_shape(b"", flags=0b1111))),
        "shape cut short": database(shape(gpkg_shape(b"\x01\x01\x00\x00\x00\x00\x00"))),
        "shape of four thousand million corners": database(
            shape(gpkg_shape(b"\x01\x02\x00\x00\x00\xff\xff\xff\xff"))),
        "shapes twenty thousand deep": database(shape(gpkg_shape(deep))),
        "shape of an unknown kind": database(shape(gpkg_shape(b"\x01\x63\x00\x00\x00"))),
        "curve": database(shape(gpkg_shape(b"\x01\x08\x00\x00\x00\x00\x00\x00\x00"))),
        "nan": database(shape(gpkg_shape(shapely.to_wkb(no_number)))),
        "infinity": database(shape(gpkg_shape(shapely.to_wkb(endless)))),
        "off the Earth": database(shape(gpkg_shape(shapely.to_wkb(shapely.Point(200, 95))))),
        "star of three thousand": database(shape(gpkg_shape(shapely.to_wkb(crossed)))),
        "system by an address": database(srs.format(f"{trap.url}/crs")),
        "system by a file": database(srs.format(trap.secret)),
        "system by a pipeline": database(srs.format(f"+proj=pipeline +step +init={trap.secret}:1")),
        "system with a grid": database(srs.format(f"+proj=longlat +nadgrids={trap.secret}")),
        "system undefined": database("UPDATE gpkg_geometry_columns SET srs_id = -1;"),
        "system that is missing": database("DELETE FROM gpkg_spatial_ref_sys;"),
        "text that is no UTF-8": database("UPDATE sites SET name = CAST(x'c7e1' AS TEXT);"),
        "text with an end": database(name="a\0b"),
        "a hundred megabytes of zeros": database("UPDATE sites SET name = zeroblob(100000000);"),
        "fifteen hundred columns": database(f"CREATE TABLE w ({columns});" + listed("w")),
        "a hundred and fifty layers": database(layers),
        "no layers": database("DELETE FROM gpkg_contents;"),
        "layer that is missing": database("DROP TABLE sites;"),
        "layer of the schema": database(listed("sqlite_master")),
        "no GeoPackage": database("DROP TABLE gpkg_contents;"),
        "cut short": good[:5_000],
        "cut in the header": good[:60],
        "page size of nothing": good[:16] + b"\0\0" + good[18:],
        "page that points at itself": good[:4096] + good[4096:8192] * 2 + good[12288:],
        "pages of rubbish": good[:4096] + b"\xff" * 8192 + good[12288:],
        "virtual dataset": ogr_vrt(str(trap.secret)),
    }  # fmt: skip
    found = {n: Hostile(name="given.gpkg", content=content) for n, content in files.items()}
    journal = {"-wal": b"\x37\x7f\x06\x82" + bytes(4000), "-journal": b"\xd9\xd5\x05\xf9" * 200}
    wal = good[:18] + b"\2\2" + good[20:]
    return found | {
        "journals beside it": Hostile(name="given.gpkg", content=good, beside=journal),
        "journal that it asks for": Hostile(name="given.gpkg", content=wal, beside=journal),
    }
