"""Numbers written on objects, and measurements, in the form in which they are compared; pure."""

from __future__ import annotations

import re
import unicodedata

from geo.words import fold

MEASURE_SHARE = 0.05
"""Two measurements are one if they differ by no more than this share: they are taken by hand."""

_MILLIMETRES = {
    "mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4, "inch": 25.4, "inches": 25.4,
    "ملم": 1.0, "مم": 1.0, "سم": 10.0, "م": 1000.0,
}  # fmt: skip

_VALUE = r"(\d{1,6}(?:[.,]\d{1,4})?)"
_BY = rf"(?: ?[x×*] ?{_VALUE})?"
_MEASURE = re.compile(
    rf"(?<![\d.,]){_VALUE}{_BY}{_BY} ?"
    rf"({'|'.join(sorted(_MILLIMETRES, key=len, reverse=True))})(?![^\W_])"
)

_DIGITS = r"(\d{2,8}(?:[.,/]\d{1,6}){0,3})"
_NO_UNIT = r"(?!\d| ?(?:mm|cm|m|kg|g|x|×|ملم|مم|سم)(?![^\W_]))"
_LATIN_MARK = re.compile(rf"(?<![^\W_])((?:[A-Z][. ]?){{1,5}})[ .:#/\-]{{0,3}}{_DIGITS}{_NO_UNIT}")
_ARABIC_MARK = re.compile(
    r"(?<![^\W_])((?:[\u0621-\u064a](?![\u0621-\u064a])[. ]{0,2}){1,3})[:#/\-]? ?"
    rf"{_DIGITS}{_NO_UNIT}"
)

_LEAST_DIGITS = 3
"""A number with fewer is shared by too many objects."""

_NO_MARKS = frozenset({"AD", "BC", "BCE", "CE", "AH", "NO", "NR", "C", "H", "D", "L", "B"})
"""Letters before a year, an age or a measurement."""

_SAME_MUSEUM = {"مع": "im"}
"""The Iraq Museum's letters in Arabic (*al-Mathaf al-Iraqi*) and in Latin script."""


def marks_of(text: str) -> frozenset[str]:
    """Letters with the number after them, as museums mark objects: ``im12345`` for ``I.M. 12345``.

    Capitals, or single Arabic letters, with digits of any script; leading zeros do not matter. A
    year, a count or a measurement is no mark.

    >>> sorted(marks_of("IM.12345; H 120 mm; AD 200; م ع ١٢٣"))
    ['im123', 'im12345']
    """
    plain = _western(text)
    found = set()
    for pattern in (_LATIN_MARK, _ARABIC_MARK):
        for letters, digits in pattern.findall(plain):
            bare = re.sub(r"[\s.]", "", letters)
            number = re.sub(r"\D", "", digits).lstrip("0")
            if bare not in _NO_MARKS and len(number) >= _LEAST_DIGITS:
                folded = fold(bare)
                found.add(_SAME_MUSEUM.get(folded, folded) + number)
    return frozenset(found)


def number_of(text: str) -> str:
    """An inventory number as it is compared: its letters and digits; empty if it has few digits.

    >>> number_of("Inv. 0012/345")
    'inv0012345'
    >>> number_of("12")
    ''
    """
    bare = "".join(letter for letter in fold(_western(text)) if letter.isalnum())
    return bare if sum(letter.isdigit() for letter in bare) >= _LEAST_DIGITS else ""


def millimetres_of(text: str) -> tuple[float, ...]:
    """The lengths that a text gives with their unit, in mm, in order; a unit may follow several.

    >>> millimetres_of("8,5 x 5 cm; thick 12 mm")
    (85.0, 50.0, 12.0)
    """
    return tuple(
        float(value.replace(",", ".")) * _MILLIMETRES[unit]
        for *values, unit in _MEASURE.findall(_western(text).casefold())
        for value in values
        if value
    )


def sizes_alike(first: str, second: str) -> float:
    """How far two texts give the same lengths: 0 to 1; NaN if one gives none.

    The share of the shorter list that the longer one has as well, to `MEASURE_SHARE`; a single
    length on one side is worth 0.8 at most.
    """
    short, long = sorted((millimetres_of(first), millimetres_of(second)), key=len)
    if not short:
        return float("nan")
    left, found = list(long), 0
    for length in short:
        near = [
            other for other in left if abs(other - length) <= MEASURE_SHARE * max(other, length)
        ]
        if near:
            left.remove(min(near, key=lambda other: abs(other - length)))
            found += 1
    return found / len(short) * (1.0 if len(short) > 1 else 0.8)


def _western(text: str) -> str:
    """The text with digits 0 to 9, decimal points, single spaces, and one form of each letter."""
    if text.isascii():
        return " ".join(text.split())
    plain = unicodedata.normalize("NFKC", text).replace("\u066b", ".")
    return " ".join("".join(str(unicodedata.digit(letter, letter)) for letter in plain).split())
