"""How a store of an earlier version becomes one of today: an ordered list of named functions.

A new store is made from `geo.store.schema` at once. When the schema changes, a function that brings
an existing store there is added to the end of `MIGRATIONS`; the list only ever grows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa

from geo.audit import AuditEvent
from geo.errors import StoreTooNew
from geo.store import auditing, schema

Migration = Callable[[sa.Connection], None]
"""Changes tables and rows inside the transaction it is given; known by its function's name."""


KINDS_OF_ROUTES = ("terrain", "networks", "routes")
"""Kinds that came with version 2."""


KINDS_OF_CASES = ("objects", "custody", "photographs", "links", "stolen")
"""Kinds that came with version 3."""


KINDS_OF_JUDGING = ("opinions", "assessments")
"""Kinds that came with version 5."""


TABLES_OF_ACCESS = (schema.MEMBERS, schema.DATASET_GROUPS, schema.AUDIT)
"""Tables that came with version 4."""


PROGRAM = "lamassu"
"""Who brings a store up to date, in the audit: nobody asked for it."""


def first_tables(connection: sa.Connection) -> None:
    """Version 1: records with their versions, imports, quarantine, settings and briefings."""
    kinds = (*KINDS_OF_ROUTES, *KINDS_OF_CASES, *KINDS_OF_JUDGING)
    later = [schema.record_table(kind) for kind in kinds]
    later += [schema.MAPPINGS, *TABLES_OF_ACCESS]
    first = [table for table in schema.METADATA.sorted_tables if table not in later]
    schema.METADATA.create_all(connection, tables=first)


def tables_of_routes(connection: sa.Connection) -> None:
    """Version 2: terrain, road networks and kept routes."""
    added = [schema.record_table(kind) for kind in KINDS_OF_ROUTES]
    schema.METADATA.create_all(connection, tables=added)


def tables_of_cases(connection: sa.Connection) -> None:
    """Version 3: objects and what became of them, stolen objects, mappings, mended rows."""
    added = [schema.record_table(kind) for kind in KINDS_OF_CASES]
    schema.METADATA.create_all(connection, tables=[*added, schema.MAPPINGS])
    _add_columns(connection, schema.QUARANTINE, ("cells", "mended_in"))


def tables_of_access(connection: sa.Connection) -> None:
    """Version 4: members, the sharing groups of datasets, and the audit."""
    schema.METADATA.create_all(connection, tables=TABLES_OF_ACCESS)


def tables_of_judging(connection: sa.Connection) -> None:
    """Version 5: opinions and assessments, and what further studies tell of an alert."""
    added = [schema.record_table(kind) for kind in KINDS_OF_JUDGING]
    schema.METADATA.create_all(connection, tables=added)
    _add_columns(connection, schema.record_table("alerts"), schema.LATER["alerts"])


def _add_columns(connection: sa.Connection, table: sa.Table, names: Sequence[str]) -> None:
    """Give a table the columns of today's declaration, from which an older step may make it."""
    # Asked of the table itself: SQLAlchemy's inspection does not know the types of PostGIS.
    nothing = sa.select(sa.text("*")).select_from(table).where(sa.false())
    held = set(connection.execute(nothing).keys())
    for name in names:
        if name not in held:
            clause = sa.schema.CreateColumn(table.c[name]).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {clause}")


MIGRATIONS: tuple[Migration, ...] = (
    first_tables,
    tables_of_routes,
    tables_of_cases,
    tables_of_access,
    tables_of_judging,
)
"""All of them, oldest first; the version of a store is how many it has seen."""


def create(connection: sa.Connection, migrations: Sequence[Migration], *, now: datetime) -> None:
    """Make every table in an empty store and record that no migration is left to do."""
    schema.METADATA.create_all(connection)
    connection.execute(schema.REVISION.insert().values(number=0))
    for number, migration in enumerate(migrations, start=1):
        _record(connection, number, migration, now)


def version(connection: sa.Connection) -> int:
    """The version of the store."""
    return connection.scalar(sa.select(sa.func.count()).select_from(schema.MIGRATIONS)) or 0


def pending(connection: sa.Connection, migrations: Sequence[Migration]) -> list[Migration]:
    """The migrations that the store has not seen, in order.

    Raises
    ------
    StoreTooNew
        If the store has seen one that this version of Lamassu does not know.
    """
    order = sa.select(schema.MIGRATIONS.c.name).order_by(schema.MIGRATIONS.c.number)
    seen = list(connection.scalars(order))
    known = [migration.__name__ for migration in migrations]
    if seen != known[: len(seen)]:
        strange = next(name for name, mine in zip(seen, [*known, *seen], strict=False)
                       if name != mine)  # fmt: skip
        raise StoreTooNew(
            f"the store is of version {len(seen)} and has seen the migration {strange!r}",
            expected=f"version {len(known)} or lower",
            remedy="install the version of Lamassu that wrote it, or a later one",
        )
    return list(migrations[len(seen) :])


def upgrade(connection: sa.Connection, migrations: Sequence[Migration], *, now: datetime) -> None:
    """Apply and record, inside the transaction of `connection`, every migration that is pending."""
    done = version(connection)
    for number, migration in enumerate(pending(connection, migrations), start=done + 1):
        migration(connection)
        _record(connection, number, migration, now)
    reached = version(connection)
    event = AuditEvent(
        actor=PROGRAM,
        action="upgrade",
        subject=f"version {reached}",
        detail={"from": done, "to": reached},
    )
    auditing.append(connection, event, now=now)


def _record(connection: sa.Connection, number: int, migration: Migration, now: datetime) -> None:
    """Note in the store that it has seen a migration."""
    row = {"number": number, "name": migration.__name__, "applied_at": now}
    connection.execute(schema.MIGRATIONS.insert().values(row))
