"""How far the directories of a TIFF reach into the file, by its first bytes alone.

GDAL opens a file whose last bytes are missing as long as the picture itself is there: names of
bands, dates and what the numbers mean are then silently gone, as many writers put them last.
Source: TIFF 6.0 (Adobe 1992), section 2, and BigTIFF as libtiff documents it.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

SIZES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    16: 8, 17: 8, 18: 8,
}  # fmt: skip
"""Bytes of one number of each of TIFF's types."""

MOST_DIRECTORIES, MOST_TAGS = 64, 4096
"""Pictures in one file, and tags of one, that are looked at."""


def reach_of(path: Path) -> int:
    """The byte after the last that a tag of the file lies in; more than its size if it is cut off.

    Tiles and strips are not counted; what is no TIFF, or ends inside its first directory, reaches
    no farther than that.
    """
    with path.open("rb") as file:
        beginning = file.read(16)
        order = ">" if beginning[:2] == b"MM" else "<"
        big = beginning[2:4] in {b"+\0", b"\0+"}
        if len(beginning) < 16 or beginning[:2] not in {b"II", b"MM"}:
            return 0
        word = "Q" if big else "I"
        (at,) = struct.unpack_from(f"{order}{word}", beginning, 8 if big else 4)
        farthest, seen = 0, set[int]()
        while at and at not in seen and len(seen) < MOST_DIRECTORIES:
            seen.add(at)
            end, at = _directory(file, at, order=order, big=big)
            farthest = max(farthest, end)
        return farthest


def _directory(file: BinaryIO, at: int, *, order: str, big: bool) -> tuple[int, int]:
    """How far the tags of the directory at a place reach, and where the next one lies, or 0."""
    word, count_kind, entry, inside = ("Q", "Q", 20, 8) if big else ("I", "H", 12, 4)
    head = struct.calcsize(count_kind)
    file.seek(at)
    told = file.read(head)
    if len(told) < head:
        return at + head, 0
    count = min(struct.unpack(f"{order}{count_kind}", told)[0], MOST_TAGS)
    end = at + head + count * entry
    table = file.read(count * entry + inside)
    if len(table) < count * entry:
        return end, 0
    for place in range(0, count * entry, entry):
        _, kind, number = struct.unpack_from(f"{order}HH{word}", table, place)
        size = number * SIZES.get(kind, 0)
        if size > inside:
            (offset,) = struct.unpack_from(f"{order}{word}", table, place + entry - inside)
            end = max(end, offset + size)
    rest = table[count * entry :]
    return end, struct.unpack(f"{order}{word}", rest)[0] if len(rest) == inside else 0
