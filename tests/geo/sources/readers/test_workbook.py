"""Workbooks are read as they look: sheets, merged cells, dates, formulas, and nothing is lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UnreadableFile
from geo.sources.confined.limits import BROWSER
from geo.sources.readers.raw import RawReading, RawTable
from geo.sources.readers.workbook import read
from geo.sources.readers.workbook_parts import column_of, letters_of, shown_by, unescaped
from geo.sources.readers.workbook_rows import date_text, number_text
from tests.hostile.bad_workbooks import GOOD, HEADER, STRICT, packed, parts_of, sheet, texts_of
from tests.hostile.bad_workbooks import workbook as made

NOON = dt.datetime(2015, 3, 7, 12, 30)  # noqa: DTZ001 - a workbook knows no time zones


@pytest.fixture
def reading(tmp_path):
    """Reads a workbook of openpyxl, or the bytes of one."""

    def read_it(book: openpyxl.Workbook | bytes, **limits: int) -> RawReading:
        path, folder = tmp_path / "given.xlsx", tmp_path / "out"
        folder.mkdir()
        if isinstance(book, bytes):
            path.write_bytes(book)
        else:
            book.save(path)
        return read(path, folder, limits=dataclasses.replace(BROWSER, **limits))

    return read_it


def book_of(*rows: list[object]) -> openpyxl.Workbook:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book


def rows_of(table: RawTable) -> list[dict[str, object]]:
    """The rows of a table."""
    return [row for batch in table.batches() for row in batch.to_pylist()]


def cells(table: RawTable) -> list[list[object]]:
    """The cells of all rows."""
    return [[v for k, v in row.items() if k.startswith("c")] for row in rows_of(table)]


def faults(table: RawTable) -> dict[object, object]:
    """The faults of the rows that have one, by the number of their row."""
    return {row["row"]: row["fault"] for row in rows_of(table) if row["fault"]}


def test_each_kind_of_value_has_one_text(reading):
    """Text, whole and broken numbers, truth, dates, times, nothing."""
    (table,) = reading(
        book_of(
            ["id", "name", "count", "lat", "flag", "date", "time", "note"],
            [1, "أور", 54.0, 33.299999999999997, True, dt.date(2015, 3, 7), dt.time(12, 30), None],
            [2, " x ", -5, 1e-7, False, NOON, dt.time(0, 0, 5), "n"],
        )
    ).tables
    assert table.header == ("id", "name", "count", "lat", "flag", "date", "time", "note")
    assert cells(table) == [
        ["1", "أور", "54", "33.3", "true", "2015-03-07", "12:30:00", ""],
        ["2", " x ", "-5", "0.0000001", "false", "2015-03-07T12:30:00", "00:00:05", "n"],
    ]
    assert [row["row"] for row in rows_of(table)] == [2, 3]
    assert rows_of(table)[1]["text"].startswith("2\t x \t-5\t")


def test_a_date_that_shows_no_day_says_no_day(reading):
    """March 2015, as typed, is kept by Excel as its first day."""
    book = book_of(["id", "date"], [1, dt.date(2015, 3, 1)], [2, dt.date(2015, 3, 7)],
                   [3, dt.date(2015, 1, 1)])  # fmt: skip
    for cell, code in (("B2", "mmm-yy"), ("B3", "mmm-yy"), ("B4", "yyyy")):
        book.active[cell].number_format = code
    (table,) = reading(book).tables
    assert [row[1] for row in cells(table)] == ["2015-03", "2015-03-07", "2015"]
    assert table.notes == ("dates that show no day: 2; they were taken for months or years",)


def test_days_may_be_counted_from_1904(reading):
    """As old workbooks of the Macintosh do."""
    book = book_of(["id", "date"], [1, dt.date(2015, 3, 7)])
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    (table,) = reading(book).tables
    assert cells(table) == [["1", "2015-03-07"]]


def test_a_formula_counts_for_its_last_result(reading):
    """Without a result the row is set aside, and the cell named; an empty text is a result."""
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c><c r="B{0}" {1}><f>X1+1</f>{2}</c></row>'
    rows = (("3", "", "<v>5</v>"), ("4", 't="str"', "<v></v>"), ("5", "", "<v></v>"), ("6", "", ""))
    (table,) = reading(made(sheet(HEADER + "".join(row.format(*each) for each in rows)))).tables
    assert cells(table) == [["3", "5"], ["4", ""], ["5", "=X1+1"], ["6", "=X1+1"]]
    assert faults(table) == {
        5: "cell B5 holds the formula =X1+1 without a result",
        6: "cell B6 holds the formula =X1+1 without a result",
    }
    assert table.notes == ("formulas: 4; their last results were taken",)


def test_an_error_value_sets_its_row_aside(reading):
    """With the name of the cell, and all cells kept."""
    book = book_of(["id", "name"], ["A", "#N/A"], ["B", "x"])
    book.active["B2"].data_type = "e"
    (table,) = reading(book).tables
    assert faults(table) == {2: "cell B2 holds the error #N/A"}
    assert cells(table) == [["A", "#N/A"], ["B", "x"]]


def test_merged_cells_are_repeated(reading):
    """Downward over records, rightward over names of columns; it is told."""
    book = book_of(
        ["Finds of 2014", None, None, None],
        ["id", "Coordinates", None, "country"],
        [None, "lat", "lon", None],
        ["A", 33, 44, "Iraq"],
        ["B", 34, 45, None],
        ["C", 35, 46, "Syria"],
    )
    for merged in ("A1:D1", "B2:C2", "A2:A3", "D2:D3", "D4:D5"):
        book.active.merge_cells(merged)
    (table,) = reading(book).tables
    assert table.header == ("id", "Coordinates / lat", "Coordinates / lon", "country")
    assert [row[3] for row in cells(table)] == ["Iraq", "Iraq", "Syria"]
    assert table.notes[-1] == "merged ranges: 5; their text was repeated in each of their cells"
    assert table.notes[0].endswith("taken for titles: Finds of 2014")


def test_a_heading_over_the_table_is_no_record(reading):
    """One merged cell across a row parts a list into groups."""
    book = book_of(["id", "name", "country"], ["Nineveh"], ["A", "x", "Iraq"])
    book.active.merge_cells("A2:C2")
    (table,) = reading(book).tables
    assert faults(table) == {2: "the row is one merged cell: a heading, not a record"}


def test_every_sheet_is_a_table_and_hidden_ones_say_so(reading):
    """Hidden and very hidden ones; an empty sheet is noted."""
    book = book_of(["id", "name"], ["A", "x"])
    for state in ("hidden", "veryHidden"):
        more = book.create_sheet(state)
        more.append(["id", "name"])
        more.append([state, 1])
        more.sheet_state = state
    book.create_sheet("blank")
    found = reading(book)
    assert [(table.name, table.hidden, table.rows) for table in found.tables] == [
        ("Sheet", False, 1), ("hidden", True, 1), ("veryHidden", True, 1),
    ]  # fmt: skip
    assert found.notes == ("the sheet 'blank' is empty",)


def test_hidden_rows_and_columns_are_read_and_told(reading):
    """A filter must not lose rows."""
    book = book_of(["id", "name"], ["A", "x"], ["B", "y"])
    book.active.row_dimensions[2].hidden = True
    book.active.column_dimensions["B"].hidden = True
    (table,) = reading(book).tables
    assert table.rows == 2
    assert table.notes == (
        "hidden rows: 1; they were read like the others",
        "groups of hidden columns: 1; they were read like the others",
    )


def test_totals_remarks_and_blank_rows_are_told_apart(reading):
    """As in text tables; the numbers of the rows are those of the sheet."""
    (table,) = reading(
        book_of(
            ["id", "name", "count"],
            ["A", "x", 5],
            [],
            ["B", "y", 6],
            ["Total", None, 11],
            ["provisional"],
        )
    ).tables
    assert [row["row"] for row in rows_of(table)] == [2, 4, 5, 6]
    assert list(faults(table)) == [5, 6]


def test_text_beside_the_table_is_not_lost(reading):
    """A remark far to the right sets its row aside and stays in its text."""
    book = book_of(["id", "name"], *[["A", "x"]] * 80)
    book.active["Z70"] = "see annex"
    (table,) = reading(book).tables
    assert faults(table) == {70: "cell Z70 holds text beside the columns of the table"}
    assert str(rows_of(table)[68]["text"]).endswith("\tsee annex")


def test_rich_and_escaped_text_is_whole(reading):
    """Runs are joined, phonetic guides left out, line ends of one kind, escapes resolved."""
    texts = texts_of("x").replace(
        "<si><t>x</t></si>",
        "<si><r><t>Tell </t></r><r><t>Brak</t></r><rPh sb='0' eb='1'><t>no</t></rPh></si>"
        "<si><t>a_x000D__x000A_b_x005F_x0041_</t></si>",
    )
    rows = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>'
    (table,) = reading(made(sheet(HEADER + rows), texts=texts)).tables
    assert cells(table) == [["Tell Brak", "a\nb_x0041_"]]


def test_text_may_stand_in_the_cell_itself(reading):
    """Inline, as some programs write it."""
    rows = '<row r="2"><c r="A2" t="inlineStr"><is><r><t>A</t></r><r><t>B</t></r></is></c></row>'
    (table,) = reading(made(sheet(HEADER + rows))).tables
    assert cells(table) == [["AB", ""]]


def test_namespaces_of_the_strict_format_and_prefixes_are_read(reading):
    """The same cells however the elements are called."""
    plain = sheet(HEADER + GOOD, namespace=STRICT)
    prefixed = sheet(HEADER + GOOD)
    for tag in ("worksheet", "sheetData", "row", "c", "v"):
        prefixed = prefixed.replace(f"<{tag} ", f"<x:{tag} ").replace(f"<{tag}>", f"<x:{tag}>")
        prefixed = prefixed.replace(f"</{tag}>", f"</x:{tag}>")
    found = reading(made(plain, prefixed.replace("xmlns=", "xmlns:x=")))
    assert [cells(table) for table in found.tables] == [[["A", "Ur"]]] * 2


def test_what_is_not_read_is_told(reading):
    """Pictures, remarks on cells, macros."""
    more = {"xl/media/image1.png": b"x", "xl/comments1.xml": b"<x/>", "xl/vbaProject.bin": b"x"}
    assert reading(packed(parts_of(sheet(HEADER + GOOD)) | more)).notes == (
        "the workbook holds remarks on cells, which were not read",
        "the workbook holds pictures, which were not read",
        "the workbook holds macros, which were not read",
    )


def test_too_many_rows_are_refused(reading):
    """With a remedy."""
    with pytest.raises(UnreadableFile, match="has more than 3 rows") as refusal:
        reading(book_of(["id", "name"], *[["A", "x"]] * 4), rows=3)
    assert refusal.value.remedy


def test_too_many_columns_are_refused(reading):
    """The sheet is named."""
    with pytest.raises(UnreadableFile, match="the sheet 'Sheet' has more than 2 columns"):
        reading(book_of(["id", "name", "note"], ["A", "x", "y"]), columns=2)


@pytest.mark.parametrize(
    ("code", "shows"),
    [
        ("General", ""), ("0.00", ""), ("0.00E+00", ""), ('0 "days"', ""), ("[Red]#,##0", ""),
        (r"0\d", ""), ("@", ""), ("yyyy-mm-dd", "day"), ("d.m.yy;@", "day"),
        ("[$-409]d-mmm-yy", "day"), ("B2yyyy/mm/dd", "day"), ("mmm-yy", "month"),
        ("mmmm yyyy", "month"), ("yyyy", "year"), ("h:mm AM/PM", "time"), ("[h]:mm:ss", "time"),
        ("mm:ss", "time"),
    ],
)  # fmt: skip
def test_formats_tell_dates_from_numbers(code, shows):
    """By their letters, quoted and escaped ones left aside."""
    assert shown_by(code) == shows


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1900-01-01"), (59, "1900-02-28"), (60, ""), (61, "1900-03-01"), (0, ""), (-1, ""),
        (42070.5, "2015-03-07T12:00:00"), (42070.9999999, "2015-03-08"), (2958465, "9999-12-31"),
        (2958466, ""), (1e300, ""),
    ],
)  # fmt: skip
def test_days_are_counted_as_excel_counts_them(number, text):
    """1900 is a leap year there; the seconds are rounded."""
    assert date_text(number, shows="day", epoch_1904=False) == text


@given(st.dates(dt.date(1900, 3, 1)), st.times())
def test_dates_agree_with_openpyxl(day, time):
    """An independent reading of the same count of days, to the second."""
    moment = dt.datetime.combine(day, time.replace(microsecond=0))
    number = openpyxl.utils.datetime.to_excel(moment)
    text = date_text(number, shows="day", epoch_1904=False)
    assert dt.datetime.fromisoformat(text) == moment


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_from_its_text(number):
    """Not one bit is lost."""
    assert float(number_text(number)) == number
    assert math.isfinite(float(number_text(number)))


@given(st.integers(0, 16_383))
def test_letters_and_positions_of_columns_agree(column):
    """There and back, and as openpyxl has them."""
    assert column_of(letters_of(column)) == column
    assert letters_of(column) == openpyxl.utils.get_column_letter(column + 1)


def test_escapes_that_are_none_stay():
    """Only four hexadecimal digits between the marks are one."""
    assert unescaped("_x41_ _x00zz_ _x0041_") == "_x41_ _x00zz_ A"


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)


@given(rows=st.lists(st.tuples(TEXTS, TEXTS | st.integers(-(10**9), 10**9) | st.booleans()),
                     min_size=1, max_size=5))  # fmt: skip
def test_what_openpyxl_writes_is_read_back(tmp_path_factory, rows):
    """Any text and number, and no row is lost."""
    path = tmp_path_factory.mktemp("book") / "written.xlsx"
    book = book_of(["id", "name"])
    for number, (first, second) in enumerate(rows, 2):
        for column, value in ((1, first), (2, second)):
            cell = book.active.cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(path)
    (table,) = read(path, path.parent, limits=BROWSER).tables
    wanted = [
        [first, str(second).lower() if isinstance(second, bool) else str(second)]
        for first, second in rows
        if first.strip() or str(second).strip()
    ]
    found = [[unescaped(text) for text in row] for row in cells(table)]
    assert found == [[unescaped(text) for text in row] for row in wanted]
