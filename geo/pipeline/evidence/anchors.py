"""Heads of the audit noted outside the store, one at each export: they show a cut-off end.

``audit-heads.jsonl`` in the installation's folder holds a signed line for each. Whoever can cut off
the end of the audit may be able to remove lines here too, but not those that went out in manifests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from geo.audit import AuditHead
from geo.errors import StoreError
from geo.evidence.signing import key_id, sign
from geo.evidence.verify import public_key, signs
from geo.pipeline.evidence.keys import public_keys
from geo.pipeline.provenance import canonical
from geo.settings import Settings

FILE = "audit-heads.jsonl"
"""Name of the file in the installation's folder."""

FORMAT = "lamassu audit head 1"
"""What each line says it is."""


def keep_head(
    settings: Settings, head: AuditHead, *, private: Ed25519PrivateKey, now: datetime
) -> None:
    """Add a signed line for a head; it is on the disk when this returns.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    told = {
        "format": FORMAT,
        "number": head.number,
        "sha256": head.sha256,
        "at": now.astimezone(UTC).isoformat(),
        "key": key_id(private.public_key()),
    }
    line = canonical(told | {"signature": sign(private, canonical(told))}) + b"\n"
    try:
        handle = os.open(_file(settings), os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab+") as file:
            # A power failure may have cut the last line.
            file.write(line if _ends_whole(file) else b"\n" + line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as err:
        raise StoreError(
            f"the head of the audit cannot be noted ({err.strerror or type(err).__name__})",
            expected="room in the installation's folder",
            remedy="make room and try again; nothing was handed over",
        ) from err


def known_heads(settings: Settings) -> tuple[AuditHead, ...]:
    """The heads that this installation noted at its exports, by whole signed lines, oldest first.

    What is wrong with other lines is told by `anchor_faults`.
    """
    return tuple(
        AuditHead(number=told["number"], sha256=told["sha256"])
        for _, told in _lines(settings)
        if told is not None
    )


def anchor_faults(settings: Settings) -> tuple[str, ...]:
    """What is wrong with the lines themselves, a sentence each; empty if nothing is."""
    return tuple(
        f"line {number} of {FILE} was changed, or not signed by this installation"
        for number, told in _lines(settings)
        if told is None
    )


def last_sealed(settings: Settings, *, key: str) -> datetime | None:
    """When this key signed last, by its own clock; None if it never did."""
    own = (told for _, told in _lines(settings, last_first=True) if told and told["key"] == key)
    last = next(own, None)
    return None if last is None else datetime.fromisoformat(last["at"])


def _lines(
    settings: Settings, *, last_first: bool = False
) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """The number of each line from 1, and what it says; None where it is not as it was signed."""
    file = _file(settings)
    if not file.is_file():
        return
    read = ((name, public_key(pem)) for name, pem in public_keys(settings).items())
    keys = {name: key for name, key in read if key is not None}
    lines = list(enumerate(file.read_bytes().splitlines(), start=1))
    for number, line in reversed(lines) if last_first else lines:
        try:
            told = json.loads(line)
            signature = told.pop("signature")
            public = keys[told["key"]]
            whole = canonical(told | {"signature": signature}) == line
            whole = whole and told["format"] == FORMAT
            whole = whole and signs(public, signature.encode(), canonical(told))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            whole = False
        yield number, told if whole else None


def _ends_whole(file: IO[bytes]) -> bool:
    """Whether a file is empty or ends with the end of a line."""
    if not file.seek(0, os.SEEK_END):
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _file(settings: Settings) -> Path:
    """Where the lines are."""
    return settings.home / FILE
