"""A gateway that names its user: passes connections on from an address of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.browser.conftest import free_port

LONGEST_HEAD = 1 << 16
"""Bytes of the longest head of a request."""


@dataclass(slots=True, kw_only=True)
class Gateway:
    """What a running gateway does to the requests of a browser."""

    address: str
    """Where browsers reach it."""
    headers: list[str] = field(default_factory=list)
    """Lines that it puts into each request; may be changed while it runs."""
    passes: set[str] = field(default_factory=set)
    """Names of user headers of browsers, in lower case, that it lets through: a bad gateway."""


@contextlib.contextmanager
def running_gateway(to_port: int, *, source: str, user_header: str) -> Iterator[Gateway]:
    """A gateway on a free port of 127.0.0.1, whose connections to the app come from `source`.

    As a gateway must, it drops the user header of the browser. One request a connection: what
    follows a request's head is passed on as it is, so a websocket goes through.
    """
    port = free_port()
    gateway = Gateway(address=f"http://127.0.0.1:{port}")
    ready = threading.Event()
    # The thread of the tests has a loop of its own, that of the browser.
    ending: list[Callable[[], object]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Closed in any case: the end of the loop cancels a connection that is still open.
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            app_reader, app_writer = await asyncio.open_connection(
                "127.0.0.1", to_port, local_addr=(source, 0)
            )
            with contextlib.closing(app_writer):
                app_writer.write(_head(head, gateway, user_header))
                await asyncio.gather(_pass(reader, app_writer), _pass(app_reader, writer))

    async def run() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        ending.append(lambda: loop.call_soon_threadsafe(ended.set))
        server = await asyncio.start_server(serve, "127.0.0.1", port, limit=LONGEST_HEAD)
        ready.set()
        await ended.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(timeout=30)
    try:
        yield gateway
    finally:
        ending[0]()
        thread.join(timeout=10)


def _head(head: bytes, gateway: Gateway, user_header: str) -> bytes:
    """The head of a request as the app is given it."""
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    dropped = {user_header.lower()} - gateway.passes
    upgrades = any(line.lower().startswith("upgrade:") for line in lines)
    if not upgrades:
        dropped.add("connection")
    kept = [line for line in lines if line.partition(":")[0].strip().lower() not in dropped]
    if not upgrades:
        kept.append("Connection: close")
    return "\r\n".join([first, *kept, *gateway.headers, "", ""]).encode("latin-1")


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything from one side to the other, until it ends."""
    with contextlib.closing(writer), contextlib.suppress(OSError):
        while part := await reader.read(1 << 16):
            writer.write(part)
            await writer.drain()
