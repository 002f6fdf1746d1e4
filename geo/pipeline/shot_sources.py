"""Which files show the place of an alert: what made it, and the scenes over it that one may see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
from shapely.geometry.base import BaseGeometry

from geo.model import AlertMethod, Tlp
from geo.pipeline.evidence.originals import kept_file
from geo.settings import Settings
from geo.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture that may be read."""

    name: str
    """Id of the scene, or what the alert's provenance calls it."""
    paths: tuple[Path, ...]
    """Its files; the first one gives the grid."""
    kept: tuple[tuple[str, Path], ...]
    """SHA-256 and place of each file that is kept; a cube is one, of which `paths` is a part."""
    taken_at: datetime | None
    """Time of the picture, UTC; None if it is not known."""
    sensor: str
    """Sensor, as far as it is known."""
    simulated: bool
    """True if the picture is invented."""
    marking: Tlp
    """Marking of the picture."""
    role: str = ""
    """``before`` or ``after`` where a pair was compared."""


def sources_of(
    store: Store, settings: Settings, alert: pd.Series, outline: BaseGeometry, stack: ExitStack
) -> list[Source]:
    """The scenes over the place that the viewer sees, and the alert's own files, by time.

    Files that had to be unpacked are there for as long as `stack` lasts.
    """
    scenes = store.read("scenes")
    visible = {str(row["sha256"]): row for _, row in scenes.iterrows()}
    found = [_told_by_store(source, visible) for source in _own(settings, alert, visible, stack)]
    known = {sha256 for source in found for sha256, _ in source.kept}
    over = scenes[scenes.geometry.intersects(outline)] if len(scenes) else scenes
    for _, row in over.iterrows():
        path = settings.home / str(row["path"])
        if str(row["sha256"]) not in known and path.is_file():
            found.append(_of_scene(row, path))
    return sorted(found, key=lambda source: (source.taken_at is None, source.taken_at, source.name))


def _told_by_store(source: Source, visible: Mapping[str, pd.Series]) -> Source:
    """The source as the store tells of it, where it is a scene of it."""
    if len(source.kept) != 1 or source.kept[0][0] not in visible:
        return source
    return _of_scene(visible[source.kept[0][0]], source.paths[0], role=source.role)


def _of_scene(row: pd.Series, path: Path, *, role: str = "") -> Source:
    """A scene of the store."""
    return Source(
        name=str(row["id"]),
        paths=(path,),
        kept=((str(row["sha256"]), path),),
        taken_at=pd.Timestamp(row["acquired_at"]).to_pydatetime(),
        sensor=str(row["sensor"]),
        simulated=bool(row["simulated"]),
        marking=Tlp(row["marking"]),
        role=role,
    )


def _own(
    settings: Settings, alert: pd.Series, visible: Mapping[str, pd.Series], stack: ExitStack
) -> list[Source]:
    """The pictures that the alert was made from, as far as they are kept and may be seen.

    A scene of the store that the viewer does not see is not shown by way of an alert. What an alert
    of another program tells of itself may be anything; then nothing is known of its pictures.
    """
    document = _provenance(alert)
    try:
        match AlertMethod(alert["method"]):
            case AlertMethod.PAIR:
                found = _of_pair(settings, alert, document)
            case AlertMethod.SERIES:
                found = _of_series(settings, document, stack)
            case AlertMethod.SAR:
                found = _of_radar(settings, document)
    except (KeyError, TypeError, ValueError, AttributeError):
        return []
    return [
        source
        for source in found
        if all(_kept_apart(settings, path) or sha in visible for sha, path in source.kept)
    ]


def _kept_apart(settings: Settings, path: Path) -> bool:
    """Whether a file is no scene of the store, but kept for the sake of what was made from it."""
    return path.parent != settings.scenes_folder


def _of_pair(settings: Settings, alert: pd.Series, document: Mapping[str, Any]) -> list[Source]:
    """The two pictures of a pair."""
    told = document["parameters"].get("pictures", {})
    files: dict[str, list[tuple[str, str]]] = {}
    for label, sha256 in document["inputs"].items():
        role, number, name = str(label).split(" ", 2)
        files.setdefault(role, []).append((f"{number:>5} {name}", str(sha256)))
    found = []
    for role, parts in files.items():
        kept = [(sha256, kept_file(settings, sha256)) for _, sha256 in sorted(parts)]
        there = [(sha256, path) for sha256, path in kept if path is not None]
        if len(there) < len(kept):
            continue
        about = told.get(role, {})
        day = about.get("taken_on")
        found.append(
            Source(
                name=parts[0][0].split(" ", 1)[-1].strip(),
                paths=tuple(path for _, path in there),
                kept=tuple(there),
                taken_at=datetime.combine(date.fromisoformat(day), time(), UTC) if day else None,
                sensor=str(about.get("sensor", "")),
                simulated=bool(about.get("simulated", alert["simulated"])),
                marking=Tlp(about.get("marking", alert["marking"])),
                role=role,
            )
        )
    return found


def _of_series(settings: Settings, document: Mapping[str, Any], stack: ExitStack) -> list[Source]:
    """The scenes of a series; those of a cube are unpacked for as long as the stack lasts."""
    from geo.pipeline.series.scenes import kept_pictures  # noqa: PLC0415 - slow to load

    return [
        Source(
            name=picture.name,
            paths=(picture.path,),
            kept=((picture.sha256, picture.kept_path),),
            taken_at=picture.taken_at,
            sensor=picture.sensor,
            simulated=picture.simulated,
            marking=picture.marking,
        )
        for picture in kept_pictures(settings, document, stack)[0]
    ]


def _of_radar(settings: Settings, document: Mapping[str, Any]) -> list[Source]:
    """The pictures of a radar comparison."""
    from geo.pipeline.sar.scenes import kept_pictures  # noqa: PLC0415 - slow to load

    return [
        Source(
            name=picture.name,
            paths=tuple(picture.paths),
            kept=tuple(zip(picture.digests, picture.paths, strict=True)),
            taken_at=picture.taken_at,
            sensor=picture.sensor,
            simulated=picture.simulated,
            marking=picture.marking,
        )
        for picture in kept_pictures(settings, document)[0]
    ]


def _provenance(alert: pd.Series) -> Mapping[str, Any]:
    """The alert's provenance; empty where it is silent or no document."""
    try:
        document = json.loads(str(alert.get("provenance") or "{}"))
    except json.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
