"""Made-up alerts over the simulated scenes of an installation, for the screens; all SIMULATED."""

from __future__ import annotations

import json
from datetime import date

import geopandas as gpd
import pandas as pd
from shapely.geometry import Polygon

from geo.frames import frame_of_records
from geo.grid import box_around
from geo.model import Alert, AlertMethod, AlertStatus, Precision
from geo.store import FileKey, Store
from tests.homes import NOW

SITE, OTHER_SITE = "PL894019", "PL894004"
"""Nimrud and Hatra, the two places of simulated scenes."""


def fill(store: Store, *, hint: str = "pits") -> gpd.GeoDataFrame:
    """Keep four made-up alerts and give them: two at one site, one at another, one at none."""
    frame = alerts(store, hint=hint)
    key = FileKey(file_name="made up", sha256="a1" * 32, dataset_id="local")
    store.add("alerts", frame, key=key, author="test", now=NOW)
    return frame


def alerts(store: Store, *, hint: str = "pits") -> gpd.GeoDataFrame:
    """Of a pair with the pictures that made it, of a series, of radar, and a bare one.

    They come in this order, the first because two sensors and its placebos speak for it. What is
    measured on them is made up; the ground of the second lies under cloud on one date.
    """
    scenes = store.read("scenes")
    here = scenes[scenes["site_id"] == SITE].sort_values("acquired_at")
    before, after = here.iloc[0], here.iloc[-1]
    lon, lat = _middle(before)
    common = {"simulated": True, "precision": Precision.EXACT, "dataset_id": "local"}
    return frame_of_records(
        "alerts",
        [
            Alert(
                id="AL-PAIR", site_id=SITE, detection_id="CH-0000000001",
                geometry=_square((lon + 0.002, lat), 80.0), area_m2=25_600.0, distance_m=120.0,
                score=0.91, p=0.01, q=0.04, hint=hint, status=AlertStatus.FIRST,
                date_from=_day(before), date_to=_day(after), placebo_rate=0.008,
                last_clear_on=_day(after), sensors=("simulated", "Sentinel-2"), priority=0.9,
                provenance=_provenance(before, after), **common,
            ),
            Alert(
                id="AL-SERIES", site_id=SITE, detection_id="SR-0000000002",
                geometry=_square((lon - 0.004, lat + 0.003), 60.0), area_m2=14_400.0,
                distance_m=430.0, score=0.74, hint="bulldozing", status=AlertStatus.CONFIRMED,
                date_from=date(2015, 3, 13), date_to=date(2016, 8, 27), persistence=3,
                method=AlertMethod.SERIES, last_clear_on=_day(after),
                sensors=("simulated",), priority=0.8, **common,
            ),
            Alert(
                id="AL-RADAR", site_id=OTHER_SITE, detection_id="SA-0000000003",
                geometry=_square(_middle(scenes[scenes["site_id"] == OTHER_SITE].iloc[0]), 90.0),
                area_m2=32_400.0, distance_m=10.0, score=0.6, hint="demolition",
                date_from=date(2015, 3, 1), date_to=date(2015, 4, 10),
                method=AlertMethod.SAR, sensors=("Sentinel-1",), priority=0.5, **common,
            ),
            Alert(
                id="AL-BARE", geometry=_square((41.0, 34.0), 50.0), area_m2=10_000.0,
                score=0.3, priority=0.1, **common,
            ),
        ],
    )  # fmt: skip


def _square(lonlat: tuple[float, float], half_width_m: float) -> Polygon:
    """A square polygon about a place."""
    return box_around(lonlat, half_width_m=half_width_m)


def _middle(scene: pd.Series) -> tuple[float, float]:
    """Where the middle of a scene lies."""
    point = scene["geometry"].centroid
    return point.x, point.y


def _day(scene: pd.Series) -> date:
    """The day of a scene."""
    day: date = pd.Timestamp(scene["acquired_at"]).date()
    return day


def _provenance(before: pd.Series, after: pd.Series) -> str:
    """What a comparison of two scenes tells of itself, as far as pictures need it."""
    return json.dumps(
        {
            "method": "made up",
            "inputs": {
                f"{role} 1 {scene['id']}": scene["sha256"]
                for role, scene in (("before", before), ("after", after))
            },
            "parameters": {},
            "versions": {},
            "findings": {},
        }
    )
