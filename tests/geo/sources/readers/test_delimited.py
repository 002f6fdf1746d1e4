"""Text tables are split into rows, and every line is accounted for."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import hashlib
import io
import os
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UnreadableFile
from geo.sources.confined.limits import BROWSER, COMMAND_LINE
from geo.sources.readers import text_lines
from geo.sources.readers.delimited import OpenTable, open_table, read

KNOWN = {"id", "name", "note"}


def rows_of(batches) -> list[dict[str, object]]:
    """The rows of batches as dictionaries."""
    return [row for batch in batches for row in batch.to_pylist()]


def cells(rows: list[dict[str, object]]) -> list[list[object]]:
    """The cells of all rows."""
    return [[text for name, text in row.items() if name.startswith("c")] for row in rows]


def faults(rows: list[dict[str, object]]) -> dict[object, object]:
    """The faults of the rows that have one, by the number of their line."""
    return {row["row"]: row["fault"] for row in rows if row["fault"]}


@pytest.fixture
def table(tmp_path: Path):
    """Writes bytes or text to a file and reads it as a table."""

    def read_it(content: str | bytes, **limits) -> tuple[OpenTable, list[dict[str, object]]]:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        within = dataclasses.replace(BROWSER, **limits)
        with open_table(path, known=KNOWN, limits=within) as opened:
            return opened, rows_of(opened.batches())

    return read_it


def test_the_table_is_written_as_batches(tmp_path):
    """What crosses to the parent: header, number of rows, notes, and a file of batches."""
    path = tmp_path / "given.csv"
    path.write_text("id;name\nA;Ur\n\nB;Uruk\n")
    (found,) = read(path, tmp_path, limits=BROWSER, known=["id", "name"]).tables
    assert (found.name, found.header, found.rows) == ("", ("id", "name"), 2)
    assert found.notes == ("cells are separated by semicolons",)
    assert rows_of(found.batches()) == [
        {"row": 2, "text": "A;Ur", "fault": "", "c0": "A", "c1": "Ur"},
        {"row": 4, "text": "B;Uruk", "fault": "", "c0": "B", "c1": "Uruk"},
    ]


def test_rows_have_the_number_of_their_line(table):
    """The header is line 1; a row over several lines has the number of its first."""
    _, rows = table('id,name\nA,"two\nlines"\n\nB,Ur\n')
    assert [(row["row"], row["c1"], row["text"]) for row in rows] == [
        (2, "two\nlines", 'A,"two\nlines"'), (5, "Ur", "B,Ur"),
    ]  # fmt: skip


def test_a_batch_holds_at_most_20_000_rows(table):
    """However long the table, and no row is lost between two batches."""
    opened, rows = table("id,name\n" + "".join(f"{n},x\n" for n in range(45_000)))
    assert opened.rows == 45_000
    assert [row["c0"] for row in rows] == [str(n) for n in range(45_000)]


def test_batches_are_of_the_schema_and_size_that_readers_expect(tmp_path):
    """Strings, never null, in batches of at most 20,000 rows."""
    path = tmp_path / "long.csv"
    path.write_text("id,name\n" + "A,\n" * 41_000)
    (found,) = read(path, tmp_path, limits=BROWSER).tables
    sizes = []
    for batch in found.batches():
        sizes.append(batch.num_rows)
        assert batch.schema.names == ["row", "text", "fault", "c0", "c1"]
        assert batch.schema.types == [pa.int64(), *[pa.string()] * 4]
        assert batch.column("c1").null_count == 0
    assert sum(sizes) == 41_000
    assert max(sizes) <= 20_000


@pytest.mark.parametrize(
    ("content", "separator"),
    [
        ("id,name\nA,x\n", ","),
        ("id;name\nA;x\n", ";"),
        ("id\tname\nA\tx\n", "\t"),
        ("id|name\nA|x\n", "|"),
    ],
)
def test_the_separator_is_found(table, content, separator):
    """The one that finds most of the known names; others than commas are told."""
    opened, rows = table(content)
    assert opened.separator == separator
    assert opened.header == ("id", "name")
    assert cells(rows) == [["A", "x"]]
    assert len(opened.notes) == (separator != ",")


def test_known_names_decide_between_separators(table):
    """A note about commas in the header does not make it comma-separated."""
    opened, _ = table("id;name;remarks, if any, in words\nA;x;y\n")
    assert opened.separator == ";"


def test_without_known_names_the_separator_of_the_rows_decides(table):
    """Decimal commas do not part the cells of a table of semicolons."""
    opened, rows = table("größe;gewicht\n1,5;2,5\n3,5;4,5\n")
    assert opened.separator == ";"
    assert cells(rows) == [["1,5", "2,5"], ["3,5", "4,5"]]


def test_a_first_line_may_name_the_separator(table):
    """As Excel writes and reads it; it is no header."""
    opened, rows = table("sep=;\nid;name\nA;x,y,z\n")
    assert opened.header == ("id", "name")
    assert cells(rows) == [["A", "x,y,z"]]
    assert rows[0]["row"] == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_do_not_matter(table, encoding, end):
    """The same cells whatever editor saved them; line ends inside cells become one kind."""
    text = end.join(["id,name,note", "A,حترا,x", f'B,"l1{end}l2",', ""])
    opened, rows = table(text.encode(encoding))
    assert opened.header == ("id", "name", "note")
    assert cells(rows) == [["A", "حترا", "x"], ["B", "l1\nl2", ""]]
    guessed = encoding in {"utf-16-le", "utf-16-be"}
    assert opened.notes == ((f"the text was taken for {encoding.upper()}",) if guessed else ())


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
    assert rows[0] == {"row": 2, "text": line, "fault": fault, "c0": "", "c1": ""}
    assert [(row["row"], row["c1"]) for row in rows[1:]] == [(3, "Ur"), (4, "Uruk")]


def test_marks_that_open_in_every_line_cost_no_more_than_their_lines(table):
    """Looking for the end of a cell stops where the row has too many cells already."""
    lines = ['a",b,"'] * 20_001
    _, rows = table("\n".join(["id,name", *lines]))
    assert sum(str(row["text"]).count("\n") + 1 for row in rows) == len(lines)


def test_a_mark_that_never_closes_in_a_long_file_costs_one_line(table):
    """It is looked for over a million characters, then given up, and the rest is read."""
    _, rows = table('id,name\nA,"open\n' + "B,Ur of the Chaldees\n" * 100_000)
    assert faults(rows) == {2: "a quotation mark in cell 2 never closes"}
    assert len(rows) == 100_001


def test_a_row_of_another_width_is_set_aside(table):
    """With its text; empty cells too many are no fault."""
    opened, rows = table("id,name,note\nA,x\nB,x,y,z\nC,x,y,,\nD,x,y, \nE,x,y\nF,x,y\n")
    assert faults(rows) == {
        2: "the row has 2 cells and the header 3", 3: "the row has 4 cells and the header 3",
    }  # fmt: skip
    assert [row["text"] for row in rows][:4] == ["A,x", "B,x,y,z", "C,x,y,,", "D,x,y, "]
    assert cells(rows)[2:4] == [["C", "x", "y"], ["D", "x", "y"]]
    assert opened.rows == 6


def test_control_characters_are_a_fault_of_their_row(table):
    """Terminal escapes and NUL do not pass for text; NUL is made visible, the cells are kept."""
    _, rows = table("id,name\nA,\x1b[31mred\nB,a\0b\nC,\x85\nD,tab\tand\n")
    assert faults(rows) == {
        2: "the row holds the control character U+001B",
        3: "the row holds the control character U+0000",
        4: "the row holds the control character U+0085",
    }
    assert (rows[1]["text"], rows[1]["c1"]) == ("B,a␀b", "a␀b")


def test_the_character_that_parts_cells_inside_is_no_way_to_shift_them(table):
    """A unit separator in a file does not make two cells of one."""
    _, rows = table("id,name\nA\x1fB,x\n")
    assert cells(rows) == [["A␟B", "x"]]
    assert faults(rows) == {2: "the row holds the control character U+001F"}


def test_a_cell_beyond_belief_is_a_fault(table):
    """Its text is kept, its cells are not."""
    _, rows = table(f"id,name\nA,{'x' * 100_001}\nB,{'x' * 100_000}\n")
    assert faults(rows) == {2: "cell 2 has 100,001 characters, more than 100,000"}
    assert len(str(rows[0]["text"])) == 100_003


def test_blank_lines_and_rows_of_empty_cells_are_no_rows(table):
    """They hold nothing; a Ctrl-Z ended files under DOS."""
    _, rows = table('\n\nid,name\n\nA,x\n  \n\r\n,\n"",""\n , \n\x1a')
    assert cells(rows) == [["A", "x"]]
    assert rows[0]["row"] == 5


def test_titles_above_and_sums_below_are_told_apart_from_rows(table):
    """The titles are noted; a total and a remark at the foot are set aside with their reason."""
    opened, rows = table(
        "Register of finds,,\nMinistry,,\nid,name,note\nA,x,1\nB,y,2\nid,name,note\nTotal,,3\n"
        "figures are provisional,,\n"
    )
    assert opened.header == ("id", "name", "note")
    assert opened.notes == (
        "2 lines above the names of the columns were taken for titles: Register of finds; Ministry",
    )
    assert faults(rows) == {
        6: "the row repeats the names of the columns",
        7: "the row is a total, not a record",
        8: "the row fills one cell only, at the end of the table: a remark, not a record",
    }
    assert opened.rows == 5


def test_a_total_just_before_the_end_of_a_batch_is_seen(table):
    """Rows that may be the foot of the table wait for what comes after them."""
    _, rows = table("id,name,note\n" + "A,x,y\n" * 20_000 + "see the annex,,\n" * 3)
    assert list(faults(rows)) == [20_002, 20_003, 20_004]


def test_another_table_below_is_not_read_as_rows_of_the_first(table):
    """Its columns may mean something else, so its rows are set aside."""
    opened, rows = table("id,name,note\nA,x,y\n\nname,id,note\nq,B,y\nr,C,y\n")
    assert list(faults(rows)) == [4, 5, 6]
    assert faults(rows)[5] == "the row is of another table, which begins in row 4"
    assert opened.rows == 4


def test_columns_without_a_name_are_numbered_or_left_out(table):
    """They are numbered if they hold anything, and left out if not."""
    opened, rows = table("id,,name,,\nA,1,x,,\nB,,y\nC,2,z\n")
    assert opened.header == ("id", "column 2", "name")
    assert cells(rows) == [["A", "1", "x"], ["B", "", "y"], ["C", "2", "z"]]


def test_text_in_a_column_left_out_is_not_lost(table):
    """It turns up after the column was taken for empty: the row is set aside, with its text."""
    _, rows = table("id,name,,note\n" + "A,x,,y\n" * 80 + "B,x,late,y\n")
    assert faults(rows) == {82: "cell 3 holds text in a column that seemed empty"}
    assert rows[-1]["text"] == "B,x,late,y"


CELLS = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('\n\t"'), max_size=6
)


@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6))
def test_what_python_writes_is_read_back(tmp_path_factory, rows):
    """Any cells, written by the csv module with all quotation marks, come back the same."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["id", "name", "note"])
    writer.writerows(["A", *row] for row in rows)
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes(text.getvalue().encode())
    with open_table(path, known=KNOWN) as opened:
        assert cells(rows_of(opened.batches())) == [["A", *row] for row in rows]


@given(body=st.text(st.sampled_from('a,"\n;'), max_size=60))
def test_no_line_disappears(tmp_path_factory, body):
    """Each line of the file that says anything is in one row, in order."""
    path = tmp_path_factory.getbasetemp() / "drawn.csv"
    path.write_bytes(b"id,name\n" + body.encode())
    with open_table(path, known=KNOWN) as opened:
        rows = rows_of(opened.batches())
    lines = [line for line in body.split("\n") if line.strip(' ,"')]
    found = [line for row in rows for line in str(row["text"]).split("\n") if line.strip(' ,"')]
    assert found == lines


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    """Nothing but a refusal is raised, and every row has a text."""
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(b"id,name\n" + content)
    with contextlib.suppress(UnreadableFile), open_table(path, known=KNOWN) as opened:
        rows = rows_of(opened.batches())
        assert len(rows) == opened.rows
        assert all(row["text"] for row in rows)


@pytest.mark.parametrize(
    ("content", "encoding", "name"),
    [
        ("id,name\nA,الموصل\nB,حوالي عشرين ختما\n", "cp1256", "windows-1256"),
        ("id,name\nA,café à Genève\nB,Zürich\n", "cp1252", "windows-1252"),
        ("id,name\nA,Şanlıurfa\nB,altın yüzük\n", "cp1254", "windows-1254"),
        ("id,name\nA,الموصل\nB,ثلاث لوحات\n", "iso8859_6", "ISO 8859-6"),
    ],
)
def test_an_old_code_page_is_guessed_and_told(table, content, encoding, name):
    """The text is right, and a person reads that it was a guess."""
    opened, rows = table(content.encode(encoding))
    assert [row["text"] for row in rows] == content.splitlines()[1:]
    assert opened.notes == (
        f"no UTF-8 but taken for {name}: lines 2, 3; check names with accents or in Arabic",
    )


def test_a_header_in_an_arabic_code_page_is_read(table):
    """The names of the columns are as much guessed as the rows."""
    opened, _ = table("الرقم;المكان\n1;بغداد\n".encode("cp1256"))
    assert opened.header == ("الرقم", "المكان")


def test_one_line_of_another_encoding_is_read_by_itself(table):
    """The others stay UTF-8."""
    content = "id,name\nA,الموصل\n".encode() + "B,بغداد في العراق\n".encode("cp1256")
    opened, rows = table(content + "C,دهوك\n".encode())
    assert [row["c1"] for row in rows] == ["الموصل", "بغداد في العراق", "دهوك"]
    assert opened.notes[0].startswith("no UTF-8 but taken for windows-1256: line 3; check names")


def test_many_foreign_lines_are_counted(table):
    """The note names the first of them."""
    opened, _ = table(b"id,name\n" + "A,الموصل\n".encode("cp1256") * 1_234)
    assert ": lines 2, 3, 4, 5, 6 and 1,229 more; " in opened.notes[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_cut_inside_a_character_is_told(table, encoding):
    """Its last row is set aside; the others are read."""
    opened, rows = table("id,name\nA,x\nB,ح".encode(encoding)[:-1])
    assert opened.notes == ("the file ends in the middle of a character; it may be cut off",)
    assert faults(rows) == {3: "the file ends in the middle of a character of this row"}
    assert rows[0]["c0"] == "A"


@pytest.mark.parametrize(
    "content",
    [b"id,name\nA,\xed\xa0\x80\nB,x\n", "id,name\nA,?\nB,x\n".encode("utf-16-le")],
)
def test_half_a_character_is_a_fault_of_its_row(table, content):
    """A lone surrogate, in either encoding."""
    _, rows = table(content.replace(b"?\0", b"\0\xd8"))
    assert faults(rows) == {2: "the row holds half a character (a lone surrogate)"}
    assert rows[0]["text"] == "A,\\ud800"


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


@pytest.mark.parametrize("content", [b"\0" * 5000, "id\n".encode("utf-32"), b",,,\n,,\n"])
def test_a_file_without_names_of_columns_is_refused(table, content):
    """Binary files, and files of separators only."""
    with pytest.raises(UnreadableFile, match=r"U\+0000|no cells with text|is empty"):
        table(content)


def test_a_header_whose_quotation_mark_never_closes_is_told(table):
    """Without names nothing can be read."""
    with pytest.raises(UnreadableFile, match="line 1, above the rows: a quotation mark in cell 1"):
        table('"id,name\nA,x\n')


def test_a_line_without_end_is_no_table(table, monkeypatch):
    """A huge file without line ends is refused before it fills the memory."""
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 1000)
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", 500)
    with pytest.raises(UnreadableFile, match=r"line 2 has more than 1,000 bytes"):
        table("id,name\n" + "x" * 5000)


@given(size=st.integers(3, 60), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_size_of_the_blocks_changes_nothing(tmp_path_factory, size, end):
    """Wherever a block of bytes ends: in a line end, in a quoted cell, in a letter."""
    path = tmp_path_factory.getbasetemp() / "blocks.csv"
    path.write_bytes(end.join(["id,name,note", f'A,"l1{end}l2",دهوك', "", "B,x,y", ""]).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_lines, "BLOCK_BYTES", size)
        with open_table(path, known=KNOWN) as opened:
            rows = rows_of(opened.batches())
    assert [(row["row"], row["c1"], row["c2"]) for row in rows] == [
        (2, "l1\nl2", "دهوك"), (5, "x", "y"),
    ]  # fmt: skip


def test_the_limits_hold(table):
    """Bytes of the file, columns, rows and text, each with a remedy."""
    for content, limits, message in (
        ("id,name\nA,x\n", {"file_bytes": 5}, "has 12 bytes; expected at most 5"),
        ("id,name,note\n", {"columns": 2}, "has 3 columns; expected at most 2"),
        ("id,name\n" + "A,x\n" * 11, {"rows": 10}, "has more than 10 rows"),
        ("id,name\n" + "A,x\n" * 11, {"disk_bytes": 90}, "has more than 0 MB of text"),
    ):
        with pytest.raises(UnreadableFile, match=message) as refusal:
            table(content, **limits)
        assert refusal.value.remedy


def test_what_is_no_file_is_told(tmp_path):
    """Missing files, folders and devices."""
    for path, message in (
        (tmp_path / "none.csv", "none.csv: there is no such file"),
        (tmp_path, "it is a folder or a device"),
        (Path(os.devnull), "it is a folder or a device"),
    ):
        with pytest.raises(UnreadableFile, match=message), open_table(path, limits=COMMAND_LINE):
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
        open_table(path),
    ):
        pass
