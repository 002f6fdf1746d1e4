"""The whole main job in a real browser, by clicking only, on the embedded facts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    card,
    choose_row,
    go_to_site,
    map_frame,
    open_map,
    saved,
    settled,
    swipe,
    tables,
    turn_to,
    view_of,
)
from tests.homes import copied, installed

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("faults")]

HATRA = (42.72, 35.59)

LONELY = """(() => {
  const size = window.map.getSize(), found = [];
  window.map.eachLayer((layer) => {
    if (layer._icon) found.push([layer, window.map.latLngToContainerPoint(layer.getLatLng())]);
  });
  const inside = ({x, y}) => x > 70 && y > 60 && x < size.x - 70 && y < size.y - 60;
  const alone = (layer, at) => found.every(([other, there]) => other === layer
    || !other.options.interactive || at.distanceTo(there) > 24);
  const [layer, at] = found.find(([layer, at]) => layer.feature && inside(at) && alone(layer, at));
  return [layer.feature.properties.key, at.x, at.y];
})()"""
"""Key of a record in view whose symbol touches no other, and where that is, in pixels."""


@pytest.fixture(scope="module")
def address(serve, project: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The app, started as a user starts it."""
    home = copied(installed(tmp_path_factory), tmp_path_factory.mktemp("main-path") / "home")
    return serve(project / "app.py", LAMASSU_HOME=str(home))


def test_from_the_first_page_to_a_kept_flag(page: Page, address: str, tmp_path: Path):
    """Find Hatra, print it, compare two dates, jump to a flag, keep the flags, see them."""
    frame = open_map(page, address)
    go_to_site(page, "Hatra")
    expect(card(page)).to_contain_text("PL894004")
    expect(card(page).get_by_role("link")).to_have_attribute(
        "href", "https://pleiades.stoa.org/places/894004"
    )
    assert view_of(frame)[:2] == HATRA
    words = printed(page, tmp_path)
    assert "Hatra" in words
    assert "TLP:CLEAR" in words
    assert re.search(r"LMS-\d{8}-[0-9a-f]{8}", words)

    page.get_by_role("button", name="Change here").click()
    settled(page)
    page.get_by_role("button", name="Find change").click()
    expect(page.get_by_text("flagged areas")).to_be_visible(timeout=40_000)
    expect(page.get_by_text("SIMULATED pictures")).to_be_visible()
    expect(swipe(page).locator("input[type=range]")).to_be_attached()
    choose_row(page, tables(page).first, 0)
    score = map_frame(page)
    expect(score.locator(".lamassu-ring")).to_have_count(1)
    assert view_of(score)[2] == 16
    page.get_by_role("button", name="Keep these flags").click()
    expect(page.get_by_text(re.compile(r"[1-9]\d* flags kept"))).to_be_visible()

    turn_to(page, "Map")
    frame = map_frame(page)
    layers = frame.locator(".lamassu-layers section", has_text="Flagged changes")
    expect(layers).to_have_count(1)
    expect(frame.locator(".lamassu-cluster.lamassu-alerts.simulated").first).to_be_attached()


def printed(page: Page, folder: Path) -> str:
    """The text of the page that is previewed and downloaded as PDF."""
    page.get_by_role("button", name="Briefing").click()
    preview = page.get_by_role("dialog").locator("img")
    expect(preview).to_be_visible(timeout=30_000)
    assert preview.evaluate("image => image.decode().then(() => image.naturalWidth)") > 600
    download = saved(page, page.get_by_role("dialog").get_by_role("button", name="PDF").first)
    file = folder / "page.pdf"
    download.save_as(file)
    assert file.read_bytes().startswith(b"%PDF-")
    assert re.fullmatch(r"Hatra_TLP-CLEAR_LMS-[\w-]+\.pdf", download.suggested_filename)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    return subprocess.run(
        ["pdftotext", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout


def test_a_click_on_the_map_or_in_the_table_chooses_a_record(page: Page, address: str):
    """A symbol shows its card and the map stays; a row shows its card and the map moves."""
    frame = open_map(page, address)
    frame.evaluate("void window.map.setView([35.5, 43.24], 11, {animate: false})")
    settled(page)
    before = view_of(frame)
    key, x, y = frame.evaluate(LONELY)
    frame.locator("#map_div").click(position={"x": x, "y": y})
    expect(card(page)).to_contain_text(key.rpartition("/")[2])
    settled(page)
    assert view_of(frame) == before
    choose_row(page, tables(page).first, 0)
    expect(card(page)).to_contain_text("EX001")
    assert view_of(frame) != before


def test_a_limit_leaves_the_map_where_it_is(page: Page, address: str):
    """The map is the same one, at the same place; symbols, counts and table follow the limit."""
    frame = open_map(page, address)
    go_to_site(page, "Hatra")
    before = view_of(frame)
    frame.evaluate("window.markOfThisMap = 1")
    search = page.get_by_role("textbox", name="Search")
    search.fill("الحضر")
    search.press("Enter")
    expect(page.get_by_text("1 record ·")).to_be_visible()
    settled(page)
    assert frame.evaluate("window.markOfThisMap") == 1
    assert view_of(frame) == before
    expect(frame.locator(".lamassu-symbol.lamassu-sites")).to_have_count(1)
    expect(page.locator("[data-testid=stButtonGroup], [role=radiogroup]").first).to_contain_text(
        "Sites 1"
    )


@pytest.mark.thorough
def test_limits_are_kept_while_another_view_is_looked_at(page: Page, address: str):
    """A search typed on the map's page is still there after a look at the sources."""
    open_map(page, address)
    search = page.get_by_role("textbox", name="Search")
    search.fill("Nineveh")
    search.press("Enter")
    expect(page.get_by_text("Text: Nineveh")).to_be_visible()
    turn_to(page, "Sources")
    expect(page.get_by_role("heading", name="Sources")).to_be_visible()
    turn_to(page, "Map")
    expect(page.get_by_text("Text: Nineveh")).to_be_visible()
    expect(search).to_have_value("Nineveh")


@pytest.mark.thorough
def test_a_layer_can_be_switched_off(page: Page, address: str):
    """By its box in the map's own list."""
    frame = open_map(page, address)
    opened = frame.locator("input[data-kind=posts]")
    if not opened.is_visible():
        frame.locator(".lamassu-layers > button").click()
    expect(frame.locator(".lamassu-symbol.lamassu-posts").first).to_be_attached()
    opened.uncheck()
    expect(frame.locator(".lamassu-symbol.lamassu-posts")).to_have_count(0)


@pytest.mark.thorough
def test_a_table_is_brought_in_seen_and_undone(page: Page, address: str, tmp_path: Path):
    """One good row and two bad ones: told apart, the good one on the map, and gone again."""
    file = tmp_path / "three.csv"
    file.write_text(
        "id,event_type,country,place,lon,lat,precision\n"
        "NEW1,seizure,Iraq,Hatra gate,42.73,35.58,vicinity\n"
        "NEW2,theft,Iraq,Mosul,43.1,36.3,town\n"
        "NEW3,seizure,Iraq,Mosul,436.1,36.3,town\n",
        encoding="utf-8",
    )
    page.goto(f"{address}/data")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Import 1 row, keep 2 aside").click()
    told = page.get_by_text("3 rows read = 1 came in + 2 kept aside + 0 known already")
    expect(told).to_be_visible()
    expect(tables(page)).to_have_count(1)

    turn_to(page, "Map")
    go_to_site(page, "Hatra")
    frame = map_frame(page)
    assert key_on_map(frame, "seizures/local/NEW1")

    turn_to(page, "Data")
    page.get_by_role("tab", name="Imports").click()
    settled(page)
    choose_row(page, tables(page).first, 0)
    page.get_by_role("button", name="Undo IM-").click()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("1 versions withdrawn")).to_be_visible()
    turn_to(page, "Map")
    frame = map_frame(page)
    assert not key_on_map(frame, "seizures/local/NEW1")


def key_on_map(frame, key: str) -> bool:
    """Whether a record is on the map, also inside a cluster."""
    return frame.evaluate(
        "(key) => {const found = []; const look = (layer) => {"
        "found.push(layer.feature?.properties?.key);"
        "(layer.getAllChildMarkers ? layer.getAllChildMarkers() : []).forEach(look)};"
        "window.map.eachLayer(look); return found.includes(key)}",
        key,
    )


def test_a_narrow_window_needs_no_sideways_scrolling(new_page, address: str):
    """390 pixels, dark: each view fits, and its main control can be seen and is not cut off."""
    page = new_page(width=390, height=844, dark=True)
    controls = {
        "": page.get_by_role("button", name="Briefing"),
        "change": page.get_by_role("button", name="Find change"),
        "data": page.get_by_test_id("stFileUploader"),
        "sources": page.get_by_role("heading", name="Sources"),
        "settings": page.get_by_role("button", name="Save"),
    }
    for view, control in controls.items():
        page.goto(f"{address}/{view}")
        expect(control).to_be_attached()
        settled(page)
        control.scroll_into_view_if_needed()
        box = control.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert page.get_by_role("dialog").count() == 0
        assert page.evaluate(
            "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map((part) => part.scrollWidth - part.clientWidth)"
        ) == [0, 0]
    light, ground = luminances(page)
    assert light > ground  # the theme follows the system


def luminances(page: Page) -> tuple[float, float]:
    """How light text and ground are, 0 to 255."""
    return tuple(
        page.evaluate(
            "['color', 'backgroundColor'].map((name) => getComputedStyle(document.querySelector("
            "'[data-testid=stApp]'))[name].match(/[\\d.]+/g).slice(0, 3)"
            ".reduce((sum, part) => sum + Number(part) / 3, 0))"
        )
    )
