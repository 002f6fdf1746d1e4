"""A page's content, made by hand, for the tests of the briefing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point, box

from geo.frames import frame_of
from geo.model import Audience, Tlp
from geo.snapshot import Snapshot

HATRA = (42.718, 35.588)


def frames() -> dict[str, gpd.GeoDataFrame]:
    """Two sites, a post, four seizures in three cases, an event and two roads about Hatra."""
    lon, lat = HATRA
    return {
        "sites": frame_of(
            "sites",
            {
                "id": ["PL1", "PL2", "PL3"],
                "geometry": [Point(lon, lat), Point(43.26, 35.457), None],
                "precision": ["exact", "exact", "country"],
                "name": ["Hatra", "Ashur", "Somewhere"],
                "country": ["Iraq"] * 3,
                "designation": ["World Heritage 1985", "", ""],
                "marking": ["TLP:CLEAR"] * 3,
            },
        ),
        "posts": frame_of(
            "posts",
            {
                "id": ["P1"],
                "geometry": [Point(42.9, 35.8)],
                "precision": ["exact"],
                "name": ["Test Gate"],
                "country": ["Iraq"],
                "kind": ["land"],
            },
        ),
        "seizures": frame_of(
            "seizures",
            {
                "id": ["S1", "S2", "S3", "S4"],
                "geometry": [Point(42.4, 35.4), Point(42.4, 35.4), Point(10, 50), None],
                "precision": ["town", "town", "town", "country"],
                "country": ["Iraq"] * 4,
                "event_type": ["seizure", "return", "seizure", "seizure"],
                "case_key": ["C1", "C1", "", ""],
                "object_count": [40, 40, 7, 3],
            },
        ),
        "events": frame_of(
            "events",
            {
                "id": ["E1"],
                "geometry": [Point(lon, lat)],
                "precision": ["exact"],
                "site_name": ["Hatra"],
                "event_type": ["looting"],
            },
        ),
        "roads": frame_of(
            "roads",
            {
                "id": ["R1", "R2"],
                "geometry": [
                    LineString([(42.0, 35.3), (43.2, 35.9)]),
                    LineString([(42.3, 35.3), (42.9, 35.9)]),
                ],
                "precision": ["town"] * 2,
                "from_node": ["a", "b"],
                "to_node": ["c", "d"],
                "from_name": ["", ""],
                "to_name": ["", ""],
                "mode": ["road", "rail"],
                "evidence_grade": ["A", "C"],
            },
        ),
        "alerts": frame_of("alerts", {"id": [], "geometry": [], "precision": []}),
    }


def outlines(*shapes: tuple[str, Any]) -> gpd.GeoDataFrame:
    """Countries by name."""
    return gpd.GeoDataFrame(
        {"name": [name for name, _ in shapes]},
        geometry=[shape for _, shape in shapes],
        crs="EPSG:4326",
    )


@pytest.fixture(scope="session")
def snapshot_with() -> Callable[..., Snapshot]:
    """Makes a page about Hatra; options replace its parts."""

    def make(**changes: Any) -> Snapshot:
        content: dict[str, Any] = {
            "title": "Hatra",
            "title_ar": "الحضر",
            "subtitle": "Fortified city of the desert",
            "frames": frames(),
            "borders": outlines(("Iraq", box(39, 29, 48, 37)), ("Syria", box(36, 33, 39, 37))),
            "world": outlines(("Everywhere", box(-170, -60, 170, 80))),
            "centre_lonlat": HATRA,
            "half_width_m": 60_000.0,
            "focus": ("sites", "PL1"),
            "picture": None,
            "picture_label": "",
            "picture_simulated": False,
            "simulated": False,
            "audience": Audience.INTERNAL,
            "marking": Tlp.AMBER,
            "filters": ("period 2015 to 2016",),
            "facts": (("Designation", "World Heritage 1985"),),
            "method": ("Facts are read from cited sources.",),
            "caveats": ("Silence is not absence.",),
            "sources": ("Natural Earth, public domain",),
            "cut_off": datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
            "produced_at": datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
            "producer": "R. Haddad",
            "office": "Heritage Office",
            "version": "0.1.0",
        }
        return Snapshot(**{**content, **changes})

    return make
