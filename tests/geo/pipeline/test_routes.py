"""Routes from a place to the border, on the embedded facts."""

from __future__ import annotations

import numpy as np
import pyogrio
import pytest
from shapely.geometry import LineString, Point, Polygon

from geo.errors import BadInput, InvalidSetting, NotFound
from geo.frames import frame_of
from geo.model import Tlp
from geo.pipeline import routes
from geo.pipeline.routes import RouteRequest, study_routes, what_if
from geo.store import FileKey
from tests.homes import NOW

NIMRUD, HATRA = "PL894019", "PL894004"


@pytest.fixture(scope="module")
def ask(facts, home):
    """Asks for the routes of a request."""

    def study(**request):
        return study_routes(facts, home, RouteRequest(**request))

    return study


@pytest.fixture(scope="module")
def nimrud(ask):
    """Routes from Nimrud to every post."""
    return ask(site_id=NIMRUD)


def test_shares_of_the_posts_add_up_to_one(nimrud):
    """Every plausible way leaves by some post."""
    assert nimrud.exits["share"].sum() == pytest.approx(1.0)
    assert np.nansum(nimrud.exit_share_by_set, axis=1) == pytest.approx(np.ones(20))


def test_routes_are_ranked_and_have_intervals(nimrud):
    """No share without its bounds, no time without its own, the greatest share first."""
    table = nimrud.routes
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert (table["share"].diff().dropna() <= 0).all()
    assert (table["share_low"] <= table["share_high"]).all()
    assert (table["time_h_low"] <= table["time_h"]).all()
    assert (table["time_h"] <= table["time_h_high"]).all()
    assert table["share"].sum() > 0.9
    assert table["exit_id"].nunique() > 5


def test_a_route_goes_from_its_origin_to_its_post(nimrud):
    """The line begins at the site and ends at the post."""
    posts = nimrud.exits.set_index("id")
    for _, route in nimrud.routes.iterrows():
        course = route["geometry"]
        assert isinstance(course, LineString)
        assert Point(course.coords[0]).distance(Point(nimrud.origin_lonlat)) < 1e-6
        assert Point(course.coords[-1]).distance(posts.loc[route["exit_id"], "geometry"]) < 1e-6


def test_schematic_roads_are_said_to_be_schematic(nimrud):
    """Nobody may take a straight link for the course of a road."""
    assert nimrud.schematic
    assert nimrud.routes["schematic"].all()
    assert any("SCHEMATIC" in remark for remark in nimrud.remarks)
    roads = nimrud.corridors[nimrud.corridors["road_class"] != "access"]
    assert roads["schematic"].all()


def test_posts_that_no_road_reaches_are_unknown_and_named(nimrud):
    """No share is claimed for them, and the reason stands beside each."""
    lost = nimrud.exits[~nimrud.exits["reachable"]]
    assert len(lost) == 11
    assert lost["share"].isna().all()
    assert lost["time_h"].isna().all()
    assert (lost["why"] != "").all()
    assert "Karbala International Airport" in " ".join(nimrud.remarks)


def test_corridors_carry_the_shares_of_what_passes_them(nimrud):
    """The first piece of road carries nearly all, and no piece more than all."""
    shares = nimrud.corridors["share"]
    assert shares.max() == pytest.approx(1.0)
    assert (nimrud.corridors["share_low"] <= nimrud.corridors["share_high"]).all()
    assert nimrud.corridors[["share", "share_random"]].max(axis=1).min() >= 0.005


def test_the_second_view_agrees_in_the_main(nimrud):
    """Randomised paths use much the same roads; what flows out of the origin is all of it."""
    corridors = nimrud.corridors
    assert corridors["share_random"].between(0, 1).all()
    assert corridors["share_random"].max() == pytest.approx(1.0)
    assert corridors["share"].corr(corridors["share_random"]) > 0.9


def test_the_same_request_gives_the_same_study(ask, nimrud):
    """Id, shares and lines are those of the first time."""
    again = ask(site_id=NIMRUD)
    assert again.id == nimrud.id
    assert again.routes.equals(nimrud.routes)
    assert again.corridors.equals(nimrud.corridors)


def test_another_seed_is_another_study_of_much_the_same_answer(ask, nimrud):
    """The seed moves shares a little, and the id says so."""
    other = ask(site_id=NIMRUD, seed=2)
    assert other.id != nimrud.id
    ours, theirs = (study.exits.set_index("id")["share"] for study in (nimrud, other))
    assert ours.corr(theirs.reindex(ours.index)) > 0.7


def test_only_the_posts_asked_for_are_told(ask):
    """With one post named, all routes lead there."""
    study = ask(site_id="Hatra", exits=("IQ-JO-01",))
    assert study.routes["exit_id"].unique().tolist() == ["IQ-JO-01"]
    assert study.exits["share"].tolist() == [pytest.approx(1.0)]


def test_a_closed_post_loses_its_share_to_the_others(ask, nimrud):
    """What it had goes elsewhere, nothing is lost, and the loss is told with its interval."""
    first = nimrud.routes["exit_id"].iloc[0]
    closed = ask(site_id=NIMRUD, closed_posts=(first,))
    assert first not in set(closed.routes["exit_id"])
    moved = what_if(nimrud, closed).set_index("id")
    assert moved.loc[first, "share_after"] == 0
    assert moved.loc[first, "change"] == pytest.approx(-moved.loc[first, "share_before"])
    assert moved["change"].sum() == pytest.approx(0, abs=1e-9)
    others = moved.drop(first)["change"].dropna()
    assert (others >= -1e-12).all()
    assert (moved["change_low"].dropna() <= moved["change_high"].dropna()).all()


def test_a_closed_road_is_not_used(ask, nimrud):
    """Its piece is in no corridor, and shares move."""
    used = nimrud.corridors[nimrud.corridors["way_id"] != ""].sort_values("share")
    busiest = used["way_id"].iloc[-2]
    closed = ask(site_id=NIMRUD, closed_ways=(busiest,))
    assert busiest not in set(closed.corridors["way_id"])
    assert what_if(nimrud, closed)["change"].abs().max() > 0


def test_studies_of_other_draws_are_not_compared(ask, nimrud):
    """A change of seed would pass for an effect."""
    with pytest.raises(InvalidSetting, match="draw different parameters"):
        what_if(nimrud, ask(site_id=NIMRUD, seed=2))


def test_checks_turn_routes_away(ask, nimrud):
    """A known check on the busiest way makes it less used."""
    exit_id = nimrud.routes["exit_id"].iloc[1]
    before = nimrud.exits.set_index("id")["share"][exit_id]
    place = nimrud.exits.set_index("id")["geometry"][exit_id]
    shunned = ask(site_id=NIMRUD, checks_lonlat=((place.x, place.y),), avoidance=5.0)
    plain = ask(site_id=NIMRUD, avoidance=5.0)
    after = shunned.exits.set_index("id")["share"][exit_id]
    assert after < plain.exits.set_index("id")["share"][exit_id]
    assert before > 0


def test_an_alert_is_a_place_to_start_from(store, settings):
    """A flag near Nimrud gives routes that are marked as it is, and SIMULATED if it is."""
    flag = Polygon([(43.33, 36.10), (43.331, 36.10), (43.331, 36.101)])
    frame = frame_of(
        "alerts",
        {"id": ["CH-1-001"], "geometry": [flag], "site_id": [NIMRUD], "simulated": [True],
         "marking": [Tlp.AMBER.value]},
    )  # fmt: skip
    store.add("alerts", frame, key=FileKey(file_name="x", sha256="0" * 64), author="t", now=NOW)
    study = study_routes(store, settings, RouteRequest(alert_id="CH-1-001"))
    assert study.simulated
    assert study.marking is Tlp.AMBER
    assert study.routes["simulated"].all()
    assert "SIMULATED" in study.remarks[0]
    assert study.routes["site_id"].eq(NIMRUD).all()


def test_a_drawn_place_is_a_place_to_start_from(ask):
    """It belongs to no site and is AMBER, since nobody has marked it."""
    study = ask(lonlat=(43.3, 36.1), exits=("IQ-TR-01",))
    assert study.marking is Tlp.AMBER
    assert study.routes["site_id"].eq("").all()
    assert "36.100 N, 43.300 E" in study.origin_name


@pytest.mark.parametrize(
    ("request_", "error", "words"),
    [
        ({}, InvalidSetting, "no place to start from"),
        ({"site_id": "Hatra", "lonlat": (43.0, 36.0)}, InvalidSetting, "several places"),
        ({"site_id": "Nowhere"}, NotFound, "no sites answer to 'Nowhere'"),
        ({"alert_id": "CH-none-001"}, NotFound, "CH-none-001"),
        ({"lonlat": (34.0, 34.5)}, BadInput, "in the sea, or in no country of the region"),
        ({"lonlat": (243.0, 36.0)}, InvalidSetting, "there is no place at longitude 243"),
        ({"lonlat": (-3.0, 40.0)}, BadInput, "in the sea, or in no country"),
        ({"site_id": "Hatra", "exits": ("XX-99",)}, NotFound, "no post 'XX-99' leads out"),
        ({"site_id": "Hatra", "closed_posts": ("ورد",)}, NotFound, "no post 'ورد'"),
        ({"site_id": "Hatra", "closed_ways": ("RL999",)}, NotFound, "there is no road 'RL999'"),
        ({"site_id": "Hatra", "mode": "camel"}, InvalidSetting, "there is no mode 'camel'"),
        ({"site_id": "Hatra", "avoidance": -1.0}, InvalidSetting, "avoidance -1.0; expected 0"),
        ({"site_id": "Hatra", "avoidance": float("nan")}, InvalidSetting, "avoidance nan"),
        ({"site_id": "Hatra", "alternatives": 99}, InvalidSetting, "alternatives 99"),
        ({"site_id": "Hatra", "sets": 0}, InvalidSetting, "sets 0; expected 1 to 1000"),
        ({"site_id": "Hatra", "roads": "surveyed"}, BadInput, "no file of roads for Iraq"),
        ({"site_id": "Hatra", "roads": "paved"}, InvalidSetting, "roads 'paved'; expected auto"),
        ({"lonlat": (44.7, 30.5)}, BadInput, "no route can start at a place"),
    ],
)
def test_a_request_that_cannot_be_is_refused(ask, request_, error, words):
    """Each fault is told with its value; there is never a straight line instead."""
    with pytest.raises(error, match=words):
        ask(**request_)


def test_with_every_post_closed_there_is_no_route(ask):
    """The study says so in words, and holds no line."""
    study = ask(site_id="Hatra", exits=("IQ-JO-01",), closed_posts=("IQ-JO-01",))
    assert len(study.routes) == 0
    assert len(study.corridors) == 0
    assert study.exits["share"].iloc[0] == 0
    assert "there is no route to tell" in study.remarks[-1]


def test_a_geopackage_holds_routes_corridors_posts_and_remarks(nimrud, tmp_path):
    """Every layer is there with its rows."""
    path = tmp_path / "routes.gpkg"
    routes.write_routes(nimrud, path)
    layers = {name for name, _ in pyogrio.list_layers(path)}
    assert layers == {"routes", "corridors", "exits", "remarks"}
    read = pyogrio.read_dataframe(path, layer="routes")
    assert read["share"].tolist() == nimrud.routes["share"].tolist()
    assert len(pyogrio.read_dataframe(path, layer="exits")) == len(nimrud.exits)


def test_google_earth_gets_the_routes_with_their_shares(nimrud, tmp_path):
    """One placemark a route, named by rank, and the remarks are with them."""
    path = tmp_path / "routes.kml"
    routes.write_routes(nimrud, path)
    text = path.read_text(encoding="utf-8")
    assert text.count("<LineString>") == len(nimrud.routes)
    assert "SCHEMATIC" in text
    assert len(pyogrio.read_dataframe(path)) == len(nimrud.routes)


def test_another_kind_of_file_is_refused(nimrud, tmp_path):
    """The name says the format."""
    with pytest.raises(InvalidSetting, match=r"ends in .gpkg or .kml"):
        routes.write_routes(nimrud, tmp_path / "routes.docx")
