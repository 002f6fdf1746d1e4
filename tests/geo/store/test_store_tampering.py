"""Somebody who owns the store's file changes its audit: a thousand of a thousand are found."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from geo.access import Member, Role
from geo.audit import AuditEvent, AuditHead
from geo.errors import StoreDamaged, StoreError
from geo.store import Store, open_store
from tests.geo.store.files import LATER, NOW, breaks, put, sites

TEXTS = ("at", "actor", "action", "subject", "detail", "previous", "sha256")
"""Columns of the audit that hold text."""

CHANGES = 1_000
ENTRIES = 20


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in whose audit there is something of everything, and no trigger."""
    path = tmp_path_factory.mktemp("tampering") / "store.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        put(store, sites(A="Hatra"), "a")
        store.correct("sites", "A", {"name": "al-Hadr"}, author="أمل", reason="r", now=LATER)
        store.set_member(Member(subject="proxy:badr", role=Role.ANALYST), author="amal", now=NOW)
        for number in range(ENTRIES - 3):
            event = AuditEvent(actor="𒀭", action="saw", subject=f"IQ-{number}", detail={"é": [1]})
            store.note(event, now=LATER)
    with closing(sqlite3.connect(path)) as connection:
        for act in ("update", "delete", "insert"):
            connection.execute(f"DROP TRIGGER audit_refuses_{act}")
    return path


@pytest.fixture
def store(told: Path) -> Iterator[Store]:
    """That store."""
    with closing(open_store(f"sqlite:///{told}")) as opened:
        yield opened


def is_found(store: Store, head: AuditHead) -> bool:
    """Whether a change of the audit does not stay unseen."""
    try:
        return bool(breaks(store, head))
    except StoreError:
        return True


def test_a_thousand_changes_of_one_bit_are_all_found(store, told):
    """In any column of any entry, whether the text is still one or not."""
    chance, head = random.Random(6), store.audit_head()
    found = 0
    with closing(sqlite3.connect(told, isolation_level=None)) as connection:
        for _ in range(CHANGES):
            number, column = chance.randint(1, ENTRIES), chance.choice((*TEXTS, "number"))
            before = connection.execute(
                f"SELECT {'number' if column == 'number' else f'CAST({column} AS BLOB)'}"
                " FROM audit WHERE number = ?", [number],
            ).fetchone()[0]  # fmt: skip
            if column == "number":
                # The lower bits lead to numbers that are taken, which the key refuses.
                after = number ^ 1 << chance.randint(5, 30)
            else:
                place = chance.randrange(len(before) * 8)
                changed = bytearray(before)
                changed[place // 8] ^= 1 << place % 8
                after = bytes(changed)
            cast = "?" if column == "number" else "CAST(? AS TEXT)"
            key = after if column == "number" else number
            connection.execute(f"UPDATE audit SET {column} = {cast} WHERE number = ?",
                               [after, number])  # fmt: skip
            found += is_found(store, head)
            connection.execute(f"UPDATE audit SET {column} = {cast} WHERE number = ?",
                               [before, key])  # fmt: skip
    assert found == CHANGES
    assert breaks(store, head) == []


def test_text_that_is_none_is_told_as_damage(store, told):
    """Not as a file that cannot be opened."""
    with closing(sqlite3.connect(told, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("UPDATE audit SET actor = CAST(x'ff' AS TEXT) WHERE number = 2")
        connection.execute("COMMIT")
        with pytest.raises(StoreDamaged, match="is damaged: Could not decode"):
            store.audit()
        connection.execute("UPDATE audit SET actor = 'أمل' WHERE number = 2")
    assert breaks(store) == []


def test_every_tail_that_is_cut_off_is_found_with_a_head(store, told):
    """And every other part without one; each cut is taken back afterwards."""
    head = store.audit_head()
    with closing(sqlite3.connect(told, isolation_level=None)) as connection:
        connection.execute("CREATE TEMP TABLE kept AS SELECT * FROM audit")
        for first in range(1, ENTRIES + 1):
            for last in {first, min(first + 4, ENTRIES), ENTRIES}:
                span = [first, last]
                connection.execute("DELETE FROM audit WHERE number BETWEEN ? AND ?", span)
                assert is_found(store, head), span
                assert is_found(store, store.audit_head()) == (last < ENTRIES)
                connection.execute(
                    "INSERT INTO audit SELECT * FROM kept WHERE number BETWEEN ? AND ?", span
                )
    assert breaks(store, head) == []


def test_a_chain_that_goes_on_after_its_end_was_cut_off_is_found(store, tmp_path):
    """The entries that took the place of others are not those that were noted."""
    head = store.audit_head()
    copy = store.backup(tmp_path / "copy.db")
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("DELETE FROM audit WHERE number > ?", [ENTRIES - 2])
    with closing(open_store(f"sqlite:///{copy}")) as forged:
        for _ in range(5):
            forged.note(AuditEvent(actor="nobody", action="saw"), now=LATER)
        assert breaks(forged) == []
        assert breaks(forged, head) == [f"entry {ENTRIES} is not the one that was noted elsewhere"]
