"""Made files, kept in memory for a few minutes for the one browser and person they were made for.

A script makes a file and puts it here; the browser fetches it from the path that it is given.
Streamlit's own downloads are links that anybody may open who learns their address (issue 8148 of
Streamlit), so they are not used.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from geo.errors import BadInput

FOLDER = "files"
"""First part of the path under which files are served."""

LIFE_S = 600.0
"""How long a ticket is good after a script asked for it last, seconds."""

MOST_BYTES = 512 * 1024 * 1024
"""Memory that all waiting files of a server may take."""

MOST_BYTES_EACH = 256 * 1024 * 1024
"""Size of the largest single file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A made file and whom it is for."""

    content: bytes
    """The file."""
    name: str
    """What the browser calls it when it is kept."""
    media_type: str
    """Such as ``application/zip``."""
    browser: str
    """Value of the browser's cookie (`layers.server.cookie.NAME`)."""
    subject: str
    """`geo.access.Principal.subject` of the session that made it."""
    scope: str
    """`geo.access.Viewer.scope` of that session."""
    sha256: bytes
    """Of the content."""
    until_s: float
    """Good until this time of the clock."""

    def same_as(self, other: Made) -> bool:
        """Whether both are one file for one browser, person and scope."""
        return replace(self, content=b"", until_s=0) == replace(other, content=b"", until_s=0)


class Tickets:
    """Files that wait for their browsers; safe to use from several threads."""

    def __init__(
        self, clock: Callable[[], float], *, life_s: float = LIFE_S, most_bytes: int = MOST_BYTES
    ) -> None:
        """Nothing waits yet.

        Parameters
        ----------
        clock
            Seconds that never run backwards, such as `time.monotonic`.
        life_s, most_bytes
            See `LIFE_S` and `MOST_BYTES`.
        """
        self._clock = clock
        self._life_s = life_s
        self._most_bytes = most_bytes
        self._files: dict[str, Made] = {}
        self._lock = threading.Lock()

    def put(
        self,
        content: bytes,
        name: str,
        *,
        browser: str,
        subject: str,
        scope: str,
        media_type: str = "application/octet-stream",
    ) -> str:
        """The path, ``/files/...``, at which this browser may fetch the file for ten minutes.

        The same file for the same browser, person and scope has the same path while it waits, so a
        page that is drawn again keeps its links. The path lacks `server.baseUrlPath`, which
        `layers.server.base_path` gives. Where memory is short, the oldest files of the browser that
        keeps most give way.

        Raises
        ------
        BadInput
            If the browser has sent no cookie, or the file is larger than a server keeps.
        """
        if not browser:
            raise BadInput(
                "this browser has sent no cookie",
                expected="a browser that keeps cookies of this address",
                remedy="allow them and load the page again",
            )
        most = min(MOST_BYTES_EACH, self._most_bytes)
        if len(content) > most:
            raise BadInput(
                f"the file would be {len(content) / 1e6:,.0f} MB",
                expected=f"at most {most / 1e6:,.0f} MB for a browser",
                remedy="choose fewer records, or write it on the command line",
            )
        made = Made(
            content=content,
            name=name,
            media_type=media_type,
            browser=browser,
            subject=subject,
            scope=scope,
            sha256=hashlib.sha256(content).digest(),
            until_s=self._clock() + self._life_s,
        )
        with self._lock:
            self._forget_old()
            known = (ticket for ticket, kept in self._files.items() if kept.same_as(made))
            ticket = next(known, None) or secrets.token_urlsafe(32)
            # Newest last, so that the first of a browser is its oldest.
            self._files.pop(ticket, None)
            self._files[ticket] = made
            self._make_room()
        return f"/{FOLDER}/{ticket}"

    def get(self, ticket: str, *, browser: str) -> Made | None:
        """The file of a ticket; None if there is none, it is too old or another browser's."""
        with self._lock:
            self._forget_old()
            made = self._files.get(ticket)
        if made is None or not secrets.compare_digest(made.browser.encode(), browser.encode()):
            return None
        return made

    def _forget_old(self) -> None:
        """Let go of the files whose time is over."""
        now_s = self._clock()
        for ticket in [ticket for ticket, made in self._files.items() if made.until_s <= now_s]:
            del self._files[ticket]

    def _make_room(self) -> None:
        """Let go of the oldest files of the browser that keeps most, but not of the newest file."""
        *older, newest = self._files.items()
        kept: Counter[str] = Counter()
        for _, made in older:
            kept[made.browser] += len(made.content)
        while kept.total() + len(newest[1].content) > self._most_bytes:
            greedy = max(kept, key=kept.__getitem__)
            oldest = next(key for key, made in self._files.items() if made.browser == greedy)
            kept[greedy] -= len(self._files.pop(oldest).content)


TICKETS = Tickets(time.monotonic)
"""Those of this server."""
