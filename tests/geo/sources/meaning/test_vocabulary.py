"""Names of columns are understood in the words of partners."""

from __future__ import annotations

import pytest

from geo.columns import columns_of
from geo.errors import InvalidSetting
from geo.sources.meaning.column_names import ARCHES_COLUMNS, CEN_COLUMNS, CITES_COLUMNS, NAMES
from geo.sources.meaning.vocabulary import (
    KINDS,
    country_named,
    field_of,
    fields_of,
    folded,
    is_country,
    is_field_name,
    is_note_name,
    is_serial_name,
    names_of,
)


@pytest.mark.parametrize(
    ("name", "kind", "field"),
    [
        ("Date of Seizure", "seizures", "date"),
        ("DATE_OF_SEIZURE:", "seizures", "date"),
        ("seizureDate", "seizures", "date"),
        ("تاريخ الضبط", "seizures", "date"),
        ("تاريخُ الضَّبط", "seizures", "date"),
        ("مكان الضبط", "seizures", "place"),
        ("العدد", "seizures", "quantity"),
        ("No. of pieces", "seizures", "quantity"),
        ("Qty", "seizures", "quantity"),
        ("Coordinates / Lat", "seizures", "lat"),
        ("الإحداثيات / خط الطول", "seizures", "lon"),
        ("التاريخ / Date", "seizures", "date"),
        ("Latitude (WGS84)", "sites", "lat"),
        ("Nombre d'objets", "seizures", "quantity"),
        ("Pays", "sites", "country"),
        ("Ülke", "posts", "country"),
        ("کشور", "events", "country"),
        ("اسم الموقع", "sites", "name"),
        ("اسم الموقع", "events", "site_name"),
        ("Country(ies) of transit", "seizures", "transit"),
        ("Resource Name", "sites", "names"),
        ("Geometric Place Expression", "sites", "shape"),
        ("Materials & Techniques", "objects", "materials"),
        ("Inscriptions & Markings", "objects", "inscriptions"),
        ("Date of theft", "stolen", "date"),
        ("مكان الحفظ", "custody", "storage_place"),
        ("event_type", "custody", "event_type"),
        ("Disturbance Cause Type", "assessments", "disturbance_cause"),
        ("Assessment Activity Date", "assessments", "assessed_on"),
        ("Colour", "sites", None),
        ("", "sites", None),
    ],
)
def test_a_name_stands_for_a_field(name, kind, field):
    """Whatever its case, marks, punctuation, brackets, script and number of rows."""
    assert field_of(name, kind) == field


@pytest.mark.parametrize(
    ("names", "kind"),
    [(CITES_COLUMNS, "seizures"), (CEN_COLUMNS, "seizures"), (ARCHES_COLUMNS[:-2], "sites")],
)
def test_the_columns_of_known_forms_are_all_understood(names, kind):
    """Each has a field, if only the note."""
    assert [name for name in names if field_of(name, kind) is None] == []


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_names_stand_for_themselves(kind):
    """No other word takes a field's name away from it."""
    for name in fields_of(kind):
        assert field_of(name, kind) == name


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_stands_for_two_fields(kind):
    """The lists of one kind contradict each other nowhere, and name only fields that there are."""
    seen: dict[str, str] = {}
    for field, names in NAMES[kind].items():
        assert field in fields_of(kind)
        for name in names.split("|"):
            assert seen.setdefault(folded(name), field) == field


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_record_can_be_given(kind):
    """But the place itself, which has several ways to be written."""
    fields = fields_of(kind)
    for column in columns_of(kind):
        if column.name != "geometry":
            assert fields[column.name] == column.required


def test_kinds_that_come_from_elsewhere_have_no_columns():
    """Rasters and pictures are not read from tables."""
    with pytest.raises(InvalidSetting, match="scenes do not come from tables; expected one of si"):
        fields_of("scenes")


@pytest.mark.parametrize("name", ["Latitude", "الدولة", "م", "S/N", "Species", "resourceid"])
def test_names_of_columns_are_told_from_what_stands_below(name):
    """So that a header row is found under titles."""
    assert is_field_name(name)


@pytest.mark.parametrize("text", ["Baghdad", "بغداد", "2015-03-07", "44.4", "", "12 tablets", "—"])
def test_cells_are_no_names_of_columns(text):
    """Places, dates and numbers head no column."""
    assert not is_field_name(text)


def test_folding_is_done_once():
    """A folded name folds to itself."""
    for kind in KINDS:
        for name in names_of(kind):
            assert folded(name) == name


def test_countries_are_known_by_other_names():
    """Codes, Arabic, French; what is not known stays as it is."""
    assert [country_named(text) for text in ("العراق", "IRQ", "Irak", "Iraq", "Mars")] == [
        "Iraq", "Iraq", "Iraq", "Iraq", "Mars",
    ]  # fmt: skip
    assert is_country("TÜRKİYE")
    assert not is_country("Hatra")


def test_remarks_and_running_numbers_are_known():
    """A column of remarks needs no label; one that numbers the rows says nothing."""
    assert is_note_name("Remarks")
    assert is_note_name("ملاحظات")
    assert not is_note_name("Sanction")
    assert is_serial_name("No.")
    assert is_serial_name("التسلسل")
    assert not is_serial_name("Case number")
