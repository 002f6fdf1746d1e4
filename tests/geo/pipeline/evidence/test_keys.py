"""One signing key for an installation, whoever asks first; its public halves are never lost."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from geo.errors import StoreError, UnreadableFile
from geo.evidence.signing import key_id, sign
from geo.pipeline.evidence import keys
from tests.homes import settings_of


@pytest.fixture
def own(tmp_path):
    """Settings of an installation with nothing in it."""
    return settings_of(tmp_path / "home")


def ids(settings) -> tuple[str, set[str]]:
    """The id of the key in use, and those of all that there are."""
    return key_id(keys.signing_key(settings).public_key()), set(keys.public_keys(settings))


def test_a_key_is_made_at_its_first_use_and_stays(own):
    """Only its owner reads it; its public half lies under its id."""
    first = keys.signing_key(own)
    file = own.keys_folder / keys.SIGNING
    assert file.stat().st_mode & 0o777 == 0o600
    assert own.keys_folder.stat().st_mode & 0o077 == 0
    assert not keys.read_by_others(own)
    assert sign(first, b"x") == sign(keys.signing_key(own), b"x")
    assert ids(own) == (key_id(first.public_key()), {key_id(first.public_key())})
    assert not list(own.keys_folder.rglob(".unfinished*"))


def test_all_who_make_it_at_once_get_the_same(own):
    """Eight at a time; the file system's own order decides."""
    together = Barrier(8)

    def made(_: int) -> str:
        together.wait()
        return sign(keys.signing_key(own), b"x")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(made, range(8)))) == 1
    assert len(ids(own)[1]) == 1


def refused_link(_self: Path, _target: Path) -> None:
    """What a file system without hard links says."""
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_key_is_made_where_there_are_no_links(own, monkeypatch):
    """A memory stick's file system takes it as well."""
    monkeypatch.setattr(Path, "hardlink_to", refused_link)
    first, known = ids(own)
    assert known == {first}
    assert ids(own)[0] == first


def test_a_new_key_leaves_the_public_half_of_the_old_one(own):
    """What it signed can still be checked; its private half is gone."""
    private = (keys.signing_key(own), (own.keys_folder / keys.SIGNING).read_bytes())[1]
    old, new = keys.rotate(own)
    assert ids(own) == (new, {old, new})
    assert private not in [f.read_bytes() for f in own.keys_folder.rglob("*") if f.is_file()]


def test_a_damaged_key_is_refused_and_not_replaced(own):
    """Its owner decides what becomes of it."""
    keys.signing_key(own)
    file = own.keys_folder / keys.SIGNING
    file.write_bytes(b"damaged")
    with pytest.raises(UnreadableFile, match=r"holds no Ed25519 key.*restore the file"):
        keys.signing_key(own)
    assert file.read_bytes() == b"damaged"


def test_a_folder_that_takes_no_key_is_told_without_its_path(own):
    """One line with what to do."""
    own.home.mkdir()
    own.keys_folder.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot be read or kept") as told:
        keys.signing_key(own)
    assert str(own.home) not in str(told.value)


def test_a_full_disk_leaves_no_half_key(own, monkeypatch):
    """Nothing appears under the key's name."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        keys.signing_key(own)
    assert not [file for file in own.keys_folder.rglob("*") if file.is_file()]


def test_a_key_that_others_can_read_is_told(own):
    """After somebody was careless with a copy."""
    keys.signing_key(own)
    (own.keys_folder / keys.SIGNING).chmod(0o644)
    assert keys.read_by_others(own)
