"""GeoPackage and GeoJSON files of roads as rows of tags and lines.

Runs in the child process of `geo.sources.roads.road_child` only. Both formats can make GDAL do more
than read: a GeoPackage is a database that may hold endless views, virtual tables over other files
and a journal beside it, which GDAL plays into the file even when it only reads; a GeoJSON may name
its CRS by a link that GDAL follows. So a GeoPackage is read from a copy that lies alone, only plain
tables are layers, and GeoJSON is read without GDAL.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from geo.errors import BadInput, UnreadableFile
from geo.grid import WGS84
from geo.sources.roads.road_rows import (
    ID_KEYS,
    KEYS,
    ROW_SCHEMA,
    WANTED,
    Row,
    cells_of,
    crs_of,
    names_road,
    placed,
    tags_of,
)

BATCH_ROWS = 50_000
"""Rows whose lines are made at once."""

LARGEST_GEOJSON_BYTES = 600_000_000
"""A larger text needs more memory to decode than the child has."""

SAMPLE_ROWS = 2_000
"""Rows of a layer that tell whether it holds roads."""

_SAFE_CRS = re.compile(
    r"(urn:ogc:def:crs:)?(EPSG|OGC):(?:[\d.]*:)?(\d{4,6}|CRS84h?)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """A table of a GeoPackage that may hold roads."""

    name: str
    columns: tuple[str, ...]
    roads: int
    """Rows of the sample that name a class of road."""


def geopackage_rows(path: Path, *, notes: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows of the layer with roads, in the order of the file; says in `notes` which it is.

    Raises
    ------
    UnreadableFile
        If it is damaged, or no GeoPackage.
    BadInput
        If no layer holds lines with a class of road, or that layer has no CRS.
    """
    import pyogrio  # noqa: PLC0415 - GDAL is slow, and a GeoJSON does without
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415

    try:
        with closing(_database(path)) as database:
            layer = _road_layer(database, notes)
    except sqlite3.Error as err:
        raise _damaged("a GeoPackage", err) from err
    try:
        meta, table = pyogrio.read_arrow(path, layer=layer.name, columns=list(layer.columns))
    except (DataSourceError, DataLayerError, pa.ArrowException, UnicodeDecodeError) as err:
        raise _damaged("a GeoPackage", err) from err
    crs = crs_of(meta["crs"] or "", name=f"the layer {layer.name!r}")
    geometry = meta["geometry_name"] or "wkb_geometry"
    first = 1
    for batch in table.to_batches(max_chunksize=BATCH_ROWS):
        geometries = shapely.from_wkb(batch.column(geometry).to_pylist(), on_invalid="ignore")
        properties = batch.select(layer.columns).to_pylist()
        yield _batch(first, properties, geometries, crs)
        first += len(properties)


def geojson_rows(path: Path, *, notes: list[str]) -> Iterator[pa.RecordBatch]:
    """The features of a GeoJSON FeatureCollection, in their order.

    Raises
    ------
    UnreadableFile
        If it is no JSON in UTF-8, or larger than `LARGEST_GEOJSON_BYTES`.
    BadInput
        If it is no FeatureCollection, or names its CRS otherwise than by a code.
    """
    size = path.stat().st_size
    if size > LARGEST_GEOJSON_BYTES:
        raise UnreadableFile(
            f"the file has {size:,} bytes",
            expected=f"a GeoJSON of at most {LARGEST_GEOJSON_BYTES:,} bytes",
            remedy="save it as GeoPackage, or cut it to the area of interest",
        )
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as err:
        raise _damaged("a GeoJSON", err) from err
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise BadInput("no FeatureCollection", expected="a GeoJSON FeatureCollection of roads")
    crs = _geojson_crs(document.get("crs"))
    if crs != WGS84:
        notes.append(f"coordinates are in {crs.name}")
    for first in range(0, len(features), BATCH_ROWS):
        chosen = features[first : first + BATCH_ROWS]
        geometries = np.empty(len(chosen), dtype=object)
        with np.errstate(invalid="ignore"):  # GEOS warns of NaN, which `placed` finds
            geometries[:] = [_line(feature) for feature in chosen]
        yield _batch(first + 1, [_properties(feature) for feature in chosen], geometries, crs)


def _batch(
    first: int, properties: list[dict[str, Any]], geometries: NDArray[np.object_], crs: CRS
) -> pa.RecordBatch:
    """Rows from cells and geometries, the first of them counted `first`."""
    lines = placed(geometries, crs)
    rows = [_tagged(first + i, cells) for i, cells in enumerate(properties)]
    parts = Counter(lines.row.tolist())
    seen: Counter[int] = Counter()
    out: list[Row] = [rows[i] | {"fault": fault, "line": None} for i, fault in lines.faults.items()]
    for i, wkb in zip(lines.row.tolist(), shapely.to_wkb(lines.line), strict=True):
        seen[i] += 1
        part = f".{seen[i]}" if parts[i] > 1 else ""
        out.append(rows[i] | {"way_id": rows[i]["way_id"] + part, "fault": "", "line": wkb})
    out.sort(key=lambda row: row["row"])
    return pa.RecordBatch.from_pylist(out, schema=ROW_SCHEMA)


def _tagged(number: int, properties: dict[str, Any]) -> Row:
    """A row without its line."""
    cells = cells_of(properties)
    way_id = next((cells[key] for key in ID_KEYS if cells.get(key)), f"row {number}")
    return {"row": number, "way_id": way_id, **tags_of(cells.get)}


def _database(path: Path) -> sqlite3.Connection:
    """The GeoPackage as a database that is read alone, without journal, and not written."""
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    return database


def _road_layer(database: sqlite3.Connection, notes: list[str]) -> _Layer:
    """The layer with lines most of which name a class of road."""
    tables = {
        name for (name, sql) in database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        ) if isinstance(sql, str) and not re.match(r"\s*CREATE\s+VIRTUAL\b", sql, re.IGNORECASE)
    }  # fmt: skip
    if "gpkg_contents" not in tables:
        raise UnreadableFile("no GeoPackage", expected="a GeoPackage with a layer of roads")
    listed = [str(name) for (name,) in database.execute(
        "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY table_name"
    )]  # fmt: skip
    layers = [_layer(database, name) for name in listed if name in tables]
    found = sorted((layer for layer in layers if layer.roads), key=lambda layer: -layer.roads)
    if not found:
        raise BadInput(
            f"none of the layers {_listed(listed) or '(there is none)'} holds roads",
            expected="a layer with a column highway or fclass that names classes of roads",
            remedy="export the roads with their tags from OpenStreetMap data",
        )
    if len(listed) > 1:
        others = [name for name in listed if name != found[0].name]
        notes.append(f"roads are read from the layer {found[0].name[:40]}, not {_listed(others)}")
    return found[0]


def _layer(database: sqlite3.Connection, name: str) -> _Layer:
    """One table, with the wanted of its columns and a look at its first rows."""
    quoted = _quoted(name)
    columns = [
        str(column)
        for (_, column, kind, *_) in database.execute(f"PRAGMA table_info({quoted})")
        if str(column).lower() in WANTED
    ]
    classes = [column for column in columns if column.lower() in KEYS["highway"]]
    roads = 0
    for column in classes:
        sample = database.execute(
            f"SELECT {_quoted(column)} FROM {quoted} LIMIT {SAMPLE_ROWS}"  # noqa: S608 - quoted
        )
        roads = max(roads, sum(names_road(str(value)) for (value,) in sample if value))
    points = database.execute(
        "SELECT 1 FROM gpkg_geometry_columns WHERE table_name = ? AND "
        "upper(geometry_type_name) IN ('POINT', 'MULTIPOINT', 'POLYGON', 'MULTIPOLYGON')",
        (name,),
    ).fetchone()
    return _Layer(name=name, columns=tuple(columns), roads=0 if points else roads)


def _listed(names: list[str]) -> str:
    """The first of some names, each cut to a readable length."""
    return ", ".join(name[:40] for name in names[:8]) + (", ..." if len(names) > 8 else "")


def _quoted(name: str) -> str:
    """A name of a table or column as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def _geojson_crs(member: object) -> CRS:
    """The CRS of the old member ``crs``; WGS 84 without it, as RFC 7946 has it."""
    if member is None:
        return WGS84
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or not (match := _SAFE_CRS.fullmatch(name.strip())):
        raise BadInput(
            f"the CRS is named by {json.dumps(member)[:120]}",
            expected="a code such as EPSG:32638, or none for longitude and latitude",
            remedy="export the file in EPSG:4326",
        )
    code = match[3]
    return WGS84 if code.upper().startswith("CRS84") else crs_of(f"EPSG:{code}", name="the file")


def _properties(feature: object) -> dict[str, Any]:
    """The properties of a feature, and its id; empty if it is none."""
    if not isinstance(feature, dict):
        return {}
    cells = feature.get("properties")
    cells = cells if isinstance(cells, dict) else {}
    return {"id": feature.get("id")} | cells


def _line(feature: object) -> shapely.Geometry | None:
    """The geometry of a feature; None if it has none that can be read."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict):
        return None
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    try:
        if kind == "LineString":
            return shapely.linestrings(_xy(coordinates))
        if kind == "MultiLineString" and isinstance(coordinates, list):
            return shapely.multilinestrings([shapely.linestrings(_xy(p)) for p in coordinates])
        return shapely.from_geojson(json.dumps(geometry))
    except (TypeError, ValueError, shapely.errors.ShapelyError):
        return None


def _xy(coordinates: object) -> NDArray[np.float64]:
    """Pairs of numbers; text is no number here."""
    pairs = np.array(coordinates)
    if pairs.dtype.kind not in "iuf" or pairs.ndim != 2 or pairs.shape[1] < 2:
        raise ValueError("no list of coordinates")
    return pairs[:, :2].astype(np.float64)


def _damaged(what: str, err: Exception) -> UnreadableFile:
    return UnreadableFile(
        f"the file is damaged, cut short or not {what} ({err})",
        expected=f"a whole {what.split()[1]} file",
        remedy="download or copy it again",
    )
