"""False discoveries among alerts: q values, and one p value for a site."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from geo.change.judging import (
    benjamini_hochberg,
    benjamini_yekutieli,
    cauchy,
    q_in_families,
    simes,
)
from geo.errors import InvalidSetting

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(P_VALUES)
def test_q_values_are_those_of_an_independent_implementation(p):
    """SciPy's own adjustment gives the same, for both methods."""
    for method, own in (("bh", benjamini_hochberg), ("by", benjamini_yekutieli)):
        np.testing.assert_allclose(own(p), stats.false_discovery_control(p, method=method))


@given(P_VALUES, st.randoms())
def test_the_order_of_the_p_values_changes_no_q_value(p, random):
    """The same p value has the same q value wherever it stands."""
    places = list(range(len(p)))
    random.shuffle(places)
    shuffled = benjamini_hochberg([p[place] for place in places])
    np.testing.assert_array_equal(shuffled, benjamini_hochberg(p)[places])


@given(P_VALUES)
def test_an_alert_without_a_p_value_is_no_hypothesis(p):
    """It gets no q value, and the others keep theirs."""
    q = benjamini_hochberg([float("nan"), *p])
    assert np.isnan(q[0])
    np.testing.assert_array_equal(q[1:], benjamini_hochberg(p))


def test_nothing_gives_nothing():
    """No alert and none that was tested: no q value, and no p value of the site."""
    assert benjamini_hochberg([]).size == 0
    assert np.isnan(simes([]))
    assert np.isnan(cauchy([float("nan")]))


@pytest.mark.parametrize("strange", [-0.1, 1.5])
@pytest.mark.parametrize("method", [benjamini_hochberg, benjamini_yekutieli, simes, cauchy])
def test_what_is_no_p_value_is_refused(method, strange):
    """A p value lies between 0 and 1."""
    with pytest.raises(InvalidSetting, match="a p value is"):
        method([0.5, strange])


@given(P_VALUES)
def test_simes_is_the_least_q_value(p):
    """A site is a discovery as soon as one of its alerts is."""
    assert simes(p) == np.min(benjamini_hochberg(p))


@given(st.floats(1e-6, 0.9), st.integers(1, 6))
def test_cauchy_of_equal_p_values_is_that_value(p, count):
    """Several alerts that say the same say it together, however they depend."""
    assert cauchy([p] * count) == pytest.approx(min(p, 1 - 1 / (4 * count)), rel=1e-6)


def test_one_sure_alert_is_not_drowned_by_dull_ones():
    """Nine p values of 1 leave a site with one of a millionth sure enough."""
    assert cauchy([1e-6] + [1.0] * 9) < 1e-4
    assert simes([1e-6] + [1.0] * 9) == pytest.approx(1e-5)


def test_the_promised_rate_of_false_discoveries_is_kept_for_shared_placebos():
    """Alerts that share placebo runs depend on one another; the rate holds all the same.

    Of 40 alerts 10 are real; each of 400 draws has its own 99 placebo runs, shared by its alerts.
    """
    draws = np.random.default_rng(5)
    wrong = []
    for _ in range(400):
        placebo = np.sort(draws.normal(size=99))
        alerts = draws.normal(size=40)
        alerts[:10] += 4
        p = (1 + 99 - np.searchsorted(placebo, alerts)) / 100
        found = benjamini_hochberg(p) <= 0.2
        wrong.append(found[10:].sum() / max(found.sum(), 1))
    assert np.mean(wrong) <= 0.2


@given(P_VALUES)
def test_detections_of_one_alert_each_are_plain_hypotheses(p):
    """Then nothing is adjusted within them."""
    np.testing.assert_allclose(q_in_families(p, range(len(p))), benjamini_hochberg(p))


def test_alerts_of_one_detection_do_not_weigh_one_another_down():
    """A detection of four alerts counts once: its strongest is as sure as if it were alone."""
    p = [0.02, 0.5, 0.9, 1.0, 0.3]
    q = q_in_families(p, ["A", "A", "A", "A", "B"])
    np.testing.assert_allclose(q, [0.04, 0.5, 0.9, 1.0, 0.3])


@given(P_VALUES, st.data())
def test_a_stronger_alert_never_has_a_larger_q_value(p, data):
    """Q rises with p, whatever the detections, and is never below it."""
    families = data.draw(st.lists(st.sampled_from("ABC"), min_size=len(p), max_size=len(p)))
    q = q_in_families(p, families)
    assert (np.diff(q[np.argsort(p, kind="stable")]) >= 0).all()
    assert (q >= np.array(p) - 1e-12).all()


def test_a_detection_that_seldom_flags_stands_for_those_that_did_not():
    """One that flags in a third of quiet runs was asked three times, for all that is known."""
    q = q_in_families([0.02, 0.3, float("nan")], ["A", "B", "C"], stands_for=[3, 1, 1])
    np.testing.assert_allclose(q, [0.08, 0.6, np.nan])
    with pytest.raises(InvalidSetting, match=r"a detection stands for 0\.5"):
        q_in_families([0.1], ["A"], stands_for=[0.5])


def test_no_alert_with_a_p_value_has_no_q_value():
    """An untested feed stays untested."""
    assert q_in_families([], []).size == 0
    assert np.isnan(q_in_families([float("nan")], ["A"])).all()


def test_the_promised_rate_holds_over_detections_of_several_alerts():
    """Of 30 detections of 4 alerts 6 hold a real one; each has 199 placebo runs of its own."""
    draws = np.random.default_rng(6)
    families = np.repeat(np.arange(30), 4)
    wrong, right = [], []
    for _ in range(60):
        placebo = draws.gamma(2.0, size=(30, 199, 4)).max(axis=2)
        alerts = draws.gamma(2.0, size=(30, 4))
        alerts[:6, 0] += 15
        p = (1 + (placebo[:, :, None] >= alerts[:, None, :]).sum(axis=1)) / 200
        found = (q_in_families(p.ravel(), families.tolist()) <= 0.2).reshape(30, 4)
        real = found[:6, 0].sum()
        wrong.append((found.sum() - real) / max(found.sum(), 1))
        right.append(real / 6)
    assert np.mean(wrong) <= 0.2
    assert np.mean(right) > 0.9
