"""How far two descriptions use the same words, and how much those words tell; pure.

A word that stands in every second record tells nothing when two records share it; a rare one tells
much. What a word tells is its inverse document frequency (Spärck Jones 1972,
doi:10.1108/eb026526), with fifty imagined further texts, so that a small collection does not take
its few words for rare ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist
from scipy import sparse

from geo.words import fold

UNKNOWN = 0.5
"""Score of what cannot be compared: neither for nor against."""

_IMAGINED = 50
_TOLD = 3.0
"""Shared information, in nats, that is nearly as good as any more."""

_ALIKE = 0.8
"""Likeness of the letters from which words that are spelt differently are held for the same."""

_WORD = re.compile(r"[^\W_]+")

_EMPTY_WORDS = (
    "a an and at by for from in of on or s some the to with various other several including "
    "antiquity antiquities artefacts artifacts archaeological ancient objects items pieces relics "
    "historical و من في على مع قطع قطعة اثرية أثرية اثار آثار"
)
"""Words that join others, and words that fit everything that is seized."""


def words_of(text: str) -> tuple[str, ...]:
    """The telling words of a text, each once, folded, without an English plural's *s*, in order.

    >>> words_of("3 cuneiform Tablets and other antiquities; a tablet")
    ('cuneiform', 'tablet')
    """
    return tuple(
        word
        for word in _each_once(text)
        if word not in _EMPTY and len(word) > 1 and not (word.isdigit() and len(word) < 3)
    )


def script_of(text: str) -> str:
    """``latin``, ``arabic`` or ``other`` by most letters of the text; empty if it has none."""
    letters = [letter for letter in text if letter.isalpha()]
    if not letters:
        return ""
    arabic = sum("\u0600" <= letter <= "\u08ff" for letter in letters)
    latin = sum(letter <= "\u024f" for letter in letters)
    if 2 * max(arabic, latin) < len(letters):
        return "other"
    return "arabic" if arabic > latin else "latin"


def word_tables(
    first: Sequence[Sequence[str]], second: Sequence[Sequence[str]]
) -> tuple[sparse.csr_array, sparse.csr_array, NDArray[np.float64]]:
    """Which text holds which word, as 0 and 1, and what each word tells in nats.

    Returns
    -------
    Tables of shapes (len(first), words) and (len(second), words), and an array of shape (words,).
    """
    numbers: dict[str, int] = {}
    tables = []
    for texts in (first, second):
        columns = [numbers.setdefault(word, len(numbers)) for words in texts for word in words]
        tables.append((columns, np.cumsum([0, *map(len, texts)])))
    made = [
        sparse.csr_array(
            (np.ones(len(columns), np.float32), np.asarray(columns, np.int64), ends),
            shape=(len(ends) - 1, len(numbers)),
        )
        for columns, ends in tables
    ]
    held = made[0].sum(axis=0) + made[1].sum(axis=0)
    texts_in_all = len(first) + len(second) + _IMAGINED
    return made[0], made[1], np.log(texts_in_all / (held + UNKNOWN))


def letters_alike(first: Iterable[str], second: Iterable[str]) -> NDArray[np.float64]:
    """How alike the words of each pair are by their letters, in any order: 0 to 1.

    NaN where one is empty. The mean of rapidfuzz's ``token_set_ratio``, which is 1 where one text
    holds the other, and ``token_sort_ratio``, which is not.
    """
    mine, theirs = list(first), list(second)
    ratios = [
        cpdist(mine, theirs, scorer=scorer, dtype=np.float32)
        for scorer in (fuzz.token_set_ratio, fuzz.token_sort_ratio)
    ]
    empty = np.array([not (a and b) for a, b in zip(mine, theirs, strict=True)], dtype=bool)
    mean = (ratios[0] + ratios[1]).astype(np.float64) / 200
    return np.asarray(np.where(empty, np.nan, mean))


def weighed(alike: NDArray[np.float64], told: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores from the likeness of words and what the shared ones tell; `UNKNOWN` for NaN.

    Likeness counts for little where all that is shared are words which many texts have.
    """
    sure = 1 - np.exp(-told / _TOLD)
    sure = np.where(alike >= _ALIKE, np.maximum(sure, UNKNOWN), sure)
    shrunk = UNKNOWN + (alike - UNKNOWN) * sure
    return np.asarray(np.where(np.isnan(alike), UNKNOWN, np.where(alike < UNKNOWN, alike, shrunk)))


def _each_once(text: str) -> tuple[str, ...]:
    """The words of a text in order, folded and singular."""
    return tuple(dict.fromkeys(_singular(word) for word in _WORD.findall(fold(text))))


def _singular(word: str) -> str:
    """A word without an English plural's *s*."""
    plural = len(word) > 3 and word.isascii() and word[-1] == "s" and word[-2] not in "su"
    return word[:-1] if plural else word


_EMPTY = frozenset(_each_once(_EMPTY_WORDS))
