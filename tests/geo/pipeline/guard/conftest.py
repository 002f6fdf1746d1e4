"""The made-up store for each test, and guards before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from geo.access import Role
from geo.pipeline.guard import GuardedStore, guard
from geo.store import Store
from tests.guarded_store import (
    clock,
    made_up_store,
    somebody,
)


@pytest.fixture
def store(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The made-up store, unguarded."""
    opened = made_up_store(tmp_path, tmp_path_factory)
    yield opened
    opened.close()


@pytest.fixture
def as_role(store: Store) -> Callable[..., GuardedStore]:
    """Guards the made-up store for a role in groups."""
    return lambda role, *groups: guard(store, somebody(role, *groups), clock=clock)


@pytest.fixture
def analyst(as_role) -> GuardedStore:
    """The store of an analyst in no group."""
    return as_role(Role.ANALYST)
