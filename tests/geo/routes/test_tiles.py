"""Sweeps of tiles: the same as buckets where they finish, and a clean hand-over where not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.routes import buckets, tiles
from geo.routes.cost import level_ground, walking_ground
from geo.routes.moves import Ground

NO_STOPS = np.empty(0, np.int64)


def maze(side: int) -> NDArray[np.float64]:
    """Corridors to and fro between walls of 5 in 12 rows, with a contrast of 1:10,000."""
    friction = 10 ** np.random.default_rng(1).uniform(0, 4, (side, side))
    for number, top in enumerate(range(7, side - 5, 12)):
        friction[top : top + 5, slice(None, -3) if number % 2 else slice(3, None)] = np.nan
    return friction


def rough(shape: tuple[int, int], seed: int) -> NDArray[np.float64]:
    """Noise with barriers in a tenth of the cells, but for the corner."""
    rng = np.random.default_rng(seed)
    friction = np.exp(rng.normal(0, 1, shape))
    friction[rng.random(shape) < 0.1] = np.nan
    friction[0, 0] = 1
    return friction


def swept(ground: Ground, source: int = 0, stops: NDArray[np.int64] = NO_STOPS):
    """Costs after the sweeps, and what they say is final."""
    shape = (ground.friction if ground.friction.size else ground.elevation_m).shape
    cost_s = np.full(shape, np.inf)
    cost_s.flat[source] = 0
    settled_s = tiles.sweep(cost_s, ground, sources=np.array([source]), stops=stops)
    return cost_s, settled_s


def settled(ground: Ground, source: int = 0) -> NDArray[np.float64]:
    """Costs by buckets alone."""
    shape = (ground.friction if ground.friction.size else ground.elevation_m).shape
    cost_s = np.full(shape, np.inf)
    cost_s.flat[source] = 0
    buckets.settle(cost_s, ground, stops=NO_STOPS)
    return cost_s


@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    neighbours=st.sampled_from([8, 16]),
)
def test_sweeps_give_what_buckets_give(seed: int, shape: tuple[int, int], neighbours: int):
    """Rasters whose sides are no multiple of a tile, to the last bit."""
    ground = level_ground(rough(shape, seed), cell_m=(2.0, 3.0), neighbours=neighbours)
    cost_s, settled_s = swept(ground)
    assert settled_s == np.inf
    assert np.array_equal(cost_s, settled(ground))


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), neighbours=st.sampled_from([8, 16]), towards=st.booleans())
def test_sweeps_on_foot_give_what_buckets_give(seed: int, neighbours: int, towards: bool):
    """The exponentials of a tile multiply to those of each slope."""
    elevation_m = np.random.default_rng(seed).normal(0, 8, (90, 130))
    ground = walking_ground(
        elevation_m,
        cell_m=(10.0, 12.0),
        towards=towards,
        off_path_factor=0.6,
        friction_factor=None,
        neighbours=neighbours,
    )
    cost_s, settled_s = swept(ground)
    assert settled_s == np.inf
    np.testing.assert_allclose(cost_s, settled(ground), rtol=1e-12)


@pytest.mark.parametrize("corner", [(63, 63), (64, 64), (0, 64), (65, 63), (127, 1)])
def test_a_source_reaches_out_of_its_tile_though_its_own_is_barred(corner: tuple[int, int]):
    """A source at the edge of a tile, all of whose other cells are barriers, is news next door."""
    friction = np.ones((130, 130))
    row, col = corner[0] // tiles.SIDE * tiles.SIDE, corner[1] // tiles.SIDE * tiles.SIDE
    friction[row : row + tiles.SIDE, col : col + tiles.SIDE] = np.nan
    friction[corner] = 1
    ground = level_ground(friction, cell_m=1.0, neighbours=16)
    source = corner[0] * 130 + corner[1]
    cost_s, _ = swept(ground, source)
    assert np.isfinite(cost_s).sum() > tiles.SIDE**2
    assert np.array_equal(cost_s, settled(ground, source))


@pytest.mark.parametrize("neighbours", [8, 16])
def test_a_maze_is_handed_over_and_ends_exact(neighbours: int):
    """The sweeps give up with real paths' costs; the buckets take the rest to the same bits."""
    ground = level_ground(maze(600), cell_m=1.0, neighbours=neighbours)
    expected = settled(ground)
    cost_s, settled_s = swept(ground)
    assert 0 < settled_s < np.inf
    assert (cost_s >= expected).all()
    assert np.array_equal(cost_s[expected < settled_s], expected[expected < settled_s])
    buckets.settle(cost_s, ground, stops=NO_STOPS, from_s=settled_s)
    assert np.array_equal(cost_s, expected)


def test_a_tile_too_steep_for_float64_is_handed_over():
    """Slopes whose exponential overflows are left to the buckets, which take them one by one."""
    elevation_m = np.zeros((3, 3))
    elevation_m[1, 1] = 1e6
    ground = walking_ground(
        elevation_m,
        cell_m=1.0,
        towards=False,
        off_path_factor=1.0,
        friction_factor=None,
        neighbours=8,
    )
    _, settled_s = swept(ground)
    assert settled_s == 0


def test_stops_end_the_work_early():
    """Far cells are not reached, and the stop's cost is final."""
    ground = level_ground(np.ones((640, 640)), cell_m=1.0, neighbours=8)
    cost_s, settled_s = swept(ground, stops=np.array([20]))
    assert settled_s == np.inf
    assert cost_s[0, 20] == 20
    assert np.isinf(cost_s[-1, -1])


def test_the_exponential_is_that_of_the_library():
    """To the rounding of the last bit or two, over all that a tile may ask."""
    for x in np.linspace(-tiles.STEEPEST_EXPONENT, tiles.STEEPEST_EXPONENT, 501):
        assert tiles._exp(x) == pytest.approx(math.exp(x), rel=5e-16)
