"""What the audit is told of looks and refusals: exactly who saw what, and without being flooded."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.access import Principal
from geo.audit import AuditEntry, AuditEvent
from geo.disclosure import SiteIndex
from geo.errors import NotAllowed, StoreError
from geo.model import Sensitivity, Tlp
from geo.store import Store

SAW, REFUSED = "saw", "refused"
"""Actions of the audit's entries that are made here."""

QUIET = timedelta(minutes=10)
"""The same refusal to the same person is noted once in this time."""

MOST_REFUSALS = 60
"""Refusals of one thing that are noted in `QUIET`; the next that is noted counts those on top.

A flood of strangers at the login leaves no member's refusal elsewhere unnoted.
"""

_LIST_LENGTH = 1000
_LISTS_KNOWN = 4096
_LONGEST_WORD = 200

_LAXEST_RESTRICTED = Tlp.AMBER
_SENSITIVE = frozenset({Sensitivity.HIGH.value, Sensitivity.EXTREME.value})


def restricted(
    frame: gpd.GeoDataFrame,
    *,
    kind: str,
    sites: SiteIndex,
    closed: Mapping[str, frozenset[str]],
) -> NDArray[np.bool_]:
    """Where a look at the record is noted, shape (rows,).

    A record is restricted if its marking is stricter than GREEN, if it is or belongs to a site of
    high or extreme sensitivity or to one that is not known, or if its dataset is closed.
    """
    strict = [tlp.value for tlp in Tlp if tlp.strictness >= _LAXEST_RESTRICTED.strictness]
    found = np.array(frame["marking"].isin(strict), dtype=bool)
    found |= np.asarray(frame["dataset_id"].isin(list(closed)), dtype=bool)
    of_site = "id" if kind == "sites" else "site_id"
    if of_site in frame:
        harmless = {site for site, value in sites.sensitivity.items() if value not in _SENSITIVE}
        found |= ~np.asarray(frame[of_site].isin(harmless | {""}), dtype=bool)
    return found


def note_seen(
    store: Store, principal: Principal, kind: str, frame: gpd.GeoDataFrame, *, now: datetime
) -> AuditEntry | None:
    """Note that somebody was given these restricted records; None if there is none among them.

    The entry names the records by lists of one dataset each. A list that this process has written
    into an entry before is named by its SHA-256 alone.
    """
    if frame.empty:
        return None
    lists = []
    known = _memory(store)
    new = []
    for dataset, ids in _lists_of(frame):
        digest = _digest([dataset, ids])
        spelled_out = {} if known.knows(digest) else {"ids": ids}
        lists.append({"dataset": dataset, "sha256": digest, **spelled_out})
        if spelled_out:
            new.append(digest)
    detail = {
        "rows": len(frame),
        "revision": store.revision(),
        "scope": principal.viewer.scope,
        "lists": lists,
    }
    event = AuditEvent(actor=principal.subject, action=SAW, subject=kind, detail=detail)
    entry = store.note(event, now=now)
    known.learn(new)
    return entry


def note_refused(
    store: Store, *, actor: str, what: str, now: datetime, **detail: object
) -> AuditEntry | None:
    """Note that something was refused; None if it was noted lately, or too much else was.

    What went unnoted is counted in the next entry's ``unnoted``. `actor` and `what` may come from a
    hostile hand: they are cut to 200 printable characters.
    """
    actor, what = _word(actor) or "nobody", _word(what) or "something"
    unnoted = _memory(store).due(what, actor, now)
    if unnoted is None:
        return None
    if unnoted:
        detail["unnoted"] = unnoted
    plain = {name: _word(value) if isinstance(value, str) else value
             for name, value in detail.items()}  # fmt: skip
    event = AuditEvent(actor=actor, action=REFUSED, subject=what, detail=plain)
    try:
        return store.note(event, now=now)
    except StoreError:
        _memory(store).missed(what, actor, unnoted)
        raise


@contextmanager
def refusals_noted(
    store: Store, principal: Principal, what: str, *, clock: Callable[[], datetime]
) -> Iterator[None]:
    """Notes that `what` was refused if the block ends with `NotAllowed`, which goes on."""
    try:
        yield
    except NotAllowed as refusal:
        scope = principal.viewer.scope
        try:
            note_refused(
                store,
                actor=principal.subject,
                what=what,
                now=clock(),
                why=refusal.what,
                scope=scope,
            )
        except StoreError as err:  # it stands even where it cannot be written down
            raise refusal from err
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """That somebody was given a restricted record."""

    number: int
    """Of the entry in the audit."""
    at: datetime
    """When, UTC."""
    actor: str
    """Who."""
    scope: str
    """Through whose eyes: role and groups."""


def looks_at(
    store: Store, kind: str, record_id: str, *, dataset_id: str | None = None
) -> tuple[Look, ...]:
    """Who was given a restricted record, and when, oldest first; from the audit alone."""
    members: set[str] = set()
    looks = []
    for entry in entries(store):
        if entry.action != SAW or entry.subject != kind:
            continue
        detail = json.loads(entry.detail)
        holds = False
        for part in detail.get("lists", ()):
            if dataset_id is not None and part["dataset"] != dataset_id:
                continue
            if record_id in part.get("ids", ()):
                members.add(part["sha256"])
            holds = holds or part["sha256"] in members
        if holds:
            looks.append(
                Look(
                    number=entry.number,
                    at=entry.at,
                    actor=entry.actor,
                    scope=str(detail.get("scope", "")),
                )
            )
    return tuple(looks)


def entries(store: Store, *, after: int = 0, page: int = 5000) -> Iterator[AuditEntry]:
    """Every entry of the audit behind `after`, by number, a page at a time."""
    while found := store.audit(after=after, most=page):
        yield from found
        after = found[-1].number


def _lists_of(frame: gpd.GeoDataFrame) -> Iterator[tuple[str, list[str]]]:
    """The records by dataset, in lists of at most a thousand ids."""
    by_dataset: dict[str, list[str]] = {}
    for dataset, name in sorted(set(zip(frame["dataset_id"], frame["id"], strict=True))):
        by_dataset.setdefault(dataset, []).append(name)
    for dataset, names in by_dataset.items():
        for first in range(0, len(names), _LIST_LENGTH):
            yield dataset, names[first : first + _LIST_LENGTH]


def _digest(value: object) -> str:
    """SHA-256 of a value as JSON."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _word(text: object) -> str:
    """A text from a hostile hand, cut short and printable."""
    cut = str(text)[:_LONGEST_WORD]
    return "".join(c if c.isprintable() else " " for c in cut).strip()


@dataclass(eq=False)
class _Memory:
    """What this process remembers of the notes it made in one store."""

    lock: Lock = field(default_factory=Lock)
    lists: OrderedDict[str, None] = field(default_factory=OrderedDict)
    since: datetime | None = None
    refusals: dict[str, set[str]] = field(default_factory=dict)
    unnoted: int = 0

    def knows(self, digest: str) -> bool:
        """Whether a list is spelled out in some entry."""
        with self.lock:
            return digest in self.lists

    def learn(self, digests: list[str]) -> None:
        """Remember lists that an entry spells out; the oldest are forgotten."""
        with self.lock:
            self.lists.update(dict.fromkeys(digests))
            while len(self.lists) > _LISTS_KNOWN:
                self.lists.popitem(last=False)

    def due(self, what: str, actor: str, now: datetime) -> int | None:
        """How many refusals went unnoted before this one is noted; None if it is not to be."""
        with self.lock:
            # A clock that was turned back must not silence anybody for longer than it was wrong.
            if self.since is None or not timedelta(0) <= now - self.since < QUIET:
                self.since = now
                self.refusals.clear()
            noted = self.refusals.setdefault(what, set())
            if actor in noted or len(noted) >= MOST_REFUSALS:
                self.unnoted += 1
                return None
            noted.add(actor)
            unnoted, self.unnoted = self.unnoted, 0
            return unnoted

    def missed(self, what: str, actor: str, unnoted: int) -> None:
        """Take back that a refusal was due: its note could not be written."""
        with self.lock:
            self.refusals.get(what, set()).discard(actor)
            self.unnoted += unnoted + 1


_MEMORIES: WeakKeyDictionary[Store, _Memory] = WeakKeyDictionary()
"""One memory for each store that is open, however many sessions look into it."""
_MEMORIES_LOCK = Lock()


def _memory(store: Store) -> _Memory:
    """What is remembered of a store."""
    with _MEMORIES_LOCK:
        return _MEMORIES.setdefault(store, _Memory())
