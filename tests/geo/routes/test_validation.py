"""Tests on withheld events: nothing leaks, and verdicts follow from numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput, InvalidSetting
from geo.routes.validation import (
    BASELINES,
    Events,
    Forecast,
    Ground,
    Training,
    Validation,
    baselines,
    leave_one_post_out,
    time_split,
)
from geo.routes.verdicts import Verdict

POSTS = 6
LINKS = 20
TRUE_SHARE = np.array([0.4, 0.25, 0.15, 0.1, 0.07, 0.03])
NEVER = np.datetime64("NaT", "D")
FIRST = np.datetime64("2010-01-01")


def some_events(seed: int = 0, *, count: int = 60) -> Events:
    """Events at posts by `TRUE_SHARE`, one a month; each post has its own link and leg."""
    rng = np.random.default_rng(seed)
    post = rng.choice(POSTS, count, p=TRUE_SHARE)
    day = FIRST + 30 * np.arange(count)
    return Events(
        first_day=day,
        last_day=day,
        post=post,
        link=post,
        leg=post // 2,
        case=np.full(count, -1),
    )


def some_ground() -> Ground:
    """Twenty links of 10 km, three origins, the least exposed posts nearest to them."""
    return Ground(
        link_length_km=np.full(LINKS, 10.0),
        link_post_km=np.linspace(100, 0, LINKS),
        link_line_km=np.linspace(50, 0, LINKS),
        post_km=np.tile(np.linspace(600, 100, POSTS), (3, 1)),
        origin_weight=np.ones(3),
        post_leg=np.arange(POSTS) // 2,
    )


def right(training: Training) -> Forecast:
    """A model that knows the truth."""
    draws = np.random.default_rng(0).dirichlet(200 * TRUE_SHARE, 500)
    score = np.concatenate([TRUE_SHARE, np.zeros(LINKS - POSTS)])
    return Forecast(link_score=score, post_share=TRUE_SHARE, post_draws=draws)


def wrong(training: Training) -> Forecast:
    """A model that has it the other way round, and is sure of it."""
    draws = np.random.default_rng(0).dirichlet(2000 * TRUE_SHARE[::-1], 500)
    return Forecast(
        link_score=np.arange(LINKS, dtype=float), post_share=TRUE_SHARE[::-1], post_draws=draws
    )


def verdicts(validation: Validation) -> dict[str, Verdict]:
    """The verdict of each measure."""
    return {row.measure: row.verdict for row in validation.rows}


def test_a_right_model_passes() -> None:
    """It reaches the lines, beats what it can beat, and its intervals hold."""
    events = some_events(count=400)
    found = time_split(events, some_ground(), right, cut=events.first_day[1], seed=0)
    values = {row.measure: row for row in found.rows}
    assert values["hit rate in the top 10 % of the network"].value == pytest.approx(0.65, abs=0.1)
    assert values["hit rate in the top 10 % of the network"].verdict == Verdict.PASSED
    assert values["PAI over road km"].value == pytest.approx(6.5, abs=1)
    assert values["PEI over road km"].value == pytest.approx(1, abs=0.02)
    assert values["Spearman of the posts"].value > 0.9
    assert values["log score"].verdict == Verdict.PASSED
    assert values["coverage of 90 % intervals"].verdict == Verdict.PASSED
    for row in found.rows[:-1]:
        assert row.low <= row.value <= row.high
        assert row.why.endswith("on 399 events")


def test_a_wrong_model_fails() -> None:
    """Every measure says so, and names the baseline that does better."""
    found = time_split(some_events(count=200), some_ground(), wrong, seed=0)
    assert set(verdicts(found).values()) == {Verdict.FAILED}
    ranking = next(row for row in found.rows if row.measure == "Spearman of the posts")
    assert ranking.value < 0
    assert "not above the line 0.45" in ranking.why
    assert "past counts" in ranking.why


def test_too_few_events_are_not_testable() -> None:
    """Below thirty located events nothing is judged, and the number is told."""
    for test in (time_split, leave_one_post_out):
        found = test(some_events(count=29), some_ground(), refuse, seed=0)
        assert set(verdicts(found).values()) == {Verdict.NOT_TESTABLE}
        assert all("29 located events" in row.why for row in found.rows)
        assert all(np.isnan(row.value) for row in found.rows)


def refuse(training: Training) -> Forecast:
    """No refit is due where nothing can be tested."""
    raise AssertionError


def test_the_refit_sees_no_withheld_event() -> None:
    """A spy in the place of the model gets only days before the cut, and the cut itself."""
    seen: list[Training] = []
    events = some_events()
    cut = events.first_day[40]
    time_split(events, some_ground(), lambda t: seen.append(t) or right(t), cut=cut, seed=0)
    assert len(seen) == 1
    assert seen[0].before == cut
    np.testing.assert_array_equal(seen[0].events.last_day, events.last_day[:40])
    assert seen[0].withheld_post is None


@given(
    starts=st.lists(st.integers(0, 3000), min_size=45, max_size=60),
    lasts=st.integers(0, 200),
    case=st.integers(1, 20),
    seed=st.integers(0, 99),
)
def test_nothing_leaks_whatever_the_dates(starts, lasts, case, seed) -> None:
    """No event of the training can lie at or after the cut, or share a case with a withheld one."""
    rng, seen = np.random.default_rng(seed), []
    first = FIRST + np.array(starts)
    events = replace(
        some_events(count=len(starts)),
        first_day=np.where(rng.random(len(starts)) < 0.1, NEVER, first),
        last_day=first + rng.integers(0, lasts + 1, len(starts)),
        case=rng.integers(-1, case, len(starts)),
    )
    time_split(events, some_ground(), lambda t: seen.append(t) or right(t), seed=seed)
    for training in seen:
        assert (training.events.last_day < training.before).all()
        assert not np.isnat(training.events.first_day).any()


def test_what_the_training_knows_is_not_withheld() -> None:
    """The return of a seizure is no new event: it is in neither part, and counted as left out."""
    events = some_events()
    case = np.full(60, -1)
    case[[3, 50, 51]] = 7
    found = time_split(
        replace(events, case=case), some_ground(), right, cut=events.first_day[40], seed=0
    )
    assert found.remarks[0].startswith("Fitted on 40 events")
    assert "measured on 18" in found.remarks[0]
    assert "2 of a case known before" in found.remarks[1]


def test_events_without_a_sure_side_are_left_out() -> None:
    """Undated events and those that span the cut are counted, and in neither part."""
    events = some_events(count=70)
    first, last = events.first_day.copy(), events.last_day.copy()
    first[5] = NEVER
    last[30] = events.first_day[60]
    found = time_split(
        replace(events, first_day=first, last_day=last),
        some_ground(),
        right,
        cut=events.first_day[45],
        seed=0,
    )
    assert "Fitted on 43 events" in found.remarks[0]
    assert "1 without a date, 1 that may lie on either side" in found.remarks[1]


def test_no_date_at_all_is_not_testable() -> None:
    """Time cannot be split where there is none."""
    events = replace(some_events(), first_day=np.full(60, NEVER), last_day=np.full(60, NEVER))
    found = time_split(events, some_ground(), refuse, seed=0)
    assert set(verdicts(found).values()) == {Verdict.NOT_TESTABLE}
    assert "no event has a date" in found.rows[0].why


def test_a_post_left_out_is_not_seen() -> None:
    """Each post is withheld once, with all its events and the rest of their cases."""
    seen: list[Training] = []
    case = np.full(60, -1)
    events = some_events()
    at_first = np.flatnonzero(events.post == 0)[0]
    elsewhere = np.flatnonzero(events.post == 1)[0]
    case[[at_first, elsewhere]] = 3
    events = replace(events, case=case)
    leave_one_post_out(events, some_ground(), lambda t: seen.append(t) or right(t), seed=0)
    assert [training.withheld_post for training in seen] == list(range(POSTS))
    for post, training in enumerate(seen):
        assert not (training.events.post == post).any()
    assert seen[0].events.post.size == 60 - (events.post == 0).sum() - 1
    assert not (seen[0].events.case == 3).any()


def test_posts_without_events_are_left_out_as_well() -> None:
    """Or a refit would learn from being asked that the post has some."""
    seen: list[int | None] = []
    events = some_events()
    events = replace(events, post=np.minimum(events.post, 3))
    leave_one_post_out(
        events, some_ground(), lambda t: seen.append(t.withheld_post) or right(t), seed=0
    )
    assert seen == list(range(POSTS))


def test_past_counts_know_nothing_of_a_post_left_out() -> None:
    """Left out one by one, past counts rank no post; a right model ranks them all."""
    found = leave_one_post_out(some_events(count=200), some_ground(), right, seed=0)
    ranking = next(row for row in found.rows if row.measure == "Spearman of the posts")
    assert ranking.verdict == Verdict.PASSED
    assert ranking.baselines["past counts"] == 0
    legs = next(row for row in found.rows if row.measure == "edge recall")
    assert legs.why == "the test withholds posts, not legs"


def test_baselines_are_what_they_are_called() -> None:
    """Worked by hand for two origins; each is a distribution over posts."""
    ground = replace(
        some_ground(),
        post_km=np.array([[1.0, 2, 4, 9, 9, 9], [9, 9, 9, 9, 9, 3]]),
        origin_weight=np.array([3.0, 1.0]),
    )
    training = Training(events=some_events(), before=None, withheld_post=None)
    found = baselines(training, ground)
    assert tuple(found) == BASELINES
    for forecast in found.values():
        assert forecast.post_share.sum() == pytest.approx(1)
        assert (forecast.post_share > 0).all()
    even = 0.05 / POSTS
    np.testing.assert_allclose(
        found["nearest post"].post_share,
        [0.95 * 0.75 + even, even, even, even, even, 0.95 * 0.25 + even],
    )
    near = found["straight line"].post_share - even
    assert near[0] / near[1] == pytest.approx(4, rel=0.1)
    counts = np.bincount(training.events.post, minlength=POSTS)
    np.testing.assert_allclose(found["past counts"].post_share, 0.95 * counts / 60 + even)
    np.testing.assert_allclose(found["uniform"].post_share, 1 / POSTS)


def test_chance_has_the_hit_rate_of_chance() -> None:
    """The uniform baseline holds a tenth of the events and a PAI of 1, exactly."""
    found = time_split(some_events(), some_ground(), right, seed=0)
    rows = {row.measure: row.baselines["uniform"] for row in found.rows}
    assert rows["hit rate in the top 10 % of the network"] == pytest.approx(0.1)
    assert rows["PAI over road km"] == pytest.approx(1)
    assert rows["Spearman of the posts"] == 0
    assert rows["log score"] == pytest.approx(-np.log(POSTS))


def test_a_measure_without_its_places_is_not_testable() -> None:
    """Events that lie on no link say nothing of the network, and the others are judged."""
    events = replace(some_events(), link=np.full(60, -1))
    found = verdicts(time_split(events, some_ground(), right, seed=0))
    assert found["PAI over road km"] == Verdict.NOT_TESTABLE
    assert found["log score"] != Verdict.NOT_TESTABLE


def test_a_forecast_without_draws_has_no_coverage() -> None:
    """Calibration is then not testable; the rest is."""
    found = verdicts(
        time_split(
            some_events(), some_ground(), lambda t: replace(right(t), post_draws=None), seed=0
        )
    )
    assert found["coverage of 90 % intervals"] == Verdict.NOT_TESTABLE
    assert found["Spearman of the posts"] != Verdict.NOT_TESTABLE


def test_a_post_that_was_given_nothing_is_scored_very_low() -> None:
    """A probability of 0 for what happened is a number, not an error."""
    share = np.array([0, 1.0, 0, 0, 0, 0])
    found = time_split(
        some_events(), some_ground(), lambda t: replace(right(t), post_share=share), seed=0
    )
    score = next(row for row in found.rows if row.measure == "log score")
    assert score.value < -10
    assert score.verdict == Verdict.FAILED


def test_a_row_has_the_columns_of_the_table() -> None:
    """Test, measure, value and interval, one column a baseline, verdict and reason."""
    row = time_split(some_events(), some_ground(), right, seed=0).rows[0].as_dict()
    assert list(row) == ["test", "measure", "lamassu", "low", "high", *BASELINES, "verdict", "why"]


def test_a_seed_makes_the_intervals() -> None:
    """The same seed resamples alike."""
    first, again = (time_split(some_events(), some_ground(), right, seed=3) for _ in range(2))
    assert [row.as_dict() for row in first.rows[:-1]] == [row.as_dict() for row in again.rows[:-1]]


@pytest.mark.parametrize(
    ("events", "ground", "message"),
    [
        ({"post": np.full(60, POSTS)}, {}, "event's post is not one of the 6"),
        ({"link": np.full(60, -2)}, {}, "event's link is not one of the 20"),
        ({"case": np.zeros(3, dtype=int)}, {}, "case of the events has shape"),
        ({}, {"link_post_km": np.zeros(3)}, "link_post_km has shape"),
        ({}, {"link_line_km": np.full(LINKS, np.nan)}, "link_line_km"),
        ({}, {"post_km": np.zeros((2, POSTS))}, "post_km has shape"),
        ({}, {"origin_weight": np.zeros(3)}, "weight above 0"),
        ({}, {"origin_weight": np.array([-1.0, 1, 1])}, "negative"),
    ],
)
def test_what_does_not_fit_is_refused(events: dict, ground: dict, message: str) -> None:
    """Before any refit is made."""
    given_events, given_ground = replace(some_events(), **events), replace(some_ground(), **ground)
    for test in (time_split, leave_one_post_out):
        with pytest.raises(BadInput, match=message):
            test(given_events, given_ground, refuse, seed=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"post_share": np.ones(POSTS)}, "sum to 6"),
        ({"post_share": np.full(POSTS, np.nan)}, "sum to nan"),
        ({"post_share": np.ones(1)}, "1,"),
        ({"post_draws": np.ones((5, 1))}, "forecast draws"),
        ({"link_score": np.ones(1)}, "links"),
    ],
)
def test_a_forecast_that_is_none_is_refused(change: dict, message: str) -> None:
    """A model that gives no distribution over posts is told so."""
    with pytest.raises(BadInput, match=message):
        time_split(some_events(), some_ground(), lambda t: replace(right(t), **change), seed=0)


@pytest.mark.parametrize("share", [0.0, 1.0, np.nan])
def test_a_share_that_splits_nothing_is_refused(share: float) -> None:
    """The part of the training lies between none and all."""
    with pytest.raises(InvalidSetting, match="train_share"):
        time_split(some_events(), some_ground(), right, train_share=share, seed=0)


def test_a_seed_below_nought_is_refused() -> None:
    """By both tests."""
    for test in (time_split, leave_one_post_out):
        with pytest.raises(InvalidSetting, match="seed = -1"):
            test(some_events(), some_ground(), right, seed=-1)
