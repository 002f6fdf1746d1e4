"""The one store that views and commands get: each reads with its own eyes and does what it may.

`GuardedStore` is a `geo.store.Store`. What it gives has passed `geo.disclosure.for_viewer`, what it
does is asked of `NEEDS` first, and histories name the principal, whatever the caller says.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import geopandas as gpd

from geo.access import Member, Principal, Right, Viewer
from geo.audit import AuditEntry, AuditEvent, AuditHead
from geo.disclosure import Reason
from geo.errors import BadInput
from geo.frames import Part
from geo.model import ImportReport, QuarantinedRow, Tlp
from geo.pipeline.rights import (
    NEEDS,
    NOTES_NEED,
    brings_verdict,
    gives_verdict,
    refusal_of,
    require_own_import,
    require_own_words,
    require_words_kept,
)
from geo.pipeline.seen import note_seen, refusals_noted, restricted
from geo.pipeline.sight import Sight
from geo.scrub import PLACE_WITHHELD
from geo.store import Briefing, FileKey, ImportRecord, SavedMapping, Store, UndoReport


def guard(store: Store, principal: Principal, *, clock: Callable[[], datetime]) -> GuardedStore:
    """The store as `principal` may see and use it; `clock` gives the time, aware, for the audit."""
    return GuardedStore(store, principal, clock=clock)


class GuardedStore:
    """A `geo.store.Store` through the eyes and with the rights of one principal.

    Every method raises `NotAllowed` where its right is missing, and says so in the audit. A record,
    an import or a dataset that the principal does not see is treated as if it were not there.
    """

    def __init__(
        self, store: Store, principal: Principal, *, clock: Callable[[], datetime]
    ) -> None:
        self.url = store.url
        self._principal = principal
        self._store = store
        self._sight = Sight(store, principal.viewer)
        self._clock = clock

    @property
    def principal(self) -> Principal:
        """Who reads and writes through this guard."""
        return self._principal

    def saw(self, kind: str, seen: gpd.GeoDataFrame | Iterable[str]) -> AuditEntry | None:
        """Note that the principal was given these records, a frame or ids, if any is restricted."""
        frame = seen if isinstance(seen, gpd.GeoDataFrame) else self._sight.of_ids(kind, set(seen))
        told = restricted(
            frame, kind=kind, sites=self._sight.sites(), closed=self._store.dataset_groups()
        )
        return note_seen(self._store, self.principal, kind, frame[told], now=self._clock())

    def noted(self, action: str, subject: str = "", **detail: object) -> AuditEntry:
        """Note something that the principal did; particulars are ids, counts and hashes."""
        event = AuditEvent(actor="", action=action, subject=subject, detail=detail)
        return self.note(event, now=self._clock())

    def require(self, right: Right, *, what: str) -> None:
        """Nothing, if the principal has the right; else the refusal is noted.

        Raises
        ------
        NotAllowed
            If the right is missing; `what` was asked for.
        """
        if not self.principal.may(right):
            with self._noting(what):
                raise refusal_of(self.principal, right)

    def why(
        self, kind: str, record_id: str, *, dataset_id: str | None = None
    ) -> tuple[Reason, ...]:
        """Why a record that the principal sees looks as it does, rule by rule; see `get`."""
        self._need("get")
        return self._sight.why(kind, record_id, dataset_id)

    def read(self, kind: str, *, markings: Iterable[Tlp] | None = None) -> gpd.GeoDataFrame:
        """See `geo.store.Store.read`."""
        self._need("read")
        return self._sight.read(kind, markings=markings)

    def handed_to(self, viewer: Viewer, kind: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Records as the principal may have them and then `viewer`, who is handed them."""
        self._need("read")
        return self._sight.handed_to(viewer, kind, frame)

    def get(self, kind: str, record_id: str, *, dataset_id: str | None = None) -> gpd.GeoDataFrame:
        """See `geo.store.Store.get`."""
        self._need("get")
        return self._sight.one(kind, record_id, dataset_id)

    def history(
        self, kind: str, record_id: str, *, dataset_id: str | None = None
    ) -> gpd.GeoDataFrame:
        """See `geo.store.Store.history`; of a record that is not seen as it is now, nothing."""
        self._need("history")
        return self._sight.history(kind, record_id, dataset_id)

    def add(
        self,
        kind: str,
        frame: gpd.GeoDataFrame,
        *,
        key: FileKey,
        author: str,  # noqa: ARG002 - the principal is the author
        now: datetime,
        quarantined: Sequence[QuarantinedRow] = (),
        notes: Sequence[str] = (),
        read: int | None = None,
        dry_run: bool = False,
    ) -> ImportReport:
        """See `geo.store.Store.add`.

        Raises
        ------
        NotAllowed
            If a dataset is closed to the principal, a row goes by the id of an unseen record, or is
            the word of somebody else.
        """
        self._need("add")
        with self._noting("add"):
            self._require_own_words(kind, frame)
            if not self._sight.whole:
                self._require_own(kind, key.dataset_id, frame, self._sight.unseen(kind))
        return self._store.add(
            kind,
            frame,
            key=key,
            author=self.principal.author,
            now=now,
            quarantined=quarantined,
            notes=notes,
            read=read,
            dry_run=dry_run,
        )

    def add_parts(
        self,
        kind: str,
        parts: Iterable[Part],
        *,
        key: FileKey,
        author: str,  # noqa: ARG002 - the principal is the author
        now: datetime,
        notes: Callable[[], Sequence[str]] | Sequence[str] = (),
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> ImportReport:
        """See `geo.store.Store.add_parts` and `add`."""
        self._need("add_parts")
        # Noted only when the transaction has ended: it holds the lock that a note needs.
        with self._noting("add_parts"):
            return self._store.add_parts(
                kind,
                self._checked(kind, parts, key.dataset_id),
                key=key,
                author=self.principal.author,
                now=now,
                notes=notes,
                dry_run=dry_run,
                progress=progress,
            )

    def mend(
        self,
        import_id: str,
        row_numbers: Iterable[int],
        *,
        mended_in: str,
        author: str,  # noqa: ARG002 - the principal is the author
        now: datetime,
    ) -> None:
        """See `geo.store.Store.mend`, and `undo`."""
        self._need("mend")
        if not self._sight.whole:
            for name in (import_id, mended_in):
                self._require_seen(name, "mend")
        self._store.mend(
            import_id, row_numbers, mended_in=mended_in, author=self.principal.author, now=now
        )

    def keep_mapping(self, mapping: SavedMapping) -> None:
        """See `geo.store.Store.keep_mapping`."""
        self._need("keep_mapping")
        self._store.keep_mapping(dataclasses.replace(mapping, author=self.principal.author))

    def mappings(self) -> tuple[SavedMapping, ...]:
        """See `geo.store.Store.mappings`."""
        self._need("mappings")
        return self._store.mappings()

    def correct(
        self,
        kind: str,
        record_id: str,
        changes: Mapping[str, object],
        *,
        author: str,  # noqa: ARG002 - the principal is the author
        reason: str,
        now: datetime,
        dataset_id: str | None = None,
    ) -> gpd.GeoDataFrame:
        """See `geo.store.Store.correct`; a verdict needs `Right.JUDGE`.

        The frame is empty if the principal does not see the new version.

        Raises
        ------
        BadInput
            If a value holds the words that stand for what was withheld, which would be lost.
        NotAllowed
            If it changes what somebody said.
        """
        self._need("correct")
        _require_whole_texts(changes)
        with self._noting("correct"):
            require_words_kept(kind, changes)
        if not self._sight.whole:
            seen = self._sight.one(kind, record_id, dataset_id)
            dataset_id = str(seen["dataset_id"].iloc[0])
            if gives_verdict(kind, changes, seen.iloc[0]):
                self.require(Right.JUDGE, what="judge")
        corrected = self._store.correct(
            kind,
            record_id,
            changes,
            author=self.principal.author,
            reason=reason,
            now=now,
            dataset_id=dataset_id,
        )
        return self._sight.shown(kind, corrected)

    def undo(
        self,
        import_id: str,
        *,
        author: str,  # noqa: ARG002 - the principal is the author
        now: datetime,
        with_corrections: bool = False,
    ) -> UndoReport:
        """See `geo.store.Store.undo`.

        Raises
        ------
        NotAllowed
            If the import brought records that are not seen, or the words of somebody else.
        """
        self._need("undo")
        if not self._sight.whole:
            self._require_seen(import_id, "undo")
            with self._noting("undo"):
                require_own_import(self.principal, self._sight.imported(import_id))
        return self._store.undo(
            import_id, author=self.principal.author, now=now, with_corrections=with_corrections
        )

    def imports(self) -> tuple[ImportRecord, ...]:
        """See `geo.store.Store.imports`."""
        self._need("imports")
        return self._sight.imports()

    def quarantine(self, import_id: str) -> tuple[QuarantinedRow, ...]:
        """See `geo.store.Store.quarantine`, and `undo`."""
        self._need("quarantine")
        if not self._sight.whole:
            self._require_seen(import_id, "quarantine")
        return self._store.quarantine(import_id)

    def setting(self, name: str, default: str = "") -> str:
        """See `geo.store.Store.setting`."""
        self._need("setting")
        return self._store.setting(name, default)

    def set_setting(
        self,
        name: str,
        value: str,
        *,
        author: str,  # noqa: ARG002 - the principal is the author
        now: datetime,
    ) -> None:
        """See `geo.store.Store.set_setting`."""
        self._need("set_setting")
        self._store.set_setting(name, value, author=self.principal.author, now=now)

    def keep_briefing(
        self,
        briefing: Briefing,
        *,
        author: str,  # noqa: ARG002 - the principal is the author
        now: datetime,
    ) -> None:
        """See `geo.store.Store.keep_briefing`."""
        self._need("keep_briefing")
        self._store.keep_briefing(briefing, author=self.principal.author, now=now)

    def briefing(self, briefing_id: str) -> tuple[Briefing, ...]:
        """See `geo.store.Store.briefing`."""
        self._need("briefing")
        return self._store.briefing(briefing_id)

    def members(self) -> tuple[Member, ...]:
        """See `geo.store.Store.members`."""
        self._need("members")
        return self._store.members()

    def set_member(
        self,
        member: Member,
        *,
        author: str,  # noqa: ARG002 - the principal is the author
        now: datetime,
    ) -> None:
        """See `geo.store.Store.set_member`."""
        self._need("set_member")
        self._store.set_member(member, author=self.principal.author, now=now)

    def dataset_groups(self) -> Mapping[str, frozenset[str]]:
        """See `geo.store.Store.dataset_groups`: those that the principal is in, and why."""
        self._need("dataset_groups")
        return self._sight.groups()

    def share(
        self,
        dataset_id: str,
        groups: Iterable[str],
        *,
        author: str,  # noqa: ARG002 - the principal is the author
        now: datetime,
    ) -> None:
        """See `geo.store.Store.share`."""
        self._need("share")
        self._store.share(dataset_id, groups, author=self.principal.author, now=now)

    def access_version(self) -> int:
        """See `geo.store.Store.access_version`."""
        self._need("access_version")
        return self._store.access_version()

    def note(self, event: AuditEvent, *, now: datetime) -> AuditEntry:
        """See `geo.store.Store.note`; the actor is the principal, whatever the event says."""
        self._need("note")
        if event.action in NOTES_NEED:
            self.require(NOTES_NEED[event.action], what=event.action)
        named = dataclasses.replace(event, actor=self.principal.subject)
        return self._store.note(named, now=now)

    def audit(self, *, after: int = 0, most: int | None = None) -> tuple[AuditEntry, ...]:
        """See `geo.store.Store.audit`."""
        self._need("audit")
        return self._store.audit(after=after, most=most)

    def audit_head(self) -> AuditHead:
        """See `geo.store.Store.audit_head`."""
        self._need("audit_head")
        return self._store.audit_head()

    def revision(self) -> int:
        """See `geo.store.Store.revision`."""
        self._need("revision")
        return self._store.revision()

    def backup(self, to_path: Path) -> Path:
        """See `geo.store.Store.backup`."""
        self._need("backup")
        return self._store.backup(to_path)

    def integrity(self) -> tuple[str, ...]:
        """See `geo.store.Store.integrity`."""
        self._need("integrity")
        return self._store.integrity()

    def close(self) -> None:
        """See `geo.store.Store.close`."""
        self._need("close")
        self._store.close()

    def _need(self, method: str) -> None:
        """The right that a method asks for, or `NotAllowed`."""
        self.require(NEEDS[method], what=method)

    def _noting(self, what: str) -> AbstractContextManager[None]:
        """Notes a refusal inside its block."""
        return refusals_noted(self._store, self.principal, what, clock=self._clock)

    def _require_seen(self, import_id: str, what: str) -> None:
        """Refuse an import that is not seen, or not all of it."""
        kind = self._sight.imported(import_id).kind
        with self._noting(what):
            self._sight.require_seen(kind, import_id)

    def _checked(self, kind: str, parts: Iterable[Part], dataset_id: str) -> Iterator[Part]:
        """The parts of a file, as long as the principal may bring them."""
        unseen = self._sight.unseen(kind)
        for part in parts:
            self._require_own_words(kind, part.frame)
            if not self._sight.whole:
                self._require_own(kind, dataset_id, part.frame, unseen)
            yield part

    def _require_own(
        self, kind: str, dataset_id: str, frame: gpd.GeoDataFrame, unseen: gpd.GeoDataFrame
    ) -> None:
        """Refuse rows that are not the principal's to bring."""
        self._sight.require_free(kind, dataset_id, frame, unseen)
        if self.principal.may(Right.JUDGE):
            return
        if brings_verdict(kind, frame, lambda: self._sight.read(kind)):
            raise refusal_of(self.principal, Right.JUDGE)

    def _require_own_words(self, kind: str, frame: gpd.GeoDataFrame) -> None:
        """Refuse rows that put words into somebody's mouth."""
        require_own_words(self.principal, kind, frame, lambda: self._sight.read(kind))


def _require_whole_texts(changes: Mapping[str, object]) -> None:
    """Refuse a text of which a part was taken out before somebody changed the rest."""
    for column, value in changes.items():
        if PLACE_WITHHELD in str(value):
            raise BadInput(
                f"the new {column} holds the words {PLACE_WITHHELD!r}",
                expected="the whole text",
                remedy="let somebody correct it who sees all of it",
            )
