"""Text without places and without secrets, for readers and for logs; pure.

Every pattern takes time in proportion to the text: what repeats is bounded or cannot be divided in
two ways. Letters, digits and spaces are those of ASCII; others are made such first, one for one.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import unquote

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

_ESCAPED = re.compile(r"&#?\w{1,8};|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}")
"""How another program may have written a character."""

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
        for match in pattern.finditer(read)
        if is_place(match)
    ]
    return _merged(sorted(found, key=lambda span: (span.start, -span.end)), read)


def without_places(text: str) -> str:
    """`text` with `PLACE_WITHHELD` in place of every place of `places_in`.

    Where escapes hide one, the text comes back without escapes.
    """
    read = _without_escapes(text)
    if read != text and len(places_in(read)) > len(places_in(text)):
        return without_places(read)
    kept, done = [], 0
    for span in places_in(text):
        kept += [text[done : span.start], PLACE_WITHHELD]
        done = span.end
    return "".join([*kept, text[done:]]) if kept else text


def _without_escapes(text: str) -> str:
    """`text` with characters in place of their escapes in HTML, links and JSON."""
    if not _ESCAPED.search(text):
        return text
    named = re.sub(
        r"\\u((?![dD][89a-fA-F])[0-9A-Fa-f]{4})", lambda match: chr(int(match[1], 16)), text
    )
    return unquote(html.unescape(named), errors="replace")


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
