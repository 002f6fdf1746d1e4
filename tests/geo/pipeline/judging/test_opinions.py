"""Opinions on alerts and what follows from them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.access import Role
from geo.errors import BadInput, NotAllowed, NotFound
from geo.frames import frame_of_records
from geo.model import Judgement, Opinion, RejectReason, Tlp, Verdict
from geo.pipeline.judging import judge, opinions_on, settle, standing_of, with_judgements
from geo.pipeline.seen import entries
from tests.guarded_store import NOW, key_of
from tests.judged_alerts import LATER, first_alert

YES, NO, UNSURE = Verdict.ACCEPTED, Verdict.REJECTED, Verdict.UNSURE
WHY = (RejectReason.SHIFT,)


def say(store, verdict, author, **more):
    """What `author` says of the first alert."""
    reasons = WHY if verdict is NO else ()
    return judge(store, first_alert(store), verdict=verdict, reasons=reasons, author=author,
                 **{"now": NOW, **more})  # fmt: skip


def judgement(store) -> str:
    """The first alert's judgement in the store."""
    return str(first_alert(store)["judgement"])


def test_one_opinion_is_kept_and_judges_nothing_yet(store):
    """A second person is asked for; the words, the time and the alert's site stand in it."""
    told = say(store, YES, "Huda", words="  fresh pits  ")
    (kept,) = opinions_on(store, first_alert(store)).itertuples()
    assert (kept.reviewer, kept.verdict, kept.note) == ("Huda", "accepted", "fresh pits")
    assert (kept.given_at, kept.site_id, kept.marking) == (NOW, "S-PLAIN", "TLP:AMBER")
    assert (told.judgement, judgement(store)) == (Judgement.NONE, "")
    assert told.standing.waits_for == "a second person"


def test_a_reason_counts_once_in_whatever_order_it_is_given(store):
    """The same words the other way round are the same opinion."""
    given = (RejectReason.SHIFT, RejectReason.CLOUD, RejectReason.SHIFT)
    alert = first_alert(store)
    for reasons in (given, given[1:]):
        told = judge(store, alert, verdict=NO, reasons=reasons, author="Huda", now=NOW)
        assert told.opinion.reasons == tuple(r for r in RejectReason if r in given)
    assert len(store.history("opinions", told.opinion.id)) == 1


def test_two_who_agree_judge_it_and_both_opinions_stay(store):
    """The history of the alert says who; the other alert is not touched."""
    say(store, NO, "Huda")
    told = say(store, NO, "Ali", now=LATER)
    assert told.judgement is Judgement.REJECTED
    assert told.standing.against_it == ("Huda", "Ali")
    assert len(opinions_on(store, first_alert(store))) == 2
    history = store.history("alerts", first_alert(store)["id"])
    assert history["reason"].tolist()[-1] == "rejected by Huda, Ali"
    assert store.get("alerts", "CH-0123456789ab-002")["judgement"].tolist() == [""]


def test_two_who_differ_make_it_disputed_until_a_reviewer_settles_it(store):
    """The last word decides, and what the two said stays."""
    say(store, YES, "Huda")
    told = say(store, NO, "Ali", now=LATER)
    assert (told.judgement, told.standing.waits_for) == (Judgement.DISPUTED, "a reviewer")
    assert judgement(store) == "disputed"
    told = settle(store, first_alert(store), verdict=YES, author="Rana", now=LATER)
    assert (told.judgement, told.standing.settled_by) == (Judgement.ACCEPTED, "Rana")
    assert told.standing.against_it == ("Ali",)
    say(store, UNSURE, "Omar", now=LATER)
    assert judgement(store) == "accepted"


def test_a_second_thought_is_a_new_version_and_may_end_a_dispute(store):
    """Everybody has one opinion; the one before stays in its history."""
    say(store, YES, "Huda")
    say(store, NO, "Ali")
    told = say(store, YES, "Ali", now=LATER)
    assert told.judgement is Judgement.ACCEPTED
    assert len(opinions_on(store, first_alert(store))) == 2
    versions = store.history("opinions", told.opinion.id)
    assert versions["verdict"].tolist() == ["rejected", "accepted"]


def test_whoever_withdraws_takes_back_what_they_made(store):
    """Of two who agreed one cannot tell any more: nothing is judged."""
    say(store, YES, "Huda")
    say(store, YES, "Ali")
    assert say(store, UNSURE, "Ali", now=LATER).judgement is Judgement.NONE
    history = store.history("alerts", first_alert(store)["id"])
    assert history["reason"].tolist()[-1] == "accepted by Huda"


def test_one_opinion_takes_back_nothing_that_was_judged_otherwise(store):
    """An alert that was judged before there were opinions stays so until two say otherwise."""
    store.correct("alerts", first_alert(store)["id"], {"judgement": "accepted"}, author="t",
                  reason="seen", now=NOW)  # fmt: skip
    assert say(store, NO, "Huda").judgement is Judgement.ACCEPTED
    assert say(store, NO, "Ali").judgement is Judgement.REJECTED


def test_an_opinion_is_as_strictly_marked_and_as_invented_as_its_alert(store):
    """It lies in the alert's dataset, so that it is open to the same people."""
    changes = {"marking": "TLP:RED", "note": "made up"}
    store.correct("alerts", first_alert(store)["id"], changes, author="t", reason="r", now=NOW)
    assert say(store, YES, "Huda").opinion.marking is Tlp.RED


def test_saying_the_same_again_completes_what_was_cut_off(store):
    """The opinions are there and the judgement is not: the next word sets it."""
    say(store, YES, "Huda")
    say(store, YES, "Ali")
    store.correct("alerts", first_alert(store)["id"], {"judgement": ""}, author="t", reason="cut",
                  now=NOW)  # fmt: skip
    assert say(store, YES, "Ali", now=LATER).judgement is Judgement.ACCEPTED


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"verdict": NO}, "a rejection without a reason; expected one or more of seasonal"),
        ({"verdict": YES, "reasons": WHY}, "'accepted' with reasons to reject: co-registration"),
        ({"verdict": UNSURE, "settles": True}, "somebody who cannot tell settles nothing"),
        ({"verdict": YES, "author": " "}, "nobody says it"),
    ],
)
def test_a_word_that_says_nothing_is_refused(store, words, message):
    """Nothing is kept of it."""
    with pytest.raises(BadInput, match=message):
        judge(store, first_alert(store), **{"author": "Huda", "now": NOW, **words})
    assert store.read("opinions").empty


def test_an_alert_that_is_not_there_is_told(store):
    """By its dataset and id."""
    with pytest.raises(NotFound, match="no 'CH-9' in dataset 'local' of alerts"):
        judge(store, {"id": "CH-9", "dataset_id": "local"}, verdict=YES, author="Huda", now=NOW)


class TestRights:
    """Who may say what, through the guard."""

    def author(self, guarded) -> str:
        """The name of whoever asks."""
        return guarded.principal.author

    def say(self, guarded, verdict, **more):
        """What they say."""
        return say(guarded, verdict, self.author(guarded), **more)

    def test_agreement_of_analysts_waits_for_a_reviewer(self, seen_by, store):
        """They may not judge; the third, who may, makes it so."""
        self.say(seen_by(Role.ANALYST, "a"), YES)
        told = self.say(seen_by(Role.ANALYST, "b"), YES)
        assert (told.judgement, told.standing.waits_for) == (Judgement.NONE, "a reviewer")
        assert judgement(store) == ""
        assert self.say(seen_by(Role.REVIEWER, "c"), YES).judgement is Judgement.ACCEPTED

    def test_analysts_may_differ_but_not_settle_or_undo_a_verdict(self, seen_by, store):
        """A dispute is no verdict; taking one back is."""
        analyst, other = seen_by(Role.ANALYST, "a"), seen_by(Role.ANALYST, "b")
        reviewer = seen_by(Role.REVIEWER, "c")
        self.say(analyst, YES)
        assert self.say(other, NO).judgement is Judgement.DISPUTED
        with pytest.raises(NotAllowed, match="the role analyst may not judge"):
            self.say(other, NO, settles=True)
        assert self.say(reviewer, YES, settles=True).judgement is Judgement.ACCEPTED
        told = self.say(analyst, NO, now=NOW + timedelta(hours=2))
        assert told.judgement is Judgement.ACCEPTED
        assert [each.subject for each in entries(store) if each.action == "refused"] == ["judge"]

    def test_viewers_have_no_opinion(self, seen_by):
        """Outside the office alerts are looked at."""
        with pytest.raises(NotAllowed, match="the role partner may not keep"):
            self.say(seen_by(Role.PARTNER, "p"), UNSURE)

    @pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR])
    def test_nobody_speaks_for_somebody_else(self, seen_by, store, role):
        """Neither under another's name nor over another's opinion, and nobody corrects one."""
        forger = seen_by(role, "f")
        with pytest.raises(NotAllowed, match="opinions of somebody else"):
            say(forger, YES, "Huda")
        kept = say(store, YES, "Huda").opinion
        mine = Opinion(id=kept.id, alert_id=kept.alert_id, reviewer=self.author(forger),
                       verdict=NO, given_at=NOW)  # fmt: skip
        frame, key = frame_of_records("opinions", [mine]), key_of("opinions", "local")
        with pytest.raises(NotAllowed, match="opinions of somebody else"):
            forger.add("opinions", frame, key=key, author="", now=NOW)
        with pytest.raises(NotAllowed, match="verdict of opinions cannot be corrected"):
            forger.correct("opinions", kept.id, {"verdict": "rejected"}, author="", reason="no",
                           now=NOW)  # fmt: skip
        forger.correct("opinions", kept.id, {"marking": "TLP:AMBER+STRICT"}, author="",
                       reason="inner matter", now=NOW)  # fmt: skip
        assert store.read("opinions")["verdict"].tolist() == ["accepted"]

    def test_nobody_but_the_administrator_takes_back_what_another_said(self, seen_by):
        """Undoing the import of an opinion would."""
        one, other = seen_by(Role.ANALYST, "a"), seen_by(Role.REVIEWER, "b")
        self.say(one, YES)
        (name,) = (each.import_id for each in one.imports() if each.kind == "opinions")
        with pytest.raises(NotAllowed, match="brought the opinions of somebody else"):
            other.undo(name, author="", now=NOW)
        assert one.undo(name, author="", now=NOW).withdrawn == 1

    def test_a_word_that_settles_does_not_come_in_by_the_back_door(self, seen_by):
        """A row that is brought in is held to the same right."""
        analyst = seen_by(Role.ANALYST, "a")
        mine = Opinion(id="OP-1", alert_id="CH-0123456789ab-001", reviewer=self.author(analyst),
                       verdict=YES, settles=True, given_at=NOW)  # fmt: skip
        frame, key = frame_of_records("opinions", [mine]), key_of("opinions", "local")
        with pytest.raises(NotAllowed, match="the role analyst may not judge"):
            analyst.add("opinions", frame, key=key, author="", now=NOW)


def test_an_alert_that_is_brought_up_to_date_keeps_its_judgement(store, seen_by):
    """Also by an analyst, who may not judge but changes nothing of the verdict."""
    say(store, YES, "Huda")
    say(store, YES, "Ali")
    names = ["version", "recorded_at", "import_id"]
    newer = store.read("alerts").drop(columns=names).assign(status="confirmed", judgement="")
    carried = with_judgements(store, newer)
    assert carried["judgement"].tolist() == ["accepted", ""]
    assert newer["judgement"].tolist() == ["", ""]
    analyst = seen_by(Role.ANALYST, "a")
    key = key_of("alerts", "local", "2")
    assert analyst.add("alerts", carried, key=key, author="", now=NOW).accepted == 2
    assert store.read("alerts")["status"].tolist() == ["confirmed"] * 2
    assert judgement(store) == "accepted"
    for forged in (carried.assign(judgement="accepted"), carried.assign(judgement="")):
        with pytest.raises(NotAllowed, match="may not judge"):
            analyst.add("alerts", forged, key=key_of("alerts", "local", "3"), author="", now=NOW)


words = st.tuples(st.sampled_from(["Huda", "Ali", "Rana"]), st.sampled_from(Verdict), st.booleans())


@given(st.lists(words, max_size=6))
def test_where_an_alert_stands_follows_from_the_opinions_alone(said):
    """In whatever order their rows come; two of one side judge, two sides dispute."""
    last = {who: (at, verdict, settles) for at, (who, verdict, settles) in enumerate(said)}
    opinions = frame_of_records(
        "opinions",
        [
            Opinion(id=f"OP-{who}", alert_id="A", reviewer=who, verdict=verdict,
                    settles=settles and verdict is not UNSURE, given_at=NOW + timedelta(hours=at))
            for who, (at, verdict, settles) in last.items()
        ],
    )  # fmt: skip
    told = standing_of(opinions)
    assert told == standing_of(opinions.iloc[::-1])
    assert {*told.for_it, *told.against_it, *told.unsure} == set(last)
    if not told.settled_by:
        sides = bool(told.for_it), bool(told.against_it)
        assert (told.judgement is Judgement.DISPUTED) == all(sides)
        assert (told.judgement is Judgement.ACCEPTED) == (len(told.for_it) > 1 and not sides[1])
    assert bool(told.waits_for) == (told.judgement in {Judgement.NONE, Judgement.DISPUTED})
