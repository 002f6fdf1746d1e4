"""Numbers as people write them: digits of any script, a decimal comma, groups of thousands."""

from __future__ import annotations

import re
import unicodedata

_MARKS = (
    {"٫": ".", "．": ".", "،": ",", "，": ",", "٬": "'", "’": "'", "＋": "+"}
    | dict.fromkeys("−﹣－", "-")
    | dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000", " ")
)
"""Arabic, full-width and typographic marks in numbers, and what stands for them in ASCII."""

_UNSEEN = re.compile(r"[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Marks of direction, of joining and of nothing, as they come with words from other pages."""

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"([+-]?)(\d{1,3}(?:([,.' ])\d{3})(?:\3\d{3})*)(?:([,.])(\d+))?", re.ASCII)
_COMMA = re.compile(r"([+-]?\d*),(\d+)", re.ASCII)


def western(text: str) -> str:
    """The text with western digits and marks: ``٣٣٫٥`` is ``33.5``, ``۱۳۹۴/۵`` is ``1394/5``.

    Digits of every script are replaced, unseen marks of direction are left out, and the Arabic mark
    of thousands becomes an apostrophe. Everything else stays.
    """
    if text.isascii():
        return text
    return "".join(_western(character) for character in _UNSEEN.sub("", text))


def number_in(text: str, *, decimal_comma: bool = False) -> float | None:
    """The number that a text is, of any size; None if it is none, or may be two different ones.

    ``33.5``, ``33,5``, ``1,234.5``, ``1.234,5``, ``1 234,5`` and ``1'234`` are numbers, in the
    digits of any script. ``1,234`` is one only with `decimal_comma`, which says that a comma with
    no point beside it parts the fraction: then it is 1.234.
    """
    if _PLAIN.fullmatch(text):
        return float(text)
    text = western(text).strip()
    if _PLAIN.fullmatch(text):
        return float(text)
    comma = _COMMA.fullmatch(text)
    grouped = _GROUPED.fullmatch(text)
    # A group of thousands has three digits and no leading zero before it.
    if comma and (decimal_comma or not grouped or re.match(r"[+-]?0", text)):
        return float(f"{comma[1]}.{comma[2]}")
    if not grouped:
        return None
    sign, whole, mark, point, fraction = grouped.groups()
    if mark == point or (mark in ",." and whole.count(mark) == 1 and not point):
        return None
    return float(f"{sign}{whole.replace(mark, '')}.{fraction or 0}")


def is_doubtful(text: str) -> bool:
    """Whether a text may be a number of thousands or one with three decimals: ``1,234``."""
    return bool(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", western(text).strip()))


def whole_in(text: str) -> int | None:
    """The whole number of at most 15 digits that a text is; None if it is none.

    ``54``, ``54.0``, ``1,234``, ``1.234.567`` and ``1 234`` are whole numbers; ``1.234`` is none,
    as it may be a fraction.
    """
    text = western(text).strip()
    plain = re.fullmatch(r"([+-]?\d{1,15})(\.0*)?", text, re.ASCII)
    if plain:
        return int(plain[1])
    grouped = _GROUPED.fullmatch(text)
    if not grouped or grouped[4] or len(text) > 20:
        return None
    sign, whole, mark = grouped[1], grouped[2], grouped[3]
    if (mark == "." and whole.count(".") == 1) or whole.startswith("0"):
        return None
    return int(sign + whole.replace(mark, ""))


def _western(character: str) -> str:
    """A digit of any script as a western one, a mark as its ASCII one."""
    if character in _MARKS:
        return _MARKS[character]
    digit = unicodedata.decimal(character, -1)
    return character if digit < 0 else str(digit)
