"""What every store promises of corrections and of imports undone."""

from __future__ import annotations

import pandas as pd
import pytest
from shapely.geometry import (
    Point,
)

from geo.errors import BadInput, InvalidSetting
from tests.geo.store.files import LATER, NOW, names, put, sites, unchanged


def test_a_correction_is_a_new_version_and_the_old_one_stays(store):
    """History tells who changed what, when and why."""
    put(store, sites(A="Hatra"), "a")
    after = store.correct(
        "sites", "A", {"name": "al-Hadr", "geometry": Point(42.7, 35.6), "precision": "exact"},
        author="badr", reason="name in use", now=LATER,
    )  # fmt: skip
    assert (after["name"][0], after["version"][0]) == ("al-Hadr", 2)
    pd.testing.assert_frame_equal(after, store.get("sites", "A"))
    history = store.history("sites", "A")
    assert list(history["name"]) == ["Hatra", "al-Hadr"]
    assert list(history["author"]) == ["amal", "badr"]
    assert list(history["reason"]) == ["", "name in use"]
    assert list(history["current"]) == [False, True]
    assert list(history["recorded_at"]) == [pd.Timestamp(NOW), pd.Timestamp(LATER)]


def test_a_correction_can_take_away(store):
    """A place that turned out to be unknown becomes none."""
    frame = sites(A="Hatra").assign(precision="exact").set_geometry([Point(1, 1)], crs=4326)
    put(store, frame, "a")
    changes = {"geometry": None, "precision": "country", "buffer_m": None, "date_from": None}
    after = store.correct("sites", "A", changes, author="a", reason="wrong", now=NOW)
    assert after.geometry[0] is None


@pytest.mark.parametrize(
    ("changes", "more", "message"),
    [
        ({"colour": "red"}, {}, "'colour' cannot be corrected; expected one of geometry"),
        ({"id": "B"}, {}, "'id' cannot be corrected"),
        ({"dataset_id": "x"}, {}, "'dataset_id' cannot be corrected"),
        ({"version": 7}, {}, "'version' cannot be corrected"),
        ({"name": "Hatra"}, {}, "nothing changes in 'A'"),
        ({}, {}, "nothing changes in 'A'"),
        ({"name": "x"}, {"author": " "}, "a correction without author"),
        ({"name": "x"}, {"reason": ""}, "a correction without reason"),
        ({"name": ""}, {}, "'name' has an empty cell"),
        ({"marking": "TLP:PINK"}, {}, "'marking' holds 'TLP:PINK'"),
        ({"geometry": Point(0, 99)}, {}, "no place at longitude 0.0, latitude 99.0"),
        ({"buffer_m": "wide"}, {}, "'buffer_m' is no float64"),
    ],
)
def test_a_wrong_correction_changes_nothing(store, changes, more, message):
    """What an import could not bring, a correction cannot either."""
    put(store, sites(A="Hatra"), "a")
    options = {"author": "a", "reason": "r", "now": NOW, **more}
    with unchanged(store), pytest.raises(BadInput, match=message):
        store.correct("sites", "A", changes, **options)


def test_a_correction_stands_against_the_row_it_corrected(store):
    """The uncorrected row in a later file is a duplicate; a third content is a new version."""
    put(store, sites(A="Hatra"), "a")
    store.correct("sites", "A", {"name": "al-Hadr"}, author="a", reason="r", now=NOW)
    assert put(store, sites(A="Hatra"), "b").duplicate == 1
    assert names(store) == {"A": "al-Hadr"}
    assert put(store, sites(A="al-Hadr"), "c").duplicate == 1
    report = put(store, sites(A="Hatra (Iraq)"), "d")
    assert report.accepted == 1
    assert "1 corrected records were replaced" in report.notes[0]
    assert list(store.history("sites", "A")["name"]) == ["Hatra", "al-Hadr", "Hatra (Iraq)"]


def test_undoing_brings_back_what_was_before(store):
    """New records go, changed ones fall back, and history keeps both."""
    put(store, sites(A="Hatra"), "a")
    second = put(store, sites(A="wrong", B="wrong"), "b")
    report = store.undo(second.import_id, author="badr", now=LATER)
    assert (report.withdrawn, report.restored, report.corrections, report.kept) == (2, 1, 0, 0)
    assert names(store) == {"A": "Hatra"}
    assert list(store.history("sites", "B")["undone"]) == [True]
    undone = store.imports()[0]
    assert (undone.undone_at, undone.undone_by) == (LATER, "badr")
    assert store.integrity() == ()


def test_a_second_undo_says_so(store):
    """Nothing is undone twice."""
    report = put(store, sites(A="Hatra"), "a")
    store.undo(report.import_id, author="badr", now=LATER)
    with (
        unchanged(store),
        pytest.raises(InvalidSetting, match="was undone on 2026-11-22 10:00 UTC by badr"),
    ):
        store.undo(report.import_id, author="x", now=LATER)


def test_after_undoing_the_file_can_be_imported_again(store):
    """As a new import with an id of its own; version numbers are never used twice."""
    first = put(store, sites(A="Hatra"), "a")
    store.undo(first.import_id, author="x", now=LATER)
    again = put(store, sites(A="Hatra"), "a")
    assert str(again) == "read 1 = accepted 1 + quarantined 0 + duplicate 0"
    assert again.import_id == f"{first.import_id}-2"
    assert list(store.history("sites", "A")["version"]) == [1, 2]
    assert names(store) == {"A": "Hatra"}


def test_undoing_leaves_newer_versions_alone(store):
    """A later import stays current; the withdrawn version is not what it falls back to."""
    first = put(store, sites(A="one"), "a")
    second = put(store, sites(A="two"), "b")
    store.undo(first.import_id, author="x", now=LATER)
    assert names(store) == {"A": "two"}
    store.undo(second.import_id, author="x", now=LATER)
    assert names(store) == {}


def test_undoing_keeps_what_another_file_brought_too(store):
    """A row rests on every file that said the same."""
    first = put(store, sites(A="Hatra", B="Ur"), "a")
    second = put(store, sites(A="Hatra"), "b")
    report = store.undo(first.import_id, author="x", now=LATER)
    assert (report.withdrawn, report.kept) == (1, 1)
    assert names(store) == {"A": "Hatra"}
    assert store.undo(second.import_id, author="x", now=LATER).withdrawn == 1
    assert names(store) == {}


def test_corrections_are_not_withdrawn_unasked(store):
    """Undoing an import whose rows were corrected needs a word, and then keeps them in history."""
    report = put(store, sites(A="Hatra", B="Ur"), "a")
    store.correct("sites", "A", {"name": "al-Hadr"}, author="a", reason="r", now=NOW)
    with (
        unchanged(store),
        pytest.raises(InvalidSetting, match=f"1 corrections rest on import {report.import_id}: A"),
    ):
        store.undo(report.import_id, author="x", now=LATER)
    assert names(store) == {"A": "al-Hadr", "B": "Ur"}
    undone = store.undo(report.import_id, author="x", now=LATER, with_corrections=True)
    assert (undone.withdrawn, undone.corrections) == (3, 1)
    assert names(store) == {}
    assert list(store.history("sites", "A")["name"]) == ["Hatra", "al-Hadr"]


def test_a_correction_survives_if_its_row_rests_on_another_file(store):
    """The corrected row is still vouched for, and so is its correction."""
    first = put(store, sites(A="Hatra"), "a")
    store.correct("sites", "A", {"name": "al-Hadr"}, author="a", reason="r", now=NOW)
    put(store, sites(A="Hatra"), "b")
    store.undo(first.import_id, author="x", now=LATER)
    assert names(store) == {"A": "al-Hadr"}


def test_a_correction_goes_back_with_the_import_that_replaced_it(store):
    """Undoing the newer import brings the corrected version back."""
    put(store, sites(A="Hatra"), "a")
    store.correct("sites", "A", {"name": "al-Hadr"}, author="a", reason="r", now=NOW)
    newer = put(store, sites(A="newer"), "b")
    store.undo(newer.import_id, author="x", now=LATER)
    assert names(store) == {"A": "al-Hadr"}
