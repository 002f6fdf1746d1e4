"""What is signed: the hashes of files, and all that a reader must know of them; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from geo.audit import AuditHead
from geo.errors import BadInput
from geo.evidence.verify import FORMAT, MANIFEST, SIGNATURE, canonical_json, encoded_name
from geo.model import Audience, Tlp


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a manifest says of its files beside their hashes."""

    subject: str
    """What they hold, such as ``118 seizures``."""
    marking: Tlp
    """The strictest marking of what they hold."""
    audience: Audience
    """For whom they are."""
    scope: str
    """`geo.access.Viewer.scope` of the eyes through which records were read."""
    made_by: str
    """Who made them, as far as the audience may know."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many records of each sort."""
    notes: tuple[str, ...] = ()
    """What was done to places and texts, in sentences."""
    filters: tuple[str, ...] = ()
    """The limits that were set, in words."""
    provenance: Mapping[str, object] = field(default_factory=dict)
    """What they were made from, as JSON can hold it."""


def manifest_of(
    about: About, files: Mapping[str, bytes], *, head: AuditHead, key: str, now: datetime
) -> bytes:
    """The manifest of files: canonical JSON, the same bytes for the same arguments.

    Parameters
    ----------
    head : AuditHead
        End of the audit at the time of signing: with it a cut-off end is found.
    key : str
        `geo.evidence.verify.key_id` of the key that will sign.

    Raises
    ------
    BadInput
        If there is no file, or a file's name may not stand in an archive.
    """
    if not files or {MANIFEST, SIGNATURE} & files.keys():
        raise BadInput("these files cannot be signed", expected="files with names of their own")
    return canonical_json(
        {
            "format": FORMAT,
            "files": [entry(name, files[name]) for name in sorted(files)],
            "subject": _whole(about.subject),
            "marking": about.marking.value,
            "audience": about.audience.value,
            "scope": _whole(about.scope),
            "counts": dict(about.counts),
            "notes": [_whole(note) for note in about.notes],
            "filters": [_whole(words) for words in about.filters],
            "provenance": dict(about.provenance),
            "audit": {"number": head.number, "sha256": head.sha256},
            "key": key,
            "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "made_by": _whole(about.made_by),
        }
    )


def entry(name: str, content: bytes) -> dict[str, object]:
    """What a manifest says of one file.

    Raises
    ------
    BadInput
        If the name may not stand in an archive.
    """
    try:
        encoded_name(name)
    except ValueError as err:
        raise BadInput(
            str(err),
            expected="printable characters, at most 200 bytes, without slash, backslash and colon",
            remedy="choose another name",
        ) from err
    return {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def _whole(text: str) -> str:
    """`text` without halves of characters, which UTF-8 cannot hold."""
    return text.encode(errors="replace").decode()
