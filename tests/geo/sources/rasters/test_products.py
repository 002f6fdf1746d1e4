"""What paths of files of one band tell."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.sources.rasters.products import band_file, taken_at

SAFE = "S2B_MSIL2A_20220105T080319_N0400_R035_T38SLF_20220105T101010.SAFE/GRANULE/X/IMG_DATA"


@pytest.mark.parametrize(
    ("path", "band", "tile", "sensor", "level"),
    [
        (f"{SAFE}/R10m/T38SLF_20220105T080319_B02_10m.tif", "B02", "38SLF", "Sentinel-2B", "L2A"),
        (f"{SAFE}/R20m/T38SLF_20220105T080319_SCL_20m.tif", "SCL", "38SLF", "Sentinel-2B", "L2A"),
        (f"{SAFE}/R20m/T38SLF_20220105T080319_AOT_20m.tif", "", "38SLF", "Sentinel-2B", "L2A"),
        ("T38SLF_20220105T080319_B8A_20m.tif", "B8A", "38SLF", "Sentinel-2", ""),
        ("S2A_38SLF_20220105_0_L2A/nir08.tif", "B8A", "38SLF", "Sentinel-2A", ""),
        ("2022-01-05/b4.TIF", "B04", "", "", ""),
        ("2022-01-05/red.tif", "red", "", "", ""),
        ("LC08_L2SP_170035_20220105_20220823_02_T1_SR_B4.TIF", "red", "170035", "Landsat 8", "L2"),
        ("LE07_L2SP_170035_20020105_20200823_02_T1_SR_B4.TIF", "nir", "170035", "Landsat 7", "L2"),
        ("LC09_L2SP_170035_20220105_20220823_02_T1_ST_B10.TIF", "", "170035", "Landsat 9", "L2"),
        ("LC09_L2SP_170035_20220105_20220823_02_T1_QA_PIXEL.TIF", "QA_PIXEL", "170035",
         "Landsat 9", "L2"),
        ("LC09_L1TP_170035_20220105_20220823_02_T1_B4.TIF", "red", "170035", "Landsat 9", "L1"),
    ],
)  # fmt: skip
def test_names_of_products_are_read(path, band, tile, sensor, level):
    """The file's own name first, then its folders."""
    told = band_file(PurePosixPath(path))
    assert (told.band, told.tile, told.sensor, told.level) == (band, tile, sensor, level)


@pytest.mark.parametrize("name", ["scene-20200105.tif", "ndvi_20200105.tif", "red_20200105.tif"])
def test_other_names_tell_no_band(name):
    """Such a file is a picture of its own."""
    assert band_file(PurePosixPath(name)) is None


@pytest.mark.parametrize(
    ("path", "when"),
    [
        ("T38SLF_20220105T080319_B02_10m.tif", datetime(2022, 1, 5, 8, 3, 19, tzinfo=UTC)),
        ("2022-01-05/R10m/B02.tif", datetime(2022, 1, 5, tzinfo=UTC)),
        ("LC08_L2SP_170035_20220105_20220823_02_T1_SR_B4.TIF", datetime(2022, 1, 5, tzinfo=UTC)),
        ("2022-13-45/B02.tif", None),
        ("B02.tif", None),
    ],
)
def test_the_time_is_that_of_the_name_or_the_nearest_dated_folder(path, when):
    """None where nothing tells it; a tag beats both."""
    assert taken_at(PurePosixPath(path), {}) == when
    tags = {"ACQUISITION_DATE": "2019-02-03"}
    assert taken_at(PurePosixPath(path), tags) == datetime(2019, 2, 3, tzinfo=UTC)


@given(st.text(st.characters(exclude_characters="/\x00"), min_size=1))
def test_no_name_breaks_the_reading(name):
    """Whatever somebody called a file."""
    path = PurePosixPath("folder") / name
    band_file(path)
    taken_at(path, {})
