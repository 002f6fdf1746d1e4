"""Pictures whose bands are files of their own, as Sentinel-2 and Landsat products come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from geo.change.bands import CODES, NEAR_INFRARED, VISIBLE
from geo.change.series import Skipped, sensor_family
from geo.errors import BadInput
from geo.model import Tlp
from geo.pipeline.series.pictures import UNKNOWN_SENSOR, ScenePicture
from geo.sources.rasters.opening import sha256_of
from geo.sources.rasters.parts import numbers_of
from geo.sources.rasters.products import BandFile, BandPart, band_file, taken_at
from geo.sources.rasters.raster import RasterInfo, describe

FOLLOWED = (*VISIBLE, *NEAR_INFRARED, *CODES)
"""Bands that a watch follows; where a picture has some of them, its others are not read."""

Named = Mapping[str, Path]
"""Files by what they are called towards the user."""


Moment = tuple[datetime, str, str]
"""What the files of one picture share: time, family of the sensor, and level of processing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """What came of files whose names tell a band."""

    pictures: list[ScenePicture]
    """The pictures that they make."""
    skipped: list[Skipped]
    """Files and pictures that cannot be used, with the reason."""
    whole: list[str]
    """Names of files that are pictures of their own: they hold several bands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file of one band."""

    name: str
    info: RasterInfo
    told: BandFile
    taken_at: datetime


def pictures_of_bands(files: Named) -> Parted:
    """The pictures that files of one band each make; files of one moment and sensor are one.

    Of a band in several resolutions the finest is taken. Tiles of one overpass are one picture. A
    file of a product that shows no band of the ground is left aside without a word.
    """
    groups: dict[Moment, list[_File]] = defaultdict(list)
    broken: dict[Moment, list[str]] = defaultdict(list)
    skipped: list[Skipped] = []
    whole: list[str] = []
    for name, path in files.items():
        told = band_file(PurePosixPath(name))
        if told is None:
            whole.append(name)
            continue
        if not told.band:
            continue
        try:
            file = _described(name, path, told)
        except BadInput as err:
            skipped.append(Skipped(scene_id=name, reason=str(err)))
            if when := taken_at(PurePosixPath(name), {}):
                broken[when, sensor_family(told.sensor), told.level].append(told.band)
            continue
        if file is None:
            whole.append(name)
        else:
            groups[file.taken_at, sensor_family(told.sensor), told.level].append(file)
    pictures = []
    for moment, group in sorted(groups.items()):
        try:
            _require_bands(group, broken[moment])
            pictures.append(_picture(moment[0], group))
        except BadInput as err:
            skipped.append(Skipped(scene_id=_called(group), reason=str(err)))
    return Parted(pictures=pictures, skipped=skipped, whole=whole)


def _require_bands(group: Sequence[_File], broken: Sequence[str]) -> None:
    """Refuse a picture of which a band that is followed is in no file that can be used."""
    lacking = {band for band in broken if band.upper() in FOLLOWED}
    lacking -= {file.told.band for file in group}
    if lacking:
        raise BadInput(
            f"the file of its band {', '.join(sorted(lacking))} cannot be used",
            expected="all its bands",
        )


def _described(name: str, path: Path, told: BandFile) -> _File | None:
    """What a file says of itself; None if it holds several bands.

    Raises
    ------
    BadInput
        If it cannot be read, does not tell when it was taken, or its numbers cannot be compared.
    """
    info = describe(path)
    if len(info.bands) > 1:
        return None
    moment = taken_at(PurePosixPath(name), info.tags)
    if moment is None:
        raise BadInput(
            "neither it nor its folders tell when the picture was taken",
            expected="a date in the tags, the name or a folder, such as 20150307",
        )
    if told.sensor.startswith("Landsat") and told.level == "L1":
        raise BadInput(
            "it is of level 1, which is not corrected for the air",
            expected="Landsat of level 2 (SR_B2 and so on)",
        )
    return _File(name=name, info=info, told=told, taken_at=moment)


def _picture(moment: datetime, group: Sequence[_File]) -> ScenePicture:
    """The files of one moment as one picture.

    Raises
    ------
    BadInput
        If a band comes twice in one tile, or no band of the ground is among them.
    """
    tiles: dict[str, dict[str, _File]] = defaultdict(dict)
    for file in sorted(group, key=lambda one: (min(one.info.grid.cell_m), one.name)):
        known = tiles[file.told.tile].setdefault(file.told.band, file)
        if known is not file and min(known.info.grid.cell_m) == min(file.info.grid.cell_m):
            raise BadInput(
                f"the band {file.told.band} comes twice: {known.name}, {file.name}",
                expected="each band once in a picture, or names that tell the tiles apart",
                remedy="leave one of them out",
            )
    bands = _bands(tiles)
    parts = [
        _part(tiles[tile][band])
        for tile in sorted(tiles)
        for band in bands
        if set(bands) <= tiles[tile].keys()
    ]
    first = tiles[parts[0].tile][bands[0]]
    return ScenePicture(
        name=_called(group),
        path=parts[0].path,
        kept_path=parts[0].path,
        sha256=parts[0].sha256,
        step="",
        taken_at=moment.astimezone(UTC),
        sensor=first.told.sensor or first.info.sensor or UNKNOWN_SENSOR,
        bands=bands,
        marking=Tlp.AMBER,
        simulated=any(file.info.simulated for file in group),
        parts=tuple(parts),
    )


def _bands(tiles: Mapping[str, Mapping[str, _File]]) -> tuple[str, ...]:
    """The bands that are read: those of the tile that has most, the finest first, codes last.

    Raises
    ------
    BadInput
        If none shows the ground.
    """
    fullest = tiles[max(sorted(tiles), key=lambda tile: len(tiles[tile]))]
    followed = [band for band in fullest if band.upper() in FOLLOWED]
    chosen = followed if any(band not in CODES for band in followed) else list(fullest)
    if not any(band not in CODES for band in chosen):
        raise BadInput(
            f"its only band is {', '.join(chosen)}, which does not show the ground",
            expected="bands of reflectance beside it",
            remedy="add the files of its other bands",
        )
    return tuple(
        sorted(chosen, key=lambda band: (band in CODES, min(fullest[band].info.grid.cell_m), band))
    )


def _part(file: _File) -> BandPart:
    scale, added = numbers_of(file.info, file.told)
    return BandPart(
        name=file.name,
        path=file.info.path,
        sha256=sha256_of(file.info.path),
        band=file.told.band,
        tile=file.told.tile,
        scale=scale,
        added=added,
    )


def _called(group: Sequence[_File]) -> str:
    """What a picture is called: its moment, and the product or the first of its files."""
    first = min(group, key=lambda file: file.name)
    words = first.told.product or first.name
    more = f" and {len(group) - 1} more" if len(group) > 1 else ""
    return f"{first.taken_at:%Y-%m-%d} {words}{more}"
