"""Tables become frames; what does not fit is kept aside with its text and its reason."""

from __future__ import annotations

import hashlib
import tempfile
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns import columns_of
from geo.errors import BadInput, InvalidSetting, MissingColumns, UnreadableFile
from geo.frames import check_frame
from geo.model import ImportReport, Tlp
from geo.sources.meaning.records import Defaults, TableReading, read_table
from geo.sources.meaning.vocabulary import KINDS
from geo.store import FileKey, Store, open_store
from tests import strategies

TODAY = date(2026, 11, 22)
HEADER = "id,event_type,country,lon,lat,precision,date"


@pytest.fixture
def read(tmp_path: Path):
    """Writes a table and reads it."""

    def reading(content: str | bytes, kind: str = "seizures", **options) -> TableReading:
        path = tmp_path / f"{kind}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(path, kind, today=TODAY, **options)

    return reading


def only(reading: TableReading):
    """The only quarantined row."""
    (row,) = reading.quarantined
    assert reading.read == len(reading.frame) + 1
    return row


def test_a_table_becomes_a_frame(read):
    """Values, defaults and notes; the frame is one that a store takes."""
    reading = read(
        f"{HEADER},object_count,object_classes,description,simulated\n"
        'SZ1,seizure,Iraq,44.4,33.3,exact,2014-03,54,seals; coins,"two words, and ""one""",no\n'
        "SZ2,Return,Qatar,,,,,,,,\n"
    )
    assert (reading.read, len(reading.frame), reading.quarantined) == (2, 2, ())
    first, second = (row for _, row in reading.frame.iterrows())
    assert (first.geometry.x, first.geometry.y) == (44.4, 33.3)
    assert first["date_from"] == pd.Timestamp(2014, 3, 1)
    assert first["date_to"] == pd.Timestamp(2014, 3, 31)
    assert (first["date_text"], first["date_precision"]) == ("2014-03", "month")
    assert first["object_classes"] == "seals|coins"
    assert first["description"] == 'two words, and "one"'
    assert second["event_type"] == "return"
    assert (second["precision"], second["grade"], second["marking"]) == (
        "country", "F6", "TLP:AMBER"
    )  # fmt: skip
    pd.testing.assert_frame_equal(check_frame("seizures", reading.frame), reading.frame)
    assert reading.notes == ("2 rows name no source; give one for the whole file",)


def test_a_reading_names_its_file(read):
    """By its bytes, its name and the options that change its rows."""
    content = f"{HEADER}\n"
    reading = read(content)
    assert reading.sha256 == hashlib.sha256(content.encode()).hexdigest()
    assert reading.file_name == "seizures.csv"
    assert reading.reading != read(content, defaults=Defaults(grade="B2")).reading
    assert reading.reading == read(content, defaults=Defaults()).reading


@pytest.mark.parametrize("kind", KINDS)
def test_a_header_without_rows_is_a_table_without_rows(read, kind):
    """Nothing read, nothing lost, nothing wrong."""
    header = ",".join(column.name for column in columns_of(kind) if column.required)
    reading = read(header, kind)
    assert (reading.read, len(reading.frame), reading.quarantined) == (0, 0, ())
    assert reading.notes == ()


def test_defaults_fill_what_the_file_does_not_say(read):
    """A cell wins over an option; an empty cell does not."""
    defaults = Defaults(source="PITCH", grade="B2", marking=Tlp.GREEN, dataset_id="partner",
                        owner="Customs", licence="by letter", simulated=True)  # fmt: skip
    reading = read(f"{HEADER},grade\nA,seizure,Iraq,,,,,C3\nB,seizure,Iraq,,,,,\n",
                   defaults=defaults)  # fmt: skip
    frame = reading.frame
    assert list(frame["grade"]) == ["C3", "B2"]
    assert set(frame["marking"]) == {"TLP:GREEN"}
    assert set(frame["source"]) == {"PITCH"}
    assert set(frame["dataset_id"]) == {"partner"}
    assert set(frame["owner"] + frame["licence"]) == {"Customsby letter"}
    assert set(frame["simulated"]) == {True}


@pytest.mark.parametrize("options", [{"grade": "b2"}, {"grade": "Z9"}, {"dataset_id": " "}])
def test_defaults_that_no_row_could_hold_are_refused(options):
    """Before any file is read."""
    with pytest.raises(BadInput):
        Defaults(**options)


@pytest.mark.parametrize("kind", ["scenes", "alerts", "tombs"])
def test_kinds_that_come_from_elsewhere_are_refused(read, kind):
    """Rasters are not read from tables."""
    with pytest.raises(InvalidSetting, match=f"{kind} do not come from tables; expected one of si"):
        read("id\n", kind)


def test_roads_are_lines_between_their_ends(read):
    """With all four coordinates or none."""
    reading = read(
        "id,from_node,to_node,mode,from_lon,from_lat,to_lon,to_lat\n"
        "R1,a,b,road,44,33,45,34\nR2,a,b,rail,,,,\nR3,a,b,road,44,33,45,\n", "roads"
    )  # fmt: skip
    assert reading.frame.geometry[0].wkt == "LINESTRING (44 33, 45 34)"
    assert reading.frame.geometry[1] is None
    assert "to_lon is '45' and to_lat is ''" in only(reading).what


def test_columns_are_found_whatever_their_case_and_order(read):
    """And longitude is lon."""
    reading = read("Name, COUNTRY ,Latitude,ID,Longitude\nHatra,Iraq,35.6,A,42.7\n", "sites")
    assert reading.frame.geometry[0].wkt == "POINT (42.7 35.6)"


def test_missing_columns_refuse_the_file(read):
    """All that is missing is told, with what is there."""
    with pytest.raises(MissingColumns) as told:
        read("seizure_id,lat,country\nSZ1,33,Iraq\n")
    assert str(told.value) == (
        "the table 'seizures.csv' lacks the columns id, event_type, lon; "
        "it has 'seizure_id, lat, country'; "
        "expected each of id, event_type, country once; "
        "rename the columns in the file's first line, or say with a mapping what they mean"
    )


def test_a_column_that_is_there_twice_refuses_the_file(read):
    """Nobody knows which one is meant; unknown columns may repeat."""
    with pytest.raises(MissingColumns, match="has the columns lon more than once"):
        read(f"{HEADER},longitude\n")
    assert read(f"{HEADER},x,x\n").notes == (
        "columns that have no meaning here were left aside: 'x', 'x'",
    )


def test_columns_that_mean_nothing_here_are_told(read):
    """Never dropped in silence."""
    reading = read("id,name,country,colour,version\nA,Hatra,Iraq,red,7\n", "sites")
    assert "left aside: 'colour', 'version'" in reading.notes[0]
    assert "the file has no coordinates, so no row has a place" in reading.notes


def test_guesses_are_told(read):
    """The separator, blank lines, assumed precision and the old marking."""
    reading = read(
        "id;event_type;country;lon;lat;precision;marking\n\n"
        "A;seizure;Iraq;44;33;;TLP:WHITE\nB;seizure;Iraq;;;exact;\n"
    )
    assert reading.notes == (
        "cells are separated by semicolons",
        "1 rows: TLP:WHITE is now TLP:CLEAR",
        "1 rows: no precision is given; the place is taken to be known as town",
        "1 rows: without coordinates the precision is country",
        "2 rows name no source; give one for the whole file",
    )
    assert list(reading.frame["precision"]) == ["town", "country"]
    assert list(reading.frame["marking"]) == ["TLP:CLEAR", "TLP:AMBER"]


@pytest.mark.parametrize(
    ("cells", "what", "expected"),
    [
        (",seizure,Iraq,44,33,exact,", "id is empty", "a value"),
        ("A,,Iraq,44,33,exact,", "event_type is empty", "a value"),
        ("A,theft,Iraq,44,33,exact,", "event_type is 'theft'", "one of seizure, recovery, forfe"),
        ("A,seizure,Iraq,44,,exact,", "lon is '44' and lat is ''", "all coordinates of a place"),
        ("A,seizure,Iraq,NaN,33,exact,", "lon is 'NaN'", "a number"),
        ("A,seizure,Iraq,1e400,33,exact,", "lon is '1e400'", "a finite number"),
        ("A,seizure,Iraq,33,44,exact,", "lon is '33' and lat is '44'", "a place in Iraq"),
        ("A,seizure,Iraq,200,95,exact,", "lon is '200' and lat is '95'", "longitude -180 to"),
        ("A,seizure,Iraq,44,33,country,", "precision is 'country' but there are coord", "no coord"),
        ("A,seizure,Iraq,44,33,near,", "precision is 'near'", "one of exact, vicinity"),
        ("A,seizure,Iraq,44,33,exact,2014-13", "date is '2014-13'", "a date as YYYY, YYYY-MM"),
        ("A,seizure,Iraq,44,33,exact,2031", "date is '2031'", "a day up to 2026-11-23"),
        ("A,seizure,Iraq,44,33,exact", "the row has 6 cells", "as many cells as the"),
        ("A,seizure,Iraq,44,33,exact,,,x", "the row has 9 cells", "as many cells as the"),
        ("A\x07,seizure,Iraq,44,33,exact,", "the row holds the control character U+0007", "one"),
        ('A,seizure,"Iraq,44,33,exact,', "a quotation mark in cell 3 never closes", "quotation ma"),
    ],
)
def test_a_faulty_row_is_set_aside_and_the_others_are_not(read, cells, what, expected):
    """With its line, its text as it stood, the value, the expectation and a remedy."""
    reading = read(f"{HEADER}\nB,seizure,Iraq,,,,\n{cells}\nC,seizure,Iraq,,,,\n")
    row = only(reading)
    assert list(reading.frame["id"]) == ["B", "C"]
    assert row.row_number == 3
    assert row.text == cells
    assert row.what.startswith(what)
    assert row.expected.startswith(expected)
    assert row.remedy


def test_all_faults_of_a_row_are_told_at_once(read):
    """Nobody corrects a file ten times."""
    row = only(read(f"{HEADER}\n,theft,Iraq,x,33,near,2014-13\n"))
    assert row.what == (
        "id is empty; event_type is 'theft'; precision is 'near'; lon is 'x'; date is '2014-13'"
    )


def test_an_overlong_cell_is_set_aside_whole(read):
    """Two megabytes in one cell cost one row, and are kept."""
    line = f"A,seizure,{'x' * 2_000_000},,,,"
    row = only(read(f"{HEADER}\n{line}\nB,seizure,Iraq,,,,\n"))
    assert row.text == line
    assert "2,000,000 characters" in row.what


def test_ids_that_repeat(read):
    """The same row again stays for the store to count; another one of the same id is set aside."""
    reading = read(
        "id,name,country,dataset_id,buffer_m\n"
        "A,Hatra,Iraq,x,100\nA,Hatra,Iraq,x,1e2\nA,Nimrud,Iraq,x,100\nA,Ur,Iraq,y,\n", "sites"
    )  # fmt: skip
    assert list(reading.frame["name"]) == ["Hatra", "Hatra", "Ur"]
    row = only(reading)
    assert (row.row_number, row.text) == (4, "A,Nimrud,Iraq,x,100")
    assert row.what == "the id occurred before in this file with other content"


@pytest.mark.parametrize(
    ("dates", "days", "precision", "text"),
    [
        ("2014,,", ("2014-01-01", "2014-12-31"), "year", "2014"),
        (",2003-03-20,2003-05", ("2003-03-20", "2003-05-31"), "interval", "2003-03-20 to 2003-05"),
        (",1991,1991", ("1991-01-01", "1991-12-31"), "year", "1991"),
        (",2015-03-07,", ("2015-03-07", ""), "interval", "2015-03-07"),
        ("2014-06,2014-06-03,2014-06-05", ("2014-06-03", "2014-06-05"), "interval", "2014-06"),
        (",,", ("", ""), "unknown", ""),
    ],
)
def test_dates_are_filled_as_far_as_they_are_known(read, dates, days, precision, text):
    """A partial date covers its days, and says so."""
    reading = read(
        f"id,event_type,site_name,date,date_from,date_to\nA,looting,Umma,{dates}\n", "events"
    )
    row = reading.frame.iloc[0]
    filled = ["" if day is pd.NaT else f"{day:%Y-%m-%d}" for day in row[["date_from", "date_to"]]]
    assert tuple(filled) == days
    assert (row["date_precision"], row["date_text"]) == (precision, text)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (",2015,2014", "an end that is not before the beginning"),
        ("2003,2014,2015", "dates that agree"),
        (",2027,", "a day up to 2026-11-23"),
    ],
)
def test_dates_that_contradict_each_other_are_told(read, dates, expected):
    """Or that lie in the future."""
    table = f"id,event_type,site_name,date,date_from,date_to\nA,looting,Umma,{dates}\n"
    assert only(read(table, "events")).expected == expected


def test_what_a_source_says_of_a_date_stays(read):
    """Text, precision and basis of the file win over what would follow from the days."""
    row = read("id,event_type,country,date,date_text,date_precision,date_basis\n"
               "A,seizure,Iraq,2014,spring 2014,interval,reported\n").frame.iloc[0]  # fmt: skip
    assert (row["date_text"], row["date_precision"], row["date_basis"]) == (
        "spring 2014", "interval", "reported"
    )  # fmt: skip


def test_posts_may_open_in_the_future(read):
    """Only what happened cannot lie ahead."""
    reading = read("id,name,country,kind,date_from\nA,x,Iraq,land,2030\n", "posts")
    assert reading.quarantined == ()


def test_hostile_and_foreign_text_is_kept_as_it_is(read):
    """Escaping is for whoever draws it; only Unicode's form is made one."""
    hostile = "<img src=x onerror=1> ${x} ` </script> {{x}}"
    reading = read(f"id,name,country,note\nA,e\u0301,Iraq,{hostile}\nB,الحضر,Iraq,=1+1\n", "sites")
    assert list(reading.frame["note"]) == [hostile, "=1+1"]
    assert list(reading.frame["name"]) == ["é", "الحضر"]


def test_the_greek_question_mark_does_not_become_a_separator(read):
    """Its normal form is a semicolon."""
    reading = read("id;name;country\nA;τι\u037e;Iraq\n", "sites")
    assert reading.frame["name"][0] == "τι;"


def test_progress_is_told(read):
    """As a share that grows to the whole."""
    shares: list[float] = []
    read("id,name,country\n" + "A,Hatra,Iraq\n" * 50_000, "sites", progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) == 3
    assert shares[-1] == 1.0


def test_file_names_that_are_no_text_are_written_out(tmp_path):
    """A name in an old encoding can be stored and shown."""
    path = tmp_path / "caf\udce9.csv"
    path.write_text("id,name,country\n")
    assert read_table(path, "sites").file_name == "caf\\udce9.csv"


def test_reading_keeps_only_the_rows_in_memory(read):
    """Memory follows the number of rows, a few kilobytes each at most."""
    content = "id,name,country\n" + "".join(f"S{n},site {n},Iraq\n" for n in range(20_000))
    tracemalloc.start()
    read(content, "sites")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak / 20_000 < 6_000


@given(drawn=st.sampled_from(KINDS).flatmap(strategies.messy_tables))
def test_every_row_is_in_the_frame_or_set_aside(tmp_path_factory, drawn):
    """Any table: each row that is set aside has its text, a value, an expectation, a remedy."""
    kind, text = drawn
    path = tmp_path_factory.getbasetemp() / "drawn.csv"
    path.write_bytes(text.encode())
    reading = read_table(path, kind, today=TODAY)
    assert reading.read == len(reading.frame) + len(reading.quarantined)
    assert len({row.row_number for row in reading.quarantined}) == len(reading.quarantined)
    for row in reading.quarantined:
        assert row.what
        assert row.expected
        assert row.remedy
        assert row.text


@given(drawn=st.sampled_from(KINDS).flatmap(strategies.messy_tables))
def test_no_row_disappears_on_its_way_into_the_store(drawn):
    """Read = accepted + quarantined + duplicate, also when the file comes a second time."""
    kind, text = drawn
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.csv"
        path.write_bytes(text.encode())
        reading = read_table(path, kind, today=TODAY)
        store = open_store(f"sqlite:///{folder}/store.db")
        first, second = (put(store, reading) for _ in range(2))
        for report in (first, second):
            assert report.read == report.accepted + report.quarantined + report.duplicate
            assert report.quarantined == len(reading.quarantined)
        assert first.accepted == len(reading.frame.drop_duplicates(["dataset_id", "id"]))
        assert second.accepted == 0
        assert len(store.read(kind)) == first.accepted
        assert store.quarantine(first.import_id) == reading.quarantined
        store.close()


def put(store: Store, reading: TableReading) -> ImportReport:
    """Import what was read."""
    key = FileKey(file_name=reading.file_name, sha256=reading.sha256, reading=reading.reading)
    return store.add(
        reading.kind,
        reading.frame,
        key=key,
        author="amal",
        now=datetime(2026, 11, 22, tzinfo=UTC),
        quarantined=reading.quarantined,
        notes=reading.notes,
        read=reading.read,
    )


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", UnreadableFile, "seizures.csv: the file is empty"),
        (b"PK\x03\x04zip", UnreadableFile, "seizures.csv: the file is a ZIP archive or an Excel"),
        (b"a,b,c\n1,2,3\n", MissingColumns, "lacks the columns id, event_type, country"),
    ],
)
def test_an_unreadable_file_is_refused_in_one_line(read, content, error, message):
    """Nothing of it is read."""
    with pytest.raises(error, match=message) as told:
        read(content)
    assert "\n" not in str(told.value)
