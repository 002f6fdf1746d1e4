"""From Nimrud to the border in a real browser, by clicking only, on the embedded facts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from geo.frames import frame_of
from geo.store import FileKey, open_store
from tests.browser.steps import (
    card,
    choose_row,
    go_to_site,
    map_frame,
    open_map,
    settled,
    tables,
)
from tests.homes import NOW, copied, installed, settings_of
from tests.map_frames import NIMRUD as NIMRUD_LONLAT

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("faults")]

NIMRUD = "PL894019"


@pytest.fixture(scope="module")
def address(serve, project: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The app on the embedded facts and one kept flag at Nimrud."""
    from shapely.geometry import Point

    home = copied(installed(tmp_path_factory), tmp_path_factory.mktemp("routes") / "home")
    store = open_store(settings_of(home).store_url)
    flag = {
        "id": ["AL-0123456789-01"],
        "site_id": [NIMRUD],
        "geometry": [Point(NIMRUD_LONLAT).buffer(0.001)],
        "precision": ["exact"],
        "area_m2": [40_000.0],
        "score": [7.0],
    }
    key = FileKey(file_name="flag", sha256="6" * 64)
    store.add("alerts", frame_of("alerts", flag), key=key, author="test", now=NOW)
    store.close()
    return serve(project / "app.py", LAMASSU_HOME=str(home))


def find_routes(page: Page) -> Frame:
    """Asks, and waits for the answer on the map."""
    page.get_by_role("button", name="Find routes").click()
    # The first question also compiles what finds the routes.
    expect(page.get_by_text("the largest share of the plausible routes")).to_be_visible(
        timeout=180_000
    )
    settled(page)
    shown = page.frame_locator("iframe[title*=st_folium]")
    expect(shown.locator(".lamassu-symbol.lamassu-exits").first).to_be_attached(timeout=20_000)
    return map_frame(page)


def test_from_a_flag_at_nimrud_to_a_briefing(page: Page, address: str):
    """Flag, routes, one of them on the map, a post closed, kept, printed."""
    open_map(page, address)
    page.get_by_text("Flags 1", exact=True).click()
    settled(page)
    choose_row(page, tables(page).first, 0)
    expect(card(page)).to_contain_text("AL-0123456789-01")
    page.get_by_role("button", name="Routes from here").click()
    settled(page)
    expect(page.get_by_role("combobox", name="Flagged change")).to_have_value(re.compile("Nimrud"))
    frame = find_routes(page)
    expect(page.get_by_text("Roads are SCHEMATIC")).to_be_visible()

    choose_row(page, tables(page).first, 0)
    expect(page.get_by_text("Route 1: to")).to_be_visible()
    frame = map_frame(page)
    zoom = frame.evaluate("window.map.getZoom()")
    assert zoom >= 7
    expect(frame.locator(".lamassu-layers", has_text="Chosen route")).to_have_count(1)
    expect(frame.locator("path.lamassu-flow")).to_have_count(1)

    settled(page)
    box = page.get_by_role("combobox", name="Close posts")
    box.scroll_into_view_if_needed()
    box.click()
    box.fill("Sahela")
    page.get_by_role("option", name="Sahela").click()
    page.keyboard.press("Escape")
    settled(page)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("Points of a hundred")).to_be_visible(timeout=60_000)

    page.get_by_role("button", name="Keep these routes").click()
    expect(page.get_by_text(re.compile(r"[1-9]\d* routes kept"))).to_be_visible()
    page.get_by_role("button", name="Briefing").click()
    # Marked amber by default, as every flag: no page of it for the public.
    expect(page.get_by_role("dialog").get_by_text("TLP:")).to_be_visible()
    page.get_by_role("dialog").get_by_role("combobox").click()
    page.get_by_role("option", name="Internal").click()
    settled(page)
    preview = page.get_by_role("dialog").locator("img")
    expect(preview).to_be_visible(timeout=60_000)
    assert preview.evaluate("image => image.decode().then(() => image.naturalWidth)") > 600


def test_a_site_leads_to_routes_and_a_click_chooses_one(page: Page, address: str):
    """The card's button brings the site; a click on a post chooses the first route to it."""
    open_map(page, address)
    go_to_site(page, "Nimrud")
    expect(card(page)).to_contain_text(NIMRUD)
    page.get_by_role("button", name="Routes from here").click()
    settled(page)
    frame = find_routes(page)
    expect(frame.locator("path.lamassu-flow").nth(1)).to_be_attached()
    frame.evaluate(
        "() => {let found; window.map.eachLayer((layer) => {"
        "if (layer.feature?.properties?.key?.startsWith('exits/')) found = layer});"
        "found.fire('click', {latlng: found.getLatLng()}, true)}"
    )
    expect(page.get_by_text(re.compile(r"Route \d+: to"))).to_be_visible()


@pytest.mark.thorough
def test_a_click_on_the_map_sets_the_start(page: Page, address: str):
    """Beside every record: the place is taken, and the country it lies in."""
    page.goto(f"{address}/routes")
    frame = map_frame(page)
    frame.evaluate("void window.map.setView([32.2, 43.0], 11, {animate: false})")
    settled(page)
    frame.locator("#map_div").click(position={"x": 300, "y": 260})
    expect(page.get_by_text(re.compile(r"Start: \d+\.\d{4}° N"))).to_be_visible()
    expect(page.get_by_placeholder("every post of Iraq")).to_be_attached()


@pytest.mark.thorough
def test_who_wants_less_motion_sees_none(chromium, address: str):
    """The moving dashes are not drawn where the system asks for less motion."""
    context = chromium.new_context(reduced_motion="reduce", viewport={"width": 1200, "height": 900})
    try:
        page = context.new_page()
        open_map(page, address)
        go_to_site(page, "Nimrud")
        page.get_by_role("button", name="Routes from here").click()
        settled(page)
        frame = find_routes(page)
        expect(frame.locator("path.lamassu-flow").nth(1)).to_be_attached()
        assert frame.locator("path.lamassu-flow:visible").count() == 0
    finally:
        context.close()


@pytest.mark.thorough
def test_a_narrow_window_needs_no_sideways_scrolling(new_page, address: str):
    """390 pixels: routes and exposure fit, with their answers."""
    page = new_page(width=390, height=844, dark=True)
    page.goto(f"{address}/exposure")
    page.get_by_role("button", name="Rank the posts").click()
    expect(page.get_by_text("comes from what the model assumes")).to_be_visible(timeout=180_000)
    settled(page)
    assert sideways(page) == [0, 0]
    page.goto(f"{address}/routes")
    settled(page)
    box = page.get_by_role("combobox", name="Site")
    box.click()
    box.fill("Nimrud")
    page.get_by_role("option").first.click()
    settled(page)
    page.get_by_role("button", name="Find routes").click()
    expect(page.get_by_text("the largest share of the plausible routes")).to_be_visible(
        timeout=180_000
    )
    settled(page)
    assert sideways(page) == [0, 0]


def sideways(page: Page) -> list[int]:
    """By how many pixels the page and its main part are wider than the window."""
    return page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map((part) => part.scrollWidth - part.clientWidth)"
    )
