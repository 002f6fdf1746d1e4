"""A watch takes scenes in order, refuses the others with a reason, and finds what changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from geo.change.series import (
    Bands,
    Flagged,
    Kind,
    SeriesParameters,
    pixel_series,
    sensor_family,
    site_mask,
    site_score,
    update,
)
from geo.errors import BadInput
from geo.grid import WGS84, reproject

DUG = np.s_[10:14, 9:13]


@pytest.fixture(scope="module")
def watch(dug, mask):
    """The watch over the dug site after all scenes."""
    return update(None, dug, site=mask)


def reasons(watch):
    return {one.scene_id: one.reason for one in watch.skipped}


def test_dug_ground_raises_one_confirmed_alert_of_the_right_cells_and_day(watch, dug):
    """Four by four cells half as bright again are one alert, dated to the scene they came with."""
    alerts = watch.alerts()
    assert len(alerts) == 1
    alert = alerts.iloc[0]
    assert (alert["status"], alert["cells"]) == ("confirmed", 16)
    assert alert["area_m2"] == pytest.approx(1600, rel=0.01)
    assert alert["first_on"].date() == dug[50].taken_at.date()
    assert alert["before_on"].date() == dug[49].taken_at.date()
    assert alert["raised_on"].date() <= dug[54].taken_at.date()
    assert alert["last_on"].date() == alert["last_clear_on"].date() == dug[-1].taken_at.date()
    assert alert["brightness_change"] == pytest.approx(0.5, abs=0.1)
    assert alert["persistence"] == len(dug) - 50
    rows, cols = 10 + 4, 9 + 4
    grid = watch.site.grid
    corners = [grid.xy(np.array([c]), np.array([r])) for c, r in ((9, 10), (cols, rows))]
    there = box(corners[0][0][0], corners[1][1][0], corners[1][0][0], corners[0][1][0])
    assert reproject(alert.geometry, WGS84, grid.crs).symmetric_difference(there).area < 1


def test_years_in_which_nothing_happened_raise_nothing(quiet, mask):
    """Seasons, haze and noise are no change, and the findings say why nothing is flagged."""
    watch = update(None, quiet, site=mask)
    assert watch.alerts().empty
    assert "id" in watch.alerts().columns
    told = watch.findings()
    assert told["placebo_years"] == 3
    assert "no cells deviate" in told["nothing_flagged_because"]


def test_any_batching_gives_the_same_watch(dug, mask):
    """Where the scenes are cut into batches does not matter, nor their order in a batch."""
    few = dug[:12]
    whole = update(None, few, site=mask)

    @given(cuts=st.lists(st.integers(1, 11), max_size=4, unique=True))
    def holds(cuts):
        state = None
        for first, after in pairwise([0, *sorted(cuts), len(few)]):
            state = update(state, few[first:after][::-1], site=mask)
        assert [one.scene_id for one in state.scenes] == [one.scene_id for one in few]
        for kept, other in zip(state.scenes, whole.scenes, strict=True):
            np.testing.assert_array_equal(kept.layers, other.layers)

    holds()


def test_alerts_do_not_hang_on_how_the_scenes_came(watch, dug, mask):
    """Scene by scene the alerts are the very same."""
    state = None
    for scene in dug:
        state = update(state, [scene], site=mask)
    assert state.alerts().equals(watch.alerts())


def test_later_scenes_do_not_change_the_name_of_an_alert_nor_its_first_day(watch, dug, mask):
    """The id is of the site, the first day and the anchor, so that judgements stay with it."""
    earlier = update(None, dug[:58], site=mask).alerts()
    assert earlier["id"].tolist() == watch.alerts()["id"].tolist()
    assert earlier["first_on"].tolist() == watch.alerts()["first_on"].tolist()
    assert earlier["id"].iloc[0].startswith("SR-")


def test_an_alert_grows_from_first_to_provisional_to_confirmed(dug, mask):
    """Three clear dates raise it; the fourth and the fifth that agree make it surer."""
    states = []
    for count in range(52, 57):
        alerts = update(None, dug[:count], site=mask).alerts()
        states.append(None if alerts.empty else alerts["status"].iloc[0])
    told = [state for state in states if state]
    assert states[0] is None
    assert told == sorted(told, key=["first", "provisional", "confirmed"].index)
    assert told[-1] == "confirmed"


def test_what_comes_back_is_finished_and_stays_so(make_scenes, mask):
    """Ground that is as before ends its alert; later scenes do not revive it."""
    watch = update(None, make_scenes(dug_from=45, dug_until=58), site=mask)
    alerts = watch.alerts()
    assert alerts["status"].tolist() == ["finished"]
    assert alerts["last_on"].iloc[0].date() == watch.scenes[57].taken_at.date()


def test_an_update_does_not_change_the_state_it_began_with(dug, mask):
    """The earlier watch is as it was."""
    state = update(None, dug[:5], site=mask)
    later = update(state, dug[5:9], site=mask)
    assert (len(state.scenes), len(later.scenes)) == (5, 9)


def test_stale_scenes_and_scenes_twice_are_refused_with_the_reason(dug, mask):
    """An older scene and one that is there already change nothing."""
    state = update(None, dug[3:6], site=mask)
    state = update(state, [dug[2], dug[4], dug[6]], site=mask)
    assert len(state.scenes) == 4
    assert "not newer than the last scene, scene 5 of" in reasons(state)["scene 2"]
    assert reasons(state)["scene 4"] == "it is in the watch already"


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (lambda o: replace(o, sensor="Landsat 8"), "another sensor, Landsat 8, not Sentinel-2"),
        (lambda o: replace(o, bands=Bands(names=("a", "b", "c", "d"))), "it has the bands a, b"),
        (lambda o: replace(o, values=o.values[:, :5], clear=o.clear[:5]), "on another grid"),
        (lambda o: replace(o, clear=np.zeros_like(o.clear)), "only 0% of the site is clear"),
        (lambda o: replace(o, values=np.full_like(o.values, np.nan)), "its band B02 has no data"),
        (lambda o: replace(o, values=np.full_like(o.values, 900)), "its band B02 is 900 everywh"),
        (lambda o: replace(o, taken_at=datetime(2016, 6, 1)), "its time has no zone"),  # noqa: DTZ001
    ],
    ids=["sensor", "bands", "grid", "cloud", "NaN band", "even band", "no zone"],
)
def test_scenes_that_do_not_fit_are_skipped_and_the_rest_goes_on(dug, mask, spoilt, reason):
    """Each is left out with its reason; the scene after it is taken."""
    watch = update(None, [dug[0], spoilt(dug[1]), dug[2]], site=mask)
    assert reason in reasons(watch)["scene 1"]
    assert len(watch.scenes) == 2


def test_twins_of_one_sensor_are_one_series(dug, mask):
    """Sentinel-2A and Sentinel-2B may be mixed."""
    assert sensor_family("Sentinel-2A") == sensor_family("Sentinel-2B") == "Sentinel-2"
    watch = update(None, [dug[0], replace(dug[1], sensor="Sentinel-2B")], site=mask)
    assert not watch.skipped


def test_too_short_a_past_is_unknown_not_unchanged(dug, mask):
    """A series of one, and one that ends before the watch begins, say that nothing is known."""
    for scenes in (dug[:1], dug[:20]):
        told = update(None, scenes, site=mask).findings()
        assert "unknown, not nothing" in told["nothing_flagged_because"]
    early = SeriesParameters(watch_from=date(2016, 1, 11))
    told = update(None, dug[:2], site=mask, parameters=early).findings()
    assert "too few scenes before 2016-01-11" in told["nothing_flagged_because"]


def test_nothing_but_cloud_is_told(dug, mask):
    """Without a clear scene there is no alert, and the reason is given."""
    clouds = [replace(one, clear=np.zeros_like(one.clear)) for one in dug[:3]]
    watch = update(None, clouds, site=mask)
    assert watch.alerts().empty
    assert watch.score().month is None
    assert watch.findings()["nothing_flagged_because"] == ("no scene shows the site clearly enough")


def test_the_first_watched_day_may_be_chosen(make_scenes, mask):
    """What changed before it belongs to what is normal, and raises nothing."""
    scenes = make_scenes(dug_from=10)
    late = SeriesParameters(watch_from=scenes[40].taken_at.date())
    assert update(None, scenes, site=mask, parameters=late).alerts().empty


def test_another_site_or_other_settings_are_refused(dug, mask):
    """A watch does not change its question on the way."""
    state = update(None, dug[:2], site=mask)
    with pytest.raises(BadInput, match="goes on with another site or other settings"):
        update(state, dug[2:], site=mask, parameters=SeriesParameters(min_cells=9))


def test_clouds_delay_but_do_not_hide(make_scenes, mask):
    """Two scenes lost after the change move the alert by their days, not its first clear day."""
    scenes = make_scenes(dug_from=50, cloudy=(51, 52))
    alerts = update(None, scenes, site=mask).alerts()
    assert len(alerts) == 1
    assert alerts["first_on"].iloc[0].date() == scenes[50].taken_at.date()


def test_the_series_of_a_cell_shows_the_change_outside_its_band(watch, dug, mask):
    """Before the change a cell lies in its band, after it above; the interval is marked."""
    flagged = flagged_by(watch.alerts().iloc[0])
    series = pixel_series(watch, flagged)
    assert series.flagged_from == dug[49].taken_at.date()
    assert series.flagged_to == dug[50].taken_at.date()
    assert series.clear.all()
    lies_in = (series.low <= series.values) & (series.values <= series.high)
    assert lies_in[40:50].mean() > 0.8
    assert not lies_in[50:].any()


def test_two_changes_of_the_same_cells_have_a_strength_and_an_interval_each(make_scenes, mask):
    """A weak one that came back, and a strong one after it on the same ground."""
    weak = make_scenes(dug_from=40, dug_until=50, factor=1.12)[:60]
    watch = update(None, [*weak, *make_scenes(dug_from=60, factor=2.0)[60:]], site=mask)
    alerts = watch.alerts().sort_values("first_on")
    first, second = alerts.iloc[0], alerts.iloc[-1]
    assert (first["status"], second["status"]) == ("finished", "confirmed")
    assert first.geometry.intersects(second.geometry)
    assert first["score"] < second["score"]
    for row in (first, second):
        assert 0 <= row["placebo_reached"] <= row["placebo_raised"] <= row["placebo_runs"]
        told = pixel_series(watch, flagged_by(row))
        assert told.flagged_from == row["before_on"].date()
        assert told.flagged_to == row["after_on"].date()


def flagged_by(row):
    """What an alert says of itself."""
    return Flagged(
        lonlat=(float(row["lon"]), float(row["lat"])), measure=Kind(row["measure"]),
        raised_on=row["raised_on"].date(), changed_from=row["before_on"].date(),
        changed_to=row["after_on"].date(),
    )  # fmt: skip


def test_a_place_off_the_grid_and_a_measure_that_is_not_followed_have_no_series(watch):
    """They are refused without telling the place."""
    flagged = flagged_by(watch.alerts().iloc[0])
    with pytest.raises(BadInput, match="outside the scenes"):
        pixel_series(watch, replace(flagged, lonlat=(0.0, 0.0)))
    with pytest.raises(BadInput, match="do not tell the level"):
        pixel_series(watch, replace(flagged, measure=Kind.LEVEL))


def test_the_site_score_names_the_month_of_the_change(make_scenes, mask):
    """All of the footprint brighter at once stands out in its month; cloud has no score."""
    scenes = make_scenes(30, cloudy=(8,))
    for scene in scenes[17:]:
        scene.values[:3][:, mask.footprint] *= 1.5
    score = site_score(scenes, site=mask)
    assert score.month == scenes[17].taken_at.date().replace(day=1)
    assert np.isnan(score.scores[[0, 1, 8]]).all()
    assert int(np.nanargmax(score.scores)) == 17


def test_a_site_on_the_grids_edge_has_what_is_there(mask):
    """A footprint that hangs over the edge keeps its cells; one beside the grid is refused."""
    lon, lat = mask.grid.centre_lonlat
    edge = box(lon, lat, lon + 1, lat + 1)
    cut = site_mask("S1", mask.grid, footprint_lonlat=edge)
    assert 0 < cut.footprint.mean() < 0.5
    assert (cut.ring == ~cut.inside).all()
    with pytest.raises(BadInput, match="no cell of the grid is in the mask 'inside' of S1"):
        site_mask("S1", mask.grid, footprint_lonlat=box(0, 0, 1, 1))


def test_a_site_as_large_as_the_scenes_is_its_own_surroundings(mask):
    """Without anything around it, all cells tell what the whole scene did."""
    west, south, east, north = mask.grid.footprint_lonlat.bounds
    all_of_it = site_mask("S1", mask.grid, footprint_lonlat=box(west, south, east, north))
    assert all_of_it.ring.all()
    assert all_of_it.inside.all()


@pytest.mark.parametrize(
    "wrong", [{"placebo_share": 0}, {"min_cells": 0}, {"min_clear_share": 2}, {"history_days": 0}]
)
def test_senseless_settings_are_refused(wrong):
    """The message names the setting."""
    with pytest.raises(BadInput, match=next(iter(wrong))):
        SeriesParameters(**wrong)


def test_a_day_between_scenes_is_enough_to_be_newer(dug, mask):
    """Order is by the moment, not by the day."""
    soon = replace(dug[1], taken_at=dug[0].taken_at + timedelta(seconds=1))
    assert not update(None, [dug[0], soon], site=mask).skipped
