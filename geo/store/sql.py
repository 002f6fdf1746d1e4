"""What the stores share that speak SQL: each method of `geo.store.Store` as one transaction.

A store itself knows how to connect, how to lock, and what its database's errors mean.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import geopandas as gpd
import sqlalchemy as sa

from geo.access import Member
from geo.audit import AuditEntry, AuditEvent, AuditHead
from geo.columns import columns_of
from geo.errors import BadInput, InvalidSetting, StoreError
from geo.frames import Part, check_frame
from geo.model import ImportReport, QuarantinedRow, Tlp
from geo.store import auditing, intake, keeping, sharing, versions
from geo.store.rows import require_text
from geo.store.schema import (
    REVISION,
    Briefing,
    FileKey,
    ImportRecord,
    SavedMapping,
    UndoReport,
)


class SqlStore(ABC):
    """A `geo.store.Store` on a database; it lacks connections, backup and integrity."""

    url: str
    """The URL that `geo.store.open_store` was given, without a password."""

    @abstractmethod
    def reading(
        self, markings: Collection[Tlp] | None = None
    ) -> AbstractContextManager[sa.Connection]:
        """A connection that sees one state of the store, of these markings only if any are given.

        It sees that state until the block ends, whatever others write.
        """

    @abstractmethod
    def writing(self) -> AbstractContextManager[sa.Connection]:
        """A connection that holds the write lock; what it did is kept whole or not at all.

        `revision` is another number afterwards.
        """

    @abstractmethod
    def noting(self) -> AbstractContextManager[sa.Connection]:
        """A connection that appends to the audit and does nothing else; `revision` stays."""

    def read(self, kind: str, *, markings: Iterable[Tlp] | None = None) -> gpd.GeoDataFrame:
        """See `geo.store.Store.read`."""
        asked = None if markings is None else tuple(markings)
        with self.reading(asked) as connection:
            return versions.read(connection, kind, markings=asked)

    def get(self, kind: str, record_id: str, *, dataset_id: str | None = None) -> gpd.GeoDataFrame:
        """See `geo.store.Store.get`."""
        require_text(record_id, dataset_id or "")
        with self.reading() as connection:
            return versions.get(connection, kind, record_id, dataset_id=dataset_id)

    def history(
        self, kind: str, record_id: str, *, dataset_id: str | None = None
    ) -> gpd.GeoDataFrame:
        """See `geo.store.Store.history`."""
        require_text(record_id, dataset_id or "")
        with self.reading() as connection:
            return versions.history(connection, kind, record_id, dataset_id=dataset_id)

    def add(
        self,
        kind: str,
        frame: gpd.GeoDataFrame,
        *,
        key: FileKey,
        author: str,
        now: datetime,
        quarantined: Sequence[QuarantinedRow] = (),
        notes: Sequence[str] = (),
        read: int | None = None,
        dry_run: bool = False,
    ) -> ImportReport:
        """See `geo.store.Store.add`."""
        part = _only_part(check_frame(kind, frame), quarantined)
        total = len(part.frame) + len(part.quarantined)
        if read not in (None, total):
            raise BadInput(
                f"{read} rows were read but {total} are accounted for",
                expected="read = accepted + quarantined + duplicate",
                remedy="report this as a fault of the reader",
            )
        return self.add_parts(
            kind, [part], key=key, author=author, now=now, notes=notes, dry_run=dry_run
        )

    def add_parts(
        self,
        kind: str,
        parts: Iterable[Part],
        *,
        key: FileKey,
        author: str,
        now: datetime,
        notes: Callable[[], Sequence[str]] | Sequence[str] = (),
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> ImportReport:
        """See `geo.store.Store.add_parts`."""
        moment = utc(now)
        faults: list[Exception] = []
        try:
            with self.reading() if dry_run else self.writing() as connection:
                return intake.add(
                    connection,
                    kind,
                    _noting_faults(parts, faults),
                    key=key,
                    author=author,
                    now=moment,
                    notes=notes,
                    dry_run=dry_run,
                    progress=progress,
                )
        except StoreError as err:
            # A file that cannot be read on is not the store's fault.
            if faults and err.__cause__ is faults[0]:
                raise faults[0] from None
            raise

    def correct(
        self,
        kind: str,
        record_id: str,
        changes: Mapping[str, object],
        *,
        author: str,
        reason: str,
        now: datetime,
        dataset_id: str | None = None,
    ) -> gpd.GeoDataFrame:
        """See `geo.store.Store.correct`."""
        require_text(record_id, dataset_id or "")
        moment = utc(now)
        with self.writing() as connection:
            after = versions.correct(
                connection,
                kind,
                record_id,
                changes,
                dataset_id=dataset_id,
                author=author,
                reason=reason,
                now=moment,
            )
            detail = {
                "kind": kind,
                "dataset": str(after["dataset_id"].iloc[0]),
                "version": int(after["version"].iloc[0]),
                "columns": sorted(changes),
            }
            _note(connection, author, "correct", record_id, detail, now=moment)
            return after

    def undo(
        self, import_id: str, *, author: str, now: datetime, with_corrections: bool = False
    ) -> UndoReport:
        """See `geo.store.Store.undo`."""
        require_text(import_id)
        moment = utc(now)
        with self.writing() as connection:
            report = versions.undo(
                connection, import_id, author=author, now=moment, with_corrections=with_corrections
            )
            counts = dataclasses.asdict(report)
            subject = counts.pop("import_id")
            _note(connection, author, "undo", subject, counts, now=moment)
            return report

    def imports(self) -> tuple[ImportRecord, ...]:
        """See `geo.store.Store.imports`."""
        with self.reading() as connection:
            return versions.imports(connection)

    def quarantine(self, import_id: str) -> tuple[QuarantinedRow, ...]:
        """See `geo.store.Store.quarantine`."""
        require_text(import_id)
        with self.reading() as connection:
            return versions.quarantine(connection, import_id)

    def mend(
        self,
        import_id: str,
        row_numbers: Iterable[int],
        *,
        mended_in: str,
        author: str,
        now: datetime,
    ) -> None:
        """See `geo.store.Store.mend`."""
        require_text(import_id, mended_in)
        numbers, moment = set(row_numbers), utc(now)
        with self.writing() as connection:
            versions.mend(connection, import_id, numbers, mended_in=mended_in)
            detail = {"rows": len(numbers), "mended_in": mended_in}
            _note(connection, author, "mend", import_id, detail, now=moment)

    def keep_mapping(self, mapping: SavedMapping) -> None:
        """See `geo.store.Store.keep_mapping`."""
        columns_of(mapping.kind)
        if not mapping.partner.strip():
            raise BadInput("a mapping without a partner", expected="who sends such tables")
        mapping = dataclasses.replace(mapping, saved_at=utc(mapping.saved_at))
        require_text(*_texts(mapping))
        with self.writing() as connection:
            keeping.keep_mapping(connection, mapping)
            subject, detail = mapping.partner, {"kind": mapping.kind}
            _note(connection, mapping.author, "mapping", subject, detail, now=mapping.saved_at)

    def mappings(self) -> tuple[SavedMapping, ...]:
        """See `geo.store.Store.mappings`."""
        with self.reading() as connection:
            return keeping.mappings(connection)

    def setting(self, name: str, default: str = "") -> str:
        """See `geo.store.Store.setting`."""
        require_text(name)
        with self.reading() as connection:
            value = keeping.setting(connection, name)
        return default if value is None else value

    def set_setting(self, name: str, value: str, *, author: str, now: datetime) -> None:
        """See `geo.store.Store.set_setting`."""
        if not name:
            raise BadInput("a setting without a name", expected="a name")
        require_text(name, value)
        moment = utc(now)
        with self.writing() as connection:
            keeping.set_setting(connection, name, value)
            _note(connection, author, "setting", name, {}, now=moment)

    def keep_briefing(self, briefing: Briefing, *, author: str, now: datetime) -> None:
        """See `geo.store.Store.keep_briefing`."""
        briefing = dataclasses.replace(briefing, created_at=utc(briefing.created_at))
        require_text(*_texts(briefing))
        moment = utc(now)
        with self.writing() as connection:
            if keeping.keep_briefing(connection, briefing):
                detail = {"sha256": briefing.sha256, "audience": briefing.audience}
                _note(connection, author, "printed", briefing.briefing_id, detail, now=moment)

    def briefing(self, briefing_id: str) -> tuple[Briefing, ...]:
        """See `geo.store.Store.briefing`."""
        require_text(briefing_id)
        with self.reading() as connection:
            return keeping.briefing(connection, briefing_id)

    def members(self) -> tuple[Member, ...]:
        """See `geo.store.Store.members`."""
        with self.reading() as connection:
            return sharing.members(connection)

    def set_member(self, member: Member, *, author: str, now: datetime) -> None:
        """See `geo.store.Store.set_member`."""
        checked, moment = sharing.checked_member(member), utc(now)
        require_text(author)
        with self.writing() as connection:
            if sharing.set_member(connection, checked, author=author, now=moment):
                detail = {"role": checked.role.value, "groups": sorted(checked.groups)}
                _note(connection, author, "member", checked.subject, detail, now=moment)

    def dataset_groups(self) -> Mapping[str, frozenset[str]]:
        """See `geo.store.Store.dataset_groups`."""
        with self.reading() as connection:
            return sharing.dataset_groups(connection)

    def share(self, dataset_id: str, groups: Iterable[str], *, author: str, now: datetime) -> None:
        """See `geo.store.Store.share`."""
        if not dataset_id:
            raise InvalidSetting("a dataset without a name", expected="the id of a dataset")
        require_text(dataset_id, author)
        closed_to, moment = sharing.checked_groups(groups), utc(now)
        with self.writing() as connection:
            dataset = sharing.dataset_as_held(connection, dataset_id)
            if sharing.share(connection, dataset, closed_to, author=author, now=moment):
                detail = {"groups": sorted(closed_to)}
                _note(connection, author, "share", dataset, detail, now=moment)

    def access_version(self) -> int:
        """See `geo.store.Store.access_version`."""
        with self.reading() as connection:
            return sharing.access_version(connection)

    def note(self, event: AuditEvent, *, now: datetime) -> AuditEntry:
        """See `geo.store.Store.note`."""
        moment = utc(now)
        with self.noting() as connection:
            return auditing.append(connection, event, now=moment)

    def audit(self, *, after: int = 0, most: int | None = None) -> tuple[AuditEntry, ...]:
        """See `geo.store.Store.audit`."""
        with self.reading() as connection:
            return auditing.entries(connection, after=after, most=most)

    def audit_head(self) -> AuditHead:
        """See `geo.store.Store.audit_head`."""
        with self.reading() as connection:
            return auditing.head(connection)

    def revision(self) -> int:
        """See `geo.store.Store.revision`."""
        with self.reading() as connection:
            return connection.scalar(sa.select(REVISION.c.number)) or 0


def utc(moment: datetime) -> datetime:
    """An aware moment in UTC."""
    if moment.tzinfo is None:
        raise BadInput(f"{moment} has no time zone", expected="a moment in UTC")
    try:
        return moment.astimezone(UTC)
    except OverflowError as err:
        raise BadInput(f"{moment} is out of range", expected="a moment of our time") from err


def _only_part(frame: gpd.GeoDataFrame, quarantined: Sequence[QuarantinedRow]) -> Part:
    """A checked frame as the only part of a file of which row 1 is the header."""
    unknown = [""] * len(frame)
    return Part(
        frame=frame,
        row_numbers=range(2, len(frame) + 2),
        texts=unknown,
        cells=unknown,
        quarantined=tuple(quarantined),
    )


def _noting_faults(parts: Iterable[Part], faults: list[Exception]) -> Iterator[Part]:
    """The parts, with what goes wrong in their making noted in `faults`."""
    try:
        yield from parts
    except Exception as err:
        faults.append(err)
        raise


def _texts(kept: SavedMapping | Briefing) -> Iterator[str]:
    """The texts of what is to be kept."""
    values = dataclasses.asdict(kept).values()
    return (value for value in values if isinstance(value, str))


def _note(
    connection: sa.Connection,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, object],
    *,
    now: datetime,
) -> None:
    """Append to the audit what the transaction did."""
    event = AuditEvent(actor=actor, action=action, subject=subject, detail=detail)
    auditing.append(connection, event, now=now)
