"""What the reader does with the map, in a real browser: click, choose, switch off, draw."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.map_frames import BAGHDAD, NIMRUD

pytestmark = pytest.mark.browser

APP = Path(__file__).with_name("map_app.py")


@pytest.fixture(scope="module")
def address(serve) -> str:
    """Address of the page with the map."""
    return serve(APP)


@pytest.fixture
def frame(page: Page, address: str) -> Frame:
    """The map's frame, once everything is drawn."""
    page.goto(address)
    handle = page.wait_for_selector("iframe[title*=st_folium]", state="attached")
    found = handle.content_frame()
    assert found is not None
    found.wait_for_selector(".lamassu-cluster.lamassu-seizures", state="attached")
    settled(page)
    return found


def settled(page: Page) -> None:
    """Waits until the script has run and the map has been still for longer than its delay."""
    page.wait_for_timeout(400)
    expect(page.locator("[data-testid=stApp]")).to_have_attribute(
        "data-test-script-state", "notRunning"
    )


def view(page: Page, frame: Frame, lonlat: tuple[float, float], zoom: int) -> None:
    """Moves the map without Python."""
    lon, lat = lonlat
    frame.evaluate(f"void window.map.setView([{lat}, {lon}], {zoom}, {{animate: false}})")
    settled(page)


def click_at(frame: Frame, lonlat: tuple[float, float]) -> None:
    """Clicks into the map at a place."""
    lon, lat = lonlat
    x, y = frame.evaluate(
        f"(() => {{const p = window.map.latLngToContainerPoint([{lat}, {lon}]);"
        "return [p.x, p.y]})()"
    )
    frame.locator("#map_div").click(position={"x": x, "y": y})


def told(page: Page, text: str) -> None:
    """Waits until the page says `text`."""
    expect(page.get_by_text(text).first).to_be_visible()


def test_every_click_on_a_record_reaches_the_script(page: Page, frame: Frame):
    """Site, then the same site again, then another record: three new clicks, the right names."""
    view(page, frame, NIMRUD, 12)
    frame.locator(".lamassu-symbol.lamassu-sites").first.click()
    told(page, "clicked sites/local/PL1 new 1 runs 2")
    settled(page)
    frame.locator(".lamassu-symbol.lamassu-sites").first.click()
    told(page, "clicked sites/local/PL1 new 2 runs 3")
    expect(frame.locator(".lamassu-ring")).to_have_count(1)


@pytest.mark.thorough
def test_a_record_inside_a_cluster_is_told_and_the_cluster_stays_open(page: Page, frame: Frame):
    """Three seizures share Baghdad: the cluster opens, one is clicked, the rerun closes nothing."""
    frame.locator(".lamassu-cluster.lamassu-seizures").click()
    leaves = frame.locator(".lamassu-symbol.lamassu-seizures")
    expect(leaves).to_have_count(5)
    settled(page)
    leaves.nth(2).click()
    told(page, "clicked seizures/local/SZ")
    settled(page)
    expect(leaves).to_have_count(5)
    leaves.nth(3).click()
    told(page, "new 2")


@pytest.mark.thorough
def test_ids_with_any_letter_come_back_whole(page: Page, frame: Frame):
    """The id ``SZ 2/a`` holds a space and a slash."""
    page.get_by_role("button", name="Choose seizure").click()
    expect(frame.locator(".lamassu-ring")).to_have_count(1)
    expect(frame.locator(".lamassu-symbol.lamassu-seizures")).to_have_count(3)
    settled(page)
    frame.evaluate(
        "(() => {const found = []; window.map.eachLayer((l) => {"
        "if (l.feature && l.feature.properties && l.feature.properties.key === "
        "'seizures/local/SZ%202%2Fa') found.push(l)}); found[0].fire('click', {}, true)})()"
    )
    told(page, "clicked seizures/local/SZ 2/a new 1")


@pytest.mark.thorough
def test_a_polygon_and_a_line_are_told(page: Page, frame: Frame):
    """An alert's area and a road, both drawn on the canvas, are clicked by their place."""
    view(page, frame, (NIMRUD[0] + 0.005, NIMRUD[1] + 0.001), 15)
    click_at(frame, (NIMRUD[0] + 0.005, NIMRUD[1] + 0.001))
    told(page, "clicked alerts/local/id text new 1")
    settled(page)
    halfway = ((43.13 + 42.718) / 2, (36.335 + 35.588) / 2)
    view(page, frame, halfway, 9)
    click_at(frame, halfway)
    told(page, "clicked roads/local/RL1 new 2")


@pytest.mark.thorough
def test_a_layer_that_was_switched_off_stays_off_when_the_filter_changes(page: Page, frame: Frame):
    """Nor is the map mounted anew, nor the view lost; what the filter takes away is gone."""
    view(page, frame, BAGHDAD, 8)
    frame.evaluate("window.markOfThisMap = 1")
    expect(frame.locator(".lamassu-symbol.lamassu-sites")).to_have_count(3)
    frame.locator("input[data-kind=posts]").uncheck()
    expect(frame.locator(".lamassu-symbol.lamassu-posts")).to_have_count(0)
    page.get_by_text("Few sites").click()
    expect(frame.locator(".lamassu-symbol.lamassu-sites")).to_have_count(2)
    settled(page)
    expect(frame.locator(".lamassu-symbol.lamassu-posts")).to_have_count(0)
    assert frame.evaluate("[window.markOfThisMap, window.map.getZoom()]") == [1, 8]
    frame.locator("input[data-kind=posts]").check()
    expect(frame.locator(".lamassu-symbol.lamassu-posts")).to_have_count(3)
    settled(page)
    frame.locator(".lamassu-symbol.lamassu-posts").last.click()
    told(page, "clicked posts/local/")


def test_the_map_jumps_to_a_chosen_record_as_often_as_asked(page: Page, frame: Frame):
    """Twice to the same place, with the map moved between; a cluster is opened; nothing is left."""
    for _ in range(2):
        page.get_by_role("button", name="Choose seizure").click()
        page.wait_for_timeout(100)
        settled(page)
        lat, lng, zoom = frame.evaluate(
            "[window.map.getCenter().lat, window.map.getCenter().lng, window.map.getZoom()]"
        )
        assert (round(lng, 2), round(lat, 2), zoom) == (*BAGHDAD, 10)
        expect(frame.locator(".lamassu-symbol.lamassu-seizures")).to_have_count(3)
        view(page, frame, NIMRUD, 7)
    page.get_by_role("button", name="Choose nothing").click()
    expect(frame.locator(".lamassu-ring")).to_have_count(0)


def test_an_area_can_be_drawn(page: Page, frame: Frame):
    """A rectangle drawn with the mouse arrives as a polygon."""
    frame.locator(".leaflet-draw-draw-rectangle").click()
    box = page.locator("iframe[title*=st_folium]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 250)
    page.mouse.down()
    page.mouse.move(box["x"] + 420, box["y"] + 330, steps=5)
    page.mouse.up()
    told(page, "drawn Polygon")
