"""Frames as the store gives them, drawn at random or by hand, and as an audience is given them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st
from shapely import Point

from geo.access import viewer_for
from geo.columns import RECORDS
from geo.disclosure import SiteIndex, for_viewer
from geo.frames import frame_of_records
from geo.model import (
    Audience,
    CustodyType,
    LinkType,
    PostKind,
    Precision,
    Record,
    RoadMode,
    SeizureType,
    Sensitivity,
    SiteEventType,
    Tlp,
    Verdict,
)

PUBLIC, PARTNER, INTERNAL = Audience.PUBLIC, Audience.PARTNER, Audience.INTERNAL

LOCATED = ("sites", "events", "seizures", "alerts")

PLAIN = ("posts", "roads", "terrain", "networks")

OFFICE = ("custody", "photographs", "links", "stolen", "opinions")
"""Kinds that only the office sees."""

TOLD = tuple(kind for kind in RECORDS if kind not in OFFICE)
"""Kinds that others may be told of."""

OF_A_SITE = ("events", "alerts", "scenes", "routes", "assessments")
"""Kinds that speak of a site by its id."""

CEILING = {PUBLIC: Tlp.CLEAR, PARTNER: Tlp.GREEN, INTERNAL: Tlp.RED}

CELL_DEG = {
    (PUBLIC, Sensitivity.NONE): 0.01,
    (PUBLIC, Sensitivity.LOW): 0.01,
    (PUBLIC, Sensitivity.MEDIUM): 0.01,
    (PARTNER, Sensitivity.LOW): 0.001,
    (PARTNER, Sensitivity.MEDIUM): 0.01,
    (PARTNER, Sensitivity.HIGH): 0.1,
}
"""Cell by audience and sensitivity, where the place is generalised."""

WITHHELD = {
    (PUBLIC, Sensitivity.HIGH),
    (PUBLIC, Sensitivity.EXTREME),
    (PARTNER, Sensitivity.EXTREME),
}
"""Audience and sensitivity, where the row is not given at all."""

few_examples = settings(max_examples=12)
"""A frame takes some milliseconds to make, more on a busy machine."""

decimals = st.integers(-180_000, 179_999).map(lambda thousandths: thousandths / 1000)

lons = st.floats(-180, 179.99) | decimals

lats = st.floats(-90, 89.99) | decimals.map(lambda degrees: degrees / 2)

lonlats = st.tuples(lons, lats)


def a_record(kind: str, number: int = 1, **fields: object) -> Record:
    """A record of the kind with its required fields filled, CLEAR unless told otherwise."""
    required = {
        "sites": {"name": f"Tell {number}", "country": "Iraq"},
        "posts": {"name": f"Post {number}", "country": "Iraq", "kind": PostKind.LAND},
        "seizures": {"event_type": SeizureType.SEIZURE, "country": "Iraq"},
        "events": {"site_name": "Tell", "event_type": SiteEventType.LOOTING},
        "roads": {"from_node": "a", "to_node": "b", "mode": RoadMode.ROAD},
        "scenes": {
            "sensor": "simulated",
            "bands": ("B04", "B08"),
            "acquired_at": datetime(2015, 3, 7, 8, 0, tzinfo=UTC),
            "sha256": "0" * 64,
            "path": "scenes/a.tif",
        },
        "alerts": {},
        "terrain": {"sha256": "0" * 64, "path": "terrain/a.tif"},
        "networks": {"sha256": "0" * 64, "path": "roads/a.osm.pbf"},
        "routes": {
            "study_id": "RT-0123456789",
            "rank": number,
            "origin_name": "Nimrud",
            "exit_id": "IQ-SY-02",
            "exit_name": "Rabia",
            "mode": "vehicle",
        },
        "objects": {"seizure_id": "SZ001", "object_type": "seal"},
        "custody": {"seizure_id": "SZ001", "event_type": CustodyType.STORED},
        "photographs": {"seizure_id": "SZ001", "sha256": "0" * 64, "path": "originals/a"},
        "links": {"first_id": "SZ002", "second_id": "SZ001", "relation": LinkType.RETURN_OF},
        "stolen": {"object_type": "seal"},
        "opinions": {
            "alert_id": "CH-1",
            "reviewer": "Zainab Made-Up",
            "verdict": Verdict.UNSURE,
            "given_at": datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        },
        "assessments": {},
    }[kind]
    filled = {"id": f"X{number:03}", "marking": Tlp.CLEAR} | required | fields
    return RECORDS[kind](**filled)


def stored(kind: str, records: list[Record]) -> gpd.GeoDataFrame:
    """A frame as the store gives it: the record's columns and the store's own."""
    frame = frame_of_records(kind, records)
    return frame.assign(
        version=1,
        recorded_at=pd.Timestamp("2026-11-22", tz="UTC"),
        import_id="3fa85f64",
    )


def told(
    frame: gpd.GeoDataFrame,
    audience: Audience,
    *,
    kind: str,
    site_sensitivity: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """The frame for an audience, where sites are known by their sensitivity only."""
    sites = SiteIndex(sensitivity=site_sensitivity or {})
    return for_viewer(frame, viewer_for(audience), kind=kind, sites=sites)


def one(kind: str, audience: Audience, **fields: object) -> pd.Series:
    """The only row that the audience is given of a frame of one record."""
    sensitivities = fields.pop("site_sensitivity", None)
    frame = stored(kind, [a_record(kind, **fields)])
    shown = told(frame, audience, kind=kind, site_sensitivity=sensitivities)
    assert len(shown) == 1
    return shown.iloc[0]


geometries = (
    st.none()
    | st.tuples(lons, lats).map(Point)
    | st.tuples(st.floats(-170, 170), st.floats(-80, 80)).map(lambda xy: Point(xy).buffer(0.02))
)


@st.composite
def frames(draw: st.DrawFn, kinds: tuple[str, ...] = TOLD) -> tuple[str, gpd.GeoDataFrame]:
    """A kind and a frame of it: any marking, sensitivity, precision, place, and none of them."""
    kind = draw(st.sampled_from(kinds))
    records = []
    for number in range(draw(st.integers(0, 5))):
        fields: dict[str, object] = {
            "geometry": draw(geometries),
            "precision": draw(st.sampled_from(Precision)),
            "marking": draw(st.sampled_from(Tlp)),
            "simulated": draw(st.booleans()),
            "source": "a register",
            "note": "inner matter",
        }
        if kind == "sites":
            fields["sensitivity"] = draw(st.sampled_from(Sensitivity))
        if kind in OF_A_SITE:
            fields["site_id"] = draw(st.sampled_from(["", *(s.value for s in Sensitivity), "gone"]))
        records.append(a_record(kind, number, **fields))
    return kind, stored(kind, records)


SENSITIVITY_BY_SITE = {s.value: s.value for s in Sensitivity}
"""Sites named by their own sensitivity; a site called `gone` is not among them."""


def given_to(audience: Audience, kind: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame for the audience, with the sensitivities that `frames` draws from."""
    return told(frame, audience, kind=kind, site_sensitivity=SENSITIVITY_BY_SITE)


def numbers_of(kind: str, frame: gpd.GeoDataFrame) -> list[int]:
    """Numbers of the records; a route without a site has lost its id, but kept its rank."""
    if kind == "routes":
        return frame["rank"].tolist()
    return [int(name.removeprefix("X")) for name in frame["id"]]


def sensitivity_of(kind: str, row: pd.Series) -> Sensitivity:
    """What the frame drawn by `frames` says of a row, told in another way than the code does."""
    word = row["sensitivity"] if kind == "sites" else row.get("site_id", "none")
    return Sensitivity({"": "none", "gone": "1"}.get(word, word))
