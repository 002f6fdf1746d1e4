"""The queue by keyboard: which key presses which button, for the page and for the frames in it."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from layers.style import safe_html

NEXT, PREVIOUS = "triage-next", "triage-previous"
ACCEPT, REJECT, UNSURE, CONFIRM = "triage-accept", "triage-reject", "triage-unsure", "triage-keep"
HELP = "triage-help"
"""Names of the page's buttons."""


def reason_button(number: int) -> str:
    """Name of the button of a reason, counted from 1."""
    return f"triage-reason-{number}"


KEYS = {
    "j": NEXT,
    "k": PREVIOUS,
    "a": ACCEPT,
    "r": REJECT,
    "u": UNSURE,
    "?": HELP,
    "Enter": CONFIRM,
    **{str(number): reason_button(number) for number in range(1, 10)},
}
"""The button that each key presses."""

HELP_LINES = (
    ("j, k", "next, previous alert"),
    ("a", "accept: this is damage, or a threat"),
    ("r", "reject, then 1 to 9 for the reasons, then Enter"),
    ("u", "unsure: cannot be told from what there is"),
    ("?", "this list"),
)
"""What each key does."""

# A file of its own, so that the server can name it by its hash among the scripts that may run.
_SCRIPT = (Path(__file__).parent / "triage_keys.js").read_text(encoding="utf-8")


def listen() -> None:
    """Have the page and the frames in it listen to `KEYS`; nothing is seen of it.

    Streamlit's own shortcuts know neither R nor the question mark, and are silent while a choice
    of the list or a picture has the focus.
    """
    st.iframe(_page(), height=1, tab_index=-1, alt="Listens to the keys of the queue")


def _page() -> str:
    """The page that listens."""
    table = safe_html(json.dumps(KEYS))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Keys</title>'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        "script-src 'unsafe-inline'\"></head>"
        f'<body><div id="keys" data-keys="{table}"></div><script>{_SCRIPT}</script></body></html>'
    )
