"""The one store that views get: default deny, no forged authors, nothing more for the office."""

from __future__ import annotations

import contextlib
import inspect
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from geo.access import RIGHTS, Member, Role
from geo.audit import AuditEvent, faults_of
from geo.errors import BadInput, NotAllowed, NotFound, StoreBusy
from geo.pipeline.access import viewed_as
from geo.pipeline.guard import GuardedStore, guard
from geo.pipeline.rights import NEEDS
from geo.pipeline.seen import entries
from geo.scrub import PLACE_WITHHELD
from geo.store import Briefing, SavedMapping, Store
from tests.guarded_store import (
    GROUP,
    KEEPER,
    NOW,
    clock,
    ids,
    key_of,
    mine,
    part,
    somebody,
)

METHODS = {
    name for name, _ in inspect.getmembers(Store, inspect.isfunction) if not name.startswith("_")
}
"""What a store can do."""

FORGED = "Somebody Else"


def test_every_method_of_a_store_is_in_the_table_of_rights():
    """A method that somebody adds to the Protocol is closed until its right is decided."""
    assert set(NEEDS) == METHODS


def test_the_guard_offers_nothing_of_a_store_that_is_not_in_the_table():
    """What it has of its own is named here; everything else asks the table."""
    own = {"saw", "noted", "require", "why", "handed_to"}
    offered = {name for name, _ in inspect.getmembers(GuardedStore, inspect.isfunction)
               if not name.startswith("_")}  # fmt: skip
    assert offered == set(NEEDS) | own
    for name in NEEDS:
        wanted = inspect.signature(getattr(Store, name))
        assert inspect.signature(getattr(GuardedStore, name)) == wanted, name


CALLS: dict[str, Callable[[Store], object]] = {
    "read": lambda s: s.read("sites"),
    "get": lambda s: s.get("sites", "S-PLAIN"),
    "dataset_groups": lambda s: s.dataset_groups(),
    "revision": lambda s: s.revision(),
    "access_version": lambda s: s.access_version(),
    "note": lambda s: s.note(AuditEvent(actor=FORGED, action="looked"), now=NOW),
    "close": lambda s: s.close(),
    "setting": lambda s: s.setting("producer_name"),
    "keep_briefing": lambda s: s.keep_briefing(BRIEFING, author=FORGED, now=NOW),
    "audit_head": lambda s: s.audit_head(),
    "history": lambda s: s.history("seizures", "Z-AMBER"),
    "add": lambda s: s.add(
        "seizures", mine(), key=key_of("seizures", "local", "m"), author=FORGED, now=NOW
    ),
    "add_parts": lambda s: s.add_parts(
        "seizures", [part(mine())], key=key_of("seizures", "local", "m"), author=FORGED, now=NOW
    ),
    "mend": lambda s: s.mend("IM-none", [1], mended_in="IM-none", author=FORGED, now=NOW),
    "keep_mapping": lambda s: s.keep_mapping(MAPPING),
    "mappings": lambda s: s.mappings(),
    "correct": lambda s: s.correct(
        "seizures", "Z-AMBER", {"note": "x"}, author=FORGED, reason="because", now=NOW
    ),
    "undo": lambda s: s.undo("IM-none", author=FORGED, now=NOW),
    "imports": lambda s: s.imports(),
    "quarantine": lambda s: s.quarantine("IM-none"),
    "briefing": lambda s: s.briefing("LMS-none"),
    "set_setting": lambda s: s.set_setting("producer_name", "x", author=FORGED, now=NOW),
    "members": lambda s: s.members(),
    "set_member": lambda s: s.set_member(
        Member(subject="proxy:x", role=Role.ADMINISTRATOR), author=FORGED, now=NOW
    ),
    "share": lambda s: s.share("local", ["x"], author=FORGED, now=NOW),
    "audit": lambda s: s.audit(),
    "backup": lambda s: s.backup(Path(s.url.removeprefix("sqlite:///")).with_suffix(".copy")),
    "integrity": lambda s: s.integrity(),
}
"""A call of each method, with an author who is not the caller."""

MAPPING = SavedMapping(
    partner="Made-up Partner", kind="seizures", header_print="h", text="t", author=FORGED,
    saved_at=NOW,
)  # fmt: skip

BRIEFING = Briefing(
    briefing_id="LMS-20261122-00000000", sha256="0" * 64, created_at=NOW, audience="public",
    subject="made up", parameters="{}",
)  # fmt: skip


def test_each_method_is_called_here():
    """The next test leaves none out."""
    assert set(CALLS) == set(NEEDS)


@pytest.mark.parametrize("role", Role)
def test_a_method_is_refused_exactly_where_its_right_is_missing(role: Role, store):
    """Every method: refused, noted and nothing changed, or not refused."""
    guarded = guard(store, somebody(role), clock=clock)
    for method, right in NEEDS.items():
        before, revision = store.audit_head().number, store.revision()
        if right in RIGHTS[role]:
            # The import or the page of the call is not there, which only the allowed are told.
            with contextlib.suppress(NotFound):
                CALLS[method](guarded)
            assert "refused" not in {entry.action for entry in entries(store, after=before)}
            continue
        with pytest.raises(NotAllowed, match=f"the role {role} may not {right}"):
            CALLS[method](guarded)
        assert store.revision() == revision
        (entry,) = entries(store, after=before)
        assert (entry.action, entry.subject) == ("refused", method)
        assert entry.actor == guarded.principal.subject


def test_the_refusal_is_one_line_without_anything_of_the_store(as_role):
    """What was asked for is not in the words."""
    with pytest.raises(NotAllowed, match="may not keep; expected a role that may keep") as caught:
        CALLS["correct"](as_role(Role.PARTNER))
    assert "Z-AMBER" not in str(caught.value)


def test_a_refusal_stands_even_where_it_cannot_be_written_down(store, monkeypatch):
    """A store that is busy lets nobody in."""

    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("somebody writes")

    monkeypatch.setattr(store, "note", busy)
    with pytest.raises(NotAllowed, match="may not administer"):
        guard(store, somebody(Role.ANALYST), clock=clock).members()


def test_no_author_can_be_forged(store):
    """Histories, imports, settings, mappings and the audit name the principal, not the caller."""
    admin = guard(store, somebody(Role.ADMINISTRATOR), clock=clock)
    true_author, subject = admin.principal.author, admin.principal.subject
    before = store.audit_head().number
    for method in ("add", "correct", "keep_mapping", "set_setting", "keep_briefing", "set_member",
                   "share", "note"):  # fmt: skip
        CALLS[method](admin)
    imported = store.imports()[0]
    admin.undo(imported.import_id, author=FORGED, now=NOW)
    assert imported.author == true_author
    assert {each.undone_by for each in store.imports() if each.undone_by} == {true_author}
    assert set(store.history("seizures", "Z-AMBER")["author"]) == {"Keeper", true_author}
    assert {each.author for each in store.mappings()} == {true_author}
    assert {each.changed_by for each in store.members()} == {true_author}
    told = list(entries(store, after=before))
    assert len(told) == 9
    assert {entry.actor for entry in told} == {true_author, subject}
    assert FORGED not in str(told)


def test_a_text_of_which_a_part_was_withheld_does_not_replace_the_whole(store, analyst):
    """Whoever corrects the rest would lose what they were not shown."""
    with pytest.raises(BadInput, match="let somebody correct it who sees all of it"):
        analyst.correct(
            "seizures",
            "Z-AMBER",
            {"description": f"near {PLACE_WITHHELD}, by night"},
            author=FORGED,
            reason="a typing error",
            now=NOW,
        )
    assert len(store.history("seizures", "Z-AMBER")) == 1


def test_the_parts_of_a_file_are_the_principals_too(store, analyst):
    """`add_parts` and `mend` name the principal as `add` does."""
    assert CALLS["add_parts"](analyst).accepted == 1
    newest = store.imports()[0]
    assert newest.author == analyst.principal.author


def test_for_the_office_the_guard_asks_nothing_more_of_the_store(store, monkeypatch):
    """One call is one call: no index of sites, no groups, no second reading, no copy of cells."""
    calls: list[str] = []
    for name in METHODS - {"note"}:
        original = getattr(type(store), name)
        monkeypatch.setattr(
            type(store),
            name,
            lambda self, *args, _name=name, _original=original, **more: (
                calls.append(_name) or _original(self, *args, **more)
            ),
        )
    office = guard(store, KEEPER, clock=clock)
    for name in ("read", "get", "history", "imports", "members", "dataset_groups", "correct",
                 "setting", "revision"):  # fmt: skip
        calls.clear()
        CALLS[name](office)
        assert calls == [name]


def test_whoever_looks_as_another_has_the_others_eyes_and_rights(store):
    """The administrator as a viewer is a viewer, but the audit knows who it was."""
    as_viewer = guard(store, viewed_as(KEEPER, Role.VIEWER), clock=clock)
    assert ids(as_viewer.read("seizures")) == {"Z-CLEAR", "Z-GREEN"}
    with pytest.raises(NotAllowed, match="the role viewer may not administer"):
        as_viewer.members()
    last = store.audit(after=store.audit_head().number - 1)[0]
    assert (last.actor, json.loads(last.detail)["scope"]) == ("local:keeper", "viewer:")


def test_guards_in_guards_are_no_way_out(store, as_role):
    """A guard around a guard shows what both show, and the inner one signs."""
    both = guard(as_role(Role.VIEWER), KEEPER, clock=clock)
    assert ids(both.read("seizures")) == {"Z-CLEAR", "Z-GREEN"}
    with pytest.raises(NotAllowed, match="the role viewer may not keep"):
        CALLS["correct"](both)


def test_noted_and_note_name_the_principal(store, analyst):
    """An event that names somebody else is noted under the caller's own name."""
    analyst.noted("export", "seizures", rows=3)
    analyst.note(AuditEvent(actor=FORGED, action="export"), now=NOW)
    last = store.audit(after=store.audit_head().number - 2)
    assert {entry.actor for entry in last} == {analyst.principal.subject}
    assert [json.loads(entry.detail) for entry in last] == [{"rows": 3}, {}]


@pytest.mark.parametrize("action", ["export", "seal"])
def test_whoever_may_not_hand_over_has_nothing_sealed(store, as_role, action):
    """What leaves is noted before it is sealed; a stranger's note is refused."""
    head = store.audit_head().number
    with pytest.raises(NotAllowed, match="the role anonymous may not hand over"):
        as_role(Role.ANONYMOUS).noted(action, "seizures")
    as_role(Role.VIEWER).noted(action, "seizures")
    assert [entry.action for entry in entries(store, after=head)] == ["refused", action]


def test_a_clock_that_runs_backwards_breaks_nothing(store):
    """Entries keep their clock's time; the chain tells of it and holds."""
    times = iter([NOW, NOW - timedelta(hours=3), NOW])
    guarded = guard(store, somebody(Role.ANALYST), clock=lambda: next(times))
    for action in ("looked", "looked again", "looked once more"):
        guarded.noted(action)
    told = list(faults_of(entries(store)))
    assert len(told) == 1
    assert "clock" in told[0]


def test_two_sessions_share_a_store_and_nothing_else(store):
    """The guard of one session leaves nothing behind for that of another."""
    first = guard(store, somebody(Role.ANALYST, GROUP, subject="proxy:a"), clock=clock)
    second = guard(store, somebody(Role.VIEWER, subject="proxy:b"), clock=clock)
    assert ids(first.read("seizures")) > ids(second.read("seizures"))
    assert ids(second.read("seizures")) == {"Z-CLEAR", "Z-GREEN"}
    assert ids(first.read("seizures")) > ids(second.read("seizures"))
