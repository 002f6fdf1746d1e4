"""The command `series` on a folder of made-up scenes."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
from typer.testing import CliRunner

from geo.errors import BadInput, InvalidSetting
from geo.sources.rasters.raster import read_raster
from geo.sources.writers.geotiff_files import write_geotiff
from layers.shell.series import commands
from tests.geo.pipeline.series.conftest import write_scenes
from tests.homes import copied, installed


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """A folder of scenes over four years, dug up in the last."""
    folder = tmp_path_factory.mktemp("scenes")
    write_scenes(folder)
    return folder


@pytest.fixture
def run(tmp_path, tmp_path_factory, monkeypatch, scenes):
    """Runs the command on a home of its own, for Hatra."""
    home = copied(installed(tmp_path_factory), tmp_path / "home")
    monkeypatch.setenv("LAMASSU_HOME", str(home))

    def series(*words: str):
        return CliRunner().invoke(commands, ["--site", "Hatra", "--scenes", str(scenes), *words])

    series.scenes = scenes
    return series


def test_alerts_are_told_written_and_kept(run, tmp_path):
    """In words and as a file; the exit code says that cloudy scenes were left out."""
    done = run("--out", str(tmp_path / "alerts.gpkg"), "--keep")
    assert done.exit_code == 1, done.output
    assert "SIMULATED scenes: 1 alerts" in done.output
    assert "clear dates agree" in done.output
    assert "left out scene-20160322.tif: only 0% of the site is clear" in done.output
    assert len(gpd.read_file(tmp_path / "alerts.gpkg")) == 1


def test_json_holds_alerts_scores_and_what_was_left_out(run):
    """One document; the days asked for bound the watch."""
    done = run("--json", "--to", "2017-06-01")
    told = json.loads(done.stdout)
    assert told["flags"] == []
    assert "unknown, not nothing" in told["findings"]["nothing_flagged_because"]
    assert len(told["site_score"]["dates"]) == told["scenes"]
    assert told["skipped"]
    assert told["kept"] is None


def test_that_nothing_was_kept_is_said_where_nothing_is_flagged(run):
    """Nobody looks for the alerts of a study that has none."""
    done = run("--to", "2017-06-01", "--keep")
    assert "no alert was kept: there is none" in done.output
    assert "kept as" not in done.output


def test_days_in_the_wrong_order_are_refused(run):
    """Before anything is read."""
    done = run("--from", "2019-01-01", "--to", "2018-01-01")
    assert isinstance(done.exception, InvalidSetting)
    assert "--to 2018-01-01 is before --from 2019-01-01" in str(done.exception)


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_a_day_that_is_none_is_refused_by_its_option(run, option):
    """February has 29 days at most."""
    done = run(option, "2016-02-30")
    assert isinstance(done.exception, InvalidSetting)
    assert f"{option} 2016-02-30; expected a day" in str(done.exception)


def test_a_scene_is_not_written_over(run, scenes):
    """By the alerts that it helped to raise."""
    scene = min(scenes.iterdir())
    content = scene.read_bytes()
    done = run("--out", str(scene), "--to", "2016-06-01")
    assert isinstance(done.exception, BadInput)
    assert "would take the place of another file" in str(done.exception)
    assert scene.read_bytes() == content


def test_that_nothing_tells_clouds_is_said(run, tmp_path):
    """Of scenes without a band of classes."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for path in sorted(run.scenes.iterdir())[:3]:
        raster = read_raster([path])
        write_geotiff(folder / path.name, raster.values[:4], grid=raster.grid,
                      bands=raster.bands[:4], nodata=None, tags={})  # fmt: skip
    done = run("--scenes", str(folder))
    assert "Cloud mask: none for 3 of 3 scenes: only outliers are cut." in done.output
