"""The commands that hand over with proof and check it, end to end."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

from geo.store import open_store
from tests.homes import settings_of
from tests.shell_runs import refused


def test_a_plain_export_stays_plain_and_has_its_proof_beside_it(run, tmp_path):
    """Readable as before; `verify` says whole, and names what was changed."""
    out = tmp_path / "x.csv"
    done = run("export", "posts", "--out", out, "--audience", "public")
    assert done.code == 0
    assert done.out.count("  wrote ") == 3
    assert f"wrote {out}.evidence.json" in done.out
    assert out.read_bytes().startswith(b"\xef\xbb\xbfid,")
    whole = run("verify", out)
    assert (whole.code, whole.out.splitlines()[0]) == (0, "x.csv: the same")
    out.write_bytes(out.read_bytes().replace(b"Iraq", b"Iran", 1))
    changed = run("verify", out)
    assert changed.code == 1
    assert changed.out.startswith("x.csv: NOT as it was\n  x.csv was changed: its SHA-256 is")
    told = run("verify", out, "--json").json
    assert (told["id"], told["same"], len(told["differences"])) == ("x.csv", False, 1)


def test_a_bundle_is_checked_by_the_command_and_by_its_own_script(run, tmp_path):
    """With the office's public key, in a process that knows nothing of Lamassu."""
    out, key = tmp_path / "seizures.gpkg.zip", tmp_path / "office.pem"
    assert run("export", "seizures", "--out", out, "--audience", "partner").code == 0
    shown = run("keys", "show", "--out", key, "--json").json
    assert key.read_text() == shown["pem"]
    assert run("verify", out).code == 0
    assert run("verify", out, "--key", key).code == 0
    with zipfile.ZipFile(out) as package:
        package.extract("verify.py", tmp_path / "alone")

    def alone() -> subprocess.CompletedProcess[str]:
        script = tmp_path / "alone" / "verify.py"
        return subprocess.run(
            [sys.executable, "-I", script, out, "--key", key],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert alone().returncode == 0
    assert shown["id"] in alone().stdout
    content = bytearray(out.read_bytes())
    content[len(content) // 2] ^= 1
    out.write_bytes(content)
    assert (alone().returncode, run("verify", out).code) == (1, 1)


def test_a_file_is_checked_without_a_store(run, home, tmp_path):
    """Whoever gets a bundle need not have records; none are made."""
    out, key = tmp_path / "x.kml", tmp_path / "office.pem"
    assert run("export", "sites", "--out", out).code == 0
    assert run("keys", "show", "--out", key).code == 0
    other = tmp_path / "other"
    words = {"LAMASSU_HOME": str(other)}
    assert run("verify", out, "--key", key, **words).code == 0
    unknown = run("verify", out, **words)
    assert unknown.code == 1
    assert "which this installation never had" in unknown.out
    assert not (other / "lamassu.sqlite").exists()


def test_what_has_no_proof_is_refused(run, tmp_path):
    """In one line, without a path of this machine."""
    (tmp_path / "x.csv").write_text("id\n")
    for name in ("x.csv", "none.zip"):
        refused(run("verify", tmp_path / name), "cannot be checked", name)
    refused(run("export", "sites", "--out", tmp_path / "x.zip"), "says no format")
    refused(run("brief", "hatra", "--out", tmp_path / "x.zip"), ".pdf or .png")
    (tmp_path / "y.csv.evidence.json").mkdir()
    refused(run("export", "sites", "--out", tmp_path / "y.csv"), "evidence.json cannot be written")


def test_keys_are_shown_and_replaced_and_old_proofs_stay(run, home, tmp_path):
    """The audit tells which key came after which."""
    out = tmp_path / "x.csv"
    assert run("export", "posts", "--out", out).code == 0
    first = run("keys", "show")
    assert "-----BEGIN PUBLIC KEY-----" in first.out
    assert "PRIVATE" not in first.out
    told = run("keys", "rotate", "--json").json
    assert first.out.splitlines()[0] == f"key {told['old']}"
    assert f"earlier key {told['old']}" in run("keys", "show").out
    assert run("verify", out).code == 0
    store = open_store(settings_of(home).store_url)
    last = store.audit()[-1]
    store.close()
    assert (last.action, last.subject) == ("rotate key", told["new"])
    assert json.loads(last.detail) == {"old": told["old"]}
    (home / "keys" / "signing.pem").chmod(0o644)
    assert "other accounts of this machine can read" in run("keys", "show").out
    for words in (("show",), ("rotate",)):
        help_text = run("keys", *words, "--help").out
        assert "--json" in help_text


def test_an_import_is_checked_against_its_original(run, home, tmp_path):
    """The same, until somebody writes into the original."""
    table = tmp_path / "sites.csv"
    table.write_text("id,name,country,lon,lat\nA,Tell A,Iraq,44.1,33.2\n")
    (report,) = run("import", "sites", table, "--json").json["files"]
    assert run("verify", report["import_id"]).code == 0
    (original,) = (home / "originals").iterdir()
    original.chmod(0o600)
    original.write_text("id,name\n")
    done = run("verify", report["import_id"], "--json")
    assert (done.code, done.json["same"]) == (1, False)
    refused(run("verify", "IM-20000101-00000000"), "no import")


def test_a_page_is_printed_with_its_proof(run, tmp_path):
    """Beside it or around it; by its id it is known again."""
    out = tmp_path / "hatra.png"
    done = run("brief", "hatra", "--out", out, "--json")
    assert done.code == 0
    assert run("verify", out).code == 0
    assert run("verify", done.json["id"], "--file", out).code == 0
    (tmp_path / "other.png").write_bytes(b"other")
    assert run("verify", done.json["id"], "--file", tmp_path / "other.png").code == 1
    assert run("brief", "hatra", "--out", tmp_path / "hatra.pdf.zip").code == 0
    assert run("verify", tmp_path / "hatra.pdf.zip").code == 0
    with zipfile.ZipFile(tmp_path / "hatra.pdf.zip") as package:
        assert package.read("hatra.pdf").startswith(b"%PDF")
