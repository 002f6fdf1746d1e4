"""The audit: what was done and seen, by whom, as a chain in which no change stays unseen; pure.

Each entry holds the SHA-256 of the one before: an entry that is changed, left out or put in breaks
the chain from there on. An end that is cut off leaves a whole chain and is found only by a head
that was noted elsewhere, so every export carries one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from geo.errors import BadInput

GENESIS = "0" * 64
"""What the first entry holds in place of a hash."""

REMARK = "remark: "
"""How a line of `faults_of` begins that tells something strange which is no break of the chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Something that is to be noted."""

    actor: str
    """Who: `geo.access.Principal.subject`; its `author` where a store notes what it wrote."""
    action: str
    """What, one word or two: ``import``, ``correct``, ``saw``, ``export``, ``refused``."""
    subject: str = ""
    """Of what: an id, never a place or a path."""
    detail: Mapping[str, object] = field(default_factory=dict)
    """Particulars as JSON can hold them; ids, counts and hashes, never places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An event in its place in the chain."""

    number: int
    """1, 2, 3 ... without a gap."""
    at: datetime
    """When, UTC, by the clock of whoever noted it."""
    actor: str
    action: str
    subject: str
    detail: str
    """Canonical JSON."""
    previous: str
    """`sha256` of the entry before; `GENESIS` for the first."""
    sha256: str
    """Of everything above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """The end of the chain at some time: noted elsewhere, it shows whether the end was cut off."""

    number: int
    """Entries up to and including it; 0 where there is none."""
    sha256: str
    """Of the last entry; `GENESIS` where there is none."""


EMPTY_HEAD = AuditHead(number=0, sha256=GENESIS)
"""The end of a chain without any entry."""


def entry_of(event: AuditEvent, *, number: int, at: datetime, previous: str) -> AuditEntry:
    """An event as the entry `number` of the chain, after the entry whose hash is `previous`.

    What no database can hold as text (NUL characters, lone surrogates) is written as an escape, so
    that whatever somebody sends can be noted.

    Raises
    ------
    BadInput
        If `at` has no time zone, nobody or nothing is named, or the detail is not JSON.
    """
    if at.tzinfo is None:
        raise BadInput(f"{at} has no time zone", expected="a moment in UTC")
    if not event.actor.strip() or not event.action.strip():
        raise BadInput("an entry of the audit without a name", expected="who did what")
    draft = AuditEntry(
        number=number,
        at=at.astimezone(UTC),
        actor=_storable(event.actor),
        action=_storable(event.action),
        subject=_storable(event.subject),
        detail=_canonical(dict(event.detail)),
        previous=previous,
        sha256="",
    )
    return _sealed(draft)


def digest(entry: AuditEntry) -> str:
    """SHA-256 of all that an entry says except `sha256`, 64 hexadecimal digits in lower case.

    Hashed is the JSON list of its fields in the order of `AuditEntry`, so that no two entries are
    written alike; the time is as `moment_text` writes it.
    """
    fields = [
        entry.number,
        moment_text(entry.at),
        entry.actor,
        entry.action,
        entry.subject,
        entry.detail,
        entry.previous,
    ]
    return hashlib.sha256(_canonical(fields).encode()).hexdigest()


def moment_text(moment: datetime) -> str:
    """A moment as the chain writes it: UTC, microseconds, such as ``2026-11-22T09:00:00.000000Z``.

    >>> moment_text(datetime(2026, 11, 22, 9, tzinfo=UTC))
    '2026-11-22T09:00:00.000000Z'
    """
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def faults_of(entries: Iterable[AuditEntry], *, heads: Iterable[AuditHead] = ()) -> Iterator[str]:
    """What is wrong with a chain, one line each, as it goes through `entries` once.

    Told are entries that were changed, gaps, broken links, and for each head noted elsewhere
    whether its entry is missing or another one. A line that begins with `REMARK` is no break: the
    clock of whoever noted an entry stood behind that of the entry before.

    Parameters
    ----------
    entries : iterable of AuditEntry
        The whole chain, by number from 1.
    heads : iterable of AuditHead
        Heads that were noted elsewhere.
    """
    noted: dict[int, set[str]] = {}
    for head in heads:
        noted.setdefault(head.number, set()).add(head.sha256)
    if noted.pop(0, {GENESIS}) != {GENESIS}:
        yield f"a head of 0 entries was noted with a hash that is not {GENESIS[:12]}..."
    last, before = EMPTY_HEAD, None
    for entry in entries:
        yield from _faults_of_link(entry, last)
        if digest(entry) != entry.sha256:
            yield f"entry {entry.number} was changed: its hash is not that of what it says"
        if before is not None and entry.at < before:
            seconds = (before - entry.at).total_seconds()
            yield f"{REMARK}at entry {entry.number} the clock stood {seconds:,.3f} s behind"
        if noted.pop(entry.number, {entry.sha256}) != {entry.sha256}:
            yield f"entry {entry.number} is not the one that was noted elsewhere"
        last, before = AuditHead(number=entry.number, sha256=entry.sha256), entry.at
    for number in sorted(noted):
        yield (
            f"entry {number} was noted elsewhere and is missing:"
            f" the end was cut off after entry {last.number}"
        )


def _faults_of_link(entry: AuditEntry, last: AuditHead) -> Iterator[str]:
    """What is wrong between an entry and the one before."""
    if entry.number == last.number + 2:
        yield f"entry {last.number + 1} is missing"
    elif entry.number > last.number + 2:
        yield f"entries {last.number + 1} to {entry.number - 1} are missing"
    elif entry.number <= last.number:
        yield f"entry {entry.number} follows entry {last.number}"
    if entry.previous != last.sha256:
        yield f"entry {entry.number} does not follow from entry {last.number}"


def _sealed(draft: AuditEntry) -> AuditEntry:
    """The entry with its hash."""
    fields = {name: getattr(draft, name) for name in AuditEntry.__slots__}
    return AuditEntry(**{**fields, "sha256": digest(draft)})


def _canonical(value: object) -> str:
    """JSON in the one way in which it is hashed: keys in order, no blanks, ASCII."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as err:
        raise BadInput(
            "the detail of an entry of the audit is no JSON",
            expected="texts, finite numbers, lists and mappings with texts as keys",
        ) from err


def _storable(text: str) -> str:
    """Text that every database can hold."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()
