"""Versions of records: reading, correcting and undoing them inside a transaction.

Plain SQL through SQLAlchemy, the same for every database; a store says where the transaction comes
from.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import geopandas as gpd
import sqlalchemy as sa

from geo.columns import columns_of
from geo.errors import InvalidSetting, NotFound
from geo.frames import check_frame, contents, frame_of
from geo.model import QuarantinedRow, Tlp
from geo.store.rows import chunks, fetch, in_utc, insert, named, require_text, same
from geo.store.schema import (
    ATTESTATIONS,
    IMPORTS,
    QUARANTINE,
    FileKey,
    ImportRecord,
    UndoReport,
    record_table,
)

HISTORY_COLUMNS = ("author", "reason", "current", "undone", "base_version")
"""What `history` adds to the columns of `read`."""


def read(
    connection: sa.Connection, kind: str, *, markings: Iterable[Tlp] | None = None
) -> gpd.GeoDataFrame:
    """The current version of every record of `kind`, by dataset and id."""
    columns_of(kind)
    table = record_table(kind)
    chosen: sa.ColumnElement[bool] = table.c.current.is_(True)
    if markings is not None:
        chosen &= table.c.marking.in_([marking.value for marking in markings])
    return fetch(connection, kind, chosen)


def get(
    connection: sa.Connection, kind: str, record_id: str, *, dataset_id: str | None
) -> gpd.GeoDataFrame:
    """The current version of one record, as a frame of one row."""
    columns_of(kind)
    table = record_table(kind)
    found = fetch(connection, kind, table.c.current & named(table, record_id, dataset_id))
    if found.empty:
        raise _no_record(kind, record_id, dataset_id)
    if len(found) > 1:
        raise InvalidSetting(
            f"the id {record_id!r} is in several datasets of {kind}",
            expected=f"one of the datasets {', '.join(found['dataset_id'])}",
            remedy="name the dataset",
        )
    return found


def history(
    connection: sa.Connection, kind: str, record_id: str, *, dataset_id: str | None
) -> gpd.GeoDataFrame:
    """Every version of the records with this id, by dataset, oldest first."""
    columns_of(kind)
    chosen = named(record_table(kind), record_id, dataset_id)
    found = fetch(connection, kind, chosen, more=HISTORY_COLUMNS)
    if found.empty:
        raise _no_record(kind, record_id, dataset_id)
    return found


def correct(
    connection: sa.Connection,
    kind: str,
    record_id: str,
    changes: Mapping[str, object],
    *,
    dataset_id: str | None,
    author: str,
    reason: str,
    now: datetime,
) -> gpd.GeoDataFrame:
    """A new version of a record with `changes`; the contract is `geo.store.Store.correct`."""
    fixed = {"id", "dataset_id"}
    allowed = [column.name for column in columns_of(kind) if column.name not in fixed]
    for name in changes:
        if name not in allowed:
            raise InvalidSetting(
                f"{name!r} cannot be corrected", expected=f"one of {', '.join(allowed)}"
            )
    for what, text in (("author", author), ("reason", reason)):
        if not text.strip():
            raise InvalidSetting(f"a correction without {what}", expected=f"the {what} in words")
    require_text(author, reason)
    before = get(connection, kind, record_id, dataset_id=dataset_id)
    cells = {name: before[name] for name in (column.name for column in columns_of(kind))}
    after = frame_of(kind, cells | {name: [value] for name, value in changes.items()})
    (old,), (new,) = contents(kind, check_frame(kind, before)), contents(kind, after)
    if old == new:
        raise InvalidSetting(
            f"nothing changes in {record_id!r}", expected="at least one other value"
        )
    table = record_table(kind)
    dataset = before["dataset_id"].iloc[0]
    rows = named(table, record_id, dataset)
    standing = connection.execute(
        sa.select(table.c.import_id, table.c.base_version).where(rows & table.c.current)
    ).one()
    last = connection.scalar(sa.select(sa.func.max(table.c.version)).where(rows))
    connection.execute(table.update().where(rows & table.c.current).values(current=False))
    shared = {
        "import_id": standing.import_id,
        "base_version": standing.base_version,
        "author": author,
        "reason": reason,
        "recorded_at": now,
    }
    insert(connection, kind, after, prints=[new], versions=[(last or 0) + 1], shared=shared)
    return get(connection, kind, record_id, dataset_id=dataset)


def undo(
    connection: sa.Connection,
    import_id: str,
    *,
    author: str,
    now: datetime,
    with_corrections: bool,
) -> UndoReport:
    """Withdraw what rests on an import alone; the contract is `geo.store.Store.undo`."""
    require_text(author)
    record = import_record(connection, import_id)
    if record.undone_at is not None:
        raise InvalidSetting(
            f"import {import_id} was undone on {record.undone_at:%Y-%m-%d %H:%M} UTC"
            f" by {record.undone_by}",
            expected="an import that stands",
            remedy="nothing is left to undo",
        )
    connection.execute(
        IMPORTS.update()
        .where(IMPORTS.c.import_id == import_id)
        .values(undone_at=now, undone_by=author)
    )
    return _withdraw(connection, record, with_corrections=with_corrections)


def imports(connection: sa.Connection) -> tuple[ImportRecord, ...]:
    """Every import, newest first."""
    rows = connection.execute(IMPORTS.select().order_by(IMPORTS.c.number.desc()))
    return tuple(_as_import(row) for row in rows)


def import_record(connection: sa.Connection, import_id: str) -> ImportRecord:
    """One import; NotFound if there is none of that id."""
    row = connection.execute(IMPORTS.select().where(IMPORTS.c.import_id == import_id)).first()
    if row is None:
        raise NotFound(
            f"there is no import {import_id!r}",
            expected="the id of an import, such as IM-20261122-1a2b3c4d",
            remedy="see the list of imports",
        )
    return _as_import(row)


def quarantine(
    connection: sa.Connection, import_id: str, *, most: int | None = None
) -> tuple[QuarantinedRow, ...]:
    """The rows that an import kept aside, in the order of its report; the first `most` of them.

    A row whose mended form was undone waits again.
    """
    import_record(connection, import_id)
    taking = IMPORTS.alias()
    mended = (taking.c.import_id == QUARANTINE.c.mended_in) & taking.c.undone_at.is_(None)
    names = ("row_number", "text", "what", "expected", "remedy", "cells")
    query = (
        sa.select(
            *(QUARANTINE.c[name] for name in names),
            sa.func.coalesce(taking.c.import_id, "").label("mended_in"),
        )
        .select_from(QUARANTINE.outerjoin(taking, mended))
        .where(QUARANTINE.c.import_id == import_id)
        .order_by(QUARANTINE.c.number)
        .limit(most)
    )
    return tuple(QuarantinedRow(**row) for row in connection.execute(query).mappings())


def mend(
    connection: sa.Connection, import_id: str, row_numbers: Collection[int], *, mended_in: str
) -> None:
    """Note where quarantined rows were taken in; the contract is `geo.store.Store.mend`."""
    waiting = {row.row_number: row.mended_in for row in quarantine(connection, import_id)}
    taking = import_record(connection, mended_in)
    if taking.undone_at is not None:
        raise InvalidSetting(
            f"import {mended_in} was undone", expected="the import that took the mended rows in"
        )
    for number in sorted(row_numbers):
        if number not in waiting:
            raise InvalidSetting(
                f"row {number} is not quarantined in {import_id}",
                expected=f"one of {_listed([str(known) for known in sorted(waiting)])}",
            )
        if waiting[number] not in ("", mended_in):
            raise InvalidSetting(
                f"row {number} of {import_id} was mended in {waiting[number]}",
                expected="a row that waits",
                remedy="undo that import first",
            )
    for some in chunks(sorted(row_numbers)):
        chosen = (QUARANTINE.c.import_id == import_id) & QUARANTINE.c.row_number.in_(some)
        connection.execute(QUARANTINE.update().where(chosen).values(mended_in=mended_in))


def broken_rules(connection: sa.Connection, kind: str) -> list[str]:
    """Which rules between the rows of a kind do not hold; empty if all do."""
    table = record_table(kind)
    newest = (
        sa.select(table.c.dataset_id, table.c.id, sa.func.max(table.c.version).label("version"))
        .where(~table.c.undone)
        .group_by(table.c.dataset_id, table.c.id)
        .subquery()
    )
    not_shown = sa.select(sa.func.count()).select_from(
        table.join(newest, same(table, newest) & (table.c.version == newest.c.version))
    ).where(~table.c.current)  # fmt: skip
    brought = (
        sa.select(table.c.import_id, sa.func.count().label("rows"))
        .where(table.c.base_version == table.c.version)
        .group_by(table.c.import_id)
        .subquery()
    )
    held = sa.func.coalesce(brought.c.rows, 0)
    miscounted = (
        sa.select(IMPORTS.c.import_id)
        .outerjoin(brought, brought.c.import_id == IMPORTS.c.import_id)
        .where((IMPORTS.c.kind == kind) & (held != IMPORTS.c.accepted))
    )
    faults = []
    if number := connection.scalar(not_shown):
        faults.append(f"{number} records of {kind} do not show their newest version")
    faults += [f"import {name} does not hold the rows that it counted"
               for name in connection.scalars(miscounted)]  # fmt: skip
    return faults


def _withdraw(
    connection: sa.Connection, record: ImportRecord, *, with_corrections: bool
) -> UndoReport:
    """Mark as undone what rests on `record`, now undone, alone; let what was before be current.

    A correction shares the import and the base version of what it corrects, so that one condition
    finds both.
    """
    table = record_table(record.kind)
    touched = (table.c.import_id == record.import_id) | sa.exists().where(
        (ATTESTATIONS.c.import_id == record.import_id) & _attested(table)
    )
    brought = sa.exists().where(
        (IMPORTS.c.import_id == table.c.import_id) & IMPORTS.c.undone_at.is_(None)
    )
    witnessed = sa.exists().where(
        _attested(table)
        & (IMPORTS.c.import_id == ATTESTATIONS.c.import_id)
        & (IMPORTS.c.kind == record.kind)
        & IMPORTS.c.undone_at.is_(None)
    )
    alone = ~table.c.undone & touched & ~brought & ~witnessed
    is_correction = table.c.base_version < table.c.version
    corrected = connection.scalars(sa.select(table.c.id).where(alone & is_correction)).all()
    if corrected and not with_corrections:
        raise InvalidSetting(
            f"{len(corrected)} corrections rest on import {record.import_id}:"
            f" {_listed(sorted(set(corrected)))}",
            expected="an import whose rows were not corrected since",
            remedy="undo it with its corrections; they stay in the history",
        )
    withdrawn = connection.execute(
        table.update().where(alone).values(undone=True, current=False)
    ).rowcount
    kept = sa.select(sa.func.count()).where(touched & ~table.c.undone & ~is_correction)
    other = table.alias()
    newest = (
        sa.select(sa.func.max(other.c.version))
        .where(same(table, other) & ~other.c.undone)
        .scalar_subquery()
    )
    restored = connection.execute(
        table.update()
        .where(~table.c.undone & ~table.c.current & (table.c.version == newest))
        .values(current=True)
    ).rowcount
    return UndoReport(
        import_id=record.import_id,
        withdrawn=withdrawn,
        corrections=len(corrected),
        restored=restored,
        kept=connection.scalar(kept) or 0,
    )


def _attested(table: sa.Table) -> sa.ColumnElement[bool]:
    """Where an attestation is of the version on which a row of `table` rests."""
    return (
        (ATTESTATIONS.c.dataset_id == table.c.dataset_id)
        & (ATTESTATIONS.c.id == table.c.id)
        & (ATTESTATIONS.c.version == table.c.base_version)
    )


def _no_record(kind: str, record_id: str, dataset_id: str | None) -> NotFound:
    """The error for an id that nothing goes by."""
    where = kind if dataset_id is None else f"dataset {dataset_id!r} of {kind}"
    return NotFound(
        f"there is no {record_id!r} in {where}",
        expected="the id of a record in the store",
        remedy="look the id up in the table",
    )


def _listed(names: Sequence[str], *, most: int = 5) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _as_import(row: Any) -> ImportRecord:  # noqa: ANN401 - a row of SQLAlchemy
    """One import from its row."""
    key = FileKey(
        file_name=row.file_name,
        sha256=row.sha256,
        dataset_id=row.dataset_id,
        reading=row.reading,
    )
    return ImportRecord(
        import_id=row.import_id,
        kind=row.kind,
        key=key,
        read=row.read,
        accepted=row.accepted,
        quarantined=row.quarantined,
        duplicate=row.duplicate,
        notes=tuple(json.loads(row.notes)),
        imported_at=in_utc(row.imported_at),
        author=row.author,
        undone_at=None if row.undone_at is None else in_utc(row.undone_at),
        undone_by=row.undone_by,
    )
