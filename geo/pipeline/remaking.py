"""Results made again from their provenance: the same hash, or what is not as it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from geo.errors import NotFound
from geo.model import AlertMethod
from geo.pipeline import change
from geo.pipeline.comparing import Remade, compared, kept_records, not_the_same
from geo.pipeline.routes import RouteRequest, study_routes
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import Store


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
    kept, _ = kept_records(store, "alerts", detection_id)
    match AlertMethod(kept["method"].iloc[0]):
        case AlertMethod.SERIES:
            from geo.pipeline import series  # noqa: PLC0415 - its libraries are slow to load

            return series.remade(store, settings, detection_id, progress=progress)
        case AlertMethod.SAR:
            from geo.pipeline import sar  # noqa: PLC0415 - its libraries are slow to load

            return sar.remade(store, settings, detection_id, progress=progress)
        case AlertMethod.PAIR:
            return change.remade(store, settings, detection_id, progress=progress)


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
    sentence = not_the_same("alerts")
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


def request_of(document: Mapping[str, Any]) -> RouteRequest:
    """The request that a provenance tells of."""
    values = dict(document)
    for name in ("exits", "closed_posts", "closed_ways"):
        values[name] = tuple(values[name])
    values["checks_lonlat"] = tuple((lon, lat) for lon, lat in values["checks_lonlat"])
    values["lonlat"] = tuple(values["lonlat"]) if values["lonlat"] else None
    return RouteRequest(**values)
