"""What the columns of an unknown table probably mean is guessed, and every doubt is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.errors import InvalidSetting
from geo.sources.meaning.column_names import ARCHES_COLUMNS, CEN_COLUMNS, CITES_COLUMNS
from geo.sources.meaning.dates import DateStyle
from geo.sources.meaning.guess import guess_kind, guess_mapping
from geo.sources.meaning.mapping import ColumnUse, Mapping
from tests.raw_tables import raw_table


@pytest.fixture
def guess(tmp_path: Path):
    """The guess for a table with these columns and rows."""
    return lambda header, *rows, kind="seizures", saved=(), **options: guess_mapping(
        raw_table(tmp_path, header, rows, **options), kind, saved=saved
    )


def fields(guess) -> dict[str, str]:
    """Column to field; of columns of one name the last."""
    return {use.column: use.field for use in guess.mapping.uses}


def test_a_table_of_ours_is_taken_by_the_letter(guess):
    """Nothing is made up for it: no id, no constant, no order of dates."""
    found = guess(("ID", "EVENT_TYPE", "country", "lon", "lat", "shade"),
                  ("A", "seizure", "Iraq", "44", "33", "x"))  # fmt: skip
    assert found.profile == "own"
    assert found.mapping.own
    assert found.mapping.constants == {}
    assert found.doubts == ()
    assert found.reasons["shade"] == "no column of ours has this name: left aside"
    assert found.reasons["ID"] == "its name is the field's"


@pytest.mark.parametrize("header", [("id", "lon", "lat"), ("id", "id", "event_type", "country")])
def test_a_broken_table_of_ours_is_still_ours(guess, header):
    """So that it is refused as such, not bent into another form."""
    assert guess(header).profile == "own"


def test_an_arabic_table_is_understood(guess):
    """Running numbers are left aside, case numbers are ids, dates have the day first."""
    found = guess(
        ("م", "رقم القضية", "التاريخ", "مكان الضبط", "الدولة", "خط العرض", "خط الطول", "العدد"),
        ("1", "ق-1", "٧/٣/٢٠١٥", "صفوان", "العراق", "٣٠٫١", "٤٧٫٧", "٢٠"),
        ("2", "ق-2", "١٥/٣/٢٠١٥", "البصرة", "العراق", "", "", "حوالي ٣٠"),
    )
    assert fields(found) == {
        "رقم القضية": "case_id", "التاريخ": "date", "مكان الضبط": "place", "الدولة": "country",
        "خط العرض": "lat", "خط الطول": "lon", "العدد": "quantity",
    }  # fmt: skip
    assert found.mapping.date_style == DateStyle(order="dmy")
    assert found.reasons["م"] == "it only numbers the rows: left aside"
    assert found.profile == "free"


@pytest.mark.parametrize(
    ("names", "kind", "profile"),
    [(CITES_COLUMNS, "seizures", "cites"), (CEN_COLUMNS, "seizures", "cen"),
     (ARCHES_COLUMNS, "sites", "arches")],
)  # fmt: skip
def test_known_forms_are_known(guess, names, kind, profile):
    """And every column of theirs goes somewhere."""
    found = guess(names, ["x"] * len(names), kind=kind)
    assert found.profile == profile
    assert set(found.reasons) == set(names)
    assert {use.column for use in found.mapping.uses} == set(names)


def test_every_row_of_a_report_is_taken_for_a_seizure_with_a_doubt(guess):
    """And what nobody gives is asked for."""
    found = guess(("Date", "Place"), ("2015", "Basra"))
    assert found.mapping.constants == {"event_type": "seizure"}
    assert any("every row is taken for a seizure" in doubt for doubt in found.doubts)
    assert any("no column gives country" in doubt for doubt in found.doubts)
    assert any("no column gives ids" in doubt for doubt in found.doubts)


def test_a_misspelt_name_is_a_doubt(guess):
    """It is taken, and said."""
    found = guess(("Contry", "Date of seisure"), ("Iraq", "2015"))
    assert fields(found) == {"Contry": "country", "Date of seisure": "date"}
    assert sum("its name is nearly" in doubt for doubt in found.doubts) == 2


def test_columns_are_found_by_what_stands_in_them(guess):
    """Places, dates, countries and kinds of events; each with a doubt."""
    found = guess(
        ("A", "B", "C", "D", "E"),
        ("33.3, 44.4", "7 March 2015", "العراق", "seizure", "red"),
        ("30°06'N 47°42'E", "9 April 2015", "Syria", "return", "blue"),
    )
    assert fields(found) == {
        "A": "coordinates", "B": "date", "C": "country", "D": "event_type", "E": "note",
    }  # fmt: skip
    for column in "ABCD":
        assert any(f"the column '{column}' is taken for" in doubt for doubt in found.doubts)


def test_dates_in_a_table_of_sites_are_not_the_sites_own(guess):
    """When a site was visited is no date of the site."""
    found = guess(("Site name", "Visited"), ("Made", "7 March 2015"), kind="sites")
    assert fields(found)["Visited"] == "note"


def test_large_numbers_under_x_and_y_are_metres(guess):
    """With a zone they are a place; without one they stay in the note."""
    whole = guess(("X", "Y", "Zone"), ("440000", "3680000", "38N"))
    assert fields(whole) == {"X": "utm_easting", "Y": "utm_northing", "Zone": "utm_zone"}
    half = guess(("X", "Y"), ("440000", "3680000"))
    assert fields(half) == {"X": "note", "Y": "note"}
    assert any("give no place without utm_zone" in doubt for doubt in half.doubts)


def test_one_of_two_coordinates_stays_in_the_note(guess):
    """It is no place, and not lost."""
    found = guess(("Country", "Lat"), ("Iraq", "33.3"))
    assert fields(found)["Lat"] == "note"


def test_of_two_columns_for_one_field_the_nearer_name_is_taken(guess):
    """The other is kept in the note, and that is said."""
    found = guess(("Report / Date", "Date", "Country"), ("2016", "2015", "Iraq"))
    assert fields(found)["Date"] == "date"
    assert fields(found)["Report / Date"] == "note"
    assert "'Report / Date' and 'Date' both look like date: 'Date' is taken" in found.doubts


def test_numbers_that_repeat_are_no_ids(guess):
    """They are numbers of cases, and ids are made."""
    found = guess(("Seizure no", "Country"), ("7", "Iraq"), ("7", "Iraq"))
    assert fields(found)["Seizure no"] == "case_key"
    assert any("repeat, so they are no ids" in doubt for doubt in found.doubts)
    assert "id" not in fields(found).values()


def test_cells_beat_names(guess):
    """A column called Quantity that holds words is no number."""
    found = guess(("Quantity", "Country"), ("see list", "Iraq"), ("as above", "Iraq"))
    assert fields(found)["Quantity"] == "note"
    assert any("most of its cells are none" in doubt for doubt in found.doubts)


def test_empty_columns_are_left_aside(guess):
    """There is nothing to keep."""
    found = guess(("Country", "column 2"), ("Iraq", ""))
    assert "column 2" not in fields(found)
    assert found.reasons["column 2"] == "it is empty: left aside"


def test_rows_that_the_reader_gave_up_teach_nothing(guess):
    """A total is no quantity of a seizure."""
    found = guess(("Quantity", "Country"), ("12", "Iraq"), ("#REF!", ""), ("=x", ""),
                  faults={1: "an error", 2: "a formula"})  # fmt: skip
    assert fields(found)["Quantity"] == "quantity"


KEPT = Mapping(
    kind="seizures",
    partner="Made Customs",
    uses=tuple(
        ColumnUse(column=column, field=field)
        for column, field in (("Colour", "outcome"), ("When", "date"), ("Land", "country"))
    ),
    constants={"event_type": "return"},
)


def test_a_kept_mapping_is_used_again(guess):
    """For a table with its columns, in whatever order, one more or not."""
    found = guess(("Land", "Colour", "When", "More"), ("Iraq", "red", "2015", "x"), saved=[KEPT])
    assert found.mapping == KEPT
    assert found.profile == "Made Customs"
    assert found.reasons["Colour"] == "as it was kept for Made Customs"
    assert found.reasons["More"] == "left aside, as it was kept for Made Customs"
    assert found.doubts == (
        "the column 'More' is left aside: the mapping that was kept for Made Customs has no such",
    )


def test_a_kept_mapping_for_another_table_is_not_used(guess):
    """Its columns must be there, be most of the table's, and be for the same kind."""
    other = Mapping(kind="sites", partner="Else", uses=KEPT.uses[2:])
    assert guess(("Land", "When"), ("Iraq", "2015"), saved=[KEPT, other]).profile == "free"
    wide = ("Land", "Colour", "When", *(f"c{n}" for n in range(9)))
    assert guess(wide, ["x"] * 12, saved=[KEPT]).profile == "free"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (("Site name", "Country", "Period", "Lat", "Lon"), "sites"),
        (("resourceid", "EAMENA ID", "Resource Name", "Geometric Place Expression"), "sites"),
        (("Date of seizure", "Place of seizure", "Agency", "Quantity"), "seizures"),
        (("تاريخ الضبط", "مكان الضبط", "الجهة الضابطة"), "seizures"),
        (("id", "site_name", "event_type", "date"), "events"),
        (("id", "name", "country", "kind", "facing_country"), "posts"),
        (("Object type", "Materials", "Measurements", "Inscriptions", "Seizure no"), "objects"),
        (("Object type", "Date of theft", "Stolen from", "Reference"), "stolen"),
        (("Seizure no", "From party", "To party", "Storage place"), "custody"),
        (("id", "from_node", "to_node", "mode"), "roads"),
        (("first_id", "second_id", "relation"), "links"),
        (("id", "site_id", "condition", "damage_extent"), "assessments"),
        (
            ("ResourceID", "Overall Condition State Type", "Damage Extent Type", "Effect Type"),
            "assessments",
        ),
        (("a", "b"), "seizures"),
    ],
)
def test_the_kind_of_a_table_is_guessed_by_its_columns(tmp_path, header, kind):
    """Those that few kinds have tell most."""
    assert guess_kind(raw_table(tmp_path, header, [])) == kind


def test_a_table_without_rows_is_guessed_by_its_names(guess):
    """There is nothing else."""
    found = guess(("Country", "Date", "Lat", "Lon"))
    assert fields(found) == {"Country": "country", "Date": "date", "Lat": "lat", "Lon": "lon"}


def test_kinds_that_come_from_elsewhere_are_refused(guess):
    """Scenes come from rasters."""
    with pytest.raises(InvalidSetting, match="scenes do not come from tables"):
        guess(("a",), kind="scenes")
