"""What Lamassu runs on: pinned, locked with hashes, and held against known weaknesses."""

from __future__ import annotations

import csv
import re
from datetime import date
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PROJECT = Path(__file__).resolve().parents[1]
LOCK = (PROJECT / ".ci" / "requirements.lock").read_text(encoding="utf-8")


def requirements(text: str) -> dict[str, Requirement]:
    """The packages of a list, by their canonical name."""
    plain = re.sub(r"\\\n", " ", text)
    lines = (line.split("#")[0].split("--hash")[0].strip() for line in plain.splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(one.name): one for one in found}


PINNED = requirements((PROJECT / "requirements.txt").read_text(encoding="utf-8"))
LOCKED = requirements(LOCK)


def test_the_lock_holds_what_is_pinned_and_nothing_else():
    """Both lists name the same packages in the same versions."""
    assert {name: str(one.specifier) for name, one in PINNED.items()} == {
        name: str(one.specifier) for name, one in LOCKED.items()
    }


def test_every_locked_package_has_the_hash_of_at_least_one_file():
    """No entry of the lock is without a SHA-256."""
    entries = re.split(r"\n(?=[a-z])", re.sub(r"^#.*\n", "", LOCK, flags=re.MULTILINE).strip())
    assert len(entries) == len(LOCKED)
    bare = [entry.split("=")[0] for entry in entries
            if not re.search(r"--hash=sha256:[0-9a-f]{64}(\s|$)", entry)]  # fmt: skip
    assert bare == []


@pytest.mark.parametrize("name", sorted(PINNED))
def test_what_is_installed_is_what_is_pinned(name: str):
    """The tests run on the very versions that users install."""
    pinned = PINNED[name]
    if pinned.marker and not pinned.marker.evaluate():
        return
    assert pinned.specifier.contains(metadata.version(name), prereleases=True)


with (PROJECT / ".ci" / "advisories.csv").open(encoding="utf-8", newline="") as _file:
    ADVISORIES = list(csv.DictReader(_file))


@pytest.mark.parametrize("known", ADVISORIES, ids=lambda known: known["advisory"])
def test_no_pinned_version_has_a_weakness_that_is_known(known: dict[str, str]):
    """Each noted advisory is mended in the pinned version, or stands there with a reason."""
    date.fromisoformat(known["checked_on"])
    assert known["source"].startswith("https://")
    pinned = next(iter(PINNED[canonicalize_name(known["package"])].specifier)).version
    mended = known["fixed_in"] and Version(pinned) >= Version(known["fixed_in"])
    assert mended or known["reason_if_open"]


def test_packages_that_face_the_network_or_partners_files_were_looked_up():
    """What parses hostile bytes has been held against the advisories at least once."""
    facing = {"streamlit", "starlette", "authlib", "cryptography", "pillow", "python-multipart"}
    assert facing <= {known["package"] for known in ADVISORIES}
