"""Seized objects that may stand in a list of stolen ones: by numbers, by words and by pictures.

What speaks most is a number that somebody wrote on the object or its file: a museum's mark or an
inventory number. Then come the words by which Object ID (ICOM) has an object described, and the
likeness of pictures. The score gives an order and is no probability: a person has to compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geo.matching.likeness import MOST_BITS, alike
from geo.matching.object_numbers import marks_of, number_of, sizes_alike
from geo.matching.wording import (
    UNKNOWN,
    letters_alike,
    script_of,
    weighed,
    word_tables,
    words_of,
)

LEAST = 0.7
"""Score from which an entry is shown."""

WEIGHTS = {
    "object_type": 3.0, "measurements": 2.0, "inscriptions": 2.0, "description": 2.0,
    "materials": 1.5, "title": 1.0, "period": 1.0, "maker": 1.0,
}  # fmt: skip
"""What each comparison counts; a judgement."""

NUMBER_SCORE, OTHER_TYPE_SCORE = 0.97, 0.8
"""Score of one number on both; and where the two are otherwise called by quite other words."""

SAME_PICTURE_SCORE, LIKE_PICTURE_SCORE = 0.95, 0.72
"""Score of pictures without a difference, and of those with the most bits of it that are taken."""

_DOUBT = 3.0
"""Weight of a further comparison that tells nothing, so that one agreement alone is not enough."""

_OTHER_WORDS = 0.6
"""Likeness of letters below which words that are not the same are quite other ones."""

_LIKELY = 50
"""Entries whose words are compared with those of one object: those that share most."""

_COMMON = 2_000
"""A word in more entries than this leads to none of them."""

Pair = tuple[int, int]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """The texts of one frame as they are compared."""

    texts: dict[str, list[str]]
    """Of each comparison in `WEIGHTS`."""
    marks: list[frozenset[str]]
    """Museum marks anywhere in a record."""
    numbers: list[str]
    """The number in an inventory or in the register; empty if none."""


def matches(
    objects: gpd.GeoDataFrame,
    stolen: gpd.GeoDataFrame,
    *,
    photographs: gpd.GeoDataFrame | None = None,
    least: float = LEAST,
    most: int = 5,
) -> pd.DataFrame:
    """Objects that may be entries of a list of stolen objects, best first.

    Parameters
    ----------
    objects, stolen, photographs : GeoDataFrame
        Records of these kinds. A photograph belongs to the first of `objects` with the id that it
        names, or to none of them.
    least : float
        Score from which a pair is given.
    most : int
        Entries that are given for one object, the best; and for one photograph of none.

    Returns
    -------
    DataFrame
        ``object``, ``stolen``, ``photograph`` (int64, positions; ``object`` is -1 for a photograph
        of none, ``photograph`` is -1 where no picture speaks), ``score`` (float64, 0 to 1), ``why``
        (str, the grounds in words).

    Raises
    ------
    BadInput
        If a perceptual hash is none.
    """
    mine, theirs = _object_side(objects), _stolen_side(stolen)
    by_picture = _picture_grounds(objects, stolen, photographs)
    by_number = _number_grounds(mine, theirs)
    words, listed = _all_words(mine), _all_words(theirs)
    table, other, told = word_tables(words, listed)
    named = dict.fromkeys(word for record in (*words, *listed) for word in record)
    likely = _by_words(table, other, told)
    pairs = sorted({*likely, *by_number, *(pair for pair in by_picture if pair[0] >= 0)})
    worded = _word_grounds(mine, theirs, pairs, dict(zip(named, told.tolist(), strict=True)))
    rows = []
    for pair in sorted({*pairs, *by_picture}):
        score, why = worded.get(pair, (UNKNOWN, ""))
        grounds = [why] if why else []
        if pair in by_number:
            other_type = _calls_otherwise(mine, theirs, pair)
            score = max(score, OTHER_TYPE_SCORE if other_type else NUMBER_SCORE)
            grounds.insert(0, f"the number {by_number[pair]} stands on both")
        picture = by_picture.get(pair)
        if picture:
            score = max(score, picture[1])
            grounds.insert(0, picture[2])
        photograph = picture[0] if picture else -1
        rows.append((max(pair[0], -1), pair[1], photograph, score, "; ".join(grounds)))
    found = pd.DataFrame(rows, columns=["object", "stolen", "photograph", "score", "why"])
    types = {"object": "int64", "stolen": "int64", "photograph": "int64", "score": "float64"}
    found = found.astype(types | {"why": "str"})
    found = found[found["score"] >= least].sort_values(
        ["score", "object", "photograph", "stolen"], ascending=[False, True, True, True]
    )
    nobodys = found["photograph"].where(found["object"] < 0, -1)
    best = found.groupby([found["object"], nobodys]).cumcount() < most
    return found[best].reset_index(drop=True)


def _object_side(objects: gpd.GeoDataFrame) -> _Side:
    """What is compared of seized objects."""
    texts = _texts(objects)
    texts["title"] = _joined(objects, ("title", "subject"))
    texts["description"] = _joined(objects, ("description", "distinguishing_features"))
    told = _joined(
        objects,
        ("inventory_number", "inscriptions", "description", "distinguishing_features"),
    )
    return _Side(
        texts=texts,
        marks=[marks_of(text) for text in told],
        numbers=[number_of(text) for text in objects["inventory_number"]],
    )


def _stolen_side(stolen: gpd.GeoDataFrame) -> _Side:
    """What is compared of the entries of a list."""
    told = _joined(stolen, ("reference", "inscriptions", "title", "description"))
    return _Side(
        texts=_texts(stolen),
        marks=[marks_of(text) for text in told],
        numbers=[number_of(text) for text in stolen["reference"]],
    )


def _texts(frame: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """The texts of each comparison."""
    return {name: frame[name].tolist() for name in WEIGHTS}


def _joined(frame: gpd.GeoDataFrame, columns: Sequence[str]) -> list[str]:
    """The texts of several columns as one for each row."""
    rows = zip(*(frame[name] for name in columns), strict=True)
    return [" ; ".join(text for text in row if text) for row in rows]


def _number_grounds(mine: _Side, theirs: _Side) -> dict[Pair, str]:
    """Pairs that share a number, with the number."""
    holders: dict[str, list[int]] = {}
    for position, keys in enumerate(_keys(theirs)):
        for key in keys:
            holders.setdefault(key, []).append(position)
    return {
        (position, other): key.upper()
        for position, keys in enumerate(_keys(mine))
        for key in sorted(keys)
        for other in holders.get(key, ())
    }


def _keys(side: _Side) -> Iterator[set[str]]:
    """All numbers of each record."""
    for marks, number in zip(side.marks, side.numbers, strict=True):
        yield {*marks, number} - {""}


def _picture_grounds(
    objects: gpd.GeoDataFrame, stolen: gpd.GeoDataFrame, photographs: gpd.GeoDataFrame | None
) -> dict[Pair, tuple[int, float, str]]:
    """Pairs with alike pictures: which photograph, score and words; nearest picture of a pair."""
    if photographs is None:
        return {}
    places: dict[str, int] = {}
    for position, name in enumerate(objects["id"]):
        places.setdefault(name, position)
    found: dict[Pair, tuple[int, float, str]] = {}
    step = (SAME_PICTURE_SCORE - LIKE_PICTURE_SCORE) / MOST_BITS
    for pair in alike(photographs["likeness"].tolist(), stolen["likeness"].tolist()):
        owner = places.get(photographs["object_id"].iloc[pair.first], -1 - pair.first)
        turned = ", as its mirror image" if pair.mirrored else ""
        words = (
            "its photograph is the picture in the list"
            if pair.bits == 0
            else f"its photograph is like the picture in the list ({pair.bits} of 64 bits differ)"
        )
        score = SAME_PICTURE_SCORE - step * pair.bits
        found.setdefault((owner, pair.second), (pair.first, score, words + turned))
    return found


def _all_words(side: _Side) -> list[tuple[str, ...]]:
    """The words of each record, of all its fields together."""
    return [words_of(" ".join(row)) for row in zip(*side.texts.values(), strict=True)]


def _by_words(table: sparse.csr_array, other: sparse.csr_array, told: Floats) -> Iterator[Pair]:
    """For each object, the entries that share the words which tell most."""
    known = np.flatnonzero(other.sum(axis=0) <= _COMMON)
    weighty = (table[:, known] * told[known]).tocsr()
    columns = other[:, known].T.tocsr()
    for start in range(0, weighty.shape[0], 500):
        shared = (weighty[start : start + 500] @ columns).tocsr()
        for row in range(shared.shape[0]):
            inside = slice(shared.indptr[row], shared.indptr[row + 1])
            positions, sums = shared.indices[inside], shared.data[inside]
            for position in positions[np.argsort(-sums, kind="stable")[:_LIKELY]]:
                yield start + row, int(position)


def _word_grounds(
    mine: _Side, theirs: _Side, pairs: Sequence[Pair], told: Mapping[str, float]
) -> dict[Pair, tuple[float, str]]:
    """Score of each pair by its words, with the grounds."""
    first = [pair[0] for pair in pairs]
    second = [pair[1] for pair in pairs]
    scores = {
        name: _size_scores(mine, theirs, first, second)
        if name == "measurements"
        else _text_scores(mine.texts[name], theirs.texts[name], first, second, told)
        for name in WEIGHTS
    }
    known = {name: ~np.isnan(values) for name, values in scores.items()}
    weight = np.sum([WEIGHTS[name] * known[name] for name in WEIGHTS], axis=0) + _DOUBT
    total = np.sum([WEIGHTS[name] * np.nan_to_num(scores[name]) for name in WEIGHTS], axis=0)
    reached = (total + _DOUBT * UNKNOWN) / weight
    return {
        pair: (float(reached[row]), _why({name: float(scores[name][row]) for name in WEIGHTS}))
        for row, pair in enumerate(pairs)
    }


def _text_scores(
    mine: list[str],
    theirs: list[str],
    first: list[int],
    second: list[int],
    told: Mapping[str, float],
) -> NDArray[np.float64]:
    """How far one field agrees in each pair; NaN where a side is empty or of another script."""
    ours = {at: (words_of(mine[at]), script_of(mine[at])) for at in set(first)}
    listed = {at: (words_of(theirs[at]), script_of(theirs[at])) for at in set(second)}
    pairs = [(ours[a], listed[b]) for a, b in zip(first, second, strict=True)]
    likeness = letters_alike(
        [" ".join(words) for (words, _), _ in pairs], [" ".join(words) for _, (words, _) in pairs]
    )
    shared = [sum(told[word] for word in {*a} & {*b}) for (a, _), (b, _) in pairs]
    foreign = np.array([one != other for (_, one), (_, other) in pairs], dtype=bool)
    scores = weighed(likeness, np.array(shared, dtype=float))
    return np.where(foreign | np.isnan(likeness), np.nan, scores)


def _size_scores(
    mine: _Side, theirs: _Side, first: list[int], second: list[int]
) -> NDArray[np.float64]:
    """How far the measurements agree in each pair; NaN where a side gives none."""
    ours, listed = mine.texts["measurements"], theirs.texts["measurements"]
    pairs = zip(first, second, strict=True)
    return np.array([sizes_alike(ours[a], listed[b]) for a, b in pairs], dtype=float)


def _calls_otherwise(mine: _Side, theirs: _Side, pair: Pair) -> bool:
    """Whether the two are called by quite other words of one script."""
    ours, listed = mine.texts["object_type"][pair[0]], theirs.texts["object_type"][pair[1]]
    one, other = words_of(ours), words_of(listed)
    if script_of(ours) != script_of(listed) or set(one) & set(other):
        return False
    return bool(letters_alike([" ".join(one)], [" ".join(other)])[0] < _OTHER_WORDS)


def _why(scores: dict[str, float]) -> str:
    """Which fields agree, and which do not."""
    agree = [_label(name) for name, score in scores.items() if score >= 0.65]
    differ = [_label(name) for name, score in scores.items() if score < 0.4]
    parts = [f"like {', '.join(agree)}"] if agree else []
    return "; ".join(parts + ([f"but other {', '.join(differ)}"] if differ else []))


def _label(name: str) -> str:
    """A field in words."""
    return "type" if name == "object_type" else name
