"""The radar pictures of a folder or of the store: when, from which orbit, in which files."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
from shapely.geometry import Polygon

from geo.change.sar.backscatter import is_radar, polarisation, without_polarisation
from geo.change.sar.naming import Product, product_of
from geo.errors import BadInput
from geo.model import Tlp, strictest
from geo.pipeline.evidence.originals import kept_file
from geo.settings import Settings
from geo.store import Store

UNKNOWN_ORBIT = "orbit not known"
"""Pictures of which only the day is known: they are compared as if from one orbit."""

ORBIT_TAGS = ("RELATIVE_ORBIT", "RELATIVE_ORBIT_NUMBER", "SAT:RELATIVE_ORBIT", "RELATIVEORBIT")
"""Tags of files that hold the relative orbit."""

DAY = re.compile(r"(?<!\d)(?:(?:19|20)\d{6}|(?:19|20)\d\d-\d\d-\d\d)(?!\d)")
"""A day in the name of a picture or of its folder."""

SAME_PASS_S = 120
"""Pictures of one orbit are taken at the same time of day to the minute; others much apart."""

Skipped = tuple[str, str]
"""Name of a picture that was left out, and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RadarPicture:
    """One radar picture, in a file or in one for each polarisation."""

    name: str
    """What it is called towards the user."""
    paths: tuple[Path, ...]
    """Its files."""
    digests: tuple[str, ...]
    """SHA-256 of each file."""
    polarisations: tuple[str, ...]
    """What each file's name says of its only band; empty where the bands themselves say it."""
    taken_at: datetime
    """Time of the picture, UTC; midnight if only the day is known."""
    orbit: str
    """What is only compared with itself; empty until told from the time of day."""
    sensor: str
    """Satellite, as far as it is known."""
    marking: Tlp
    """The strictest marking of the files."""
    simulated: bool
    """True if it is invented."""


def pictures_of_folder(folder: Path) -> tuple[list[RadarPicture], list[Skipped]]:
    """The radar pictures among the GeoTIFFs of a folder and its folders, and what is none.

    Files whose paths differ only in the polarisation are one picture.

    Raises
    ------
    BadInput
        If it is no folder, or holds no GeoTIFF.
    """
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}", expected="a folder of radar GeoTIFFs")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".tif", ".tiff"})
    if not files:
        raise BadInput(
            f"{folder} holds no GeoTIFF",
            expected="radar pictures as files that end in .tif or .tiff",
        )
    groups: dict[str, list[Path]] = {}
    for path in files:
        words = path.relative_to(folder).with_suffix("").as_posix()
        name = without_polarisation(words).strip("_-. /") or words
        groups.setdefault(name, []).append(path)
    pictures, skipped = [], []
    for name, paths in groups.items():
        try:
            pictures.append(_picture(name, paths))
        except BadInput as err:
            skipped.append((name, str(err)))
    return pictures, skipped


def pictures_of_store(
    store: Store, settings: Settings, *, site_id: str, area_lonlat: Polygon
) -> tuple[list[RadarPicture], list[Skipped]]:
    """The radar scenes of the store that lie over an area or belong to its site."""
    scenes = store.read("scenes")
    here = scenes.intersects(area_lonlat) | (scenes["site_id"] == site_id)
    pictures, skipped = [], []
    for scene in scenes[here].itertuples():
        if not is_radar(tuple(str(scene.bands).split("|"))):
            continue
        path = settings.home / scene.path
        if not path.is_file():
            skipped.append((str(scene.id), "its file is gone"))
            continue
        taken_at = pd.Timestamp(scene.acquired_at).to_pydatetime()
        try:
            told = _picture(str(scene.id), [path], taken_at=taken_at)
        except BadInput as err:
            skipped.append((str(scene.id), str(err)))
            continue
        pictures.append(
            dataclasses.replace(
                told,
                sensor=str(scene.sensor),
                marking=Tlp(scene.marking),
                simulated=bool(scene.simulated),
            )
        )
    return pictures, skipped


def in_order(
    pictures: Iterable[RadarPicture], *, first: datetime, last: datetime
) -> tuple[list[RadarPicture], list[Skipped]]:
    """The pictures of a span of time in order of time, each once and with its orbit.

    The order does not hang on the order in which they come.
    """
    kept: list[RadarPicture] = []
    skipped: list[Skipped] = []
    seen: set[tuple[str, ...]] = set()
    passes: dict[tuple[str, datetime], str] = {}
    for picture in sorted(pictures, key=lambda p: (p.taken_at, p.name)):
        if not first <= picture.taken_at <= last:
            reason = f"of {picture.taken_at:%Y-%m-%d}, outside {first:%Y-%m-%d} to {last:%Y-%m-%d}"
            skipped.append((picture.name, reason))
        elif picture.digests in seen:
            skipped.append((picture.name, "the same file as another picture"))
        elif (twin := passes.get(_pass_of(picture))) is not None:
            skipped.append((picture.name, f"of the same moment as {twin}"))
        else:
            seen.add(picture.digests)
            if picture.taken_at.time() != time():  # of a day alone nothing tells passes apart
                passes[_pass_of(picture)] = picture.name
            kept.append(picture)
    return _with_orbits(kept), skipped


def _pass_of(picture: RadarPicture) -> tuple[str, datetime]:
    """What two products of one picture have in common: the orbit, as far as told, and the time."""
    return picture.orbit, picture.taken_at


def kept_pictures(
    settings: Settings, provenance: Mapping[str, Any]
) -> tuple[list[RadarPicture], list[str]]:
    """The pictures that a provenance tells of, and the names of those whose files are not kept."""
    files: dict[int, list[tuple[int, str]]] = {}
    for label, sha256 in provenance["inputs"].items():
        number, part, _ = label.split(" ", 2)
        files.setdefault(int(number), []).append((int(part), sha256))
    pictures, lacking = [], []
    for number, told in enumerate(provenance["parameters"]["pictures"], start=1):
        digests = tuple(sha256 for _, sha256 in sorted(files[number]))
        paths = [kept_file(settings, sha256) for sha256 in digests]
        if None in paths:
            lacking.append(told["name"])
            continue
        pictures.append(
            RadarPicture(
                name=told["name"],
                paths=tuple(path for path in paths if path is not None),
                digests=digests,
                taken_at=datetime.fromisoformat(told["taken_at"]),
                orbit=told["orbit"],
                sensor=told["sensor"],
                marking=Tlp(told["marking"]),
                simulated=told["simulated"],
                polarisations=tuple(told["polarisations"]),
            )
        )
    return pictures, lacking


def strictest_of(pictures: Iterable[RadarPicture]) -> Tlp:
    """The strictest marking of the pictures."""
    return strictest([picture.marking for picture in pictures])


def _picture(name: str, paths: list[Path], *, taken_at: datetime | None = None) -> RadarPicture:
    """What the files say, at a time that is known or else theirs.

    Raises
    ------
    BadInput
        If a file cannot be read, is no radar picture, or does not tell when it was taken.
    """
    from geo.sources.rasters.opening import sha256_of  # noqa: PLC0415 - GDAL is slow
    from geo.sources.rasters.raster import describe  # noqa: PLC0415

    infos = [describe(path) for path in paths]
    product = product_of(str(paths[0]))
    moment = taken_at or _moment(name, [info.acquired_at for info in infos], product)
    return RadarPicture(
        name=name,
        paths=tuple(paths),
        digests=tuple(sha256_of(path) for path in paths),
        polarisations=tuple(_named_by_file(info.path, info.bands) for info in infos),
        taken_at=moment.astimezone(UTC),
        orbit=_orbit_by_tags(infos[0].tags) or (f"orbit {product.orbit}" if product else ""),
        sensor=infos[0].sensor or (product.satellite if product else ""),
        marking=Tlp.AMBER,
        simulated=any(info.simulated for info in infos),
    )


def _moment(name: str, told: list[datetime | None], product: Product | None) -> datetime:
    """When it was taken: by a tag to the second, by the product's name, or by a day."""
    day = min((moment for moment in told if moment), default=_day_in(name))
    if day is not None and (day.hour, day.minute, day.second) != (0, 0, 0):
        return day
    if product is not None:
        return product.taken_at
    if day is None:
        raise BadInput("it does not tell when it was taken", expected="a tag or a name with a date")
    return day


def _day_in(name: str) -> datetime | None:
    """Midnight of the only day that a name holds; None if it holds none, or several."""
    days = {day.replace("-", "") for day in DAY.findall(name)}
    if len(days) != 1:
        return None
    try:
        return datetime.strptime(days.pop(), "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _named_by_file(path: Path, bands: tuple[str, ...]) -> str:
    """The polarisation in the name of a file of one band without one; empty if bands have names.

    Raises
    ------
    BadInput
        If neither tells that it is radar.
    """
    if is_radar(bands):
        return ""
    named = polarisation(path.stem) if len(bands) == 1 else None
    if named is None:
        raise BadInput(
            f"its bands {', '.join(bands)} are not those of a radar",
            expected="bands, or files, named after polarisations such as VV",
        )
    return named


def _orbit_by_tags(tags: Mapping[str, str]) -> str:
    """The orbit that the file's tags name; empty if they name none."""
    number = next((tags[tag] for tag in ORBIT_TAGS if tags.get(tag, "").isdigit()), "")
    return f"orbit {int(number)}" if number else ""


def _with_orbits(pictures: list[RadarPicture]) -> list[RadarPicture]:
    """Pictures that do not tell their orbit, told apart by the time of day."""
    passes: list[int] = []
    result = []
    for picture in pictures:
        moment = picture.taken_at
        second = moment.hour * 3600 + moment.minute * 60 + moment.second
        orbit = picture.orbit
        if not orbit and not second:
            orbit = UNKNOWN_ORBIT
        elif not orbit:
            near = next((p for p in passes if abs(p - second) <= SAME_PASS_S), None)
            if near is None:
                passes.append(near := second)
            orbit = f"passing at {near // 3600:02d}:{near % 3600 // 60:02d} UTC"
        result.append(dataclasses.replace(picture, orbit=orbit))
    return result
