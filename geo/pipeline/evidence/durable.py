"""Files that appear whole or not at all, and outlast a loss of power."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def publish(content: bytes, file: Path) -> None:
    """Make a file that only its owner reads; one that is there already stays as it is.

    Of several processes that make it at once, one wins.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with draft(content, file.parent) as made:
        try:
            file.hardlink_to(made)
        except FileExistsError:
            return
        except OSError:
            # Some file systems of memory sticks know no hard links.
            if not file.exists():
                made.replace(file)
        flush(file.parent)


@contextmanager
def draft(content: bytes, folder: Path) -> Iterator[Path]:
    """A file with this content that only its owner reads; gone at the end if it is still there."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".unfinished-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def flush(folder: Path) -> None:
    """See that a new name in a folder is on the disk."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
