"""Grids, metric systems, and lengths and areas on the ellipsoid."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from affine import Affine
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import CRS, Proj
from shapely import (
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
    get_coordinates,
    segmentize,
)
from shapely.geometry.base import BaseGeometry

import geo.grid
from geo.errors import BadInput, GridMismatch, InvalidSetting, NotMetric
from geo.grid import (
    WGS84,
    Block,
    Grid,
    Raster,
    RasterInMemory,
    box_around,
    geodesic_area_m2,
    geodesic_distance_m,
    give_back,
    metric_crs,
    reproject,
    require_metric,
    sheet,
    strips,
)

HATRA = (42.7183, 35.5881)
UTM_38N = CRS.from_epsg(32638)

# WGS 84: NIMA TR8350.2 (2000), table 3.1.
A_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
E = math.sqrt(FLATTENING * (2 - FLATTENING))

lons = st.floats(-180, 180)
lats = st.floats(-79.9, 84)
places = st.tuples(lons, lats)
inland = st.tuples(st.floats(30, 56), st.floats(24, 43))
"""Places of the region, far from 180 degrees and from the poles."""


def grid_at(
    lonlat: tuple[float, float],
    *,
    cell_m: float = 10.0,
    shape: tuple[int, int] = (30, 50),
    turn_deg: float = 0.0,
) -> Grid:
    """A grid in the UTM zone of the place, which is its upper left corner, turned round it."""
    crs = metric_crs(lonlat)
    x, y = get_coordinates(reproject(Point(lonlat), WGS84, crs))[0]
    turned = Affine.translation(x, y) @ Affine.rotation(turn_deg) @ Affine.scale(cell_m, -cell_m)
    return Grid(crs=crs, transform=turned, shape=shape)


def authalic_term(lat_deg: float) -> float:
    """Snyder (1987), USGS Professional Paper 1395, equation 3-12: q of a latitude."""
    sine = math.sin(math.radians(lat_deg))
    logarithm = math.log((1 - E * sine) / (1 + E * sine)) / (2 * E)
    return (1 - E**2) * (sine / (1 - E**2 * sine**2) - logarithm)


def quadrangle_m2(west: float, south: float, east: float, north: float) -> float:
    """Area between two meridians and two parallels, in closed form (no geodesic is involved)."""
    q = authalic_term(north) - authalic_term(south)
    return A_M**2 / 2 * math.radians(east - west) * q


class TestGrid:
    """One value that says where the cells of a raster lie."""

    def test_bounds_of_a_plain_grid(self):
        """Two rows and three columns of 10 m, hung from the upper left corner."""
        grid = Grid(crs=UTM_38N, transform=Affine(10, 0, 500_000, 0, -10, 4_000_000), shape=(2, 3))
        assert grid.bounds == (500_000, 3_999_980, 500_030, 4_000_000)

    def test_bounds_of_a_turned_grid(self):
        """A unit square of two by two cells standing on its corner is as wide as its diagonal."""
        turned = Grid(crs=UTM_38N, transform=Affine.rotation(45), shape=(2, 2))
        half = math.sqrt(2)
        assert turned.bounds == pytest.approx((-half, 0, half, 2 * half))

    def test_bounds_of_a_grid_that_runs_upwards(self):
        """Rows counted from south to north make the same bounds."""
        upwards = Grid(
            crs=UTM_38N, transform=Affine(10, 0, 500_000, 0, 10, 3_999_980), shape=(2, 3)
        )
        assert upwards.bounds == (500_000, 3_999_980, 500_030, 4_000_000)

    @given(
        numbers=st.lists(st.integers(-1000, 1000), min_size=6, max_size=6),
        col=st.integers(0, 500),
        row=st.integers(0, 500),
    )
    def test_xy_is_the_transform_of_column_and_row(self, numbers: list[int], col: int, row: int):
        """Arrays are placed as single places are, columns first."""
        transform = Affine(*numbers)
        assume(transform.determinant != 0)
        grid = Grid(crs=UTM_38N, transform=transform, shape=(1, 1))
        xs, ys = grid.xy(np.array([col], dtype=float), np.array([row], dtype=float))
        assert (xs[0], ys[0]) == pytest.approx(transform @ (col, row))

    @given(place=inland, turn_deg=st.floats(0, 360), cell_m=st.sampled_from([0.5, 10.0, 500.0]))
    def test_the_footprint_holds_the_centre_and_the_corners(
        self, place: tuple[float, float], turn_deg: float, cell_m: float
    ):
        """However the grid is turned, its outline is valid, round its middle, and has its area."""
        grid = grid_at(place, turn_deg=turn_deg, cell_m=cell_m)
        outline = grid.footprint_lonlat
        assert outline.is_valid
        assert outline.contains(Point(grid.centre_lonlat))
        assert outline.distance(Point(place)) < 1e-9
        rows, cols = grid.shape
        scale = Proj(grid.crs).get_factors(*grid.centre_lonlat).areal_scale
        expected_m2 = rows * cols * cell_m**2 / scale
        assert geodesic_area_m2(outline) == pytest.approx(expected_m2, rel=1e-3)

    def test_the_footprint_bends_with_the_grid(self):
        """The north edge of a wide UTM grid is a curve: its middle lies off the chord."""
        outline = grid_at((42.0, 37.0), cell_m=10_000, shape=(10, 40)).footprint_lonlat
        assert len(outline.exterior.coords) == 33
        hull_m2 = geodesic_area_m2(box(*outline.bounds))
        assert 0.9 < geodesic_area_m2(outline) / hull_m2 < 0.999

    def test_the_footprint_of_a_lonlat_grid_is_its_box(self):
        """Without a projection nothing bends."""
        grid = Grid(crs=WGS84, transform=Affine(0.25, 0, 42, 0, -0.25, 37), shape=(4, 8))
        assert grid.footprint_lonlat.equals(box(42, 36, 44, 37))
        assert grid.centre_lonlat == (43.0, 36.5)

    def test_the_whole_world_has_a_footprint(self):
        """A global grid reaches 180 degrees on both sides without crossing it."""
        grid = Grid(crs=WGS84, transform=Affine(1, 0, -180, 0, -1, 90), shape=(180, 360))
        assert grid.footprint_lonlat.bounds == (-180, -90, 180, 90)

    def test_cells_of_a_degree_at_the_equator_have_their_known_size(self):
        """One degree of longitude is 111 319.491 m and of latitude 110 574.389 m (WGS 84)."""
        grid = Grid(crs=WGS84, transform=Affine(1, 0, 0, 0, -1, 1), shape=(2, 2))
        width_m, height_m = grid.cell_m
        assert width_m == pytest.approx(111_319.491, abs=0.001)
        assert height_m == pytest.approx(110_574.389, abs=0.001)

    def test_cells_of_web_mercator_are_smaller_than_they_say(self):
        """At 60 degrees north a 10 m cell of EPSG:3857 is 5 m wide: its metres are none."""
        y = get_coordinates(reproject(Point(44, 60), WGS84, CRS.from_epsg(3857)))[0, 1]
        grid = Grid(
            crs=CRS.from_epsg(3857), transform=Affine(10, 0, 4_900_000, 0, -10, y), shape=(1, 1)
        )
        assert grid.cell_m == pytest.approx((5.0, 5.0), rel=0.01)

    def test_equal_grids_are_one_value(self):
        """Two rasters combine if their grids are equal, however they were made."""
        one = Grid(crs=CRS("EPSG:32638"), transform=Affine.scale(10, -10), shape=(2, 3))
        same = Grid(crs=UTM_38N, transform=Affine(10, 0, 0, 0, -10, 0), shape=(2, 3))
        assert one == same
        assert hash(one) == hash(same)
        assert one != dataclasses.replace(one, shape=(3, 2))
        assert one != dataclasses.replace(one, crs=CRS.from_epsg(32637))

    def test_derived_values_do_not_change_it(self):
        """A grid that has been asked for its bounds still equals one that has not."""
        asked, fresh = grid_at(HATRA), grid_at(HATRA)
        _ = asked.bounds, asked.footprint_lonlat, asked.centre_lonlat, asked.cell_m
        assert asked == fresh
        assert hash(asked) == hash(fresh)

    @pytest.mark.parametrize("shape", [(0, 5), (5, 0), (-1, 5)])
    def test_a_grid_without_cells_is_refused(self, shape: tuple[int, int]):
        """Zero rows or columns are no raster."""
        with pytest.raises(GridMismatch, match=f"{shape[0]} x {shape[1]} cells has no cell"):
            Grid(crs=UTM_38N, transform=Affine.identity(), shape=shape)

    @pytest.mark.parametrize(
        "transform",
        [
            Affine.scale(0, 10),
            Affine(1, 2, 0, 2, 4, 0),
            Affine(math.nan, 0, 0, 0, -10, 0),
            Affine(math.inf, 0, 0, 0, -10, 0),
            Affine(10, 0, math.nan, 0, -10, 0),
        ],
    )
    def test_a_grid_without_size_is_refused(self, transform: Affine):
        """A transform that cannot be inverted places nothing."""
        with pytest.raises(
            GridMismatch, match="cells have no size; expected a transform of finite"
        ):
            Grid(crs=UTM_38N, transform=transform, shape=(1, 1))

    def test_a_footprint_off_the_earth_is_refused(self):
        """A raster in the wrong CRS is told of, not drawn at infinity."""
        lost = Grid(crs=UTM_38N, transform=Affine(10, 0, 7e8, 0, -10, 1e9), shape=(9, 9))
        with pytest.raises(
            BadInput, match=r"is not on Earth in WGS 84 / UTM zone 38N.*check the CRS"
        ):
            _ = lost.footprint_lonlat

    @pytest.mark.parametrize(
        ("epsg", "left", "top"), [(32660, 700_000, 1_000_000), (5041, 1_900_000, 2_100_000)]
    )
    def test_a_footprint_that_would_tear_is_refused(self, epsg: int, left: int, top: int):
        """Across 180 degrees, or round a pole, a plain polygon would cover the wrong side."""
        transform = Affine(10_000, 0, left, 0, -10_000, top)
        grid = Grid(crs=CRS.from_epsg(epsg), transform=transform, shape=(20, 20))
        with pytest.raises(BadInput, match="crosses 180 degrees or goes round a pole"):
            _ = grid.footprint_lonlat


class TestRaster:
    """Bands on a grid."""

    def test_values_that_fit_are_kept(self):
        """Bands, rows, columns: in this order."""
        values = np.zeros((2, 30, 50), dtype=np.float32)
        assert Raster(grid=grid_at(HATRA), bands=("B04", "B08"), values=values).values is values

    @pytest.mark.parametrize("shape", [(1, 30, 50), (2, 50, 30), (30, 50), (30, 50, 2)])
    def test_values_of_another_shape_are_refused(self, shape: tuple[int, ...]):
        """The message says both shapes."""
        with pytest.raises(GridMismatch, match=r"shape \(.*expected \(2, 30, 50\) \(bands, rows"):
            Raster(
                grid=grid_at(HATRA),
                bands=("B04", "B08"),
                values=np.zeros(shape, dtype=np.float32),
            )


class TestMetricCrs:
    """The system in which a place's surroundings are measured."""

    @pytest.mark.parametrize(
        ("lonlat", "epsg"),
        [
            (HATRA, 32638),
            ((41.999, 34.0), 32637),
            ((42.0, 34.0), 32638),
            ((0.0, 0.0), 32631),
            ((-0.001, 51.5), 32630),
            ((18.4, -33.9), 32734),
            ((44.0, -0.001), 32738),
            ((-180.0, 10.0), 32601),
            ((180.0, 10.0), 32660),
            ((179.999, -10.0), 32760),
            ((5.0, 60.0), 32631),
            ((20.0, 78.0), 32634),
            ((0.0, 84.0), 32631),
            ((0.0, 84.001), 5041),
            ((0.0, 90.0), 5041),
            ((0.0, -80.0), 32731),
            ((0.0, -80.001), 5042),
            ((-180.0, -90.0), 5042),
        ],
    )
    def test_a_place_has_its_zone(self, lonlat: tuple[float, float], epsg: int):
        """Zones of 6 degrees, without the exceptions of Norway and Svalbard; UPS at the poles."""
        assert metric_crs(lonlat).to_epsg() == epsg

    @given(place=places)
    def test_lengths_are_true_to_a_thousandth_inside_a_zone(self, place: tuple[float, float]):
        """PROJ's own scale factors are within 0.1 % of 1 wherever UTM is chosen."""
        factors = Proj(metric_crs(place)).get_factors(*place)
        assert factors.meridional_scale == pytest.approx(1, abs=1e-3)
        assert factors.parallel_scale == pytest.approx(1, abs=1e-3)

    @given(lon=lons, lat=st.floats(-90, 90))
    def test_it_always_measures_in_metres(self, lon: float, lat: float):
        """Every place on Earth has a metric system."""
        crs = metric_crs((lon, lat))
        assert require_metric(crs) is crs

    @pytest.mark.parametrize(
        "lonlat", [(180.1, 0), (-181, 0), (0, 90.1), (36.1, 138.2), (math.nan, 0), (0, math.inf)]
    )
    def test_a_place_off_the_earth_is_refused(self, lonlat: tuple[float, float]):
        """Swapped, infinite or missing coordinates have no zone."""
        with pytest.raises(InvalidSetting, match=f"no place at longitude {lonlat[0]}, latitude"):
            metric_crs(lonlat)


class TestRequireMetric:
    """The guard before a length or an area."""

    @pytest.mark.parametrize("code", ["EPSG:32638", "EPSG:5041", "EPSG:32638+5773"])
    def test_a_system_in_metres_passes(self, code: str):
        """UTM, polar, and UTM with heights are measured in metres."""
        crs = CRS(code)
        assert require_metric(crs) is crs

    @pytest.mark.parametrize(
        "code",
        [
            "EPSG:4326",
            "EPSG:4979",
            "EPSG:4978",
            "EPSG:2263",
            "+proj=utm +zone=38 +units=km +type=crs",
        ],
    )
    def test_degrees_feet_kilometres_and_geocentric_metres_do_not_pass(self, code: str):
        """A CRS that is not a plane in metres is named and refused."""
        with pytest.raises(
            NotMetric, match=r"does not measure in metres; expected a projected CRS"
        ):
            require_metric(CRS(code))


class TestReproject:
    """Geometries from one system to another."""

    @given(place=inland)
    def test_there_and_back_is_the_same_place(self, place: tuple[float, float]):
        """A round trip through the metric system loses less than a micrometre."""
        crs = metric_crs(place)
        back = reproject(reproject(Point(place), WGS84, crs), crs, WGS84)
        assert get_coordinates(back)[0] == pytest.approx(place, abs=1e-11)

    def test_east_comes_first_whatever_the_system_says(self):
        """EPSG:4326 names latitude first; here longitude is first in every system."""
        x, y = get_coordinates(reproject(Point(45, 0), WGS84, UTM_38N))[0]
        assert (x, y) == pytest.approx((500_000, 0), abs=1e-6)

    @pytest.mark.parametrize("empty", [Point(), Polygon(), MultiPolygon()])
    def test_an_empty_geometry_stays_empty(self, empty: BaseGeometry):
        """Nothing has no place in any system."""
        assert reproject(empty, WGS84, UTM_38N) is empty

    def test_the_same_system_changes_nothing(self):
        """Not even the last digit."""
        place = Point(HATRA)
        assert reproject(place, WGS84, CRS("EPSG:4326")) is place

    def test_kind_rings_and_heights_are_kept(self):
        """A polygon with a hole stays one, and a height stays a height."""
        holed = box(42, 35, 43, 36) - box(42.4, 35.4, 42.6, 35.6)
        moved = reproject(holed, WGS84, UTM_38N)
        assert isinstance(moved, Polygon)
        assert len(moved.interiors) == 1
        assert reproject(Point(45, 35, 120), WGS84, UTM_38N).z == 120

    def test_what_was_passed_in_is_untouched(self):
        """A new geometry is made."""
        line = LineString([(42, 35), (43, 36)])
        reproject(line, WGS84, UTM_38N)
        assert line.equals(LineString([(42, 35), (43, 36)]))


class TestLengths:
    """Golden lengths, each from a source that is not pyproj."""

    @pytest.mark.parametrize(
        ("here", "there", "length_m"),
        [
            # GeographicLib documentation, "JFK to LHR".
            ((-73.8, 40.6), (-0.5, 51.6), 5_551_759.400),
            # Quarter meridian and half meridian of WGS 84 (GeographicLib, GeodSolve).
            ((0, 0), (0, 90), 10_001_965.729),
            ((0, 90), (0, -90), 20_003_931.459),
            # On the equator a degree of longitude is a pi / 180.
            ((0, 0), (1, 0), math.radians(1) * A_M),
            # Across 180 degrees the short way.
            ((179.5, 0), (-179.5, 0), math.radians(1) * A_M),
            ((42.0, 36.0), (42.0, 36.0), 0.0),
        ],
    )
    def test_known_lengths(
        self, here: tuple[float, float], there: tuple[float, float], length_m: float
    ):
        """Published lengths are met to the millimetre."""
        assert geodesic_distance_m(here, there) == pytest.approx(length_m, abs=1e-3)

    @pytest.mark.parametrize(
        ("lat", "north_m", "east_m"),
        [
            (0, 110_574, 111_320),
            (15, 110_649, 107_551),
            (30, 110_852, 96_486),
            (45, 111_132, 78_847),
            (60, 111_412, 55_800),
            (75, 111_618, 28_902),
        ],
    )
    def test_a_degree_has_its_tabulated_length(self, lat: int, north_m: int, east_m: int):
        """Osborne (2013), The Mercator Projections, table of degree lengths on WGS 84.

        The table is in metres; a degree of longitude is an arc of the parallel, so it is put
        together from a thousand short geodesics.
        """
        assert geodesic_distance_m((0, lat - 0.5), (0, lat + 0.5)) == pytest.approx(
            north_m, abs=0.6
        )
        assert 1000 * geodesic_distance_m((0, lat), (0.001, lat)) == pytest.approx(east_m, abs=0.6)

    @given(here=places, there=places)
    def test_a_distance_is_the_same_both_ways(
        self, here: tuple[float, float], there: tuple[float, float]
    ):
        """And never longer than half a meridian, which is the longest geodesic of all."""
        length_m = geodesic_distance_m(here, there)
        assert length_m == pytest.approx(geodesic_distance_m(there, here), abs=1e-6)
        assert 0 <= length_m <= 20_003_931.46


class TestAreas:
    """Golden areas, each from a source that is not pyproj."""

    def test_eight_octants_make_the_earth(self):
        """Surface of WGS 84: 510 065 621.724 km2, 4 pi R2 squared with R2 = 6 371 007.1809 m.

        NIMA TR8350.2 (2000), table 3.3: R2 is the radius of the sphere of equal area.
        """
        octant = Polygon([(0, 0), (90, 0), (0, 90)])
        assert 8 * geodesic_area_m2(octant) == pytest.approx(510_065_621.724e6, rel=1e-9)
        assert 8 * geodesic_area_m2(octant) == pytest.approx(
            4 * math.pi * 6_371_007.1809**2, rel=1e-9
        )

    def test_antarctica(self):
        """GeographicLib documentation: 13 662 703 680 020.1 m2, round the pole and across 180."""
        latlons = [
            (-63.1, -58), (-72.9, -74), (-71.9, -102), (-74.9, -102), (-74.3, -131), (-77.5, -163),
            (-77.4, 163), (-71.7, 172), (-65.9, 140), (-65.7, 113), (-66.6, 88), (-66.9, 59),
            (-69.8, 25), (-70.0, -4), (-71.0, -14), (-77.3, -33), (-77.9, -46), (-74.7, -61),
        ]  # fmt: skip
        antarctica = Polygon([(lon, lat) for lat, lon in latlons])
        assert geodesic_area_m2(antarctica) == pytest.approx(13_662_703_680_020.1, abs=1)

    @given(
        west=st.integers(-180, 179), south=st.integers(-89, 88), width_deg=st.sampled_from([1, 0.1])
    )
    def test_a_quadrangle_has_the_area_of_its_closed_form(
        self, west: int, south: int, width_deg: float
    ):
        """Snyder's authalic q, for parallels cut into pieces so short that chord and arc agree."""
        east, north = west + width_deg, south + width_deg
        quadrangle = segmentize(box(west, south, east, north), width_deg / 500)
        assert geodesic_area_m2(quadrangle) == pytest.approx(
            quadrangle_m2(west, south, east, north), rel=1e-6
        )

    def test_the_closed_form_itself_gives_the_earth(self):
        """The yardstick of the test above, held against the published surface."""
        assert quadrangle_m2(-180, -90, 180, 90) == pytest.approx(510_065_621.724e6, rel=1e-9)

    def test_a_hole_is_taken_off(self):
        """Whichever way shell and hole are wound."""
        outer, inner = box(42, 35, 43, 36), box(42.4, 35.4, 42.6, 35.6)
        net_m2 = geodesic_area_m2(outer) - geodesic_area_m2(inner)
        shell, hole = list(outer.exterior.coords), list(inner.exterior.coords)
        for one in (shell, shell[::-1]):
            for other in (hole, hole[::-1]):
                assert geodesic_area_m2(Polygon(one, [other])) == pytest.approx(net_m2)

    def test_parts_add_up(self):
        """A multipolygon is as large as its parts, also if they are wound differently."""
        one, other = box(42, 35, 43, 36), box(44, 35, 45, 36)
        both = MultiPolygon([one, other.reverse()])
        assert geodesic_area_m2(both) == pytest.approx(2 * geodesic_area_m2(one))

    @pytest.mark.parametrize(
        "flat",
        [
            Point(42, 35),
            MultiPoint([(42, 35)]),
            LineString([(42, 35), (43, 36)]),
            Polygon(),
            Point(),
        ],
    )
    def test_points_lines_and_nothing_have_no_area(self, flat: BaseGeometry):
        """Zero, without a warning."""
        assert geodesic_area_m2(flat) == 0.0


class TestBoxAround:
    """The square of ground round a place."""

    @given(place=inland, half_width_m=st.floats(50, 20_000))
    def test_it_is_a_true_square_round_the_place(
        self, place: tuple[float, float], half_width_m: float
    ):
        """In the place's UTM zone the sides have the asked length and the place is the middle."""
        square = box_around(place, half_width_m=half_width_m)
        assert square.is_valid
        crs = metric_crs(place)
        in_metres = reproject(square, WGS84, crs)
        west, south, east, north = in_metres.bounds
        assert (east - west, north - south) == pytest.approx((2 * half_width_m,) * 2, abs=1e-4)
        middle = reproject(in_metres.centroid, crs, WGS84)
        assert get_coordinates(middle)[0] == pytest.approx(place, abs=1e-9)

    @given(place=st.tuples(st.floats(-179, 179), st.floats(-79, 83)))
    def test_its_area_is_right_to_two_thousandths(self, place: tuple[float, float]):
        """Two lengths within 0.1 % make an area within 0.2 %, anywhere."""
        square = box_around(place, half_width_m=1000)
        assert square.contains(Point(place))
        assert geodesic_area_m2(square) == pytest.approx(4e6, rel=2e-3)

    @pytest.mark.parametrize("half_width_m", [0, -1, math.nan])
    def test_a_square_without_size_is_refused(self, half_width_m: float):
        """A length above zero is needed."""
        with pytest.raises(InvalidSetting, match=r"half width .* m; expected a length above 0 m"):
            box_around(HATRA, half_width_m=half_width_m)

    @pytest.mark.parametrize("half_width_m", [1e9, math.inf])
    def test_a_square_larger_than_the_earth_is_refused(self, half_width_m: float):
        """Infinity is no coordinate."""
        with pytest.raises(BadInput, match="is not on Earth"):
            box_around(HATRA, half_width_m=half_width_m)

    @pytest.mark.parametrize(
        "place", [(179.9999, 10), (-180, 0), (180, -40), (0, 90), (0, -89.999)]
    )
    def test_a_square_that_would_tear_is_refused(self, place: tuple[float, float]):
        """At 180 degrees and at the poles the polygon would cover the wrong side of the Earth."""
        with pytest.raises(BadInput, match="crosses 180 degrees or goes round a pole"):
            box_around(place, half_width_m=1000)

    def test_a_place_off_the_earth_is_refused(self):
        """Before anything is measured."""
        with pytest.raises(
            InvalidSetting, match=r"there is no place at longitude 36\.1, latitude 138"
        ):
            box_around((36.1, 138.2), half_width_m=1000)


class TestBlock:
    """Rectangles of cells."""

    def test_its_cells_by_hand(self) -> None:
        """In the grid, and in a block around it."""
        block = Block(top=2, left=3, rows=4, cols=5)
        assert block.slices == (slice(2, 6), slice(3, 8))
        assert block.within(Block(top=1, left=1, rows=9, cols=9)) == (slice(1, 5), slice(2, 7))
        assert Block.whole((7, 8)) == Block(top=0, left=0, rows=7, cols=8)

    def test_it_grows_as_far_as_there_are_cells(self) -> None:
        """Not beyond the edge."""
        grown = Block(top=2, left=3, rows=4, cols=5).grown(3, (8, 100))
        assert grown == Block(top=0, left=0, rows=8, cols=11)

    def test_what_two_blocks_share(self) -> None:
        """Neighbours share nothing."""
        block = Block(top=2, left=3, rows=4, cols=5)
        assert block.meeting(Block(top=5, left=0, rows=9, cols=4)) == Block(
            top=5, left=3, rows=1, cols=1
        )
        assert block.meeting(Block(top=6, left=3, rows=1, cols=1)) is None

    def test_wider_cells_by_hand(self) -> None:
        """Those that it touches, and what lies under them, as far as the grid goes."""
        wide = Block(top=1, left=2, rows=2, cols=2).coarser(2)
        assert wide == Block(top=0, left=1, rows=2, cols=1)
        assert Block(top=0, left=1, rows=2, cols=2).finer(2, (3, 5)) == Block(
            top=0, left=2, rows=3, cols=3
        )

    @pytest.mark.parametrize("cell_px", [1, 2, 3])
    def test_blocks_of_wider_cells_cover_a_grid_once(self, cell_px: int) -> None:
        """No cell is left out and none is told twice."""
        grid = Grid(crs=WGS84, transform=Affine(0.1, 0, 40, 0, -0.1, 35), shape=(7, 11))
        times = np.zeros(grid.shape, int)
        many = grid.coarser(cell_px).shape
        for row, col in np.ndindex(many):
            times[Block(top=row, left=col, rows=1, cols=1).finer(cell_px, grid.shape).slices] += 1
        assert (times == 1).all()
        assert Block.whole(grid.shape).coarser(cell_px) == Block.whole(many)

    def test_its_grid_has_the_same_cells(self) -> None:
        """A cell's corner is where it was."""
        grid = Grid(crs=WGS84, transform=Affine(0.1, 0, 40, 0, -0.1, 35), shape=(20, 30))
        part = Block(top=2, left=3, rows=4, cols=5).cut(grid)
        assert part.shape == (4, 5)
        assert part.transform @ (0, 0) == pytest.approx(grid.transform @ (3, 2))

    def test_a_raster_in_memory_is_read_by_blocks(self) -> None:
        """The values are those of the whole."""
        grid = Grid(crs=WGS84, transform=Affine(0.1, 0, 40, 0, -0.1, 35), shape=(4, 5))
        values = np.arange(20, dtype=np.float32).reshape(1, 4, 5)
        raster = Raster(grid=grid, bands=("a",), values=values)
        source = RasterInMemory(raster=raster)
        part = source.read(Block(top=1, left=2, rows=2, cols=3))
        np.testing.assert_array_equal(part.values, values[:, 1:3, 2:5])
        assert (source.grid, source.bands, part.bands) == (grid, ("a",), ("a",))


class TestSheet:
    """Layers that may be larger than memory."""

    @pytest.mark.parametrize("limit", [10, 10_000])
    def test_it_holds_what_is_written_after_memory_is_given_back(self, limit, monkeypatch) -> None:
        """As a file or not, whole or by strips."""
        monkeypatch.setattr(geo.grid, "IN_MEMORY_CELLS", limit)
        monkeypatch.setattr(geo.grid, "STRIP_CELLS", 100)
        layer = sheet((30, 20), np.float32(np.nan))
        assert layer.dtype == np.float32
        assert np.isnan(layer).all()
        layer[3:9] = 7
        give_back(layer)
        give_back(layer[2:, 5:])
        assert (layer == 7).sum() == 120
        assert [rows.start for rows in strips(layer.shape)] == list(range(0, 30, 5))

    def test_giving_back_what_is_no_file_does_nothing(self) -> None:
        """An array of its own, and part of one."""
        plain = np.ones((4, 4))
        give_back(plain)
        give_back(plain[1:])
        assert plain.all()
