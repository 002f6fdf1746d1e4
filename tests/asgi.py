"""Asks an ASGI app as a server would, without a network."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name.lower()]

    def __getitem__(self, name: str) -> str:
        """The one value of a header."""
        (value,) = self.all(name)
        return value


def scope_of(
    path: str = "/",
    *,
    kind: str = "http",
    peer: str | None = "127.0.0.1",
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    **more: Any,
) -> Scope:
    """The scope of a request, to ``Host: localhost`` unless the headers name another."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers or [])
    if "host" not in {name.lower() for name, _ in pairs}:
        pairs.insert(0, ("host", "localhost:8501"))
    return {
        "type": kind,
        "method": "GET",
        "path": path,
        "query_string": b"",
        "scheme": "http" if kind == "http" else "ws",
        "client": None if peer is None else (peer, 50_000),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs],
        **more,
    }


def ask(app: ASGIApp, scope: Scope) -> Answer:
    """The answer to a request."""
    sent = messages(app, scope)
    start = sent[0]
    return Answer(
        status=start["status"],
        headers=tuple((name.decode(), value.decode()) for name, value in start["headers"]),
        body=b"".join(message.get("body", b"") for message in sent[1:]),
    )


def messages(app: ASGIApp, scope: Scope) -> list[Message]:
    """Everything that an app sends in answer to a request or to the opening of a session."""
    sent: list[Message] = []

    async def receive() -> Message:
        if scope["type"] == "http":
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    # A browser's driver may hold a loop in this thread.
    with ThreadPoolExecutor(max_workers=1) as other:
        other.submit(asyncio.run, app(scope, receive, send)).result()
    return sent


def page(
    *, status: int = 200, headers: list[tuple[str, str]] | None = None, body: bytes = b"hello"
) -> ASGIApp:
    """An app that gives every request the same answer."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        pairs = list(headers or [])
        if "content-type" not in dict(pairs):
            pairs.append(("content-type", "text/html; charset=utf-8"))
        raw = [(name.encode(), value.encode()) for name, value in pairs]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    return app
