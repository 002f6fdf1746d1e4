"""Scenes fetched piece by piece onto a site's grid, and kept with licence, source and SHA-256."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from geo.access import Right
from geo.audit import AuditEvent
from geo.change.bands import CODES
from geo.errors import LamassuError, NotAllowed, NoValidPixels, StoreError
from geo.grid import Raster
from geo.model import ImportReport, Scene
from geo.pipeline.fetching.finding import file_name
from geo.pipeline.fetching.records import Fetched, Found, Left, Listed, Terms
from geo.pipeline.guard import GuardedStore
from geo.pipeline.intake import FileReading, ImportOptions, add_file, read_scene
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.sources.stac.hosts import Hosts, host_of
from geo.sources.stac.offers import Offer, OfferedBand
from geo.sources.stac.on_site import Cut, cut_around, read_cuts
from geo.sources.stac.remote import RemoteFile
from geo.sources.stac.web import Web
from geo.sources.writers.geotiff_files import write_geotiff
from geo.store import Store

DATASET = "satellite"
"""Dataset of the scenes."""

MOST_BYTES_A_FILE = 400_000_000
"""Bytes of one file that are fetched."""

KEPT_FOR = timedelta(days=7)
"""How long pieces of a scene that was not finished wait for the next attempt."""

DARK_SHARE = 0.05
"""Share of cells that taking off the Sentinel-2 offset may make negative in the visible bands.

Land reflects; where more would turn negative, the offset is off already, whatever the item says.
Earth Search has such items (Element84/earth-search, issues 66 and 71)."""

VISIBLE = ("B02", "B03", "B04")


def fetch_scenes(
    store: Store,
    settings: Settings,
    found: Found,
    *,
    chosen: Collection[str] | None = None,
    author: str,
    now: datetime,
    progress: Progress = no_progress,
) -> Fetched:
    """Fetch scenes of a list, cut to the site's grid, and keep them; all of it, or some.

    Each scene is fetched and kept by itself: one that fails is left with its reason and the rest
    goes on. What came of a scene that was not finished is not fetched again.

    Parameters
    ----------
    chosen : collection of str, optional
        `scene_id` of those that are wanted; all that can be fetched and are not here unless told.

    Raises
    ------
    NotAllowed
        If the user may keep nothing.
    """
    if isinstance(store, GuardedStore):
        store.require(Right.KEEP, what="fetch scenes")
    wanted = [one for one in found.scenes if chosen is None or one.scene_id in chosen]
    known = tuple(one.scene_id for one in wanted if one.known)
    left = [Left(name=one.offer.id, reason=one.refused) for one in wanted if one.refused]
    todo = [one for one in wanted if not (one.known or one.refused)]
    reports: list[ImportReport] = []
    pieces = _Pieces(settings.cache_folder / "stac", now=now)
    _note(store, found, len(todo), author=author, now=now)
    with Web(Hosts(found.terms.allowed), limits=found.terms.web) as web:
        for number, one in enumerate(todo):
            tell = partial(_tell, progress, number, len(todo))
            try:
                raster, notes = _raster(one, web, found.terms, pieces, tell)
                tell(0.95, "keeping")
                scene = _scene_file(settings, one, raster)
                with scene as path:
                    reading = _reading(path, one, notes, found, author=author)
                    reports.append(add_file(store, settings, reading, now=now, move=True))
            except LamassuError as err:
                left.append(Left(name=one.offer.id, reason=str(err)))
            else:
                pieces.forget(one)
        bytes_read = web.bytes_read
    progress(1.0, "done")
    return Fetched(reports=tuple(reports), known=known, left=tuple(left), bytes_read=bytes_read)


def _tell(progress: Progress, number: int, count: int, share: float, words: str) -> None:
    """Tell how far one of several scenes has come."""
    progress((number + share) / count, f"{number + 1} of {count}: {words}")


def _note(store: Store, found: Found, count: int, *, author: str, now: datetime) -> None:
    """Write into the audit that scenes are fetched, before they are."""
    detail = {"server": host_of(found.api), "scenes": count}
    event = AuditEvent(actor=author, action="fetch", subject=found.site_id, detail=detail)
    store.note(event, now=now)


def _raster(
    one: Listed, web: Web, terms: Terms, pieces: _Pieces, progress: Progress
) -> tuple[Raster, tuple[str, ...]]:
    """A scene on its grid in numbers that can be compared, and what there is to say of them."""
    cuts = []
    for number, band in enumerate(one.offer.bands):
        progress(0.9 * number / len(one.offer.bands), f"{one.offer.id} {band.name}")
        cuts.append(_cut(one, band, web, pieces))
    progress(0.9, f"{one.offer.id} on the site's grid")
    raster = read_cuts(cuts, one.grid, limits=terms.limits)
    if not np.isfinite(raster.values).any():
        raise NoValidPixels(
            f"{one.offer.id} has no data over the site", expected="a cell with data"
        )
    return comparable(raster, one.offer)


def _cut(one: Listed, band: OfferedBand, web: Web, pieces: _Pieces) -> Cut:
    """The tiles of a band, from the server or from an attempt before."""
    try:
        file = RemoteFile(web, band.url, most_bytes=MOST_BYTES_A_FILE)
        nodata = one.offer.kind.nodata if one.offer.kind else None
        kept = pieces.find(one, file)
        if kept is not None:
            return kept
        made = cut_around(file, one.grid, band=band.name, nodata=nodata)
    except NotAllowed:
        raise
    except LamassuError as err:
        told = f"band {band.name}: {err.what}"
        raise type(err)(told, expected=err.expected, remedy=err.remedy) from err
    pieces.keep(one, file, made)
    return made


def comparable(raster: Raster, offer: Offer) -> tuple[Raster, tuple[str, ...]]:
    """A scene's stored numbers as reflectance times 10 000 where its collection is known.

    What Sentinel-2 products carry since 2022 is taken off once: not where the item says that it is
    off already, nor where the numbers show that it is. Codes stay codes, NaN stays NaN.

    Returns
    -------
    Raster
        Same grid and bands.
    tuple of str
        What was done, in words.
    """
    offset, notes = offer.offset.value, []
    if offer.offset.why:
        notes.append(f"Sentinel-2 offset: {offset:+g} ({offer.offset.why})")
    if offset < 0 and (share := _dark_share(raster, -offset)) > DARK_SHARE:
        offset = 0.0
        notes.append(
            f"The offset was not taken off: {share:.0%} of the cells would have become negative, "
            "so it is off already, though the item does not say so."
        )
    scale, added = (offer.kind.scale, offer.kind.offset) if offer.kind else (1.0, 0.0)
    if (scale, added) != (1.0, 0.0):
        notes.append(f"numbers times {scale:g} {added:+g}: reflectance times 10 000")
    values = raster.values.copy()
    numbers = [i for i, name in enumerate(raster.bands) if name not in CODES]
    values[numbers] = values[numbers] * np.float32(scale) + np.float32(added + offset)
    return Raster(grid=raster.grid, bands=raster.bands, values=values), tuple(notes)


def _dark_share(raster: Raster, level: float) -> float:
    """Share of the cells with data in the visible bands that lie below a level."""
    seen = [raster.values[raster.bands.index(name)] for name in VISIBLE if name in raster.bands]
    if not seen:
        return 0.0
    stack = np.stack(seen)
    there = np.isfinite(stack)
    return float((stack[there] < level).mean()) if there.any() else 0.0


@contextlib.contextmanager
def _scene_file(settings: Settings, one: Listed, raster: Raster) -> Iterator[Path]:
    """The scene as a GeoTIFF in the folder of scenes; gone at the end if it was not kept.

    Raises
    ------
    StoreError
        If it cannot be written there.
    """
    tags = {
        "LAMASSU_ACQUIRED_AT": one.offer.taken_at.isoformat(),
        "LAMASSU_SENSOR": one.offer.sensor,
        "LAMASSU_ITEM": one.offer.id,
        "LAMASSU_COLLECTION": one.offer.collection,
        "LAMASSU_LICENCE": one.offer.licence,
        "LAMASSU_OFFSET_APPLIED": "YES",
    }
    with _workplace(settings.scenes_folder) as made:
        path = made / file_name(one.scene_id, one.grid)
        write_geotiff(
            path, raster.values, grid=raster.grid, bands=raster.bands, nodata=np.nan, tags=tags
        )
        yield path


@contextlib.contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """A folder in a folder, gone at the end.

    Raises
    ------
    StoreError
        If it cannot be made.
    """
    with contextlib.ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-")
        except OSError as err:
            raise StoreError(
                f"no scene can be written to {folder} ({err.strerror})",
                expected="a folder that may be written to and has room",
            ) from err
        yield Path(stack.enter_context(made))


def _reading(
    path: Path, one: Listed, notes: tuple[str, ...], found: Found, *, author: str
) -> FileReading[Scene]:
    """The record of a scene that was fetched."""
    offer = one.offer
    options = ImportOptions(
        dataset_id=DATASET,
        source=f"{offer.collection or 'scenes'} of {host_of(found.api)}, item {offer.id}",
        marking=found.terms.marking,
        licence=offer.licence,
        author=author,
        acquired_at=offer.taken_at,
        sensor=offer.sensor,
        site_id=found.site_id,
    )
    reading = read_scene(path, options=options)
    record = replace(
        reading.record,
        id=one.scene_id,
        source_url=offer.source_url,
        note="; ".join(notes),
    )
    return replace(reading, record=record, notes=notes)


class _Pieces:
    """Cuts of scenes that are not finished yet, so that the next attempt goes on from there."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        """Look at the folder, and forget what waited for too long."""
        self._folder = folder
        with contextlib.suppress(OSError):  # without a cache everything is fetched anew
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for path in (*folder.glob("*.cut"), *folder.glob("*.part")):
                if path.stat().st_mtime < (now - KEPT_FOR).timestamp():
                    path.unlink()

    def find(self, one: Listed, file: RemoteFile) -> Cut | None:
        """The cut of a file that has not changed since; None if there is none."""
        try:
            told, _, content = self._path(one, file).read_bytes().partition(b"\n")
            digest, *bands = told.decode().split(" ")
        except (OSError, ValueError):
            return None
        if not bands or hashlib.sha256(content).hexdigest() != digest:
            return None
        return Cut(bands=tuple(bands), content=content)

    def keep(self, one: Listed, file: RemoteFile, cut: Cut) -> None:
        """Put a cut there, wholly or not at all."""
        path = self._path(one, file)
        told = " ".join([hashlib.sha256(cut.content).hexdigest(), *cut.bands]).encode()
        with contextlib.suppress(OSError):
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(told + b"\n" + cut.content)
            unfinished.replace(path)

    def forget(self, one: Listed) -> None:
        """Remove the cuts of a scene that is kept."""
        for path in self._folder.glob(f"{self._name(one)}-*.cut"):
            with contextlib.suppress(OSError):
                path.unlink()

    def _name(self, one: Listed) -> str:
        grid = (one.grid.crs.to_string(), *one.grid.transform[:6], *one.grid.shape)
        return hashlib.sha256(repr((one.scene_id, grid)).encode()).hexdigest()[:16]

    def _path(self, one: Listed, file: RemoteFile) -> Path:
        state = repr((file.url, file.size, file.version)).encode()
        return self._folder / f"{self._name(one)}-{hashlib.sha256(state).hexdigest()[:16]}.cut"
