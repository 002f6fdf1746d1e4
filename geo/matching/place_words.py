"""Words of places: how names are compared, and what the words around a name say of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from geo.words import fold

_PARTING = str.maketrans(dict.fromkeys('-_.,;:/\\()[]"“”«»،؛', " "))
_ARTICLES = frozenset(
    ["al", "el", "ar", "as", "ash", "ad", "adh", "an", "at", "ath", "az", "ez", "es", "er", "en",
     "ed", "et", "the", "de", "la", "le", "ال"]
)  # fmt: skip
_TELLS = frozenset(["tall", "tal", "tel", "tepe", "tappeh", "tappa", "teppe", "tape", "تل", "تله"])
_KINDS = {
    "post": "border post / border crossing / border gate / border point / crossing point / "
    "crossing / checkpoint / customs post / customs / border / port of entry / معبر / منفذ / "
    "منفذ حدودي / المنفذ الحدودي / نقطة حدود / گمرک / مرز / sinir kapisi / poste frontiere",
    "airport": "international airport / airport / مطار / مطار دولي / الدولي / فرودگاه / aeroport",
    "port": "seaport / sea port / port of / port / harbour / harbor / ميناء",
    "town": "city of / city / town of / town / village of / village / مدينة / بلدة / قرية / "
    "ناحية / قضاء / شهر / ville de",
    "site": "archaeological site of / archaeological site / site of / ruins of / ancient city of / "
    "ancient / museum of / موقع أثري / موقع / اثار / آثار / خرائب",
    "province": "governorate of / governorate / province of / province / muhafazah / muhafaza / "
    "mohafaza / محافظة / استان / ili / gouvernorat",
}
_NEAR = (
    "in the vicinity of / vicinity of / close to / near / outside / around / north of / south of / "
    "east of / west of / northeast of / northwest of / southeast of / southwest of / suburbs of / "
    "outskirts of / countryside of / بالقرب من / القريبة من / قرب / شمال / جنوب / شرق / غرب / "
    "شمالي / جنوبي / شرقي / غربي / ضواحي / اطراف / ريف / نزديك / pres de"
)


def _finding(words: str) -> re.Pattern[str]:
    """What finds any of these words in a folded text, the longest first."""
    forms = sorted((fold(word) for word in words.split(" / ")), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")


_KIND_PATTERNS = {kind: _finding(words) for kind, words in _KINDS.items()}
_NEAR_PATTERN = _finding(_NEAR)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name to be looked for, with what the words around it say."""

    name: str
    """The name, folded, with single spaces."""
    whole: bool = True
    """Whether it is all that was said."""
    near: bool = False
    """Whether only its neighbourhood is meant."""
    kinds: frozenset[str] = frozenset()
    """Kinds of places that are named, as ``post`` or ``province``."""


def strict_key(name: str) -> str:
    """A name as it is compared first: folded, words parted by single spaces."""
    return " ".join(fold(name).translate(_PARTING).split())


def loose_key(strict: str) -> str:
    """A strict key without articles, spaces and doubled letters: spellings of one name agree.

    >>> loose_key(strict_key("Tall ʿAfar")) == loose_key(strict_key("Tal-Afar"))
    True
    """
    words = []
    for word in strict.split():
        if word in _ARTICLES:
            continue
        plain = word[2:] if word.startswith("ال") and len(word) > 4 else word
        words.append("tell" if plain in _TELLS else plain)
    return re.sub(r"(.)\1", r"\1", "".join(words) or strict.replace(" ", ""))


def wanted(place: str) -> Iterator[Wanted]:
    """The names that a place in the words of a source may hold, the most likely first.

    >>> [one.name for one in wanted("near Hatra, Nineveh province")]
    ['near hatra nineveh province', 'hatra', 'nineveh']
    """
    yield Wanted(strict_key(place))
    outside = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", place)
    inside = re.findall(r"[(\[]([^)\]]*)[)\]]", place)
    seen = {strict_key(place)}
    for part in [*re.split(r"[,;،؛/|]|\s[-–—]\s", outside), *inside]:
        one = _named(strict_key(part))
        if one.name and one.name not in seen:
            seen.add(one.name)
            yield replace(one, whole=False)


def _named(part: str) -> Wanted:
    """A part of a place's words without the words around the name."""
    near = bool(found := _NEAR_PATTERN.search(part))
    if found and found.start() == 0:
        part = part[found.end() :]
    elif found:
        # ``Farm north of Baghdad``: the name follows the words.
        part = part[found.end() :] or part[: found.start()]
    kinds = frozenset(kind for kind, pattern in _KIND_PATTERNS.items() if pattern.search(part))
    for kind in kinds:
        part = _KIND_PATTERNS[kind].sub(" ", part)
    words = part.split()
    return Wanted(" ".join(words), near=near, kinds=kinds)
