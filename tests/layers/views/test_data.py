"""The view of data: bring in, report, quarantine, undo."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from layers.views import cache

GOOD = "id,event_type,country,place\nX1,seizure,Iraq,Mosul\n"
MIXED = GOOD + "X2,theft,Iraq,Mosul\nX3,seizure,,Mosul\n"


@pytest.fixture
def data(app: AppTest, go) -> AppTest:
    """The app showing the page of data."""
    return go(app, "data")


def bring(app: AppTest, button: str, *files: tuple[str, str | bytes]) -> AppTest:
    """Uploads files of (name, content) and presses a button."""
    app.file_uploader[0].set_value(
        [
            (name, content if isinstance(content, bytes) else content.encode(), "text/csv")
            for name, content in files
        ]
    )
    app.run()
    (found,) = (one for one in app.button if one.label == button)
    return found.click().run()


def seizures() -> set[str]:
    """Ids of the seizures in the store that are not embedded."""
    frame = cache.store().read("seizures")
    return set(frame.loc[frame["dataset_id"] == "local", "id"])


def test_a_file_is_reported_row_by_row(data: AppTest):
    """One good row, two kept aside with value, expectation and remedy."""
    bring(data, "Import", ("mixed.csv", MIXED))
    assert not data.exception
    (told,) = (part.value for part in data.warning)
    assert "read 3 = accepted 1 + quarantined 2 + duplicate 0" in told.replace("\\", "")
    reasons = data.dataframe[0].value
    assert list(reasons["Row"]) == [3, 4]
    assert "theft" in reasons["What"][0]
    assert (reasons[["Expected", "What to do"]] != "").all(axis=None)
    assert seizures() == {"X1"}


def test_a_check_keeps_nothing(data: AppTest):
    """The same report, and the store is as it was."""
    before = cache.store().revision()
    bring(data, "Check only", ("mixed.csv", MIXED))
    assert "nothing was kept" in data.warning[0].value
    assert cache.store().revision() == before


def test_files_of_one_name_are_told_apart(data: AppTest):
    """Two files called alike, each with rows kept aside, are two reports."""
    bring(data, "Check only", ("a.csv", MIXED), ("a.csv", MIXED.replace("X", "Y")))
    assert not data.exception
    assert len(data.warning) == 2


def test_any_file_name_is_only_a_label(data: AppTest):
    """Long, climbing and hostile names do no harm."""
    names = [".csv", "..csv", "../../x.csv", "\U0001f3fa" * 100 + ".csv", "<img src=x>.csv",
             "![x](http://e.org).csv", "C:\\x.csv"]  # fmt: skip
    for number, name in enumerate(names):
        bring(data, "Import", (name, GOOD.replace("X1", f"X{number}")))
        assert (name, list(data.exception), list(data.error)) == (name, [], [])
        assert "![x]" not in data.success[0].value
    assert seizures() == {f"X{number}" for number in range(len(names))}


UNREADABLE = {
    "empty": b"",
    "header only, columns missing": b"id\n",
    "binary": b"\xff\xfe\x00\x01binary\x00",
    "another format": b"%PDF-1.7",
    "columns missing": b"id,event_type\nX1,seizure\n",
}


def test_an_unreadable_file_is_refused_in_words(data: AppTest):
    """The whole upload is refused, also the good file beside it, and the store stays as it was."""
    before = cache.store().revision()
    for name, content in UNREADABLE.items():
        bring(data, "Import", ("good.csv", GOOD), (f"{name}.csv", content))
        assert (name, list(data.exception), len(data.error)) == (name, [], 1)
        assert data.error[0].value.startswith("Refused; the store is unchanged.")
        assert cache.store().revision() == before


def test_a_grade_that_is_none_is_told(data: AppTest):
    """As rows are kept aside or as a refusal, but never as a fault of the program."""
    (grade,) = (field for field in data.text_input if field.label == "Admiralty grade")
    grade.set_value("Z9")
    bring(data, "Import", ("good.csv", GOOD))
    assert not data.exception
    assert any("Z9" in str(part.value) for part in [*data.error, *data.dataframe])
    assert seizures() == set()


def choose_import(app: AppTest, file_name: str) -> AppTest:
    """Chooses the row of an import in the list."""
    table = next(one.value for one in app.dataframe if one.key == "imports")
    row = list(table["File"]).index(file_name)
    app.session_state["imports"] = {"selection": {"rows": [row], "columns": []}}
    return app.run()


def test_an_import_is_listed_and_undone(data: AppTest):
    """Its rows kept aside are shown; undone, its records are gone and the list says so."""
    bring(data, "Import", ("mixed.csv", MIXED))
    choose_import(data, "mixed.csv")
    assert [list(one.value["Row"]) for one in data.dataframe if "Row" in one.value] == [[3, 4]] * 2
    (undo,) = (one for one in data.button if one.label == "Undo the import")
    undo.click().run()
    assert not data.exception
    assert seizures() == set()
    table = next(one.value for one in data.dataframe if one.key == "imports")
    assert list(table["State"][table["File"] == "mixed.csv"]) == ["undone"]


def test_an_undo_over_a_correction_is_refused_in_words(data: AppTest):
    """Until the box is ticked."""
    bring(data, "Import", ("good.csv", GOOD))
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


def test_each_kind_has_its_columns(data: AppTest):
    """The form changes with what the file holds."""
    for kind in ("sites", "posts", "events", "roads", "scenes"):
        (box,) = (box for box in data.selectbox if box.label == "What the file holds")
        box.set_value(kind).run()
        assert not data.exception
        text = "".join(part.body for part in data.get("html"))
        assert ("<code>id</code> <b>required</b>" in text) == (kind != "scenes")
