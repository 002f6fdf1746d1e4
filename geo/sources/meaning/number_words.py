"""Numbers in words, in English, Arabic and Persian."""

from __future__ import annotations

from collections.abc import Iterable

from geo.words import fold

_SMALL = {
    0: "zero / صفر",
    1: "one / واحد / واحدة / یک",
    2: "two / pair / اثنان / اثنين / اثنتان / اثنتين / اثنا / اثني / اثنتا / اثنتي / دو / قطعتان / "
    "قطعتين",
    3: "three / ثلاث / ثلاثة / سه",
    4: "four / أربع / أربعة / چهار",
    5: "five / خمس / خمسة / پنج",
    6: "six / ست / ستة / شش",
    7: "seven / سبع / سبعة / هفت",
    8: "eight / ثمان / ثماني / ثمانية / هشت",
    9: "nine / تسع / تسعة / نه",
    10: "ten / عشر / عشرة / ده",
    11: "eleven / یازده",
    12: "twelve / دوازده",
    13: "thirteen / سیزده",
    14: "fourteen / چهارده",
    15: "fifteen / پانزده",
    16: "sixteen / شانزده",
    17: "seventeen / هفده",
    18: "eighteen / هجده",
    19: "nineteen / نوزده",
    20: "twenty / عشرون / عشرين / بیست",
    30: "thirty / ثلاثون / ثلاثين / سی",
    40: "forty / fourty / أربعون / أربعين / چهل",
    50: "fifty / خمسون / خمسين / پنجاه",
    60: "sixty / ستون / ستين / شصت",
    70: "seventy / سبعون / سبعين / هفتاد",
    80: "eighty / ثمانون / ثمانين / هشتاد",
    90: "ninety / تسعون / تسعين / نود",
    200: "مئتان / مئتين / مئتا / مئتي / مائتان / مائتين / مائتا / مائتي / دویست",
    300: "ثلاثمئة / ثلاثمائة / سیصد",
    400: "أربعمئة / أربعمائة / چهارصد",
    500: "خمسمئة / خمسمائة / پانصد",
    600: "ستمئة / ستمائة / ششصد",
    700: "سبعمئة / سبعمائة / هفتصد",
    800: "ثمانمئة / ثمانمائة / ثمانيمئة / ثمانيمائة / هشتصد",
    900: "تسعمئة / تسعمائة / نهصد",
    2000: "ألفان / ألفين / ألفي",
    2_000_000: "مليونان / مليونين / مليوني",
}
_SCALES = {
    12: "dozen / دزينة",
    100: "hundred / مئة / مائة / مية / صد",
    1000: "thousand / ألف / ألفا / آلاف / هزار",
    1_000_000: "million / مليون / مليونا / ملايين / میلیون",
}

SMALL = {fold(word): value for value, words in _SMALL.items() for word in words.split(" / ")}
"""Words that are numbers by themselves."""

SCALES = {fold(word): value for value, words in _SCALES.items() for word in words.split(" / ")}
"""Words by which the number before them is multiplied."""

JOINING = frozenset({"and", fold("و")})
"""Words between the parts of a number."""

TEN = frozenset({"عشر", "عشره"})
"""Ten in Arabic, which makes a teen of the unit before it."""

_TEENS = {"احد": 1, "احدي": 1, **{word: n for word, n in SMALL.items() if n in range(1, 10)}}
"""Units that stand before ten in Arabic: ``أحد عشر`` is eleven."""


def words_of_number(word: str) -> tuple[str, ...]:
    """A folded word as numerals: ``وخمسون`` is ``و`` and ``خمسون``; empty if it is none."""
    if word in SMALL or word in SCALES or word in ("احد", "احدي"):
        return (word,)
    if word.startswith("و") and (word[1:] in SMALL or word[1:] in SCALES):
        return ("و", word[1:])
    return ()


def value_of(words: Iterable[int | str]) -> int | None:
    """The number that numerals and figures say together; None if they are not one number.

    >>> value_of(["two", "hundred", "and", "fifty"])
    250
    """
    total = group = 0
    last_scale = 10**9
    ranks: set[str] = set()
    for word in words:
        if word in JOINING:
            continue
        if isinstance(word, str) and SCALES.get(word, 0) in (12, 100):
            if "hundred" in ranks or group > 99:
                return None
            group = (group or 1) * SCALES[word]
            ranks = {"hundred"}
        elif isinstance(word, str) and word in SCALES:
            if SCALES[word] >= last_scale:
                return None
            last_scale = SCALES[word]
            total += (group or 1) * last_scale
            group, ranks = 0, set()
        else:
            value = word if isinstance(word, int) else SMALL.get(word, _TEENS.get(word, 0))
            rank = _rank(value, figures=isinstance(word, int), teen=word in TEN)
            if rank in ranks or "figures" in ranks or (rank == "figures" and ranks):
                return None
            ranks.add(rank)
            group += value
    return total + group


def _rank(value: int, *, figures: bool, teen: bool) -> str:
    """The place of a number among those that can be said together, each once."""
    if figures:
        return "figures"
    if value < 10 or (value < 20 and not teen):
        return "units"
    if value < 100:
        return "tens"
    return "hundred" if value < 1000 else "thousands"
