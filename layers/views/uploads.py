"""Files from the browser, put where they can be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

LONGEST_NAME_BYTES = 120
"""What is kept of a file's name; file systems take 255 bytes."""


def save_uploads(files: Sequence[Any], folder: Path) -> list[Path]:
    """The uploaded files in `folder`, each under its own name in a folder of its own.

    The browser's file name is only ever a label: what it holds of a path is cut off.
    """
    paths = []
    for number, file in enumerate(files):
        place = folder / str(number)
        place.mkdir(parents=True)
        path = place / _label(file.name)
        path.write_bytes(file.getbuffer())
        paths.append(path)
    return paths


def _label(name: str) -> str:
    """The last part of a file's name, short enough for every file system."""
    bare = Path(name.replace("\0", "")).name
    short = bare.encode(errors="replace")[-LONGEST_NAME_BYTES:].decode(errors="ignore")
    return short if short.strip(". ") else "upload"
