"""The files of one date, read block by block."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geo.errors import BadInput, BandMismatch, GridMismatch, UnreadableFile
from geo.grid import WGS84, Block, reproject
from geo.sources.rasters.raster import read_raster
from geo.sources.rasters.scene import block_around, open_scene

NAMES = {"fine": ("B02", "B08"), "coarse": ("B11",), "other zone": ("B12",)}


def write(path: Path, bands, shape, *, cell: float, crs: str, corner) -> Path:
    """Distinct numbers, a gap in the middle."""
    values = np.random.default_rng(3).integers(1, 9000, (len(bands), *shape)).astype(np.uint16)
    values[:, shape[0] // 2, shape[1] // 2] = 0
    with rasterio.open(
        path, "w", driver="GTiff", count=len(bands), height=shape[0], width=shape[1],
        dtype="uint16", nodata=0, crs=crs,
        transform=Affine(cell, 0, corner[0], 0, -cell, corner[1]),
    ) as dataset:  # fmt: skip
        dataset.write(values)
        dataset.descriptions = bands
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    """One date: 10 m, 20 m that begins elsewhere, and a file of the next UTM zone."""
    folder = tmp_path_factory.mktemp("scene")
    xy = (287_000.0, 3_940_000.0)
    x, y = reproject(
        box(xy[0], xy[1] - 400, xy[0] + 500, xy[1]), "EPSG:32638", "EPSG:32637"
    ).bounds[0::3]
    return [
        write(folder / "a.tif", NAMES["fine"], (40, 50), cell=10, crs="EPSG:32638", corner=xy),
        write(folder / "b.tif", NAMES["coarse"], (22, 25), cell=20, crs="EPSG:32638",
              corner=(xy[0] - 20, xy[1] + 40)),
        write(folder / "c.tif", NAMES["other zone"], (60, 60), cell=10, crs="EPSG:32637",
              corner=(x, y)),
    ]  # fmt: skip


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    top=st.integers(0, 39),
    left=st.integers(0, 49),
    rows=st.integers(1, 40),
    cols=st.integers(1, 50),
)
def test_a_block_holds_what_the_whole_holds(files, top, left, rows, cols) -> None:
    """Cell for cell, over files of other cells and of another zone."""
    whole = read_raster(files)
    scene = open_scene(files)
    assert (scene.grid, scene.bands) == (whole.grid, whole.bands)
    block = Block(top=top, left=left, rows=min(rows, 40 - top), cols=min(cols, 50 - left))
    part = scene.read(block)
    assert part.grid == block.cut(whole.grid)
    np.testing.assert_allclose(
        part.values, whole.values[(slice(None), *block.slices)], rtol=1e-5, atol=0.05
    )


def test_where_a_file_does_not_reach_there_is_no_data(files) -> None:
    """A block may lie off the later date."""
    first = open_scene(files[:1])
    wide = Block(top=0, left=0, rows=40, cols=50).grown(0, (40, 50)).cut(first.grid)
    second = open_scene(files[:1], onto=wide)
    assert np.isfinite(second.read(Block(top=0, left=0, rows=5, cols=5)).values).all()
    far = type(wide)(
        crs=wide.crs, transform=wide.transform @ Affine.translation(-30, 0), shape=(40, 60)
    )
    values = open_scene(files[:1], onto=far).read(Block(top=0, left=0, rows=5, cols=20)).values
    assert np.isnan(values).all()


def test_files_of_which_no_band_is_asked_for_are_not_read(files, tmp_path) -> None:
    """What is asked for is the very same, even if another file has gone."""
    copies = [Path(shutil.copy(path, tmp_path)) for path in files]
    scene = open_scene(copies)
    block = Block(top=3, left=4, rows=20, cols=30)
    whole = scene.read(block)
    copies[1].unlink()
    part = scene.for_bands([1, 3]).read(block)
    assert part.bands == (whole.bands[1], whole.bands[3])
    np.testing.assert_array_equal(part.values, whole.values[[1, 3]])
    last = scene.for_bands([1, 3]).for_bands([1]).read(block)
    assert last.bands == (whole.bands[3],)
    np.testing.assert_array_equal(last.values, whole.values[[3]])


def test_files_of_wide_cells_are_read_as_they_are(files) -> None:
    """By cells of 20 m, the file of 20 m is not interpolated; the others come on 10 m."""
    scene = open_scene(files)
    block = Block(top=3, left=4, rows=10, cols=15)
    fine, wide = scene.read_for_coarser(block, 2)
    assert (fine.bands, wide.bands) == (("B02", "B08", "B12"), ("B11",))
    under = block.finer(2, scene.grid.shape)
    expected = scene.for_bands([0, 1, 3]).read(under)
    assert fine.grid == expected.grid
    np.testing.assert_array_equal(fine.values, expected.values)
    stored = read_raster([files[1]])
    assert wide.grid == block.cut(scene.grid.coarser(2))
    # The file begins two rows of 20 m above the scene, and one column to its left.
    np.testing.assert_array_equal(wide.values[0], stored.values[0, 5:15, 5:20])


def test_by_cells_that_no_file_has_all_bands_are_fine(files) -> None:
    """Three times 10 m are nobody's."""
    scene = open_scene(files)
    fine, wide = scene.read_for_coarser(Block(top=0, left=0, rows=3, cols=3), 3)
    assert (fine.bands, wide.bands) == (scene.bands, ())
    assert wide.values.shape == (0, 3, 3)


def test_what_cannot_be_a_scene_is_refused_at_once(files, tmp_path) -> None:
    """No file, a truncated one, a band twice, another place."""
    with pytest.raises(BadInput, match="no raster file"):
        open_scene([])
    with pytest.raises(BandMismatch, match="B02, B08 comes more than once"):
        open_scene([files[0], files[0]])
    cut = tmp_path / "cut.tif"
    cut.write_bytes(files[0].read_bytes()[:-1000])
    with pytest.raises(UnreadableFile, match=r"truncated|cannot be read"):
        open_scene([cut])
    away = write(
        tmp_path / "away.tif", ("B03",), (9, 9), cell=10, crs="EPSG:32638",
        corner=(400_000, 3_940_000),
    )  # fmt: skip
    with pytest.raises(GridMismatch, match="does not overlap the first raster"):
        open_scene([files[0], away])


def test_the_block_around_an_area(files) -> None:
    """Its cells and a margin, cut off at the edge; an area elsewhere is refused."""
    grid = open_scene(files).grid
    area = reproject(box(287_041, 3_939_921, 287_099, 3_939_949), grid.crs, WGS84)
    assert block_around(grid, area, margin_m=0) == Block(top=5, left=4, rows=3, cols=6)
    assert block_around(grid, area, margin_m=55) == Block(top=0, left=0, rows=14, cols=16)
    with pytest.raises(GridMismatch, match="outside the raster"):
        block_around(grid, box(0, 0, 1, 1), margin_m=0)
