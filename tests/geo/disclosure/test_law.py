"""Redacting for one and then for a narrower one is redacting once for the narrower."""

from __future__ import annotations

from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from geo.access import Role, Viewer
from geo.disclosure import for_viewer, site_index
from geo.eamena import Condition
from geo.frames import frame_of_records
from geo.model import (
    Alert,
    ArtObject,
    Assessment,
    BorderPost,
    CustodyEvent,
    CustodyType,
    PostKind,
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

NAMES = (
    "Tell Azgan",
    "Azgan",
    "Tell Azgan North",
    "Birkat Zumur",
    "\u062a\u0644 \u0632\u0645\u0631",
)
"""Made up, some inside others."""

WORDS = (
    "found by night", "near 43.3287, 36.0984", "from Azgan's mound", "the Tell Azgan North road",
    "two pits at Birkat-Zumur", "\u0628\u062a\u0644 \u0632\u0645\u0631 \u0644\u064a\u0644\u0627",
    "[place withheld] again",
)  # fmt: skip

DATASETS = ("local", "a", "b")
CLOSED = {"a": frozenset({"red"}), "b": frozenset({"red", "blue"})}

steps = st.sampled_from([0.0, 0.0004, 0.004, 0.04, 0.4])
lons = st.builds(lambda base, step: base + step, st.sampled_from([43.0, 43.3287]), steps)
lats = st.builds(lambda base, step: base + step, st.sampled_from([36.0, 36.0984]), steps)
points = st.builds(Point, lons, lats)
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map("; ".join)


@st.composite
def site_frames(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """Sites with an id each, of any sensitivity, marking and dataset, some without a place."""
    sites = [
        Site(
            id=f"S{number}",
            name=draw(st.sampled_from(NAMES)),
            alt_names=draw(st.sampled_from(["", "Azgan|Old Azgan"])),
            country="Iraq",
            geometry=draw(st.none() | points),
            precision=Precision.EXACT,
            sensitivity=draw(st.sampled_from(Sensitivity)),
            marking=draw(st.sampled_from(Tlp)),
            dataset_id=draw(st.sampled_from(DATASETS)),
            designation=draw(texts),
            note="inner matter",
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    return stored("sites", sites)


def stored(kind: str, records: list[Record]) -> gpd.GeoDataFrame:
    """A frame as the store gives it."""
    frame = frame_of_records(kind, records)
    frame = frame.assign(
        version=1, recorded_at=pd.Timestamp("2026-11-22", tz="UTC"), import_id="IM-1"
    )
    return frame.sort_values(["dataset_id", "id"], ignore_index=True)


def a_record(draw: st.DrawFn, kind: str, number: int) -> Record:  # noqa: PLR0911 - one a kind
    """A record of a kind, at or near a site, with words about places."""
    common = {
        "id": f"X{number:03}",
        "geometry": draw(st.none() | points),
        "precision": draw(st.sampled_from(Precision)),
        "marking": draw(st.sampled_from(Tlp)),
        "dataset_id": draw(st.sampled_from(DATASETS)),
        "source": draw(texts),
        "note": "inner matter",
    }
    site_id = draw(st.sampled_from(["", "S0", "S1", "S2", "S3", "gone"]))
    match kind:
        case "events":
            return SiteEvent(
                **common, site_name=draw(st.sampled_from(NAMES)), site_id=site_id,
                event_type=SiteEventType.LOOTING, description=draw(texts),
            )  # fmt: skip
        case "seizures":
            return Seizure(
                **common, event_type=SeizureType.SEIZURE, country="Iraq", place=draw(texts),
                date_from=date(2015, 1, 2), description=draw(texts),
            )  # fmt: skip
        case "posts":
            return BorderPost(**common, name="Rabia", country="Iraq", kind=PostKind.LAND)
        case "objects":
            return ArtObject(**common, seizure_id="SZ1", object_type="seal")
        case "custody":
            return CustodyEvent(**common, seizure_id="SZ1", event_type=CustodyType.STORED)
        case "alerts":
            letters = draw(st.sampled_from(["CH", "SE", "SA"]))
            run = f"{letters}-{draw(st.sampled_from('ab')) * 12}"
            own = f"SR-{number:x}{'c' * 11}-1" if letters == "SE" else f"{run}-{number:03}"
            place = common["geometry"]
            fields = common | {
                "id": own,
                "source": f"Change detection {run}",
                "geometry": None if place is None else place.buffer(0.002, quad_segs=1),
            }
            return Alert(**fields, detection_id=run, site_id=site_id,
                         area_m2=draw(st.sampled_from([100.0, 200.0])))  # fmt: skip
        case "assessments":
            return Assessment(
                **common, site_id=site_id, condition=Condition.POOR, alert_id="CH-aaaaaaaaaaaa-001",
                assessed_by=draw(texts),
            )  # fmt: skip
        case "scenes":
            place = common["geometry"]
            fields = common | {"geometry": None if place is None else place.buffer(0.03)}
            return Scene(
                **fields, sensor="simulated", bands=("B04",), site_id=site_id, path="scenes/a.tif",
                acquired_at=datetime(2015, 3, 7, tzinfo=UTC), sha256="0" * 64,
                crs=draw(st.sampled_from(["EPSG:32638", 'PROJCS["at 43.3287 E"]'])),
            )  # fmt: skip
        case _:
            run = f"RT-{draw(st.sampled_from('ab')) * 10}"
            place = common["geometry"]
            line = None if place is None else LineString([place, (43.9, 36.5), (44.3, 36.5)])
            fields = common | {"id": f"{run}-{number}", "geometry": line}
            return Route(
                **fields, study_id=run, rank=number, origin_name=draw(st.sampled_from(NAMES)),
                exit_id="IQ-SY-02", exit_name="Rabia", mode="vehicle", site_id=site_id,
                length_km=71.0, time_h=2.2, share=0.3,
            )  # fmt: skip


KINDS = ("events", "seizures", "posts", "objects", "custody", "alerts", "scenes", "routes",
         "assessments")  # fmt: skip


@st.composite
def record_frames(draw: st.DrawFn, kind: str) -> gpd.GeoDataFrame:
    """A frame of a kind."""
    return stored(kind, [a_record(draw, kind, number) for number in range(draw(st.integers(0, 5)))])


@st.composite
def viewers(draw: st.DrawFn) -> tuple[Viewer, Viewer]:
    """A viewer and one who is no wider: no stronger a role, no other group."""
    wide, narrow = sorted(
        (draw(st.sampled_from(Role)), draw(st.sampled_from(Role))),
        key=lambda role: -role.strength,
    )
    groups = draw(st.frozensets(st.sampled_from(["red", "blue"])))
    fewer = draw(st.frozensets(st.sampled_from(sorted(groups)))) if groups else frozenset()
    return Viewer(role=wide, groups=groups), Viewer(role=narrow, groups=fewer)


@pytest.mark.parametrize("kind", ["sites", *KINDS])
@settings(max_examples=15)
@given(data=st.data())
def test_redacting_for_one_then_for_a_narrower_is_redacting_once(kind: str, data: st.DataObject):
    """Rows, columns, cells, precision, ids, texts and order: all of it."""
    wide, narrow = data.draw(viewers())
    sites = data.draw(site_frames())
    frame = sites if kind == "sites" else data.draw(record_frames(kind))
    closed = {name: CLOSED[name] for name in data.draw(st.frozensets(st.sampled_from("ab")))}
    once = for_viewer(frame, narrow, kind=kind, sites=site_index(sites), closed=closed)
    first = for_viewer(frame, wide, kind=kind, sites=site_index(sites), closed=closed)
    twice = for_viewer(first, narrow, kind=kind, sites=site_index(sites), closed=closed)
    assert_geodataframe_equal(twice, once)
    if narrow.role is not Role.ADMINISTRATOR:
        assert twice.geometry.to_wkb().equals(once.geometry.to_wkb())
