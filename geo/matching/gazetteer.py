"""Places that a name may mean, each with how well it fits; a person chooses.

A name is compared by its letters only, whatever its script, accents and article: first the very
name, then spellings that are alike by the normalised Indel distance (`rapidfuzz.fuzz.ratio`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from rapidfuzz import fuzz, process

from geo.errors import MissingColumns
from geo.matching.place_words import Wanted, loose_key, strict_key, wanted
from geo.model import Precision
from geo.words import fold

COLUMNS = ("key", "name", "alt_names", "name_ar", "country", "lon", "lat", "precision", "what",
           "population")  # fmt: skip
"""Columns of the entries: names are separated by ``|``; degrees are EPSG:4326."""

LEAST_ALIKE = 84.0
"""Likeness of letters, 0 to 100, from which two spellings are proposed as one name: a letter or two
in seven differ. Names of fewer than five letters must be the same."""

LEAST_SCORE = 50.0
"""Score below which a place is not proposed."""

NO_COUNTRY, OTHER_COUNTRY, PART, NEAR, OTHER_KIND, OTHER_SPELLING = 5.0, 25.0, 4.0, 5.0, 10.0, 2.0
"""What is taken from a score where no country is asked for, where it is another one, where the name
is only part of the words, where they say near, name another kind of place, or spell it otherwise.
The figures are Lamassu's own: they order what a person sees."""

_COUNTRIES = {
    "turkey": "türkiye turkiye تركيا تركية türkey",
    "iraq": "العراق عراق irak",
    "syria": "سوريا سورية syrie suriye",
    "iran": "ايران إيران",
    "jordan": "الاردن الأردن jordanie",
    "lebanon": "لبنان liban",
    "kuwait": "الكويت",
    "saudi arabia": "السعودية ksa",
    "united arab emirates": "الامارات الإمارات uae",
    "palestinian territory": "palestine فلسطين",
    "egypt": "مصر",
    "israel": "اسرائيل",
    "qatar": "قطر",
    "bahrain": "البحرين",
    "united states": "usa us",
    "united kingdom": "uk britain",
}
_LONG_COUNTRIES = {
    "united states of america": "united states",
    "syrian arab republic": "syria",
    "islamic republic of iran": "iran",
    "iran islamic republic of": "iran",
    "great britain": "united kingdom",
    "المملكه العربيه السعوديه": "saudi arabia",
    "الامارات العربيه المتحده": "united arab emirates",
}
_SAME_COUNTRY = {
    fold(word): name for name, words in _COUNTRIES.items() for word in words.split()
} | _LONG_COUNTRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A place that a name may mean."""

    key: str
    """Id of the post or the site, or GeoNames' number of the town."""
    name: str
    """Its name."""
    country: str
    """Its country."""
    lon: float
    """Degrees east."""
    lat: float
    """Degrees north."""
    precision: Precision
    """How exactly the words then tell the place."""
    what: str
    """``post``, ``site`` or ``town``."""
    score: float
    """0 to 100; 100 for the very name, and nothing else, in the country that was asked for."""
    why: str
    """What agrees and what does not, in words."""


class Gazetteer:
    """Names of places, ready to be compared; made of 40,000 places in a second or two."""

    def __init__(self, entries: pd.DataFrame) -> None:
        """Make the gazetteer of `entries`, a frame with the columns of `COLUMNS`.

        Raises
        ------
        MissingColumns
            If a column is missing.
        """
        missing = [name for name in COLUMNS if name not in entries]
        if missing:
            raise MissingColumns(
                f"the gazetteer lacks {', '.join(missing)}",
                expected=f"the columns {', '.join(COLUMNS)}",
            )
        self._columns = {name: entries[name].tolist() for name in COLUMNS}
        self._countries = [_country(name) for name in self._columns["country"]]
        self._known_countries = frozenset(self._countries)
        self._strict: dict[str, list[int]] = {}
        self._loose: dict[str, list[int]] = {}
        self._here: dict[str, dict[str, None]] = {}
        self._index()
        self._spellings = [key for key in self._loose if len(key) >= 5]

    def candidates(self, place: str, *, country: str = "", most: int = 5) -> tuple[Candidate, ...]:
        """The places that a name may mean, best first and at most `most`; none if none is alike.

        ``near X`` and ``X province`` give the place of X, known less exactly. A place in another
        country than `country` comes last. Of equals, the town with more people comes first.
        """
        land = _country(country)
        names = [one for one in wanted(place[:300]) if len(one.name) > 1]
        parts = [one for one in names if not one.whole]
        stated = [
            _country(one.name) for one in parts if _country(one.name) in self._known_countries
        ]
        asked = land or (stated[0] if stated else "")
        best: dict[int, tuple[float, Wanted, str]] = {}
        for order, one in enumerate(names):
            if not one.whole and _country(one.name) in stated:
                continue
            for row, alike, words in self._found(one.name, asked):
                score, why = self._weighed(row, one, alike, words, asked)
                # Later parts of the words are mostly what lies around the place.
                score -= max(order - 1, 0)
                if score >= LEAST_SCORE and (row not in best or score > best[row][0]):
                    best[row] = (score, one, why)
        people = self._columns["population"]
        rows = sorted(best, key=lambda row: (-best[row][0], -people[row], row))[:most]
        return tuple(self._candidate(row, *best[row]) for row in rows)

    def _index(self) -> None:
        """Fill the tables from keys of names to rows."""
        columns = (self._columns[name] for name in ("name", "name_ar", "alt_names"))
        for row, (name, arabic, others) in enumerate(zip(*columns, strict=True)):
            # Pleiades parts the names of one place by a stroke.
            texts = (name, arabic, *name.split("/"), *others.split("|"))
            stricts = {key for text in texts if (key := strict_key(text))}
            for key in stricts:
                self._strict.setdefault(key, []).append(row)
            for key in {loose_key(strict) for strict in stricts}:
                self._loose.setdefault(key, []).append(row)
                if len(key) >= 5:
                    self._here.setdefault(self._countries[row], {})[key] = None

    def _found(self, name: str, country: str) -> Iterator[tuple[int, float, str]]:
        """Rows whose name is alike, with how much from 0 to 100 and the words for it."""
        exact = self._strict.get(name, [])
        yield from ((row, 100.0, "the same name") for row in exact)
        loose = loose_key(name)
        same = self._loose.get(loose, [])
        yield from (
            (row, 100.0 - OTHER_SPELLING, "the same name in another spelling") for row in same
        )
        if any(not country or self._countries[row] == country for row in [*exact, *same]):
            return
        if len(loose) < 5:
            return
        near: Sequence[tuple[str, float, int]] = process.extract(
            loose,
            list(self._here.get(country, self._spellings)),
            scorer=fuzz.ratio,
            score_cutoff=LEAST_ALIKE,
            limit=10,
        )
        for spelling, alike, _ in near:
            for row in self._loose[spelling]:
                yield row, alike - OTHER_SPELLING, f"spelt alike ({alike:.0f} of 100)"

    def _weighed(
        self, row: int, one: Wanted, alike: float, words: str, country: str
    ) -> tuple[float, str]:
        """The score of a row, and why, in words."""
        score, why = alike, [words]
        here, what = self._columns["country"][row], self._columns["what"][row]
        if not country:
            score -= NO_COUNTRY
            why.append(f"in {here}; no country is given")
        elif self._countries[row] != country:
            score -= OTHER_COUNTRY
            why.append(f"but in {here}")
        else:
            why.append(f"in {here}")
        if not one.whole:
            score -= PART
            why.append("other words stand beside it")
        if one.near:
            score -= NEAR
            why.append("its neighbourhood is meant")
        if one.kinds and not _fits(what, one.kinds):
            score -= OTHER_KIND
            why.append(f"the words speak of another kind of place than a {what}")
        if "province" in one.kinds:
            why.append("a province is meant, not the town")
        return score, ", ".join(why)

    def _candidate(self, row: int, score: float, one: Wanted, why: str) -> Candidate:
        """A row with its score."""
        precision = Precision(self._columns["precision"][row])
        if "province" in one.kinds:
            precision = Precision.PROVINCE
        elif one.near:
            precision = _WIDER[precision]
        return Candidate(
            key=str(self._columns["key"][row]),
            name=str(self._columns["name"][row]),
            country=str(self._columns["country"][row]),
            lon=float(self._columns["lon"][row]),
            lat=float(self._columns["lat"][row]),
            precision=precision,
            what=str(self._columns["what"][row]),
            score=round(score, 1),
            why=why,
        )


def gazetteer_of(sites: pd.DataFrame, posts: pd.DataFrame, towns: pd.DataFrame) -> Gazetteer:
    """One gazetteer of the sites and posts of a store and the embedded towns.

    Parameters
    ----------
    sites, posts : frames of their kind
        Those without a place are left out; a shape gives its middle.
    towns : frame
        As `geo.sources.towns.read_towns` gives it; a town is known as `Precision.TOWN`.
    """
    parts = [
        _entries(posts, what="post"),
        _entries(sites, what="site"),
        towns.rename(columns={"id": "key"}).assign(precision=Precision.TOWN.value, what="town"),
    ]
    return Gazetteer(pd.concat([part[list(COLUMNS)] for part in parts], ignore_index=True))


def _entries(frame: pd.DataFrame, *, what: str) -> pd.DataFrame:
    """The placed rows of a kind as entries of a gazetteer."""
    placed = frame[~shapely.is_missing(np.asarray(frame["geometry"], dtype=object))]
    middle = shapely.point_on_surface(np.asarray(placed["geometry"], dtype=object))
    # A post is known by the name of its other side too.
    names = placed["facing_name"] if what == "post" else placed["alt_names"]
    return pd.DataFrame(
        {
            "key": placed["id"],
            "name": placed["name"],
            "alt_names": names,
            "name_ar": placed["name_ar"],
            "country": placed["country"],
            "lon": shapely.get_x(middle),
            "lat": shapely.get_y(middle),
            "precision": placed["precision"],
            "what": what,
            "population": 0,
        }
    )


def _country(name: str) -> str:
    """A country as it is compared."""
    plain = strict_key(name)
    return _SAME_COUNTRY.get(plain, plain)


def _fits(what: str, kinds: frozenset[str]) -> bool:
    """Whether a place of this kind is one of those that the words speak of."""
    return bool(kinds & _FITTING[what]) if what in _FITTING else True


_FITTING: Mapping[str, frozenset[str]] = {
    "post": frozenset({"post", "airport", "port"}),
    "site": frozenset({"site", "town"}),
    "town": frozenset({"town", "province", "port"}),
}
_WIDER = {
    Precision.EXACT: Precision.VICINITY,
    Precision.VICINITY: Precision.TOWN,
    Precision.TOWN: Precision.PROVINCE,
    Precision.PROVINCE: Precision.PROVINCE,
    Precision.COUNTRY: Precision.COUNTRY,
}
