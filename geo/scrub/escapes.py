"""Text as other programs read it once its escapes are resolved; pure."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2}){1,400}|&#?\w{1,8};?|\\u[0-9A-Fa-f]{4}")
"""How another program may have written one character, or several."""

MOST_LEVELS = 3
"""How often an escape may be escaped itself before nobody would read it any more."""


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Where the parts of a reading begin in it, and where they stood in what was read."""

    starts: list[int]
    """Index of the first character of each part in the reading, rising."""
    origins: list[tuple[int, int, bool]]
    """Start and end of each in what was read, and whether it was an escape."""

    def origin_of(self, start: int, end: int) -> tuple[int, int]:
        """Start and end, in what was read, of what a part of the reading was made of."""
        return self._piece_at(start)[0], self._piece_at(end - 1)[1]

    def _piece_at(self, index: int) -> tuple[int, int]:
        number = bisect_right(self.starts, index) - 1
        first, last, escaped = self.origins[number]
        if escaped:
            return first, last
        place = first + index - self.starts[number]
        return place, place + 1


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with its escapes resolved a number of times."""

    text: str
    """As it reads."""
    levels: tuple[_Pieces, ...]
    """How it came about, the first level first."""

    def origin_of(self, start: int, end: int) -> tuple[int, int]:
        """Start and end, in the text as it was written, of characters `start` to `end`."""
        for level in reversed(self.levels):
            start, end = level.origin_of(start, end)
        return start, end


def readings(text: str) -> Iterator[Reading]:
    """`text` as it is written, then as it reads with its escapes resolved, and with theirs."""
    reading = Reading(text, ())
    yield reading
    for _ in range(MOST_LEVELS):
        read, pieces = _resolved(reading.text)
        if read == reading.text:
            return
        reading = Reading(read, (*reading.levels, pieces))
        yield reading


def _resolved(text: str) -> tuple[str, _Pieces]:
    """`text` with characters in place of its escapes, and where each part came from."""
    parts: list[str] = []
    pieces = _Pieces([], [])
    length = done = 0
    for match in _ESCAPED.finditer(text):
        for start, end, read in (
            (done, match.start(), text[done : match.start()]),
            (match.start(), match.end(), _character_of(match[0])),
        ):
            if read:
                parts.append(read)
                pieces.starts.append(length)
                pieces.origins.append((start, end, start == match.start()))
                length += len(read)
        done = match.end()
    if done < len(text):
        parts.append(text[done:])
        pieces.starts.append(length)
        pieces.origins.append((done, len(text), False))
    return "".join(parts), pieces


def _character_of(escape: str) -> str:
    """What one escape stands for; a half of a surrogate pair stands for itself."""
    if escape.startswith("%"):
        return unquote(escape, errors="replace")
    if escape.startswith("&"):
        return html.unescape(escape)
    digits = escape.removeprefix("\\u")
    code = int(digits, 16)
    return escape if 0xD800 <= code <= 0xDFFF else chr(code)
