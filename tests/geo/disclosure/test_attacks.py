"""What an attacker makes of all products of one site together."""

from __future__ import annotations

from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from geo.access import Role, Viewer
from geo.disclosure import SiteIndex, cell_of, for_viewer, site_index
from geo.frames import frame_of_records
from geo.model import (
    Alert,
    Precision,
    Record,
    Route,
    Scene,
    Seizure,
    SeizureType,
    Sensitivity,
    Site,
    SiteEvent,
    SiteEventType,
    Tlp,
)

CELL_DEG = {
    (Role.PARTNER, Sensitivity.LOW): 0.001,
    (Role.PARTNER, Sensitivity.MEDIUM): 0.01,
    (Role.PARTNER, Sensitivity.HIGH): 0.1,
    (Role.VIEWER, Sensitivity.NONE): 0.01,
    (Role.VIEWER, Sensitivity.LOW): 0.01,
    (Role.VIEWER, Sensitivity.MEDIUM): 0.01,
    (Role.ANONYMOUS, Sensitivity.MEDIUM): 0.01,
}
"""The cell of a role, where a site is told as one."""

WITHHELD_DEG = {
    (Role.PARTNER, Sensitivity.EXTREME): 1.0,
    (Role.VIEWER, Sensitivity.HIGH): 0.1,
    (Role.VIEWER, Sensitivity.EXTREME): 1.0,
}
"""The cell in which a seizure at a site is told whose very existence is withheld."""

ROUTE_DEG = 0.1

lonlats = st.tuples(st.floats(38.0, 47.99), st.floats(30.0, 36.99))
near = st.tuples(st.floats(-0.0005, 0.0005), st.floats(-0.0005, 0.0005))
"""A hundred metres to every side: over the edge of a cell, sometimes."""


def stored(kind: str, *records: Record) -> gpd.GeoDataFrame:
    """A frame as the store gives it."""
    return frame_of_records(kind, list(records)).assign(
        version=1, recorded_at=pd.Timestamp("2026-11-22", tz="UTC"), import_id="IM-1"
    )


def products(
    lonlat: tuple[float, float], offset: tuple[float, float], sensitivity: Sensitivity
) -> dict[str, gpd.GeoDataFrame]:
    """All that a store holds of one site, each record with a place of its own."""
    place = Point(lonlat)
    aside = Point(lonlat[0] + offset[0], lonlat[1] + offset[1])
    common = {"precision": Precision.EXACT, "marking": Tlp.CLEAR}
    return {
        "sites": stored(
            "sites",
            Site(id="S1", name="Tell Azgan", country="Iraq", geometry=place,
                 sensitivity=sensitivity, **common),
        ),
        "events": stored(
            "events",
            SiteEvent(id="E1", site_name="Tell Azgan", event_type=SiteEventType.LOOTING,
                      site_id="S1", geometry=aside, **common),
        ),
        "alerts": stored(
            "alerts",
            Alert(id="CH-aaaaaaaaaaaa-001", detection_id="CH-aaaaaaaaaaaa", site_id="S1",
                  geometry=aside.buffer(0.002), **common),
        ),
        "scenes": stored(
            "scenes",
            Scene(id="SC1", sensor="simulated", bands=("B04",), path="scenes/a.tif", site_id="S1",
                  acquired_at=datetime(2015, 3, 7, tzinfo=UTC), sha256="0" * 64,
                  geometry=aside.buffer(0.03, cap_style="square"), **common),
        ),
        "seizures": stored(
            "seizures",
            Seizure(id="Z1", event_type=SeizureType.SEIZURE, country="Iraq", geometry=place,
                    **common),
        ),
        "routes": stored(
            "routes",
            Route(id="RT-aaaaaaaaaa-1", study_id="RT-aaaaaaaaaa", rank=1, origin_name="Tell Azgan",
                  exit_id="P", exit_name="Rabia", mode="foot", site_id="S1", length_km=71.0,
                  geometry=LineString([aside, (49.05, 37.55), (49.55, 37.55)]), **common),
        ),
    }  # fmt: skip


def told(frames: dict[str, gpd.GeoDataFrame], role: Role) -> dict[str, gpd.GeoDataFrame]:
    """Every product for one role."""
    index = site_index(frames["sites"])
    viewer = Viewer(role=role)
    return {kind: for_viewer(f, viewer, kind=kind, sites=index) for kind, f in frames.items()}


def feasible(shown: dict[str, gpd.GeoDataFrame]) -> shapely.Polygon:
    """Where the site may lie by all products: what all their cells have in common."""
    area = box(-180, -90, 180, 90)
    for frame in shown.values():
        for place in frame.geometry:
            if place is None:
                continue
            lon, lat = shapely.get_coordinates(place)[0]
            area = area & (
                box(*cell_of((lon, lat), ROUTE_DEG)) if place.geom_type == "LineString" else place
            )
    return area


@pytest.mark.parametrize(("role", "sensitivity"), CELL_DEG)
@settings(max_examples=10)
@given(lonlat=lonlats, offset=near)
def test_all_products_together_leave_the_cell_of_the_role(
    role: Role, sensitivity: Sensitivity, lonlat: tuple[float, float], offset: tuple[float, float]
):
    """Site, event, flag, picture, route and seizure: one cell, however their own places lie."""
    shown = told(products(lonlat, offset, sensitivity), role)
    cell = box(*cell_of(lonlat, CELL_DEG[role, sensitivity]))
    assert all(len(frame) == 1 for frame in shown.values())
    assert shown["scenes"].geometry.iloc[0] is None
    assert feasible(shown).equals(cell)
    for kind in ("sites", "events", "alerts", "seizures"):
        assert shown[kind].geometry.iloc[0].equals(cell)


@pytest.mark.parametrize(("role", "sensitivity"), WITHHELD_DEG)
@settings(max_examples=10)
@given(lonlat=lonlats, offset=near)
def test_a_withheld_site_is_told_by_no_product(
    role: Role, sensitivity: Sensitivity, lonlat: tuple[float, float], offset: tuple[float, float]
):
    """A seizure at its place, which does not name it, is told in the site's cell at best."""
    shown = told(products(lonlat, offset, sensitivity), role)
    assert [kind for kind, frame in shown.items() if len(frame)] == ["seizures"]
    cell = box(*cell_of(lonlat, WITHHELD_DEG[role, sensitivity]))
    assert shown["seizures"].geometry.iloc[0].equals(cell)
    assert "Azgan" not in shown["seizures"].to_json(default=str)


@pytest.mark.thorough
def test_four_hundred_exports_of_all_products_give_one_location():
    """In other orders, with other neighbours: nothing is drawn, so nothing can be averaged."""
    random, role = np.random.default_rng(1), Role.PARTNER
    frames = products((43.3287, 36.0984), (0.0004, 0.0004), Sensitivity.MEDIUM)
    index, viewer = site_index(frames["sites"]), Viewer(role=role)
    others_told = told(frames, role)
    mixtures = []
    for _ in range(8):
        others = [
            Seizure(id=f"Y{n}", event_type=SeizureType.SEIZURE, country="Iraq", marking=Tlp.CLEAR,
                    geometry=Point(random.uniform(42, 45), random.uniform(35, 37)))
            for n in range(3)
        ]  # fmt: skip
        mixed = pd.concat([frames["seizures"], stored("seizures", *others)])
        mixtures.append(mixed.sample(frac=1, random_state=int(random.integers(1e9))))
    found = set()
    for number in range(400):
        # Every product is made in turn; what the others show does not change.
        kind = list(frames)[number % len(frames)]
        frame = mixtures[number % 8] if kind == "seizures" else frames[kind]
        again = for_viewer(frame, viewer, kind=kind, sites=index)
        if kind == "seizures":
            assert again["id"].tolist() == ["Y0", "Y1", "Y2", "Z1"]
            again = again[again["id"] == "Z1"]
        found.add(feasible({**others_told, kind: again}).wkb)
    (location,) = found
    assert shapely.from_wkb(location).equals(box(*cell_of((43.3287, 36.0984), 0.01)))


def test_a_place_inside_a_sensitive_sites_cell_is_no_finer_than_it():
    """For a partner, a seizure 5 km from a highly sensitive site; one in the next cell is exact."""
    index = SiteIndex(sensitivity={"S1": "2"}, lonlat={"S1": (43.3287, 36.0984)})
    seizures = stored(
        "seizures",
        *(
            Seizure(id=f"Z{n}", event_type=SeizureType.SEIZURE, country="Iraq", marking=Tlp.CLEAR,
                    precision=Precision.EXACT, geometry=Point(lon, 36.0512))
            for n, lon in enumerate((43.3912, 43.4012))
        ),
    )  # fmt: skip
    shown = for_viewer(seizures, Viewer(role=Role.PARTNER), kind="seizures", sites=index)
    assert shown.geometry.iloc[0].equals(box(43.3, 36.0, 43.4, 36.1))
    assert shown["precision"].tolist() == ["town", "exact"]
    assert shown.geometry.iloc[1].equals(Point(43.4012, 36.0512))


def test_a_route_from_a_drawn_place_starts_in_the_cell_of_the_site_around_it():
    """An extremely sensitive site near by: its first cell is 1 degree wide."""
    index = SiteIndex(sensitivity={"S1": "1"}, lonlat={"S1": (43.3287, 36.0984)})
    route = Route(id="RT-aaaaaaaaaa-1", study_id="RT-aaaaaaaaaa", rank=1, origin_name="a place",
                  exit_id="P", exit_name="Rabia", mode="foot", marking=Tlp.CLEAR,
                  geometry=LineString([(43.5, 36.5), (45.5, 36.5), (46.5, 36.5)]))  # fmt: skip
    shown = for_viewer(
        stored("routes", route), Viewer(role=Role.PARTNER), kind="routes", sites=index
    )
    assert shown["cell_deg"].tolist() == [1.0]
    assert shapely.get_coordinates(shown.geometry)[0].tolist() == [43.5, 36.5]
