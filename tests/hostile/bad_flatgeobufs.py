"""Hostile and broken FlatGeobufs: a good one with its parts changed, cut, swapped and enlarged."""

from __future__ import annotations

import functools
import random
import struct
import tempfile
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from tests.hostile.bad_geojsons import ogr_vrt, star
from tests.hostile.trap import Hostile, Trap

MAGIC = b"fgb\x03fgb\x01"


def made(*shapes: shapely.Geometry | None, crs: object = 4326, index: bool = True) -> bytes:
    """A FlatGeobuf of these shapes."""
    names = [f"name {i}" for i in range(len(shapes))]
    frame = gpd.GeoDataFrame({"name": names}, geometry=list(shapes), crs=crs)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is no CRS is meant
        pyogrio.write_dataframe(
            frame, f"{folder}/a.fgb", SPATIAL_INDEX="YES" if index else "NO",
            geometry_type="Unknown",
        )  # fmt: skip
        return Path(folder, "a.fgb").read_bytes()


@functools.cache
def good() -> bytes:
    """Three points with an index."""
    return made(*[shapely.Point(44 + i, 36) for i in range(3)])


def put(offset: int, form: str, value: float) -> bytes:
    """The good file with one number changed."""
    content = bytearray(good())
    struct.pack_into(form, content, offset, value)
    return bytes(content)


def bad_flatgeobufs(trap: Trap) -> dict[str, Hostile]:
    """The corpus, by a name in words."""
    content = good()
    header = struct.unpack_from("<I", content, 8)[0]
    body = 12 + header
    chance = random.Random(7)
    flips = {}
    for number in range(12):
        flipped = bytearray(content)
        for _ in range(4):
            flipped[chance.randrange(8, body)] ^= 1 << chance.randrange(8)
        flips[f"header with bits turned, {number}"] = bytes(flipped)
    with np.errstate(invalid="ignore"):
        no_number = shapely.LineString([(44, float("nan")), (45, 36)])
        endless = shapely.LineString([(44, float("inf")), (45, 36)])
    files = {
        "only the magic": content[:8],
        "only a header": content[:body],
        "version 99": b"fgb\x63" + content[4:],
        "wrong second magic": content[:4] + b"xyz\x01" + content[8:],
        "header of nothing": put(8, "<I", 0),
        "header of four gigabytes": put(8, "<I", 0xFFFFFFFF),
        "header longer than the file": put(8, "<I", len(content) * 2),
        "header of one byte less": put(8, "<I", header - 1),
        "header that points away": put(12, "<I", 0x7FFFFFFF),
        "header that points back": put(12, "<I", 0xFFFFFFF0),
        "table that points away": put(16, "<i", 0x7FFFFFFF),
        "cut in the header": content[: body - 10],
        "cut in the index": content[: body + 30],
        "cut in a row": content[:-5],
        "without the last rows": content[: len(content) * 3 // 4],
        "index of rubbish": content[:body] + b"\xff" * 100 + content[body + 100 :],
        "index that points away": content[:body] + bytes(32) + b"\xff\xff\xff\x7f" * 20
        + content[body + 112 :],
        "row of four gigabytes": content[:-120] + b"\xff\xff\xff\xff" + content[-116:],
        "rows of zeros": content[:-120] + bytes(120),
        "rows of rubbish": content[:-120] + b"\xa5" * 120,
        "rubbish after the end": content + b"\xff" * 1000,
        "twice": content + content,
        "text that is no UTF-8": content.replace(b"name 0", b"\xc7\xe1\xff\xfe\x80 "),
        "name with an end": content.replace(b"name 0", b"na\0e 0"),
        "another order of rows": content[: body + 40] + content[body + 80 : body + 120]
        + content[body + 40 : body + 80] + content[body + 120 :],
        "system by an address": content.replace(b"EPSG", b"http"),
        "system of another name": content.replace(b"WGS 84", b"/etc/p"),
        "nan": made(shapely.Point(44, 36), no_number, index=False),
        "infinity": made(endless, index=False),
        "off the Earth": made(shapely.Point(200, 95)),
        "star of three thousand": made(shapely.Polygon(star(3000))),
        "bowtie": made(shapely.Polygon([(44, 36), (45, 37), (45, 36), (44, 37)])),
        "without a system": made(shapely.Point(44, 36), crs=None),
        "without rows": made(),
        "without shapes": made(None, None, index=False),
        "virtual dataset": ogr_vrt(str(trap.secret)),
        "virtual dataset after the magic": MAGIC + ogr_vrt(str(trap.secret)),
        **flips,
    }  # fmt: skip
    return {n: Hostile(name="given.fgb", content=content) for n, content in files.items()}
