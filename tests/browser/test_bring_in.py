"""A messy Arabic workbook on its way in: understood, mended, kept, undone, and handed over again.

Every row is made up.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, expect

from geo.store import Store, open_store
from tests.browser.steps import choose_row, settled, tables, turn_to
from tests.homes import copied, installed, settings_of
from tests.map_frames import X

pytestmark = pytest.mark.browser

HEADER = ["الرقم", "نوع الحدث", "التاريخ", "البلد", "المكان", "خط العرض", "خط الطول", "العدد",
          "الوصف", "ملاحظات"]  # fmt: skip
ROWS = [
    ["س-١", "ضبط", "٠٧/٠٣/٢٠١٥", "العراق", "الموصل", "٣٦٫٣٤", "٤٣٫١٣", "١٢", "ألواح مختلقة",
     "رقم المتحف IM 12345"],
    ["س-٢", "ضبط", "١٥/٠٤/٢٠١٦", "العراق", "بغداد", None, None, "حوالي ٢٠", "أختام مختلقة", None],
    ["س-٣", "ضبط", "لا أحد يعرف", "العراق", "البصرة", "٣٠٫٥١", "٤٧٫٧٨", "٣", "جرار مختلقة", None],
    ["س-٤", "ضبط", "٢٠/٠٦/٢٠١٧", None, "كركوك", "٣٥٫٤٧", "٤٤٫٣٩", "٥", "تمثال مختلق", None],
]  # fmt: skip
"""Row 6 has a date that nobody can read; the country of row 7 is in a merged cell."""

PAYLOADS = (
    f"<img src=x onerror={X}>",
    f"</script><script>{X}</script>",
    "${" + X + "}",
    "![x](http://evil.invalid/x.png)",
    f"[y](javascript:{X})",
    "<http://evil.invalid/y>",
    ":material/warning: $\\frac{1}{0$ **b**",
    f"\u202e<iframe srcdoc='<script>{X}</script>'>",
)
"""Texts that would run, load, or be drawn as something else than themselves."""


def messy(path: Path) -> Path:
    """A workbook with a title, a merged cell, a total and a hidden sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "المضبوطات"
    for row in (["كشف المضبوطات - بيانات مختلقة"], [], HEADER, *ROWS):
        sheet.append(row)
    sheet.merge_cells("A1:H1")
    sheet.merge_cells("D6:D7")
    sheet.append(["المجموع", *[None] * 6, "٤٠"])
    book.create_sheet("مخفي").append(["لا شيء"])
    book["مخفي"].sheet_state = "hidden"
    book.save(path)
    return path


def hostile(path: Path) -> Path:
    """A workbook whose names, columns and cells are hostile, with places to be looked up."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "<img src=x onerror=__X=1>"
    sheet.append(["event_type", "country", "place", *PAYLOADS])
    sheet.append(["seizure", "Iraq", PAYLOADS[0], *PAYLOADS])
    sheet.append(["seizure", "Iraq", "Mosul", *reversed(PAYLOADS)])
    sheet.append([PAYLOADS[3], "Iraq", PAYLOADS[3], *PAYLOADS])
    book.create_sheet("`${__X=1}` <svg onload=__X=1>").append(["a"])
    book.save(path)
    return path


@pytest.fixture
def home(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation of its own."""
    return copied(installed(tmp_path_factory), tmp_path / "home")


@pytest.fixture
def store(home: Path):
    """Its store, to see what was kept."""
    opened = open_store(settings_of(home).store_url)
    yield opened
    opened.close()


@pytest.fixture
def page(new_page, serve, project: Path, home: Path) -> Page:
    """The page of data, tall enough to be seen whole."""
    page = new_page(width=1400, height=2600)
    page.goto(f"{serve(project / 'app.py', LAMASSU_HOME=str(home))}/data")
    expect(page.locator("input[type=file]")).to_be_attached(timeout=30_000)
    settled(page)
    return page


def bring(page: Page, file: Path) -> None:
    """Uploads a file and waits until it was read."""
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("button", name=f"Remove {file.name}")).to_be_visible()
    settled(page)


def choose(page: Page, box: Locator, words: str) -> None:
    """Takes the option with these words; long lists show only the first ones by themselves."""
    box.click()
    box.fill(words)
    page.get_by_role("option").filter(has_text=words).first.click()
    settled(page)


def figure(page: Page, label: str) -> Locator:
    """A figure of the check."""
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")


def mine(store: Store):
    """The seizures in the store that were brought in, by their description."""
    frame = store.read("seizures")
    return frame[frame["dataset_id"] == "local"].set_index("description")


def write_into(page: Page, table: Locator, column: int, text: str) -> None:
    """Writes into a cell of the first row of a table, which is drawn on a canvas."""
    chosen = table.locator("[role=gridcell][aria-selected=true]")
    for _ in range(10):
        table.scroll_into_view_if_needed()
        box = table.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 20, box["y"] + 35 + 30)
        page.wait_for_timeout(300)
        if chosen.count() and chosen.first.get_attribute("data-testid") == "glide-cell-0-0":
            break  # before, the page was still moving
    for step in range(1, column + 1):
        page.keyboard.press("ArrowRight")
        expect(chosen).to_have_attribute("data-testid", f"glide-cell-{step}-0")
    page.keyboard.press("Enter")
    editor = page.locator("#portal").locator("textarea, input").first
    editor.fill(text)
    editor.press("Enter")
    settled(page)


def test_a_messy_arabic_workbook(page: Page, faults, store: Store, tmp_path: Path):
    """From the upload to the undo: each step as a person takes it."""
    bring(page, messy(tmp_path / "messy.xlsx"))
    expect(figure(page, "Rows read")).to_have_text("5")
    expect(figure(page, "Would come in")).to_have_text("3")
    expect(figure(page, "Kept aside")).to_have_text("2")
    for text in ("التاريخ", "نوع الحدث", "حوالي ٢٠"):
        expect(page.get_by_text(text).first).to_be_visible()

    choose(page, page.get_by_role("combobox", name="Meaning of column 9"), "Object types")
    choose(page, page.get_by_role("combobox", name="Meaning of column 9"), "Description")
    choose(page, page.get_by_role("combobox", name="بغداد"), "Baghdad")
    expect(page.get_by_text("confirmed by")).to_be_visible()
    page.get_by_role("tab", name="Museum marks").click()
    expect(tables(page)).to_have_count(1)
    page.get_by_role("tab", name="Remarks").click()
    expect(page.get_by_text("the country 'العراق' is Iraq")).to_be_visible()

    page.get_by_role("button", name="Import 3 rows, keep 2 aside").dblclick()
    told = page.get_by_text("5 rows read = 3 came in + 2 kept aside + 0 known already")
    expect(told).to_be_visible()
    settled(page)
    kept = mine(store)
    assert len(kept) == 3
    assert kept.at["أختام مختلقة", "precision"] == "town"
    assert (kept.at["أختام مختلقة", "object_count"], kept.at["تمثال مختلق", "country"]) == (
        20,
        "Iraq",
    )
    assert len(store.imports()) == 1 + len(embedded(store))

    write_into(page, tables(page).first, 4, "2018-01-02")
    page.get_by_role("button", name="Take 1 mended row in").click()
    expect(page.get_by_text("1 row read = 1 came in + 0 kept aside")).to_be_visible()
    settled(page)
    assert str(mine(store).at["جرار مختلقة", "date_from"])[:10] == "2018-01-02"

    turn_to(page, "Sources")
    turn_to(page, "Data")
    expect(page.get_by_text("is still open")).to_be_visible()
    page.get_by_role("button", name="Put it away").click()
    expect(page.get_by_text("is still open")).to_have_count(0)

    page.get_by_role("tab", name="Imports").click()
    settled(page)
    for row in (0, 1):
        choose_row(page, tables(page).first, row)
        page.get_by_role("button", name="Undo IM-").click()
        page.get_by_role("button", name="Undo the import").click()
        expect(page.get_by_text("versions withdrawn")).to_be_visible()
        settled(page)
    assert mine(store).empty


def embedded(store: Store) -> list[str]:
    """The imports of the facts that every installation has."""
    return [one.import_id for one in store.imports() if one.key.dataset_id != "local"]


def test_records_are_handed_over(page: Page, faults):
    """As a CSV with an untouched twin, which is told, for the office."""
    page.get_by_role("tab", name="Hand over").click()
    choose(page, page.get_by_role("combobox", name="Format"), "CSV, for everything else")
    choose(page, page.get_by_role("combobox", name="For whom"), "The office itself")
    page.get_by_role("button", name="Make the file").click()
    save = page.get_by_role("link", name="Save lamassu-seizures-internal")
    expect(save).to_be_visible(timeout=30_000)
    expect(page.get_by_text(".untouched.csv has them as they are")).to_be_visible()
    with page.expect_download() as download:
        save.click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")


@pytest.mark.thorough
def test_hostile_words_are_only_words(page: Page, faults, store: Store, tmp_path: Path):
    """In names of sheets, columns, cells and partners: they are read, and nothing runs or loads."""
    page.on("dialog", lambda dialog: dialog.dismiss())
    partner = page.get_by_role("combobox", name="From whom")
    partner.fill(PAYLOADS[3])
    partner.press("Enter")
    settled(page)
    bring(page, hostile(tmp_path / "hostile.xlsx"))
    for text in PAYLOADS[:6]:
        expect(page.get_by_text(text).first).to_be_visible()
    for name in ("Kept aside", "Remarks"):
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(300)
    choose(page, page.get_by_role("combobox", name="Mosul"), "Mosul")
    page.get_by_role("combobox", name="Sheet or layer").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("3 rows read = 2 came in + 1 kept aside")).to_be_visible()
    settled(page)
    assert [one.partner for one in store.mappings()] == [PAYLOADS[3]]
    page.get_by_role("tab", name="Imports").click()
    settled(page)
    choose_row(page, tables(page).first, 0)
    assert [frame.evaluate("window.__X") for frame in page.frames] == [None] * len(page.frames)
