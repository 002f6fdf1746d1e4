"""Studies of routes, exposure, checks and tests of the model, made by hand, for the tests."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point

from geo.frames import frame_of
from geo.model import Provenance, Tlp
from geo.pipeline.checks import CheckStudy
from geo.pipeline.exposure import ExposureStudy
from geo.pipeline.routes import RouteRequest, RouteStudy
from geo.pipeline.validation import ValidationStudy
from tests.map_frames import BAGHDAD, HATRA, MOSUL, NIMRUD, Text, plain

NAN = float("nan")

RABIA, IBRAHIM, QAIM, TREBIL, SAFWAN, TOWIN = (
    (42.076, 36.806), (42.5656, 37.1447), (40.976, 34.398), (39.0, 32.74), (47.7169, 30.1098),
    (41.367, 35.813),
)  # fmt: skip

PROVENANCE = Provenance(
    method="routes 1",
    inputs={"roads": "a" * 64},
    parameters={"seed": 1},
    versions={"numpy": "2"},
)


def exits(text: Text = plain) -> gpd.GeoDataFrame:
    """Five reached, one closed, one without a road, one without a place."""
    shares = [0.46, 0.27, 0.14, 0.08, 0.004, 0.0, NAN, NAN]
    return gpd.GeoDataFrame(
        {
            "id": ["IQ-SY-01", "IQ-TR-01", "IQ-SY-02", "IQ-JO-01", "IQ-KW-01", "IQ-SY-08",
                   "IQ-IR-X", "IQ-IR-02"],
            "name": [text("name"), "Ibrahim Khalil", "Al-Qaim (Husaybah)", "Trebil", "Safwan",
                     "Tawsin", "معبر بلا طريق", "Al-Shib (Al-Sheeb)"],
            "kind": ["land", "land", "land", "land", "land", "informal", "informal", "land"],
            "country": [text("country")] + ["Iraq"] * 7,
            "facing_country": [text("facing_country"), "Turkey", "Syria", "Jordan", "Kuwait",
                               "Syria", "Iran", "Iran"],
            "share": shares,
            "share_low": [0.3, 0.12, 0.05, 0.01, 0.0, 0.0, NAN, NAN],
            "share_high": [0.61, 0.44, 0.22, 0.19, 0.02, 0.0, NAN, NAN],
            "time_h": [2.4, 2.9, 6.1, 9.8, 13.0, NAN, NAN, NAN],
            "time_h_low": [1.8, 2.1, 4.4, 7.2, 10.0, NAN, NAN, NAN],
            "time_h_high": [3.9, 4.6, 9.0, 14.0, 50.0, NAN, NAN, NAN],
            "reachable": [True, True, True, True, True, True, False, False],
            "why": ["", "", "", "", "", "", text("why"), "its place is not known"],
            "closed": [False] * 5 + [True, False, False],
        },
        geometry=[Point(RABIA), Point(IBRAHIM), Point(QAIM), Point(TREBIL), Point(SAFWAN),
                  Point(TOWIN), Point(45.6, 35.9), None],
        crs=4326,
    )  # fmt: skip


def routes(text: Text = plain, *, simulated: bool = False) -> gpd.GeoDataFrame:
    """Four ranked routes from Nimrud, the first and the third schematic."""
    lines = [
        LineString([NIMRUD, MOSUL, (42.6, 36.5), RABIA]),
        LineString([NIMRUD, MOSUL, (42.9, 36.8), IBRAHIM]),
        LineString([NIMRUD, HATRA, (41.9, 35.2), QAIM]),
        LineString([NIMRUD, HATRA, BAGHDAD, (42.0, 33.2), TREBIL]),
    ]
    return frame_of(
        "routes",
        {
            "id": ["RT-0123456789-1", "RT-0123456789-2", "RT-0123456789-3", "RT-0123456789-4"],
            "geometry": lines,
            "precision": ["vicinity"] * 4,
            "study_id": ["RT-0123456789"] * 4,
            "rank": [1, 2, 3, 4],
            "origin_name": [text("origin_name")] * 4,
            "exit_id": ["IQ-SY-01", "IQ-TR-01", "IQ-SY-02", "IQ-JO-01"],
            "exit_name": [text("exit_name"), "Ibrahim Khalil", "Al-Qaim (Husaybah)", "Trebil"],
            "mode": ["vehicle"] * 4,
            "share": [0.39, 0.25, 0.12, 0.07],
            "share_low": [0.2, 0.1, 0.04, 0.0],
            "share_high": [0.55, 0.4, 0.2, 0.17],
            "time_h": [2.4, 2.9, 6.1, 9.8],
            "time_h_low": [1.8, 2.1, 4.4, 7.2],
            "time_h_high": [3.9, 4.6, 9.0, 52.0],
            "length_km": [171.0, 190.0, 402.0, 701.0],
            "passes": [text("passes"), "Mosul; Zakho", "الحضر", "Ar Rutbah; Ramadi; Falluja"],
            "schematic": [True, False, True, False],
            "simulated": [simulated] * 4,
        },
    )


def corridors(text: Text = plain) -> gpd.GeoDataFrame:
    """A schematic trunk, two alike pieces of one road, open ground, and a street without a name."""
    return gpd.GeoDataFrame(
        {
            "link_id": [11, 12, 13, 14, 15],
            "way_id": ["RL001", "RL002", "RL002", "", text("way_id")],
            "road_class": ["motorway", "trunk", "trunk", "offroad", text("road_class")],
            "name": [text("name"), "", "", "", ""],
            "ref": ["1", text("ref"), text("ref"), "", ""],
            "schematic": [True, False, False, False, False],
            "length_m": [38_000.0, 42_000.0, 30_500.0, 800.0, 1_200.0],
            "share": [0.73, 0.46, 0.461, 0.02, 0.27],
            "share_low": [0.70, 0.30, 0.30, 0.0, 0.1],
            "share_high": [0.76, 0.58, 0.58, 0.6, 0.44],
            "share_random": [0.7, 0.5, 0.5, 0.001, 0.3],
        },
        geometry=[
            LineString([NIMRUD, MOSUL]),
            LineString([MOSUL, (42.6, 36.5)]),
            LineString([(42.6, 36.5), RABIA]),
            LineString([NIMRUD, HATRA]),
            LineString([MOSUL, (42.9, 36.8), IBRAHIM]),
        ],
        crs=4326,
    )


def route_study(
    text: Text = plain, *, request: RouteRequest | None = None, simulated: bool = False
) -> RouteStudy:
    """From Nimrud to eight posts of Iraq."""
    return RouteStudy(
        id="RT-0123456789",
        request=request or RouteRequest(site_id="PL874621"),
        origin_name=text("origin"),
        origin_lonlat=NIMRUD,
        country="Iraq",
        routes=routes(text, simulated=simulated),
        corridors=corridors(text),
        exits=exits(text),
        exit_share_by_set=np.tile(exits(text)["share"].to_numpy(), (2, 1)),
        remarks=(text("remark"), "Roads are schematic links between towns, not their courses."),
        marking=Tlp.AMBER,
        simulated=simulated,
        schematic=True,
        provenance=PROVENANCE,
    )


def nothing_found() -> RouteStudy:
    """A study whose posts cannot be reached."""
    whole = route_study()
    shares = ["share", "share_low", "share_high", "time_h", "time_h_low", "time_h_high"]
    none = whole.exits.assign(reachable=False, why="no road within 30 km", closed=False)
    none[shares] = np.nan
    return dataclasses.replace(
        whole, routes=whole.routes.head(0), corridors=whole.corridors.head(0), exits=none
    )


def changes(text: Text = plain) -> gpd.GeoDataFrame:
    """Shares before and after the first post was closed."""
    frame = exits(text)
    after = np.array([0.0, 0.51, 0.30, 0.15, 0.01, 0.0, NAN, NAN])
    change = after - frame["share"].to_numpy()
    return frame.assign(
        share_before=frame["share"],
        share_after=after,
        change=change,
        change_low=change - 0.06,
        change_high=change + 0.08,
    )


def exposure_study(text: Text = plain, *, simulated: bool = False) -> ExposureStudy:
    """Five ranked posts and two unknown ones."""
    frame = exits(text)
    unknown = frame["share"].isna().to_numpy() | frame["closed"].to_numpy()
    ranks = pd.array([1, 2, 3, 4, 5, None, None, None], dtype="Int64")
    posts = frame[["id", "name", "kind", "country", "facing_country", "geometry"]].assign(
        rank=ranks,
        share=frame["share"].mask(unknown),
        share_low=frame["share_low"].mask(unknown),
        share_high=frame["share_high"].mask(unknown),
        probability_top=[0.99, 0.9, 0.71, 0.5, 0.04, NAN, NAN, NAN],
        data_share=[0.12, 0.07, 0.02, 0.0, 0.0, NAN, NAN, NAN],
        evidence=pd.array([9, 4, 1, 0, 0, 0, 0, 0], dtype="Int64"),
        unknown=unknown,
        why=np.where(unknown, text("why"), ""),
    )
    return ExposureStudy(
        id="EX-0123456789",
        posts=posts,
        top=5,
        data_share=0.08,
        used=14,
        unused=104,
        remarks=(text("remark"),),
        marking=Tlp.CLEAR,
        simulated=simulated,
        provenance=PROVENANCE,
    )


def check_study(text: Text = plain, *, simulated: bool = False) -> CheckStudy:
    """Three checks, one on a road."""
    checks = gpd.GeoDataFrame(
        {
            "rank": [1, 2, 3],
            "kind": ["post", "road", "post"],
            "id": ["IQ-SY-01", text("id"), "IQ-TR-01"],
            "name": [text("name"), "طريق الموصل", "Ibrahim Khalil"],
            "country": ["Iraq"] * 3,
            "catch_before": [0.31, 0.5, 0.58],
            "catch_after": [0.18, 0.3, 0.36],
        },
        geometry=[Point(RABIA), Point(MOSUL), Point(IBRAHIM)],
        crs=4326,
    )
    return CheckStudy(
        id="CK-0123456789",
        checks=checks,
        gap=0.004,
        catch_by_round=((0.58, 0.36), (0.51, 0.39)),
        remarks=(text("remark"),),
        marking=Tlp.CLEAR,
        simulated=simulated,
        provenance=PROVENANCE,
    )


def validation_study(text: Text = plain) -> ValidationStudy:
    """One test of each verdict."""
    rows = pd.DataFrame(
        {
            "test": [text("test"), "Seizures held back, by post", "Planted smugglers"],
            "measure": [text("measure"), "Rank correlation", "Rank correlation"],
            "lamassu": [0.31, NAN, 0.84],
            "low": [0.02, NAN, 0.71],
            "high": [0.55, NAN, 0.93],
            "nearest post": [0.28, NAN, 0.5],
            "straight line": [0.33, NAN, 0.41],
            "past counts": [0.4, NAN, 0.62],
            "uniform": [0.0, NAN, 0.0],
            "verdict": ["failed", "not testable", "passed"],
            "why": [text("why"), "only 3 seizures name a post", ""],
        }
    )
    return ValidationStudy(
        rows=rows, passed=False, remarks=(text("remark"),), provenance=PROVENANCE
    )
