"""What a printed page says: records and findings gathered for one subject and one audience."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.disclosure import cell_of, composite_marking, for_audience, imagery_allowed
from geo.errors import NotFound
from geo.grid import geodesic_distance_m
from geo.model import Audience, Sensitivity, Tlp, strictest
from geo.pipeline.change import Change
from geo.pipeline.page.parts import (
    CAVEATS,
    MAP_HEIGHT_TO_WIDTH,
    Subject,
    assembled,
    nearby,
    position,
    require_told,
    unrecorded,
)
from geo.pipeline.page.route_words import ROUTE_CAVEATS
from geo.pipeline.page.routes import routes_of_site, snapshot_of_kept, snapshot_of_routes
from geo.pipeline.shown import find_site, records
from geo.query import Query, select
from geo.snapshot import Snapshot
from geo.store import Briefing, Store

__all__ = ["CAVEATS", "keep", "snapshot_of", "snapshot_of_change", "snapshot_of_routes"]

KINDS = ("roads", "sites", "posts", "events", "seizures", "alerts")
"""Kinds that a page shows, from the lowest to the highest."""

REGION = "region"
REGION_LONLAT, REGION_HALF_WIDTH_M = (43.2, 33.6), 720_000.0

SITE_HALF_WIDTH_M = 60_000.0
"""Half the ground that a site's page shows: the next towns and posts are on it."""

PUBLIC_CELL_DEG = 0.01
"""Width of the cell in whose middle a page outside the office is centred."""


def snapshot_of(
    store: Store,
    subject: str,
    *,
    audience: Audience,
    query: Query,
    now: datetime,
    with_routes: bool = False,
) -> Snapshot:
    """The page of a site (id or name), a kept detection or study of routes, or the ``region``.

    Everything on it went through `geo.disclosure` for `audience` and then through `query`. A
    detection and a study are named by their ids. The page of a site shows routes that were kept of
    it only if it is asked to, `with_routes`.

    Raises
    ------
    NotFound
        If nothing answers to `subject`, or `audience` may not know of it.
    """
    if subject.startswith("RT-"):
        return snapshot_of_kept(store, subject, audience=audience, query=query, now=now)
    frames = {kind: records(store, kind, audience) for kind in KINDS}
    shown = {kind: select(frame, query) for kind, frame in frames.items()}
    if subject.casefold() == REGION:
        about = _region(shown)
    elif subject.startswith("CH-"):
        about = _detection(shown["alerts"], subject)
    else:
        # A filter on the map must not lose the page's own site, unless it is invented.
        sites = select(frames["sites"], Query(include_simulated=query.include_simulated))
        site = find_site(sites, subject)
        about = _site(site, shown)
        if with_routes:
            shown["routes"] = routes_of_site(store, str(site["id"]), audience, query)
    if about.focus is not None:
        shown = nearby(shown, about)
    caveats = (*ROUTE_CAVEATS, *CAVEATS) if "routes" in shown else CAVEATS
    return assembled(store, about, shown, audience=audience, query=query, now=now, caveats=caveats)


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
    sensitivity = Sensitivity.NONE if site is None else Sensitivity(site["sensitivity"])
    known = {} if site is None else {str(site["id"]): str(site["sensitivity"])}
    require_told(change.id, change.marking, audience, made_from="pictures")
    kept = unrecorded(change.flags)
    flags = for_audience(kept, audience, kind="alerts", site_sensitivity=known)
    about = _of_flags(flags, change, site=site, audience=audience)
    frames = {kind: records(store, kind, audience) for kind in KINDS}
    shown = {kind: select(frame, query) for kind, frame in frames.items()}
    shown = nearby({**shown, "alerts": flags}, about)
    visible = imagery_allowed(audience, sensitivity)
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
        method=_method_of(change),
    )


def keep(store: Store, snapshot: Snapshot, content: bytes) -> None:
    """Remember a page that leaves the house, so that its id can be traced."""
    store.keep_briefing(
        Briefing(
            briefing_id=snapshot.page_id,
            sha256=hashlib.sha256(content).hexdigest(),
            created_at=snapshot.produced_at,
            audience=snapshot.audience.value,
            subject=snapshot.title,
            parameters=json.dumps(
                {
                    "content_sha256": snapshot.content_sha256,
                    "filters": snapshot.filters,
                    "cut_off": snapshot.cut_off.isoformat(),
                    "marking": snapshot.marking.value,
                    "records": {kind: len(frame) for kind, frame in snapshot.frames.items()},
                    "version": snapshot.version,
                },
                ensure_ascii=False,
            ),
        )
    )


def _region(frames: Mapping[str, gpd.GeoDataFrame]) -> Subject:
    """The page of the whole region."""
    seizures = frames["seizures"]
    return Subject(
        title="Iraq, Syria and their neighbours",
        title_ar="",
        subtitle="Archaeological sites, border posts, seizures and site events",
        centre_lonlat=REGION_LONLAT,
        half_width_m=REGION_HALF_WIDTH_M,
        focus=None,
        facts=(
            ("Sites in the gazetteer", f"{len(frames['sites']):,}"),
            ("Border posts", f"{len(frames['posts']):,}"),
            ("Seizures and returns", f"{len(seizures):,} records in {_cases(seizures):,} cases"),
            ("Looting and other site events", f"{len(frames['events']):,}"),
        ),
    )


def _site(site: pd.Series, frames: Mapping[str, gpd.GeoDataFrame]) -> Subject:
    """The page of one site."""
    if site["geometry"] is None or site["geometry"].is_empty:
        raise NotFound(
            f"the place of {site['id']} {site['name']} is not known",
            expected="a site with a point",
        )
    point = site["geometry"].representative_point()
    here = frames["events"][frames["events"]["site_id"] == site["id"]].sort_values("date_from")
    nearest = _nearest_post((point.x, point.y), frames["posts"])
    told = [
        site,
        *(event for _, event in here.iterrows()),
        *([nearest] if nearest is not None else []),
    ]
    facts = [
        ("Country", site["country"]),
        ("Period", site["period"]),
        ("Designation", site["designation"]),
        ("Position", position(site)),
        *((_when(event), _event_words(event)) for _, event in here.iterrows()),
    ]
    if nearest is not None:
        facts.append(
            ("Nearest post, straight line",
             _post_words(nearest, (point.x, point.y), coarse=bool(site["generalised"])))
        )  # fmt: skip
    facts += [("Kind", site["kind"]), ("Other names", site["alt_names"].replace("|", ", "))]
    subtitle = [site["kind"].capitalize(), site["country"], site["id"]]
    return Subject(
        title=site["name"],
        title_ar=site["name_ar"],
        subtitle=" \u00b7 ".join(text for text in subtitle if text),
        centre_lonlat=(point.x, point.y),
        half_width_m=SITE_HALF_WIDTH_M,
        focus=("sites", site["id"]),
        facts=tuple((label, str(value)) for label, value in facts if value),
        sources=tuple(f"{row['id']}: {row['source']} {row['source_url']}" for row in told),
        marking=strictest([Tlp(row["marking"]) for row in told]),
        simulated=any(bool(row["simulated"]) for row in told),
    )


def _detection(alerts: gpd.GeoDataFrame, detection_id: str) -> Subject:
    """The page of a detection whose flags were kept."""
    flags = alerts[alerts["detection_id"] == detection_id]
    if not len(flags):
        raise NotFound(
            f"no flags of {detection_id} can be shown",
            expected="a detection whose flags are in the store and that this page may tell of",
            remedy="run it again and keep its flags, or choose another audience",
        )
    west, south, east, north = flags.total_bounds
    centre = (west + east) / 2, (south + north) / 2
    return Subject(
        title=f"Flagged change, {detection_id}",
        title_ar="",
        subtitle=f"{len(flags)} flagged areas",
        centre_lonlat=centre,
        half_width_m=max(1500.0, geodesic_distance_m((west, south), (east, north))),
        focus=("alerts", str(flags["id"].iloc[0])),
        facts=tuple((row["id"], _flag_words(row)) for _, row in flags.head(12).iterrows()),
        marking=composite_marking([flags]),
        simulated=bool(flags["simulated"].any()),
    )


def _of_flags(
    flags: gpd.GeoDataFrame, change: Change, *, site: pd.Series | None, audience: Audience
) -> Subject:
    """The page of a detection that has just been run."""
    days = [
        source.taken_on.isoformat() if source.taken_on else "date unknown"
        for source in (change.before_source, change.after_source)
    ]
    name = "an area" if site is None else str(site["name"])
    if len(flags):
        west, south, east, north = flags.total_bounds
        centre = (west + east) / 2, (south + north) / 2
    else:
        centre = change.detection.grid.centre_lonlat
    if audience is not Audience.INTERNAL:
        west, south, east, north = cell_of(centre, PUBLIC_CELL_DEG)
        centre = (west + east) / 2, (south + north) / 2
    if site is not None:
        place = for_audience(
            gpd.GeoDataFrame(site.to_frame().T, geometry="geometry", crs="EPSG:4326"),
            audience,
            kind="sites",
        )
        if not len(place):
            raise NotFound(
                f"the {audience.value} audience may not be told of this site",
                remedy="choose another audience",
            )
        point = place.geometry.iloc[0].representative_point()
        centre = (point.x, point.y)
    exact = audience is Audience.INTERNAL
    return Subject(
        title=f"Flagged change near {name}",
        title_ar="" if site is None else str(site["name_ar"]),
        subtitle=f"{days[0]} compared with {days[1]} \u00b7 {change.id}",
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
    return max(reach / MAP_HEIGHT_TO_WIDTH, 1_200.0 if exact else 8_000.0)


def _cases(seizures: gpd.GeoDataFrame) -> int:
    """How many cases the records belong to: a seizure and its return are one."""
    return int(seizures["case_key"].where(seizures["case_key"] != "", seizures["id"]).nunique())


def _when(event: pd.Series) -> str:
    """The day or days of an event."""
    days = [f"{day:%Y-%m-%d}" for day in (event["date_from"], event["date_to"]) if not pd.isna(day)]
    return " to ".join(dict.fromkeys(days)) or "Date unknown"


def _event_words(event: pd.Series) -> str:
    """What happened, with its id, class of source and grade first: a long text may be cut."""
    kind = event["event_type"].capitalize()
    graded = f"{event['id']}, class {event['source_class'] or '?'}, {event['grade']}"
    return f"{kind} [{graded}]: {event['description']}"


def _nearest_post(lonlat: tuple[float, float], posts: gpd.GeoDataFrame) -> pd.Series | None:
    """The border post nearest on the map, in a straight line; None if no place of one is known."""
    placed = posts[posts.geometry.notna() & ~posts.geometry.is_empty]
    if not len(placed):
        return None
    points = placed.geometry.representative_point()
    lengths = [geodesic_distance_m(lonlat, (x, y)) for x, y in zip(points.x, points.y, strict=True)]
    nearest = placed.iloc[int(np.argmin(lengths))]
    assert isinstance(nearest, pd.Series)
    return nearest


def _post_words(post: pd.Series, lonlat: tuple[float, float], *, coarse: bool) -> str:
    """A post with its distance; to 10 km if the place it is measured from is a cell."""
    point = post["geometry"].representative_point()
    km = geodesic_distance_m(lonlat, (point.x, point.y)) / 1000
    told = f"about {10 * round(km / 10):g} km" if coarse else f"{km:.0f} km"
    return f"{post['name']} ({post['kind']}), {told}"


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


def _method_of(change: Change) -> tuple[str, ...]:
    """The detector in words, with what it found on its way."""
    findings = change.detection.findings
    told = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in findings.items()
        if isinstance(value, int | float | str) and value != ""
    )
    return (
        f"Bitemporal change detection, {change.provenance.method}; a score ranks and is no "
        "probability; flags are unverified until an analyst has judged them.",
        f"Run {change.id}: {told}.",
    )
