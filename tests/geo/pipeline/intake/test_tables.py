"""Tables of partners on their way into the store: understood, remembered, told apart."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from geo.errors import BadInput, InvalidSetting, MissingColumns, NotFound, UnreadableFile
from geo.pipeline.intake import ImportOptions, import_files, read_mapping, understood
from geo.sources.meaning.mapping import ColumnUse, Mapping, mapping_of_yaml
from tests.homes import NOW

ARABIC = ("رقم القضية", "التاريخ", "مكان الضبط", "البلد", "النوع", "العدد", "خط الطول", "خط العرض")
"""Headers of a made-up partner."""

ROWS = (
    ("ق-١", "٠٧/٠٣/٢٠١٥", "الموصل", "العراق", "ضبط", "حوالي ٢٠", "43.12", "36.34"),
    ("ق-٢", "31/12/2016", "دمشق", "سوريا", "ضبط", "3", "36.29", "33.51"),
)
"""Made-up seizures in that partner's words."""


def workbook(path: Path, **sheets: tuple[tuple[str, ...], ...]) -> Path:
    """A workbook with these sheets, the first row of each its header."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def options(**more: object) -> ImportOptions:
    """What the importer of these tests says."""
    return ImportOptions(source="Test", author="Amal", **more)


def imported(store, settings, path, kind="seizures", **more):
    """The reports of one file."""
    return import_files(store, settings, kind, [path], options=options(**more), now=NOW)


def test_an_arabic_workbook_comes_in_by_itself(store, settings, tmp_path):
    """Headers, digits, dates and words of quantity are understood, and what was guessed is told."""
    path = workbook(tmp_path / "ضبطيات.xlsx", ضبطيات=(ARABIC, *ROWS))
    (report,) = imported(store, settings, path, partner="Partner One")
    assert (report.read, report.accepted, report.quarantined) == (2, 2, 0), report.rows
    frame = store.read("seizures")
    rows = frame[frame["import_id"] == report.import_id].set_index("place")
    assert rows.loc["الموصل", "country"] == "Iraq"
    assert str(rows.loc["الموصل", "date_from"].date()) == "2015-03-07"
    assert rows.loc["الموصل", "object_count"] == 20
    assert rows.loc["الموصل", "count_qualifier"]
    assert rows.loc["دمشق", "geometry"].coords[0] == (36.29, 33.51)


def test_each_shown_sheet_is_an_import_and_a_hidden_one_is_told_of(store, settings, tmp_path):
    """Nothing is dropped silently; by its name the hidden sheet is read."""
    header = ("id", "event_type", "country", "place")
    path = workbook(
        tmp_path / "b.xlsx",
        one=(header, ("A1", "seizure", "Iraq", "Mosul")),
        two=(header, ("B1", "seizure", "Iraq", "Basra")),
        secret=(header, ("C1", "seizure", "Iraq", "Erbil")),
    )
    book = openpyxl.load_workbook(path)
    book["secret"].sheet_state = "hidden"
    book.save(path)
    one, two = imported(store, settings, path)
    assert (one.accepted, two.accepted) == (1, 1)
    assert any("hidden sheet 'secret' with 1 rows was left aside" in note for note in one.notes)
    (named,) = imported(store, settings, path, table="secret")
    assert named.accepted == 1
    with pytest.raises(NotFound, match=r"no table 'three'; expected one of 'one', 'two', 'secret'"):
        imported(store, settings, path, table="three")


def test_a_partners_columns_are_remembered(store, settings, tmp_path):
    """The mapping that was kept beats the guess for the next file with these columns."""
    header = ("Ref", "What", "Where it was", "Land")
    first = workbook(tmp_path / "1.xlsx", s=(header, ("R1", "seizure", "Mosul", "Iraq")))
    mapping = Mapping(
        kind="seizures",
        uses=(
            ColumnUse(column="Ref", field="id"),
            ColumnUse(column="What", field="event_type"),
            ColumnUse(column="Where it was", field="description"),
            ColumnUse(column="Land", field="country"),
        ),
    )
    imported(store, settings, first, mapping=mapping, partner="Partner Two", keep_mapping=True)
    (kept,) = store.mappings()
    assert (kept.partner, kept.kind, kept.author) == ("Partner Two", "seizures", "Amal")
    second = workbook(tmp_path / "2.xlsx", s=(header, ("R2", "seizure", "Basra", "Iraq")))
    imported(store, settings, second, partner="Partner Two")
    assert store.get("seizures", "R2")["description"][0] == "Basra"
    imported(store, settings, second)
    assert len(store.read("seizures").query("id == 'R2'")) == 1


def test_a_mapping_goes_through_a_file(store, tmp_path):
    """What --show-mapping writes, --mapping reads."""
    path = workbook(tmp_path / "b.xlsx", s=(ARABIC, *ROWS))
    (order,) = understood(store, "seizures", [path], options=options())
    written = tmp_path / "m.yml"
    written.write_text(order.mapping.to_yaml(), encoding="utf-8")
    assert read_mapping(written) == order.mapping == mapping_of_yaml(order.mapping.to_yaml())


def test_a_mapping_that_is_none_is_refused(store, settings, tmp_path):
    """Missing, binary, of another kind, for other columns."""
    path = workbook(tmp_path / "b.xlsx", s=(ARABIC, *ROWS))
    with pytest.raises(UnreadableFile, match=r"none\.yml cannot be read"):
        read_mapping(tmp_path / "none.yml")
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile, match="it is no UTF-8"):
        read_mapping(tmp_path / "binary.yml")
    (tmp_path / "strange.yml").write_text("a: !!python/object:os.system x")
    with pytest.raises(BadInput):
        read_mapping(tmp_path / "strange.yml")
    with pytest.raises(InvalidSetting, match="the mapping is for sites; expected one for seizures"):
        imported(store, settings, path, mapping=Mapping(kind="sites"))
    before = store.revision()
    with pytest.raises(MissingColumns):
        imported(store, settings, path, mapping=Mapping(kind="seizures"))
    assert store.revision() == before


def test_the_same_bytes_read_otherwise_are_another_import(store, settings, tmp_path):
    """The mapping belongs to what the file is; the rows that say the same are duplicates."""
    path = workbook(tmp_path / "b.xlsx", s=(ARABIC, *ROWS))
    (first,) = imported(store, settings, path)
    (again,) = imported(store, settings, path)
    assert again.import_id == first.import_id
    (order,) = understood(store, "seizures", [path], options=options())
    fewer = Mapping(
        kind="seizures",
        uses=tuple(use for use in order.mapping.uses if use.field != "quantity"),
        constants=order.mapping.constants,
        date_style=order.mapping.date_style,
    )
    (other,) = imported(store, settings, path, mapping=fewer)
    assert other.import_id != first.import_id
    reading = json.loads(store.imports()[0].key.reading)
    assert mapping_of_yaml(reading["mapping"]) == fewer


def test_places_are_only_taken_by_name_where_the_importer_says_so(store, settings, tmp_path):
    """Then with a stated precision and who confirmed it."""
    rows = (("id", "event_type", "country", "place"), ("G1", "seizure", "Iraq", "Mosul"),
            ("G2", "seizure", "Iraq", "no such place at all"))  # fmt: skip
    path = workbook(tmp_path / "b.xlsx", s=rows)
    imported(store, settings, path)
    assert store.get("seizures", "G1")["geometry"][0] is None
    imported(store, settings, path, place_by_name=True)
    row = store.get("seizures", "G1").iloc[0]
    assert row["geometry"].distance(row["geometry"].__class__(43.13, 36.34)) < 0.1
    assert row["precision"] == "town"
    assert "confirmed by Amal" in row["coord_source"]
    assert store.get("seizures", "G2")["geometry"][0] is None
