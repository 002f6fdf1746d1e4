"""Whether something is still what it was: a signed file, routes, flags, an import, a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.access import Right
from geo.errors import UnreadableFile
from geo.evidence import verify
from geo.pipeline.comparing import Remade
from geo.pipeline.evidence.keys import public_keys
from geo.pipeline.evidence.originals import sha256_of
from geo.pipeline.evidence.rereading import import_faults, import_record
from geo.pipeline.guard import GuardedStore
from geo.pipeline.remaking import remade_alert, remade_flags, remade_routes
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import Store

_ID = re.compile(r"((?:RT|CH|SE|SR|SA)-[0-9a-f]+|IM-[0-9]{8}-[0-9a-f]+|LMS-)[-0-9a-f]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a check."""

    subject: str
    """What was checked."""
    differences: tuple[str, ...]
    """What is not as it was, a sentence each; empty if everything is."""
    told: tuple[str, ...] = ()
    """What there is to say of it."""

    @property
    def same(self) -> bool:
        """Whether everything is as it was."""
        return not self.differences


def is_kept(subject: str) -> bool:
    """Whether `subject` names something in the store, and no file: RT-, CH-, IM- and so on."""
    return _ID.fullmatch(subject) is not None and not Path(subject).exists()


def verify_file(path: Path, settings: Settings, *, key: Path | None = None) -> Verdict:
    """Whether a bundle, or a file with its sidecar, is as it was signed; needs no store.

    Without `key`, PEM of a public key, one of this installation's own must have signed.

    Raises
    ------
    UnreadableFile
        If there is no such file, no proof of it, or `key` is no public key.
    """
    try:
        checked = verify.check(path, key=None if key is None else _pem(key))
    except verify.Unreadable as err:
        raise UnreadableFile(
            f"{path.name} cannot be checked: {err}",
            expected="a bundle that Lamassu wrote, or a file with its .evidence.json beside it",
        ) from err
    faults = list(checked.faults)
    if key is None and checked.key and checked.key not in public_keys(settings):
        faults.append(
            f"it was signed by the key {checked.key}, which this installation never had: give the"
            " public key of the office that signed with --key"
        )
    told = [f"signed by the key {checked.key}"] if checked.key else []
    return Verdict(
        subject=path.name,
        differences=tuple(faults),
        told=(*told, *verify.described(checked.manifest)) if not faults else tuple(told),
    )


def verify_kept(
    store: Store,
    settings: Settings,
    subject: str,
    *,
    file: Path | None = None,
    progress: Progress = no_progress,
) -> Verdict:
    """Whether something in the store is still what it was made from, by its id.

    Routes and flags, of two dates, many or radar, are made again from their provenance; an import
    is held against its original; `file` is held against the files that were printed of a page.

    Raises
    ------
    NotFound
        If there is nothing of this id.
    InvalidSetting
        If it can be held against nothing.
    NotAllowed
        If whoever asks does not see the whole store.
    """
    if isinstance(store, GuardedStore):
        store.require(Right.ADMINISTER, what="verify")
    prefix = subject.partition("-")[0]
    return _CHECKS[prefix](store, settings, subject, file, progress)


def _verify_routes(
    store: Store, settings: Settings, subject: str, _file: Path | None, progress: Progress
) -> Verdict:
    """Routes by their study, ``RT-0123456789``, or by one of them."""
    study_id = "-".join(subject.split("-")[:2])
    return _of_remade(remade_routes(store, settings, study_id, progress=progress))


def _verify_flags(
    store: Store, settings: Settings, subject: str, _file: Path | None, progress: Progress
) -> Verdict:
    """Flags by their study, ``CH-0123456789ab``, or one of them, ``CH-0123456789ab-001``.

    One that is kept is held against itself alone; that others of its study differ is told.
    """
    if (store.read("alerts")["id"] == subject).any():
        return _of_remade(remade_alert(store, settings, subject, progress=progress))
    detection_id = "-".join(subject.split("-")[:2])
    return _of_remade(remade_flags(store, settings, detection_id, progress=progress))


def _of_remade(remade: Remade) -> Verdict:
    """What was made again, in words."""
    return Verdict(
        subject=remade.id,
        differences=remade.differences,
        told=(
            f"kept SHA-256 {remade.kept_sha256}",
            f"made SHA-256 {remade.made_sha256 or 'nothing'}",
            *remade.remarks,
        ),
    )


def _verify_import(
    store: Store, settings: Settings, subject: str, _file: Path | None, progress: Progress
) -> Verdict:
    """An import by its id; one of flags or routes by what made them."""
    record = import_record(store, subject)
    made = record.key.file_name
    if made.startswith(("RT-", "CH-", "SE-", "SA-")) and is_kept(made):
        return verify_kept(store, settings, made, progress=progress)
    progress(0.2, "reading the original again")
    undone = () if record.undone_at is None else (f"undone on {record.undone_at:%Y-%m-%d}",)
    return Verdict(
        subject=subject,
        differences=import_faults(store, settings, record),
        told=(
            f"{record.kind} from {made}, SHA-256 {record.key.sha256}",
            f"read {record.read} = accepted {record.accepted} + quarantined {record.quarantined}"
            f" + duplicate {record.duplicate}",
            *undone,
        ),
    )


def _verify_page(
    store: Store, _settings: Settings, subject: str, file: Path | None, _progress: Progress
) -> Verdict:
    """A printed page by its id, and a file that is said to be it."""
    pages = store.briefing(subject)
    told = [
        f"{page.created_at:%Y-%m-%d %H:%M} UTC for {page.audience}, SHA-256 {page.sha256}"
        for page in pages
    ]
    if file is None:
        return Verdict(subject=subject, differences=(), told=tuple(told))
    if not file.is_file():
        raise UnreadableFile(f"there is no file {file.name}", expected="the file of a page")
    digest = sha256_of(file)
    known = {page.sha256 for page in pages}
    fault = f"{file.name} with the SHA-256 {digest} is none of the files made of this page"
    return Verdict(
        subject=subject, differences=() if digest in known else (fault,), told=tuple(told)
    )


_CHECKS: Mapping[str, Callable[[Store, Settings, str, Path | None, Progress], Verdict]] = {
    "RT": _verify_routes,
    "CH": _verify_flags,
    "SE": _verify_flags,
    "SR": _verify_flags,
    "SA": _verify_flags,
    "IM": _verify_import,
    "LMS": _verify_page,
}
"""How each sort of id is checked, by its first letters."""


def _pem(key: Path) -> bytes:
    """The bytes of a file that is said to hold a key."""
    try:
        return key.read_bytes()
    except OSError as err:
        raise UnreadableFile(
            f"{key.name} cannot be read ({err.strerror})", expected="a public key as PEM"
        ) from err
