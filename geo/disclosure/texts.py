"""Free texts without coordinates and without the names of sites that are withheld; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.columns import Form, columns_of
from geo.scrub import MAY_HOLD_A_PLACE, PLACE_WITHHELD, plain, without_places
from geo.words import fold

LEAST_LETTERS = 4
"""Letters of the shortest name that is looked for: shorter ones are words of many texts."""

NO_TEXTS = frozenset(
    {"id", "dataset_id", "site_id", "study_id", "detection_id", "exit_id", "seizure_id",
     "seizure_dataset", "object_id", "from_node", "to_node", "sha256", "grade", "likeness",
     "first_id", "second_id", "first_dataset", "second_dataset", "crs", "unit", "path",
     "shown_path", "provenance", "transform", "footprint_wkt", "alert_id", "alert_dataset_id",
     "features"}
)  # fmt: skip
"""Columns of words that are ids, hashes or codes, or that only machines read."""

OWN_NAMES = frozenset({"name", "name_ar", "alt_names"})
"""What a site that is shown is called; it may share a word with a site that is withheld."""

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names to look for in texts, by their first word; the longest first."""

    by_first: Mapping[str, tuple[tuple[Tokens, bool], ...]]
    """The folded words of each name and whether it is withheld: that of a site that is shown
    stands, although a part of it may be the name of one that is withheld."""


def names_of(names: Mapping[str, tuple[str, ...]], withheld: Iterable[str]) -> Names:
    """What to look for, from the names of all sites by id and the ids of those withheld."""
    hidden = frozenset(withheld)
    if hidden.isdisjoint(names):
        return Names(by_first={})
    found: dict[Tokens, bool] = {}
    for site, words in names.items():
        for name in words:
            tokens = _tokens(name)
            if PLACE_WITHHELD not in name and sum(map(len, tokens)) >= LEAST_LETTERS:
                found[tokens] = found.get(tokens, False) or site in hidden
    by_first: dict[str, list[tuple[Tokens, bool]]] = {}
    for tokens, secret in found.items():
        by_first.setdefault(tokens[0], []).append((tokens, secret))
    firsts = {first for first, known in by_first.items() if any(secret for _, secret in known)}
    # A name that is shown counts only where one that is withheld may stand inside it.
    inner = {tokens for tokens, secret in found.items() if not secret and firsts & set(tokens)}
    return Names(
        by_first={
            first: tuple(sorted(
                (entry for entry in known if entry[1] or entry[0] in inner),
                key=lambda entry: (-len(entry[0]), entry[0]),
            ))
            for first, known in by_first.items()
        }
    )  # fmt: skip


def cleared(
    frame: gpd.GeoDataFrame, *, kind: str, names: Names, coordinates: bool = True
) -> gpd.GeoDataFrame:
    """`frame` whose texts hold no name that is withheld, and no `coordinates`."""
    if not coordinates and not names.by_first:
        return frame
    gate = _gate(names)
    scan = MAY_HOLD_A_PLACE if coordinates else ""
    told = {}
    for column in columns_of(kind):
        name = column.name
        free = column.form in (Form.TEXT, Form.TEXTS)
        if free and name in frame and name not in NO_TEXTS:
            own = kind == "sites" and name in OWN_NAMES
            told[name] = _cleared(frame[name], Names(by_first={}) if own else names, gate, scan)
    if "crs" in frame and coordinates:
        # A projection of one's own may have its middle at the site.
        told["crs"] = frame["crs"].where(frame["crs"].str.fullmatch(r"[A-Za-z]+:[0-9]+"), "")
    return frame.assign(**told)


def _cleared(values: pd.Series, names: Names, gate: str, scan: str) -> pd.Series:
    """The texts without names, and without places if there is a pattern to `scan` for them.

    Those that hold none are not looked at one by one.
    """
    number, distinct = pd.factorize(values)
    texts = pa.array(distinct, type=pa.string())
    changed: dict[int, str] = {}
    if scan:
        read = distinct.to_numpy(dtype=object, copy=True)
        for row in _where(texts, r"[^ -~\t\n\f\r]"):
            read[row] = plain(read[row])
        for row in _where(pa.array(read, type=pa.string()), scan):
            changed[row] = without_places(distinct[row])
    if names.by_first:
        for row in _where(texts, gate) if gate else range(len(distinct)):
            changed[row] = without_names(changed.get(row, distinct[row]), names)
    changed = {row: text for row, text in changed.items() if text != distinct[row]}
    if not changed:
        return values
    fresh = distinct.to_numpy(dtype=object, copy=True)
    for row, text in changed.items():
        fresh[row] = text
    return pd.Series(fresh[number], index=values.index, dtype="str").where(number >= 0, values)


def _where(texts: pa.StringArray, pattern: str) -> list[int]:
    """Rows whose text holds the pattern, in the words of RE2: linear in the texts' length."""
    matched = pc.match_substring_regex(texts, pattern=pattern)
    return [int(row) for row in np.flatnonzero(matched.to_numpy(zero_copy_only=False))]


def without_names(text: str, names: Names) -> str:
    """`text` with `PLACE_WITHHELD` in place of each name that is withheld, as whole words.

    Words are compared folded; an Arabic word may begin with a particle that is written with it.
    """
    return PLACE_WITHHELD.join(
        _part_without_names(part, names) for part in text.split(PLACE_WITHHELD)
    )


def _part_without_names(text: str, names: Names) -> str:
    """The same for a text in which nothing was replaced before."""
    words = [(match.start(), match.end(), match.group()) for match in _WORD.finditer(text)]
    forms = [_forms(word) for _, _, word in words]
    kept: list[str] = []
    done = at = 0
    while at < len(words):
        length, secret = _name_at(forms, at, names)
        if secret:
            kept += [text[done : words[at][0]], PLACE_WITHHELD]
            done = words[at + length - 1][1]
        at += max(length, 1)
    return "".join([*kept, text[done:]]) if kept else text


def _name_at(forms: list[Tokens], at: int, names: Names) -> tuple[int, bool]:
    """Words of the longest name that begins here, and whether it is withheld; 0 if none does."""
    best = (0, False)
    for first in forms[at]:
        for tokens, secret in names.by_first.get(first, ()):
            rest = forms[at + 1 : at + len(tokens)]
            if len(rest) == len(tokens) - 1 and all(
                token in form for token, form in zip(tokens[1:], rest, strict=True)
            ):
                best = max(best, (len(tokens), secret))
                break
    return best


def _gate(names: Names) -> str:
    """A pattern that every text matches which may hold one of the names; empty: all may."""
    firsts = [
        first for first, known in names.by_first.items() if any(secret for _, secret in known)
    ]
    if len(firsts) > _MOST_IN_A_GATE:
        return ""
    plain = "|".join(re.escape(first) for first in firsts if first.isascii())
    return rf"(?i)[^\x00-\x7f]|['`^]|(?:\b|_)(?:{plain})" if plain else r"[^\x00-\x7f]|['`^]"


_MOST_IN_A_GATE = 1000

_WORD = re.compile(
    r"(?:[^\W_]|['`^\u2018\u2019\u201b\u2032\u02b0-\u02ff\u0300-\u036f\u0640\u064b-\u065f\u0670"
    r"\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff])+"
)
"""A word with the marks that folding takes away."""


def _tokens(text: str) -> Tokens:
    """The folded words of a name."""
    return tuple(word for word in (fold(match) for match in _WORD.findall(text)) if word)


def _forms(word: str) -> Tokens:
    """What a word may stand for: itself folded, without a genitive, without an Arabic particle."""
    forms = [fold(word)]
    if word[-2:] in {"'s", "\u2019s"}:
        forms.append(fold(word[:-2]))
    bare = forms[0]
    while bare[:1] in _PARTICLES and len(bare) > LEAST_LETTERS:
        if bare[:2] == "\u0644\u0644":  # li + al: the alef of the article is not written
            forms.append("\u0627" + bare[1:])
        bare = bare[1:]
        forms.append(bare)
    return tuple(forms)


_PARTICLES = frozenset("\u0648\u0641\u0628\u0643\u0644")
"""Waw, fa, ba, kaf, lam: and, so, in, as, to."""
