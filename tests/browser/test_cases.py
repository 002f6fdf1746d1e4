"""The page of cases in a real browser: read, add, link; narrow, dark, Arabic, hostile."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from geo.model import ArtObject, CustodyEvent, CustodyType
from geo.pipeline.cases import keeping
from geo.store import FileKey, open_store
from tests import case_records
from tests.browser.steps import settled
from tests.homes import NOW, copied, installed, settings_of
from tests.map_frames import PAYLOADS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("faults")]

HOSTILE = " ".join(PAYLOADS)


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], project: Path, tmp_path_factory: pytest.TempPathFactory):
    """The page on the embedded facts, the made-up cases, and one of hostile text."""
    home = copied(installed(tmp_path_factory), tmp_path_factory.mktemp("cases") / "home")
    store = open_store(settings_of(home).store_url)
    seizures = case_records.seizures()
    hostile = seizures.iloc[3:4].assign(
        id=["M9"],
        place=["Payload Town"],
        description=[HOSTILE],
        agency=[HOSTILE],
        object_types=[HOSTILE],
        source=[HOSTILE],
    )
    for number, (kind, frame) in enumerate(
        (("seizures", seizures), ("seizures", hostile), ("stolen", case_records.stolen()))
    ):
        key = FileKey(file_name=kind, sha256=f"{number}" * 64)
        store.add(kind, frame, key=key, author=HOSTILE, now=NOW)
    keeping.add_object(store, case_records.seal(), author="ana", now=NOW)
    for step in case_records.custody():
        keeping.add_custody(store, step, author="ana", now=NOW)
    texts = {
        field.name: HOSTILE
        for field in dataclasses.fields(ArtObject)
        if field.type == "str" and field.name not in ("id", "seizure_id", "seizure_dataset",
                                                      "dataset_id", "grade")
    }  # fmt: skip
    piece = keeping.add_object(
        store, ArtObject(id="x", seizure_id="M9", **texts), author=HOSTILE, now=NOW
    )
    keeping.add_custody(
        store,
        CustodyEvent(
            id="x", seizure_id="M9", event_type=CustodyType.STORED, object_id=piece.id,
            to_party=HOSTILE, storage_place=HOSTILE, condition=HOSTILE, description=HOSTILE,
        ),
        author=HOSTILE,
        now=NOW,
    )  # fmt: skip
    store.close()
    return serve(project / "tests" / "browser" / "cases_app.py", LAMASSU_HOME=str(home))


def open_case(page: Page, address: str, words: str) -> None:
    """Types into the list of cases and takes the first that is offered."""
    page.goto(address)
    settled(page)
    box = page.get_by_role("combobox", name="Case").first
    box.click()
    box.fill(words)
    page.get_by_role("option").first.click()
    settled(page)


def unfold(page: Page, name: str) -> Locator:
    """Opens a form and gives it."""
    form = page.locator("[data-testid=stExpander]").filter(has_text=name)
    form.locator("summary").click()
    return form


def test_a_case_is_read_added_to_and_linked(page: Page, address: str, tmp_path: Path):
    """From the list to a photograph, a step of custody and a link, by clicking only."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_case(page, address, "Market Town")
    expect(page.locator(".lamassu-card h4")).to_contain_text("Market Town")
    expect(page.locator(".lamassu-places .where")).to_contain_text("Returned to")
    expect(page.locator(".lamassu-places .gap")).to_contain_text("Gap in the chain")
    expect(page.locator(".lamassu-pieces .look")).to_contain_text("Iraq Museum")
    expect(page.get_by_text("the number IM99999 stands on both")).to_be_visible()

    form = unfold(page, "Add a photograph")
    form.locator("input[type=file]").set_input_files(case_records.picture(tmp_path / "a.jpg"))
    form.get_by_role("textbox", name="Caption").fill("made-up front")
    form.get_by_role("button", name="Keep the photograph").click()
    settled(page)
    picture = page.locator(".lamassu-pictures img")
    expect(picture).to_have_attribute("alt", "made-up front")
    assert (picture.get_attribute("src") or "").startswith("data:image/jpeg;base64,")
    assert picture.evaluate("(img) => img.naturalWidth") == 900
    assert [url for url in asked if "/media/" in url and "/static/" not in url] == []

    form = unfold(page, "Add a step of custody")
    form.get_by_role("textbox", name="To", exact=True).fill("Made-up Store")
    form.get_by_role("textbox", name="Kept at").fill("Shelf 9")
    form.get_by_role("button", name="Keep the step").click()
    settled(page)
    expect(page.locator(".lamassu-steps")).to_contain_text("Shelf 9")

    expect(page.locator(".lamassu-pair .same")).not_to_have_count(0)
    page.get_by_role("textbox", name="Grounds").first.fill("the same bus in both papers")
    page.get_by_role("button", name="Link", exact=True).click()
    settled(page)
    expect(page.get_by_text("No other record looks like the same case.")).to_be_visible()
    expect(page.locator(".lamassu-card .badge", has_text="2 records")).to_be_visible()
    expect(page.locator(".lamassu-steps li")).to_have_count(7)


@pytest.mark.parametrize(
    ("words", "dark"),
    [
        pytest.param("Market Town", False, marks=pytest.mark.thorough),
        ("سوق البلدة", True),
        pytest.param("Payload Town", False, marks=pytest.mark.thorough),
    ],
)
def test_a_case_fits_a_telephone(new_page, address: str, words: str, dark: bool):
    """Nothing is wider than the screen, in light and dark, in Arabic and with long texts."""
    page = new_page(width=400, height=900, dark=dark)
    open_case(page, address, words)
    wide = page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain] *')].filter((e) => "
        "e.getBoundingClientRect().right > innerWidth + 1 && e.offsetParent !== null "
        "&& !e.closest('[data-testid=stDataFrame], [data-baseweb]')).map((e) => e.className)"
    )
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_arabic_reads_from_right_to_left(page: Page, address: str):
    """The sentence does, and the English labels beside it do not."""
    open_case(page, address, "سوق البلدة")
    text = page.locator(".lamassu-steps p").first
    assert text.evaluate("(e) => getComputedStyle(e).direction") == "rtl"
    label = page.locator(".lamassu-steps dt").first
    assert label.evaluate("(e) => getComputedStyle(e).direction") == "ltr"


@pytest.mark.thorough
def test_hostile_text_is_read_as_it_stands(page: Page, address: str):
    """In every field of a case, nothing runs, loads or becomes a part of the page."""
    open_case(page, address, "Payload Town")
    for summary in page.locator("[data-testid=stExpander] summary").all():
        summary.click()
    settled(page)
    assert page.evaluate("window.__X === undefined")
    told = page.locator(".lamassu-pieces").inner_text()
    for payload in PAYLOADS:
        assert " ".join(payload.split()) in " ".join(told.split())
    for name in (".lamassu-steps", ".lamassu-pieces", ".lamassu-places"):
        assert page.locator(f"{name} img, {name} script, {name} svg, {name} iframe").count() == 0
