"""The forms in which a place is written, as patterns; pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

REGION_LAT, REGION_LON = (20.0, 48.0), (25.0, 66.0)
"""Where two bare numbers are taken for a place although they have two decimals only, in degrees."""


_SPACES = (
    "\u200e\u200f\u200b\u200c\u200d\u2060\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e\ufeff"
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000\x0b\x1c\x1d\x1e\x1f\x85"
)
"""Spaces, and marks of direction that stand beside numbers in Arabic text."""

_PLAIN = str.maketrans(
    "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669"
    "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9"
    "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19"
    "\u066b\u060c\u061b\uff0e\uff0c\u2212\u2013\u2014\u00ba\u02da\u2032\u2018\u2019\u00b4\u02b9"
    "\u2033\u201d\u201c\u02ba" + _SPACES,
    "0123456789" * 3 + ".,;.,---\u00b0\u00b0'''''\"\"\"\"" + " " * len(_SPACES),
)
"""Digits, marks and spaces of other scripts and what they are read as."""


def plain(text: str) -> str:
    """`text` as the patterns read it, of the same length: digits, marks and spaces of ASCII."""
    return text if text.isascii() and text.isprintable() else text.translate(_PLAIN)


_NUMBER = r"[-+]?\d{1,3}(?:\.\d{1,20})?"
_ALONE = r"(?<![\w.])(?<!\d[,:/])"
"""What may not stand before a bare number: it would be a part of a longer one, a date or a time."""
_ENDED = r"(?![\w]|\.\d|[,:/-]\d{1,3}(?:[.,:/-]\d|\b))"
_SEPARATED = r"(?:\s{0,3}(?:[,;/|~]|%2C|%20|%3B|\)\s?\(|and\b)\s{0,5}|\s{1,5})"
_UNIT = (
    r"(?!\s{0,2}(?:[%$\u20ac\u00a3]|(?i:mm|cm|km|m|kg|g|mg|t|lb|in|inch(?:es)?|ft|feet|ha|usd|eur|"
    r"dollars?|euros?|dinars?|lira|pounds?|tons?|tonnes?|met(?:er|re)s?|cent\w{0,10}|"
    r"percent|per\scent|years?|days?|hours?|pieces?|objects?|coins?|million|billion)\b))"
)
_HEMI = r"(?:[NSEWnsew]|(?i:north|south|east|west|lat|lon|long))(?![A-Za-z])"
_ARABIC_HEMI = (
    "(?:\u0634\u0645\u0627\u0644|\u062c\u0646\u0648\u0628|\u0634\u0631\u0642|\u063a\u0631\u0628|"
    "[\u0634\u0642](?![\u0600-\u06ff]))[\u0600-\u06ff]{0,4}"
)
_DEG = r"(?:\u00b0|(?i:deg(?:rees?)?)(?![a-z]))"


def _bare_pair(match: re.Match[str]) -> bool:
    """Whether two bare numbers can be latitude and longitude, in any order."""
    first, second = (float(match[name].replace(",", ".")) for name in ("a", "b"))
    if max(abs(first), abs(second)) > 180 or min(abs(first), abs(second)) > 90:
        return False
    decimals = min(len(match[name]) - match[name].rindex(".") - 1 for name in ("a", "b"))
    if decimals >= 3:  # about 100 m
        return True
    return any(
        REGION_LAT[0] <= lat <= REGION_LAT[1] and REGION_LON[0] <= lon <= REGION_LON[1]
        for lat, lon in ((first, second), (second, first))
    )


def _precise(match: re.Match[str]) -> bool:
    """Whether a number of four decimals or more, told to ten metres, can be an angle on Earth."""
    return 3 <= abs(float(match["a"].replace(",", "."))) <= 180


def _metres(match: re.Match[str]) -> bool:
    """Whether two bare numbers can be metres of Web Mercator or of a UTM zone of the region."""
    first, second = (float(match[name]) for name in ("a", "b"))
    if first % 1000 == 0 and second % 1000 == 0:  # a sum of money, a number of coins
        return False
    for x, y in ((first, second), (second, first)):
        mercator = 2.7e6 <= x <= 7.4e6 and 2.2e6 <= y <= 6.2e6 and abs(x - y) > 1000
        if mercator or (1e5 <= x <= 9e5 and 2.2e6 <= y <= 5.4e6):
            return True
    return False


def _even(match: re.Match[str]) -> bool:
    """Whether easting and northing have as many digits each."""
    lengths = [len(part) for part in match["digits"].split()]
    return sum(lengths) % 2 == 0 and len(set(lengths)) == 1


def _link(match: re.Match[str]) -> bool:
    """Whether a link leads to a map, or has a place in it."""
    address = unquote(match[0])
    if _MAP_LINK.search(address):
        return True
    return any(
        is_place(inner)
        for form, pattern, is_place in FORMS
        if form != "link"
        for inner in pattern.finditer(address)
    )


def _always(_: re.Match[str]) -> bool:
    """Nothing more is asked of this form."""
    return True


_MAP_LINK = re.compile(
    r"(?i)google\.[a-z.]{2,6}/maps|maps\.google|maps\.apple|goo\.gl/|openstreetmap\.|//osm\.org|"
    r"bing\.com/maps|yandex\.[a-z]{2,3}/maps|wikimapia\.|geohack\.|earth\.google|what3words|w3w\.co|"
    r"mapcarta\.|[?&#](?:ll|mlat|mlon|lat|lon|latlng|center|centre|bbox|coords)=|tile"
)
"""Links that lead to a place, whatever else they say."""


def _ascii(pattern: str) -> re.Pattern[str]:
    """The pattern, with letters, digits and spaces of ASCII."""
    return re.compile(pattern, re.ASCII)


FORMS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    ("link", _ascii(r"\bhttps?://[^\s\"'<>]{1,4000}"), _link),
    (
        "link",
        _ascii(
            r"(?i)\b(?:geo:-?(?=\d)|(?:maps\.app\.goo\.gl|goo\.gl/maps|w3w\.co)/)[^\s\"'<>]{1,200}"
        ),
        _always,
    ),
    (
        "WKT",
        _ascii(
            r"(?i)\b(?:SRID=\d{1,6};\s?)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s{0,3}(?:ZM?|M)?"
            r"\s{0,3}\(\s{0,3}\(?[-+\d.][-+\d\s.,()eE]*"
        ),
        _always,
    ),
    (
        "GeoJSON",
        _ascii(r"(?i)\bcoordinates[\"']?\s{0,3}[:=]\s{0,3}\[\s{0,3}\[?[-+\d.\s\[][-+\d\s.,\[\]eE]*"),
        _always,
    ),
    (
        "WKB",
        _ascii(
            r"(?i)(?<![0-9a-z])(?:0x|\\\\x)?(?:01[0-9a-f]{2}0[037b]00[02468ace]0"
            r"|00[02468ace]0000[037b][0-9a-f]{2})[0-9a-f]{32,}(?![0-9a-z])"
        ),
        _always,
    ),
    (
        "MGRS",
        _ascii(
            r"\b\d{1,2}[G-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?(?P<digits>\d{1,5}\s\d{1,5}|\d{2,10})(?!\w|\.\d)"
            r"|\b\d{1,2}[g-hj-np-x][a-hj-np-z]{2}(?P<lower>\d{4,10})\b"
        ),
        lambda match: _even(match) if match["digits"] else len(match["lower"]) % 2 == 0,
    ),
    (
        "MGRS",
        _ascii(
            r"\b\d{1,2}\s[G-HJ-NP-X]\s[A-HJ-NP-Z]{2}\s(?P<digits>\d{1,5}\s\d{1,5}|\d{2,10})(?!\w|\.\d)"
        ),
        _even,
    ),
    (
        "UTM",
        _ascii(
            r"(?i)\b(?:(?:UTM|zone)\W{0,3}(?:zone\W{0,3})?\d{1,2}\s?[A-Z]?|\d{1,2}\s?[C-HJ-NP-X])\W{1,3}"
            r"(?:[EX]\W{0,3})?\d{6}(?:\.\d{1,6})?\s?(?:m\s?)?E?\W{1,4}"
            r"(?:[NY]\W{0,3})?\d{7}(?:\.\d{1,6})?\s?(?:m\s?)?N?(?!\w)"
        ),
        _always,
    ),
    (
        "UTM",
        _ascii(
            r"(?i)(?<![\w.])(?:(?:E|easting)\W{0,3}\d{6}|\d{6}(?:\.\d{1,6})?\s?m?\s?E)(?:\.\d{1,6})?"
            r"\W{0,4}(?:m\W{0,3})?(?:(?:N|northing)\W{0,3}\d{6,7}|\d{6,7}(?:\.\d{1,6})?\s?m?\s?N)"
            r"(?:\.\d{1,6})?(?!\w)"
        ),
        _always,
    ),
    (
        "metres",
        _ascii(
            rf"{_ALONE}(?P<a>\d{{6,7}}(?:\.\d{{1,12}})?){_SEPARATED}(?P<b>\d{{6,7}}(?:\.\d{{1,12}})?)"
            rf"{_ENDED}{_UNIT}"
        ),
        _metres,
    ),
    (
        "geohash",
        _ascii(
            r"(?i)\b(?:geo-?hash\w{0,4}\W{0,4}[0-9b-hjkmnp-z]{3,12}|gh\s?[:=]\s?[0-9b-hjkmnp-z]{5,12})\b"
        ),
        _always,
    ),
    (
        "plus code",
        _ascii(r"(?<![\w+])(?:[23456789CFGHJMPQRVWX]{8}|[23456789CFGHJMPQRVWX]{4})"
                   r"\+[23456789CFGHJMPQRVWX]{2,3}(?![\w+])"),
        _always,
    ),
    ("what3words", _ascii(r"///[^\s\d.,;:/]{2,20}(?:\.[^\s\d.,;:/]{2,20}){2}"), _always),
    (
        "degrees",
        _ascii(
            rf"(?:(?<![A-Za-z])[NSEW]\s{{0,2}})?(?<![\d.]){_NUMBER}\s?{_DEG}\s{{0,2}}"
            rf"(?:\d{{1,2}}(?:[.,]\d{{1,8}})?\s{{0,2}}['m]?\s{{0,2}}"
            rf"(?:\d{{1,2}}(?:[.,]\d{{1,8}})?\s{{0,2}}(?:\"|''|s)?)?\s{{0,2}}"
            rf"(?:{_HEMI}|{_ARABIC_HEMI})?|(?:{_HEMI}|{_ARABIC_HEMI}))(?!\w)"
        ),
        _always,
    ),
    (
        "degrees",
        _ascii(
            rf"(?<![A-Za-z])[NSEW]\s{{0,2}}(?<![\d.])\d{{1,3}}(?:\.\d{{1,12}})?\s?{_DEG}(?!\w)"
        ),
        _always,
    ),
    (
        "degrees",
        _ascii(
            rf"(?<![\d.,]){_NUMBER}\s?{_DEG}{_SEPARATED}{_NUMBER}\s?{_DEG}"
        ),
        _always,
    ),
    (
        "degrees",
        _ascii(
            r"(?<![\w.])\d{1,3}[\s:-]\d{1,2}(?:[\s:-]\d{1,2}(?:\.\d{1,8})?|\.\d{1,8})\s?[NSEW](?!\w)"
            r"|(?<![A-Za-z])[NSEW]\s?\d{1,3}[\s:-]\d{1,2}(?:[\s:-]\d{1,2}(?:\.\d{1,8})?|\.\d{1,8})"
            r"(?![\w:-]|\.\d)"
        ),
        _always,
    ),
    (
        "degrees",
        _ascii(
            r"(?<![\w.:])\d{1,3}:\d{2}:\d{2}\.\d{1,8}[\s,;/]{1,3}\d{1,3}:\d{2}:\d{2}\.\d{1,8}(?![\w:])"
            r"|(?<![\w.])\d{1,3}\.\d{1,2}\.\d{1,2}(?:\.\d{1,8})?\s?[NSEW](?!\w)"
        ),
        _always,
    ),
    (
        "degrees",
        _ascii(
            r"(?<!\w)(?:\d{4,7}(?:\.\d{1,6})?[NS]\W{0,3}\d{5,7}(?:\.\d{1,6})?[EW]"
            r"|[NS]\d{4,7}(?:\.\d{1,6})?\W{0,3}[EW]\d{5,7}(?:\.\d{1,6})?)(?!\w)"
        ),
        _always,
    ),
    (
        "degrees",
        _ascii(
            rf"(?<![\w.])\d{{1,3}}(?:[.,]\d{{1,20}})?\s?{_DEG}?\s?(?:{_HEMI}|{_ARABIC_HEMI})"
            rf"[\s,;/|]{{0,5}}(?:and\s|\u0648)?\d{{1,3}}(?:[.,]\d{{1,20}})?\s?{_DEG}?\s?"
            rf"(?:{_HEMI}|{_ARABIC_HEMI})"
        ),
        _always,
    ),
    (
        "degrees",
        _ascii(
            r"(?<![A-Za-z])[NSns]\W{0,2}\d{1,3}(?:[.,]\d{1,20})?[\s,;/|]{0,5}"
            r"[EWew]\W{0,2}\d{1,3}(?:[.,]\d{1,20})?(?!\d|[\w.]\d)"
        ),
        _always,
    ),
    (
        "decimal",
        _ascii(r"(?<![\w.,])\d{1,3}[.,]\d{3,20}\s?(?:[NSEW](?!\w)|(?i:north|south|east|west)\b)"),
        _always,
    ),
    (
        "labelled",
        _ascii(
            r"(?i)(?<![a-z])(?:lat(?:itude)?|lon(?:g(?:itude)?)?|lng|enlem|boylam|easting|northing|"
            "\u062e\u0637 \u0627\u0644\u0639\u0631\u0636|"
            "\u062e\u0637 \u0627\u0644\u0637\u0648\u0644|"
            "\u062f\u0627\u0626\u0631\u0629 \u0639\u0631\u0636|\u0637\u0648\u0644"
            rf")(?:_?\w{{0,4}})?[\"']?[\s:=\"'(\[]{{1,5}}[-+]?\d{{1,7}}[.,]\d{{1,20}}(?!\w){_UNIT}"
        ),
        _always,
    ),
    (
        "labelled",
        _ascii(
            r"(?i)(?<![a-z])(?:lat(?:itude)?|longitude|lng|enlem|boylam|easting|northing)"
            rf"[\"']?\s?[:=]\s?[\"']?[-+]?\d{{1,7}}(?!\w|[.,]\d){_UNIT}"
        ),
        _always,
    ),
    (
        "labelled",
        _ascii(
            r"(?i)(?<![a-z])[xy][\"']?\s?[:=]\s?[\"']?[-+]?(?:\d{1,5}\.\d{2,20}|\d{6,8}(?:\.\d{1,20})?)"
            rf"(?!\w){_UNIT}"
        ),
        _always,
    ),
    (
        "labelled",
        _ascii(
            r"(?i)(?<![a-z])(?:coord(?:s|inates?)?|gps|position|location|latlon|lonlat|latlng|"
            "\u0627\u0644\u0625\u062d\u062f\u0627\u062b\u064a\u0627\u062a|"
            "\u0625\u062d\u062f\u0627\u062b\u064a\u0627\u062a|\u0627\u062d\u062f\u0627\u062b\u064a\u0627\u062a"
            r")[\"']?[\s:=\"'(\[>]{1,6}"
            rf"[-+]?\d{{1,3}}[.,]\d{{1,20}}{_SEPARATED}[-+]?\d{{1,3}}[.,]\d{{1,20}}(?!\w){_UNIT}"
        ),
        _always,
    ),
    (
        "decimal",
        _ascii(
            rf"{_ALONE}(?P<a>[-+]?\d{{1,3}}\.\d{{2,20}}){_SEPARATED}(?P<b>[-+]?\d{{1,3}}\.\d{{2,20}})"
            rf"(?![\w]|\.\d|,\d{{3}}\b){_UNIT}"
        ),
        _bare_pair,
    ),
    (
        "decimal",
        _ascii(
            rf"{_ALONE}(?P<a>[-+]?\d{{1,3}},\d{{4,20}})(?:\s{{0,3}}[;/|]\s{{0,3}}|,?\s{{1,5}})"
            rf"(?P<b>[-+]?\d{{1,3}},\d{{4,20}})(?![\w]|[.,]\d){_UNIT}"
        ),
        _always,
    ),
    (
        "decimal",
        _ascii(
            r"(?<![A-Za-z0-9.,])(?P<a>[-+]?\d{1,3}\.\d{3,20})\s?[x_*\u00d7]\s?"
            r"(?P<b>[-+]?\d{1,3}\.\d{3,20})(?![A-Za-z0-9]|\.\d)"
        ),
        _bare_pair,
    ),
    (
        "precise",
        _ascii(
            r"(?<![A-Za-z0-9.,:])(?P<a>[-+]?\d{1,3}[.,]\d{4,20}(?:[eE][-+]?\d{1,2})?)"
            rf"(?![A-Za-z0-9]|\.\d){_UNIT}"
        ),
        _precise,
    ),
)  # fmt: skip
"""Name, pattern and a last question for each form in which a place is written."""

MAY_HOLD_A_PLACE = (
    r"(?s)"
    # links, and the forms that begin with a word
    r"(?i:google\.|goo\.gl|maps\.|openstreetmap|//osm\.org|bing\.com/maps|yandex\.|wikimapia|geohack|"
    r"what3words|w3w\.co|mapcarta|tile|\bgeo:|%c2%b0|[?&#](?:ll|mlat|mlon|lat|lon|latlng|cent(?:er|re)|"
    r"bbox|coords)=|(?:point|linestring|polygon)\s{0,3}[zm]{0,2}\s{0,3}\(|coordinates|geo-?hash"
    r"|(?:lat(?:itude)?|lon(?:g(?:itude)?)?|lng|enlem|boylam|easting|northing)"
    r"_?\w{0,4}[\s:=\"'(\[]{1,6}[-+]?[0-9]"
    r"|[xy][\"']?\s?[:=]\s?[\"']?[-+]?[0-9]|\bgh\s?[:=]|&#|&amp;|%2[5ec]|\\u00|(?:coord|gps|position|location|latlon|lonlat|latlng)\w{0,8}"
    r"[\s:=\"'(\[>]{1,7}[-+]?[0-9]"
    r"|[0-9]\s{0,2}(?:deg|(?:[nsew]|north|south|east|west|lat|lon|long)(?:[^a-z]|$))"
    r"|(?:^|[^a-z])[nsew]\W{0,3}[0-9])"
    # Arabic labels and hemispheres
    "|\u062e\u0637 \u0627\u0644|\u062f\u0627\u0626\u0631\u0629 \u0639\u0631\u0636"
    "|\u0637\u0648\u0644|\u062d\u062f\u0627\u062b\u064a"
    "|[0-9]\\s{0,3}[\u0634\u062c\u0642\u063a]"
    # numbers, and the forms that are made of them
    "|\u00b0"
    r"|///|[0-9A-Fa-f]{42}|[23456789CFGHJMPQRVWX]{4}\+"
    r"|[0-9]\s?[G-HJ-NP-Xg-hj-np-x]\s?[A-HJ-NP-Za-hj-np-z]{2}\s?[0-9]"
    r"|[0-9]{6}.{0,40}[0-9]{6}"
    r"|[0-9][.,][0-9]{2,20}.{1,14}[0-9][.,][0-9]{2}|[0-9][.,][0-9]{4}"
    r"|:[0-9]{2}\.[0-9]|[0-9]\.[0-9]{1,2}\.[0-9]"
)
"""A pattern that every text of `plain` matches which holds a place; for RE2 as well."""
