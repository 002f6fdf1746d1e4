"""The embedded store: one SQLite file, safe under threads, several processes and kill -9.

Write-ahead log with full synchronisation, so that a commit survives a loss of power; each write
starts with BEGIN IMMEDIATE, because SQLite's busy timeout does not help a reader that becomes a
writer (https://www.sqlite.org/lang_transaction.html).
"""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa

from geo.errors import BadInput, NotFound, StoreBusy, StoreDamaged, StoreError
from geo.frames import RECORDS
from geo.model import ImportReport, QuarantinedRow, Tlp
from geo.store import intake, versions
from geo.store import migrations as steps
from geo.store.rows import in_utc, require_text
from geo.store.schema import (
    BRIEFINGS,
    REVISION,
    SETTINGS,
    Briefing,
    FileKey,
    ImportRecord,
    UndoReport,
)

APPLICATION_ID = 0x4C4D5355
"""``LMSU``, in the header of every store's file (https://www.sqlite.org/fileformat.html)."""

BUSY_S = 30.0
"""How long a call waits for the write lock of another process, in seconds."""


class EmbeddedStore:
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
        with _reported(self.path):
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

    def read(self, kind: str, *, markings: Iterable[Tlp] | None = None) -> gpd.GeoDataFrame:
        """See `geo.store.Store.read`."""
        with self._reading() as connection:
            return versions.read(connection, kind, markings=markings)

    def get(self, kind: str, record_id: str, *, dataset_id: str | None = None) -> gpd.GeoDataFrame:
        """See `geo.store.Store.get`."""
        with self._reading() as connection:
            return versions.get(connection, kind, record_id, dataset_id=dataset_id)

    def history(
        self, kind: str, record_id: str, *, dataset_id: str | None = None
    ) -> gpd.GeoDataFrame:
        """See `geo.store.Store.history`."""
        with self._reading() as connection:
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
        incoming = intake.prepare(kind, frame)
        with self._reading() if dry_run else self._writing() as connection:
            return intake.add(
                connection,
                incoming,
                key=key,
                author=author,
                now=_utc(now),
                quarantined=quarantined,
                notes=notes,
                read=read,
                dry_run=dry_run,
            )

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
        with self._writing() as connection:
            return versions.correct(
                connection,
                kind,
                record_id,
                changes,
                dataset_id=dataset_id,
                author=author,
                reason=reason,
                now=_utc(now),
            )

    def undo(
        self, import_id: str, *, author: str, now: datetime, with_corrections: bool = False
    ) -> UndoReport:
        """See `geo.store.Store.undo`."""
        with self._writing() as connection:
            return versions.undo(
                connection,
                import_id,
                author=author,
                now=_utc(now),
                with_corrections=with_corrections,
            )

    def imports(self) -> tuple[ImportRecord, ...]:
        """See `geo.store.Store.imports`."""
        with self._reading() as connection:
            return versions.imports(connection)

    def quarantine(self, import_id: str) -> tuple[QuarantinedRow, ...]:
        """See `geo.store.Store.quarantine`."""
        with self._reading() as connection:
            return versions.quarantine(connection, import_id)

    def setting(self, name: str, default: str = "") -> str:
        """See `geo.store.Store.setting`."""
        with self._reading() as connection:
            value = connection.scalar(sa.select(SETTINGS.c.value).where(SETTINGS.c.name == name))
        return default if value is None else value

    def set_setting(self, name: str, value: str) -> None:
        """See `geo.store.Store.set_setting`."""
        if not name:
            raise BadInput("a setting without a name", expected="a name")
        require_text(name, value)
        with self._writing() as connection:
            connection.execute(SETTINGS.delete().where(SETTINGS.c.name == name))
            connection.execute(SETTINGS.insert().values(name=name, value=value))

    def keep_briefing(self, briefing: Briefing) -> None:
        """See `geo.store.Store.keep_briefing`."""
        briefing = dataclasses.replace(briefing, created_at=_utc(briefing.created_at))
        row = dataclasses.asdict(briefing)
        require_text(*(text for text in row.values() if isinstance(text, str)))
        with self._writing() as connection:
            for known in _briefings(connection, briefing.briefing_id):
                if known.sha256 == briefing.sha256:
                    _require_same_page(known, briefing)
                    return
            connection.execute(BRIEFINGS.insert().values(row))

    def briefing(self, briefing_id: str) -> tuple[Briefing, ...]:
        """See `geo.store.Store.briefing`."""
        with self._reading() as connection:
            pages = _briefings(connection, briefing_id)
        if not pages:
            raise NotFound(
                f"no page of the id {briefing_id!r} was kept",
                expected="the id that is printed on a page made with this store",
            )
        return pages

    def revision(self) -> int:
        """See `geo.store.Store.revision`."""
        with self._reading() as connection:
            return connection.scalar(sa.select(REVISION.c.number)) or 0

    def backup(self, to_path: Path) -> Path:
        """See `geo.store.Store.backup`."""
        target = to_path.absolute()
        with _reported(self.path), self._engine.connect() as connection:
            _copy(connection, target)
        return target

    def integrity(self) -> tuple[str, ...]:
        """See `geo.store.Store.integrity`."""
        try:
            with self._reading() as connection:
                return tuple(_file_faults(connection) or _row_faults(connection))
        except StoreDamaged as err:
            return (err.what,)

    def close(self) -> None:
        """See `geo.store.Store.close`."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the store."""
        with _reported(self.path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """A connection that holds the write lock; what it did is kept whole or not at all."""
        writer = self._engine.execution_options(begins_with="BEGIN IMMEDIATE")
        with _reported(self.path), writer.begin() as connection:
            yield connection
            connection.execute(REVISION.update().values(number=REVISION.c.number + 1))

    def _upgrade(self, migrations: Sequence[steps.Migration]) -> None:
        """Bring the store up to date in one transaction, after a backup of what it was."""
        with self._reading() as connection:
            _require_tables(connection, self.path)
            if not steps.pending(connection, migrations):
                return
        now = datetime.now(UTC)
        with self._writing() as connection:
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
    return faults


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


def _copy(connection: sa.Connection, target: Path) -> None:
    """Copy the store into the new file `target`, which appears finished or not at all."""
    if target.exists():
        raise StoreError(
            f"{target} is there already", expected="a new file", remedy="choose another name"
        )
    if not target.parent.is_dir():
        raise StoreError(
            f"there is no folder {target.parent}", expected="a folder", remedy="make it first"
        )
    draft = target.parent / f".{target.name}.{uuid.uuid4().hex}.draft"
    source = connection.connection.driver_connection
    assert isinstance(source, sqlite3.Connection)
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(draft)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        _publish(draft, target)
    finally:
        draft.unlink(missing_ok=True)


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
def _reported(path: Path) -> Iterator[None]:
    """Turn what the database and the file system say into our own errors."""
    try:
        yield
    except sa.exc.TimeoutError as err:
        raise _busy(path) from err
    except (sa.exc.DBAPIError, sqlite3.Error) as err:
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
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
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


def _utc(moment: datetime) -> datetime:
    """An aware moment in UTC."""
    if moment.tzinfo is None:
        raise BadInput(f"{moment} has no time zone", expected="a moment in UTC")
    return moment.astimezone(UTC)


def _briefings(connection: sa.Connection, briefing_id: str) -> tuple[Briefing, ...]:
    """What is kept under an id, oldest first."""
    rows = connection.execute(
        BRIEFINGS.select()
        .where(BRIEFINGS.c.briefing_id == briefing_id)
        .order_by(BRIEFINGS.c.created_at, BRIEFINGS.c.sha256)
    ).mappings()
    return tuple(Briefing(**{**row, "created_at": in_utc(row["created_at"])})
                 for row in rows)  # fmt: skip


def _require_same_page(known: Briefing, given: Briefing) -> None:
    """Refuse to say two things of one page."""
    if known != given:
        raise BadInput(
            f"the page {given.briefing_id!r} is kept with other particulars",
            expected=f"{known}",
            remedy="give a new page a new id",
        )
