"""What lies along a link: heights, slopes and watchers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from scipy.integrate import quad
from shapely.geometry import LineString

from geo.grid import ELLIPSOID
from geo.routes.along import _places, heights_m, slopes_along, watched_m
from geo.routes.noding import lengths_m
from tests.geo.routes.small_networks import terrain, tilted, watched

WEIGHT = {"post": 1.0, "town": 0.3, "check": 1.0}


def line(*lonlats) -> np.ndarray:
    """An array of one line."""
    lines = np.empty(1, dtype=object)
    lines[0] = LineString(lonlats)
    return lines


def test_heights_are_bilinear_between_the_middles_of_cells() -> None:
    """Of four cells of 0, 10, 20 and 40 m: in a middle, between two, between all."""
    ground = terrain([[0, 10], [20, 40]], west=44, north=36)
    at = np.array([[44.005, 35.995], [44.01, 35.995], [44.01, 35.99], [44.0, 35.995], [50, 30]])
    assert heights_m(ground, at).tolist() == pytest.approx(
        [0, 5, 17.5, np.nan, np.nan], abs=1e-6, nan_ok=True
    )


def test_heights_are_read_in_the_terrains_own_projection() -> None:
    """A raster in UTM answers for longitudes and latitudes."""
    east, north = Transformer.from_crs(4326, 32638, always_xy=True).transform(44.0, 36.0)
    cols = np.tile(np.arange(20), (20, 1))
    ground = terrain(cols, west=east - 1000, north=north + 1000, cell_deg=100)
    object.__setattr__(ground.grid, "crs", CRS.from_epsg(32638))
    assert heights_m(ground, np.array([[44.0, 36.0]]))[0] == pytest.approx(9.5, abs=1e-3)


def test_places_along_a_line_are_at_shares_of_its_length() -> None:
    """Halfway along a corner of 9 km east and 11.1 km north lies north of the corner."""
    lines = line((44, 36), (44.1, 36), (44.1, 36.1))
    lon, lat = _places(lines, np.zeros(3, dtype=np.int64), np.array([0, 0.5, 1])).T
    assert lon.tolist() == pytest.approx([44, 44.1, 44.1])
    first = lengths_m(line((44, 36), (lon[1], 36), (lon[1], lat[1])))
    assert first == pytest.approx(lengths_m(lines) / 2, rel=5e-3)
    assert lat[2] == pytest.approx(36.1)


@given(seed=st.integers(0, 2**32))
def test_places_along_lines_are_those_of_shapely(seed: int) -> None:
    """At the equator, where a degree is a degree; for lines of two to nine vertices."""
    rng = np.random.default_rng(seed)
    lines = np.concatenate(
        [line(*(rng.random((vertices, 2)) * [1, 1e-6])) for vertices in rng.integers(2, 9, 6)]
    )
    number, share = np.repeat(np.arange(6), 5), rng.random(30)
    wanted = shapely.line_interpolate_point(lines[number], share, normalized=True)
    assert _places(lines, number, share) == pytest.approx(shapely.get_coordinates(wanted), abs=1e-9)


def test_slopes_turn_with_the_line() -> None:
    """A plane that rises to the north: up one way, down the other, as steep both ways."""
    lines = np.concatenate([line((44, 36), (44, 36.1)), line((44, 36.1), (44, 36))])
    slopes = slopes_along(lines, lengths_m(lines), tilted(north=50))
    assert slopes.net == pytest.approx([0.04506, -0.04506], rel=1e-3)
    assert slopes.steepness == pytest.approx([0.04506, 0.04506], rel=1e-3)
    assert slopes.walk_there_s_per_m[0] == pytest.approx(slopes.walk_back_s_per_m[1])
    assert slopes.walk_there_s_per_m[0] > slopes.walk_back_s_per_m[0]


def test_a_line_outside_the_terrain_has_no_slope() -> None:
    """And is walked as on the flat."""
    lines = line((50, 30), (50, 30.1))
    slopes = slopes_along(lines, lengths_m(lines), tilted())
    assert np.isnan([*slopes.net, *slopes.steepness]).all()
    assert slopes.walk_there_s_per_m[0] == pytest.approx(0.6 * np.exp(0.175))


@given(seed=st.integers(0, 2**32), range_m=st.sampled_from([500.0, 2000.0, 5000.0]))
def test_watching_is_the_integral_along_the_line(seed: int, range_m: float) -> None:
    """Compared with scipy's quadrature of the distance on the ellipsoid, for a post and a town."""
    rng = np.random.default_rng(seed)
    lines = line(*(np.array([44, 36]) + rng.uniform(-0.1, 0.1, (2, 2))))
    spots = np.array([44, 36]) + rng.uniform(-0.1, 0.1, (2, 2))
    length = lengths_m(lines)
    around = watched(post=spots[0], town=spots[1])
    found = watched_m(lines, length, around, weight=WEIGHT, range_m=range_m)

    def share(at: float) -> float:
        point = lines[0].interpolate(at, normalized=True)
        away = [ELLIPSOID.inv(point.x, point.y, *spot)[2] for spot in spots]
        return max(np.exp(-away[0] / range_m), 0.3 * np.exp(-away[1] / range_m))

    wanted = quad(share, 0, 1, limit=400, epsabs=1e-4)[0] * length[0]
    assert found[0] == pytest.approx(wanted, rel=0.03, abs=5)


def test_places_without_a_point_watch_nothing() -> None:
    """Nor does an empty list of them, or none at all."""
    lines = line((44, 36), (44, 36.1))
    length = lengths_m(lines)
    nowhere = watched(post=(44, 36))
    nowhere.geometry = [shapely.Point()]
    for around in (None, nowhere, nowhere.iloc[:0], nowhere.set_geometry([None], crs=4326)):
        assert watched_m(lines, length, around, weight=WEIGHT, range_m=2000).tolist() == [0]
