"""The commands `alerts`, end to end."""

from __future__ import annotations

import json
from datetime import date
from getpass import getuser

import pytest

from geo.model import Judgement
from geo.store import open_store
from tests.alert_records import alert, bring, judged, scene, site
from tests.homes import copied, installed, settings_of
from tests.shell_runs import called, refused


@pytest.fixture
def store(tmp_path, tmp_path_factory):
    """The store of an installation of the test's own, with the made-up site."""
    home = copied(installed(tmp_path_factory), tmp_path / "home")
    opened = open_store(settings_of(home).store_url)
    bring(opened, "sites", site())
    yield opened
    opened.close()


@pytest.fixture
def run(monkeypatch, capsys, tmp_path, store):
    """Runs a command of alerts on it."""
    return lambda *words, **more: called(
        monkeypatch, capsys, tmp_path / "home", "alerts", *words, **more
    )


def test_an_untouched_store_has_an_empty_queue(run):
    """Said in words, and as a document."""
    assert run().out.startswith("0 alerts; * = due this week (20 a week, 0 looked at")
    assert run("--json").json["alerts"] == []


def test_the_queue_lists_what_waits_with_its_reasons(run, store):
    """The most urgent first; judged ones and simulated ones as asked."""
    bring(
        store,
        "alerts",
        alert("CH-1-001", p=0.5, hint="pits"),
        alert("CH-1-002", p=0.1),
        alert("CH-1-003", judgement=Judgement.REJECTED),
        alert("CH-2-001", simulated=True),
    )
    lines = run("--budget", "1").out.splitlines()
    assert lines[0].startswith("* 0.315  CH-1-002  TELL  900 m2  [TLP:AMBER]")
    assert lines[1].startswith(
        "    p 0.1, q 0.1; in the site, or what stands for its outline; status"
    )
    assert "pits? (unverified)" in lines[2]
    assert lines[5].startswith("    SIMULATED; not tested on the site's own past")
    assert [row["id"] for row in run("--json", "--real-only").json["alerts"]] == [
        "CH-1-002", "CH-1-001",
    ]  # fmt: skip
    told = run("--json", "--all", "--site", "Tell TELL").json
    assert {row["id"] for row in told["alerts"]} == {
        "CH-1-001", "CH-1-002", "CH-1-003", "CH-2-001",
    }  # fmt: skip
    assert run("--json", "--site", "Hatra").json["alerts"] == []


def test_two_persons_who_agree_judge_an_alert(run, store):
    """Each by name on one account; the audit tells the account."""
    bring(store, "alerts", alert())
    first = run("judge", "CH-1-001", "--verdict", "accepted", "--by", "Amal Made-Up", "--json")
    assert first.json["judgement"] == ""
    assert first.json["waits_for"] == "a second person"
    words = ("--words", "spoil beside each pit", "--by", "Basim Made-Up")
    second = run("judge", "CH-1-001", "--verdict", "accepted", *words)
    assert second.out == "CH-1-001  Basim Made-Up: accepted  judgement: accepted\n"
    opinions = store.read("opinions")
    assert set(opinions["reviewer"]) == {"Amal Made-Up", "Basim Made-Up"}
    assert "spoil beside each pit" in set(opinions["note"])
    lent = [(entry.actor, entry.subject) for entry in store.audit() if entry.action == "speak for"]
    assert lent == [(f"shell:{getuser()}", name) for name in ("Amal Made-Up", "Basim Made-Up")]


def test_a_rejection_names_its_reasons_and_a_dispute_is_settled(run, store):
    """By the words of the list or their short names; the last word decides."""
    bring(store, "alerts", alert())
    run("judge", "CH-1-001", "--verdict", "accepted", "--by", "Amal Made-Up")
    told = run(
        "judge", "CH-1-001", "--verdict", "rejected", "--reason", "cloud, shadow or haze",
        "--reason", "shift", "--by", "Basim Made-Up", "--json",
    ).json  # fmt: skip
    assert told["judgement"] == "disputed"
    settled = run("judge", "CH-1-001", "--verdict", "rejected", "--reason", "dust", "--settle")
    assert f"{getuser()}: rejected  judgement: rejected" in settled.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--verdict", "rejected"), "a rejection without a reason"),
        (("--verdict", "rejected", "--reason", "bored"), "--reason 'bored'; expected one of"),
        (("--verdict", "accepted", "--by", " "), "--by ' ' is no name"),
        (("--verdict", "accepted", "--by", "A <shell:b>"), "is no name"),
    ],
)
def test_a_word_that_says_nothing_is_refused(run, store, words, why):
    """Nothing is kept."""
    bring(store, "alerts", alert())
    refused(run("judge", "CH-1-001", *words), why)
    assert store.read("opinions").empty


def test_a_name_cannot_be_lent_where_people_log_in(run, store):
    """Then nobody but the account speaks on the shell."""
    bring(store, "alerts", alert())
    words = ("judge", "CH-1-001", "--verdict", "unsure", "--by", "Amal Made-Up")
    refused(run(*words, LAMASSU_LOGIN="proxy"), "where people log in")
    assert run(*words[:-2], LAMASSU_LOGIN="proxy").code == 0


def test_an_unknown_alert_is_refused(run):
    """And where to look is told."""
    refused(run("judge", "CH-9-001", "--verdict", "unsure"), "there is no alert 'CH-9-001'")


def test_an_alert_becomes_an_assessment_in_eamena_s_terms(run, store):
    """What is not said is what the hint suggests."""
    bring(store, "alerts", alert(hint="pits"))
    told = run(
        "assess", "CH-1-001", "--condition", "poor", "--extent", "1-10%", "--certainty", "medium",
        "--priority", "urgent", "--on", "2026-10-02", "--words", "made up", "--by", "Amal Made-Up",
        "--json",
    ).json  # fmt: skip
    assert told["disturbance_category"] == "Looting/Illegal Activities"
    assert told["disturbance_cause"] == "Excavation (Hand)"
    assert told["action_priority"] == "Within 6 months to 1 year (Urgent)"
    assert (told["assessed_by"], told["assessed_on"]) == ("Amal Made-Up", "2026-10-02")
    kept = store.read("assessments").iloc[0]
    assert (kept["condition"], kept["damage_extent"], kept["note"]) == ("Poor", "1-10%", "made up")
    plain = run("assess", "CH-1-001", "--condition", "Fair").out
    assert "Fair, Looting/Illegal Activities: Excavation (Hand) (certainty Low)" in plain


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--condition", "so-so"), "--condition 'so-so'; expected one of Good, Fair"),
        (("--condition", "Good", "--on", "today"), "--on today; expected a day"),
        (("--condition", "Good", "--cause", "Aliens"), "--cause 'Aliens'"),
    ],
)
def test_a_term_that_eamena_does_not_have_is_refused(run, store, words, why):
    """Nothing is kept."""
    bring(store, "alerts", alert())
    refused(run("assess", "CH-1-001", *words), why)
    assert store.read("assessments").empty


def test_too_short_a_past_is_found_wrong(run, store):
    """Exit code 1, with the reason, and as a document."""
    bring(store, "alerts", alert())
    bring(store, "scenes", scene(date(2026, 5, 1)), scene(date(2026, 6, 1)))
    done = run("calibrate", "--site", "TELL")
    assert done.code == 1
    assert "0 of 1 alerts: not tested (2 usable scenes make 1 quiet pairs before it" in done.out
    told = run("calibrate", "--site", "TELL", "--json")
    assert told.code == 1
    assert told.json["detections"][0]["runs"] == 0
    assert told.json["realised"]["rate"] is None


def test_a_site_without_alerts_has_nothing_to_calibrate(run):
    """Refused, and what to do."""
    refused(run("calibrate", "--site", "Hatra"), "no alert at PL894004 is kept")


def test_learning_is_shown_before_it_is_switched_on(run, store):
    """Off with too few judgements, and why; on with enough, and then it counts."""
    done = run("learn")
    assert done.out.startswith("re-ranking is off\n  0 judged alerts, 0 accepted and 0 rejected")
    refused(run("learn", "--on"), "0 judged alerts")
    bring(store, "alerts", *(judged(number) for number in range(60)))
    told = run("learn", "--on", "--budget", "10", "--json").json
    assert told["on"] is True
    assert told["effect"]["judged"] == 60
    assert "held back by site: average precision" in run("learn").out
    assert run("--json").json["reranked"] is True
    assert run("learn", "--off", "--json").json["on"] is False
    assert json.dumps(told)
