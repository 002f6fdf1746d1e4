"""Words as they are compared, whatever their script, case and accents; pure."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """`text` as it is compared: no case, no accents, one form of each Arabic and Persian letter.

    Alef, yeh, kaf, heh and teh marbuta variants become one letter; tatweel, vowel signs and
    invisible marks of direction go; Arabic-Indic digits become European ones; modifier letters and
    apostrophes (ayn, hamza in transliterations) vanish; Turkish dotless i is i. Folding what is
    folded changes nothing.
    """
    if text.isascii():
        return " ".join(text.casefold().translate(_ASCII_MARKS).split())
    # A free-standing acute decomposes into a space and an accent: marks go before and after.
    bare = unicodedata.normalize("NFKD", _without_marks(text))
    decomposed = unicodedata.normalize("NFKD", bare.casefold())
    plain = _without_marks(decomposed).translate(_LETTERS)
    digits = "".join(str(unicodedata.digit(c, c)) for c in plain)
    return " ".join(digits.split())


def _without_marks(text: str) -> str:
    """`text` without accents, modifier letters and symbols, and invisible format characters."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Mn", "Lm", "Sk", "Cf"})


_LETTERS = str.maketrans(
    {"\u0671": "\u0627", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u0131": "i"}
    | dict.fromkeys("\u0629\u06be\u06c1\u06c3\u06d5", "\u0647")
    | dict.fromkeys("'\u2018\u2019\u201b\u2032", None)
)
"""Alef wasla, alef maksura, Persian yeh and kaf, dotless i; heh and teh marbuta; apostrophes."""

_ASCII_MARKS = str.maketrans("", "", "'`^")
"""What of ASCII is an accent or an apostrophe."""
