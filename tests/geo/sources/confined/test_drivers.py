"""GDAL's drivers: all are known, and all but ours are off."""

from __future__ import annotations

import subprocess
import sys

import pyogrio
import rasterio

from geo.sources.confined.drivers import ALLOWED, DRIVERS, restrict_gdal


def test_every_driver_of_both_copies_of_gdal_is_listed():
    """A new version of GDAL with a new driver is noticed."""
    with rasterio.Env() as gdal:
        assert set(pyogrio.list_drivers()) | set(gdal.drivers()) <= set(DRIVERS)


def test_only_what_is_allowed_is_left_and_nothing_is_complained_of():
    """As the app sets it for itself."""
    program = (
        "import pyogrio, rasterio\n"
        "with rasterio.Env() as gdal:\n"
        "    print(*sorted({*pyogrio.list_drivers(), *gdal.drivers()}), sep=',')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], env=restrict_gdal({}),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(ended.stdout.strip().split(",")) == set(ALLOWED)
    assert ended.stderr == ""


def test_what_was_switched_off_before_stays_off():
    """An administrator's settings are added to."""
    skipped = restrict_gdal({"GDAL_SKIP": "GPKG, GTiff"})["GDAL_SKIP"].split(",")
    assert {"GPKG", "GTiff", "VRT", "MapInfo File"} <= set(skipped)
    assert "FlatGeobuf" not in skipped
