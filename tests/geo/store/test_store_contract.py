"""What every store promises, whatever database is behind it."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from shapely.geometry import LineString, Point, box

from geo.errors import BadInput, InvalidSetting, NotFound, StoreError
from geo.frames import RECORDS, columns_of, frame_of
from geo.model import ImportReport, QuarantinedRow, Tlp
from geo.store import Briefing, FileKey, Store, open_store
from tests import strategies

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def file_key(text: str, **more: str) -> FileKey:
    """The key of a file with these bytes."""
    return FileKey(
        file_name=f"{text}.csv", sha256=hashlib.sha256(text.encode()).hexdigest(), **more
    )


def sites(**names: str) -> gpd.GeoDataFrame:
    """Sites by id and name."""
    return frame_of(
        "sites",
        {"id": list(names), "name": list(names.values()), "country": ["Iraq"] * len(names)},
    )


def put(store: Store, frame: gpd.GeoDataFrame, file: str, *, kind="sites", **more) -> ImportReport:
    """Import a frame as the content of a file."""
    return store.add(kind, frame, key=file_key(file), author="amal", now=NOW, **more)


def names(store: Store) -> dict[str, str]:
    """Current sites by id and name."""
    frame = store.read("sites")
    return dict(zip(frame["id"], frame["name"], strict=True))


@contextmanager
def unchanged(store: Store) -> Iterator[None]:
    """Fails if anything was kept inside the block."""
    before = store.revision()
    yield
    assert store.revision() == before


def test_a_new_store_is_empty(store):
    """Every kind has its columns and no row."""
    for kind in RECORDS:
        frame = store.read(kind)
        assert len(frame) == 0
        assert list(frame.columns) == [
            *(column.name for column in columns_of(kind)), "version", "recorded_at", "import_id",
        ]  # fmt: skip
    assert store.imports() == ()
    assert store.integrity() == ()


def test_what_goes_in_comes_out(store):
    """Types, places, dates and hostile text survive the way through the store."""
    hostile = "<img src=x onerror=1> ${x} ` </script> =1+1 'O''Brien\" \\ \n\t\u202e ﷽ é"
    frame = frame_of(
        "seizures",
        {
            "id": ["SZ2", "SZ1"],
            "event_type": ["seizure", "return"],
            "country": ["Iraq", hostile],
            "geometry": [Point(44.123456789012345, 33.1), None],
            "precision": ["exact", "country"],
            "date_from": [date(1500, 1, 1), None],
            "date_to": [None, date(2199, 12, 31)],
            "object_count": [2**53, None],
            "object_classes": [("seals", "coins"), ()],
            "simulated": [True, False],
            "description": ["منفذ ربيعة", hostile],
        },
    )
    put(store, frame, "a", kind="seizures")
    back = store.read("seizures")
    assert list(back["id"]) == ["SZ1", "SZ2"]
    assert set(back["version"]) == {1}
    assert set(back["recorded_at"]) == {pd.Timestamp(NOW)}
    expected = frame.sort_values("id", ignore_index=True)
    pd.testing.assert_frame_equal(back[expected.columns], expected)


def test_lines_and_polygons_come_out_as_they_went_in(store):
    """A place may have any shape."""
    line, square = LineString([(44, 33), (45, 34)]), box(44, 33, 45, 34)
    roads = frame_of("roads", {"id": ["R"], "from_node": ["a"], "to_node": ["b"],
                               "mode": ["road"], "geometry": [line]})  # fmt: skip
    put(store, roads, "roads", kind="roads")
    put(store, frame_of("alerts", {"id": ["A"], "geometry": [square], "score": [0.1]}), "alerts",
        kind="alerts")  # fmt: skip
    assert store.read("roads").geometry[0].equals_exact(line)
    assert store.read("alerts").geometry[0].equals_exact(square)
    assert store.read("alerts")["score"][0] == 0.1


@given(drawn=strategies.frames())
@settings(max_examples=40, deadline=None)
def test_any_frame_survives_and_no_row_disappears(drawn):
    """Read = accepted + quarantined + duplicate; the accepted rows are the ones in the store."""
    kind, frame = drawn
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/store.db")
        report = put(store, frame, "drawn", kind=kind)
        assert report.read == len(frame)
        assert report.read == report.accepted + report.quarantined + report.duplicate
        first = frame.drop_duplicates(["dataset_id", "id"]).sort_values(["dataset_id", "id"])
        back = store.read(kind)
        columns = [column.name for column in columns_of(kind)]
        pd.testing.assert_frame_equal(back[columns], first.reset_index(drop=True))
        assert len(back) == report.accepted
        store.close()


def test_an_unknown_kind_is_refused(store):
    """No store makes tables as it goes."""
    for call in (
        lambda: store.read("tombs"),
        lambda: store.get("tombs", "A"),
        lambda: store.history("tombs", "A"),
        lambda: store.correct("tombs", "A", {"name": "x"}, author="a", reason="r", now=NOW),
        lambda: put(store, sites(A="Hatra"), "a", kind="tombs"),
    ):
        with pytest.raises(InvalidSetting, match="no table 'tombs'"):
            call()


def test_only_the_asked_markings_leave_the_store(store):
    """A marking that was not asked for is not read at all."""
    frame = sites(A="Hatra", B="Nimrud", C="Ur").assign(
        marking=["TLP:CLEAR", "TLP:RED", "TLP:GREEN"]
    )
    put(store, frame, "a")
    found = store.read("sites", markings=[Tlp.CLEAR, Tlp.GREEN])
    assert list(found["id"]) == ["A", "C"]
    assert len(store.read("sites", markings=[])) == 0


def test_an_import_says_what_became_of_each_row(store):
    """New rows are accepted, known ones are duplicates, changed ones are new versions."""
    first = put(store, sites(A="Hatra", B="Nimrud"), "first")
    assert str(first) == "read 2 = accepted 2 + quarantined 0 + duplicate 0"
    second = put(store, sites(A="Hatra", B="Nimrud (Kalhu)", C="Ur"), "second")
    assert str(second) == "read 3 = accepted 2 + quarantined 0 + duplicate 1"
    assert names(store) == {"A": "Hatra", "B": "Nimrud (Kalhu)", "C": "Ur"}
    assert list(store.read("sites")["version"]) == [1, 2, 1]


def test_an_import_is_known_by_a_readable_id(store):
    """The id names the day and the bytes, and reports and rows carry it."""
    report = put(store, sites(A="Hatra"), "a")
    assert report.import_id == f"IM-20261122-{file_key('a').sha256[:8]}"
    assert store.read("sites")["import_id"][0] == report.import_id


def test_the_same_file_twice_adds_nothing(store):
    """The second import is all duplicates, and nothing is written."""
    aside = QuarantinedRow(row_number=4, text="x,y", what="w", expected="e", remedy="r")
    first = put(store, sites(A="Hatra", B="Ur"), "a", quarantined=[aside])
    with unchanged_rows(store):
        again = put(store, sites(A="Hatra", B="Ur"), "a", quarantined=[aside])
    assert str(again) == "read 3 = accepted 0 + quarantined 1 + duplicate 2"
    assert again.import_id == first.import_id
    assert again.rows == (aside,)
    assert f"this file was imported before, as {first.import_id}" in again.notes
    assert len(store.imports()) == 1
    assert store.quarantine(first.import_id) == (aside,)


@contextmanager
def unchanged_rows(store: Store) -> Iterator[None]:
    """Fails if imports or sites changed inside the block."""
    before = store.imports(), store.read("sites")
    yield
    assert store.imports() == before[0]
    pd.testing.assert_frame_equal(store.read("sites"), before[1])


def test_the_same_file_adds_nothing_even_after_a_newer_one(store):
    """A file that is in stays in; to go back, the newer one is undone."""
    put(store, sites(A="Hatra"), "old")
    put(store, sites(A="al-Hadr"), "new")
    report = put(store, sites(A="Hatra"), "old")
    assert str(report) == "read 1 = accepted 0 + quarantined 0 + duplicate 1"
    assert names(store) == {"A": "al-Hadr"}


def test_the_same_bytes_read_otherwise_are_another_file(store):
    """Other options give other rows, which are taken in as new versions."""
    green = sites(A="Hatra").assign(marking="TLP:GREEN")
    key = file_key("a")
    store.add("sites", sites(A="Hatra"), key=key, author="a", now=NOW)
    read_green = dataclasses.replace(key, reading="marking GREEN")
    report = store.add("sites", green, key=read_green, author="a", now=NOW)
    assert report.accepted == 1
    assert report.import_id.endswith("-2")
    assert store.read("sites")["marking"][0] == "TLP:GREEN"


def test_the_same_bytes_may_be_of_two_kinds(store):
    """Which table rows went into belongs to what the file is."""
    put(store, sites(), "a")
    report = put(store, frame_of("alerts", {"id": ["A"]}), "a", kind="alerts")
    assert report.accepted == 1


def test_a_second_row_of_an_id_is_a_duplicate_or_set_aside(store):
    """The first row of an id counts; one that contradicts it is quarantined."""
    frame = pd.concat([sites(A="Hatra"), sites(A="Hatra"), sites(A="Nimrud")], ignore_index=True)
    report = put(store, frame, "a")
    assert str(report) == "read 3 = accepted 1 + quarantined 1 + duplicate 1"
    (row,) = store.quarantine(report.import_id)
    assert row.row_number == 4
    assert "'A' occurred before in this file" in row.what
    assert '"name": "Nimrud"' in row.text
    assert names(store) == {"A": "Hatra"}


def test_datasets_do_not_touch_each_other(store):
    """The same id in two datasets is two records."""
    put(store, sites(A="Hatra"), "a")
    put(store, sites(A="Ur").assign(dataset_id="partner"), "b")
    assert list(store.read("sites")["name"]) == ["Hatra", "Ur"]
    assert store.get("sites", "A", dataset_id="partner")["name"][0] == "Ur"
    with pytest.raises(InvalidSetting, match=r"several datasets of sites; expected one of .*local"):
        store.get("sites", "A")
    with pytest.raises(InvalidSetting, match="several datasets"):
        store.correct("sites", "A", {"name": "x"}, author="a", reason="r", now=NOW)


def test_a_dry_run_reports_and_keeps_nothing(store):
    """The numbers are those of the real import."""
    put(store, sites(A="Hatra"), "a")
    with unchanged(store):
        report = put(store, sites(A="Hatra", B="Ur"), "b", dry_run=True)
    assert str(report) == "read 2 = accepted 1 + quarantined 0 + duplicate 1"
    assert report.import_id == ""
    assert str(put(store, sites(A="Hatra", B="Ur"), "b")) == str(report)


def test_an_empty_file_is_an_import_too(store):
    """A file with a header only is remembered, so that nobody wonders."""
    report = put(store, sites(), "header")
    assert str(report) == "read 0 = accepted 0 + quarantined 0 + duplicate 0"
    assert store.imports()[0].import_id == report.import_id


def test_a_reader_that_lost_a_row_is_found_out(store):
    """The reader's own count must be that of its rows."""
    with unchanged(store), pytest.raises(BadInput, match="3 rows were read but 1 are accounted"):
        put(store, sites(A="Hatra"), "a", read=3)


def test_a_wrong_frame_is_refused_and_nothing_is_kept(store):
    """Checking comes before writing."""
    with unchanged(store), pytest.raises(BadInput, match="'name' has an empty cell"):
        put(store, sites(A="Hatra").assign(name=""), "a")


@pytest.mark.parametrize("sha256", ["", "ABC", "g" * 64, "A" * 64])
def test_a_file_is_known_by_its_sha256(store, sha256):
    """A key that is no hash would make different files look the same."""
    key = FileKey(file_name="a", sha256=sha256)
    with pytest.raises(BadInput, match="is no SHA-256; expected 64 hexadecimal digits"):
        store.add("sites", sites(A="Hatra"), key=key, author="a", now=NOW)


def test_text_that_no_database_holds_is_refused(store):
    """Lone surrogates and NUL characters are told, not passed on."""
    with pytest.raises(BadInput, match="no Unicode text"):
        store.add("sites", sites(), key=file_key("a"), author="\ud800", now=NOW)
    with pytest.raises(BadInput, match="holds a NUL character"):
        store.set_setting("producer_name", "a\0b")


def test_a_moment_needs_a_zone(store):
    """A local time would be read as another moment elsewhere."""
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(BadInput, match="has no time zone; expected a moment in UTC"):
        store.add("sites", sites(), key=file_key("a"), author="a", now=naive)


def test_quarantined_rows_keep_their_text_whatever_it_is(store):
    """Even what could not be read is kept as it was."""
    texts = ["=cmd()", "a\0b", "x" * 2_000_000, "\x1b[31m", "\u202e"]
    rows = [
        QuarantinedRow(row_number=number, text=text, what="w", expected="e", remedy="r")
        for number, text in enumerate(texts, start=2)
    ]
    report = put(store, sites(), "a", quarantined=rows)
    assert store.quarantine(report.import_id) == tuple(rows)


def test_imports_are_remembered_newest_first(store):
    """Each with its file, numbers, notes, time and author."""
    put(store, sites(A="Hatra"), "a", notes=["cells are separated by tabs"])
    put(store, sites(B="Ur"), "b")
    newest, oldest = store.imports()
    assert newest.key.file_name == "b.csv"
    assert oldest.key == file_key("a")
    assert (oldest.read, oldest.accepted, oldest.kind) == (1, 1, "sites")
    assert oldest.notes == ("cells are separated by tabs",)
    assert (oldest.imported_at, oldest.author) == (NOW, "amal")
    assert (oldest.undone_at, oldest.undone_by) == (None, "")


def test_what_is_not_there_is_not_found(store):
    """No empty answer for a wrong id."""
    with pytest.raises(NotFound, match="there is no 'A' in sites"):
        store.get("sites", "A")
    with pytest.raises(NotFound, match="there is no 'A' in dataset 'x' of sites"):
        store.history("sites", "A", dataset_id="x")
    with pytest.raises(NotFound, match="there is no import 'IM-1'"):
        store.quarantine("IM-1")
    with pytest.raises(NotFound, match="there is no import 'IM-1'"):
        store.undo("IM-1", author="a", now=NOW)
    with pytest.raises(NotFound, match="no page of the id 'BR-1' was kept"):
        store.briefing("BR-1")


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


def test_settings_are_kept(store):
    """A setting has its default until it is set, and can be set again."""
    assert store.setting("producer_name", "nobody") == "nobody"
    store.set_setting("producer_name", "هيئة الآثار")
    store.set_setting("producer_name", "Board of Antiquities")
    assert store.setting("producer_name") == "Board of Antiquities"
    with pytest.raises(BadInput, match="a setting without a name"):
        store.set_setting("", "x")


def test_a_printed_page_can_be_traced(store):
    """The id on a page leads to what it was made from; one page may be several files."""
    page = Briefing(briefing_id="BR-1", sha256="0" * 64, created_at=NOW, audience="public",
                    subject="Hatra", parameters='{"lang": "en"}')  # fmt: skip
    picture = dataclasses.replace(page, sha256="1" * 64, created_at=LATER)
    store.keep_briefing(page)
    store.keep_briefing(picture)
    store.keep_briefing(page)
    assert store.briefing("BR-1") == (page, picture)
    with pytest.raises(BadInput, match="'BR-1' is kept with other particulars"):
        store.keep_briefing(dataclasses.replace(page, audience="internal"))


def test_the_revision_grows_with_every_change_and_with_nothing_else(store):
    """A cache keyed by it is never stale."""
    seen = [store.revision()]
    report = put(store, sites(A="Hatra"), "a")
    seen.append(store.revision())
    store.correct("sites", "A", {"name": "x"}, author="a", reason="r", now=NOW)
    seen.append(store.revision())
    store.undo(report.import_id, author="a", now=NOW, with_corrections=True)
    seen.append(store.revision())
    store.set_setting("a", "b")
    seen.append(store.revision())
    assert seen == sorted(set(seen))
    with unchanged(store):
        store.read("sites")
        store.imports()
        store.integrity()


def test_two_openings_see_each_other(store, url):
    """Another process's commit shows at once, in rows and in the revision."""
    other = open_store(url)
    before = other.revision()
    put(store, sites(A="Hatra"), "a")
    assert other.revision() > before
    assert names(other) == {"A": "Hatra"}
    other.close()


def test_closing_twice_and_using_again_is_harmless(store):
    """A closed store opens itself again."""
    put(store, sites(A="Hatra"), "a")
    store.close()
    store.close()
    assert names(store) == {"A": "Hatra"}


def test_a_backup_is_a_store_of_its_own(store, tmp_path):
    """It holds what was there, and nothing that came later."""
    put(store, sites(A="Hatra"), "a")
    path = store.backup(tmp_path / "copy.db")
    put(store, sites(B="Ur"), "b")
    copy = open_store(f"sqlite:///{path}")
    assert names(copy) == {"A": "Hatra"}
    assert copy.integrity() == ()
    copy.close()
    with pytest.raises(StoreError, match=r"copy.db is there already; expected a new file"):
        store.backup(path)
    with pytest.raises(StoreError, match=r"there is no folder .*; expected a folder"):
        store.backup(tmp_path / "nowhere" / "copy.db")


def test_threads_may_share_a_store(store):
    """Every writer's rows are there, and readers see whole imports only."""
    faults: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for number in range(5):
                put(store, sites(**{f"W{writer}N{number}x{k}": "n" for k in range(3)}),
                    f"{writer}-{number}")  # fmt: skip
                assert len(store.read("sites")) % 3 == 0
        except BaseException as fault:  # noqa: BLE001 - told in the main thread
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(store.read("sites")) == 4 * 5 * 3


class Keeper(RuleBasedStateMachine):
    """A store beside the obvious model of it: the list of all that was imported."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"sqlite:///{self.folder.name}/store.db")
        self.files: list[dict[str, str]] = []
        self.standing: dict[str, int] = {}

    @rule(rows=st.dictionaries(st.sampled_from("ABC"), st.sampled_from("xyz"), max_size=3))
    def bring(self, rows: dict[str, str]) -> None:
        """A new file comes in."""
        report = put(self.store, sites(**rows), f"file {len(self.files)}")
        assert report.read == report.accepted + report.quarantined + report.duplicate
        self.files.append(rows)
        self.standing[report.import_id] = len(self.files) - 1

    @precondition(lambda self: self.standing)
    @rule(data=st.data())
    def bring_again(self, data: st.DataObject) -> None:
        """A file that stands comes in again."""
        number = data.draw(st.sampled_from(sorted(self.standing.values())))
        report = put(self.store, sites(**self.files[number]), f"file {number}")
        assert report.accepted == 0

    @precondition(lambda self: self.standing)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        """An import is undone."""
        import_id = data.draw(st.sampled_from(sorted(self.standing)))
        self.store.undo(import_id, author="x", now=LATER)
        del self.standing[import_id]

    @invariant()
    def every_standing_row_is_in_the_store(self) -> None:
        """Each id that a standing file names shows what one of these files says."""
        said = {
            name: {self.files[number].get(name) for number in self.standing.values()} - {None}
            for name in "ABC"
        }
        shown = names(self.store)
        assert set(shown) == {name for name, values in said.items() if values}
        for name, value in shown.items():
            assert value in said[name]
        assert self.store.integrity() == ()

    def teardown(self) -> None:
        """Remove the store."""
        self.store.close()
        self.folder.cleanup()


class TestKeeper(Keeper.TestCase):
    """Whatever is imported and undone in whatever order, what stands is in the store."""

    settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
