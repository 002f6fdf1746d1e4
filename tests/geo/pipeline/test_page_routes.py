"""What a printed page says of routes, for each audience, and what it must not give away."""

from __future__ import annotations

import dataclasses
import struct

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, box

from geo.disclosure import cell_of
from geo.errors import NotFound
from geo.frames import frame_of
from geo.model import Audience, Provenance, Tlp
from geo.pipeline import page
from geo.pipeline.intake import correct
from geo.pipeline.routes import RouteRequest
from geo.query import Query
from geo.store import FileKey
from tests import route_studies
from tests.geo.pipeline.test_page import told
from tests.homes import NOW

OUTSIDE = (Audience.PUBLIC, Audience.PARTNER)


def snapshot(store, study, audience=Audience.PUBLIC, *, site=None, now=NOW):
    """The page of a study."""
    return page.snapshot_of_routes(
        store, study, site=site, audience=audience, query=Query(), now=now
    )


def subject(store, name, audience=Audience.PUBLIC, **options):
    """The page of what is kept under a name."""
    return page.snapshot_of(
        store, name, audience=audience, query=options.pop("query", Query()), now=NOW, **options
    )


def keep(store, frame):
    """Take routes into the store."""
    key = FileKey(file_name=str(frame["study_id"].iloc[0]), sha256="e" * 64, dataset_id="local")
    report = store.add("routes", frame, key=key, author="A", now=NOW)
    assert report.accepted == len(frame)


@pytest.mark.parametrize("audience", list(Audience))
def test_a_study_has_a_page_for_every_audience(facts, audience):
    """Routes by rank with share, band, time and length, called hypotheses; what is unknown."""
    made = snapshot(facts, route_studies.study(facts), audience)
    assert (made.title, made.title_ar) == ("Routes from Nimrud: hypotheses", "النمرود")
    assert made.focus == ("sites", "PL894019")
    labels = dict(made.facts)
    exact = audience is Audience.INTERNAL
    assert labels["1  Rabia"] == (
        "31 % (26–35 %); 2.9 h (2.1–6); 174 km"
        if exact
        else "30 % (25–35 %); 3 h (3–7); about 170 km"
    )
    assert [label for label in labels if label[0].isdigit()] == [
        "1  Rabia", "2  Ibrahim Khalil", "3  Haji Omeran", "4  Rabia", "5  Al-Qaim", "6  Trebil",
        "7  Safwan", "8  Ibrahim Khalil",
    ]  # fmt: skip
    assert ("hours, at most" in labels["Rank, exit"]) is not exact
    assert labels["Exits"] == "6 of 42 reached, 1 closed here, 35 unknown"
    caveats = " ".join(made.caveats)
    for words in ("no observations", "no probability", "over-represented", "not absence"):
        assert words in caveats
    method = " ".join(made.method)
    assert "Vehicle on roads out of Iraq, drawn 200 times" in method
    assert "schematic main links" in method
    assert "1 post closed: IQ-SY-04" in method
    assert set(made.frames) == {"roads", "posts", "sites", "routes"}
    assert made.frames["sites"]["id"].tolist() == ["PL894019"]
    assert len(made.frames["routes"]) == 8
    assert made.marking is Tlp.CLEAR
    assert not made.simulated


def test_the_office_reads_more_than_others(facts):
    """Id, seed and remarks with reasons lead to the exact place, so only the office has them."""
    study = route_studies.study(facts)
    office = told(snapshot(facts, study, Audience.INTERNAL))
    assert "RT-0123456789" in office
    assert "seed 1" in office
    assert "Roads are SCHEMATIC" in office
    for audience in OUTSIDE:
        made = snapshot(facts, study, audience)
        assert "seed" not in told(made)
        assert "Roads are SCHEMATIC" not in told(made)
        assert "village" not in told(made)
        assert any(line.startswith("No way is known") for line in made.caveats)
        assert any("cell to cell of 0.1 degree" in line for line in made.method)
    assert "RT-0123456789" not in told(snapshot(facts, study))


@pytest.mark.parametrize("audience", OUTSIDE)
def test_no_page_outside_the_office_tells_a_drawn_place(facts, audience):
    """No text, shape, centre or double of the page leads nearer to it than its cell."""
    lonlat = (43.3287, 36.0984)
    study = route_studies.drawn_place(facts, lonlat)
    made = snapshot(facts, study, audience)
    text = told(made)
    for exact in lonlat:
        for digits in (3, 4, 5, 6):
            assert f"{exact:.{digits}f}" not in text
    assert "RT-" not in made.subtitle
    assert "0123456789" not in text
    assert made.title == "Routes from a place on the map: hypotheses"
    assert dict(made.facts)["Start"] == "36–36.1 N, 43.3–43.4 E (cell)"
    binary = b"".join(
        wkb for frame in made.frames.values() for wkb in frame.geometry.to_wkb() if wkb
    )
    assert not any(struct.pack("<d", degrees) in binary for degrees in lonlat)
    assert "43.329" in told(snapshot(facts, study, Audience.INTERNAL))


@pytest.mark.parametrize("audience", OUTSIDE)
def test_two_places_in_a_cell_have_the_same_map(facts, audience):
    """Title, window, lines and names are the same; so are all numbers but steps of the length."""
    made = [
        snapshot(facts, route_studies.drawn_place(facts, lonlat), audience)
        for lonlat in ((43.3287, 36.0984), (43.3012, 36.0021))
    ]
    one, other = made
    assert (one.title, one.subtitle, one.focus) == (other.title, other.subtitle, other.focus)
    assert (one.centre_lonlat, one.half_width_m) == (other.centre_lonlat, other.half_width_m)
    assert one.frames["routes"].geometry.to_wkb().equals(other.frames["routes"].geometry.to_wkb())
    apart = np.abs(one.frames["routes"]["length_km"] - other.frames["routes"]["length_km"])
    assert apart.max() <= 10
    same = ["id", "study_id", "origin_name", "share", "share_low", "share_high", "precision"]
    assert one.frames["routes"][same].equals(other.frames["routes"][same])


def test_a_sensitive_site_is_told_as_its_routes_are(store):
    """Highly sensitive: the public hears nothing; a partner has cells of 0.1 degree and no id."""
    correct(store, "sites", "PL894019", {"sensitivity": "2"}, author="A", reason="r", now=NOW)
    study = route_studies.study(store)
    with pytest.raises(NotFound, match="public audience may not be told of these routes"):
        snapshot(store, study)
    made = snapshot(store, study, Audience.PARTNER)
    assert dict(made.facts)["Start"] == "36–36.1 N, 43.3–43.4 E (cell)"
    assert "43.33" not in told(made)
    assert "36.09" not in told(made)
    assert "0123456789" not in told(made)
    keep(store, study.routes)
    with pytest.raises(NotFound, match="public audience may not be told"):
        subject(store, "RT-0123456789")
    assert "43.33" not in told(subject(store, "RT-0123456789", Audience.PARTNER))
    correct(store, "sites", "PL894019", {"sensitivity": "1"}, author="A", reason="r", now=NOW)
    for audience in OUTSIDE:
        with pytest.raises(NotFound):
            snapshot(store, study, audience)


@pytest.mark.parametrize("marking", [Tlp.AMBER, Tlp.RED])
def test_a_study_is_refused_to_those_whom_its_marking_excludes(facts, marking):
    """Without its routes the page would say that none was found."""
    study = route_studies.study(facts, marking=marking)
    for audience in OUTSIDE:
        with pytest.raises(NotFound, match=f"{audience.value} audience may not be told of RT-"):
            snapshot(facts, study, audience)
    assert snapshot(facts, study, Audience.INTERNAL).marking is marking


def test_routes_of_a_site_that_is_not_in_the_store_are_told_to_the_office_only(facts):
    """Nobody knows how sensitive it is."""
    study = route_studies.study(facts, site_id="GONE")
    study = dataclasses.replace(study, request=RouteRequest(lonlat=route_studies.NIMRUD))
    for audience in OUTSIDE:
        with pytest.raises(NotFound, match="may not be told of these routes"):
            snapshot(facts, study, audience)
    assert snapshot(facts, study, Audience.INTERNAL).focus is None


@pytest.mark.parametrize("audience", list(Audience))
def test_routes_from_a_flag_are_named_after_its_site(facts, audience):
    """The flag's own place is told by the cell of its routes, not by the site's."""
    study = dataclasses.replace(
        route_studies.study(facts, origin_name="flag CH-1-2"),
        request=RouteRequest(alert_id="CH-1-2"),
    )
    site = facts.read("sites").set_index("id", drop=False).loc["PL894019"]
    made = snapshot(facts, study, audience, site=site)
    assert made.title == "Routes from a flag near Nimrud: hypotheses"
    assert made.focus == ("sites", "PL894019")
    exact = audience is Audience.INTERNAL
    assert ("(cell)" in dict(made.facts)["Start"]) is not exact


@pytest.mark.parametrize("audience", list(Audience))
def test_a_study_that_found_nothing_says_so(facts, audience):
    """No route is a finding, and no proof that nothing passes."""
    made = snapshot(facts, route_studies.nothing_found(facts), audience)
    labels = dict(made.facts)
    assert labels["Routes"] == "none found; this does not say that nothing is smuggled"
    assert labels["Exits"] == "0 of 42 reached, 42 unknown"
    assert "no route found" in made.subtitle
    assert made.half_width_m == 200_000.0
    assert len(made.frames["routes"]) == 0


def test_simulated_routes_make_a_simulated_page(facts):
    """Also where the routes themselves were not found."""
    made = snapshot(facts, route_studies.study(facts, simulated=True))
    assert made.simulated
    assert any("SIMULATED" in caveat for caveat in made.caveats)
    none = dataclasses.replace(route_studies.nothing_found(facts), simulated=True)
    assert snapshot(facts, none).simulated


def test_the_map_covers_the_start_and_the_exits_with_most_of_the_share(facts):
    """Rabia, Ibrahim Khalil and Haji Omeran hold 78 of 96 %, so Al-Qaim is on it and Safwan not."""
    made = snapshot(facts, route_studies.study(facts), Audience.INTERNAL)
    lon, lat = made.centre_lonlat
    half_lat = made.half_width_m * 0.65 / 111_000
    half_lon = made.half_width_m / 111_000 / np.cos(np.radians(lat))
    window = box(lon - half_lon, lat - half_lat, lon + half_lon, lat + half_lat)
    for place in (route_studies.NIMRUD, route_studies.RABIA, route_studies.IBRAHIM_KHALIL,
                  route_studies.HAJ_OMRAN):  # fmt: skip
        assert window.contains(shapely.Point(place))
    assert not window.contains(shapely.Point(route_studies.SAFWAN))
    one = snapshot(facts, route_studies.study(facts, count=1), Audience.INTERNAL)
    assert one.half_width_m < made.half_width_m


def test_a_route_within_a_cell_still_has_a_map(facts):
    """A map outside the office is never so narrow that its frame would be a finer cell."""
    study = route_studies.drawn_place(facts, (43.35, 36.05))
    lines = [LineString([(43.35, 36.05), (43.36, 36.06)])] * 8
    study = dataclasses.replace(study, routes=study.routes.set_geometry(lines, crs=4326))
    made = snapshot(facts, study)
    assert made.half_width_m >= 40_000
    assert all(shape.equals(box(*cell_of((43.35, 36.05), 0.1)))
               for shape in made.frames["routes"].geometry)  # fmt: skip


def test_what_was_assumed_on_purpose_is_told(facts):
    """Avoidance, closures and known checks; files of roads and heights by their names."""
    request = RouteRequest(
        site_id="PL894019", mode="foot", avoidance=3.0, closed_posts=("IQ-SY-01",),
        closed_ways=("RL001", "RL002"), checks_lonlat=((43.1287, 36.3),),
    )  # fmt: skip
    provenance = Provenance(
        method="routes 1",
        inputs={"roads iraq.osm.pbf": "a" * 64, "terrain dem.tif": "b" * 64},
        parameters={"request": dataclasses.asdict(request)},
        versions={},
    )
    study = dataclasses.replace(route_studies.study(facts), request=request, provenance=provenance)
    method = " ".join(snapshot(facts, study, Audience.INTERNAL).method)
    assert "On foot out of Iraq" in method
    assert "watched places shunned 3 times as assumed" in method
    assert "1 post closed: IQ-SY-01" in method
    assert "2 roads closed: RL001, RL002" in method
    assert "1 known check shunned" in method
    assert "Roads: surveyed, iraq.osm.pbf; from the start to a road the way is assumed" in method
    assert "Terrain: dem.tif." in method
    assert "43.12" not in method
    outside = " ".join(snapshot(facts, study).method)
    assert "1 known check shunned" in outside
    assert "surveyed, a file that is not told" in outside
    assert "iraq.osm.pbf" not in outside
    assert "dem.tif" not in outside


def test_files_of_roads_are_attributed(store):
    """OpenStreetMap's licence asks for it on every page."""
    frame = frame_of(
        "networks",
        {
            "id": ["N1"], "geometry": [box(39, 29, 49, 38)], "sha256": ["a" * 64], "path": ["x"],
            "source": ["iraq.osm.pbf"], "licence": ["© OpenStreetMap contributors, ODbL"],
            "marking": ["TLP:CLEAR"],
        },
    )  # fmt: skip
    key = FileKey(file_name="n", sha256="f" * 64, dataset_id="local")
    store.add("networks", frame, key=key, author="A", now=NOW)
    study = route_studies.study(store)
    inputs = {"roads iraq.osm.pbf": "a" * 64}
    made = snapshot(
        store,
        dataclasses.replace(study, provenance=dataclasses.replace(study.provenance, inputs=inputs)),
    )
    assert "iraq.osm.pbf (© OpenStreetMap contributors, ODbL)" in made.sources


def test_more_routes_than_fit_are_counted(facts):
    """The first ten in words, the others on the map."""
    study = route_studies.study(facts)
    more = study.routes.assign(
        rank=study.routes["rank"] + 8, id=[f"RT-0123456789-{n:02d}" for n in range(9, 17)]
    )
    routes = gpd.GeoDataFrame(pd.concat([study.routes, more], ignore_index=True), crs=4326)
    made = snapshot(facts, dataclasses.replace(study, routes=routes), Audience.INTERNAL)
    assert dict(made.facts)["Further routes"] == "6, on the map"
    assert len(made.frames["routes"]) == 16


@pytest.mark.parametrize("audience", list(Audience))
def test_kept_routes_have_a_page_by_their_id(store, audience):
    """The same routes and numbers as on the page of the fresh study."""
    study = route_studies.study(store)
    keep(store, study.routes)
    fresh, kept = snapshot(store, study, audience), subject(store, study.id, audience)
    assert kept.title == fresh.title
    assert (kept.centre_lonlat, kept.half_width_m) == (fresh.centre_lonlat, fresh.half_width_m)
    ranked = [fact for fact in fresh.facts if fact[0][0].isdigit()]
    assert [fact for fact in kept.facts if fact[0][0].isdigit()] == ranked
    assert any("drawn 200 times" in line for line in kept.method)
    assert (study.id in kept.subtitle) is (audience is Audience.INTERNAL)


def test_kept_routes_are_hidden_with_other_simulated_data(store):
    """And an unknown study is said to be unknown."""
    keep(store, route_studies.routes(simulated=True))
    assert subject(store, "RT-0123456789").simulated
    with pytest.raises(NotFound, match="no routes of RT-0123456789"):
        subject(store, "RT-0123456789", query=Query(include_simulated=False))
    with pytest.raises(NotFound, match="no routes of RT-ffffffffff"):
        subject(store, "RT-ffffffffff")


def test_a_kept_study_above_an_audience_is_refused(store):
    """The office has it."""
    keep(store, route_studies.routes(marking=Tlp.AMBER))
    with pytest.raises(NotFound, match="may not be told of RT-0123456789"):
        subject(store, "RT-0123456789", Audience.PARTNER)
    assert subject(store, "RT-0123456789", Audience.INTERNAL).marking is Tlp.AMBER


def test_the_page_of_a_site_shows_its_routes_only_if_asked(store):
    """By default a site's page makes no claim about routes."""
    keep(store, route_studies.routes())
    for audience in Audience:
        assert "routes" not in subject(store, "PL894019", audience).frames
        made = subject(store, "PL894019", audience, with_routes=True)
        assert len(made.frames["routes"]) == 8
        assert any("no observations" in caveat for caveat in made.caveats)
    assert len(subject(store, "PL894004", with_routes=True).frames["routes"]) == 0


def test_the_same_page_has_the_same_id(facts):
    """Another audience and another study have another."""
    study = route_studies.study(facts)
    made = snapshot(facts, study)
    assert snapshot(facts, study).page_id == made.page_id
    assert snapshot(facts, study, Audience.PARTNER).page_id != made.page_id
    fewer = route_studies.study(facts, count=7)
    assert snapshot(facts, fewer).page_id != made.page_id
