"""Friction of open ground by slope."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.errors import BadInput, GridMismatch, NotMetric
from geo.grid import Grid, Raster
from geo.routes.friction import (
    BAND,
    STRIP_ROWS,
    cell_sizes_m,
    friction_raster,
    ground_s_per_m,
    horn_slope,
    slope_share,
    tobler_s_per_m,
)
from geo.sources.rasters.raster import read_raster
from tests.geo.routes.small_networks import mode, terrain, tilted

ROVER = mode("off_road").best()
WALKER = mode("foot").best()


def metric(height_m, *, cell_m=100.0, epsg=32638) -> Raster:
    """Heights on square cells in a projection."""
    values = np.asarray(height_m, dtype=np.float32)
    transform = Affine(cell_m, 0, 400_000, 0, -cell_m, 4_000_000)
    grid = Grid(crs=CRS.from_epsg(epsg), transform=transform, shape=values.shape)
    return Raster(grid=grid, bands=("elevation_m",), values=values[np.newaxis])


def plane(*, east: float, south: float, cells: int = 5) -> Raster:
    """A plane that rises by so many metres a cell of 100 m."""
    rows, cols = np.mgrid[:cells, :cells]
    return metric(east * cols + south * rows)


def test_toblers_pace_is_least_slightly_downhill() -> None:
    """6 km/h at slope -0.05, 5.04 km/h on the flat, slower uphill than downhill."""
    down, flat, up = tobler_s_per_m(np.array([-0.05, 0.0, 0.2]))
    assert down == pytest.approx(0.6)
    assert 3.6 / flat == pytest.approx(5.0367, abs=1e-4)
    assert up > tobler_s_per_m(np.array([-0.2]))[0]
    assert np.isnan(tobler_s_per_m(np.array([np.nan]))[0])


def test_a_vehicle_slows_from_the_free_slope_to_the_limit() -> None:
    """All its speed up to 0.07, a fifth of it at 0.3, half of the fall halfway, none above."""
    steep = np.array([0.0, 0.07, (0.07 + 0.3) / 2, 0.3, 0.3001, np.nan])
    assert slope_share(steep, ROVER).tolist() == pytest.approx([1, 1, 0.6, 0.2, 0, 1])
    pace = ground_s_per_m(steep, ROVER)
    assert pace[:4].tolist() == pytest.approx([0.18, 0.18, 0.3, 0.9])
    assert np.isinf(pace[4])


def test_walking_takes_the_mean_of_uphill_and_downhill() -> None:
    """On the flat 0.6 of 5.04 km/h; symmetric by construction; barred above 45 degrees."""
    assert 3.6 / ground_s_per_m(np.zeros(1), WALKER)[0] == pytest.approx(0.6 * 5.0367, abs=1e-4)
    up, down = tobler_s_per_m(np.array([0.2, -0.2]))
    assert ground_s_per_m(np.array([0.2]), WALKER)[0] == pytest.approx((up + down) / 2 / 0.6)
    assert np.isinf(ground_s_per_m(np.array([1.01]), WALKER)[0])


def test_a_mode_that_keeps_to_roads_has_no_friction() -> None:
    """It is not answered with a guess."""
    with pytest.raises(BadInput, match=r"'vehicle' keeps to roads.*choose off_road or foot"):
        ground_s_per_m(np.zeros(1), mode("vehicle").best())


def test_the_slope_of_a_plane_is_the_planes() -> None:
    """3 m in 100 m to the east and 4 m to the south are 5 % in all, away from the edge."""
    slope = horn_slope(plane(east=3, south=4))
    assert slope.dtype == np.float32
    assert slope[1:-1, 1:-1] == pytest.approx(0.05, abs=1e-6)
    assert (slope[0] < 0.05).all()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_slopes_are_those_of_horns_formula_cell_by_cell(seed: int) -> None:
    """Compared with the formula written out, on heights without holes."""
    z = np.random.default_rng(seed).uniform(0, 500, (6, 7))
    slope = horn_slope(metric(z))
    z = z.astype(np.float32).astype(float)
    for r in range(1, 5):
        for c in range(1, 6):
            east = z[r - 1 : r + 2, c + 1] - z[r - 1 : r + 2, c - 1]
            south = z[r + 1, c - 1 : c + 2] - z[r - 1, c - 1 : c + 2]
            wanted = np.hypot(east @ [1, 2, 1], south @ [1, 2, 1]) / 800
            assert slope[r, c] == pytest.approx(wanted, rel=1e-4)


def test_strips_do_not_show() -> None:
    """A raster taller than a strip has the slopes of its own rows across the joint."""
    z = np.random.default_rng(0).uniform(0, 500, (STRIP_ROWS + 9, 4))
    whole = horn_slope(metric(z))
    joint = horn_slope(metric(z[STRIP_ROWS - 3 : STRIP_ROWS + 3]))
    assert (whole[STRIP_ROWS - 2 : STRIP_ROWS + 2] == joint[1:5]).all()


def test_a_hole_stays_a_hole_and_spoils_no_neighbour() -> None:
    """Its own friction is NaN; cells beside it take themselves for it."""
    z = np.zeros((5, 5))
    z[2, 2] = np.nan
    friction = friction_raster(metric(z), ROVER).values[0]
    assert np.isnan(friction[2, 2])
    assert np.isnan(friction).sum() == 1
    assert friction[2, 1] == pytest.approx(0.18)


def test_cells_of_degrees_are_as_wide_as_on_the_ellipsoid() -> None:
    """0.01 degree at 36.995 N is 890 m wide and 1110 m high; at the other end it is wider."""
    width, height = cell_sizes_m(tilted().grid)
    assert width[0] == pytest.approx(890.6, abs=0.5)
    assert height[0] == pytest.approx(1109.7, abs=0.5)
    assert width[-1] > width[0]


def test_a_plane_in_degrees_slopes_by_metres() -> None:
    """10 m in a cell of 1110 m to the north."""
    slope = horn_slope(tilted(north=10))
    assert slope[100, 100] == pytest.approx(10 / 1109.6, rel=1e-3)


def test_feet_are_refused() -> None:
    """A projection in feet is not taken for metres."""
    with pytest.raises(NotMetric, match="does not measure in metres"):
        horn_slope(metric(np.zeros((3, 3)), epsg=2263))


def test_friction_is_a_raster_on_the_same_grid() -> None:
    """One band of float32, and the terrain unchanged."""
    ground = plane(east=20, south=0)
    before = ground.values.copy()
    friction = friction_raster(ground, ROVER)
    assert friction.grid == ground.grid
    assert friction.bands == (BAND,)
    assert friction.values.dtype == np.float32
    share = 1 - 0.8 * (0.2 - 0.07) / (0.3 - 0.07)
    assert friction.values[0, 2, 2] == pytest.approx(0.18 / share, rel=1e-5)
    assert (ground.values == before).all()


def test_steep_cells_and_barriers_cannot_be_entered() -> None:
    """NaN where a slope of 0.4 bars the vehicle, and where it is said."""
    barrier = np.zeros((5, 5), dtype=bool)
    barrier[0, 0] = True
    friction = friction_raster(plane(east=0, south=0), ROVER, barrier=barrier).values[0]
    assert np.flatnonzero(np.isnan(friction)).tolist() == [0]
    assert np.isnan(friction_raster(plane(east=40, south=0), ROVER).values[0, 1:-1, 1:-1]).all()


def test_a_barrier_of_another_shape_is_refused() -> None:
    """Whose rows are swapped with its columns."""
    with pytest.raises(GridMismatch, match=r"barriers of the shape \(3, 4\).*\(5, 5\)"):
        friction_raster(plane(east=0, south=0), ROVER, barrier=np.zeros((3, 4), dtype=bool))


def test_terrain_of_two_bands_is_refused() -> None:
    """Nobody knows which of them holds the heights."""
    two = dataclasses.replace(
        terrain(np.zeros((2, 2))), bands=("a", "b"), values=np.zeros((2, 2, 2), np.float32)
    )
    with pytest.raises(BadInput, match=r"the terrain has 2 bands.*one band of heights"):
        friction_raster(two, ROVER)


@pytest.mark.needs_testdata
def test_the_real_terrain_is_open_in_the_plain_and_closed_in_the_mountains(testdata) -> None:
    """Around Baghdad a vehicle drives freely; in the Zagros it is slowed or barred more often."""
    heights = read_raster([testdata / "routes" / "dem_fused_15s.tif"])
    friction = friction_raster(heights, ROVER).values[0]

    def around(lon: float, lat: float):
        col, row = (int(at) for at in ~heights.grid.transform @ (lon, lat))
        return friction[row - 60 : row + 60, col - 60 : col + 60]

    plain, mountains = around(44.4, 33.3), around(46.0, 35.8)
    assert np.nanmedian(plain) == pytest.approx(0.18, rel=0.01)
    assert np.nanmean(mountains) > 1.15 * np.nanmean(plain)
    assert np.isnan(plain).mean() < 0.01
