"""What is handed over with its proof: exports and pages as bundles, or as files with sidecars."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from geo.access import Principal, Right, viewer_for
from geo.errors import BadInput, NotAllowed
from geo.evidence.manifest import About
from geo.evidence.verify import sidecar_of
from geo.model import Audience
from geo.pipeline.evidence.sealing import Sealed, bundle_bytes, seal, sidecar_bytes
from geo.pipeline.export import Download, ExportReport, export
from geo.pipeline.guard import GuardedStore
from geo.pipeline.provenance import versions
from geo.pipeline.seen import refusals_noted
from geo.query import Query
from geo.settings import Settings
from geo.snapshot import Snapshot
from geo.store import Store

BUNDLE_ENDING = ".zip"
"""What the name of a bundle ends in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A page as a bundle to hand to a browser."""

    name: str
    """File name, ends in ``.zip``."""
    content: bytes
    """Its bytes."""


def export_bundle(
    store: Store,
    settings: Settings,
    kind: str,
    ending: str,
    *,
    audience: Audience,
    query: Query | None = None,
    author: str,
    now: datetime,
) -> Download:
    """An export as one signed bundle, always a ``.zip``, for a browser.

    Raises
    ------
    NotAllowed
        If the principal of a guarded store may not hand over, or not for this audience.
    InvalidSetting, BadInput, StoreError
        As `geo.pipeline.export.export` and `geo.pipeline.evidence.sealing.seal` do.
    """
    _require_allowed(store, audience, now=now)
    name = f"lamassu-{kind}-{audience.value}-{now:%Y-%m-%d}{ending}"
    revision = store.revision()
    with tempfile.TemporaryDirectory(prefix="lamassu-export-") as folder:
        report = export(store, kind, Path(folder) / name, audience=audience, query=query, now=now)
        files = _contents(report, Path(folder))
    sealed = _sealed_export(
        store, settings, report, files, revision=revision, bundled=True, author=author, now=now
    )
    return Download(name=name + BUNDLE_ENDING, content=bundle_bytes(sealed), report=report)


def export_file(
    store: Store,
    settings: Settings,
    kind: str,
    path: Path,
    *,
    audience: Audience,
    query: Query | None = None,
    author: str,
    now: datetime,
) -> ExportReport:
    """Write an export to `path` with its sidecar beside it, or as a bundle if it ends in ``.zip``.

    All files appear, or none does; the report names those of the export itself.

    Raises
    ------
    InvalidSetting, BadInput, StoreError
        As `geo.pipeline.export.export` and `geo.pipeline.evidence.sealing.seal` do.
    """
    _require_allowed(store, audience, now=now)
    bundled = is_bundle(path)
    name = path.name[: -len(BUNDLE_ENDING)] if bundled else path.name
    revision = store.revision()
    with _unfinished(path.parent) as folder:
        report = export(store, kind, folder / name, audience=audience, query=query, now=now)
        sealed = _sealed_export(
            store,
            settings,
            report,
            _contents(report, folder),
            revision=revision,
            bundled=bundled,
            author=author,
            now=now,
        )
    _write(_outputs(sealed, path), path.parent)
    return report


def page_bundle(
    store: Store,
    settings: Settings,
    snapshot: Snapshot,
    name: str,
    content: bytes,
    *,
    author: str,
    now: datetime,
) -> Handed:
    """A printed page, drawn as `content`, as a signed bundle; the store remembers that it left.

    Raises
    ------
    BadInput, InvalidSetting, StoreError
        As `geo.pipeline.evidence.sealing.seal` does.
    """
    sealed = _sealed_page(
        store, settings, snapshot, name, content, bundled=True, author=author, now=now
    )
    return Handed(name=name + BUNDLE_ENDING, content=bundle_bytes(sealed))


def page_file(
    store: Store,
    settings: Settings,
    snapshot: Snapshot,
    path: Path,
    content: bytes,
    *,
    author: str,
    now: datetime,
) -> None:
    """Write a drawn page to `path` with its sidecar, or as a bundle if it ends in ``.zip``.

    Raises
    ------
    BadInput, InvalidSetting, StoreError
        As `geo.pipeline.evidence.sealing.seal` does, or if a file cannot be written.
    """
    bundled = is_bundle(path)
    name = path.name[: -len(BUNDLE_ENDING)] if bundled else path.name
    sealed = _sealed_page(
        store, settings, snapshot, name, content, bundled=bundled, author=author, now=now
    )
    _write(_outputs(sealed, path), path.parent)


def is_bundle(path: Path) -> bool:
    """Whether a file to write is to be a bundle, by its name."""
    return path.name.lower().endswith(BUNDLE_ENDING)


def _sealed_export(
    store: Store,
    settings: Settings,
    report: ExportReport,
    files: Mapping[str, bytes],
    *,
    revision: int,
    bundled: bool,
    author: str,
    now: datetime,
) -> Sealed:
    """The files of an export, noted in the audit and signed."""
    about = About(
        subject=f"{report.records} {report.kind}",
        marking=report.marking,
        audience=report.audience,
        scope=_scope(store, report.audience),
        made_by=_maker(store, report.audience, author),
        counts={
            "records": report.records,
            "generalised": report.generalised,
            "simulated": report.simulated,
        },
        notes=tuple(note for note in report.notes if note not in report.filters),
        filters=report.filters,
        provenance={
            "kind": report.kind,
            "revision": revision,
            "datasets": list(report.datasets),
            "imports": _imports(store, report.imports),
            "versions": versions("geopandas", "pandas", "pyogrio", "shapely", "openpyxl"),
        },
    )
    return seal(
        store,
        settings,
        files,
        about=about,
        action="export",
        subject=report.kind,
        explained=bundled,
        author=author,
        now=now,
    )


def _sealed_page(
    store: Store,
    settings: Settings,
    snapshot: Snapshot,
    name: str,
    content: bytes,
    *,
    bundled: bool,
    author: str,
    now: datetime,
) -> Sealed:
    """A drawn page, remembered by the store, noted in the audit and signed."""
    # Pages tell of change detections, which keep originals with the modules beside this one.
    from geo.pipeline.page import keep  # noqa: PLC0415

    _require_allowed(store, snapshot.audience, now=now)
    frames = snapshot.frames
    about = About(
        subject=f"page {snapshot.page_id}",
        marking=snapshot.marking,
        audience=snapshot.audience,
        scope=_scope(store, snapshot.audience),
        made_by=_maker(store, snapshot.audience, author),
        counts={kind: len(frame) for kind, frame in frames.items()},
        notes=(*snapshot.method, *snapshot.caveats),
        filters=snapshot.filters,
        provenance={
            "page": snapshot.page_id,
            "content_sha256": snapshot.content_sha256,
            "cut_off": snapshot.cut_off.isoformat(),
            "datasets": sorted({str(each) for f in frames.values() for each in f["dataset_id"]}),
            "sources": list(snapshot.sources),
            "versions": versions("matplotlib", "geopandas", "shapely"),
        },
    )
    keep(store, snapshot, content, author=author, now=now)
    return seal(
        store,
        settings,
        {name: content},
        about=about,
        action="seal",
        subject=snapshot.page_id,
        explained=bundled,
        author=author,
        now=now,
    )


def _require_allowed(store: Store, audience: Audience, *, now: datetime) -> None:
    """Refuse whoever may hand over nothing, and an audience that sees more than the maker does."""
    principal = _principal(store)
    if principal is None:
        return
    with refusals_noted(store, principal, "hand over", clock=lambda: now):
        order = list(Audience)
        wider = order.index(audience) > order.index(principal.viewer.audience)
        if wider or not principal.may(Right.HAND_OVER):
            raise NotAllowed(
                f"the role {principal.viewer.role} may not hand over for {audience.value}",
                expected="an audience that sees no more than you do",
                remedy="choose a narrower one, or ask the administrator",
            )


def _scope(store: Store, audience: Audience) -> str:
    """Through whose eyes records were read; the maker's groups are told inside the office only."""
    viewer = viewer_for(audience)
    principal = _principal(store)
    if principal is None:
        return viewer.scope
    own = principal.viewer
    return own.scope if audience is Audience.INTERNAL else f"{own.role} for {viewer.role}"


def _maker(store: Store, audience: Audience, author: str) -> str:
    """Who made it: outside the office only the office's name; the audit knows the person."""
    if audience is Audience.INTERNAL:
        principal = _principal(store)
        return principal.author if principal else author
    return store.setting("producer_office")


def _imports(store: Store, import_ids: tuple[str, ...]) -> list[dict[str, str]]:
    """Imports with the SHA-256 of their originals, for whoever may see imports."""
    principal = _principal(store)
    if not import_ids or (principal and not principal.may(Right.KEEP)):
        return []
    known = {record.import_id: record.key.sha256 for record in store.imports()}
    return [{"id": name, "sha256": known[name]} for name in import_ids if name in known]


def _principal(store: Store) -> Principal | None:
    """Who looks at the store; None where it is the store itself."""
    return store.principal if isinstance(store, GuardedStore) else None


def _contents(report: ExportReport, folder: Path) -> dict[str, bytes]:
    """The files of an export, by name."""
    return {file.name: (folder / file.name).read_bytes() for file in report.files}


def _outputs(sealed: Sealed, path: Path) -> dict[str, bytes]:
    """The files to write for a sealed export or page, by name; its proof comes last."""
    if is_bundle(path):
        return {path.name: bundle_bytes(sealed)}
    return {**sealed.files, sidecar_of(path).name: sidecar_bytes(sealed)}


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files; all that can fail is done before the first of them takes its name."""
    with _unfinished(folder) as drafts:
        try:
            for name, content in files.items():
                (drafts / name).write_bytes(content)
            for name in files:
                (drafts / name).replace(folder / name)
        except OSError as err:
            raise _unwritable(err) from err


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A folder beside the files to be, gone at the end."""
    try:
        made = tempfile.TemporaryDirectory(prefix=".unfinished-", dir=folder)
    except OSError as err:
        raise _unwritable(err) from err
    with made as name:
        yield Path(name)


def _unwritable(err: OSError) -> BadInput:
    """The error for a folder that takes no file."""
    return BadInput(
        f"the file cannot be written ({err.strerror or err})",
        expected="a folder that exists, may be written to and has room",
    )
