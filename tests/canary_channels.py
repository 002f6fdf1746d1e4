"""Every way out of a guarded store that needs no browser, as the bytes that leave by it.

Each channel gives its contents with a name of each, file names among them. What somebody is refused
is a content too: the words of the refusal leave the house.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from geo.access import Principal, Via
from geo.columns import RECORDS
from geo.errors import LamassuError
from geo.model import Audience
from geo.pipeline import export, page, shown
from geo.pipeline.evidence import bundles
from geo.pipeline.guard import GuardedStore, guard
from geo.pipeline.hotspots import KINDS as HOT
from geo.pipeline.hotspots import hotspots
from geo.query import Query, select
from geo.settings import Settings
from geo.snapshot import Snapshot
from geo.store import Store
from layers import alerts, briefing, card, corridors, events, posts, seizures, sites
from layers.map_layer import script_json
from layers.server import logs
from tests.canaries import NEAR_CHARACTERS, Hit, hits
from tests.canary_records import (
    LEVELS,
    NOW,
    VIEWERS,
    Planted,
    places_kept_from,
    planted,
    secrets_for,
)
from tests.map_frames import drawn

Content = tuple[str, bytes]
"""A name and what it names."""

LAYERS = {
    "sites": sites.layer, "posts": posts.layer, "events": events.layer,
    "seizures": seizures.layer, "alerts": alerts.layer, "routes": corridors.route_layer,
}  # fmt: skip


TELLING = frozenset({"medium", "high", "red", "closed"})
"""Levels of the records that are always asked for one by one."""

QUICK = frozenset({".gpkg", ".csv"})
"""Formats that are always written: one in binary, one as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Who asks for something, of which store, and for whom they want it."""

    store: GuardedStore
    """Through the eyes of whoever asks."""
    settings: Settings
    """Of the installation."""
    audience: Audience
    """For whom: never more than the asking viewer's own."""
    thorough: bool
    """Whether to take every format and every record, which takes long."""

    @property
    def birds(self) -> list[Planted]:
        """The records that are asked for one by one."""
        return [bird for bird in planted() if self.thorough or bird.level in TELLING]


def way(
    store: Store,
    settings: Settings,
    viewer: str,
    audience: Audience | None = None,
    *,
    thorough: bool = False,
) -> Way:
    """The way of one of `VIEWERS`, for their own audience unless another is named."""
    seeing = VIEWERS[viewer]
    principal = Principal(subject=f"oidc:{viewer}", name=viewer, viewer=seeing, via=Via.OIDC)
    return Way(
        store=guard(store, principal, clock=lambda: NOW),
        settings=settings,
        audience=audience or seeing.audience,
        thorough=thorough,
    )


def frames(one: Way) -> Iterator[Content]:
    """Tables as they are read: text, geometry in binary, attributes."""
    for kind in RECORDS:
        yield kind, _frame_bytes(one.store.read(kind))
        yield f"{kind} to search in", _frame_bytes(shown.records(one.store, kind, one.audience))


def single_records(one: Way) -> Iterator[Content]:
    """Each record by its id with its history, as it is or as it is refused."""
    for bird in one.birds:
        asked: tuple[Callable[..., gpd.GeoDataFrame], ...] = (one.store.get, one.store.history)
        for ask in asked:
            try:
                yield bird.id, _frame_bytes(ask(bird.kind, bird.id))
            except LamassuError as err:
                yield bird.id, _told(err)


def exports(one: Way) -> Iterator[Content]:
    """Every kind in every format: each file with its name, and what is told of it."""
    for kind in RECORDS:
        for ending in export.endings_for(kind):
            if not one.thorough and ending not in QUICK:
                continue
            name = f"{kind}{ending}"
            with tempfile.TemporaryDirectory() as folder:
                try:
                    report = export.export(
                        one.store, kind, Path(folder) / name, audience=one.audience, now=NOW
                    )
                except LamassuError as err:
                    yield name, _told(err)
                    continue
                for file in sorted(Path(folder).iterdir()):
                    yield file.name, file.read_bytes()
                yield f"{name} report", repr(report).encode()


def searches(one: Way) -> Iterator[Content]:
    """What is found by a canary's word or place: a search must not answer what it may not show."""
    found = {kind: shown.records(one.store, kind, one.audience) for kind in RECORDS}
    for bird in one.birds:
        frame = select(found[bird.kind], Query(text=bird.canary.word))
        yield bird.id, f"{len(frame)} found".encode() + _frame_bytes(frame)


def pages(one: Way) -> Iterator[Content]:
    """Printed pages of everything that may be named, as PDF with its text, picture and drawing."""
    levels = [(n, name) for n, name in enumerate(LEVELS) if one.thorough or name in TELLING]
    subjects = ["region"]
    for number, level in levels:
        subjects += [f"ZQ-sites-{level}", f"CH-zq{number}", f"RT-00000000{number:02d}"]
    for subject in subjects:
        try:
            snapshot = page.snapshot_of(
                one.store, subject, audience=one.audience, query=Query(), now=NOW, with_routes=True
            )
        except LamassuError as err:
            yield subject, _told(err)
            continue
        yield f"{subject} snapshot", _snapshot_bytes(snapshot)
        yield f"{subject} name", briefing.file_name(snapshot, "pdf").encode()
        if one.thorough or subject == "ZQ-sites-medium":
            pdf = briefing.save(snapshot, "pdf")
            yield f"{subject}.pdf", pdf
            yield f"{subject}.pdf text", _pdf_text(pdf)
        if one.thorough or subject == "region":
            yield f"{subject}.svg", briefing.save(snapshot, "svg")


def maps_and_cards(one: Way) -> Iterator[Content]:
    """What is drawn on a map, with its counts and extents, and the card of each record."""
    for kind, layer in LAYERS.items():
        frame = shown.records(one.store, kind, one.audience)
        yield f"map of {kind}", script_json(drawn(layer(frame))).encode()
        yield f"extent of {kind}", repr(frame.total_bounds.tolist()).encode()
        for _, row in frame.iterrows() if kind != "routes" else ():
            yield f"card of {kind}", f"{card.title(kind, row)} {card.card_html(kind, row)}".encode()


def hot_spots(one: Way) -> Iterator[Content]:
    """Counts by cell and clusters."""
    for kind in HOT:
        study = hotspots(one.store, kind, audience=one.audience, query=Query(), now=NOW)
        for name in study.__dataclass_fields__:
            value = getattr(study, name)
            told = _frame_bytes(value) if isinstance(value, gpd.GeoDataFrame) else repr(value)
            yield f"{kind} {name}", told.encode() if isinstance(told, str) else told


def reasons(one: Way) -> Iterator[Content]:
    """Why each record looks as it does, or that there is none."""
    for bird in one.birds:
        try:
            yield bird.id, repr(one.store.why(bird.kind, bird.id)).encode()
        except LamassuError as err:
            yield bird.id, _told(err)


def bundled(one: Way) -> Iterator[Content]:
    """Signed bundles of records and of pages, with everything in them."""
    kinds = RECORDS if one.thorough else ("sites", "alerts", "routes")
    for kind in kinds:
        try:
            handed = bundles.export_bundle(
                one.store, one.settings, kind, ".geojson", audience=one.audience, query=Query(),
                author="made up", now=NOW,
            )  # fmt: skip
        except LamassuError as err:
            yield kind, _told(err)
            continue
        yield kind, handed.content
        yield f"{kind} name", f"{handed.name} {handed.report}".encode()


def imports_and_quarantine(one: Way) -> Iterator[Content]:
    """Lists of imports, the rows they kept aside, mappings and groups."""
    asked: tuple[Callable[[], object], ...] = (
        one.store.imports, one.store.mappings, one.store.dataset_groups, one.store.members,
        lambda: [one.store.quarantine(kept.import_id) for kept in one.store.imports()],
    )  # fmt: skip
    for ask in asked:
        try:
            yield "told", repr(ask()).encode()
        except LamassuError as err:
            yield "refused", _told(err)


def logged(one: Way) -> Iterator[Content]:
    """What is written down when the view of a table fails with its rows in the message."""
    for kind in RECORDS:
        frame = one.store.read(kind)
        try:
            _fail(f"cannot draw {frame.to_dict()} {frame.geometry.to_wkt().tolist()}")
        except ValueError as err:
            yield kind, logs.told(err).encode()
        yield f"{kind} line", logs.scrubbed(" ".join(map(str, frame.geometry))).encode()


CHANNELS: dict[str, Callable[[Way], Iterator[Content]]] = {
    "frames": frames,
    "single records": single_records,
    "searches": searches,
    "exports": exports,
    "bundles": bundled,
    "pages": pages,
    "maps, extents, cards": maps_and_cards,
    "hot spots": hot_spots,
    "reasons": reasons,
    "imports": imports_and_quarantine,
    "logs": logged,
}
"""Each channel by name."""


def leaks(contents: Iterable[Content], viewer: str) -> list[tuple[str, Hit]]:
    """What in these contents one of `VIEWERS` may not have, each with the content's name."""
    withheld = secrets_for(viewer)
    coarse = [bird for bird in places_kept_from(viewer) if bird not in withheld]
    names = {bird.word for bird in coarse}
    return [
        (name, hit)
        for name, content in contents
        for hit in sorted(hits(content, [*withheld, *coarse]))
        if hit.form != "word" or hit.word not in names
    ]


def together(contents: Iterable[Content]) -> Iterator[Content]:
    """The same contents, those that are no archives put into few: a search of each takes long."""
    joined: list[Content] = []
    for name, content in contents:
        if content[:2] in (b"PK", b"%P", b"\x1f\x8b"):
            yield name, content
        else:
            joined.append((name, content))
    if joined:
        # So far apart that no two of them seem to be one place.
        apart = b"\n" + b" " * (NEAR_CHARACTERS + 8) + b"\n"
        yield f"any of {len(joined)}", apart.join(content for _, content in joined)


def _fail(message: str) -> None:
    """A fault that quotes what it was given."""
    raise ValueError(message)


def _told(err: LamassuError) -> bytes:
    """A refusal as it is read."""
    return str(err).encode()


def _frame_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """Everything in a frame: cells and attributes as text, places as text and in binary."""
    text = frame.drop(columns="geometry").to_csv() + repr(frame.attrs)
    shapes = frame.geometry.dropna()
    return "\n".join([text, *shapes.to_wkt()]).encode() + b"".join(shapes.to_wkb())


def _snapshot_bytes(snapshot: Snapshot) -> bytes:
    """Everything on a page, drawn or not."""
    parts = [repr(snapshot).encode()]
    parts += [_frame_bytes(frame) for frame in snapshot.frames.values()]
    return b"\n".join(parts)


def _pdf_text(content: bytes) -> bytes:
    """The words of a PDF."""
    return subprocess.run(
        ["pdftotext", "-", "-"], input=content, capture_output=True, check=True
    ).stdout
