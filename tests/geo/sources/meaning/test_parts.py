"""Rows of partners' tables become records by a mapping; every row is accounted for."""

from __future__ import annotations

import dataclasses
import json
import tracemalloc
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import to_wkb
from shapely.geometry import Point

from geo.columns import columns_of
from geo.errors import MissingColumns
from geo.frames import check_frame
from geo.sources.meaning.dates import DateStyle
from geo.sources.meaning.guess import guess_mapping
from geo.sources.meaning.mapping import ColumnUse, Mapping, mapping_of_yaml, own_mapping
from geo.sources.meaning.records import Defaults, parts_of
from geo.sources.meaning.vocabulary import KINDS, names_of
from tests import strategies
from tests.raw_tables import raw_table

TODAY = date(2026, 11, 22)


def mapping_of(fields: dict[str, str], kind: str = "seizures", **options) -> Mapping:
    """A mapping of columns to fields."""
    uses = tuple(ColumnUse(column=column, field=field) for column, field in fields.items())
    return Mapping(kind=kind, uses=uses, **options)


@pytest.fixture
def read(tmp_path: Path):
    """The only part of a table, and its notes."""

    def reading(fields, *rows, kind="seizures", faults=None, **options):
        given = {"seizures": {"event_type": "seizure", "country": "Iraq"},
                 "sites": {"country": "Iraq"}, "objects": {"seizure_id": "SZ1"}}[kind]  # fmt: skip
        constants = {k: v for k, v in given.items() if k not in fields.values()}
        constants |= options.pop("constants", {})
        table = raw_table(tmp_path, list(fields), rows, faults=faults)
        mapping = mapping_of(fields, kind, constants=constants, **options)
        notes: list[str] = []
        defaults = Defaults(source="Made source", dataset_id="made")
        (part,) = parts_of(table, mapping, defaults=defaults, today=TODAY, notes=notes)
        return part, notes

    return reading


def test_words_of_partners_become_fields(read):
    """Quantities with their doubts, means of transport, countries, dates in their order."""
    part, notes = read(
        {"No": "id", "When": "date", "Pieces": "quantity", "By": "transport", "Land": "country"},
        ("1", "7/3/2015", "about twenty", "lorry", "العراق"),
        ("2", "15/3/2015", "١٢ قطعة", "carried by hand", "Peru"),
        date_style=DateStyle(order="dmy"),
    )
    first, second = (row for _, row in part.frame.iterrows())
    assert (first["object_count"], first["count_qualifier"]) == (20, "about")
    assert (first["transport_mode"], first["transport_detail"]) == ("road", "lorry")
    assert first["country"] == "Iraq"
    assert first["date_from"] == pd.Timestamp(2015, 3, 7)
    assert (second["object_count"], second["count_qualifier"]) == (12, "")
    assert second["transport_detail"] == "carried by hand"
    assert "1 rows: the country 'العراق' is Iraq" in notes
    pd.testing.assert_frame_equal(check_frame("seizures", part.frame), part.frame)


def test_several_columns_give_one_text(read):
    """The note keeps the names of its columns, other texts do not; remarks need no name."""
    part, _ = read(
        {"id": "id", "Species": "object_types", "Specimen": "object_types", "Sanction": "note",
         "Remarks": "note"},
        ("1", "tablet", "cuneiform", "fine", "seen"), ("2", "", "coin", "", ""),
    )  # fmt: skip
    assert list(part.frame["object_types"]) == ["tablet; cuneiform", "coin"]
    assert list(part.frame["note"]) == ["Sanction: fine; seen", ""]


def test_constants_fill_empty_cells(read):
    """A cell comes before a constant, and that before a default."""
    part, _ = read(
        {"id": "id", "Type": "event_type", "Src": "source"},
        ("1", "", ""), ("2", "return", "book"),
        constants={"event_type": "recovery", "source": "list", "marking": "TLP:RED"},
    )  # fmt: skip
    assert list(part.frame["event_type"]) == ["recovery", "return"]
    assert list(part.frame["source"]) == ["list", "book"]
    assert set(part.frame["marking"]) == {"TLP:RED"}


def test_cells_that_say_nothing_are_empty(read):
    """``n/a`` is no date, no number and no country."""
    part, _ = read(
        {"id": "id", "When": "date", "Pieces": "quantity", "By": "transport"},
        ("1", "n/a", "-", "unknown"),
    )
    row = part.frame.iloc[0]
    assert row["date_from"] is pd.NaT
    assert row["date_precision"] == "unknown"
    assert row["object_count"] is pd.NA
    assert row["transport_detail"] == ""


def test_rows_without_an_id_get_one_that_stays(tmp_path):
    """The same for the same content, whatever the order of rows and columns."""
    fields = {"When": "date", "Where": "place"}
    constants = {"event_type": "seizure", "country": "Iraq"}
    mapping = mapping_of(fields, constants=constants, partner="Made Customs, Basra")
    rows = [("2015", "Basra"), ("2016", "Basra"), ("2015", "Basra")]
    first = ids(tmp_path, ["When", "Where"], rows, mapping)
    turned = ids(tmp_path, ["Where", "When"], [row[::-1] for row in rows[::-1]], mapping)
    assert first[0] == first[2] != first[1]
    assert turned == first[::-1]
    assert first[0].startswith("Made-Customs-Basra-")
    assert len(first[0].rpartition("-")[2]) == 10


def ids(folder, header, rows, mapping):
    """Ids of the rows of a table."""
    table = raw_table(folder, header, rows)
    (part,) = parts_of(table, mapping, defaults=Defaults(), today=TODAY, notes=[])
    return list(part.frame["id"])


def test_made_ids_are_told(read):
    """And only rows without one get one."""
    part, notes = read({"No": "id", "Where": "place"}, ("7", "a"), ("", "b"))
    assert part.frame["id"][0] == "7"
    assert part.frame["id"][1].startswith("made-")
    assert any(note.startswith("1 rows: the row has no id of its own") for note in notes)


def test_an_inventory_names_sites_in_several_scripts(read):
    """Latin first, Arabic apart, the rest as other names; without any the id stands."""
    part, notes = read(
        {"resourceid": "id", "Resource Name": "names"},
        ("u1", "Made Tell, تل مصنوع, Tall Masnu"), ("u2", "تل مصنوع"), ("u3", ""), kind="sites",
    )  # fmt: skip
    frame = part.frame
    assert list(frame["name"]) == ["Made Tell", "تل مصنوع", "u3"]
    assert list(frame["name_ar"]) == ["تل مصنوع", "تل مصنوع", ""]
    assert list(frame["alt_names"]) == ["Tall Masnu", "", ""]
    assert "1 rows: the site has no name; its id stands for it" in notes


def test_an_unsure_number_of_objects_stays_in_the_note(read):
    """Where the record has no field for the doubt."""
    part, _ = read(
        {"id": "id", "What": "object_type", "Qty": "quantity", "Note": "note"},
        ("1", "coin", "about 30", "seen"), ("2", "coin", "3", ""), kind="objects",
    )  # fmt: skip
    assert list(part.frame["quantity"]) == [30, 3]
    assert list(part.frame["note"]) == ["seen; quantity: about 30", ""]


def test_a_faulty_row_keeps_its_cells_so_that_it_can_be_mended(read):
    """By the names of its columns, as they stood."""
    part, _ = read({"id": "id", "When": "date", "Where": "place"}, (" 1 ", "yesterday", "Basra"))
    (row,) = part.quarantined
    assert json.loads(row.cells) == {"id": " 1 ", "When": "yesterday", "Where": "Basra"}
    assert row.row_number == 2
    assert row.text == " 1 ,yesterday,Basra"


def test_a_row_that_the_reader_gave_up_is_set_aside_with_its_reason(read):
    """Nothing else is said of it; a total keeps its cells."""
    part, _ = read({"id": "id", "When": "date"}, ("1", "2015"), ("Total", "x"),
                   faults={1: "the row is a total, not a record"})  # fmt: skip
    (row,) = part.quarantined
    assert row.what == "the row is a total, not a record"
    assert json.loads(row.cells) == {"id": "Total", "When": "x"}
    assert row.remedy


def test_a_required_cell_that_is_empty_is_told(read):
    """Where no constant stands for it."""
    part, _ = read({"id": "id", "Land": "country"}, ("1", ""), ("2", "Iraq"))
    assert part.quarantined[0].what == "country is empty"


def test_what_is_missing_is_told_before_the_first_row(tmp_path):
    """When the parts are asked for, not when the first is taken."""
    table = raw_table(tmp_path, ["id"], [])
    with pytest.raises(MissingColumns, match="lacks the columns event_type, country"):
        parts_of(table, mapping_of({"id": "id"}), defaults=Defaults(), today=TODAY, notes=[])


def test_texts_and_cells_are_made_when_asked_for(read):
    """As a sequence: by position, by slice and from the end."""
    part, _ = read({"id": "id"}, ("1",), ("2",), ("3",))
    assert list(part.texts) == ["1", "2", "3"]
    assert part.texts[-1] == "3"
    assert list(part.texts[1:]) == ["2", "3"]
    assert json.loads(part.cells[1]) == {"id": "2"}
    assert len(part.cells) == 3


@given(drawn=st.sampled_from(["sites", "seizures", "events", "posts", "roads"])
       .flatmap(strategies.messy_tables), batch=st.integers(1, 4))  # fmt: skip
def test_no_result_depends_on_the_size_of_a_batch(tmp_path_factory, drawn, batch):
    """Read = accepted + quarantined, and the same rows in the same order."""
    kind, text = drawn
    separator = next(mark for mark in ",;\t" if mark in text.splitlines()[0])
    lines = [line.split(separator) for line in text.splitlines()]
    width = len(lines[0])
    rows = [row[:width] + [""] * (width - len(row)) for row in lines[1:]]
    folder = tmp_path_factory.mktemp("batches")
    whole, pieces = (read_all(folder, lines[0], rows, kind, size) for size in (1000, batch))
    assert len(whole[0]) + len(whole[1]) == len(rows)
    assert whole[1:] == pieces[1:]
    pd.testing.assert_frame_equal(whole[0], pieces[0])


def read_all(folder, header, rows, kind, batch):
    """All rows of a table in batches of a size: frame, quarantined rows and notes."""
    table = raw_table(folder, header, rows, batch=batch)
    notes: list[str] = []
    mapping = own_mapping(header, kind)
    defaults = Defaults(source="s")
    parts = list(parts_of(table, mapping, defaults=defaults, today=TODAY, notes=notes))
    frames = [part.frame for part in parts if len(part.frame)]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return frame, [row for part in parts for row in part.quarantined], notes


CELLS = st.one_of(
    strategies.STRANGE_CELLS,
    st.sampled_from(
        ["", "Iraq", "العراق", "2015-03-07", "٧/٣/٢٠١٥", "16 جمادى الأولى 1436", "44.4", "33,3",
         "33°18'N 44°24'E", "38SMB4000080000", "440000", "3680000", "38N", "about twenty", "٢٠",
         "POINT (44 33)", "POLYGON ((0 0, 1 0, 1 1, 0 0))", "seizure", "lorry", "road", "n/a",
         "TLP:WHITE", "B2", "تل مصنوع, Made Tell", "land", "12 cm", "seals; coins", "stored"]
    ),
)  # fmt: skip
"""What may stand in a cell of a partner's table."""


@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_any_table_of_a_partner_is_accounted_for(tmp_path_factory, data, kind):
    """Whatever its columns and cells: a frame that a store takes, and rows with reasons."""
    names = st.sampled_from([*names_of(kind), "x", "", "م"])
    header = data.draw(st.lists(names, min_size=1, max_size=6))
    rows = data.draw(st.lists(st.tuples(*[CELLS] * len(header)), max_size=4))
    shapes = data.draw(st.none() | st.just([b"", None, b"\x01", to_wkb(Point(1, 2))][: len(rows)]))
    folder = tmp_path_factory.mktemp("any")
    table = raw_table(folder, header, rows, shapes=shapes)
    mapping = guess_mapping(table, kind).mapping
    assert mapping_of_yaml(mapping.to_yaml()) == mapping
    given = {use.field for use in mapping.uses}
    needed = {
        column.name: column.codes[0] if column.codes else "x"
        for column in columns_of(kind)
        if column.required and column.name not in given
    }
    mapping = dataclasses.replace(mapping, constants={**needed, **mapping.constants}, own=False)
    notes: list[str] = []
    try:
        parts = list(parts_of(table, mapping, defaults=Defaults(), today=TODAY, notes=notes))
    except MissingColumns:
        return
    read = 0
    for part in parts:
        check_frame(kind, part.frame)
        assert len(part.frame) == len(part.row_numbers) == len(part.texts) == len(part.cells)
        read += len(part.frame) + len(part.quarantined)
        assert all(row.what and row.expected and row.remedy for row in part.quarantined)
        assert all(json.loads(cells or "{}") is not None for cells in part.cells)
    assert read == len(rows)


def test_memory_is_bounded_by_the_batch(tmp_path):
    """Ten times the rows need no more of it."""
    header = ["id", "event_type", "country", "note"]
    peaks = []
    for count in (10_000, 100_000):
        rows = [(f"S{n}", "seizure", "Iraq", f"row {n}") for n in range(count)]
        table = raw_table(tmp_path, header, rows, batch=5_000)
        mapping = own_mapping(header, "seizures")
        tracemalloc.start()
        for part in parts_of(table, mapping, defaults=Defaults(), today=TODAY, notes=[]):
            assert part.quarantined == ()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
