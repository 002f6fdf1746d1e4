"""Made-up records that not everybody may see; nothing in them is or stands for a real place."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
from shapely.geometry import Point, box

from geo.access import Role
from geo.frames import frame_of
from geo.model import Sensitivity, Tlp
from geo.store import FileKey, Store
from tests.homes import NOW

GROUP, CLOSED = "made-up north", "made-up-closed"
"""A sharing group, and the dataset that is closed to it."""

SITES = {
    "Madeup none": Sensitivity.NONE, "Madeup low": Sensitivity.LOW,
    "Madeup medium": Sensitivity.MEDIUM, "Madeup high": Sensitivity.HIGH,
    "Madeup extreme": Sensitivity.EXTREME,
}  # fmt: skip
"""Names of sites for everybody's marking, with their sensitivity."""

TOLD = {
    Role.ANONYMOUS: {"Madeup none", "Madeup low", "Madeup medium"},
    Role.VIEWER: {"Madeup none", "Madeup low", "Madeup medium"},
    Role.PARTNER: {"Madeup none", "Madeup low", "Madeup medium", "Madeup high"},
    Role.ANALYST: set(SITES),
    Role.REVIEWER: set(SITES),
    Role.ADMINISTRATOR: {*SITES, "Madeup red", "Madeup closed"},
}
"""Names of sites that a role in no sharing group is told."""

NAMES = {*SITES, "Madeup red", "Madeup closed"}
"""Names of all of them."""


def lonlat_of(name: str) -> tuple[float, float]:
    """Where a site stands; each has digits of its own."""
    at = sorted(NAMES).index(name)
    return 43.123451 + at * 0.2, 35.234561 + at * 0.1


def bring(store: Store) -> None:
    """Bring them in, and close the dataset of one of them."""
    parts = {
        ("sites", "local"): _sites([*SITES, "Madeup red"], "local"),
        ("sites", CLOSED): _sites(["Madeup closed"], CLOSED),
        ("events", "local"): _events([*SITES, "Madeup red"]),
        ("alerts", "local"): _alerts(list(SITES)),
        ("seizures", "local"): _seizures(),
    }
    for number, ((kind, dataset), frame) in enumerate(parts.items()):
        key = FileKey(file_name=f"{kind}.csv", sha256=f"{number + 1:064x}", dataset_id=dataset)
        store.add(kind, frame, key=key, author="test", now=NOW)
    store.share(CLOSED, [GROUP], author="test", now=NOW)


def _sites(names: list[str], dataset: str) -> gpd.GeoDataFrame:
    """Sites of these names, each with an outline, a source and a note."""
    points = [Point(lonlat_of(name)) for name in names]
    return frame_of(
        "sites",
        {
            "id": [name.replace(" ", "-") for name in names],
            "dataset_id": [dataset] * len(names),
            "name": names,
            "country": ["Exampleland"] * len(names),
            "geometry": points,
            "precision": ["exact"] * len(names),
            "footprint_wkt": [point.buffer(0.001, quad_segs=1).wkt for point in points],
            "sensitivity": [SITES.get(name, Sensitivity.NONE).value for name in names],
            "marking": [
                Tlp.RED.value if name == "Madeup red"
                else Tlp.GREEN.value if dataset == CLOSED
                else Tlp.CLEAR.value
                for name in names
            ],
            "source": ["made up"] * len(names),
            "note": ["made up"] * len(names),
        },
    )  # fmt: skip


def _events(names: list[str]) -> gpd.GeoDataFrame:
    """One event at each site."""
    return frame_of(
        "events",
        {
            "id": [f"E-{number}" for number, _ in enumerate(names)],
            "site_name": names,
            "site_id": [name.replace(" ", "-") for name in names],
            "event_type": ["looting"] * len(names),
            "geometry": [Point(lonlat_of(name)) for name in names],
            "precision": ["exact"] * len(names),
            "date_from": [date(2020, 3, 5)] * len(names),
            "date_to": [date(2020, 3, 5)] * len(names),
            "marking": [Tlp.RED.value if name == "Madeup red" else Tlp.CLEAR.value
                        for name in names],
        },
    )  # fmt: skip


def _alerts(names: list[str]) -> gpd.GeoDataFrame:
    """One flag beside each site."""
    corners = [lonlat_of(name) for name in names]
    return frame_of(
        "alerts",
        {
            "id": [f"CH-{number:010x}-1" for number, _ in enumerate(names)],
            "site_id": [name.replace(" ", "-") for name in names],
            "detection_id": [f"CH-{number:010x}" for number, _ in enumerate(names)],
            "geometry": [box(x, y, x + 0.001, y + 0.001) for x, y in corners],
            "precision": ["exact"] * len(names),
            "date_from": [date(2020, 3, 5)] * len(names),
            "date_to": [date(2020, 4, 5)] * len(names),
            "area_m2": [10_000.0] * len(names),
            "distance_m": [30.0] * len(names),
            "score": [3.0] * len(names),
            "status": ["first"] * len(names),
            "marking": [Tlp.CLEAR.value] * len(names),
            "simulated": [True] * len(names),
        },
    )


def _seizures() -> gpd.GeoDataFrame:
    """One seizure of each marking."""
    return frame_of(
        "seizures",
        {
            "id": [f"MADEUP-{marking.name}" for marking in Tlp],
            "event_type": ["seizure"] * len(Tlp),
            "country": ["Exampleland"] * len(Tlp),
            "place": [f"Madeup town {marking.name}" for marking in Tlp],
            "geometry": [Point(44.0 + number / 7, 33.0) for number, _ in enumerate(Tlp)],
            "precision": ["town"] * len(Tlp),
            "date_from": [date(2021, 5, 6)] * len(Tlp),
            "date_to": [date(2021, 5, 6)] * len(Tlp),
            "marking": [marking.value for marking in Tlp],
        },
    )
