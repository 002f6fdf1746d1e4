"""How words are compared."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.matching.wording import UNKNOWN, letters_alike, script_of, weighed, word_tables, words_of

TEXTS = st.text(max_size=30)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3 cuneiform Tablets and other antiquities; a tablet", ("cuneiform", "tablet")),
        ("أختام أسطوانية وتماثيل", ("اختام", "اسطوانيه", "وتماثيل")),
        ("قطع أثرية", ()),
        ("IM 12345", ("im", "12345")),
        ("glass, brass, bus", ("glass", "brass", "bus")),
        ("", ()),
    ],
)
def test_only_telling_words_are_kept(text: str, words: tuple[str, ...]):
    """Folded, each once, without what fits everything."""
    assert words_of(text) == words


@given(TEXTS)
def test_words_of_words_are_the_same(text: str):
    """Taking them twice changes nothing but an English plural's end."""
    words = words_of(text)
    assert set(words_of(" ".join(words))) <= {*words, *(word[:-1] for word in words)}


@pytest.mark.parametrize(
    ("text", "script"),
    [("abc é", "latin"), ("ختم IM", "arabic"), ("печать", "other"), ("12 – ?", ""), ("", "")],
)
def test_a_script_is_that_of_most_letters(text: str, script: str):
    """Digits and signs have none."""
    assert script_of(text) == script


def test_a_word_in_every_text_tells_less_than_a_rare_one():
    """The tables count, and the weights follow."""
    first, second, told = word_tables([("seal", "gold"), ("seal",)], [("seal",), ()])
    assert first.toarray().tolist() == [[1, 1], [1, 0]]
    assert second.toarray().tolist() == [[1, 0], [0, 0]]
    assert told[1] > told[0] > 0


def test_letters_are_compared_in_any_order():
    """The same words are 1, none of them less, an empty side unknown."""
    alike = letters_alike(["clay tablet", "clay", ""], ["tablet clay", "gold", "clay"])
    assert alike[0] == 1
    assert alike[1] < UNKNOWN
    assert np.isnan(alike[2])


@given(st.floats(0, 1), st.floats(0, 50))
def test_a_weighed_score_stays_between_its_bounds(alike: float, told: float):
    """Never beyond the likeness, never across the middle; what is unknown is in the middle."""
    (score,) = weighed(np.array([alike]), np.array([told]))
    assert min(alike, UNKNOWN) <= score <= max(alike, UNKNOWN)
    assert weighed(np.array([np.nan]), np.array([told]))[0] == UNKNOWN
