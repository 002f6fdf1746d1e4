"""How far the tags of a TIFF reach, and files that end before that."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UnreadableFile
from geo.sources.rasters.raster import describe
from geo.sources.rasters.reach import reach_of


def made(path: Path, *, names: bool = True, **profile: object) -> bytes:
    """A small GeoTIFF whose names of bands GDAL writes behind the picture."""
    with rasterio.open(
        path, "w", driver="GTiff", count=2, height=20, width=30, dtype="uint16",
        crs="EPSG:32638", transform=Affine(10, 0, 287_000, 0, -10, 3_940_000), **profile,
    ) as file:  # fmt: skip
        file.write(np.arange(1_200, dtype=np.uint16).reshape(2, 20, 30))
        if names:
            file.descriptions = ("B04", "B08")
            file.update_tags(PROCESSING_BASELINE="05.09")
    return path.read_bytes()


@pytest.mark.parametrize("profile", [{}, {"BIGTIFF": "YES"}, {"ENDIANNESS": "BIG"}])
def test_a_whole_file_reaches_no_farther_than_its_end(tmp_path: Path, profile) -> None:
    """In either byte order and size of numbers."""
    content = made(tmp_path / "a.tif", **profile)
    assert 0 < reach_of(tmp_path / "a.tif") <= len(content)
    assert describe(tmp_path / "a.tif").bands == ("B04", "B08")


@pytest.mark.parametrize("profile", [{}, {"BIGTIFF": "YES"}, {"ENDIANNESS": "BIG"}])
@pytest.mark.parametrize("lost", [1, 60, 200])
def test_a_file_that_lost_its_last_tags_is_refused(tmp_path: Path, profile, lost: int) -> None:
    """GDAL would read it without names and without what tells the numbers' meaning."""
    path = tmp_path / "a.tif"
    path.write_bytes(made(path, **profile)[:-lost])
    with pytest.raises(UnreadableFile, match=r"truncated at .* bytes|cannot be read"):
        describe(path)


@given(kept=st.floats(0, 1), at=st.integers(0, 600), byte=st.integers(0, 255))
def test_no_bytes_break_it(tmp_path_factory: pytest.TempPathFactory, kept, at, byte) -> None:
    """Cut anywhere and changed anywhere: a number comes out."""
    folder = tmp_path_factory.mktemp("reach")
    content = bytearray(made(folder / "a.tif"))
    content[at] = byte
    (folder / "b.tif").write_bytes(content[: int(kept * len(content))])
    assert reach_of(folder / "b.tif") >= 0


def test_directories_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    """The next picture is the first one again."""
    head = struct.pack("<2sHIH", b"II", 42, 8, 1)
    tag = struct.pack("<HHII", 270, 2, 40, 100)
    (tmp_path / "a.tif").write_bytes(head + tag + struct.pack("<I", 8))
    assert reach_of(tmp_path / "a.tif") == 140
