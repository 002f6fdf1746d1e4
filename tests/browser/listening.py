"""Keeps everything that reaches a browser: messages, answers, pages as drawn, files, words."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Download, Error, Page, Response, WebSocket

SAME_FOR_ALL = ("/static/", "/component/", "/_stcore/")
"""Parts of addresses at which everybody is given the same: scripts, styles, the state of health."""


class Ear:
    """What one browser was told, by the way it came."""

    def __init__(self, page: Page) -> None:
        """Listens from now on; before the page is opened, it hears everything."""
        self.page = page
        self._told: list[tuple[str, bytes]] = []
        self._answers: list[Response] = []
        page.on("websocket", self._listen)
        page.on("response", lambda answer: self._answers.append(answer))  # noqa: PLW0108 - a bound list method is refused
        page.on("console", lambda said: self._note("console", said.text))

    def look(self, where: str) -> None:
        """Keep what is drawn now, in every frame, and the names that the browser shows."""
        self._note(f"title of {where}", self.page.title())
        for frame in self.page.frames:
            self._note(f"page {where}", frame.content())
            self._note(f"address {where}", frame.url)

    def fetched(self, download: Download) -> None:
        """Keep a file, its name and its address."""
        self._note("file", Path(download.path()).read_bytes())
        self._note("file name", download.suggested_filename)
        self._note("file address", download.url)

    def told(self) -> list[tuple[str, bytes]]:
        """Everything so far."""
        for answer in self._answers:
            if any(part in answer.url for part in SAME_FOR_ALL):
                continue
            try:
                self._note(f"answer {answer.url}", answer.body())
            except Error:  # of a way that leads on, and of what the browser kept as a file
                continue
            self._note(f"headers {answer.url}", repr(answer.all_headers()))
        self._answers.clear()
        return self._told

    def _listen(self, opened: WebSocket) -> None:
        """Keep each message of the server."""
        opened.on("framereceived", lambda message: self._note("message", message))

    def _note(self, way: str, content: bytes | str) -> None:
        """Keep something."""
        self._told.append((way, content.encode() if isinstance(content, str) else content))
