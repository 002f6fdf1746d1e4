"""What a printed page says: records and findings gathered for one subject and one audience."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import NotFound
from geo.grid import geodesic_distance_m
from geo.model import Audience, Tlp, strictest
from geo.pipeline.page.detections import page_of_flags, snapshot_of_change
from geo.pipeline.page.parts import CAVEATS, KINDS, Subject, assembled, nearby, position
from geo.pipeline.page.route_words import ROUTE_CAVEATS
from geo.pipeline.page.routes import routes_of_site, snapshot_of_kept, snapshot_of_routes
from geo.pipeline.shown import find_site, records_of
from geo.query import Query, select
from geo.snapshot import Snapshot
from geo.store import Briefing, Store

__all__ = [
    "CAVEATS",
    "KINDS",
    "keep",
    "snapshot_of",
    "snapshot_of_change",
    "snapshot_of_routes",
]

REGION = "region"
REGION_LONLAT, REGION_HALF_WIDTH_M = (43.2, 33.6), 720_000.0

SITE_HALF_WIDTH_M = 60_000.0
"""Half the ground that a site's page shows: the next towns and posts are on it."""


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
    frames = records_of(store, KINDS, audience)
    shown = {kind: select(frame, query) for kind, frame in frames.items()}
    if subject.casefold() == REGION:
        about = _region(shown)
    elif subject.startswith("CH-"):
        about, shown["alerts"] = page_of_flags(store, shown["alerts"], subject, audience, query)
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


def keep(store: Store, snapshot: Snapshot, content: bytes, *, author: str, now: datetime) -> None:
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
        ),
        author=author,
        now=now,
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
