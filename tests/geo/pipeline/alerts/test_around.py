"""What stands around alerts: the site, other sensors, and the last clear view."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geo.model import AlertMethod, Judgement
from geo.pipeline.alerts.around import agreeing, distances_m, features_in, last_seen
from tests.alert_records import LAT, LON, alert, frame, scene, site

TODAY = date(2026, 11, 22)
FOOTPRINT = box(LON - 0.002, LAT - 0.002, LON + 0.002, LAT + 0.002).wkt


def far_m(outlined, **of_site) -> float:
    """Metres from a made-up flag to the made-up site."""
    return distances_m(frame("alerts", outlined), frame("sites", site(**of_site)))[0]


def test_a_flag_in_the_footprint_is_at_no_distance():
    """Also where the flag lies off the site's point."""
    assert far_m(alert(east_deg=0.0015), footprint_wkt=FOOTPRINT) == 0
    assert far_m(alert(east_deg=0.008)) > 100


def test_beyond_the_footprint_the_distance_is_that_from_its_edge():
    """A hundredth of a degree of longitude at 35 degrees north is some 912 m."""
    got = far_m(alert(east_deg=0.0125), footprint_wkt=FOOTPRINT)
    assert got == pytest.approx(0.01 * 91_290, rel=0.01)


def test_a_radius_stands_for_a_site_of_which_only_a_point_is_known():
    """Half a kilometre: a flag 400 m from the point may well lie in the site."""
    assert far_m(alert(east_deg=0.004)) == 0
    assert far_m(alert(east_deg=0.02)) == far_m(alert(east_deg=0.02), buffer_m=500.0)


def test_a_buffer_stands_for_a_footprint_that_is_not_known():
    """A radius of 1 km makes a place 900 m away part of the site."""
    assert far_m(alert(east_deg=0.01), buffer_m=1000.0) == 0
    assert far_m(alert(east_deg=0.02), buffer_m=1000.0) == pytest.approx(781, rel=0.02)


@pytest.mark.parametrize("wkt", ["POLYGON EMPTY", "no outline", "POLYGON ((0 0"])
def test_an_outline_that_cannot_be_read_is_none(wkt):
    """The radius stands for it."""
    assert far_m(alert(east_deg=0.02), footprint_wkt=wkt) == far_m(alert(east_deg=0.02)) > 0


def test_without_a_site_the_distance_is_what_the_study_said():
    """And unknown, if it said nothing."""
    told = frame("alerts", alert(site_id="", distance_m=70.0), alert("B-1", site_id="ELSEWHERE"))
    got = distances_m(told, frame("sites", site()))
    assert got[0] == 70
    assert np.isnan(got[1])


def others(second) -> tuple[str, ...]:
    """Who agrees with a made-up flag by Sentinel-2, beside a second flag."""
    return agreeing(frame("alerts", alert(), second))[0]


def test_twin_satellites_do_not_agree_with_one_another():
    """They carry the same sensor."""
    first = alert(sensors=("Sentinel-2A",))
    second = alert("CH-2-001", sensors=("Sentinel-2B",))
    assert agreeing(frame("alerts", first, second)) == [(), ()]


def test_another_sensor_on_the_same_ground_in_the_same_time_agrees():
    """Radar that flagged the next day, on ground that overlaps."""
    radar = {"sensors": ("S1",), "method": AlertMethod.SAR}
    assert others(alert("SA-1-001", east_deg=0.0005, **radar)) == ("S1",)
    assert others(alert("SA-1-001", sensors=(), method=AlertMethod.SAR)) == ("sar",)


@pytest.mark.parametrize(
    "changed",
    [
        {"sensors": ("S2",)},
        {"sensors": ("S1",), "east_deg": 0.01},
        {"sensors": ("S1",), "date_from": date(2026, 9, 2), "date_to": date(2026, 9, 9)},
        {"sensors": ("S1",), "date_from": None},
        {"sensors": ("S1",), "judgement": Judgement.REJECTED},
        {"sensors": ("S1",), "simulated": True},
    ],
    ids=["same sensor", "other ground", "other time", "no time", "rejected", "invented"],
)
def test_what_does_not_agree(changed):
    """The same sensor twice is one witness, and what is unknown is none."""
    assert others(alert("SA-1-001", **changed)) == ()


def seen(outlined, *scenes, today: date = TODAY) -> date | None:
    """The day on which a made-up flag's ground was last seen."""
    day = last_seen(frame("alerts", outlined), frame("scenes", *scenes), today=today).iloc[0]
    return None if pd.isna(day) else day.date()


def test_the_change_itself_was_seen_and_a_later_clear_scene_is_later():
    """Of three later scenes, the clear one counts."""
    later = [
        scene(date(2026, 10, 1), clear_fraction=0.9),
        scene(date(2026, 10, 11), clear_fraction=0.4),
        scene(date(2026, 10, 21), clear_fraction=None),
    ]
    assert seen(alert()) == date(2026, 9, 1)
    assert seen(alert(), *later) == date(2026, 10, 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"geometry": box(LON + 1, LAT, LON + 2, LAT + 1)},
        {"simulated": True},
        {"geometry": None},
    ],
    ids=["elsewhere", "invented", "nowhere"],
)
def test_a_scene_that_does_not_show_the_place_counts_for_nothing(changed):
    """It may be as clear as it likes."""
    assert seen(alert(), scene(date(2026, 10, 1), **changed)) == date(2026, 9, 1)


def test_what_the_study_of_the_place_says_counts():
    """A series knows when the cell itself was clear."""
    assert seen(alert(last_clear_on=date(2026, 11, 3))) == date(2026, 11, 3)


def test_a_day_to_come_is_none():
    """A scene newer than today is a mistake, not a view."""
    assert seen(alert(), scene(date(2027, 1, 1))) == date(2026, 9, 1)
    assert seen(alert(date_from=None, date_to=None)) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_features_that_are_none_are_none(text):
    """Hostile text raises nothing."""
    assert features_in(text) == {}
