"""A number of objects in words is that number with its doubt, or is told to be none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput
from geo.sources.meaning.number_words import value_of
from geo.sources.meaning.quantities import Quantity, quantity


@pytest.mark.parametrize(
    ("text", "count", "qualifier"),
    [
        ("54", 54, ""), ("1,234", 1234, ""), ("54.0", 54, ""), ("٣٠٠", 300, ""), ("0", 0, ""),
        ("12 pcs", 12, ""), ("54 cuneiform tablets", 54, ""), ("٢٠ قطعة أثرية", 20, ""),
        ("12 (twelve)", 12, ""), ("about twenty", 20, "about"), ("c. 30", 30, "about"),
        ("~50", 50, "about"), ("over 1,000", 1000, "over"), ("Over 100 coins", 100, "over"),
        ("100+", 100, "over"), ("> 40", 40, "over"), ("nearly 400", 400, "nearly"),
        ("at least 12", 12, "at least"), ("≥ 12", 12, "at least"), ("12 or more", 12, "at least"),
        ("up to 15", 15, "up to"), ("fewer than 15", 15, "under"), ("some 20 objects", 20, "about"),
        ("a dozen", 12, ""), ("two dozen", 24, ""), ("half a dozen", 6, ""), ("3 dozen", 36, ""),
        ("a pair of earrings", 2, ""), ("two hundred and fifty-three", 253, ""),
        ("twelve hundred", 1200, ""), ("2 thousand", 2000, ""), ("one hundred and one", 101, ""),
        ("three hundred thousand", 300_000, ""), ("5 million", 5_000_000, ""),
        ("20-30", 20, "up to 30, at least"), ("between 20 and 30", 20, "up to 30, at least"),
        ("fifty to sixty", 50, "up to 60, at least"), ("من 20 إلى 30", 20, "up to 30, at least"),
        ("several", None, "several"), ("dozens", None, "dozens"), ("many coins", None, "many"),
        ("hundreds of objects", None, "hundreds"), ("عدة قطع", None, "several"),
        ("عشرات القطع", None, "dozens"), ("5 kg", None, "5 kg"), ("unknown", None, ""),
        ("3 boxes of coins", None, "3 boxes of coins"), ("غير معروف", None, ""),
    ],
)  # fmt: skip
def test_quantities_are_read(text, count, qualifier):
    """In figures and words, with what they say of their certainty."""
    assert quantity(text) == Quantity(count=count, qualifier=qualifier)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("واحد", 1), ("قطعتان", 2), ("ثلاث قطع", 3), ("ثلاثة", 3), ("ثماني قطع", 8), ("عشرة", 10),
        ("أحد عشر", 11), ("اثنا عشر", 12), ("اثنتي عشرة قطعة", 12), ("خمسة عشر تمثالا", 15),
        ("تسعة عشر", 19), ("عشرون", 20), ("واحد وعشرون", 21), ("خمس وثلاثين قطعة", 35),
        ("تسعة وتسعون", 99), ("مئة", 100), ("مائة وثلاثة", 103), ("مائتان", 200),
        ("ثلاثمائة", 300), ("ثلاثمئة", 300), ("ثلاث مائة", 300),
        ("ثلاثمائة وخمسة وعشرون قطعة", 325), ("مئتي قطعة", 200), ("ألفي قطعة", 2000),
        ("تسعمائة وتسعة وتسعون", 999), ("ألف", 1000), ("ألفان", 2000), ("ألفان وخمسمائة", 2500),
        ("ثلاثة آلاف", 3000), ("٣ آلاف قطعة", 3000), ("خمسة عشر ألفا", 15_000),
        ("مائة وعشرون ألفا", 120_000), ("مليونان", 2_000_000),
        ("بیست و پنج", 25), ("سیصد", 300), ("هزار و دویست", 1200), ("یازده", 11),
    ],
)  # fmt: skip
def test_arabic_and_persian_numbers_are_read(text, count):
    """Checked by hand: gender, case, dual, both spellings of hundred, bound forms."""
    assert quantity(text).count == count


@pytest.mark.parametrize(
    ("text", "qualifier"),
    [("حوالي ٢٠", "about"), ("أكثر من ١٠٠ قطعة أثرية", "over"), ("ما لا يقل عن ٥٠", "at least"),
     ("20 تقريبا", "about"), ("ما يقارب ثلاثمائة", "about"), ("أقل من 10", "under"),
     ("بیش از ۴۰", "over")],
)  # fmt: skip
def test_arabic_doubts_are_read(text, qualifier):
    """Before the number or after it."""
    assert quantity(text).qualifier == qualifier


@pytest.mark.parametrize(
    "text",
    ["", "coins", "2.5", "3.500", "-3", "1/2", "2 coins and 3 tablets", "12 coins (2 broken)",
     "3 x 4", "one two three", "9" * 30, "2000000000", "five hundred hundred", "30-20", "1e3",
     "two thousand two thousand", "x" * 1000, "2.5 kg",
     "تلت مية", "تلتمية وخمسين", "تنتي عشرة قطعة", "umpteen hundred"],
)  # fmt: skip
def test_what_is_no_number_of_objects_is_told(text):
    """Fractions, several numbers, and numbers beyond belief."""
    with pytest.raises(
        BadInput, match="expected one number of objects, 0 to 1,000,000,000"
    ) as told:
        quantity(text, name="quantity")
    assert told.value.what.startswith("quantity is ")


ONES = [
    *("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled(number: int) -> str:
    """An English number from 1 to 999,999 in words."""
    if number >= 1000:
        return f"{spelled(number // 1000)} thousand {spelled(number % 1000)}".strip()
    if number >= 100:
        rest = spelled(number % 100)
        return f"{ONES[number // 100]} hundred" + (f" and {rest}" if rest else "")
    if number >= 20:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    return ONES[number]


@given(st.integers(1, 999_999))
def test_any_number_in_english_words_is_read_back(number):
    """With hyphens and ands."""
    assert quantity(f"about {spelled(number)} coins") == Quantity(count=number, qualifier="about")


def test_words_that_are_not_one_number_have_no_value():
    """Two units in a row are two numbers."""
    assert value_of(["three", "five"]) is None
    assert value_of([3, 5]) is None
    assert value_of(["hundred", "hundred"]) is None


PIECES = [
    *(
        "12",
        "٣",
        "1,000",
        "dozen",
        "hundred",
        "three",
        "thousand",
        "and",
        "to",
        "-",
        "ثلاثة",
        "الف",
    ),
    *("و", "about", "over", "+", ".", "kg", "coins", "%", "half a", "several", "\u200f", "million"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join) | st.text(max_size=40))
def test_any_text_is_a_quantity_or_a_told_fault(text):
    """A count is believable; no other error comes through."""
    try:
        found = quantity(text)
    except BadInput:
        return
    assert found.count is None or 0 <= found.count <= 10**9
