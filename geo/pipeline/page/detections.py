"""What a printed page says of flagged change: a detection just run, or flags that were kept."""

from __future__ import annotations

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point
from shapely.geometry.base import BaseGeometry

from geo.access import viewer_for
from geo.disclosure import cell_of, composite_marking, imagery_allowed
from geo.errors import NotFound
from geo.grid import geodesic_distance_m
from geo.model import Audience, Sensitivity, Tlp, strictest
from geo.pipeline.change import Change
from geo.pipeline.page.parts import (
    KINDS,
    MAP_HEIGHT_TO_WIDTH,
    Subject,
    assembled,
    nearby,
    place_told,
    require_told,
    site_told,
    unrecorded,
)
from geo.pipeline.shown import records_of, redacted
from geo.query import Query, select
from geo.snapshot import Snapshot
from geo.store import Store

PUBLIC_CELL_DEG = 0.01
"""Width of the cell in whose middle a page outside the office is centred."""


def snapshot_of_change(
    store: Store,
    change: Change,
    *,
    site: pd.Series | None,
    audience: Audience,
    query: Query,
    now: datetime,
) -> Snapshot:
    """The page of a detection that has just been run, with its later picture if it may be shown.

    Raises
    ------
    NotFound
        If `audience` may not be told of the detection or of its site.
    """
    require_told(change.id, change.marking, audience, made_from="pictures")
    told = None if site is None else site_told(store, site, audience)
    flags = redacted(store, unrecorded(change.flags), audience, kind="alerts")
    site_id = "" if site is None else str(site["id"])
    centre, cell_deg = place_told(store, _ground(change), audience, site_id=site_id)
    about = _of_flags(
        flags, change, site=told, audience=audience, centre=None if cell_deg is None else centre
    )
    frames = records_of(store, KINDS, audience)
    shown = {kind: select(frame, query) for kind, frame in frames.items()}
    shown = nearby({**shown, "alerts": flags}, about)
    sensitivity = Sensitivity.NONE if told is None else Sensitivity(told["sensitivity"])
    visible = imagery_allowed(viewer_for(audience), sensitivity) and cell_deg is None
    return assembled(
        store,
        about,
        shown,
        audience=audience,
        query=query,
        now=now,
        picture=change.after if visible else None,
        picture_label=_picture_label(change) if visible else "",
        picture_simulated=visible and change.after_source.simulated,
        method=_method_of(change, audience),
    )


def page_of_flags(
    store: Store,
    alerts: gpd.GeoDataFrame,
    detection_id: str,
    audience: Audience,
    query: Query,
) -> tuple[Subject, gpd.GeoDataFrame]:
    """The page of a detection whose flags were kept, and the flags on its map.

    Outside the office ids are numbers: the detection is looked up before its flags are redacted,
    and no other flags are shown.
    """
    if audience is not Audience.INTERNAL:
        held = store.read("alerts")
        held = held[held["detection_id"] == detection_id]
        alerts = select(redacted(store, held, audience, kind="alerts"), query)
        flags = alerts
    else:
        flags = alerts[alerts["detection_id"] == detection_id]
    if not len(flags):
        raise NotFound(
            f"no flags of {detection_id} can be shown",
            expected="a detection whose flags are in the store and that this page may tell of",
            remedy="run it again and keep its flags, or choose another audience",
        )
    west, south, east, north = flags.total_bounds
    centre = (west + east) / 2, (south + north) / 2
    run = f", {detection_id}" if audience is Audience.INTERNAL else ""
    about = Subject(
        title=f"Flagged change{run}",
        title_ar="",
        subtitle=f"{len(flags)} flagged areas",
        centre_lonlat=centre,
        half_width_m=max(1500.0, geodesic_distance_m((west, south), (east, north))),
        focus=("alerts", str(flags["id"].iloc[0])),
        facts=tuple((row["id"], _flag_words(row)) for _, row in flags.head(12).iterrows()),
        marking=composite_marking([flags]),
        simulated=bool(flags["simulated"].any()),
    )
    return about, alerts


def _of_flags(
    flags: gpd.GeoDataFrame,
    change: Change,
    *,
    site: pd.Series | None,
    audience: Audience,
    centre: tuple[float, float] | None,
) -> Subject:
    """The page of a detection that has just been run, of a `site` as it may be told.

    `centre` is the middle of the cell in which the ground may be told, if it may not be told as it
    is.
    """
    exact = audience is Audience.INTERNAL
    days = [
        source.taken_on.isoformat() if source.taken_on else "date unknown"
        for source in (change.before_source, change.after_source)
    ]
    name = "an area" if site is None else str(site["name"])
    if site is not None and site["geometry"] is not None:
        point = site["geometry"].representative_point()
        centre = (point.x, point.y)
    if centre is None:
        centre = _middle(flags, change, exact=exact)
    return Subject(
        title=f"Flagged change near {name}",
        title_ar="" if site is None else str(site["name_ar"]),
        subtitle=" \u00b7 ".join(
            [f"{days[0]} compared with {days[1]}", *([change.id] if exact else [])]
        ),
        centre_lonlat=centre,
        half_width_m=_reach_m(change, exact=exact),
        focus=None if site is None else ("sites", str(site["id"])),
        facts=(
            ("Flagged areas", f"{len(flags):,}"),
            ("Area flagged", f"{flags['area_m2'].sum() / 1e4:,.1f} ha"),
            ("Earlier picture", f"{days[0]} {change.before_source.sensor}"),
            ("Later picture", f"{days[1]} {change.after_source.sensor}"),
            *((f"Flag {number}", _flag_words(row))
              for number, (_, row) in enumerate(flags.head(6).iterrows(), start=1)),
        ),
        marking=strictest([change.marking, *([] if site is None else [Tlp(site["marking"])])]),
        simulated=change.simulated,
    )  # fmt: skip


def _ground(change: Change) -> BaseGeometry:
    """What was asked for, or the whole picture."""
    if change.area_lonlat is not None:
        return change.area_lonlat
    return Point(change.detection.grid.centre_lonlat)


def _middle(flags: gpd.GeoDataFrame, change: Change, *, exact: bool) -> tuple[float, float]:
    """The middle of the flags, or of the picture; of the cell around it outside the office."""
    lonlat = change.detection.grid.centre_lonlat
    if len(flags):
        west, south, east, north = flags.total_bounds
        lonlat = (west + east) / 2, (south + north) / 2
    if exact:
        return lonlat
    west, south, east, north = cell_of(lonlat, PUBLIC_CELL_DEG)
    return (west + east) / 2, (south + north) / 2


def _reach_m(change: Change, *, exact: bool) -> float:
    """Half the ground that a change page shows: the area asked for, coarser outside the office."""
    if change.area_lonlat is None:
        rows, cols = change.detection.grid.shape
        width_m, height_m = change.detection.grid.cell_m
        reach = 0.5 * max(cols * width_m, rows * height_m)
    else:
        west, south, east, north = change.area_lonlat.bounds
        reach = 0.5 * max(
            geodesic_distance_m((west, south), (east, south)),
            geodesic_distance_m((west, south), (west, north)),
        )
    if exact:
        return max(reach / MAP_HEIGHT_TO_WIDTH, 1_200.0)
    return max(8_000.0, 1_000.0 * float(np.ceil(reach / MAP_HEIGHT_TO_WIDTH / 1_000.0)))


def _flag_words(row: pd.Series) -> str:
    """Area, distance and score of a flag, as far as they may be told."""
    told = [f"{row['area_m2'] / 1e4:.2f} ha", f"score {row['score']:.2f}"]
    if "distance_m" in row and not pd.isna(row["distance_m"]):
        told.insert(1, f"{row['distance_m']:,.0f} m from the site")
    return ", ".join(told)


def _picture_label(change: Change) -> str:
    """Date and sensor of the later picture."""
    source = change.after_source
    day = source.taken_on.isoformat() if source.taken_on else "date unknown"
    return f"{'SIMULATED ' if source.simulated else ''}{day} {source.sensor}".strip()


def _method_of(change: Change, audience: Audience) -> tuple[str, ...]:
    """The detector in words, with what it found on its way; the id of a run is the office's own."""
    run = f"Run {change.id}" if audience is Audience.INTERNAL else "Run"
    findings = change.detection.findings
    told = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in findings.items()
        if isinstance(value, int | float | str) and value != ""
    )
    return (
        f"Bitemporal change detection, {change.provenance.method}; a score ranks and is no "
        "probability; flags are unverified until an analyst has judged them.",
        f"{run}: {told}.",
    )
