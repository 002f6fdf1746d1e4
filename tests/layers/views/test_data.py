"""The view of data: bring in, report, quarantine, undo."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import ANY

import pytest
from streamlit.testing.v1 import AppTest

from geo.model import Audience
from geo.pipeline import export
from geo.store import SavedMapping, Store
from layers.views import cache, one_table
from tests.homes import NOW

GOOD = "id,event_type,country,place\nX1,seizure,Iraq,Mosul\n"
MIXED = GOOD + "X2,theft,Iraq,Mosul\nX3,seizure,,Mosul\n"


@pytest.fixture
def data(open_app, home) -> AppTest:
    """The app showing the page of data."""
    return open_app(home, "data")


def upload(app: AppTest, *files: tuple[str, str | bytes]) -> AppTest:
    """Uploads files of (name, content)."""
    app.file_uploader[0].set_value(
        [
            (name, content if isinstance(content, bytes) else content.encode(), "text/csv")
            for name, content in files
        ]
    )
    return app.run()


def press(app: AppTest, words: str) -> AppTest:
    """Presses the button whose words begin so."""
    return next(one for one in app.button if one.label.startswith(words)).click().run()


def bring(app: AppTest, *files: tuple[str, str | bytes]) -> AppTest:
    """Uploads files and takes them in."""
    return press(upload(app, *files), "Import")


def shown(app: AppTest, column: str):
    """The table with this column."""
    return next(one.value for one in app.dataframe if column in one.value)


def figures(app: AppTest) -> list[str]:
    """Rows read, accepted, kept aside and known, as the page tells them."""
    return [part.value for part in app.metric]


def kind(app: AppTest):
    """The choice of what the file holds."""
    return next(box for box in app.selectbox if box.label == "What the file holds")


def seizures() -> set[str]:
    """Ids of the seizures in the store that are not embedded."""
    frame = cache.store().read("seizures")
    return set(frame.loc[frame["dataset_id"] == "local", "id"])


def test_what_would_be_is_shown_and_then_kept(data: AppTest):
    """Figures, rows and reasons before anything is kept; the report and rows to mend after."""
    before = cache.store().revision()
    upload(data, ("mixed.csv", MIXED))
    assert figures(data) == ["3", "1", "2", "0"]
    assert list(shown(data, "Precision")["Id"]) == ["X1"]
    reasons = shown(data, "What to do")
    assert list(reasons["Row"]) == [3, 4]
    assert "theft" in reasons["What"][0]
    assert (reasons[["Expected", "What to do"]] != "").all(axis=None)
    assert cache.store().revision() == before
    press(data, "Import 1 row, keep 2 aside")
    assert not data.exception
    (told,) = (part.value for part in data.warning)
    assert "3 rows read = 1 came in + 2 kept aside + 0 known already" in plain(told)
    assert any(button.label == "Take 0 mended rows in" for button in data.button)
    assert seizures() == {"X1"}
    assert not any(button.label.startswith("Import") for button in data.button)


def plain(markdown: str) -> str:
    """Text without what keeps Markdown from reading it."""
    return markdown.replace("\\", "")


def test_several_tables_are_checked_together(data: AppTest):
    """The same report for each, also where they are called alike, and the store is as it was."""
    before = cache.store().revision()
    upload(data, ("a.csv", MIXED), ("a.csv", MIXED.replace("X", "Y")))
    press(data, "Check only")
    assert not data.exception
    assert [part.value.count("nothing was kept") for part in data.warning] == [1, 1]
    assert cache.store().revision() == before


def test_a_column_is_given_another_meaning(data: AppTest):
    """What a person chooses beats the guess, and needed fields without a column are asked for."""
    upload(data, ("odd.csv", "key,what,where\nX1,forfeiture,Mosul\nX2,recovery,Mosul\n"))
    meanings = [box for box in data.selectbox if box.label.startswith("Meaning of column")]
    for box, field in zip(meanings, ("id", "event_type", "place"), strict=True):
        box.set_value(field)
    data.run()
    assert [plain(told.value) for told in data.error] == [ANY]
    assert "lacks the columns country" in plain(data.error[0].value)
    (country,) = (one for one in data.text_input if one.label.startswith("Country of every row"))
    country.set_value("Iraq").run()
    assert figures(data) == ["2", "2", "0", "0"]
    press(data, "Import")
    assert not data.exception
    assert seizures() == {"X1", "X2"}


def test_a_place_is_confirmed_by_a_person(data: AppTest):
    """Without a word the row has no point; what is chosen may be taken back."""
    upload(data, ("good.csv", GOOD))
    place(data).select_index(1).run()
    press(data, "Take back")
    assert place(data).value is None
    place(data).select_index(1).run()
    press(data, "Import")
    assert not data.exception
    row = cache.store().get("seizures", "X1", dataset_id="local").iloc[0]
    assert row["precision"] == "town"
    assert "confirmed by" in row["coord_source"]


def place(app: AppTest):
    """The choice of what Mosul means."""
    (box,) = (box for box in app.selectbox if "Mosul" in box.label)
    return box


def test_a_partners_columns_are_remembered(store: Store, app: AppTest, go):
    """Named under From whom, they are kept with the import."""
    store.keep_mapping(
        SavedMapping(
            partner="Customs", kind="sites", header_print="", text="", author="t", saved_at=NOW
        )
    )
    data = go(app, "data")
    next(box for box in data.selectbox if box.label == "From whom").set_value("Customs").run()
    bring(data, ("one.csv", GOOD))
    assert not data.exception
    assert {(one.partner, one.kind) for one in store.mappings()} == {
        ("Customs", "sites"), ("Customs", "seizures")
    }  # fmt: skip


@pytest.mark.thorough
def test_another_file_or_kind_starts_anew(data: AppTest):
    """Nothing that was said of one file or kind holds for the next; the file itself stays."""
    bring(data, ("good.csv", GOOD))
    assert data.success
    upload(data, ("mixed.csv", MIXED.replace("X", "Y")))
    assert not data.success
    assert figures(data) == ["3", "1", "2", "0"]
    kind(data).set_value("posts").run()
    assert not data.exception
    assert "lacks the columns" in plain(data.error[0].value)
    assert any("Seizures" in told.value for told in data.info)
    kind(data).set_value("seizures").run()
    assert figures(data) == ["3", "1", "2", "0"]


@pytest.mark.thorough
def test_the_same_file_twice_is_nothing_new(data: AppTest):
    """It is told so, and the button is out of use."""
    bring(data, ("good.csv", GOOD))
    upload(data, ("again.csv", GOOD))
    assert figures(data) == ["1", "0", "0", "1"]
    assert next(one for one in data.button if one.label.startswith("Import")).disabled


@pytest.mark.thorough
def test_a_file_stays_open_while_one_looks_elsewhere(data: AppTest, go):
    """With all that was chosen for it, until it is put away."""
    upload(data, ("good.csv", GOOD))
    place(data).select_index(1).run()
    go(data, "sources")
    go(data, "data")
    assert any("still open" in told.value for told in data.info)
    assert figures(data) == ["1", "1", "0", "0"]
    assert any(button.label == "Take back" for button in data.button)
    press(data, "Put it away")
    assert figures(data) == []


def test_any_file_name_is_only_a_label(data: AppTest):
    """Long, climbing and hostile names do no harm."""
    names = [
        "..csv",
        "../../x.csv",
        "\U0001f3fa" * 100 + ".csv",
        "<img src=x>![x](http://e.org).csv",
    ]
    files = [(name, GOOD.replace("X1", f"X{number}")) for number, name in enumerate(names)]
    bring(data, *files)
    assert not data.exception
    assert not data.error
    assert len(data.success) == len(names)
    assert not any("![x]" in told.value for told in data.success)
    assert seizures() == {f"X{number}" for number in range(len(names))}


UNREADABLE = {
    "empty": b"",
    "header only, columns missing": b"id\n",
    "binary": b"\xff\xfe\x00\x01binary\x00",
    "another format": b"%PDF-1.7",
    "columns missing": b"id,event_type\nX1,seizure\n",
}


def test_an_unreadable_file_is_refused_in_words(data: AppTest):
    """Alone, and with the good file beside it; the store stays as it was."""
    before = cache.store().revision()
    for name, content in UNREADABLE.items():
        upload(data, (f"{name}.csv", content))
        assert (name, list(data.exception), len(data.error)) == (name, [], 1)
        assert not any(one.label.startswith("Import") for one in data.button)
    bring(data, ("good.csv", GOOD), ("empty.csv", b""))
    assert data.error[0].value.startswith("Refused; the store is unchanged.")
    assert cache.store().revision() == before


def test_a_grade_that_is_none_is_told(data: AppTest):
    """As rows are kept aside or as a refusal, but never as a fault of the program."""
    (grade,) = (field for field in data.text_input if field.label == "Admiralty grade")
    grade.set_value("Z9")
    upload(data, ("good.csv", GOOD))
    assert not data.exception
    assert any("Z9" in str(part.value) for part in [*data.error, *data.dataframe])
    assert seizures() == set()


def choose_import(app: AppTest, file_name: str) -> AppTest:
    """Chooses the row of an import in the list."""
    table = shown(app, "State")
    row = list(table["File"]).index(file_name)
    app.session_state["imports"] = {"selection": {"rows": [row], "columns": []}}
    return app.run()


def test_an_import_is_listed_and_undone(data: AppTest):
    """Its rows kept aside are shown; undone, its records are gone and the list says so."""
    bring(data, ("mixed.csv", MIXED))
    choose_import(data, "mixed.csv")
    assert list(shown(data, "What to do")["Row"]) == [3, 4]
    (undo,) = (one for one in data.button if one.label == "Undo the import")
    undo.click().run()
    assert not data.exception
    assert seizures() == set()
    table = shown(data, "State")
    assert list(table["State"][table["File"] == "mixed.csv"]) == ["undone"]


@pytest.mark.thorough
def test_an_undo_over_a_correction_is_refused_in_words(data: AppTest):
    """Until the box is ticked."""
    bring(data, ("good.csv", GOOD))
    store = cache.store()
    imported_at = store.imports()[0].imported_at
    store.correct(
        "seizures", "X1", {"place": "Erbil"}, author="t", reason="r", now=imported_at,
        dataset_id="local",
    )  # fmt: skip
    choose_import(data, "good.csv")
    next(one for one in data.button if one.label == "Undo the import").click().run()
    assert not data.exception
    assert any("correction" in told.value for told in data.error)
    assert seizures() == {"X1"}
    next(box for box in data.checkbox if "corrections" in box.label).check().run()
    next(one for one in data.button if one.label == "Undo the import").click().run()
    assert seizures() == set()


@pytest.mark.thorough
def test_a_long_table_waits_for_a_word(data: AppTest, monkeypatch: pytest.MonkeyPatch):
    """It is checked when that is asked for, and may be taken in without."""
    monkeypatch.setattr(one_table, "CHECKED_AT_ONCE", 0)
    upload(data, ("good.csv", GOOD))
    assert figures(data) == []
    assert any(one.label == "Import without looking" for one in data.button)
    press(data, "Check 1 row")
    assert figures(data) == ["1", "1", "0", "0"]


def test_our_own_links_of_roads_come_back(data: AppTest, tmp_path: Path):
    """From a GeoPackage, which otherwise holds the courses of roads."""
    path = tmp_path / "roads.gpkg"
    export.export(cache.store(), "roads", path, audience=Audience.INTERNAL, now=NOW)
    kind(data).set_value("roads").run()
    bring(data, (path.name, path.read_bytes()))
    assert not data.error
    (told,) = (part.value for part in data.success)
    assert "246 rows read = 0 came in + 0 kept aside + 246 known already" in plain(told)


def test_each_kind_has_its_columns(data: AppTest):
    """The form changes with what the file holds."""
    for name in ("sites", "roads", "scenes"):
        kind(data).set_value(name).run()
        assert not data.exception
        text = "".join(part.body for part in data.get("html"))
        assert ("<code>id</code> <b>required</b>" in text) == (name != "scenes")
