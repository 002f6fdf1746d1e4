"""Every kind of store, each held to the same contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from geo.store import Store, open_store

FACTORIES: dict[str, Callable[[Path], str]] = {
    "embedded": lambda folder: f"sqlite:///{folder / 'store.db'}",
}
"""Kind of store to the URL of an empty one."""


@pytest.fixture(params=FACTORIES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store may be made."""
    return FACTORIES[request.param](tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A new, empty store."""
    opened = open_store(url)
    yield opened
    opened.close()
