"""Paths back from a cost surface, and their straightening."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.errors import BadInput, GridMismatch, InvalidSetting
from geo.routes.cost import accumulated_cost, walking_cost
from geo.routes.paths import path_cost, straightened, trace, trace_walk
from tests.geo.routes.grounds import Drawn, grounds, mean_of_crossed

BY_HAND = {"cell_m": 1, "sources_rowcol": (0, 0)}


def summed(drawn: Drawn, path: NDArray[np.int64]) -> float:
    """Costs of the moves of a path, added in order to the cost at its source."""
    start = drawn.start_cost_s[(drawn.sources_rowcol == path[0]).all(axis=1)].min()
    width, height = drawn.cell_m
    friction = drawn.friction.astype(np.float64)
    for (row, col), (to_row, to_col) in zip(path[:-1].tolist(), path[1:].tolist(), strict=True):
        down, right = to_row - row, to_col - col
        mean = mean_of_crossed(friction, row, col, down, right)
        start = start + mean * float(np.hypot(down * height, right * width))
    return float(start)


@given(drawn=grounds())
def test_a_path_costs_what_the_surface_says_and_never_loops(drawn: Drawn):
    """From a source to the cell, each cell once, by moves alone, to the last bit."""
    cost_s = accumulated_cost(drawn.friction, **drawn.options)
    assume(np.isfinite(cost_s[drawn.end_rowcol]))
    path = trace(cost_s, drawn.friction, to_rowcol=drawn.end_rowcol, **drawn.options)
    assert tuple(path[-1]) == drawn.end_rowcol
    assert path[0].tolist() in drawn.sources_rowcol.tolist()
    assert len(np.unique(path, axis=0)) == len(path)
    assert summed(drawn, path) == cost_s[drawn.end_rowcol]


@given(drawn=grounds(), towards=st.booleans())
def test_a_walk_takes_the_time_that_the_surface_says(drawn: Drawn, towards: bool):
    """In the order of walking, so that up and down are where they are."""
    options = {**drawn.options, "towards": towards, "friction_factor": drawn.friction}
    time_s = walking_cost(drawn.elevation_m, **options)
    assume(np.isfinite(time_s[drawn.end_rowcol]))
    path = trace_walk(time_s, drawn.elevation_m, to_rowcol=drawn.end_rowcol, **options)
    ends = path[::-1] if towards else path
    assert tuple(ends[-1]) == drawn.end_rowcol
    total = drawn.start_cost_s[(drawn.sources_rowcol == ends[0]).all(axis=1)].min()
    width, height = drawn.cell_m
    for (row, col), (to_row, to_col) in zip(path[:-1].tolist(), path[1:].tolist(), strict=True):
        down, right = to_row - row, to_col - col
        length = np.hypot(down * height, right * width)
        slope = (drawn.elevation_m[to_row, to_col] - drawn.elevation_m[row, col]) / length
        mean = mean_of_crossed(drawn.friction.astype(np.float64), row, col, down, right)
        total += mean * length * 0.6 * np.exp(3.5 * abs(slope + 0.05))
    assert total == pytest.approx(time_s[drawn.end_rowcol], rel=1e-9)


def test_moves_too_cheap_to_be_felt_lead_into_no_loop():
    """Cells whose cost is lost in rounding are equal; the way through them still ends."""
    friction = np.full((6, 6), 1e-30)
    friction[0, 0] = 1.0
    cost_s = accumulated_cost(friction, start_cost_s=1e6, **BY_HAND)
    assert len(np.unique(cost_s)) < 36
    path = trace(cost_s, friction, to_rowcol=(5, 5), start_cost_s=1e6, **BY_HAND)
    assert path[0].tolist() == [0, 0]
    assert len(np.unique(path, axis=0)) == len(path)


def test_the_path_to_a_source_is_the_source():
    """One cell, no move."""
    cost_s = accumulated_cost(np.ones((2, 2)), **BY_HAND)
    assert trace(cost_s, np.ones((2, 2)), to_rowcol=(0, 0), **BY_HAND).tolist() == [[0, 0]]


def test_a_path_that_cannot_be_is_refused():
    """No way there, another raster's cost, another shape, an end outside."""
    friction = np.array([[1.0, 2.0, np.nan, 1.0]])
    cost_s = accumulated_cost(friction, **BY_HAND)
    with pytest.raises(BadInput, match="no path is known to row 0, column 3"):
        trace(cost_s, friction, to_rowcol=(0, 3), **BY_HAND)
    with pytest.raises(BadInput, match="is not the sum of moves"):
        trace(cost_s, friction * 2, to_rowcol=(0, 1), **BY_HAND)
    with pytest.raises(GridMismatch, match=r"\(1, 4\)"):
        trace(cost_s, friction[:, :2], to_rowcol=(0, 1), **BY_HAND)
    with pytest.raises(InvalidSetting, match="end at row 1"):
        trace(cost_s, friction, to_rowcol=(1, 0), **BY_HAND)


@pytest.mark.parametrize("degrees", range(0, 91, 5))
def test_on_level_ground_the_final_path_is_straight(degrees: int):
    """Below half a percent in every direction, where 8 neighbours are up to 8.2 % too long."""
    friction = np.ones((260, 260), np.float32)
    down, right = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    end = (int(5 + 240 * down), int(5 + 240 * right))
    level = {"cell_m": 2.0, "sources_rowcol": (5, 5)}
    cost_s = accumulated_cost(friction, stop_rowcol=end, **level)
    line, final_s = straightened(
        trace(cost_s, friction, to_rowcol=end, **level), friction, cell_m=2.0
    )
    assert final_s <= 1.005 * 2 * np.hypot(end[0] - 5, end[1] - 5)
    assert line[0].tolist() == [5, 5]
    assert line[-1].tolist() == list(end)


@given(drawn=grounds())
def test_straightening_never_costs_more_nor_crosses_a_barrier(drawn: Drawn):
    """Its cost is the integral along its vertices, between the path's own ends."""
    cost_s = accumulated_cost(drawn.friction, **drawn.options)
    assume(np.isfinite(cost_s[drawn.end_rowcol]))
    path = trace(cost_s, drawn.friction, to_rowcol=drawn.end_rowcol, **drawn.options)
    line, final_s = straightened(path, drawn.friction, cell_m=drawn.cell_m)
    along_s = path_cost(path, drawn.friction, cell_m=drawn.cell_m)
    assert final_s <= along_s * (1 + 1e-9)
    assert final_s == path_cost(line, drawn.friction, cell_m=drawn.cell_m)
    if len(path) > 1:
        assert np.array_equal(line[[0, -1]], path[[0, -1]])


@given(drawn=grounds())
def test_the_integral_along_a_path_is_its_accumulated_cost(drawn: Drawn):
    """Edges are line integrals, so that both measures agree on a path of cells."""
    options = {**drawn.options, "start_cost_s": None}
    cost_s = accumulated_cost(drawn.friction, **options)
    assume(np.isfinite(cost_s[drawn.end_rowcol]))
    path = trace(cost_s, drawn.friction, to_rowcol=drawn.end_rowcol, **options)
    along_s = path_cost(path, drawn.friction, cell_m=drawn.cell_m)
    assert along_s == pytest.approx(cost_s[drawn.end_rowcol], rel=1e-9)


def test_a_line_pays_each_cell_for_its_share():
    """From the middle of a cell of 2 over one of 4 to the edge of one of 6, 10 m wide."""
    friction = np.array([[2.0, 4.0, 6.0]])
    assert path_cost([[0, 0], [0, 1.5]], friction, cell_m=10) == 5 * 2 + 10 * 4
    assert path_cost([[0, 1.75], [0, 0]], friction, cell_m=10) == 5 * 2 + 10 * 4 + 2.5 * 6


def test_a_line_between_two_barriers_touches_only_their_corners():
    """A diagonal move between two barred cells is a move, and stays one."""
    friction = np.array([[1.0, np.nan], [np.nan, 1.0]])
    assert path_cost([[0, 0], [1, 1]], friction, cell_m=1) == pytest.approx(2**0.5)
    assert path_cost([[0, 0], [1, 0.9]], friction, cell_m=1) == np.inf


def test_a_bend_is_cut_but_not_through_a_barrier():
    """Round a wall the line keeps to its end."""
    friction = np.ones((40, 40))
    friction[5:, 20] = np.nan
    level = {"cell_m": 1, "sources_rowcol": (35, 5)}
    cost_s = accumulated_cost(friction, **level)
    line, final_s = straightened(
        trace(cost_s, friction, to_rowcol=(35, 35), **level), friction, cell_m=1
    )
    shortest = 2 * np.hypot(35 - 4.5, 19.5 - 5) + 1
    assert shortest < final_s < 1.01 * shortest
    assert len(line) < 20


def test_a_line_that_cannot_be_is_refused():
    """No vertices, outside the raster, or across a barrier."""
    friction = np.array([[1.0, np.nan, 1.0]])
    with pytest.raises(InvalidSetting, match=r"the path has the shape \(0,\)"):
        straightened([], friction, cell_m=1)
    with pytest.raises(InvalidSetting, match="leaves the raster"):
        straightened([[0, 0], [0, 3]], friction, cell_m=1)
    with pytest.raises(InvalidSetting, match="leaves the raster"):
        straightened([[0, np.nan]], friction, cell_m=1)
    with pytest.raises(BadInput, match="the path crosses a barrier"):
        straightened([[0, 0], [0, 2]], friction, cell_m=1)
