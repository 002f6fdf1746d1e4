"""The simulated scenes: openly invented, always the same, and physically sensible."""

from __future__ import annotations

import csv
import hashlib
import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.registration import phase_cross_correlation

from geo.errors import BadInput, InvalidSetting
from geo.grid import WGS84, Raster, transformer
from geo.sources.rasters import scenery, simulated
from geo.sources.rasters.raster import describe, read_raster
from geo.sources.rasters.scenery import BANDS, HATRA, NIMRUD, SPECTRA, ChangeKind, sun
from geo.sources.rasters.scenery.canvas import east_north, frequency
from geo.sources.rasters.scenery.land import land_of
from geo.sources.rasters.simulated import (
    SimulatedScene,
    changes_at,
    clear_mask,
    make_scene,
    scene_grid,
    simulated_scenes,
    truth,
    write_scene,
)

SCENES = {spec.id: spec for spec in simulated_scenes()}
EVERY_SCENE = pytest.mark.parametrize("spec", SCENES.values(), ids=list(SCENES))
EVERY_CHANGE_DAY = pytest.mark.parametrize(
    ("site_id", "day"),
    sorted({(change.site_id, change.on) for change in scenery.CHANGES}),
)


@lru_cache(maxsize=16)
def scene(scene_id: str) -> Raster:
    return make_scene(SCENES[scene_id])


def calm(scene_id: str, **changed: object) -> SimulatedScene:
    """The scene without cloud, haze, shift, gain and gap, but with what is `changed`."""
    still = {"shift_rowcol": (0.0, 0.0), "gain": 1.0, "haze": 0.0, "cloud_share": 0.0}
    return replace(SCENES[scene_id], **{**still, "nodata_share": 0.0, **changed})


def first_of(site_id: str) -> str:
    return next(spec.id for spec in SCENES.values() if spec.site_id == site_id)


def band(raster: Raster, name: str) -> np.ndarray:
    return raster.values[raster.bands.index(name)]


def ndvi(raster: Raster) -> np.ndarray:
    near, red = band(raster, "B08"), band(raster, "B04")
    return (near - red) / (near + red)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_scene_is_the_same_each_time_it_is_made():
    """Nothing but the specification decides its cells: no clock, no shared generator, no cache."""
    spec = SCENES["SIM-PL894019-20160916"]
    first = make_scene(spec).values
    for cached in (land_of, east_north, frequency, simulated._cloud):
        cached.cache_clear()
    second = make_scene(replace(spec)).values
    assert hashlib.sha256(first.tobytes()).digest() == hashlib.sha256(second.tobytes()).digest()


def test_a_file_has_the_same_bytes_each_time_it_is_written(tmp_path: Path):
    """Two folders, one SHA-256, so that a second start imports nothing twice."""
    spec = SCENES["SIM-PL894004-20150301"]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = write_scene(spec, tmp_path / "a"), write_scene(spec, tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    assert first.name == second.name


def test_what_a_caller_does_to_a_scene_does_not_reach_the_next():
    """The arrays that are kept between calls are not handed out."""
    spec = SCENES["SIM-PL894004-20150318"]
    first = make_scene(spec).values
    kept = first.copy()
    first[:] = 0
    truth(spec, SCENES["SIM-PL894004-20150410"])[:] = True
    clear_mask(spec)[:] = False
    np.testing.assert_array_equal(make_scene(spec).values, kept)


def test_two_dates_share_the_ground_but_not_the_noise():
    """One day later, under the same sky, cells differ by noise of a fraction of a percent."""
    spec = calm("SIM-PL894004-20150301")
    other = replace(spec, id="SIM-PL894004-OTHER")
    difference = make_scene(spec).values[:10] - make_scene(other).values[:10]
    assert 20 < np.std(difference) < 120
    assert abs(np.median(difference)) <= 1


def test_the_scenes_tell_their_names_dates_and_order():
    """Ids are ``SIM-site-day``; within a site time rises; all times are UTC."""
    for spec in SCENES.values():
        assert spec.id == f"SIM-{spec.site_id}-{spec.acquired_at:%Y%m%d}"
        assert spec.acquired_at.tzinfo is UTC
    for site_id in (NIMRUD, HATRA):
        times = [spec.acquired_at for spec in SCENES.values() if spec.site_id == site_id]
        assert times == sorted(set(times))
        assert 4 <= len(times) <= 6


@EVERY_SCENE
def test_every_scene_has_ten_bands_of_plausible_reflectance(spec: SimulatedScene):
    """Whole numbers from 1 up to a reflectance of 1, and NaN in every band or in none."""
    raster = scene(spec.id)
    assert raster.bands == (*BANDS, "SCL")
    assert raster.values.shape == (11, 480, 480)
    valid = np.isfinite(raster.values)
    np.testing.assert_array_equal(valid.all(axis=0), valid.any(axis=0))
    values = raster.values[:10, valid[0]]
    np.testing.assert_array_equal(values, np.rint(values))
    assert 1 <= values.min() < values.max() < simulated.QUANTIFICATION
    assert 1_000 < np.median(values) < 4_000


@pytest.mark.parametrize("site_id", [NIMRUD, HATRA])
def test_the_site_lies_in_the_middle_of_its_scenes(site_id: str, project: Path):
    """The longitude and latitude of the embedded facts fall within half a cell of the middle."""
    row = next(row for row in rows_of(project / "data/sites.csv") if row["id"] == site_id)
    lonlat = float(row["lon"]), float(row["lat"])
    grid = scene_grid(site_id)
    middle = ~grid.transform @ transformer(WGS84, grid.crs).transform(*lonlat)
    assert middle == pytest.approx((240, 240), abs=0.501)
    assert scenery.stage(site_id).lonlat == lonlat
    assert row["name"] == scenery.stage(site_id).name
    assert grid.crs.to_epsg() == 32638
    assert grid.cell_m == pytest.approx((10, 10), rel=2e-3)


@pytest.mark.parametrize("change", scenery.CHANGES, ids=lambda c: f"{c.site_id} {c.on} {c.kind}")
def test_every_change_is_dated_within_a_cited_event_near_its_site(change, project: Path):
    """What is invented stays where and when the cited facts have something to show."""
    cited = [
        (date.fromisoformat(row["date_from"]), date.fromisoformat(row["date_to"]))
        for row in rows_of(project / "data/events.csv")
        if row["site_id"] == change.site_id and row["event_type"] == "destruction"
    ]
    assert any(first <= change.on <= last for first, last in cited)
    assert math.hypot(*change.centre_m) < 1_000


@pytest.mark.parametrize("site_id", [NIMRUD, HATRA])
def test_there_is_a_scene_before_and_after_every_cited_destruction(site_id: str, project: Path):
    """Each event can be looked at from both sides."""
    days = [spec.acquired_at.date() for spec in SCENES.values() if spec.site_id == site_id]
    for row in rows_of(project / "data/events.csv"):
        if row["site_id"] == site_id and row["event_type"] == "destruction":
            assert min(days) < date.fromisoformat(row["date_from"])
            assert max(days) > date.fromisoformat(row["date_to"])


@EVERY_CHANGE_DAY
def test_the_ground_differs_where_the_truth_says_and_nowhere_else(site_id: str, day: date):
    """From the eve to the day of a change, with the same noise, only the mask's cells differ."""
    noon = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    eve = calm(first_of(site_id), acquired_at=noon - timedelta(days=1))
    morrow = calm(first_of(site_id), acquired_at=noon)
    mask = truth(eve, morrow)
    change = np.abs(make_scene(morrow).values - make_scene(eve).values)[:10].mean(axis=0)
    # The lens reaches two cells over the edge, and a levelled crest no longer shades its foot.
    near = ndimage.binary_dilation(mask, iterations=6)
    assert 0 < mask.mean() < 0.01
    assert change[~near].max() < 100
    assert np.median(change[mask]) > 100


def test_the_truth_has_no_order_and_is_empty_between_equal_dates():
    """Swapped scenes give the same mask; a scene and itself give none; halves add up."""
    first, middle, last = (
        SCENES[f"SIM-PL894004-{day}"] for day in ("20150301", "20150318", "20150410")
    )
    assert not truth(first, first).any()
    np.testing.assert_array_equal(truth(first, last), truth(last, first))
    np.testing.assert_array_equal(truth(first, middle) | truth(middle, last), truth(first, last))


def test_the_truth_of_two_sites_is_refused():
    """Scenes of two places cannot be compared."""
    with pytest.raises(InvalidSetting, match="scenes of two sites, PL894019 and PL894004"):
        truth(SCENES["SIM-PL894019-20150301"], SCENES["SIM-PL894004-20150301"])


def test_an_unknown_site_has_no_scenery():
    """Nothing is made up for a place that was not asked for."""
    spec = replace(SCENES["SIM-PL894004-20150301"], site_id="PL893951")
    with pytest.raises(InvalidSetting, match="no simulated scenery for the site 'PL893951'"):
        make_scene(spec)


def test_pits_are_speckled_and_levelled_ground_is_even():
    """Fresh pits raise the variation from cell to cell; levelling leaves it low."""
    before, after = scene("SIM-PL894004-20150301"), scene("SIM-PL894004-20150410")
    rough = []
    for raster in (before, after):
        red = band(raster, "B04")
        rough.append(np.abs(red - ndimage.median_filter(red, 5)) / red)
    masks = {
        change.kind: scenery.cropped(scenery.footprint(change)) > 0.9
        for change in changes_at(HATRA)
        if change.on == date(2015, 4, 5)
    }
    pits, levelled = masks[ChangeKind.PITS], masks[ChangeKind.LEVELLED]
    assert rough[1][pits].mean() > 1.4 * rough[0][pits].mean()
    assert rough[1][levelled].mean() < 1.3 * rough[0][levelled].mean()
    assert band(after, "B04")[levelled].mean() > 1.1 * band(before, "B04")[levelled].mean()


def test_cereal_is_green_in_april_and_bare_in_september():
    """NDVI of the cereal parcels follows the season; the summer crops go the other way."""
    land = land_of(HATRA)
    tilled, crop = scenery.cropped(land.fields) > 0.99, scenery.cropped(land.crop)
    april, september = ndvi(scene("SIM-PL894004-20150410")), ndvi(scene("SIM-PL894004-20150907"))
    cereal, summer = tilled & (crop == 0), tilled & (crop == 2)
    assert np.nanmedian(april[cereal]) > 0.45
    assert np.nanmedian(september[cereal]) < 0.25
    assert np.nanmedian(september[summer]) > np.nanmedian(april[summer])


@pytest.mark.parametrize("scene_id", [name for name in SCENES if SCENES[name].cloud_share])
def test_clouds_are_bright_and_their_shadows_dark(scene_id: str):
    """Thick cloud outshines the ground in blue; away from the sun of it lies a shadow."""
    spec = SCENES[scene_id]
    with_clouds, without = scene(scene_id), make_scene(replace(spec, cloud_share=0.0))
    thick = scenery.cropped(simulated._cloud(spec)) > 0.9
    ratio = band(with_clouds, "B02") / band(without, "B02")
    assert thick.mean() > 0.03
    assert np.median(ratio[thick]) > 2.5
    dark = ratio < 0.8
    assert dark.mean() > 0.03
    elevation, azimuth = sun(spec.site_id, spec.acquired_at)
    # The mean offset from a cloud to its shadow points away from the sun: north and west.
    offset, _, _ = phase_cross_correlation(dark.astype(float), thick.astype(float))
    assert offset[0] < 0
    assert offset[1] < 0
    reach = simulated.CLOUD_HEIGHT_M / 10 / math.tan(elevation)
    assert offset == pytest.approx((reach * math.cos(azimuth), -reach * math.sin(azimuth)), abs=4)


@pytest.mark.parametrize("scene_id", ["SIM-PL894019-20160916", "SIM-PL894004-20150410"])
def test_the_scene_classes_tell_cloud_water_and_crops(scene_id: str):
    """Thick cloud is cloud, the river water, green fields vegetation; only thin rims escape."""
    spec, raster = SCENES[scene_id], scene(scene_id)
    classes = band(raster, "SCL")
    assert set(np.unique(classes)) <= set(simulated.CLASSES.values())
    opacity = scenery.cropped(simulated._cloud(spec))
    called_cloud = np.isin(classes, (8, 9))
    assert called_cloud[opacity > 0.1].all()
    assert not called_cloud[opacity == 0].any()
    water = scenery.cropped(land_of(spec.site_id).water) > 0.99
    inner = ndimage.binary_erosion(water, iterations=2) & ~called_cloud & (classes != 3)
    assert (classes[inner] == 6).all()
    green = ~called_cloud & (classes != 3) & (ndvi(raster) > 0.5)
    assert (classes[green] == 4).all()


def test_the_sun_stands_in_the_south_east_before_noon():
    """At Hatra's true latitude: 54 degrees at the equinox's noon, in the south."""
    noon = datetime(2015, 3, 21, 12, tzinfo=UTC) - timedelta(hours=42.718 / 15)
    elevation, azimuth = sun(HATRA, noon)
    assert math.degrees(elevation) == pytest.approx(90 - 35.588, abs=1)
    assert math.degrees(azimuth) == pytest.approx(180, abs=1)
    elevation, azimuth = sun(HATRA, noon - timedelta(hours=2))
    assert 90 < math.degrees(azimuth) < 180


@EVERY_SCENE
def test_clear_fraction_counts_what_is_neither_cloud_nor_gap(spec: SimulatedScene):
    """Cloud and gap take their stated shares; a clear scene is wholly clear."""
    gap = ~np.isfinite(scene(spec.id).values[0])
    assert gap.mean() == pytest.approx(spec.nodata_share, abs=0.005)
    assert spec.clear_fraction == pytest.approx(1 - spec.cloud_share - spec.nodata_share, abs=0.005)
    assert not (clear_mask(spec) & gap).any()


@settings(max_examples=8)
@given(down=st.floats(-0.6, 0.6), right=st.floats(-0.6, 0.6))
def test_the_ground_is_displaced_by_the_stated_part_of_a_cell(down: float, right: float):
    """Phase correlation finds the shift again, to a tenth of a cell, through noise of its own."""
    still = calm("SIM-PL894019-20150420")
    moved = replace(still, id="SIM-PL894019-OTHER", shift_rowcol=(down, right))
    reference = band(scene_of(still), "B08")
    found, _, _ = phase_cross_correlation(
        reference, band(make_scene(moved), "B08"), upsample_factor=50
    )
    assert -found == pytest.approx((down, right), abs=0.1)


@lru_cache(maxsize=1)
def scene_of(spec: SimulatedScene) -> Raster:
    return make_scene(spec)


def test_only_the_first_scene_of_a_site_is_not_shifted():
    """Every other one is off by 0.2 to 0.8 cells, as real pairs are."""
    for site_id in (NIMRUD, HATRA):
        first, *others = [spec for spec in SCENES.values() if spec.site_id == site_id]
        assert first.shift_rowcol == (0, 0)
        assert all(0.2 <= math.hypot(*spec.shift_rowcol) <= 0.8 for spec in others)


def test_gain_and_haze_do_what_they_say():
    """Gain multiplies every band; haze adds most in blue and next to nothing in shortwave."""
    still = calm("SIM-PL894004-20150410")
    plain, brighter, hazy = (
        make_scene(spec).values[:10]
        for spec in (still, replace(still, gain=1.05), replace(still, haze=0.02))
    )
    assert np.median(brighter / plain) == pytest.approx(1.05, abs=0.01)
    added = np.median(hazy - plain, axis=(1, 2))
    assert added[BANDS.index("B02")] == pytest.approx(200, abs=5)
    assert added[BANDS.index("B12")] < 20


@pytest.mark.parametrize("name", SPECTRA)
def test_endmembers_are_reflectances(name: str):
    """Ten bands between 0 and 1; vegetation has its red edge, soil rises, water falls."""
    values = dict(zip(BANDS, SPECTRA[name], strict=True))
    assert all(0 < value < 1 for value in values.values())
    if name == "vegetation":
        assert values["B08"] > 5 * values["B04"]
    if "soil" in name:
        assert values["B02"] < values["B04"] < values["B08"] < values["B11"]
    if name == "water":
        assert values["B11"] < values["B04"]


@EVERY_SCENE
def test_a_written_scene_says_in_every_place_that_it_is_simulated(
    spec: SimulatedScene, tmp_path: Path
):
    """Name, title, tags and sensor; no word of a real sensor; time, bands and no-data value."""
    path = write_scene(spec, tmp_path)
    info = describe(path)
    assert path.name == f"{spec.id}_simulated.tif"
    assert info.simulated
    assert info.sensor == simulated.SENSOR == "simulated"
    assert info.tags["LAMASSU_SIMULATED"] == "YES"
    assert info.tags["TITLE"].startswith("SIMULATED scene")
    assert info.tags["DESCRIPTION"].startswith("SIMULATED")
    assert info.tags["LAMASSU_SITE"] == spec.site_id
    assert info.acquired_at == spec.acquired_at
    assert info.bands == (*BANDS, "SCL")
    assert (info.dtype, info.nodata) == ("uint16", 0)
    words = " ".join((path.name, *info.tags.values())).lower()
    for sensor in ("sentinel", "landsat", "planet", "spot", "worldview", "pleiades", "copernicus"):
        assert sensor not in words
    assert "truth" not in words


def test_a_written_scene_reads_back_as_it_was_made(tmp_path: Path):
    """Same cells, same gap, same grid; nothing else is put beside the file."""
    spec = SCENES["SIM-PL894019-20161006"]
    path = write_scene(spec, tmp_path)
    read = read_raster([path])
    np.testing.assert_array_equal(read.values, scene(spec.id).values)
    assert read.grid == scene(spec.id).grid
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    with rasterio.open(path) as dataset:
        assert dataset.compression.name == "deflate"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    """The message names the file; nothing is left behind."""
    with pytest.raises(BadInput, match="cannot be written"):
        write_scene(SCENES["SIM-PL894004-20150301"], tmp_path / "absent")


def test_all_scenes_together_are_small(tmp_path: Path):
    """Two sites' files stay under 40 MB."""
    sizes = [write_scene(spec, tmp_path).stat().st_size for spec in SCENES.values()]
    assert sum(sizes) < 40e6
