"""The page of access in a real browser: narrow, dark, hostile; and links that only open here."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.access import Member, Role
from geo.store import open_store
from tests import secret_records
from tests.browser.steps import saved, settled
from tests.homes import NOW, copied, installed, settings_of
from tests.map_frames import PAYLOADS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("faults")]

PARTS = ("People", "Closed data", "Who sees what", "Why?", "See as another", "Audit")

HOSTILE = "".join(c for c in " ".join(PAYLOADS) if c.isprintable() and c != ",")[:180].strip()


@pytest.fixture(scope="module")
def address(serve, project: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The app on the made-up records, with people of harmless and of hostile names."""
    home = copied(installed(tmp_path_factory), tmp_path_factory.mktemp("access") / "home")
    store = open_store(settings_of(home).store_url)
    secret_records.bring(store)
    for subject, name, role, groups in (
        ("oidc:layla@office.example", "ليلى حسن", Role.ADMINISTRATOR, ()),
        ("proxy:omar", "Omar Made-up", Role.ANALYST, (secret_records.GROUP,)),
        (f"oidc:{HOSTILE}", HOSTILE, Role.PARTNER, (HOSTILE,)),
    ):
        said = Member(subject=subject, name=name, role=role, groups=frozenset(groups))
        store.set_member(said, author=HOSTILE, now=NOW)
    store.share(HOSTILE, [HOSTILE], author=HOSTILE, now=NOW)
    store.close()
    return serve(project / "app.py", LAMASSU_HOME=str(home))


def turn_to_part(page: Page, part: str) -> None:
    """Clicks the name of a part of the page."""
    page.get_by_test_id("stButtonGroup").first.get_by_text(part, exact=True).click()
    settled(page)


@pytest.mark.thorough
def test_every_part_fits_a_narrow_window_and_runs_nothing(new_page, address: str):
    """390 pixels: no sideways scrolling, and the words of hostile people are only words."""
    page = new_page(width=390, height=844, dark=True)
    page.goto(f"{address}/access")
    settled(page)
    for part in PARTS:
        turn_to_part(page, part)
        assert page.locator("[data-testid=stException]").count() == 0
        assert (part, page.evaluate(
            "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map((part) => part.scrollWidth - part.clientWidth)"
        )) == (part, [0, 0])  # fmt: skip
        assert [frame.evaluate("window.__X") for frame in page.frames] == [None] * len(page.frames)


def test_somebody_is_given_access_by_clicking(page: Page, address: str):
    """Address, name, role, save: the person stands in the table."""
    page.goto(f"{address}/access")
    settled(page)
    page.get_by_role("textbox", name="E-mail address").last.fill("sara@office.example")
    page.get_by_label("Name", exact=True).fill("سارة")
    page.get_by_label("Name", exact=True).press("Tab")
    settled(page)
    page.get_by_text("Partner", exact=True).last.click()
    settled(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    row = page.locator(".lamassu-access tr", has_text="sara@office.example")
    expect(row).to_contain_text("سارة")
    expect(row).to_contain_text("Partner")


def test_the_page_shows_why_a_record_is_withheld(page: Page, address: str):
    """For the public, of a highly sensitive site."""
    page.goto(f"{address}/access")
    settled(page)
    turn_to_part(page, "Why?")
    box = page.get_by_role("combobox", name="Record", exact=True)
    box.click()
    box.fill("Madeup high")
    page.get_by_role("option").first.click()
    settled(page)
    reasons = page.locator(".lamassu-reasons")
    expect(reasons).to_contain_text("Withheld")
    expect(reasons).to_contain_text("Rule R5")


@pytest.mark.thorough
def test_a_link_takes_the_keyboard_and_opens_nowhere_else(
    page: Page, new_page, address: str, tmp_path: Path
):
    """Tab and Enter save the audit; another browser gets 404 for the same address."""
    page.goto(f"{address}/access")
    settled(page)
    turn_to_part(page, "Audit")
    page.get_by_label("Of what").click()
    download = saved(page, page.get_by_role("button", name="Audit with proof"))
    download.save_as(tmp_path / "audit.zip")
    with zipfile.ZipFile(tmp_path / "audit.zip") as bundle:
        assert {"manifest.json", "manifest.sig", "verify.py"} <= set(bundle.namelist())
    link = page.locator("a.lamassu-save")
    page.get_by_role("button", name="Check the whole audit").focus()
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    with page.expect_download():
        page.keyboard.press("Enter")
    path = link.get_attribute("href")
    assert page.request.get(f"{address}{path}").status == 200
    assert new_page().request.get(f"{address}{path}").status == 404


def test_the_office_is_seen_as_a_partner_and_back(page: Page, address: str):
    """The map has the partner's pages only, and the banner brings the others back."""
    page.goto(f"{address}/access")
    settled(page)
    turn_to_part(page, "See as another")
    expect(page.get_by_role("button", name=re.compile("^See as "))).to_be_visible()
    page.get_by_text("Partner", exact=True).last.click()
    settled(page)
    page.get_by_role("button", name="See as partner").click()
    expect(page.get_by_text("You see what a partner")).to_be_visible(timeout=30_000)
    settled(page)
    expect(page.get_by_role("link", name="Routes", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Back to my own view").click()
    expect(page.get_by_role("link", name="Routes", exact=True)).not_to_have_count(0)
