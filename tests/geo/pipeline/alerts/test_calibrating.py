"""Alerts held against their site's own past."""

from __future__ import annotations

import json
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from affine import Affine
from pyproj import CRS

from geo.access import Role
from geo.change import Parameters
from geo.errors import NotAllowed, NotFound, NoValidPixels, UnreadableFile
from geo.grid import WGS84, Grid, reproject
from geo.model import AlertMethod, Judgement, Tlp
from geo.pipeline import change
from geo.pipeline.alerts import calibrate, quiet_runs
from geo.pipeline.guard import guard
from geo.settings import Settings
from geo.sources.writers.geotiff_files import write_geotiff
from geo.store import open_store
from tests.alert_records import alert, bring, provenance, scene, site
from tests.guarded_store import clock, somebody
from tests.homes import NOW

DAYS = [date(2026, 1, 1) + timedelta(days=30 * number) for number in range(8)]
"""Dates of the made-up scenes: the last one is 30 July 2026."""

AFTER = date(2026, 9, 1)
"""The day on which the made-up damage is seen."""

PAIRS_OF_A_MONTH_OR_TWO = 7 + 6
"""Of eight dates a month apart, those that lie between half and twice as long apart as an alert."""


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Settings of an empty installation."""
    url = f"sqlite:///{tmp_path / 'alerts.sqlite'}"
    return Settings(home=tmp_path, store_url=url, online_basemap=False)


@pytest.fixture
def store(settings):
    """A store with the made-up site and its scenes."""
    opened = open_store(settings.store_url)
    bring(opened, "sites", site())
    bring(opened, "scenes", *(scene(day) for day in DAYS))
    yield opened
    opened.close()


@pytest.fixture
def detector(monkeypatch):
    """A detector that flags 100 m2 of a contrast that the test sets for each pair of days."""
    asked = SimpleNamespace(contrast=lambda _first, _second: 0.1, pairs=[], arguments=[], cloudy=())

    def run(before, after, **how):
        asked.pairs.append((before.taken_on, after.taken_on))
        asked.arguments.append(how)
        contrast = asked.contrast(before.taken_on, after.taken_on)
        flags = [] if contrast is None else [contrast]
        columns = {"area_m2": [100.0] * len(flags), "brightness_change": flags}
        codes = [0, 0, 255, 255] if before.taken_on in asked.cloudy else [0, 0, 0, 255]
        detection = SimpleNamespace(mask=np.array(codes))
        return SimpleNamespace(flags=pd.DataFrame(columns), detection=detection)

    monkeypatch.setattr(quiet_runs, "detect_change", run)
    monkeypatch.setattr(
        quiet_runs,
        "picture_of_scene",
        lambda row, _settings: SimpleNamespace(taken_on=row["acquired_at"].date()),
    )
    return asked


def calibrated(store, settings, **how):
    """The calibration of the made-up site."""
    return calibrate(store, settings, site_id="TELL", author="Made-Up", now=NOW, **how)


def one(store, alert_id="CH-1-001") -> pd.Series:
    """An alert as it is kept."""
    return store.get("alerts", alert_id).iloc[0]


def test_an_alert_that_the_past_never_showed_gets_the_least_p_value(store, settings, detector):
    """Its contrast is five times that of every quiet pair: (1 + 0) / (1 + runs)."""
    bring(store, "alerts", alert())
    found = calibrated(store, settings)
    (tested,) = found.detections
    assert tested.placebos.runs == PAIRS_OF_A_MONTH_OR_TWO == len(detector.pairs)
    row = one(store)
    assert row["p"] == pytest.approx(1 / 14, abs=1e-6)
    assert row["placebo_rate"] == 0
    assert row["q"] == row["p"]
    assert row["priority"] > 0
    told = json.loads(row["features"])["placebo"]
    assert (told["runs"], told["reached"], told["raised"], told["independent"]) == (13, 0, 13, 4)
    assert len(told["scenes"]) == 13
    assert (told["promised"], told["alarms"]) == (0.1, 0)
    assert found.changed == found.tested == 1


def test_an_alert_that_the_past_often_showed_is_not_unusual(store, settings, detector):
    """Quiet pairs as strong as the alert, every one."""
    detector.contrast = lambda _first, _second: 9.0
    bring(store, "alerts", alert())
    calibrated(store, settings)
    row = one(store)
    assert (row["p"], row["placebo_rate"]) == (1.0, 1.0)


def test_pairs_that_flag_nothing_count_as_quiet(store, settings, detector):
    """They are runs, and raised nothing."""
    detector.contrast = lambda _first, _second: None
    bring(store, "alerts", alert())
    (tested,) = calibrated(store, settings).detections
    assert (tested.placebos.runs, tested.placebos.raised) == (13, 0)


def test_again_without_new_scenes_changes_nothing(store, settings, detector):
    """No version is added."""
    bring(store, "alerts", alert())
    calibrated(store, settings)
    again = calibrated(store, settings)
    assert (again.tested, again.changed) == (1, 0)
    history = store.history("alerts", "CH-1-001")
    assert len(history) == 2
    assert history["reason"].iloc[-1] == "held against 13 quiet pairs of the site's own past"


def test_what_is_run_is_the_detection_s_own_question(store, settings, detector):
    """Same settings, same area, the site itself; and never after the alert began."""
    bring(store, "alerts", alert())
    calibrated(store, settings)
    how = detector.arguments[0]
    assert (how["parameters"], how["area_lonlat"]) == (Parameters(), None)
    assert how["site"]["id"] == "TELL"
    assert max(end for _, end in detector.pairs) <= date(2026, 8, 1)


def test_known_damage_is_no_quiet_past(store, settings, detector):
    """Pairs that meet an accepted alert of the site are not run."""
    damage = alert("CH-0-001", date_from=DAYS[3], date_to=DAYS[4], judgement=Judgement.ACCEPTED)
    bring(store, "alerts", damage, alert())
    calibrated(store, settings)
    latest = [pair for pair in detector.pairs if pair[1] > DAYS[4]]
    assert latest
    assert all(pair[0] >= DAYS[4] or pair[1] <= DAYS[3] for pair in detector.pairs)


def test_too_short_a_past_tests_nothing_and_says_so(store, settings, detector):
    """Two pairs tell nothing, and none is run in vain."""
    bring(store, "alerts", alert(date_from=DAYS[2], date_to=DAYS[3]))
    (tested,) = calibrated(store, settings).detections
    assert tested.tested == 0
    assert (
        "make 3 quiet pairs before it, of which 0 could be compared; at least 5" in tested.why_not
    )
    assert not detector.pairs
    assert np.isnan(one(store)["p"])


def test_scenes_that_cannot_be_used_are_named_with_the_reason(store, settings, detector):
    """Cloud, and a pair of which nothing can be compared; the rest goes on."""
    bring(store, "scenes", scene(date(2026, 7, 15), clear_fraction=0.1))

    def contrast(first, _second):
        if first == DAYS[0]:
            raise NoValidPixels("nothing in common")
        return 0.1

    detector.contrast = contrast
    bring(store, "alerts", alert())
    found = calibrated(store, settings)
    assert found.detections[0].placebos.runs == PAIRS_OF_A_MONTH_OR_TWO - 2
    assert "SC-20260715: only 10% of it is clear" in found.left_out
    assert "SC-20260101 and SC-20260131: nothing in common" in found.left_out


def test_a_flag_of_unknown_contrast_does_not_pass_for_none(store, settings, detector):
    """A quiet pair whose flag cannot be measured is left out, not counted as quiet."""
    detector.contrast = lambda first, _second: np.nan if first == DAYS[0] else 0.1
    bring(store, "alerts", alert())
    found = calibrated(store, settings)
    assert found.detections[0].placebos.runs == PAIRS_OF_A_MONTH_OR_TWO - 2
    assert any("no change of brightness that could be" in reason for reason in found.left_out)


def test_cloud_does_not_pass_for_quiet(store, settings, detector):
    """A pair of which half the cells could be compared says nothing."""
    detector.cloudy = DAYS[:1]
    bring(store, "alerts", alert())
    found = calibrated(store, settings)
    assert found.detections[0].placebos.runs == PAIRS_OF_A_MONTH_OR_TWO - 2
    assert found.left_out[0].endswith("only 50% of the cells could be compared")


def test_pairs_under_cloud_are_replaced_by_others(store, settings, detector):
    """Six runs were asked for, and six are found, though one date is under cloud."""
    detector.cloudy = DAYS[2:3]
    bring(store, "alerts", alert())
    (tested,) = calibrated(store, settings, most_runs=6).detections
    assert tested.placebos.runs == 6


def test_only_scenes_like_those_of_the_detection_are_its_past(store, settings, detector):
    """Not those of another sensor, nor invented ones, nor those that miss the site."""
    other = [
        scene(date(2026, 2, 9), sensor="L8"),
        scene(date(2026, 2, 10), simulated=True),
        scene(date(2026, 2, 11), geometry=None),
    ]
    bring(store, "scenes", *other)
    bring(store, "alerts", alert())
    calibrated(store, settings)
    assert {day for pair in detector.pairs for day in pair} == set(DAYS)


def test_the_sensor_of_the_detection_decides_over_the_commoner_one(store, settings, detector):
    """A detection between Landsat scenes is held against Landsat scenes."""
    landsat = [scene(day + timedelta(days=3), sensor="L8") for day in DAYS[:6]]
    bring(store, "scenes", *landsat)
    bring(store, "alerts", alert(provenance=provenance(landsat[0].id)))
    calibrated(store, settings)
    used = {day for pair in detector.pairs for day in pair}
    assert used <= {one.acquired_at.date() for one in landsat}


def test_the_marking_of_the_past_is_that_of_the_result(store, settings, detector):
    """A composite takes the strictest marking of its inputs."""
    bring(store, "scenes", scene(date(2026, 2, 9), marking=Tlp.RED))
    bring(store, "alerts", alert())
    calibrated(store, settings)
    assert one(store)["marking"] == Tlp.RED


def test_a_hint_is_given_where_there_is_none_and_kept_where_there_is(store, settings, detector):
    """By the rules over what was measured."""
    green = json.dumps({"brightness_change": 0.5, "ndvi_change": 0.3, "ndvi_after": 0.5})
    bring(
        store,
        "alerts",
        alert("CH-1-001", features=green),
        alert("CH-1-002", features=green, hint="road"),
    )
    calibrated(store, settings)
    assert (one(store)["hint"], one(store, "CH-1-002")["hint"]) == ("cultivation", "road")


def test_an_alert_without_a_measured_contrast_is_not_tested(store, settings, detector):
    """Those beside it are."""
    bring(store, "alerts", alert("CH-1-001", features=""), alert("CH-1-002"))
    (tested,) = calibrated(store, settings).detections
    assert (tested.alerts, tested.tested) == (2, 1)
    assert tested.why_not == "1 alerts have no measured brightness change"
    assert np.isnan(one(store)["p"])


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"date_from": None}, "the dates of its pictures are not known"),
        ({"provenance": "no JSON"}, "its provenance does not tell how it was made"),
        ({"provenance": '{"parameters": {}, "inputs": {}}'}, "does not tell how it was made"),
    ],
)
def test_a_detection_that_does_not_tell_what_it_asked_is_not_tested(
    store, settings, detector, changed, why
):
    """The reason is told, and the other detections go on."""
    bring(store, "alerts", alert("CH-0-001", **changed), alert("CH-1-001"))
    found = calibrated(store, settings)
    assert why in found.detections[0].why_not
    assert [one.tested for one in found.detections] == [0, 1]


def test_alerts_of_series_and_radar_are_not_touched(store, settings, detector):
    """Their studies test them on their own past; what came of it is told, or why nothing did."""
    with pytest.raises(NotFound, match="no alert at TELL is kept"):
        calibrated(store, settings)
    told = {
        "SR-1-1": {"own_past": {"runs": 4, "reached": 1, "raised": 2, "why_not": ""}},
        "SR-1-2": {"own_past": {"runs": 0, "reached": 0, "raised": 0, "why_not": "too young"}},
        "SR-1-3": {"own_past": {"runs": 1, "reached": 2, "raised": 2, "why_not": ""}},
    }
    for name, features in told.items():
        bring(store, "alerts", alert(
            name, method=AlertMethod.SERIES, detection_id="SE-1", features=json.dumps(features)
        ))  # fmt: skip
    found = calibrated(store, settings)
    assert (found.detections, found.tested, found.tested_before, found.changed) == ((), 0, 1, 0)
    (study,) = found.own_studies
    assert [past.rate for _, past in study.alerts] == [0.25, None, None]
    assert study.why_not == "its study did not say what its own past raises; too young"


def test_a_site_without_any_scene_is_not_tested(settings, detector):
    """An empty past is too short, not an error."""
    opened = open_store(settings.store_url)
    bring(opened, "sites", site())
    bring(opened, "alerts", alert())
    (tested,) = calibrated(opened, settings).detections
    opened.close()
    assert "0 usable scenes make 0 quiet pairs" in tested.why_not


def test_an_unknown_site_is_refused(store, settings, detector):
    """It is named."""
    with pytest.raises(NotFound, match="there is no site 'NOWHERE'"):
        calibrate(store, settings, site_id="NOWHERE", author="Made-Up", now=NOW)


def test_whoever_may_not_change_alerts_calibrates_nothing(store, settings, detector):
    """A viewer has no right to keep anything."""
    bring(store, "alerts", alert(marking=Tlp.CLEAR))
    guarded = guard(store, somebody(Role.VIEWER), clock=clock)
    with pytest.raises(NotAllowed, match="the role viewer may not keep"):
        calibrated(guarded, settings)
    assert len(store.history("alerts", "CH-1-001")) == 1


def test_a_scene_whose_file_is_gone_is_left_out(store, settings):
    """The detector itself refuses, and the reason is told."""
    bring(store, "alerts", alert())
    found = calibrated(store, settings)
    assert found.tested == 0
    assert "the file of scene SC-20260101 is gone" in found.left_out[0]
    with pytest.raises(UnreadableFile):
        change.picture_of_scene(store.read("scenes").iloc[0], settings)


def test_real_pictures_are_compared_end_to_end(store, settings):
    """A patch dug bright after eight quiet dates is what the quiet dates never showed."""
    utm = CRS.from_epsg(32638)
    middle = reproject(site().geometry, WGS84, utm)
    west, north = round(middle.x, -1) - 1800, round(middle.y, -1) + 1800
    grid = Grid(crs=utm, transform=Affine(30, 0, west, 0, -30, north), shape=(120, 120))
    draws = np.random.default_rng(2)
    ground = 1500 + 300 * draws.random((4, *grid.shape))
    bring(store, "scenes", scene(AFTER))
    scenes = store.read("scenes").set_index("id", drop=False)
    (settings.home / "scenes").mkdir()
    for day in (*DAYS, AFTER):
        values = ground + 20 * draws.standard_normal(ground.shape)
        if day == AFTER:
            values[:, 55:65, 55:65] *= 1.4
        write_geotiff(
            settings.home / "scenes" / f"{day}.tif",
            values.astype(np.float32),
            grid=grid,
            bands=("B02", "B03", "B04", "B08"),
            nodata=np.nan,
            tags={},
        )
    pair = [change.picture_of_scene(scenes.loc[f"SC-{day:%Y%m%d}"], settings)
            for day in (DAYS[-1], AFTER)]  # fmt: skip
    site_row = store.read("sites").iloc[0]
    made = change.detect_change(*pair, area_lonlat=change.area_of_site(site_row), site=site_row)
    flag = made.flags.iloc[0]
    features = json.dumps({"brightness_change": float(flag["brightness_change"])})
    bring(store, "alerts", alert(
        "CH-1-001", date_from=DAYS[-1], date_to=AFTER, area_m2=float(flag["area_m2"]),
        provenance=flag["provenance"], features=features,
    ))  # fmt: skip
    found = calibrated(store, settings, most_runs=5)
    assert not found.left_out
    assert found.detections[0].placebos.runs == 5
    assert one(store)["p"] == pytest.approx(1 / 6, abs=1e-6)
