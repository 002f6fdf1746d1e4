"""The re-ranker that learns from judgements."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from geo.change.judging import held_back, train
from geo.change.judging.learning import LEAST_JUDGED, average_precision, table
from geo.errors import BadInput


def judged(count: int = 120, *, sites: int = 12, seed: int = 1) -> tuple[pd.DataFrame, list[bool]]:
    """Made-up alerts of which analysts accept those that lost their plants; priority is chance."""
    draws = np.random.default_rng(seed)
    ndvi = draws.uniform(-0.4, 0.4, count)
    frame = pd.DataFrame(
        {
            "dataset_id": "local",
            "id": [f"A{number:03d}" for number in range(count)],
            "site_id": [f"SITE{number % sites}" for number in range(count)],
            "detection_id": [f"CH-{number % (2 * sites)}" for number in range(count)],
            "method": "pair",
            "hint": "",
            "features": [json.dumps({"ndvi_change": value}) for value in ndvi],
            "area_m2": draws.uniform(100, 5000, count),
            "score": draws.uniform(0, 9, count),
            "p": np.nan,
            "persistence": pd.array([1] * count, dtype="Int64"),
            "place_m": draws.uniform(0, 500, count),
            "agreeing": 0,
            "priority": draws.uniform(0, 1, count),
        }
    )
    return frame, (ndvi < 0).tolist()


def test_what_analysts_accept_is_learned():
    """Alerts like the accepted ones are more likely than those like the rejected ones."""
    frame, accepted = judged()
    fresh, truth = judged(seed=2)
    chance = train(frame, accepted).chance(fresh)
    assert average_precision(chance, np.array(truth)) > 0.97


def test_the_order_of_the_judgements_teaches_nothing():
    """The same alerts in another order give the same chances to the bit."""
    frame, accepted = judged()
    places = np.random.default_rng(0).permutation(len(frame))
    shuffled = train(frame.iloc[places], [accepted[place] for place in places])
    np.testing.assert_array_equal(shuffled.chance(frame), train(frame, accepted).chance(frame))


def test_the_effect_on_sites_that_were_held_back_is_told():
    """A rule that holds everywhere helps at sites that taught nothing."""
    frame, accepted = judged()
    effect = held_back(frame, accepted, first=20)
    assert effect.judged == 120
    assert effect.groups == 12
    assert effect.helps
    assert effect.before < 0.7
    assert effect.after > 0.95
    assert effect.accepted_first_before < effect.accepted_first_after == 20


def test_judgements_without_a_rule_do_not_help():
    """Where acceptance is chance, the interval of the gain holds 0."""
    frame, accepted = judged()
    rolled = np.random.default_rng(4).permutation(accepted).tolist()
    effect = held_back(frame, rolled, first=20)
    assert not effect.helps
    assert effect.low < 0.05


def test_what_one_site_teaches_is_tried_on_other_sites():
    """A mark of the site itself, such as its size of cells, is no gain elsewhere."""
    frame, _ = judged(sites=10)
    by_site = frame["site_id"].isin([f"SITE{number}" for number in range(5)])
    marked = frame.assign(features="", area_m2=frame["site_id"].str[4:].astype(float))
    effect = held_back(marked, by_site.tolist(), first=20)
    assert effect.after < 0.9


def test_alerts_of_one_site_are_held_back_by_detection():
    """There is no other site to hold back."""
    frame, accepted = judged(sites=12)
    effect = held_back(frame.assign(site_id="SITE0"), accepted, first=20)
    assert effect.groups == 24


def test_alerts_of_one_detection_cannot_be_held_back():
    """Nothing would be left to learn from that is not the same picture."""
    frame, accepted = judged()
    alike = frame.assign(site_id="", detection_id="CH-1")
    with pytest.raises(BadInput, match="all 120 judged alerts are of one detection"):
        held_back(alike, accepted, first=20)


@pytest.mark.parametrize(("count", "accepted"), [(LEAST_JUDGED - 1, 20), (60, 9), (60, 51)])
def test_too_few_judgements_teach_nothing(count, accepted):
    """Fifty judged ones, and ten of either kind."""
    frame, _ = judged(count)
    truth = [number < accepted for number in range(count)]
    for learn in (train, lambda rows, said: held_back(rows, said, first=5)):
        with pytest.raises(BadInput, match=f"{count} judged alerts, {accepted} accepted"):
            learn(frame, truth)


@pytest.mark.parametrize(
    "features",
    ["", "no JSON", "[1]", '{"ndvi_change": "x"}', '{"ndvi_change": 1e999}',
     '{"ndvi_change": NaN}', '{"ndvi_change": ' + "9" * 400 + "}", '{"ndvi_change": true}'],
)  # fmt: skip
def test_features_that_tell_nothing_are_missing_values(features):
    """They are neither an error nor a number."""
    frame, accepted = judged()
    chance = train(frame, accepted).chance(frame.assign(features=features))
    assert np.isfinite(chance).all()
    assert len(np.unique(table(frame.assign(features=features))[:, 7:20])) == 1


def test_no_alert_has_no_chance():
    """An empty queue stays empty."""
    frame, accepted = judged()
    assert train(frame, accepted).chance(frame.iloc[:0]).size == 0


def test_average_precision_is_that_of_an_independent_implementation():
    """scikit-learn gives the same, ties included."""
    from sklearn.metrics import average_precision_score

    draws = np.random.default_rng(8)
    for _ in range(20):
        score = draws.integers(0, 6, 30).astype(float)
        truth = draws.random(30) < 0.3
        truth[0] = True
        assert average_precision(score, truth) == pytest.approx(
            average_precision_score(truth, score)
        )
    assert np.isnan(average_precision(score, np.zeros(30, bool)))
