"""Commands as a shell runs them: how each ended, what it left in the store, how it refused."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

import cli
from geo.store import open_store
from tests.homes import COUNTS, settings_of


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """What it wrote for machines."""
        return json.loads(self.out)


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a command, without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LAMASSU_")}
    return {**kept, "LAMASSU_HOME": str(home), "COLUMNS": "100", **more}


def started(project: Path, home: Path, *words: object, **more: str) -> subprocess.Popen:
    """A command in a process of its own, which nobody answers."""
    return subprocess.Popen(
        [sys.executable, str(project / "cli.py"), *map(str, words)],
        env=environment(home, **more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=home.parent,
    )  # fmt: skip


def ended(process: subprocess.Popen) -> Done:
    """The end of a command."""
    out, err = process.communicate(timeout=120)
    assert b"Traceback" not in out + err
    return Done(process.returncode, out.decode(), err.decode())


def called(monkeypatch, capsys, home: Path, *words: object, **more: str) -> Done:
    """Run a command in this process, with nothing to read from."""
    for name in [name for name in os.environ if name.startswith("LAMASSU_")]:
        monkeypatch.delenv(name)
    for name, value in environment(home, **more).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["cli.py", *map(str, words)])
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    capsys.readouterr()
    with pytest.raises(SystemExit) as ending:
        cli.main()
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert "failed inside" not in err
    return Done(int(ending.value.code or 0), out, err)


def state(home: Path) -> tuple[int, dict[str, int], int]:
    """Revision and records of a store, and how many scene files there are."""
    store = open_store(settings_of(home).store_url)
    revision = store.revision()
    store.close()
    with closing(sqlite3.connect(home / "lamassu.sqlite")) as database:
        counts = {
            kind: database.execute(f"SELECT count(*) FROM {kind} WHERE current").fetchone()[0]
            for kind in COUNTS
        }
    return revision, counts, len(list((home / "scenes").iterdir()))


def refused(done: Done, *words: str) -> None:
    """Assert that a command refused in one line that holds these words."""
    assert done.code == 2
    assert done.err.startswith("refused: ")
    assert done.err.count("\n") == 1
    assert len(done.err) < 1500
    for word in words:
        assert word in done.err
    assert done.out == ""
