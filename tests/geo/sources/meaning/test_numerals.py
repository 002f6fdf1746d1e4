"""Numbers are read in any digits and with either mark, and never where they may be two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.sources.meaning.numerals import is_doubtful, number_in, western, whole_in

ARABIC, PERSIAN, WIDE = (
    str.maketrans("0123456789", digits)
    for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９")
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("٣٣٫٥", "33.5"),
        ("۱۳۹۴/۵/۱۲", "1394/5/12"),
        ("１２", "12"),
        ("\u200f٥٤\u200e", "54"),
        ("١٬٢٣٤", "1'234"),
        ("−3", "-3"),
        ("قطعة 5", "قطعة 5"),
        ("plain", "plain"),
    ],
)
def test_digits_become_western(text, plain):
    """Marks of numbers too; words stay."""
    assert western(text) == plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("33", 33.0), ("-33.5", -33.5), ("+.5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("٣٣.٥", 33.5),
        ("33,5", 33.5), ("-0,25", -0.25), ("0,125", 0.125), ("1234,567", 1234.567),
        ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("1 234,5", 1234.5), ("1'234", 1234.0),
        ("1,234,567", 1234567.0), ("1.234.567", 1234567.0), ("١٬٢٣٤٫٥", 1234.5),
    ],
)  # fmt: skip
def test_numbers_are_read(text, value):
    """With a point, a comma, and marks between thousands."""
    assert number_in(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "x", "NaN", "nan", "inf", "0x10", "1_000", "12 km", "1,23,4", "1.234,567.8", "1,234",
     "--1", "1,234.567.8", "1.2.3", "٣٣ متر"],
)  # fmt: skip
def test_what_is_no_number_or_two_is_none(text):
    """1,234 may be a thousand and more, or one and a bit."""
    assert number_in(text) is None


def test_a_comma_can_be_said_to_part_the_fraction():
    """As in degrees, which have no thousands."""
    assert number_in("44,361", decimal_comma=True) == 44.361
    assert is_doubtful("44,361")
    assert not is_doubtful("44,36")


@pytest.mark.parametrize(
    ("text", "value"),
    [("54", 54), ("54.0", 54), ("+7", 7), ("-3", -3), ("1,234", 1234), ("1.234.567", 1234567),
     ("1 234", 1234), ("٣٠٠", 300), ("۱٬۲۰۰", 1200), ("0", 0)],
)  # fmt: skip
def test_whole_numbers_are_read(text, value):
    """Also with marks between thousands."""
    assert whole_in(text) == value


@pytest.mark.parametrize(
    "text", ["", "2.5", "1.234", "1e3", "9" * 16, "0,123", "1,2345", "a", "1,"]
)
def test_what_is_no_whole_number_is_none(text):
    """Nor what may be a fraction."""
    assert whole_in(text) is None


@given(st.integers(-(10**14), 10**14), st.sampled_from([ARABIC, PERSIAN, WIDE]))
def test_any_whole_number_is_read_in_any_digits(value, digits):
    """Written plainly or, where it can be told, in groups."""
    assert whole_in(str(value).translate(digits)) == value
    assert whole_in(f"{value:,}".translate(digits)) == value


@given(st.integers(-(10**9), 10**9), st.integers(0, 99))
def test_any_amount_is_read_in_both_manners(whole, cents):
    """Point and comma may change places."""
    english = f"{whole:,}.{cents:02}"
    european = english.translate(str.maketrans(",.", ".,"))
    assert number_in(english) == number_in(european) == float(f"{whole}.{cents:02}")


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_none(text):
    """No other error."""
    assert number_in(text) is None or isinstance(number_in(text), float)
    assert whole_in(text) is None or isinstance(whole_in(text), int)
