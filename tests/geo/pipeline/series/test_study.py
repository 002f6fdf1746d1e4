"""The watch over a site by scenes in files: found, told, kept, made again."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta

import geopandas as gpd
import h5netcdf
import numpy as np
import pytest
from affine import Affine
from pyproj import CRS

from geo.errors import BadInput, NotFound
from geo.grid import WGS84, Grid, transformer
from geo.model import AlertMethod, AlertStatus, Tlp
from geo.pipeline import series
from geo.pipeline.remaking import remade_alert, remade_flags
from geo.sources.rasters.raster import read_raster
from geo.sources.writers.geotiff_files import write_geotiff
from tests.geo.pipeline.series.conftest import (
    DUG_FROM,
    EVERY_D,
    FIRST,
    HATRA,
    SCENES,
    grid_at_hatra,
)

NOW = datetime(2021, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def study(facts, home, scenes):
    """The study of all scenes."""
    return series.study_series(facts, home, site_id=HATRA, scenes=scenes, now=NOW)


def test_dug_ground_is_found_dated_and_told(study):
    """One alert of 16 cells of 80 m, from the first scene that shows it on."""
    assert len(study.flags) == 1
    alert = study.flags.iloc[0]
    first = (FIRST + timedelta(days=EVERY_D * DUG_FROM)).date()
    assert alert["date_to"].date() == first
    assert alert["date_from"].date() < first
    assert alert["area_m2"] == pytest.approx(16 * 80 * 80, rel=0.01)
    assert alert["distance_m"] < 400
    assert alert["method"] == AlertMethod.SERIES
    assert alert["status"] == AlertStatus.CONFIRMED
    assert alert["persistence"] >= 5
    assert alert["last_clear_on"].date() == (FIRST + timedelta(days=EVERY_D * 57)).date()
    told = json.loads(alert["features"])
    assert told["brightness_change"] == pytest.approx(0.5, abs=0.1)


def test_invented_scenes_say_so_on_every_alert(study):
    """SIMULATED is on the study and on the alert; unmarked files are AMBER."""
    assert study.simulated
    assert study.flags["simulated"].all()
    assert study.marking is Tlp.AMBER


def test_cloudy_scenes_are_skipped_with_the_reason(study):
    """Every tenth scene is cloud: left out, and said so in the record."""
    assert len(study.skipped) == 6
    assert {one.reason for one in study.skipped} == {"only 0% of the site is clear"}
    assert len(study.watch.scenes) == SCENES - 6
    assert len(study.provenance.findings["skipped"]) == 6


def test_provenance_names_every_file_and_setting(study, scenes):
    """Inputs by SHA-256, the settings, and the site as it was."""
    assert len(study.provenance.inputs) == SCENES
    assert study.provenance.parameters["settings"]["placebo_share"] == 0.01
    assert study.provenance.parameters["site"]["id"] == HATRA


def test_kept_alerts_are_made_again_from_what_was_kept(store, settings, study, scenes, tmp_path):
    """The same hash without the folder; with a scene gone, the reason; nothing twice."""
    first = series.keep_series(store, study, settings=settings, author="t", now=NOW)
    again = series.keep_series(store, study, settings=settings, author="t", now=NOW)
    assert (first.accepted, again.accepted) == (1, 0)
    remade = remade_alert(store, settings, study.flags["id"].iloc[0])
    assert remade.differences == ()
    assert remade.kept_sha256 == remade.made_sha256
    row = store.read("alerts").set_index("detection_id").loc[study.id]
    row = row.rename(study.id).copy()
    row["detection_id"] = study.id
    told = series.series_of(settings, row)
    first = FIRST + timedelta(days=EVERY_D * DUG_FROM)
    assert told.flagged_to == first.date() == row["date_to"].date()
    assert told.flagged_from == (first - timedelta(days=EVERY_D)).date() == row["date_from"].date()
    assert np.isfinite(told.baseline[-1])
    gone = settings.originals_folder / next(iter(study.provenance.inputs.values()))
    whole = gone.read_bytes()
    gone.unlink()
    gone.write_bytes(whole + b" ")  # reads as before
    spoilt = series.remade(store, settings, study.id)
    assert spoilt.differences == ("the file of 'scene-20160110.tif' is not as it was kept",)
    gone.unlink()
    lacking = series.remade(store, settings, study.id)
    assert "is not kept" in lacking.differences[0]
    with pytest.raises(NotFound, match="files of the scenes of SR-"):
        series.series_of(settings, row)


def test_a_later_study_gives_the_alert_a_new_version_under_the_same_id(
    store, settings, study, scenes
):
    """So a judgement stays with its alert when new scenes come."""
    until = (FIRST + timedelta(days=EVERY_D * 54)).date()
    early = series.study_series(store, settings, site_id=HATRA, scenes=scenes, until=until, now=NOW)
    series.keep_series(store, early, settings=settings, author="t", now=NOW)
    series.keep_series(store, study, settings=settings, author="t", now=NOW + timedelta(days=1))
    assert early.flags["id"].tolist() == study.flags["id"].tolist()
    kept = store.read("alerts")
    assert (kept["method"] == AlertMethod.SERIES).sum() == 1
    assert kept["detection_id"].eq(study.id).sum() == 1
    assert remade_flags(store, settings, early.id).differences == ()


def test_the_days_asked_for_bound_the_watch(facts, home, scenes):
    """What changed before the first watched day is no alert; later scenes are not looked at."""
    late = (FIRST + timedelta(days=EVERY_D * 53)).date()
    after = series.study_series(facts, home, site_id=HATRA, scenes=scenes, since=late, now=NOW)
    assert after.watch.begins_on == late
    assert len(after.flags) <= 1
    early = series.study_series(
        facts, home, site_id=HATRA, scenes=scenes, until=date(2016, 6, 1), now=NOW
    )
    assert early.flags.empty
    assert "unknown" in series.summary(early)["findings"]["nothing_flagged_because"]


def test_bad_files_are_skipped_and_the_rest_goes_on(facts, home, scenes, tmp_path):
    """Truncated, from the future, no raster: each is named with the reason."""
    for path in sorted(scenes.iterdir())[:4]:
        shutil.copy(path, tmp_path)
    good = sorted(scenes.iterdir())[5]
    (tmp_path / "scene-20160601.tif").write_bytes(good.read_bytes()[:-2000])
    shutil.copy(good, tmp_path / "a.tif")
    (tmp_path / "text.tif").write_text("no raster")
    told = series.study_series(
        facts, home, site_id=HATRA, scenes=tmp_path, now=datetime(2016, 4, 1, tzinfo=UTC)
    )
    reasons = {one.scene_id: one.reason for one in told.skipped}
    assert "expected a whole GeoTIFF" in reasons["scene-20160601.tif"]
    assert "no TIFF" in reasons["text.tif"]
    assert "yet to come" in reasons["a.tif"]
    assert len(told.watch.scenes) == 3


def test_a_scene_twice_and_one_of_other_bands_are_told(facts, home, scenes, tmp_path):
    """The second copy and the odd one out are named."""
    for path in sorted(scenes.iterdir())[:3]:
        shutil.copy(path, tmp_path)
    shutil.copy(tmp_path / "scene-20160110.tif", tmp_path / "twin.tif")
    odd = np.ones((1, *grid_at_hatra().shape), np.uint8)
    write_geotiff(
        tmp_path / "odd-20160201.tif", odd, grid=grid_at_hatra(), bands=("NDVI",), nodata=None,
        tags={"LAMASSU_SIMULATED": "YES"},
    )  # fmt: skip
    told = series.study_series(facts, home, site_id=HATRA, scenes=tmp_path, now=NOW)
    reasons = {one.scene_id: one.reason for one in told.skipped}
    assert reasons["twin.tif"] == "it is the same file as scene-20160110.tif"
    assert "odd-20160201.tif" in reasons


def test_invented_scenes_are_no_part_of_a_real_series(facts, home, scenes, tmp_path):
    """However many they are."""
    for path in sorted(scenes.iterdir())[:3]:
        shutil.copy(path, tmp_path)
    real = np.ones((1, *grid_at_hatra().shape), np.uint8)
    write_geotiff(
        tmp_path / "real-20160201.tif", real, grid=grid_at_hatra(), bands=("NDVI",), nodata=None,
        tags={},
    )  # fmt: skip
    told = series.study_series(facts, home, site_id=HATRA, scenes=tmp_path, now=NOW)
    assert len([one for one in told.skipped if one.scene_id.startswith("scene-")]) == 3
    assert not told.simulated


def test_a_series_of_one_knows_nothing(facts, home, scenes, tmp_path):
    """No alert, and the reason."""
    shutil.copy(next(iter(sorted(scenes.iterdir()))), tmp_path)
    told = series.study_series(facts, home, site_id=HATRA, scenes=tmp_path, now=NOW)
    assert told.flags.empty
    assert "unknown, not nothing" in told.provenance.findings["nothing_flagged_because"]
    assert told.site_score.month is None


def test_what_cannot_be_watched_is_refused(facts, home, scenes, tmp_path):
    """No such site, no such folder, an empty one, and one with nothing that can be read."""
    with pytest.raises(NotFound, match="there is no site 'nowhere'"):
        series.study_series(facts, home, site_id="nowhere", scenes=scenes, now=NOW)
    with pytest.raises(BadInput, match="there is no folder"):
        series.study_series(facts, home, site_id=HATRA, scenes=tmp_path / "no", now=NOW)
    with pytest.raises(BadInput, match="holds no scene"):
        series.study_series(facts, home, site_id=HATRA, scenes=tmp_path, now=NOW)
    (tmp_path / "a.tif").write_text("no raster")
    with pytest.raises(BadInput, match=r"no scene can be used; a\.tif: a\.tif is no TIFF"):
        series.study_series(facts, home, site_id=HATRA, scenes=tmp_path, now=NOW)


def test_the_scenes_of_the_store_are_read_where_no_folder_is_named(facts, home):
    """The embedded scenes of Hatra are few: the watch says that it knows too little."""
    told = series.study_series(facts, home, site_id=HATRA, now=NOW)
    assert told.simulated
    assert len(told.watch.scenes) + len(told.watch.skipped) > 1


def test_alerts_are_written_whole(study, tmp_path):
    """A GeoPackage of the office's view."""
    series.write_study(study, tmp_path / "alerts.gpkg")
    assert len(gpd.read_file(tmp_path / "alerts.gpkg")) == 1


def test_the_summary_is_plain(study):
    """JSON without NaN, with every scene left out."""
    told = json.loads(json.dumps(series.summary(study), default=str, allow_nan=False))
    assert told["flags"][0]["status"] == "confirmed"
    assert len(told["skipped"]) == 6


def test_a_scene_of_the_next_zone_is_laid_on_the_grid_and_a_band_of_nothing_is_told(
    facts, home, scenes, tmp_path
):
    """A site on two UTM zones is one series; a scene without one of its bands is left out."""
    for path in sorted(scenes.iterdir())[:2]:
        shutil.copy(path, tmp_path)
    first = read_raster([tmp_path / "scene-20160110.tif"])
    lon, lat = first.grid.centre_lonlat
    zone = CRS.from_epsg(32637)
    x, y = transformer(WGS84, zone).transform(lon, lat)
    other = Grid(
        crs=zone,
        transform=Affine(60, 0, round(x) - 3000, 0, -60, round(y) + 3000),
        shape=(100, 100),
    )
    layers = 2000 + np.indices((5, 100, 100), dtype=np.float32)[1]
    layers[4] = 5
    for name, day, values in (
        ("zone", 20160401, layers),
        ("half", 20160402, np.where(np.arange(5)[:, None, None] == 3, np.nan, layers)),
    ):
        write_geotiff(
            tmp_path / f"{name}-{day}.tif", values.astype(np.float32), grid=other,
            bands=first.bands, nodata=None, tags={"LAMASSU_SIMULATED": "YES"},
        )  # fmt: skip
    told = series.study_series(facts, home, site_id=HATRA, scenes=tmp_path, now=NOW)
    assert [one.scene_id for one in told.watch.scenes][-1] == "zone-20160401.tif"
    assert {one.scene_id: one.reason for one in told.skipped} == {
        "half-20160402.tif": "its band B08 has no data"
    }


def test_a_cube_is_kept_as_it_came_and_its_scenes_are_made_again(store, settings, scenes, tmp_path):
    """Each step of a netCDF cube is a scene; what is kept is the cube."""
    cube = tmp_path / "cube.nc"
    write_cube(cube, scenes)
    told = series.study_series(store, settings, site_id=HATRA, scenes=cube, now=NOW)
    assert len(told.flags) == 1
    assert len(set(told.provenance.inputs.values())) == 1
    series.keep_series(store, told, settings=settings, author="t", now=NOW)
    assert series.remade(store, settings, told.id).differences == ()


def write_cube(path, scenes):
    """The scenes of the folder as one netCDF cube."""
    files = sorted(scenes.iterdir())
    rasters = [read_raster([file]) for file in files]
    grid = rasters[0].grid
    rows, cols = grid.shape
    xs, ys = grid.xy(np.arange(cols) + 0.5, np.arange(rows) + 0.5)
    days = [
        (FIRST + timedelta(days=EVERY_D * n)).date() - date(2016, 1, 1) for n in range(len(files))
    ]
    with h5netcdf.File(path, "w") as cube:
        cube.dimensions = {"time": len(files), "y": rows, "x": cols}
        for name, values in (("x", xs), ("y", ys), ("time", np.array([d.days for d in days]))):
            cube.create_variable(name, (name,), data=values)
        cube.variables["time"].attrs["units"] = "days since 2016-01-01"
        cube.create_variable("spatial_ref", (), data=0).attrs["spatial_ref"] = grid.crs.to_wkt()
        for i, band in enumerate(rasters[0].bands):
            stacked = np.stack([raster.values[i] for raster in rasters])
            variable = cube.create_variable(band, ("time", "y", "x"), data=stacked)
            variable.attrs["grid_mapping"] = "spatial_ref"


@pytest.mark.parametrize("odd", ["one cell", "coarse", "half"])
def test_one_scene_of_another_grid_does_not_decide_for_the_others(
    facts, home, scenes, tmp_path, odd
):
    """Though it is the first; nor does one that covers a part of the ground."""
    for path in sorted(scenes.iterdir())[:3]:
        shutil.copy(path, tmp_path)
    alone = series.study_series(facts, home, site_id=HATRA, scenes=tmp_path, now=NOW)
    raster = read_raster([next(iter(sorted(scenes.iterdir())))])
    grid = raster.grid
    placed, cut = {
        "one cell": (Affine.translation(20.4, 20.4), np.s_[:, 20:21, 20:21]),
        "coarse": (Affine.scale(9), np.s_[:, ::9, ::9]),
        "half": (Affine.identity(), np.s_[:, :, : grid.shape[1] // 2]),
    }[odd]
    values = raster.values[cut]
    write_geotiff(
        tmp_path / "a-20151201.tif", values, grid=Grid(
            crs=grid.crs, transform=grid.transform @ placed, shape=values.shape[1:]
        ), bands=raster.bands, nodata=None, tags={"LAMASSU_SIMULATED": "YES"},
    )  # fmt: skip
    told = series.study_series(facts, home, site_id=HATRA, scenes=tmp_path, now=NOW)
    assert told.watch.site.grid == alone.watch.site.grid
    assert [s.scene_id for s in told.watch.scenes][-3:] == [s.scene_id for s in alone.watch.scenes]
