"""Files made into evidence: noted in the audit first, then signed together with its end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from geo.audit import AuditEvent, AuditHead
from geo.errors import InvalidSetting
from geo.evidence import verify
from geo.evidence.archive import write_archive
from geo.evidence.manifest import About, entry, manifest_of
from geo.evidence.readme import README, SCRIPT, readme_text
from geo.evidence.signing import key_id, public_pem, sign
from geo.pipeline.evidence.anchors import keep_head, last_sealed
from geo.pipeline.evidence.keys import signing_key
from geo.settings import Settings
from geo.store import Store

CLOCK_BACK = timedelta(seconds=120)
"""How far the clock may stand behind the last entry of the audit: so much do machines differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Files with their signed manifest."""

    files: Mapping[str, bytes]
    """Every file that the manifest names."""
    manifest: bytes
    """See `geo.evidence.manifest`."""
    signature: str
    """Of the manifest."""
    signer: bytes
    """PEM of the public key."""
    head: AuditHead
    """End of the audit that the manifest names."""


def seal(
    store: Store,
    settings: Settings,
    files: Mapping[str, bytes],
    *,
    about: About,
    action: str,
    subject: str,
    explained: bool,
    author: str,
    now: datetime,
) -> Sealed:
    """Files with their signed manifest; that they leave is in the audit before anything is signed.

    Parameters
    ----------
    action, subject : str
        What the audit says was done, and of what.
    explained : bool
        Whether words for the reader and the stand-alone script are added, as a bundle holds them.

    Raises
    ------
    BadInput
        If a file's name may not stand in an archive.
    InvalidSetting
        If the clock stands more than `CLOCK_BACK` behind the audit, or behind what this key signed
        before; that is in the audit then.
    StoreError
        If the key, the audit or the note of its head cannot be read or written.
    """
    private = signing_key(settings)
    signer = public_pem(private.public_key())
    key = key_id(private.public_key())
    for name, content in files.items():
        entry(name, content)
    head = _noted(
        store,
        AuditEvent(actor=author, action=action, subject=subject, detail=_detail(about, files)),
        last=last_sealed(settings, key=key),
        now=now,
    )
    whole = dict(files)
    if explained:
        whole[README] = readme_text(sorted(files), key=key, number=head.number)
        whole[SCRIPT] = Path(verify.__file__).read_bytes()
        whole[verify.SIGNER] = signer
    manifest = manifest_of(about, whole, head=head, key=key, now=now)
    keep_head(settings, head, private=private, now=now)
    return Sealed(
        files=whole, manifest=manifest, signature=sign(private, manifest), signer=signer, head=head
    )


def bundle_bytes(sealed: Sealed) -> bytes:
    """The archive that holds files, manifest and signature; `sealed` was made with `explained`.

    Raises
    ------
    BadInput
        If it would be too large.
    """
    proof = {verify.MANIFEST: sealed.manifest, verify.SIGNATURE: f"{sealed.signature}\n".encode()}
    return write_archive({**sealed.files, **proof})


def sidecar_bytes(sealed: Sealed) -> bytes:
    """The proof alone, to lie beside the files."""
    return verify.canonical_json(
        {
            "format": verify.FORMAT,
            "manifest": json.loads(sealed.manifest),
            "signature": sealed.signature,
            "signer": sealed.signer.decode(),
        }
    )


def _detail(about: About, files: Mapping[str, bytes]) -> dict[str, object]:
    """What the audit keeps of files that leave; their names may tell of a place."""
    return {
        "audience": about.audience.value,
        "marking": about.marking.value,
        "counts": dict(about.counts),
        "sha256": sorted(hashlib.sha256(content).hexdigest() for content in files.values()),
    }


def _noted(store: Store, event: AuditEvent, *, last: datetime | None, now: datetime) -> AuditHead:
    """The end of the audit once an event is in it.

    Raises
    ------
    InvalidSetting
        If the clock runs backwards; the refusal is noted too.
    """
    noted = store.note(event, now=now)
    back_s = float(json.loads(noted.detail).get("clock_back_s", 0))
    back = max(timedelta(seconds=back_s), (last or now) - now)
    if back <= CLOCK_BACK:
        return AuditHead(number=noted.number, sha256=noted.sha256)
    told = {"entry": noted.number, "clock_back_s": back.total_seconds()}
    store.note(
        AuditEvent(actor=event.actor, action="refused", subject=event.action, detail=told), now=now
    )
    raise InvalidSetting(
        f"the clock stands {back.total_seconds():,.0f} s behind what was noted before",
        expected="a clock that does not run backwards",
        remedy="set it right and try again; nothing was handed over. If it was wrong before and is"
        " right now, an administrator runs 'keys rotate'",
    )
