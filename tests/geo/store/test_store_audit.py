"""What every store promises of its audit: it tells all that was done, and only grows."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from geo.access import Member, Role
from geo.audit import EMPTY_HEAD, GENESIS, AuditEvent, AuditHead, faults_of
from geo.errors import BadInput, InvalidSetting, NotFound, StoreError
from geo.model import QuarantinedRow
from geo.store import Briefing, SavedMapping, open_store
from tests.geo.store import children
from tests.geo.store.files import LATER, NOW, breaks, file_key, put, sites, unchanged

SAW = AuditEvent(actor="oidc:https://id.example|42", action="saw", subject="IQ-1")


def told(store) -> list[tuple]:
    """Actor, action, subject and detail of each entry."""
    return [(entry.actor, entry.action, entry.subject, json.loads(entry.detail))
            for entry in store.audit()]  # fmt: skip


def test_a_new_store_has_an_empty_audit(store):
    """And its head says so."""
    assert store.audit() == ()
    assert store.audit_head() == EMPTY_HEAD


def test_a_note_is_the_next_entry_and_the_revision_stays(store):
    """Caches live on when somebody looks at something."""
    with unchanged(store):
        first = store.note(SAW, now=NOW)
        second = store.note(dataclasses.replace(SAW, detail={"n": 2}), now=LATER)
    assert (first.number, first.at, first.previous) == (1, NOW, GENESIS)
    assert (second.number, second.previous, second.detail) == (2, first.sha256, '{"n":2}')
    assert store.audit() == (first, second)
    assert store.audit_head() == AuditHead(number=2, sha256=second.sha256)
    assert breaks(store, store.audit_head()) == []


def test_entries_can_be_asked_for_in_pieces(store):
    """After a number, and so many at most."""
    entries = [store.note(SAW, now=NOW) for _ in range(5)]
    assert store.audit(after=2) == tuple(entries[2:])
    assert store.audit(after=1, most=2) == tuple(entries[1:3])
    assert store.audit(after=5) == store.audit(most=0) == ()


def test_the_audit_outlives_the_session(store, url):
    """To the microsecond and the last letter."""
    entry = store.note(
        AuditEvent(actor="أمل 𒀭", action="refused", subject="a\0b\ud800", detail={"é": [None]}),
        now=datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC),
    )
    store.close()
    again = open_store(url)
    assert again.audit() == (entry,)
    assert breaks(again) == []
    again.close()


def test_every_writing_method_tells_what_it_did(store):
    """Ids, counts and hashes; never a value, a place or the name of a file."""
    aside = [QuarantinedRow(row_number=4, text="x", what="w", expected="e", remedy="r", cells="{}")]
    first = put(store, sites(A="Hatra", B="Ur"), "first", quarantined=aside).import_id
    store.correct("sites", "A", {"note": "secret", "name": "al-Hadr"}, author="badr", reason="r",
                  now=NOW)  # fmt: skip
    second = put(store, sites(C="Umma"), "second").import_id
    store.mend(first, [4], mended_in=second, author="badr", now=NOW)
    store.undo(second, author="amal", now=NOW)
    store.keep_mapping(SavedMapping(partner="museum", kind="sites", header_print="h", text="t",
                                    author="amal", saved_at=NOW))  # fmt: skip
    store.set_setting("producer_name", "secret", author="amal", now=NOW)
    store.keep_briefing(Briefing(briefing_id="BR-1", sha256="1" * 64, created_at=NOW,
                                 audience="public", subject="secret", parameters="{}"),
                        author="amal", now=NOW)  # fmt: skip
    member = Member(subject="proxy:yusuf", name="Y", role=Role.PARTNER, groups=frozenset("ba"))
    store.set_member(member, author="amal", now=NOW)
    store.share("local", ["b", "a"], author="amal", now=NOW)
    counts = {"kind": "sites", "dataset": "local", "duplicate": 0}
    key_1, key_2 = file_key("first").sha256, file_key("second").sha256
    assert told(store) == [
        ("amal", "import", first,
         counts | {"sha256": key_1, "read": 3, "accepted": 2, "quarantined": 1}),
        ("badr", "correct", "A",
         {"kind": "sites", "dataset": "local", "version": 2, "columns": ["name", "note"]}),
        ("amal", "import", second,
         counts | {"sha256": key_2, "read": 1, "accepted": 1, "quarantined": 0}),
        ("badr", "mend", first, {"rows": 1, "mended_in": second}),
        ("amal", "undo", second, {"withdrawn": 1, "corrections": 0, "restored": 0, "kept": 0}),
        ("amal", "mapping", "museum", {"kind": "sites"}),
        ("amal", "setting", "producer_name", {}),
        ("amal", "printed", "BR-1", {"sha256": "1" * 64, "audience": "public"}),
        ("amal", "member", "proxy:yusuf", {"role": "partner", "groups": ["a", "b"]}),
        ("amal", "share", "local", {"groups": ["a", "b"]}),
    ]  # fmt: skip
    assert breaks(store) == []
    assert "secret" not in str(store.audit())


def test_what_changes_nothing_is_not_noted(store):
    """Dry runs, files that are in, pages that are kept, refusals."""
    put(store, sites(A="Hatra"), "a")
    page = Briefing(briefing_id="BR-1", sha256="1" * 64, created_at=NOW, audience="public",
                    subject="s", parameters="{}")  # fmt: skip
    store.keep_briefing(page, author="amal", now=NOW)
    before = store.audit_head()
    put(store, sites(B="Ur"), "b", dry_run=True)
    put(store, sites(A="Hatra"), "a")
    store.keep_briefing(page, author="amal", now=NOW)
    with pytest.raises(NotFound):
        store.undo("IM-0", author="amal", now=NOW)
    with pytest.raises(InvalidSetting):
        store.correct("sites", "A", {"name": "Hatra"}, author="a", reason="r", now=NOW)
    assert store.audit_head() == before


def test_who_or_what_must_be_named(store):
    """Nothing that is written stays without an author."""
    with unchanged(store), pytest.raises(BadInput, match="of the audit without a name"):
        store.set_setting("x", "y", author=" ", now=NOW)
    with pytest.raises(BadInput, match="of the audit without a name"):
        store.note(AuditEvent(actor="a", action=""), now=NOW)
    with pytest.raises(BadInput, match="has no time zone"):
        store.note(SAW, now=NOW.replace(tzinfo=None))
    assert store.audit() == ()
    assert store.setting("x", "never set") == "never set"


def test_a_clock_that_runs_backwards_is_noted_and_is_no_break(store):
    """The entry keeps its clock's time, and says how far behind it stood."""
    store.note(SAW, now=LATER)
    entry = store.note(dataclasses.replace(SAW, detail={"n": 1}), now=NOW + timedelta(seconds=0.5))
    assert entry.at == NOW + timedelta(seconds=0.5)
    assert json.loads(entry.detail) == {"clock_back_s": 3599.5, "n": 1}
    assert list(faults_of(store.audit())) == [
        "remark: at entry 2 the clock stood 3,599.500 s behind"
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x' WHERE number = 1",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit",
    ],
)
def test_the_store_refuses_changes_of_the_audit(store, statement):
    """An entry cannot be changed or removed by the way."""
    entries = [store.note(SAW, now=NOW) for _ in range(2)]
    with pytest.raises(StoreError, match="the audit only grows"), store.writing() as connection:
        connection.exec_driver_sql(statement)
    assert list(store.audit()) == entries


def test_an_entry_cannot_take_the_place_of_another(store):
    """SQLite would replace, PostgreSQL would update it."""
    entry = store.note(SAW, now=NOW)
    columns = "number, at, actor, action, subject, detail, previous, sha256"
    values = "1, 'x', 'x', 'x', 'x', 'x', 'x', 'x'"
    forged = {
        "sqlite": f"INSERT OR REPLACE INTO audit ({columns}) VALUES ({values})",
        "postgresql": f"INSERT INTO audit ({columns}) VALUES ({values})"
        " ON CONFLICT (number) DO UPDATE SET actor = 'x'",
    }
    with pytest.raises(StoreError, match="the audit only grows"), store.writing() as connection:
        connection.exec_driver_sql(forged[connection.dialect.name])
    assert store.audit() == (entry,)


def test_a_transaction_that_fails_leaves_no_entry(store):
    """Neither does what it tells of happen: both or none."""
    put(store, sites(A="Hatra"), "a")
    before = store.audit()

    def act() -> None:
        store.set_member(Member(subject="proxy:a"), author="a", now=NOW)

    steps = children.steps_of(store, lambda: store.set_setting("n", "v", author="a", now=NOW))
    assert steps >= 10
    for step in range(1, steps - 1):
        failed = pytest.raises((StoreError, sqlite3.OperationalError), match="made to fail")
        with children.failing_at(store, step), failed:
            act()
        assert store.members() == ()
    assert store.audit()[: len(before)] == before
    assert len(store.audit()) == len(before) + 1
    act()
    assert store.audit()[-1].action == "member"
    assert breaks(store) == []


def test_a_changed_time_that_reads_the_same_is_found(store):
    """A time is kept letter by letter, not by its meaning."""
    store.note(SAW, now=NOW)
    for text in ("2026-11-22 09:00:00.000000Z", "2026-11-22T09:00:00Z", "soon", ""):
        with store.noting() as connection:
            _let_go(connection)
            connection.execute(sa.text("UPDATE audit SET at = :text"), {"text": text})
        with pytest.raises(StoreError, match="entry 1 of the audit was changed: its time"):
            store.audit()


def _let_go(connection: sa.Connection) -> None:
    """Take the triggers from the audit, as the owner of the database can."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER ALL")
    else:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS audit_refuses_update")
