"""What is kept: one Protocol for every store, and `open_store` to get one.

Nothing is ever overwritten. A row of the store is one version of a record, and each version rests
on the imports that brought it; `read` shows the newest version of each record that still rests on
one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import geopandas as gpd

from geo.access import Member
from geo.audit import AuditEntry, AuditEvent, AuditHead
from geo.errors import InvalidSetting
from geo.frames import Part
from geo.model import ImportReport, QuarantinedRow, Tlp
from geo.store.embedded import EmbeddedStore
from geo.store.postgis import PostgisStore
from geo.store.schema import Briefing, FileKey, ImportRecord, SavedMapping, UndoReport
from geo.store.urls import SERVER_SCHEMES, without_password

__all__ = [
    "Briefing",
    "FileKey",
    "ImportRecord",
    "SavedMapping",
    "Store",
    "UndoReport",
    "open_store",
]


class Store(Protocol):
    """A place where records are kept with their history; frames in, frames out.

    Every method may be called from any thread, and several processes may share one store. A method
    that writes is one transaction: it happens whole or not at all, and afterwards `revision` is
    another number. What it did goes into the audit in the same transaction, with `author` as the
    actor; where nothing was changed, nothing is noted. `now` is an aware datetime. Besides what
    each method names, any of them may raise `StoreBusy`, `StoreDamaged` or `StoreError`; the store
    is then as it was before the call.
    """

    url: str
    """The URL that `open_store` was given, without a password."""

    def read(self, kind: str, *, markings: Iterable[Tlp] | None = None) -> gpd.GeoDataFrame:
        """The current version of every record of `kind`, by dataset and id.

        Columns are those of `geo.columns.columns_of(kind)`, then ``version``, ``recorded_at`` and
        ``import_id``. With `markings`, only records of these markings leave the store at all.

        Raises
        ------
        InvalidSetting
            If there is no such kind.
        """

    def get(self, kind: str, record_id: str, *, dataset_id: str | None = None) -> gpd.GeoDataFrame:
        """The current version of one record, as a frame of one row with the columns of `read`.

        Raises
        ------
        NotFound
            If no current record has this id (in this dataset).
        InvalidSetting
            If several datasets have the id and none is named, or there is no such kind.
        """

    def history(
        self, kind: str, record_id: str, *, dataset_id: str | None = None
    ) -> gpd.GeoDataFrame:
        """Every version of the records with this id, oldest first, undone ones included.

        Columns of `read`, then ``author``, ``reason``, ``current``, ``undone`` and ``base_version``
        (the imported version that a correction rests on; its own number for an imported one).

        Raises
        ------
        NotFound
            If the id was never in the store.
        """

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
        """Take in the rows of one file, and say what became of each.

        A row whose dataset and id are new is accepted; one whose content is known there is a
        duplicate; one with other content under a known id is accepted as its next version. A second
        row of one id in the same frame is a duplicate if its content is the same, and is
        quarantined otherwise. Content that was imported before and corrected since is a duplicate:
        the correction stands.

        A file that is already in (same kind and `key`, not undone) adds nothing: the report names
        the import that brought it. A dry run reports the same numbers and keeps nothing.

        This is `add_parts` with one part, of a file whose row 1 is its header.

        Raises
        ------
        BadInput
            If `frame` is not a frame of this kind (`geo.frames.check_frame`), or `read` is not the
            number of its rows and of the quarantined ones.
        """

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
        """Take in the rows of one file part by part, as `add` does, however many they are.

        All parts are one transaction: an error that `parts` raises leaves nothing behind. No part
        is asked for if the file is in already. `notes` is asked for after the last part, and
        `progress` is called with the number of rows read so far after each. The report shows the
        first thousand quarantined rows, `quarantine` shows all.

        Raises
        ------
        BadInput
            If a part's frame is not one of this kind (`geo.frames.check_frame`), or a part does not
            tell number, text and cells of each of its rows.
        """

    def mend(
        self,
        import_id: str,
        row_numbers: Iterable[int],
        *,
        mended_in: str,
        author: str,
        now: datetime,
    ) -> None:
        """Note that quarantined rows of an import were mended and taken in by another import.

        Once that one is undone, they wait again.

        Raises
        ------
        NotFound
            If there is no such import.
        InvalidSetting
            If a row is not quarantined there or was mended in a third import, or if `mended_in` is
            undone.
        """

    def keep_mapping(self, mapping: SavedMapping) -> None:
        """Keep what a partner's columns mean; earlier ones stay, the newest one is used.

        Raises
        ------
        InvalidSetting
            If there is no such kind.
        BadInput
            If no partner is named or a text cannot be stored.
        """

    def mappings(self) -> tuple[SavedMapping, ...]:
        """The newest mapping of each partner and kind, by partner and kind."""

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
        """Make a new version of a record with `changes` (column to value); gives that version.

        The version before stays in `history`.

        Raises
        ------
        NotFound
            If no current record has this id.
        InvalidSetting
            If a column cannot be changed, nothing would change, or author or reason is empty.
        BadInput
            If a value is not one that its column may hold.
        """

    def undo(
        self, import_id: str, *, author: str, now: datetime, with_corrections: bool = False
    ) -> UndoReport:
        """Withdraw what rests on this import alone; each record falls back to its version before.

        Nothing is deleted. A row that another import brought with the same content stays; a newer
        version from a later import stays current; afterwards the file can be imported again.

        Raises
        ------
        NotFound
            If there is no such import.
        InvalidSetting
            If it was undone before; or if corrections rest on its rows and `with_corrections` was
            not given.
        """

    def imports(self) -> tuple[ImportRecord, ...]:
        """Every import, newest first, undone ones included."""

    def quarantine(self, import_id: str) -> tuple[QuarantinedRow, ...]:
        """The rows that an import kept aside, in the order of the file.

        Raises
        ------
        NotFound
            If there is no such import.
        """

    def setting(self, name: str, default: str = "") -> str:
        """The value of a setting, such as ``producer_name``; `default` if it was never set."""

    def set_setting(self, name: str, value: str, *, author: str, now: datetime) -> None:
        """Keep a setting.

        Raises
        ------
        BadInput
            If the name is empty or the text cannot be stored.
        """

    def keep_briefing(self, briefing: Briefing, *, author: str, now: datetime) -> None:
        """Remember a page that left the house; keeping the same page again changes nothing.

        Raises
        ------
        BadInput
            If the id and content are known with other particulars.
        """

    def briefing(self, briefing_id: str) -> tuple[Briefing, ...]:
        """What was printed under this id: one entry for each file made of the page.

        Raises
        ------
        NotFound
            If no page of that id was kept.
        """

    def members(self) -> tuple[Member, ...]:
        """What was last said of each member, by subject; those without a role any more included."""

    def set_member(self, member: Member, *, author: str, now: datetime) -> None:
        """Say who somebody is from now on; what was said before stays in the store.

        When and by whom are taken from `now` and `author`. Saying the same again changes nothing.

        Raises
        ------
        InvalidSetting
            If the subject or a group is no name (see `geo.store.sharing`), or there is no such
            role.
        """

    def dataset_groups(self) -> Mapping[str, frozenset[str]]:
        """The sharing groups of each dataset that is closed to all others, by its id."""

    def share(self, dataset_id: str, groups: Iterable[str], *, author: str, now: datetime) -> None:
        """Close a dataset to all but these sharing groups; without any, open it to everybody.

        The dataset need not be there yet: one that is closed first is never open.

        Raises
        ------
        InvalidSetting
            If the dataset is not named, or a group is no name (see `geo.store.sharing`).
        """

    def access_version(self) -> int:
        """A number that grows with each change of members or of datasets' groups; cheap."""

    def note(self, event: AuditEvent, *, now: datetime) -> AuditEntry:
        """Append an event to the audit, in a transaction of its own; `revision` stays.

        A clock that stands behind the last entry's is noted in the detail as ``clock_back_s``.

        Raises
        ------
        BadInput
            If nobody or nothing is named, or the detail is not JSON (`geo.audit.entry_of`).
        """

    def audit(self, *, after: int = 0, most: int | None = None) -> tuple[AuditEntry, ...]:
        """Entries of the audit by number, those after `after` and `most` of them.

        Raises
        ------
        StoreDamaged
            If an entry is not as it was written, so that it cannot be read.
        """

    def audit_head(self) -> AuditHead:
        """The end of the audit."""

    def revision(self) -> int:
        """A number that grows with each commit of any process; cheap, made for cache keys.

        Notes in the audit alone do not count.
        """

    def backup(self, to_path: Path) -> Path:
        """Copy the store as of now into a new file, an embedded store of its own; gives its path.

        Raises
        ------
        StoreError
            If the file is there already or cannot be written.
        """

    def integrity(self) -> tuple[str, ...]:
        """The faults of the stored bytes and of the rules between rows; empty if there is none."""

    def close(self) -> None:
        """Let go of every connection; calling any other method afterwards opens them again."""


def open_store(url: str) -> Store:
    """The store at `url`, made if it is not there and brought up to date if it is old.

    Before an old embedded store is brought up to date, a backup goes into ``backups`` beside it;
    of a PostGIS store, which is brought up to date in one transaction, its administrator has some.

    Parameters
    ----------
    url : str
        ``sqlite:///`` and the path of the file, or ``postgresql://user:password@server/database``
        of an empty database with PostGIS whose owner the user is.

    Raises
    ------
    InvalidSetting
        If no kind of store goes by such a URL.
    StoreTooNew
        If a later version of Lamassu wrote it.
    StoreDamaged
        If it is no Lamassu store; it is not touched.
    StoreError
        If it cannot be read or made, or the account sees through row-level security.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and rest != "/":
        return EmbeddedStore(Path(rest[1:]))
    if scheme in SERVER_SCHEMES and rest:
        return PostgisStore(url)
    raise InvalidSetting(
        f"{without_password(url)!r} names no store",
        expected="sqlite:/// and the path of a file, or postgresql:// and a server's database",
        remedy="set LAMASSU_STORE or --store",
    )
