"""Words as they are compared: the short way for plain letters, and the long one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from geo.words import fold

ASCII = st.text(st.characters(max_codepoint=127), max_size=30)


@given(ASCII)
def test_plain_letters_fold_alike_among_others(text: str):
    """Beside a letter that takes the long way, the same comes out as on the short one."""
    assert fold(f"{text} \u00e9") == f"{fold(text)} e".strip()


@given(st.text(max_size=30))
def test_what_is_folded_stays_as_it_is(text: str):
    """Folding twice changes nothing."""
    assert fold(fold(text)) == fold(text)
