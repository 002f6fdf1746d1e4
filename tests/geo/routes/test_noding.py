"""Roads cut where they meet and where the area ends."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, box

from geo.errors import BadInput
from geo.grid import ELLIPSOID
from geo.pipeline.installation import read_facts
from geo.routes.noding import lengths_m, links_of_ways
from geo.ways import ways_of_links
from tests.geo.routes.small_networks import AREA, NORTH_M, strip, ways

LATTICE = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(
    lambda at: (44 + at[0] / 100, 36 + at[1] / 100)
)
LINES = st.lists(
    st.lists(LATTICE, min_size=2, max_size=6).filter(lambda line: len(set(line)) > 1),
    min_size=1,
    max_size=6,
)
"""Lines on a lattice, so that they meet, repeat vertices, and turn back on themselves."""


def ends(links) -> list[tuple]:
    """Where each link begins and ends."""
    begin, end = links.node_lonlat[links.tail], links.node_lonlat[links.head]
    return [(*a, *b) for a, b in zip(begin.round(4).tolist(), end.round(4).tolist(), strict=True)]


def test_a_crossing_at_a_shared_vertex_makes_four_links() -> None:
    """Two roads of two segments that share their middle vertex."""
    links = links_of_ways(
        ways([[(43.9, 36), (44, 36), (44.1, 36)], [(44, 35.9), (44, 36), (44, 36.1)]]), AREA
    )
    assert len(links.lines) == 4
    assert len(links.node_lonlat) == 5
    assert links.way.tolist() == [0, 0, 1, 1]
    assert ends(links)[0] == (43.9, 36, 44, 36)


def test_roads_that_cross_without_a_vertex_do_not_meet() -> None:
    """One is a bridge over the other."""
    links = links_of_ways(ways([[(43.9, 36), (44.1, 36)], [(44, 35.9), (44, 36.1)]]), AREA)
    assert len(links.lines) == 2
    assert len(links.node_lonlat) == 4


def test_vertices_meet_to_a_centimetre_and_no_farther() -> None:
    """Eight decimals apart is the same place, six are not."""
    for apart, nodes in ((1e-8, 3), (1e-6, 4)):
        links = links_of_ways(
            ways([[(44, 36), (44, 36.1)], [(44 + apart, 36.1), (44, 36.2)]]), AREA
        )
        assert len(links.node_lonlat) == nodes


def test_vertices_of_one_road_only_are_no_nodes() -> None:
    """A road of many bends is one link that keeps them."""
    bends = [(44 + 0.01 * n, 36 + 0.01 * (n % 2)) for n in range(9)]
    links = links_of_ways(ways([bends]), AREA)
    assert len(links.lines) == 1
    assert shapely.get_num_points(links.lines[0]) == 9


def test_a_ring_is_a_loop_until_a_road_meets_it() -> None:
    """Alone it is one link from its node to itself; with a road at another vertex it is three."""
    ring = [(44, 36), (44.1, 36), (44.1, 36.1), (44, 36)]
    alone = links_of_ways(ways([ring]), AREA)
    assert alone.tail.tolist() == alone.head.tolist() == [0]
    met = links_of_ways(ways([ring, [(44.1, 36), (44.2, 36)]]), AREA)
    assert len(met.lines) == 3
    assert len(met.node_lonlat) == 3


def test_parallel_roads_between_the_same_ends_stay_two() -> None:
    """A river road and a hill road."""
    links = links_of_ways(
        ways([[(44, 36), (44.1, 36.05), (44, 36.1)], [(44, 36), (43.9, 36.05), (44, 36.1)]]), AREA
    )
    assert links.tail.tolist() == [0, 0]
    assert links.head.tolist() == [1, 1]


def test_a_figure_of_eight_is_cut_where_it_meets_itself() -> None:
    """A vertex that stands twice in one line is a junction."""
    eight = [(43.9, 35.9), (44, 36), (44.1, 36.1), (44.1, 35.9), (44, 36), (43.9, 36.1)]
    links = links_of_ways(ways([eight]), AREA)
    assert len(links.lines) == 3
    assert (links.tail == links.head).sum() == 1


def test_repeated_vertices_and_lines_without_length_go() -> None:
    """As some exports have them."""
    links = links_of_ways(
        ways([[(44, 36), (44, 36), (44, 36.1), (44, 36.1)], [(44.5, 36), (44.5, 36)]]), AREA
    )
    assert len(links.lines) == 1
    assert shapely.get_num_points(links.lines[0]) == 2


def test_a_road_ends_where_the_area_ends() -> None:
    """0.1 of 0.3 degrees is inside, and the end lies on the border."""
    links = links_of_ways(ways([[(44, 36), (44, 36.3)]]), strip(35.8, 36.1))
    assert ends(links) == [(44, 36, 44, 36.1)]
    assert links.length_m[0] == pytest.approx(NORTH_M, rel=1e-4)


def test_a_road_that_comes_back_is_two_links() -> None:
    """Out of the area and in again, in its own direction, also through a hole and against x."""
    line = [(44.5, 36), (44.4, 36), (44.4, 36.2), (44.2, 36.2), (44.2, 36), (44.1, 36)]
    links = links_of_ways(ways([line]), strip(35.9, 36.1))
    assert ends(links) == [(44.5, 36, 44.4, 36.1), (44.2, 36.1, 44.1, 36)]
    hole = strip(35.9, 36.1) - box(44.25, 35.95, 44.35, 36.05)
    assert ends(links_of_ways(ways([[(44.5, 36), (44.1, 36)]]), hole)) == [
        (44.5, 36, 44.35, 36),
        (44.25, 36, 44.1, 36),
    ]


def test_a_cut_does_not_cut_a_road_at_its_own_bridge() -> None:
    """A road that passes over itself, and leaves the area elsewhere, has no junction there."""
    line = [(44, 36), (44.2, 36), (44.2, 36.05), (44.1, 36.05), (44.1, 35.95), (44.1, 35.7)]
    links = links_of_ways(ways([line]), strip(35.9, 36.1))
    assert len(links.lines) == 1


def test_roads_outside_the_area_are_left_out() -> None:
    """Also one that only touches it, and all of them."""
    outside = ways([[(44, 36.2), (44.1, 36.2)], [(44, 36.1), (44, 36.2)]])
    links = links_of_ways(outside, strip(35.9, 36.1))
    assert len(links.lines) == 0
    assert links.node_lonlat.shape == (0, 2)
    assert len(links_of_ways(outside.iloc[:0], AREA).lines) == 0


def test_an_area_may_have_several_parts() -> None:
    """A road across the gap between them is in both."""
    parts = MultiPolygon([box(43, 35, 44, 37), box(44.5, 35, 45, 37)])
    assert ends(links_of_ways(ways([[(43.5, 36), (44.6, 36)]]), parts)) == [
        (43.5, 36, 44, 36),
        (44.5, 36, 44.6, 36),
    ]


def test_a_stated_length_goes_before_the_lines() -> None:
    """30 km for a line of 22.2 km: half of it inside the area has 15 km."""
    line = [(44, 36), (44, 36.1), (44, 36.2)]
    road = ways([line, [(44, 36.1), (44.1, 36.1)]], length_km=[30.0, np.nan])
    links = links_of_ways(road, AREA)
    assert links.length_m[links.way == 0].sum() == pytest.approx(30_000, rel=1e-9)
    half = links_of_ways(road, strip(35.9, 36.1))
    assert half.length_m[half.way == 0].sum() == pytest.approx(15_000, rel=1e-4)


@given(lines=LINES)
def test_noding_conserves_length(lines) -> None:
    """The links of a way are together as long as the way, and follow one another."""
    road = ways(lines)
    links = links_of_ways(road, AREA)
    whole = lengths_m(np.asarray(road.geometry.array))
    parts = np.bincount(links.way, weights=links.length_m, minlength=len(road))
    assert parts == pytest.approx(whole, abs=1e-6)
    assert lengths_m(links.lines) == pytest.approx(links.length_m, abs=1e-6)


@given(lines=LINES)
def test_every_shared_vertex_is_a_node_and_every_end_is_one(lines) -> None:
    """Compared with counting vertices in a dictionary."""
    seen: dict[tuple, int] = {}
    wanted = set()
    for line in lines:
        clean = [at for number, at in enumerate(line) if number == 0 or at != line[number - 1]]
        wanted |= {clean[0], clean[-1]}
        for at in clean:
            seen[at] = seen.get(at, 0) + 1
    wanted |= {at for at, count in seen.items() if count > 1}
    links = links_of_ways(ways(lines), AREA)
    found = {(round(lon, 6), round(lat, 6)) for lon, lat in links.node_lonlat}
    assert found == {(round(lon, 6), round(lat, 6)) for lon, lat in wanted}


@given(lines=LINES)
def test_a_cut_area_and_its_rest_share_the_length(lines) -> None:
    """What lies in the north and what lies in the south add up to the whole."""
    road = ways(lines)
    parts = [links_of_ways(road, strip(*at)) for at in ((35, 36.015), (36.015, 37))]
    whole = lengths_m(np.asarray(road.geometry.array)).sum()
    assert sum(part.length_m.sum() for part in parts) == pytest.approx(whole, rel=1e-6)


def test_lengths_are_measured_on_the_ellipsoid() -> None:
    """Each line's segments one by one, and none between lines."""
    lines = [LineString([(44, 36), (45, 36), (45, 37)]), LineString([(43, 33), (43, 34)])]
    wanted = [ELLIPSOID.geometry_length(line) for line in lines]
    assert lengths_m(np.array(lines, dtype=object)) == pytest.approx(wanted)


def test_what_is_no_line_is_refused_by_its_name() -> None:
    """With the way that it is."""
    road = ways([[(44, 36), (44, 36.1)]] * 2)
    road.loc[1, "geometry"] = Point(44, 36)
    with pytest.raises(BadInput, match=r"way 'W1' is POINT \(44 36\).*expected a LineString"):
        links_of_ways(road, AREA)
    road.loc[1, "geometry"] = LineString([(44, 36), (44, 136)])
    with pytest.raises(BadInput, match=r"way 'W1' has a vertex at longitude 44\.0, latitude 136"):
        links_of_ways(road, AREA)


def test_the_cited_links_become_links_as_they_are() -> None:
    """231 of them between 172 places; a stated length is kept."""
    road = ways_of_links(read_facts("roads").frame)
    links = links_of_ways(road, box(25, 15, 60, 45))
    assert len(links.lines) == len(road) == 231
    stated = road["length_km"].to_numpy()[links.way] * 1000
    known = ~np.isnan(stated)
    assert links.length_m[known] == pytest.approx(stated[known])
