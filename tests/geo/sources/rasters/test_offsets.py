"""What Sentinel-2 products carry since 2022: taken off once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from geo.sources.rasters.offsets import offset_of
from geo.sources.rasters.raster import describe, read_raster

OLD = "S2A_MSIL2A_20210601T075611_N0300_R035_T38SKE_20210601T102030.tif"
NEW = "S2A_MSIL2A_20220601T075611_N0400_R035_T38SKE_20220601T102030.tif"


@pytest.mark.parametrize(
    ("tags", "name", "dtype", "declared", "value", "why"),
    [
        ({}, "before.tif", "uint16", (0.0,), 0, ""),
        ({}, NEW, "uint16", (0.0,), -1000, "baseline 04.00"),
        ({}, OLD, "uint16", (0.0,), 0, "baseline 03.00"),
        ({"PROCESSING_BASELINE": "05.09"}, "a.tif", "uint16", (0.0,), -1000, "baseline 05.09"),
        ({"PROCESSING_BASELINE": "02.14"}, NEW, "uint16", (0.0,), 0, "baseline 02.14"),
        ({"PRODUCT_URI": NEW}, "a.tif", "uint16", (0.0,), -1000, "baseline 04.00"),
        ({"BOA_ADD_OFFSET": "-1000"}, "a.tif", "uint16", (0.0,), -1000, "stated"),
        ({"RADIO_ADD_OFFSET_VALUES_LIST": "-500 -500"}, "a.tif", "int16", (0,), -500, "stated"),
        ({"BOA_ADD_OFFSET": "many"}, NEW, "uint16", (0.0,), -1000, "baseline 04.00"),
        ({"BOA_ADD_OFFSET": "-1e9"}, "a.tif", "uint16", (0.0,), 0, ""),
        ({"OFFSET_APPLIED": "True"}, NEW, "uint16", (0.0,), 0, "taken off already"),
        ({"EARTHSEARCH:BOA_OFFSET_APPLIED": "true", "BOA_ADD_OFFSET": "-1000"},
         "a.tif", "uint16", (0.0,), 0, "taken off already"),
        ({"OFFSET_APPLIED": "NO"}, NEW, "uint16", (0.0,), -1000, "baseline"),
        ({}, NEW, "uint16", (-0.1,), 0, "declared"),
        ({}, NEW, "float32", (0.0,), 0, "real numbers"),
    ],
)  # fmt: skip
def test_what_is_due(tags, name, dtype, declared, value, why) -> None:  # noqa: PLR0917 - a row
    """By name, by tags, and not where it is off already."""
    found = offset_of(tags, name=name, dtype=dtype, declared=declared)
    assert found.value == value
    assert why in found.why


def write(path: Path, values, **tags: str) -> Path:
    """A small Sentinel-2 file of B04 and SCL."""
    with rasterio.open(
        path, "w", driver="GTiff", count=2, height=2, width=2, dtype="uint16", nodata=0,
        crs="EPSG:32638", transform=Affine(10, 0, 287_000, 0, -10, 3_940_000),
    ) as dataset:  # fmt: skip
        dataset.write(np.asarray(values, np.uint16))
        dataset.descriptions = ("B04", "SCL")
        dataset.update_tags(**tags)
    return path


def test_two_baselines_of_one_ground_are_read_alike(tmp_path: Path) -> None:
    """Reflectance is shifted back, codes and gaps are not; the file's description says why."""
    old = write(tmp_path / OLD, [[[1200, 800], [0, 3000]], [[4, 4], [0, 9]]])
    new = write(tmp_path / NEW, [[[2200, 1800], [0, 4000]], [[4, 4], [0, 9]]])
    np.testing.assert_array_equal(read_raster([old]).values, read_raster([new]).values)
    assert describe(old).offset.value == 0
    assert describe(new).offset.value == -1000


def test_it_is_taken_off_once(tmp_path: Path) -> None:
    """A file that says that it is off is left alone, whatever its name."""
    path = write(tmp_path / NEW, [[[1200, 800], [0, 3000]], [[4, 4], [0, 9]]], OFFSET_APPLIED="YES")
    assert read_raster([path]).values[0, 0, 0] == 1200
