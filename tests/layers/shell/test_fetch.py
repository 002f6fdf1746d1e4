"""The command `fetch` against a real STAC API and a server of files on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from geo.errors import InvalidSetting, NotAllowed
from geo.store import open_store
from layers.shell.fetch import commands
from tests.homes import copied, installed, settings_of
from tests.stac.range_server import FileServer, file_server
from tests.stac.servers import item, scene_files, stac_api


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[tuple[FileServer, str]]:
    """Files and an API with one good scene and one without a file."""
    with file_server() as files:
        made = scene_files(tmp_path_factory.mktemp("scene"))
        files.files |= {f"/a/{asset}.tif": one for asset, one in made.items()}
        items = [
            item("S2A_good", f"{files.url}/a", when="2024-03-01T08:00:00Z"),
            item("S2A_gone", f"{files.url}/nowhere", when="2024-04-01T08:00:00Z"),
        ]
        with stac_api(tmp_path_factory.mktemp("api"), items) as api:
            yield files, api


@pytest.fixture
def run(tmp_path, tmp_path_factory, monkeypatch, world):
    """Runs the command on a home of its own, for Nimrud in 2024."""
    home = copied(installed(tmp_path_factory), tmp_path / "home")
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    monkeypatch.delenv("LAMASSU_STAC_HOSTS", raising=False)

    def fetch(*words: str, stac: str = ""):
        asked = ["--site", "Nimrud", "--stac", stac or world[1], "--from", "2024-01-01"]
        return CliRunner().invoke(commands, [*asked, "--to", "2024-12-31", *words])

    fetch.scenes = lambda: kept(home)
    return fetch


def kept(home) -> list[str]:
    """Ids of the scenes that were fetched."""
    store = open_store(settings_of(home).store_url)
    scenes = store.read("scenes")
    store.close()
    return list(scenes.loc[scenes["dataset_id"] == "satellite", "id"])


def test_without_a_word_scenes_are_listed_and_nothing_is_fetched(run, world):
    """And it is said which host would have to be allowed."""
    files, _ = world
    files.asked.clear()
    done = run()
    assert done.exit_code == 0
    assert "2 scenes over PL894019; nothing was fetched" in done.output
    assert f"--allow {files.host}" in done.output
    assert f"its files are at {files.host}, which may not be asked" in done.output
    assert (files.asked, run.scenes()) == ([], [])


def test_a_dry_run_tells_what_it_would_cost(run, world):
    """With the hosts allowed."""
    done = run("--dry-run", "--allow", world[0].host)
    assert done.exit_code == 0
    assert "2024-03-01 Sentinel-2A" in done.output
    assert "--yes fetches 2, about" in done.output
    assert run.scenes() == []


def test_with_the_users_word_scenes_are_fetched_and_the_rest_is_told(run, world):
    """One came and one could not: the exit says so; the second time it is here already."""
    first = run("--yes", "--allow", world[0].host, "--half-width-m", "300")
    assert first.exit_code == 1
    assert "2 scenes over PL894019: 1 fetched, 0 here already, 1 left" in first.output
    assert "left S2A_gone: band B02: " in first.output
    assert run.scenes() == ["S2A_good-PL894019"]
    again = run("--yes", "--json", "--allow", world[0].host, "--half-width-m", "300")
    told = json.loads(again.stdout)
    assert (told["fetched"], told["known"]) == ([], ["S2A_good-PL894019"])
    assert [one["item"] for one in told["left"]] == ["S2A_gone"]


def test_hosts_of_the_settings_may_be_asked_too(run, world, monkeypatch):
    """As an administrator allowed them."""
    monkeypatch.setenv("LAMASSU_STAC_HOSTS", world[0].host)
    told = json.loads(run("--json").stdout)
    assert told["hosts_wanted"] == []
    assert told["fetched"] is None
    assert [one["refused"] for one in told["scenes"]] == ["", ""]


@pytest.mark.parametrize(
    ("words", "error", "why"),
    [
        (("--dry-run", "--yes"), InvalidSetting, "were both given"),
        (("--from", "March"), InvalidSetting, "--from March"),
        (("--to", ""), InvalidSetting, "--to is empty"),
        (("--most-cloud", "nan"), InvalidSetting, "at most nan % cloud"),
        (("--allow", "https://a.example/"), InvalidSetting, "--allow 'https://a.example/'"),
        (("--allow", ""), InvalidSetting, "--allow ''"),
        (("--marking", "secret"), InvalidSetting, "--marking secret"),
    ],
)
def test_bad_use_is_refused(run, words, error, why: str):
    """Before anybody is asked."""
    done = run(*words)
    assert isinstance(done.exception, error)
    assert why in str(done.exception)


@pytest.mark.parametrize("stac", ["file:///etc", "nonsense", "http://u:p@127.0.0.1/"])
def test_an_address_that_is_none_is_refused(run, stac: str):
    """With what one looks like."""
    done = run(stac=stac)
    assert isinstance(done.exception, NotAllowed)
    assert "an address that begins with https://" in str(done.exception)
