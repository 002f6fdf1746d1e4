"""The child process: it may break, its parent does not."""

from __future__ import annotations

import gzip
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from geo.errors import LamassuError, UnreadableFile
from geo.sources.roads.road_child import ChildLimits
from geo.sources.roads.road_files import read_roads
from tests.road_makers import (
    ROAD,
    gpkg,
    sql,
    write_osm,
)


def test_a_child_that_needs_too_much_is_stopped(tmp_path: Path):
    """Memory, processor time, disk and the clock each have an end, and the reason is told."""
    path = tmp_path / "bomb.osm.gz"
    blank = gzip.compress(bytes(1_000_000).replace(b"\0", b" "))
    path.write_bytes(gzip.compress(b'<osm version="0.6">') + blank * 20_000)
    for limits, match in (
        (ChildLimits(memory_bytes=150_000_000), "memory|broke down"),
        (ChildLimits(cpu_s=1), "more than 1 s of processor time"),
        (ChildLimits(wall_s=0.05), r"more than 0\.05 s"),
    ):
        with pytest.raises(UnreadableFile, match=match):
            read_roads(path, limits=limits)


def test_a_child_that_writes_too_much_is_stopped(tmp_path: Path):
    """Rows without end do not fill the disk."""
    path = write_osm(tmp_path / "x.osm.pbf", [(k, [1, 2, 3], ROAD) for k in range(1, 300)])
    with pytest.raises(UnreadableFile, match=r"File too large|more than 10,000 bytes"):
        read_roads(path, limits=ChildLimits(disk_bytes=10_000))


def test_a_child_killed_half_way_leaves_nothing_and_the_next_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The parent lives on, tells what happened, and cleans up; twice."""
    path = write_osm(tmp_path / "x.osm.pbf", [(1, [1, 2], ROAD)])
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    run = subprocess.run

    def killed(command, **options):
        program = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
        Path(options["cwd"], "rows.arrow").write_bytes(b"ARROW1 half a table")
        return run([sys.executable, "-c", program], **options)

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(subprocess, "run", killed)
            with pytest.raises(UnreadableFile, match=f"broke down .signal {signal.SIGKILL:d}"):
                read_roads(path)
        assert list(temporary.iterdir()) == []
        assert len(read_roads(path).ways) == 1


def test_a_journal_beside_a_geopackage_is_not_replayed(tmp_path: Path):
    """What counts is the file that was hashed."""
    path = gpkg(tmp_path, {"name": "kept"})
    sql(path)
    before = path.read_bytes()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("UPDATE roads SET name = 'changed'")
        database.commit()
        wal = Path(f"{path}-wal").read_bytes()
    path.write_bytes(before)
    Path(f"{path}-wal").write_bytes(wal)
    assert read_roads(path).ways["name"].tolist() == ["kept"]
    assert path.read_bytes() == before


def test_a_damaged_geopackage_gives_ways_or_an_error(tmp_path: Path):
    """A few flipped bytes never come out as another kind of exception."""
    whole = gpkg(tmp_path, *[{"name": f"طريق {k}"} for k in range(30)]).read_bytes()
    path = tmp_path / "flip.gpkg"
    chance = random.Random(3)
    for _ in range(6):
        flipped = bytearray(whole)
        for _ in range(9):
            flipped[chance.randrange(16, len(whole))] = chance.randrange(256)
        path.write_bytes(flipped)
        try:
            assert len(read_roads(path).ways) <= 30
        except LamassuError:
            continue
