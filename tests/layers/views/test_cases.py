"""The page of cases without a browser: choose, read, add, link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.model import LinkType
from geo.pipeline.cases import keeping
from geo.store import FileKey, Store
from layers.style import safe_html
from layers.views import cache
from tests import case_records
from tests.homes import NOW, settings_of
from tests.layers.views.conftest import forget

PAGE = Path(__file__).resolve().parents[2] / "browser" / "cases_app.py"


@pytest.fixture
def made(store: Store) -> Store:
    """The store with the made-up seizures and the made-up list."""
    for kind, frame in (("seizures", case_records.seizures()), ("stolen", case_records.stolen())):
        key = FileKey(file_name=f"{kind}.csv", sha256=kind[0].encode().hex()[0] * 64)
        store.add(kind, frame, key=key, author="test", now=NOW)
    return store


@pytest.fixture
def page(made: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The page on that store, no case open."""
    forget()
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    yield AppTest.from_file(PAGE, default_timeout=60).run()
    cache.store().close()
    forget()


def words(app: AppTest) -> str:
    """Everything that stands on the page as HTML or Markdown."""
    parts = [*app.get("html"), *app.markdown, *app.caption, *app.info, *app.error]
    return "\n".join(str(getattr(part, "body", "") or getattr(part, "value", "")) for part in parts)


def opened(app: AppTest, name: str) -> AppTest:
    """The page with a made-up case open, asked for as the map does."""
    app.session_state["case"] = ("local", name)
    app.run()
    assert not app.exception
    return app


def field(app: AppTest, label: str):
    """The text field of a label; the first, where forms share one."""
    return next(one for one in app.text_input if one.label == label)


def press(app: AppTest, label: str) -> AppTest:
    """Press the first button of a label."""
    return next(one for one in app.button if one.label == label).click().run()


def test_without_a_choice_the_cases_are_listed(page: AppTest):
    """All of them, newest first, and a search narrows them in any script."""
    assert not page.exception
    assert len(page.dataframe[0].value) > 100
    field(page, "Search").set_value("اختام السوق").run()
    assert page.dataframe[0].value["Country"].tolist() == ["بلد المثال"]
    field(page, "Search").set_value("no such words").run()
    assert "No case was found" in words(page)


def test_an_empty_store_says_so(made: Store, home: Path, monkeypatch: pytest.MonkeyPatch):
    """No list, no fault."""
    for record in made.imports():
        made.undo(record.import_id, author="test", now=NOW)
    forget()
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    app = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not app.exception
    assert "No case was found" in words(app)
    cache.store().close()
    forget()


def test_another_page_opens_a_case_by_any_of_its_records(page: AppTest):
    """The Jordan case by its last return; a search that was left does not hide it."""
    field(page, "Search").set_value("no such words").run()
    page.session_state["case"] = ("lamassu-facts", "SZ065")
    page.run()
    assert not page.exception
    told = words(page)
    assert "Baghdad treasures flow out" in told
    assert "3 records" in told
    assert "no step of custody is recorded" in told


def test_an_object_is_added_with_its_fields(page: AppTest):
    """It stands as a card, its museum's mark is pointed out, and the list is held against it."""
    opened(page, "M1")
    field(page, "Type *").set_value("Cylinder seal")
    field(page, "Inscriptions and markings").set_value("IM 99999")
    field(page, "Measurements").set_value("H 2.4 cm, diameter 1.2 cm")
    press(page, "Keep the object")
    assert not page.exception
    told = words(page)
    assert "Inscriptions and markings" in told
    assert "Iraq Museum" in told
    assert "the number IM99999 stands on both" in told.replace("\\", "")
    assert field(page, "Type *").value == ""


def test_an_object_without_a_type_is_refused_and_stays_in_the_form(page: AppTest):
    """What was typed is not lost."""
    opened(page, "M1")
    field(page, "Materials and techniques").set_value("haematite")
    press(page, "Keep the object")
    assert "no type yet" in page.error[0].value
    assert field(page, "Materials and techniques").value == "haematite"


def test_a_step_of_custody_moves_the_objects(page: AppTest):
    """Where they are now follows it."""
    opened(page, "M1")
    assert "Seized by" in words(page)
    field(page, "From").set_value("Customs")
    field(page, "To").set_value("Made-up Museum")
    field(page, "Kept at").set_value("Room 4")
    press(page, "Keep the step")
    assert not page.exception
    told = words(page)
    assert "Room 4" in told
    assert "date not known" in told


def test_a_proposal_is_linked_with_its_grounds(page: AppTest):
    """Without grounds it is refused; with them the two are one case."""
    opened(page, "M1")
    assert "May belong to this case" in [one.value for one in page.subheader]
    press(page, "Link")
    assert "without grounds" in page.error[0].value
    field(page, "Grounds").set_value("the same bus")
    press(page, "Link")
    assert not page.exception
    assert "No other record looks like the same case." in words(page)
    assert "2 records" in words(page)
    seizures = cache.store().read("seizures").set_index("id")
    assert seizures.loc[["M1", "M2"], "case_key"].tolist() == ["CASE M1"] * 2


def test_a_proposal_that_is_another_event_is_put_aside(page: AppTest):
    """It does not come again."""
    opened(page, "M1")
    field(page, "Grounds").set_value("another bus")
    press(page, "Not the same")
    assert "No other record looks like the same case." in words(page)
    assert "1 record" in words(page)
    assert cache.store().read("links")["relation"].tolist() == ["distinct"]


def test_a_record_is_linked_and_taken_out_by_hand(page: AppTest):
    """A return, which is no duplicate and so never proposed."""
    opened(page, "M4")
    next(one for one in page.selectbox if one.label == "Record").set_value(("local", "M3")).run()
    relation = next(one for one in page.selectbox if one.label == "They are")
    relation.set_value(LinkType.RETURN_OF)
    field(page, "Grounds").set_value("the same beads")
    press(page, "Link")
    assert not page.exception
    assert "2 records" in words(page)
    assert cache.store().get("links", cache.store().read("links")["id"][0])["first_id"][0] == "M3"
    grounds = [one for one in page.text_input if one.label == "Grounds"]
    grounds[-1].set_value("other beads")
    press(page, "Take it out")
    assert not page.exception
    assert "1 record" in words(page)


def test_a_case_that_is_gone_is_told(page: AppTest):
    """As when its import was undone in another window."""
    page.session_state["case"] = ("local", "M99")
    page.run()
    assert not page.exception
    assert "no seizure" in page.error[0].value


def test_a_photograph_is_added(page: AppTest, tmp_path: Path):
    """It stands in the page as data, without the camera's notes."""
    opened(page, "M1")
    file = case_records.picture(tmp_path / "a.jpg", comment=b"SECRET")
    (uploader,) = page.file_uploader
    uploader.set_value([("../a.jpg", file.read_bytes(), "image/jpeg")])
    press(page, "Keep the photograph")
    assert not page.exception
    assert not page.error
    told = words(page)
    assert "data:image/jpeg;base64," in told
    assert "1 photograph" in told


def test_a_file_that_is_no_photograph_is_refused_in_words(page: AppTest):
    """In one line, and the case is as it was."""
    opened(page, "M1")
    (uploader,) = page.file_uploader
    uploader.set_value([("a.jpg", b"<svg onload=alert(1)>", "image/jpeg")])
    press(page, "Keep the photograph")
    assert "cannot be read as a photograph" in page.error[0].value.replace("\\", "")
    assert cache.store().read("photographs").empty


def test_a_photograph_whose_file_is_elsewhere_says_so(page: AppTest, home: Path, tmp_path: Path):
    """As with a store that was copied without its folder."""
    file = case_records.picture(tmp_path / "a.jpg")
    kept, _ = keeping.add_photograph(
        cache.store(), settings_of(home), file, seizure=("local", "M1"), author="t", now=NOW
    )
    (home / kept.shown_path).unlink()
    opened(page, "M1")
    assert "is not in this installation" in words(page)


def test_hostile_text_is_read_as_it_stands(page: AppTest):
    """In every field of an object and of a step."""
    payload = "<img src=x onerror=window.__X=1> ${1} **b** :red[z]"
    opened(page, "M1")
    for one in page.text_input:
        if one.label not in ("Search", "Grounds"):
            one.set_value(payload)
    press(page, "Keep the object")
    for label in ("From", "To", "Kept at", "Condition", "Reference"):
        field(page, label).set_value(payload)
    press(page, "Keep the step")
    assert not page.exception
    told = words(page)
    assert payload not in told
    assert told.count(safe_html(payload)) > 10
