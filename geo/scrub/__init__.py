"""Text without places and without secrets, for readers and for logs; pure.

Every pattern takes time in proportion to the text: what repeats is bounded or cannot be divided in
two ways. Letters, digits and spaces are those of ASCII; others are made such first, one for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from geo.scrub.escapes import readings
from geo.scrub.forms import FORMS, MAY_HOLD_A_PLACE, plain
from geo.scrub.secrets import PATH_WITHHELD, SECRET_WITHHELD, without_secrets

__all__ = [
    "MAY_HOLD_A_PLACE",
    "PATH_WITHHELD",
    "PLACE_WITHHELD",
    "SECRET_WITHHELD",
    "Span",
    "places_in",
    "plain",
    "without_places",
    "without_secrets",
]

PLACE_WITHHELD = "[place withheld]"
"""What stands where a place stood."""

_BETWEEN = " ,;/|&\t"
"""What may stand between two parts of one place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A place in a text."""

    start: int
    """Index of its first character."""
    end: int
    """Index after its last character."""
    form: str
    """How it was written, such as ``degrees`` or ``MGRS``."""


def places_in(text: str) -> tuple[Span, ...]:
    """Every place in `text` that is written as coordinates in a common form, in order.

    Pairs in decimal degrees (two decimals or more), labelled or with hemispheres; degrees, minutes
    and seconds; UTM; MGRS; labelled geohashes, plus codes and what3words; WKT, GeoJSON and WKB in
    hexadecimal digits; metres of Web Mercator; links to maps. Digits and marks may be Arabic.
    One number of four decimals or more is taken for half of a place. A place written in words, or
    one shorter number without a label, is not found.
    """
    read = plain(text)
    found = [
        Span(start=match.start(), end=match.start() + len(match[0].rstrip()), form=form)
        for form, pattern, is_place in FORMS
        for match in _matches(pattern, read, is_place)
    ]
    return _merged(sorted(found, key=lambda span: (span.start, -span.end)), read)


def without_places(text: str) -> str:
    """`text` with `PLACE_WITHHELD` in place of every place of `places_in`.

    Also of those that only show once its escapes of HTML, links and JSON are read; the other
    escapes stay as they are.
    """
    found = [
        Span(start=start, end=end, form=span.form)
        for reading in readings(text)
        for span in places_in(reading.text)
        for start, end in [reading.origin_of(span.start, span.end)]
    ]
    kept, done = [], 0
    for span in _merged(sorted(found, key=lambda span: (span.start, -span.end)), text):
        kept += [text[done : span.start], PLACE_WITHHELD]
        done = span.end
    return "".join([*kept, text[done:]]) if kept else text


def _matches(
    pattern: re.Pattern[str], text: str, is_place: Callable[[re.Match[str]], bool]
) -> Iterator[re.Match[str]]:
    """The matches that are places; the second of two numbers that are none may begin a place."""
    match = pattern.search(text)
    while match:
        found = is_place(match)
        if found:
            yield match
        onward = match.end() if found or "b" not in pattern.groupindex else match.start("b")
        match = pattern.search(text, onward)


def _merged(spans: list[Span], text: str) -> tuple[Span, ...]:
    """Spans that overlap, or have nothing but punctuation between them, as one."""
    merged: list[Span] = []
    for span in spans:
        last = merged[-1] if merged else None
        if last is not None and not text[last.end : span.start].strip(_BETWEEN):
            end = max(last.end, span.end)
            merged[-1] = Span(start=last.start, end=end, form=last.form)
        else:
            merged.append(span)
    return tuple(merged)
