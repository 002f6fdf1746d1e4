"""Walls: what the machine has is used, and what it has not is said."""

from __future__ import annotations

import platform
import sys

import pytest

from geo.sources.confined import walls
from geo.sources.confined.walls import available_walls


def test_the_walls_are_told_by_name():
    """Limits are there on every POSIX system."""
    found = available_walls()
    assert set(found) == {"limits", "network", "files", "calls"}
    assert found["limits"] is (sys.platform != "win32")


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux")
def test_calls_can_be_refused_on_known_machines():
    """A filter needs no privilege, so it stands wherever its numbers are known."""
    assert available_walls()["calls"] is (platform.machine() in walls._MACHINES)


def test_no_call_is_listed_twice():
    """Each jump of the filter has one target, and all are within reach."""
    for _, clone, refused in walls._MACHINES.values():
        assert len(set(refused)) == len(refused) < 200
        assert clone not in refused
