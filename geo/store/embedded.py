"""The embedded store: one SQLite file, safe under threads, several processes and kill -9.

Write-ahead log with full synchronisation, so that a commit survives a loss of power; each write
starts with BEGIN IMMEDIATE, because SQLite's busy timeout does not help a reader that becomes a
writer (https://www.sqlite.org/lang_transaction.html).
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from geo.columns import RECORDS
from geo.errors import StoreBusy, StoreDamaged, StoreError
from geo.model import Tlp
from geo.store import migrations as steps
from geo.store import sharing, versions
from geo.store.schema import REVISION
from geo.store.sql import SqlStore

APPLICATION_ID = 0x4C4D5355
"""``LMSU``, in the header of every store's file (https://www.sqlite.org/fileformat.html)."""

BUSY_S = 120.0
"""How long a call waits for the write lock of another process, in seconds."""


class EmbeddedStore(SqlStore):
    """A `geo.store.Store` in one SQLite file; ``-wal`` and ``-shm`` files appear beside it in use.

    After a fork, open the store anew in the child.
    """

    def __init__(
        self,
        path: Path,
        *,
        migrations: Sequence[steps.Migration] = steps.MIGRATIONS,
        busy_s: float = BUSY_S,
    ) -> None:
        self.path = path.absolute()
        self.url = f"sqlite:///{self.path}"
        with reported_file(self.path):
            if not self.path.exists():
                _create(self.path, migrations)
            _tidy(self.path)
            _require_store(self.path)
            self._engine = _engine(self.path, busy_s)
            try:
                self._upgrade(migrations)
            except BaseException:
                self._engine.dispose()
                raise

    def backup(self, to_path: Path) -> Path:
        """See `geo.store.Store.backup`."""
        target = to_path.absolute()
        with (
            reported_file(self.path),
            new_file(target) as draft,
            self._engine.connect() as connection,
        ):
            _copy(connection, draft)
        return target

    def integrity(self) -> tuple[str, ...]:
        """See `geo.store.Store.integrity`."""
        try:
            with self.reading() as connection:
                return tuple(_file_faults(connection) or _row_faults(connection))
        except StoreDamaged as err:
            return (err.what,)

    def close(self) -> None:
        """See `geo.store.Store.close`."""
        self._engine.dispose()

    @contextmanager
    def reading(self, markings: Collection[Tlp] | None = None) -> Iterator[sa.Connection]:  # noqa: ARG002 - who can read the file can read all of it
        """See `geo.store.sql.SqlStore.reading`."""
        with reported_file(self.path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """See `geo.store.sql.SqlStore.writing`."""
        with self.noting() as connection:
            yield connection
            connection.execute(REVISION.update().values(number=REVISION.c.number + 1))

    @contextmanager
    def noting(self) -> Iterator[sa.Connection]:
        """See `geo.store.sql.SqlStore.noting`; SQLite has one lock for all that is written."""
        writer = self._engine.execution_options(begins_with="BEGIN IMMEDIATE")
        with reported_file(self.path), writer.begin() as connection:
            yield connection

    def _upgrade(self, migrations: Sequence[steps.Migration]) -> None:
        """Bring the store up to date in one transaction, after a backup of what it was."""
        with self.reading() as connection:
            _require_tables(connection, self.path)
            if not steps.pending(connection, migrations):
                return
        now = datetime.now(UTC)
        with self.writing() as connection:
            # Another process may have upgraded the store while this one waited for the lock.
            if not steps.pending(connection, migrations):
                return
            saved = self._backup_before_upgrade(steps.version(connection), now)
            try:
                steps.upgrade(connection, migrations, now=now)
            except sa.exc.SQLAlchemyError as err:
                raise StoreError(
                    f"the store {self.path} could not be brought up to date: {_cause(err)}",
                    remedy=f"it is as it was; a copy is in {saved}",
                ) from err

    def _backup_before_upgrade(self, version: int, now: datetime) -> Path:
        """Copy the store as it is committed into ``backups`` beside it."""
        folder = self.path.parent / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        name = f"{self.path.stem}-v{version}-{now:%Y%m%dT%H%M%S%fZ}{self.path.suffix}"
        return self.backup(folder / name)


def _file_faults(connection: sa.Connection) -> list[str]:
    """What is wrong with the bytes of the file; nothing that is read from it then counts."""
    found = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
    return [fault for fault in found if fault != "ok"]


def _row_faults(connection: sa.Connection) -> list[str]:
    """Which rules between the rows do not hold."""
    astray = connection.exec_driver_sql("PRAGMA foreign_key_check")
    faults = [f"row {row} of {table} points to an import that is not there"
              for table, row, *_ in astray]  # fmt: skip
    for kind in RECORDS:
        faults += versions.broken_rules(connection, kind)
    return faults + sharing.faults(connection)


def _engine(path: Path, busy_s: float) -> sa.Engine:
    """Connections to the file, their transactions begun by us.

    The recipe for transactions is SQLAlchemy's own, "Using SQLAlchemy to emit BEGIN in lieu of
    SQLite's transaction control" in its documentation of the SQLite dialect.
    """
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": busy_s}
    )

    @sa.event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        """Make each new connection durable and leave its transactions to us."""
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "trusted_schema = OFF",
            "journal_size_limit = 67108864",  # after a large import, which is one transaction
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        """Begin as the caller asked: at once with the write lock, or for reading."""
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get("begins_with", "BEGIN"))

    return engine


def _create(path: Path, migrations: Sequence[steps.Migration]) -> None:
    """Make a new store: a finished draft appears under the store's name, or nothing does."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _taking_turns(_turn(path)):
            if not path.exists():
                _make(path, migrations)
    except sqlite3.OperationalError:
        # Who went before removed the turn while this process waited: then the store is there.
        if not path.exists():
            raise


def _make(path: Path, migrations: Sequence[steps.Migration]) -> None:
    """Make a store where there is none, as the only process that does."""
    draft = path.with_name(f".{path.name}.draft")
    for abandoned in (draft, _journal(draft)):
        abandoned.unlink(missing_ok=True)
    _fill(draft, migrations)
    _publish(draft, path)


def _tidy(path: Path) -> None:
    """Remove what making the store may have left beside it."""
    for leftover in (path.with_name(f".{path.name}.draft"), _turn(path)):
        for file in (leftover, _journal(leftover)):
            with suppress(OSError):
                file.unlink()


def _turn(path: Path) -> Path:
    """The file on whose lock processes wait that want to make the store."""
    return path.with_name(f".{path.name}.making")


def _journal(path: Path) -> Path:
    """SQLite's journal of a file."""
    return path.with_name(f"{path.name}-journal")


@contextmanager
def _taking_turns(turn: Path) -> Iterator[None]:
    """Let one process at a time into the block; SQLite's own lock works on every system."""
    os.close(os.open(turn, os.O_CREAT | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(turn, timeout=BUSY_S, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _fill(draft: Path, migrations: Sequence[steps.Migration]) -> None:
    """Make an empty store's tables in a file of their own."""
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(draft)))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA synchronous = FULL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            steps.create(connection, migrations, now=datetime.now(UTC))
    finally:
        engine.dispose()


def _publish(draft: Path, path: Path) -> None:
    """Give a finished file its name, unless something has that name already."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:
        # Some file systems of memory sticks know no hard links.
        if not path.exists():
            draft.rename(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """A place beside `target`, its owner's alone, for a file that gets this name when it is done.

    An error inside the block leaves nothing behind.
    """
    if target.exists():
        raise StoreError(
            f"{target} is there already", expected="a new file", remedy="choose another name"
        )
    if not target.parent.is_dir():
        raise StoreError(
            f"there is no folder {target.parent}", expected="a folder", remedy="make it first"
        )
    draft = target.parent / f".{target.name}.{uuid.uuid4().hex}.draft"
    try:
        yield draft
        _publish(draft, target)
    finally:
        for leftover in (draft, *(draft.with_name(draft.name + end) for end in ("-wal", "-shm"))):
            leftover.unlink(missing_ok=True)


def _copy(connection: sa.Connection, draft: Path) -> None:
    """Copy the store into a new file."""
    source = connection.connection.driver_connection
    assert isinstance(source, sqlite3.Connection)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(draft)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _require_store(path: Path) -> None:
    """Refuse a file that is not ours by its header, without opening it as a database."""
    if not path.is_file():
        raise StoreError(f"{path} is a folder", expected="the path of a file")
    with path.open("rb") as file:
        header = file.read(100)
    if not header.startswith(b"SQLite format 3\0"):
        found = "an empty file" if not header else "no SQLite file"
    elif header[68:72] != APPLICATION_ID.to_bytes(4, "big"):
        found = "the SQLite file of another program"
    else:
        return
    raise StoreDamaged(
        f"{path} is {found}",
        expected="a store of Lamassu",
        remedy="name another file; this one was not touched",
    )


def _require_tables(connection: sa.Connection, path: Path) -> None:
    """Refuse a file of ours that has lost the tables by which its version is known."""
    if not sa.inspect(connection).has_table("migrations"):
        raise StoreDamaged(
            f"{path} has no record of its version",
            expected="a store of Lamassu",
            remedy="restore a backup; this file was not touched",
        )


@contextmanager
def reported_file(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system say inside the block into our own errors."""
    try:
        yield
    except sa.exc.TimeoutError as err:
        raise _busy(path) from err
    except (sa.exc.DBAPIError, sqlite3.Error) as err:
        if not isinstance(_cause(err), sqlite3.Error):
            raise
        raise _store_error(path, err) from err
    except OSError as err:
        raise StoreError(
            f"{path} cannot be used: {err.strerror or err}",
            expected="a file that may be read and written",
            remedy="check the folder's permissions and the free space",
        ) from err


def _store_error(path: Path, err: Exception) -> StoreError:
    """The error for what SQLite reports, by its primary result code."""
    cause = _cause(err)
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _busy(path)
    # Python's driver says of text that is none only that, without a code.
    no_text = str(cause).startswith("Could not decode")
    if no_text or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreDamaged(
            f"{path} is damaged: {cause}",
            expected="an intact store",
            remedy="keep a copy of the file and restore a backup",
        )
    return StoreError(
        f"{path} cannot be used: {cause}",
        expected="a file that may be read and written",
        remedy="check the folder's permissions and the free space",
    )


def _busy(path: Path) -> StoreBusy:
    """The error for a lock that was not given."""
    return StoreBusy(
        f"{path} is locked by another process",
        expected="a pause in its writing",
        remedy="wait for it to finish and try again",
    )


def _cause(err: Exception) -> BaseException:
    """What the database itself said."""
    original = getattr(err, "orig", None)
    return original if isinstance(original, BaseException) else err
