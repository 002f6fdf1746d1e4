"""A server of files, and the way to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from geo.sources.stac.hosts import Hosts
from geo.sources.stac.web import Web, WebLimits
from tests.stac.range_server import FileServer, file_server

QUICK = WebLimits(silence_s=0.3, request_s=0.4, connect_s=1.0)
"""Little patience, for tests of servers that do not answer."""


@pytest.fixture
def files() -> Iterator[FileServer]:
    """A server of files on this machine."""
    with file_server() as server:
        yield server


@pytest.fixture
def web_to(files: FileServer) -> Iterator[Callable[..., Web]]:
    """Makes a way to the server, and to no other unless told."""
    opened = []

    def make(*hosts: str, **options: object) -> Web:
        options = {"limits": QUICK, "sleep": lambda _: None, **options}
        opened.append(Web(Hosts([files.host, *hosts]), **options))
        return opened[-1]

    yield make
    for one in opened:
        one.__exit__(None, None, None)


@pytest.fixture
def web(web_to: Callable[..., Web]) -> Web:
    """The way to the server."""
    return web_to()
