"""The feed of alerts."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pytest

from geo.access import Role
from geo.errors import NotAllowed
from geo.model import AlertMethod, Judgement, Tlp
from geo.pipeline.alerts import feed
from geo.pipeline.alerts.learning import SETTING
from geo.pipeline.guard import guard
from geo.store import open_store
from tests.alert_records import alert, bring, judged, opinion, scene, site
from tests.guarded_store import clock, somebody
from tests.homes import NOW


@pytest.fixture
def store(tmp_path):
    """A store with the made-up site."""
    opened = open_store(f"sqlite:///{tmp_path / 'alerts.sqlite'}")
    bring(opened, "sites", site())
    yield opened
    opened.close()


def placebo(*, runs: int, reached: int, raised: int) -> str:
    """What calibration leaves with an alert."""
    counts = {"runs": runs, "reached": reached, "raised": raised, "tried": 10, "alarms": 1}
    return json.dumps({"placebo": counts})


def test_a_store_without_alerts_has_an_empty_feed(store):
    """And says that nothing was tested."""
    found = feed(store, now=NOW)
    assert found.frame.empty
    assert found.sites.empty
    assert found.placebo_rate is None
    assert not found.reranked


def test_the_sure_and_near_one_comes_first_and_says_why(store):
    """An unusual flag in the site before one that the site's past often showed."""
    often = placebo(runs=19, reached=12, raised=15)
    bring(
        store,
        "alerts",
        alert("CH-1-001", p=0.65, features=often),
        alert("CH-1-002", p=0.05, features=placebo(runs=19, reached=0, raised=15)),
        alert("CH-1-003", p=0.05, east_deg=0.02),
    )
    found = feed(store, now=NOW)
    assert found.frame["id"].tolist() == ["CH-1-002", "CH-1-001", "CH-1-003"]
    assert found.frame["q"].tolist() == pytest.approx([0.0625, 0.8125, 0.0625])
    first = found.frame.iloc[0]["why"]
    assert "0 of 19 quiet pairs of its past were as strong, 15 raised some alert" in first
    assert (
        "in the site, or what stands for its outline; status first; last seen clearly on 2026-09-01"
        in first
    )
    assert "a promised rate of 10% realised 1 of 10" in first
    assert "not seen for 82 days since" in first
    assert (found.placebo_runs, found.placebo_rate) == (19, pytest.approx(15 / 19))


def test_an_untested_alert_says_so(store):
    """Nothing was run on its past."""
    bring(store, "alerts", alert())
    found = feed(store, now=NOW)
    assert "not tested on the site's own past" in found.frame["why"].iloc[0]
    assert np.isnan(found.sites["q"].iloc[0])


def test_sensors_that_agree_raise_both_alerts(store):
    """Each names the other's sensor."""
    radar = alert("SA-1-001", method=AlertMethod.SAR, sensors=("S1",))
    bring(store, "alerts", alert("CH-1-001"), radar, alert("CH-1-002", east_deg=0.004))
    frame = feed(store, now=NOW).frame.set_index("id")
    assert frame.loc["CH-1-001", "agreeing_sensors"] == "S1"
    assert "S2 agrees" in frame.loc["SA-1-001", "why"]
    assert frame.loc["CH-1-001", "priority"] > frame.loc["CH-1-002", "priority"]


def test_simulated_alerts_stand_behind_real_ones_and_count_for_themselves(store):
    """Their p values change no real q value, and each kind has a budget of its own."""
    bring(
        store,
        "alerts",
        alert("SIM-1", p=0.01, simulated=True),
        alert("CH-1-001", p=0.2),
        alert("CH-2-001", p=0.3),
    )
    found = feed(store, now=NOW, budget_a_week=1)
    assert found.frame["id"].tolist() == ["CH-1-001", "CH-2-001", "SIM-1"]
    assert found.frame["q"].tolist() == pytest.approx([0.3, 0.3, 0.01])
    assert found.frame["within_budget"].tolist() == [True, False, True]
    assert found.frame["why"].iloc[2].startswith("SIMULATED; ")
    assert found.sites["simulated"].tolist() == [False, True]


def test_the_budget_is_a_week_s(store):
    """Looks of the last seven days are taken off; open ones that were looked at stay due."""
    bring(store, "alerts", *(alert(f"CH-1-{number:03d}", p=0.1) for number in range(6)))
    bring(
        store,
        "opinions",
        opinion("CH-1-004", given_at=NOW - timedelta(days=2)),
        opinion("CH-1-005", given_at=NOW - timedelta(days=9)),
    )
    found = feed(store, now=NOW, budget_a_week=3)
    due = found.frame[found.frame["within_budget"]]["id"].tolist()
    assert due == ["CH-1-000", "CH-1-001", "CH-1-004"]
    assert found.looked_at == 1


def test_judged_alerts_stay_in_the_feed_and_are_never_due(store):
    """Nothing is dropped; a disputed one waits."""
    bring(
        store,
        "alerts",
        alert("CH-1-001", judgement=Judgement.ACCEPTED),
        alert("CH-1-002", judgement=Judgement.REJECTED),
        alert("CH-1-003", judgement=Judgement.DISPUTED),
    )
    found = feed(store, now=NOW)
    assert found.frame.set_index("id")["within_budget"].to_dict() == {
        "CH-1-001": False, "CH-1-002": False, "CH-1-003": True,
    }  # fmt: skip
    assert found.sites[["alerts", "waiting"]].to_numpy().tolist() == [[3, 1]]


def test_a_site_is_as_sure_as_its_detections_together(store):
    """Simes over the detections of a site, then q values over sites."""
    bring(store, "sites", site("OTHER"))
    bring(
        store,
        "alerts",
        alert("CH-1-001", p=0.02),
        alert("CH-1-002", p=0.5),
        alert("CH-4-001", p=0.4),
        alert("CH-2-001", p=0.3, site_id="OTHER"),
        alert("CH-3-001", p=0.3, site_id=""),
    )
    sites = feed(store, now=NOW).sites
    assert sites["site_id"].tolist() == ["TELL", "OTHER"]
    assert sites["p"].tolist() == pytest.approx([0.04, 0.3])
    assert sites["q"].tolist() == pytest.approx([0.08, 0.3])


def test_a_later_clear_scene_is_the_last_view(store):
    """And says how long nothing was seen since."""
    bring(store, "alerts", alert())
    bring(store, "scenes", scene(date(2026, 11, 2)))
    row = feed(store, now=NOW).frame.iloc[0]
    assert (row["last_clear_on"].date(), row["not_seen_days"]) == (date(2026, 11, 2), 20)


def test_the_feed_is_the_same_whatever_order_alerts_came_in(store, tmp_path):
    """Two stores that were filled in opposite order."""
    told = [alert(f"CH-{number % 2}-{number:03d}", p=0.1, score=3.0) for number in range(6)]
    other = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    bring(other, "sites", site())
    bring(store, "alerts", *told)
    bring(other, "alerts", *reversed(told))
    ids = [feed(one, now=NOW).frame["id"].tolist() for one in (store, other)]
    other.close()
    assert ids[0] == ids[1]


def test_re_ranking_is_off_until_somebody_turns_it_on(store):
    """Then like ones of the accepted alerts rise, and the feed says so."""
    bring(store, "alerts", *(judged(number) for number in range(60)))
    like = {"features": json.dumps({"ndvi_change": -0.3}), "area_m2": 400.0}
    unlike = {"features": json.dumps({"ndvi_change": 0.1})}
    bring(store, "alerts", alert("CH-90-001", **like), alert("CH-90-002", **unlike))

    def open_ones() -> list[str]:
        """The ids that wait, in order."""
        frame = feed(store, now=NOW).frame
        return frame[frame["judgement"] == ""]["id"].tolist()

    assert open_ones() == ["CH-90-002", "CH-90-001"]
    store.set_setting(SETTING, "on", author="Keeper", now=NOW)
    assert open_ones() == ["CH-90-001", "CH-90-002"]
    found = feed(store, now=NOW)
    assert found.reranked
    assert "re-ranked by judgements" in found.frame["why"].iloc[0]
    assert not feed(store, now=NOW, rerank=False).reranked


def test_somebody_sees_the_alerts_that_they_may_see(store):
    """The feed of an analyst leaves out what is marked RED, and its p values too."""
    bring(store, "alerts", alert("CH-1-001", p=0.2), alert("CH-1-002", p=0.01, marking=Tlp.RED))
    found = feed(guard(store, somebody(Role.ANALYST), clock=clock), now=NOW)
    assert found.frame["id"].tolist() == ["CH-1-001"]
    assert found.frame["q"].tolist() == pytest.approx([0.2])


def test_whoever_may_not_analyse_has_no_feed(store):
    """It tells how near flags lie to sites."""
    with pytest.raises(NotAllowed, match="the role viewer may not analyse"):
        feed(guard(store, somebody(Role.VIEWER), clock=clock), now=NOW)


def test_hostile_features_break_no_feed(store):
    """Counts that are none are not believed."""
    texts = ['{"placebo": 3}', '{"placebo": {"runs": -1, "reached": 0, "raised": 0}}', "[[",
             '{"placebo": {"runs": true, "reached": 0, "raised": 0}}']  # fmt: skip
    bring(store, "alerts", *(alert(f"CH-{n}-001", p=0.1, features=text)
                             for n, text in enumerate(texts)))  # fmt: skip
    found = feed(store, now=NOW)
    assert len(found.frame) == len(texts)
    assert found.placebo_rate is None
