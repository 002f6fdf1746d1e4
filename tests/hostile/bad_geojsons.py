"""Hostile and broken GeoJSON, each for a fault that some reader has."""

from __future__ import annotations

import gzip
import json
import math
import random

from tests.hostile.trap import Hostile, Trap


def ogr_vrt(source: str) -> bytes:
    """A virtual dataset of OGR that draws in another file."""
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


def feature(coordinates: object, kind: str = "Point", **properties: object) -> dict[str, object]:
    """A feature of one geometry."""
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features: object, **members: object) -> bytes:
    """A FeatureCollection."""
    return json.dumps({"type": "FeatureCollection", **members, "features": features}).encode()


def star(corners: int) -> list[list[float]]:
    """A ring of random corners, which crosses itself everywhere."""
    chance = random.Random(1)
    ring = [[44 + chance.random(), 36 + chance.random()] for _ in range(corners)]
    return [*ring, ring[0]]


def _nested(depth: int) -> bytes:
    """Collections in collections."""
    inside = '{"type":"GeometryCollection","geometries":[' * depth + "]}" * depth
    return (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        f"{inside}}}]}}"
    ).encode()


def bad_geojsons(trap: Trap) -> dict[str, Hostile]:
    """The corpus, by a name in words."""
    point = [44.0, 36.0]
    good = collection(feature(point, name="A"))
    link = {"type": "link", "properties": {"href": f"{trap.url}/crs", "type": "proj4"}}
    file_link = {"type": "link", "properties": {"href": trap.secret.as_uri(), "type": "ogcwkt"}}
    url_name = {"type": "name", "properties": {"name": f"{trap.url}/crs"}}
    file_name = {"type": "name", "properties": {"name": str(trap.secret)}}
    pipeline = {"type": "name", "properties": {"name": f"+init={trap.secret}:1"}}
    square = [[44, 36], [45, 36], [45, 37], [44, 37]]
    files = {
        "crs by a link": collection(feature(point), crs=link),
        "crs by a link to a file": collection(feature(point), crs=file_link),
        "crs named by an address": collection(feature(point), crs=url_name),
        "crs named by a file": collection(feature(point), crs=file_name),
        "crs named by a pipeline": collection(feature(point), crs=pipeline),
        "crs of another shape": collection(feature(point), crs=[1, 2]),
        "crs unknown": collection(
            feature(point), crs={"type": "name", "properties": {"name": "EPSG:999999"}}
        ),
        "virtual dataset of a file": ogr_vrt(str(trap.secret)),
        "virtual dataset of an address": ogr_vrt(f"/vsicurl/{trap.url}/x.geojson"),
        "arrays a hundred thousand deep": b"[" * 100_000,
        "objects a hundred thousand deep": b'{"a":' * 100_000,
        "properties deep": b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":'
        b'null,"properties":{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}}]}",
        "collections ten thousand deep": _nested(10_000),
        "collections a hundred deep": _nested(100),
        "nan": collection(feature([math.nan, 36])),
        "infinity": collection(feature([math.inf, 36])),
        "overflow": good.replace(b"44.0", b"1e400"),
        "text for numbers": collection(feature(["44", "36"])),
        "null for numbers": collection(feature([None, None])),
        "one number": collection(feature([44])),
        "no numbers": collection(feature([])),
        "truth for numbers": collection(feature([True, False])),
        "coordinates are an object": collection(feature({"x": 44, "y": 36})),
        "five dimensions": collection(feature([44, 36, 1, 2, 3])),
        "open ring": collection(feature([square], "Polygon")),
        "ring of two": collection(feature([square[:2]], "Polygon")),
        "ring of none": collection(feature([[]], "Polygon")),
        "bowtie": collection(feature([[[44, 36], [45, 37], [45, 36], [44, 37], [44, 36]]],
                                     "Polygon")),
        "star of three thousand": collection(feature([star(3000)], "Polygon")),
        "stars by the hundred": collection(*[feature([star(300)], "Polygon")] * 200),
        "off the Earth": collection(feature([200, 95])),
        "a million corners": collection(feature([[0, 0]] * 1_000_001, "LineString")),
        "empty": b"",
        "only spaces": b" " * 1000,
        "no features": collection(),
        "features are no list": b'{"type":"FeatureCollection","features":{"a":1}}',
        "features are numbers": collection(1, 2, None, "x", []),
        "geometry is text": b'{"type":"FeatureCollection","features":[{"type":"Feature",'
        b'"properties":{},"geometry":"POINT (44 36)"}]}',
        "properties are text": b'{"type":"FeatureCollection","features":[{"type":"Feature",'
        b'"properties":"x","geometry":null}]}',
        "cut short": good[:-30],
        "two documents": good + good,
        "rubbish after the end": good + b"\0\1\2",
        "a key twice": good.replace(b'"name": "A"', b'"name": "A", "name": "B"'),
        "half a surrogate": good.replace(b'"A"', b'"\\ud800"'),
        "nul": good.replace(b'"A"', b'"a\\u0000b"'),
        "not in UTF-8": good.replace(b'"A"', b'"\xc7\xe1"'),
        "in UTF-16": good.decode().encode("utf-16"),
        "a number of ten thousand digits": good.replace(b'"A"', b"9" * 10_000),
        "ten thousand columns": collection(feature(point, **{f"c{i}": i for i in range(10_000)})),
        "topojson": b'{"type":"Topology","objects":{},"arcs":[]}',
        "esri json": b'{"displayFieldName":"x","features":[{"attributes":{},"geometry":{"x":1}}]}',
        "packed": gzip.compress(good),
        "unknown type": collection(feature(point, "Circle")),
        "script": collection(feature(point, **{"<script>x</script>": "<img src=x onerror=y>"})),
        "path in the name": collection(feature(point), name="../../etc/passwd\n\x1b[31m"),
    }  # fmt: skip
    return {name: Hostile(name="given.geojson", content=content) for name, content in files.items()}
