"""What a printed page says: for one subject, one audience and one query."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from datetime import timedelta

import pandas as pd
import pytest
from shapely import box

from geo.errors import NotFound
from geo.model import Audience, Tlp
from geo.pipeline import change, page
from geo.pipeline.change import detecting
from geo.pipeline.intake import ImportOptions, correct, import_files
from geo.pipeline.shown import find_site, records
from geo.query import Query
from tests.homes import NOW, installed, settings_of

HATRA_LON, HATRA_LAT = 42.718342, 35.587884


EVERYTHING = Query()


def snapshot(store, subject, audience=Audience.PUBLIC, *, query=EVERYTHING, now=NOW):
    """The page of a subject."""
    return page.snapshot_of(store, subject, audience=audience, query=query, now=now)


def told(made) -> str:
    """Everything that a page can show or that can be read from it, as one text."""
    parts = [repr(getattr(made, field.name)) for field in dataclasses.fields(made)
             if field.name not in {"frames", "borders", "world", "picture"}]  # fmt: skip
    for frame in made.frames.values():
        parts.append(pd.DataFrame(frame.drop(columns="geometry")).to_csv())
        parts += [str(shape.wkt) for shape in frame.geometry if shape is not None]
    return "\n".join(parts)


@pytest.fixture(scope="module")
def found(facts, tmp_path_factory):
    """Change near Hatra, from two simulated scenes; little is read around the site."""
    home = settings_of(installed(tmp_path_factory))
    scenes = facts.read("scenes").set_index("id", drop=False)
    pictures = [
        change.picture_of_scene(scenes.loc[name], home)
        for name in ("SIM-PL894004-20150402", "SIM-PL894004-20150410")
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detecting, "CONTEXT_HALF_WIDTH_M", 600.0)
        hatra = hatra_of(facts)
        return change.detect_change(*pictures, area_lonlat=change.area_of_site(hatra), site=hatra)


def hatra_of(store):
    """Hatra as the office sees it."""
    return find_site(records(store, "sites", Audience.INTERNAL), "PL894004")


def of_change(store, found, audience, *, site=None, now=NOW):
    """The page of a detection."""
    return page.snapshot_of_change(
        store, found, site=site, audience=audience, query=Query(), now=now
    )


@pytest.mark.parametrize("audience", list(Audience))
def test_a_site_has_a_page_for_every_audience(facts, audience):
    """Name in two scripts, its events with their sources, the nearest post, method and caveats."""
    made = snapshot(facts, "الحضر", audience)
    assert (made.title, made.title_ar, made.focus) == ("Hatra", "الحضر", ("sites", "PL894004"))
    labels = dict(made.facts)
    assert labels["Designation"].startswith("World Heritage")
    assert "destruction" in labels["2015-03-07"].casefold()
    assert "EV24" in labels["2015-03-07"]
    assert "km" in labels["Nearest post, straight line"]
    assert any("EV24" in source for source in made.sources)
    assert any("Pleiades" in source for source in made.sources)
    assert len(made.caveats) >= 4
    assert made.audience is audience
    assert set(made.frames) == set(page.KINDS)
    assert (made.frames["sites"]["id"] == "PL894004").sum() == 1
    assert made.marking is Tlp.CLEAR


def test_the_page_of_the_region_counts_what_it_shows(facts):
    """Its facts are the numbers of rows, and a filter changes both."""
    made = snapshot(facts, "Region")
    assert made.focus is None
    assert dict(made.facts)["Sites in the gazetteer"] == f"{len(made.frames['sites'])}" == "379"
    syria = snapshot(facts, "region", query=Query(countries=("Syria",)))
    assert syria.filters == ("Country: Syria",)
    assert 0 < len(syria.frames["sites"]) < 379
    assert dict(syria.facts)["Sites in the gazetteer"] == str(len(syria.frames["sites"]))
    told_of = dict(made.facts)["Seizures and returns"]
    cases = re.search(r"([\d,]+) records in ([\d,]+) cases", told_of)
    assert int(cases[1]) == 118
    assert int(cases[2]) < 118


@pytest.mark.parametrize("subject", ["PL894004", "region"])
def test_the_public_page_nowhere_tells_the_exact_place(facts, subject):
    """No text, cell or shape of the page holds a digit beyond the cell's."""
    text = told(snapshot(facts, subject))
    for exact in (HATRA_LON, HATRA_LAT):
        for digits in (3, 4, 5, 6):
            assert f"{exact:.{digits}f}" not in text
            assert str(int(exact * 10**digits) / 10**digits) not in text
    internal = told(snapshot(facts, subject, Audience.INTERNAL))
    assert "42.718342" in internal
    assert "35.587884" in internal


def test_the_public_page_of_a_detection_nowhere_tells_the_exact_place(facts, found):
    """Neither flags nor the middle of the map lead nearer than the cell; no picture is shown."""
    made = of_change(facts, found, Audience.PUBLIC, site=hatra_of(facts))
    text = told(made)
    for exact in (HATRA_LON, HATRA_LAT):
        for digits in (3, 4, 5, 6):
            assert f"{exact:.{digits}f}" not in text
    for vertex in found.flags.get_coordinates().to_numpy().ravel():
        assert f"{vertex:.5f}" not in text
    assert made.picture is None
    assert "distance_m" not in made.frames["alerts"]
    assert set(made.frames["alerts"]["cell_deg"]) == {0.01}


def test_the_page_of_a_fresh_detection_says_what_it_is(facts, found):
    """Days, areas, simulated, method and run; the same page has the same id at another time."""
    made = of_change(facts, found, Audience.INTERNAL, site=hatra_of(facts))
    assert made.title == "Flagged change near Hatra"
    assert made.simulated
    assert "SIMULATED" in made.picture_label
    assert any("SIMULATED" in caveat for caveat in made.caveats)
    assert (
        dict(made.facts)["Flagged areas"]
        == str(len(found.flags))
        == str(len(made.frames["alerts"]))
    )
    assert found.id in made.subtitle
    assert any("no probability" in line for line in made.method)
    later = of_change(
        facts, found, Audience.INTERNAL, site=hatra_of(facts), now=NOW + timedelta(minutes=5)
    )
    assert later.page_id == made.page_id
    assert made.cut_off == later.cut_off


@pytest.mark.parametrize("marking", [Tlp.AMBER, Tlp.RED])
def test_a_detection_is_refused_to_those_whom_its_marking_excludes(facts, found, marking):
    """Without its flags the page would say that nothing changed."""
    strict = dataclasses.replace(
        found, marking=marking, flags=found.flags.assign(marking=marking.value)
    )
    for audience in (Audience.PUBLIC, Audience.PARTNER):
        with pytest.raises(NotFound, match=f"{audience.value} audience may not be told of CH-"):
            of_change(facts, strict, audience, site=hatra_of(facts))
    assert of_change(facts, strict, Audience.INTERNAL, site=hatra_of(facts)).marking is marking


def test_a_detection_without_flags_has_a_page(facts, found):
    """Nothing flagged is a finding too."""
    none = dataclasses.replace(found, flags=found.flags.head(0))
    for site in (hatra_of(facts), None):
        made = of_change(facts, none, Audience.PUBLIC, site=site)
        assert dict(made.facts)["Flagged areas"] == "0"
        assert made.page_id


def test_a_kept_detection_has_a_page_by_its_id(store, settings, found):
    """Its flags come from the store; hidden simulated data hide it."""
    change.keep_flags(store, found, settings=settings, author="A", now=NOW)
    made = snapshot(store, found.id)
    assert len(made.frames["alerts"]) == len(found.flags)
    assert made.simulated
    with pytest.raises(NotFound, match="no flags of CH-"):
        snapshot(store, found.id, query=Query(include_simulated=False))
    with pytest.raises(NotFound, match="no flags of CH-000000000000"):
        snapshot(store, "CH-000000000000")


def test_no_page_outside_the_office_tells_the_hash_of_a_run(store, settings, found):
    """Whoever has the pictures could try each place in the cell until the hash comes out."""
    change.keep_flags(store, found, settings=settings, author="A", now=NOW)
    kept = snapshot(store, found.id)
    fresh = of_change(store, found, Audience.PUBLIC, site=hatra_of(store))
    for made in (kept, fresh):
        assert found.id not in told(made)
        assert set(made.frames["alerts"]["detection_id"]) == {"CH-withheld-1"}
    assert kept.focus[1] in set(kept.frames["alerts"]["id"])
    assert found.id in told(snapshot(store, found.id, Audience.INTERNAL))


def test_a_partners_page_of_change_near_a_sensitive_site_has_its_cell_in_the_middle(store, found):
    """Flags, middle of the map and width follow the site; no picture is shown."""
    correct(store, "sites", "PL894004", {"sensitivity": "2"}, author="A", reason="r", now=NOW)
    made = of_change(store, found, Audience.PARTNER, site=hatra_of(store))
    assert made.centre_lonlat == pytest.approx((42.75, 35.55))
    assert made.half_width_m % 1000 == 0
    assert made.picture is None
    cell = box(42.7, 35.5, 42.8, 35.6)
    assert all(place.equals(cell) for place in made.frames["alerts"].geometry)
    # The same ground without the site's name is told as its cell, too.
    unnamed = dataclasses.replace(found, flags=found.flags.assign(site_id=""))
    nameless = of_change(store, unnamed, Audience.PARTNER)
    assert nameless.picture is None
    assert nameless.centre_lonlat == pytest.approx((42.75, 35.55))
    assert all(place.equals(cell) for place in nameless.frames["alerts"].geometry)


@pytest.mark.parametrize("subject", ["Atlantis", "", "CH-", "regions"])
def test_an_unknown_subject_has_no_page(facts, subject):
    """It is said, not guessed."""
    with pytest.raises(NotFound):
        snapshot(facts, subject)


def test_a_withheld_site_has_no_page_outside(store):
    """The public is not told that it exists."""
    correct(store, "sites", "PL894004", {"sensitivity": "2"}, author="A", reason="r", now=NOW)
    with pytest.raises(NotFound, match="no sites answer"):
        snapshot(store, "PL894004")
    assert "PL894004" not in told(snapshot(store, "region"))
    assert snapshot(store, "PL894004", Audience.INTERNAL).title == "Hatra"


def test_a_site_without_a_place_has_no_page(store):
    """The message names the site."""
    gone = {"lon": "", "lat": "", "precision": "country"}
    correct(store, "sites", "PL894004", gone, author="A", reason="r", now=NOW)
    with pytest.raises(NotFound, match="place of PL894004 Hatra is not known"):
        snapshot(store, "PL894004")


def test_the_marking_is_the_strictest_of_all_that_is_told(store):
    """What is on the map counts, and what only the words tell of counts too."""
    mark(store, "events", "EV24", Tlp.AMBER)
    internal = snapshot(store, "PL894004", Audience.INTERNAL)
    assert internal.marking is Tlp.AMBER
    public = snapshot(store, "PL894004")
    assert public.marking is Tlp.CLEAR
    assert "EV24" not in told(public)
    # An event without a place is not on the map, but its words are on the page.
    gone = {"lon": "", "lat": "", "precision": "country", "marking": "TLP:RED"}
    correct(store, "events", "EV25", gone, author="A", reason="r", now=NOW)
    made = snapshot(store, "PL894004", Audience.INTERNAL)
    assert "EV25" in told(made)
    assert "EV25" not in set(made.frames["events"]["id"])
    assert made.marking is Tlp.RED


def test_a_filtered_event_is_not_told_in_words(store):
    """A page that leaves strict records out tells of none, and its marking is true."""
    mark(store, "events", "EV24", Tlp.RED)
    query = Query(markings=("TLP:CLEAR",))
    made = snapshot(store, "PL894004", Audience.INTERNAL, query=query)
    assert "EV24" not in told(made)
    assert made.marking is Tlp.CLEAR
    early = snapshot(store, "PL894004", Audience.INTERNAL, query=Query(text="nothing like it"))
    assert early.title == "Hatra"
    assert "EV25" not in told(early)


def test_the_post_named_as_the_nearest_counts_for_the_marking(store):
    """It may lie beyond the map."""
    query = Query(countries=("Jordan",))
    made = snapshot(store, "PL894004", Audience.INTERNAL, query=query)
    name = dict(made.facts)["Nearest post, straight line"].split(" (")[0]
    posts = store.read("posts")
    nearest = posts[posts["name"] == name]["id"].iloc[0]
    assert nearest not in set(made.frames["posts"]["id"])
    mark(store, "posts", nearest, Tlp.AMBER)
    assert snapshot(store, "PL894004", Audience.INTERNAL, query=query).marking is Tlp.AMBER


def test_simulated_rows_make_a_simulated_page_unless_they_are_hidden(store, settings, tmp_path):
    """One invented row near the site is enough; with the switch off nothing of it is told."""
    path = tmp_path / "s.csv"
    path.write_text("id,name,country,lon,lat,precision\nX1,Invented Tell,Iraq,42.72,35.59,exact\n")
    options = ImportOptions(simulated=True, marking=Tlp.CLEAR, source="Test", author="A")
    import_files(store, settings, "sites", [path], options=options, now=NOW)
    assert snapshot(store, "PL894004").simulated
    real = snapshot(store, "PL894004", query=Query(include_simulated=False))
    assert not real.simulated
    assert "Invented Tell" not in told(real)
    assert snapshot(store, "Invented Tell").simulated
    with pytest.raises(NotFound):
        snapshot(store, "Invented Tell", query=Query(include_simulated=False))


def test_the_same_page_has_the_same_id_and_another_page_another(facts):
    """The id follows from the content and the day; the time of day does not matter."""
    made = snapshot(facts, "PL894004")
    assert re.fullmatch(r"LMS-20261122-[0-9a-f]{8}", made.page_id)
    assert snapshot(facts, "Hatra", now=NOW + timedelta(hours=3)).page_id == made.page_id
    others = {
        snapshot(facts, "PL894004", Audience.INTERNAL).page_id,
        snapshot(facts, "PL894019").page_id,
        snapshot(facts, "PL894004", query=Query(countries=("Iraq",))).page_id,
        snapshot(facts, "PL894004", now=NOW + timedelta(days=1)).page_id,
    }
    assert len(others | {made.page_id}) == 5


def test_a_kept_page_can_be_traced(store):
    """By its id: the file's SHA-256, for whom, of what, and what it was made from."""
    store.set_setting("producer_name", "A. Analyst", author="Amal", now=NOW)
    made = snapshot(store, "PL894004")
    assert made.producer == "A. Analyst"
    page.keep(store, made, b"the page", author="Amal", now=NOW)
    page.keep(store, made, b"the page", author="Amal", now=NOW)
    page.keep(store, made, b"the same page in another format", author="Amal", now=NOW)
    assert len(store.briefing(made.page_id)) == 2
    kept = store.briefing(made.page_id)[0]
    assert kept.sha256 == hashlib.sha256(b"the page").hexdigest()
    assert (kept.audience, kept.subject, kept.created_at) == ("public", "Hatra", NOW)
    told_of = json.loads(kept.parameters)
    assert told_of["content_sha256"].startswith(made.page_id[-8:])
    assert told_of["records"]["sites"] == len(made.frames["sites"])
    assert told_of["marking"] == "TLP:CLEAR"


def test_the_search_text_is_not_on_the_page(facts):
    """Only what the record holds is handed over."""
    for frame in snapshot(facts, "region", Audience.INTERNAL).frames.values():
        assert "search_text" not in frame


def mark(store, kind: str, record_id: str, marking: Tlp) -> None:
    """Give a record a marking."""
    correct(store, kind, record_id, {"marking": marking.value}, author="A", reason="r", now=NOW)
