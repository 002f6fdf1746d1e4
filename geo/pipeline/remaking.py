"""Results made again from their provenance: the same hash, or what is not as it was."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import from_wkt
from shapely.geometry import Point

from geo.columns import columns_of
from geo.disclosure.rules import RUN_COLUMNS
from geo.errors import NotFound
from geo.frames import contents
from geo.model import AlertMethod, Judgement, Provenance, Tlp
from geo.pipeline import Progress, no_progress
from geo.pipeline.change import Change, PictureSource, detect_change
from geo.pipeline.evidence.originals import kept_file
from geo.pipeline.routes import RouteRequest, study_routes
from geo.settings import Settings
from geo.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """A kept result beside what its provenance gives today."""

    id: str
    """The study or the detection."""
    kept_sha256: str
    """Of the records as they were kept, before anybody judged or corrected them."""
    made_sha256: str
    """Of the records as they come out today; empty if they could not be made."""
    differences: tuple[str, ...]
    """What differs, a sentence each; empty if nothing does."""
    remarks: tuple[str, ...] = ()
    """Libraries that are others today, whether that made a difference or not."""
    differing: tuple[str, ...] = ()
    """Ids of the records that come out otherwise, or on one of the two sides only."""


def remade_routes(
    store: Store, settings: Settings, study_id: str, *, progress: Progress = no_progress
) -> Remade:
    """The kept routes of a study, made again.

    Raises
    ------
    NotFound
        If no routes of this study are kept.
    """
    kept, provenance = kept_records(store, "routes", study_id)
    request = request_of(provenance["parameters"]["request"])
    study = study_routes(store, settings, request, progress=progress)
    return compared(
        study_id,
        "routes",
        kept=kept,
        made=study.routes,
        before=provenance,
        after=study.provenance,
    )


def remade_flags(
    store: Store, settings: Settings, detection_id: str, *, progress: Progress = no_progress
) -> Remade:
    """The kept flags of a study of two dates, of many or of radar, made again from its pictures.

    Raises
    ------
    NotFound
        If no flags of this study are kept.
    """
    kept, provenance = kept_records(store, "alerts", detection_id)
    match AlertMethod(kept["method"].iloc[0]):
        case AlertMethod.SERIES:
            from geo.pipeline import series  # noqa: PLC0415 - it sees this module

            return series.remade(store, settings, detection_id, progress=progress)
        case AlertMethod.SAR:
            from geo.pipeline import sar  # noqa: PLC0415 - it sees this module

            return sar.remade(store, settings, detection_id, progress=progress)
        case AlertMethod.PAIR:
            return _remade_pair(settings, detection_id, kept, provenance, progress=progress)


def remade_alert(
    store: Store, settings: Settings, alert_id: str, *, progress: Progress = no_progress
) -> Remade:
    """One kept alert beside what its study gives today; how others come out is a remark.

    Raises
    ------
    NotFound
        If there is no such alert.
    """
    alerts = store.read("alerts")
    mine = alerts[alerts["id"] == alert_id]
    if mine.empty:
        raise NotFound(
            f"there is no alert {alert_id!r}",
            expected="the id of an alert that was kept",
            remedy="look it up in the list of alerts",
        )
    remade = remade_flags(store, settings, str(mine["detection_id"].iloc[0]), progress=progress)
    others = [name for name in remade.differing if name != alert_id]
    sentence = _not_the_same("alerts")
    differences = [each for each in remade.differences if each != sentence]
    if alert_id in remade.differing:
        differences.append(f"the alert {alert_id} is not the same")
    remarks = [f"{len(others):,} others of {remade.id} are not the same"] if others else []
    return dataclasses.replace(
        remade,
        id=alert_id,
        differences=tuple(differences),
        remarks=(*remade.remarks, *remarks),
        differing=tuple(name for name in remade.differing if name == alert_id),
    )


def _remade_pair(
    settings: Settings,
    detection_id: str,
    kept: gpd.GeoDataFrame,
    provenance: dict[str, Any],
    *,
    progress: Progress,
) -> Remade:
    """The kept flags of a change detection, made again from the files of its pictures."""
    paths = {name: kept_file(settings, digest) for name, digest in provenance["inputs"].items()}
    lacking = [f"the file of {name!r} is not kept" for name, path in paths.items() if path is None]
    if "pictures" not in provenance["parameters"]:
        lacking.append("its provenance, of an earlier version, does not tell enough")
    if lacking:
        return Remade(
            id=detection_id,
            kept_sha256=fingerprint("alerts", kept),
            made_sha256="",
            differences=tuple(lacking),
            differing=tuple(sorted(kept["id"])),
        )
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


def request_of(document: Mapping[str, Any]) -> RouteRequest:
    """The request that a provenance tells of."""
    values = dict(document)
    for name in ("exits", "closed_posts", "closed_ways"):
        values[name] = tuple(values[name])
    values["checks_lonlat"] = tuple((lon, lat) for lon, lat in values["checks_lonlat"])
    values["lonlat"] = tuple(values["lonlat"]) if values["lonlat"] else None
    return RouteRequest(**values)


def fingerprint(kind: str, frame: gpd.GeoDataFrame) -> str:
    """SHA-256 over every value that was computed of the records, in any order.

    Their provenance, which tells the versions of libraries too, is compared part by part; what
    people judged is not computed.
    """
    prints = sorted(_prints(kind, frame).values())
    return hashlib.sha256("\n".join(prints).encode()).hexdigest()


def kept_records(store: Store, kind: str, run_id: str) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """The records of a run as they were kept, before corrections, and their provenance.

    Raises
    ------
    NotFound
        If none are kept.
    """
    current = store.read(kind)
    current = current[current[RUN_COLUMNS[kind]] == run_id]
    if not len(current):
        raise NotFound(
            f"no {kind} of {run_id} are kept", expected="the id of a run whose results were kept"
        )
    histories = [
        store.history(kind, row.id, dataset_id=row.dataset_id) for row in current.itertuples()
    ]
    told = pd.concat(histories, ignore_index=True)
    bases = set(zip(told["id"], told["base_version"].where(told["current"]), strict=True))
    kept = told[[pair in bases for pair in zip(told["id"], told["version"], strict=True)]]
    return kept, json.loads(kept["provenance"].iloc[0])


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


def compared(
    run_id: str,
    kind: str,
    *,
    kept: gpd.GeoDataFrame,
    made: gpd.GeoDataFrame,
    before: Mapping[str, Any],
    after: Provenance,
) -> Remade:
    """What was kept of a run, and its provenance, beside what comes out today."""
    changed = [
        f"{name} changed"
        for name in sorted({*before["inputs"], *after.inputs})
        if before["inputs"].get(name) != after.inputs.get(name)
    ]
    was, now_is = _prints(kind, kept), _prints(kind, made)
    differing = sorted(name for name in was.keys() | now_is if was.get(name) != now_is.get(name))
    if differing:
        changed.append(_not_the_same(kind))
    return Remade(
        id=run_id,
        kept_sha256=fingerprint(kind, kept),
        made_sha256=fingerprint(kind, made),
        differences=tuple(changed),
        remarks=tuple(
            f"{name} is {now_has}, was {had}"
            for name, had in before["versions"].items()
            if (now_has := after.versions.get(name)) != had
        ),
        differing=tuple(differing),
    )


def _prints(kind: str, frame: gpd.GeoDataFrame) -> dict[str, str]:
    """The fingerprint of each record's computed values, by its id."""
    names = [column.name for column in columns_of(kind)]
    computed = frame[names].assign(provenance="")
    if kind == "alerts":
        computed = computed.assign(judgement=Judgement.NONE.value)
    return dict(zip(frame["id"], contents(kind, computed), strict=True))


def _not_the_same(kind: str) -> str:
    """That some records of a run come out otherwise."""
    return f"the {kind} are not the same"
