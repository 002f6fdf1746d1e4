"""Numbers of objects as people write them, with what they say about their certainty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from geo.errors import BadInput
from geo.sources.meaning.code_words import says_nothing
from geo.sources.meaning.number_words import JOINING, SCALES, TEN, value_of, words_of_number
from geo.sources.meaning.numerals import western, whole_in
from geo.sources.meaning.wording import shown
from geo.words import fold

LONGEST = 300
"""Characters of the longest text in which a number of objects is looked for."""

MOST = 10**9
"""Greatest believable number of objects."""

_QUALIFIERS = {
    "about": "about / approximately / approx / approximate / circa / ca / c / around / roughly / "
    "some / estimated / an estimated / ~ / ≈ / ± / حوالي / نحو / زهاء / قرابة / تقريبا / "
    "ما يقارب / ما يقرب من / يقدر ب / حدود / در حدود / تقریبا / environ / yaklasik",
    "at least": "at least / minimum / min / no fewer than / no less than / not less than / ≥ / "
    ">= / or more / على الأقل / ما لا يقل عن / لا يقل عن / حداقل / au moins / en az",
    "over": "over / more than / above / in excess of / upwards of / > / + / أكثر من / "
    "ما يزيد على / ما يزيد عن / يزيد على / يزيد عن / بیش از / plus de",
    "nearly": "nearly / almost / close to / just under / ما يناهز / يناهز / presque",
    "up to": "up to / at most / maximum / max / no more than / not more than / ≤ / <= / "
    "لا يزيد عن / لا يزيد على / حداکثر / jusqu a",
    "under": "under / below / less than / fewer than / < / أقل من / کمتر از / moins de",
}
_VAGUE = {
    "several": "several / a number of / number of / various / عدة / عدد من / مجموعة من / چند / "
    "چندین / plusieurs",
    "some": "some / بعض / برخی",
    "a few": "a few / few / couple / a couple of / قليل",
    "many": "many / numerous / large number / عديد / العديد من / كثير / كثير من / عدد كبير",
    "dozens": "dozens / tens / عشرات / العشرات / دهها",
    "hundreds": "hundreds / مئات / المئات / مائات / صدها",
    "thousands": "thousands / آلاف القطع / هزاران",
}
_NOT_PIECES = re.compile(
    r"(?<!\w)(?:kg|kgs|kilo|kilos|kilograms?|g|gr|grams?|tons?|tonnes?|lbs?|pounds?|ounces?|oz|"
    r"cm|mm|m2|metres?|meters?|litres?|liters?|%|percent|boxes|box|bags?|sacks?|crates?|cartons?|"
    r"suitcases?|containers?|cases|parcels?|packages?|packets?|bundles?|lots?|pallets?|"
    r"usd|dollars?|euros?|dinars?|"
    r"كغم|كغ|كيلو|كيلوغرام|كيلوغراما|غرام|غراما|غم|طن|سم|صندوق|صناديق|كيس|اكياس|حقيبه|حقايب|طرد|"
    r"طرود|كرتون|دولار|دينار|كيلوگرم|گرم|جعبه)(?!\w)"
)
"""Weights, lengths, money and packages, folded: their number is not one of objects."""

_TOKEN = re.compile(
    r"(?P<figures>\d{1,3}(?:([,'. ])\d{3}(?!\d))(?:\2\d{3}(?!\d))*|\d+)(?:[.,]\d+)?"
    r"|[^\W\d_]+|."
)
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_STANDING_BEFORE = frozenset(
    {"a", "an", "the", "to", "and", "or", "between", "from", "الي", "من", "بين"}
)
"""Words before a hundred or a ten that are no part of its number."""

_RANGE = frozenset({"-", "–", "—", "to", "and", "or", "الي", "و", "او", "تا", "حتي", "ou"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """How many, and how sure."""

    count: int | None
    """Objects; None where the words give no number, as ``several``."""
    qualifier: str = ""
    """``about``, ``over``, ``nearly`` and the like; empty if the number is given as exact."""


@lru_cache(maxsize=20_000)
def quantity(text: str, *, name: str = "object_count") -> Quantity:
    """The number of objects that a text gives.

    ``54``, ``1,234``, ``about twenty``, ``over 100 coins``, ``two dozen``, ``ثلاثمائة قطعة`` and
    ``حوالي ٢٠`` give a number; ``several``, ``dozens`` and weights or boxes give None with those
    words as qualifier. ``20 to 30`` is 20 with the qualifier ``up to 30, at least``. Words for what
    was counted are passed over.

    Raises
    ------
    BadInput
        If the text gives no number, a fraction, two numbers, or one beyond belief.
    """
    whole = whole_in(text)
    if whole is None and len(text) <= LONGEST:
        found = _in_words(text)
        if found is not None:
            return found
    if whole is None or not 0 <= whole <= MOST:
        raise BadInput(
            f"{name} is {shown(text)}",
            expected=f"one number of objects, 0 to {MOST:,}, or words such as 'about 20'",
            remedy="write the number, and the rest into the description",
        )
    return Quantity(count=whole)


def _in_words(text: str) -> Quantity | None:
    """What a text with words in it says; None if it is not understood."""
    if says_nothing(text):
        return Quantity(count=None)
    plain = _HYPHEN.sub(" ", fold(western(text))).replace("half a dozen", "6")
    rest, qualifier = _without_qualifier(plain)
    numbers = list(_numbers(rest))
    values = [value for value in numbers if isinstance(value, int)]
    found: Quantity | None = None
    if None in numbers or max(values, default=0) > MOST:
        pass
    elif _NOT_PIECES.search(plain):
        found = Quantity(count=None, qualifier=" ".join(text.split())) if values else None
    elif not values:
        vague = next((word for word, pattern in _VAGUE_PATTERNS if pattern.search(plain)), "")
        found = Quantity(count=None, qualifier=vague) if vague else None
    elif len(set(values)) == 1:
        found = Quantity(count=values[0], qualifier=qualifier)
    elif len(values) == 2 and "range" in numbers and values[0] < values[1]:
        found = Quantity(count=values[0], qualifier=f"up to {values[1]:,}, at least")
    return found


def _without_qualifier(plain: str) -> tuple[str, str]:
    """A folded text without its word of certainty, and that word in English."""
    for qualifier, pattern in _QUALIFIER_PATTERNS:
        found = pattern.search(plain)
        if found:
            return plain[: found.start()] + " " + plain[found.end() :], qualifier
    return plain, ""


def _numbers(plain: str) -> Iterator[int | str | None]:
    """The numbers of a folded text in their order, ``range`` between two; None for no whole one."""
    said: list[int | str] = []
    between: list[str] = []
    counted = False
    for numerals, word in [*_tokens(plain), ((), "")]:
        if numerals is None or (numerals and not said and _leans_back(numerals[0], between)):
            yield None
        elif numerals and not (isinstance(numerals[0], int) and said):
            said += numerals
        elif said and word in JOINING:
            said.append(word)
        else:
            if said:
                if counted and between and set(between) <= _RANGE:
                    yield "range"
                yield value_of(said)
                counted, between = True, [str(said[-1])] if said[-1] in JOINING else []
            said = [*numerals]
            between += [] if numerals else [word]


def _tokens(plain: str) -> Iterator[tuple[tuple[int | str, ...] | None, str]]:
    """The numerals of each word of a folded text, with the word; None for a fraction."""
    for token in _TOKEN.finditer(plain):
        if token["figures"]:
            whole = whole_in(token[0])
            yield None if whole is None else (whole,), ""
        elif token[0].strip():
            yield words_of_number(token[0]), token[0]


def _leans_back(numeral: int | str, before: list[str]) -> bool:
    """Whether a numeral belongs to a word before it that is not understood: dialect ``تلت مية``."""
    if not before:
        return numeral in JOINING
    strange = before[-1].isalpha() and before[-1] not in _STANDING_BEFORE
    return numeral in JOINING or (strange and (numeral in SCALES or numeral in TEN))


def _patterns(words: dict[str, str]) -> list[tuple[str, re.Pattern[str]]]:
    """For each meaning, what finds its words in a folded text; the longest first."""
    found = []
    for meaning, alternatives in words.items():
        forms = sorted((fold(word) for word in alternatives.split(" / ")), key=len, reverse=True)
        marked = [
            rf"(?<!\w){re.escape(form)}(?!\w)" if form[-1].isalpha() else re.escape(form)
            for form in forms
        ]
        found.append((meaning, re.compile("|".join(marked))))
    return found


_QUALIFIER_PATTERNS = _patterns(_QUALIFIERS)
_VAGUE_PATTERNS = _patterns(_VAGUE)
