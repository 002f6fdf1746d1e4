"""Whether the audit is whole, and heads that were noted elsewhere."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from geo.audit import AuditHead
from geo.errors import InvalidSetting, UnreadableFile
from geo.pipeline.auditing import check_audit, noted_elsewhere
from geo.pipeline.evidence.anchors import keep_head
from geo.pipeline.evidence.keys import signing_key
from geo.pipeline.guard import guard
from geo.settings import Settings
from geo.store import Store
from tests.guarded_store import KEEPER, NOW, clock, made_up_store
from tests.homes import settings_of

DIGEST = "ab" * 32


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an installation in the test's folder."""
    return settings_of(tmp_path)


@pytest.fixture
def store(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The made-up store with a few more entries."""
    opened = made_up_store(tmp_path, tmp_path_factory)
    office = guard(opened, KEEPER, clock=clock)
    for number in range(5):
        office.noted("export", f"made-up-{number}", rows=number)
    yield opened
    opened.close()


def tampered(store: Store, *statements: str) -> None:
    """Change the audit behind the store's back, past its triggers."""
    store.close()
    with sqlite3.connect(store.url.removeprefix("sqlite:///")) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        ).fetchall()
        for (name,) in names:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_whole_audit_is_whole(store, settings):
    """Without heads, by its own links; the end is told, to be noted elsewhere."""
    found = check_audit(store, settings)
    assert (found.faults, found.remarks, found.heads) == ((), (), 0)
    assert found.head == store.audit_head()


def test_an_entry_that_was_changed_is_found(store, settings):
    """Its hash is not that of what it says."""
    number = store.audit_head().number - 2
    tampered(store, f"UPDATE audit SET subject = 'another' WHERE number = {number}")
    found = check_audit(store, settings)
    assert any(f"entry {number} was changed" in fault for fault in found.faults)


def test_an_end_that_was_cut_off_is_found_by_an_anchor(store, settings):
    """The chain that is left is whole; the head that an export noted is not in it."""
    head = store.audit_head()
    keep_head(settings, head, private=signing_key(settings), now=NOW)
    assert check_audit(store, settings).heads == 1
    tampered(store, f"DELETE FROM audit WHERE number > {head.number - 2}")
    (fault,) = check_audit(store, settings).faults
    assert "the end was cut off" in fault


@pytest.mark.parametrize("bare", [False, True])
def test_an_end_that_was_cut_off_is_found_by_a_head_from_elsewhere(store, settings, bare):
    """By number and hash, or by the hash alone; before the cut, both are found in place."""
    head = store.audit_head()
    given = {"hashes": [head.sha256]} if bare else {"heads": [head]}
    assert check_audit(store, settings, **given).faults == ()
    assert check_audit(store, settings, **given).heads == 1
    tampered(store, f"DELETE FROM audit WHERE number = {head.number}")
    (fault,) = check_audit(store, settings, **given).faults
    assert ("no entry has the hash" if bare else "the end was cut off") in fault


def test_a_head_of_another_store_is_found(store, settings):
    """The number is there, but its entry is another one."""
    found = check_audit(store, settings, heads=[AuditHead(number=2, sha256=DIGEST)])
    assert found.faults == ("entry 2 is not the one that was noted elsewhere",)


def test_a_clock_that_was_set_back_is_remarked_and_no_fault(store, settings):
    """It may be a flat battery; it is told and the audit stays whole."""
    earlier = NOW - timedelta(days=1)
    guard(store, KEEPER, clock=lambda: earlier).noted("export", "late")
    found = check_audit(store, settings)
    assert found.faults == ()
    (remark,) = found.remarks
    assert "clock stood 86,400.000 s behind" in remark


def test_an_audit_without_an_entry_has_a_head_of_none(store, settings):
    """Everything deleted is everything missing."""
    head = store.audit_head()
    tampered(store, "DELETE FROM audit")
    found = check_audit(store, settings, heads=[head])
    assert found.head.number == 0
    assert len(found.faults) == 1


def test_heads_are_read_from_words(tmp_path):
    """Number and hash, or the hash alone, in any case."""
    heads, hashes = noted_elsewhere([f"12:{DIGEST}", DIGEST.upper(), f" {DIGEST} "])
    assert heads == (AuditHead(number=12, sha256=DIGEST),)
    assert hashes == (DIGEST, DIGEST)
    assert noted_elsewhere([]) == ((), ())


def test_a_head_is_read_from_a_manifest(tmp_path):
    """One that was taken out of its bundle; whether it was signed is another command's business."""
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"audit": {"number": 7, "sha256": DIGEST}}))
    assert noted_elsewhere([str(file)]) == ((AuditHead(number=7, sha256=DIGEST),), ())


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "7", '{"audit": 7}', '{"audit": {"number": "7", "sha256": "ab"}}',
     '{"audit": {"number": true, "sha256": "' + DIGEST + '"}}',
     '{"audit": {"number": -1, "sha256": "' + DIGEST + '"}}',
     '{"audit": {"number": 1, "sha256": "' + DIGEST[1:] + '"}}',
     '{"audit": {"number": 1, "sha256": "1:' + DIGEST + '"}}', "[" * 100_000],
)  # fmt: skip
def test_a_manifest_without_a_head_is_refused(tmp_path, content):
    """Never an empty check that looks like a passed one."""
    file = tmp_path / "manifest.json"
    file.write_text(content)
    with pytest.raises(UnreadableFile, match=r"manifest\.json: it"):
        noted_elsewhere([str(file)])


def test_a_file_without_proof_is_refused(tmp_path):
    """An export whose sidecar is not beside it names no head."""
    file = tmp_path / "sites.csv"
    file.write_text("id\n")
    with pytest.raises(UnreadableFile, match=r"sites\.csv: .*; expected a bundle"):
        noted_elsewhere([str(file)])


@pytest.mark.parametrize("word", ["", "12", DIGEST[1:], f"x:{DIGEST}", "no/such/file.zip"])
def test_a_word_that_is_no_head_is_refused(word):
    """Neither a hash nor a file."""
    with pytest.raises(InvalidSetting, match="is no head of the audit, and no such file is there"):
        noted_elsewhere([word])
