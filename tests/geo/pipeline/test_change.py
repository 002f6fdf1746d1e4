"""Change between two pictures, from their files to flags that can be made again."""

from __future__ import annotations

import dataclasses
import json
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import rasterio

from geo.change import METHOD, Parameters
from geo.errors import BadInput, GridMismatch, UnreadableFile
from geo.grid import WGS84, box_around, transformer
from geo.model import Audience, Tlp
from geo.pipeline import change
from geo.pipeline.change import detecting, remaking
from geo.pipeline.shown import find_site, records
from geo.sources.rasters.opening import sha256_of
from geo.sources.rasters.simulated import scene_grid, simulated_scenes, truth
from tests.homes import COUNTS, NOW

BEFORE, AFTER = "SIM-PL894004-20150402", "SIM-PL894004-20150410"

SPECS = {spec.id: spec for spec in simulated_scenes()}


@pytest.fixture(scope="module")
def hatra(facts):
    """The site of Hatra."""
    return find_site(records(facts, "sites", Audience.INTERNAL), "Hatra")


@pytest.fixture(scope="module")
def pictures(facts, home):
    """Two simulated scenes of Hatra as pictures."""
    scenes = facts.read("scenes").set_index("id", drop=False)
    return [change.picture_of_scene(scenes.loc[name], home) for name in (BEFORE, AFTER)]


@pytest.fixture(scope="module")
def near_hatra(pictures, hatra):
    """Change around the site only."""
    return change.detect_change(*pictures, area_lonlat=change.area_of_site(hatra), site=hatra)


@pytest.fixture
def quick(monkeypatch):
    """Read little around an area, for tests of everything but the detector."""
    monkeypatch.setattr(detecting, "CONTEXT_HALF_WIDTH_M", 200.0)


@pytest.fixture(scope="module")
def planted():
    """The cells that were changed between the two scenes."""
    return truth(SPECS[BEFORE], SPECS[AFTER])


def test_the_planted_change_is_found(near_hatra, planted):
    """Most planted cells near the site are flagged, and the strongest flag is one of them."""
    grid = scene_grid("PL894004")
    rows, cols = np.nonzero(planted)
    lons, lats = transformer(grid.crs, WGS84).transform(*grid.xy(cols + 0.5, rows + 0.5))
    cells = gpd.GeoSeries.from_xy(lons, lats, crs=WGS84)
    near = cells[cells.within(near_hatra.area_lonlat)]
    assert len(near) > 500
    assert near.within(near_hatra.flags.union_all()).mean() > 0.7
    assert near.within(near_hatra.flags.geometry.iloc[0]).any()


def test_a_flag_tells_what_it_is(near_hatra, hatra):
    """Marked, simulated, dated, near its site, the strongest first."""
    flags = near_hatra.flags
    assert flags["simulated"].all()
    assert set(flags["site_id"]) == {hatra["id"]}
    assert set(flags["marking"]) == {"TLP:CLEAR"}
    assert list(flags["score"]) == sorted(flags["score"], reverse=True)
    assert (flags["distance_m"] < 3000).all()
    assert set(flags["date_from"].dt.date) == {date(2015, 4, 2)}
    assert set(flags["date_to"].dt.date) == {date(2015, 4, 10)}
    assert list(flags["id"]) == [f"{near_hatra.id}-{n:03d}" for n in range(1, len(flags) + 1)]


def test_the_run_can_be_made_again(near_hatra, pictures, hatra):
    """Method, inputs with their SHA-256, every parameter, the versions; the same id and score."""
    told = near_hatra.provenance
    assert told.method == METHOD
    assert told.inputs == {
        f"before 1 {BEFORE}": sha256_of(pictures[0].paths[0]),
        f"after 1 {AFTER}": sha256_of(pictures[1].paths[0]),
    }
    assert dataclasses.asdict(Parameters()).items() <= told.parameters.items()
    assert told.parameters["area_wkt"] == near_hatra.area_lonlat.wkt
    assert {"lamassu", "numpy", "scipy", "rasterio"} <= set(told.versions)
    assert told.findings
    again = change.detect_change(*pictures, area_lonlat=change.area_of_site(hatra), site=hatra)
    assert again.id == near_hatra.id
    assert again.detection.score.tobytes() == near_hatra.detection.score.tobytes()
    assert list(again.flags["provenance"]) == list(near_hatra.flags["provenance"])
    assert json.loads(again.flags["provenance"].iloc[0])["method"] == METHOD


@pytest.mark.thorough
def test_the_id_follows_from_inputs_area_and_parameters(near_hatra, quick, pictures, hatra):
    """Another area is another run."""
    other = change.detect_change(
        *pictures, area_lonlat=change.area_of_site(hatra, half_width_m=700), site=hatra
    )
    assert other.id != near_hatra.id


def test_score_and_mask_lie_on_the_whole_grid_of_the_first_file(near_hatra, pictures, tmp_path):
    """Where a window was read its values are in their places, and no data around it."""
    score, mask, out = (tmp_path / name for name in ("s.tif", "m.tif", "f.gpkg"))
    change.write_detection(near_hatra, score=score, mask=mask, out=out)
    with (
        rasterio.open(pictures[0].paths[0]) as first,
        rasterio.open(score) as scores,
        rasterio.open(mask) as codes,
    ):
        for written in (scores, codes):
            assert (written.crs, written.transform, written.shape) == (
                first.crs, first.transform, first.shape,
            )  # fmt: skip
            assert written.tags()["LAMASSU_SIMULATED"] == "YES"
            assert written.tags()["LAMASSU_MARKING"] == "TLP:CLEAR"
            assert json.loads(written.tags()["LAMASSU_PROVENANCE"])["inputs"]
        assert (scores.dtypes, codes.dtypes, codes.nodata) == (("float32",), ("uint8",), 255)
        values, flags = scores.read(1), codes.read(1)
        grid = near_hatra.detection.grid
        # Any cell of the window is found again by its own coordinates.
        rows, cols = grid.shape
        x, y = grid.xy(np.array([0.5, cols - 0.5]), np.array([0.5, rows - 0.5]))
        corners = [~first.transform @ corner for corner in zip(x, y, strict=True)]
        (left, top), (right, bottom) = np.floor(corners).astype(int)
        window = (slice(top, bottom + 1), slice(left, right + 1))
    np.testing.assert_array_equal(values[window], near_hatra.detection.score)
    np.testing.assert_array_equal(flags[window], near_hatra.detection.mask)
    outside = np.ones(values.shape, dtype=bool)
    outside[window] = False
    assert np.isnan(values[outside]).all()
    assert (flags[outside] == 255).all()
    assert len(gpd.read_file(out)) == len(near_hatra.flags)


def test_writing_twice_gives_the_same_score(near_hatra, tmp_path):
    """Byte for byte."""
    change.write_detection(near_hatra, score=tmp_path / "a.tif")
    change.write_detection(near_hatra, score=tmp_path / "b.tif")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_a_file_that_cannot_be_written_leaves_none(near_hatra, tmp_path):
    """Score and mask do not stay behind alone."""
    with pytest.raises(BadInput, match="cannot be written"):
        change.write_detection(near_hatra, score=tmp_path / "s.tif", mask=tmp_path / "no" / "m.tif")
    with pytest.raises(BadInput, match="cannot be written"):
        change.write_detection(
            near_hatra, score=tmp_path / "s.tif", mask=tmp_path / "m.tif",
            out=tmp_path / "no" / "f.gpkg",
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_files_of_an_earlier_run_stay_where_one_cannot_be_written(near_hatra, tmp_path):
    """What was there before is not taken away."""
    score, mask = tmp_path / "s.tif", tmp_path / "m.tif"
    score.write_text("earlier")
    mask.write_text("earlier")
    with pytest.raises(BadInput, match=r"f\.gpkg cannot be written"):
        change.write_detection(near_hatra, score=score, mask=mask, out=tmp_path / "no" / "f.gpkg")
    assert score.read_text() == mask.read_text() == "earlier"
    assert sorted(tmp_path.iterdir()) == [mask, score]


def test_keeping_flags_twice_changes_nothing(store, settings, near_hatra):
    """The provenance is the key; the flags come back as they were."""
    first = change.keep_flags(store, near_hatra, settings=settings, author="Analyst", now=NOW)
    imports = store.imports()
    second = change.keep_flags(store, near_hatra, settings=settings, author="Another", now=NOW)
    count = len(near_hatra.flags)
    assert (first.read, first.accepted, first.duplicate) == (count, count, 0)
    assert (second.read, second.accepted, second.duplicate) == (count, 0, count)
    assert store.imports() == imports
    kept = store.read("alerts")
    assert list(kept["id"]) == list(near_hatra.flags["id"])
    assert list(kept["provenance"]) == list(near_hatra.flags["provenance"])


def test_a_summary_is_json_of_plain_numbers(near_hatra):
    """No NaN, no numpy value, and the figures agree with the flags."""
    told = change.summary(near_hatra)
    text = json.dumps(told, allow_nan=False)
    assert json.loads(text)["id"] == near_hatra.id
    assert told["simulated"] is True
    assert told["flagged_ha"] == pytest.approx(near_hatra.flags["area_m2"].sum() / 1e4, abs=0.01)
    assert told["valid_ha"] == pytest.approx(900, rel=0.01)  # 3 km by 3 km, all clear
    assert len(told["flags"]) == len(near_hatra.flags)
    assert told["remarks"] == []


def test_a_pair_without_change_says_why_nothing_is_flagged(quick, pictures, hatra):
    """One picture twice: no flag, and a remark instead of silence; without a site no distance."""
    same = dataclasses.replace(pictures[0], names=("again",))
    found = change.detect_change(
        pictures[0], same, area_lonlat=change.area_of_site(hatra, half_width_m=500)
    )
    told = change.summary(found)
    assert told["flags"] == []
    assert told["flagged_ha"] == 0
    assert any("Nothing was flagged" in remark for remark in told["remarks"])
    json.dumps(told, allow_nan=False)


@pytest.mark.thorough
def test_the_strictest_marking_of_the_pictures_is_that_of_the_flags(quick, pictures, hatra):
    """A GREEN and a RED picture give RED flags."""
    green, red = (
        dataclasses.replace(picture, marking=marking)
        for picture, marking in zip(pictures, (Tlp.GREEN, Tlp.RED), strict=True)
    )
    found = change.detect_change(
        green, red, area_lonlat=change.area_of_site(hatra, half_width_m=800), site=hatra
    )
    assert found.marking is Tlp.RED
    assert set(found.flags["marking"]) == {"TLP:RED"}


def test_pictures_that_run_backwards_are_refused(pictures):
    """The two dates are named."""
    with pytest.raises(BadInput, match=r"2015-04-02, the earlier one of 2015-04-10.*exchange"):
        change.detect_change(pictures[1], pictures[0])


def test_an_area_off_the_pictures_is_refused(pictures):
    """Nimrud is not on a picture of Hatra."""
    with pytest.raises(GridMismatch, match=r"area|overlap|outside"):
        change.detect_change(*pictures, area_lonlat=box_around((43.33, 36.1), half_width_m=500))


def test_a_picture_of_files_knows_what_the_files_say(pictures):
    """Date, sensor and simulated come from the tags; the marking is AMBER unless told."""
    picture = change.picture_of_files(pictures[0].paths)
    assert (picture.taken_on, picture.simulated) == (date(2015, 4, 2), True)
    assert (picture.sensor, picture.marking) == ("simulated", Tlp.AMBER)
    assert picture.names == (pictures[0].paths[0].name,)


def test_a_scene_whose_file_is_gone_is_refused(facts, settings):
    """The message names the file that is missing."""
    scene = facts.read("scenes").iloc[0]
    (settings.home / scene["path"]).unlink()
    with pytest.raises(UnreadableFile, match=f"file of scene {scene['id']} is gone"):
        change.picture_of_scene(scene, settings)


def test_a_site_without_a_place_has_no_area(facts, hatra):
    """The remedy is to draw one."""
    with pytest.raises(BadInput, match=r"place of PL894004 Hatra is not known.*draw an area"):
        change.area_of_site(hatra.where(hatra.index != "geometry", None))
    west, south, east, north = change.area_of_site(hatra).bounds
    assert (west + east) / 2 == pytest.approx(42.718342, abs=1e-3)
    assert (south + north) / 2 == pytest.approx(35.587884, abs=1e-3)


def test_no_alert_is_in_a_store_that_kept_none(facts):
    """Detection alone keeps nothing."""
    assert len(facts.read("alerts")) == COUNTS["alerts"]


def test_a_picture_of_many_files_keeps_their_order():
    """Ten and more bands are in the order of their numbers, not of their letters."""
    names = [f"before {number} band {number}.tif" for number in range(1, 13)]
    told = {"taken_on": None, "simulated": False, "marking": "TLP:AMBER"}
    files = dict.fromkeys(sorted(names)) | {"after 1 x": None}
    source = remaking._source("before", files, {"pictures": {"before": told}})
    assert source.names == tuple(f"band {number}.tif" for number in range(1, 13))
