"""Files that are kept as they came, with a record that tells of them: scenes, heights, roads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from shapely.geometry import box

from geo.errors import BadInput
from geo.frames import frame_of_records
from geo.model import (
    ImportReport,
    Precision,
    QuarantinedRow,
    RoadNetwork,
    Scene,
    Terrain,
)
from geo.pipeline.evidence.originals import keep_copy, keep_original, sha256_of
from geo.pipeline.intake.options import ImportOptions, defaults_of
from geo.settings import Settings
from geo.store import FileKey, Store
from geo.ways import way_lengths_km

Kept = TypeVar("Kept", Scene, Terrain, RoadNetwork)

ROAD_SUFFIXES = frozenset({".pbf", ".osm", ".bz2", ".gz", ".gpkg", ".geojson", ".json"})
"""Endings of files that hold the courses of roads; others are read as tables of links."""

DIGITS = 4
"""Decimals of the share of a picture that is clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading(Generic[Kept]):
    """A file that can be kept as it came, with a record that tells of it."""

    kind: str
    """Table of the record: scenes, terrain or networks."""
    record: Kept
    """What will be kept of it."""
    file: Path
    """The file itself."""
    author: str
    """Who imports it."""
    quarantined: tuple[QuarantinedRow, ...] = ()
    """Parts of the file that cannot be used."""
    notes: tuple[str, ...] = ()
    """What the reader of the file had to say."""
    made_from: tuple[Path, str] | None = None
    """The file that this one was made from, and its SHA-256; None where it is as it came."""


AnyFileReading = FileReading[Scene] | FileReading[Terrain] | FileReading[RoadNetwork]


@contextmanager
def read_scenes(path: Path, *, options: ImportOptions) -> Iterator[list[FileReading[Scene]]]:
    """The scenes of a file of anyone's, checked in a process of its own; one, or a cube's many.

    What was made of a cube is there as long as the context.

    Raises
    ------
    UnreadableFile
        If it is no GeoTIFF and no netCDF cube that Lamassu can read, or costs more than it may.
    BadInput
        If neither the file nor the options say when the picture was taken.
    """
    from geo.sources.rasters.netcdf import scenes_of_cube  # noqa: PLC0415 - GDAL is slow
    from geo.sources.rasters.rasters_checked import check_raster  # noqa: PLC0415

    if _is_cube(path):
        digest = sha256_of(path)
        note = f"made from {path.name}, SHA-256 {digest}, which is kept as it came"
        with scenes_of_cube(path, limits=options.limits) as files:
            whole = replace(options, source=options.source or path.name)
            scenes = [read_scene(file, options=whole) for file in files]
            yield [
                replace(scene, made_from=(path, digest), notes=(*scene.notes, note))
                for scene in scenes
            ]
        return
    check_raster(path, limits=options.limits)
    yield [read_scene(path, options=options)]


def _is_cube(path: Path) -> bool:
    """Whether the first bytes are those of netCDF, which is HDF5 or a form of its own."""
    try:
        with path.open("rb") as file:
            return file.read(8).startswith(
                (b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"CDF\x02", b"CDF\x05")
            )
    except OSError:
        return False  # the check of the raster tells what is wrong


def read_scene(path: Path, *, options: ImportOptions) -> FileReading[Scene]:
    """What a raster file says of itself, as a scene to keep.

    How much of it is clear is counted by its own codes, within what it covers; without codes it is
    unknown, as one picture alone cannot tell cloud from white ground.

    Raises
    ------
    UnreadableFile
        If it is no GeoTIFF that Lamassu can read.
    BadInput
        If neither the file nor the options say when the picture was taken.
    """
    from geo.change.clear_view import clear_view  # noqa: PLC0415 - its libraries are slow to load
    from geo.sources.rasters.raster import describe  # noqa: PLC0415
    from geo.sources.rasters.scene import open_scene  # noqa: PLC0415

    info = describe(path)
    taken = info.acquired_at or options.acquired_at
    if taken is None:
        raise BadInput(
            f"{path.name} does not say when the picture was taken",
            expected="a date in the file's tags or name, such as 20150307",
            remedy="rename the file, or give the date with --date",
        )
    view = clear_view(open_scene([path]))
    covers = info.grid.footprint_lonlat
    if view and view.outline_lonlat:
        covers = view.outline_lonlat
    digest = sha256_of(path)
    sensor = info.sensor or options.sensor or "unknown"
    common = _common(path, options, simulated=info.simulated)
    record = Scene(
        id=f"SC-{taken:%Y%m%d}-{digest[:8]}",
        geometry=covers,
        precision=Precision.EXACT,
        date_from=taken.date(),
        date_to=taken.date(),
        sensor="simulated" if common["simulated"] else sensor,
        bands=info.bands,
        acquired_at=taken,
        sha256=digest,
        path=f"scenes/{digest}.tif",
        site_id=options.site_id,
        crs=info.grid.crs.to_string(),
        transform=" ".join(repr(number) for number in info.grid.transform[:6]),
        width=info.grid.shape[1],
        height=info.grid.shape[0],
        clear_fraction=round(view.fraction, DIGITS) if view else None,
        **common,
    )
    return FileReading(kind="scenes", record=record, file=path, author=options.author)


def read_terrain_file(path: Path, *, options: ImportOptions) -> FileReading[Terrain]:
    """What a raster of heights says of itself, as terrain to keep.

    Raises
    ------
    UnreadableFile, BadInput
        If it is no GeoTIFF of heights that Lamassu can read; see `geo.sources.rasters.terrain`.
    """
    from geo.sources.rasters.rasters_checked import check_raster  # noqa: PLC0415 - GDAL is slow
    from geo.sources.rasters.terrain import describe_terrain  # noqa: PLC0415

    check_raster(path, limits=options.limits)
    info = describe_terrain(path)
    digest = sha256_of(path)
    record = Terrain(
        id=f"TE-{digest[:8]}",
        geometry=info.grid.footprint_lonlat,
        precision=Precision.EXACT,
        sha256=digest,
        path=f"terrain/{digest}.tif",
        crs=info.grid.crs.to_string(),
        width=info.grid.shape[1],
        height=info.grid.shape[0],
        cell_m=info.cell_m,
        unit=info.unit,
        **_common(path, options, simulated=info.simulated),
    )
    return FileReading(kind="terrain", record=record, file=path, author=options.author)


def read_road_file(path: Path, *, options: ImportOptions) -> FileReading[RoadNetwork]:
    """What a file of surveyed roads holds, as a network to keep.

    Raises
    ------
    UnreadableFile, BadInput
        If it is no file of roads that Lamassu can read; see `geo.sources.roads.road_files`.
    """
    from geo.sources.roads.road_files import read_roads  # noqa: PLC0415 - GDAL is slow

    reading = read_roads(path)
    ways = reading.ways
    counted = ways["road_class"].value_counts()
    length_km = float(way_lengths_km(ways).sum())
    record = RoadNetwork(
        id=f"NW-{reading.sha256[:8]}",
        geometry=box(*ways.total_bounds),
        precision=Precision.EXACT,
        sha256=reading.sha256,
        path=f"roads/{reading.sha256}{road_suffix(path)}",
        ways=len(ways),
        length_km=round(length_km, 3),
        classes="; ".join(f"{name} {count}" for name, count in counted.items()),
        **_common(path, options),
    )
    return FileReading(
        kind="networks",
        record=record,
        file=path,
        author=options.author,
        quarantined=reading.quarantined,
        notes=(f"{len(ways):,} roads, {length_km:,.0f} km, kept as one file", *reading.notes),
    )


def road_suffix(path: Path) -> str:
    """The ending that says what a file of roads is, ``.osm.pbf`` as a whole."""
    return ".osm.pbf" if path.suffix.lower() == ".pbf" else path.suffix.lower()


def _common(path: Path, options: ImportOptions, *, simulated: bool = False) -> dict[str, Any]:
    """What the importer says of a whole file, as fields of its record.

    `simulated` is what the file says of itself; that it is invented is believed of either.
    """
    defaults = defaults_of(options)
    return {
        "source": defaults.source or path.name,
        "grade": defaults.grade,
        "marking": defaults.marking,
        "licence": defaults.licence,
        "simulated": defaults.simulated or simulated,
        "dataset_id": defaults.dataset_id,
    }


def add_file(
    store: Store,
    settings: Settings,
    reading: AnyFileReading,
    *,
    now: datetime,
    dry_run: bool = False,
    move: bool = False,
) -> ImportReport:
    """Keep a file: its bytes under their SHA-256 first, then its record in one transaction.

    A start that is killed between the two leaves a file without a record, which the next import of
    the same bytes takes up.
    """
    if not dry_run:
        target = settings.home / reading.record.path
        if reading.made_from:
            keep_original(settings, *reading.made_from)
        if move and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            reading.file.replace(target)
            target.chmod(0o400)
        keep_copy(reading.file, target, reading.record.sha256)
    return store.add(
        reading.kind,
        frame_of_records(reading.kind, [reading.record]),
        key=FileKey(
            file_name=reading.file.name,
            sha256=reading.record.sha256,
            dataset_id=reading.record.dataset_id,
        ),
        author=reading.author,
        now=now,
        quarantined=reading.quarantined,
        notes=reading.notes,
        read=1 + len(reading.quarantined),
        dry_run=dry_run,
    )
