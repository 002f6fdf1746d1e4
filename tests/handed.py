"""What a page hands to its reader, as `AppTest` sees it: links to files, and pictures."""

from __future__ import annotations

import html
import re

from streamlit.testing.v1 import AppTest

LINK = re.compile(r"<a class='lamassu-save' href='([^']*)' download='([^']*)'>")
PICTURE = re.compile(r"<figure class='lamassu-picture'><img alt='([^']*)' src='data:image/png;")


def links(app: AppTest) -> list[tuple[str, str]]:
    """Address and name of each file that waits on the page."""
    found = LINK.findall(_drawn(app))
    return [(html.unescape(address), html.unescape(name)) for address, name in found]


def pictures(app: AppTest) -> list[str]:
    """What each picture on the page is described as."""
    return [html.unescape(words) for words in PICTURE.findall(_drawn(app))]


def offers(app: AppTest) -> list[str]:
    """The labels of the files that the page would make, from the top."""
    return [button.label for button in app.button if (button.key or "").startswith("make ")]


def _drawn(app: AppTest) -> str:
    """Everything that is drawn as HTML."""
    return "".join(part.proto.body for part in app.get("html"))
