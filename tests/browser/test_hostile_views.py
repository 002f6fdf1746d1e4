"""Hostile text in every field that the app shows: it is read as it stands, and nothing runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Frame, Locator, Page, expect
from shapely.geometry import LineString, Point, box
from shapely.geometry.base import BaseGeometry

from geo.columns import Column, Form, columns_of
from geo.frames import frame_of
from geo.model import QuarantinedRow
from geo.store import FileKey, open_store
from tests.browser.steps import (
    card,
    choose,
    choose_row,
    map_frame,
    note_waiting,
    open_map,
    saved,
    settled,
    tables,
    turn_to,
)
from tests.homes import NOW, copied, installed, settings_of
from tests.map_frames import X

pytestmark = pytest.mark.browser

PAYLOADS = (
    f"<img src=x onerror={X}>",
    f"<svg onload={X}>",
    "${" + X + "}",
    f"`+({X})+`",
    f"</script><script>{X}</script>",
    "![x](http://evil.invalid/x.png)",
    f"[y](javascript:{X})",
    "<http://evil.invalid/y>",
    f"javascript:{X}",
    f"' onmouseover='{X}' x='",
    "{{7*7}}",
    ":red[z]",
    ":material/warning: a -> b",
    "$\\frac{1}{0$ $$a_b",
    "**b** _i_ # h | t |",
    f"\u202e<iframe srcdoc='<script>{X}</script>'>",
    f"--><img src=x onerror={X}><!--",
)
"""Texts that would run, load, or be drawn as something else than themselves."""

FORWARD, BACKWARD = (" ".join(texts) for texts in (PAYLOADS, reversed(PAYLOADS)))
"""All of them in one text, in both orders, as one may hide those after it."""

PLACES: dict[str, list[BaseGeometry]] = {
    "roads": [LineString([(43, 36), (44, 35)]), LineString([(42, 36), (43, 35)])],
    "alerts": [box(43.3, 36.1, 43.31, 36.11), box(43.4, 36.1, 43.41, 36.11)],
    "scenes": [box(43, 36, 43.6, 36.3), box(43, 36, 43.6, 36.3)],
}
KINDS = (
    "sites", "posts", "seizures", "events", "roads", "alerts", "scenes", "opinions", "assessments",
)  # fmt: skip


@pytest.fixture(scope="module")
def address(serve, project: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The app on a store that holds nothing else than hostile text."""
    home = copied(installed(tmp_path_factory), tmp_path_factory.mktemp("hostile") / "home")
    store = open_store(settings_of(home).store_url)
    for record in store.imports():
        store.undo(record.import_id, author=FORWARD, now=NOW)
    aside = [
        QuarantinedRow(row_number=n, text=text, what=text, expected=text, remedy=text)
        for n, text in enumerate((FORWARD, BACKWARD), start=2)
    ]
    for number, kind in enumerate(KINDS):
        cells = {column.name: hostile(kind, column) for column in columns_of(kind)}
        store.add(
            kind,
            frame_of(kind, cells),
            key=FileKey(file_name=FORWARD, sha256=f"{number}" * 64, dataset_id=FORWARD),
            author=BACKWARD,
            now=NOW,
            quarantined=aside,
            notes=[FORWARD],
            read=4,
        )
    store.set_setting("producer_name", FORWARD, author=FORWARD, now=NOW)
    store.set_setting("producer_office", BACKWARD, author=BACKWARD, now=NOW)
    store.close()
    return serve(project / "app.py", LAMASSU_HOME=str(home))


def hostile(kind: str, column: Column) -> list[object]:
    """Two cells of a column, hostile wherever a store takes any text."""
    if column.name == "grade":
        return ["F6", "F6"]
    if column.name == "source_url":
        return [" ; ".join(PAYLOADS), f"http://evil.invalid/\"onmouseover='{X}' ; javascript:{X}"]
    moments = [datetime(2015, 1, day, tzinfo=UTC) for day in (1, 2)]
    cells: dict[Form, list[object]] = {
        Form.TEXT: [FORWARD, BACKWARD],
        Form.TEXTS: [FORWARD.replace("|", "I"), BACKWARD.replace("|", "I")],
        Form.CODE: [column.codes[0]] * 2 if column.codes else [],
        Form.CODES: [column.codes[0]] * 2 if column.codes else [],
        Form.NUMBER: [1.0, 2.0],
        Form.COUNT: [1, 2],
        Form.FLAG: [False, True],
        Form.DAY: [None, None],
        Form.MOMENT: moments,
        Form.PLACE: PLACES.get(kind, [Point(43.3, 36.1), Point(43.4, 36.2)]),
    }
    return cells[column.form]


@pytest.fixture(autouse=True)
def harmless(page: Page) -> Iterator[None]:
    """Fails a test in which a payload left its mark, or a script or the app itself failed."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: dialog.dismiss())
    yield
    page.wait_for_timeout(300)
    assert marks(page) == []
    assert errors == []
    assert page.locator("[data-testid=stException]").count() == 0


def marks(page: Page) -> list[object]:
    """What payloads have left behind, in every frame of the page."""
    return [mark for frame in page.frames if (mark := frame.evaluate("window.__X")) is not None]


def flat(text: str) -> str:
    """`text` with each run of white space as one blank, and without joiners that nobody sees."""
    return " ".join(text.replace("\u2060", "").split())


def shows(place: Locator, *texts: str) -> None:
    """Waits for a place and holds what can be read there against whole texts."""
    expect(place.first).to_be_visible()
    for _ in range(100):
        read = flat(" ".join(place.all_text_contents()))
        if all(flat(text) in read for text in texts):
            return
        place.page.wait_for_timeout(100)
    for text in texts:
        assert flat(text) in read


def test_map_cards_and_tooltips(page: Page, address: str):
    """Every kind: its tooltips, its rows, its cards."""
    frame = open_map(page, address)
    frame.evaluate(
        "window.map.eachLayer((layer) => {if (layer.getTooltip?.()) {layer.fire('mouseover', {}, "
        "true); layer.openTooltip(); layer.fire('click', {latlng: window.map.getCenter()}, true)}})"
    )
    settled(page)
    # Anew: what the map tells of its clicks may come late, and would choose another row.
    open_map(page, address)
    labels = ("Sites 2", "Posts 2", "Seizures 2", "Events 2", "Links 2", "Flags 2")
    for number, label in enumerate(labels):
        page.get_by_text(label, exact=True).click()
        settled(page)
        row = number % 2
        choose_row(page, tables(page).first, row)
        shows(card(page), (BACKWARD, FORWARD)[row])
        links = card(page).get_by_role("link").all()
        assert all(link.get_attribute("href").startswith("http") for link in links)


@pytest.mark.thorough
def test_correct_and_history(page: Page, address: str):
    """The forms behind a card, and a reason that is hostile itself."""
    open_map(page, address)
    choose_row(page, tables(page).first, 0)
    page.get_by_role("button", name="Correct").click()
    shows(page.get_by_text("Correcting"), BACKWARD)
    reason = page.get_by_role("textbox", name="Reason")
    reason.fill(FORWARD)
    reason.press("Enter")
    settled(page)
    page.get_by_role("combobox", name="Field").click()
    page.get_by_role("option", name="kind", exact=True).click()
    settled(page)
    value = page.get_by_role("textbox", name="New value")
    value.fill(FORWARD)
    value.press("Enter")
    settled(page)
    page.get_by_role("button", name="Save the correction").click()
    settled(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="History").click()
    expect(page.get_by_text("Version 2")).to_be_visible()
    shows(page.locator("[data-testid=stPopoverBody]"), FORWARD)


@pytest.mark.thorough
def test_limits_and_their_caption(page: Page, address: str):
    """A country and a search that are hostile stand in the list and in the caption."""
    open_map(page, address)
    page.get_by_role("combobox", name="Country").click()
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    options.first.click()
    page.keyboard.press("Escape")
    search = page.get_by_label("Search", exact=True).first
    search.fill(FORWARD)
    search.press("Enter")
    settled(page)
    shows(page.get_by_text("Text:"), FORWARD)


@pytest.mark.thorough
def test_briefing(page: Page, address: str):
    """The page of a hostile site by a hostile producer is drawn, and its caption is plain."""
    open_map(page, address)
    choose_row(page, tables(page).first, 0)
    page.get_by_role("button", name="Briefing").click()
    expect(page.get_by_role("dialog").locator("img")).to_be_visible(timeout=40_000)
    page.get_by_role("dialog").get_by_role("combobox").click()
    page.get_by_role("option", name="Internal").click()
    settled(page)
    expect(page.get_by_role("dialog").locator("img")).to_be_visible(timeout=40_000)
    download = saved(page, page.get_by_role("dialog").get_by_role("button", name="PDF").first)
    assert Path(download.path()).read_bytes().startswith(b"%PDF-")


def test_alerts(page: Page, address: str):
    """The queue, each alert in it, and what people said of them and of their sites."""
    page.goto(f"{address}/alerts")
    settled(page)
    choose(page, "All 2")
    for number, text in enumerate((FORWARD, BACKWARD)):
        page.locator(".st-key-alert-queue label:has(input[type=radio])").nth(number).click()
        settled(page)
        shows(page.locator("[data-testid=stMain]"), text)


def test_change(page: Page, address: str):
    """Site, sensor and path of scenes whose files are not there."""
    page.goto(f"{address}/change")
    settled(page)
    page.get_by_role("combobox", name="Site").click()
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Find change").click()
    refusal = page.locator("[data-testid=stAlert]")
    shows(refusal, "is gone from")


@pytest.mark.thorough
def test_imports_and_quarantine(page: Page, address: str):
    """File names, authors and rows kept aside; undone by a hostile hand."""
    page.goto(f"{address}/data")
    page.get_by_role("tab", name="Imports").click()
    settled(page)
    choose_row(page, tables(page).first, 0)
    expect(page.get_by_role("heading", name="Kept aside")).to_be_visible()
    choose_row(page, tables(page).first, len(KINDS))
    shows(page.locator("[data-testid=stAlert]:visible"), FORWARD)


@pytest.mark.thorough
def test_an_upload_with_a_hostile_name(page: Page, address: str):
    """Its name, its rows and the reasons for which they are kept aside."""
    name = f"<img src=x onerror={X}>![x](http:evil.invalid)`$a$`.csv"
    cell = FORWARD.replace('"', '""')
    rows = (
        f'id,event_type,country,place\n"{cell}","{cell}",Iraq,"{cell}"\nX,seizure,Iraq,"{cell}"\n'
    )
    page.goto(f"{address}/data")
    page.locator("input[type=file]").set_input_files(
        FilePayload(name=name, mimeType="text/csv", buffer=rows.encode())
    )
    settled(page)
    page.get_by_role("button", name="Import 1 row, keep 1 aside").click()
    told = "2 rows read = 1 came in + 1 kept aside"
    shows(page.locator("[data-testid=stAlert]:visible"), name, told)
    expect(tables(page)).to_have_count(1)


@pytest.mark.thorough
@pytest.mark.parametrize("view", ["Sources", "Settings"])
def test_other_views(page: Page, address: str, view: str):
    """The producer's fields hold what was saved."""
    page.goto(address)
    map_frame(page)
    turn_to(page, view)
    expect(page.get_by_role("heading", name=view)).to_be_visible()
    if view == "Settings":
        expect(page.get_by_role("textbox", name="Name")).to_have_value(FORWARD)


@pytest.mark.thorough
def test_the_check_sees_what_runs(chromium: Browser, address: str):
    """Without the server's policy, an unescaped payload leaves its mark: nobody is blind."""
    with chromium.new_context(bypass_csp=True) as context:
        note_waiting(context)
        page = context.new_page()
        put_in(open_map(page, address))
        page.wait_for_function("window.__X")
        assert len(marks(page)) == 2


@pytest.mark.thorough
def test_the_policy_stops_what_was_not_escaped(new_page, address: str):
    """The same payload in the map's frame does not run where the server says what may."""
    page = new_page()
    put_in(open_map(page, address))
    page.wait_for_timeout(500)
    assert marks(page) == []


def put_in(frame: Frame) -> None:
    """Put a payload into the map's frame unescaped, as a fault of ours would."""
    frame.evaluate(
        "(payload) => document.body.insertAdjacentHTML('beforeend', payload)", PAYLOADS[0]
    )
