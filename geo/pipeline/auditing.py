"""Whether the audit is whole, held against every head that was noted elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.audit import REMARK, AuditEntry, AuditHead, faults_of
from geo.errors import InvalidSetting, UnreadableFile
from geo.evidence.verify import MANIFEST, SIDECAR_ENDING, Unreadable, check
from geo.pipeline.evidence.anchors import anchor_faults, known_heads
from geo.pipeline.seen import entries
from geo.settings import Settings
from geo.store import Store

_HASH = re.compile("[0-9a-f]{64}")
_HEAD = re.compile(rf"(?:(\d{{1,12}}):)?({_HASH.pattern})")

_LONGEST_MANIFEST = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCheck:
    """What a check of the whole audit found."""

    head: AuditHead
    """The end of the chain as it was read."""
    heads: int
    """How many heads from elsewhere it was held against."""
    faults: tuple[str, ...]
    """What was changed, left out, put in or cut off, a sentence each; empty if it is whole."""
    remarks: tuple[str, ...]
    """What is odd and no change, such as a clock that was set back."""


def check_audit(
    store: Store, settings: Settings, *, heads: Iterable[AuditHead] = (), hashes: Iterable[str] = ()
) -> AuditCheck:
    """Read the whole audit, and hold it against this installation's anchors and more heads.

    Parameters
    ----------
    heads
        Noted elsewhere, such as in manifests of exports.
    hashes
        SHA-256 of entries that must be in it, wherever, in lower case.
    """
    anchors = known_heads(settings)
    more = tuple(heads)
    missing = set(hashes)
    asked = len(missing)
    last = store.audit_head()

    def passing() -> Iterator[AuditEntry]:
        nonlocal last
        last = AuditHead(number=0, sha256=last.sha256)
        for entry in entries(store):
            missing.discard(entry.sha256)
            last = AuditHead(number=entry.number, sha256=entry.sha256)
            yield entry

    told = [*anchor_faults(settings), *faults_of(passing(), heads=(*anchors, *more))]
    told += [f"no entry has the hash {digest} that was noted elsewhere" for digest in
             sorted(missing)]  # fmt: skip
    return AuditCheck(
        head=last,
        heads=len(anchors) + len(more) + asked,
        faults=tuple(line for line in told if not line.startswith(REMARK)),
        remarks=tuple(line for line in told if line.startswith(REMARK)),
    )


def noted_elsewhere(words: Iterable[str]) -> tuple[tuple[AuditHead, ...], tuple[str, ...]]:
    """Heads and bare hashes that are meant by words of a command line.

    A word is ``NUMBER:SHA256``, a SHA-256, or a file: a bundle, an exported file with its sidecar,
    the sidecar, or the manifest out of a bundle.

    Raises
    ------
    InvalidSetting
        If a word is no head and names no file.
    UnreadableFile
        If a file holds no head, or is not as it was signed.
    """
    heads: list[AuditHead] = []
    hashes: list[str] = []
    for word in words:
        found = _HEAD.fullmatch(word.strip().lower())
        if found is None:
            heads.append(_head_of_file(Path(word)))
        elif found[1]:
            heads.append(AuditHead(number=int(found[1]), sha256=found[2]))
        else:
            hashes.append(found[2])
    return tuple(heads), tuple(hashes)


def _head_of_file(path: Path) -> AuditHead:
    """The head that a file of a hand-over carries."""
    if not path.is_file():
        raise InvalidSetting(
            f"{path.name!r} is no head of the audit, and no such file is there",
            expected="a SHA-256, NUMBER:SHA256, or a file that was handed over",
            remedy="copy the head from a manifest",
        )
    told = _plain_manifest(path) if path.name == MANIFEST else _checked_manifest(path)
    head = told.get("audit")
    number, sha256 = (head.get("number"), head.get("sha256")) if isinstance(head, dict) else (0, 0)
    if type(number) is not int or number < 0 or not _HASH.fullmatch(str(sha256)):
        raise _no_head(path, "it names no head of an audit")
    return AuditHead(number=number, sha256=str(sha256))


def _checked_manifest(path: Path) -> Mapping[str, Any]:
    """The manifest of a bundle or a sidecar that is as it was signed."""
    try:
        checked = check(path)
    except Unreadable as err:
        raise _no_head(path, str(err)) from err
    if checked.faults:
        raise _no_head(path, f"it is not as it was signed: {checked.faults[0]}")
    return checked.manifest


def _plain_manifest(path: Path) -> Mapping[str, Any]:
    """A manifest that lies by itself; whether it was signed is not asked."""
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(_LONGEST_MANIFEST))
    except (OSError, ValueError, RecursionError) as err:
        raise _no_head(path, "it cannot be read") from err
    return told if isinstance(told, dict) else {}


def _no_head(path: Path, why: str) -> UnreadableFile:
    """The error for a file without a head."""
    return UnreadableFile(
        f"{path.name}: {why}",
        expected=f"a bundle, a file with its {SIDECAR_ENDING} beside it, or a {MANIFEST}",
        remedy="run 'verify' on it",
    )
