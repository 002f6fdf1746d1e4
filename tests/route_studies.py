"""Studies of routes from Nimrud, made by hand, for tests of pages and of what they give away."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
from shapely.geometry import LineString

from geo.frames import frame_of
from geo.model import Provenance, Tlp
from geo.pipeline.routes import RouteRequest, RouteStudy
from geo.store import Store

NIMRUD_ID = "PL894019"
NIMRUD = (43.331535, 36.099975)
"""As the embedded gazetteer has it."""

TURN = (43.3, 36.15)
"""Where the way from Nimrud meets the road."""

MOSUL, ERBIL, KIRKUK, BAIJI, BAGHDAD, RAMADI, RUTBA = (
    (43.13, 36.335), (44.009, 36.191), (44.392, 35.468), (43.493, 34.929), (44.391, 33.339),
    (43.300, 33.420), (40.284, 33.038),
)  # fmt: skip
RABIA, IBRAHIM_KHALIL, HAJ_OMRAN, QAIM, TREBIL, SAFWAN = (
    (42.076, 36.806), (42.565556, 37.144722), (45.046, 36.675), (40.976, 34.398), (39.0, 32.74),
    (47.716882, 30.109842),
)  # fmt: skip

WAYS: tuple[tuple[str, str, tuple[tuple[float, float], ...]], ...] = (
    ("IQ-SY-01", "Rabia (Al-Yarubiyah)", (TURN, MOSUL, (42.45, 36.37), (42.2, 36.6), RABIA)),
    ("IQ-TR-01", "Ibrahim Khalil", (TURN, MOSUL, (42.99, 36.86), (42.69, 37.14), IBRAHIM_KHALIL)),
    ("IQ-IR-09", "Haji Omeran", (TURN, ERBIL, (44.54, 36.63), HAJ_OMRAN)),
    ("IQ-SY-01", "Rabia (Al-Yarubiyah)", (TURN, MOSUL, (42.75, 36.75), (42.4, 36.82), RABIA)),
    ("IQ-SY-02", "Al-Qaim (Husaybah)", (TURN, (43.26, 35.46), BAIJI, (42.36, 34.13), QAIM)),
    ("IQ-JO-01", "Trebil", (TURN, (43.26, 35.46), BAIJI, BAGHDAD, RAMADI, RUTBA, TREBIL)),
    ("IQ-KW-01", "Safwan", (TURN, KIRKUK, BAGHDAD, (45.8, 32.5), (47.1, 30.9), SAFWAN)),
    ("IQ-TR-01", "Ibrahim Khalil", (TURN, ERBIL, (43.9, 36.75), (42.99, 36.86), IBRAHIM_KHALIL)),
)  # fmt: skip
"""Exit, its name, and the way to it of eight routes by rank."""

SHARES = (0.31, 0.22, 0.13, 0.09, 0.08, 0.06, 0.04, 0.03)
BANDS = ((0.26, 0.35), (0.09, 0.37), (0.02, 0.44), (0.05, 0.14), (0.01, 0.2), (0.0, 0.15),
         (0.0, 0.09), (0.0, 0.4))  # fmt: skip


def routes(
    *,
    start: tuple[float, float] = NIMRUD,
    origin_name: str = "Nimrud",
    site_id: str = NIMRUD_ID,
    study_id: str = "RT-0123456789",
    count: int = len(WAYS),
    schematic: Sequence[bool] | None = None,
    exit_names: Sequence[str] | None = None,
    marking: Tlp = Tlp.CLEAR,
    simulated: bool = False,
) -> gpd.GeoDataFrame:
    """The first `count` of `WAYS` from a place, columns of the kind ``routes``."""
    chosen = WAYS[:count]
    lines = [LineString([start, *way]) for _, _, way in chosen]
    lengths_km = [round(111.0 * line.length, 1) for line in lines]
    straight = [True] * count if schematic is None else list(schematic[:count])
    names = exit_names or [name for _, name, _ in chosen]
    return frame_of(
        "routes",
        {
            "id": [f"{study_id}-{rank:02d}" for rank in range(1, count + 1)],
            "geometry": lines,
            "precision": ["town"] * count,
            "source": ["Lamassu route model: a hypothesis, no observation"] * count,
            "marking": [marking.value] * count,
            "simulated": [simulated] * count,
            "study_id": [study_id] * count,
            "rank": list(range(1, count + 1)),
            "origin_name": [origin_name] * count,
            "site_id": [site_id] * count,
            "exit_id": [exit_id for exit_id, _, _ in chosen],
            "exit_name": list(names[:count]),
            "mode": ["vehicle"] * count,
            "share": list(SHARES[:count]),
            "share_low": [low for low, _ in BANDS[:count]],
            "share_high": [high for _, high in BANDS[:count]],
            "time_h": [round(km / 61, 3) for km in lengths_km],
            "time_h_low": [round(km / 83, 3) for km in lengths_km],
            "time_h_high": [round(km / 29, 3) for km in lengths_km],
            "length_km": lengths_km,
            "passes": ["Mosul; a village beside the mound"] * count,
            "schematic": straight,
            "provenance": [provenance_text()] * count,
        },
    )


def provenance() -> Provenance:
    """What such a study was made from."""
    return Provenance(
        method="routes 1",
        inputs={"modes": "a" * 64, "links": "b" * 64, "posts": "c" * 64, "origin": "d" * 64},
        parameters={
            "request": dataclasses.asdict(RouteRequest(site_id=NIMRUD_ID)), "pull_log_sd": 0.7,
        },
        versions={"lamassu": "0.3.0", "numpy": "2"},
    )  # fmt: skip


def provenance_text() -> str:
    """The same as a record holds it."""
    return json.dumps(dataclasses.asdict(provenance()))


def exits(store: Store, found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The posts of Iraq: those of the routes with their shares, one closed, the others unknown."""
    posts = store.read("posts")
    posts = posts[posts["country"] == "Iraq"].sort_values("id")
    posts = gpd.GeoDataFrame(posts[["id", "name", "kind", "country", "facing_country", "geometry"]])
    shares = found.groupby("exit_id")[["share", "share_low", "share_high"]].sum()
    times = found.groupby("exit_id")[["time_h", "time_h_low", "time_h_high"]].first()
    table = posts.join(shares, on="id").join(times, on="id")
    reached = table["share"].notna()
    closed = table["id"] == "IQ-SY-04"
    nowhere = np.where(table.geometry.isna(), "its place is not known", "no road within 60 km")
    return table.assign(
        reachable=reached,
        closed=closed,
        why=np.where(reached, "", np.where(closed, "closed in this study", nowhere)),
    ).reset_index(drop=True)


def study(store: Store, **options: object) -> RouteStudy:
    """A study of eight routes from Nimrud to six posts; options as `routes` takes them."""
    found = routes(**options)
    posts = exits(store, found)
    return RouteStudy(
        id=str(options.get("study_id", "RT-0123456789")),
        request=RouteRequest(site_id=NIMRUD_ID, closed_posts=("IQ-SY-04",)),
        origin_name=str(options.get("origin_name", "Nimrud")),
        origin_lonlat=options.get("start", NIMRUD),
        country="Iraq",
        routes=found,
        corridors=gpd.GeoDataFrame({"link_id": []}, geometry=[], crs=4326),
        exits=posts,
        exit_share_by_set=np.tile(posts["share"].to_numpy(dtype=float), (20, 1)),
        remarks=(
            "These are ranked hypotheses, not observed routes. A share says how many of the "
            "plausible ways go there; it is no probability that anything was smuggled.",
            "Roads are SCHEMATIC: cited main links between named places, drawn straight.",
        ),
        marking=Tlp(options.get("marking", Tlp.CLEAR)),
        simulated=bool(options.get("simulated", False)),
        schematic=True,
        provenance=provenance(),
    )


def drawn_place(store: Store, lonlat: tuple[float, float], **options: object) -> RouteStudy:
    """The same from a place drawn on the map, named by its coordinates as the pipeline does."""
    lon, lat = lonlat
    made = study(
        store, start=lonlat, site_id="", origin_name=f"a place at {lat:.3f} N, {lon:.3f} E",
        **options,
    )  # fmt: skip
    return dataclasses.replace(made, request=RouteRequest(lonlat=lonlat))


def nothing_found(store: Store) -> RouteStudy:
    """A study that reaches no post."""
    made = study(store)
    numbers = ["share", "share_low", "share_high", "time_h", "time_h_low", "time_h_high"]
    none = made.exits.assign(reachable=False, closed=False, why="no road within 60 km")
    none[numbers] = np.nan
    return dataclasses.replace(made, routes=made.routes.iloc[:0], exits=none)
