"""A STAC server of the tests' own on this machine, and the scenes that it has."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

LONLAT = (43.3279, 36.0989)
"""Where the made-up scenes lie: around Nimrud, in UTM zone 38."""

CORNER, SIZE = (346_800.0, 3_999_300.0), 600
"""Upper left corner of the made-up scenes in EPSG:32638; their cells of 10 m along each edge."""

BANDS = {
    "blue": 10, "green": 10, "red": 10, "rededge1": 20, "rededge2": 20, "rededge3": 20,
    "nir": 10, "nir08": 20, "swir16": 20, "swir22": 20, "scl": 20,
}  # fmt: skip
"""Assets of Sentinel-2 on Earth Search, and the width of their cells in metres."""


def values_of(asset: str, *, day: int = 0) -> NDArray[np.uint16]:
    """Made-up numbers of a band: each cell tells where it is."""
    cell = BANDS[asset]
    count = SIZE * 10 // cell
    rows, cols = np.indices((count, count))
    if asset == "scl":
        return np.where((rows < count // 4) & (cols < count // 2), 9, 5).astype(np.uint8)
    return (2_000 + 10 * list(BANDS).index(asset) + rows * 2 + cols % 50 + day).astype(np.uint16)


def cog(path: Path, values: NDArray[Any], *, cell_m: float, **more: object) -> bytes:
    """A cloud-optimised GeoTIFF of one band."""
    profile = {
        "driver": "COG", "width": values.shape[1], "height": values.shape[0], "count": 1,
        "dtype": values.dtype.name, "crs": "EPSG:32638", "nodata": 0, "blocksize": 256,
        "compress": "deflate", "transform": Affine(cell_m, 0, CORNER[0], 0, -cell_m, CORNER[1]),
    }  # fmt: skip
    with rasterio.open(path, "w", **(profile | more)) as file:
        file.write(values, 1)
    return path.read_bytes()


def scene_files(folder: Path, *, day: int = 0) -> dict[str, bytes]:
    """The files of a made-up scene by asset."""
    return {
        asset: cog(folder / f"{asset}.tif", values_of(asset, day=day), cell_m=cell)
        for asset, cell in BANDS.items()
    }


def item(name: str, base: str, *, when: str, **properties: object) -> dict[str, Any]:
    """A made-up item as Earth Search writes them; its files are under `base`."""
    west, south, east, north = 43.10, 35.85, 43.75, 36.35
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [],
        "id": name,
        "collection": "sentinel-2-l2a",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "bbox": [west, south, east, north],
        "properties": {
            "datetime": when, "platform": "sentinel-2a", "eo:cloud_cover": 3.5,
            "s2:processing_baseline": "05.09", "earthsearch:boa_offset_applied": True,
        } | properties,
        "links": [],
        "assets": {
            asset: {
                "href": f"{base}/{asset}.tif",
                "type": "image/tiff; application=geotiff; profile=cloud-optimized",
                "roles": ["data"],
            }
            for asset in BANDS
        },
    }  # fmt: skip


def collection() -> dict[str, Any]:
    """The collection of the made-up items."""
    return {
        "type": "Collection", "stac_version": "1.0.0", "id": "sentinel-2-l2a",
        "description": "made up for tests", "license": "proprietary", "links": [],
        "extent": {
            "spatial": {"bbox": [[-180, -90, 180, 90]]},
            "temporal": {"interval": [["2015-01-01T00:00:00Z", None]]},
        },
    }  # fmt: skip


@contextmanager
def stac_api(folder: Path, items: list[Mapping[str, Any]]) -> Iterator[str]:
    """The address of a STAC API, rustac's, that has these items; gone at the end."""
    (folder / "collection.json").write_text(json.dumps(collection()))
    (folder / "items.json").write_text(
        json.dumps({"type": "FeatureCollection", "features": list(items)})
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    program = shutil.which("rustac", path=str(Path(sys.executable).parent)) or "rustac"
    server = subprocess.Popen(
        [program, "serve", "-a", address, "collection.json", "items.json"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(f"http://{address}/", server)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if server.poll() is not None:
            raise RuntimeError("the STAC server ended as it began")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("the STAC server did not begin")
