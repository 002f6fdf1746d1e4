"""A page that fails shows a number, and nothing of what it failed over."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from geo.errors import BadInput, NotAllowed, StoreDamaged

CANARY = "35.58812, 42.71834"


def shown(error: Exception) -> str:
    """What somebody reads after a fault."""

    def script() -> None:
        import streamlit as st

        from layers.views import faults

        assert faults.told(st.session_state["error"])

    at = AppTest.from_function(script)
    at.session_state["error"] = error
    at.run()
    assert not at.exception
    (box,) = at.error
    return box.value


@pytest.mark.parametrize(
    "error", [ValueError(f"the tomb at {CANARY} in /srv/lamassu"), BadInput(f"row 3: {CANARY}")]
)
def test_of_a_fault_only_its_number_is_shown(error: Exception, caplog: pytest.LogCaptureFixture):
    """The number is the one in the log, which tells the kind."""
    words = shown(error)
    number = re.search(r"Error ([0-9a-f]{8}) was noted", words)
    assert number
    assert "35.58" not in words
    assert "/srv" not in words
    assert f"error {number.group(1)}: {type(error).__name__}" in caplog.text
    assert "35.58" not in caplog.text


def test_of_a_refusal_the_words_are_shown():
    """Whoever may not do something reads what, and whom to ask."""
    words = shown(NotAllowed("your role may not judge", remedy="ask the *administrator*"))
    assert "your role may not judge" in words
    assert "\\*administrator\\*" in words


def test_of_a_store_that_fails_the_words_are_shown_without_its_path():
    """Whoever keeps the installation reads what to do."""
    words = shown(StoreDamaged("the store /srv/lamassu/lamassu.sqlite fails its check"))
    assert "fails its check" in words
    assert "/srv" not in words
