"""People, reasons and the audit, as inert HTML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from geo.access import Member
from geo.audit import AuditEntry
from layers.access_review.tables import (
    STYLE,
    actor_words,
    groups_html,
    outcome_class,
    outcome_words,
    plain_subject,
    role_chip,
    table,
)
from layers.style import safe_html

ACTIONS: dict[str, str] = {
    "saw": "was shown restricted records",
    "login": "logged in",
    "refused": "was refused",
    "import": "brought in a file",
    "mend": "mended rows that were kept aside",
    "mapping": "kept what a partner's columns mean",
    "correct": "corrected a record",
    "undo": "undid an import",
    "export": "handed over records",
    "printed": "printed a page",
    "seal": "signed a page",
    "member": "changed what a person may see",
    "share": "changed whom a dataset is open to",
    "setting": "changed a setting",
    "upgrade": "brought the store up to date",
}
"""Actions of the audit in words; one that is not here stands as it is noted."""


class Told(Protocol):
    """What one rule did to a record."""

    @property
    def rule(self) -> str:
        """Its id."""

    @property
    def outcome(self) -> str:
        """What came of it: ``shown``, ``cell 0.1``, ``withheld``, ``column removed``."""

    @property
    def why(self) -> str:
        """In a sentence."""


def people_html(members: Sequence[Member], *, you: str = "") -> str:
    """Everybody with a role, the strongest first; `you` is the subject of whoever looks."""

    def order(member: Member) -> tuple[int, str, str]:
        return -member.role.strength, member.name.casefold(), member.subject

    rows = []
    for member in sorted(members, key=order):
        name = member.name or plain_subject(member.subject)
        here = " <small class='you'>you</small>" if member.subject == you else ""
        since = f"{member.changed_at:%d %b %Y}" if member.changed_at else ""
        by = f"<small><bdi>by {safe_html(member.changed_by)}</bdi></small>" if since else ""
        rows.append(
            [
                f"<b><bdi>{safe_html(name)}</bdi></b>{here}"
                f"<small><bdi>{safe_html(way_in(member.subject))}</bdi></small>",
                role_chip(member.role),
                groups_html(member.groups),
                f"{since}{by}",
            ]
        )
    return table(("Person", "Role", "Groups", "Since"), rows, described="People and their roles")


def reasons_html(reasons: Iterable[Told]) -> str:
    """Each rule that was asked, with what came of it and why."""
    rows = "".join(
        f"<div role='listitem' class='{outcome_class(reason.outcome)}'>"
        f"<b>{safe_html(outcome_words(reason.outcome))}</b>"
        f"<span dir='auto'>{safe_html(reason.why)}</span>"
        f"<small>Rule {safe_html(reason.rule)}</small></div>"
        for reason in reasons
    )
    return f"{STYLE}<div role='list' class='lamassu-reasons'>{rows}</div>"


def entries_html(entries: Sequence[AuditEntry], names: Mapping[str, str]) -> str:
    """Entries of the audit in words; `names` gives the name of each subject that is known."""
    rows = [
        [
            f"<span class='number'>{entry.number:,}</span>",
            f"{entry.at:%d %b %Y}<small>{entry.at:%H:%M:%S} UTC</small>",
            f"<bdi>{safe_html(actor_words(entry.actor, names))}</bdi>",
            f"<span class='{'bad' if entry.action == 'refused' else ''}'>"
            f"{safe_html(ACTIONS.get(entry.action, entry.action))}</span>",
            f"{_of_what(entry.subject, names)}{_particulars(entry.detail)}",
        ]
        for entry in entries
    ]
    head = ("No.", "When", "Who", "What", "Of what")
    return table(head, rows, described="The audit, newest first")


def way_in(subject: str) -> str:
    """How somebody of this subject comes in, in words."""
    sort, _, rest = subject.partition(":")
    if sort == "proxy":
        return f"gateway's user {rest}"
    if sort == "oidc" and "|" in rest:
        issuer, _, number = rest.rpartition("|")
        return f"id {number} at {issuer}"
    return rest or subject


def _of_what(subject: str, names: Mapping[str, str]) -> str:
    """What an entry is of; a person by name, with the subject below."""
    told = f"<bdi>{safe_html(subject)}</bdi>"
    name = names.get(subject)
    return f"<bdi>{safe_html(name)}</bdi><small>{told}</small>" if name else told


def _particulars(detail: str) -> str:
    """The particulars of an entry as ``name value`` pairs."""
    held = json.loads(detail or "{}")
    pairs = [f"{name.replace('_', ' ')}: {_value(value)}" for name, value in held.items()]
    return f"<small><bdi>{safe_html('; '.join(pairs))}</bdi></small>" if pairs else ""


def _value(value: object) -> str:
    """A value of a detail in words; a fingerprint and a long list are cut."""
    if isinstance(value, list):
        most = 6
        more = f" and {len(value) - most} more" if len(value) > most else ""
        return (", ".join(map(str, value[:most])) or "none") + more
    if isinstance(value, dict):
        return ", ".join(f"{name} {held}" for name, held in value.items())
    text = str(value)
    return f"{text[:12]}\u2026" if len(text) == 64 and text.isalnum() else text
