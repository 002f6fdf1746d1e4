"""Marks of museums are pointed out where they stand, and little else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.matching.museum_marks import marks_in


def found(text: str) -> list[str]:
    """The words of the marks."""
    return [mark.text for mark in marks_in(text)]


@pytest.mark.parametrize(
    "mark",
    ["IM 12345", "IM.12345", "IM-12345", "IM12345", "IM: 12345", "IM no. 12345", "I.M. 12345",
     "IM 12345-12350", "IM 23477/1", "IM ١٢٣٤٥", "م ع ١٢٣", "م.ع. 123", "م ع/123", "م.ع ١٢٣/٤"],
)  # fmt: skip
def test_numbers_of_the_iraq_museum_are_found(mark):
    """In Latin and Arabic letters, however they are written."""
    text = f"tablet, {mark} on its edge"
    (only,) = marks_in(text)
    assert only.text == mark
    assert text[only.start : only.end] == mark
    assert "Iraq Museum, Baghdad" in only.meaning


@pytest.mark.parametrize(
    ("mark", "meaning"),
    [
        ("BM 91000", "British Museum"), ("VAT 17665", "Berlin"), ("AO 6451", "Louvre"),
        ("CBS 1234", "Pennsylvania"), ("YBC 7289", "Yale"), ("MM 12", "Mosul Museum, or"),
        ("ND 2345", "Nimrud"), ("79-7-8, 12", "British Museum"), ("1881-02-04, 33", "British Mus"),
        ("ink number", "in ink"), ("numbers written in ink", "in ink"), ("رقم بالحبر", "in ink"),
        ("museum number 12/34", "an excavation gave"), ("الرقم المتحفي: ٤٥", "a museum"),
        ("cuneiform", "protected"), ("Cuneiform", "protected"), ("مسمارية", "protected"),
        ("𒀭𒂗𒆤", "protected"), ("Aramaic", "Red List"), ("الآرامية", "Red List"), ("ܐܪܡܝܐ", "Red"),
    ],
)  # fmt: skip
def test_other_marks_are_found(mark, meaning):
    """Of other museums and excavations, and writing that is protected."""
    (only,) = marks_in(f"A piece with {mark} upon it.")
    assert only.text == mark
    assert meaning in only.meaning


@pytest.mark.parametrize(
    "text",
    ["", "swim 123", "SWIM 123", "at 5 pm IM the", "im 12", "BM", "2015-03-07, 12 pieces", "ABM 12",
     "a linked number", "seized 54 coins on 3 March 2015", "رامي وعدد 5", "عام ٢٠١٥", "vat 12",
     "IMF 3", "X-IM 12", "the ministry's number 12"],
)  # fmt: skip
def test_ordinary_words_are_not_marks(text):
    """Small letters, longer words, dates and counts."""
    assert found(text) == []


def test_marks_stand_in_their_order_and_apart():
    """The longer of two that overlap wins."""
    text = "Aramaic bowl, museum number IM 55, with BM 7 and IM 12345 in ink"
    assert found(text) == ["Aramaic", "IM 55", "BM 7", "IM 12345"]


@pytest.mark.parametrize(
    "text",
    ["museum no " + " " * 50_000, "IM " * 30_000, "1-1-" * 20_000, "museum number" + "a" * 50_000],
)
def test_hostile_text_is_searched_at_once(text):
    """However long; nothing is found in it."""
    assert found(text) == []


PIECES = [
    "IM",
    "BM",
    " ",
    "12345",
    "٣",
    "-",
    ",",
    "cuneiform",
    "ink number",
    "م",
    "ع",
    ".",
    "/",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=15).map("".join) | st.text(max_size=60))
def test_marks_of_any_text_lie_in_it(text):
    """In order, without overlap, each the words that stand there."""
    end = 0
    for mark in marks_in(text):
        assert end <= mark.start < mark.end <= len(text)
        assert text[mark.start : mark.end] == mark.text
        assert mark.meaning
        end = mark.end
