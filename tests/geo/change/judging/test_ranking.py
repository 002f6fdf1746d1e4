"""Which alert first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.change.judging import in_order, queue, weighed
from geo.change.judging.ranking import LEAST_PLACE, UNKNOWN_PLACE, UNTESTED
from geo.errors import InvalidSetting, MissingColumns

PLAIN = {
    "dataset_id": "local",
    "detection_id": "CH-1",
    "p": 0.1,
    "placebo_rate": np.nan,
    "score": 3.0,
    "status": "first",
    "persistence": 1,
    "sensors": "S2",
    "area_m2": 400.0,
    "date_to": pd.Timestamp("2025-03-01"),
    "place_m": 0.0,
    "agreeing": 0,
}


def alerts(*changes: dict[str, object]) -> pd.DataFrame:
    """Made-up alerts A0, A1 and so on, alike but for these values."""
    rows = [{"id": f"A{number}", **PLAIN, **change} for number, change in enumerate(changes)]
    frame = pd.DataFrame(rows)
    return frame.astype({"persistence": "Int64", "p": float, "place_m": float, "score": float})


def priorities(*changes: dict[str, object]) -> list[float]:
    """The priorities of such alerts."""
    return weighed(alerts(*changes)).priority.tolist()


def test_the_priority_is_the_product_of_four_weights():
    """Unusual at 0.9, in the site, on one date, by one sensor: 0.9 x 1 x 0.5 x 0.7."""
    assert priorities({}) == pytest.approx([0.9 * 1 * 0.5 * 0.7])


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"p": 0.2}, {"p": 0.1}),
        ({"place_m": 300.0}, {"place_m": 20.0}),
        ({"persistence": 1}, {"persistence": 3}),
        ({"status": "first", "persistence": None}, {"status": "confirmed", "persistence": None}),
        ({"sensors": "S2"}, {"sensors": "S1|S2"}),
        ({"agreeing": 0}, {"agreeing": 1}),
        ({"p": None}, {"p": 0.4}),
    ],
)
def test_more_of_anything_comes_first(worse, better):
    """Evidence, place, persistence and sensors each raise the priority."""
    low, high = priorities(worse, better)
    assert low < high


def test_an_untested_alert_counts_as_a_coin_at_most():
    """Without a p value, the strongest of a detection has half the evidence, weaker ones less."""
    got = weighed(alerts({"p": None, "score": 9}, {"p": None, "score": 1}))
    assert got.evidence.tolist() == [UNTESTED, UNTESTED / 2]


@pytest.mark.parametrize(("rate", "evidence"), [(0.0, 0.75), (0.1, 0.75), (0.6, 0.4)])
def test_a_study_s_own_rate_of_false_alarms_is_its_evidence(rate, evidence):
    """A series tests itself on quiet years, of which there are few."""
    got = weighed(alerts({"p": None, "placebo_rate": rate}))
    assert got.evidence.tolist() == [pytest.approx(evidence)]


def test_a_detection_without_scores_still_has_an_order():
    """A missing score is the weakest, not an error."""
    got = weighed(alerts({"p": None, "score": None}, {"p": None, "score": 1}))
    assert 0 < got.evidence[0] < got.evidence[1]


def test_far_places_and_unknown_ones_keep_a_weight():
    """Nothing is ranked out of the queue by its place."""
    got = weighed(alerts({"place_m": 1e6}, {"place_m": None}, {"place_m": 250.0}))
    assert got.place.tolist() == pytest.approx([LEAST_PLACE, UNKNOWN_PLACE, np.exp(-1)])


ANY = st.fixed_dictionaries(
    {
        "p": st.sampled_from([None, 0.1, 0.5]),
        "place_m": st.sampled_from([None, 0.0, 90.0]),
        "area_m2": st.sampled_from([100.0, 400.0]),
        "date_to": st.sampled_from([pd.NaT, pd.Timestamp("2025-03-01")]),
        "agreeing": st.integers(0, 2),
    }
)


@given(st.lists(ANY, min_size=1, max_size=8), st.randoms())
def test_the_order_does_not_depend_on_how_the_alerts_were_given(changes, random):
    """Ties are broken by what is told, down to the id."""
    frame = alerts(*changes)
    shuffled = frame.sample(frac=1, random_state=random.randrange(1000))
    ordered = [
        part.iloc[in_order(part, weighed(part).priority)]["id"].tolist()
        for part in (frame, shuffled)
    ]
    assert ordered[0] == ordered[1]


@given(st.lists(ANY, min_size=1, max_size=8))
def test_weights_lie_between_0_and_1(changes):
    """So that no single one can push all others aside."""
    got = weighed(alerts(*changes))
    for weight in (got.evidence, got.place, got.persistence, got.sensors, got.priority):
        assert ((weight > 0) & (weight <= 1)).all()


def test_ties_go_to_the_sure_the_near_the_large_and_the_late():
    """Of equal priority, then by id."""
    same = np.zeros(6)
    frame = alerts(
        {}, {"area_m2": 900.0}, {"p": 0.05}, {"place_m": 5.0}, {"date_to": "2025-06-01"}, {}
    )
    ids = frame.iloc[in_order(frame, same)]["id"].tolist()
    assert ids == ["A2", "A1", "A4", "A0", "A5", "A3"]


def test_no_alert_has_no_order():
    """An empty store has an empty queue."""
    empty = alerts({}).iloc[:0]
    assert in_order(empty, weighed(empty).priority) == []


def test_a_frame_without_what_is_needed_is_refused():
    """The columns are named."""
    with pytest.raises(MissingColumns, match="alerts without place_m, agreeing"):
        weighed(alerts({}).drop(columns=["place_m", "agreeing"]))


def test_the_budget_goes_to_the_first_that_wait():
    """Judged ones cost nothing, and what was looked at this week is taken off."""
    waiting = [True, False, True, True]
    assert queue(waiting, budget=2).tolist() == [True, False, True, False]
    assert queue(waiting, budget=2, judged=1).tolist() == [True, False, False, False]
    assert not queue(waiting, budget=2, judged=5).any()
    assert not queue([], budget=2).size


def test_a_budget_below_nothing_is_refused():
    """Nobody looks at minus one alert."""
    with pytest.raises(InvalidSetting, match="a budget of -1"):
        queue([True], budget=-1)
