"""Backups with the files that records name come back whole; anything else is refused."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from geo.access import Member, Role
from geo.audit import faults_of
from geo.errors import InvalidSetting, StoreDamaged, StoreError
from geo.frames import frame_of
from geo.pipeline import care
from geo.store import FileKey, open_store
from tests.homes import COUNTS, NOW, settings_of


@pytest.fixture
def packed(store, settings, tmp_path) -> Path:
    """A backup with files."""
    report = care.backup(store, settings, tmp_path / "all.zip")
    assert report.files == COUNTS["scenes"]
    return tmp_path / "all.zip"


def changed(path: Path, **members: bytes | None) -> Path:
    """A copy of a backup in which members are replaced, or left out where None is given."""
    names = {name.replace("__", "/"): content for name, content in members.items()}
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        for info in source.infolist():
            if info.filename not in names:
                target.writestr(info.filename, source.read(info))
        for name, content in names.items():
            if content is not None:
                target.writestr(name, content)
    return copy


def test_a_backup_comes_back_with_its_files(store, packed, tmp_path):
    """Every record, every version and every scene's bytes are there again."""
    fresh = settings_of(tmp_path / "fresh")
    report = care.restore(fresh, packed)
    assert report.files == COUNTS["scenes"]
    again = open_store(fresh.store_url)
    for kind, count in COUNTS.items():
        assert len(again.read(kind)) == count
    for name in again.read("scenes")["path"]:
        assert (fresh.home / name).stat().st_mode & 0o222 == 0
    assert [one.import_id for one in again.imports()] == [one.import_id for one in store.imports()]
    again.close()


@pytest.fixture
def original(store, settings) -> str:
    """SHA-256 of a file that was imported and undone again; its original is kept."""
    content = b"a made-up table"
    digest = hashlib.sha256(content).hexdigest()
    (settings.home / "originals").mkdir()
    (settings.home / "originals" / digest).write_bytes(content)
    (settings.home / "originals" / ("0" * 64)).write_bytes(b"of nobody")
    key = FileKey(file_name="table.csv", sha256=digest)
    report = store.add("sites", frame_of("sites", {"id": ["X"], "name": ["X"], "country": ["X"]}),
                       key=key, author="Amal", now=NOW)  # fmt: skip
    store.undo(report.import_id, author="Amal", now=NOW)
    return digest


def test_originals_come_back_too(store, settings, original, tmp_path):
    """Of every import, read-only; what belongs to no import stays behind."""
    report = care.backup(store, settings, tmp_path / "all.zip")
    assert report.files == COUNTS["scenes"] + 1
    fresh = settings_of(tmp_path / "fresh")
    care.restore(fresh, tmp_path / "all.zip")
    (kept,) = (fresh.home / "originals").iterdir()
    assert (kept.name, kept.read_bytes()) == (original, b"a made-up table")
    assert kept.stat().st_mode & 0o777 == 0o400
    other = changed(tmp_path / "all.zip", **{f"files__originals__{original}": b"another table"})
    with pytest.raises(StoreDamaged, match="is not what its name says"):
        care.restore(settings_of(tmp_path / "other"), other)


@pytest.mark.parametrize("ending", ["zip", "sqlite"])
def test_members_groups_and_the_audit_come_back(store, settings, tmp_path, ending):
    """Who may see what, and what was done: heads that were noted before still agree."""
    store.set_member(Member(subject="proxy:badr", role=Role.PARTNER), author="Amal", now=NOW)
    store.share("local", ["unit 7"], author="Amal", now=NOW)
    head = store.audit_head()
    care.backup(store, settings, tmp_path / f"all.{ending}")
    fresh = settings_of(tmp_path / "fresh")
    care.restore(fresh, tmp_path / f"all.{ending}")
    again = open_store(fresh.store_url)
    assert again.members() == store.members()
    assert again.dataset_groups() == {"local": {"unit 7"}}
    assert again.access_version() == 2
    assert again.audit() == store.audit()
    assert list(faults_of(again.audit(), heads=[head])) == []
    again.close()


def test_a_restore_that_was_killed_is_done_again(packed, tmp_path):
    """Files that are there already stay; what was half-written is written anew."""
    fresh = settings_of(tmp_path / "fresh")
    with zipfile.ZipFile(packed) as whole:
        name = next(n for n in whole.namelist() if n.startswith("files/scenes/"))
        whole.extract(name, tmp_path / "x")
    (fresh.home / "scenes").mkdir(parents=True)
    (tmp_path / "x" / name).rename(fresh.home / name.removeprefix("files/"))
    care.restore(fresh, packed)
    assert not list((fresh.home / "scenes").glob(".unfinished*"))


def test_a_plain_backup_says_what_is_not_in_it(store, settings, tmp_path):
    """Records only, in one file of the embedded store."""
    report = care.backup(store, settings, tmp_path / "records.sqlite")
    assert report.notes == (
        f"{COUNTS['scenes']} scenes, photographs and other files are not in it (.zip takes them)",
    )
    fresh = settings_of(tmp_path / "fresh")
    care.restore(fresh, tmp_path / "records.sqlite")
    assert len(open_store(fresh.store_url).read("sites")) == COUNTS["sites"]


def test_nothing_is_written_over(store, settings, packed):
    """A backup of that name, or a store with records in it, is left as it is."""
    before = packed.read_bytes()
    with pytest.raises(StoreError, match="is there already"):
        care.backup(store, settings, packed)
    assert packed.read_bytes() == before
    revision = store.revision()
    with pytest.raises(StoreError, match="empty"):
        care.restore(settings, packed)
    assert store.revision() == revision


def test_what_is_no_whole_backup_is_refused(packed, tmp_path):
    """No store in it, another program's file, a member that climbs, a scene with other bytes."""
    with zipfile.ZipFile(packed) as whole:
        scene = next(n for n in whole.namelist() if n.startswith("files/scenes/"))
    for number, (members, words) in enumerate(
        (
            ({"store.sqlite": None}, "it holds 0 stores"),
            ({"store.sqlite": b"SQLite format 3\0 of somebody"}, "store"),
            ({"files/../../evil": b"x"}, "it holds '../../evil'"),
            ({"readme.txt": b"x"}, "it holds 'readme.txt'"),
            ({scene: b"other bytes"}, "is not what its name says"),
        )
    ):
        fresh = settings_of(tmp_path / f"fresh {number}")
        with pytest.raises(StoreDamaged, match=words):
            care.restore(fresh, changed(packed, **members))
        assert not (tmp_path / "evil").exists()
    with pytest.raises(StoreError, match="there is no file"):
        care.restore(fresh, tmp_path / "none.zip")
    cut = tmp_path / "cut.zip"
    cut.write_bytes(packed.read_bytes()[:-200])
    with pytest.raises(StoreError):
        care.restore(fresh, cut)


def test_a_store_is_copied_with_its_history(store, settings, tmp_path):
    """Versions, quarantine and imports; never into itself, never from a file that is not there."""
    target = f"sqlite:///{tmp_path / 'copy.sqlite'}"
    counts = care.copy(store.url, target)
    assert counts.rows["sites"] == COUNTS["sites"]
    assert [one.import_id for one in open_store(target).imports()] == [
        one.import_id for one in store.imports()
    ]
    with pytest.raises(InvalidSetting, match="into itself"):
        care.copy(store.url, store.url)
    with pytest.raises(StoreError, match="there is no store"):
        care.copy(f"sqlite:///{tmp_path / 'none.sqlite'}", target)
    assert not (tmp_path / "none.sqlite").exists()
