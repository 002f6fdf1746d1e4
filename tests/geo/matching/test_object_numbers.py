"""Numbers on objects and measurements, as they are compared."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.matching.object_numbers import marks_of, millimetres_of, number_of, sizes_alike


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("IM 12345", {"im12345"}),
        ("marked I.M.12345 in ink", {"im12345"}),
        ("IM-012345", {"im12345"}),
        ("م.ع ١٢٣٤٥", {"im12345"}),
        ("رقم المتحف م ع ١٢٣٤", {"im1234"}),
        ("BM 1902,0514.5", {"bm190205145"}),
        ("IM 12345 and IM 12346", {"im12345", "im12346"}),
        ("IM 99999 in black ink", {"im99999"}),
        ("H 120 mm, W 450 mm", set()),
        ("AD 200, BC 1800, no. 4432", set()),
        ("3 tablets of 2003", set()),
        ("Room 4", set()),
        ("", set()),
    ],
)
def test_marks_are_told_from_other_numbers(text: str, marks: set[str]):
    """In Latin and Arabic script; years, counts and sizes are none."""
    assert marks_of(text) == marks


@pytest.mark.parametrize(
    ("text", "number"),
    [("Inv. 0012/345", "inv0012345"), ("A-123", "a123"), ("12", ""), ("", ""), ("١٢٣", "123")],
)
def test_an_inventory_number_is_its_letters_and_digits(text: str, number: str):
    """Too few digits are no number."""
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("8,5 x 5 cm; thick 12 mm", (85, 50, 12)),
        ("H: 12.3 cm, W: 4 cm", (123, 40)),
        ("١٢ سم", (120,)),
        ("١٢٫٥ سم", (125,)),
        ("10cm×5cm", (100, 50)),
        ("2 in", (50.8,)),
        ("about 3 m high", (3000,)),
        ("12", ()),
        ("3 masks", ()),
        ("", ()),
    ],
)
def test_lengths_are_read_with_their_unit(text: str, lengths: tuple[float, ...]):
    """In millimetres; a number without a unit is none."""
    assert millimetres_of(text) == pytest.approx(lengths)


def test_sizes_are_compared_as_they_are_taken_by_hand():
    """A twentieth more or less is the same; another order is the same; a tenth is not."""
    assert sizes_alike("24 mm x 12 mm", "diameter 1.2 cm, H 2.4 cm") == 1
    assert sizes_alike("24 mm x 12 mm", "25 x 12 mm") == 1
    assert sizes_alike("24 mm x 12 mm", "27 x 12 mm") == 0.5
    assert sizes_alike("24 mm", "24 mm") == 0.8
    assert math.isnan(sizes_alike("", "24 mm"))


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str):
    """Nothing is raised, and every mark ends in digits."""
    assert all(mark[-1].isdigit() for mark in marks_of(text))
    assert all(length >= 0 for length in millimetres_of(text))
    number_of(text)


@pytest.mark.parametrize(
    "part", ["A ", "A.1.", "ا ", "1x", "1", "1 x ", " ", "1.1,", "A.B.C.D.E.F "]
)
def test_a_long_text_of_one_pattern_is_read_at_once(part: str):
    """A hundred thousand characters, in time that grows with their number only."""
    text = part * (100_000 // len(part))
    assert len(marks_of(text)) <= 1
    millimetres_of(text)
    number_of(text)
