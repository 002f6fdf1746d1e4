"""What every answer says about itself: which scripts may run, who may frame it, who may keep it.

The content security policy is as strict as Streamlit 1.67 and streamlit-folium 0.27 work with; each
part that is wider than ``'self'`` has its reason beside it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from layers.server.doors import House, is_encrypted

MAP_COMPONENT = "component/streamlit_folium.st_folium/"
"""Where the page lies that draws a map in a frame of ours."""

FRAME_HEIGHT = "'sha256-DDFiVuFZGZu7dauH2HVkuyGeSeHw5ZgKt70bMpVHIwk='"
"""Streamlit's script that tells how high the page within `st.iframe` is, by its hash."""

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
"""A Host header that can stand in a policy."""

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

_KEPT = ("static/", "component/")
"""Files of the program, the same for everybody: a browser may keep them."""

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Permissions-Policy": ", ".join(
        f"{name}=()"
        for name in (
            "accelerometer", "autoplay", "camera", "display-capture",
            "encrypted-media", "geolocation", "gyroscope", "hid", "magnetometer", "microphone",
            "midi", "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
            "xr-spatial-tracking",
        )
    ),
}  # fmt: skip
"""Headers of every answer."""

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""Policy of what is no page: a file, a picture, a refusal."""


def inline_scripts(html: str) -> tuple[str, ...]:
    """The texts of the scripts that stand in a page without attributes."""
    return tuple(_SCRIPT.findall(html))


def page_policy(scripts: Iterable[str], *, sessions: str = "") -> str:
    """The policy of Streamlit's page.

    Parameters
    ----------
    scripts
        Inline scripts that may run, exactly as they stand between their tags; no other may.
    sessions
        Origin of the sessions, such as ``wss://lamassu.example``: not every browser counts it as
        ``'self'``. Empty leaves it out.
    """
    hashes = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts)
    allowed = " ".join((FRAME_HEIGHT, *(f"'sha256-{one}'" for one in hashes)))
    return _policy(
        {
            "default-src": "'none'",
            "script-src": f"'self' {allowed}",
            "script-src-attr": "'none'",
            # Streamlit's components carry their styles in attributes and make style elements.
            "style-src": "'self' 'unsafe-inline'",
            "img-src": "'self' data: blob:",
            "font-src": "'self' data:",
            "connect-src": f"'self' {sessions}".strip(),
            "frame-src": "'self'",
            "manifest-src": "'self'",
            # The tables' downloads and the picture of a chart are made in the browser.
            "worker-src": "'self' blob:",
            "frame-ancestors": "'none'",
        }
    )


def map_policy(*, picture_hosts: Iterable[str] = ()) -> str:
    """The policy of the page in which streamlit-folium draws a map.

    Parameters
    ----------
    picture_hosts
        Hosts of an online base map, if one is offered.
    """
    return _policy(
        {
            "default-src": "'none'",
            # streamlit-folium puts the map's own script, another for each map, into a script
            # element and its layers through `eval`; `layers.style.safe_html` has escaped every text
            # in them. What comes in as HTML, such as the text of a popup, could run scripts from
            # attributes only, and those do not run.
            "script-src": "'self' 'unsafe-eval'",
            "script-src-elem": "'self' 'unsafe-inline'",
            "script-src-attr": "'none'",
            "style-src": "'self' 'unsafe-inline'",
            "img-src": " ".join(("'self' data:", *picture_hosts)),
            "font-src": "'self' data:",
            "frame-ancestors": "'self'",
        }
    )


class AnswerHeaders:
    """Gives every answer its headers, and a fault inside an answer without particulars."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        house: House,
        scripts: Iterable[str],
        picture_hosts: Iterable[str],
        noted: Callable[[BaseException], str],
    ) -> None:
        self.app = app
        self.house = house
        self.scripts = tuple(scripts)
        self.map = map_policy(picture_hosts=picture_hosts)
        self.noted = noted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and dress the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def dressed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._dress(MutableHeaders(scope=message), scope)
            await send(message)

        try:
            await self.app(scope, receive, dressed)
        except Exception as err:
            name = self.noted(err)
            if begun:
                raise
            told = PlainTextResponse(f"Error {name} was noted.\n", status_code=500)
            await told(scope, receive, dressed)

    def _dress(self, headers: MutableHeaders, scope: Scope) -> None:
        """Set the headers of one answer; a policy of its own stays."""
        path = str(scope.get("path", "")).removeprefix(self.house.base_path).lstrip("/")
        for name, value in ALWAYS.items():
            headers[name] = value
        encrypted = is_encrypted(scope, self.house)
        framed = path.startswith(MAP_COMPONENT)
        headers["X-Frame-Options"] = "SAMEORIGIN" if framed else "DENY"
        if not headers.get("content-type", "").startswith("text/html"):
            policy = NOTHING
        elif framed:
            policy = self.map
        else:
            policy = page_policy(self.scripts, sessions=_sessions(scope, encrypted=encrypted))
        headers.setdefault("Content-Security-Policy", policy)
        if not (path.startswith(_KEPT) and headers.get("cache-control", "").startswith("public")):
            headers["Cache-Control"] = "no-store"
        if encrypted:
            headers["Strict-Transport-Security"] = "max-age=31536000"
            _keep_cookies_encrypted(headers)


def _sessions(scope: Scope, *, encrypted: bool) -> str:
    """Where a page that was asked for under this name opens its session; empty if unclear."""
    host = Headers(scope=scope).get("host", "")
    return f"{'wss' if encrypted else 'ws'}://{host}" if _HOST.fullmatch(host) else ""


def _keep_cookies_encrypted(headers: MutableHeaders) -> None:
    """Have every cookie of an answer sent back over encrypted connections only."""
    cookies = headers.getlist("set-cookie")
    del headers["set-cookie"]
    for cookie in cookies:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        headers.append("set-cookie", cookie if "secure" in parts else f"{cookie}; Secure")


def _policy(directives: dict[str, str]) -> str:
    """A policy from its directives, with those that hold for every page."""
    everywhere = {"base-uri": "'self'", "form-action": "'self'", "object-src": "'none'"}
    return "; ".join(f"{name} {value}" for name, value in (directives | everywhere).items())
