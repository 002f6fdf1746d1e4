"""GeoTIFF files: what is read, what is refused, what is written."""

from __future__ import annotations

import hashlib
import os
import struct
import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from rasterio.enums import ColorInterp
from shapely.geometry import box

from geo.errors import (
    BadInput,
    BandMismatch,
    GridMismatch,
    NoValidPixels,
    UnreadableFile,
)
from geo.grid import WGS84, Block, Grid, reproject
from geo.sources.rasters.raster import (
    Limits,
    describe,
    read_raster,
    sha256_of,
    write_geotiff,
    write_layer,
)

UTM = CRS.from_epsg(32638)
HATRA_XY = (287_000.0, 3_940_000.0)


def grid_of(rows: int = 4, cols: int = 5, *, cell: float = 10.0, east: float = 0, south: float = 0):
    """A north-up grid in UTM whose upper left corner lies east and south of Hatra's by metres."""
    x, y = HATRA_XY
    return Grid(
        crs=UTM, transform=Affine(cell, 0, x + east, 0, -cell, y - south), shape=(rows, cols)
    )


def write(path: Path, values, *, grid: Grid | None = None, **profile) -> Path:
    """A GeoTIFF of `values`, shape (bands, rows, columns), with whatever else is asked for."""
    values = np.asarray(values)
    grid = grid or grid_of(*values.shape[1:])
    tags = profile.pop("tags", {})
    names = profile.pop("names", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path,
            "w",
            **{
                "driver": "GTiff",
                "count": len(values),
                "height": values.shape[1],
                "width": values.shape[2],
                "dtype": values.dtype.name,
                "crs": grid.crs.to_wkt(),
                "transform": grid.transform,
                **profile,
            },
        ) as dataset:
            dataset.write(values)
            dataset.update_tags(**tags)
            if names:
                dataset.descriptions = names
    return path


def counted(bands: int = 1, rows: int = 4, cols: int = 5, dtype: str = "uint16"):
    """Distinct numbers above 0."""
    return np.arange(1, bands * rows * cols + 1, dtype=dtype).reshape(bands, rows, cols)


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


class TestHostileFiles:
    """Files that are not what they seem."""

    @pytest.mark.parametrize("verb", [describe, lambda path: read_raster([path])])
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "is empty"),
            (b"id,name\n1,Hatra\n", "is no TIFF: it begins with b'id,n'"),
            (b"PK\3\4rest", "is no TIFF"),
            (b"II*\0", "cannot be read"),
            (b"II*\0\x08\0\0\0" + b"\xff" * 64, "cannot be read"),
            (b"MM\0*" + bytes(100), "cannot be read"),
            (b"<VRTDataset rasterXSize='1' rasterYSize='1'/>", "is no TIFF"),
            (b"<GDAL_WMS></GDAL_WMS>", "is no TIFF"),
        ],
    )
    def test_what_is_no_geotiff_is_refused(self, tmp_path, content, message, verb) -> None:
        """Whatever its name says."""
        path = tmp_path / "scene.tif"
        path.write_bytes(content)
        with pytest.raises(UnreadableFile, match=message):
            verb(path)

    def test_a_vrt_named_tif_does_not_read_another_file(self, tmp_path: Path) -> None:
        """The secret beside it stays unread."""
        secret = write(tmp_path / "secret.tif", counted())
        path = tmp_path / "scene.tif"
        path.write_text(
            '<VRTDataset rasterXSize="5" rasterYSize="4"><VRTRasterBand dataType="UInt16" '
            f'band="1"><SimpleSource><SourceFilename>{secret}</SourceFilename>'
            "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
        )
        with pytest.raises(UnreadableFile, match="is no TIFF"):
            read_raster([path])

    def test_files_beside_it_are_not_looked_at(self, tmp_path: Path) -> None:
        """Overviews, masks, statistics and world files beside a GeoTIFF change nothing."""
        path = write(tmp_path / "scene.tif", counted(1, 64, 64), grid=grid_of(64, 64))
        plain = read_raster([path])
        secret = write(tmp_path / "secret.tif", np.full((1, 32, 32), 7, np.uint16))
        vrt = (
            '<VRTDataset rasterXSize="32" rasterYSize="32"><VRTRasterBand dataType="UInt16" '
            f'band="1"><SimpleSource><SourceFilename>{secret}</SourceFilename>'
            "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
        )
        for suffix in (".ovr", ".msk"):
            (tmp_path / f"scene.tif{suffix}").write_text(vrt)
        (tmp_path / "scene.tif.aux.xml").write_text(
            '<PAMDataset><PAMRasterBand band="1"><NoDataValue>1</NoDataValue></PAMRasterBand>'
            "</PAMDataset>"
        )
        (tmp_path / "scene.tfw").write_text("1\n0\n0\n-1\n0\n0\n")
        beside = read_raster([path])
        assert beside.grid == plain.grid
        np.testing.assert_array_equal(beside.values, plain.values)
        assert describe(path).nodata is None

    @pytest.mark.parametrize(
        "name",
        ["/vsicurl/http://127.0.0.1:1/a.tif", "vrt://x", "/vsizip/a.zip/a.tif", "missing.tif"],
    )
    def test_only_files_are_opened(self, name: str) -> None:
        """No other scheme of GDAL gets through."""
        with pytest.raises(UnreadableFile, match="there is no file"):
            describe(Path(name))

    def test_a_folder_and_a_pipe_are_no_files(self, tmp_path: Path) -> None:
        """Nothing waits for a pipe to speak."""
        os.mkfifo(tmp_path / "pipe.tif")
        for path in (tmp_path, tmp_path / "pipe.tif"):
            with pytest.raises(UnreadableFile, match="there is no file"):
                describe(path)

    @pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
    def test_a_truncated_file_is_refused(self, tmp_path: Path, share: float) -> None:
        """Also where its header is whole, and before it is imported."""
        noise = np.random.default_rng(1).integers(1, 60_000, (2, 300, 300)).astype(np.uint16)
        path = write(tmp_path / "scene.tif", noise, grid=grid_of(300, 300), compress="deflate")
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(UnreadableFile, match=r"scene\.tif (is truncated|cannot be read)"):
            describe(path)
        with pytest.raises(UnreadableFile, match=r"scene\.tif cannot be read"):
            read_raster([path])

    def test_a_huge_declared_size_is_refused_before_reading(self, tmp_path: Path) -> None:
        """A file of a few hundred bytes may declare 40 thousand million cells."""
        path = tmp_path / "huge.tif"
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=200_000,
            height=200_000,
            count=1,
            dtype="uint8",
            crs="EPSG:32638",
            transform=grid_of().transform,
            sparse_ok=True,
            tiled=True,
            blockxsize=4096,
            blockysize=4096,
        ):
            pass
        assert path.stat().st_size < 1_000_000
        with pytest.raises(UnreadableFile, match="declares 200000 x 200000 cells"):
            read_raster([path])

    def test_too_many_bands_are_refused(self, tmp_path: Path) -> None:
        """64 is the limit."""
        path = write(tmp_path / "a.tif", counted(65))
        with pytest.raises(UnreadableFile, match="declares 65 bands; expected 1 to 64"):
            describe(path)

    def test_too_much_at_once_is_refused(self, tmp_path: Path) -> None:
        """The limit counts the values of the window that is read."""
        path = write(tmp_path / "a.tif", counted(2))
        with pytest.raises(BadInput, match="4 x 5 cells of 2 bands are too many"):
            read_raster([path], limits=Limits(values=39))
        assert read_raster([path], limits=Limits(values=40)).values.size == 40

    def test_a_file_of_no_cells_is_refused(self, tmp_path: Path) -> None:
        """A TIFF may declare a width of 0."""
        path = tmp_path / "zero.tif"
        entries = [(256, 3, 1, 0), (257, 3, 1, 0), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8)]
        directory = struct.pack("<H", len(entries)) + b"".join(
            struct.pack("<HHII", *entry) for entry in entries
        )
        path.write_bytes(b"II*\0" + struct.pack("<I", 8) + directory + bytes(4))
        with pytest.raises(UnreadableFile, match="cannot be read"):
            describe(path)

    @pytest.mark.parametrize("dtype", ["complex64", "complex128"])
    def test_complex_numbers_are_refused(self, tmp_path: Path, dtype: str) -> None:
        """A radar's phase is no brightness."""
        path = write(tmp_path / "slc.tif", counted().astype(dtype))
        with pytest.raises(UnreadableFile, match=f"holds {dtype} numbers"):
            read_raster([path])

    def test_a_raster_without_crs_is_refused(self, tmp_path: Path) -> None:
        """Nor does a missing transform raise GDAL's own warning."""
        path = write(tmp_path / "a.tif", counted(), crs=None)
        bare = write(tmp_path / "b.tif", counted(), crs=None, transform=Affine.identity())
        for file in (path, bare):
            with pytest.raises(GridMismatch, match="has no coordinate reference system"):
                describe(file)

    @pytest.mark.parametrize("crs", ["EPSG:4326", 'LOCAL_CS["site grid",UNIT["metre",1]]'])
    def test_coordinates_that_do_not_belong_to_the_crs_are_refused(self, tmp_path, crs) -> None:
        """Metres are no degrees, and a local grid has no place."""
        path = write(tmp_path / "a.tif", counted(), crs=crs)
        with pytest.raises(GridMismatch, match=r"a\.tif has no (place on Earth|coordinate ref)"):
            describe(path)

    def test_names_of_bands_are_printable(self, tmp_path: Path) -> None:
        """A name may not carry line breaks or escapes to a terminal."""
        path = write(tmp_path / "a.tif", counted(), names=("B02\x1b[31m\nred",))
        assert describe(path).bands == ("B02[31mred",)


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


class TestWriting:
    """`write_geotiff`."""

    @given(
        rows=st.integers(1, 40),
        cols=st.integers(2, 40),
        dtype=st.sampled_from(["float32", "uint8", "uint16"]),
    )
    def test_what_is_written_is_read(self, tmp_path_factory, rows, cols, dtype) -> None:
        """Values, grid, names, tags and missing cells survive."""
        path = tmp_path_factory.mktemp("out") / "a.tif"
        grid = grid_of(rows, cols)
        values = np.ones((2, rows, cols), dtype)
        values[:, 0, 0] = 0 if dtype != "float32" else np.nan
        nodata = float(values[0, 0, 0])
        tags = {"LAMASSU_SIMULATED": "YES"}
        write_geotiff(path, values, grid=grid, bands=("x", "y"), nodata=nodata, tags=tags)
        raster, info = read_raster([path]), describe(path)
        np.testing.assert_array_equal(
            raster.values, np.where(values == nodata, np.nan, values).astype(np.float32)
        )
        assert raster.grid == grid
        assert raster.bands == ("x", "y")
        assert info.simulated
        assert [p.name for p in path.parent.iterdir()] == ["a.tif"]

    def test_the_same_arguments_give_the_same_bytes(self, tmp_path: Path) -> None:
        """No clock gets into a file."""
        paths = [tmp_path / "a.tif", tmp_path / "b.tif"]
        for path in paths:
            write_geotiff(path, counted(), grid=grid_of(), bands=("a",), nodata=0, tags={"K": "v"})
        assert sha256_of(paths[0]) == sha256_of(paths[1])
        assert sha256_of(paths[0]) == hashlib.sha256(paths[0].read_bytes()).hexdigest()

    def test_a_failed_write_leaves_the_old_file_and_nothing_else(self, tmp_path, monkeypatch):
        """Whole or not at all."""
        path = tmp_path / "a.tif"
        path.write_text("old")

        def broken(*args, **kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(rasterio, "open", broken)
        with pytest.raises(BadInput, match=r"a\.tif cannot be written .*No space left"):
            write_geotiff(path, counted(), grid=grid_of(), bands=("a",), nodata=0, tags={})
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_a_missing_folder_is_refused(self, tmp_path: Path) -> None:
        """No folder is made behind the user's back."""
        with pytest.raises(BadInput, match="cannot be written"):
            write_geotiff(
                tmp_path / "no" / "a.tif",
                counted(),
                grid=grid_of(),
                bands=("a",),
                nodata=0,
                tags={},
            )

    def test_values_that_do_not_fit_are_refused(self, tmp_path: Path) -> None:
        """Names, grid and values belong together."""
        with pytest.raises(GridMismatch, match=r"expected \(2, 4, 5\)"):
            write_geotiff(
                tmp_path / "a.tif", counted(), grid=grid_of(), bands=("a", "b"), nodata=0, tags={}
            )

    def test_a_missing_file_has_no_digest(self, tmp_path: Path) -> None:
        """The message says so."""
        with pytest.raises(UnreadableFile, match="cannot be read"):
            sha256_of(tmp_path / "missing.tif")


class TestLayers:
    """`write_layer`."""

    def test_a_part_lies_in_its_place_with_no_data_around(self, tmp_path: Path) -> None:
        """Over several strips of rows."""
        grid, place = grid_of(600, 30), Block(top=250, left=4, rows=300, cols=9)
        layer = np.arange(2700, dtype=np.float32).reshape(300, 9)
        path = tmp_path / "a.tif"
        write_layer(
            path, layer, place=place, grid=grid, band="score", nodata=np.nan, tags={"K": "v"}
        )
        read = read_raster([path])
        assert (read.grid, read.bands) == (grid, ("score",))
        expected = np.full(grid.shape, np.nan, np.float32)
        expected[place.slices] = layer
        np.testing.assert_array_equal(read.values[0], expected)

    def test_codes_are_written_as_codes(self, tmp_path: Path) -> None:
        """The whole of a grid, of the type that came."""
        path = tmp_path / "a.tif"
        codes = np.array([[0, 1], [255, 0]], np.uint8)
        write_layer(
            path, codes, place=Block.whole((2, 2)), grid=grid_of(2, 2), band="change", nodata=255,
            tags={},
        )  # fmt: skip
        with rasterio.open(path) as dataset:
            assert (dataset.dtypes, dataset.nodata) == (("uint8",), 255)
            np.testing.assert_array_equal(dataset.read(1), codes)

    def test_a_layer_that_does_not_fit_its_place_is_refused(self, tmp_path: Path) -> None:
        """Nothing is written."""
        with pytest.raises(GridMismatch, match=r"a layer of shape \(2, 2\) for a.tif"):
            write_layer(
                tmp_path / "a.tif", np.zeros((2, 2), np.uint8), place=Block.whole((2, 3)),
                grid=grid_of(2, 3), band="x", nodata=0, tags={},
            )  # fmt: skip
        assert list(tmp_path.iterdir()) == []
