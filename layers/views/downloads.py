"""Files for the reader: links that only this browser, and only this person, can fetch, for a while.

Streamlit's own download links can be opened by whoever learns their address, so nothing here goes
through them: what is made waits in `layers.server.tickets` and is handed out there. Pictures stand
in the page itself.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from geo.errors import LamassuError
from layers.server import base_path
from layers.server.cookie import NAME as BROWSER_COOKIE
from layers.server.tickets import LIFE_S, TICKETS
from layers.style import safe_html, safe_markdown
from layers.views import who

OFFERED = timedelta(seconds=LIFE_S - 60)
"""How long a link stands on the page: a minute less than the server keeps what it leads to."""

PLAIN_BYTES = "application/octet-stream"

_LINKS_KEY, _KEPT_LINKS = "links to files", 32

NO_COOKIE = (
    "This browser does not keep the cookie by which the server would know it again, so no file can "
    "be handed to it. Allow cookies for this address and load the page anew."
)


def save(label: str, name: str, content: bytes, *, media_type: str = PLAIN_BYTES) -> None:
    """Draw a link that saves `content` under `name`; it looks like a button and takes the keyboard.

    Without the browser's cookie, or where the file cannot be kept for it, it is said why.
    """
    link = _new_link(name, content, media_type=media_type)
    if link:
        _draw(label, link)


def offer(
    label: str,
    make: Callable[[], tuple[str, bytes]],
    *,
    key: str,
    media_type: str = PLAIN_BYTES,
    primary: bool = False,
) -> None:
    """Draw a button that makes a file, and then, in its place, the link that saves it.

    `make` gives name and content; what it refuses is told. `key` is another for other content.
    """
    place = st.empty()
    link = _kept_link(key)
    if link is None:
        with place.container():
            asked = st.button(
                label,
                key=f"make {key}",
                type="primary" if primary else "secondary",
                width="stretch",
                icon=":material/download:",
            )
        if not asked:
            return
        with place.container():
            link = _made(key, make, media_type)
        if link is None:
            return
    with place.container():
        _draw(f"Save {label}", link)


def picture(png: bytes, *, described: str, caption: str = "") -> None:
    """Draw a PNG as wide as its place; it travels within the page and has no address of its own."""
    data = base64.b64encode(png).decode()
    told = f"<figcaption dir='auto'>{safe_html(caption)}</figcaption>" if caption else ""
    st.html(
        f"{_PICTURE_STYLE}<figure class='lamassu-picture'>"
        f"<img alt='{safe_html(described)}' src='data:image/png;base64,{data}'>{told}</figure>"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A file that waits for its reader."""

    address: str
    """Where, on this server."""
    name: str
    """What it is saved as."""
    made_at: datetime
    """When it was put there, UTC."""


def _made(key: str, make: Callable[[], tuple[str, bytes]], media_type: str) -> Link | None:
    """The link to what `make` gives; None where that is refused, which is told."""
    try:
        with st.spinner("Making the file"):
            name, content = make()
    except LamassuError as err:
        st.error(safe_markdown(err))
        return None
    link = _new_link(name, content, media_type=media_type)
    if link:
        links = _links()
        links[who.principal().viewer.scope, key] = link
        while len(links) > _KEPT_LINKS:
            del links[next(iter(links))]
    return link


def _links() -> dict[tuple[str, str], Link]:
    """The links of this session, by who looked and what was asked for."""
    links: dict[tuple[str, str], Link] = st.session_state.setdefault(_LINKS_KEY, {})
    return links


def _kept_link(key: str) -> Link | None:
    """The link that was made under `key` for who looks now, while it leads somewhere."""
    link = _links().get((who.principal().viewer.scope, key))
    return link if link and datetime.now(UTC) - link.made_at < OFFERED else None


def _new_link(name: str, content: bytes, *, media_type: str) -> Link | None:
    """A link to `content`; None where there can be none, which is told."""
    browser = _browser()
    if not browser:
        st.warning(NO_COOKIE, icon=":material/cookie_off:")
        return None
    principal = who.principal()
    try:
        path = TICKETS.put(
            content,
            name,
            browser=browser,
            subject=principal.subject,
            scope=principal.viewer.scope,
            media_type=media_type,
        )
    except LamassuError as err:
        st.error(safe_markdown(err))
        return None
    address = base_path(st.get_option("server.baseUrlPath")) + path
    return Link(address=address, name=name, made_at=datetime.now(UTC))


def _browser() -> str:
    """The browser's cookie; empty where it has none."""
    return st.context.cookies.get(BROWSER_COOKIE, "")


def _draw(label: str, link: Link) -> None:
    """The link as inert HTML."""
    st.html(
        f"{_LINK_STYLE}<a class='lamassu-save' href='{safe_html(link.address)}' "
        f"download='{safe_html(link.name)}'><bdi>{safe_html(label)}</bdi></a>"
    )


# Streamlit's buttons: their height, border, corner and colours, in both themes.
_LINK_STYLE = """<style>
.lamassu-save{display:flex;align-items:center;justify-content:center;gap:.5rem;min-height:2.5rem;
  box-sizing:border-box;padding:.25rem .75rem;border-radius:.35rem;text-align:center;
  border:1px solid #3d8ba8;color:inherit!important;font-size:.9rem;
  text-decoration:none!important;line-height:1.35;overflow-wrap:anywhere}
.lamassu-save::before{content:"\\2913" / "";font-size:1.15em;flex:none}
.lamassu-save bdi{min-width:0}
.lamassu-save:hover{background:color-mix(in srgb,#3d8ba8 14%,transparent);
  color:color-mix(in srgb,#3d8ba8 80%,currentColor)!important}
.lamassu-save:focus-visible{outline:2px solid #3d8ba8;outline-offset:2px}
</style>"""

_PICTURE_STYLE = """<style>
.lamassu-picture{margin:0}
.lamassu-picture img{display:block;width:100%;height:auto;
  border:1px solid rgba(128,128,128,.35);border-radius:.25rem}
.lamassu-picture figcaption{font-size:.85rem;opacity:.75;margin-top:.35rem;text-align:center;
  overflow-wrap:anywhere}
</style>"""
