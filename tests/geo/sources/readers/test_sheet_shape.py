"""The header of a sheet is found, and rows that are no records are told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.sources.readers.sheet_shape import Judge, Shape, foot_rows, is_number, is_total, shape_of

NAMES = {"id", "name", "lat", "lon", "date", "coordinates", "country", "count"}


def is_name(text: str) -> bool:
    """Whether a text is one of a few names."""
    return text.strip().casefold() in NAMES


def shape(*rows: str) -> Shape:
    """The shape of rows whose cells bars part."""
    return shape_of([row.split("|") for row in rows], is_name=is_name)


def judge(header: str) -> Judge:
    """The judge of the rows below a header."""
    return Judge(shape(header, "a|b|c"), is_name=is_name)


def test_the_first_row_is_the_header_of_a_plain_table():
    """Nothing is said of it."""
    assert shape("id|name", "A|Ur") == Shape(
        header=("id", "name"), columns=(0, 1), first_row=1, header_cells=(("id", "name"),)
    )


def test_titles_above_the_header_are_passed_and_told():
    """However wide they are, and whatever they say."""
    found = shape("Register of finds||", "Ministry, 2014||", "id|name|date", "A|Ur|2014")
    assert (found.header, found.first_row) == (("id", "name", "date"), 3)
    assert found.notes == (
        "2 lines above the names of the columns were taken for titles: Register of finds; "
        "Ministry, 2014",
    )


def test_a_merged_title_is_one_title():
    """Its text stands in each of its cells."""
    found = shape("Finds|Finds|Finds", "id|name|date", "A|Ur|2014")
    assert found.first_row == 2
    assert found.notes[0].endswith("for titles: Finds")


def test_a_header_of_unknown_words_is_the_first_wide_row_of_words():
    """In any language."""
    found = shape("Liste||", "Kennung|Fundort|Jahr", "A|Ur|2014", "B|Uruk|2015")
    assert (found.header, found.first_row) == (("Kennung", "Fundort", "Jahr"), 2)


def test_two_rows_of_names_are_joined():
    """A group above goes on over the empty cells beside it."""
    found = shape("id|Coordinates||date", "|Lat|Lon|", "A|33|44|2014")
    assert found.header == ("id", "Coordinates / Lat", "Coordinates / Lon", "date")
    assert found.first_row == 2
    assert found.notes == ("the names of the columns stand in two rows, which were joined",)


def test_two_rows_of_merged_names_are_joined():
    """Merged cells come repeated; a name over both rows is said once."""
    found = shape("id|Fundort|Fundort|Jahr", "id|Breite|Länge|Jahr", "A|33|44|2014")
    assert found.header == ("id", "Fundort / Breite", "Fundort / Länge", "Jahr")


def test_two_rows_of_names_below_titles_are_joined():
    """The lower row may have more usual names than the upper."""
    found = shape("Finds|||", "No|Place||When", "|lat|lon|", "1|33|44|2014")
    assert found.header == ("No", "Place / lat", "Place / lon", "When")
    assert found.first_row == 3


@pytest.mark.parametrize(
    "rows",
    [
        ("id|name|date", "A|Ur|spring"),
        ("id|name|", "A|x|a note"),
        ("id|name||", "|first|second|"),
        ("id|name|", "|;;|;"),
        ("id|coordinates|", "A|33|44"),
    ],
)
def test_a_row_of_text_below_the_header_is_no_second_header(rows):
    """Without usual names or merged cells it is a row."""
    assert shape(*rows, "B|Uruk|summer").first_row == 1


def test_a_sheet_without_header_loses_no_row():
    """Numbers in the first row, as in the rows below: the columns are numbered."""
    found = shape("44.4|33.3|Ur", "44.5|33.4|Uruk", "44.6|33.5|Eridu")
    assert (found.header, found.first_row) == (("column 1", "column 2", "column 3"), 0)
    assert found.notes == ("no row with names of columns was found; the columns are numbered",)


def test_years_may_name_columns():
    """A row of years above numbers is a header."""
    assert shape("Province|2014|2015", "Nineveh|3|4", "Dohuk|5|6").first_row == 1


def test_a_header_alone_is_a_table_without_rows():
    """Nothing is lost, nothing made up."""
    assert shape("id|name").first_row == 1


def test_columns_with_neither_name_nor_text_are_left_out():
    """One without a name but with text is numbered."""
    found = shape("id|||name|", "A||5|Ur|", "B|||Uruk|")
    assert found.header == ("id", "column 3", "name")
    assert found.columns == (0, 2, 3)


@given(st.lists(st.lists(st.sampled_from(["", "id", "name", "x", "7", "Total"]), min_size=1),
                min_size=1, max_size=6))  # fmt: skip
def test_any_sheet_has_a_shape(rows):
    """As many names as columns, the columns ascending, the first row within the sheet."""
    if any(any(row) for row in rows):
        found = shape_of(rows, is_name=is_name)
        assert len(found.header) == len(found.columns) > 0
        assert list(found.columns) == sorted(set(found.columns))
        assert 0 <= found.first_row <= len(rows)
        assert all(found.header)


@pytest.mark.parametrize(
    "row",
    [
        "Total|54|",
        "TOTAL:|1,200|3%",
        "المجموع|٥٤|",
        "الإجمالي||٥٤",
        "Toplam|54|",
        "Genel Toplam||54",
        "|Grand total|54",
        "Sub-total|5|4",
        "جمع کل|۵۴|",
        "Total: 54||",
    ],
)
def test_a_total_is_no_record(row):
    """In the languages of the region and of its partners."""
    assert judge("id|name|date").fault(9, row.split("|"), after_gap=False) == (
        "the row is a total, not a record"
    )


@pytest.mark.parametrize(
    "row", ["Total|Iraq|54", "Totalgaz|54|", "A|Total|54", "Summer|5|4", "A|B|C", "المجموعة|5|"]
)
def test_a_record_that_looks_like_a_total_stays(row):
    """A word in another cell, or a word that only begins so."""
    assert judge("id|name|date").fault(9, row.split("|"), after_gap=False) == ""


def test_names_of_columns_that_come_again_are_no_record():
    """As at the top of each printed page; the rows after them are read on."""
    rows = judge("id|name|date")
    assert rows.fault(50, ["ID", "Name ", "Date"], after_gap=True) == (
        "the row repeats the names of the columns"
    )
    assert rows.fault(51, ["A", "Ur", "2014"], after_gap=False) == ""


def test_other_names_after_a_gap_begin_another_table():
    """From there on no row is read as one of the first."""
    rows = judge("id|name|date")
    assert rows.fault(8, ["lat", "lon", "count"], after_gap=False) == ""
    told = "the row is of another table, which begins in row 9"
    assert rows.fault(9, ["lat", "lon", "count"], after_gap=True) == told
    assert rows.fault(10, ["A", "Ur", "2014"], after_gap=False) == told
    assert not rows.passes("A")


TEXTS = st.sampled_from(["", "A", "id", "Id", "name", "Total", "total 5", "المجموع", "5", " "])


@given(st.lists(TEXTS, min_size=3, max_size=3).filter(lambda row: any(map(str.strip, row))))
def test_what_passes_the_quick_test_has_no_fault(row):
    """Alone, and as the start of a row whose cells commas part."""
    rows = Judge(shape("id|name|date"), is_name=is_name, separator=",")
    if rows.passes(row[0]) or rows.passes(",".join(row)):
        assert rows.fault(5, row, after_gap=False) == ""


@pytest.mark.parametrize(
    ("filled", "width", "foot"),
    [
        ([3, 3, 1, 1], 3, 2),
        ([3, 1, 3], 3, 0),
        ([1, 1, 1], 3, 0),
        ([2, 1, 1], 2, 0),
        ([3] + [1] * 20, 3, 20),
        ([3] + [1] * 21, 3, 0),
        ([], 3, 0),
    ],
)
def test_remarks_stand_at_the_end_below_fuller_rows(filled, width, foot):
    """A few rows of one cell in a table of three columns or more."""
    assert foot_rows(filled, width=width) == foot


@pytest.mark.parametrize("text", ["1", "-1.5", "(12)", "1,200.50", "٥٤", "۱۲٫۵", "3%", "2015-03-07",
                                  "7/3/2015", "1e-5", "12:30"])  # fmt: skip
def test_numbers_and_dates_are_numbers(text):
    """In any digits."""
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "x", "12 pcs", "A1", "IM 12345", "N/A", "-", "9" * 500])
def test_words_are_no_numbers(text):
    """Nor are codes, nor digits without end."""
    assert not is_number(text)


@pytest.mark.parametrize("text", ["Total", "SUM", "المجموع الكلي", "ara toplam", "Somme :"])
def test_words_for_a_sum_are_known(text):
    """Whatever their case and marks."""
    assert is_total(text)
