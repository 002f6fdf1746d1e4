"""Taking in a file: each row is accepted, quarantined or a duplicate, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import sqlalchemy as sa

from geo.errors import BadInput
from geo.frames import check_frame, columns_of, contents
from geo.model import ImportReport, QuarantinedRow
from geo.store.rows import chunks, execute_many, insert, require_text
from geo.store.schema import ATTESTATIONS, IMPORTS, QUARANTINE, FileKey, record_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """The rows of a file as they are compared with each other and with the store."""

    kind: str
    """Table they are for."""
    rows: gpd.GeoDataFrame
    """All of them, checked."""
    names: list[tuple[str, str]]
    """Dataset and id of each row."""
    prints: list[str]
    """Fingerprint of each row."""
    kept: list[int]
    """Positions of the rows that are the first of their id."""
    clashing: list[int]
    """Positions of the rows that say something else of an id than the first."""


def prepare(kind: str, frame: gpd.GeoDataFrame) -> Incoming:
    """Check and compare the rows of a file, before any lock is taken."""
    rows = check_frame(kind, frame)
    prints = contents(kind, rows)
    names = list(zip(rows["dataset_id"].tolist(), rows["id"].tolist(), strict=True))
    seen: dict[tuple[str, str], str] = {}
    kept, clashing = [], []
    for position, name in enumerate(names):
        if name not in seen:
            seen[name] = prints[position]
            kept.append(position)
        elif seen[name] != prints[position]:
            clashing.append(position)
    return Incoming(kind=kind, rows=rows, names=names, prints=prints, kept=kept, clashing=clashing)


def add(
    connection: sa.Connection,
    incoming: Incoming,
    *,
    key: FileKey,
    author: str,
    now: datetime,
    quarantined: Sequence[QuarantinedRow],
    notes: Sequence[str],
    read: int | None,
    dry_run: bool,
) -> ImportReport:
    """Take in the rows of one file; the contract is `geo.store.Store.add`."""
    _require_key(key)
    require_text(author, *notes)
    aside = (*quarantined, *(_clash(incoming, position) for position in incoming.clashing))
    total = len(incoming.rows) + len(quarantined)
    if read not in (None, total):
        raise BadInput(
            f"{read} rows were read but {total} are accounted for",
            expected="read = accepted + quarantined + duplicate",
            remedy="report this as a fault of the reader",
        )
    standing = _standing_import(connection, incoming.kind, key)
    if standing:
        sorting = _Sorting(notes=[f"this file was imported before, as {standing}"])
    else:
        sorting = _sort(connection, incoming)
    report = ImportReport(
        import_id="" if dry_run else standing or _free_import_id(connection, key, now),
        kind=incoming.kind,
        file_name=key.file_name,
        sha256=key.sha256,
        read=total,
        accepted=len(sorting.accepted),
        quarantined=len(aside),
        duplicate=total - len(sorting.accepted) - len(aside),
        rows=aside,
        notes=(*notes, *sorting.notes),
    )
    if not dry_run and not standing:
        _keep_import(connection, report, key, author=author, now=now)
        _attest(connection, report.import_id, incoming, sorting)
        shared = {"import_id": report.import_id, "author": author, "recorded_at": now}
        _insert_accepted(connection, incoming, sorting, shared)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the store holds under one id."""

    last: int
    """The highest version number ever given."""
    content: str = ""
    """Fingerprint of the current version; empty if there is none."""
    base_version: int = 0
    """The imported version on which the current one rests."""
    base_content: str = ""
    """Its fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sorting:
    """What is to become of the rows of a file, by their positions in its frame."""

    accepted: dict[int, int] = field(default_factory=dict)
    """Position to version number, of rows that are new or changed."""
    replacing: list[int] = field(default_factory=list)
    """Positions of accepted rows that another current version makes room for."""
    attested: dict[int, int] = field(default_factory=dict)
    """Position to version number, of rows that are known."""
    notes: list[str] = field(default_factory=list)
    """What the user should know."""


def _clash(incoming: Incoming, position: int) -> QuarantinedRow:
    """The quarantined form of a row whose id occurred before with other content."""
    row = incoming.rows.iloc[position]
    cells = {column.name: str(row[column.name]) for column in columns_of(incoming.kind)}
    return QuarantinedRow(
        row_number=position + 2,
        text=json.dumps(cells, ensure_ascii=False),
        what=f"the id {row['id']!r} occurred before in this file with other content",
        expected="one row for each id",
        remedy="give the rows different ids, or keep the right one",
    )


def _sort(connection: sa.Connection, incoming: Incoming) -> _Sorting:
    """What is to become of the rows that are the first of their id, given what the store holds."""
    sorting = _Sorting()
    corrected = 0
    names = incoming.names
    for positions in chunks(incoming.kept):
        known = _known(connection, incoming.kind, [names[position] for position in positions])
        for position in positions:
            held = known.get(names[position], _Known(last=0))
            if held.content and incoming.prints[position] in (held.content, held.base_content):
                sorting.attested[position] = held.base_version
                continue
            sorting.accepted[position] = held.last + 1
            if held.content:
                sorting.replacing.append(position)
                corrected += held.content != held.base_content
    if corrected:
        sorting.notes.append(
            f"{corrected} corrected records were replaced by newer rows; their corrections are in"
            " the history"
        )
    return sorting


def _known(
    connection: sa.Connection, kind: str, names: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], _Known]:
    """What the store holds under each of these (dataset, id)."""
    table = record_table(kind)
    asked: dict[str, list[str]] = {}
    for dataset, name in names:
        asked.setdefault(dataset, []).append(name)
    known: dict[tuple[str, str], _Known] = {}
    columns = (table.c.id, table.c.version, table.c.current, table.c.base_version, table.c.content)
    for dataset, ids in asked.items():
        versions: dict[str, list[Any]] = {}
        chosen = (table.c.dataset_id == dataset) & table.c.id.in_(ids)
        for row in connection.execute(sa.select(*columns).where(chosen)):
            versions.setdefault(row.id, []).append(row)
        known |= {(dataset, name): _as_known(rows) for name, rows in versions.items()}
    return known


def _as_known(versions: Sequence[Any]) -> _Known:
    """The summary of all versions of one record."""
    last = max(row.version for row in versions)
    for row in versions:
        if row.current:
            (base,) = (other for other in versions if other.version == row.base_version)
            return _Known(
                last=last,
                content=row.content,
                base_version=base.version,
                base_content=base.content,
            )
    return _Known(last=last)


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


def _keep_import(
    connection: sa.Connection, report: ImportReport, key: FileKey, *, author: str, now: datetime
) -> None:
    """Write the import and the rows that it kept aside."""
    last = connection.scalar(sa.select(sa.func.max(IMPORTS.c.number))) or 0
    connection.execute(
        IMPORTS.insert().values(
            import_id=report.import_id,
            number=last + 1,
            kind=report.kind,
            file_name=key.file_name,
            sha256=key.sha256,
            dataset_id=key.dataset_id,
            reading=key.reading,
            read=report.read,
            accepted=report.accepted,
            quarantined=report.quarantined,
            duplicate=report.duplicate,
            notes=json.dumps(report.notes, ensure_ascii=False),
            imported_at=now,
            author=author,
        )
    )
    execute_many(
        connection,
        QUARANTINE.insert(),
        (
            {
                "import_id": report.import_id,
                "number": number,
                "row_number": row.row_number,
                "text": row.text,
                "what": row.what,
                "expected": row.expected,
                "remedy": row.remedy,
            }
            for number, row in enumerate(report.rows, start=1)
        ),
    )


def _attest(
    connection: sa.Connection, import_id: str, incoming: Incoming, sorting: _Sorting
) -> None:
    """Write which known versions the import brought again."""
    names = incoming.names
    execute_many(
        connection,
        ATTESTATIONS.insert(),
        (
            {
                "import_id": import_id,
                "dataset_id": names[position][0],
                "id": names[position][1],
                "version": version,
            }
            for position, version in sorting.attested.items()
        ),
    )


def _insert_accepted(
    connection: sa.Connection, incoming: Incoming, sorting: _Sorting, shared: Mapping[str, object]
) -> None:
    """Write the accepted rows as current versions, after those before them have made room."""
    table = record_table(incoming.kind)
    names = incoming.names
    same_record = (table.c.dataset_id == sa.bindparam("a_dataset")) & (
        table.c.id == sa.bindparam("an_id")
    )
    execute_many(
        connection,
        table.update().where(same_record & table.c.current).values(current=False),
        (
            {"a_dataset": names[position][0], "an_id": names[position][1]}
            for position in sorting.replacing
        ),
    )
    for positions in chunks(list(sorting.accepted)):
        insert(
            connection,
            incoming.kind,
            incoming.rows.iloc[positions],
            prints=[incoming.prints[position] for position in positions],
            versions=[sorting.accepted[position] for position in positions],
            shared=shared,
        )
