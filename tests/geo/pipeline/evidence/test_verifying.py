"""Whether a file, routes, flags, an import or a page is what it was."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from geo.access import Principal, Role, Via, Viewer
from geo.columns import columns_of
from geo.errors import InvalidSetting, NotAllowed, NotFound, UnreadableFile
from geo.evidence import verify
from geo.frames import frame_of
from geo.model import Audience
from geo.pipeline import page
from geo.pipeline.comparing import Remade
from geo.pipeline.evidence import export_bundle, export_file, keys, page_bundle, page_file
from geo.pipeline.evidence.verifying import is_kept, verify_file, verify_kept
from geo.pipeline.export import export
from geo.pipeline.guard import guard
from geo.pipeline.intake import ImportOptions, correct, import_files, mending
from geo.query import Query
from geo.store import FileKey
from tests.bundles import flipped, some_bits
from tests.homes import NOW

BITS = 1_000
"""Changes of one bit that must be found."""

SITES = (
    "id,name,country,lon,lat,precision\n"
    "A,Tell A,Iraq,44.1,33.2,exact\n"
    "B,,Iraq,44.2,33.3,exact\n"
    "C,Tell C,Iraq,44.3,33.4,exact\n"
    "C,Tell C,Iraq,44.3,33.4,exact\n"
    "C,another,Iraq,44.3,33.4,exact\n"
)
"""Two good rows, one without a name, one twice, and one that says otherwise."""


@pytest.fixture
def bundle(store, settings, tmp_path) -> Path:
    """An export of posts as a bundle."""
    made = export_bundle(
        store, settings, "posts", ".csv", audience=Audience.PUBLIC, author="Amal", now=NOW
    )
    path = tmp_path / "posts.zip"
    path.write_bytes(made.content)
    return path


def brought(store, settings, tmp_path, text=SITES, name="partner.csv"):
    """The report of an import of sites."""
    path = tmp_path / name
    path.write_text(text)
    options = ImportOptions(source="Test", author="Amal")
    (report,) = import_files(store, settings, "sites", [path], options=options, now=NOW)
    return report


def found(path: Path, settings) -> bool:
    """Whether a check finds something wrong, or nothing that can be checked."""
    try:
        return not verify_file(path, settings).same
    except UnreadableFile:
        return True


def test_a_thousand_changed_bits_are_found_and_the_whole_bundle_is_not(bundle, settings):
    """By the same functions as the stand-alone script's, with this installation's keys."""
    whole = bundle.read_bytes()
    for bit in some_bits(whole, BITS, seed=2):
        bundle.write_bytes(flipped(whole, bit))
        assert found(bundle, settings), bit
    bundle.write_bytes(whole)
    assert verify_file(bundle, settings).same


def test_a_whole_bundle_is_described(bundle, settings):
    """Key, subject, marking, files."""
    told = "\n".join(verify_file(bundle, settings).told)
    for words in ("signed by the key", "102 posts", "TLP:CLEAR", "audience: public", ".csv"):
        assert words in told


def test_a_key_of_others_must_be_given(bundle, settings, tmp_path):
    """What another office signed is whole only for its key; a key of earlier is one's own."""
    assert keys.rotate(settings)
    assert verify_file(bundle, settings).same
    (name, pem) = next(
        (name, pem) for name, pem in keys.public_keys(settings).items()
        if name == verify.check(bundle).key
    )  # fmt: skip
    shutil.rmtree(settings.keys_folder)
    unknown = verify_file(bundle, settings)
    assert "which this installation never had" in unknown.differences[0]
    assert name in unknown.differences[0]
    (tmp_path / "office.pem").write_bytes(pem)
    assert verify_file(bundle, settings, key=tmp_path / "office.pem").same
    keys.signing_key(settings)
    own = settings.keys_folder / keys.PUBLIC
    assert not verify_file(bundle, settings, key=next(own.iterdir())).same


@pytest.mark.parametrize("name", ["none.zip", "plain.csv", "empty"])
def test_what_has_no_proof_cannot_be_checked(settings, tmp_path, name):
    """It is neither whole nor changed."""
    (tmp_path / "plain.csv").write_text("id\n")
    (tmp_path / "empty").touch()
    with pytest.raises(UnreadableFile, match="cannot be checked") as told:
        verify_file(tmp_path / name, settings)
    assert str(tmp_path) not in str(told.value)
    with pytest.raises(UnreadableFile, match=r"none.pem cannot be read"):
        verify_file(tmp_path / name, settings, key=tmp_path / "none.pem")


@pytest.mark.parametrize(
    ("subject", "kept"),
    [
        ("RT-0123456789", True), ("RT-0123456789-3", True), ("CH-0123456789ab", True),
        ("IM-20261122-1a2b3c4d", True), ("IM-20261122-1a2b3c4d-2", True),
        ("LMS-20261122-1a2b3c4d", True), ("CH-0123456789ab-001", True),
        ("SE-0123456789ab", True), ("SR-0123456789ab-1", True), ("SA-0123456789ab-001", True),
        ("SR-x-1", False), ("export.zip", False), ("RT-x.zip", False),
        ("IM-1", False), ("", False),
    ],
)  # fmt: skip
def test_an_id_is_told_from_a_file(subject, kept):
    """By its form."""
    assert is_kept(subject) is kept


def test_a_file_by_the_name_of_an_id_is_a_file(tmp_path, monkeypatch):
    """Whoever has it means it."""
    monkeypatch.chdir(tmp_path)
    Path("RT-0123456789").touch()
    assert not is_kept("RT-0123456789")


def test_an_import_is_the_same_as_its_original(store, settings, tmp_path):
    """Rows that came in, were kept aside, came twice: also once corrected or replaced."""
    report = brought(store, settings, tmp_path)
    assert (report.read, report.accepted, report.quarantined, report.duplicate) == (5, 2, 2, 1)
    verdict = verify_kept(store, settings, report.import_id)
    assert verdict.same
    assert "read 5 = accepted 2 + quarantined 2 + duplicate 1" in verdict.told
    correct(store, "sites", "A", {"name": "Tell Alif"}, author="A", reason="r", now=NOW)
    later = SITES.replace("Tell C", "Tell Jim")
    second = brought(store, settings, tmp_path, later, name="second.csv")
    for name in (report.import_id, second.import_id):
        assert verify_kept(store, settings, name).differences == ()
    store.undo(second.import_id, author="A", now=NOW + timedelta(hours=1))
    assert "undone on 2026-11-22" in verify_kept(store, settings, second.import_id).told


@pytest.mark.parametrize("ending", [".csv", ".gpkg", ".geojson", ".kml", ".xlsx"])
def test_a_table_of_any_format_reads_again_the_same(store, settings, tmp_path, ending):
    """Its original has no ending; the content says what it is."""
    path = tmp_path / f"posts{ending}"
    export(store, "posts", path, audience=Audience.INTERNAL, now=NOW)
    options = ImportOptions(dataset_id="again", source="Test", author="Amal")
    (report,) = import_files(store, settings, "posts", [path], options=options, now=NOW)
    assert report.read == 102
    assert verify_kept(store, settings, report.import_id).differences == ()


def test_mended_rows_are_the_same_as_what_was_written(store, settings, tmp_path):
    """A person's cells are an original too."""
    report = brought(store, settings, tmp_path)
    row = next(one for one in mending.waiting(store, report.import_id) if one.row.row_number == 3)
    mended = mending.mend(
        store, report.import_id, {3: row.cells | {"name": "Tell B"}},
        settings=settings, author="Badr", now=NOW,
    )  # fmt: skip
    assert mended.accepted == 1
    assert verify_kept(store, settings, mended.import_id).differences == ()


@pytest.mark.parametrize("kind", ["sites", "scenes"])
def test_what_the_program_brought_is_the_same(store, settings, kind):
    """Embedded facts row by row, scenes by their bytes."""
    record = next(one for one in store.imports() if one.kind == kind)
    assert verify_kept(store, settings, record.import_id).differences == ()


def change_original(settings, record, content: bytes) -> None:
    """Write into an original, as nobody should."""
    path = settings.originals_folder / record.key.sha256
    path.chmod(0o600)
    path.write_bytes(content)


def test_an_original_that_was_changed_or_lost_is_found(store, settings, tmp_path):
    """By its hash, before it is read."""
    report = brought(store, settings, tmp_path)
    record = store.imports()[0]
    change_original(settings, record, SITES.replace("44.1", "44.9").encode())
    (fault,) = verify_kept(store, settings, report.import_id).differences
    assert fault.startswith("the original was changed: its SHA-256 is")
    (settings.originals_folder / record.key.sha256).unlink()
    (fault,) = verify_kept(store, settings, report.import_id).differences
    assert fault == f"the original with the SHA-256 {record.key.sha256} is not kept"


def test_rows_that_were_changed_behind_the_store_are_found(store, settings, tmp_path):
    """One that says something else, one that no file brought, one that was kept aside no more."""
    report = brought(store, settings, tmp_path)
    store.close()
    change_store(settings, "UPDATE sites SET name = 'forged' WHERE id = 'A'")
    (fault,) = verify_kept(store, settings, report.import_id).differences
    assert fault == "1 records (A) of the file: no version in the store says the same"
    change_store(settings, "UPDATE sites SET name = 'Tell A', id = 'X' WHERE id = 'A'")
    faults = verify_kept(store, settings, report.import_id).differences
    assert "1 records (X) of the store: not in the file" in faults
    change_store(settings, "UPDATE sites SET id = 'A' WHERE id = 'X'")
    change_store(settings, "DELETE FROM quarantine WHERE row_number = 3")
    (fault,) = verify_kept(store, settings, report.import_id).differences
    assert fault == "1 rows were kept aside either then or now, not both: 3"


def change_store(settings, statement: str) -> None:
    """Change the file of a store behind its back."""
    with closing(sqlite3.connect(settings.home / "lamassu.sqlite")) as forged, forged:
        forged.execute(statement)


def one_site(store):
    """A frame of one site, as somebody may have entered it."""
    held = store.read("sites").head(1)
    return frame_of("sites", {column.name: held[column.name] for column in columns_of("sites")})


def test_what_was_entered_by_hand_has_no_original(store, settings):
    """It cannot be held against anything; an unknown import neither."""
    key = FileKey(file_name="entered", sha256="0" * 64, dataset_id="local")
    frame = one_site(store)
    report = store.add("sites", frame, key=key, author="A", now=NOW)
    with pytest.raises(InvalidSetting, match="was entered by hand"):
        verify_kept(store, settings, report.import_id)
    with pytest.raises(NotFound, match="no import 'IM-20000101-00000000'"):
        verify_kept(store, settings, "IM-20000101-00000000")


def test_an_import_of_flags_is_checked_by_what_made_them(store, settings, monkeypatch):
    """And a flag by its detection."""
    asked = []

    def remade(_store, _settings, name, **_):
        asked.append(name)
        return Remade(id=name, kept_sha256="1", made_sha256="", differences=("lost",))

    monkeypatch.setattr("geo.pipeline.evidence.verifying.remade_flags", remade)
    frame = one_site(store)
    key = FileKey(file_name="CH-0123456789ab", sha256="0" * 64, dataset_id="local")
    report = store.add("sites", frame, key=key, author="A", now=NOW)
    for subject in (report.import_id, "CH-0123456789ab-001"):
        verdict = verify_kept(store, settings, subject)
        assert (verdict.differences, verdict.told[1]) == (("lost",), "made SHA-256 nothing")
    assert asked == ["CH-0123456789ab"] * 2


def test_only_who_sees_everything_can_check(store, settings):
    """To others, rows that they do not see would look like a forgery."""
    analyst = Principal(subject="x", name="x", viewer=Viewer(role=Role.ANALYST), via=Via.OIDC)
    with pytest.raises(NotAllowed, match="analyst may not administer"):
        verify_kept(guard(store, analyst, clock=lambda: NOW), settings, "RT-0123456789")


@pytest.fixture
def snapshot(store):
    """The content of a page of Hatra."""
    return page.snapshot_of(
        store, "Hatra", audience=Audience.PUBLIC, query=Query(), now=NOW, with_routes=False
    )


def test_a_page_is_signed_and_remembered(store, settings, snapshot, tmp_path):
    """As a bundle, as a file with its proof beside it; the audit knows its hash first."""
    made = page_bundle(store, settings, snapshot, "hatra.pdf", b"%PDF", author="Amal", now=NOW)
    assert made.name == "hatra.pdf.zip"
    checked = verify.check_bundle(made.content)
    assert checked.faults == ()
    assert checked.manifest["provenance"]["page"] == snapshot.page_id
    assert checked.manifest["provenance"]["content_sha256"] == snapshot.content_sha256
    printed, sealed = [e for e in store.audit() if e.subject == snapshot.page_id]
    assert (printed.action, sealed.action) == ("printed", "seal")
    assert checked.manifest["audit"]["sha256"] == sealed.sha256
    path = tmp_path / "hatra.pdf"
    page_file(store, settings, snapshot, path, b"%PDF", author="Amal", now=NOW)
    assert verify_file(path, settings).same
    path.write_bytes(b"%PDX")
    assert not verify_file(path, settings).same
    page_file(store, settings, snapshot, tmp_path / "h.pdf.zip", b"%PDF", author="A", now=NOW)
    assert verify_file(tmp_path / "h.pdf.zip", settings).same


def test_a_page_is_known_by_its_id(store, settings, snapshot, tmp_path):
    """With the files that were made of it; another file is told."""
    page_bundle(store, settings, snapshot, "hatra.pdf", b"%PDF", author="Amal", now=NOW)
    file = tmp_path / "x.pdf"
    file.write_bytes(b"%PDF")
    verdict = verify_kept(store, settings, snapshot.page_id, file=file)
    assert verdict.same
    assert "for public" in verdict.told[0]
    file.write_bytes(b"other")
    (fault,) = verify_kept(store, settings, snapshot.page_id, file=file).differences
    assert "is none of the files made of this page" in fault
    assert verify_kept(store, settings, snapshot.page_id).same
    with pytest.raises(NotFound, match="no page of the id"):
        verify_kept(store, settings, "LMS-20000101-00000000")
    with pytest.raises(UnreadableFile, match="there is no file none"):
        verify_kept(store, settings, snapshot.page_id, file=tmp_path / "none")


def test_a_sidecar_survives_its_way_as_text(store, settings, tmp_path):
    """It is JSON that other programs read."""
    path = tmp_path / "x.geojson"
    export_file(store, settings, "posts", path, audience=Audience.PUBLIC, author="Amal", now=NOW)
    told = json.loads(verify.sidecar_of(path).read_text(encoding="utf-8"))
    assert told["manifest"]["files"][0]["name"] == "x.geojson"
