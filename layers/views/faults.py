"""What somebody is shown when a page fails: a number to speak of, and nothing of the fault."""

from __future__ import annotations

import streamlit as st

from geo.errors import NotAllowed, StoreError
from layers.server import noted
from layers.server.logs import scrubbed


def told(error: Exception) -> bool:
    """True, after the fault was written down under a number that is shown in its place.

    Of a refusal and of a store that cannot be used the words are shown too, without places and
    paths: whoever reads them can do something about it.
    """
    number = noted(error)
    words = ""
    if isinstance(error, NotAllowed | StoreError):
        from layers.style import safe_markdown  # noqa: PLC0415 - the server answers before this is loaded

        words = f" {safe_markdown(scrubbed(str(error)))}."
    st.error(
        f"This page could not be drawn.{words} Error {number} was noted: an administrator finds it "
        "by this number in the server's log."
    )
    return True
