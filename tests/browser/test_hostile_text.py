"""Hostile text in every field that a map shows: nothing of it runs in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from layers import basemap, sites
from layers.assets import offline_html
from layers.map_layer import LONGEST_TEXT, Drawing, MapLayer, selection
from layers.style import legend_html
from tests import map_frames
from tests.map_frames import PAYLOADS, X, drawn

pytestmark = pytest.mark.browser

APP = Path(__file__).with_name("hostile_app.py")

POKE = """async () => {
  const seen = [];
  const poke = (layer) => {
    if (layer.getTooltip && layer.getTooltip()) {
      layer.fire("mouseover", {}, true);
      layer.openTooltip();
      seen.push(layer.getTooltip().getElement()?.textContent || "");
      layer.fire("click", {latlng: map.getCenter()}, true);
      layer.closeTooltip();
    }
  };
  const named = Object.keys(window).find((name) => /^map_[0-9a-f]+$/.test(name));
  const map = window.map || window[named];
  for (const zoom of [5, 9, 14]) {
    map.setView([36.098, 43.328], zoom, {animate: false});
    await new Promise((done) => setTimeout(done, 60));
  }
  map.setView([36.098, 43.328], 5, {animate: false});
  await new Promise((done) => setTimeout(done, 300));
  map.eachLayer(poke);
  const inside = [];
  map.eachLayer((layer) => layer.getAllChildMarkers && inside.push(...layer.getAllChildMarkers()));
  inside.forEach((marker) => {
    const tip = marker.getTooltip().getContent();
    const shown = document.createElement("div");
    shown.innerHTML = tip;
    document.body.append(shown);
    seen.push(shown.textContent);
    shown.remove();
  });
  for (const box of document.querySelectorAll(".lamassu-layers input")) {
    box.click();
    box.click();
  }
  await new Promise((done) => setTimeout(done, 200));
  return seen;
}"""
"""Points at and clicks on every symbol and line, reads every tooltip, switches every layer."""


def page_of(folder: Path, layers: list[MapLayer], outlines=None) -> str:
    """The address of a page that holds the map and the legend of `layers`."""
    paper = basemap.base_map(
        outlines or map_frames.hostile_outlines(), centre_lonlat=(43.3, 36.1), zoom=7, draw=True
    )
    for layer in layers:
        layer.group.add_to(paper)
    file = folder / "map.html"
    text = offline_html(paper).replace("<body>", f"<body>{legend_html(layers)}")
    file.write_text(text, encoding="utf-8")
    return file.as_uri()


def marks(page: Page) -> list[object]:
    """What payloads have left behind, in every frame of the page."""
    return [mark for frame in page.frames if (mark := frame.evaluate("window.__X")) is not None]


def shown(payload: str) -> str:
    """How a payload reads in a tooltip."""
    flat = " ".join(payload.split())
    return flat if len(flat) <= LONGEST_TEXT else flat[: LONGEST_TEXT - 1].rstrip()


def test_nothing_runs_on_a_page_full_of_payloads(page: Page, tmp_path: Path):
    """Every shown field of six layers x every payload; each payload can be read as it stands."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: dialog.dismiss())
    layers = map_frames.hostile_layers()
    fields = sum(str(drawn(layer)).count("&lt;svg onload") for layer in layers)
    assert fields >= 30, "the frames reach fewer shown fields than they should"
    page.goto(page_of(tmp_path, layers))
    page.wait_for_selector(".lamassu-layers section", state="attached")
    texts = page.evaluate(POKE)
    assert marks(page) == []
    assert errors == []
    everything = " ".join(" ".join(text.split()) for text in texts)
    assert [p for p in PAYLOADS if shown(p) not in everything] == []


def test_nothing_runs_from_the_name_or_the_legend_of_a_layer(page: Page, tmp_path: Path):
    """In the map's own list of layers, and in the legend beside it."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for payload in PAYLOADS:
        page.goto(page_of(tmp_path, [map_frames.hostile_legend(payload)]))
        page.wait_for_selector(".lamassu-layers li", state="attached")
        page.evaluate(
            "for (const element of document.querySelectorAll('*'))"
            " element.dispatchEvent(new MouseEvent('mouseover'))"
        )
        assert (payload, marks(page), errors) == (payload, [], [])


def test_a_hostile_selection_does_not_run(page: Page, tmp_path: Path):
    """Dataset, id and request of a chosen record."""
    layer = sites.layer(map_frames.sites())
    ring = selection(
        "sites", PAYLOADS[0], PAYLOADS[4], lonlat=(43, 36), jump_zoom=9, request=PAYLOADS[4]
    )
    chosen = MapLayer(name="chosen", group=ring, legend=(), unplaced=0)
    page.goto(page_of(tmp_path, [layer, chosen]))
    page.wait_for_selector(".lamassu-ring", state="attached")
    assert marks(page) == []


def test_the_check_can_fail(page: Page, tmp_path: Path):
    """One text that was not escaped leaves its mark on the same page: the harness is not blind."""
    layer = sites.layer(map_frames.sites())
    (drawing,) = (c for c in layer.group._children.values() if isinstance(c, Drawing))
    content = json.loads(drawing.data)
    content["rows"][0][4] = f"<img src=x onerror={X}>"
    drawing.data = json.dumps(content).replace("</", "<\\/")
    page.goto(page_of(tmp_path, [layer]))
    page.wait_for_selector(".lamassu-layers section", state="attached")
    page.evaluate(POKE)
    page.wait_for_function("window.__X")
    assert marks(page) == [1]


def test_nothing_runs_through_streamlit(page: Page, serve):
    """The same by st_folium and st.html: in the map's frame and in the page around it."""
    page.goto(serve(APP))
    handle = page.wait_for_selector("iframe[title*=st_folium]", state="attached")
    frame = handle.content_frame()
    assert isinstance(frame, Frame)
    frame.wait_for_selector(".lamassu-layers section", state="attached")
    texts = frame.evaluate(POKE)
    assert len(texts) > 5 * len(PAYLOADS)
    expect(page.get_by_text("clicked nothing")).to_have_count(0)
    page.wait_for_timeout(500)
    assert marks(page) == []
    expect(page.locator(".lamassu-legend section")).to_have_count(6 + len(PAYLOADS))
