"""Text tables are split into rows, and every line is accounted for."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import UnreadableFile
from geo.sources import delimited
from geo.sources.delimited import Delimited, TextRow, open_delimited

KNOWN = {"id", "name", "note"}


@pytest.fixture
def table(tmp_path: Path):
    """Writes bytes or text to a file and reads it as a table."""

    def read(content: str | bytes) -> tuple[Delimited, list[TextRow]]:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with open_delimited(path, KNOWN) as opened:
            return opened, list(opened.rows())

    return read


def cells(rows: list[TextRow]) -> list[list[str]]:
    """The cells of all rows."""
    return [row.cells for row in rows]


def test_rows_have_the_number_of_their_line(table):
    """The header is line 1; a row over several lines has the number of its first."""
    _, rows = table('id,name\nA,"two\nlines"\n\nB,Ur\n')
    assert [(row.number, row.cells) for row in rows] == [
        (2, ["A", "two\nlines"]), (5, ["B", "Ur"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "separator"),
    [("id,name\nA,x\n", ","), ("id;name\nA;x\n", ";"), ("id\tname\nA\tx\n", "\t")],
)
def test_the_separator_is_found(table, content, separator):
    """The one that finds most of the known names."""
    opened, rows = table(content)
    assert opened.separator == separator
    assert opened.header == ["id", "name"]
    assert cells(rows) == [["A", "x"]]


def test_known_names_decide_between_separators(table):
    """A note about commas in the header does not make it comma-separated."""
    opened, _ = table("id;name;remarks, if any, in words\nA;x;y\n")
    assert opened.separator == ";"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_do_not_matter(table, encoding, end):
    """The same cells whatever editor saved them; line ends inside cells become one kind."""
    text = end.join(["id,name,note", "A,حترا,x", f'B,"l1{end}l2",', ""])
    opened, rows = table(text.encode(encoding))
    assert opened.header == ["id", "name", "note"]
    assert cells(rows) == [["A", "حترا", "x"], ["B", "l1\nl2", ""]]


def test_the_hash_is_of_the_bytes_that_were_read(table):
    """Every byte counts, those of the byte order mark too."""
    content = "id,name\nA,é\n".encode("utf-16")
    opened, _ = table(content)
    assert opened.sha256 == hashlib.sha256(content).hexdigest()
    assert opened.share_read == 1.0


def test_quotation_marks_inside_a_plain_cell_are_plain(table):
    """Inches are written so."""
    _, rows = table('id,name\nA,tablet 5" high\n')
    assert cells(rows) == [["A", 'tablet 5" high']]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('A,"open', "a quotation mark in cell 2 never closes"),
        ('A,"open,x,y', "a quotation mark in cell 2 never closes"),
        ('"A"x,y', "a quotation mark in cell 1 is followed by text"),
        ('A,"', "a quotation mark in cell 2 never closes"),
    ],
)
def test_a_wrong_quotation_mark_costs_one_line(table, line, fault):
    """The rows after it are read as if it had not been there."""
    _, rows = table(f"id,name\n{line}\nB,Ur\nC,Uruk\n")
    assert rows[0] == TextRow(number=2, text=line, cells=[], fault=fault)
    assert [(row.number, row.cells) for row in rows[1:]] == [(3, ["B", "Ur"]), (4, ["C", "Uruk"])]


def test_marks_that_open_in_every_line_cost_no_more_than_their_lines(table):
    """Looking for the end of a cell stops where the row has too many cells already."""
    lines = ['a",b,"'] * 20_001
    _, rows = table("\n".join(["id,name", *lines]))
    assert sum(row.text.count("\n") + 1 for row in rows) == len(lines)


def test_lines_without_text_are_counted(table):
    """They are no rows, but somebody may ask."""
    opened, rows = table("\n\nid,name\n\nA,x\n  \n\r\n")
    assert len(rows) == 1
    assert opened.blank_lines == 3
    assert rows[0].number == 5


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\0"), max_size=6)


@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6))
@settings(max_examples=200, deadline=None)
def test_what_python_writes_is_read_back(tmp_path_factory, rows):
    """Any cells, written by the csv module with all quotation marks, come back the same."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["id", "name", "note"]])
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes(text.getvalue().encode())
    with open_delimited(path, KNOWN) as opened:
        assert cells(list(opened.rows())) == rows


@given(body=st.text(st.sampled_from('a,"\n;'), max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_line_disappears(tmp_path_factory, body):
    """Each line of the file is in one row, in order, or was blank."""
    path = tmp_path_factory.getbasetemp() / "drawn.csv"
    path.write_bytes(b"id,name\n" + body.encode())
    with open_delimited(path, KNOWN) as opened:
        rows = list(opened.rows())
    lines = [line for line in body.split("\n") if line.strip(" ")]
    assert [line for row in rows for line in row.text.split("\n") if line.strip(" ")] == lines


def test_the_place_of_a_wrong_byte_is_told(tmp_path):
    """Position and line are those of the file, however far into it."""
    path = tmp_path / "latin.csv"
    start = b"id,name\n" + b"A,Hatra\n" * 5000
    path.write_bytes(start + b"B,caf\xe9 noir\n")
    with (
        pytest.raises(
            UnreadableFile,
            match=rf"latin.csv: byte 0xe9 at position {len(start) + 5}, line 5002, is no UTF-8; "
            "expected text in UTF-8, .* save the table as CSV UTF-8",
        ),
        open_delimited(path, KNOWN) as opened,
    ):
        list(opened.rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_cut_inside_a_character_is_told(table, encoding):
    """A transfer that broke off is not taken for a whole file."""
    with pytest.raises(UnreadableFile, match="the file ends in the middle of a character, at byte"):
        table("id,name\nA,ح".encode(encoding)[:-1])


def test_a_lone_surrogate_is_no_text(table):
    """Half a character pair, in either encoding."""
    with pytest.raises(UnreadableFile, match="is no UTF-8"):
        table(b"id,name\nA,\xed\xa0\x80\n")
    with pytest.raises(UnreadableFile, match="is no UTF-16"):
        table("id,name\nA,".encode("utf-16") + b"\x00\xd8x\x00\n\x00")


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"PK\x03\x04\x14\x00", "a ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"II*\x00\x08\x00", "a TIFF image"),
        (b"SQLite format 3\x00", "an SQLite database or GeoPackage"),
        (b"\x89PNG\r\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b'  {"type": "FeatureCollection"}', "JSON or GeoJSON"),
        (b"<?xml version='1.0'?><kml/>", "HTML, XML or KML"),
        (b"PAR1", "a Parquet file"),
    ],
)
def test_other_formats_are_known_by_their_first_bytes(table, start, name):
    """Whatever the file is called."""
    with pytest.raises(UnreadableFile, match=f"table.csv: the file is {name}; expected a text"):
        table(start + os.urandom(50))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n \r\n", b"\xff\xfe"])
def test_an_empty_file_is_told(table, content):
    """No header, no table."""
    with pytest.raises(UnreadableFile, match="the file is empty; expected a header line"):
        table(content)


@pytest.mark.parametrize(
    "content", [b"\0" * 5000, "id,name\nA,x\n".encode("utf-16-le"), "id\n".encode("utf-32")]
)
def test_nul_bytes_in_the_header_are_no_text(table, content):
    """Binary files, and UTF-16 without its mark."""
    with pytest.raises(UnreadableFile, match=r"first line holds NUL bytes; .* as CSV UTF-8"):
        table(content)


def test_a_header_whose_quotation_mark_never_closes_is_told(table):
    """Without names nothing can be read."""
    with pytest.raises(UnreadableFile, match="a quotation mark in the header never closes"):
        table('"id,name\nA,x\n')


def test_a_line_without_end_is_no_table(table, monkeypatch):
    """A huge file without line ends is refused before it fills the memory."""
    monkeypatch.setattr(delimited, "LONGEST_LINE", 1000)
    with pytest.raises(UnreadableFile, match=r"line 2 has more than 1,000 characters"):
        table("id,name\n" + "x" * 5000)


def test_what_is_no_file_is_told(tmp_path):
    """Missing files, folders and devices."""
    for path, message in (
        (tmp_path / "none.csv", "none.csv: there is no such file"),
        (tmp_path, "it is a folder or a device"),
        (Path(os.devnull), "it is a folder or a device"),
    ):
        with pytest.raises(UnreadableFile, match=message), open_delimited(path, KNOWN):
            pass


def test_a_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    """Whoever runs the test, root included."""
    path = tmp_path / "locked.csv"
    path.write_text("id,name\n")

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with (
        pytest.raises(UnreadableFile, match=r"locked.csv cannot be read: Permission denied; check"),
        open_delimited(path, KNOWN),
    ):
        pass
