"""Files of roads made in a test, and how to read them without a child process for each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import osmium
import pyarrow as pa
import pyogrio
import pytest
from osmium.osm.mutable import Node, Way
from shapely.geometry import LineString

from geo.sources.roads import road_child, road_files
from geo.sources.roads.road_child import ChildLimits, ChildReading
from geo.sources.roads.road_files import RoadReading
from geo.sources.roads.road_rows import ROW_SCHEMA

A, B, C = (43.0, 36.0), (43.1, 36.0), (43.1, 36.1)
LINE, OTHER = LineString([A, B]), LineString([B, C])
ROAD = {"highway": "primary"}
TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"

NODES = {
    1: (43.0, 36.0), 2: (43.1, 36.0), 3: (43.1, 36.1), 4: (43.2, 36.1), 5: (43.2, 36.2),
    6: (43.3, 36.2),
}  # fmt: skip
"""Places of nodes by id: longitude, latitude."""


def write_osm(
    path: Path,
    ways: Sequence[tuple[int, Sequence[int], Mapping[str, str]]],
    *,
    nodes: Mapping[int, tuple[float, float]] = NODES,
) -> Path:
    """A file of nodes and of ways (id, node ids, tags); the ending of `path` tells its form."""
    writer = osmium.SimpleWriter(str(path), overwrite=True)
    for number, place in sorted(nodes.items()):
        writer.add_node(Node(id=number, location=place))
    for number, refs, tags in ways:
        writer.add_way(Way(id=number, nodes=list(refs), tags=dict(tags)))
    writer.close()
    return path


def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files be read in this process, which is quicker than a child for each."""

    def read(path: Path, *, form: str, limits: ChildLimits) -> ChildReading:
        notes: list[str] = []
        batches = list(road_child.rows_of(path, form=form, notes=notes))
        return ChildReading(rows=pa.Table.from_batches(batches, ROW_SCHEMA), notes=tuple(notes))

    monkeypatch.setattr(road_files, "read_in_child", read)


def table(*rows: dict[str, object], crs: object = "EPSG:4326") -> gpd.GeoDataFrame:
    """Rows of cells with a geometry, a line unless told otherwise."""
    return gpd.GeoDataFrame(
        [{"highway": "primary", "geometry": LINE} | row for row in rows], crs=crs
    )


def gpkg(tmp_path: Path, *rows: dict[str, object], crs: object = "EPSG:4326") -> Path:
    """A GeoPackage of them."""
    path = tmp_path / "roads.gpkg"
    pyogrio.write_dataframe(table(*rows, crs=crs), path, layer="roads", geometry_type="Unknown")
    return path


def geojson(tmp_path: Path, *features: object, **members: object) -> Path:
    """A GeoJSON of features."""
    path = tmp_path / "roads.geojson"
    collection = {"type": "FeatureCollection", "features": list(features)} | members
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def feature(coordinates: object = (A, B), kind: str = "LineString", **properties: object):
    """A feature of a road."""
    return {
        "type": "Feature",
        "properties": ROAD | properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def counts(reading: RoadReading) -> tuple[int, int]:
    """Rows read, and rows kept aside; the rest gave ways."""
    assert reading.read - len(reading.quarantined) <= len(reading.ways)
    return reading.read, len(reading.quarantined)


def sql(path: Path, *statements: str) -> None:
    """Change a GeoPackage behind GDAL's back, which leaves its triggers without their functions."""
    with closing(sqlite3.connect(path)) as database:
        for (name,) in database.execute(TRIGGERS).fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            database.execute(statement)
        database.commit()
