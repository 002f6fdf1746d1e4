"""A process that is killed leaves whole imports, whole stores, and nothing else.

Fewer kills than `tests/bench/kills.py`, which has five hundred.
"""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing

import pytest

from tests.geo.store import children, killing
from tests.geo.store.files import breaks

TIMED_KILLS = 8


@pytest.fixture(scope="module")
def context():
    """Where children come from."""
    return killing.new_context()


@pytest.fixture
def ground(url):
    """A new store of one kind that holds what mixed files know and change."""
    with closing(children.opened(url)) as store:
        children.import_ground(store)
    return url


@pytest.mark.thorough
def test_an_import_killed_at_any_moment_is_in_or_not(context, ground):
    """Kills spread over the whole write: none lost, none doubled, none half."""
    rows = 320
    took_s = sorted(killing.duration_s(context, ground, f"whole{n}", rows) for n in range(3))[1]
    waits_s = [took_s * 1.1 * number / (TIMED_KILLS - 1) for number in range(TIMED_KILLS)]
    tally = killing.kill_at_times(context, ground, waits_s, rows)
    assert len(tally.positions) >= 3, f"the kills hit few places: {tally.positions}"
    assert tally.left_in <= TIMED_KILLS * 3 // 4, "the kills came late"
    with closing(children.opened(ground)) as store:
        assert store.integrity() == ()
        files = TIMED_KILLS + 3
        assert len(store.imports()) == files + 1
        assert len(store.read("sites")) == children.PARTS * (rows * files + 2)


def test_an_import_killed_at_each_step_is_in_or_not(context, ground):
    """Before and after every statement and at the commit; the next try takes the file in once."""
    last = killing.count_steps(ground, rows=5)
    assert last >= 40
    # The embedded store at all of them; a server keeps whole what it is not asked to commit.
    steps = range(1, last + 1) if ground.startswith("sqlite") else range(1, last + 1, 6)
    tally = killing.kill_at_steps(context, ground, steps, rows=5)
    assert tally.left_in == 0
    with closing(children.opened(ground)) as store:
        assert store.integrity() == ()
        assert len(store.imports()) == len(steps) + 2


def test_a_change_of_access_killed_at_each_step_is_in_the_audit_or_not_at_all(context, url):
    """What members and groups say and what the chain says of it are one."""
    with closing(children.opened(url)) as store:
        last = children.steps_of(store, lambda: children.change_access(store, "counted"))
    assert last >= 15
    for step in range(1, last + 1, 1 if url.startswith("sqlite") else 4):
        args = (url, f"D{step}", step)
        assert killing.run(context, children.change_access_and_die, *args) == -signal.SIGKILL
    with closing(children.opened(url)) as store:
        entries = store.audit()
        assert breaks(store) == []
        told = {
            action: sorted(entry.subject for entry in entries if entry.action == action)
            for action in ("saw", "member", "share")
        }
        assert told["member"] == [member.subject for member in store.members()]
        assert told["share"] == sorted(store.dataset_groups())
        assert len(told["saw"]) > len(told["member"]) > len(told["share"]) > 0


@pytest.mark.thorough
def test_a_first_start_killed_at_each_step_leaves_no_half_store(context, tmp_path):
    """There is a whole store or none, and the next start makes it and tidies up."""
    position = context.Value("i", 0)
    assert killing.run(context, children.open_and_die, tmp_path / "whole.db", 0, position) == 0
    last = position.value
    assert last > 60, "making a store takes more steps than that"
    # The tables are made alike; the end, where the file gets its name, is looked at step by step.
    for step in (*range(1, last - 12, 20), *range(last - 12, last + 1)):
        path = tmp_path / str(step) / "store.db"
        killed = killing.run(context, children.open_and_die, path, step, position)
        assert killed == -signal.SIGKILL
        if path.exists():
            with closing(sqlite3.connect(path)) as connection:
                tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
                assert tables > 20
        with closing(children.opened(path)) as store:
            assert children.import_rows(store, "a", 3).accepted == 3
            assert store.integrity() == ()
        assert [file.name for file in path.parent.iterdir()] == ["store.db"]
