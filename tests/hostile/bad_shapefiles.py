"""Hostile and broken zipped Shapefiles, each for a fault that some reader has."""

from __future__ import annotations

import functools
import struct
import tempfile
from pathlib import Path

import geopandas as gpd
import shapely

from tests.hostile.bad_archives import packed
from tests.hostile.bad_geojsons import ogr_vrt
from tests.hostile.trap import Hostile, Trap


@functools.cache
def parts(kind: str = "polygon") -> dict[str, bytes]:
    """The files of a good layer of two rows, by their endings."""
    shapes = {
        "polygon": [shapely.box(44, 36, 45, 37), shapely.box(45, 36, 46, 37)],
        "point": [shapely.Point(44, 36), shapely.Point(45, 36)],
        "line": [shapely.LineString([(44, 36), (45, 37)]), shapely.LineString([(1, 2), (3, 4)])],
    }[kind]
    frame = gpd.GeoDataFrame({"name": ["A", "B"], "n": [1, 2]}, geometry=shapes, crs=4326)
    with tempfile.TemporaryDirectory() as folder:
        frame.to_file(f"{folder}/a.shp", encoding="UTF-8")
        return {path.suffix: path.read_bytes() for path in Path(folder).iterdir()}


def zipped(changes: dict[str, bytes | None] | None = None, *, kind: str = "polygon") -> bytes:
    """A zipped layer; the files named in `changes` are others, or missing."""
    files = {**parts(kind), **(changes or {})}
    return packed(*[(f"a{ending}", content) for ending, content in files.items()
                    if content is not None])  # fmt: skip


def put(ending: str, offset: int, form: str, value: float, *, kind: str = "polygon") -> bytes:
    """A zipped layer with one number changed."""
    content = bytearray(parts(kind)[ending])
    struct.pack_into(form, content, offset, value)
    return zipped({ending: bytes(content)}, kind=kind)


def bad_shapefiles(trap: Trap) -> dict[str, Hostile]:
    """The corpus, by a name in words."""
    vrt = ogr_vrt(str(trap.secret))
    dbf, shp, shx = (parts()[ending] for ending in (".dbf", ".shp", ".shx"))
    prj = parts()[".prj"]
    nan = float("nan")
    files = {
        "virtual dataset for shapes": zipped({".shp": vrt}),
        "virtual dataset for a table": zipped({".dbf": vrt}),
        "virtual dataset beside it": zipped({".vrt": vrt, ".xml": vrt, ".qix": vrt, ".ovr": vrt}),
        "no table": zipped({".dbf": None}),
        "no index": zipped({".shx": None}),
        "no shapes": zipped({".shp": None}),
        "empty shapes": zipped({".shp": b""}),
        "empty table": zipped({".dbf": b""}),
        "empty index": zipped({".shx": b""}),
        "system by an address": zipped({".prj": f"{trap.url}/crs".encode()}),
        "system by a file": zipped({".prj": str(trap.secret).encode()}),
        "system by a pipeline": zipped({".prj": f"+init={trap.secret}:1".encode()}),
        "system with a grid": zipped({".prj": prj[:-1] + (
            f',EXTENSION["PROJ4","+proj=longlat +nadgrids={trap.secret}"]]').encode()}),
        "system of a megabyte": zipped({".prj": b'GEOGCS["' + b"x" * 900_000 + b'"]'}),
        "system nested": zipped({".prj": b"GEOGCS[" * 5_000}),
        "system of rubbish": zipped({".prj": b"\xff\xfe\0\1" * 10}),
        "empty system": zipped({".prj": b""}),
        **{f"encoding {name}": zipped({".cpg": name.encode()}) for name in (
            "rot13", "zlib", "unicode_escape", "punycode", "klingon", "../../x", "1256", "UTF-7",
            "undefined", "x" * 40_000,
        )},
        "four thousand million records": put(".dbf", 4, "<I", 0xFFFFFFFF),
        "one record more": put(".dbf", 4, "<I", 3),
        "no records": put(".dbf", 4, "<I", 0),
        "header of nothing": put(".dbf", 8, "<H", 0),
        "header of 65 kilobytes": put(".dbf", 8, "<H", 0xFFFF),
        "records of nothing": put(".dbf", 10, "<H", 0),
        "records of 65 kilobytes": put(".dbf", 10, "<H", 0xFFFF),
        "column wider than its record": put(".dbf", 48, "<B", 255),
        "columns without an end": zipped({".dbf": dbf[:32] + b"A" * 60_000}),
        "column of a memo": zipped({".dbf": dbf[:43] + b"M" + dbf[44:]}),
        "table cut short": zipped({".dbf": dbf[:-20]}),
        "shapes cut short": zipped({".shp": shp[:-60]}),
        "index cut short": zipped({".shx": shx[:-6]}),
        "only a header": zipped({".shp": shp[:100], ".shx": shx[:100]}),
        "index far away": put(".shx", 100, ">i", 0x3FFFFFFF),
        "index before the beginning": put(".shx", 100, ">i", -5),
        "index of a huge shape": put(".shx", 104, ">i", 0x3FFFFFFF),
        "shape of a huge length": put(".shp", 104, ">i", 0x7FFFFFFF),
        "shape of an unknown kind": put(".shp", 108, "<i", 99),
        "shape of another kind": put(".shp", 108, "<i", 1),
        "shape of surfaces": put(".shp", 108, "<i", 31),
        "two thousand million rings": put(".shp", 144, "<i", 0x7FFFFFFF),
        "negative rings": put(".shp", 144, "<i", -1),
        "two thousand million corners": put(".shp", 148, "<i", 0x7FFFFFFF),
        "ring that begins far away": put(".shp", 152, "<i", 0x7FFFFFF),
        "ring that begins before the beginning": put(".shp", 152, "<i", -8),
        "nan": put(".shp", 112, "<d", nan, kind="point"),
        "infinity": put(".shp", 112, "<d", float("inf"), kind="point"),
        "off the Earth": put(".shp", 112, "<d", 1e300, kind="point"),
        "corner that is no number": put(".shp", 156, "<d", nan),
        "line of no corners": put(".shp", 148, "<i", 0, kind="line"),
        "all deleted": zipped({".dbf": dbf[:-1].replace(b"\r ", b"\r*")}),
        "text of no encoding": zipped({".dbf": dbf.replace(b"A   ", b"\xc7\xff\x81\x8d"),
                                       ".cpg": b"UTF-8"}),
        "numbers that do not fit": zipped({".dbf": dbf.replace(b"        1", b"*********")}),
        "two layers that differ in case": packed(
            *[(f"{stem}{ending}", content) for stem in ("a", "A")
              for ending, content in parts().items()]),
        "two layers of one name": packed(
            *[(f"{folder}/a{ending}", content) for folder in ("x", "y")
              for ending, content in parts().items()]),
        "way up": packed(*[(f"../a{ending}", content) for ending, content in parts().items()]),
        "archive among the files": zipped({".zip": zipped()}),
        "bomb for a table": zipped({".dbf": dbf + bytes(200_000_000)}),
    }  # fmt: skip
    return {name: Hostile(name="given.zip", content=content) for name, content in files.items()}
