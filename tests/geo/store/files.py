"""Small files of made-up sites, and what a store shows of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import geopandas as gpd
from shapely import from_wkt
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from geo.audit import REMARK, AuditHead, faults_of
from geo.frames import frame_of
from geo.model import ImportReport
from geo.store import FileKey, Store

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

SHAPES = [
    Point(44.123456789012345, -0.0),
    Point(44.1, 33.2, 1234.5),
    LineString([(44, 33), (45, 34), (44, 33)]),
    box(44, 33, 45, 34).difference(box(44.2, 33.2, 44.4, 33.4)),
    Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),
    MultiPoint([(44, 33), (180, -90)]),
    MultiPolygon([box(0, 0, 1, 1), box(-180, -90, -179, -89)]),
    GeometryCollection([Point(1, 2), LineString([(0, 0), (1e-300, 5e-324)])]),
    GeometryCollection([GeometryCollection([Point(1, 2, 3)])]),
    from_wkt("POINT M (44 33 7)"),
    from_wkt("LINESTRING ZM (44 33 1 2, 45 34 3 4)"),
    from_wkt("GEOMETRYCOLLECTION (POINT EMPTY, POINT (1 2))"),
    from_wkt("MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), EMPTY)"),
]
"""One of each type, with heights, measures, empty parts, a bow tie and the smallest numbers."""


def file_key(text: str, **more: str) -> FileKey:
    """The key of a file with these bytes."""
    return FileKey(
        file_name=f"{text}.csv", sha256=hashlib.sha256(text.encode()).hexdigest(), **more
    )


def sites(**names: str) -> gpd.GeoDataFrame:
    """Sites by id and name."""
    return frame_of(
        "sites",
        {"id": list(names), "name": list(names.values()), "country": ["Iraq"] * len(names)},
    )


def put(store: Store, frame: gpd.GeoDataFrame, file: str, *, kind="sites", **more) -> ImportReport:
    """Import a frame as the content of a file."""
    return store.add(kind, frame, key=file_key(file), author="amal", now=NOW, **more)


def names(store: Store) -> dict[str, str]:
    """Current sites by id and name."""
    frame = store.read("sites")
    return dict(zip(frame["id"], frame["name"], strict=True))


def breaks(store: Store, *heads: AuditHead) -> list[str]:
    """What is wrong with a store's audit, remarks left out."""
    told = faults_of(store.audit(), heads=heads)
    return [line for line in told if not line.startswith(REMARK)]


@contextmanager
def unchanged(store: Store) -> Iterator[None]:
    """Fails if anything was kept inside the block."""
    before = store.revision()
    yield
    assert store.revision() == before
