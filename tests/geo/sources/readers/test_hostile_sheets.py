"""Hostile text tables and workbooks are refused in a line, or all their rows accounted for."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput
from geo.sources.confined.limits import BROWSER
from geo.sources.readers import delimited, workbook
from geo.sources.readers.raw import RawReading
from tests.hostile.bad_csvs import bad_csvs, outcomes_of_csvs
from tests.hostile.bad_workbooks import (
    GOOD,
    HEADER,
    bad_workbooks,
    outcomes_of_workbooks,
    packed,
    parts_of,
    sheet,
)
from tests.hostile.trap import CANARY, Trap, outcome_of_table, require_plain, trap
from tests.sampling import every


@pytest.fixture(scope="module")
def trapped(tmp_path_factory):
    """A secret, and a server that counts its callers."""
    with trap(tmp_path_factory.mktemp("trap")) as opened:
        yield opened


@pytest.fixture(scope="module")
def csvs(trapped):
    """The text tables, with what is to become of each."""
    return bad_csvs(trapped), outcomes_of_csvs(trapped)


@pytest.fixture(scope="module")
def workbooks(trapped):
    """The workbooks, with what is to become of each."""
    return bad_workbooks(trapped), outcomes_of_workbooks(trapped)


def outcome(read: Callable[[], RawReading]) -> str:
    """What became of a file: its refusal, or how many rows were read and what was wrong."""
    try:
        reading = read()
    except BadInput as err:
        refusal = err
    else:
        return _rows(reading)
    require_plain(str(refusal))
    assert refusal.expected
    assert refusal.remedy
    return f"refused: {refusal}"


def _rows(reading: RawReading) -> str:
    """How many rows were read, and how many of them with a fault."""
    rows, faults = 0, []
    for table in reading.tables:
        assert CANARY not in "".join((*table.header, *table.notes, *reading.notes, table.name))
        assert CANARY.encode() not in table.batches_file.read_bytes()
        batches = list(table.batches())
        assert sum(batch.num_rows for batch in batches) == table.rows
        rows += table.rows
        faults += [why for batch in batches for why in batch.column("fault").to_pylist() if why]
    said = f"{rows} row{'s' * (rows != 1)}, {len(faults)} fault{'s' * (len(faults) != 1)}"
    return f"{said}: {faults[0]}" if faults else said


def check(path: Path, wanted: str, read: Callable[..., RawReading], trapped: Trap) -> None:
    """Read a file and fail if anything else becomes of it than was wanted."""
    folder = path.parent / "out"
    folder.mkdir()
    found = outcome(lambda: read(path, folder, limits=BROWSER))
    assert re.match(wanted, found), found
    assert trapped.calls == []


def names(corpus: Callable[[Trap], dict[str, object]]) -> list[str]:
    """The names of a corpus."""
    return list(corpus(Trap(secret=Path("/secret"), url="http://nowhere", calls=[])))


def test_there_are_more_than_twenty_five_of_each_format():
    """A corpus that shrinks is noticed."""
    assert len(names(bad_csvs)) > 25
    assert len(names(bad_workbooks)) > 50


@pytest.mark.parametrize("name", every(2, names(bad_workbooks)))
def test_a_hostile_workbook_does_no_harm(tmp_path, trapped, workbooks, name):
    """What is wrong is told, nobody is called, and nothing else is read."""
    files, outcomes = workbooks
    check(files[name].write(tmp_path / "in"), outcomes[name], workbook.read, trapped)


@pytest.mark.parametrize("name", every(2, names(bad_csvs)))
def test_a_hostile_text_table_does_no_harm(tmp_path, trapped, csvs, name):
    """What is wrong is told, nobody is called, and nothing else is read."""
    files, outcomes = csvs
    check(files[name].write(tmp_path / "in"), outcomes[name], delimited.read, trapped)


@pytest.mark.parametrize(
    ("corpus", "name", "refused"),
    [
        ("workbooks", "a file drawn into a sheet", True),
        ("csvs", "marks that open in every line", False),
    ],
)
def test_the_whole_way_of_a_file_ends_the_same(tmp_path, request, corpus, name, refused):
    """In the process of its own that reads a partner's file."""
    path = request.getfixturevalue(corpus)[0][name].write(tmp_path / "in")
    assert outcome_of_table(path, limits=BROWSER).startswith("refused") == refused
    assert request.getfixturevalue("trapped").calls == []


EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 9),
        st.binary(max_size=3)
        | st.sampled_from([b"<", b'"', b"9999", b"\0", b"\n", b"XFD1", b"&x;"]),
    ),
    min_size=1,
    max_size=6,
)
"""Where, how many bytes go, and what comes in their place."""


def edited(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Bytes with some of them replaced."""
    for share, gone, come in edits:
        at = int(share * len(content))
        content = content[:at] + come + content[at + gone :]
    return content


@given(edits=EDITS, part=st.sampled_from(["xl/workbook.xml", "xl/worksheets/sheet1.xml", ""]))
def test_a_spoilt_workbook_is_read_or_refused(tmp_path_factory, edits, part):
    """Nothing else is raised, wherever its bytes are wrong."""
    parts = parts_of(
        sheet(HEADER + GOOD, after='<mergeCells><mergeCell ref="A2:B3"/></mergeCells>')
    )
    whole = packed({**parts, part: edited(parts[part], edits)} if part else parts)
    path = tmp_path_factory.mktemp("spoilt") / "given.xlsx"
    path.write_bytes(whole if part else edited(whole, edits))
    outcome(lambda: workbook.read(path, path.parent, limits=BROWSER))


@given(edits=EDITS, encoding=st.sampled_from(["utf-8", "utf-16", "cp1256"]))
def test_a_spoilt_text_table_is_read_or_refused(tmp_path_factory, edits, encoding):
    """Nothing else is raised, wherever its bytes are wrong."""
    text = 'Finds;;\nid;name;note\nA;"x;\ny";5\n\nB;أور;"z"\nTotal;;7\nremark;;\n'
    path = tmp_path_factory.mktemp("spoilt") / "given.csv"
    path.write_bytes(edited(text.encode(encoding), edits))
    outcome(lambda: delimited.read(path, path.parent, limits=BROWSER))
