"""Which old code page bytes are text in, where they are no UTF-8: Western, Turkish or Arabic.

Western text has single high bytes among plain letters, Arabic text has words of high bytes alone;
between two Arabic code pages the commoner letters decide. A guess: whoever uses it says so.
"""

from __future__ import annotations

import re

NAMES = {
    "cp1252": "windows-1252",
    "cp1254": "windows-1254",
    "cp1256": "windows-1256",
    "iso8859_6": "ISO 8859-6",
    "cp720": "DOS code page 720",
}
"""Code pages that are guessed, with what people call them."""

ARABIC = {"cp1256": 1, "iso8859_6": 1, "cp720": 10}
"""Arabic code pages, with the high bytes that it takes to be believed: DOS is long ago."""

COMMON = "ايلومنرتبةعدسفهكقحأجىخصشضطثذزغئءإظؤآپچگژ"
"""Arabic letters, the commonest first: this order is all that is known of their frequency."""

LEAST_SHARE = 0.7
"""Share of the high bytes that must be letters for a text to be Arabic."""

SAMPLE_BYTES = 100_000
"""Bytes from which a guess is made, at most."""

_RUN = re.compile(rb"[A-Za-z]?[\x80-\xff]+[A-Za-z]?")
_HIGH = re.compile(rb"[\x80-\xff]")
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
"""Bytes of the Turkish letters of windows-1254, where windows-1252 has the Icelandic ones."""


def code_page_of(text: bytes) -> str:
    """The Python name of the code page that suits text best; empty if none does.

    >>> code_page_of("A,الموصل".encode("cp1256")), code_page_of("Genève, à Zürich".encode("cp1252"))
    ('cp1256', 'cp1252')
    >>> code_page_of(bytes(range(128, 256)) * 4)
    ''
    """
    sample = text[:SAMPLE_BYTES]
    runs = _RUN.findall(sample)
    western = sum(_is_western(run) for run in runs)
    if 2 * western < len(runs):
        best, share = max(
            ((page, _arabic_share(sample, page)) for page in ARABIC), key=lambda scored: scored[1]
        )
        if share:
            return best
    if 2 * western < len(runs) and max(map(len, runs)) > 4:
        return ""
    return "cp1254" if _TURKISH.search(sample) else "cp1252"


def _is_western(run: bytes) -> bool:
    """Whether high bytes stand among plain letters, or are a sign of punctuation."""
    high = _HIGH.findall(run)
    return len(high) <= 2 and (len(run) > len(high) or high[0] < b"\xc0")


def _arabic_share(sample: bytes, page: str) -> float:
    """How well high bytes are common Arabic letters, greater for better; 0 if they are not."""
    letters = sample.decode(page, "replace")
    high = [letter for letter in letters if letter > "\x7f"]
    ranks = [COMMON.find(letter) for letter in high]
    known = [rank for rank in ranks if rank >= 0]
    if len(known) < LEAST_SHARE * len(high) or len(high) < ARABIC[page]:
        return 0.0
    return sum(1 / (rank + 2) for rank in known) / len(high)
