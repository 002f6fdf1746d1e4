"""The pictures that are compared, from files or from scenes of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from geo.errors import BadInput, UnreadableFile
from geo.model import Tlp
from geo.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSource:
    """The files of one date, with what is known of them."""

    paths: tuple[Path, ...]
    """One scene's files; the first one gives the grid."""
    names: tuple[str, ...]
    """What the files are called towards the user."""
    taken_on: date | None
    """Day of the picture (UTC), None if it is not known."""
    simulated: bool
    """True if the picture is invented."""
    marking: Tlp = Tlp.AMBER
    """The strictest marking of the files."""
    sensor: str = ""
    """Sensor, as far as it is known."""


def picture_of_files(
    paths: Sequence[Path], *, names: Sequence[str] = (), marking: Tlp = Tlp.AMBER
) -> PictureSource:
    """The files of one date as a picture.

    Raises
    ------
    UnreadableFile
        If a file is no GeoTIFF that Lamassu can read.
    """
    from geo.sources.rasters.raster import describe  # noqa: PLC0415 - GDAL is slow

    infos = [describe(path) for path in paths]
    days = [info.acquired_at.date() for info in infos if info.acquired_at]
    return PictureSource(
        paths=tuple(paths),
        names=tuple(names) or tuple(path.name for path in paths),
        taken_on=min(days, default=None),
        simulated=any(info.simulated for info in infos),
        marking=marking,
        sensor=next((info.sensor for info in infos if info.sensor), ""),
    )


def picture_of_scene(scene: pd.Series, settings: Settings) -> PictureSource:
    """A scene of the store as a picture.

    Raises
    ------
    UnreadableFile
        If the scene's file is no longer there.
    """
    path = settings.home / scene["path"]
    if not path.is_file():
        raise UnreadableFile(
            f"the file of scene {scene['id']} is gone from {path.parent}",
            expected=f"the file {path.name}",
            remedy="put it back, or import the scene again",
        )
    return PictureSource(
        paths=(path,),
        names=(str(scene["id"]),),
        taken_on=pd.Timestamp(scene["acquired_at"]).date(),
        simulated=bool(scene["simulated"]),
        marking=Tlp(scene["marking"]),
        sensor=str(scene["sensor"]),
    )


def require_order(before: PictureSource, after: PictureSource) -> None:
    """Refuse a pair that runs backwards."""
    if before.taken_on and after.taken_on and after.taken_on < before.taken_on:
        raise BadInput(
            f"the later picture is of {after.taken_on}, the earlier one of {before.taken_on}",
            expected="the earlier picture first",
            remedy="exchange the two",
        )


def offsets_of(picture: PictureSource) -> list[dict[str, object]]:
    """What was added to the numbers of each file as it was read, and why, where anything is due."""
    from geo.sources.rasters.raster import describe  # noqa: PLC0415 - GDAL is slow

    told = [describe(path).offset for path in picture.paths]
    return [{"added": offset.value, "why": offset.why} for offset in told if offset.why]
