"""Care of a store: backup, restore and copy, with the files that its records name."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from geo.errors import StoreDamaged, StoreError
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import Store, open_store
from geo.store.transfer import Counts, copy_store
from geo.store.transfer import restore as restore_store

FILE_COLUMNS = {
    "scenes": ("path",),
    "terrain": ("path",),
    "networks": ("path",),
    "photographs": ("path", "shown_path"),
}
"""Columns of records that name a file in the installation's folder."""

STORE_MEMBER = "store.sqlite"
"""Name of the store in a backup with files."""

FILES = "files/"
"""Where the files are in it."""

HASHED = frozenset({"scenes", "terrain", "roads", "originals"})
"""Folders whose files are named by the SHA-256 of their own bytes."""

_KEPT_FILE = re.compile(r"([a-z]{1,20})/([0-9a-f]{64})[.a-z0-9]{0,20}")
"""What a kept file is called: a folder, the SHA-256 of it or of its original, an ending."""

_HASH = re.compile(r"\b[0-9a-f]{64}\b")

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CareReport:
    """What a backup holds, or what was restored."""

    file: str
    """The backup."""
    size: int
    """Its bytes."""
    files: int
    """Scenes, photographs and other files in it."""
    notes: tuple[str, ...] = ()
    """What is not in it."""

    def __str__(self) -> str:
        """One line for a person."""
        told = f"{self.size / 1e6:,.1f} MB, {self.files:,} files beside the records"
        return "; ".join([told, *self.notes])


def backup(
    store: Store, settings: Settings, path: Path, *, progress: Progress = no_progress
) -> CareReport:
    """Copy the store as of now into a new file, with members, groups and the audit.

    A ``.zip`` also takes the files that its records name and the originals of its imports. The
    file appears whole or not at all.

    Raises
    ------
    StoreError
        If the file is there already or cannot be written.
    """
    if path.suffix.lower() != ".zip":
        progress(0.1, "copying the store")
        store.backup(path)
        left_out = _named_files(store, settings)
        left = (
            f"{len(left_out):,} scenes, photographs and other files are not in it (.zip takes them)"
        )
        return CareReport(
            file=str(path), size=path.stat().st_size, files=0, notes=(left,) if left_out else ()
        )
    _require_new(path)
    try:
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=path.parent) as folder:
            progress(0.1, "copying the store")
            copy = store.backup(Path(folder) / STORE_MEMBER)
            # Files come before the records that name them: after the copy, none is missed.
            named = sorted(_named_files(store, settings))
            there = [name for name in named if (settings.home / name).is_file()]
            draft = Path(folder) / "backup.zip"
            with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED, strict_timestamps=False) as packed:
                packed.write(copy, STORE_MEMBER, compress_type=zipfile.ZIP_DEFLATED)
                for number, name in enumerate(there):
                    progress(0.2 + 0.8 * number / len(there), name)
                    packed.write(settings.home / name, FILES + name)
            _require_new(path)
            draft.replace(path)
    except OSError as err:
        raise StoreError(
            f"{path} cannot be written ({err.strerror or err})",
            expected="a folder that exists, may be written to and has room",
        ) from err
    missing = len(named) - len(there)
    notes = (f"{missing:,} files that records name are not in this installation's folder",)
    return CareReport(
        file=str(path),
        size=path.stat().st_size,
        files=len(there),
        notes=notes if missing else (),
    )


def restore(settings: Settings, path: Path, *, progress: Progress = no_progress) -> CareReport:
    """Bring a backup back as the store of the settings, which must be new or empty.

    Files come first, under names that tell their content, so that a restore that was killed is
    done again; the store comes whole or not at all. The backup is only read.

    Raises
    ------
    StoreDamaged
        If the file is no backup, or a file in it is not what its name says.
    StoreError
        If the store is not empty, or something cannot be read or written.
    """
    if not path.is_file():
        raise StoreError(f"there is no file {path}", expected="a backup of a store")
    if not zipfile.is_zipfile(path):
        progress(0.1, "restoring the store")
        counts = restore_store(path, settings.store_url)
        return CareReport(file=str(path), size=path.stat().st_size, files=0, notes=(str(counts),))
    try:
        with (
            zipfile.ZipFile(path) as packed,
            tempfile.TemporaryDirectory(prefix="lamassu-restore-") as folder,
        ):
            members = _checked_members(packed, path)
            for number, name in enumerate(members):
                progress(0.1 + 0.7 * number / len(members), name)
                _put_back(packed, name, settings.home, path)
            copy = Path(folder) / STORE_MEMBER
            with packed.open(STORE_MEMBER) as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target, _CHUNK)
            progress(0.9, "restoring the store")
            counts = restore_store(copy, settings.store_url)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as err:
        if isinstance(err, StoreError):
            raise
        raise _damaged(path, str(err)) from err
    except OSError as err:
        raise StoreError(
            f"{path} cannot be restored ({err.strerror or err})",
            expected="a folder that may be written to and has room",
        ) from err
    return CareReport(
        file=str(path), size=path.stat().st_size, files=len(members), notes=(str(counts),)
    )


def copy(source_url: str, target_url: str, *, progress: Progress = no_progress) -> Counts:
    """Copy a store with its history into another, which must be new or empty.

    Members, groups and the audit are part of it. Files, originals among them, stay in the
    installation's folder: a backup takes them elsewhere.

    Raises
    ------
    InvalidSetting
        If a URL names no store, or both are the same.
    StoreError
        If the source is not there, the target is not empty, or one cannot be read or written.
    """
    if source_url.startswith("sqlite:///") and not Path(source_url[10:]).is_file():
        raise StoreError(f"there is no store {source_url}", expected="the URL of a store")
    progress(0.1, "opening both stores")
    with closing(open_store(source_url)) as source, closing(open_store(target_url)) as target:
        progress(0.2, "copying")
        return copy_store(source, target)


def _named_files(store: Store, settings: Settings) -> set[str]:
    """The files that current records name, and originals, relative to the installation's folder.

    Originals are those of all imports, undone ones too, of the cubes that scenes were made from,
    and of the pictures that flags were found in, as far as they are kept as such: those of scenes,
    terrain and roads are files that records name.
    """
    named = {
        name
        for kind, columns in FILE_COLUMNS.items()
        for column in columns
        for name in store.read(kind)[column]
        if _KEPT_FILE.fullmatch(name)
    }
    told = [" ".join((record.key.sha256, *record.notes)) for record in store.imports()]
    told += store.read("alerts")["provenance"].unique().tolist()
    originals = {f"originals/{digest}" for text in told for digest in _HASH.findall(text)}
    return named | {name for name in originals if (settings.home / name).is_file()}


def _require_new(path: Path) -> None:
    """Refuse to write over a file."""
    if path.exists():
        raise StoreError(
            f"{path} is there already", expected="a new file", remedy="choose another name"
        )
    if not path.parent.is_dir():
        raise StoreError(
            f"there is no folder {path.parent}", expected="a folder", remedy="make it first"
        )


def _checked_members(packed: zipfile.ZipFile, path: Path) -> list[str]:
    """The files in a backup, if it holds a store and nothing strange."""
    names = packed.namelist()
    files = [name.removeprefix(FILES) for name in names if name != STORE_MEMBER]
    if names.count(STORE_MEMBER) != 1:
        raise _damaged(path, f"it holds {names.count(STORE_MEMBER)} stores")
    for name in files:
        if FILES + name not in names or not _KEPT_FILE.fullmatch(name):
            raise _damaged(path, f"it holds {name[:100]!r}")
    return files


def _put_back(packed: zipfile.ZipFile, name: str, home: Path, path: Path) -> None:
    """Unpack one file under its name, whole or not at all; what is there already stays."""
    target = home / name
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unfinished-") as folder:
        unfinished = Path(folder) / "file"
        with packed.open(FILES + name) as source, unfinished.open("wb") as out:
            for chunk in _chunks(source):
                digest.update(chunk)
                out.write(chunk)
        found = _KEPT_FILE.fullmatch(name)
        if found and found[1] in HASHED and found[2] != digest.hexdigest():
            raise _damaged(path, f"the content of {name} is not what its name says")
        unfinished.chmod(0o400)
        unfinished.replace(target)


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    """A stream in pieces."""
    while chunk := source.read(_CHUNK):
        yield chunk


def _damaged(path: Path, why: str) -> StoreDamaged:
    """The error for what is no backup of ours."""
    return StoreDamaged(
        f"{path} is no whole backup: {why}",
        expected="a file that 'backup' wrote",
        remedy="take another backup; nothing was restored",
    )
