"""What was signed is whole or is not: a bit, a name, a file, a hash, a key; by two checkers."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from geo.evidence import verify
from geo.evidence.archive import read_archive, write_archive
from geo.evidence.signing import key_id, public_pem, sign
from tests.bundles import (
    DATA,
    KEY,
    OTHER_KEY,
    bundle,
    codes_alone,
    flipped,
    parts,
    sidecar,
    some_bits,
)

BITS = 1_000
"""Changes of one bit that must be found, in each of bundle, files and sidecar."""


@pytest.fixture(scope="module")
def script(tmp_path_factory) -> Path:
    """The stand-alone script as a bundle carries it, in a folder of its own."""
    path = tmp_path_factory.mktemp("alone") / "verify.py"
    path.write_bytes(read_archive(bundle())["verify.py"])
    return path


@pytest.fixture
def handed(tmp_path) -> Path:
    """A folder with a bundle, and with files and their sidecar."""
    (tmp_path / "b.zip").write_bytes(bundle())
    for name, content in DATA.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "sites.csv.evidence.json").write_bytes(sidecar())
    (tmp_path / "office.pem").write_bytes(public_pem(KEY.public_key()))
    (tmp_path / "other.pem").write_bytes(public_pem(OTHER_KEY.public_key()))
    return tmp_path


def alone(script: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """The stand-alone script in a process that knows nothing of Lamassu."""
    return subprocess.run(
        [sys.executable, "-I", script, *map(str, words)],
        cwd=script.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip


def found(path: Path) -> bool:
    """Whether a check finds something wrong."""
    try:
        return bool(verify.check(path).faults)
    except verify.Unreadable:
        return True


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ("b.zip", "b.zip"),
        pytest.param("sites.csv", "sites.csv", marks=pytest.mark.thorough),
        pytest.param("sites.untouched.csv", "sites.csv", marks=pytest.mark.thorough),
        ("sites.csv.evidence.json", "sites.csv"),
    ],
)
def test_a_bit_that_was_changed_anywhere_is_found_by_both(script, handed, changed, asked):
    """In data, manifest, signature, key, archive and sidecar; without the change all is whole."""
    path, subject = handed / changed, handed / asked
    whole = path.read_bytes()
    bits = some_bits(whole, BITS, seed=1)
    assert len(bits) == BITS
    for bit in bits:
        path.write_bytes(flipped(whole, bit))
        assert found(subject), bit
    path.write_bytes(whole)
    assert not found(subject)
    *codes, last = codes_alone(script, path, subject, bits)
    assert set(codes) <= {1, 2}
    assert len(codes) == BITS
    assert last == 0


def test_every_bit_of_the_proof_of_a_bundle_counts():
    """Of signature, key and the archive's own structure, not some but each."""
    whole = bundle({"x.csv": b"1"}, script=False)
    members = read_archive(whole)
    text = {name: whole.index(content) for name, content in members.items()}
    quiet = {"README.txt", "manifest.json"}
    skipped = [range(text[name], text[name] + len(members[name])) for name in quiet]
    places = [n for n in range(len(whole)) if not any(n in each for each in skipped)]
    for place in places:
        for bit in range(8 * place, 8 * place + 8):
            content = flipped(whole, bit)
            try:
                assert verify.check_bundle(content).faults, bit
            except verify.Unreadable:
                continue


def test_a_whole_bundle_is_said_to_be_whole(script, handed):
    """With the key that was given, and with the words of the manifest."""
    done = alone(script, handed / "b.zip", "--key", handed / "office.pem")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("whole: b.zip")
    assert f"{key_id(KEY.public_key())}, the one that was given" in done.stdout
    for words in ("TLP:GREEN", "made by: Office of Tests", "audience: partner", "  sites.csv"):
        assert words in done.stdout


def test_a_check_without_a_key_says_that_it_knows_no_signer(script, handed):
    """Anybody could have signed."""
    done = alone(script, handed / "b.zip")
    assert done.returncode == 0
    assert "its office must tell you" in done.stdout


@pytest.mark.parametrize("subject", ["b.zip", "sites.csv", "sites.csv.evidence.json"])
def test_another_key_than_the_one_given_is_found(script, handed, subject):
    """However whole everything is."""
    done = alone(script, handed / subject, "--key", handed / "other.pem")
    assert done.returncode == 1
    assert "signed by another key than the one given" in done.stdout


def test_a_bundle_that_somebody_else_signed_anew_is_found_by_the_key(script, handed):
    """All of it is in order; only the key is not the office's."""
    (handed / "b.zip").write_bytes(bundle({"sites.csv": b"forged"}, key=OTHER_KEY))
    assert alone(script, handed / "b.zip").returncode == 0
    assert alone(script, handed / "b.zip", "--key", handed / "office.pem").returncode == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("none.zip",), "there is no file none.zip"),
        (("sites.untouched.csv",), "neither a bundle of Lamassu nor a file with"),
        ((".",), "there is no file"),
        (("b.zip", "--key", "sites.csv"), "no Ed25519 public key"),
        (("b.zip", "--key", "none.pem"), "none.pem cannot be read"),
    ],
)
def test_what_cannot_be_checked_is_told_from_what_was_changed(script, handed, words, told):
    """Exit 2, one line, no traceback."""
    first, *others = words
    paths = [other if other.startswith("--") else handed / other for other in others]
    done = alone(script, handed / first, *paths)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_of_another_kind_is_refused(handed):
    """An RSA key signs nothing here."""
    rsa = generate_private_key(65537, 2048).public_key()
    pem = rsa.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(verify.Unreadable, match="no Ed25519 public key"):
        verify.check(handed / "b.zip", key=pem)
    assert verify.check_bundle(write_archive({**parts(), "signer.pem": pem})).faults


def resigned(members: dict[str, bytes], **changes: object) -> bytes:
    """A bundle whose manifest says something else, signed with the office's own key."""
    manifest = json.loads(members["manifest.json"]) | changes
    text = verify.canonical_json(manifest)
    return write_archive(
        {**members, "manifest.json": text, "manifest.sig": f"{sign(KEY, text)}\n".encode()}
    )


FILES = json.loads(parts()["manifest.json"])["files"]
SWAPPED = [entry | {"sha256": FILES[0]["sha256"]} for entry in FILES]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (write_archive({**parts(), "extra.csv": b""}), "extra.csv is in it, but the manifest"),
        (write_archive({k: v for k, v in parts().items() if k != "sites.csv"}),
         "sites.csv is missing"),
        (write_archive({("places.csv" if k == "sites.csv" else k): v for k, v in parts().items()}),
         "places.csv is in it, but"),
        (write_archive({**parts(), "sites.csv": b"x" * len(DATA["sites.csv"])}),
         "sites.csv was changed: its SHA-256"),
        (write_archive({**parts(), "sites.csv": b""}), "sites.csv has 0 bytes, not"),
        (write_archive({**parts(), "verify.py": b"print('whole')"}), "verify.py has 14 bytes"),
        (resigned(parts(), files=SWAPPED), "was changed: its SHA-256"),
        (resigned(parts(), files=FILES[:-1]), "verify.py is in it, but the manifest"),
        (resigned(parts(), key="0" * 64), "names another key"),
        (resigned(parts(), format="lamassu evidence 9"), "its format is 'lamassu evidence 9'"),
        (resigned(parts(), files=FILES[::-1]), "its files are not in order"),
        (resigned(parts(), files=[*FILES, FILES[-1]]), "its files are not in order"),
        (resigned(parts(), files=[]), "names no key or no file"),
        (resigned(parts(), files=[{"name": "../x", "sha256": "0" * 64, "size": 0}]),
         "no plain name"),
        (resigned(parts(), files=[entry | {"more": 1} for entry in FILES]), "lacks its size"),
        (resigned(parts(), files={"sites.csv": "x"}), "the manifest is not as it was"),
        (resigned(parts(), files=7), "the manifest is not as it was"),
        (write_archive({**parts(), "manifest.json": b"[" * 100_000}), "the manifest is not as"),
        (write_archive({**parts(), "manifest.json": b"7\n"}), "the manifest is not as it was"),
        (write_archive({**parts(), "manifest.json": parts()["manifest.json"] + b"\n"}),
         "another text would say the same"),
        (write_archive({**parts(), "manifest.sig": parts()["manifest.sig"].upper()}),
         "the signature is not that of the manifest"),
        (write_archive({**parts(), "manifest.sig": parts()["manifest.sig"].strip()}),
         "does not end with its line"),
        (write_archive({**parts(), "signer.pem": parts(key=OTHER_KEY)["signer.pem"]}),
         "names another key"),
        (write_archive({**parts(), "signer.pem": parts()["signer.pem"].replace(b"\n", b"\r\n")}),
         "signer.pem is not as it was written"),
        (write_archive({k: v for k, v in parts().items() if k != "manifest.sig"}),
         "manifest.sig is not in it"),
        (bundle() + b"\n", "the archive is not as it was written"),
        (bundle().partition(b"PK\1\2")[0] + bundle(), "is in it twice"),
    ],
)  # fmt: skip
def test_each_forgery_is_found_and_named(content, told):
    """Something more, something less, something else, or the same in another way."""
    faults = verify.check_bundle(content).faults
    assert any(told in fault for fault in faults), faults


def changed_sidecar(**changes: object) -> bytes:
    """A sidecar that says something else, as text in the right form."""
    return verify.canonical_json(json.loads(sidecar()) | changes)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is not as it was written"),
        (b"7", "is not as it was written"),
        (b"[" * 100_000, "is not as it was written"),
        (sidecar()[:-1], "is not as it was written"),
        (json.dumps(json.loads(sidecar())).encode(), "is not as it was written"),
        (changed_sidecar(more=1), "is not as it was written"),
        (changed_sidecar(format="x"), "is not as it was written"),
        (changed_sidecar(signature="0" * 128), "the signature is not that"),
        (changed_sidecar(signature=7), "is not as it was written"),
        (changed_sidecar(signer="x"), "signer.pem is not as it was written"),
        (changed_sidecar(manifest={}), "the manifest is not as it was written"),
    ],
)
def test_a_sidecar_that_was_touched_is_found(handed, content, told):
    """Also one that says the same in another way."""
    (handed / "sites.csv.evidence.json").write_bytes(content)
    faults = verify.check(handed / "sites.csv").faults
    assert any(told in fault for fault in faults), faults


def test_a_file_that_was_renamed_or_is_missing_is_found(handed):
    """The sidecar names its files."""
    (handed / "sites.untouched.csv").unlink()
    assert verify.check(handed / "sites.csv").faults == ("sites.untouched.csv is missing",)
    (handed / "sites.csv").rename(handed / "other.csv")
    (handed / "sites.csv.evidence.json").rename(handed / "other.csv.evidence.json")
    faults = verify.check(handed / "other.csv").faults
    assert "sites.csv is missing" in faults
    assert faults[-1] == "other.csv is not among the files that other.csv.evidence.json names"


def test_words_of_a_forged_manifest_do_not_drive_the_terminal(script, handed):
    """Escape sequences and turns of direction come out as blanks."""
    content = resigned(parts(), made_by="\x1b[2Jevil\u202e")
    (handed / "b.zip").write_bytes(content)
    done = alone(script, handed / "b.zip")
    assert "made by:  [2Jevil" in done.stdout
    assert "\x1b" not in done.stdout


@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_bytes_break_the_checker(content, cut):
    """Whatever it is given, it finds fault or says that there is nothing to check."""
    whole = bundle(script=False)
    for hostile in (content, whole[:cut] + content, whole[: -cut - 1] + content):
        if hostile == whole:
            continue
        try:
            assert verify.check_bundle(hostile).faults
        except verify.Unreadable:
            continue


def test_the_script_needs_nothing_but_python_39_and_cryptography():
    """Neither Lamassu nor words of a later Python."""
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"), feature_version=(3, 9))
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    roots = {str(name).split(".")[0] for name in names}
    assert roots - set(sys.stdlib_module_names) == {"cryptography"}


def test_without_its_package_the_script_says_which_it_needs(script, tmp_path):
    """And does not exit as if something had been changed."""
    (tmp_path / "cryptography.py").write_text("raise ImportError")
    done = subprocess.run(
        [sys.executable, script, "x"],
        env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "verify.py needs the package cryptography: pip install cryptography\n"
