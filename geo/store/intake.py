"""Taking in a file: each row is accepted, quarantined or a duplicate, in one transaction.

The rows come in parts, and go into the database as they come. All that is remembered of a part are
its ids with a digest of what each row said, so that a file may be larger than the memory.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from geo.audit import AuditEvent
from geo.columns import columns_of
from geo.errors import BadInput
from geo.frames import Part
from geo.model import ImportReport, QuarantinedRow
from geo.store import auditing, versions
from geo.store.comparing import PartRows, Seen, Sorting, by_dataset, compared, sort
from geo.store.rows import among, chunks, insert, require_text, write
from geo.store.schema import ATTESTATIONS, IMPORTS, QUARANTINE, FileKey, record_table

SHOWN = 1_000
"""Quarantined rows that a report holds; the store holds all of them."""


def add(
    connection: sa.Connection,
    kind: str,
    parts: Iterable[Part],
    *,
    key: FileKey,
    author: str,
    now: datetime,
    notes: Sequence[str] | Callable[[], Sequence[str]] = (),
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Take in the parts of one file; the contract is `geo.store.Store.add_parts`.

    The transaction is the caller's, who rolls it back after an error. Of a file that is in already
    no part is asked for.
    """
    columns_of(kind)
    _require_key(key)
    require_text(author)
    standing = _standing_import(connection, kind, key)
    if standing:
        return _report_of_standing(connection, standing, key, dry_run=dry_run)
    import_id = "" if dry_run else _begin(connection, kind, key, author=author, now=now)
    shared = {"import_id": import_id, "author": author, "recorded_at": now}
    tally, empty = _Tally(), dict[str, bool]()
    seen: Seen = {}
    for part in parts:
        rows = compared(kind, part, seen)
        sorting = sort(connection, rows, empty)
        if not dry_run:
            _keep(connection, rows, sorting, shared, first=tally.quarantined + 1)
        tally.count(rows, sorting)
        if progress:
            progress(tally.read)
    told = (*(notes() if callable(notes) else notes), *tally.notes())
    require_text(*told)
    report = ImportReport(
        import_id=import_id,
        kind=kind,
        file_name=key.file_name,
        sha256=key.sha256,
        read=tally.read,
        accepted=tally.accepted,
        quarantined=tally.quarantined,
        duplicate=tally.read - tally.accepted - tally.quarantined,
        rows=tuple(tally.shown),
        notes=told,
    )
    if not dry_run:
        _complete(connection, report)
        auditing.append(connection, _event(report, key, author), now=now)
    return report


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What became of the rows so far."""

    read: int = 0
    """Rows of the parts that came."""
    accepted: int = 0
    """Rows that are now in the store."""
    quarantined: int = 0
    """Rows kept aside."""
    corrected: int = 0
    """Accepted rows that replaced a correction."""
    shown: list[QuarantinedRow] = field(default_factory=list)
    """The first of the quarantined rows."""

    def count(self, rows: PartRows, sorting: Sorting) -> None:
        """Add the rows of a part."""
        self.read += rows.read
        self.accepted += len(sorting.accepted)
        self.quarantined += len(rows.aside)
        self.corrected += sorting.corrected
        self.shown += rows.aside[: SHOWN - len(self.shown)]

    def notes(self) -> Iterator[str]:
        """What the user should know of it."""
        if self.corrected:
            yield (
                f"{self.corrected} corrected records were replaced by newer rows; their"
                " corrections are in the history"
            )
        if self.quarantined > len(self.shown):
            yield _only_some(len(self.shown), self.quarantined)


def _keep(
    connection: sa.Connection,
    rows: PartRows,
    sorting: Sorting,
    shared: Mapping[str, object],
    *,
    first: int,
) -> None:
    """Write what a part brought: quarantined rows numbered from `first`, known ones, new ones."""
    import_id = str(shared["import_id"])
    _keep_aside(connection, import_id, rows.aside, first=first)
    known = [rows.names[position] for position in sorting.attested]
    write(
        connection,
        ATTESTATIONS,
        {
            "import_id": [import_id] * len(known),
            "dataset_id": [dataset for dataset, _ in known],
            "id": [name for _, name in known],
            "version": list(sorting.attested.values()),
        },
    )
    table = record_table(rows.kind)
    for positions in chunks(sorting.replacing):
        leaving = by_dataset(rows.names[position] for position in positions)
        for dataset, ids in leaving.items():
            chosen = (table.c.dataset_id == dataset) & among(connection, table.c.id, ids)
            connection.execute(table.update().where(chosen & table.c.current).values(current=False))
    for positions in chunks(list(sorting.accepted)):
        insert(
            connection,
            rows.kind,
            rows.frame.iloc[positions],
            prints=[rows.prints[position] for position in positions],
            versions=[sorting.accepted[position] for position in positions],
            shared=shared,
        )


def _keep_aside(
    connection: sa.Connection, import_id: str, aside: Sequence[QuarantinedRow], *, first: int
) -> None:
    """Write quarantined rows, numbered from `first`."""
    told = [field.name for field in dataclasses.fields(QuarantinedRow)]
    columns: dict[str, Sequence[object]] = {
        name: [getattr(row, name) for row in aside] for name in told
    }
    columns["import_id"] = [import_id] * len(aside)
    columns["number"] = range(first, first + len(aside))
    write(connection, QUARANTINE, columns)


def _require_key(key: FileKey) -> None:
    """Refuse a key that does not name a file's bytes."""
    if len(key.sha256) != 64 or set(key.sha256) - set("0123456789abcdef"):
        raise BadInput(
            f"{key.sha256!r} is no SHA-256", expected="64 hexadecimal digits in lower case"
        )
    require_text(key.file_name, key.dataset_id, key.reading)


def _standing_import(connection: sa.Connection, kind: str, key: FileKey) -> str | None:
    """The id of the import that brought this file, if it was not undone."""
    same = (
        (IMPORTS.c.kind == kind)
        & (IMPORTS.c.sha256 == key.sha256)
        & (IMPORTS.c.dataset_id == key.dataset_id)
        & (IMPORTS.c.reading == key.reading)
        & IMPORTS.c.undone_at.is_(None)
    )
    return connection.scalar(sa.select(IMPORTS.c.import_id).where(same))


def _report_of_standing(
    connection: sa.Connection, import_id: str, key: FileKey, *, dry_run: bool
) -> ImportReport:
    """The report for a file that an import brought before: what was new then is known now."""
    record = versions.import_record(connection, import_id)
    aside = versions.quarantine(connection, import_id, most=SHOWN)
    notes = [f"this file was imported before, as {import_id}"]
    if record.quarantined > len(aside):
        notes.append(_only_some(len(aside), record.quarantined))
    return ImportReport(
        import_id="" if dry_run else import_id,
        kind=record.kind,
        file_name=key.file_name,
        sha256=key.sha256,
        read=record.read,
        accepted=0,
        quarantined=record.quarantined,
        duplicate=record.read - record.quarantined,
        rows=aside,
        notes=tuple(notes),
    )


def _only_some(shown: int, quarantined: int) -> str:
    """The note on a report that does not hold every quarantined row."""
    return f"the first {shown} of {quarantined} quarantined rows are shown; the store keeps all"


def _begin(
    connection: sa.Connection, kind: str, key: FileKey, *, author: str, now: datetime
) -> str:
    """Write an import that has read nothing yet, for its rows to point to; gives its id."""
    import_id = _free_import_id(connection, key, now)
    last = connection.scalar(sa.select(sa.func.max(IMPORTS.c.number))) or 0
    connection.execute(
        IMPORTS.insert().values(
            import_id=import_id,
            number=last + 1,
            kind=kind,
            file_name=key.file_name,
            sha256=key.sha256,
            dataset_id=key.dataset_id,
            reading=key.reading,
            read=0,
            accepted=0,
            quarantined=0,
            duplicate=0,
            notes="[]",
            imported_at=now,
            author=author,
        )
    )
    return import_id


def _free_import_id(connection: sa.Connection, key: FileKey, now: datetime) -> str:
    """The id for a new import; a number follows where the same file came in on the same day."""
    stem = f"IM-{now.astimezone(UTC):%Y%m%d}-{key.sha256[:8]}"
    taken = set(
        connection.scalars(
            sa.select(IMPORTS.c.import_id).where(IMPORTS.c.import_id.startswith(stem))
        )
    )
    further = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (stem, *further) if name not in taken)


def _complete(connection: sa.Connection, report: ImportReport) -> None:
    """Write into an import what became of its rows."""
    connection.execute(
        IMPORTS.update()
        .where(IMPORTS.c.import_id == report.import_id)
        .values(
            read=report.read,
            accepted=report.accepted,
            quarantined=report.quarantined,
            duplicate=report.duplicate,
            notes=json.dumps(report.notes, ensure_ascii=False),
        )
    )


def _event(report: ImportReport, key: FileKey, author: str) -> AuditEvent:
    """An import for the audit; the name of its file may tell a place, so it stays out."""
    return AuditEvent(
        actor=author,
        action="import",
        subject=report.import_id,
        detail={
            "kind": report.kind,
            "dataset": key.dataset_id,
            "sha256": key.sha256,
            "read": report.read,
            "accepted": report.accepted,
            "quarantined": report.quarantined,
            "duplicate": report.duplicate,
        },
    )
