"""Tiles of remote GeoTIFFs, cut out by our own hand and read by GDAL from a file of their own."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS
from rasterio.windows import Window

from geo.errors import GridMismatch, LamassuError, UnreadableFile
from geo.grid import Block
from geo.sources.stac.cutting import cut
from geo.sources.stac.directory import grid_of_directory, read_directory
from geo.sources.stac.remote import RemoteFile

ROWS, COLS = 530, 710

KINDS = {
    "COG, deflate": {"driver": "COG", "blocksize": 128, "compress": "deflate", "nodata": 0},
    "COG, predictor": {"driver": "COG", "blocksize": 256, "compress": "lzw", "predictor": "yes"},
    "COG, lerc": {"driver": "COG", "compress": "lerc", "dtype": "float32", "blocksize": 256},
    "COG, jpeg": {"driver": "COG", "compress": "jpeg", "dtype": "uint8", "count": 3,
                  "blocksize": 256},
    "strips": {"driver": "GTiff"},
    "strips, zstd, BigTIFF": {"driver": "GTiff", "compress": "zstd", "bigtiff": "yes"},
    "pixel after pixel": {"driver": "GTiff", "tiled": True, "blockxsize": 64, "blockysize": 96,
                          "interleave": "pixel", "count": 3},
    "band after band, big endian": {"driver": "GTiff", "tiled": True, "blockxsize": 128,
                                    "blockysize": 128, "interleave": "band", "count": 2,
                                    "bigtiff": "yes", "endianness": "big"},
    "turned": {"driver": "GTiff", "tiled": True,
               "transform": Affine(8, 6, 300_000, 6, -8, 4_000_000)},
}  # fmt: skip
"""Ways in which a GeoTIFF may be packed."""


def geotiff(path: Path, **more: object) -> bytes:
    """A GeoTIFF of noise."""
    profile = {
        "driver": "GTiff", "width": COLS, "height": ROWS, "count": 1, "dtype": "uint16",
        "crs": "EPSG:32638", "transform": Affine(10, 0, 300_000, 0, -10, 4_000_000),
    } | more  # fmt: skip
    shape = (profile["count"], ROWS, COLS)
    values = np.random.default_rng(5).integers(1, 200, shape).astype(profile["dtype"])
    with rasterio.open(path, "w", **profile) as file:
        file.write(values)
    return path.read_bytes()


@pytest.fixture
def serve(files, web, tmp_path):
    """Serves bytes and opens them."""

    def give(content: bytes) -> RemoteFile:
        files.files["/a.tif"] = content
        return RemoteFile(web, f"{files.url}/a.tif", most_bytes=50_000_000)

    return give


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_holds_the_very_cells_in_their_very_place(serve, tmp_path, kind: str):
    """However the file is packed; and much less came than the file has."""
    whole = tmp_path / "whole.tif"
    file = serve(geotiff(whole, **KINDS[kind]))
    directory = read_directory(file)
    block = Block(top=200, left=300, rows=40, cols=50)
    bands = [f"B{i}" for i in range(1, KINDS[kind].get("count", 1) + 1)]
    (tmp_path / "cut.tif").write_bytes(cut(directory, block, bands=bands, nodata=None))
    with rasterio.open(whole) as theirs, rasterio.open(tmp_path / "cut.tif") as ours:
        assert grid_of_directory(directory).transform == theirs.transform
        assert (ours.crs, ours.nodata, ours.dtypes) == (theirs.crs, theirs.nodata, theirs.dtypes)
        assert ours.descriptions == tuple(bands)
        corner = ~ours.transform @ (theirs.transform @ (block.left, block.top))
        window = Window(*map(round, corner), block.cols, block.rows)
        expected = theirs.read(window=Window(block.left, block.top, block.cols, block.rows))
        assert np.array_equal(ours.read(window=window), expected)
        assert ours.width * ours.height < theirs.width * theirs.height / 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, ROWS - 1), st.integers(0, COLS - 1), st.data())
def test_any_window_can_be_cut(serve, tmp_path, top: int, left: int, data):
    """At the edges too, where tiles are not full."""
    rows = data.draw(st.integers(1, ROWS - top))
    cols = data.draw(st.integers(1, COLS - left))
    whole = tmp_path / "whole.tif"
    if not whole.exists():
        geotiff(whole, driver="COG", blocksize=128, compress="deflate")
    content = cut(
        read_directory(serve(whole.read_bytes())),
        Block(top=top, left=left, rows=rows, cols=cols),
        bands=["B1"],
        nodata=None,
    )
    (tmp_path / "cut.tif").write_bytes(content)
    with rasterio.open(whole) as theirs, rasterio.open(tmp_path / "cut.tif") as ours:
        col, row = ~ours.transform @ (theirs.transform @ (left, top))
        mine = ours.read(1, window=Window(round(col), round(row), cols, rows))
        assert np.array_equal(mine, theirs.read(1, window=Window(left, top, cols, rows)))


def test_a_missing_value_for_no_data_is_written_down(serve, tmp_path):
    """Sentinel-2's zero; what the file says itself stays."""
    block = Block(top=0, left=0, rows=9, cols=9)
    for own, told, expected in ((None, 0.0, 0.0), (7, 0.0, 7.0), (None, None, None)):
        directory = read_directory(serve(geotiff(tmp_path / "a.tif", nodata=own)))
        (tmp_path / "b.tif").write_bytes(cut(directory, block, bands=["B1"], nodata=told))
        with rasterio.open(tmp_path / "b.tif") as file:
            assert file.nodata == expected


def test_a_tile_that_was_left_out_as_empty_stays_empty(serve, tmp_path):
    """Sparse files name no place for it."""
    path = tmp_path / "a.tif"
    profile = {"driver": "GTiff", "width": 512, "height": 512, "count": 1, "dtype": "uint8",
               "tiled": True, "sparse_ok": True, "nodata": 9, "crs": "EPSG:32638",
               "transform": Affine(10, 0, 300_000, 0, -10, 4_000_000)}  # fmt: skip
    with rasterio.open(path, "w", **profile) as file:
        file.write(np.ones((100, 100), np.uint8), 1, window=Window(0, 0, 100, 100))
    directory = read_directory(serve(path.read_bytes()))
    block = Block(top=0, left=0, rows=512, cols=512)
    (tmp_path / "b.tif").write_bytes(cut(directory, block, bands=["B1"], nodata=None))
    with rasterio.open(tmp_path / "b.tif") as ours, rasterio.open(path) as theirs:
        assert np.array_equal(ours.read(), theirs.read())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"x", "is no TIFF"),
        (b"II*\0", "is no TIFF"),
        (b"<html>not found</html>", "is no TIFF"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(80), "is no TIFF"),
        (struct.pack("<2sHIxxxxxxxx", b"II", 42, 8), "directory has 0 tags"),
        (struct.pack("<2sHIxxxxxxxx", b"II", 42, 9_999), "truncated"),
        (struct.pack("<2sHIH", b"II", 42, 8, 60_000) + bytes(50), "directory has 60,000 tags"),
        (struct.pack("<2sHIHHHIII", b"II", 42, 8, 1, 256, 4, 1, 99, 0) + bytes(9), "tag 257"),
    ],
)
def test_what_is_no_geotiff_is_refused(serve, content: bytes, why: str):
    """With what it begins with, or what it lacks."""
    with pytest.raises(UnreadableFile, match=why):
        grid_of_directory(read_directory(serve(content)))


def patched(content: bytes, tag: int, value: int, *, count: int | None = None) -> bytes:
    """A little-endian classic TIFF in whose first directory a tag has another value."""
    (start,) = struct.unpack_from("<I", content, 4)
    (number,) = struct.unpack_from("<H", content, start)
    for i in range(number):
        place = start + 2 + 12 * i
        found, kind, size = struct.unpack_from("<HHI", content, place)
        if found == tag:
            entry = struct.pack("<HHII", found, 4 if kind == 3 else kind, count or size, value)
            return content[:place] + entry + content[place + 12 :]
    raise AssertionError(tag)


@pytest.mark.parametrize(
    ("tag", "value", "why"),
    [
        (256, 0, "declares"),
        (257, 4_000_000_000, "declares|tiles"),
        (322, 4_000_000_000, "has tiles of"),
        (323, 0, "has tiles of"),
        (277, 60_000, "has 60000 bands"),
        (324, 4_000_000_000, "truncated"),
        (325, 4_000_000_000, "truncated"),
        (33922, 4_000_000_000, "truncated"),
    ],
)
def test_a_directory_that_lies_is_refused(serve, tmp_path, tag: int, value: int, why: str):
    """Sizes and places that no file could have cost nothing."""
    content = geotiff(tmp_path / "a.tif", tiled=True, blockxsize=128, blockysize=128)
    file = serve(patched(content, tag, value))
    with pytest.raises(LamassuError, match=why):
        cut_corner(file)


def cut_corner(file: RemoteFile) -> bytes:
    """All that is read of a file for the cells in its corner."""
    directory = read_directory(file)
    grid_of_directory(directory)
    return cut(directory, Block(top=0, left=0, rows=50, cols=50), bands=["B1"], nodata=None)


def test_a_tile_that_claims_a_size_of_its_own_is_refused(serve, tmp_path):
    """No more is asked for than a tile can have."""
    path = tmp_path / "a.tif"
    content = geotiff(path, tiled=True, blockxsize=128, blockysize=128, compress="deflate")
    directory = read_directory(serve(content))
    sizes = directory.fields[325].offset
    broken = content[:sizes] + struct.pack("<I", 90_000_000) + content[sizes + 4 :]
    with pytest.raises(UnreadableFile, match="has a tile of 90,000,000 bytes"):
        cut(read_directory(serve(broken)), Block(top=0, left=0, rows=5, cols=5),
            bands=["B1"], nodata=None)  # fmt: skip


def test_a_truncated_file_is_refused(serve, tmp_path):
    """The directory is whole, the tiles are not."""
    content = geotiff(tmp_path / "a.tif", driver="COG", blocksize=128)
    directory = read_directory(serve(content[: len(content) // 2]))
    with pytest.raises(UnreadableFile, match="truncated"):
        cut(directory, Block(top=500, left=600, rows=20, cols=20), bands=["B1"], nodata=None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(8, 500), st.integers(0, 255))
def test_no_broken_byte_ends_otherwise_than_in_a_refusal(serve, tmp_path, at: int, byte: int):
    """Whatever stands in the directory."""
    path = tmp_path / "a.tif"
    if not path.exists():
        geotiff(path, driver="COG", blocksize=128)
    content = path.read_bytes()
    with contextlib.suppress(LamassuError):
        cut_corner(serve(content[:at] + bytes([byte]) + content[at + 1 :]))


def test_a_raster_that_is_placed_by_control_points_is_refused(serve, tmp_path):
    """Radar that was not corrected for terrain comes so."""
    path = tmp_path / "a.tif"
    gcps = [
        rasterio.control.GroundControlPoint(row=r, col=c, x=43 + c / 1e3, y=36 - r / 1e3)
        for r, c in ((0, 0), (0, 90), (90, 0), (90, 90))
    ]
    with rasterio.open(path, "w", driver="GTiff", width=100, height=100, count=1, dtype="uint8",
                       gcps=gcps, crs="EPSG:4326") as file:  # fmt: skip
        file.write(np.ones((1, 100, 100), np.uint8))
    with pytest.raises(GridMismatch, match="placed by 4 control points"):
        grid_of_directory(read_directory(serve(path.read_bytes())))


def test_a_coordinate_system_without_a_number_is_refused(serve, tmp_path):
    """It could only be guessed."""
    crs = CRS.from_proj4("+proj=tmerc +lon_0=43.7 +k=1 +x_0=5 +ellps=intl +units=m").to_wkt()
    with pytest.raises(GridMismatch, match="without a number of its own"):
        grid_of_directory(read_directory(serve(geotiff(tmp_path / "a.tif", crs=crs))))


def test_the_place_of_a_cells_middle_is_understood(serve, tmp_path):
    """GeoTIFF knows two ways to say where a cell is."""
    path = tmp_path / "a.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=9, height=9, count=1, dtype="uint8", crs="EPSG:4326",
        transform=Affine(0.1, 0, 43, 0, -0.1, 36),
    ) as file:  # fmt: skip
        file.update_tags(AREA_OR_POINT="Point")
    with rasterio.open(path) as file:
        assert grid_of_directory(read_directory(serve(path.read_bytes()))).transform.almost_equals(
            file.transform
        )
