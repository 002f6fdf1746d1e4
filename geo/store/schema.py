"""The tables of a store, declared once: those of records follow from their record classes.

A table of records holds versions. Version numbers of a record grow and are never used twice, and at
most one version is current. ``base_version`` of an imported version is its own number; that of a
correction is the imported version it rests on, whose ``import_id`` it shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from geo.columns import RECORDS, Column, Form, columns_of

METADATA = sa.MetaData()
"""Every table of a store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKey:
    """What makes a file the same file: its bytes and how they were read."""

    file_name: str
    """Name without its folder; told in reports, no part of the identity."""
    sha256: str
    """SHA-256 of the file's bytes, 64 hexadecimal digits."""
    dataset_id: str = "local"
    """Dataset that the rows were read into."""
    reading: str = ""
    """The options that change its rows, as text; the same bytes read otherwise are another file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """One import as the store remembers it."""

    import_id: str
    """``IM-``, day of the import, first digits of the file's SHA-256: ``IM-20261122-1a2b3c4d``."""
    kind: str
    """Table the rows went into."""
    key: FileKey
    """The file."""
    read: int
    """Rows in the file."""
    accepted: int
    """Rows that were new or new versions."""
    quarantined: int
    """Rows kept aside."""
    duplicate: int
    """Rows that were known already."""
    notes: tuple[str, ...]
    """What the reader of the file had to say."""
    imported_at: datetime
    """Time of the import, UTC."""
    author: str
    """Who imported it."""
    undone_at: datetime | None
    """Time at which it was undone, UTC; None if it stands."""
    undone_by: str
    """Who undid it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    """What undoing an import did."""

    import_id: str
    """The import."""
    withdrawn: int
    """Versions that no longer count; they stay in the history."""
    corrections: int
    """Corrections among the withdrawn versions."""
    restored: int
    """Records of which an earlier version is current again."""
    kept: int
    """Versions that stay because another import brought the same content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMapping:
    """What a partner's columns mean, as somebody found it out once."""

    partner: str
    """Who sends such tables."""
    kind: str
    """Table that the rows go into."""
    header_print: str
    """By which a table that looks the same is known again."""
    text: str
    """The mapping as text; only its reader knows more of it."""
    author: str
    """Who saved it."""
    saved_at: datetime
    """When, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """A page that left the house."""

    briefing_id: str
    """The id that is printed on it."""
    sha256: str
    """SHA-256 of the file's bytes."""
    created_at: datetime
    """When it was made, UTC."""
    audience: str
    """For whom."""
    subject: str
    """Of what."""
    parameters: str
    """JSON of all that it was made from."""


class _AnyText(sa.types.TypeDecorator[str]):
    """Text as a file had it, the character NUL included, which PostgreSQL's text cannot hold.

    There NUL is written as U+001A ``0`` and U+001A itself as U+001A ``s``.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """The text as this database holds it."""
        if value is None or dialect.name == "sqlite":
            return value
        return value.replace("\x1a", "\x1as").replace("\0", "\x1a0")

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """The text as it was."""
        if value is None or dialect.name == "sqlite":
            return value
        return value.replace("\x1a0", "\0").replace("\x1as", "\x1a")


KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text by which rows are ordered: by code points in every database, whatever its language."""


LATER: Mapping[str, tuple[str, ...]] = {
    "alerts": (
        "method", "sensors", "priority", "placebo_rate", "persistence", "last_clear_on", "features",
    ),
}  # fmt: skip
"""Columns that a kind got when stores had its table already. They stand at the table's end, with
the default that older rows took, so that a store that was upgraded is like a new one."""


def record_table(kind: str) -> sa.Table:
    """The table that holds the versions of a kind's records."""
    return METADATA.tables[kind]


def _declare(kind: str) -> sa.Table:
    """Columns of the record class, then those of the versioning, then those that came later."""
    later = LATER.get(kind, ())
    table = sa.Table(
        kind,
        METADATA,
        *(sa.Column(column.name, _sql_type(column), nullable=_nullable(column))
          for column in columns_of(kind) if column.name not in later),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_id", sa.Text, sa.ForeignKey("imports.import_id"), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("undone", sa.Boolean, nullable=False),
        sa.Column("base_version", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False, doc="fingerprint by geo.frames.contents"),
        *(sa.Column(column.name, _sql_type(column), nullable=_nullable(column),
                    server_default=_older(column))
          for column in columns_of(kind) if column.name in later),
        sa.PrimaryKeyConstraint("dataset_id", "id", "version"),
        sa.CheckConstraint("base_version <= version", name=f"{kind}_base"),
        sa.CheckConstraint("NOT (current AND undone)", name=f"{kind}_current"),
    )  # fmt: skip
    only_current = sa.text("current")
    sa.Index(f"{kind}_one_current", table.c.dataset_id, table.c.id, unique=True,
             sqlite_where=only_current, postgresql_where=only_current)  # fmt: skip
    sa.Index(f"{kind}_by_import", table.c.import_id)
    return table


def _sql_type(column: Column) -> sa.types.TypeEngine[Any]:
    """SQL type of a column; closed sets are text, so that a longer list needs no migration."""
    if column.name in ("id", "dataset_id"):
        return KEY_TEXT
    types: dict[Form, sa.types.TypeEngine[Any]] = {
        Form.PLACE: sa.LargeBinary(),
        Form.NUMBER: sa.Double(),
        Form.COUNT: sa.BigInteger(),
        Form.FLAG: sa.Boolean(),
        Form.DAY: sa.Date(),
        Form.MOMENT: sa.DateTime(timezone=True),
    }
    return types.get(column.form, sa.Text())


def _older(column: Column) -> str | None:
    """What stands in a column of text in rows that are older than it; no other may be filled."""
    if _nullable(column):
        return None
    assert isinstance(_sql_type(column), sa.Text)
    return column.default if isinstance(column.default, str) else ""


def _nullable(column: Column) -> bool:
    """Whether a cell may be NULL; missing text is empty text."""
    return not column.required and column.form in (
        Form.PLACE, Form.NUMBER, Form.COUNT, Form.DAY, Form.MOMENT
    )  # fmt: skip


IMPORTS = sa.Table(
    "imports",
    METADATA,
    sa.Column("import_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True, doc="in the order of arrival"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("dataset_id", sa.Text, nullable=False),
    sa.Column("reading", sa.Text, nullable=False),
    sa.Column("read", sa.Integer, nullable=False),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("quarantined", sa.Integer, nullable=False),
    sa.Column("duplicate", sa.Integer, nullable=False),
    sa.Column("notes", sa.Text, nullable=False, doc="JSON list"),
    sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("undone_at", sa.DateTime(timezone=True)),
    sa.Column("undone_by", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("read = accepted + quarantined + duplicate", name="nothing_disappears"),
)

sa.Index(
    "one_import_a_file",
    IMPORTS.c.kind,
    IMPORTS.c.sha256,
    IMPORTS.c.dataset_id,
    IMPORTS.c.reading,
    unique=True,
    sqlite_where=sa.text("undone_at IS NULL"),
    postgresql_where=sa.text("undone_at IS NULL"),
)

QUARANTINE = sa.Table(
    "quarantine",
    METADATA,
    sa.Column("import_id", sa.Text, sa.ForeignKey("imports.import_id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False, doc="in the order of the report"),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("text", _AnyText, nullable=False),
    sa.Column("what", _AnyText, nullable=False),
    sa.Column("expected", _AnyText, nullable=False),
    sa.Column("remedy", _AnyText, nullable=False),
    sa.Column("cells", _AnyText, nullable=False, server_default="", doc="JSON object or empty"),
    sa.Column("mended_in", sa.Text, nullable=False, server_default="", doc="an import or empty"),
    sa.PrimaryKeyConstraint("import_id", "number"),
)

ATTESTATIONS = sa.Table(
    "attestations",
    METADATA,
    sa.Column("import_id", sa.Text, sa.ForeignKey("imports.import_id"), nullable=False),
    sa.Column("dataset_id", KEY_TEXT, nullable=False),
    sa.Column("id", KEY_TEXT, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("import_id", "dataset_id", "id", "version"),
    comment="imports that brought content which was known already: a version rests on them too",
)

sa.Index(
    "attestations_by_version",
    ATTESTATIONS.c.dataset_id,
    ATTESTATIONS.c.id,
    ATTESTATIONS.c.version,
)

SETTINGS = sa.Table(
    "settings",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

MAPPINGS = sa.Table(
    "mappings",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("partner", KEY_TEXT, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("header_print", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
)

BRIEFINGS = sa.Table(
    "briefings",
    METADATA,
    sa.Column("briefing_id", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("parameters", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("briefing_id", "sha256"),
)

MIGRATIONS = sa.Table(
    "migrations",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
)

MEMBERS = sa.Table(
    "members",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("subject", KEY_TEXT, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("group_names", sa.Text, nullable=False, doc="JSON list, sorted"),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    comment="one row for each change; the newest of a subject counts",
)

DATASET_GROUPS = sa.Table(
    "dataset_groups",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("dataset_id", KEY_TEXT, nullable=False),
    sa.Column("group_names", sa.Text, nullable=False, doc="JSON list, sorted; empty if open"),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    comment="one row for each change; the newest of a dataset counts",
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False, doc="as the chain writes it, to the last character"),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, doc="canonical JSON"),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    comment="the chain of geo.audit; rows are only ever added",
)


@sa.event.listens_for(AUDIT, "after_create")
def _let_it_only_grow(_table: sa.Table, connection: sa.Connection, **_options: object) -> None:
    """Have SQLite refuse changes of the audit; `geo.store.postgis_tables` tells PostgreSQL.

    REPLACE would delete without asking the trigger on DELETE, so that one on INSERT refuses it
    (https://www.sqlite.org/lang_conflict.html).
    """
    if connection.dialect.name != "sqlite":
        return
    taken = "WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)"
    for act, condition in (("UPDATE", ""), ("DELETE", ""), ("INSERT", taken)):
        connection.exec_driver_sql(
            f"CREATE TRIGGER audit_refuses_{act.lower()} BEFORE {act} ON audit {condition}"
            " BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
        )


REVISION = sa.Table(
    "revision",
    METADATA,
    sa.Column("number", sa.BigInteger, nullable=False),
    comment="one row, which every writing transaction counts up",
)

for _kind in RECORDS:
    _declare(_kind)
