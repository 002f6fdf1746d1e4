"""Satellite scenes on the page of data: off by default; searched, chosen and fetched by clicks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from geo.access import Role
from geo.pipeline import fetching
from layers.views import cache
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
            item("S2A_cloudy", f"{files.url}/a", when="2024-05-01T08:00:00Z",
                 **{"eo:cloud_cover": 90}),
        ]  # fmt: skip
        with stac_api(tmp_path_factory.mktemp("api"), items) as api:
            yield files, api


@pytest.fixture
def page(open_app, home, monkeypatch, world):
    """The page of data where both servers are allowed."""
    files, api = world
    monkeypatch.setenv("LAMASSU_STAC_HOSTS", f"{api.removeprefix('http://')},{files.host}")
    return open_app(home, "data")


def labelled(widgets, words: str):
    """The widget whose label begins so."""
    return next(one for one in widgets if one.label.startswith(words))


def press(page: AppTest, words: str) -> AppTest:
    """Presses a button."""
    labelled(page.button, words).click()
    return page.run()


def search(page: AppTest, *, site: str | None = "PL894019") -> AppTest:
    """Asks for Nimrud in 2024."""
    if site:
        labelled(page.selectbox, "Site").set_value(site)
    labelled(page.date_input, "From").set_value(date(2024, 1, 1))
    labelled(page.date_input, "To").set_value(date(2024, 12, 31))
    return press(page, "Search")


def table(page: AppTest, column: str):
    """The table that has a column."""
    return next(one.value for one in page.dataframe if column in one.value)


def texts(page: AppTest) -> str:
    """All that the page says in boxes."""
    boxes = [*page.info, *page.warning, *page.success, *page.error]
    return " ".join(one.value.replace("\\", "") for one in boxes)


def test_fetching_is_off_until_an_administrator_allows_hosts(open_app, home, monkeypatch):
    """And says how."""
    monkeypatch.delenv("LAMASSU_STAC_HOSTS", raising=False)
    page = open_app(home, "data")
    assert not page.exception
    assert "Fetching satellite scenes is off" in texts(page)
    assert not any(one.label == "Search" for one in page.button)


def test_the_settings_tell_what_may_be_asked(open_app, home, monkeypatch):
    """Whether off or on."""
    monkeypatch.setenv("LAMASSU_STAC_HOSTS", "stac.example")
    page = open_app(home, "settings")
    assert any("stac.example" in one.value for one in page.get("html") if hasattr(one, "value"))


def test_nothing_is_asked_before_a_click(page, world):
    """Nor without a site."""
    files, _ = world
    files.asked.clear()
    search(page, site=None)
    assert "Choose a site first" in texts(page)
    assert files.asked == []


def test_scenes_are_listed_chosen_and_fetched(page, world):
    """What came is kept; what did not is told with its reason."""
    files, _ = world
    files.asked.clear()
    search(page)
    assert not page.exception
    listed = table(page, "Satellite")
    assert list(listed["Scene"]) == ["S2A_good", "S2A_gone"]
    assert list(listed["State"]) == ["can be fetched"] * 2
    assert list(table(page, "Why")["Why"]) == ["90 % cloud"]
    assert files.asked == []
    assert labelled(page.button, "Fetch").disabled
    labelled(page.checkbox, "All 2").check()
    page.run()
    press(page, "Fetch 2 scenes, about")
    assert not page.exception
    assert "1 scene fetched" in texts(page)
    assert "answers 404" in table(page, "Why")["Why"].iloc[0]
    scenes = cache.store().read("scenes")
    assert list(scenes.loc[scenes["dataset_id"] == "satellite", "id"]) == ["S2A_good-PL894019"]
    search(page)
    assert list(table(page, "Satellite")["State"]) == ["here already", "can be fetched"]


def test_what_was_stopped_goes_on(page, world):
    """The scenes that came are here; Fetch offers those that did not."""
    search(page)
    page.session_state["scenes begun"] = ("S2A_good-PL894019", "S2A_gone-PL894019")
    found = page.session_state["scenes found"]
    fetching.fetch_scenes(
        cache.store(), cache.settings(), found, chosen=["S2A_good-PL894019"],
        author="test", now=datetime.now(UTC),
    )  # fmt: skip
    page.run()
    assert not page.exception
    assert "Fetching was stopped: 1 of 2 scenes came" in texts(page)
    assert list(table(page, "Satellite")["State"]) == ["here already", "can be fetched"]
    page.run()
    assert "Fetching was stopped" not in texts(page)


def test_one_scene_can_be_chosen(page):
    """By its line."""
    search(page)
    chosen = labelled(page.multiselect, "Scenes to fetch")
    assert chosen.options[0].startswith("2024-03-01 Sentinel-2A, cloud 4 %")
    chosen.select("S2A_good-PL894019")
    page.run()
    assert labelled(page.button, "Fetch").label.startswith("Fetch 1 scene,")


@pytest.mark.parametrize("server", ["https://stac.example/v1", "file:///etc/passwd", "<b>x</b>"])
def test_a_server_that_may_not_be_asked_is_refused(page, server: str):
    """Whatever is typed."""
    labelled(page.text_input, "Server").set_value(server)
    search(page)
    assert not page.exception
    assert "is not among the hosts" in texts(page) or "cannot be asked" in texts(page)


def test_whoever_keeps_nothing_does_not_see_it(open_app, home, come_as, monkeypatch):
    """The part is for those who bring in."""
    monkeypatch.setenv("LAMASSU_STAC_HOSTS", "stac.example")
    come_as(Role.PARTNER)
    page = open_app(home, "data")
    assert not any(one.label == "Search" for one in page.button)
