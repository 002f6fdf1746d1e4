"""Hostile GeoTIFF files, none of which is opened."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from geo.errors import (
    BadInput,
    GridMismatch,
    UnreadableFile,
)
from geo.sources.rasters.opening import Limits, kept_open
from geo.sources.rasters.raster import describe, read_raster
from tests.geotiff_makers import counted, grid_of, write


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


class TestKeptOpen:
    """Files that are opened once for many readings."""

    def test_a_file_is_opened_once_and_closed_at_the_end(self, tmp_path, monkeypatch) -> None:
        """Also where an error ends it; afterwards each reading opens it again."""
        path, opens = write(tmp_path / "a.tif", counted()), []
        really = rasterio.open

        def watched(*args, **kwargs):
            opens.append(really(*args, **kwargs))
            return opens[-1]

        monkeypatch.setattr(rasterio, "open", watched)
        with pytest.raises(UnreadableFile), kept_open():
            self.read_twice(path, opens)
        assert [file.closed for file in opens] == [True]
        read_raster([path])
        assert len(opens) > 1
        assert all(file.closed for file in opens)

    @staticmethod
    def read_twice(path: Path, opens: list) -> None:
        """The same both times, from a file that stays open; then one that is not there."""
        first, second = (read_raster([path]).values for _ in range(2))
        np.testing.assert_array_equal(first, second)
        assert [file.closed for file in opens] == [False]
        read_raster([path.with_name("none.tif")])

    def test_a_bad_file_is_refused_as_ever(self, tmp_path: Path) -> None:
        """And is looked at again the next time."""
        path = tmp_path / "a.tif"
        path.write_bytes(b"II*\0")
        with kept_open():
            with pytest.raises(UnreadableFile, match="cannot be read"):
                read_raster([path])
            path.unlink()
            write(path, counted())
            assert read_raster([path]).values.shape == counted().shape

    def test_limits_hold_for_a_file_that_is_open(self, tmp_path: Path) -> None:
        """A larger allowance before is no allowance now."""
        path = write(tmp_path / "a.tif", counted())
        with kept_open():
            read_raster([path])
            with pytest.raises(UnreadableFile, match="declares 4 x 5 cells"):
                read_raster([path], limits=Limits(pixels=10))
