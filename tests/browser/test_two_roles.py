"""Two browsers with two roles side by side: each has its own, at the same time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.listening import Ear
from tests.browser.steps import map_frame, settled, turn_to
from tests.canaries import hits
from tests.canary_channels import together
from tests.canary_records import LEVELS, RING, places_kept_from, planted, secrets_for, told_to
from tests.identity.running import sign_in
from tests.identity.world import World, running_world

pytestmark = pytest.mark.browser

FACTS = 379
"""Sites among the embedded facts, all of them for everybody."""


@pytest.fixture(scope="module")
def world(serve: Callable[..., str], project: Path, tmp_path_factory: pytest.TempPathFactory):
    """The app, the provider and a person of each role."""
    with running_world(serve, project, tmp_path_factory) as running:
        yield running


def sites_for(viewer: str) -> int:
    """How many sites somebody sees."""
    return FACTS + sum(viewer in level.words for level in LEVELS.values())


def expect_sites(page: Page, number: int) -> None:
    """The table's tab says so many, and so many symbols are on the map."""
    tabs = page.locator("[data-testid=stButtonGroup], [role=radiogroup]").first
    expect(tabs).to_contain_text(f"Sites {number}", timeout=15_000)


def logged_in(new_page: Callable[..., Page], world: World, name: str) -> tuple[Page, Ear]:
    """A browser of somebody's own, and all that it hears."""
    page = new_page(width=1400, height=900)
    ear = Ear(page)
    page.goto(world.address)
    settled(page)
    sign_in(page, name)
    map_frame(page)
    return page, ear


def draw_anew(page: Page) -> None:
    """The least that a person can do: turn to another table."""
    for tab in ("Posts", "Sites"):
        page.get_by_role("radio", name=tab).or_(page.get_by_role("button", name=tab)).first.click()
        settled(page)


def test_two_roles_side_by_side(new_page: Callable[..., Page], world: World):
    """A partner and the administrator, turn by turn, on one server with one cache."""
    left, left_ear = logged_in(new_page, world, "petra")
    right, right_ear = logged_in(new_page, world, "alice")
    for _ in range(2):
        for page, viewer in ((left, "partner"), (right, "administrator")):
            draw_anew(page)
            expect_sites(page, sites_for(viewer))
    left_ear.look("map")
    right_ear.look("map")
    withheld = secrets_for("partner")
    assert not any(hits(content, withheld) for _, content in together(left_ear.told()))
    entitled = {bird.word for bird in told_to("administrator", "sites")}
    found = {hit.word for _, content in together(right_ear.told())
             for hit in hits(content, told_to("administrator", "sites"))}  # fmt: skip
    assert found == entitled
    left.close()
    right.close()


@pytest.mark.thorough
def test_what_is_closed_is_gone_at_the_next_click(new_page: Callable[..., Page], world: World):
    """The office closes a dataset on one side; the partner's page on the other side follows."""
    page, _ = logged_in(new_page, world, "petra")
    expect_sites(page, sites_for("partner"))
    world.store.share("local", [RING], author="alice", now=datetime.now(UTC))
    try:
        draw_anew(page)
        expect_sites(page, FACTS)
    finally:
        world.store.share("local", [], author="alice", now=datetime.now(UTC))


def test_what_becomes_sensitive_is_gone_from_the_next_page(
    new_page: Callable[..., Page], world: World
):
    """A site that the office calls extremely sensitive is on no page that is drawn from then on."""
    page, ear = logged_in(new_page, world, "petra")
    expect_sites(page, sites_for("partner"))
    site = next(bird for bird in planted() if bird.id == "ZQ-sites-plain")
    change = {"author": "alice", "reason": "made up", "dataset_id": "local"}
    world.store.correct("sites", site.id, {"sensitivity": "1"}, now=datetime.now(UTC), **change)
    try:
        turn_to(page, "Sources")
        ear.told().clear()
        turn_to(page, "Map")
        expect_sites(page, sites_for("partner") - 1)
        ear.look("map")
        assert not any(hits(content, [site.canary]) for _, content in together(ear.told()))
    finally:
        world.store.correct(
            "sites", site.id, {"sensitivity": "none"}, now=datetime.now(UTC), **change
        )


@pytest.mark.thorough
def test_the_administrator_sees_as_a_partner_and_back(new_page: Callable[..., Page], world: World):
    """What "see as" shows is what a partner is shown: not less redacted, and no more."""
    page, ear = logged_in(new_page, world, "alice")
    page.get_by_role("link", name="Access", exact=True).first.click()
    settled(page)
    page.get_by_text("See as another", exact=True).first.click()
    settled(page)
    page.get_by_text("Partner", exact=True).last.click()
    settled(page)
    ear.told().clear()
    page.get_by_role("button", name="See as").click()
    settled(page)
    page.get_by_role("link", name="Map", exact=True).first.click()
    settled(page)
    expect(page.get_by_text("You see what a")).to_be_visible()
    map_frame(page)
    expect_sites(page, sites_for("partner"))
    ear.look("map")
    coarse = [bird for bird in places_kept_from("partner") if bird not in secrets_for("partner")]
    for _, content in together(ear.told()):
        assert hits(content, secrets_for("partner")) == set()
        assert {hit.form for hit in hits(content, coarse)} <= {"word"}
    page.get_by_role("button", name="Back to my own view").click()
    settled(page)
    expect_sites(page, sites_for("administrator"))
