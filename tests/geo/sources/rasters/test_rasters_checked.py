"""GeoTIFFs decoded once behind walls."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geo.errors import UnreadableFile
from geo.sources.confined.limits import BROWSER
from geo.sources.rasters.rasters_checked import check_raster, decode
from tests.hostile.bad_geotiffs import good, tiff


def test_every_block_of_bands_and_overviews_is_decoded(tmp_path: Path):
    """Four blocks of 32 x 32 cells, and one of the overview of half the size."""
    path = tmp_path / "a.tif"
    path.write_bytes(good())
    assert decode(path, tmp_path, limits=BROWSER) == 4
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2])
    assert decode(path, tmp_path, limits=BROWSER) == 5


def test_a_plain_raster_passes_the_child(tmp_path: Path):
    """And is left as it was."""
    path = tmp_path / "S2A_MSIL2A_20150307T080000.tif"
    path.write_bytes(good())
    check_raster(path, limits=BROWSER)
    assert path.read_bytes() == good()


def test_a_block_that_cannot_be_decoded_is_found(tmp_path: Path):
    """Its place in the file is right, its content is not."""
    content = good()
    path = tmp_path / "a.tif"
    path.write_bytes(content[:-200] + b"\xff" * 200)
    with pytest.raises(UnreadableFile, match=r"^a\.tif cannot be read .*IReadBlock failed"):
        check_raster(path, limits=BROWSER)


def test_a_raster_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Of cells, bands, and of the size of a block."""
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(np.zeros((3, 64, 64), np.uint8)))
    for change, match in (
        ({"pixels": 4095}, "declares 64 x 64 cells"),
        ({"bands": 2}, "declares 3 bands"),
    ):
        with pytest.raises(UnreadableFile, match=match):
            decode(path, tmp_path, limits=dataclasses.replace(BROWSER, **change))
    monkeypatch.setattr("geo.sources.rasters.rasters_checked.LARGEST_BLOCK", 1000)
    with pytest.raises(UnreadableFile, match=r"has blocks of .* cells in 3 bands"):
        decode(path, tmp_path, limits=BROWSER)
