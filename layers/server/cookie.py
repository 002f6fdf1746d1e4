"""The cookie by which a browser is known again; it says nothing of who sits before it."""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAME = "lamassu_browser"
"""Of the cookie; scripts read it by ``st.context.cookies.get(NAME, "")``."""

_ANEW = ("auth/logout", "oauth2callback")
"""Where Streamlit ends and begins a login: the browser may now be somebody else's."""

_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
"""What `secrets.token_urlsafe` makes of 32 bytes."""


def browser_of(headers: Headers) -> str:
    """The browser's cookie from the headers of a request; empty if it has none of ours."""
    cookies: SimpleCookie = SimpleCookie()
    for line in headers.getlist("cookie"):
        for part in line.split(";"):
            # One part at a time: a cookie that cannot be read must not hide the others.
            try:
                cookies.load(part.strip())
            except CookieError:
                continue
    value = cookies[NAME].value if NAME in cookies else ""
    return value if _VALUE.fullmatch(value) else ""


class BrowserCookie:
    """Gives a browser that has none its cookie, before its page opens the session.

    Where a login begins or ends it gets another one, so that who sits there next cannot fetch what
    was made for whoever sat there before.
    """

    def __init__(self, app: ASGIApp, *, base_path: str) -> None:
        self.app = app
        self.path = f"{base_path}/"
        self.anew = frozenset(self.path + path for path in _ANEW)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the answer sets the cookie where it is due."""
        if scope["type"] != "http" or not self._is_due(scope):
            await self.app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # What anybody may keep a copy of must not hold one browser's cookie.
                if not headers.get("cache-control", "").startswith("public"):
                    value = f"{NAME}={secrets.token_urlsafe(32)}"
                    headers.append(
                        "set-cookie", f"{value}; Path={self.path}; HttpOnly; SameSite=Strict"
                    )
            await send(message)

        await self.app(scope, receive, with_cookie)

    def _is_due(self, scope: Scope) -> bool:
        """Whether a request comes from a browser that is to have a new cookie.

        A browser withholds a strict cookie from the first request that another site leads to: it
        may well have one. The page's own requests, which come before the session is opened, tell.
        """
        if scope["path"] in self.anew:
            return True
        headers = Headers(scope=scope)
        site = headers.get("sec-fetch-site", "none")
        return not browser_of(headers) and site in {"none", "same-origin"}
