"""Every kind of store, each held to the same contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from geo.store import Store, open_store
from geo.store.schema import METADATA
from tests.postgres import Server, postgres

__all__ = ["postgres"]

KINDS = ("embedded", "postgis")
"""The kinds of stores."""


@pytest.fixture
def new_database(postgres: Server) -> Iterator[Callable[[], str]]:
    """Makes a database with PostGIS on the tests' server, as often as it is called."""
    made: list[str] = []

    def make() -> str:
        made.append(postgres.new_database())
        return made[-1]

    yield make
    for name in made:
        postgres.drop_database(name)


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """A database with PostGIS and nothing else."""
    return new_database()


@pytest.fixture
def make_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes the URL of a new, empty store of the kind it is asked for."""
    numbers = count()

    def make(kind: str) -> str:
        if kind == "embedded":
            return f"sqlite:///{tmp_path / f'store{next(numbers)}.db'}"
        server: Server = request.getfixturevalue("postgres")
        return server.url(request.getfixturevalue("new_database")())

    return make


@pytest.fixture(params=KINDS)
def kind_of_store(request: pytest.FixtureRequest) -> str:
    """Each kind of store in turn."""
    return request.param


@pytest.fixture
def new_url(kind_of_store: str, make_url: Callable[[str], str]) -> Callable[[], str]:
    """Makes the URL of a new, empty store of one kind, as often as it is called."""
    return lambda: make_url(kind_of_store)


@pytest.fixture
def empty_url(
    kind_of_store: str, request: pytest.FixtureRequest, new_url: Callable[[], str]
) -> Callable[[], str]:
    """Gives the URL of an empty store; it may be the one given before, emptied."""
    if kind_of_store == "embedded":
        return new_url
    server, url = request.getfixturevalue("postgres"), new_url()

    def emptied() -> str:
        open_store(url).close()
        kept = set(METADATA.tables) - {"migrations", "revision"}
        # The audit refuses it otherwise.
        without_triggers = "SET session_replication_role = replica"
        server.run(
            f"{without_triggers}; TRUNCATE {', '.join(kept)}", database=url.rpartition("/")[2]
        )
        return url

    return emptied


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """Where a new store may be made."""
    return new_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A new, empty store."""
    opened = open_store(url)
    yield opened
    opened.close()
