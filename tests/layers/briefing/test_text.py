"""Text made fit for paper."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.briefing.text import clean, cut, fit, weight_for, width_mm, wrap

texts = st.text(max_size=300)


@given(texts, st.floats(8, 120), st.integers(1, 5))
def test_fitted_lines_keep_to_their_box(text: str, limit_mm: float, lines: int):
    """No more lines than asked for, and none is wider than the box."""
    fitted = fit(text, limit_mm, 7, lines=lines)
    assert len(fitted) <= lines
    assert all(width_mm(line, 7) <= limit_mm + 1e-6 for line in fitted)


@given(texts, st.floats(8, 120))
def test_wrapping_loses_no_letter(text: str, limit_mm: float):
    """The lines hold what the clean text holds, spaces apart."""
    assert "".join(wrap(text, limit_mm, 7)).replace(" ", "") == clean(text).replace(" ", "")


@given(st.text())
def test_clean_text_is_one_printable_line(text: str):
    """No control, no break, no invisible mark of direction; cleaning twice changes nothing."""
    line = clean(text)
    kinds = {unicodedata.category(letter) for letter in line} - {"Zs"}
    assert not kinds & {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert clean(line) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\tc", "a b c"),
        ("a\u202eb", "ab"),
        ("a\x00\x1bb", "a b"),
        ("half \ud800", "half \ufffd"),
        ("中", "\ufffd"),
        ("e\u0301", "é"),
        ("$x^2$ \\frac", "$x^2$ \\frac"),
        ("الحضر", "الحضر"),
    ],
)
def test_what_cannot_be_printed_shows_as_such(text: str, line: str):
    """A missing glyph leaves a sign, a control a space, a mark of direction nothing."""
    assert clean(text) == line


def test_a_cut_text_says_so():
    """It ends in an ellipsis within its width; a short one stays whole."""
    assert cut("Hatra", 100, 7) == "Hatra"
    assert cut("Hatra " * 50, 30, 7).endswith("…")
    assert fit("one two three four five", 12, 7, lines=1)[0].endswith("…")


def test_a_slanted_font_is_not_asked_for_what_it_lacks():
    """Arabic names stand upright, Latin ones keep their weight."""
    assert weight_for("بغداد", "italic") == "regular"
    assert weight_for("Baghdad", "italic") == "italic"
