"""The queue of alerts in the real app: keys, pictures, chart, narrow and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from geo.store import open_store
from tests import triage_records
from tests.browser.steps import card, choose, settled
from tests.homes import copied, installed, settings_of
from tests.map_frames import PAYLOADS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("faults")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the made-up alerts, the hint of one of them hostile."""
    made = copied(installed(tmp_path_factory), tmp_path_factory.mktemp("triage") / "home")
    store = open_store(settings_of(made).store_url)
    triage_records.fill(store, hint=" ".join(PAYLOADS))
    store.close()
    return made


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], project: Path, home: Path) -> str:
    """The page of alerts of the app, started as a user starts it."""
    return serve(project / "app.py", LAMASSU_HOME=str(home)) + "/alerts"


@pytest.fixture
def alerts(page: Page, address: str) -> Page:
    """The page, at rest."""
    page.goto(address)
    expect(card(page).first).to_contain_text("AL-PAIR")
    settled(page)
    return page


def pressed(page: Page, key: str) -> Page:
    """Presses a key once the page listens and its buttons are drawn; waits until it is at rest."""
    expect(page.locator(".st-key-triage-help button")).to_be_visible()
    ear = page.frame_locator("iframe[srcdoc]").last
    expect(ear.locator("#keys[data-listening]")).to_be_attached()
    page.keyboard.press(key)
    settled(page)
    return page


def pictures(page: Page) -> FrameLocator:
    """The frame of the pictures; the other one listens to the keys."""
    return page.frame_locator("iframe[srcdoc]").first


def reason(page: Page, number: int) -> Locator:
    """The button of a reason."""
    return page.locator(f".st-key-triage-reason-{number} button")


def test_the_queue_goes_by_keys(alerts: Page):
    """Also while a choice of the list or a picture has the focus; never while somebody types."""
    expect(card(pressed(alerts, "j")).first).to_contain_text("AL-SERIES")
    expect(card(pressed(alerts, "k")).first).to_contain_text("AL-PAIR")
    alerts.get_by_role("radio").nth(1).focus()
    expect(card(pressed(alerts, "j")).first).to_contain_text("AL-SERIES")
    pictures(alerts).locator("#at").focus()
    expect(card(pressed(alerts, "j")).first).to_contain_text("AL-RADAR")
    expect(card(pressed(alerts, "k")).first).to_contain_text("AL-SERIES")
    alerts.get_by_role("textbox", name="Words").focus()
    expect(card(pressed(alerts, "k")).first).to_contain_text("AL-SERIES")


def test_the_timelapse_plays_and_says_what_was_not_seen(alerts: Page):
    """It stands still until it is played; a clouded date is veiled."""
    choose(alerts, "All 4")
    alerts.get_by_text("AL-SERIES").first.click()
    settled(alerts)
    choose(alerts, "Timelapse")
    frame = pictures(alerts)
    shown = frame.locator("figure:not([hidden])")
    expect(shown).to_have_count(1)
    first = shown.get_attribute("data-words")
    alerts.wait_for_timeout(1_000)
    assert shown.get_attribute("data-words") == first
    frame.get_by_role("button", name="Play").click()
    expect(shown).not_to_have_attribute("data-words", first or "")
    frame.get_by_role("button", name="Pause").click()
    frame.locator("#at").focus()
    alerts.keyboard.press("End")
    alerts.keyboard.press("ArrowLeft")
    expect(frame.locator("#told")).to_have_text("16 Sep 2016, 0% clear, not seen: cloud or shadow")
    expect(shown.locator(".veil")).to_be_visible()
    expect(shown.get_by_text("SIMULATED")).to_be_visible()


def test_the_series_is_a_chart_with_its_table(alerts: Page):
    """One point for each picture; the numbers unfold."""
    choose(alerts, "All 4")
    choose(alerts, "Series")
    frame = pictures(alerts)
    expect(frame.locator("svg .point")).to_have_count(6)
    frame.get_by_text("All dates as a table").click()
    expect(frame.locator("tbody tr")).to_have_count(6)


@pytest.mark.parametrize(
    ("width", "dark"), [(400, True), pytest.param(1200, False, marks=pytest.mark.thorough)]
)
def test_nothing_runs_over_the_edge(new_page, address: str, width: int, *, dark: bool):
    """Narrow and wide, dark and light; hostile text stays text, Arabic reads from the right."""
    page = new_page(width=width, dark=dark)
    page.goto(address)
    expect(card(page).first).to_contain_text("AL-")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.__X === undefined")
    arabic = card(page).first.locator("[dir=rtl]")
    assert arabic.evaluate("one => getComputedStyle(one).direction") == "rtl"
    frame = pictures(page)
    scheme = frame.locator("body").evaluate("one => getComputedStyle(one).colorScheme")
    assert scheme == ("dark" if dark else "light")


def test_a_rejection_by_keys_alone(alerts: Page):
    """R, two reasons, one taken back, Enter; the words of the keys come and go by ?."""
    pressed(alerts, "?")
    expect(alerts.get_by_text("next, previous alert")).to_be_visible()
    pressed(alerts, "?")
    expect(alerts.get_by_text("next, previous alert")).to_have_count(0)
    choose(alerts, "To judge 4")  # Enter is not for what was clicked
    pressed(alerts, "r")
    expect(reason(alerts, 1)).to_be_visible()
    for key in ("1", "3", "1"):
        pressed(alerts, key)
    alerts.keyboard.press("Enter")
    toast = alerts.locator("[data-testid=stToast]")
    expect(toast).to_contain_text("you said rejected")
    settled(alerts)
    expect(card(alerts).first).not_to_contain_text("AL-PAIR")
    choose(alerts, "Done 1")
    expect(card(alerts).first).to_contain_text("AL-PAIR")
    expect(alerts.get_by_text("cloud, shadow or haze")).to_be_visible()
