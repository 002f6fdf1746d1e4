"""What is drawn, measured in a real browser on a page of its own."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Page, expect

from geo.grid import geodesic_distance_m
from layers import alerts, basemap, events, posts, roads, seizures, sites
from layers.assets import offline_html
from tests import map_frames
from tests.map_frames import BAGHDAD, NIMRUD

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(project: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page with every layer on the real outlines."""
    borders, world = (
        gpd.read_file(project / "data" / f"{name}.geojson") for name in ("borders", "world")
    )
    outlines = basemap.outlines(borders, world)
    paper = basemap.base_map(outlines, centre_lonlat=(43.7, 33.8), zoom=6, draw=True)
    for module in (roads, sites, posts, events, seizures, alerts):
        kind = module.__name__.rpartition(".")[2]
        module.layer(getattr(map_frames, kind)()).group.add_to(paper)
    file = tmp_path_factory.mktemp("page") / "map.html"
    file.write_text(offline_html(paper), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def drawn(page: Page, address: str) -> Page:
    """The page, with its map as ``map``; the test fails at once if a script fails."""
    page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
    page.goto(address)
    page.wait_for_selector(".lamassu-layers li", state="attached")
    page.evaluate(
        "void (window.map = window[Object.keys(window).find((n) => /^map_[0-9a-f]+$/.test(n))])"
    )
    return page


def look_at(page: Page, lonlat: tuple[float, float], zoom: int) -> None:
    """Moves the map and lets clusters settle."""
    lon, lat = lonlat
    page.evaluate(f"void map.setView([{lat}, {lon}], {zoom}, {{animate: false}})")
    page.wait_for_timeout(350)


def test_circles_are_true_in_metres(drawn: Page):
    """Half the height and half the width on the ellipsoid are the precision's radius, to 0.5 %."""
    look_at(drawn, BAGHDAD, 8)
    circles = drawn.evaluate(
        "(() => {const found = []; map.eachLayer((l) => {if (l instanceof L.Circle) {"
        "const b = l.getBounds(), c = l.getLatLng(); found.push([c.lng, c.lat, l.getRadius(),"
        "b.getWest(), b.getSouth(), b.getEast(), b.getNorth()])}}); return found})()"
    )
    assert {radius for _, _, radius, *_ in circles} == {1_000, 10_000, 100_000}
    for lon, lat, radius, west, south, east, north in circles:
        assert geodesic_distance_m((lon, south), (lon, north)) == pytest.approx(2 * radius, 5e-3)
        assert geodesic_distance_m((west, lat), (east, lat)) == pytest.approx(2 * radius, 5e-3)


def test_seizures_at_one_town_are_one_number_that_opens(drawn: Page):
    """Three at Baghdad at every zoom; a click spreads them out."""
    for zoom in (5, 12, 18):
        look_at(drawn, BAGHDAD, zoom)
        expect(drawn.locator(".lamassu-cluster.lamassu-seizures").first).to_have_text("3")
    drawn.locator(".lamassu-cluster.lamassu-seizures").click()
    expect(drawn.locator(".lamassu-symbol.lamassu-seizures")).to_have_count(3)


def test_real_and_simulated_records_never_share_a_number(drawn: Page):
    """The two alerts lie side by side, one simulated: two symbols, not a cluster of two."""
    look_at(drawn, NIMRUD, 8)
    expect(drawn.locator(".lamassu-symbol.lamassu-alerts")).to_have_count(2)
    expect(drawn.locator(".lamassu-cluster.lamassu-alerts")).to_have_count(0)


def test_a_tooltip_names_a_simulated_record_as_such(drawn: Page):
    """Pointing at the simulated event at Hatra shows the word."""
    look_at(drawn, map_frames.HATRA, 9)
    drawn.locator(".lamassu-symbol.lamassu-events").first.hover()
    expect(drawn.locator(".lamassu-tip")).to_contain_text("SIMULATED")


def test_the_narrow_map_starts_with_its_list_closed(new_page, address: str):
    """On a telephone the map comes first; the list opens by a tap."""
    page = new_page(width=390, height=640)
    page.goto(address)
    body = page.locator(".lamassu-layers > div")
    body.wait_for(state="attached")
    assert not body.is_visible()
    page.locator(".lamassu-layers > button").click()
    expect(body).to_be_visible()


def test_a_distance_can_be_measured(drawn: Page):
    """Two points and a finish: the length in kilometres, and no script fails."""
    drawn.locator(".leaflet-control-measure").hover()
    drawn.locator(".leaflet-control-measure a.start").click()
    for x in (400, 600):
        drawn.mouse.click(x, 600)
        drawn.wait_for_timeout(350)
    drawn.locator(".leaflet-control-measure a.finish").click()
    drawn.wait_for_selector(".leaflet-measure-resultpopup >> text=/[0-9.]+ km/")
