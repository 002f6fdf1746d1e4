"""OpenStreetMap extracts as rows of tags and lines, read as a stream by pyosmium.

Runs in the child process of `geo.sources.roads.road_child` only: the parser is C++ and the file is
anyone's. Memory holds the places of the file's nodes, 16 bytes each (libosmium's sparse array), and
one batch of ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import osmium
import pyarrow as pa
from osmium import InvalidLocationError
from osmium.filter import EntityFilter, KeyFilter

from geo.errors import BadInput, UnreadableFile
from geo.sources.roads.road_rows import ROW_SCHEMA, Row, tags_of

BATCH_ROWS = 50_000
"""Ways that are held at once."""

NODE_STORE = "sparse_mem_array"
"""Where the places of nodes are kept; right for an extract, whose ids are far apart."""


def osm_rows(path: Path, *, form: str) -> Iterator[pa.RecordBatch]:
    """Every way with a ``highway`` as a row of `ROW_SCHEMA`, in the order of the file.

    A way one of whose nodes is not in the file has no line but a fault: bridging the gap would
    invent a course.

    Raises
    ------
    UnreadableFile
        If the file is cut short, damaged or of another format.
    """
    rows: list[Row] = []
    lines = osmium.geom.WKBFactory()
    ways = _ways(path, form)
    try:
        for number, way in enumerate(ways, start=1):
            rows.append(_row(number, way, lines))
            if len(rows) == BATCH_ROWS:
                yield pa.RecordBatch.from_pylist(rows, schema=ROW_SCHEMA)
                rows = []
    # pyosmium reports a damaged file by whichever of these libosmium's own error is derived from.
    except (RuntimeError, InvalidLocationError, OSError, ValueError) as err:
        raise UnreadableFile(
            f"the file is damaged or cut short ({err})",
            expected="a whole extract of OpenStreetMap",
            remedy="download or copy it again",
        ) from err
    yield pa.RecordBatch.from_pylist(rows, schema=ROW_SCHEMA)


def _ways(path: Path, form: str) -> Iterable[osmium.osm.Way]:
    """The ways with a ``highway``, their nodes located."""
    file = osmium.io.File(str(path), form)
    if file.has_multiple_object_versions:
        raise BadInput("the file holds a history", expected="an extract of one date")
    ways = (
        osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY)
        .with_locations(NODE_STORE)
        .with_filter(EntityFilter(osmium.osm.WAY))
        .with_filter(KeyFilter("highway"))
    )
    return cast("Iterable[osmium.osm.Way]", ways)


def _row(number: int, way: osmium.osm.Way, lines: osmium.geom.WKBFactory) -> Row:
    """One way: its tags, and its line or what is wrong with it."""
    row: Row = {"row": number, "way_id": str(way.id), "line": None, "fault": ""}
    try:
        row |= tags_of(way.tags.get)
        row["line"] = bytes.fromhex(lines.create_linestring(way))
    except UnicodeDecodeError:
        row |= {"highway": "?", "fault": "a tag that is not UTF-8"}
    except (InvalidLocationError, RuntimeError):
        # libosmium takes nodes without a place for one and the same place.
        missing = sum(not node.location.valid() for node in way.nodes)
        row["fault"] = (
            f"{missing} of its {len(way.nodes)} nodes have no place in the file"
            if missing
            else f"{len(way.nodes)} nodes in fewer than two places"
        )
    return row
