"""Who saw which restricted record, and refusals that do not flood the audit."""

from __future__ import annotations

import json
from datetime import timedelta

import geopandas as gpd
import pytest

from geo.access import NOBODY, Role
from geo.audit import faults_of
from geo.disclosure import site_index
from geo.errors import NotAllowed, StoreBusy
from geo.model import Tlp
from geo.pipeline.guard import guard
from geo.pipeline.seen import (
    MOST_REFUSALS,
    QUIET,
    entries,
    looks_at,
    note_refused,
    note_seen,
    restricted,
)
from geo.store import Store, open_store
from tests.guarded_store import (
    CLOSED,
    GROUP,
    KEEPER,
    NOW,
    bring,
    clock,
    events_at,
    seizures_of,
    somebody,
)


def restricted_ids(store: Store, kind: str) -> set[str]:
    """The ids of a kind whose looks are noted."""
    frame = store.read(kind)
    found = restricted(
        frame, kind=kind, sites=site_index(store.read("sites")), closed=store.dataset_groups()
    )
    return set(frame["id"][found])


def named(detail: str) -> set[tuple[str, str]]:
    """Dataset and id of the records that an entry spells out."""
    return {(each["dataset"], name) for each in json.loads(detail)["lists"]
            for name in each.get("ids", ())}  # fmt: skip


def test_records_are_restricted_by_marking_dataset_and_site(store):
    """Stricter than GREEN, of a closed dataset, or of a site that is sensitive or not known."""
    bring(store, "events", events_at("S-PLAIN", "S-LOW", "S-HIGH", "S-EXTREME", "S-UNKNOWN", ""))
    assert restricted_ids(store, "sites") == {"S-HIGH", "S-EXTREME", "S-CLOSED"}
    assert restricted_ids(store, "events") == {"E-S-HIGH", "E-S-EXTREME", "E-S-UNKNOWN"}
    assert restricted_ids(store, "seizures") == {
        "Z-AMBER", "Z-AMBER_STRICT", "Z-RED", *(f"Y-{marking.name}" for marking in Tlp),
    }  # fmt: skip


def test_nothing_is_restricted_in_an_empty_frame(store):
    """No rows, no marks."""
    frame = store.read("events")
    assert restricted(frame, kind="events", sites=site_index(store.read("sites")), closed={}).shape
    assert restricted_ids(store, "events") == set()


def test_a_look_is_noted_with_the_ids_and_nothing_else_of_the_records(store, as_role):
    """Who, when, which: no place, no name of a site, no text of a row."""
    analyst = as_role(Role.ANALYST)
    revision = store.revision()
    entry = analyst.saw("sites", analyst.read("sites"))
    assert (entry.actor, entry.action, entry.subject) == (
        analyst.principal.subject, "saw", "sites",
    )  # fmt: skip
    assert named(entry.detail) == {("local", "S-HIGH"), ("local", "S-EXTREME")}
    assert "Tell Made Up" not in entry.detail
    assert "36.5" not in entry.detail
    assert json.loads(entry.detail)["scope"] == "analyst:"
    assert store.revision() == revision


def test_a_look_at_what_is_open_to_all_is_not_noted(store, as_role):
    """Strangers see nothing restricted, and an audit of everything would tell nothing."""
    before = store.audit_head()
    for role in (Role.ANONYMOUS, Role.VIEWER):
        guarded = as_role(role)
        for kind in ("sites", "seizures", "events"):
            assert guarded.saw(kind, guarded.read(kind)) is None
    assert store.audit_head() == before


def test_a_look_at_a_coarse_record_is_a_look(as_role):
    """A partner who is given the cell of a highly sensitive site has been given it."""
    partner = as_role(Role.PARTNER, GROUP)
    entry = partner.saw("sites", partner.read("sites"))
    assert named(entry.detail) == {("local", "S-HIGH"), (CLOSED, "S-CLOSED")}


def test_ids_that_are_not_seen_are_not_noted_as_seen(as_role):
    """Naming an id is not seeing it."""
    partner = as_role(Role.PARTNER)
    assert partner.saw("seizures", ["Z-RED", "Z-CLEAR", "Z-NEVER"]) is None
    entry = as_role(Role.ADMINISTRATOR).saw("seizures", iter(["Z-RED", "Z-CLEAR", "Z-NEVER"]))
    assert named(entry.detail) == {("local", "Z-RED")}


def test_a_list_is_spelled_out_once(store, as_role):
    """The second session names the same records by the SHA-256 of their list."""
    first, second = as_role(Role.ANALYST), guard(
        store, somebody(Role.ANALYST, subject="proxy:b"), clock=clock
    )  # fmt: skip
    spelled = first.saw("seizures", first.read("seizures"))
    short = second.saw("seizures", second.read("seizures"))
    assert named(spelled.detail)
    assert named(short.detail) == set()
    assert [each["sha256"] for each in json.loads(spelled.detail)["lists"]] == [
        each["sha256"] for each in json.loads(short.detail)["lists"]
    ]
    assert len(short.detail) < 300


def test_another_process_spells_its_lists_out_again(store, as_role):
    """What was written before is not known to it, and an entry must not lean on a guess."""
    analyst = as_role(Role.ANALYST)
    analyst.saw("seizures", analyst.read("seizures"))
    other = open_store(store.url)
    entry = note_seen(other, KEEPER, "seizures", analyst.read("seizures"), now=NOW)
    assert named(entry.detail)
    other.close()


def test_a_list_whose_entry_was_not_written_is_spelled_out_the_next_time(store, monkeypatch):
    """An entry that failed has told nobody anything."""
    frame = store.read("seizures")
    with monkeypatch.context() as patched:
        patched.setattr(store, "note", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            note_seen(store, KEEPER, "seizures", frame, now=NOW)
    assert named(note_seen(store, KEEPER, "seizures", frame, now=NOW).detail)


def test_a_thousand_records_are_one_list_and_a_new_one_touches_its_own(store):
    """Lists are of one dataset and at most a thousand ids, so that a change repeats few."""
    many = gpd.pd.concat([seizures_of("local")] * 400, ignore_index=True)
    many["id"] = [f"M-{row:05d}" for row in range(len(many))]
    first = json.loads(note_seen(store, KEEPER, "seizures", many, now=NOW).detail)
    assert [len(each["ids"]) for each in first["lists"]] == [1000, 1000]
    more = gpd.pd.concat([many, seizures_of(CLOSED)], ignore_index=True)
    second = json.loads(note_seen(store, KEEPER, "seizures", more, now=NOW).detail)
    assert [len(each.get("ids", ())) for each in second["lists"]] == [5, 0, 0]
    assert (first["rows"], second["rows"]) == (2000, 2005)


def test_who_saw_a_record_is_found_from_the_audit_alone(store):
    """Each look counts, spelled out or by its list; others' and other kinds' do not."""
    times = iter(NOW + timedelta(minutes=n) for n in range(9))
    for subject, role in (("proxy:a", Role.ANALYST), ("proxy:b", Role.ANALYST),
                          ("proxy:c", Role.PARTNER)):  # fmt: skip
        guarded = guard(store, somebody(role, subject=subject), clock=lambda: next(times))
        for kind in ("seizures", "sites"):
            guarded.saw(kind, guarded.read(kind))
    looks = looks_at(store, "seizures", "Z-AMBER")
    assert [(look.actor, look.at) for look in looks] == [
        ("proxy:a", NOW),
        ("proxy:b", NOW + timedelta(minutes=2)),
    ]
    assert {look.scope for look in looks} == {"analyst:"}
    assert {look.actor for look in looks_at(store, "sites", "S-HIGH")} == {
        "proxy:a", "proxy:b", "proxy:c",
    }  # fmt: skip
    assert looks_at(store, "seizures", "Z-AMBER", dataset_id=CLOSED) == ()
    assert looks_at(store, "seizures", "Z-RED") == ()
    assert looks_at(store, "events", "Z-AMBER") == ()


def test_the_audit_is_read_in_pages(store):
    """Every entry once, in order, whatever the page."""
    for number in range(7):
        note_refused(store, actor=f"proxy:{number}", what="login", now=NOW)
    whole = store.audit()
    for page in (1, 3, len(whole), 1000):
        assert tuple(entries(store, page=page)) == whole
    assert tuple(entries(store, after=whole[3].number, page=2)) == whole[4:]


def refuse(store: Store, actor: str, minutes: float = 0.0, what: str = "login"):
    """Note a refusal some minutes after `NOW`."""
    return note_refused(store, actor=actor, what=what, now=NOW + timedelta(minutes=minutes))


def test_the_same_refusal_is_noted_once_in_ten_minutes(store):
    """A page that is tried a hundred times is one entry, and the next tells of the others."""
    assert refuse(store, "proxy:x") is not None
    for second in range(99):
        assert refuse(store, "proxy:x", second / 60) is None
    assert refuse(store, "proxy:x", what="audit") is not None
    later = refuse(store, "proxy:x", QUIET.total_seconds() / 60)
    assert json.loads(later.detail) == {}
    noted = [json.loads(entry.detail) for entry in entries(store) if entry.action == "refused"]
    assert noted == [{}, {"unnoted": 99}, {}]


def test_a_thousand_forged_names_do_not_flood_the_audit(store):
    """Sixty entries in ten minutes from however many names, and others are still heard."""
    before = store.audit_head().number
    for number in range(1000):
        refuse(store, f"oidc:https://forged.example|{number}", number / 200)
    assert store.audit_head().number - before == MOST_REFUSALS
    assert refuse(store, "proxy:member", 5, what="audit") is not None
    for _ in range(5):
        refuse(store, "proxy:z", 5)
    entry = refuse(store, "proxy:y", 11)
    assert json.loads(entry.detail)["unnoted"] == 5
    told = [json.loads(each.detail).get("unnoted", 0) for each in entries(store, after=before)]
    assert sum(told) == 1005 - MOST_REFUSALS


def test_sessions_of_one_server_share_the_limit(store):
    """A new guard, as each click makes one, is no new budget."""
    before = store.audit_head().number
    for _ in range(20):
        guarded = guard(store, NOBODY, clock=clock)
        with pytest.raises(NotAllowed):
            guarded.members()
    assert store.audit_head().number - before == 1


def test_a_clock_that_runs_backwards_silences_nobody(store):
    """Set back by a year, the next refusal is noted, not held back for a year."""
    assert refuse(store, "proxy:x") is not None
    assert refuse(store, "proxy:x", -365 * 24 * 60) is not None
    assert all("clock" in fault for fault in faults_of(entries(store)))


def test_a_refusal_that_could_not_be_written_is_not_forgotten(store, monkeypatch):
    """The next one is noted and counts it."""
    with monkeypatch.context() as patched:
        patched.setattr(store, "note", raising_busy)
        with pytest.raises(StoreBusy):
            refuse(store, "proxy:x")
    assert json.loads(refuse(store, "proxy:x").detail) == {"unnoted": 1}


def raising_busy(*_: object, **__: object) -> None:
    """A store that somebody else holds."""
    raise StoreBusy("somebody writes")


@pytest.mark.parametrize(
    ("actor", "kept"),
    [("x" * 10_000, "x" * 200), ("a\0b\x1b[31m\nc", "a b [31m c"), ("", "nobody"),
     ("\n\0", "nobody"), ("\ud800half", "half")],
)  # fmt: skip
def test_a_hostile_name_is_cut_and_printable_in_the_audit(store, actor, kept):
    """Endless names, terminal escapes, NUL and halves of characters come to nothing."""
    entry = note_refused(store, actor=actor, what=actor, now=NOW, why="w" * 999)
    assert entry.actor == kept
    assert entry.subject == kept.replace("nobody", "something")
    assert len(json.loads(entry.detail)["why"]) == 200
    assert [fault for fault in faults_of(entries(store)) if "clock" not in fault] == []
