"""Degrees as people write them, with their signs, letters and labels in several languages."""

from __future__ import annotations

import re
from functools import reduce

from geo.sources.meaning.numerals import number_in, western

LONGEST = 300
"""Characters of the longest text that is looked at as a place."""

_DEGREES = re.compile(
    r"([+-]?)\s*(\d{1,3}(?:[.,]\d*)?)\s*°?"
    r"|([+-]?)\s*(\d{1,3})\s*[°:\s-]\s*(\d{1,2}(?:[.,]\d+)?)\s*'?"
    r"|([+-]?)\s*(\d{1,3})\s*[°:\s-]\s*(\d{1,2})\s*[':\s-]\s*(\d{1,2}(?:[.,]\d+)?)\s*\"?",
    re.ASCII,
)
_PACKED = re.compile(r"(\d{2,3})(\d{2})(\d{2}(?:\.\d+)?)", re.ASCII)
_SIGNS = (
    (re.compile(r"[ºº˚∘]|(?<=\d)\s*(?:degrees?|degres?|deg\.?|d(?![a-z])|درج[ةه])"), "°"),
    (re.compile(r"''|[″“”„]|(?<=\d)\s*(?:seconds?|sec\.?|ثاني[ةه])"), '"'),
    (re.compile(r"[′´`‘’]|(?<=\d)\s*(?:minutes?|min\.?|دقيق[ةه])"), "'"),
    (re.compile(r"شمال[ايی]?|(?<!\w)ش(?!\w)|north|nord|kuzey"), "n"),
    (re.compile(r"جنوب[ايی]?|(?<!\w)ج(?!\w)|south|sud|güney"), "s"),
    (re.compile(r"شرق[ايی]?|(?<!\w)ق(?!\w)|east|doğu"), "e"),
    (re.compile(r"غرب[ايی]?|(?<!\w)غ(?!\w)|west|ouest|batı"), "w"),
)
"""Signs, words and letters for degrees, seconds, minutes and the four quarters."""
_READY = re.compile(r"[\d\s.,:;+\-°'\"nsew]*", re.ASCII)
_VOWELS = re.compile(r"[\u064b-\u0652]")
_LAT_LABEL = re.compile(
    r"(?:latitude|lat|خط العرض|دا[يئ]رة العرض|عرض(?: جغرافيا[يی]+)?)\s*\.?[:=]?\s*"
)
_LON_LABEL = re.compile(r"(?:longitude|long|lon|lng|خط الطول|طول(?: جغرافيا[يی]+)?)\s*\.?[:=]?\s*")
_WKT = re.compile(r"(?:srid=4326;)?\s*point\s*z?\s*\(\s*(\S+)\s+(\S+?)(?:\s+\S+?)?\s*\)")
_LINK = re.compile(r"(?:^geo:|[@=/])([+-]?\d{1,2}\.\d+),\s*([+-]?\d{1,3}\.\d+)")
_BOTH_LETTERS = (
    re.compile(r"([^nsew]*[nsew])[\s,;/]*([^nsew]*[nsew])"),
    re.compile(r"([nsew][^nsew]*?)[\s,;/]*([nsew][^nsew]*)"),
)
_PARTING = tuple(
    re.compile(mark) for mark in (r"\s*[;|]\s*|\s+/\s+", r"\s*,\s+|\s+,\s*", r",", r"\s+")
)


def prepared(text: str) -> str:
    """The text in small western letters, with one sign each for degrees, minutes and quarters."""
    plain = " ".join(western(text[: LONGEST + 1]).casefold().split())
    if len(plain) > LONGEST:
        return ""
    if _READY.fullmatch(plain) and "''" not in plain:
        return plain
    plain = _VOWELS.sub("", plain)
    for pattern, sign in _SIGNS:
        plain = pattern.sub(sign, plain)
    return plain


def degrees_in(plain: str) -> tuple[float, str, float]:
    """Degrees, axis and the step of the last figure in degrees, of a prepared text.

    Raises
    ------
    ValueError
        If it is no number of degrees.
    """
    number = number_in(plain, decimal_comma=True)
    if number is not None:
        return number, "", _step(re.split("[.,]", plain))
    letters = re.fullmatch(r"([nsew]?)\s*(.*?)\s*([nsew]?)", plain)
    if not letters or (letters[1] and letters[3]):
        raise ValueError("no degrees")
    letter, body = letters[1] or letters[3], letters[2]
    axis = {"n": "lat", "s": "lat", "e": "lon", "w": "lon"}.get(letter, "")
    packed = _PACKED.fullmatch(body) if letter else None
    found = packed or _DEGREES.fullmatch(body)
    if not found:
        raise ValueError("no degrees")
    if packed:
        sign, parts = "", list(packed.groups())
    else:
        given = [group for group in found.groups() if group is not None]
        sign, parts = given[0], given[1:]
    values = [float(part.replace(",", ".")) for part in parts]
    if (sign and letter) or any(value >= 60 for value in values[1:]):
        raise ValueError("no degrees")
    size = reduce(lambda whole, part: 60 * whole + part, values) / 60 ** (len(values) - 1)
    step = _step(re.split("[.,]", parts[-1])) / 60 ** (len(parts) - 1)
    return (-size if sign == "-" or letter in ("s", "w") else size), axis, step


def _step(parts: list[str]) -> float:
    """The value of the last figure of a number that was split at its point."""
    return float(10.0 ** -len(parts[1])) if len(parts) == 2 else 1.0


def pair_in(plain: str) -> tuple[float, float, bool]:
    """Longitude, latitude, and whether the text itself says which is which.

    Raises
    ------
    ValueError
        If the text does not hold two numbers of degrees, or could be parted in several ways.
    """
    shape = _WKT.fullmatch(plain)
    if shape:
        return float(shape[1]), float(shape[2]), True
    link = _LINK.search(plain)
    if link and re.match("geo:|https?:|www", plain):
        return float(link[2]), float(link[1]), True
    first, second = _LON_LABEL.search(plain), _LAT_LABEL.search(plain)
    bare = without_labels(plain) if first and second else plain.strip(" ()")
    halves = [degrees_in(half) for half in halves_of(bare)]
    axes = [axis for _, axis, _ in halves]
    if axes[0] == axes[1] != "":
        raise ValueError("two of one kind")
    lon_first = axes[0] == "lon" or axes[1] == "lat"
    sure = any(axes)
    if first and second:
        if sure and lon_first != (first.start() < second.start()):
            raise ValueError("labels and letters contradict each other")
        lon_first, sure = first.start() < second.start(), True
    (one, _, _), (other, _, _) = halves
    return (one, other, sure) if lon_first else (other, one, sure)


def halves_of(plain: str) -> tuple[str, str]:
    """The two numbers of degrees in a text.

    Raises
    ------
    ValueError
        If there are not two, or one could be a number with a decimal comma.
    """
    for letters in _BOTH_LETTERS:
        found = letters.fullmatch(plain)
        if found:
            return found[1].strip(), found[2].strip()
    commas = re.fullmatch(r"([+-]?\d+,\d+)(?:,\s*|\s+)([+-]?\d+,\d+)", plain)
    if commas:
        return commas[1], commas[2]
    if re.fullmatch(r"[+-]?\d+,\d+", plain):
        raise ValueError("one number or two")
    for mark in _PARTING:
        parts = [part for part in mark.split(plain) if part]
        if len(parts) == 2:
            return parts[0], parts[1]
    parts = plain.split()
    if len(parts) in (4, 6) and "," not in plain:
        middle = len(parts) // 2
        return " ".join(parts[:middle]), " ".join(parts[middle:])
    raise ValueError("not two numbers")


def without_labels(plain: str) -> str:
    """A prepared text without the words for latitude and longitude, and without brackets."""
    return _LAT_LABEL.sub(" ", _LON_LABEL.sub(" ", plain)).strip(" ()")
