"""The page of alerts without a browser: the queue, verdicts of two persons, assessment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.access import Role
from geo.eamena import ARABIC, Condition
from geo.model import RejectReason
from geo.store import Store
from layers.views import cache, triage_queue
from layers.views.triage_keys import ACCEPT, CONFIRM, NEXT, PREVIOUS, REJECT, UNSURE, reason_button
from tests import triage_records
from tests.homes import settings_of
from tests.layers.views.conftest import forget
from tests.map_frames import PAYLOADS

PAGE = Path(__file__).resolve().parents[2] / "browser" / "triage_app.py"

HOSTILE = " ".join(PAYLOADS)

Open = Callable[..., AppTest]


@pytest.fixture
def open_page(home: Path, monkeypatch: pytest.MonkeyPatch, come_as) -> Iterator[Open]:
    """Opens the page on the home, as the administrator or as somebody of a role."""
    monkeypatch.setenv("LAMASSU_HOME", str(home))
    forget()

    def start(role: Role | None = None) -> AppTest:
        if role is not None:
            come_as(role)
        return AppTest.from_file(PAGE, default_timeout=60).run()

    yield start
    cache.store().close()
    forget()


@pytest.fixture
def page(store: Store, open_page: Open) -> AppTest:
    """The page on the made-up alerts."""
    triage_records.fill(store)
    return open_page()


def words(app: AppTest) -> str:
    """Everything that stands on the page as HTML or Markdown."""
    parts = [*app.get("html"), *app.markdown, *app.caption, *app.info, *app.error, *app.success]
    return "\n".join(str(getattr(part, "body", "") or getattr(part, "value", "")) for part in parts)


def press(app: AppTest, key: str) -> AppTest:
    """Presses a button by its name."""
    app.button(key=key).click().run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    """The id of the alert that is looked at."""
    return str(app.radio(key="alert choice").value[1])


def state(app: AppTest, name: str) -> AppTest:
    """Turns to a part of the alerts."""
    app.button_group(key="alerts of state").set_value(name).run()
    assert not app.exception
    return app


def test_without_an_alert_it_says_what_to_do(open_page: Open):
    """And offers the way there."""
    app = open_page()
    assert not app.exception
    assert "There is no alert yet" in words(app)
    assert [button.label for button in app.button] == ["Go to Change"]


def test_the_queue_can_be_gone_through(page: AppTest):
    """Most urgent first; the first has none before it, the last none after."""
    assert not page.exception
    assert len(page.radio(key="alert choice").options) == 4
    assert shown(page) == "AL-PAIR"
    assert page.button(key=PREVIOUS).disabled
    visited = [shown(page), *(shown(press(page, NEXT)) for _ in range(3))]
    assert len(set(visited)) == 4
    assert page.button(key=NEXT).disabled
    assert shown(press(page, PREVIOUS)) == visited[-2]


def test_alerts_of_one_place_are_told_apart(store: Store, page: AppTest):
    """By their ids: what the browser sends back is a line's head, so no two may be alike."""
    heads = page.radio(key="alert choice").options
    assert len(set(heads)) == 4
    first = [head for head in heads if "AL" in head and "Nimrud" in head]
    assert len(first) == 2
    press(page, ACCEPT)
    state(page, "All")
    assert page.radio(key="alert choice").options == heads


def test_what_is_known_of_an_alert_is_told(page: AppTest):
    """Interval, last clear view and since when not, false alarms, hint as a hint, SIMULATED."""
    told = words(page)
    for part in (
        "01 Mar 2015 to 06 Oct 2016",
        "not seen since",
        "0.8 % of quiet pairs",
        "pits? (hint, unverified)",
        "SIMULATED",
        "score 0.91 (ranks, no probability)",
        "Nobody has said anything yet",
    ):
        assert part in told
    assert len(page.get("iframe")) == 2


def test_two_who_agree_make_a_judgement(page: AppTest, open_page: Open):
    """One word waits for another; it goes on to the next alert, and is found under Second look."""
    press(page, ACCEPT)
    assert shown(page) != "AL-PAIR"
    page.session_state["alert"] = ("local", "AL-PAIR")
    state(page, "Done")
    assert "**accepts it**" in words(page)
    other = state(open_page(Role.REVIEWER), "Second look")
    assert shown(other) == "AL-PAIR"
    press(other, ACCEPT)
    kept = cache.store().get("alerts", "AL-PAIR")
    assert kept["judgement"].tolist() == ["accepted"]
    opinions = cache.store().read("opinions")
    assert sorted(opinions["verdict"]) == ["accepted", "accepted"]
    assert opinions["reviewer"].nunique() == 2


def test_another_page_opens_an_alert(page: AppTest, monkeypatch: pytest.MonkeyPatch):
    """Whatever part of the queue is shown, of whatever site, and however far down it stands."""
    monkeypatch.setattr(triage_queue, "LISTED", 2)
    page.selectbox(key="alerts of site").set_value(triage_records.OTHER_SITE).run()
    state(page, "Done")
    page.session_state["alert"] = ("local", "AL-BARE")
    page.run()
    assert not page.exception
    assert shown(page) == "AL-BARE"
    assert len(page.radio(key="alert choice").options) == 2
    page.run()
    assert shown(page) == "AL-BARE"


def test_a_rejection_needs_a_reason(page: AppTest):
    """The button waits for one; two can be chosen, and one taken back."""
    press(page, REJECT)
    assert page.button(key=CONFIRM).disabled
    press(page, reason_button(1))
    press(page, reason_button(2))
    press(page, reason_button(1))
    press(page, CONFIRM)
    (reasons,) = cache.store().read("opinions")["reasons"]
    assert reasons == list(RejectReason)[1].value
    assert "Why is it none?" not in words(page)


def test_two_who_differ_wait_for_a_reviewer(page: AppTest, open_page: Open):
    """Both opinions stay as they are; the last word decides."""
    press(page, ACCEPT)
    other = state(open_page(Role.ANALYST), "Second look")
    assert not [box for box in other.checkbox if box.label == "My word settles it"]
    press(press(press(other, REJECT), reason_button(3)), CONFIRM)
    assert cache.store().get("alerts", "AL-PAIR")["judgement"].tolist() == ["disputed"]
    judge = state(open_page(Role.REVIEWER), "Second look")
    assert "**accepts it**" in words(judge)
    assert "**rejects it**" in words(judge)
    (settles,) = (box for box in judge.checkbox if box.label == "My word settles it")
    settles.check().run()
    press(judge, ACCEPT)
    kept = cache.store()
    assert kept.get("alerts", "AL-PAIR")["judgement"].tolist() == ["accepted"]
    assert sorted(kept.read("opinions")["verdict"]) == ["accepted", "accepted", "rejected"]


def test_unsure_is_an_opinion_and_no_judgement(page: AppTest):
    """With the words of whoever says it."""
    field = next(one for one in page.text_input if one.label == "Words")
    field.set_value("haze over the mound").run()
    press(page, UNSURE)
    opinions = cache.store().read("opinions")
    assert opinions["verdict"].tolist() == ["unsure"]
    assert opinions["note"].tolist() == ["haze over the mound"]
    assert cache.store().get("alerts", "AL-PAIR")["judgement"].tolist() == [""]


def test_an_alert_becomes_an_assessment_as_its_hint_suggests(page: AppTest):
    """Pits are looting by excavation; what a person changes is what is kept."""
    chosen = {box.label: box for box in page.selectbox}
    assert chosen["Disturbance category"].value == "Looting/Illegal Activities"
    assert chosen["Disturbance cause"].value == "Excavation (Hand)"
    chosen["Overall condition"].set_value(f"Very Bad \u00b7 {ARABIC[Condition.VERY_BAD]}")
    (keep,) = (one for one in page.button if one.label == "Keep the assessment")
    keep.click().run()
    assert not page.exception
    assert not page.error
    (row,) = cache.store().read("assessments").to_dict("records")
    assert (row["condition"], row["disturbance_cause"]) == ("Very Bad", "Excavation (Hand)")
    assert (row["site_id"], row["alert_id"]) == (triage_records.SITE, "AL-PAIR")
    assert row["simulated"]
    assert "**Very Bad**" in words(page)


def test_pictures_that_are_gone_are_told(page: AppTest, home: Path):
    """In words; the queue goes on."""
    for path in settings_of(home).scenes_folder.iterdir():
        path.unlink()
    forget()
    page.run()
    assert not page.exception
    assert "No picture of the place" in page.warning[0].value
    assert shown(press(page, NEXT)) != "AL-PAIR"


def test_hostile_text_stays_text(store: Store, open_page: Open):
    """In hint, words and names: escaped wherever it stands."""
    triage_records.fill(store, hint=HOSTILE)
    app = open_page()
    assert not app.exception
    field = next(one for one in app.text_input if one.label == "Words")
    field.set_value(HOSTILE[:500]).run()
    press(app, ACCEPT)
    app.session_state["alert"] = ("local", "AL-PAIR")
    state(app, "Done")
    for part in app.get("html"):
        assert "<img src=x" not in part.proto.body
        assert "<svg onload" not in part.proto.body
    for part in (*app.markdown, *app.caption):
        assert not re.search(r"(?<!\\)<(img|svg|script)", part.value)


def test_whoever_may_not_analyse_reads_why(store: Store, open_page: Open):
    """And nothing else is there."""
    triage_records.fill(store)
    app = open_page(Role.PARTNER)
    assert "for those who may analyse" in app.error[0].value
    assert not app.radio
    assert not app.button


def test_making_it_again_says_what_differs(page: AppTest):
    """The made-up provenance does not tell enough, and that is said."""
    press(page, "alert make again")
    told = [one.value for one in page.error]
    assert len(told) == 1
    assert "AL" in told[0] or "alert" in told[0]


def test_only_what_is_of_one_site_is_listed_if_wanted(page: AppTest):
    """Limits combine; an empty list is no fault."""
    page.selectbox(key="alerts of site").set_value(triage_records.OTHER_SITE).run()
    assert shown(page) == "AL-RADAR"
    state(page, "Second look")
    assert "Nothing waits here" in words(page)


def test_the_week_is_what_one_team_can_look_at(page: AppTest):
    """A budget of one leaves one due."""
    page.number_input(key="alerts a week").set_value(1).run()
    assert any("4 alerts are here, 1 of them due this week" in line.value for line in page.caption)


def test_the_place_is_shown_as_it_was_last_seen(page: AppTest):
    """Before and now: the last clear picture, whenever the change was first seen."""
    state(page, "All")
    page.radio(key="alert choice").set_value(("local", "AL-SERIES")).run()
    pages = []
    for how in ("Before and after", "Before and now"):
        page.button_group(key="alert shown").set_value(how).run()
        assert not page.exception
        pages.append(page.get("iframe")[0].proto.srcdoc)
    assert ["06 Oct 2016" in one for one in pages] == [False, True]
