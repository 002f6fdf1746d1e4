"""The bytes of every file that came in, as they came: by their SHA-256, written to by nobody."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from geo.errors import StoreError
from geo.pipeline import FACTS_FOLDER
from geo.pipeline.evidence.durable import flush
from geo.settings import Settings
from geo.store import ImportRecord

KEPT_ELSEWHERE = ("scenes", "terrain", "roads")
"""Folders in which files of other kinds are kept under their SHA-256, with an ending."""

_CHUNK = 1 << 20

_SHA256 = re.compile(r"[0-9a-f]{64}")


def keep_original(settings: Settings, path: Path, sha256: str) -> None:
    """Keep the bytes of a file as ``originals/<sha256>``; see `keep_copy`."""
    keep_copy(path, settings.originals_folder / sha256, sha256)


def keep_copy(path: Path, target: Path, sha256: str) -> None:
    """Keep the bytes of a file under a name that tells their SHA-256; what is there already stays.

    They are there whole or not at all, may only be read, and are on the disk when this returns.

    Raises
    ------
    StoreError
        If there is no room, the file cannot be read, or its bytes have another SHA-256.
    """
    if target.exists():
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unfinished-") as folder:
            copy = Path(folder) / "original"
            # A link instead of a copy would change with the file that its owner goes on editing.
            if _copied(path, copy) != sha256:
                raise StoreError(
                    f"{path.name} changed while it was read",
                    expected="a file that nobody writes to",
                    remedy="try again; nothing was kept",
                )
            copy.chmod(0o400)
            copy.replace(target)
        flush(target.parent)
    except OSError as err:
        raise StoreError(
            f"the original of {path.name} cannot be kept ({err.strerror or type(err).__name__})",
            expected="room in the installation's folder",
            remedy="make room and try again; nothing was imported",
        ) from err


def kept_file(settings: Settings, sha256: str) -> Path | None:
    """The kept file with these bytes, a scene or an original; None if there is none.

    What is no SHA-256, as a provenance from elsewhere may hold, names no file.
    """
    if not _SHA256.fullmatch(sha256):
        return None
    places = (settings.scenes_folder / f"{sha256}.tif", settings.originals_folder / sha256)
    return next((place for place in places if place.is_file()), None)


def original_of(settings: Settings, record: ImportRecord) -> Path | None:
    """The file that an import came from, wherever it is kept; None if it is not."""
    digest = record.key.sha256
    places = [settings.originals_folder / digest]
    for folder in KEPT_ELSEWHERE:
        places += sorted((settings.home / folder).glob(f"{digest}.*"))
    places.append(FACTS_FOLDER / Path(record.key.file_name).name)
    if places[-1].is_file() and sha256_of(places[-1]) != digest:
        places.pop()
    return next((place for place in places if place.is_file()), None)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copied(path: Path, copy: Path) -> str:
    """SHA-256 of the bytes of a file, which are copied and on the disk."""
    digest = hashlib.sha256()
    with path.open("rb") as file, copy.open("wb") as out:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()
