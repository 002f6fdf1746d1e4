"""What every store promises of the files that come in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.errors import BadInput, InvalidSetting, NotFound
from geo.frames import Part, frame_of
from geo.model import ImportReport, QuarantinedRow
from geo.store import FileKey, SavedMapping, Store, open_store
from tests.geo.store.files import LATER, NOW, file_key, names, put, sites, unchanged

HOUR = timedelta(hours=1)


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


@pytest.mark.parametrize("day", ["12000-01-01", "-0005-01-01"])
def test_a_time_that_no_calendar_of_ours_has_is_refused(store, day):
    """Pandas reaches further than dates do."""
    days = pd.Series(np.array([day], dtype="datetime64[us]"))
    with unchanged(store):
        with pytest.raises(BadInput, match="'date_to' holds a time outside the years 1 to 9999"):
            put(store, sites(A="Hatra").assign(date_to=days), "a")
        with pytest.raises(BadInput, match="is out of range; expected a moment of our time"):
            store.undo("IM-1", author="a", now=datetime.max.replace(tzinfo=timezone(-HOUR)))


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
        store.set_setting("producer_name", "a\0b", author="a", now=NOW)


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


def parts(*frames: gpd.GeoDataFrame, first: int = 2) -> Iterator[Part]:
    """Frames as parts of one file, one after the other."""
    for frame in frames:
        numbers = range(first, first + len(frame))
        yield Part(
            frame=frame,
            row_numbers=numbers,
            texts=[f"line {number}" for number in numbers],
            cells=[f'{{"id": "line {number}"}}' for number in numbers],
        )
        first += len(frame)


def put_parts(store: Store, given: Iterable[Part], file: str, **more) -> ImportReport:
    """Import parts as the content of a file of sites."""
    return store.add_parts("sites", given, key=file_key(file), author="amal", now=NOW, **more)


def test_a_file_may_come_in_parts(store):
    """An id of an earlier part is known in a later one; the numbers are those of all parts."""
    told: list[int] = []
    aside = QuarantinedRow(row_number=9, text="=1", what="w", expected="e", remedy="r",
                           cells='{"id": "=1"}')  # fmt: skip
    last = Part(frame=sites(D="Uruk"), row_numbers=[8], texts=[""], cells=[""],
                quarantined=(aside,))  # fmt: skip
    report = put_parts(
        store,
        [*parts(sites(A="Hatra", B="Ur"), sites(A="Hatra", B="Nimrud", C="Ashur")), last],
        "a",
        notes=lambda: [f"{told[-1]} rows were told"],
        progress=told.append,
    )
    assert str(report) == "read 7 = accepted 4 + quarantined 2 + duplicate 1"
    assert told == [2, 5, 7]
    assert report.notes == ("7 rows were told",)
    assert names(store) == {"A": "Hatra", "B": "Ur", "C": "Ashur", "D": "Uruk"}
    clash, kept = store.quarantine(report.import_id)
    assert (clash.row_number, clash.text, clash.cells) == (5, "line 5", '{"id": "line 5"}')
    assert kept == aside


@pytest.mark.parametrize(
    "fault",
    [
        BadInput("the file ends in the middle of a row"),
        OSError(5, "the file ends in the middle of a sector"),
        UnicodeError("the file ends in the middle of a letter"),
        KeyboardInterrupt("the user ends it in the middle"),
    ],
)
def test_a_reader_that_fails_in_the_middle_leaves_nothing(store, fault):
    """What earlier parts brought is not kept, and the reader's own error comes out."""

    def broken() -> Iterator[Part]:
        yield from parts(sites(A="Hatra"))
        raise fault

    with unchanged(store), pytest.raises(type(fault), match="in the middle"):
        put_parts(store, broken(), "a")
    assert store.imports() == ()
    assert names(store) == {}


def test_no_part_is_asked_for_of_a_file_that_is_in(store):
    """A second import reads nothing, and a dry run keeps nothing."""
    with unchanged(store):
        dry = put_parts(store, parts(sites(A="Hatra")), "a", dry_run=True)
    first = put_parts(store, parts(sites(A="Hatra")), "a")
    assert str(dry) == str(first)

    def never() -> Iterator[Part]:
        raise AssertionError
        yield

    assert put_parts(store, never(), "a").duplicate == 1


def test_mended_rows_are_remembered(store):
    """A row says which import took it in; when that is undone, it waits again."""
    rows = [QuarantinedRow(row_number=number, text="x", what="w", expected="e", remedy="r")
            for number in (3, 5, 8)]  # fmt: skip
    spoilt = put(store, sites(), "spoilt", quarantined=rows).import_id
    mended = put(store, sites(A="Hatra"), "mended").import_id
    store.mend(spoilt, [3, 8], mended_in=mended, author="a", now=NOW)
    store.mend(spoilt, [8], mended_in=mended, author="a", now=NOW)

    def taken() -> list[str]:
        return [row.mended_in for row in store.quarantine(spoilt)]

    assert taken() == [mended, "", mended]
    other = put(store, sites(B="Ur"), "other").import_id
    with unchanged(store):
        with pytest.raises(InvalidSetting, match=f"row 3 of {spoilt} was mended in {mended}"):
            store.mend(spoilt, [5, 3], mended_in=other, author="a", now=NOW)
        with pytest.raises(InvalidSetting, match=r"row 4 is not quarantined.*one of 3, 5, 8"):
            store.mend(spoilt, [4], mended_in=mended, author="a", now=NOW)
        with pytest.raises(NotFound, match="no import 'IM-0'"):
            store.mend(spoilt, [5], mended_in="IM-0", author="a", now=NOW)
        with pytest.raises(NotFound, match="no import 'IM-0'"):
            store.mend("IM-0", [5], mended_in=mended, author="a", now=NOW)
    store.undo(mended, author="x", now=LATER)
    assert taken() == ["", "", ""]
    with pytest.raises(InvalidSetting, match=f"import {mended} was undone"):
        store.mend(spoilt, [3], mended_in=mended, author="a", now=NOW)
    store.mend(spoilt, [3], mended_in=other, author="a", now=NOW)
    assert taken() == [other, "", ""]


def test_the_newest_mapping_of_each_partner_and_kind_is_used(store):
    """Partners may send several kinds of tables, and their tables change."""

    def saved(partner: str, kind: str, text: str) -> SavedMapping:
        return SavedMapping(partner=partner, kind=kind, header_print="h", text=text, author="a",
                            saved_at=NOW)  # fmt: skip

    assert store.mappings() == ()
    of_sites, of_seizures = saved("متحف", "sites", "new"), saved("متحف", "seizures", "s")
    of_museum = saved("Museum", "sites", "m")
    for mapping in (saved("متحف", "sites", "old"), of_museum, of_seizures, of_sites):
        store.keep_mapping(mapping)
    assert store.mappings() == (of_museum, of_seizures, of_sites)
    with unchanged(store):
        with pytest.raises(BadInput, match="a mapping without a partner"):
            store.keep_mapping(saved(" ", "sites", ""))
        with pytest.raises(InvalidSetting, match="no table 'tombs'"):
            store.keep_mapping(saved("Museum", "tombs", ""))
        with pytest.raises(BadInput, match="holds a NUL character"):
            store.keep_mapping(saved("Museum", "sites", "\0"))


@pytest.mark.parametrize("name", ["A\0B", "\ud800"])
def test_a_name_that_nothing_can_have_is_refused(store, name):
    """Whatever is asked for by it; no database sees it."""
    for call in (
        lambda: store.get("sites", name),
        lambda: store.history("sites", "A", dataset_id=name),
        lambda: store.correct("sites", name, {"name": "x"}, author="a", reason="r", now=NOW),
        lambda: store.undo(name, author="a", now=NOW),
        lambda: store.quarantine(name),
        lambda: store.mend(name, [1], mended_in=name, author="a", now=NOW),
        lambda: store.setting(name),
        lambda: store.briefing(name),
    ):
        with pytest.raises(BadInput, match=r"NUL character|no Unicode text"):
            call()


def test_names_mean_nothing_to_the_database(store):
    """Quotes, percent signs and statements are names like others."""
    odd = ["'; DROP TABLE sites; --", '"', "%", "%(id)s", "%s", ":id", "$1", "\\", "ﷲ", "a\nb", "?"]
    frame = frame_of("sites", {"id": odd, "name": odd, "country": odd, "dataset_id": odd})
    put(store, frame, "odd")
    put(store, frame.assign(note=odd), "newer")
    for name in odd:
        assert store.get("sites", name, dataset_id=name)["note"][0] == name
    store.set_setting("%s", "%(x)s", author="a", now=NOW)
    assert store.setting("%s") == "%(x)s"


def test_a_reader_sees_one_state_while_others_write(store, url):
    """What is committed in the middle of a reading is not in it."""
    other = open_store(url)
    put(store, sites(A="Hatra"), "a")

    def writing_meanwhile() -> Iterator[Part]:
        put(other, sites(B="Ur"), "b")
        yield from parts(sites(A="Hatra", B="Ur"))

    report = put_parts(store, writing_meanwhile(), "c", dry_run=True)
    assert report.accepted == 1
    assert names(store) == {"A": "Hatra", "B": "Ur"}
    other.close()


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
