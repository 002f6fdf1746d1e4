"""What is shown to whom, and which site is meant."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from geo.access import Principal, Role, Via, Viewer
from geo.errors import NotFound
from geo.model import Audience, Tlp
from geo.pipeline import intake
from geo.pipeline.guard import guard
from geo.pipeline.shown import find_site, records, records_of
from tests.homes import COUNTS, NOW

KINDS = tuple(COUNTS)


@pytest.fixture(scope="module")
def sites(facts):
    """All sites as the office sees them."""
    return records(facts, "sites", Audience.INTERNAL)


@pytest.mark.parametrize(
    "words",
    ["PL894004", "pl894004", "Hatra", " HATRA ", "hátra", "Hatris", "الحضر", "ألحضر", "الحـــضر",
     "الحَضْر", "H\u200fatra"],
)  # fmt: skip
def test_a_site_is_found_by_id_name_and_other_names(sites, words):
    """In any script, whatever case, accents, tatweel, vowel signs and alef it is written with."""
    assert find_site(sites, words)["id"] == "PL894004"


def test_a_name_that_several_sites_bear_is_not_guessed(sites):
    """The sites are named, so that the reader can choose."""
    double = sites.head(3).assign(name="Tell")
    with pytest.raises(NotFound, match=rf"3 sites answer to .*take one of: {double['id'].iloc[0]}"):
        find_site(double, "tell")


def test_several_sites_with_one_other_name_are_not_guessed(sites):
    """An ambiguous word names its candidates."""
    two = sites[sites["id"].isin(["PL894004", "PL894019"])].assign(alt_names="Twin|Other")
    with pytest.raises(NotFound, match=r"2 sites answer to 'twin'.*PL894004 Hatra"):
        find_site(two, "twin")


@pytest.mark.parametrize(
    "words", ["", "   ", "Atlantis", "|", "\n", ".*", "PL89400", "None", "caf\udce9"]
)
def test_nothing_is_found_where_no_site_answers(sites, words):
    """Words that are no whole name find none; the message says so."""
    with pytest.raises(NotFound, match=r"no sites answer to"):
        find_site(sites, words)


def test_part_of_a_name_brings_likely_sites(sites):
    """The remedy names what contains the words."""
    with pytest.raises(NotFound, match=r"take one of: .*Hatra"):
        find_site(sites, "atra")


@given(st.text(max_size=8))
def test_any_words_find_a_site_or_are_refused(sites, words):
    """No text breaks the search."""
    few = sites.head(20)
    with contextlib.suppress(NotFound):
        assert find_site(few, words)["id"] in set(few["id"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_office_sees_everything_as_held(facts, kind):
    """Same rows and places as in the store."""
    held, shown = facts.read(kind), records(facts, kind, Audience.INTERNAL)
    assert list(shown["id"]) == list(held["id"])
    assert list(shown.geometry.to_wkb()) == list(held.geometry.to_wkb())
    assert not shown["generalised"].any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.PARTNER])
def test_no_one_outside_is_given_columns_that_tell_the_exact_place(facts, kind, audience):
    """Paths, notes, distances and provenance stay in the office."""
    shown = records(facts, kind, audience)
    assert not {"path", "note", "owner", "distance_m", "provenance", "footprint_wkt", "import_id",
                "transform", "coord_source"} & set(shown.columns)  # fmt: skip


@pytest.mark.parametrize("kind", ["sites", "events"])
def test_the_public_sees_sites_and_events_as_cells(facts, kind):
    """Every known place is a cell of a hundredth of a degree, with the place inside."""
    held = facts.read(kind).set_index("id")
    shown = records(facts, kind, Audience.PUBLIC)
    placed = shown[shown.geometry.notna()]
    assert placed["generalised"].all()
    assert set(placed["cell_deg"]) == {0.01}
    for row in placed.itertuples():
        assert row.geometry.covers(held.loc[row.id, "geometry"])
        edges = np.array(row.geometry.bounds) * 100
        assert np.allclose(edges, np.round(edges))


@pytest.mark.parametrize(
    ("marking", "seen_by"),
    [(Tlp.CLEAR, 3), (Tlp.GREEN, 2), (Tlp.AMBER, 1), (Tlp.AMBER_STRICT, 1), (Tlp.RED, 1)],
)
def test_a_record_is_seen_only_by_those_whom_its_marking_allows(store, marking, seen_by):
    """CLEAR by all, GREEN by partners too, the rest by the office."""
    correct(store, "sites", "PL894004", marking=marking.value)
    seen = [
        audience
        for audience in Audience
        if "PL894004" in set(records(store, "sites", audience)["id"])
    ]
    assert len(seen) == seen_by
    assert Audience.INTERNAL in seen


@pytest.mark.parametrize(
    ("sensitivity", "public", "partner"),
    [("none", True, True), ("4", True, True), ("3", True, True), ("2", False, True),
     ("1", False, False)],
)  # fmt: skip
def test_events_and_scenes_follow_their_site(store, sensitivity, public, partner):
    """A site that is withheld is not given away by what happened there."""
    correct(store, "sites", "PL894004", sensitivity=sensitivity)
    for audience, seen in ((Audience.PUBLIC, public), (Audience.PARTNER, partner)):
        for kind in ("events", "scenes"):
            frame = records(store, kind, audience)
            assert ("PL894004" in set(frame["site_id"])) is seen


def test_an_analysts_export_guards_a_site_that_the_analyst_does_not_see(store):
    """The second redaction knows of all sites: what lies around one is told as its cell."""
    correct(store, "sites", "PL894004", sensitivity="2", marking="TLP:RED")
    held = store.read("events")
    near = held[held["site_id"] == "PL894004"]["id"].iloc[0]
    intake.correct(store, "events", near, {"site_id": "", "note": "x"}, author="A", reason="r",
                   now=NOW)  # fmt: skip
    analyst = Principal(subject="oidc:a", name="A", viewer=Viewer(role=Role.ANALYST), via=Via.OIDC)
    guarded = guard(store, analyst, clock=lambda: NOW)
    assert "PL894004" not in set(guarded.read("sites")["id"])
    for asked in (store, guarded):
        shown = records(asked, "events", Audience.PARTNER).set_index("id").loc[near]
        assert shown["cell_deg"] == 0.1
        assert shown["geometry"].equals(box(42.7, 35.5, 42.8, 35.6))


def test_datasets_that_are_closed_are_handed_to_nobody_outside(store):
    """Nobody knows in which groups the readers of a file are."""
    store.share("facts", ["red"], author="A", now=NOW)
    dataset = store.read("sites")["dataset_id"].iloc[0]
    store.share(dataset, ["red"], author="A", now=NOW)
    assert len(records(store, "sites", Audience.PARTNER)) == 0
    assert len(records(store, "sites", Audience.INTERNAL)) == 379
    both = records_of(store, ("sites", "posts"), Audience.PUBLIC)
    assert set(both) == {"sites", "posts"}


def correct(store, kind: str, record_id: str, **changes: str) -> None:
    """Correct a record as a person would, so that it holds these values."""
    changes["note"] = "corrected"
    intake.correct(store, kind, record_id, changes, author="A", reason="a test", now=NOW)
