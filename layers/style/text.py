"""Text from data made inert: for HTML, for Markdown, in a sentence and as an address."""

from __future__ import annotations

import html
import re

_ESCAPES = str.maketrans({"`": "&#96;", "$": "&#36;", "{": "&#123;", "}": "&#125;", "\\": "&#92;"})

_SHORTHAND = re.compile(
    r":(?=[A-Za-z0-9+/-])|(?<=www)(?=\.)|@|-(?=[->])|<(?=[-=])|[>~](?==)", re.IGNORECASE
)

_MARKDOWN = r"\`*_{}[]()#+-.!|~<>$:"


def safe_html(text: object) -> str:
    """`text` as inert HTML, also inside a JavaScript template literal, where folium puts it.

    `html.escape` alone is not enough: folium wraps popups and tooltips in backticks, where
    ``${...}`` would run.
    """
    return html.escape(str(text), quote=True).translate(_ESCAPES)


def safe_markdown(text: object) -> str:
    """`text` as inert Markdown: every character that Streamlit's Markdown could read is escaped.

    A backslash does not stop icons (``:material/x:``), typographic arrows and dashes, and bare web
    or mail addresses; there a word joiner (U+2060), which nobody sees, breaks the pattern.
    """
    flat = _SHORTHAND.sub(lambda found: f"{found.group()}\u2060", " ".join(str(text).split()))
    return "".join(f"\\{letter}" if letter in _MARKDOWN else letter for letter in flat)


def name_markdown(text: object) -> str:
    """A name as inert Markdown within a sentence: one from right to left does not turn it round."""
    return f"\u2068{safe_markdown(text)}\u2069"


def safe_link(url: str) -> str:
    """`url` if it is a plain http or https address; otherwise the empty string."""
    candidate = url.strip()
    plain = not any(letter.isspace() or letter in "\"'<>`\\" for letter in candidate)
    return candidate if plain and candidate.lower().startswith(("http://", "https://")) else ""
