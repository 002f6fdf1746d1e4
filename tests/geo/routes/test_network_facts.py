"""Networks of the embedded facts and of the real terrain."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.pipeline import FACTS_FOLDER
from geo.pipeline.installation import read_facts
from geo.routes.graph import shortest_tree
from geo.routes.network import ACCESS, Network, build_network, edge_cost_s, edge_time_s
from geo.sources.rasters.raster import read_raster
from geo.ways import ways_of_links
from tests.geo.routes.small_networks import mode

HATRA, NIMRUD = "sites/PL894004", "sites/PL894019"


@pytest.fixture(scope="module")
def facts() -> dict:
    """Ways, posts of Iraq with Hatra, Nimrud and Mosul, and Iraq with 5 km around it."""
    posts, sites = (read_facts(kind).frame for kind in ("posts", "sites"))
    posts = posts[posts["country"] == "Iraq"]
    sites = sites[sites["id"].isin(["PL894004", "PL894019"])]
    keys = [*("posts/" + posts["id"]), *("sites/" + sites["id"]), "origin"]
    points = pd.concat([posts.geometry, sites.geometry], ignore_index=True)
    mosul = gpd.GeoSeries(gpd.points_from_xy([43.1450], [36.3450]), crs=4326)
    world = gpd.read_file(FACTS_FOLDER / "borders.geojson")
    iraq = world.geometry[world["name"] == "Iraq"].iloc[0]
    return {
        "ways": ways_of_links(read_facts("roads").frame),
        "places": gpd.GeoDataFrame(
            {"key": keys}, geometry=pd.concat([points, mosul], ignore_index=True), crs=4326
        ),
        "area_lonlat": iraq.buffer(0.05),
        "watched": posts[posts.geometry.notna()].assign(kind="post")[["kind", "geometry"]],
    }


def built(facts: dict, name: str, **options) -> Network:
    """The network of the facts for a mode."""
    facts = {**facts, **options}
    return build_network(facts.pop("ways"), mode=mode(name), **facts)


def hours(network: Network, origin: str, name: str = "vehicle") -> dict[str, float]:
    """Hours from a place to all others by the best parameters."""
    time_s = edge_time_s(network, mode(name).best())
    tree = shortest_tree(network.graph, time_s, origin=network.place_node[origin])
    return {key: float(tree.cost_s[node]) / 3600 for key, node in network.place_node.items()}


def test_which_posts_of_iraq_are_attached(facts: dict) -> None:
    """All with coordinates but one, which lies 65 km from any main road."""
    network = built(facts, "vehicle")
    reasons = network.unattached
    assert reasons.pop("posts/IQ-SY-09") == "no road or track is known within 60 km of it"
    assert set(reasons.values()) == {"its coordinates are not known"}
    assert sorted(reasons) == sorted(
        f"posts/{name}"
        for name in (
            "IQ-IR-02", "IQ-IR-07", "IQ-IR-10", "IQ-IR-11", "IQ-IR-12", "IQ-IR-13", "IQ-IR-14",
            "IQ-SEA-04", "IQ-SEA-05", "AIR-KARBALA",
        )
    )  # fmt: skip


def test_what_is_far_from_a_road_says_how_far(facts: dict) -> None:
    """Hatra lies 54 km from the nearest main-road link and Nimrud 11 km; the crossings on it."""
    access = built(facts, "vehicle").place_access_m
    assert access[HATRA] == pytest.approx(54_200, abs=500)
    assert access[NIMRUD] == pytest.approx(11_200, abs=500)
    assert access["posts/IQ-TR-01"] == 0


def test_all_attached_posts_can_be_reached_from_hatra_and_nimrud(facts: dict) -> None:
    """The cited links of Iraq hang together."""
    network = built(facts, "vehicle")
    for origin in (HATRA, NIMRUD):
        assert all(np.isfinite(taken) for taken in hours(network, origin).values())


def test_mosul_to_ibrahim_khalil_takes_a_plausible_time(facts: dict) -> None:
    """The cited links make it some 130 km: one and a half to three hours at main-road speeds."""
    network = built(facts, "vehicle")
    tree = shortest_tree(
        network.graph,
        edge_time_s(network, mode().best()),
        origin=network.place_node["origin"],
    )
    node, length_m = network.place_node["posts/IQ-TR-01"], 0.0
    while (edge := int(tree.incoming_edge[node])) >= 0:
        length_m += network.link_length_m[network.graph.link[edge]]
        node = int(network.graph.tail[edge])
    taken = hours(network, "origin")["posts/IQ-TR-01"]
    assert 90_000 < length_m < 170_000
    assert 1.2 < taken < 3
    assert 45 < length_m / 1000 / taken < 90


def test_every_piece_says_that_it_is_schematic(facts: dict) -> None:
    """And which lines are none of the roads'."""
    network = built(facts, "vehicle")
    roads = network.link_way >= 0
    assert network.link_schematic[roads].all()
    assert not network.link_schematic[~roads].any()
    assert set(network.link_class[~roads]) == {network.classes.index(ACCESS)}
    assert "straight links between named places" in network.remarks[0]


def test_posts_are_watched_more_than_the_desert(facts: dict) -> None:
    """Less than a twentieth of the network is watched; a road that ends at a post for 2 km."""
    network = built(facts, "vehicle")
    at_post = network.graph.tail == network.place_node["posts/IQ-TR-01"]
    assert (network.edge_watch_m[at_post] > 1_900).all()
    assert network.edge_watch_m.sum() < 0.05 * 2 * network.link_length_m.sum()
    cost = edge_cost_s(network, mode().best(), avoidance=1.0)
    assert (cost >= edge_time_s(network, mode().best())).all()


def test_a_rover_reaches_the_gates_that_no_road_leads_to(facts: dict) -> None:
    """Tarifaoa, 65 km from any main road, is reached over open ground."""
    network = built(facts, "off_road", cell_m=10_000)
    assert "posts/IQ-SY-09" in network.place_node
    assert 3 < hours(network, HATRA, "off_road")["posts/IQ-SY-09"] < 15


@pytest.mark.needs_testdata
def test_on_the_real_terrain_mountains_cost_more_than_the_plain(facts: dict, testdata) -> None:
    """Over open ground on foot the Zagros cost time, and the plain hardly any."""
    heights = read_raster([testdata / "routes" / "dem_fused_15s.tif"])
    flat, real = (
        built(facts, "foot", cell_m=8_000, terrain=terrain, ways=facts["ways"].iloc[:0])
        for terrain in (None, heights)
    )
    assert np.isfinite(real.edge_slope).mean() > 0.9
    lon, lat = real.node_lonlat[real.graph.tail].T
    zagros = (lon > 45) & (lat > 35)
    plain = (lon > 44) & (lon < 46) & (lat < 33) & (lat > 31)
    pace = real.edge_walk_s_per_m
    assert pace[zagros].mean() > 1.1 * pace[plain].mean()
    before, after = (hours(network, "origin", "foot") for network in (flat, real))
    assert after["posts/IQ-IR-09"] > 1.02 * before["posts/IQ-IR-09"]
    ratio = {key: after[key] / before[key] for key in ("posts/IQ-SA-01", "posts/IQ-IR-09")}
    assert ratio["posts/IQ-SA-01"] < ratio["posts/IQ-IR-09"]
