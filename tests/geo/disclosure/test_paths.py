"""Routes from cell to cell, and what they tell of where they begin."""

from __future__ import annotations

import itertools
import math
import struct

import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from geo.disclosure import cell_of
from geo.grid import geodesic_distance_m
from geo.model import Audience, Precision, Record
from tests.viewed_frames import (
    INTERNAL,
    PARTNER,
    PUBLIC,
    a_record,
    few_examples,
    one,
    stored,
    told,
)

GATE = (43.4, 36.0625)
"""Where the road leaves the cell 43.3 to 43.4 E, 36.0 to 36.1 N."""

BEYOND = ((43.4625, 36.0875), (43.5375, 36.3125), (43.2125, 36.7625), (42.8125, 36.8375))
"""The way on, as somebody else's map may hold it."""

ROUTE_NUMBERS = (
    "share", "share_low", "share_high", "time_h", "time_h_low", "time_h_high", "length_km",
)  # fmt: skip


def a_route(*lonlats: tuple[float, float], number: int = 1, **fields: object) -> Record:
    """A route along these places at 60 km/h, its length that of its line, its share a third."""
    (length_m,) = [geodesic_length_m(lonlats)]
    numbers = {
        "length_km": length_m / 1000,
        "time_h": length_m / 60_000,
        "time_h_low": length_m / 80_000,
        "time_h_high": length_m / 30_000,
        "share": 1 / 3,
        "share_low": 0.118,
        "share_high": 0.641,
    }
    told = {
        "geometry": LineString(lonlats),
        "precision": Precision.EXACT,
        "passes": "a village 300 m from the mound; Mosul",
        "provenance": '{"origin": [43.3287, 36.0984]}',
        "note": "from the spring",
    }
    return a_record("routes", number, **(numbers | told | fields))


def geodesic_length_m(lonlats: tuple[tuple[float, float], ...]) -> float:
    """Length of a way on the ellipsoid."""
    return sum(geodesic_distance_m(one, other) for one, other in itertools.pairwise(lonlats))


inside = st.tuples(st.floats(43.3001, 43.3999), st.floats(36.0001, 36.0999))
"""Any origin in the cell."""


class TestRoutes:
    """What a route tells of its origin."""

    @pytest.mark.parametrize("audience", [PUBLIC, PARTNER])
    def test_a_route_goes_from_middle_to_middle_of_the_cells_it_passes(self, audience: Audience):
        """East, north-east across an edge, then north: five cells, reckoned by hand."""
        way = ((43.32, 36.08), (43.44, 36.08), (43.46, 36.12), (43.46, 36.21))
        row = one("routes", audience, geometry=LineString(way), precision=Precision.EXACT)
        assert shapely.get_coordinates(row["geometry"]).tolist() == [
            [43.35, 36.05], [43.45, 36.05], [43.45, 36.15], [43.45, 36.25],
        ]  # fmt: skip
        assert row["generalised"]
        assert row["cell_deg"] == 0.1
        assert row["precision"] == "town"

    @pytest.mark.parametrize(
        "way",
        [
            ((43.31, 36.01), (43.39, 36.09)),
            ((43.31, 36.01), (43.31, 36.01)),
            ((43.35, 36.05), (43.45, 36.05), (43.35, 36.06)),
        ],
    )
    def test_a_route_that_ends_in_its_first_cell_is_that_cell(
        self, way: tuple[tuple[float, float], ...]
    ):
        """Also one that leaves it for a while, and one without length."""
        row = one("routes", PUBLIC, geometry=LineString(way), length_km=3.0, time_h=0.2)
        assert row["geometry"].equals(box(43.3, 36.0, 43.4, 36.1))
        assert (row["length_km"], row["time_h"]) == (10.0, 1.0)

    def test_the_way_before_the_first_cell_is_left_for_good_is_not_told(self):
        """A turn into the next cell and back would tell on which side the origin lies."""
        turning = a_route((43.39, 36.05), (43.42, 36.05), (43.39, 36.07), GATE, *BEYOND)
        straight = a_route((43.31, 36.01), GATE, *BEYOND)
        shown = told(stored("routes", [turning, straight]), PUBLIC, kind="routes")
        assert shown.geometry.iloc[0].equals_exact(shown.geometry.iloc[1], tolerance=0)
        assert shown["length_km"].nunique() == shown["time_h"].nunique() == 1

    def test_a_road_along_a_line_of_the_grid_is_no_comb(self):
        """It passes now north and now south of 36.1 N; each cell is told once, without the loop."""
        wiggles = [(43.42 + 0.03 * n, 36.1 + 0.004 * (-1) ** n) for n in range(12)]
        row = one("routes", PUBLIC, geometry=LineString([(43.35, 36.05), *wiggles]))
        vertices = shapely.get_coordinates(row["geometry"])
        assert len(np.unique(vertices, axis=0)) == len(vertices)
        assert np.all(np.diff(vertices[:, 0]) >= 0)

    def test_numbers_are_those_beyond_the_first_cell_in_coarse_steps(self):
        """To 10 km, up to whole hours, to 5 %; what is unknown stays unknown."""
        beyond_km = geodesic_length_m((GATE, *BEYOND)) / 1000
        assert 126 < beyond_km < 127
        row = told(
            stored("routes", [a_route((43.31, 36.01), GATE, *BEYOND)]), PUBLIC, kind="routes"
        ).iloc[0]
        assert [row[name] for name in ROUTE_NUMBERS] == [0.35, 0.1, 0.65, 3, 2, 5, 130]
        unknown = one("routes", PUBLIC, geometry=LineString([(43, 36), (44, 37)]), time_h=None)
        assert math.isnan(unknown["time_h"])
        assert math.isnan(unknown["length_km"])

    @few_examples
    @given(one_origin=inside, other=inside, audience=st.sampled_from([PUBLIC, PARTNER]))
    def test_every_origin_in_a_cell_is_told_alike(
        self, one_origin: tuple[float, float], other: tuple[float, float], audience: Audience
    ):
        """Where the way beyond the cell is the same, so is everything that leaves the office."""
        shown = [
            told(stored("routes", [a_route(origin, GATE, *BEYOND)]), audience, kind="routes")
            for origin in (one_origin, other)
        ]
        assert_geodataframe_equal(*shown)
        assert shown[0].geometry.to_wkb().equals(shown[1].geometry.to_wkb())
        assert shown[0].total_bounds.tolist() == shown[1].total_bounds.tolist()
        assert shown[0].geometry.iloc[0].length == shown[1].geometry.iloc[0].length

    @few_examples
    @given(one_origin=inside, other=inside)
    def test_a_straight_way_to_a_far_road_does_not_tell_its_direction(
        self, one_origin: tuple[float, float], other: tuple[float, float]
    ):
        """Over several cells, it is told by its ends; which cells it crosses would be a bearing."""
        road = ((43.7125, 36.4625), (43.9125, 36.4625))
        shown = [
            told(stored("routes", [a_route(origin, *road)]), PUBLIC, kind="routes")
            for origin in (one_origin, other)
        ]
        assert shapely.get_coordinates(shown[0].geometry).tolist() == [
            [43.35, 36.05], [43.75, 36.45], [43.85, 36.45], [43.95, 36.45],
        ]  # fmt: skip
        assert shown[0].geometry.to_wkb().equals(shown[1].geometry.to_wkb())

    @few_examples
    @given(
        lonlats=st.lists(st.tuples(st.floats(38, 48), st.floats(30, 38)), min_size=2, max_size=6),
        audience=st.sampled_from([PUBLIC, PARTNER]),
    )
    def test_no_coordinate_finer_than_the_grid_leaves(
        self, lonlats: list[tuple[float, float]], audience: Audience
    ):
        """Vertices are middles of cells, beside each other from the road on; the first is first."""
        row = one("routes", audience, geometry=LineString(lonlats))
        vertices = shapely.get_coordinates(row["geometry"])
        twentieths = np.round(vertices * 20)
        assert np.array_equal(vertices, twentieths / 20)
        west, south, east, north = cell_of(lonlats[0], 0.1)
        if row["geometry"].geom_type == "Polygon":
            assert row["geometry"].equals(box(west, south, east, north))
            return
        assert np.all(twentieths % 2 == 1)
        assert west < vertices[0, 0] < east
        assert south < vertices[0, 1] < north
        steps = np.abs(np.diff(twentieths, axis=0)).max(axis=1)
        assert np.all(steps[1:] == 2)
        assert steps[0] >= 2
        assert box(*cell_of(tuple(vertices[-1]), 0.1)).distance(Point(lonlats[-1])) < 1e-6

    @pytest.mark.parametrize("audience", [PUBLIC, PARTNER])
    def test_no_digit_of_the_origin_is_found_in_any_export(self, audience: Audience):
        """In no column, no text and no double, also not in the name of a drawn place."""
        origin = (43.3287, 36.0984)
        route = a_route(origin, GATE, *BEYOND, origin_name="43.3287 E, 36.0984 N")
        shown = told(stored("routes", [route]), audience, kind="routes")
        text = shown.to_json(default=str) + shown.to_wkt().to_csv() + str(shown.total_bounds)
        assert "43.328" not in text
        assert "36.098" not in text
        assert "village" not in text
        binary = b"".join(shown.geometry.to_wkb())
        assert not any(struct.pack("<d", degrees) in binary for degrees in origin)
        assert shown["origin_name"].tolist() == ["a place in the cell 36 to 36.1 N, 43.3 to 43.4 E"]

    def test_a_run_from_a_secret_place_loses_its_id(self):
        """The id is a hash: who has all other inputs would try each place in the cell."""
        ids = ["RT-0000000001", "RT-0000000001", "RT-0000000002", "RT-0000000001"]
        of_site = ["", "", "open", "sensitive"]
        frame = stored(
            "routes",
            [
                a_route((43.3287, 36.0984), GATE, number=n, study_id=study, site_id=site)
                for n, (study, site) in enumerate(zip(ids, of_site, strict=True), start=1)
            ],
        )
        known = {"open": "none", "sensitive": "3"}
        partner, public, office = (
            told(frame, audience, kind="routes", site_sensitivity=known)
            for audience in (PARTNER, PUBLIC, INTERNAL)
        )
        first = "RT-withheld-1"
        told_ids = [f"{first}-1", f"{first}-2", f"{first}-4", "X003"]
        assert partner["id"].tolist() == told_ids
        assert partner["study_id"].tolist() == [first, first, first, "RT-0000000002"]
        assert sorted(public["id"]) == sorted([*told_ids[:3], "RT-withheld-2-3"])
        assert office["id"].tolist() == frame["id"].tolist()

    def test_the_office_has_the_route_itself(self):
        """Line, numbers, towns and provenance as held."""
        frame = stored("routes", [a_route((43.3287, 36.0984), GATE, *BEYOND)])
        shown = told(frame, INTERNAL, kind="routes")
        assert_geodataframe_equal(shown[list(frame.columns)], frame)
        assert not shown["generalised"].any()

    @few_examples
    @given(
        lonlats=st.lists(st.tuples(st.floats(38, 48), st.floats(30, 38)), min_size=2, max_size=6)
    )
    def test_a_route_told_coarsely_is_told_the_same_again(self, lonlats: list[tuple[float, float]]):
        """A file that a partner gives on to the public loses nothing more."""
        frame = stored("routes", [a_route(*lonlats)])
        once = told(frame, PARTNER, kind="routes")
        twice = told(once, PUBLIC, kind="routes")
        assert_geodataframe_equal(twice, once)

    def test_a_route_in_several_parts_is_one_line(self):
        """Where parts do not meet, the cells between them are passed straight."""
        parts = shapely.MultiLineString([[(43.32, 36.05), (43.42, 36.05)], [(43.62, 36.05), GATE]])
        row = one("routes", PUBLIC, geometry=parts)
        assert row["geometry"].geom_type == "LineString"
        assert shapely.get_coordinates(row["geometry"])[0].tolist() == [43.35, 36.05]
