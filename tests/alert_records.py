"""Made-up alerts, sites, scenes and opinions for tests of the queue."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime

import geopandas as gpd
from shapely.geometry import Point, box

from geo.change import Parameters
from geo.frames import frame_of_records
from geo.model import (
    Alert,
    AlertMethod,
    Judgement,
    Opinion,
    Precision,
    Record,
    Scene,
    Site,
    Tlp,
    Verdict,
)
from geo.pipeline.provenance import canonical
from geo.store import FileKey, Store
from tests.homes import NOW

LON, LAT = 43.0, 35.0
"""Where the made-up site lies."""

PATCH_DEG = 0.0005
"""Half the width of a made-up flag."""


def site(site_id: str = "TELL", **changed: object) -> Site:
    """A made-up site."""
    values = {"id": site_id, "name": f"Tell {site_id}", "country": "Iraq",
              "geometry": Point(LON, LAT), "precision": Precision.EXACT,
              "marking": Tlp.CLEAR}  # fmt: skip
    return Site(**{**values, **changed})


def alert(alert_id: str = "CH-1-001", *, east_deg: float = 0.0, **changed: object) -> Alert:
    """A made-up flag in the made-up site, or so many degrees east of it."""
    middle = LON + east_deg
    values = {
        "id": alert_id,
        "geometry": box(middle - PATCH_DEG, LAT - PATCH_DEG, middle + PATCH_DEG, LAT + PATCH_DEG),
        "precision": Precision.EXACT,
        "date_from": date(2026, 8, 1),
        "date_to": date(2026, 9, 1),
        "marking": Tlp.AMBER,
        "site_id": "TELL",
        "detection_id": alert_id.rsplit("-", 1)[0],
        "area_m2": 900.0,
        "score": 4.0,
        "method": AlertMethod.PAIR,
        "sensors": ("S2",),
        "features": json.dumps({"brightness_change": 0.5}),
        "provenance": provenance(),
    }
    return Alert(**{**values, **changed})


def provenance(*scenes: str) -> str:
    """What tells how a made-up flag was made: from these scenes, if from any of the store."""
    settings = {name: getattr(Parameters(), name) for name in Parameters.__dataclass_fields__}
    inputs = {f"before 1 {name}": "0" * 64 for name in scenes or ("a.tif",)}
    return canonical({"inputs": inputs, "parameters": {**settings, "area_wkt": ""}}).decode()


def scene(day: date, **changed: object) -> Scene:
    """A made-up scene of the made-up site."""
    values = {
        "id": f"SC-{day:%Y%m%d}",
        "geometry": box(LON - 0.2, LAT - 0.2, LON + 0.2, LAT + 0.2),
        "precision": Precision.EXACT,
        "sensor": "S2",
        "bands": ("B02", "B03", "B04", "B08"),
        "sha256": hashlib.sha256(str(day).encode()).hexdigest(),
        "acquired_at": datetime(day.year, day.month, day.day, 8, tzinfo=UTC),
        "path": f"scenes/{day}.tif",
        "marking": Tlp.CLEAR,
        "clear_fraction": 0.95,
    }
    return Scene(**{**values, **changed})


def opinion(alert_id: str, *, given_at: datetime, reviewer: str = "Made-Up") -> Opinion:
    """A made-up word on an alert."""
    return Opinion(
        id=f"OP-{alert_id}-{reviewer}",
        alert_id=alert_id,
        reviewer=reviewer,
        verdict=Verdict.ACCEPTED,
        given_at=given_at,
    )


def judged(number: int) -> Alert:
    """One of many judged flags: those that lost their plants are accepted; five to a site."""
    accepted = number % 3 == 0
    return alert(
        f"CH-{number // 5}-{number:03d}",
        site_id=f"TELL{number // 5}",
        judgement=Judgement.ACCEPTED if accepted else Judgement.REJECTED,
        features=json.dumps({"ndvi_change": -0.3 if accepted else 0.1}),
        area_m2=500.0 + number,
    )


def frame(kind: str, *records: Record) -> gpd.GeoDataFrame:
    """Records as a frame."""
    return frame_of_records(kind, records)


def bring(store: Store, kind: str, *records: Record) -> None:
    """Keep records in a store."""
    text = f"{kind} {[record.id for record in records]}"
    key = FileKey(
        file_name=f"{kind}.csv",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        dataset_id="local",
    )
    report = store.add(kind, frame(kind, *records), key=key, author="Keeper", now=NOW)
    assert report.accepted == len(records)
