"""An installation begun, also by two at once and after a kill, backed up and upgraded."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from geo.store import open_store
from tests.homes import COUNTS, settings_of
from tests.shell_runs import ended, refused, started, state


def test_init_says_what_there_is(shell, home):
    """For people and for machines; nothing is changed by asking again."""
    before = state(home)
    done = shell("init", "--json")
    assert done.code == 0
    assert done.json == {"store": settings_of(home).store_url, "records": COUNTS}
    assert state(home) == before


@pytest.mark.thorough
def test_two_that_begin_at_once_make_one_installation(project, tmp_path):
    """Both end well and nothing is doubled."""
    home = tmp_path / "home"
    both = [started(project, home, "init", "--json") for _ in range(2)]
    assert [ended(process).code for process in both] == [0, 0]
    whole(home)


@pytest.mark.thorough
def test_a_start_that_was_killed_is_completed_by_the_next(project, tmp_path):
    """Killed with -9 among the facts and among the scenes, then run again."""
    home = tmp_path / "home"
    for wanted in (1, 7, 10):
        process = started(project, home, "init")
        deadline = time.monotonic() + 60
        while imports(home) < wanted and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = ended(started(project, home, "init", "--json"))
    assert (done.code, done.json["records"]) == (0, COUNTS)
    whole(home)


def imports(home: Path) -> int:
    """How many imports a store that may not be there yet holds."""
    try:
        uri = f"file:{home / 'lamassu.sqlite'}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM imports").fetchone()[0]
    except sqlite3.Error:
        return 0


def whole(home: Path) -> None:
    """Assert that an installation is complete and holds nothing twice."""
    store = open_store(settings_of(home).store_url)
    try:
        assert {kind: len(store.read(kind)) for kind in COUNTS} == COUNTS
        assert all(set(store.read(kind)["version"]) <= {1} for kind in COUNTS)
        names = [record.key.file_name for record in store.imports()]
        assert len(names) == len(set(names)) == 16
        assert store.integrity() == ()
        paths = {str(home / path) for path in store.read("scenes")["path"]}
    finally:
        store.close()
    assert {str(path) for path in (home / "scenes").glob("*.tif")} == paths


def test_a_backup_is_a_store_of_its_own(run, home, tmp_path):
    """Whole and sound; a file that is there is not replaced."""
    done = run("backup", tmp_path / "copy.sqlite", "--json")
    assert (done.code, done.json["file"]) == (0, str(tmp_path / "copy.sqlite"))
    store = open_store(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    assert len(store.read("sites")) == COUNTS["sites"]
    store.close()
    refused(run("backup", tmp_path / "copy.sqlite"), "copy.sqlite")
    refused(run("backup", tmp_path / "none" / "copy.sqlite"), "none")


def test_upgrade_finds_a_sound_store_sound(run, home):
    """Nothing to do, and no fault."""
    done = run("upgrade", "--json")
    assert (done.code, done.json) == (0, {"store": settings_of(home).store_url, "faults": []})
    assert "up to date and sound" in run("upgrade").out


def test_upgrade_finds_a_damaged_store(run, home):
    """Two current versions of one record are a fault: exit 1 with words, or a refusal."""
    path = home / "lamassu.sqlite"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 8192] = b"\xa5" * 8192
    path.write_bytes(content)
    done = run("upgrade")
    assert done.code in {1, 2}
    assert done.out + done.err
