"""The search for canaries finds them in every form, and nothing where there is none."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import zipfile
import zlib

import geopandas as gpd
import mgrs
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from tests.canaries import Canary, Hit, geohash, hits

LON, LAT = 40.3727418263, 32.1273816447
BIRD = Canary(word="zyqwxofinder", lonlat=(LON, LAT))
X, Y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(LON, LAT)
EAST, NORTH = pyproj.Transformer.from_crs(4326, 32637, always_xy=True).transform(LON, LAT)
GRID = mgrs.MGRS().toMGRS(LAT, LON)


def zipped(content: bytes) -> bytes:
    """An archive with one file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("a.bin", content)
    return archive.getvalue()


def arrow(frame: pd.DataFrame) -> bytes:
    """A table as it goes to a browser."""
    table = pa.Table.from_pandas(frame)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


FORMS = {
    "exact": f"{LON!r} {LAT!r}",
    "latitude first": f"[{LAT!r}, {LON!r}]",
    "four decimals": f"{LON:.4f},{LAT:.4f}",
    "three decimals": f"{LON:.3f} / {LAT:.3f}",
    "three decimals, cut off": "40.372, 32.127",
    "decimal commas": f"{LON:.5f} {LAT:.5f}".replace(".", ","),
    "one number alone": f"west {LON:.6f}",
    "one number alone, to five decimals": f"north {LAT:.5f}",
    "written with e": f"{LON:.9e} {LAT:.9e}",
    "Arabic digits": "٤٠٫٣٧٢٧٤ ٣٢٫١٢٧٣٨",
    "WKT": Point(LON, LAT).wkt,
    "GeoJSON": json.dumps(shapely.geometry.mapping(Point(LON, LAT))),
    "inside a line": shapely.LineString([(40, 32), (LON, LAT), (44, 33)]).wkt,
    "escaped": "40\\u002e37274 32\\x2e12738",
    "in an address": "?q=32%2E12738%2C40%2E37274",
    "as HTML": "40&#46;37274 32&#46;12738",
    "DMS": "32°07'38.6\"N 40°22'21.9\"E",
    "DMS, typographic": "32° 7′ 38″ N, 40° 22′ 22″ E",
    "DMS with blanks": "N 32 07 38 E 040 22 22",
    "degrees and minutes": "32°07.643' 40°22.365'",
    "Web Mercator": f"{X:.0f} {Y:.0f}",
    "Web Mercator, exact": f"{X!r},{Y!r}",
    "UTM": f"37N {EAST:.0f} {NORTH:.0f}",
    "MGRS": GRID,
    "MGRS with blanks": f"{GRID[:3]} {GRID[3:5]} {GRID[5:10]} {GRID[10:]}",
    "MGRS to 100 m": f"{GRID[:5]}{GRID[5:8]}{GRID[10:13]}",
    "geohash": f"gh:{geohash(LON, LAT, 9)}",
    "geohash in capitals": geohash(LON, LAT, 7).upper(),
    "WKB in hexadecimal": shapely.to_wkb(Point(LON, LAT), hex=True),
    "WKB in small hexadecimal": shapely.to_wkb(Point(LON, LAT), hex=True).lower(),
    "WKB": shapely.to_wkb(Point(LON, LAT)),
    "WKB, big end first": shapely.to_wkb(Point(LON, LAT), byte_order=0),
    "WKB of a shape": shapely.to_wkb(Polygon([(LON, LAT), (LON + 1, LAT), (LON, LAT + 1)])),
    "doubles after an odd byte": b"x" + struct.pack("<2d", LON, LAT),
    "rounded doubles": struct.pack("<2d", round(LON, 4), round(LAT, 4)),
    "floats": struct.pack("<2f", LON, LAT),
    "Mercator in binary": struct.pack("<2d", X, Y),
    "a column of an Arrow table": arrow(pd.DataFrame({"lon": [1.0, LON], "lat": [2.0, LAT]})),
    "base64": base64.b64encode(f"somewhere around {LON!r} {LAT!r}".encode()),
    "base64 for addresses": base64.urlsafe_b64encode(b"?" * 40 + shapely.to_wkb(Point(LON, LAT))),
    "gzip": gzip.compress(f"{LON!r} {LAT!r}".encode()),
    "an archive in an archive": zipped(zipped(f"{LON!r} {LAT!r}".encode())),
    "a PDF's stream": b"%PDF-1.4\nstream\n" + zlib.compress(f"{LON} {LAT}".encode()) + b"endstream",
    "a word": "The tell ZyqwxoFinder is not told.",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found(form: str):
    """Each as a program or a person would write it."""
    assert hits(FORMS[form], [BIRD]) != set()


@pytest.mark.parametrize("ending", [".gpkg", ".fgb", ".geojson"])
def test_a_file_of_places_is_searched(tmp_path, ending: str):
    """As GDAL writes it."""
    path = tmp_path / f"a{ending}"
    gpd.GeoDataFrame({"a": [1]}, geometry=[Point(LON, LAT)], crs=4326).to_file(path)
    assert hits(path.read_bytes(), [BIRD]) != set()


def test_a_hit_says_what_was_found():
    """Whose it is and how it was written."""
    other = Canary(word="zyqwxoother", lonlat=(41.0, 31.0))
    assert hits(f"{LON:.3f} {LAT:.3f}", [BIRD, other]) == {Hit("zyqwxofinder", "decimal")}


@pytest.mark.parametrize(
    "text",
    [
        "40.3, 32.1", "40.37, 32.13", "40.37 to 40.38 E, 32.12 to 32.13 N", "32°08'N 40°22'E",
        "POLYGON ((40.37 32.12, 40.38 32.12, 40.38 32.13, 40.37 32.13, 40.37 32.12))",
        "40.375 32.125", "12:40:37 32.127 s", GRID[:7] + GRID[10:12], geohash(LON, LAT, 5),
        f"at 40.372 {'x' * 500} 32.127",
    ],
)  # fmt: skip
def test_a_cell_is_no_canary(text: str):
    """What is coarser than 0.001 degree, or a number by itself, gives nothing away."""
    assert hits(text, [BIRD]) == set()


@given(st.binary(max_size=3000))
def test_noise_is_no_canary_and_breaks_nothing(content: bytes):
    """Whatever the bytes are."""
    assert hits(content, [BIRD]) == set()


@given(st.floats(38, 48), st.floats(29, 37), st.integers(5, 12))
def test_every_place_is_found_rounded_or_cut_off(lon: float, lat: float, digits: int):
    """To five decimals or more, each number by itself."""
    bird = Canary(word="zyqwxodrawn", lonlat=(lon, lat))
    cut = np.floor(lon * 10**digits) / 10**digits
    for number in (f"{lon:.{digits}f}", f"{cut:.{digits}f}", f"{lat:.{digits}f}"):
        assert hits(number, [bird]) == {Hit("zyqwxodrawn", "decimal alone")}
