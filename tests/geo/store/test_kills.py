"""A process that is killed leaves whole imports, whole stores, and nothing else.

The children are forked from a server that has loaded everything, so that a kill costs a few
hundredths of a second.
"""

from __future__ import annotations

import multiprocessing
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

from geo.store.embedded import EmbeddedStore
from tests.geo.store import children

ROWS = 300
"""Rows of each file; one more is quarantined."""

TIMED_KILLS = 130


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    """Where children come from."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([children.__name__])
    return server


def run(context: ForkServerContext, target: Any, *args: Any) -> int | None:
    """Run a child to its end; gives its exit code, -9 if it was killed."""
    child = context.Process(target=target, args=args)
    child.start()
    child.join()
    return child.exitcode


def rows_of(path: Path, file: str) -> tuple[int, int, int]:
    """How many records, imports and quarantined rows of a file the store holds."""
    with closing(sqlite3.connect(path)) as connection:
        counts = [
            connection.execute(query, (f"{file}{end}",)).fetchone()[0]
            for query, end in (
                ("SELECT count(*) FROM sites WHERE id GLOB ?", "-*"),
                ("SELECT count(*) FROM imports WHERE file_name = ?", ".csv"),
                ("SELECT count(*) FROM quarantine JOIN imports USING (import_id)"
                 " WHERE file_name = ?", ".csv"),
            )
        ]  # fmt: skip
    return counts[0], counts[1], counts[2]


def killed_import(context: ForkServerContext, path: Path, file: str, wait_s: float) -> int:
    """Kill an import after so many seconds; gives the step it had come to."""
    begun, position = context.Event(), context.Value("i", 0)
    child = context.Process(
        target=children.import_and_show, args=(path, file, ROWS, begun, position)
    )
    child.start()
    assert begun.wait(30)
    time.sleep(wait_s)
    child.kill()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL)
    return int(position.value)


def duration_s(context: ForkServerContext, path: Path, file: str) -> float:
    """How long an import takes that nobody kills."""
    begun, position = context.Event(), context.Value("i", 0)
    child = context.Process(
        target=children.import_and_show, args=(path, file, ROWS, begun, position)
    )
    child.start()
    assert begun.wait(30)
    start = time.perf_counter()
    while position.value != children.FINISHED:
        time.sleep(0.001)
    took = time.perf_counter() - start
    child.join()
    return took


def test_an_import_killed_at_any_moment_is_in_or_not(context, tmp_path):
    """Over 80 kills spread over the whole write: none lost, none doubled, none half."""
    path = tmp_path / "store.db"
    EmbeddedStore(path).close()
    took_s = sorted(duration_s(context, path, f"whole{number}") for number in range(3))[1]
    positions: Counter[int] = Counter()
    outcomes: Counter[str] = Counter()
    for number in range(TIMED_KILLS):
        file = f"F{number}"
        wait_s = took_s * 1.1 * number / (TIMED_KILLS - 1)
        positions[killed_import(context, path, file, wait_s)] += 1
        found = rows_of(path, file)
        assert found in ((0, 0, 0), (ROWS, 1, 1))
        outcomes["in" if found[0] else "not in"] += 1
        store = EmbeddedStore(path)
        report = children.import_rows(store, file, ROWS)
        store.close()
        assert report.accepted == (0 if found[0] else ROWS)
        assert rows_of(path, file) == (ROWS, 1, 1)
    assert len(positions) >= 5, f"the kills hit few places: {positions}"
    assert outcomes["not in"] >= TIMED_KILLS // 4, f"the kills came late: {outcomes}"
    store = EmbeddedStore(path)
    assert store.integrity() == ()
    assert len(store.imports()) == TIMED_KILLS + 3
    assert len(store.read("sites")) == (TIMED_KILLS + 3) * ROWS
    store.close()


def test_an_import_killed_at_each_step_is_in_or_not(context, tmp_path):
    """Before and after every statement and at the commit; the next try takes the file in once."""
    path = tmp_path / "store.db"
    steps = children.count_steps(tmp_path / "counted.db")
    for step in range(1, steps + 1):
        file = f"S{step}"
        assert run(context, children.import_and_die, path, file, 30, step) == -signal.SIGKILL
        assert rows_of(path, file) == (0, 0, 0)
        store = EmbeddedStore(path)
        assert children.import_rows(store, file, 30).accepted == 30
        assert store.integrity() == ()
        store.close()
        assert rows_of(path, file) == (30, 1, 1)


def test_a_first_start_killed_at_each_step_leaves_no_half_store(context, tmp_path):
    """There is a whole store or none, and the next start makes it and tidies up."""
    position = context.Value("i", 0)
    assert run(context, children.open_and_die, tmp_path / "whole.db", 0, position) == 0
    last = position.value
    assert last > 60, "making a store takes more steps than that"
    # The tables are made alike; the end, where the file gets its name, is looked at step by step.
    for step in (*range(1, last - 20, 5), *range(last - 20, last + 1)):
        path = tmp_path / str(step) / "store.db"
        killed = run(context, children.open_and_die, path, step, position)
        assert killed == -signal.SIGKILL
        if path.exists():
            with closing(sqlite3.connect(path)) as connection:
                tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
                assert tables > 20
        store = EmbeddedStore(path)
        assert children.import_rows(store, "a", 3).accepted == 3
        assert store.integrity() == ()
        store.close()
        assert [file.name for file in path.parent.iterdir()] == ["store.db"]
