"""Pictures that came with a list of stolen objects: what they look like goes into the list."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import geopandas as gpd

from geo.errors import BadInput, UnreadableFile
from geo.progress import Progress, no_progress
from geo.sources.confined.limits import COMMAND_LINE, FileLimits
from geo.sources.pictures import shown_picture
from geo.store import Store
from geo.words import fold

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"})
"""Endings of files that are taken for pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureReport:
    """What became of each picture: read = taken + known + unmatched + refused."""

    read: int
    """Pictures in the folder."""
    taken: int
    """Pictures whose likeness is now in the list."""
    known: int
    """Pictures whose likeness was there already."""
    unmatched: tuple[str, ...]
    """Names of pictures that no entry, or more than one, goes by."""
    refused: tuple[tuple[str, str], ...]
    """Names of pictures that cannot be read, each with why."""


def take_pictures(
    store: Store,
    folder: Path,
    *,
    author: str,
    now: datetime,
    limits: FileLimits = COMMAND_LINE,
    progress: Progress = no_progress,
) -> PictureReport:
    """Note what the entries of the lists of stolen objects look like, by pictures in a folder.

    A picture belongs to the entry whose id or number in its register is the file's name without its
    ending. Only its perceptual hash is kept, as a correction of the entry with the picture's
    SHA-256 as its reason; each picture is read in a process of its own.

    Raises
    ------
    BadInput
        If there is no such folder, or no picture in it.
    """
    files = _pictures(folder)
    entries = store.read("stolen")
    taken = known = 0
    unmatched: list[str] = []
    refused: list[tuple[str, str]] = []
    for number, file in enumerate(files):
        progress(number / len(files), file.name)
        entry = _entry_of(entries, file)
        if entry is None:
            unmatched.append(file.name)
            continue
        try:
            with tempfile.TemporaryDirectory(prefix="lamassu-picture-") as drawn:
                likeness = shown_picture(file, Path(drawn), limits=limits).likeness
        except UnreadableFile as err:
            refused.append((file.name, str(err)))
            continue
        row = entries.iloc[entry]
        if row["likeness"] == likeness:
            known += 1
            continue
        store.correct(
            "stolen",
            str(row["id"]),
            {"likeness": likeness},
            dataset_id=str(row["dataset_id"]),
            author=author,
            reason=f"from the picture {file.name}, SHA-256 {_sha256(file)}",
            now=now,
        )
        taken += 1
    return PictureReport(
        read=len(files),
        taken=taken,
        known=known,
        unmatched=tuple(unmatched),
        refused=tuple(refused),
    )


def _pictures(folder: Path) -> Sequence[Path]:
    """The pictures of a folder, by name."""
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() in ENDINGS)
    except OSError as err:
        raise BadInput(
            f"{folder} cannot be read ({err.strerror})", expected="a folder of pictures"
        ) from err
    if not files:
        raise BadInput(
            f"{folder} holds no picture",
            expected=f"files that end in {', '.join(sorted(ENDINGS))}",
            remedy="name each picture as its entry: by id, or by its number in the register",
        )
    return files


def _entry_of(entries: gpd.GeoDataFrame, file: Path) -> int | None:
    """Position of the only entry that goes by the file's name; None if there is not just one."""
    name = fold(file.stem)
    named = (entries["id"].map(fold) == name) | (entries["reference"].map(fold) == name)
    positions = named.to_numpy(dtype=bool).nonzero()[0]
    return int(positions[0]) if len(positions) == 1 else None


def _sha256(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
