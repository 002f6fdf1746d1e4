"""Records of seizures that may tell of one case."""

from __future__ import annotations

import tracemalloc
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from geo.frames import frame_of
from geo.matching.duplicates import LEAST, likely_duplicates
from tests import case_records

DAY = date(2020, 3, 5)
HERE, NEAR, FAR = Point(44.0, 33.0), Point(44.1, 33.0), Point(48.0, 36.0)


def records(**columns: list[object]) -> gpd.GeoDataFrame:
    """Two made-up seizures of one day and town, of the same objects, but for these columns."""
    plain = {
        "id": ["A", "B"],
        "event_type": ["seizure"] * 2,
        "country": ["Exampleland"] * 2,
        "place": ["Market Town"] * 2,
        "geometry": [HERE] * 2,
        "precision": ["town"] * 2,
        "date_from": [DAY] * 2,
        "date_to": [DAY] * 2,
        "object_count": [54] * 2,
        "object_types": ["cylinder seals"] * 2,
        "agency": ["Customs"] * 2,
    }
    return frame_of("seizures", plain | columns)


def score(**columns: list[object]) -> float:
    """Score of the pair; 0 if it is not compared."""
    found = likely_duplicates(records(**columns), least=0)
    return float(found["score"].iloc[0]) if len(found) else 0.0


def days(later: int) -> dict[str, list[object]]:
    """The second record so many days later."""
    both = [DAY, DAY + timedelta(days=later)]
    return {"date_from": both, "date_to": both}


def test_two_reports_of_one_event_are_proposed():
    """Of the made-up cases, the two reports and nothing else, with the grounds."""
    found = likely_duplicates(case_records.seizures())
    assert found[["first", "second"]].to_numpy().tolist() == [[0, 1]]
    assert found["why"][0] == (
        "2 days apart; the same place, as far as it is known; the same words for the objects; "
        "both 54 objects"
    )


@pytest.mark.parametrize(
    "columns",
    [
        {},
        days(3),
        {"geometry": [HERE, NEAR]},
        {"object_count": [54, 56], "count_qualifier": ["", "about"]},
        {"agency": ["Customs", ""]},
        {"object_types": ["cylinder seals", "two seals in the shape of cylinders"]},
        {"object_types": ["cylinder seals", "أختام أسطوانية"]},
        {"date_from": [DAY, date(2020, 3, 1)], "date_to": [DAY, date(2020, 3, 31)]},
        {"geometry": [None, None], "precision": ["country"] * 2},
    ],
    ids=str,
)
def test_what_two_papers_tell_otherwise_is_still_one_event(columns: dict[str, list[object]]):
    """A few days, a few kilometres, other words, another language, a vaguer date."""
    assert score(**columns) >= LEAST


@pytest.mark.parametrize(
    "columns",
    [
        days(60),
        {"geometry": [HERE, FAR], "place": ["Market Town", "Hill Town"], **days(9)},
        {"object_types": ["cylinder seals", "gold coins"], "object_count": [54, 3]},
        {"event_type": ["seizure", "return"]},
        {"simulated": [True, False]},
        {"case_key": ["K", "K"]},
        {"object_types": ["antiquities"] * 2, "object_count": [None] * 2, "agency": [""] * 2},
    ],
    ids=str,
)
def test_other_events_are_not_proposed(columns: dict[str, list[object]]):
    """Long after, elsewhere, of other objects, of another sort; or nothing tells."""
    assert likely_duplicates(records(**columns)).empty


def test_each_comparison_moves_the_score_its_way():
    """Later, farther, fewer, otherwise called: less; unknown lies between."""
    best = score()
    for worse in (
        days(2),
        {"geometry": [HERE, FAR]},
        {"object_types": ["cylinder seals", "coins"]},
    ):
        assert score(**worse) < best
    assert score(object_count=[54, 5]) < score(object_count=[54, None]) < best
    assert score(**days(9)) < score(**days(2))


def test_undated_records_are_found_by_rare_words():
    """Two shared words lead from one to the other."""
    undated = {"date_from": [DAY, None], "date_to": [DAY, None]}
    assert score(**undated) >= LEAST
    assert (
        score(**undated, object_types=["lion statue", "coins"], place=["", ""], agency=["", ""])
        == 0
    )


def test_a_judged_pair_is_not_proposed_again():
    """In whatever order it was judged."""
    names = (("local", "A"), ("local", "B"))
    assert likely_duplicates(records(), judged=[names]).empty
    assert likely_duplicates(records(), judged=[names[::-1]]).empty
    assert len(likely_duplicates(records(), judged=[(names[0], ("other", "B"))])) == 1


def test_a_record_is_not_its_own_duplicate():
    """Held against a frame that holds it, each finds the other only."""
    both = records()
    found = likely_duplicates(both, both)
    assert sorted(map(tuple, found[["first", "second"]].to_numpy().tolist())) == [(0, 1), (1, 0)]


def test_only_the_best_are_given():
    """Five others are alike; two are asked for."""
    many = pd.concat([records(id=[f"A{n}", f"B{n}"]) for n in range(3)], ignore_index=True)
    found = likely_duplicates(many.iloc[:1], many.iloc[1:], most=2)
    assert found["second"].tolist() == [0, 1]


def test_no_records_have_no_duplicates():
    """An empty frame on either side gives an empty table of the same columns."""
    empty = records().iloc[:0]
    for pair in ((empty, None), (empty, records()), (records(), empty)):
        found = likely_duplicates(*pair)
        assert list(found.columns) == ["first", "second", "score", "why"]
        assert found.empty
        assert found.dtypes["first"] == "int64"


DRAWN = st.lists(
    st.tuples(
        st.sampled_from([None, DAY, DAY + timedelta(days=5), DAY + timedelta(days=400)]),
        st.sampled_from([0, 20, 500]),
        st.sampled_from([None, HERE, NEAR, FAR]),
        st.sampled_from(["", "gold coins", "cylinder seal", "أختام", "antiquities"]),
        st.sampled_from([None, 0, 1, 54, 55]),
        st.sampled_from(["seizure", "return"]),
    ),
    max_size=7,
)


@given(DRAWN)
def test_any_records_can_be_compared(drawn: list[tuple]):
    """Scores lie within 0 and 1, every pair has grounds, and both directions agree."""
    count = len(drawn)
    frame = frame_of(
        "seizures",
        {
            "id": [f"R{n}" for n in range(count)],
            "country": ["X"] * count,
            "date_from": [row[0] for row in drawn],
            "date_to": [row[0] and row[0] + timedelta(days=row[1]) for row in drawn],
            "geometry": [row[2] for row in drawn],
            "precision": ["town" if row[2] else "country" for row in drawn],
            "object_types": [row[3] for row in drawn],
            "object_count": [row[4] for row in drawn],
            "event_type": [row[5] for row in drawn],
        },
    )
    found = likely_duplicates(frame, least=0, most=99)
    assert found["score"].between(0, 1).all()
    assert (found["why"] != "").all()
    assert (found["first"] < found["second"]).all()
    turned = likely_duplicates(frame.iloc[::-1].reset_index(drop=True), least=0, most=99)
    there = {(a, b): round(s, 9) for a, b, s in found[["first", "second", "score"]].to_numpy()}
    back = {
        (count - 1 - b, count - 1 - a): round(s, 9)
        for a, b, s in turned[["first", "second", "score"]].to_numpy()
    }
    assert there == back


def test_planted_duplicates_are_found_among_thousands_in_bounded_memory():
    """Four thousand records of one month and one town: all hundred planted, at most 400 MB."""
    draw = np.random.default_rng(3)
    count = 4_000
    day = [DAY + timedelta(days=int(n)) for n in draw.integers(0, 30, count)]
    frame = frame_of(
        "seizures",
        {
            "id": [f"R{n}" for n in range(count)],
            "event_type": ["seizure"] * count,
            "country": ["X"] * count,
            "geometry": [HERE] * count,
            "precision": ["town"] * count,
            "date_from": day,
            "date_to": day,
            "object_count": draw.integers(5, 5_000, count).tolist(),
            "object_types": [f"thing{n} of sort{n % 40}" for n in draw.integers(0, 900, count)],
        },
    )
    planted = frame.head(100).assign(id=[f"P{n}" for n in range(100)])
    tracemalloc.start()
    found = likely_duplicates(planted, frame, most=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.sort_values("first")["second"].tolist() == list(range(100))
    assert peak < 400_000_000
