"""What a sensor can see of looting."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.limits import (
    AS_DUG,
    COVERAGE,
    FLAGGED_PER_MILLE,
    Background,
    Pits,
    coverage_needed,
    limit_note,
)
from geo.errors import InvalidSetting


def test_every_curve_is_whole():
    """One number of 0 to 1000 for each class, each background, width and kind of pit."""
    wanted = set(itertools.product(Background, AS_DUG, Pits))
    assert set(FLAGGED_PER_MILLE) == wanted
    for curve in FLAGGED_PER_MILLE.values():
        assert len(curve) == len(COVERAGE) - 1
        assert all(0 <= cells <= 1000 for cells in curve)


def test_the_note_says_what_was_measured():
    """For cells of Sentinel-2, in numbers that stand in the curve."""
    note = limit_note(10)
    low, high = coverage_needed(10, Pits.DARK)
    assert f"{100 * low:.0f} to {high:.0%} of the ground if they are dark" in note
    assert "covered 6% of such a cell" in note
    assert note.endswith("No flag does not mean that nothing was dug.")


def test_at_dura_europos_the_pits_covered_less_than_is_needed():
    """At 10 m; that is why single pits are not promised."""
    assert AS_DUG[10] < coverage_needed(10, Pits.DARK)[0]


def test_finer_cells_are_covered_more():
    """A pit fills more of a small cell."""
    assert AS_DUG[3] > AS_DUG[5] > AS_DUG[10]


@pytest.mark.parametrize(
    ("cell_m", "measured"), [(0.5, 3), (3, 3), (4.77, 5), (10.2, 10), (7, 10), (30, 10)]
)
def test_other_widths_are_told_by_the_next_measured_one(cell_m, measured):
    """And the note says so where they are not of that width."""
    note = limit_note(cell_m)
    assert note.startswith(f"Cells of {measured} m")
    assert ("were not measured" in note) is (cell_m in {0.5, 7, 30})


def test_what_was_never_seen_is_said_so():
    """Among much other change no coverage was enough."""
    assert coverage_needed(10, Pits.FAINT, background=Background.BUSY) is None


@given(st.floats(0.1, 1000))
def test_every_width_has_a_note(cell_m):
    """A few sentences of printable words."""
    note = limit_note(cell_m)
    assert note.isprintable()
    assert 100 < len(note) < 600


@pytest.mark.parametrize("cell_m", [0, -10, float("nan"), float("inf")])
def test_what_is_no_width_is_refused(cell_m):
    """With its value."""
    with pytest.raises(InvalidSetting, match=f"cells of {cell_m} m"):
        limit_note(cell_m)
