"""Marks of museums in free text, and words for writing that no honest trade piece bears.

A mark is pointed out, never judged: the letters may stand for something else.

Sources of the letters before numbers: State Archives of Assyria online (Oracc), Abbreviations and
Symbols of SAA 11 and SAA 14; D. J. Melville, Decoding Museum Numbers (St. Lawrence University);
CDLI, Abbreviations for Assyriology. Iraq Museum numbers, numbers in ink, cuneiform and Aramaic
writing are red flags of ICOM's Emergency Red List of Iraqi Antiquities (2003). The Arabic letters
are Lamassu's own reading of the museum's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_COLLECTIONS = {
    "IM": "Iraq Museum, Baghdad",
    "MM": "Mosul Museum, or the Metropolitan Museum of Art, New York",
    "BM": "British Museum, London",
    "AO": "Louvre, Paris (Antiquités orientales)",
    "VAT": "Vorderasiatisches Museum, Berlin",
    "CBS": "University of Pennsylvania Museum, Philadelphia",
    "YBC": "Yale Babylonian Collection, New Haven",
    "NBC": "Nies Babylonian Collection, Yale",
    "NCBT": "Newell Collection of Babylonian Tablets, Yale",
    "MLC": "Morgan Library Collection, Yale",
    "PTS": "Princeton Theological Seminary",
}
"""Letters that stand before a number of a collection."""

_NUMBER = r"[\s.:/#№-]{0,3}(?:(?:no|nr)\.?\s*)?\d{1,6}(?!\w)(?:[-–/,.]\d{1,6}(?!\w)){0,3}"

_NUMBERED = (
    (rf"(?P<letters>I\.\s?M\.?|{'|'.join(_COLLECTIONS)}){_NUMBER}", ("",), ""),
    (
        rf"م\s?[./]?\s?ع{_NUMBER}",
        ("م",),
        "may be a number of the Iraq Museum, Baghdad (المتحف العراقي)",
    ),
    (rf"ND{_NUMBER}", ("nd",), "may be a field number of the excavations at Nimrud"),
    (
        r"(?:1[89])?\d\d-\d{1,2}-\d{1,2},\s?\d{1,5}(?!\w)",
        ("-",),
        "may be a number of the British Museum, London, by the day of acquisition",
    ),
    (
        r"(?i:museum|inventory|accession|excavation)\s+(?i:numbers?|nos?\b\.?)\s{0,3}:?\s{0,3}"
        r"[\w./-]*\d[\w./-]*|(?:ال)?رقم\s+(?:ال)?(?:متحفي|متحف|جرد|تنقيب)\s{0,3}:?\s{0,3}[\w./-]*\d[\w./-]*",
        ("museum", "inventory", "accession", "excavation", "رقم"),
        "a number that a museum or an excavation gave",
    ),
)
"""Patterns that hold a figure, words without one of which they cannot match, and their meaning;
that of the first is in `_COLLECTIONS`."""

_WORDED = (
    (
        r"ink(?:ed)?\s+(?:\w+\s+)?numbers?|numbers?\s+(?:\w+\s+)?in\s+ink"
        r"|(?:رقم|أرقام|مرقم[ةه]?)\s+(?:\w+\s+)?بالحبر",
        ("ink", "حبر"),
        "numbers in ink are written on pieces by museums and excavations",
    ),
    (
        r"cuneiform|(?:ال)?مسماري[ةه]?(?!\w)|[\U00012000-\U0001254f]+",
        ("cuneiform", "مسماري"),
        "cuneiform writing: protected wherever it turns up",
    ),
    (
        r"aramaic|syriac|(?:ال)?[آا]رامي[ةه]?(?!\w)|(?:ال)?سرياني[ةه]?(?!\w)"
        r"|[\u0700-\u074f]+|[\U00010840-\U0001085f]+",
        ("aramaic", "syriac", "رامي", "سرياني"),
        "Aramaic writing: on the Red List",
    ),
)
"""Patterns of words, words without one of which they cannot match, and their meaning."""

_FIGURE = re.compile(r"\d")
_OLD_SCRIPTS = re.compile(r"[\u0700-\u074f\U00010840-\U0001085f\U00012000-\U0001254f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A part of a text that an analyst should look at."""

    text: str
    """The words as they stand."""
    start: int
    """Position of their first character."""
    end: int
    """Position after their last."""
    meaning: str
    """What they may tell, in one sentence."""


def marks_in(text: str) -> tuple[Mark, ...]:
    """The marks of a text in their order; they do not overlap.

    >>> [mark.text for mark in marks_in("a tablet with IM 12345 in ink")]
    ['IM 12345']
    """
    small = text.casefold()
    found = [*_numbered(text, small), *_worded(text, small)]
    if not found:
        return ()
    kept: list[Mark] = []
    for mark in sorted(found, key=lambda mark: (mark.start, -mark.end)):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return tuple(kept)


def _numbered(text: str, small: str) -> Iterator[Mark]:
    """Marks with a figure."""
    # Most texts hold none, and asking is cheap.
    if not _FIGURE.search(text):
        return
    for pattern, words, meaning in _NUMBERED_PATTERNS:
        if not any(word in small for word in words):
            continue
        for found in pattern.finditer(text):
            start = found.start()
            # Looked at here: a pattern that begins with letters is found much faster.
            if start and (text[start - 1].isalnum() or text[start - 1] == "-"):
                continue
            whose = _COLLECTIONS[re.sub(r"[.\s]", "", found["letters"])] if not meaning else ""
            yield _mark(found, meaning or f"may be a number of the {whose}")


def _worded(text: str, small: str) -> Iterator[Mark]:
    """Marks in words or signs."""
    old = not text.isascii() and bool(_OLD_SCRIPTS.search(text))
    for pattern, words, meaning in _WORDED_PATTERNS:
        if old or any(word in small for word in words):
            yield from (_mark(found, meaning) for found in pattern.finditer(text))


def _mark(found: re.Match[str], meaning: str) -> Mark:
    """What a pattern found, as a mark."""
    return Mark(text=found[0], start=found.start(), end=found.end(), meaning=meaning)


_NUMBERED_PATTERNS = tuple(
    (re.compile(pattern), words, meaning) for pattern, words, meaning in _NUMBERED
)
_WORDED_PATTERNS = tuple(
    (re.compile(rf"(?<!\w)(?:{pattern})", re.IGNORECASE), words, meaning)
    for pattern, words, meaning in _WORDED
)
