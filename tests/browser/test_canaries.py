"""Roles walk through the whole app: nothing that reaches a browser is not for it.

A partner, who is told of some places and not of others, walks each time. All six walk by

    bash tests/run --thorough tests/browser/test_canaries.py
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.listening import Ear
from tests.browser.steps import settled
from tests.canaries import hits
from tests.canary_channels import leaks
from tests.canary_records import KINDS, planted, told_to
from tests.identity.running import sign_in
from tests.identity.world import VIEWER_OF, World, running_world

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

VIEWS = ("change", "cases", "routes", "exposure", "hotspots", "data", "sources", "settings",
         "access", "account", "nowhere")  # fmt: skip
"""The addresses of all views, whoever may see them, and one of none."""

WALKERS = [pytest.param(name, id=viewer) for name, viewer in VIEWER_OF.items()]
"""Who walks: each of the six roles."""


@pytest.fixture(scope="module")
def world(serve: Callable[..., str], project: Path, tmp_path_factory: pytest.TempPathFactory):
    """The app, the provider, a person of each role; strangers may look around."""
    with running_world(serve, project, tmp_path_factory, anonymous=True) as running:
        yield running


@pytest.fixture(scope="module")
def heard() -> dict[str, list[tuple[str, bytes]]]:
    """What each of the roles was told."""
    return {}


def walk(page: Page, world: World, name: str) -> Ear:
    """Through every view, table, map, page and file that somebody may have, and to some others."""
    ear = Ear(page)
    page.goto(f"{world.address}/{'account' if name else ''}")
    settled(page)
    if name:
        sign_in(page, name)
    expect(page.locator("iframe[title*=st_folium]").first).to_be_visible(timeout=30_000)
    settled(page)
    ear.look("map")
    for tab in ("Sites", "Posts", "Seizures", "Events", "Flags"):
        button = page.get_by_role("radio", name=tab).or_(page.get_by_role("button", name=tab))
        if button.count():
            button.first.click()
            settled(page)
    go_to(page, "Zyqsitesmedium")
    ear.look("chosen")
    search_for(page, "zyqsiteshigh")
    ear.look("searched")
    if page.get_by_role("button", name="Briefing").count():
        print_page(page, ear)
    for view in VIEWS:
        page.goto(f"{world.address}/{view}")
        settled(page)
        ear.look(view)
        if view == "data" and name:
            hand_over(page, ear)
    return ear


def go_to(page: Page, words: str) -> None:
    """Choose a site."""
    box = page.get_by_role("combobox", name="Go to a site")
    box.click()
    box.fill(words)
    option = page.get_by_role("option").first
    option.click()
    settled(page)


def search_for(page: Page, words: str) -> None:
    """Type the beginning of a word into the search of the map, and take it out again."""
    box = page.get_by_role("textbox", name="Search")
    for text in (words, ""):
        box.fill(text)
        box.press("Enter")
        settled(page)


def print_page(page: Page, ear: Ear) -> None:
    """Preview the chosen site's page and save it."""
    page.get_by_role("button", name="Briefing").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("img")).to_be_visible(timeout=30_000)
    dialog.get_by_role("button", name="PDF", exact=True).click()
    with page.expect_download() as download:
        dialog.locator(".lamassu-save").first.click()
    ear.fetched(download.value)
    ear.look("briefing")
    dialog.get_by_role("button", name="Close").click()


def hand_over(page: Page, ear: Ear) -> None:
    """Make a file of sites for the widest audience that is offered, and save it."""
    tab = page.get_by_role("tab", name="Hand over")
    make = page.get_by_role("button", name="Make the file")
    expect(tab.or_(make).first).to_be_visible(timeout=30_000)
    if tab.count():
        tab.click()
    expect(make).to_be_visible()
    for label, words in (("Records", "Sites"), ("Format", "GeoPackage")):
        page.get_by_role("combobox", name=label, exact=True).click()
        page.get_by_role("option").filter(has_text=words).first.click()
        settled(page)
    page.get_by_role("combobox", name="For whom").click()
    page.get_by_role("option").last.click()
    settled(page)
    make.click()
    link = page.locator(".lamassu-save:visible").first
    expect(link).to_be_visible(timeout=30_000)
    with page.expect_download() as download:
        link.click()
    ear.fetched(download.value)


@pytest.mark.parametrize("name", WALKERS)
def test_nothing_reaches_a_browser_that_is_not_for_it(
    new_page: Callable[..., Page], world: World, heard: dict[str, list], name: str
):
    """In messages, pages, frames, files, names, addresses, headers and the console."""
    ear = walk(new_page(width=1400, height=1400), world, name)
    heard[name] = ear.told()
    assert leaks(heard[name], VIEWER_OF[name]) == []


@pytest.mark.parametrize("name", [walker for walker in WALKERS if walker.values[0]])
def test_the_same_search_finds_what_is_for_them(heard: dict[str, list], name: str):
    """It is not blind: whoever is entitled to a place has got it, as a message and as a file."""
    if name not in heard:
        pytest.skip("they did not walk in this run")
    entitled = told_to(VIEWER_OF[name], "sites")
    for way in ("message", "file"):
        found = {
            hit.word
            for came, content in heard[name]
            if came == way
            for hit in hits(content, entitled)
            if hit.form != "word"
        }
        assert found == {bird.word for bird in entitled}, way


def test_the_log_holds_no_canary(world: World):
    """After the walk: neither words nor places, for nobody."""
    birds = [bird.canary for bird in planted()]
    log = world.log.read_bytes()
    assert log
    assert hits(log, birds) == set()


def test_the_audit_holds_no_place(world: World):
    """It tells who saw which record, by its id."""
    birds = [bird.canary for bird in planted()]
    audit = "\n".join(map(repr, world.store.audit()))
    assert "ZQ-sites-" in audit
    assert {hit.form for hit in hits(audit, birds)} <= {"word"}


@pytest.mark.parametrize("path", ["media/a.pdf", "_stcore/metrics", "app/static/a", "files/a"])
def test_what_has_no_role_is_not_served(world: World, path: str):
    """Parts of the server that ask nobody who they are."""
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{world.address}/{path}", timeout=10)


def test_every_kind_has_a_canary():
    """What is not planted cannot be found."""
    assert {bird.kind for bird in planted()} == set(KINDS)
