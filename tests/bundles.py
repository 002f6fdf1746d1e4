"""Made-up bundles and sidecars, signed with a key of the tests, and changes made to them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from geo.audit import AuditHead
from geo.evidence import verify
from geo.evidence.archive import write_archive
from geo.evidence.manifest import About, manifest_of
from geo.evidence.readme import README, SCRIPT, readme_text
from geo.evidence.signing import key_id, public_pem, sign
from geo.model import Audience, Tlp

MADE = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
"""When everything here is signed."""

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
"""A key that everybody knows."""

OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
"""Another one."""

DRIVER = """
import contextlib, importlib.util, io, json, pathlib, sys
spec = importlib.util.spec_from_file_location("verify", sys.argv[1])
verify = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify)
told = json.loads(sys.stdin.read())
changed, asked = pathlib.Path(told["changed"]), told["asked"]
whole = changed.read_bytes()
codes = []
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    for bit in told["bits"]:
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        changed.write_bytes(content)
        codes.append(verify.main([asked]))
    changed.write_bytes(whole)
    codes.append(verify.main([asked]))
assert not [name for name in sys.modules if name.split(".")[0] in ("geo", "layers")]
print(json.dumps(codes))
"""
"""Runs the stand-alone script on one file after another, each with one bit changed."""

DATA = {
    "sites.csv": b"id,name\n" + b"A,Tell A\nB,\xd8\xaa\xd9\x84\n" * 8,
    "sites.untouched.csv": b"id\n" + b"A\nB\n" * 32,
}
"""The files of an export."""

ABOUT = About(
    subject="2 sites",
    marking=Tlp.GREEN,
    audience=Audience.PARTNER,
    scope="partner:",
    made_by="Office of Tests",
    counts={"records": 2, "generalised": 1},
    notes=("cells of 0.01 degree",),
    filters=("Country: Iraq",),
    provenance={"revision": 7, "imports": [{"id": "IM-1", "sha256": "0" * 64}]},
)
"""What is said of them."""

HEAD = AuditHead(number=3, sha256="ab" * 32)
"""The end of an audit."""


def parts(
    data: Mapping[str, bytes] = DATA, *, key: Ed25519PrivateKey = KEY, script: bool = True
) -> dict[str, bytes]:
    """The members of a bundle, proof included."""
    public = key.public_key()
    files = dict(data) | {verify.SIGNER: public_pem(public)}
    files[README] = readme_text(sorted(data), key=key_id(public), number=HEAD.number)
    if script:
        files[SCRIPT] = Path(verify.__file__).read_bytes()
    manifest = manifest_of(ABOUT, files, head=HEAD, key=key_id(public), now=MADE)
    return {
        **files,
        verify.MANIFEST: manifest,
        verify.SIGNATURE: f"{sign(key, manifest)}\n".encode(),
    }


def bundle(
    data: Mapping[str, bytes] = DATA, *, key: Ed25519PrivateKey = KEY, script: bool = True
) -> bytes:
    """A bundle."""
    return write_archive(parts(data, key=key, script=script))


def sidecar(data: Mapping[str, bytes] = DATA, *, key: Ed25519PrivateKey = KEY) -> bytes:
    """The proof that lies beside files."""
    public = key.public_key()
    manifest = manifest_of(ABOUT, data, head=HEAD, key=key_id(public), now=MADE)
    return verify.canonical_json(
        {
            "format": verify.FORMAT,
            "manifest": json.loads(manifest),
            "signature": sign(key, manifest),
            "signer": public_pem(public).decode(),
        }
    )


def flipped(content: bytes, bit: int) -> bytes:
    """`content` with one bit changed."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def some_bits(content: bytes, count: int, *, seed: int) -> list[int]:
    """As many different bits of `content`, drawn from all of it; each where it has no more."""
    every = range(8 * len(content))
    return sorted(random.Random(seed).sample(every, min(count, len(every))))


def codes_alone(script: Path, changed: Path, asked: Path, bits: list[int]) -> list[int]:
    """What the stand-alone script exits with for each bit, and at the end for the whole file."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", DRIVER, script],
        input=json.dumps({"changed": str(changed), "asked": str(asked), "bits": bits}),
        capture_output=True, text=True, check=True, cwd=script.parent,
    )  # fmt: skip
    codes: list[int] = json.loads(done.stdout)
    return codes
