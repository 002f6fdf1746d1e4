"""Pictures whose bands are files of their own: products of Sentinel-2 and Landsat, as they come."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from geo.errors import BadInput
from geo.grid import WGS84, Grid, box_around, transformer
from geo.pipeline import series
from geo.pipeline.series.scenes import in_order, pictures_of_folder
from geo.sources.rasters.parts import read_parts
from geo.sources.rasters.raster import read_raster
from geo.sources.writers.geotiff_files import write_geotiff
from tests.geo.pipeline.series.conftest import HATRA, grid_at_hatra

NOW = datetime(2021, 1, 1, tzinfo=UTC)
SAFE = (
    "S2A_MSIL2A_20200105T080319_N{baseline}_R035_T38SLF_20200105T101010.SAFE/GRANULE/L2A/IMG_DATA"
)
GRANULE = "T38SLF_20200105T080319"


def band(path: Path, value, *, cell_m: int = 80, shift_m: float = 0.0, dtype=np.uint16) -> None:
    """A file of one band without a name, at Hatra, `shift_m` to the east."""
    whole = grid_at_hatra()
    side = int(whole.shape[0] * 80 / cell_m)
    place = whole.transform
    grid = Grid(
        crs=whole.crs,
        transform=Affine(cell_m, 0, place.c + shift_m, 0, -cell_m, place.f),
        shape=(side, side),
    )
    values = np.broadcast_to(np.asarray(value, dtype), (1, side, side))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_geotiff(path, values.copy(), grid=grid, bands=("",), nodata=0, tags={})


def found(folder: Path):
    """The pictures of a folder and what was left out, by name."""
    with ExitStack() as stack:
        pictures, skipped = pictures_of_folder(folder, stack)
    return pictures, {one.scene_id: one.reason for one in skipped}


def safe(folder: Path, *, baseline: str = "0208") -> Path:
    """A Sentinel-2 product: four bands of 10 m, here 80, one of them coarser as well, and codes."""
    top = folder / SAFE.format(baseline=baseline)
    for number, name in enumerate(("B02", "B03", "B04", "B08")):
        band(top / f"R10m/{GRANULE}_{name}_10m.tif", 2000 + 100 * number)
    band(top / f"R20m/{GRANULE}_B04_20m.tif", 9, cell_m=160)
    band(top / f"R20m/{GRANULE}_B11_20m.tif", 9, cell_m=160)
    band(top / f"R20m/{GRANULE}_AOT_20m.tif", 9, cell_m=160)
    band(top / f"R20m/{GRANULE}_SCL_20m.tif", 5, cell_m=160)
    return top


@pytest.mark.parametrize(("baseline", "red"), [("0208", 2200), ("0400", 1200)])
def test_a_sentinel_2_product_is_one_picture_in_comparable_numbers(tmp_path, baseline, red):
    """The finest file of each band that is followed; its folder tells time, sensor and offset."""
    safe(tmp_path, baseline=baseline)
    (picture,), skipped = found(tmp_path)
    assert skipped == {}
    assert picture.bands == ("B02", "B03", "B04", "B08", "SCL")
    assert picture.taken_at == datetime(2020, 1, 5, 8, 3, 19, tzinfo=UTC)
    assert picture.sensor == "Sentinel-2A"
    raster = read_parts(picture.parts)
    assert raster.grid == grid_at_hatra()
    assert set(np.unique(raster.values[2])) == {red}
    assert set(np.unique(raster.values[4])) == {5}


def test_codes_are_never_mixed_as_they_are_laid_on_a_finer_grid(tmp_path):
    """Half ground, half cloud: nothing between class 4 and class 9 comes out."""
    band(tmp_path / "2020-01-05/B04.tif", 1000)
    halves = np.where(np.arange(23) < 11, 4, 9)[np.newaxis, np.newaxis].repeat(23, axis=1)
    band(tmp_path / "2020-01-05/SCL.tif", halves, cell_m=160)
    (picture,), _ = found(tmp_path)
    assert set(np.unique(read_parts(picture.parts).values[1])) == {4, 9}


def test_a_landsat_product_is_one_picture_of_reflectance(tmp_path):
    """Bands by their satellite's numbers; level 1 is refused; side files are left aside."""
    name = "LC08_L2SP_170035_20200105_20200823_02_T1"
    for number in (2, 3, 4, 5):
        band(tmp_path / f"{name}_SR_B{number}.TIF", 10_000)
    band(tmp_path / f"{name}_QA_PIXEL.TIF", 21824)
    band(tmp_path / f"{name}_ST_B10.TIF", 40_000)
    band(tmp_path / "LC08_L1TP_170035_20200121_20200823_02_T1_B4.TIF", 10_000)
    (picture,), skipped = found(tmp_path)
    assert set(picture.bands) == {"blue", "green", "red", "nir", "QA_PIXEL"}
    assert picture.sensor == "Landsat 8"
    raster = read_parts(picture.parts)
    assert raster.values[raster.bands.index("red")].max() == pytest.approx(750)
    (reason,) = skipped.values()
    assert "level 1" in reason


def test_tiles_of_one_overpass_are_one_picture(tmp_path):
    """Where the first tile ends the second goes on; where both show it, the first counts."""
    for tile, value, shift in (("38SLF", 1000, 0), ("38SMF", 2000, 2400)):
        for name in ("B04", "B08"):
            band(tmp_path / f"T{tile}_20200105T080319_{name}_10m.tif", value, shift_m=shift)
    (picture,), _ = found(tmp_path)
    grid = dataclasses.replace(grid_at_hatra(), shape=(46, 76))
    raster = read_parts(picture.parts, onto=grid)
    assert set(np.unique(raster.values[0][:, :46])) == {1000}
    assert set(np.unique(raster.values[0][:, 47:])) == {2000}
    middle = transformer(grid.crs, WGS84).transform(
        grid.transform.c + 46 * 80, grid.transform.f - 1840
    )
    around = read_parts(picture.parts, within_lonlat=box_around(middle, half_width_m=1000))
    assert np.isfinite(around.values).all()
    assert set(np.unique(around.values[0])) == {1000, 2000}


def test_a_band_twice_is_refused_and_the_rest_goes_on(tmp_path):
    """Two files of one band that no tile tells apart; another date stays."""
    band(tmp_path / "2020-01-05/B04.tif", 1000)
    band(tmp_path / "2020-01-05/copy/B04.tif", 1001)
    band(tmp_path / "2020-01-10/B04.tif", 1000)
    pictures, skipped = found(tmp_path)
    assert [picture.taken_at.day for picture in pictures] == [10]
    (reason,) = skipped.values()
    assert reason.startswith("the band B04 comes twice: 2020-01-05/B04.tif, 2020-01-05/copy/B04")


def test_what_cannot_be_used_is_told_file_by_file(tmp_path):
    """No date, truncated, codes alone, a band without a name, JPEG 2000."""
    band(tmp_path / "2020-01-05/B04.tif", 1000)
    band(tmp_path / "undated/B04.tif", 1000)
    band(tmp_path / "2020-01-10/SCL.tif", 5)
    band(tmp_path / "2020-01-05/height-20200105.tif", 5)
    band(tmp_path / "2020-01-15/B04.tif", np.arange(46 * 46).reshape(1, 46, 46))
    short = tmp_path / "2020-01-15/B04.tif"
    short.write_bytes(short.read_bytes()[:-500])
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/T38SLF_20200105T080319_B02_10m.jp2").write_bytes(b"no matter what")
    band(tmp_path / "2020-01-15/B08.tif", 1000)
    pictures, skipped = found(tmp_path)
    assert len(pictures) == 1
    assert "when the picture was taken" in skipped["undated/B04.tif"]
    assert "file of its band B04 cannot be used" in skipped["2020-01-15 2020-01-15/B08.tif"]
    assert "its only band is SCL" in skipped["2020-01-10 2020-01-10/SCL.tif"]
    assert "its only band has no name" in skipped["2020-01-05/height-20200105.tif"]
    assert "whole GeoTIFF" in skipped["2020-01-15/B04.tif"]
    assert "1 files of JPEG 2000" in skipped["raw"]


def test_a_folder_of_nothing_but_jpeg_2000_says_so(tmp_path):
    """The way out is in the message."""
    (tmp_path / "B02.jp2").write_bytes(b"no matter what")
    with pytest.raises(BadInput, match="JPEG 2000, which is not read; convert them"):
        found(tmp_path)


def test_other_sensors_are_left_out_of_a_series(tmp_path):
    """Two dates of one satellite, one of another."""
    for day in ("05", "15"):
        band(tmp_path / f"S2B_38SLF_202001{day}_0_L2A/B04.tif", 1000 + int(day))
    band(tmp_path / "LC09_L2SP_170035_20200109_20200823_02_T1_SR_B4.TIF", 10_000)
    pictures, _ = found(tmp_path)
    kept, skipped = in_order(pictures, until=NOW, now=NOW)
    assert [picture.taken_at.day for picture in kept] == [5, 15]
    assert "another sensor, Landsat 9" in skipped[0].reason


def test_the_same_scenes_band_by_band_raise_the_same_alert_and_are_made_again(
    store, settings, scenes, tmp_path
):
    """Nothing is lost by taking a picture apart; kept, it is made again without the folder."""
    for path in sorted(scenes.iterdir()):
        whole = read_raster([path])
        for number, name in enumerate(whole.bands):
            write_geotiff(
                tmp_path / f"T38SLF_{path.stem[6:]}T074000_{name}_10m.tif",
                whole.values[number : number + 1].astype(np.uint16), grid=whole.grid, bands=("",),
                nodata=0, tags={"LAMASSU_SIMULATED": "YES"},
            )  # fmt: skip
    told = series.study_series(store, settings, site_id=HATRA, scenes=tmp_path, now=NOW)
    same = series.study_series(store, settings, site_id=HATRA, scenes=scenes, now=NOW)
    names = ["id", "date_from", "date_to", "status", "score", "area_m2"]
    assert told.flags[names].equals(same.flags[names])
    assert len(told.flags) == 1
    series.keep_series(store, told, settings=settings, author="t", now=NOW)
    for path in tmp_path.glob("*.tif"):
        path.unlink()
    assert series.remade(store, settings, told.id).differences == ()
