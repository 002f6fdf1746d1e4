"""The pictures of an alert: which are read, which are clear, and which may not be shown."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from geo.access import Principal, Role, Via, Viewer
from geo.errors import BadInput, NotFound
from geo.grid import box_around
from geo.pipeline import shots
from geo.pipeline.guard import guard
from geo.pipeline.shots import brightness_of, shots_of
from geo.store import Store, open_store
from tests import triage_records
from tests.homes import NOW, copied, installed, settings_of


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the simulated scenes; nothing here changes its records."""
    return copied(installed(tmp_path_factory), tmp_path_factory.mktemp("shots") / "home")


@pytest.fixture(scope="module")
def store(home: Path):
    """Its store."""
    opened = open_store(settings_of(home).store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def alerts(store: Store) -> gpd.GeoDataFrame:
    """The made-up alerts, by their ids."""
    return triage_records.alerts(store).set_index("id", drop=False)


def test_every_scene_of_the_place_is_read_onto_one_grid(home, store, alerts):
    """In the order of time, around the alert, and none twice."""
    found = shots_of(store, settings_of(home), alerts.loc["AL-PAIR"])
    days = [shot.day for shot in found.shots]
    assert len(days) == 6
    assert days == sorted(set(days))
    assert len({shot.raster.grid for shot in found.shots}) == 1
    assert found.left_out == ()
    grid = found.shots[0].raster.grid
    assert grid.cell_m[0] * grid.shape[1] == pytest.approx(2 * shots.LEAST_HALF_WIDTH_M, abs=25)
    assert all(shot.simulated for shot in found.shots)


def test_a_pair_is_shown_by_the_pictures_that_made_it(home, store, alerts):
    """The first and the last scene, whatever lies between."""
    found = shots_of(store, settings_of(home), alerts.loc["AL-PAIR"])
    assert (found.before, found.after) == (0, 5)


def test_a_series_is_shown_by_the_clear_pictures_about_its_interval(home, store, alerts):
    """The last one up to its first day, the first one from its last day on."""
    row = alerts.loc["AL-SERIES"]
    found = shots_of(store, settings_of(home), row)
    before, after = found.shots[found.before], found.shots[found.after]
    assert before.day == row["date_from"].date()
    assert after.day == row["date_to"].date()


def test_a_place_under_cloud_was_not_seen(home, store, alerts):
    """On the date of the simulated cloud; the others saw it."""
    found = shots_of(store, settings_of(home), alerts.loc["AL-SERIES"])
    unseen = {str(shot.day): shot.not_seen for shot in found.shots if shot.not_seen}
    assert unseen == {"2016-09-16": "cloud or shadow"}
    (cloudy,) = (shot for shot in found.shots if shot.not_seen)
    assert cloudy.clear_share < shots.SEEN_FROM


def test_brightness_is_the_mean_of_the_visible_bands_over_clear_cells(home, store, alerts):
    """Over a square of four cells, by hand; under cloud there is none."""
    row = alerts.loc["AL-SERIES"]
    found = shots_of(store, settings_of(home), row)
    shot = found.shots[0]
    whole = box_around((0.5 * sum(row["geometry"].bounds[::2]), row["geometry"].centroid.y),
                       half_width_m=20_000)  # fmt: skip
    visible = [shot.raster.bands.index(name) for name in ("B02", "B03", "B04")]
    clear = np.isfinite(shot.raster.values).all(axis=0)
    by_hand = shot.raster.values[visible][:, clear].mean()
    assert brightness_of(shot, whole) == pytest.approx(float(by_hand), rel=0.02)
    (cloudy,) = (shot for shot in found.shots if shot.not_seen)
    assert np.isnan(brightness_of(cloudy, row["geometry"]))


def test_more_pictures_than_a_timelapse_holds_are_told_of(home, store, alerts, monkeypatch):
    """Those of the change stay; the sentence says how many do not."""
    monkeypatch.setattr(shots, "MOST_SHOTS", 3)
    found = shots_of(store, settings_of(home), alerts.loc["AL-PAIR"])
    assert len(found.shots) == 3
    assert "3 of 6 pictures are not shown" in found.left_out[0]
    assert found.before is not None
    assert found.after is not None


def test_wider_ground_is_wider(home, store, alerts):
    """As many metres as were asked for."""
    found = shots_of(store, settings_of(home), alerts.loc["AL-PAIR"], half_width_m=1500)
    grid = found.shots[0].raster.grid
    assert grid.cell_m[0] * grid.shape[1] == pytest.approx(3000, abs=25)


def test_a_file_that_is_no_picture_is_left_out_and_told(home, store, alerts, tmp_path):
    """The rest goes on."""
    settings = settings_of(copied(home, tmp_path / "home"))
    scene = store.read("scenes").query("site_id == @triage_records.SITE").iloc[2]
    path = settings.home / scene["path"]
    path.unlink()
    path.write_bytes(b"no picture")
    found = shots_of(store, settings, alerts.loc["AL-PAIR"])
    assert len(found.shots) == 5
    assert scene["id"] in found.left_out[0]


def test_nothing_to_show_is_said(home, store, alerts):
    """No scene over the place; no outline; no point in guessing."""
    with pytest.raises(NotFound, match="AL-BARE is kept"):
        shots_of(store, settings_of(home), alerts.loc["AL-BARE"])
    for shape in (None, Point(43.3, 36.1)):
        row = alerts.loc["AL-PAIR"].copy()
        row["geometry"] = shape
        with pytest.raises(BadInput, match="has no outline here"):
            shots_of(store, settings_of(home), row)


@pytest.mark.parametrize("told", ["", "{", "[]", '{"inputs": {}}'])
def test_provenance_that_tells_nothing_leaves_the_scenes_of_the_store(home, store, alerts, told):
    """Such as that of an alert of another program."""
    row = alerts.loc["AL-PAIR"].copy()
    row["provenance"] = told
    found = shots_of(store, settings_of(home), row)
    assert len(found.shots) == 6
    assert {found.before, found.after} == {0, 5}


def test_files_kept_for_the_alert_alone_are_its_pictures(home, store, alerts, tmp_path):
    """Two uploads that are no scenes of the store, dated by the provenance."""
    settings = settings_of(copied(home, tmp_path / "home"))
    row = alerts.loc["AL-PAIR"].copy()
    scenes = {str(one["id"]): one for _, one in store.read("scenes").iterrows()}
    document = json.loads(row["provenance"])
    settings.originals_folder.mkdir()
    for number, (role, sha256) in enumerate(document["inputs"].items()):
        name = f"{number}" * 64
        source = settings.home / scenes[role.split()[-1]]["path"]
        (settings.originals_folder / name).write_bytes(source.read_bytes())
        document["inputs"][role] = name
        assert sha256 != name
    document["parameters"]["pictures"] = {
        "before": {"taken_on": "2015-02-01", "simulated": True, "marking": "TLP:AMBER"},
        "after": {"taken_on": "2016-11-01", "simulated": True, "marking": "TLP:AMBER"},
    }
    row["provenance"] = json.dumps(document)
    found = shots_of(store, settings, row)
    assert [str(found.shots[number].day) for number in (found.before, found.after)] == [
        "2015-02-01", "2016-11-01",
    ]  # fmt: skip
    assert len(found.shots) == 8


def test_a_scene_that_is_closed_to_somebody_is_not_shown_by_way_of_an_alert(home, alerts, tmp_path):
    """Its dataset is shared with a group that the analyst is not in."""
    settings = settings_of(copied(home, tmp_path / "home"))
    store = open_store(settings.store_url)
    store.share("lamassu-simulated", ["nineveh"], author="test", now=NOW)
    for groups, seen in ((frozenset({"nineveh"}), 6), (frozenset(), 0)):
        viewer = Viewer(role=Role.ANALYST, groups=groups)
        somebody = Principal(subject="oidc:x|a", name="A", viewer=viewer, via=Via.OIDC)
        eyes = guard(store, somebody, clock=lambda: NOW)
        if seen:
            assert len(shots_of(eyes, settings, alerts.loc["AL-PAIR"]).shots) == seen
        else:
            with pytest.raises(NotFound, match="no picture of the place"):
                shots_of(eyes, settings, alerts.loc["AL-PAIR"])
    store.close()


def test_an_undated_row_is_a_row(home, store, alerts):
    """Without an interval the first and the last clear pictures are compared."""
    row = alerts.loc["AL-SERIES"].copy()
    row["date_from"] = row["date_to"] = pd.NaT
    found = shots_of(store, settings_of(home), row)
    assert (found.before, found.after) == (0, 5)
