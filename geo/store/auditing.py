"""The audit inside a transaction: appending to its chain and reading it back."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import sqlalchemy as sa

from geo.audit import EMPTY_HEAD, AuditEntry, AuditEvent, AuditHead, entry_of, moment_text
from geo.errors import StoreDamaged
from geo.store.schema import AUDIT

APPEND_LOCK = 0x4C4D4155
"""``LMAU``: PostgreSQL's advisory lock of whoever appends; taken last and let go at the commit."""

COLUMNS = tuple(field.name for field in fields(AuditEntry))
"""Columns of the table, as the entry has them."""


def append(connection: sa.Connection, event: AuditEvent, *, now: datetime) -> AuditEntry:
    """Write an event as the next entry of the chain; to be called last in a transaction.

    From then on until the transaction ends nobody else can append.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(APPEND_LOCK)))
    last = connection.execute(
        sa.select(AUDIT.c.number, AUDIT.c.sha256, AUDIT.c.at)
        .order_by(AUDIT.c.number.desc())
        .limit(1)
    ).first()
    number, previous = (last.number, last.sha256) if last else (0, EMPTY_HEAD.sha256)
    if last and moment_text(now) < last.at:
        back_s = (_moment(last.number, last.at) - now).total_seconds()
        event = replace(event, detail={**event.detail, "clock_back_s": back_s})
    entry = entry_of(event, number=number + 1, at=now, previous=previous)
    row = {name: getattr(entry, name) for name in COLUMNS}
    connection.execute(AUDIT.insert().values(row | {"at": moment_text(entry.at)}))
    return entry


def entries(
    connection: sa.Connection, *, after: int = 0, most: int | None = None
) -> tuple[AuditEntry, ...]:
    """The entries after number `after`, by number, at most `most` of them."""
    query = (
        sa.select(*(AUDIT.c[name] for name in COLUMNS))
        .where(AUDIT.c.number > after)
        .order_by(AUDIT.c.number)
        .limit(most)
    )
    return tuple(
        AuditEntry(**{**row, "at": _moment(row["number"], row["at"])})
        for row in connection.execute(query).mappings()
    )


def head(connection: sa.Connection) -> AuditHead:
    """The end of the chain."""
    query = sa.select(AUDIT.c.number, AUDIT.c.sha256).order_by(AUDIT.c.number.desc()).limit(1)
    last = connection.execute(query).first()
    return AuditHead(number=last.number, sha256=last.sha256) if last else EMPTY_HEAD


def _moment(number: int, text: str) -> datetime:
    """The time of an entry, if it stands there as it was written."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
        as_written = moment_text(moment) == text
    except (ValueError, TypeError, OverflowError):
        as_written = False
    if not as_written:
        raise StoreDamaged(
            f"entry {number} of the audit was changed: its time {text!r} is none",
            expected="the entry as it was written",
            remedy="compare the audit with that of a backup",
        )
    return moment
