"""Files that are read in parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import Unreachable, UnreadableFile
from geo.sources.stac.remote import PIECE, RemoteFile
from tests.geo.sources.stac.conftest import QUICK

CONTENT = np.random.default_rng(1).integers(0, 256, 400_000, dtype=np.uint8).tobytes()


@pytest.fixture
def file(files, web) -> RemoteFile:
    """A file of 400 kB."""
    files.files["/a"] = CONTENT
    return RemoteFile(web, f"{files.url}/a", most_bytes=2_000_000)


def test_only_what_is_asked_for_comes(files, file, web):
    """The first piece, then the part."""
    assert file.size == len(CONTENT)
    assert file.read(300_000, 70_000) == CONTENT[300_000:370_000]
    assert web.bytes_read == PIECE + 70_000


def test_what_came_once_is_not_asked_for_again(files, file):
    """A directory is read in many small steps."""
    for start in range(0, 60_000, 500):
        assert file.read(start, 12) == CONTENT[start : start + 12]
    assert len(files.asked) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 390_000), st.integers(0, 9_000)), max_size=8))
def test_parts_are_the_files_own_however_they_are_grouped(files, web, ranges):
    """Same as cutting the whole."""
    files.files["/a"] = CONTENT
    whole = RemoteFile(web, f"{files.url}/a", most_bytes=10_000_000)
    assert whole.read_all(ranges) == [CONTENT[start : start + n] for start, n in ranges]


def test_parts_that_lie_close_come_at_once(files, file):
    """One request instead of three."""
    before = len(files.asked)
    file.read_all([(340_000, 10), (200_000, 1_000), (200_900, 500), (240_000, 5)])
    assert len(files.asked) == before + 2


def test_a_file_that_ends_before_is_truncated(file):
    """The message names both sizes."""
    with pytest.raises(UnreadableFile, match="truncated: it has 400,000 bytes"):
        file.read(399_990, 11)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("wrong part", "bytes from 1 on"),
        ("no range words", "does not say which part"),
        ("long", "sends more than|announces|came as"),
    ],
)
def test_a_server_that_gives_another_part_is_not_believed(files, web_to, fault: str, why: str):
    """Otherwise pixels would lie in the wrong place."""
    files.files["/a"], files.faults["/a"] = CONTENT, fault
    web = web_to(limits=replace(QUICK, whole_bytes=200_000))
    with pytest.raises((UnreadableFile, Unreachable), match=why):
        RemoteFile(web, f"{files.url}/a", most_bytes=1_000_000)


def test_a_file_that_changes_while_it_is_read_is_refused(files, web):
    """Two halves of two files are none."""
    files.files["/a"], files.faults["/a"] = CONTENT, "changes"
    file = RemoteFile(web, f"{files.url}/a", most_bytes=1_000_000)
    with pytest.raises(UnreadableFile, match="changed while it was read"):
        file.read(300_000, 70_000)


def test_a_size_that_does_not_hold_is_found_where_it_matters(files, web):
    """The part beyond the true end is never given."""
    files.files["/a"], files.faults["/a"] = CONTENT, "lies about size"
    file = RemoteFile(web, f"{files.url}/a", most_bytes=1_000_000)
    del files.faults["/a"]
    with pytest.raises((UnreadableFile, Unreachable), match=r"changed|416"):
        file.read(1_000_000, 100)


def test_a_server_without_parts_gives_a_small_file_whole(files, web):
    """It is read from memory then."""
    files.files["/a"], files.faults["/a"] = CONTENT, "no parts"
    file = RemoteFile(web, f"{files.url}/a", most_bytes=1_000_000)
    assert file.read(399_000, 1_000) == CONTENT[399_000:]
    assert len(files.asked) == 1


def test_a_server_without_parts_does_not_get_a_large_file_in(files, web_to):
    """A tile of 200 MB is not worth a site of 5 km."""
    files.files["/a"], files.faults["/a"] = CONTENT, "no parts"
    with pytest.raises(Unreachable, match="announces 400,000 bytes"):
        RemoteFile(
            web_to(limits=replace(QUICK, whole_bytes=100_000)), f"{files.url}/a", most_bytes=10**6
        )


def test_one_file_does_not_cost_more_than_it_may(files, web):
    """Its own cap, below that of the whole."""
    files.files["/a"] = CONTENT
    file = RemoteFile(web, f"{files.url}/a", most_bytes=200_000)
    with pytest.raises(UnreadableFile, match="costs more than may be read"):
        file.read(100_000, 200_000)
