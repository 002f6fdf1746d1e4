"""What of a store's URL may be shown."""

from __future__ import annotations

import doctest
from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidSetting
from geo.store import urls

WORD = "Zq7#s3cret"
"""Occurs in no other part of a URL."""


@given(
    around=st.text("ab:/@?#%=&.[] ", max_size=6), after=st.sampled_from(["@h/db", "@h", "", "/"])
)
def test_no_password_is_shown_however_it_is_written(around, after):
    """Encoded or not, with or without a server after it."""
    for text in (f"postgresql://u:{around}{WORD}{around}{after}",
                 f"postgresql://u:x@h/db?password={around}{WORD}"):  # fmt: skip
        assert WORD not in urls.without_password(text)
        with suppress(InvalidSetting):
            assert WORD not in urls.shown_url(urls.server_url(text))


@pytest.mark.parametrize(
    "text", [f"postgresql://u:{WORD}", f"postgresql://u:x@h/d?password={WORD}"]
)
def test_no_error_shows_a_password(text):
    """Neither in its message nor in what led to it."""
    with pytest.raises(InvalidSetting) as told:
        urls.server_url(text)
    assert WORD not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__ or told.value.__context__ is None


@given(word=st.text(min_size=1))
def test_any_password_may_be_written_with_percent_signs(word):
    """And comes out as it was."""
    if "\0" not in word and not any("\ud800" <= letter <= "\udfff" for letter in word):
        assert urls.server_url(f"postgresql://u:{quote(word, safe='')}@h/db").password == word


@pytest.mark.parametrize(
    "url",
    ["postgresql://amal@db.example:5433/lamassu", "postgresql://[::1]:5433/lamassu",
     "postgresql://%2Fvar%2Frun/lamassu", "postgresql:///lamassu?host=/run", "sqlite:////a@b:c.db"],
)  # fmt: skip
def test_what_holds_no_password_stays_as_it_is(url):
    """But for what follows a question mark, where it is not taken apart."""
    assert urls.without_password(url) == url.partition("?")[0]


def test_its_examples_are_right():
    """Those of the docstrings."""
    assert doctest.testmod(urls).failed == 0
