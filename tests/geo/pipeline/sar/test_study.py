"""Radar around a site, from a folder to alerts that can be made again."""

from __future__ import annotations

import json
import shutil
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import rasterio

from geo.change.sar import METHOD
from geo.errors import BadInput, InvalidSetting, NotFound
from geo.model import AlertMethod, AlertStatus
from geo.pipeline import sar
from geo.pipeline.remaking import remade_alert
from geo.sources.rasters.opening import sha256_of
from tests.geo.pipeline.sar.conftest import EVENT, HATRA, STEP
from tests.homes import NOW


@pytest.fixture(scope="module")
def study(facts, home, pictures):
    """The study of the whole folder."""
    return sar.study_radar(facts, home, site_id=HATRA, event_from=EVENT, scenes=pictures, now=NOW)


def test_the_step_is_found_dated_and_told(study):
    """One flag, near the site, darker, between the pictures on either side of the event."""
    (flag,) = study.flags.itertuples()
    assert (study.change.mask == 1)[STEP[1:]].mean() > 0.8
    assert flag.date_from.date() < EVENT < flag.date_to.date()
    assert (flag.date_to - flag.date_from).days == 12
    assert flag.distance_m < 1500
    told = json.loads(flag.features)
    assert told["change_db"] == pytest.approx(-5, abs=1.5)
    assert told["cells"] == (study.change.mask == 1).sum()
    assert 0 <= told["omnibus_share"] <= 1


def test_an_alert_says_that_it_is_radar_simulated_and_how_often_it_was_seen(study):
    """Method, sensor, status by the pictures that agree, the last day on which it was seen."""
    flag = study.flags.iloc[0]
    assert flag["method"] == AlertMethod.SAR
    assert flag["sensors"] == "simulated"
    assert (flag["status"], flag["persistence"]) == (AlertStatus.CONFIRMED, 3)
    assert flag["last_clear_on"].date() == date(2016, 5, 4)
    assert flag["simulated"]
    assert study.simulated
    assert flag["marking"] == "TLP:AMBER"
    assert (flag["site_id"], flag["detection_id"]) == (HATRA, study.id)


def test_the_past_is_asked_the_same(study):
    """One run of three pictures fits into a past of eight: silent, so p is a half."""
    flag = study.flags.iloc[0]
    assert study.change.findings["placebos"] == [0.0]
    assert (flag["placebo_rate"], flag["p"]) == (0.0, 0.5)


def test_orbits_are_told_apart_by_name(study):
    """Two relative orbits, eight pictures before and three after each."""
    assert study.change.findings["orbits"] == {"orbit 78": [8, 3], "orbit 85": [8, 3]}
    assert not study.skipped


def test_provenance_names_every_file_and_setting(study, pictures):
    """All inputs with their SHA-256, in order of time."""
    told = study.provenance
    assert told.method == METHOD
    assert sorted(told.inputs.values()) == sorted(sha256_of(p) for p in pictures.iterdir())
    assert told.parameters["settings"]["looks"] == 4.4
    assert len(told.parameters["pictures"]) == 22
    assert {"lamassu", "numpy", "scipy", "rasterio"} <= set(told.versions)


def test_kept_flags_are_made_again_from_what_was_kept(store, settings, study, pictures, tmp_path):
    """Also when the folder is gone; keeping twice adds nothing."""
    own = tmp_path / "pictures"
    shutil.copytree(pictures, own)
    mine = sar.study_radar(store, settings, site_id=HATRA, event_from=EVENT, scenes=own, now=NOW)
    assert mine.id == study.id
    first, second = (
        sar.keep_radar(store, mine, settings=settings, author="Keeper", now=NOW) for _ in range(2)
    )
    assert (first.accepted, second.accepted, second.duplicate) == (1, 0, 1)
    shutil.rmtree(own)
    again = sar.remade(store, settings, mine.id)
    assert (again.differences, again.kept_sha256) == ((), again.made_sha256)
    assert remade_alert(store, settings, f"{mine.id}-001").differences == ()
    spoilt = settings.originals_folder / mine.pictures[3].digests[0]
    whole = spoilt.read_bytes()
    spoilt.unlink()
    spoilt.write_bytes(whole + b" ")  # reads as before
    other = sar.remade(store, settings, mine.id)
    assert other.made_sha256 == ""
    assert other.differences == (f"the file of {mine.pictures[3].name!r} is not as it was kept",)
    gone = settings.originals_folder / mine.pictures[2].digests[0]
    gone.unlink()
    lacking = sar.remade(store, settings, mine.id)
    assert lacking.made_sha256 == ""
    assert lacking.differences == (f"the file of {mine.pictures[2].name!r} is not kept",)


def test_an_unknown_study_cannot_be_made_again(facts, home):
    """With its id."""
    with pytest.raises(NotFound, match="no alerts of SA-000"):
        sar.remade(facts, home, "SA-000")


def test_files_are_written_whole(study, tmp_path):
    """Score, mask and flags, marked as simulated."""
    score, mask, out = (tmp_path / name for name in ("s.tif", "m.tif", "f.gpkg"))
    sar.write_study(study, score=score, mask=mask, out=out)
    with rasterio.open(score) as scores, rasterio.open(mask) as codes:
        np.testing.assert_array_equal(scores.read(1), study.change.score)
        np.testing.assert_array_equal(codes.read(1), study.change.mask)
        assert scores.tags()["LAMASSU_SIMULATED"] == "YES"
    assert list(gpd.read_file(out, layer="flags")["id"]) == list(study.flags["id"])


def test_a_file_that_cannot_be_written_leaves_none(study, tmp_path):
    """The score does not stay behind alone."""
    with pytest.raises(BadInput, match=r"f\.gpkg cannot be written"):
        sar.write_study(study, score=tmp_path / "s.tif", out=tmp_path / "no" / "f.gpkg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("last", [date(2016, 4, 7), date(2016, 1, 1)])
def test_an_event_that_ends_before_it_begins_is_refused(facts, home, pictures, last):
    """By the days that were given, also where it would be one day only."""
    with pytest.raises(InvalidSetting, match=f"an event from 2016-04-08 to {last}; expected"):
        sar.study_radar(
            facts, home, site_id=HATRA, event_from=EVENT, event_to=last, scenes=pictures, now=NOW
        )


def test_a_folder_of_which_nothing_can_be_used_says_why(facts, home, tmp_path):
    """Each file with its reason, the first three of them."""
    (tmp_path / "S1_20160104.tif").write_bytes(b"junk")
    with pytest.raises(BadInput, match=r"can be used; S1_20160104: .*no TIFF.*; expected radar"):
        sar.study_radar(facts, home, site_id=HATRA, event_from=EVENT, scenes=tmp_path, now=NOW)


def test_the_summary_is_plain(study):
    """It goes into JSON as it is."""
    told = json.loads(json.dumps(sar.summary(study), allow_nan=False))
    assert told["pictures"] == 22
    assert told["flags"][0]["status"] == "confirmed"


def test_without_an_event_nothing_is_flagged(facts, home, pictures):
    """A day before the step, with the pictures up to then."""
    early = sar.study_radar(
        facts, home, site_id=HATRA, event_from=date(2016, 3, 1), scenes=pictures,
        now=NOW.replace(year=2016, month=4, day=7),
    )  # fmt: skip
    assert early.flags.empty
    assert sar.summary(early)["findings"]["nothing_flagged_because"]
    assert len(early.skipped) == 6


def test_a_folder_without_enough_of_a_past_is_refused(facts, home, pictures):
    """With the numbers."""
    with pytest.raises(BadInput, match="none of whose orbits has 3 before 2016-01-10"):
        sar.study_radar(
            facts, home, site_id=HATRA, event_from=date(2016, 1, 10), scenes=pictures, now=NOW
        )


def test_an_unknown_site_is_refused(facts, home, pictures):
    """With its id."""
    with pytest.raises(NotFound, match="no site 'nowhere'"):
        sar.study_radar(facts, home, site_id="nowhere", event_from=EVENT, scenes=pictures, now=NOW)


def test_a_store_without_radar_is_refused(facts, home):
    """Its optical scenes are not taken for radar."""
    with pytest.raises(BadInput, match="no radar picture near the event can be used; expected"):
        sar.study_radar(facts, home, site_id=HATRA, event_from=date(2015, 6, 1), now=NOW)
