"""Whose browsers may send files: those in which somebody with the right to it has a page open.

Streamlit takes files from every open session and keeps them in memory, also from a session that has
got no further than the page of the login.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from layers.server.cookie import browser_of

PATH = "_stcore/upload_file/"
"""Where Streamlit takes files."""

LIFE_S = 12 * 3600.0
"""How long a browser may send files after its page was drawn last, seconds."""


class Senders:
    """The browsers that may send files; safe to use from several threads."""

    def __init__(self, clock: Callable[[], float], *, most: int = 10_000) -> None:
        """No browser may; of more than `most` the oldest may no more."""
        self._clock = clock
        self._most = most
        self._until_s: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def let(self, browser: str, *, send: bool) -> None:
        """Let a browser send files from now on, or no more; one without a cookie never may."""
        with self._lock:
            self._until_s.pop(browser, None)
            if browser and send:
                self._until_s[browser] = self._clock() + LIFE_S
            while len(self._until_s) > self._most:
                self._until_s.popitem(last=False)

    def may(self, browser: str) -> bool:
        """Whether a browser may send files now."""
        with self._lock:
            return self._clock() < self._until_s.get(browser, float("-inf"))


SENDERS = Senders(time.monotonic)
"""Those of this server."""


class UploadDoor:
    """Refuses files from browsers that may send none."""

    def __init__(self, app: ASGIApp, *, senders: Senders, base_path: str) -> None:
        self.app = app
        self.senders = senders
        self.path = f"{base_path}/{PATH}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may come in, before a byte of the file is read."""
        if scope["type"] == "http" and scope["path"].startswith(self.path):
            browser = browser_of(Headers(scope=scope))
            if scope["method"] != "OPTIONS" and not self.senders.may(browser):
                refusal = PlainTextResponse("You may not send files here.\n", status_code=403)
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)
