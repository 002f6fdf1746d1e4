"""Satellite scenes by clicking: searched on a real STAC API, fetched over HTTP, kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.store import open_store
from tests.browser.steps import settled
from tests.homes import copied, installed, settings_of
from tests.stac.range_server import file_server
from tests.stac.servers import item, scene_files, stac_api

pytestmark = pytest.mark.browser


def days_ago(days: int) -> str:
    """A time within those that the page asks for unless told."""
    return f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%dT08:00:00Z}"


def search_nimrud(page: Page, address: str, *, scenes: str) -> None:
    """Opens the part, searches, and ticks all that was found."""
    page.goto(f"{address}/data")
    page.get_by_role("tab", name="Satellite scenes").click(timeout=60_000)
    site = page.get_by_role("combobox", name="Site", exact=True)
    site.click()
    site.fill("Nimrud")
    page.get_by_role("option").first.click()
    settled(page)
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_text(f"All {scenes} that are not here yet").click()
    settled(page)


@pytest.mark.thorough
@pytest.mark.usefixtures("faults")
def test_fetching_is_stopped_and_goes_on(
    page: Page, serve, project: Path, tmp_path, tmp_path_factory
):
    """While the server keeps it waiting: the bands that had come wait for the next click."""
    home = copied(installed(tmp_path_factory), tmp_path / "home")
    pieces = settings_of(home).cache_folder / "stac"
    with file_server() as files:
        files.files = {f"/a/{asset}.tif": one for asset, one in scene_files(tmp_path).items()}
        files.faults["/a/red.tif"] = "once 503"
        items = [item("S2A_good", f"{files.url}/a", when=days_ago(20))]
        with stac_api(tmp_path, items) as api:
            hosts = f"{api.removeprefix('http://')},{files.host}"
            address = serve(project / "app.py", LAMASSU_HOME=str(home), LAMASSU_STAC_HOSTS=hosts)
            search_nimrud(page, address, scenes="1")
            page.get_by_role("button", name="Fetch 1 scene").click()
            expect(page.get_by_text("1 of 1: S2A_good B04")).to_be_visible()
            page.get_by_role("button", name="Stop").click()
            expect(page.get_by_text("0 of 1 scene came")).to_be_visible(timeout=60_000)
            waiting = len(list(pieces.glob("*.cut")))
            page.get_by_role("button", name="Fetch 1 scene").click()
            expect(page.get_by_text("1 scene fetched")).to_be_visible(timeout=60_000)
    assert waiting == 2
    assert list(pieces.glob("*.cut")) == []


@pytest.mark.usefixtures("faults")
def test_scenes_are_searched_chosen_and_fetched(
    page: Page, serve, project: Path, tmp_path, tmp_path_factory
):
    """What came is kept, what did not is told; no other host is asked."""
    home = copied(installed(tmp_path_factory), tmp_path / "home")
    made = scene_files(tmp_path)
    with file_server() as files:
        files.files = {f"/a/{asset}.tif": one for asset, one in made.items()}
        items = [
            item("S2A_good", f"{files.url}/a", when=days_ago(20)),
            item("S2A_gone", f"{files.url}/b", when=days_ago(10)),
        ]
        with stac_api(tmp_path, items) as api:
            hosts = f"{api.removeprefix('http://')},{files.host}"
            address = serve(project / "app.py", LAMASSU_HOME=str(home), LAMASSU_STAC_HOSTS=hosts)
            search_nimrud(page, address, scenes="2")
            page.get_by_role("button", name="Fetch 2 scenes").click()
            expect(page.get_by_text("1 scene fetched")).to_be_visible(timeout=60_000)
            expect(page.get_by_text("1 scene could not be fetched")).to_be_visible()
    store = open_store(settings_of(home).store_url)
    scenes = store.read("scenes")
    store.close()
    assert "S2A_good-PL894019" in set(scenes["id"])
    assert {path for path, _ in files.asked} <= {*files.files, "/b/blue.tif"}
