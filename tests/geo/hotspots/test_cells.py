"""Cells with support: their width, their places, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geo.errors import BadInput, InvalidSetting
from geo.hotspots import cell_rule, cells_over
from tests.hotspot_events import laid_out, uniform


def test_three_events_and_their_hull():
    """A right triangle over 3 x 3 cells meets six of them; the far corner is outside."""
    events = laid_out([[500, 500], [2400, 500], [500, 2400]])
    cells = cells_over(events, cell_m=1000.0)
    assert cells.colrow.tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [0, 2]]
    assert cells.xy[1].tolist() == [1500.0, 500.0]
    assert cells.area_km2 == 1.0
    assert cells.index_of(np.array([[2000.0, 0.0], [1999.9, 999.9], [2500, 2500]])).tolist() == [
        2, 1, -1,
    ]  # fmt: skip


def test_support_alone_decides_which_cells_there_are():
    """Known places and the events themselves; nothing between them."""
    events = laid_out([[500, 500]])
    cells = cells_over(
        events, cell_m=1000.0, support_xy=np.array([[9500.0, 500.0], [9600, 600], [-1.0, -1.0]])
    )
    assert cells.colrow.tolist() == [[-1, -1], [0, 0], [9, 0]]


@given(arrays(float, (20, 2), elements=st.floats(-1e5, 1e5)))
def test_every_event_lies_in_its_cell(xy):
    """Its middle is at most half a width away along each axis; no cell occurs twice."""
    events = laid_out(xy)
    cells = cells_over(events, cell_m=10_000.0)
    index = cells.index_of(xy)
    assert (index >= 0).all()
    assert (np.abs(cells.xy[index] - xy) <= 5_000 * (1 + 1e-9)).all()
    assert len(np.unique(cells.colrow, axis=0)) == len(cells) == len(cells.polygons_lonlat())


def test_cells_are_not_finer_than_the_data():
    """Places known within 10 km give cells of 20 km at least."""
    events = uniform(500, seed=1, side_m=100_000.0, radius_m=10_000.0)
    size = cell_rule(events)
    assert size.cell_m == 20_000.0
    assert size.why == "twice the 10 km within which the vaguest place is known"
    with pytest.raises(InvalidSetting, match=r"cells of 5 km are finer than the data.*20 km"):
        cells_over(events, cell_m=5_000.0)


def test_the_rule_looks_at_the_next_place_and_at_the_ground():
    """Ten places 30 km apart: 50 km. Many places over 2,000 km: one in a hundred of that."""
    line = np.column_stack([np.arange(10) * 30_000.0, np.zeros(10)])
    size = cell_rule(laid_out(line))
    assert (size.cell_m, size.why) == (50_000.0, "the typical distance from a place to the next")
    size = cell_rule(uniform(20_000, seed=1, side_m=2_000_000.0))
    assert (size.cell_m, size.why) == (20_000.0, "at most 100 cells along the longer side")


def test_one_place_or_none_still_has_a_width():
    """Twice its radius; without any event as for towns."""
    assert cell_rule(laid_out([[0, 0], [0, 0]], radius_m=1000.0)).cell_m == 2000.0
    assert cell_rule(laid_out([])).cell_m == 20_000.0
    assert len(cells_over(laid_out([]), cell_m=20_000.0)) == 0


@pytest.mark.parametrize("cell_m", [0.0, -5.0, float("nan"), float("inf")])
def test_a_cell_without_size_is_refused(cell_m):
    """With its value."""
    with pytest.raises(InvalidSetting, match=r"cells of .* m"):
        cells_over(laid_out([[0, 0]]), cell_m=cell_m)


def test_more_cells_than_memory_bears_are_refused():
    """Before they are made, whether they are filled or only lie far apart."""
    far = laid_out([[0, 0], [3e6, 3e6]])
    with pytest.raises(InvalidSetting, match=r"9,006,001 cells of 1 km.*widen the cells"):
        cells_over(far, cell_m=1000.0)
    line = np.column_stack([np.arange(3000) * 1000.0, np.arange(3000) * 1000.0])
    with pytest.raises(InvalidSetting, match=r"9,000,000 cells of 1 km"):
        cells_over(laid_out([[0, 0]]), cell_m=1000.0, support_xy=line)


@pytest.mark.parametrize("support", [np.zeros((2, 3)), np.array([[np.nan, 0.0]])])
def test_support_that_is_no_place_is_refused(support):
    """With its shape."""
    with pytest.raises(BadInput, match="no finite points"):
        cells_over(laid_out([[0, 0]]), cell_m=1000.0, support_xy=support)
