"""Hostile and broken GeoTIFFs, each for a fault that some reader has."""

from __future__ import annotations

import functools
import struct
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from tests.hostile.trap import Hostile, Trap

TYPES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 11: 4, 12: 8, 16: 8}
"""Bytes of the types of TIFF's tags."""


def tiff(values: np.ndarray | None = None, **profile: Any) -> bytes:
    """A GeoTIFF of these values, 64 x 64 unless told."""
    cells = np.arange(64 * 64, dtype=np.uint8).reshape(1, 64, 64) if values is None else values
    settings = {
        "driver": "GTiff", "count": cells.shape[0], "height": cells.shape[1],
        "width": cells.shape[2], "dtype": cells.dtype.name, "crs": "EPSG:32638",
        "transform": Affine(10, 0, 4e5, 0, -10, 4e6), **profile,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has no place is meant
        with rasterio.open(f"{folder}/a.tif", "w", **settings) as dataset:
            dataset.write(cells)
        return Path(folder, "a.tif").read_bytes()


def sparse(rows: int, cols: int, bands: int = 1, **profile: Any) -> bytes:
    """A GeoTIFF that declares cells and holds none."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/a.tif"
        settings = {
            "driver": "GTiff", "count": bands, "height": rows, "width": cols, "dtype": "uint8",
            "crs": "EPSG:32638", "transform": Affine(1, 0, 4e5, 0, -1, 4e6), "SPARSE_OK": True,
            "tiled": True, **profile,
        }  # fmt: skip
        rasterio.open(path, "w", **settings).close()
        return Path(path).read_bytes()


@functools.cache
def good() -> bytes:
    """A plain GeoTIFF."""
    return tiff(compress="deflate", tiled=True, blockxsize=32, blockysize=32)


def tag(number: int, *, value: int | None = None, count: int | None = None, kind: int | None = None,
        content: bytes | None = None) -> bytes:  # fmt: skip
    """The good file with one tag of its directory changed, or taken out if it is not there."""
    content = bytearray(content or good())
    (start,) = struct.unpack_from("<I", content, 4)
    (tags,) = struct.unpack_from("<H", content, start)
    for at in range(start + 2, start + 2 + 12 * tags, 12):
        if struct.unpack_from("<H", content, at)[0] == number:
            for offset, form, new in ((2, "<H", kind), (4, "<I", count), (8, "<I", value)):
                if new is not None:
                    struct.pack_into(form, content, at + offset, new)
            return bytes(content)
    raise ValueError(f"no tag {number}")


def _vrt(source: str, *, raw: bool = False) -> bytes:
    """A virtual raster over another file."""
    band = (
        f'<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand"><SourceFilename>'
        f"{source}</SourceFilename><ImageOffset>0</ImageOffset><PixelOffset>1</PixelOffset>"
        "<LineOffset>64</LineOffset></VRTRasterBand>"
        if raw
        else '<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename>'
        f"{source}</SourceFilename></SimpleSource></VRTRasterBand>"
    )
    return f'<VRTDataset rasterXSize="64" rasterYSize="2">{band}</VRTDataset>'.encode()


def bad_geotiffs(trap: Trap) -> dict[str, Hostile]:
    """The corpus, by a name in words."""
    secret, url = str(trap.secret), f"/vsicurl/{trap.url}/x"
    wms = (
        f'<GDAL_WMS><Service name="WMS"><ServerUrl>{trap.url}/wms</ServerUrl><Layers>x</Layers>'
        "</Service><DataWindow><SizeX>64</SizeX><SizeY>64</SizeY></DataWindow></GDAL_WMS>"
    ).encode()
    zeros = np.zeros((1, 8000, 8000), np.uint8)
    plain = good()
    (start,) = struct.unpack_from("<I", plain, 4)
    loop = bytearray(plain)
    (tags,) = struct.unpack_from("<H", plain, start)
    struct.pack_into("<I", loop, start + 2 + 12 * tags, start)
    aux = f'<PAMDataset><Metadata domain="xml:VRT">{_vrt(secret).decode()}</Metadata></PAMDataset>'
    files = {
        "virtual raster of a file": _vrt(secret, raw=True),
        "virtual raster of an address": _vrt(url, raw=True),
        "virtual raster of a raster": _vrt(secret),
        "map service": wms,
        "description of tiles": b'{"type":"Feature","stac_version":"1.0.0","assets":{}}',
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "empty": b"",
        "only a magic": b"II*\0",
        "directory far away": plain[:4] + b"\xff\xff\xff\x7f" + plain[8:],
        "directory in a circle": bytes(loop),
        "directory of 65,535 tags": plain[:start] + b"\xff\xff" + plain[start + 2 :],
        "no tags": plain[:start] + b"\0\0" + plain[start + 2 :],
        "four thousand million columns": tag(256, value=0xFFFFFFFF, kind=4),
        "no columns": tag(256, value=0),
        "four thousand million rows": tag(257, value=0xFFFFFFFF, kind=4),
        "sixty thousand bands": tag(277, value=60_000),
        "no bands": tag(277, value=0),
        "bits by the thousand": tag(258, value=60_000),
        "one bit": tag(258, value=1),
        "twelve bits": tag(258, value=12),
        "unknown packing": tag(259, value=12_345),
        "packed as JPEG": tag(259, value=7),
        "packed as LZW": tag(259, value=5),
        "packed as fax": tag(259, value=4),
        "packed as LERC": tag(259, value=34_887),
        "tiles of two thousand million columns": tag(322, value=0x7FFFFFF0, kind=4),
        "tiles of nothing": tag(322, value=0),
        "tiles that do not fit": tag(322, value=17),
        "blocks elsewhere": tag(324, value=0x7FFFFFF0),
        "blocks by the thousand million": tag(324, count=0x3FFFFFFF),
        "lengths by the thousand million": tag(325, count=0x3FFFFFFF),
        "length of two gigabytes": tag(325, count=1, value=0x7FFFFFFF),
        "unknown numbers": tag(339, value=77),
        "complex numbers": tiff(np.ones((1, 64, 64), np.complex64)),
        "key directory far away": tag(34735, value=0x7FFFFFF0),
        "key directory without an end": tag(34735, count=0x7FFFFFF),
        "cell without size": tag(33550, value=0),
        "place far away": tag(33922, value=0x7FFFFFF0),
        "without a place": tiff(crs=None, transform=None),
        "turned to nothing": tiff(transform=Affine(0, 0, 4e5, 0, 0, 4e6)),
        "off the Earth": tiff(crs="EPSG:4326", transform=Affine(10, 0, 4e5, 0, -10, 4e6)),
        "cut short": plain[:-40],
        "cut in the middle": plain[: len(plain) // 2],
        "cut in the directory": plain[: start + 30],
        "rubbish for blocks": plain[:start] + plain[start:-200] + b"\xff" * 200,
        "zeros, 64 million": tiff(zeros, compress="deflate", tiled=True),
        "zeros in one strip": tiff(zeros[:, :4000], compress="deflate", blockysize=4000),
        "forty thousand million cells": sparse(200_000, 200_000, blockxsize=2048, blockysize=2048),
        "a thousand bands": sparse(16, 16, bands=1_000, interleave="band"),
        "bigtiff": tiff(BIGTIFF="YES"),
        "bigtiff of a circle": tiff(BIGTIFF="YES")[:8] + struct.pack("<Q", 8) + bytes(40),
        "other byte order": b"MM\0*" + plain[4:],
    }  # fmt: skip
    found = {n: Hostile(name="given.tif", content=content) for n, content in files.items()}
    beside = {
        "overview that is a virtual raster": {".ovr": _vrt(secret, raw=True)},
        "overview that is elsewhere": {".ovr": _vrt(url, raw=True)},
        "mask that is a virtual raster": {".msk": _vrt(secret, raw=True)},
        "notes beside it": {".aux.xml": aux.encode()},
        "points beside it": {".points": b"mapX,mapY,pixelX,pixelY,enable\n1,2,3,4,1\n"},
    }
    for name, company in beside.items():
        found[name] = Hostile(name="given.tif", content=plain, beside=company)
    return found
