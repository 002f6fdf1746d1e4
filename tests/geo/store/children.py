"""What child processes and fault tests do to a store."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from geo.frames import frame_of
from geo.model import ImportReport, QuarantinedRow
from geo.store import FileKey
from geo.store.embedded import EmbeddedStore

NOW = datetime(2026, 11, 22, tzinfo=UTC)

FINISHED = 10_000
"""Position after the last step."""


def import_rows(store: EmbeddedStore, file: str, rows: int) -> ImportReport:
    """Import a file of so many sites, with one quarantined row."""
    frame = frame_of(
        "sites",
        {
            "id": [f"{file}-{number}" for number in range(rows)],
            "name": [f"site {number} of {file}" for number in range(rows)],
            "country": ["Iraq"] * rows,
        },
    )
    aside = QuarantinedRow(row_number=9, text="x" * 100, what="w", expected="e", remedy="r")
    key = FileKey(file_name=f"{file}.csv", sha256=hashlib.sha256(file.encode()).hexdigest())
    return store.add("sites", frame, key=key, author="a", now=NOW, quarantined=[aside])


def write_many(path: Path, writer: int, commits: int) -> None:
    """Open the store and import so many small files."""
    store = EmbeddedStore(path)
    for number in range(commits):
        import_rows(store, f"W{writer}N{number}", 2)
    store.close()


@contextmanager
def at_each_step(engine: sa.Engine, act: Callable[[int], None]) -> Iterator[None]:
    """Call `act` with 1, 2, 3 ... before and after each statement and before each commit."""
    taken = 0

    def step(*_: Any) -> None:
        nonlocal taken
        taken += 1
        act(taken)

    names = ("before_cursor_execute", "after_cursor_execute", "commit")
    for name in names:
        sa.event.listen(engine, name, step)
    try:
        yield
    finally:
        for name in names:
            sa.event.remove(engine, name, step)


@contextmanager
def failing_at(store: EmbeddedStore, step: int) -> Iterator[None]:
    """Make the database fail at one step of what is done inside the block."""

    def fail(number: int) -> None:
        if number == step:
            raise sqlite3.OperationalError("made to fail")

    with at_each_step(store._engine, fail):
        yield


def count_steps(path: Path) -> int:
    """How many steps an import of 30 rows takes."""
    store = EmbeddedStore(path)
    steps: list[int] = []
    with at_each_step(store._engine, steps.append):
        import_rows(store, "a", 30)
    store.close()
    return len(steps)


def die_at(number: int, step: int) -> None:
    """End this process as kill -9 does, if it has come to this step."""
    if number == step:
        os.kill(os.getpid(), signal.SIGKILL)


def import_and_die(path: Path, file: str, rows: int, step: int) -> None:
    """Import a file and be killed at one step of it."""
    store = EmbeddedStore(path)
    with at_each_step(store._engine, lambda number: die_at(number, step)):
        import_rows(store, file, rows)


def import_and_show(path: Path, file: str, rows: int, begun: Any, position: Any) -> None:
    """Import a file, showing in `position` how many steps are done, for somebody to kill this."""
    store = EmbeddedStore(path)

    def show(number: int) -> None:
        position.value = number

    with at_each_step(store._engine, show):
        begun.set()
        import_rows(store, file, rows)
    position.value = FINISHED


def open_and_die(path: Path, step: int, position: Any) -> None:
    """Make a new store and be killed at one step of it, the naming of its file included."""
    position.value = 0

    def count(*_: Any) -> None:
        position.value += 1
        die_at(position.value, step)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        sa.event.listen(sa.Engine, name, count)
    for name in ("link", "unlink", "fsync"):
        setattr(os, name, stepping(getattr(os, name), count))
    EmbeddedStore(path).close()


def stepping(call: Callable[..., Any], count: Callable[[], None]) -> Callable[..., Any]:
    """`call` with a step before and after it."""

    def stepped(*args: Any, **options: Any) -> Any:
        count()
        result = call(*args, **options)
        count()
        return result

    return stepped
