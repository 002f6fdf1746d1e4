"""The made-up store with two alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from geo.access import Role
from geo.pipeline.guard import GuardedStore, guard
from geo.store import Store
from tests.guarded_store import clock, made_up_store, somebody
from tests.judged_alerts import bring_alerts


@pytest.fixture
def store(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The made-up store with its alerts, unguarded."""
    opened = made_up_store(tmp_path, tmp_path_factory)
    bring_alerts(opened)
    yield opened
    opened.close()


@pytest.fixture
def seen_by(store: Store) -> Callable[[Role, str], GuardedStore]:
    """Guards the store for somebody of a role, by their subject."""
    return lambda role, subject: guard(store, somebody(role, subject=subject), clock=clock)
