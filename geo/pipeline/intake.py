"""What comes in: tables, scenes, terrain and roads, read whole before anything is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import geopandas as gpd
from shapely.geometry import Point, box

from geo.errors import BadInput, InvalidSetting
from geo.frames import Column, Form, columns_of, frame_of_records
from geo.model import (
    ImportReport,
    Precision,
    QuarantinedRow,
    RoadNetwork,
    Scene,
    Terrain,
    Tlp,
)
from geo.pipeline import Progress, no_progress
from geo.settings import Settings
from geo.sources.cells import lonlat, parser_of, period
from geo.sources.tables import Defaults, TableReading, read_table
from geo.store import FileKey, Store
from geo.ways import way_lengths_km

Kept = TypeVar("Kept", Scene, Terrain, RoadNetwork)

ROAD_SUFFIXES = frozenset({".pbf", ".osm", ".bz2", ".gz", ".gpkg", ".geojson", ".json"})
"""Endings of files that hold the courses of roads; others are read as tables of links."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What an importer says of a whole file; a row's own cell beats it."""

    dataset_id: str = "local"
    """Dataset that the rows belong to."""
    source: str = ""
    """Source in words."""
    grade: str = "F6"
    """Admiralty grade."""
    marking: Tlp = Tlp.AMBER
    """TLP marking of rows without one."""
    licence: str = ""
    """Licence or terms."""
    simulated: bool = False
    """True if the rows are invented."""
    author: str = ""
    """Who imports."""
    acquired_at: datetime | None = None
    """Time of a scene whose file does not tell it."""
    sensor: str = ""
    """Sensor of a scene whose file does not tell it."""
    site_id: str = ""
    """Site that a scene lies over."""


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


AnyFileReading = FileReading[Scene] | FileReading[Terrain] | FileReading[RoadNetwork]


def import_files(
    store: Store,
    settings: Settings,
    kind: str,
    paths: Sequence[Path],
    *,
    options: ImportOptions,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> list[ImportReport]:
    """Take files of one kind in, each in one transaction; a report a file, in their order.

    Every file is read before any is kept, so that one unreadable file leaves the store unchanged.

    Raises
    ------
    BadInput
        If a file cannot be read; nothing was kept.
    """
    readings: list[TableReading | AnyFileReading] = []
    for number, path in enumerate(paths):
        progress(0.8 * number / len(paths), f"reading {path.name}")
        readings.append(_read(path, kind, options=options, today=now.date()))
    progress(0.8, "keeping")
    return [
        add_file(store, settings, reading, now=now, dry_run=dry_run)
        if isinstance(reading, FileReading)
        else add_reading(store, reading, author=options.author, now=now, dry_run=dry_run)
        for reading in readings
    ]


def _read(
    path: Path, kind: str, *, options: ImportOptions, today: date
) -> TableReading | AnyFileReading:
    """One file of a kind; roads come as a table of links or as a file of courses."""
    if kind == "scenes":
        return read_scene(path, options=options)
    if kind == "terrain":
        return read_terrain_file(path, options=options)
    if kind == "roads" and path.suffix.lower() in ROAD_SUFFIXES:
        return read_road_file(path, options=options)
    return read_table(path, kind, defaults=_defaults(options), today=today)


def _defaults(options: ImportOptions) -> Defaults:
    """What the rows of a table hold where the file says nothing."""
    return Defaults(
        dataset_id=options.dataset_id,
        source=options.source,
        grade=options.grade,
        marking=options.marking,
        licence=options.licence,
        simulated=options.simulated,
    )


def add_reading(
    store: Store, reading: TableReading, *, author: str, now: datetime, dry_run: bool = False
) -> ImportReport:
    """Keep what was read of one table, in one transaction; the report accounts for every row."""
    return store.add(
        reading.kind,
        reading.frame,
        key=FileKey(
            file_name=reading.file_name,
            sha256=reading.sha256,
            dataset_id=str(json.loads(reading.reading)["dataset_id"]),
            reading=reading.reading,
        ),
        author=author,
        now=now,
        quarantined=reading.quarantined,
        notes=reading.notes,
        read=reading.read,
        dry_run=dry_run,
    )


def read_scene(path: Path, *, options: ImportOptions) -> FileReading[Scene]:
    """What a raster file says of itself, as a scene to keep.

    Raises
    ------
    UnreadableFile
        If it is no GeoTIFF that Lamassu can read.
    BadInput
        If neither the file nor the options say when the picture was taken.
    """
    from geo.sources.raster import describe, sha256_of  # noqa: PLC0415 - GDAL is slow

    info = describe(path)
    taken = info.acquired_at or options.acquired_at
    if taken is None:
        raise BadInput(
            f"{path.name} does not say when the picture was taken",
            expected="a date in the file's tags or name, such as 20150307",
            remedy="rename the file, or give the date with --date",
        )
    digest = sha256_of(path)
    sensor = info.sensor or options.sensor or "unknown"
    common = _common(path, options, simulated=info.simulated)
    record = Scene(
        id=f"SC-{taken:%Y%m%d}-{digest[:8]}",
        geometry=info.grid.footprint_lonlat,
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
        **common,
    )
    return FileReading(kind="scenes", record=record, file=path, author=options.author)


def read_terrain_file(path: Path, *, options: ImportOptions) -> FileReading[Terrain]:
    """What a raster of heights says of itself, as terrain to keep.

    Raises
    ------
    UnreadableFile, BadInput
        If it is no GeoTIFF of heights that Lamassu can read; see `geo.sources.terrain`.
    """
    from geo.sources.raster import sha256_of  # noqa: PLC0415 - GDAL is slow
    from geo.sources.terrain import describe_terrain  # noqa: PLC0415

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
        If it is no file of roads that Lamassu can read; see `geo.sources.road_files`.
    """
    from geo.sources.road_files import read_roads  # noqa: PLC0415 - GDAL is slow

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
    defaults = _defaults(options)
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
        _keep_file(reading.file, settings.home / reading.record.path, move=move)
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


def _keep_file(file: Path, target: Path, *, move: bool) -> None:
    """Put the file's bytes at `target`, whole or not at all; what is there already stays."""
    if target.exists():
        if move:
            file.unlink()
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = file if move else target.with_suffix(f".{file.stat().st_ino}.part")
    if not move:
        shutil.copyfile(file, unfinished)
    unfinished.replace(target)
    target.chmod(0o400)


def correct(
    store: Store,
    kind: str,
    record_id: str,
    changes: Mapping[str, str],
    *,
    author: str,
    reason: str,
    now: datetime,
    dataset_id: str | None = None,
) -> gpd.GeoDataFrame:
    """A new version of a record with fields as a person typed them; the one before stays.

    `changes` maps a column, or ``lon`` and ``lat`` together, to its text; an empty text empties it.
    Dates may be a year, a month or a day.

    Raises
    ------
    NotFound
        If there is no such record.
    BadInput
        If a value cannot be what its column holds, or there is no such column.
    """
    columns = {column.name: column for column in columns_of(kind)}
    values: dict[str, object] = {}
    for name, text in changes.items():
        if name in {"lon", "lat"}:
            continue
        if name not in columns or columns[name].form is Form.PLACE:
            known = ", ".join(["lon", "lat", *(each for each in columns if each != "geometry")])
            raise InvalidSetting(f"{kind} have no field {name!r}", expected=f"one of {known}")
        values[name] = _typed(columns[name], text.strip())
    if "lon" in changes or "lat" in changes:
        values["geometry"] = _typed_place(changes.get("lon", ""), changes.get("lat", ""))
    return store.correct(
        kind,
        record_id,
        values,
        author=author,
        reason=reason,
        now=now,
        dataset_id=dataset_id,
    )


def _typed(column: Column, text: str) -> object:
    """The value that a text means in a column."""
    if not text:
        return "" if column.form in (Form.TEXT, Form.CODE, Form.CODES, Form.TEXTS) else None
    if column.form is Form.MOMENT:
        return _typed_moment(text, name=column.name)
    if column.form is Form.DAY:
        days = period(text, name=column.name)
        return days.last if column.name == "date_to" else days.first
    return parser_of(column)(text)


def _typed_place(lon_text: str, lat_text: str) -> Point | None:
    """The point that two texts mean; None if both are empty."""
    lon, lat = lon_text.strip(), lat_text.strip()
    return Point(lonlat(lon, lat, names=("lon", "lat"), country="")) if lon or lat else None


def _typed_moment(text: str, *, name: str) -> datetime:
    """The time that a text means; UTC where it does not say another zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as err:
        raise BadInput(
            f"{name} is {text!r}",
            expected="a time such as 2015-03-07T07:50+00:00",
            remedy="write the time so",
        ) from err
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
