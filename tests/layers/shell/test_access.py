"""The commands `access` and `audit`, end to end."""

from __future__ import annotations

import json
import sqlite3
from getpass import getuser

import pytest

from geo.store import open_store
from tests.homes import COUNTS, settings_of
from tests.shell_runs import refused

ALICE = "oidc:https://id.example|42"


def test_a_member_is_granted_changed_and_revoked(run):
    """What was said last counts, and the name stays; revoking is told as such."""
    assert run("access", "list").out == (
        "no members: only whoever runs Lamassu on this machine gets in\n"
    )
    told = run("access", "grant", ALICE, "--role", "analyst", "--group", "nineveh", "--group",
               "border", "--name", "Alice Made-Up", "--json").json  # fmt: skip
    assert (told["role"], told["groups"]) == ("analyst", ["border", "nineveh"])
    run("access", "grant", ALICE, "--role", "partner")
    (member,) = run("access", "list", "--json").json["members"]
    assert (member["name"], member["role"], member["groups"]) == ("Alice Made-Up", "partner", [])
    gone = run("access", "revoke", ALICE)
    assert (gone.code, gone.out) == (0, f"{ALICE}  Alice Made-Up  no role any more\n")
    assert "no role any more  (said " in run("access", "list").out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("grant", "alice", "--role", "viewer"), "'alice' is nobody's subject"),
        (("grant", "oidc:alice", "--role", "viewer"), "'oidc:alice' is nobody's subject"),
        (("grant", "local:alice", "--role", "viewer"), "is nobody's subject"),
        (("grant", "proxy:", "--role", "viewer"), "is nobody's subject"),
        (
            ("grant", "proxy:a\nb", "--role", "viewer"),
            "printable characters without blanks at the ends",
        ),
        (("grant", "proxy:alice", "--role", "anonymous"), "take access away with 'access revoke'"),
        (("grant", "proxy:alice", "--role", "viewer", "--group", "a,b"), "has a comma"),
        (("revoke", "proxy:nobody"), "there is no member 'proxy:nobody'"),
        (("share", "partner-x", "--group", " "), "is no group"),
        (("explain", "sites", "NEVER", "--role", "partner"), "there is no 'NEVER'"),
    ],
)
def test_what_cannot_be_granted_is_refused(run, words, why):
    """One line, exit 2, and nothing said of anybody."""
    refused(run("access", *words), why)
    assert run("access", "list", "--json").json["members"] == []


def test_a_role_that_there_is_not_is_refused(run):
    """The shell names those that there are."""
    done = run("access", "grant", ALICE, "--role", "superuser")
    assert done.code == 2
    assert "superuser" in done.err


def test_a_dataset_is_closed_and_opened(run):
    """Without groups it is open again."""
    closed = run("access", "share", "partner-x", "--group", "nineveh")
    assert closed.out == "dataset partner-x is closed to all but nineveh\n"
    assert run("access", "list", "--json").json["closed"] == {"partner-x": ["nineveh"]}
    assert run("access", "share", "partner-x").out == "dataset partner-x is open\n"
    assert run("access", "list", "--json").json["closed"] == {}


def test_the_review_tells_who_sees_what_by_which_rule(run):
    """For a person and for a machine; the numbers add up."""
    run("access", "grant", "proxy:p", "--role", "partner", "--group", "nineveh")
    told = run("access", "review")
    assert told.code == 0
    assert "proxy:p  partner  up to TLP:GREEN, TLP:AMBER inside nineveh" in told.out
    assert "nobody  anonymous  up to TLP:CLEAR" in told.out
    found = run("access", "review", "--json").json
    for member in found["members"]:
        for kind in member["kinds"]:
            assert kind["rows"] == COUNTS[kind["kind"]]
            assert kind["rows"] == kind["exact"] + kind["coarse"] + kind["withheld"]
    assert all(sentence in told.out for sentence in found["rules"].values())
    assert {each["dataset_id"] for each in found["datasets"]} >= {"lamassu-facts"}


def test_a_record_is_explained_rule_by_rule(run, home):
    """What each rule does to it, without its place."""
    store = open_store(settings_of(home).store_url)
    site = store.read("sites").iloc[0]
    store.close()
    told = run("access", "explain", "sites", site["id"], "--role", "anonymous").out
    reasons = run("access", "explain", "sites", site["id"], "--role", "anonymous", "--json").json
    assert told.splitlines() == [
        f"{each['rule']}: {each['outcome']}; {each['why']}" for each in reasons
    ]
    assert f"{site.geometry.y:.3f}" not in told


def test_the_audit_tells_who_did_what(run):
    """The latest entries, oldest first, with limits."""
    run("access", "grant", "proxy:p", "--role", "partner")
    run("access", "share", "partner-x", "--group", "nineveh")
    shown = run("audit", "show", "--most", "2").out.splitlines()
    assert ["member" in shown[0], "share" in shown[1], len(shown)] == [True, True, 2]
    (only,) = run("audit", "show", "--action", "member", "--json").json
    assert (only["subject"], only["detail"]["role"]) == ("proxy:p", "partner")
    assert run("audit", "show", "--actor", "nobody-here").out == ""
    everything = run("audit", "show", "--json").json
    assert run("audit", "show", "--actor", getuser().upper(), "--json").json == [
        entry for entry in everything if getuser() in entry["actor"]
    ]
    assert run("audit", "show", "--most", "0").code == 2


def test_words_of_strangers_do_not_drive_the_terminal(run, home):
    """An entry may hold what somebody sent as their name."""
    from geo.audit import AuditEvent
    from tests.homes import NOW

    store = open_store(settings_of(home).store_url)
    store.note(AuditEvent(actor="\x1b[2Jx", action="refused", subject="\u202elogin"), now=NOW)
    store.close()
    shown = run("audit", "show", "--most", "1").out
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_a_whole_audit_is_verified_and_a_changed_one_found(run, home):
    """Exit 0, then 1; an end that was cut off is found by the head of an export."""
    out = home.parent / "sites.csv"
    assert run("export", "sites", "--audience", "public", "--out", out).code == 0
    whole = run("audit", "verify", "--head", out)
    assert (whole.code, whole.err) == (0, "")
    assert whole.out.startswith("whole: ")
    found = run("audit", "verify", "--json").json
    head = f"{found['head']['number']}:{found['head']['sha256']}"
    assert run("audit", "verify", "--head", head, "--head", found["head"]["sha256"]).code == 0
    (home / "audit-heads.jsonl").unlink()
    with sqlite3.connect(home / "lamassu.sqlite") as connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM audit WHERE number >= (SELECT max(number) FROM audit)")
    connection.close()
    assert run("audit", "verify").code == 0
    cut = run("audit", "verify", "--head", out)
    assert cut.code == 1
    assert "the end was cut off" in cut.out
    assert "CHANGED: " in cut.out
    assert run("audit", "verify", "--head", head, "--json").json["faults"]


@pytest.mark.parametrize("head", ["", "12", "ab" * 31, "no-such-file.zip"])
def test_a_head_that_is_none_is_refused(run, head):
    """A check against nothing must not look like a check."""
    refused(run("audit", "verify", "--head", head), "is no head of the audit")


def test_both_commands_tell_of_themselves(run):
    """Help names each subcommand."""
    for group, names in (("access", ("list", "grant", "revoke", "share", "review", "explain")),
                         ("audit", ("verify", "show"))):  # fmt: skip
        told = run(group, "--help").out
        assert all(name in told for name in names)
        assert json.dumps(told)
