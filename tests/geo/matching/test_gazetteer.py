"""A name finds its places, each with how well it fits and why; none is chosen for anybody."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geo.errors import MissingColumns
from geo.frames import frame_of, frame_of_records
from geo.matching.gazetteer import LEAST_SCORE, Gazetteer, gazetteer_of
from geo.model import Precision

# Made-up places: only the names of the countries are real.
TOWNS = pd.DataFrame(
    [
        ("1", "Qalamara", "قلمارة", "Kalamara|Qalamarah", 44.0, 33.0, "Iraq", 50_000),
        ("2", "Qalamara", "", "", 55.0, 34.0, "Iran", 900_000),
        ("3", "Tall Zirfa", "تل زرفة", "", 42.0, 36.0, "Iraq", 3_000),
        ("4", "Zirfa", "", "", 43.0, 36.5, "Iraq", 7_000),
        ("5", "Marduban", "", "Marduvan", 41.0, 37.0, "Turkey", 0),
        ("6", "Twin", "", "", 44.5, 33.5, "Iraq", 10),
        ("7", "Twin", "", "", 45.5, 33.5, "Iraq", 20),
    ],
    columns=["id", "name", "name_ar", "alt_names", "lon", "lat", "country", "population"],
)


NOTHING = (frame_of_records("sites", []), frame_of_records("posts", []))
PLAIN = gazetteer_of(*NOTHING, TOWNS)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    """Two sites, two posts and the towns."""
    sites = frame_of("sites", {
        "id": ["S1", "S2", "S3"], "name": ["Qalamara/Alt-Name", "Hidden", "Square"],
        "country": ["Iraq"] * 3, "precision": ["exact", "country", "vicinity"],
        "geometry": [Point(44.1, 33.1), None, box(40, 30, 42, 32)],
    })  # fmt: skip
    posts = frame_of("posts", {
        "id": ["P1", "P2"], "name": ["Bab Nura", "Gate"], "country": ["Iraq", "Iraq"],
        "kind": ["land", "air"], "precision": ["exact", "country"],
        "facing_name": ["Darvaza", ""], "facing_country": ["Iran", ""],
        "geometry": [Point(45.0, 35.0), None],
    })  # fmt: skip
    return gazetteer_of(sites, posts, TOWNS)


def test_the_very_name_in_its_country_is_certain(gazetteer):
    """Score 100, with its place, precision and reason."""
    best, *_ = gazetteer.candidates("Tall Zirfa", country="Iraq")
    assert (best.key, best.name, best.what) == ("3", "Tall Zirfa", "town")
    assert (best.lon, best.lat, best.precision) == (42.0, 36.0, Precision.TOWN)
    assert (best.score, best.why) == (100.0, "the same name, in Iraq")


@pytest.mark.parametrize(
    ("place", "key", "score"),
    [
        ("تل زرفة", "3", 100.0), ("تلّ زرفه", "3", 100.0), ("TALL ZIRFA", "3", 100.0),
        ("Tal-Zirfa", "3", 98.0), ("Alt-Name", "S1", 100.0), ("Kalamara", "1", 100.0),
        ("Bab Nura", "P1", 100.0), ("Darvaza", "P1", 100.0), ("Square", "S3", 100.0),
    ],
)  # fmt: skip
def test_a_name_is_found_in_every_form(gazetteer, place, key, score):
    """Other names, Arabic, other spellings, and the other side of a post."""
    best = gazetteer.candidates(place, country="Iraq")[0]
    assert (best.key, best.score) == (key, score)


def test_a_misspelt_name_is_proposed_with_its_likeness(gazetteer):
    """And never as certain."""
    best = gazetteer.candidates("Marduwan", country="Türkiye")[0]
    assert best.key == "5"
    assert LEAST_SCORE < best.score < 95
    assert "spelt alike" in best.why


def test_a_place_in_another_country_comes_last(gazetteer):
    """However many people live there."""
    found = gazetteer.candidates("Qalamara", country="Iraq")
    assert [one.country for one in found] == ["Iraq", "Iraq", "Iran"]
    assert found[-1].why == "the same name, but in Iran"
    assert found[-1].score == 75.0
    assert gazetteer.candidates("Qalamara", country="العراق") == found


def test_without_a_country_nothing_is_certain(gazetteer):
    """The largest comes first."""
    found = gazetteer.candidates("Qalamara")
    assert [one.key for one in found] == ["2", "1", "S1"]
    assert {one.score for one in found} == {95.0}
    assert found[0].why == "the same name, in Iran; no country is given"


def test_a_country_among_the_words_counts(gazetteer):
    """Where no other is given."""
    found = gazetteer.candidates("Qalamara, Iran")
    assert (found[0].key, found[0].score) == ("2", 96.0)


def test_two_places_of_one_name_are_both_proposed(gazetteer):
    """Nobody chooses between equals."""
    found = gazetteer.candidates("Twin", country="Iraq")
    assert [(one.key, one.score) for one in found] == [("7", 100.0), ("6", 100.0)]


@pytest.mark.parametrize(
    ("place", "precision", "why"),
    [
        ("near Tall Zirfa", Precision.PROVINCE, "its neighbourhood is meant"),
        ("Tall Zirfa province", Precision.PROVINCE, "a province is meant, not the town"),
        ("Tall Zirfa (market)", Precision.TOWN, "other words stand beside it"),
        ("south of Bab Nura", Precision.VICINITY, "its neighbourhood is meant"),
    ],
)
def test_words_around_a_name_widen_it(gazetteer, place, precision, why):
    """And the reason says so."""
    best = gazetteer.candidates(place, country="Iraq")[0]
    assert best.precision == precision
    assert why in best.why
    assert best.score < 100


def test_another_kind_of_place_is_less_likely(gazetteer):
    """A crossing is rather a post than a town."""
    best = gazetteer.candidates("Twin border crossing", country="Iraq")[0]
    assert "the words speak of another kind of place than a town" in best.why
    assert gazetteer.candidates("Bab Nura border crossing", country="Iraq")[0].score == 96.0


@pytest.mark.parametrize("place", ["", " ", "-", "Xyzzyq", "Hidden", "Gate", "?", "a"])
def test_what_is_not_known_has_no_candidate(gazetteer, place):
    """Nor what has no place."""
    assert gazetteer.candidates(place, country="Iraq") == ()


def test_at_most_so_many_are_proposed(gazetteer):
    """As many as are asked for."""
    assert len(gazetteer.candidates("Qalamara", most=2)) == 2


def test_missing_columns_are_told():
    """By name."""
    with pytest.raises(MissingColumns, match="the gazetteer lacks precision, what"):
        Gazetteer(TOWNS.rename(columns={"id": "key"}))


def test_an_empty_gazetteer_knows_nothing():
    """And is no error."""
    none = gazetteer_of(*NOTHING, TOWNS.head(0))
    assert none.candidates("Qalamara") == ()


@given(st.text(max_size=40))
def test_any_words_give_candidates_in_order(words):
    """Scores fall from at most 100 to at least the least; every candidate is on Earth."""
    found = PLAIN.candidates(words, country="Iraq")
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(LEAST_SCORE <= score <= 100 for score in scores)
