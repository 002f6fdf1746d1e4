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

from geo.columns import columns_of
from geo.errors import BadInput, NotFound, StoreError
from geo.frames import Part, check_frame
from geo.model import ImportReport, QuarantinedRow, Tlp
from geo.store import intake, versions
from geo.store.rows import in_utc, require_text
from geo.store.schema import (
    BRIEFINGS,
    MAPPINGS,
    REVISION,
    SETTINGS,
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
            return versions.correct(
                connection,
                kind,
                record_id,
                changes,
                dataset_id=dataset_id,
                author=author,
                reason=reason,
                now=moment,
            )

    def undo(
        self, import_id: str, *, author: str, now: datetime, with_corrections: bool = False
    ) -> UndoReport:
        """See `geo.store.Store.undo`."""
        require_text(import_id)
        moment = utc(now)
        with self.writing() as connection:
            return versions.undo(
                connection, import_id, author=author, now=moment, with_corrections=with_corrections
            )

    def imports(self) -> tuple[ImportRecord, ...]:
        """See `geo.store.Store.imports`."""
        with self.reading() as connection:
            return versions.imports(connection)

    def quarantine(self, import_id: str) -> tuple[QuarantinedRow, ...]:
        """See `geo.store.Store.quarantine`."""
        require_text(import_id)
        with self.reading() as connection:
            return versions.quarantine(connection, import_id)

    def mend(self, import_id: str, row_numbers: Iterable[int], *, mended_in: str) -> None:
        """See `geo.store.Store.mend`."""
        require_text(import_id, mended_in)
        with self.writing() as connection:
            versions.mend(connection, import_id, set(row_numbers), mended_in=mended_in)

    def keep_mapping(self, mapping: SavedMapping) -> None:
        """See `geo.store.Store.keep_mapping`."""
        columns_of(mapping.kind)
        if not mapping.partner.strip():
            raise BadInput("a mapping without a partner", expected="who sends such tables")
        row = dataclasses.asdict(mapping) | {"saved_at": utc(mapping.saved_at)}
        require_text(*(text for text in row.values() if isinstance(text, str)))
        with self.writing() as connection:
            last = connection.scalar(sa.select(sa.func.max(MAPPINGS.c.number))) or 0
            connection.execute(MAPPINGS.insert().values(row | {"number": last + 1}))

    def mappings(self) -> tuple[SavedMapping, ...]:
        """See `geo.store.Store.mappings`."""
        newest = sa.select(sa.func.max(MAPPINGS.c.number)).group_by(
            MAPPINGS.c.partner, MAPPINGS.c.kind
        )
        names = [field.name for field in dataclasses.fields(SavedMapping)]
        query = (
            sa.select(*(MAPPINGS.c[name] for name in names))
            .where(MAPPINGS.c.number.in_(newest))
            .order_by(MAPPINGS.c.partner, MAPPINGS.c.kind)
        )
        with self.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(SavedMapping(**{**row, "saved_at": in_utc(row["saved_at"])}) for row in rows)

    def setting(self, name: str, default: str = "") -> str:
        """See `geo.store.Store.setting`."""
        require_text(name)
        with self.reading() as connection:
            value = connection.scalar(sa.select(SETTINGS.c.value).where(SETTINGS.c.name == name))
        return default if value is None else value

    def set_setting(self, name: str, value: str) -> None:
        """See `geo.store.Store.set_setting`."""
        if not name:
            raise BadInput("a setting without a name", expected="a name")
        require_text(name, value)
        with self.writing() as connection:
            connection.execute(SETTINGS.delete().where(SETTINGS.c.name == name))
            connection.execute(SETTINGS.insert().values(name=name, value=value))

    def keep_briefing(self, briefing: Briefing) -> None:
        """See `geo.store.Store.keep_briefing`."""
        briefing = dataclasses.replace(briefing, created_at=utc(briefing.created_at))
        row = dataclasses.asdict(briefing)
        require_text(*(text for text in row.values() if isinstance(text, str)))
        with self.writing() as connection:
            for known in _briefings(connection, briefing.briefing_id):
                if known.sha256 == briefing.sha256:
                    _require_same_page(known, briefing)
                    return
            connection.execute(BRIEFINGS.insert().values(row))

    def briefing(self, briefing_id: str) -> tuple[Briefing, ...]:
        """See `geo.store.Store.briefing`."""
        require_text(briefing_id)
        with self.reading() as connection:
            pages = _briefings(connection, briefing_id)
        if not pages:
            raise NotFound(
                f"no page of the id {briefing_id!r} was kept",
                expected="the id that is printed on a page made with this store",
            )
        return pages

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
