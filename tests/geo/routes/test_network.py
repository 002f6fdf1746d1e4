"""The network of an area: places joined, ground laid out, and what each edge takes."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString, Point, box

from geo.errors import BadInput, InvalidSetting, MissingColumns
from geo.grid import ELLIPSOID
from geo.routes.network import ACCESS, OFFROAD, Network, build_network, edge_cost_s, edge_time_s
from tests.geo.routes.small_networks import (
    AREA,
    NORTH_M,
    mode,
    places,
    strip,
    terrain,
    tilted,
    watched,
    ways,
)

CAR, ROVER, WALKER = mode("vehicle"), mode("off_road"), mode("foot")

ROAD = [(44, 36), (44, 36.1)]
"""A road of 11.1 km to the north."""


def network(road, *, to=None, by=CAR, **options) -> Network:
    """The network of these roads and places in `AREA`."""
    options = {"area_lonlat": AREA, "places": places(**(to or {})), **options}
    return build_network(road, mode=by, **options)


def seconds(found: Network, begin: str, end: str, *, parameters=None, cost_s=None) -> float:
    """Cheapest way between two places, by scipy."""
    given = edge_time_s(found, parameters or CAR.best()) if cost_s is None else cost_s
    graph, nodes = found.graph, found.graph.nodes
    cheapest: dict[tuple[int, int], float] = {}
    for tail, head, cost in zip(graph.tail, graph.head, given, strict=True):
        cheapest[tail, head] = min(cost, cheapest.get((tail, head), np.inf))
    pairs = np.array([pair for pair, cost in cheapest.items() if np.isfinite(cost)]).reshape(-1, 2)
    costs = [cost for cost in cheapest.values() if np.isfinite(cost)]
    matrix = csr_array((costs, (pairs[:, 0], pairs[:, 1])), shape=(nodes, nodes))
    return float(dijkstra(matrix, indices=found.place_node[begin])[found.place_node[end]])


def links_of(found: Network, name: str):
    """Numbers of the links of a class."""
    return np.flatnonzero(found.link_class == found.classes.index(name))


def test_a_straight_road_takes_its_length_over_its_speed() -> None:
    """11.1 km of primary road at 65 km/h are 614.6 s, either way."""
    found = network(ways([ROAD]), to={"A": ROAD[0], "B": ROAD[1]})
    assert seconds(found, "A", "B") == pytest.approx(NORTH_M * 3.6 / 65)
    assert seconds(found, "B", "A") == pytest.approx(614.55, abs=0.1)
    assert found.place_access_m == {"A": 0, "B": 0}
    assert not found.unattached


@pytest.mark.parametrize(
    ("columns", "kmh"),
    [
        ({"road_class": ["motorway"]}, 90),
        ({"road_class": ["track"]}, 15),
        ({"road_class": ["track"], "surface": ["sand"]}, 15),
        ({"surface": ["gravel"]}, 32.5),
        ({"surface": ["asphalt"]}, 65),
        ({"surface": ["soup"]}, 65),
        ({"maxspeed_kmh": [40.0]}, 40),
        ({"maxspeed_kmh": [120.0]}, 65),
        ({"maxspeed_kmh": [40.0], "surface": ["dirt"]}, 32.5),
        ({"maxspeed_kmh": [0.0]}, 65),
        ({"road_class": ["goat trail"]}, 25),
    ],
)
def test_class_surface_and_limit_decide_the_speed(columns: dict, kmh: float) -> None:
    """A limit slows only; unpaved halves, but not a track; nonsense counts little."""
    found = network(ways([ROAD], **columns), to={"A": ROAD[0], "B": ROAD[1]})
    assert seconds(found, "A", "B") == pytest.approx(NORTH_M * 3.6 / kmh)


def test_a_schematic_link_is_longer_than_its_line_unless_it_states_its_length() -> None:
    """The measured detour of 1.11 is laid on the straight line, and not on stated kilometres."""
    for stated, length in ((np.nan, 1.11 * NORTH_M), (13.0, 13_000)):
        road = ways([ROAD], schematic=[True], length_km=[stated])
        found = network(road, to={"A": ROAD[0], "B": ROAD[1]})
        assert seconds(found, "A", "B") == pytest.approx(length * 3.6 / 65)
        assert found.link_schematic.all()
        assert "1 of 1 pieces of road are straight links" in found.remarks[0]
    drawn = dataclasses.replace(CAR.best(), detour_factor=1.3)
    again = network(ways([ROAD], schematic=[True]), to={"A": ROAD[0], "B": ROAD[1]})
    assert seconds(again, "A", "B", parameters=drawn) == pytest.approx(1.3 * NORTH_M * 3.6 / 65)


def test_a_one_way_road_is_a_trap_at_its_end() -> None:
    """One gets in and never out, with the digits or against them; on foot one walks back."""
    for oneway, begin, end in ((1, "A", "B"), (-1, "B", "A")):
        road = ways([ROAD], oneway=[oneway])
        found = network(road, to={"A": ROAD[0], "B": ROAD[1]})
        assert np.isfinite(seconds(found, begin, end))
        assert np.isinf(seconds(found, end, begin))
        walked = network(road, to={"A": ROAD[0], "B": ROAD[1]}, by=WALKER, cell_m=5000)
        assert np.isfinite(seconds(walked, end, begin, parameters=WALKER.best()))


@pytest.mark.parametrize("access", ["no", "private"])
def test_a_closed_road_bars_everybody_and_serves_no_place(access: str) -> None:
    """Neither through traffic nor the place beside it, which is joined to the road farther off."""
    other = [(44.02, 36), (44.02, 36.1)]
    road = ways([ROAD, other], access=[access, "permissive"])
    found = network(road, to={"A": (44.001, 36.05)})
    closed = np.isin(found.graph.link, np.flatnonzero(found.link_way == 0))
    assert np.isinf(edge_time_s(found, CAR.best())[closed]).all()
    assert found.place_access_m["A"] == pytest.approx(19 / 20 * 1803, rel=0.01)


def test_a_place_is_joined_to_the_nearest_point_of_a_road() -> None:
    """The road is cut beside the place: 900 m to it and 5.5 km on, not 5.5 km to a junction."""
    found = network(ways([ROAD]), to={"A": (44.01, 36.05), "B": ROAD[1]})
    away = ELLIPSOID.inv(44.01, 36.05, 44, 36.05)[2]
    assert found.place_access_m["A"] == pytest.approx(away, rel=1e-6)
    wanted = away * 1.11 * 3.6 / 15 + NORTH_M / 2 * 3.6 / 65
    assert seconds(found, "A", "B") == pytest.approx(wanted, rel=1e-4)
    assert links_of(found, ACCESS).size == 1
    assert (links_of(found, "primary").size, found.graph.nodes) == (2, 4)


def test_pieces_of_a_cut_road_keep_its_length() -> None:
    """Of stated 13 km, and whichever places cut it."""
    road = ways([[(44, 36), (44.03, 36.05), (44, 36.1)]], length_km=[13.0])
    to = {f"P{n}": (43.99, 36.01 + 0.02 * n) for n in range(4)}
    found = network(road, to={**to, "again": to["P1"]})
    primary = links_of(found, "primary")
    assert found.link_length_m[primary].sum() == pytest.approx(13_000)
    assert (found.link_way[primary] == 0).all()
    assert found.place_node["again"] != found.place_node["P1"]


def test_a_place_beside_the_end_of_a_road_is_joined_to_the_end() -> None:
    """Without a splinter of road of half a metre."""
    found = network(ways([ROAD]), to={"A": (44.01, 36.000004)})
    assert found.graph.nodes == 3
    assert links_of(found, "primary").size == 1


def test_a_place_on_the_road_is_on_the_road() -> None:
    """Half a metre beside it is no line, and two such places share their node."""
    found = network(ways([ROAD]), to={"A": (44.000005, 36.05), "B": (44.000005, 36.05)})
    assert found.place_access_m == {"A": 0, "B": 0}
    assert found.place_node["A"] == found.place_node["B"]
    assert links_of(found, ACCESS).size == 0


def test_a_place_is_joined_to_several_roads_that_are_similarly_near() -> None:
    """At most three, and none that is half as far again."""
    for lons, joined in (
        ([43.98, 43.99, 44.01, 44.02, 44.03], 2),
        ([43.989, 43.99, 44.01, 44.0105, 44.011], 3),
    ):
        across = [(lon, 36) for lon in lons]
        road = ways([across, *([(lon, 36), (lon, 36.1)] for lon in lons)])
        found = network(road, to={"A": (44.0, 36.05)})
        assert links_of(found, ACCESS).size == joined


def test_a_junction_is_joined_once() -> None:
    """Four roads that meet where the place is nearest are one way to it."""
    cross = [
        [(44, 36), (44 + dx, 36 + dy)] for dx, dy in ((0, 0.1), (0, -0.1), (-0.1, 0), (-0.1, 0.1))
    ]
    found = network(ways(cross), to={"A": (44.01, 36)})
    assert links_of(found, ACCESS).size == 1


def test_a_stray_piece_of_road_cuts_no_place_off() -> None:
    """A farm track near the site leads nowhere: the main road beyond it serves the site as well."""
    farm = [(44.1, 36.04), (44.1, 36.06)]
    found = network(ways([ROAD, farm]), to={"A": (44.101, 36.05), "B": ROAD[1]})
    assert np.isfinite(seconds(found, "A", "B"))
    assert links_of(found, ACCESS).size == 2
    assert any("join places to the network where no road is known" in it for it in found.remarks)


def test_parts_that_do_not_meet_stay_apart() -> None:
    """Two roads 90 km from each other, a place on each: no way, and no error."""
    found = network(ways([ROAD, [(44.99, 36), (44.99, 36.1)]]), to={"A": ROAD[0], "B": (44.99, 36)})
    assert np.isinf(seconds(found, "A", "B"))


def test_a_place_that_nothing_serves_says_why() -> None:
    """Without coordinates, outside the area, and too far from any road, in words."""
    found = network(
        ways([ROAD]),
        to={"posts/none": None, "posts/sea": (50, 30), "معبر": (44.9, 36), "posts/empty": Point()},
    )
    assert found.place_node == found.place_access_m == {}
    assert found.unattached == {
        "posts/none": "its coordinates are not known",
        "posts/empty": "its coordinates are not known",
        "posts/sea": "it lies outside the area of this study",
        "معبر": "no road or track is known within 60 km of it",
    }


def test_a_loop_serves_a_place_on_it() -> None:
    """A ring road with one entrance: the place lies on the way round, either way."""
    ring = [(44, 36), (44.05, 36.05), (44, 36.1), (43.95, 36.05), (44, 36)]
    found = network(ways([ring, [(44, 35.9), (44, 36)]]), to={"A": (44, 36.1), "B": (44, 35.9)})
    half = ELLIPSOID.geometry_length(LineString(ring[:3]))
    rest = ELLIPSOID.inv(44, 35.9, 44, 36)[2]
    assert seconds(found, "B", "A") == pytest.approx((half + rest) * 3.6 / 65)


def test_both_directions_of_a_link_share_its_number() -> None:
    """Each link is two edges, there and back."""
    found = network(ways([ROAD, [(44, 36.1), (44.1, 36.1)]]), to={"A": (44.01, 36.05)})
    graph = found.graph
    for link in range(len(found.link_geometry)):
        there, back = np.flatnonzero(graph.link == link)
        assert (graph.tail[there], graph.head[there]) == (graph.head[back], graph.tail[back])


@given(data=st.data())
def test_reversing_lines_changes_nothing_on_two_way_roads(data) -> None:
    """The times between all places are those of the roads drawn the other way."""
    spots = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(
        lambda at: (44 + at[0] / 50 + at[1] ** 2 / 300, 36 + at[1] / 50 + at[0] ** 2 / 410)
    )
    lines = data.draw(
        st.lists(st.lists(spots, min_size=2, max_size=4, unique=True), min_size=1, max_size=5)
    )
    turned = [line[::-1] if data.draw(st.booleans()) else line for line in lines]
    to = {"A": (44.013, 36.007), "B": lines[0][0], "C": (43.97, 36.05)}
    found, again = network(ways(lines), to=to), network(ways(turned), to=to)
    assert found.place_access_m == pytest.approx(again.place_access_m)
    for begin, end in (("A", "B"), ("B", "C"), ("C", "A")):
        assert seconds(found, begin, end) == pytest.approx(seconds(again, begin, end), rel=1e-9)


def test_avoidance_adds_what_being_watched_is_worth() -> None:
    """A post in the middle of a long road: 4 km watched in all, of 600 s each."""
    road = ways([[(44, 35.5), (44, 36.5)]])
    found = network(road, to={"A": (44, 35.5), "B": (44, 36.5)}, watched=watched(post=(44, 36)))
    assert found.edge_watch_m[0] == pytest.approx(4000, rel=0.01)
    plain = edge_time_s(found, CAR.best())
    assert edge_cost_s(found, CAR.best(), avoidance=0) == pytest.approx(plain)
    dearer = edge_cost_s(found, CAR.best(), avoidance=0.5) - plain
    assert dearer == pytest.approx(0.5 * 600 * found.edge_watch_m / 1000)


def test_a_town_counts_once_on_a_road_cut_there() -> None:
    """Two pieces of 2 km watched each, times the weight of a town, and nothing far away."""
    found = network(
        ways([[(44, 35.5), (44, 36)], [(44, 36), (44, 36.5)], [(44.9, 36), (44.9, 36.1)]]),
        watched=watched(town=(44, 36)),
    )
    links = found.edge_watch_m[np.argsort(found.graph.link, kind="stable")][::2]
    assert links == pytest.approx([600, 600, 0], rel=0.01, abs=0.01)


def test_the_closest_watcher_counts_and_not_the_crowd() -> None:
    """A post in a town is watched like a post."""
    road = ways([[(44, 35.5), (44, 36.5)]])
    both = network(road, watched=watched(post=(44, 36), town=(44, 36), check=(44, 36)))
    assert both.edge_watch_m[0] == pytest.approx(4000, rel=0.01)


def test_closed_links_are_barred_both_ways() -> None:
    """The other road of two takes its place."""
    lines = [ROAD, [(44, 36), (44.2, 36.05), (44, 36.1)]]
    found = network(ways(lines), to={"A": ROAD[0], "B": ROAD[1]})
    (direct,) = np.flatnonzero(found.link_way == 0)
    cost = edge_cost_s(found, CAR.best(), avoidance=0, closed_links=[direct])
    assert np.isinf(cost[found.graph.link == direct]).all()
    assert seconds(found, "A", "B", cost_s=cost) > 3 * seconds(found, "A", "B")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"avoidance": -1.0}, "avoidance -1.0; expected a number of 0 or more"),
        ({"avoidance": np.nan}, "avoidance nan"),
        ({"avoidance": 0.0, "closed_links": [1]}, "closed link 1; expected 0 to 0"),
        ({"avoidance": 0.0, "closed_links": [-1]}, "closed link -1"),
    ],
)
def test_strange_costs_are_refused(options: dict, message: str) -> None:
    """With the value and what was expected."""
    found = network(ways([ROAD]))
    with pytest.raises(InvalidSetting, match=message):
        edge_cost_s(found, CAR.best(), **options)


def test_parameters_of_another_mode_are_refused() -> None:
    """A walker's pace says nothing of a network of one-way roads for cars."""
    with pytest.raises(InvalidSetting, match="of the mode 'foot'; expected those of 'vehicle'"):
        edge_time_s(network(ways([ROAD])), WALKER.best())


def test_uphill_is_not_downhill_on_foot() -> None:
    """500 m in 11.1 km: slow uphill, fast downhill, by Tobler's function."""
    height = tilted(north=50)
    found = network(
        ways([ROAD]), to={"A": ROAD[0], "B": ROAD[1]}, by=WALKER, terrain=height, cell_m=9000
    )
    slope = 50 / (NORTH_M / 10)
    for begin, end, signed in (("A", "B", slope), ("B", "A", -slope)):
        pace = 0.6 * np.exp(3.5 * abs(signed + 0.05))
        took = seconds(found, begin, end, parameters=WALKER.best())
        assert took == pytest.approx(NORTH_M * pace, rel=2e-3)
    edge = np.flatnonzero(found.link_way[found.graph.link] == 0)
    assert np.abs(found.edge_slope[edge]) == pytest.approx(slope, rel=2e-3)


def test_the_slope_of_an_edge_is_that_of_its_direction() -> None:
    """Up to the north, down to the south."""
    found = network(ways([ROAD]), terrain=tilted(north=50))
    lat = found.node_lonlat[:, 1]
    north = lat[found.graph.head] > lat[found.graph.tail]
    assert (found.edge_slope[north] > 0.04).all()
    assert (found.edge_slope[~north] < -0.04).all()


def test_a_bridge_does_not_go_down_into_its_valley() -> None:
    """Its slope is not that of the ground under it."""
    road = ways([ROAD, [(44.1, 36), (44.1, 36.1)]], bridge=[True, False])
    found = network(road, terrain=tilted(north=50))
    over = found.link_way[found.graph.link] == 0
    assert np.isnan(found.edge_slope[over]).all()
    assert np.isfinite(found.edge_slope[~over]).all()


def test_walking_off_a_path_is_slower_than_on_one() -> None:
    """Tobler's 0.6 on open ground and to the place, 1 on the road."""
    found = network(ways([ROAD]), to={"A": (44.01, 36.05)}, by=WALKER, cell_m=9000)
    time_s = edge_time_s(found, WALKER.best())
    length_m = found.link_length_m * np.where(found.link_direct, 1.11, 1)
    pace = time_s / length_m[found.graph.link]
    of = np.array(found.classes)[found.link_class[found.graph.link]]
    flat = 0.6 * np.exp(0.175)
    assert pace[of == "primary"] == pytest.approx(flat)
    assert pace[of != "primary"] == pytest.approx(flat / 0.6)
    assert set(of) == {"primary", OFFROAD, ACCESS}


def test_a_hump_is_felt_although_both_ends_are_level() -> None:
    """Net slope 0, mean steepness that of the sides, and slower than on the flat."""
    rows, _ = np.mgrid[:200, :200]
    hump = terrain(1000 - 60 * np.abs(rows - 94.5))
    road = ways([[(44, 36), (44, 36.1)]])
    found = network(road, terrain=hump)
    assert found.edge_slope == pytest.approx(0, abs=1e-3)
    assert found.edge_steepness == pytest.approx(60 / (NORTH_M / 10), rel=0.15)
    flat = 0.6 * np.exp(3.5 * 0.05)
    assert (found.edge_walk_s_per_m > 1.01 * flat).all()


def test_slope_is_not_known_without_terrain_nor_on_a_line_that_is_no_course() -> None:
    """NaN, and walked as on the flat."""
    schematic = ways([ROAD], schematic=[True])
    for road, height in ((ways([ROAD]), None), (schematic, tilted(north=50))):
        found = network(road, terrain=height)
        assert np.isnan(found.edge_slope).all()
        assert found.edge_walk_s_per_m == pytest.approx(0.6 * np.exp(3.5 * 0.05))


def test_a_hole_in_the_terrain_leaves_the_rest_of_the_slope() -> None:
    """The road's slope is that of its known parts."""
    height = tilted(north=50)
    height.values[0, 92:95, :] = np.nan
    found = network(ways([ROAD]), terrain=height)
    assert np.abs(found.edge_slope) == pytest.approx(50 / (NORTH_M / 10), rel=1e-2)


def test_open_ground_is_crossed_where_there_is_no_road() -> None:
    """33 km straight north over cells at 20 km/h, with nothing but ground."""
    nothing = ways([])
    to = {"A": (44, 35.85), "B": (44, 36.15)}
    found = network(nothing, to=to, by=ROVER, cell_m=2000)
    crow = ELLIPSOID.inv(*to["A"], *to["B"])[2]
    took = seconds(found, "A", "B", parameters=ROVER.best())
    assert 1.0 <= took / (crow * 3.6 / 20) < 1.15
    assert set(found.link_class) == {found.classes.index(OFFROAD), found.classes.index(ACCESS)}


def test_ground_has_eight_neighbours_and_is_at_most_8_per_cent_longer() -> None:
    """A way over cells against the straight line, to each cell of a large flat area."""
    found = network(ways([]), by=ROVER, cell_m=4000)
    assert np.bincount(found.graph.tail).max() == 8
    time_s = edge_time_s(found, ROVER.best())
    matrix = csr_array((time_s, (found.graph.tail, found.graph.head)))
    middle = int(np.hypot(*(found.node_lonlat - [44, 36]).T).argmin())
    reached = dijkstra(matrix, indices=middle)
    lon, lat = found.node_lonlat.T
    many = np.full(lon.size, lon[middle]), np.full(lon.size, lat[middle])
    crow = ELLIPSOID.inv(*many, lon, lat)[2] * 3.6 / 20
    ratio = reached[crow > 0] / crow[crow > 0]
    assert ratio.min() > 0.999
    assert ratio.max() < 1.09


def test_a_rover_takes_the_road_where_it_is_faster() -> None:
    """A place on open ground reaches one far along the road sooner than over ground alone."""
    road = ways([[(44, 35.2), (44, 36.8)]])
    to = {"A": (44.1, 35.3), "B": (44.1, 36.7)}
    with_road = network(road, to=to, by=ROVER, cell_m=4000)
    without = network(ways([]), to=to, by=ROVER, cell_m=4000)
    quick, slow = (
        seconds(found, "A", "B", parameters=ROVER.best()) for found in (with_road, without)
    )
    assert quick < 0.6 * slow
    assert links_of(with_road, "primary").size >= 20


def test_a_walker_does_not_climb_a_wall() -> None:
    """Ground steeper than 45 degrees is barred on foot too, the line to a place is not."""
    found = network(
        ways([ROAD]), to={"A": (44.001, 36.05)}, by=WALKER, terrain=tilted(east=1800), cell_m=9000
    )
    time_s = edge_time_s(found, WALKER.best())
    of = found.link_class[found.graph.link]
    assert np.isinf(time_s[of == found.classes.index(OFFROAD)]).any()
    assert np.isfinite(time_s[of != found.classes.index(OFFROAD)]).all()


def test_a_rover_drives_to_a_far_road_over_the_ground() -> None:
    """No straight line of 36 km leads there past slopes and rivers, as it must for a car."""
    to = {"A": (44.4, 36.05)}
    by_ground = network(ways([ROAD]), to=to, by=ROVER, cell_m=4000)
    assert links_of(by_ground, ACCESS).size == 1
    assert by_ground.place_access_m["A"] < 4000
    assert network(ways([ROAD]), to=to).place_access_m["A"] == pytest.approx(36_060, rel=0.01)


def test_a_straight_link_is_left_at_its_ends_only() -> None:
    """It is no course, so that nobody knows where it runs in between."""
    road = ways([[(44, 35.2), (44, 36.8)]], schematic=[True])
    found = network(road, by=ROVER, cell_m=4000)
    assert links_of(found, "primary").size == 1
    assert "only at their ends" in found.remarks[0]


def test_a_stray_piece_of_road_does_not_hide_the_road_beside_it() -> None:
    """Nor does a closed one: a cell is joined to each part of the roads in its quarters."""
    free = network(ways([]), by=ROVER, cell_m=9000)
    lon, lat = free.node_lonlat[40]
    main = [(lon + 0.02, lat - 0.01), (lon + 0.02, lat + 0.02), (lon + 0.02, lat + 0.3)]
    stray = [(lon + 0.005, lat + 0.005), (lon + 0.01, lat + 0.01)]
    closed = [(lon + 0.001, lat + 0.001), (lon + 0.002, lat + 0.002)]
    road = ways([main, stray, closed], access=["", "", "private"])
    found = network(road, by=ROVER, cell_m=9000)
    joined = (found.graph.tail == len(found.node_lonlat) - len(free.node_lonlat) + 40) & (
        found.graph.head < len(found.node_lonlat) - len(free.node_lonlat)
    )
    ends = found.node_lonlat[found.graph.head[joined]].round(6).tolist()
    assert [round(lon + 0.005, 6), round(lat + 0.005, 6)] in ends
    assert any(end[0] == round(lon + 0.02, 6) for end in ends)
    assert [round(lon + 0.001, 6), round(lat + 0.001, 6)] not in ends


def test_steep_ground_is_barred_and_unknown_ground_is_left_out() -> None:
    """A wall across the area parts north from south; a hole does the same."""
    rows, _ = np.mgrid[:200, :200]
    wall = terrain(np.where((rows > 90) & (rows < 110), 9000.0, 0.0))
    hole = terrain(np.where((rows > 90) & (rows < 110), np.nan, 0.0))
    to = {"A": (44, 35.5), "B": (44, 36.5)}
    for height in (wall, hole):
        found = network(ways([]), to=to, by=ROVER, terrain=height, cell_m=3000)
        assert np.isinf(seconds(found, "A", "B", parameters=ROVER.best()))
    assert any("left out because their height is not known" in it for it in found.remarks)


def test_a_road_leads_through_the_wall() -> None:
    """Slope bars open ground and not the road."""
    rows, _ = np.mgrid[:200, :200]
    wall = terrain(np.where((rows > 90) & (rows < 110), 9000.0, 0.0))
    road = ways([[(44, 35.4), (44, 36.6)]])
    found = network(
        road, to={"A": (44.1, 35.5), "B": (44.1, 36.5)}, by=ROVER, terrain=wall, cell_m=3000
    )
    assert np.isfinite(seconds(found, "A", "B", parameters=ROVER.best()))


def test_a_river_stops_who_leaves_the_road_and_a_bridge_does_not() -> None:
    """Ground links that meet a barrier are gone; the road over it stays."""
    river = gpd.GeoDataFrame(geometry=[LineString([(42, 36.001), (46, 36.001)])], crs=4326)
    to = {"A": (44.1, 35.9), "B": (44.1, 36.1)}
    dry = network(ways([]), to=to, by=ROVER, cell_m=3000, barriers=river)
    assert np.isinf(seconds(dry, "A", "B", parameters=ROVER.best()))
    bridged = network(
        ways([[(44, 35.8), (44, 36.2)]]), to=to, by=ROVER, cell_m=3000, barriers=river
    )
    assert np.isfinite(seconds(bridged, "A", "B", parameters=ROVER.best()))
    assert not any("Rivers" in remark for remark in bridged.remarks)


def test_a_line_to_a_place_is_slowed_by_slope_and_never_barred() -> None:
    """On a slope of one in one only the place's own line is left."""
    steep = tilted(east=900)
    found = network(ways([ROAD]), to={"A": (44.001, 36.05)}, by=ROVER, terrain=steep, cell_m=2000)
    time_s = edge_time_s(found, ROVER.best())
    of = found.link_class[found.graph.link]
    assert np.isinf(time_s[of == found.classes.index(OFFROAD)]).any()
    assert np.isfinite(time_s[of == found.classes.index(ACCESS)]).all()


def test_a_place_in_the_middle_of_a_cell_is_no_distance_from_it() -> None:
    """A link without length takes no time, and does no harm where the ground is barred."""
    middle = network(ways([]), by=ROVER, cell_m=9000).node_lonlat[40]
    found = network(
        ways([]), to={"A": tuple(middle)}, by=ROVER, cell_m=9000, terrain=tilted(east=900)
    )
    (access,) = links_of(found, ACCESS)
    time_s = edge_time_s(found, ROVER.best())
    assert time_s[found.graph.link == access].tolist() == pytest.approx([0, 0], abs=1e-3)


def test_classes_without_a_speed_are_left_out() -> None:
    """A car does not see the path that the rover takes."""
    road = ways([ROAD, [(44, 36), (44.1, 36)]], road_class=["path", "primary"])
    assert links_of(network(road), "path").size == 0
    assert links_of(network(road, by=ROVER, cell_m=9000), "path").size >= 1


def test_an_area_without_roads_is_an_error_for_a_car_only() -> None:
    """Which says what to do; a rover has the ground."""
    with pytest.raises(
        BadInput, match=r"no road in the area for the mode 'Vehicle on roads'.*import"
    ):
        network(ways([]))
    with pytest.raises(BadInput, match="no road in the area"):
        network(ways([ROAD], road_class=["path"]))
    holes = terrain(np.full((200, 200), np.nan))
    with pytest.raises(BadInput, match="or open ground of known height"):
        network(ways([]), by=ROVER, terrain=holes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"area_lonlat": LineString([(0, 0), (1, 1)])}, "the area is LINESTRING"),
        ({"area_lonlat": shapely.Polygon()}, "the area is POLYGON EMPTY"),
        ({"area_lonlat": shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])}, "a valid polygon"),
        ({"watched": watched(post=(44, 36)).assign(kind="spy")}, "a watched place is a 'spy'"),
        ({"by": ROVER, "cell_m": 0.0}, "cells of 0.0 m; expected a length above 0 m"),
        ({"by": ROVER, "cell_m": 50.0}, "cut the area into .* at most 1000000 cells"),
        ({"by": ROVER, "cell_m": 1e-300}, "cells of 1e-300 m cut the area into"),
        ({"by": ROVER, "cell_m": np.nan}, "cells of nan m"),
        ({"by": ROVER, "terrain": dataclasses.replace(tilted(), bands=("a", "b"),
          values=np.zeros((2, 200, 200), np.float32))}, "the terrain has 2 bands"),
    ],
)  # fmt: skip
def test_strange_input_is_refused(options: dict, message: str) -> None:
    """With its value and what was expected."""
    with pytest.raises(BadInput, match=message):
        network(ways([ROAD]), **options)


def test_frames_without_their_columns_are_refused() -> None:
    """And a key that stands twice, and a place that is an area."""
    with pytest.raises(MissingColumns, match="the ways lack surface, oneway"):
        network(ways([ROAD]).drop(columns=["surface", "oneway"]))
    with pytest.raises(MissingColumns, match="the places lack key"):
        network(ways([ROAD]), places=places().drop(columns="key"))
    twice = places(A=(44, 36), B=(44, 36)).assign(key="posts/A")
    with pytest.raises(BadInput, match="the place 'posts/A' stands twice"):
        network(ways([ROAD]), places=twice)
    with pytest.raises(BadInput, match="a place is no point"):
        network(
            ways([ROAD]), places=places(A=(44, 36)).set_geometry([box(44, 36, 45, 37)], crs=4326)
        )


def test_nothing_that_was_given_is_changed() -> None:
    """Frames, terrain and area come back as they were."""
    road, height, to = ways([ROAD]), tilted(north=10), places(A=(44.01, 36.05))
    before = road.copy(), height.values.copy(), to.copy()
    build_network(road, places=to, mode=ROVER, area_lonlat=strip(35.8, 36.2), terrain=height)
    assert road.equals(before[0])
    assert (height.values == before[1]).all()
    assert to.equals(before[2])


def test_the_same_input_makes_the_same_network() -> None:
    """Number by number, so that a route can be made again."""
    to = {"A": (44.01, 36.05), "B": (44.3, 36.3)}
    first, again = (
        network(ways([ROAD, [(44, 36.1), (44.3, 36.3)]]), to=to, by=ROVER, cell_m=3000)
        for _ in range(2)
    )
    assert first.place_node == again.place_node
    assert (first.graph.head == again.graph.head).all()
    assert (edge_time_s(first, ROVER.best()) == edge_time_s(again, ROVER.best())).all()
