"""Buckets: Dijkstra's algorithm, whatever the contrast, the offsets and the number of sources."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from geo.routes import buckets
from geo.routes.cost import level_ground, walking_ground
from geo.routes.moves import Ground
from tests.geo.routes.grounds import Drawn, grounds, plain_cost

NO_STOPS = np.empty(0, np.int64)


def settled(drawn: Drawn, ground: Ground, stops: NDArray[np.int64] = NO_STOPS):
    """Costs by buckets alone, NaN where no path leads."""
    cost_s = np.full(drawn.friction.shape, np.inf)
    np.minimum.at(cost_s, tuple(drawn.sources_rowcol.T), drawn.start_cost_s)
    buckets.settle(cost_s, ground, stops=stops)
    return np.where(np.isinf(cost_s), np.nan, cost_s)


def level(drawn: Drawn) -> Ground:
    """The drawn friction as a ground."""
    return level_ground(drawn.friction, cell_m=drawn.cell_m, neighbours=drawn.neighbours)


@given(drawn=grounds())
def test_buckets_equal_dijkstra_to_the_last_bit(drawn: Drawn):
    """Any ground, moves, sources and starting costs, as SciPy has it."""
    assert np.array_equal(settled(drawn, level(drawn)), plain_cost(drawn), equal_nan=True)


@settings(max_examples=20)
@given(drawn=grounds())
def test_buckets_on_foot_equal_dijkstra(drawn: Drawn):
    """Uphill and down, towards the sources."""
    ground = walking_ground(
        drawn.elevation_m,
        cell_m=drawn.cell_m,
        towards=True,
        off_path_factor=1.0,
        friction_factor=drawn.friction,
        neighbours=drawn.neighbours,
    )
    expected = plain_cost(drawn, drawn.elevation_m, towards=True)
    np.testing.assert_allclose(settled(drawn, ground), expected, rtol=1e-12)


@given(drawn=grounds())
def test_a_stop_is_final_and_so_is_all_below_it(drawn: Drawn):
    """Whatever costs no more than the stop is as without it."""
    whole = settled(drawn, level(drawn))
    row, col = drawn.end_rowcol
    stopped = settled(drawn, level(drawn), np.array([row * whole.shape[1] + col]))
    final = whole <= whole[drawn.end_rowcol]
    assert np.array_equal(stopped[final], whole[final])


@pytest.mark.parametrize("contrast", [1e4, 1e12, 1e100])
def test_no_contrast_is_too_high(contrast: float):
    """A row of ones, one cell of a huge cost, and a row again."""
    friction = np.array([[1.0, 1.0, contrast, 1.0, 1.0]])
    cost_s = np.full(friction.shape, np.inf)
    cost_s[0, 0] = 0
    ground = level_ground(friction, cell_m=1.0, neighbours=8)
    buckets.settle(cost_s, ground, stops=NO_STOPS)
    middle = 1 + (1 + contrast) / 2
    expected = [0, 1, middle, middle + (contrast + 1) / 2, middle + (contrast + 1) / 2 + 1]
    assert cost_s[0].tolist() == expected


def test_starting_costs_may_lie_far_apart():
    """A source that begins much later still counts behind a wall."""
    friction = np.array([[1.0, 1.0, np.nan, 1.0, 1.0]])
    cost_s = np.array([[0, np.inf, np.inf, 1e15, np.inf]])
    ground = level_ground(friction, cell_m=1.0, neighbours=8)
    buckets.settle(cost_s, ground, stops=NO_STOPS)
    assert cost_s[0].tolist() == [0, 1, np.inf, 1e15, 1e15 + 1]


def test_the_queue_grows_with_the_front():
    """More open cells than the first chunks hold: every other cell of a large raster begins."""
    shape = (300, 400)
    cost_s = np.full(shape, np.inf)
    cost_s[::2, ::2] = np.random.default_rng(0).random((150, 200))
    expected = cost_s.copy()
    ground = level_ground(np.full(shape, 10.0), cell_m=1.0, neighbours=16)
    buckets.settle(cost_s, ground, stops=NO_STOPS)
    for axis in (0, 1):
        for step in (1, -1):
            moved = np.roll(expected, step, axis)
            np.minimum(expected, moved + 10, out=expected)
    assert np.array_equal(cost_s[::2, ::2], expected[::2, ::2])
    assert np.isfinite(cost_s).all()


def test_costs_below_the_first_open_one_are_left_alone():
    """What is told to be final is neither lowered nor used."""
    cost_s = np.array([[5.0, np.inf, 90.0, np.inf]])
    ground = level_ground(np.ones((1, 4)), cell_m=1.0, neighbours=8)
    buckets.settle(cost_s, ground, stops=NO_STOPS, from_s=50.0)
    assert cost_s[0].tolist() == [5, 91, 90, 91]


@pytest.mark.parametrize(
    ("cost", "last", "bucket"),
    [(0.0, 0.0, 0), (1.0, 1.0, 0), (1.0, 0.0, 62), (5e-324, 0.0, 1), (2.0**-1074 * 6, 0.0, 3)],
)
def test_a_bucket_is_the_length_of_what_differs(cost: float, last: float, bucket: int):
    """Equal costs lie in 0; those that differ in bit k, counted from 1, in k."""
    last_bits = int(np.float64(last).view(np.int64))
    assert buckets._bucket(cost, last_bits) == bucket


def test_every_bucket_is_told_apart_at_the_edge_of_its_bits():
    """Long differences whose low bits would round up to the next power of two."""
    for length in range(1, 63):
        bits = (1 << length) - 1
        assert buckets._bucket(float(np.int64(bits).view(np.float64)), 0) == length
