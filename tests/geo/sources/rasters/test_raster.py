"""GeoTIFF files: what they say of themselves, and their bands on one grid."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp
from shapely.geometry import box

from geo.errors import (
    BadInput,
    BandMismatch,
    GridMismatch,
    NoValidPixels,
)
from geo.grid import WGS84, Grid, reproject
from geo.sources.rasters.raster import describe, read_raster
from geo.sources.rasters.voids import VOIDS
from tests.geotiff_makers import HATRA_XY, UTM, counted, grid_of, write


def test_values_come_back_as_they_were_written(tmp_path: Path) -> None:
    """One file on its own grid is read cell by cell, as float32, under its band names."""
    path = write(tmp_path / "a.tif", counted(2), names=("B02", "B03"))
    raster = read_raster([path])
    assert raster.bands == ("B02", "B03")
    assert raster.values.dtype == np.float32
    assert raster.grid == grid_of()
    np.testing.assert_array_equal(raster.values, counted(2))


def test_bands_without_a_name_are_counted_through_all_files(tmp_path: Path) -> None:
    """Two files of unnamed bands give B1, B2 and B3."""
    paths = [write(tmp_path / "a.tif", counted(2)), write(tmp_path / "b.tif", counted(1))]
    assert read_raster(paths).bands == ("B1", "B2", "B3")


def test_a_band_in_two_files_is_refused(tmp_path: Path) -> None:
    """A scene holds each band once."""
    paths = [write(tmp_path / f"{n}.tif", counted(), names=("B02",)) for n in "ab"]
    with pytest.raises(BandMismatch, match="B02 comes more than once"):
        read_raster(paths)


def test_an_area_cuts_out_a_window_of_whole_cells(tmp_path: Path) -> None:
    """The window's cells are the file's own, and only those that the area touches."""
    path = write(tmp_path / "a.tif", counted(1, 20, 30))
    x, y = HATRA_XY
    area = reproject(box(x + 41, y - 79, x + 99, y - 51), UTM, WGS84)
    raster = read_raster([path], within_lonlat=area)
    np.testing.assert_array_equal(raster.values[0], counted(1, 20, 30)[0, 5:8, 4:10])
    assert raster.grid.transform.c == x + 40
    assert raster.grid.transform.f == y - 50


def test_an_area_outside_is_refused_with_both_places(tmp_path: Path) -> None:
    """The message names the area and the raster."""
    path = write(tmp_path / "a.tif", counted())
    with pytest.raises(GridMismatch, match=r"area \(longitude 0\.0000 .* outside the raster, long"):
        read_raster([path], within_lonlat=box(0, 0, 1, 1))


def test_a_coarser_file_is_interpolated_onto_the_first_grid(tmp_path: Path) -> None:
    """A plane stays a plane when 20 m cells are read onto 10 m cells."""
    fine = write(tmp_path / "fine.tif", counted(1, 20, 20), names=("B02",))
    east, south = np.meshgrid(np.arange(10) * 20 + 10, np.arange(10) * 20 + 10)
    plane = (100 + 2 * east + 3 * south).astype(np.float32)
    coarse = write(
        tmp_path / "coarse.tif", plane[None], grid=grid_of(10, 10, cell=20), names=("B11",)
    )
    read = read_raster([fine, coarse]).values[1]
    east, south = np.meshgrid(np.arange(20) * 10 + 5, np.arange(20) * 10 + 5)
    expected = 100 + 2 * east + 3 * south
    np.testing.assert_allclose(read[1:-1, 1:-1], expected[1:-1, 1:-1], rtol=1e-6)


def test_codes_are_never_averaged(tmp_path: Path) -> None:
    """A band of scene classes is resampled to the nearest cell."""
    fine = write(tmp_path / "fine.tif", counted(1, 8, 8), names=("B02",))
    codes = np.where(np.indices((4, 4)).sum(axis=0) % 2, 4, 9).astype(np.uint8)
    scl = write(tmp_path / "scl.tif", codes[None], grid=grid_of(4, 4, cell=20), names=("SCL",))
    assert set(np.unique(read_raster([fine, scl]).values[1])) == {4, 9}


def test_a_later_date_is_read_onto_the_grid_of_the_earlier(tmp_path: Path) -> None:
    """What the other file does not cover is NaN; what it does keeps its values."""
    path = write(tmp_path / "a.tif", counted(1, 4, 5), grid=grid_of(4, 5, east=20, south=10))
    read = read_raster([path], onto=grid_of(6, 6)).values[0]
    np.testing.assert_array_equal(read[1:5, 2:6], counted(1, 4, 5)[0, :, :4])
    assert np.isnan(read[0]).all()
    assert np.isnan(read[:, :2]).all()


def test_another_crs_is_warped_to_the_right_place(tmp_path: Path) -> None:
    """A bright cell in longitude and latitude lands on the metric cell at the same place."""
    target = grid_of(21, 21)
    lon, lat = target.centre_lonlat
    source = Grid(
        crs=WGS84,
        transform=Affine(1e-4, 0, lon - 15.5e-4, 0, -1e-4, lat + 15.5e-4),
        shape=(31, 31),
    )
    values = np.ones((1, 31, 31), np.float32)
    values[0, 15, 15] = 100
    read = read_raster([write(tmp_path / "a.tif", values, grid=source)], onto=target).values[0]
    assert np.unravel_index(np.nanargmax(read), read.shape) == (10, 10)


@pytest.mark.parametrize("nodata", [0, 65535])
def test_declared_nodata_is_nan_and_spoils_no_neighbour(tmp_path: Path, nodata: int) -> None:
    """Interpolation leaves cells without data out instead of averaging their code."""
    values = np.full((1, 10, 10), 500, np.uint16)
    values[0, 4:6, 4:6] = nodata
    path = write(tmp_path / "a.tif", values, nodata=nodata)
    assert np.isnan(read_raster([path]).values[0]).sum() == 4
    shifted = read_raster([path], onto=grid_of(9, 9, east=5, south=5)).values[0]
    assert set(np.unique(shifted[np.isfinite(shifted)])) == {500}
    assert np.isnan(shifted[4, 4])


def test_an_alpha_band_is_a_mask_and_no_band(tmp_path: Path) -> None:
    """Transparent cells are NaN, and the alpha band itself is not among the bands."""
    values = np.full((2, 4, 5), 255, np.uint8)
    values[1, 0, 0] = 0
    path = write(tmp_path / "a.tif", values)
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = (ColorInterp.gray, ColorInterp.alpha)
    raster = read_raster([path])
    assert raster.bands == ("B1",)
    assert np.isnan(raster.values[0, 0, 0])
    assert np.isfinite(raster.values).sum() == 19


def test_zero_in_every_band_is_no_data_where_none_is_declared(tmp_path: Path) -> None:
    """The black edge of a tile is no picture; zero in one band or in one-band files is a value."""
    values = counted(3)
    values[:, 0, 0] = 0
    values[0, 1, 1] = 0
    read = read_raster([write(tmp_path / "three.tif", values)]).values
    assert np.isnan(read[:, 0, 0]).all()
    assert read[0, 1, 1] == 0
    one = read_raster([write(tmp_path / "one.tif", values[:1])]).values
    assert one[0, 0, 0] == 0


def test_declared_scale_and_offset_are_applied(tmp_path: Path) -> None:
    """Stored 1100 with scale 0.0001 and offset -0.1 is a reflectance of 0.01."""
    path = write(tmp_path / "a.tif", np.full((1, 4, 5), 1100, np.uint16))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (1e-4,), (-0.1,)
    np.testing.assert_allclose(read_raster([path]).values, 0.01, rtol=1e-5)


def test_infinite_numbers_are_no_data(tmp_path: Path) -> None:
    """Neither an infinity nor a number too large for float32 comes out."""
    values = np.ones((1, 4, 5))
    values[0, 0, :3] = np.inf, -np.inf, 1e300
    with np.errstate(over="ignore"):
        read = read_raster([write(tmp_path / "a.tif", values)]).values
    assert np.isnan(read[0, 0, :3]).all()
    assert np.isfinite(read).sum() == 17


def test_a_file_of_nothing_but_nodata_is_refused(tmp_path: Path) -> None:
    """The message says which file and where."""
    path = write(tmp_path / "black.tif", np.zeros((1, 4, 5), np.uint16), nodata=0)
    with pytest.raises(NoValidPixels, match=r"black\.tif holds no valid pixel longitude 42\."):
        read_raster([path])


def test_files_that_do_not_overlap_are_refused_with_both_places(tmp_path: Path) -> None:
    """Both footprints stand in the message."""
    path = write(tmp_path / "far.tif", counted(), grid=grid_of(east=50_000))
    with pytest.raises(
        GridMismatch, match=r"far\.tif, longitude 43\.\d+ .* not overlap .* longitude 42\.\d+"
    ):
        read_raster([path], onto=grid_of())


def test_neighbours_that_share_an_edge_do_not_overlap(tmp_path: Path) -> None:
    """The cell beside the last one is outside."""
    path = write(tmp_path / "beside.tif", counted(), grid=grid_of(east=50))
    with pytest.raises(GridMismatch, match="does not overlap"):
        read_raster([path], onto=grid_of(4, 5))


def test_no_file_is_refused() -> None:
    """An empty list names no scene."""
    with pytest.raises(BadInput, match="no raster file"):
        read_raster([])


class TestWhatAFileSaysOfItself:
    """`describe`."""

    def test_grid_type_and_nodata(self, tmp_path: Path) -> None:
        """As they were written."""
        info = describe(write(tmp_path / "a.tif", counted(2), nodata=0, names=("B02", "B03")))
        assert info.grid == grid_of()
        assert (info.bands, info.dtype, info.nodata) == (("B02", "B03"), "uint16", 0)
        assert (info.acquired_at, info.sensor, info.simulated) == (None, "", False)

    @pytest.mark.parametrize(
        ("tags", "expected"),
        [
            ({"ACQUISITION_DATE": "2015-03-07"}, datetime(2015, 3, 7, tzinfo=UTC)),
            ({"date": "20150307"}, datetime(2015, 3, 7, tzinfo=UTC)),
            ({"SENSING_TIME": "2015-03-07T07:50:00Z"}, datetime(2015, 3, 7, 7, 50, tzinfo=UTC)),
            ({"DATETIME": "2015-03-07T10:50+03:00"}, datetime(2015, 3, 7, 7, 50, tzinfo=UTC)),
            ({"DATE": "2003 (see repo)"}, None),
            ({"dates": "date_1: 20160120 date_2: 20180328 "}, None),
            ({"TIFFTAG_DATETIME": "2024:01:01 00:00:00"}, None),
        ],
    )
    def test_the_time_by_its_tags(self, tmp_path, tags, expected) -> None:
        """The time of the file is not that of the picture, and two dates are none."""
        assert describe(write(tmp_path / "a.tif", counted(), tags=tags)).acquired_at == expected

    @pytest.mark.parametrize(
        ("name", "expected", "sensor"),
        [
            ("hatra_20150307.tif", datetime(2015, 3, 7, tzinfo=UTC), ""),
            ("hatra_2015-03-07_b.tif", datetime(2015, 3, 7, tzinfo=UTC), ""),
            ("hatra_20150307_20150405.tif", None, ""),
            ("hatra_20151399.tif", None, ""),
            ("site_120150307.tif", None, ""),
            (
                "S2A_MSIL2A_20160120T065222_N0201_R020_T40RBN_20160121T000000.tif",
                datetime(2016, 1, 20, 6, 52, 22, tzinfo=UTC),
                "Sentinel-2A",
            ),
            (
                "LC08_L1TP_169035_20150307_20170412_01_T1.tif",
                datetime(2015, 3, 7, tzinfo=UTC),
                "Landsat 8",
            ),
        ],
    )
    def test_the_time_by_its_name(self, tmp_path, name, expected, sensor) -> None:
        """One day in a name is the picture's; of the agencies' names the first is."""
        info = describe(write(tmp_path / name, counted()))
        assert (info.acquired_at, info.sensor) == (expected, sensor)

    def test_simulated_pictures_say_so(self, tmp_path: Path) -> None:
        """And no sensor's name stands beside it."""
        tags = {"LAMASSU_SIMULATED": "YES", "SENSOR": "Sentinel-2"}
        info = describe(write(tmp_path / "a.tif", counted(), tags=tags))
        assert info.simulated
        assert info.sensor == "simulated"


@pytest.mark.parametrize("value", [-3.4028235e38, 3.4e38, 1e31])
def test_numbers_at_the_end_of_a_type_are_no_data(tmp_path: Path, value: float) -> None:
    """Though the file does not say so; the cells beside them stay."""
    values = np.full((1, 2, 2), 0.3, np.float32)
    values[0, 0, 0] = value
    found = read_raster([write(tmp_path / "a.tif", values)]).values
    assert np.isnan(found[0, 0, 0])
    assert np.isfinite(found).sum() == 3


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize("value", VOIDS)
def test_numbers_that_stand_for_no_data_are_none_undeclared(
    tmp_path: Path, value: int, dtype: type
) -> None:
    """As stored, before scale and offset; those beside them stay, also below 0."""
    values = np.full((1, 2, 2), -900, dtype)
    values[0, 0, 0] = value
    path = write(tmp_path / "a.tif", values)
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.0001,), (1.0,)
    found = read_raster([path]).values
    assert np.isnan(found[0, 0, 0])
    np.testing.assert_allclose(found[0].ravel()[1:], 0.91)


@pytest.mark.parametrize("scale", [np.nan, np.inf, 1e300])
def test_a_scale_that_cannot_be_leaves_no_data(tmp_path: Path, scale: float) -> None:
    """And no warning."""
    path = write(tmp_path / "a.tif", np.full((1, 2, 2), 3_000, np.uint16))
    with rasterio.open(path, "r+") as file:
        file.scales = (scale,)
    with pytest.raises(NoValidPixels, match="holds no valid pixel"):
        read_raster([path])


@pytest.mark.parametrize("nodata", [None, 0])
def test_a_fourth_band_of_bytes_with_a_name_is_no_alpha(tmp_path: Path, nodata: int | None) -> None:
    """GDAL takes it for one unless its writer says otherwise; then near infrared would be lost."""
    values = np.arange(16, dtype=np.uint8).reshape(4, 2, 2)
    values[3] = [[0, 9], [9, 9]]
    names = ("blue", "green", "red", "nir")
    raster = read_raster([write(tmp_path / "a.tif", values, names=names, nodata=nodata)])
    assert raster.bands == names
    assert raster.values[0, 0, 1] == 1
    assert np.isnan(raster.values[3, 0, 0]) == (nodata == 0)
    plain = read_raster([write(tmp_path / "b.tif", values, nodata=nodata)])
    assert len(plain.bands) == 3


def test_cells_without_a_size_are_refused(tmp_path: Path) -> None:
    """A picture of the whole of Hatra in a picometre is placed wrongly."""
    grid = grid_of(cell=1e-12)
    with pytest.raises(GridMismatch, match=r"has cells of 0 m; expected cells of 0\.001 m or more"):
        describe(write(tmp_path / "a.tif", np.ones((1, 4, 5), np.uint16), grid=grid))
