"""Pictures that look alike, by their perceptual hashes; pure.

A hash is 16 hexadecimal digits: 64 bits of the discrete cosine transform of the picture at 32 x 32
grey cells, each telling whether a low frequency is above the median (Zauner 2010, "Implementation
and Benchmarking of Perceptual Image Hash Functions", Fachhochschule Hagenberg). It stays nearly the
same when a picture is scaled, compressed or made lighter. It finds another print of the same
picture; two photographs of one object from different sides are not alike to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInput

BITS = 64
"""Bits of a hash."""

MOST_BITS = 10
"""Pictures that differ in no more bits may be the same. Krawetz (2011, "Looks Like It", The Hacker
Factor Blog) takes up to 5 for the same picture with small changes and more than 10 for another."""

PLAIN_BITS = 16
"""A hash with fewer ones or fewer zeros is of a picture without contents, such as a blank page: it
is like every other such picture, and tells nothing. The median leaves about 32 of each."""

_MIRROR = np.uint64(0x5555_5555_5555_5555)
"""Odd horizontal frequencies change their sign when a picture is mirrored, the others do not; no
hash of this family withstands mirroring by itself (Steinebach, Zauner and Hermann 2011,
doi:10.1117/12.876617)."""

_ROWS = 512
"""Hashes compared at once with all others; bounds memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Two pictures that may be the same."""

    first: int
    """Position in the first list."""
    second: int
    """Position in the second."""
    bits: int
    """Bits in which they differ, 0 for the same."""
    mirrored: bool
    """Whether one is like the mirror image of the other."""


def difference(first: str, second: str) -> int:
    """In how many of 64 bits two hashes differ.

    Raises
    ------
    BadInput
        If one is not 16 hexadecimal digits.

    >>> difference("00000000000000ff", "000000000000000f")
    4
    """
    numbers = _numbers([first, second])
    return int(np.bitwise_count(numbers[0] ^ numbers[1]))


def telling(likeness: str) -> bool:
    """Whether a hash is of a picture with contents; False for an empty text."""
    if not likeness:
        return False
    ones = int(np.bitwise_count(_numbers([likeness])[0]))
    return PLAIN_BITS <= ones <= BITS - PLAIN_BITS


def alike(first: Sequence[str], second: Sequence[str], *, most: int = MOST_BITS) -> list[Alike]:
    """Every pair of a hash of `first` and one of `second` that differ in at most `most` bits.

    Nearest first, then in the order of the lists. Empty hashes and those that are not `telling` are
    like nothing. Mirror images are found too.

    Raises
    ------
    BadInput
        If a hash that is not empty is not 16 hexadecimal digits.
    """
    mine, theirs = _telling_positions(first), _telling_positions(second)
    others = _numbers([second[position] for position in theirs])
    found = []
    for start in range(0, len(mine), _ROWS):
        rows = mine[start : start + _ROWS]
        crossed = _numbers([first[position] for position in rows])[:, np.newaxis] ^ others
        straight, turned = np.bitwise_count(crossed), np.bitwise_count(crossed ^ _MIRROR)
        bits = np.minimum(straight, turned)
        for row, column in zip(*np.nonzero(bits <= most), strict=True):
            found.append(
                Alike(
                    first=rows[row],
                    second=theirs[column],
                    bits=int(bits[row, column]),
                    mirrored=bool(turned[row, column] < straight[row, column]),
                )
            )
    return sorted(found, key=lambda pair: (pair.bits, pair.first, pair.second))


def _telling_positions(likenesses: Sequence[str]) -> list[int]:
    """Positions of the hashes that tell something."""
    return [position for position, likeness in enumerate(likenesses) if telling(likeness)]


def _numbers(likenesses: Sequence[str]) -> NDArray[np.uint64]:
    """Hashes as numbers of 64 bits."""
    for likeness in likenesses:
        if len(likeness) != BITS // 4 or set(likeness) - set("0123456789abcdef"):
            raise BadInput(
                f"{likeness!r} is no perceptual hash",
                expected="16 hexadecimal digits in lower case",
                remedy="leave it empty; Lamassu makes it from the photograph",
            )
    return np.array([int(likeness, 16) for likeness in likenesses], dtype=np.uint64)
