"""Workbooks: texts stay texts, numbers stay the same numbers, and nothing else is inside."""

from __future__ import annotations

import re
import zipfile
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput
from geo.sources.writers.spreadsheet_files import LONGEST_CELL, write_workbook
from tests.strategies import TEXTS

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def table(**columns: object) -> pd.DataFrame:
    """A table with texts as frames hold them."""
    frame = pd.DataFrame(columns)
    return frame.astype({name: "str" for name in frame if frame[name].dtype == object})


def rows(path, sheet: int = 0) -> list[list[object]]:
    """The cells of a sheet below its header, by another program."""
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book.worksheets[sheet].iter_rows(min_row=2)]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "@x", "-1", "007", "1e5", "2015-03-07", "TRUE", " a ", "a\nb", "a\r\nb",
             "a\rb", "العربية ٣", "<b>&amp;", "#REF!", "’"]
)  # fmt: skip
def test_a_text_stays_that_text(tmp_path, text):
    """Nothing is run, trimmed, turned round or taken for a number or a day."""
    write_workbook(tmp_path / "t.xlsx", {"s": table(name=[text])})
    cell = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")


@given(st.lists(TEXTS, max_size=4), st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_texts_and_numbers_come_back(tmp_path_factory, texts, numbers):
    """Doubles bit for bit; what XML cannot hold is U+FFFD."""
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    names = table(row=range(len(texts)), name=pd.Series(texts, dtype="str"))
    write_workbook(path, {"t": names, "n": table(number=pd.Series(numbers, dtype="float64"))})
    kept = [NOT_XML.sub("\ufffd", text) or None for text in texts]
    assert [row[1] for row in rows(path)] == kept
    assert [float(row[0]) for row in rows(path, 1)] == numbers


def test_numbers_days_flags_and_what_is_missing(tmp_path):
    """A day is text: no program moves it, and none is too early."""
    write_workbook(tmp_path / "t.xlsx", {"s": table(
        number=[0.1 + 0.2, np.nan], count=pd.array([3, None], dtype="Int64"),
        day=pd.Series([date(1500, 1, 2), None]).astype("datetime64[us]"), flag=[True, False],
    )})  # fmt: skip
    assert rows(tmp_path / "t.xlsx") == [
        [0.1 + 0.2, 3, "1500-01-02", "true"], [None, None, None, "false"],
    ]  # fmt: skip


def test_a_text_that_looks_like_an_escape_is_escaped(tmp_path):
    """Excel would read ``_x0041_`` as an A."""
    write_workbook(tmp_path / "t.xlsx", {"s": table(name=["_x0041_ and _x_"])})
    with zipfile.ZipFile(tmp_path / "t.xlsx") as package:
        assert b">_x005F_x0041_ and _x_<" in package.read("xl/worksheets/sheet1.xml")


def test_sheets_keep_their_names_and_order_and_their_headers_stay_in_sight(tmp_path):
    """The first row is frozen; an empty table has its header."""
    sheets = {'a & "b"': table(one=["x"], two=["y"]), "About": table(name=[])}
    write_workbook(tmp_path / "t.xlsx", sheets)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == list(sheets)
    assert [cell.value for cell in book.worksheets[0][1]] == ["one", "two"]
    assert {sheet.freeze_panes for sheet in book.worksheets} == {"A2"}
    assert book.worksheets[1]["A1"].value == "name"


def test_wide_tables_have_columns_beyond_z(tmp_path):
    """Column 27 is AA, 703 is AAA."""
    write_workbook(tmp_path / "t.xlsx", {"s": pd.DataFrame([range(703)])})
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]
    assert (sheet["Z2"].value, sheet["AA2"].value, sheet["ZZ2"].value) == (25, 26, 701)
    assert sheet["AAA2"].value == 702


def test_the_same_tables_give_the_same_bytes_without_author_or_time(tmp_path):
    """No part tells who wrote it, when, or with what."""
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, {"s": table(name=["x"])})
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        assert not [name for name in package.namelist() if name.startswith("docProps")]
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_text_that_no_cell_holds_is_refused(tmp_path):
    """Excel would call the file broken, other programs would cut it: the record is named."""
    long = table(id=["PL1", "PL2"], footprint_wkt=["", "x" * (LONGEST_CELL + 1)])
    with pytest.raises(BadInput, match=r"footprint_wkt of PL2 has 32,768 characters.*32,767.*gpkg"):
        write_workbook(tmp_path / "t.xlsx", {"s": long})
    wide = table(id=["PL1"], note=["🛣" * (LONGEST_CELL // 2 + 1)])
    with pytest.raises(BadInput, match=r"note of PL1"):
        write_workbook(tmp_path / "t.xlsx", {"s": wide})
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_no_sheet_holds_is_refused(tmp_path):
    """More rows or columns than Excel has."""
    with pytest.raises(BadInput, match=r"s has 1,048,576 rows and 1 columns"):
        write_workbook(tmp_path / "t.xlsx", {"s": pd.DataFrame({"n": np.zeros(1_048_576)})})
    with pytest.raises(BadInput, match=r"1 rows and 16,385 columns"):
        write_workbook(tmp_path / "t.xlsx", {"s": pd.DataFrame(np.zeros((1, 16_385)))})


def test_where_nothing_can_be_written_it_is_said(tmp_path):
    """A folder that is not there."""
    with pytest.raises(BadInput, match="cannot be written"):
        write_workbook(tmp_path / "no" / "t.xlsx", {"s": table(name=["x"])})
