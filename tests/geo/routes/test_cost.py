"""Accumulated cost: exact, from many sources, level and on foot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from skimage.graph import MCP_Geometric

from geo.errors import BadInput, GridMismatch, InvalidSetting
from geo.routes.cost import OFF_PATH_FACTOR, accumulated_cost, walking_cost
from tests.geo.routes.grounds import Drawn, grounds, plain_cost

N = np.nan
BARRED = np.array(
    [
        [1, 2, 3, 4, 5, 6],
        [2, N, N, 9, 2, 1],
        [1, 1, N, 1, 7, 3],
        [8, 1, 1, 1, N, 2],
        [4, 6, 2, 5, 1, 1],
    ]
)
BY_GRASS = np.array(
    [
        [0.0, 1.5, 4.0, 7.5, 9.62132034, 11.12132034],
        [1.5, N, N, 9.0, 6.12132034, 7.62132034],
        [3.0, 3.62132034, N, 4.0, 8.0, 7.62132034],
        [7.5, 4.41421356, 4.0, 3.0, N, 5.12132034],
        [7.94974747, 7.5, 3.5, 0.0, 3.0, 4.0],
    ]
)
"""GRASS 8.2.1, ``r.cost input=f start_coordinates=5,45,35,5`` in a region of n=50 s=0 w=0 e=60
res=10 (costs are in cells): sources (0, 0) and (4, 3)."""

BY_GRASS_KNIGHT = {(3, 1): 4.29508497, (4, 0): 7.83061888}
"""Where ``r.cost -k`` differs from it."""


@given(drawn=grounds())
def test_cost_equals_dijkstra_to_the_last_bit(drawn: Drawn):
    """Any ground, cell, number of moves, sources and starting costs: SciPy gives the same bits."""
    cost_s = accumulated_cost(drawn.friction, **drawn.options)
    assert np.array_equal(cost_s, plain_cost(drawn), equal_nan=True)


@given(drawn=grounds())
def test_a_stop_changes_no_cost_up_to_its_own(drawn: Drawn):
    """Up to the stop's cost all is as without it, and beyond it nothing is told."""
    whole = accumulated_cost(drawn.friction, **drawn.options)
    stopped = accumulated_cost(drawn.friction, stop_rowcol=drawn.end_rowcol, **drawn.options)
    farthest = whole[drawn.end_rowcol]
    expected = whole if np.isnan(farthest) else np.where(whole <= farthest, whole, np.nan)
    assert np.array_equal(stopped, expected, equal_nan=True)


@given(drawn=grounds())
def test_walking_equals_dijkstra_both_ways(drawn: Drawn):
    """From the sources and towards them, with a factor on time and without barriers in it."""
    for towards in (False, True):
        time_s = walking_cost(
            drawn.elevation_m, friction_factor=drawn.friction, towards=towards, **drawn.options
        )
        expected = plain_cost(drawn, drawn.elevation_m, towards=towards)
        np.testing.assert_allclose(time_s, expected, rtol=1e-12)


def test_cost_agrees_with_grass():
    """Values made by r.cost, with 8 neighbours and with its knight's moves."""
    asked = {"cell_m": 1, "sources_rowcol": [(0, 0), (4, 3)]}
    np.testing.assert_allclose(accumulated_cost(BARRED, **asked), BY_GRASS, rtol=1e-8)
    knight = BY_GRASS.copy()
    for cell, cost in BY_GRASS_KNIGHT.items():
        knight[cell] = cost
    found = accumulated_cost(BARRED, neighbours=16, **asked)
    np.testing.assert_allclose(found, knight, rtol=1e-8)


def test_cost_agrees_with_scikit_image():
    """A rough raster of many tiles, against an implementation of its own kind."""
    friction = np.exp(np.random.default_rng(3).normal(0, 1, (300, 210))).astype(np.float32)
    theirs, _ = MCP_Geometric(friction, fully_connected=True).find_costs([(150, 20), (7, 200)])
    ours = accumulated_cost(friction, cell_m=1, sources_rowcol=[(150, 20), (7, 200)])
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_cost_of_three_cells_by_hand():
    """Mean friction times length: 2 s/m and 4 s/m on cells of 10 m are 30 s apart."""
    found = accumulated_cost([[2.0, 4.0, 6.0]], cell_m=10, sources_rowcol=(0, 0))
    assert found.tolist() == [[0, 30, 80]]


def test_cells_may_be_wider_than_high():
    """A step to the side takes the width, one down the height, a diagonal both."""
    cost_s = accumulated_cost(np.ones((2, 2)), cell_m=(4, 3), sources_rowcol=(0, 0))
    assert cost_s.tolist() == [[0, 4], [3, 5]]


def test_a_knights_move_is_blocked_by_any_cell_that_it_crosses():
    """Both cells between the ends count; the far corner is then reached by detour."""
    open_s = accumulated_cost(np.ones((2, 3)), cell_m=1, sources_rowcol=(0, 0), neighbours=16)
    assert open_s[1, 2] == pytest.approx(5**0.5)
    for barrier in ((0, 1), (1, 1)):
        friction = np.ones((2, 3))
        friction[barrier] = np.nan
        cost_s = accumulated_cost(friction, cell_m=1, sources_rowcol=(0, 0), neighbours=16)
        assert cost_s[1, 2] == pytest.approx(1 + 2**0.5)


@pytest.mark.parametrize("cell_m", [np.float32(2), np.int64(2), [2, 2], np.array([2.0, 2.0])])
def test_the_size_of_a_cell_may_be_any_number_or_pair(cell_m: object):
    """Numbers as they come from a raster's transform."""
    assert accumulated_cost(np.ones((1, 2)), cell_m=cell_m, sources_rowcol=(0, 0))[0, 1] == 2


def test_what_cannot_be_reached_is_nan():
    """Barriers, and what lies behind them."""
    cost_s = accumulated_cost([[1.0, np.nan, 1.0]], cell_m=1, sources_rowcol=(0, 0))
    assert np.array_equal(cost_s, [[0, np.nan, np.nan]], equal_nan=True)


def test_the_dearer_of_two_starts_in_a_cell_does_not_count():
    """A source given twice begins at its lower cost; one overtaken has the cost of the way."""
    friction = np.ones((1, 3))
    sources, starts = [(0, 0), (0, 0), (0, 2)], [5.0, 1.0, 9.0]
    cost_s = accumulated_cost(friction, cell_m=1, sources_rowcol=sources, start_cost_s=starts)
    assert cost_s.tolist() == [[1, 2, 3]]


def test_uphill_is_not_downhill():
    """Tobler by hand: 100 m up or down a slope of 0.1, and back."""
    elevation_m = np.array([[0.0, 10.0]])
    up = walking_cost(elevation_m, cell_m=100, sources_rowcol=(0, 0))[0, 1]
    down = walking_cost(elevation_m, cell_m=100, sources_rowcol=(0, 1))[0, 0]
    back = walking_cost(elevation_m, cell_m=100, sources_rowcol=(0, 0), towards=True)[0, 1]
    assert up == pytest.approx(60 * np.exp(3.5 * 0.15))
    assert down == back == pytest.approx(60 * np.exp(3.5 * 0.05))


def test_off_a_path_one_walks_at_three_fifths_of_the_speed():
    """Tobler's factor divides time."""
    flat = {"cell_m": 10, "sources_rowcol": (0, 0)}
    on_path = walking_cost(np.zeros((3, 3)), **flat)
    off_path = walking_cost(np.zeros((3, 3)), off_path_factor=OFF_PATH_FACTOR, **flat)
    np.testing.assert_allclose(off_path, on_path / 0.6)


def test_a_cliff_that_no_float_can_hold_is_climbed_by_none():
    """Relief beyond float64's exponent is no way, and harms no cell beside it."""
    elevation_m = np.array([[0.0, 0.0, 1e6]])
    time_s = walking_cost(elevation_m, cell_m=1, sources_rowcol=(0, 0))
    assert np.isfinite(time_s[0, :2]).all()
    assert np.isnan(time_s[0, 2])


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, np.float16, ">f4"])
def test_any_number_is_taken_and_nothing_is_changed(dtype: object):
    """Whole numbers and foreign byte orders are converted; the caller's array stays."""
    friction = np.asfortranarray(np.full((3, 4), 2, dtype))
    kept = friction.copy()
    cost_s = accumulated_cost(friction, cell_m=1, sources_rowcol=(0, 0))
    assert cost_s[0, 3] == 6
    assert np.array_equal(friction, kept)


def test_the_same_cost_comes_of_float32_and_float64():
    """Sums are made in float64 either way."""
    friction = np.random.default_rng(5).random((40, 90)).astype(np.float32) + np.float32(0.1)
    single = accumulated_cost(friction, cell_m=3, sources_rowcol=(4, 4))
    double = accumulated_cost(friction.astype(np.float64), cell_m=3, sources_rowcol=(4, 4))
    assert np.array_equal(single, double)


@pytest.mark.parametrize(
    ("friction", "message"),
    [
        ([[1.0, -1.0]], "negative in 1 cells"),
        ([[1.0, 0.0]], "zero in 1 cells.*NaN where nothing can pass"),
        ([[1.0, np.inf]], "infinite in 1 cells.*set barriers to NaN"),
        ([1.0, 1.0], r"shape \(2,\).*rows and columns"),
        (np.ones((0, 3)), "at least one"),
        ([["a", "b"]], "type <U1"),
        ([[1 + 2j, 1]], "type complex128"),
        ([[np.nan, 1.0]], "source at row 0, column 0 lies on a barrier"),
    ],
)
def test_friction_that_cannot_be_used_is_refused(friction: object, message: str):
    """Each fault is named with its value and the way out."""
    with pytest.raises(BadInput, match=message):
        accumulated_cost(friction, cell_m=1, sources_rowcol=(0, 0))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"cell_m": 0}, "cell_m is 0"),
        ({"cell_m": float("nan")}, "cell_m is nan"),
        ({"cell_m": (1.0, float("inf"))}, "cell_m is"),
        ({"cell_m": (1.0, 2.0, 3.0)}, "cell_m is"),
        ({"cell_m": "30"}, "cell_m is 30; expected a positive number"),
        ({"cell_m": None}, "cell_m is None"),
        ({"neighbours": 4}, "neighbours is 4; expected 8 or 16"),
        ({"sources_rowcol": []}, "sources have the shape"),
        ({"sources_rowcol": [(1, 2, 3)]}, "sources have the shape"),
        ({"sources_rowcol": (0, 3)}, "row 0, column 3 is outside.*columns 0 to 2"),
        ({"sources_rowcol": (-1, 0)}, "row -1, column 0 is outside"),
        ({"sources_rowcol": (0.0, 0.0)}, "type float64.*whole rows"),
        ({"stop_rowcol": (2, 0)}, "stop point at row 2"),
        ({"start_cost_s": -1}, "start_cost_s holds a negative"),
        ({"start_cost_s": np.nan}, "start_cost_s holds"),
        ({"start_cost_s": [1, 2]}, "start_cost_s has the shape"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(setting: dict[str, object], message: str):
    """Each names the setting, its value and what may be."""
    asked = {"cell_m": 1, "sources_rowcol": (0, 0), **setting}
    with pytest.raises(InvalidSetting, match=message):
        accumulated_cost(np.ones((2, 3)), **asked)


def test_walking_refuses_what_is_no_terrain():
    """Infinite heights, a factor of another shape or below 0, and no speed at all."""
    asked = {"cell_m": 1, "sources_rowcol": (0, 0)}
    flat = np.zeros((2, 3))
    with pytest.raises(BadInput, match="elevation is infinite in 1 cells"):
        walking_cost([[0.0, -np.inf]], **asked)
    with pytest.raises(GridMismatch, match=r"\(2, 2\)"):
        walking_cost(flat, friction_factor=np.ones((2, 2)), **asked)
    with pytest.raises(BadInput, match="friction factor is negative"):
        walking_cost(flat, friction_factor=-np.ones((2, 3)), **asked)
    with pytest.raises(InvalidSetting, match="off_path_factor is 0"):
        walking_cost(flat, off_path_factor=0, **asked)
