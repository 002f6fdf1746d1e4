"""The store of a team: a PostgreSQL database with PostGIS.

Readers see one state in a REPEATABLE READ transaction. Writers take turns by an advisory lock,
which PostgreSQL lets go of at the end of the transaction, also when the client or the server dies.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from geo.columns import RECORDS
from geo.errors import StoreDamaged, StoreError
from geo.model import Tlp
from geo.store import migrations as steps
from geo.store import postgis_tables as tables
from geo.store import sharing, versions
from geo.store.copying import copy_tables
from geo.store.embedded import EmbeddedStore, new_file, reported_file
from geo.store.postgis_faults import reported
from geo.store.schema import METADATA, REVISION
from geo.store.sql import SqlStore
from geo.store.urls import server_url, shown_url

WRITE_LOCK = 0x4C4D5355
"""``LMSU``: the advisory lock of whoever writes, one for each database."""

BUSY_S = 120.0
"""How long a call waits for a lock of another process, in seconds."""

CONNECT_S = 10
"""How long a call waits for the server to answer, in seconds."""


class PostgisStore(SqlStore):
    """A `geo.store.Store` in a PostgreSQL database, whose owner the account of the URL must be.

    After a fork, open the store anew in the child.
    """

    def __init__(
        self,
        url: str,
        *,
        migrations: Sequence[steps.Migration] = steps.MIGRATIONS,
        busy_s: float = BUSY_S,
    ) -> None:
        address = server_url(url)
        self.url = shown_url(address)
        self._engine = _engine(address, busy_s)
        try:
            self._prepare(migrations)
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def reading(self, markings: Collection[Tlp] | None = None) -> Iterator[sa.Connection]:
        """See `geo.store.sql.SqlStore.reading`."""
        reader = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        with self._reported(), reader.begin() as connection:
            tables.show(connection, markings)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """See `geo.store.sql.SqlStore.writing`."""
        with self._locked() as connection:
            yield connection
            connection.execute(REVISION.update().values(number=REVISION.c.number + 1))

    @contextmanager
    def noting(self) -> Iterator[sa.Connection]:
        """See `geo.store.sql.SqlStore.noting`; it waits for no import to end."""
        with self._transaction() as connection:
            yield connection

    def backup(self, to_path: Path) -> Path:
        """See `geo.store.Store.backup`; the file is an embedded store."""
        target = to_path.absolute()
        with reported_file(target), new_file(target) as draft:
            with (
                closing(EmbeddedStore(draft)) as copy,
                self.reading() as read,
                copy.writing() as written,
            ):
                copy_tables(read, written)
            with closing(sqlite3.connect(draft)) as connection:
                connection.execute("PRAGMA journal_mode = DELETE")
        return target

    def integrity(self) -> tuple[str, ...]:
        """See `geo.store.Store.integrity`."""
        try:
            with self.reading() as connection:
                faults = [
                    f"the table {kind} has no row-level security"
                    for kind in tables.missing_walls(connection)
                ]
                for kind in RECORDS:
                    faults += versions.broken_rules(connection, kind)
                return tuple(faults + sharing.faults(connection))
        except StoreDamaged as err:
            return (err.what,)

    def close(self) -> None:
        """See `geo.store.Store.close`."""
        self._engine.dispose()

    @contextmanager
    def _locked(self) -> Iterator[sa.Connection]:
        """A transaction whose statements see all that was written before it got the lock."""
        with self._transaction() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITE_LOCK)))
            tables.show(connection, None)
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """A transaction each of whose statements sees all that was committed before it."""
        writer = self._engine.execution_options(isolation_level="READ COMMITTED")
        with self._reported(), writer.begin() as connection:
            yield connection

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Turn what the database says into our own errors."""
        with reported(self.url, password=str(self._engine.url.password or "")):
            yield

    def _prepare(self, migrations: Sequence[steps.Migration]) -> None:
        """Make the tables of a new store or bring an old one up to date, in one transaction."""
        with self.reading() as connection:
            _require_account(connection)
            _require_unicode(connection)
            tables.require_postgis(connection)
            if (
                _holds_store(connection, self.url)
                and not steps.pending(connection, migrations)
                and tables.is_furnished(connection)
            ):
                return
        with self._locked() as connection:
            # Another process may have been here while this one waited for the lock.
            if not _holds_store(connection, self.url):
                steps.create(connection, migrations, now=datetime.now(UTC))
            elif steps.pending(connection, migrations):
                self._upgrade(connection, migrations)
            tables.furnish(connection)

    def _upgrade(self, connection: sa.Connection, migrations: Sequence[steps.Migration]) -> None:
        """Bring an old store up to date."""
        try:
            steps.upgrade(connection, migrations, now=datetime.now(UTC))
        except sa.exc.ProgrammingError as err:
            raise StoreError(
                f"the store {self.url} could not be brought up to date: {err.orig}",
                remedy="it is as it was",
            ) from err


def _engine(address: sa.URL, busy_s: float) -> sa.Engine:
    """Connections to the server; a dead one in the pool is found out and replaced."""
    settings = {
        "timezone": "UTC",
        "lock_timeout": f"{round(busy_s * 1000)}",
        # An import holds its transaction while it reads a large file.
        "idle_in_transaction_session_timeout": "0",
        "statement_timeout": "0",
    }
    return sa.create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "application_name": "lamassu",
            "client_encoding": "utf8",
            "connect_timeout": CONNECT_S,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        },
    )


def _require_account(connection: sa.Connection) -> None:
    """Refuse an account that sees through the wall."""
    account, sees_all = connection.exec_driver_sql(
        "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).one()
    if sees_all:
        raise StoreError(
            f"the account {account!r} is a superuser or bypasses row-level security",
            expected="an account for which the markings hold",
            remedy="CREATE ROLE lamassu LOGIN PASSWORD '...'; ALTER DATABASE ... OWNER TO lamassu;"
            " and open the store as lamassu",
        )


def _require_unicode(connection: sa.Connection) -> None:
    """Refuse a database that cannot hold every text."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise StoreError(
            f"the database keeps text as {encoding}",
            expected="UTF8",
            remedy="CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0;",
        )


def _holds_store(connection: sa.Connection, place: str) -> bool:
    """Whether the database holds a store; an error if it holds tables that look like one."""
    held = set(sa.inspect(connection).get_table_names())
    if not held & set(METADATA.tables):
        return False
    if {"migrations", "revision", "imports"} <= held:
        columns = {column["name"] for column in sa.inspect(connection).get_columns("migrations")}
        if {"number", "name", "applied_at"} <= columns:
            return True
    raise StoreDamaged(
        f"{place} has no record of its version, but tables of the names"
        f" {', '.join(sorted(held & set(METADATA.tables))[:5])}",
        expected="a store of Lamassu or a database without such tables",
        remedy="name another database, or restore a backup; this one was not touched",
    )
