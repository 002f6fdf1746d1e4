"""Every file that came in is still there as it came, before anything of it counts."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest

from geo.errors import StoreError
from geo.pipeline.evidence import originals
from geo.pipeline.evidence.originals import keep_original, original_of
from geo.pipeline.evidence.rereading import import_record
from geo.pipeline.intake import ImportOptions, import_files, mending
from geo.pipeline.intake.uploads import OpenFile
from tests.homes import NOW, settings_of
from tests.hostile.bad_netcdfs import cube

SITES = "id,name,country,lon,lat\nA,Tell A,Iraq,44.1,33.2\nB,,Iraq,44.2,33.3\n"


def digest_of(content: bytes) -> str:
    """SHA-256."""
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def own(tmp_path):
    """Settings of an installation with nothing in it."""
    return settings_of(tmp_path / "home")


@pytest.fixture
def table(tmp_path) -> Path:
    """A table with a good row and one without a name."""
    path = tmp_path / "sites.csv"
    path.write_text(SITES)
    return path


def brought(store, settings, path, kind="sites", **more):
    """The report of an import."""
    options = ImportOptions(source="Test", author="Amal")
    (report, *_) = import_files(store, settings, kind, [path], options=options, now=NOW, **more)
    return report


def test_an_original_is_kept_under_its_hash_and_cannot_be_written(own, table):
    """It is a copy: what its owner does to the file changes nothing."""
    digest = digest_of(table.read_bytes())
    keep_original(own, table, digest)
    kept = own.originals_folder / digest
    assert kept.stat().st_mode & 0o777 == 0o400
    assert own.originals_folder.stat().st_mode & 0o077 == 0
    with table.open("a") as file:
        file.write("more")
    assert kept.read_text() == SITES
    keep_original(own, table, digest)
    assert kept.read_text() == SITES


def test_a_file_that_changes_while_it_is_read_is_refused(own, table):
    """Its bytes are not those that were hashed; nothing stays."""
    with pytest.raises(StoreError, match=r"sites.csv changed while it was read"):
        keep_original(own, table, "0" * 64)
    assert list(own.originals_folder.iterdir()) == []


def test_a_full_disk_imports_nothing(store, settings, table, monkeypatch):
    """One line, no half original, the store as it was."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    revision = store.revision()
    monkeypatch.setattr(originals.os, "fsync", full)
    with pytest.raises(StoreError, match=r"No space left.*nothing was imported") as told:
        brought(store, settings, table)
    monkeypatch.undo()
    assert str(settings.home) not in str(told.value)
    assert store.revision() == revision
    assert list(settings.originals_folder.iterdir()) == []


def test_a_table_is_kept_before_its_rows(store, settings, table):
    """The import names it by its hash; a dry run keeps nothing."""
    brought(store, settings, table, dry_run=True)
    assert not settings.originals_folder.exists()
    report = brought(store, settings, table)
    record = store.imports()[0]
    kept = original_of(settings, record)
    assert record.import_id == report.import_id
    assert kept == settings.originals_folder / record.key.sha256
    assert kept.read_text() == SITES


def test_rows_that_a_person_mended_are_kept_as_written(store, settings, table):
    """The cells of each by its number, with the columns."""
    report = brought(store, settings, table)
    (row,) = mending.waiting(store, report.import_id)
    cells = row.cells | {"name": "Tell B"}
    mended = mending.mend(
        store, report.import_id, {3: cells}, settings=settings, author="Badr", now=NOW
    )
    kept = original_of(settings, store.imports()[0])
    assert mended.accepted == 1
    told = json.loads(kept.read_bytes())
    assert told["rows"] == {"3": cells}
    assert told["header"] == ["id", "name", "country", "lon", "lat"]


def test_an_open_upload_holds_its_bytes_until_it_is_closed(table):
    """They are those that were read, wherever the upload itself went."""
    opened = OpenFile(table)
    table.unlink()
    assert opened.raw.original.read_text() == SITES
    opened.close()
    assert not opened.raw.original.exists()


def test_files_kept_elsewhere_are_found(store, settings):
    """Scenes by their hash, embedded facts where they ship."""
    by_kind = {record.kind: record for record in store.imports()}
    scene = original_of(settings, by_kind["scenes"])
    assert scene.parent == settings.scenes_folder
    facts = original_of(settings, by_kind["sites"])
    assert digest_of(facts.read_bytes()) == by_kind["sites"].key.sha256


def test_a_cube_is_kept_beside_the_scenes_made_of_it(store, settings, tmp_path):
    """The import of each scene names the file that its bytes were made from."""
    path = tmp_path / "cube.nc"
    path.write_bytes(cube())
    report = brought(store, settings, path, kind="scenes")
    digest = digest_of(path.read_bytes())
    assert (settings.originals_folder / digest).read_bytes() == path.read_bytes()
    assert f"made from cube.nc, SHA-256 {digest}, which is kept as it came" in report.notes
    scene = original_of(settings, import_record(store, report.import_id))
    assert scene.parent == settings.scenes_folder
