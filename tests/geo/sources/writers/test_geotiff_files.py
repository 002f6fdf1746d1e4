"""GeoTIFF files: what is written, wholly or not at all."""

from __future__ import annotations

import hashlib
import resource
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import (
    BadInput,
    GridMismatch,
    UnreadableFile,
)
from geo.grid import Block
from geo.sources.rasters.opening import sha256_of
from geo.sources.rasters.raster import describe, read_raster
from geo.sources.writers.geotiff_files import write_geotiff, write_layer
from tests.geotiff_makers import counted, grid_of


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

    @pytest.mark.parametrize("short", [1, 5_000, 100_000])
    def test_a_disk_that_is_full_at_the_last_byte_leaves_nothing(self, tmp_path, short) -> None:
        """GDAL does not tell of it: the file would be cut off and nobody would know."""
        values = np.random.default_rng(1).integers(1, 60_000, (1, 600, 600)).astype(np.uint16)
        wanted = {"grid": grid_of(600, 600), "bands": ("a",), "nodata": 0, "tags": {"K": "v" * 300}}
        write_geotiff(tmp_path / "a.tif", values, **wanted)
        whole = (tmp_path / "a.tif").read_bytes()
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) - short, before[1]))
            with pytest.raises(BadInput, match=r"a\.tif cannot be written"):
                write_geotiff(tmp_path / "a.tif", values[:, ::-1], **wanted)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert (tmp_path / "a.tif").read_bytes() == whole
        assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]

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
