"""The scenes of a folder, of netCDF cubes or of the store: when, by what, in which file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from shapely.geometry import MultiPolygon, Polygon

from geo.change.sar.backscatter import is_radar
from geo.change.series import Skipped, sensor_family
from geo.errors import BadInput
from geo.model import Tlp
from geo.pipeline.evidence.originals import kept_file
from geo.pipeline.series.pictures import UNKNOWN_SENSOR, ScenePicture
from geo.settings import Settings
from geo.sources.confined.limits import COMMAND_LINE
from geo.sources.rasters.products import BandPart
from geo.store import Store

RASTERS, CUBES = frozenset({".tif", ".tiff"}), frozenset({".nc", ".nc4", ".cdf"})
"""Endings of the files of a folder that are looked at."""

JPEG_2000 = frozenset({".jp2", ".j2k"})
"""Endings of files that are told to be of no use, as Sentinel-2 products come in them."""

UNNAMED = ("B1",)
"""Bands of a file of one band that has no name."""

Found = tuple[list[ScenePicture], list[Skipped]]
"""The scenes that can be looked at, and the others."""


def pictures_of_folder(folder: Path, stack: ExitStack) -> Found:
    """The scenes of a folder and its folders, or of one cube; cubes last as long as `stack`.

    Files that hold one band each are put together; see `geo.pipeline.series.parted`.

    Raises
    ------
    BadInput
        If there is no such folder or cube, or nothing in it that could be a scene.
    """
    from geo.pipeline.series.parted import pictures_of_bands  # noqa: PLC0415 - GDAL is slow

    files, skipped = _files_of(folder)
    rasters = {name: path for name, path in files.items() if path.suffix.lower() in RASTERS}
    parted = pictures_of_bands(rasters)
    pictures = list(parted.pictures)
    skipped += parted.skipped
    for name in [*parted.whole, *(name for name in files if name not in rasters)]:
        try:
            if name not in rasters:
                found, others = _pictures_of_cube(name, files[name], stack)
                pictures += found
                skipped += others
                continue
            picture = _picture(name, files[name])
        except BadInput as err:
            skipped.append(Skipped(scene_id=name, reason=str(err)))
            continue
        if parted.pictures and picture.bands == UNNAMED:
            reason = "its only band has no name, and here each band has a file of its own"
            skipped.append(Skipped(scene_id=name, reason=reason))
        else:
            pictures.append(picture)
    return pictures, skipped


def _files_of(folder: Path) -> tuple[dict[str, Path], list[Skipped]]:
    """The files that may be scenes by their names in the folder, and what is there but not read.

    Raises
    ------
    BadInput
        If there is no such folder or cube, or nothing in it that could be a scene.
    """
    if folder.is_file():
        return {folder.name: folder}, []
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}", expected="a folder of scenes, or a cube")
    every = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {
        path.relative_to(folder).as_posix(): path
        for path in every
        if path.suffix.lower() in RASTERS | CUBES
    }
    others = Counter(path.parent for path in every if path.suffix.lower() in JPEG_2000)
    skipped = [
        Skipped(
            scene_id=place.relative_to(folder).as_posix(),
            reason=f"it holds {count} files of JPEG 2000, which is not read; "
            "convert them to GeoTIFF, for example with gdal_translate",
        )
        for place, count in others.items()
    ]
    if not files:
        raise BadInput(
            f"{folder} holds no scene"
            + "".join(f"; {one.scene_id}: {one.reason}" for one in skipped[:1]),
            expected="GeoTIFFs (.tif) or netCDF cubes (.nc)",
        )
    return files, skipped


def pictures_of_store(
    store: Store, settings: Settings, *, site_id: str, area_lonlat: Polygon | MultiPolygon
) -> Found:
    """The optical scenes of the store that lie over an area or belong to its site."""
    scenes = store.read("scenes")
    here = scenes.intersects(area_lonlat) | (scenes["site_id"] == site_id)
    pictures, skipped = [], []
    for scene in scenes[here].itertuples():
        if is_radar(tuple(str(scene.bands).split("|"))):
            continue
        path = settings.home / scene.path
        if not path.is_file():
            skipped.append(Skipped(scene_id=str(scene.id), reason="its file is gone"))
            continue
        pictures.append(
            ScenePicture(
                name=str(scene.id),
                path=path,
                kept_path=path,
                sha256=str(scene.sha256),
                step="",
                taken_at=pd.Timestamp(scene.acquired_at).to_pydatetime(),
                sensor=str(scene.sensor),
                bands=tuple(str(scene.bands).split("|")),
                marking=Tlp(scene.marking),
                simulated=bool(scene.simulated),
            )
        )
    return pictures, skipped


def in_order(pictures: Iterable[ScenePicture], *, until: datetime, now: datetime) -> Found:
    """The scenes in order of time, each file once, of the sensor and bands that most of them have.

    The order does not hang on the order in which they come. Scenes after `until` are left out
    without a word: they were not asked for.
    """
    kept: list[ScenePicture] = []
    skipped: list[Skipped] = []
    seen: dict[tuple[str, ...], str] = {}
    for picture in sorted(pictures, key=lambda p: (p.taken_at, p.name)):
        key = (*picture.files, picture.step)
        if picture.taken_at > now:
            reason = f"it is of {picture.taken_at:%Y-%m-%d}, which is yet to come"
            skipped.append(Skipped(scene_id=picture.name, reason=reason))
        elif key in seen:
            reason = f"it is the same file as {seen[key]}"
            skipped.append(Skipped(scene_id=picture.name, reason=reason))
        elif picture.taken_at <= until:
            seen[key] = picture.name
            kept.append(picture)
    most = _commonest(kept)
    skipped += [
        Skipped(scene_id=picture.name, reason=_unlike(picture, most))
        for picture in kept
        if picture.kin != most
    ]
    return [picture for picture in kept if picture.kin == most], skipped


def end_of(day: Any) -> datetime:  # noqa: ANN401 - a date, or a moment, which is one as well
    """The last moment of a day (UTC)."""
    return datetime.combine(day, time.max, UTC)


def kept_pictures(
    settings: Settings, provenance: Mapping[str, Any], stack: ExitStack
) -> tuple[list[ScenePicture], list[str]]:
    """The scenes that a provenance tells of, and the names of those whose files are not kept.

    They last as long as `stack`.
    """
    cubes: dict[str, dict[str, Path]] = {}
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="lamassu-series-")))
    pictures, lacking = [], []
    for told in provenance["parameters"]["scenes"]:
        sha256, step = told["sha256"], told["step"]
        path = kept_file(settings, sha256)
        parts = _kept_parts(settings, told.get("parts", ()), folder)
        if path is None or parts is None:
            lacking.append(told["name"])
            continue
        if step and sha256 not in cubes:
            cubes[sha256] = {file.name: file for file in _steps(path, stack)}
        pictures.append(
            ScenePicture(
                name=told["name"],
                path=cubes[sha256][step] if step else _under_its_name(path, told["name"], folder),
                kept_path=path,
                sha256=sha256,
                step=step,
                taken_at=datetime.fromisoformat(told["taken_at"]),
                sensor=told["sensor"],
                bands=tuple(told["bands"]),
                marking=Tlp(told["marking"]),
                simulated=told["simulated"],
                parts=parts,
            )
        )
    return pictures, lacking


def _kept_parts(
    settings: Settings, told: Sequence[Mapping[str, Any]], folder: Path
) -> tuple[BandPart, ...] | None:
    """The files of a scene's bands that a provenance tells of; None if one is not kept."""
    parts = []
    for one in told:
        path = kept_file(settings, one["sha256"])
        if path is None:
            return None
        parts.append(BandPart(**{**one, "path": _under_its_name(path, one["name"], folder)}))
    return tuple(parts)


def _under_its_name(kept: Path, name: str, folder: Path) -> Path:
    """A link to a kept file under the name it had: a product's name tells what its numbers mean."""
    own = folder / kept.stem / f"{Path(name).stem}.tif"
    own.parent.mkdir(exist_ok=True)
    if not own.is_symlink():
        own.symlink_to(kept.absolute())
    return own


def _picture(name: str, path: Path) -> ScenePicture:
    """What a file says of itself."""
    from geo.sources.rasters.opening import sha256_of  # noqa: PLC0415 - GDAL is slow
    from geo.sources.rasters.raster import describe  # noqa: PLC0415

    info = describe(path)
    if info.acquired_at is None:
        raise BadInput(
            "it does not say when the picture was taken",
            expected="a date in the file's tags or name, such as 20150307",
        )
    if is_radar(info.bands):
        raise BadInput("it is a radar picture", expected="an optical one", remedy="use sar")
    return ScenePicture(
        name=name,
        path=path,
        kept_path=path,
        sha256=sha256_of(path),
        step="",
        taken_at=info.acquired_at.astimezone(UTC),
        sensor=info.sensor or UNKNOWN_SENSOR,
        bands=info.bands,
        marking=Tlp.AMBER,
        simulated=info.simulated,
    )


def _pictures_of_cube(name: str, path: Path, stack: ExitStack) -> Found:
    """The steps of a cube."""
    from geo.sources.rasters.opening import sha256_of  # noqa: PLC0415 - GDAL is slow

    sha256 = sha256_of(path)
    pictures, skipped = [], []
    for file in _steps(path, stack):
        told = f"{name} {file.stem}"
        try:
            picture = _picture(told, file)
        except BadInput as err:
            skipped.append(Skipped(scene_id=told, reason=str(err)))
            continue
        pictures.append(replace(picture, kept_path=path, sha256=sha256, step=file.name))
    return pictures, skipped


def _steps(path: Path, stack: ExitStack) -> Sequence[Path]:
    """GeoTIFFs of a cube, one a step."""
    from geo.sources.rasters.netcdf import scenes_of_cube  # noqa: PLC0415 - GDAL is slow

    return stack.enter_context(scenes_of_cube(path, limits=COMMAND_LINE))


def _commonest(pictures: Sequence[ScenePicture]) -> tuple[str, frozenset[str]] | None:
    """Sensor and bands of most scenes; of the earliest among equals.

    Invented scenes count only where there are no others: they are no part of a real series.
    """
    real = [picture for picture in pictures if not picture.simulated] or pictures
    counted = Counter(picture.kin for picture in real).most_common(1)
    return counted[0][0] if counted else None


def _unlike(picture: ScenePicture, most: tuple[str, frozenset[str]] | None) -> str:
    """What tells a scene from most others."""
    sensor, bands = most or ("", frozenset())
    if sensor_family(picture.sensor) != sensor:
        return f"it is from another sensor, {picture.sensor}; most scenes are of {sensor}"
    return (
        f"it has the bands {', '.join(picture.seeing)}; most scenes have {', '.join(sorted(bands))}"
    )
