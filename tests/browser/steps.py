"""What a person does with the app, for the browser tests: turn to a view, type, click, wait."""

from __future__ import annotations

from playwright.sync_api import (
    BrowserContext,
    Download,
    Frame,
    FrameLocator,
    Locator,
    Page,
    expect,
)

NOTE_WAITING = """
const send = WebSocket.prototype.send, listened = new WeakSet();
let words = 0, answered = true;
function busy() {
  const word = ++words;
  const rest = () => { if (word === words) delete document.documentElement.dataset.waiting; };
  document.documentElement.dataset.waiting = "";
  if (answered) setTimeout(() => requestIdleCallback(rest), 300);
}
WebSocket.prototype.send = function (message) {
  if (!listened.has(this)) {
    listened.add(this);
    for (const heard of ["message", "close"])
      this.addEventListener(heard, () => { answered = true; busy(); });
  }
  answered = false;
  busy();
  return send.call(this, message);
};
"""
"""Marks a page until the server has answered what it was last asked and been silent for 0.3 s,
and the page has drawn what it said.

A run that ends in another run, as where somebody's rights have changed, is at rest in between.
"""


def note_waiting(context: BrowserContext) -> None:
    """Lets `settled` know of each page of a browser whether it waits for its server."""
    context.add_init_script(NOTE_WAITING)


def open_map(page: Page, address: str) -> Frame:
    """The map's frame, once its symbols are drawn and the server is at rest."""
    page.goto(address)
    return map_frame(page)


def map_frame(page: Page) -> Frame:
    """The frame of the map that is shown, once its symbols are drawn."""
    shown = page.locator("iframe[title*=st_folium]").first
    shown.wait_for(state="attached")
    handle = shown.element_handle()
    frame = handle.content_frame()
    assert frame is not None
    frame.wait_for_selector(".lamassu-layers li", state="attached")
    settled(page)
    return frame


def settled(page: Page) -> None:
    """Waits until the script has run and the map has been still for longer than its delay.

    Between a click and the first word of a busy server the page looks as if its script had run.
    """
    page.wait_for_timeout(400)
    app = "[data-testid=stApp][data-test-script-state=notRunning]"
    expect(page.locator(f"html:not([data-waiting]) {app}")).to_have_count(1, timeout=60_000)


def turn_to(page: Page, view: str) -> None:
    """Clicks the name of a view, in the menu of a narrow window as in the bar of a wide one."""
    link = page.get_by_role("link", name=view, exact=True).first
    link.click()
    settled(page)


def choose(page: Page, name: str) -> None:
    """Clicks one of a row of choices and waits until it is chosen and what follows is drawn."""
    choice = page.get_by_role("radio", name=name, exact=True)
    choice.click()
    settled(page)
    expect(choice).to_be_checked()


def go_to_site(page: Page, words: str) -> None:
    """Types into "Go to a site" and takes the first that is offered."""
    box = page.get_by_role("combobox", name="Go to a site")
    box.click()
    box.fill(words)
    page.get_by_role("option").first.click()
    settled(page)


def choose_row(page: Page, table: Locator, row: int) -> None:
    """Ticks a row of a table; tables are drawn on a canvas, 35 pixels a row below the heading."""
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 17, box["y"] + 35 * (row + 1.5))
    settled(page)


def tables(page: Page) -> Locator:
    """The tables on the page."""
    return page.locator("[data-testid=stDataFrame]:visible")


def view_of(frame: Frame) -> tuple[float, float, int]:
    """Longitude and latitude of the map's middle to 0.01 degree, and its zoom."""
    lon, lat, zoom = frame.evaluate(
        "[window.map.getCenter().lng, window.map.getCenter().lat, window.map.getZoom()]"
    )
    return round(lon, 2), round(lat, 2), zoom


def card(page: Page) -> Locator:
    """The card of the chosen record."""
    return page.locator(".lamassu-card")


def saved(page: Page, offered: Locator) -> Download:
    """The file that a button makes: the button gives way to a link, and the link saves it."""
    links = page.locator("a.lamassu-save")
    before = links.count()
    offered.click()
    expect(links).to_have_count(before + 1, timeout=40_000)
    with page.expect_download() as download:
        links.last.click()
    return download.value


def swipe(page: Page) -> FrameLocator:
    """The frame of the two pictures."""
    return page.frame_locator("[data-testid=stIFrame], iframe[srcdoc]")
