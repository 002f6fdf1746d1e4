"""What leaves is in the audit first, then signed with its end; no clock runs backwards."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from geo.access import Principal, Role, Via, Viewer
from geo.audit import AuditEvent, faults_of
from geo.errors import BadInput, InvalidSetting, NotAllowed, StoreError
from geo.evidence import verify
from geo.evidence.archive import read_archive
from geo.model import Audience
from geo.pipeline.evidence import anchors, export_bundle, export_file, keys
from geo.pipeline.evidence.anchors import anchor_faults, known_heads
from geo.pipeline.guard import guard
from geo.query import Query
from geo.settings import Settings
from tests.homes import NOW

LATER = NOW + timedelta(hours=1)


def bundled(store, settings, *, audience=Audience.PARTNER, now=LATER, **more):
    """An export of seizures as a bundle."""
    return export_bundle(
        store, settings, "seizures", ".csv", audience=audience, author="Amal", now=now, **more
    )


def manifest_in(content: bytes) -> dict:
    """What a bundle's manifest says."""
    return json.loads(read_archive(content)["manifest.json"])


def test_an_export_is_whole_and_says_what_it_is(store, settings):
    """Data, words for the reader, the script's very bytes, and a manifest of all of it."""
    made = bundled(store, settings, query=Query(include_simulated=False))
    assert made.name == "lamassu-seizures-partner-2026-11-22.csv.zip"
    assert verify.check_bundle(made.content).faults == ()
    files = read_archive(made.content)
    assert set(files) == {
        "README.txt", "lamassu-seizures-partner-2026-11-22.csv", "manifest.json", "manifest.sig",
        "lamassu-seizures-partner-2026-11-22.untouched.csv", "signer.pem", "verify.py",
    }  # fmt: skip
    told = manifest_in(made.content)
    assert (told["subject"], told["audience"], told["marking"]) == (
        "118 seizures", "partner", "TLP:CLEAR",
    )  # fmt: skip
    assert told["counts"] == {
        "records": 118,
        "generalised": made.report.generalised,
        "simulated": 0,
    }
    assert told["filters"] == ["Simulated data hidden"]
    assert any("cells of" in note for note in told["notes"])
    assert told["provenance"]["revision"] == store.revision()
    assert told["provenance"]["datasets"] == ["lamassu-facts"]
    assert told["provenance"]["versions"]["lamassu"]


def test_that_it_left_is_in_the_audit_before_it_is_signed(store, settings):
    """The entry names hashes and counts, no file and no place; its hash is in the manifest."""
    made = bundled(store, settings)
    (entry,) = [each for each in store.audit() if each.action == "export"]
    told = manifest_in(made.content)
    assert told["audit"] == {"number": entry.number, "sha256": entry.sha256}
    detail = json.loads(entry.detail)
    assert (entry.actor, entry.subject, detail["audience"]) == ("Amal", "seizures", "partner")
    assert set(detail["sha256"]) == {
        each["sha256"] for each in told["files"] if each["name"].endswith(".csv")
    }


def test_a_head_that_went_out_shows_a_cut_off_end(store, settings):
    """The signed line in the installation's folder, like the manifest, holds the entry's hash."""
    bundled(store, settings)
    (head,) = known_heads(settings)
    assert head == store.audit_head()
    entries = store.audit()
    assert list(faults_of(entries, heads=[head])) == []
    (fault,) = faults_of(entries[:-1], heads=[head])
    assert "the end was cut off" in fault


def test_the_office_learns_imports_and_author_and_others_do_not(store, settings):
    """Outside, the name is that of the office."""
    store.set_setting("producer_office", "Office of Tests", author="A", now=NOW)
    office = manifest_in(bundled(store, settings, audience=Audience.INTERNAL).content)
    (brought,) = office["provenance"]["imports"]
    known = {record.import_id: record.key.sha256 for record in store.imports()}
    assert known[brought["id"]] == brought["sha256"]
    assert office["made_by"] == "Amal"
    outside = bundled(store, settings, audience=Audience.PUBLIC).content
    told = manifest_in(outside)
    assert told["provenance"]["imports"] == []
    assert told["made_by"] == "Office of Tests"
    assert b"Amal" not in outside


def principal(role: Role, *groups: str) -> Principal:
    """Somebody with a role."""
    return Principal(
        subject=f"oidc:https://id.example|{role}",
        name=role.title(),
        viewer=Viewer(role=role, groups=frozenset(groups)),
        via=Via.OIDC,
    )


def test_a_viewer_hands_over_what_a_viewer_sees(store, settings):
    """The manifest names the eyes; sharing groups of the maker stay inside, as do imports."""
    eyes = guard(store, principal(Role.PARTNER, "group-of-tests"), clock=lambda: LATER)
    made = bundled(eyes, settings, audience=Audience.PUBLIC)
    told = manifest_in(made.content)
    assert told["scope"] == "partner for anonymous"
    assert b"group-of-tests" not in made.content
    assert told["provenance"]["imports"] == []
    (entry,) = [each for each in store.audit() if each.action == "export"]
    assert entry.actor == "oidc:https://id.example|partner"
    assert not [each for each in store.audit() if each.action == "refused"]


@pytest.mark.parametrize(
    ("role", "audience"),
    [
        (Role.ANONYMOUS, Audience.PUBLIC),
        (Role.VIEWER, Audience.PARTNER),
        (Role.PARTNER, Audience.INTERNAL),
    ],
)
def test_nobody_hands_over_more_than_he_sees(store, settings, role, audience):
    """Whoever may not, or for readers who see more, is refused, and the audit tells it."""
    eyes = guard(store, principal(role), clock=lambda: LATER)
    with pytest.raises(NotAllowed, match=f"{role} may not hand over for {audience.value}"):
        bundled(eyes, settings, audience=audience)
    last = store.audit()[-1]
    assert (last.action, last.subject) == ("refused", "hand over")
    assert not known_heads(settings)


def test_restricted_records_that_leave_are_noted_as_seen(store, settings):
    """Which ones, by id, for whoever asks later."""
    sites = store.read("sites")
    store.correct(
        "sites", sites["id"].iloc[0], {"sensitivity": "1"}, author="A", reason="r", now=NOW
    )
    eyes = guard(store, principal(Role.REVIEWER), clock=lambda: LATER)
    export_bundle(
        eyes, settings, "sites", ".csv", audience=Audience.INTERNAL, author="x", now=LATER
    )
    seen = [each for each in store.audit() if each.action == "saw"]
    assert any(str(sites["id"].iloc[0]) in each.detail for each in seen)


def test_a_clock_that_runs_backwards_is_refused_and_noted(store, settings):
    """Two minutes are forgiven between machines; more is told with the way out."""
    store.note(AuditEvent(actor="A", action="x"), now=LATER)
    bundled(store, settings, now=LATER - timedelta(seconds=119))
    store.note(AuditEvent(actor="A", action="x"), now=LATER)
    with pytest.raises(InvalidSetting, match=r"the clock stands 121 s behind.*handed over"):
        bundled(store, settings, now=LATER - timedelta(seconds=121))
    last = store.audit()[-1]
    assert (last.action, last.subject) == ("refused", "export")
    assert json.loads(last.detail)["clock_back_s"] == 121


def test_trying_again_with_the_same_clock_helps_nobody(store, settings):
    """What this key signed before is later; a new key, which the audit tells of, starts anew."""
    bundled(store, settings, now=LATER)
    for _ in range(3):
        with pytest.raises(InvalidSetting, match="the clock stands 3,600 s behind"):
            bundled(store, settings, now=NOW)
    assert len(known_heads(settings)) == 1
    keys.rotate(settings)
    assert bundled(store, settings, now=NOW).content


def test_nothing_is_written_where_something_fails(store, settings, tmp_path, monkeypatch):
    """Neither the file nor its proof, neither half."""

    def full(*_: object, **__: object) -> None:
        raise StoreError("the head of the audit cannot be noted")

    monkeypatch.setattr("geo.pipeline.evidence.sealing.keep_head", full)
    folder = tmp_path / "out"
    folder.mkdir()
    for name in ("x.gpkg", "x.gpkg.zip"):
        with pytest.raises(StoreError, match="cannot be noted"):
            write(store, settings, folder / name)
    assert list(folder.iterdir()) == []


def write(store, settings: Settings, path, kind="seizures"):
    """An export into a folder."""
    return export_file(
        store, settings, kind, path, audience=Audience.PUBLIC, author="Amal", now=LATER
    )


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("x.gpkg", {"x.gpkg", "x.gpkg.evidence.json"}),
        ("x.csv", {"x.csv", "x.untouched.csv", "x.csv.evidence.json"}),
        ("x.xlsx.zip", {"x.xlsx.zip"}),
        ("جدول.CSV.ZIP", {"جدول.CSV.ZIP"}),
    ],
)
def test_a_file_has_its_proof_beside_it_or_in_it(store, settings, tmp_path, name, beside):
    """Plain files stay plain; a name that ends in .zip asks for a bundle; twice is once."""
    folder = tmp_path / "out"
    folder.mkdir()
    for _ in range(2):
        report = write(store, settings, folder / name)
        assert {path.name for path in folder.iterdir()} == beside
        checked = verify.check(folder / name)
        assert checked.faults == ()
        listed = {each["name"]: each["sha256"] for each in checked.manifest["files"]}
        assert {file.name: file.sha256 for file in report.files}.items() <= listed.items()


def test_a_name_that_no_archive_holds_is_refused_before_anything_is_noted(
    store, settings, tmp_path
):
    """The audit tells of nothing that did not leave."""
    head = store.audit_head()
    with pytest.raises(BadInput, match="no plain name of a file"):
        write(store, settings, tmp_path / "a:b.gpkg")
    assert store.audit_head() == head
    with pytest.raises(BadInput, match="cannot be written"):
        write(store, settings, tmp_path / "none" / "x.gpkg")


def test_heads_that_were_touched_are_told_and_not_believed(store, settings):
    """A changed line, one signed by a stranger, one cut off; the others still count."""
    for minute in range(3):
        bundled(store, settings, now=LATER + timedelta(minutes=minute))
    file = settings.home / anchors.FILE
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_bytes().splitlines(keepends=True)
    heads = known_heads(settings)
    changed = json.loads(lines[1]) | {"number": 1}
    forged = b"[" * 100_000 + b"\n"
    file.write_bytes(
        lines[0] + anchors.canonical(changed) + b"\n" + forged + b"{}\n" + lines[2] + lines[2][:50]
    )
    assert known_heads(settings) == (heads[0], heads[2])
    assert [fault.split()[1] for fault in anchor_faults(settings)] == ["2", "3", "4", "6"]
    bundled(store, settings, now=LATER + timedelta(minutes=9))
    assert len(known_heads(settings)) == 3


def test_without_exports_there_are_no_heads(settings):
    """And nothing wrong with them."""
    assert (known_heads(settings), anchor_faults(settings)) == ((), ())


def test_every_bit_of_a_line_counts(store, settings):
    """A head is only what was signed."""
    bundled(store, settings)
    file = settings.home / anchors.FILE
    whole = file.read_bytes()
    for place in range(0, 8 * (len(whole) - 1), 5):
        content = bytearray(whole)
        content[place // 8] ^= 1 << place % 8
        file.write_bytes(content)
        assert known_heads(settings) == ()
    file.write_bytes(whole)
    assert known_heads(settings) == (store.audit_head(),)
