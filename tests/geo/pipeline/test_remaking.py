"""Kept routes and flags made again from their provenance: the same hash, or what has changed."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil

import pytest
from shapely.geometry import Point

from geo.columns import columns_of
from geo.errors import NotFound
from geo.frames import frame_of
from geo.model import Audience, Judgement, Verdict
from geo.pipeline import change, remaking, sar, series
from geo.pipeline.change import detecting
from geo.pipeline.comparing import Remade
from geo.pipeline.evidence.verifying import verify_kept
from geo.pipeline.export import export
from geo.pipeline.judging import assess, judge, prefilled
from geo.pipeline.remaking import remade_alert, remade_flags, remade_routes, request_of
from geo.pipeline.routes import RouteRequest, keep_routes, study_routes
from geo.pipeline.shown import find_site, records
from geo.store import FileKey
from tests.homes import NOW

NIMRUD = "PL894019"
BEFORE, AFTER = "SIM-PL894004-20150402", "SIM-PL894004-20150410"


@pytest.fixture(scope="module")
def study(facts, home):
    """Routes from Nimrud."""
    return study_routes(facts, home, RouteRequest(site_id=NIMRUD))


@pytest.fixture(scope="module")
def pictures(facts, home):
    """Two simulated scenes of Hatra as pictures."""
    scenes = facts.read("scenes").set_index("id", drop=False)
    return [change.picture_of_scene(scenes.loc[name], home) for name in (BEFORE, AFTER)]


@pytest.fixture
def quick(monkeypatch):
    """Read little around an area: everything but the detector is tested here."""
    monkeypatch.setattr(detecting, "CONTEXT_HALF_WIDTH_M", 200.0)


@pytest.fixture
def flagged(store, settings, pictures, quick):
    """A detection around Hatra whose flags are kept."""
    site = find_site(records(store, "sites", Audience.INTERNAL), "Hatra")
    area = change.area_of_site(site, half_width_m=800.0)
    found = change.detect_change(*pictures, area_lonlat=area, site=site)
    assert len(found.flags)
    change.keep_flags(store, found, settings=settings, author="t", now=NOW)
    return found


def test_kept_routes_are_made_again_with_the_same_hash(store, settings, study):
    """Kept once, kept twice, and made again from their provenance without a difference."""
    first, second = (keep_routes(store, study, author="t", now=NOW) for _ in range(2))
    assert first.accepted == len(study.routes)
    assert second.accepted == 0
    again = remade_routes(store, settings, study.id)
    assert (again.differences, again.remarks) == ((), ())
    assert again.kept_sha256 == again.made_sha256


def test_routes_of_changed_facts_are_found_to_differ(store, settings, study):
    """Once a post has moved, the routes are not those that were kept, and the table is named."""
    keep_routes(store, study, author="t", now=NOW)
    store.correct(
        "posts", study.routes["exit_id"].iloc[0], {"geometry": Point(43.0, 36.9)},
        author="t", reason="moved", now=NOW,
    )  # fmt: skip
    again = remade_routes(store, settings, study.id)
    assert "posts changed" in again.differences
    assert "the routes are not the same" in again.differences
    assert again.kept_sha256 != again.made_sha256


def test_a_person_who_corrects_a_route_does_not_change_what_was_kept(store, settings, study):
    """Held against is what was computed, not what was said of it later."""
    keep_routes(store, study, author="t", now=NOW)
    name = study.routes["id"].iloc[0]
    store.correct("routes", name, {"source": "another"}, author="t", reason="why", now=NOW)
    assert remade_routes(store, settings, study.id).differences == ()


def test_what_was_not_kept_cannot_be_made_again(facts, home):
    """There is nothing to compare with."""
    with pytest.raises(NotFound, match="no routes of RT-0000000000 are kept"):
        remade_routes(facts, home, "RT-0000000000")
    with pytest.raises(NotFound, match="no alerts of CH-0000000000 are kept"):
        remade_flags(facts, home, "CH-0000000000")


def test_a_request_survives_its_provenance(study):
    """What is written as JSON is read as the same request."""
    told = json.loads(study.routes["provenance"].iloc[0])
    assert request_of(told["parameters"]["request"]) == study.request
    asked = dataclasses.replace(
        study.request, site_id="", lonlat=(43.0, 36.0), checks_lonlat=((44.0, 36.0),)
    )
    document = json.loads(json.dumps(dataclasses.asdict(asked)))
    assert request_of(document) == asked


def test_flags_are_made_again_with_the_same_hash(store, settings, flagged):
    """From the scenes' files alone: also once the site has moved and a flag was calibrated."""
    site = flagged.flags["site_id"].iloc[0]
    store.correct("sites", site, {"geometry": Point(42.0, 35.0)}, author="t", reason="r", now=NOW)
    name = flagged.flags["id"].iloc[0]
    calibration = {"p": 0.07, "q": 0.07, "placebo_rate": 0.0, "priority": 0.3, "features": "{}"}
    store.correct("alerts", name, calibration, author="t", reason="quiet pairs", now=NOW)
    again = remade_flags(store, settings, flagged.id)
    assert (again.differences, again.remarks) == ((), ())
    assert again.kept_sha256 == again.made_sha256


@pytest.mark.thorough
def test_flags_of_files_that_nobody_imported_are_made_again(store, settings, pictures, tmp_path):
    """Their bytes are kept with the flags, in the bands' own order, and the files may go."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    sources = []
    for role, picture in zip(("before", "after"), pictures, strict=True):
        path = shutil.copy(picture.paths[0], folder / f"{role} file.tif")
        sources.append(change.picture_of_files([folder / path]))
    found = change.detect_change(*sources)
    for path in settings.scenes_folder.iterdir():
        path.unlink()
    change.keep_flags(store, found, settings=settings, author="t", now=NOW)
    shutil.rmtree(folder)
    again = remade_flags(store, settings, found.id)
    assert again.differences == ()
    assert again.kept_sha256 == again.made_sha256


def test_one_alert_is_held_against_itself(store, settings, flagged, monkeypatch):
    """Its judgement is no difference; another that was kept otherwise is only told of."""
    one, other = flagged.flags["id"].iloc[:2]
    changed = flagged.flags[flagged.flags["id"] == other].assign(score=99.0)
    names = [column.name for column in columns_of("alerts")]
    key = FileKey(file_name="forged", sha256="f" * 64)
    store.add("alerts", changed[names], key=key, author="t", now=NOW)
    store.correct("alerts", one, {"judgement": "accepted"}, author="t", reason="seen", now=NOW)
    whole = remade_flags(store, settings, flagged.id)
    assert whole.differing == (other,)
    monkeypatch.setattr(remaking, "remade_flags", lambda *_, **__: whole)
    again = remade_alert(store, settings, one)
    assert (again.id, again.differences, again.differing) == (one, (), ())
    assert again.remarks == (f"1 others of {flagged.id} are not the same",)
    forged = remade_alert(store, settings, other)
    assert forged.differences == (f"the alert {other} is not the same",)
    with pytest.raises(NotFound, match="there is no alert 'CH-9'"):
        remade_alert(store, settings, "CH-9")


def test_an_alert_judged_by_two_is_made_again_assessed_and_exported(store, settings, flagged,
                                                                    tmp_path):  # fmt: skip
    """From the detection to the table that EAMENA reads; what people said changes no hash."""
    alert = flagged.flags.iloc[0]
    for author in ("Huda", "Ali"):
        judged = judge(store, alert, verdict=Verdict.ACCEPTED, author=author, now=NOW)
    assert judged.judgement is Judgement.ACCEPTED
    kept = assess(store, alert, prefilled(alert, now=NOW), author="Huda", now=NOW)
    assert verify_kept(store, settings, alert["id"]).same
    path = tmp_path / "x.eamena.csv"
    report = export(store, "assessments", path, audience=Audience.INTERNAL, now=NOW)
    (row,) = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    assert (row["id"], row["ResourceID"], row["simulated"]) == (kept.id, alert["site_id"], "true")
    assert (report.records, report.simulated) == (1, 1)


@pytest.mark.parametrize(("method", "module"), [("series", series), ("sar", sar)])
def test_alerts_of_other_studies_are_made_again_by_those(store, settings, monkeypatch, method,
                                                         module):  # fmt: skip
    """The alert's method says which."""
    frame = frame_of("alerts", {"id": ["SX-1"], "detection_id": ["SX"], "method": [method],
                                "provenance": ['{"inputs": {}, "parameters": {}}']})  # fmt: skip
    store.add("alerts", frame, key=FileKey(file_name="x", sha256="e" * 64), author="t", now=NOW)
    made = Remade(
        id="SX",
        kept_sha256="a",
        made_sha256="b",
        differences=("a.tif changed", "the alerts are not the same"),
        differing=("SX-1",),
    )
    monkeypatch.setattr(module, "remade", lambda *_, **__: made)
    assert remade_flags(store, settings, "SX") is made
    told = remade_alert(store, settings, "SX-1").differences
    assert told == ("a.tif changed", "the alert SX-1 is not the same")


def test_flags_whose_picture_is_lost_cannot_be_made_again(store, settings, flagged):
    """The file is named by the scene, nothing is guessed."""
    digest = next(iter(flagged.provenance.inputs.values()))
    (settings.scenes_folder / f"{digest}.tif").unlink()
    again = remade_flags(store, settings, flagged.id)
    assert again.differences == (f"the file of 'before 1 {BEFORE}' is not kept",)
    assert again.made_sha256 == ""


@pytest.mark.thorough
def test_other_libraries_are_a_remark_and_no_difference(store, settings, flagged, monkeypatch):
    """If they make the same flags, the flags are the same."""
    later = {"numpy": "99.0"}
    versions = detecting.versions
    monkeypatch.setattr(detecting, "versions", lambda *names: versions(*names) | later)
    again = remade_flags(store, settings, flagged.id)
    assert again.differences == ()
    assert again.remarks == (f"numpy is 99.0, was {versions()['numpy']}",)


@pytest.mark.thorough
def test_a_later_method_is_told_with_the_difference(store, settings, flagged, monkeypatch):
    """Who reads that alerts differ reads why."""
    monkeypatch.setattr("geo.change.METHOD", "a later one")
    again = remade_flags(store, settings, flagged.id)
    assert again.differences == ("the alerts are not the same",)
    assert again.remarks == (f"the method is a later one, was {flagged.provenance.method}",)
