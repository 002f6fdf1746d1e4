"""A disk or a server that fails at any operation leaves an import whole or not begun."""

from __future__ import annotations

import math
from contextlib import closing

import pytest

from geo.errors import StoreError
from tests.geo.store import children, failing_disk, faults, killing


@pytest.fixture(scope="module")
def context():
    """Where children come from."""
    return killing.new_context()


@pytest.fixture
def ground(tmp_path):
    """The file of an embedded store that holds what mixed files know and change."""
    path = tmp_path / "ground.db"
    with closing(children.opened(path)) as store:
        children.import_ground(store)
    return path


@pytest.mark.parametrize(
    ("operation", "code", "times"),
    [
        pytest.param("write", failing_disk.FULL, math.inf, marks=pytest.mark.thorough),
        pytest.param("write", failing_disk.WRITE_ERROR, 1, marks=pytest.mark.thorough),
        pytest.param("sync", failing_disk.SYNC_ERROR, 1, marks=pytest.mark.thorough),
        ("read", failing_disk.READ_ERROR, 1),
        pytest.param("lock", failing_disk.BUSY, 8, marks=pytest.mark.thorough),
    ],
)
def test_a_disk_that_fails_at_any_operation_leaves_all_or_nothing(
    context, ground, operation, code, times
):
    """Full, broken or busy at operation 1 to N: it is refused or in, and the next try succeeds."""
    refused = context.Value("i", 0)
    args = (ground, operation, code, times, refused)
    assert killing.run(context, faults.import_on_failing_disk, *args) == 0
    assert refused.value >= 1


def test_a_full_disk_leaves_all_or_nothing(context, ground):
    """The system lets the files grow by one page more each time."""
    refused = context.Value("i", 0)
    assert killing.run(context, faults.import_with_little_room, ground, 4096, refused) == 0
    assert refused.value >= 10


@pytest.mark.parametrize(
    ("operation", "code"), [("write", failing_disk.FULL), ("sync", failing_disk.SYNC_ERROR)]
)
def test_a_disk_that_fails_while_a_store_is_made_leaves_none(context, tmp_path, operation, code):
    """The next start makes it."""
    args = (tmp_path, operation, code, 25)
    assert killing.run(context, faults.open_on_failing_disk, *args) == 0


def test_a_statement_that_fails_leaves_nothing(ground):
    """Each in turn; the error is one of ours, the revision stays, and the next try succeeds."""
    store = children.opened(ground)
    steps = children.steps_of(store, lambda: children.import_mixed(store, "counted", 5))
    before = store.revision()
    for step in range(1, steps + 1):
        refusal = pytest.raises(StoreError, match="made to fail")
        with children.failing_at(store, step), refusal:
            children.import_mixed(store, "a", 5)
        assert children.what_is_in(store, "a") == children.NONE
    assert store.revision() == before
    children.import_mixed(store, "a", 5)
    assert children.what_is_in(store, "a") == children.whole(5)
    assert store.integrity() == ()
    store.close()


@pytest.mark.thorough
def test_a_server_that_drops_the_connection_leaves_nothing(postgres):
    """Before each statement of an import by COPY; the store connects anew by itself."""
    rows, database = 320, postgres.new_database()
    ending = (
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'"
    )
    with closing(children.opened(postgres.url(database))) as store:
        children.import_ground(store)
        steps = children.steps_of(store, lambda: children.import_mixed(store, "counted", rows))
        for step in range(1, steps + 1, 2):

            def end(number: int, *, step: int = step) -> None:
                if number == step:
                    postgres.run(ending)

            refusal = pytest.raises(StoreError, match="was lost")
            with children.at_each_step(store._engine, end), refusal:
                children.import_mixed(store, "a", rows)
            assert children.what_is_in(store, "a") == children.NONE
        children.import_mixed(store, "a", rows)
        assert children.what_is_in(store, "a") == children.whole(rows)
        assert store.integrity() == ()
