"""netCDF cubes as scenes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import h5netcdf
import numpy as np
import pytest
import rasterio
from pyproj import CRS

from geo.errors import BadInput, GridMismatch, UnreadableFile
from geo.sources.confined.limits import BROWSER
from geo.sources.rasters.netcdf import scenes_of_cube
from geo.sources.rasters.netcdf_cube import write_scenes
from geo.sources.rasters.raster import describe
from tests.hostile.bad_netcdfs import attribute, classic, cube, values


def scenes(tmp_path: Path, content: bytes) -> list[Path]:
    """The scenes of a file, made in this process."""
    path = tmp_path / "given.nc"
    path.write_bytes(content)
    return [tmp_path / name for name in write_scenes(path, tmp_path, limits=BROWSER)]


def cells(path: Path) -> np.ndarray:
    """The first band of a scene."""
    with rasterio.open(path) as dataset:
        return np.asarray(dataset.read(1))


def test_a_cube_gives_a_scene_for_each_day(tmp_path: Path):
    """Through the child: dates, names, place and values, north at the top."""
    path = tmp_path / "given.nc"
    path.write_bytes(cube())
    with scenes_of_cube(path, limits=BROWSER) as found:
        first, second = (describe(scene) for scene in found)
        values_of_second = cells(found[1])
    assert not found[0].exists()
    assert (first.acquired_at, second.acquired_at) == (
        datetime(2014, 1, 1, tzinfo=UTC), datetime(2014, 1, 11, tzinfo=UTC)
    )  # fmt: skip
    assert (first.bands, first.dtype) == (("ndvi",), "float32")
    assert np.isnan(first.nodata)
    assert first.grid.bounds == pytest.approx((43.95, 35.95, 44.75, 36.55))
    stored = np.arange(96, dtype=np.float32).reshape(2, 6, 8)[1]
    assert values_of_second.tolist() == stored[::-1].tolist()


def test_scale_offset_and_missing_values_are_applied(tmp_path: Path):
    """CF, 8.1: stored times scale plus offset; the mark of missing cells is a stored value.

    So is one that is known to stand for them without being declared.
    """

    def change(file: h5netcdf.File) -> None:
        band = file.create_variable(
            "packed", ("time", "lat", "lon"), "i2", data=np.full((2, 6, 8), 100), fillvalue=-9
        )
        band[0, 5, 0], band[0, 5, 1] = -9, -9999
        band.attrs["scale_factor"], band.attrs["add_offset"] = 0.01, 5.0

    scene = scenes(tmp_path, cube(change))[0]
    with rasterio.open(scene) as dataset:
        assert dataset.descriptions == ("ndvi", "packed")
        packed = dataset.read(2)
    assert np.isnan(packed[0, :2]).all()
    assert packed[1, 1] == pytest.approx(6.0)


def test_a_projection_is_read_from_the_grid_mapping(tmp_path: Path):
    """As WKT, or as CF's own parameters; rows that run south stay as they are."""
    utm = CRS.from_epsg(32638)
    for mapping in ({"crs_wkt": utm.to_wkt()}, utm.to_cf()):
        with h5netcdf.File(tmp_path / "utm.nc", "w") as file:
            file.dimensions = {"y": 3, "x": 4}
            for name, line in (("y", 4e6 - 10 * np.arange(3)), ("x", 4e5 + 10 * np.arange(4))):
                each = file.create_variable(name, (name,), "f8", data=line)
                each.attrs["standard_name"] = f"projection_{name}_coordinate"
            grid = file.create_variable("crs", (), "i4", data=0)
            for key, value in mapping.items():
                grid.attrs[key] = value
            band = file.create_variable("B04", ("y", "x"), "f4", data=np.arange(12).reshape(3, 4))
            band.attrs["grid_mapping"] = "crs"
        (scene,) = scenes(tmp_path, (tmp_path / "utm.nc").read_bytes())
        info = describe(scene)
        assert info.grid.crs.is_projected
        assert info.grid.bounds == pytest.approx((399_995, 3_999_975, 400_035, 4_000_005))
        assert info.acquired_at is None
        assert cells(scene)[0].tolist() == [0, 1, 2, 3]


def test_a_classic_file_is_read(tmp_path: Path):
    """netCDF-3 as well as netCDF-4."""
    (scene,) = scenes(tmp_path, classic())
    assert cells(scene).shape == (6, 8)


@pytest.mark.parametrize(
    ("units", "day"),
    [
        ("hours since 2014-01-01 12:00", datetime(2014, 1, 1, 22, tzinfo=UTC)),
        ("seconds since 1970-01-01T00:00:00Z", datetime(1970, 1, 1, 0, 0, 10, tzinfo=UTC)),
        ("minutes since 2014-1-1 0:0:0 UTC", datetime(2014, 1, 1, 0, 10, tzinfo=UTC)),
    ],
)
def test_times_are_counted_from_their_epoch(tmp_path: Path, units: str, day: datetime):
    """The second step of the cube is 10 units after it."""
    scene = scenes(tmp_path, attribute("time", "units", units))[1]
    assert describe(scene).acquired_at == day


@pytest.mark.parametrize(
    ("content", "kind", "match"),
    [
        (attribute("time", "units", "years since 2014-01-01"), BadInput, "has the units 'years"),
        (attribute("time", "calendar", "noleap"), BadInput, "the calendar 'noleap'"),
        (values("lon", [44, 45, 45.1, 45.2, 45.3, 45.4, 45.5, 45.6]), GridMismatch, "steps .* dif"),
        (values("lon", np.arange(8) * 100.0), GridMismatch, "no place on Earth"),
        (b"\x89HDF\r\n\x1a\n", UnreadableFile, "damaged or cut short"),
        (b"GIF89a", UnreadableFile, "as no netCDF file does"),
    ],
)
def test_a_cube_that_cannot_be_used_is_refused(
    tmp_path: Path, content: bytes, kind: type[Exception], match: str
):
    """The reason is told."""
    with pytest.raises(kind, match=match):
        scenes(tmp_path, content)


@pytest.mark.parametrize("made", [cube, classic])
@pytest.mark.parametrize("kept", [0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_cube_that_was_cut_off_is_refused_wherever(tmp_path: Path, made, kept: float):
    """And no scene of it is used."""
    content = made()
    with pytest.raises(UnreadableFile, match=r"damaged or cut short|as no netCDF file does"):
        scenes(tmp_path, content[: int(kept * len(content))])
