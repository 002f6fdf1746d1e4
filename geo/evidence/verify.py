"""Checks what Lamassu signed, without Lamassu.

    python verify.py FILE [--key KEY.pem]

FILE is a bundle (.zip), a file with FILE.evidence.json beside it, or that .evidence.json. KEY.pem
is the public key of the office that is said to have signed. Needs Python 3.9 or newer and the
package cryptography. Exits with 0 if everything is as it was signed, with 1 if anything was changed
or another key signed, and with 2 if there is nothing that can be checked.

A bundle is checked whole: its archive is written anew from its members and must be the same, byte
for byte; the signature (Ed25519, RFC 8032) must be that of the manifest; and each member must be
one that the manifest names, with its size and SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import struct
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_public_key,
    )
except ImportError as err:  # a traceback would end with 1, which means that something was changed
    sys.stderr.write("verify.py needs the package cryptography: pip install cryptography\n")
    raise SystemExit(2) from err

FORMAT = "lamassu evidence 1"
"""What a manifest and a sidecar say they are."""

MANIFEST, SIGNATURE, SIGNER = "manifest.json", "manifest.sig", "signer.pem"
"""Members of a bundle that hold its proof."""

SIDECAR_ENDING = ".evidence.json"
"""What the name of a sidecar ends in."""

LARGEST = 2**31
"""Bytes of a bundle that are read at most."""

LONGEST_NAME = 200
"""Bytes of a member's name in UTF-8."""

WHOLE, CHANGED, UNREADABLE = 0, 1, 2
"""What the script exits with."""

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION, _UTF8, _STORED, _NO_TIME, _FIRST_DAY = 20, 0x0800, 0, 0, 0x0021
_HASH = re.compile("[0-9a-f]{64}")
_SIGNATURE = re.compile("[0-9a-f]{128}")


class Unreadable(Exception):
    """There is nothing that can be checked."""


class Checked(NamedTuple):
    """What became of a check."""

    manifest: Mapping[str, Any]
    """What was signed; empty if it cannot be read."""
    key: str
    """`key_id` of the key that signed; empty if it cannot be read."""
    faults: tuple[str, ...]
    """What is not as it was signed, a sentence each; empty if everything is."""


def check(path: Path, *, key: bytes | None = None) -> Checked:
    """Whether a bundle, or a file with its sidecar, is as it was signed.

    Parameters
    ----------
    key : bytes, optional
        PEM of the public key that must have signed; any may have without.

    Raises
    ------
    Unreadable
        If there is no such file, no proof of it, or `key` is no public key.
    """
    if not path.is_file():
        raise Unreadable(f"there is no file {path.name}")
    given = None if key is None else public_key(key)
    if key is not None and given is None:
        raise Unreadable("the key that was given is no Ed25519 public key in PEM")
    sidecar = path if path.name.endswith(SIDECAR_ENDING) else sidecar_of(path)
    if sidecar.is_file():
        checked = check_sidecar(_read(sidecar), path.parent)
        listed = {entry["name"] for entry in checked.manifest.get("files", ())}
        if checked.manifest and path != sidecar and path.name not in listed:
            fault = f"{path.name} is not among the files that {sidecar.name} names"
            checked = checked._replace(faults=(*checked.faults, fault))
    else:
        checked = check_bundle(_read(path))
    if given and checked.key != key_id(given):
        fault = f"it was signed by another key than the one given, which is {key_id(given)}"
        checked = checked._replace(faults=(*checked.faults, fault))
    return checked


def sidecar_of(path: Path) -> Path:
    """Where the sidecar of a file is."""
    return path.with_name(path.name + SIDECAR_ENDING)


def check_bundle(content: bytes) -> Checked:
    """Whether an archive is a bundle and is as it was signed.

    Raises
    ------
    Unreadable
        If it is no bundle at all.
    """
    files, faults = members(content)
    if not {MANIFEST, SIGNATURE, SIGNER} & files.keys() and SIGNATURE.encode() not in content:
        raise Unreadable("neither a bundle of Lamassu nor a file with its .evidence.json beside it")
    missing = [name for name in (MANIFEST, SIGNATURE, SIGNER) if name not in files]
    if missing:
        return Checked({}, "", (*faults, f"{' and '.join(missing)} is not in it"))
    signature, end = files[SIGNATURE][:-1], files[SIGNATURE][-1:]
    if end != b"\n":
        faults.append(f"{SIGNATURE} does not end with its line")
    checked = _check_signed(files[MANIFEST], signature, files[SIGNER])
    faults += checked.faults
    listed = {entry["name"]: entry for entry in checked.manifest.get("files", ())}
    for name in sorted(files.keys() - listed.keys() - {MANIFEST, SIGNATURE}):
        faults.append(f"{name} is in it, but the manifest does not name it")
    for name, entry in listed.items():
        if name not in files:
            faults.append(f"{name} is missing")
        else:
            digest = hashlib.sha256(files[name]).hexdigest()
            faults += _file_faults(entry, len(files[name]), digest)
    return checked._replace(faults=tuple(faults))


def check_sidecar(content: bytes, folder: Path) -> Checked:
    """Whether a sidecar and the files in `folder` that it names are as they were signed."""
    try:
        told = json.loads(content)
        signature, signer = told["signature"].encode(), told["signer"].encode()
        manifest = canonical_json(told["manifest"])
        written = canonical_json(told)
        whole = told.keys() == {"format", "manifest", "signature", "signer"}
        whole = whole and told["format"] == FORMAT and written == content
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Checked({}, "", ("the .evidence.json is not as it was written",))
    checked = _check_signed(manifest, signature, signer)
    faults = [] if whole else ["the .evidence.json is not as it was written"]
    faults += checked.faults
    for entry in checked.manifest.get("files", ()):
        file = folder / entry["name"]
        if not file.is_file():
            faults.append(f"{entry['name']} is missing")
            continue
        try:
            with file.open("rb") as opened:
                digest = hashlib.sha256()
                while chunk := opened.read(1 << 20):
                    digest.update(chunk)
                size = opened.tell()
        except OSError as err:
            raise Unreadable(f"{file.name} cannot be read ({err.strerror})") from err
        faults += _file_faults(entry, size, digest.hexdigest())
    return checked._replace(faults=tuple(faults))


def canonical_json(value: object) -> bytes:
    """`value` as the one JSON text that stands for it: UTF-8, keys sorted, a line an entry.

    Raises
    ------
    ValueError
        If JSON cannot hold it: not a number, infinite, or half a character.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=1)
    return f"{text}\n".encode()


def key_id(public: Ed25519PublicKey) -> str:
    """By what a key is known: SHA-256 of its 32 bytes, 64 hexadecimal digits."""
    return hashlib.sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def public_pem(public: Ed25519PublicKey) -> bytes:
    """The one PEM text of a public key (RFC 8410, RFC 7468)."""
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_key(pem: bytes) -> Ed25519PublicKey | None:
    """The Ed25519 key of a PEM; None if it holds none."""
    try:
        public = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return public if isinstance(public, Ed25519PublicKey) else None


def signs(public: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    """Whether a signature, 128 hexadecimal digits in small letters, is that of the content."""
    text = signature.decode("ascii", errors="replace")
    try:
        public.verify(bytes.fromhex(text), content)
    except (InvalidSignature, ValueError):
        return False
    return bool(_SIGNATURE.fullmatch(text))


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """The one ZIP archive of these files: by name, not compressed, without times or extra fields.

    The format is PKWARE's APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16, with names in UTF-8.

    Raises
    ------
    ValueError
        If a name may not stand in an archive, two differ in nothing but case, or there is more than
        the format holds without its extension to 64 bits.
    """
    names = sorted(files)
    if len({name.casefold() for name in names}) != len(names):
        raise ValueError("two names differ in nothing but case")
    parts: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name in names:
        label, content = encoded_name(name), files[name]
        same = (
            *(_VERSION, _UTF8, _STORED, _NO_TIME, _FIRST_DAY),
            *(zlib.crc32(content), len(content), len(content), len(label), 0),
        )
        if len(content) >= LARGEST or offset >= LARGEST or len(names) >= 2**16 - 1:
            raise ValueError("more than an archive holds")
        header = _LOCAL.pack(b"PK\3\4", *same)
        directory.append(_CENTRAL.pack(b"PK\1\2", _VERSION, *same, 0, 0, 0, 0, offset) + label)
        parts += (header, label, content)
        offset += len(header) + len(label) + len(content)
    size = sum(map(len, directory))
    end = _END.pack(b"PK\5\6", 0, 0, len(names), len(names), size, offset, 0)
    return b"".join((*parts, *directory, end))


def members(content: bytes) -> tuple[dict[str, bytes], list[str]]:
    """The files of an archive as far as it can be read, and what is not as it was written."""
    files: dict[str, bytes] = {}
    at = 0
    while content[at : at + 4] == b"PK\3\4" and at + _LOCAL.size <= len(content):
        *_, size, length, extra = _LOCAL.unpack_from(content, at)
        begin = at + _LOCAL.size + length
        name = content[begin - length : begin].decode(errors="replace")
        if name in files:
            return files, [f"{name!r} is in it twice"]
        files[name] = content[begin + extra : begin + extra + size]
        at = begin + extra + size
    try:
        whole = write_archive(files) == content
    except ValueError as err:
        return files, [f"the archive is not as it was written: {err}"]
    return files, [] if whole else ["the archive is not as it was written"]


def encoded_name(name: str) -> bytes:
    """A member's name as the archive holds it.

    Raises
    ------
    ValueError
        If it is no plain name of a file on every system.
    """
    label = name.encode()
    if (
        name in {"", ".", ".."}
        or len(label) > LONGEST_NAME
        or not name.isprintable()
        or any(letter in name for letter in "/\\:")
    ):
        raise ValueError(f"{name[:60]!r} is no plain name of a file")
    return label


def _check_signed(manifest: bytes, signature: bytes, signer: bytes) -> Checked:
    """Whether this signature of this key is that of the manifest, and the manifest can be used."""
    try:
        told = _manifest(manifest)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        return Checked({}, "", (f"the manifest is not as it was written: {err}",))
    public = public_key(signer)
    if public is None or public_pem(public) != signer:
        return Checked(told, "", (f"{SIGNER} is not as it was written",))
    key, faults = key_id(public), []
    if told["key"] != key:
        faults.append("the manifest names another key than the one that is said to have signed")
    if not signs(public, signature, manifest):
        faults.append("the signature is not that of the manifest")
    return Checked(told, key, tuple(faults))


def _manifest(content: bytes) -> Mapping[str, Any]:
    """What a manifest says, if it is the one text that says so."""
    told: dict[str, Any] = json.loads(content)
    if canonical_json(told) != content:
        raise ValueError("another text would say the same")
    _require_manifest(told)
    return told


def _require_manifest(told: Mapping[str, Any]) -> None:
    """Refuse what is no manifest that this script knows."""
    if told["format"] != FORMAT:
        raise ValueError(f"its format is {str(told['format'])[:60]!r}, not {FORMAT!r}")
    if not isinstance(told["key"], str) or not told["files"]:
        raise ValueError("it names no key or no file")
    names = [entry["name"] for entry in told["files"]]
    for entry in told["files"]:
        encoded_name(entry["name"])
        whole = isinstance(entry["size"], int) and bool(_HASH.fullmatch(entry["sha256"]))
        if not whole or entry.keys() != {"name", "sha256", "size"}:
            raise ValueError("an entry of a file lacks its size or hash")
    if names != sorted(set(names)) or {MANIFEST, SIGNATURE} & set(names):
        raise ValueError("its files are not in order")


def _file_faults(entry: Mapping[str, Any], size: int, digest: str) -> list[str]:
    """What of a file is not as the manifest says."""
    if size != entry["size"]:
        return [f"{entry['name']} has {size:,} bytes, not {entry['size']:,}"]
    if digest != entry["sha256"]:
        return [f"{entry['name']} was changed: its SHA-256 is {digest}, not {entry['sha256']}"]
    return []


def _read(path: Path) -> bytes:
    """The bytes of a file."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as err:
        raise Unreadable(f"{path.name} cannot be read ({err.strerror})") from err
    if len(content) > LARGEST:
        raise Unreadable(f"{path.name} has more than {LARGEST:,} bytes")
    return content


def report(path: Path, checked: Checked, *, key_given: bool) -> list[str]:
    """What a person is told of a check, line by line."""
    lines = [f"{'CHANGED' if checked.faults else 'whole'}: {path.name}"]
    lines += [f"  {fault}" for fault in checked.faults]
    if checked.key and not key_given:
        lines.append(f"  signed by the key {checked.key}")
        lines.append("  whose key that is, its office must tell you: give its file with --key")
    elif checked.key:
        lines.append(f"  signed by the key {checked.key}, the one that was given")
    if not checked.faults:
        lines += [f"  {line}" for line in described(checked.manifest)]
    return [_printable(line) for line in lines]


def described(manifest: Mapping[str, Any]) -> list[str]:
    """What a manifest says, line by line."""
    lines = [f"{name.replace('_', ' ')}: {manifest.get(name) or 'not told'}"
             for name in ("subject", "marking", "audience", "made_at", "made_by")]  # fmt: skip
    lines += [f"{entry['sha256']}  {entry['name']}" for entry in manifest.get("files", ())]
    return [_printable(line) for line in lines]


def _printable(text: str) -> str:
    """Words of a file that anyone may have made, which must not drive the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def main(words: list[str] | None = None) -> int:
    """Check what the command line names, say what was found, and give the code to exit with."""
    parser = argparse.ArgumentParser(description="Check what Lamassu signed, without Lamassu.")
    parser.add_argument("file", type=Path, help="a bundle, or a file with its .evidence.json")
    parser.add_argument("--key", type=Path, help="public key of the office, PEM")
    given = parser.parse_args(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter shows its code
            stream.reconfigure(errors="backslashreplace")
    try:
        checked = check(given.file, key=_read(given.key) if given.key else None)
    except Unreadable as err:
        sys.stderr.write(f"cannot be checked: {err}\n")
        return UNREADABLE
    sys.stdout.write("\n".join(report(given.file, checked, key_given=bool(given.key))) + "\n")
    return CHANGED if checked.faults else WHOLE


if __name__ == "__main__":
    sys.exit(main())
