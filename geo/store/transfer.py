"""From one store into another, and from a backup into a new store."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from geo.columns import RECORDS
from geo.errors import InvalidSetting, StoreDamaged, StoreError
from geo.store import Store, open_store
from geo.store.copying import copy_tables, require_empty
from geo.store.embedded import EmbeddedStore
from geo.store.sql import SqlStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much of a store was copied."""

    rows: Mapping[str, int]
    """Name of each table to its rows."""

    @property
    def versions(self) -> int:
        """Versions of records of all kinds."""
        return sum(self.rows[kind] for kind in RECORDS)

    def __str__(self) -> str:
        """One line for a person."""
        return (
            f"{self.versions} versions of records, {self.rows['imports']} imports,"
            f" {self.rows['quarantine']} quarantined rows, {self.rows['mappings']} mappings,"
            f" {self.rows['briefings']} pages, {self.rows['settings']} settings,"
            f" {self.rows['members'] + self.rows['dataset_groups']} changes of access,"
            f" {self.rows['audit']} entries of the audit"
        )


def copy_store(source: Store, target: Store) -> Counts:
    """Copy everything with its history into an empty store; the source is only read.

    What is copied is one state of the source, with members, groups and the audit, entry by entry as
    it is; it appears in the target whole or not at all. Files that records name, such as scenes and
    photographs, are no part of a store and stay where they are.

    Raises
    ------
    StoreDamaged
        If the source is damaged.
    StoreError
        If the target is not empty, or one of them cannot be read or written.
    InvalidSetting
        If one of them is no store that speaks SQL, or both are the same.
    """
    if not isinstance(source, SqlStore) or not isinstance(target, SqlStore):
        raise InvalidSetting("this store cannot be copied", expected="an embedded or PostGIS store")
    if source.url == target.url:
        raise InvalidSetting(f"{source.url} cannot be copied into itself", expected="two stores")
    _require_sound(source, name=source.url)
    with source.reading() as read, target.writing() as written:
        require_empty(written, target.url)
        return Counts(rows=copy_tables(read, written))


def restore(path: Path, url: str) -> Counts:
    """Bring a backup back as the store at `url`, which must be new or empty; the file stays as is.

    A backup of an earlier version is brought up to date on the way.

    Raises
    ------
    StoreDamaged
        If the file is no backup, or is damaged.
    StoreError
        If the store is not empty, or one of them cannot be read or written.
    InvalidSetting
        If no store goes by such a URL.
    """
    if not path.is_file():
        raise StoreError(f"there is no file {path}", expected="a backup of a store")
    with tempfile.TemporaryDirectory(prefix="lamassu-restore-") as folder:
        copy = Path(folder) / "backup.db"
        try:
            shutil.copyfile(path, copy)
        except OSError as err:
            raise StoreError(
                f"{path} cannot be copied: {err.strerror or err}",
                expected="a file that may be read, and room for it in the temporary folder",
            ) from err
        with closing(EmbeddedStore(copy)) as source:
            _require_sound(source, name=str(path))
            with closing(open_store(url)) as target:
                return copy_store(source, target)


def _require_sound(store: Store, *, name: str) -> None:
    """Refuse to make a second store that is damaged."""
    if faults := store.integrity():
        raise StoreDamaged(
            f"{name} is damaged: {faults[0]}",
            expected="a store or backup whose rows keep its rules",
            remedy="take an earlier backup; nothing was changed",
        )
