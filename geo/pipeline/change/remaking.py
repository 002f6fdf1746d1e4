"""A detection made again from its provenance and the files of its pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from shapely import from_wkt
from shapely.geometry import Point

from geo.model import Tlp
from geo.pipeline.change.detecting import Change, detect_change
from geo.pipeline.change.pictures import PictureSource
from geo.pipeline.comparing import Remade, compared, kept_records, unmade
from geo.pipeline.evidence.originals import kept_file
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import Store


def remade(
    store: Store, settings: Settings, detection_id: str, *, progress: Progress = no_progress
) -> Remade:
    """The kept flags of a change detection, made again from the files of its pictures.

    Raises
    ------
    NotFound
        If no flags of this detection are kept.
    """
    kept, provenance = kept_records(store, "alerts", detection_id)
    paths = {name: kept_file(settings, digest) for name, digest in provenance["inputs"].items()}
    lacking = [f"the file of {name!r} is not kept" for name, path in paths.items() if path is None]
    if "pictures" not in provenance["parameters"]:
        lacking.append("its provenance, of an earlier version, does not tell enough")
    if lacking:
        return unmade(detection_id, kept, lacking=lacking)
    files = {name: path for name, path in paths.items() if path is not None}
    change = _detected(files, provenance["parameters"], progress=progress)
    return compared(
        detection_id,
        "alerts",
        kept=kept,
        made=change.flags,
        before=provenance,
        after=change.provenance,
    )


def _detected(
    files: Mapping[str, Path], parameters: Mapping[str, Any], *, progress: Progress
) -> Change:
    """The detection that a provenance tells of."""
    from geo.change import Parameters  # noqa: PLC0415 - its libraries are slow to load

    own = {field.name for field in dataclasses.fields(Parameters)}
    area, site = parameters["area_wkt"], parameters["site"]
    place = None if site is None else {"id": site["id"], "geometry": Point(site["lonlat"])}
    return detect_change(
        _source("before", files, parameters),
        _source("after", files, parameters),
        area_lonlat=from_wkt(area) if area else None,
        site=None if place is None else pd.Series(place),
        parameters=Parameters(**{name: parameters[name] for name in own if name in parameters}),
        progress=progress,
    )


def _source(role: str, files: Mapping[str, Path], parameters: Mapping[str, Any]) -> PictureSource:
    """The picture of a role, whose files are named as in ``before 1 SC-20150402-1a2b3c4d``."""
    chosen = []
    for label, path in files.items():
        owner, number, name = label.split(" ", 2)
        if owner == role:
            chosen.append((int(number), name, path))
    chosen.sort()
    told = parameters["pictures"][role]
    return PictureSource(
        paths=tuple(path for _, _, path in chosen),
        names=tuple(name for _, name, _ in chosen),
        taken_on=date.fromisoformat(told["taken_on"]) if told["taken_on"] else None,
        simulated=told["simulated"],
        marking=Tlp(told["marking"]),
        sensor=told.get("sensor", ""),
    )
