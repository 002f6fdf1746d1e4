"""Plain files of every format, as partners send them: all of them must be accepted."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import shapely
from affine import Affine

from tests.hostile.bad_archives import packed
from tests.hostile.bad_flatgeobufs import made
from tests.hostile.bad_geojsons import collection, feature
from tests.hostile.bad_geopackages import database
from tests.hostile.bad_geotiffs import tiff
from tests.hostile.bad_kmls import kml, point, ring
from tests.hostile.bad_netcdfs import classic, cube
from tests.hostile.bad_shapefiles import parts, zipped

SQUARE = [[44, 36], [45, 36], [45, 37], [44, 37], [44, 36]]
ROWS = "id,name,lon,lat\nS1,تل,44.1,36.2\nS2,B,44.2,36.3\n"


@dataclass(frozen=True, kw_only=True)
class Good:
    """A plain file."""

    name: str
    content: bytes
    rows: int
    """Rows of its tables, or cells of its bands."""


def _frame(crs: object = 4326) -> gpd.GeoDataFrame:
    """Two rows of several types."""
    columns = {
        "name": ["تل", "B"], "n": [1, 2], "share": [0.5, 1.0], "seen": [True, False],
        "day": np.array(["2015-03-07", "2016-01-01"], dtype="datetime64[ms]"),
    }  # fmt: skip
    points = [shapely.Point(44, 36), shapely.Point(45, 36)]
    return gpd.GeoDataFrame(columns, geometry=points, crs=4326).to_crs(crs)


def _written(ending: str, crs: object = 4326, **options: object) -> bytes:
    """The frame as GDAL writes it."""
    with tempfile.TemporaryDirectory() as folder:
        pyogrio.write_dataframe(_frame(crs), f"{folder}/a{ending}", **options)
        return Path(folder, f"a{ending}").read_bytes()


def _workbook(sheets: int) -> bytes:
    """A workbook of two rows a sheet."""
    book = openpyxl.Workbook()
    for number in range(sheets):
        sheet = book.active if number == 0 else book.create_sheet(f"sheet {number}")
        for line in ROWS.splitlines():
            sheet.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _texts() -> dict[str, Good]:
    made_of = {
        "commas": ROWS.encode(), "semicolons": ROWS.replace(",", ";").encode(),
        "tabs": ROWS.replace(",", "\t").encode(), "with a mark": ROWS.encode("utf-8-sig"),
        "in UTF-16": ROWS.encode("utf-16"), "in windows-1256": (ROWS * 1).encode("cp1256"),
        "line ends of Windows": ROWS.replace("\n", "\r\n").encode(),
        "quotation marks": ROWS.replace("B", '"B, ""C"""').encode(),
    }  # fmt: skip
    texts = {f"text, {n}": Good(name="a.csv", content=c, rows=2) for n, c in made_of.items()}
    return texts | {
        "workbook": Good(name="a.xlsx", content=_workbook(1), rows=2),
        "workbook of three sheets": Good(name="a.xlsx", content=_workbook(3), rows=6),
    }


def _geojsons() -> dict[str, Good]:
    lines = [[44, 36], [45, 37]]
    shapes = {
        "point": ("Point", [44, 36]), "point with a height": ("Point", [44, 36, 300]),
        "points": ("MultiPoint", lines), "line": ("LineString", lines),
        "lines": ("MultiLineString", [lines, lines]), "polygon": ("Polygon", [SQUARE]),
        "polygons": ("MultiPolygon", [[SQUARE]]),
    }  # fmt: skip
    found = {
        f"GeoJSON, {n}": Good(name="a.geojson", content=collection(feature(at, kind, a=1)), rows=1)
        for n, (kind, at) in shapes.items()
    }
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32638"}}
    both = feature([44, 36]), feature([45, 36])
    more = {
        "GeoJSON in UTM": (collection(feature([4e5, 4e6]), crs=named), 1),
        "GeoJSON by GDAL": (_written(".geojson"), 2),
        "GeoJSON of one feature": (json.dumps(both[0]).encode(), 1),
        "GeoJSON, a feature a line": (b"\n".join(json.dumps(f).encode() for f in both), 2),
    }
    return found | {n: Good(name="a.json", content=c, rows=r) for n, (c, r) in more.items()}


def _kmls() -> dict[str, Good]:
    square = " ".join(f"{x},{y}" for x, y in SQUARE)
    documents = {
        "point": (kml(point()), 1), "polygon": (kml(ring(square)), 1),
        "folders": (kml(f"<Folder><name>A</name>{point()}</Folder>{point()}"), 2),
        "by GDAL": (_written(".kml", driver="KML"), 2),
    }  # fmt: skip
    found = {f"KML, {n}": Good(name="a.kml", content=c, rows=r) for n, (c, r) in documents.items()}
    for name, (content, rows) in documents.items():
        archive = packed(("doc.kml", content), ("files/icon.png", b"\x89PNG"))
        found[f"KMZ, {name}"] = Good(name="a.kmz", content=archive, rows=rows)
    several = packed(("doc.kml", kml(point())), ("more.kml", kml(point(), point())))
    return found | {"KMZ of two documents": Good(name="a.kmz", content=several, rows=3)}


def _layers() -> dict[str, Good]:
    twice = packed(*[(f"{stem}{ending}", content) for stem in ("a", "b")
                     for ending, content in parts().items()])  # fmt: skip
    files = {
        "GeoPackage by GDAL": ("a.gpkg", _written(".gpkg"), 2),
        "GeoPackage in UTM": ("a.gpkg", _written(".gpkg", 32638), 2),
        "GeoPackage by SQL": ("a.gpkg", database(), 1),
        "GeoPackage with attributes": ("a.gpkg", database(
            "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'), ('y');"
            "INSERT INTO gpkg_contents VALUES ('t', 'attributes', 't', 0);"), 3),
        "Shapefile of polygons": ("a.zip", zipped(), 2),
        "Shapefile of points": ("a.zip", zipped(kind="point"), 2),
        "Shapefile of lines": ("a.zip", zipped(kind="line"), 2),
        "Shapefile without an encoding": ("a.zip", zipped({".cpg": None}), 2),
        "Shapefile without a system": ("a.zip", zipped({".prj": None}), 2),
        "Shapefile of two layers": ("a.zip", twice, 4),
        "FlatGeobuf by GDAL": ("a.fgb", _written(".fgb"), 2),
        "FlatGeobuf in UTM": ("a.fgb", _written(".fgb", 32638), 2),
        "FlatGeobuf without an index": ("a.fgb", made(shapely.Point(44, 36), index=False), 1),
        "FlatGeobuf of polygons": ("a.fgb", made(shapely.box(44, 36, 45, 37)), 1),
    }  # fmt: skip
    return {n: Good(name=name, content=c, rows=r) for n, (name, c, r) in files.items()}


def good_tables() -> dict[str, Good]:
    """Tables and maps, by a name in words."""
    return _texts() | _geojsons() | _kmls() | _layers()


def good_rasters() -> dict[str, Good]:
    """GeoTIFFs, by a name in words."""
    floats = np.linspace(0, 1, 2 * 64 * 64, dtype=np.float32).reshape(2, 64, 64)
    files = {
        "bytes": (tiff(), 1), "packed": (tiff(compress="deflate", tiled=True), 1),
        "packed as LZW": (tiff(compress="lzw"), 1), "BigTIFF": (tiff(BIGTIFF="YES"), 1),
        "floats": (tiff(floats, compress="deflate", predictor=3), 2),
        "whole numbers": (tiff((floats * 9).astype(np.int16), nodata=-1), 2),
        "longitude and latitude": (
            tiff(crs="EPSG:4326", transform=Affine(0.01, 0, 44, 0, -0.01, 37)), 1),
    }  # fmt: skip
    return {n: Good(name="a.tif", content=c, rows=r * 4096) for n, (c, r) in files.items()}


def good_cubes() -> dict[str, Good]:
    """Cubes in netCDF, by a name in words."""
    files = {"netCDF-4": (cube(), 96), "netCDF-3": (classic(), 48)}
    return {n: Good(name="a.nc", content=c, rows=r) for n, (c, r) in files.items()}
