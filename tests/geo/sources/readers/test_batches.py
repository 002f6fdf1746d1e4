"""Rows become batches of Arrow, and no cell changes its place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from geo.sources.confined.limits import BROWSER
from geo.sources.readers.batches import CELL_END, REMARK, Rows, write_batches
from geo.sources.readers.raw import RawTable

CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters=CELL_END), max_size=5)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=60))
def test_cells_come_back_in_their_columns(tmp_path_factory, rows):
    """Those of the columns that are kept, in their order, empty ones too."""
    taken = Rows((0, 2), limits=BROWSER)
    for number, cells in enumerate(rows, 2):
        assert not taken.add(number, "text", "fault", CELL_END.join(cells))
    path = tmp_path_factory.getbasetemp() / "rows.arrow"
    write_batches(taken.last(), path, columns=2)
    table = RawTable(name="", header=("a", "b"), rows=taken.taken, batches_file=path)
    found = [row for batch in table.batches() for row in batch.to_pylist()]
    assert [(row["c0"], row["c1"]) for row in found] == [(a, b) for a, _, b in rows]
    assert [row["row"] for row in found] == list(range(2, len(rows) + 2))


def test_a_row_without_cells_has_empty_ones():
    """Where they cannot be told apart."""
    taken = Rows((0, 1), limits=BROWSER)
    taken.add(5, "a;b", "broken", "")
    (batch,) = taken.last()
    assert batch.to_pylist() == [{"row": 5, "text": "a;b", "fault": "broken", "c0": "", "c1": ""}]


def test_a_wide_table_has_smaller_batches():
    """Two million cells at once, about."""
    taken = Rows(range(2_000), limits=BROWSER)
    sizes = []
    for number in range(2_500):
        if taken.add(number, "", "", CELL_END * 1_999):
            sizes += [batch.num_rows for batch in taken.batch()]
    assert sizes == [1_000, 1_000]


def test_remarks_at_the_end_are_set_aside_unless_they_have_a_fault():
    """The fault that is there stays."""
    taken = Rows((0, 1, 2), limits=BROWSER)
    for number, fault, first in ((2, "", f"A{CELL_END}x{CELL_END}y"), (3, "", "see annex"),
                                 (4, "known", "x")):  # fmt: skip
        taken.add(number, "", fault, first if CELL_END in first else first + CELL_END * 2)
    (batch,) = taken.last()
    assert batch.column("fault").to_pylist() == ["", REMARK, "known"]
