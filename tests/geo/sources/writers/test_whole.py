"""Files that are written whole or not at all, one by itself or several together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from geo.errors import BadInput
from geo.sources.writers.whole import whole_file, whole_files


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path):
    """The old bytes stay, and nothing else is there."""
    path = tmp_path / "t.csv"
    path.write_text("old")

    def fail() -> None:
        with whole_file(path, suffix=".csv") as unfinished:
            unfinished.write_text("new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_several_files_come_together(tmp_path):
    """Each under its own name, in its own folder; what was not asked for is not written."""
    (tmp_path / "b").mkdir()
    first, second = tmp_path / "a.tif", tmp_path / "b" / "طبعات.gpkg"
    first.write_text("old")
    with whole_files(first, None, second) as (one, nothing, two):
        assert nothing is None
        one.write_text("1")
        two.write_text("2")
        assert first.read_text() == "old"
        assert not second.exists()
    assert (first.read_text(), second.read_text()) == ("1", "2")
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == [first, second]


def test_of_several_files_one_that_fails_leaves_all_as_they_were(tmp_path):
    """The old ones, not the new; and the message names the file that was asked for."""
    first, second = tmp_path / "a.tif", tmp_path / "b.tif"
    first.write_text("old")

    def refuse(path: Path) -> None:
        raise BadInput(f"{path} cannot be written (no room)", expected="room", remedy="make some")

    def fail() -> None:
        with whole_files(first, second) as (one, two):
            one.write_text("new")
            refuse(two)

    with pytest.raises(BadInput) as refused:
        fail()
    assert str(refused.value) == (f"{second} cannot be written (no room); expected room; make some")
    assert first.read_text() == "old"
    assert list(tmp_path.iterdir()) == [first]


def test_a_folder_that_is_not_there_is_refused_before_anything_is_written(tmp_path):
    """By the name of the file that was asked for."""
    first, second = tmp_path / "a.tif", tmp_path / "no" / "b.tif"
    with (
        pytest.raises(BadInput, match=r"no.b\.tif cannot be written \(No such file"),
        whole_files(first, second),
    ):
        pytest.fail("nothing is to be written")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_not_replaced(tmp_path, make):
    """Neither a folder nor a device: /dev/null must stay what it is."""
    path = tmp_path / "a.tif"
    make(path)
    kind = path.stat().st_mode
    with (
        pytest.raises(BadInput, match=r"a\.tif cannot be written \(it is no file"),
        whole_files(tmp_path / "b.tif", path),
    ):
        pytest.fail("nothing is to be written")
    with pytest.raises(BadInput, match="it is no file"), whole_file(path, suffix=".tif"):
        pytest.fail("nothing is to be written")
    assert path.stat().st_mode == kind
    assert list(tmp_path.iterdir()) == [path]
