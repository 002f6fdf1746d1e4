"""What a printed page says of routes: ranked hypotheses, and what is not known of them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point

from geo.disclosure import ROUTE_CELL_DEG, cell_of
from geo.errors import NotFound
from geo.grid import geodesic_distance_m
from geo.model import Audience, Tlp, strictest
from geo.pipeline.page.parts import (
    CAVEATS,
    MAP_HEIGHT_TO_WIDTH,
    Subject,
    assembled,
    nearby,
    place_told,
    require_told,
    site_told,
    unrecorded,
)
from geo.pipeline.page.route_words import (
    BIAS,
    HYPOTHESES,
    SILENCE,
    Told,
    counted,
    facts_of,
    method_of,
    mode_label,
    remarks_of,
    unknown_exits,
)
from geo.pipeline.routes import RouteStudy
from geo.pipeline.shown import find_site, records, redacted
from geo.query import Query, select
from geo.snapshot import Snapshot
from geo.store import Store

MOST_SHARE = 0.8
"""The map covers the exits that together have this share of the routes, the likeliest first."""

MARGIN = 1.16
"""The map is so much wider than the routes that it covers, that numbers and names have room."""

NARROWEST_M, NARROWEST_COARSE_M = 15_000.0, 40_000.0
"""Half the width of the ground that a map of routes shows at least."""

WITHOUT_ROUTES_M = 200_000.0
"""Half the width where there is no route to show."""


def snapshot_of_routes(
    store: Store,
    study: RouteStudy,
    *,
    site: pd.Series | None,
    audience: Audience,
    query: Query,
    now: datetime,
) -> Snapshot:
    """The page of a study of routes that has just been made.

    `site` is the site that it starts from, as the store holds it; it is looked up if it is None and
    the study names one. Outside the office the start is told by its cell, routes from cell to cell,
    and what the study itself remarks is left out.

    Raises
    ------
    NotFound
        If `audience` may not be told of the study or of its site.
    """
    require_told(study.id, study.marking, audience, made_from="inputs")
    if site is None and study.request.site_id:
        site = find_site(records(store, "sites", Audience.INTERNAL), study.request.site_id)
    name = study.origin_name
    if study.request.alert_id and site is not None:
        name = f"a flag near {site['name']}"
    routes = _disclosed(store, unrecorded(study.routes), audience)
    told = Told(
        **_start(
            store,
            name,
            study.origin_lonlat,
            site,
            audience,
            of_site=not study.request.alert_id,
        ),
        country=study.country,
        run_id=study.id if audience is Audience.INTERNAL else "",
        mode=study.request.mode,
        parameters=dataclasses.asdict(study.request),
        inputs=_told_inputs(store, tuple(study.provenance.inputs), audience),
        exits=study.exits,
        remarks=study.remarks if audience is Audience.INTERNAL else (),
        marking=strictest([study.marking, *([Tlp(site["marking"])] if site is not None else [])]),
        simulated=study.simulated,
    )
    return _page(store, told, routes, audience=audience, query=query, now=now)


def snapshot_of_kept(
    store: Store, study_id: str, *, audience: Audience, query: Query, now: datetime
) -> Snapshot:
    """The page of the kept routes of a study.

    Raises
    ------
    NotFound
        If none are kept, or `audience` may not be told of them or of their site.
    """
    held = store.read("routes")
    held = held[held["study_id"] == study_id].sort_values("rank")
    held = select(held, Query(include_simulated=query.include_simulated))
    if not len(held):
        raise NotFound(
            f"no routes of {study_id} can be shown",
            expected="a study whose routes are in the store and that this page may tell of",
            remedy="run it again and keep its routes",
        )
    marking = strictest([Tlp(value) for value in held["marking"].unique()])
    require_told(study_id, marking, audience, made_from="inputs")
    first = held.iloc[0]
    sites = store.read("sites")
    named = sites[sites["id"] == first["site_id"]]
    site = named.iloc[0] if len(named) else None
    # Whoever is given routes by a guarded store may have been given no provenance.
    provenance = json.loads(first.get("provenance") or "{}")
    request = provenance.get("parameters", {}).get("request", {})
    routes = _disclosed(store, held, audience)
    shape = first["geometry"]
    if shape is None or shape.is_empty:
        raise NotFound(f"the places of {study_id} are not known", expected="routes with lines")
    lonlat = shape.coords[0] if shape.geom_type == "LineString" else shape.centroid.coords[0]
    of_site = not request.get("alert_id")
    name = str(first["origin_name"])
    if site is not None and not of_site:
        name = f"a flag near {site['name']}"
    told = Told(
        **_start(store, name, (lonlat[0], lonlat[1]), site, audience, of_site=of_site),
        country="",
        run_id=study_id if audience is Audience.INTERNAL else "",
        mode=str(first["mode"]),
        parameters=request,
        inputs=_told_inputs(store, tuple(provenance.get("inputs", {})), audience),
        exits=None,
        remarks=(),
        marking=strictest([marking, *([Tlp(site["marking"])] if site is not None else [])]),
        simulated=bool(held["simulated"].any()),
    )
    return _page(store, told, routes, audience=audience, query=query, now=now)


def routes_of_site(
    store: Store, site_id: str, audience: Audience, query: Query
) -> gpd.GeoDataFrame:
    """The routes that were kept of a site, as `audience` may have them."""
    routes = records(store, "routes", audience)
    routes = routes[routes["site_id"] == site_id]
    return select(routes, Query(include_simulated=query.include_simulated))


def _disclosed(store: Store, routes: gpd.GeoDataFrame, audience: Audience) -> gpd.GeoDataFrame:
    """Routes of one study as `audience` may have them, the likeliest first.

    Raises
    ------
    NotFound
        If `audience` may not be told of one: a page without it would say that it was not found.
    """
    shown = redacted(store, routes, audience, kind="routes")
    if len(shown) < len(routes):
        raise NotFound(
            f"the {audience.value} audience may not be told of these routes",
            expected="an audience that may be told of their site",
            remedy="choose another audience",
        )
    return shown.sort_values("rank", ignore_index=True)


def _start(
    store: Store,
    name: str,
    lonlat: tuple[float, float],
    site: pd.Series | None,
    audience: Audience,
    *,
    of_site: bool,
) -> dict[str, Any]:
    """Name, site, place in words and centre of a start, as `audience` may have them.

    A start that is no site's own place (`of_site`) is told by the cell of its routes.

    Raises
    ------
    NotFound
        If it is a site that `audience` may not be told of.
    """
    shown: pd.Series | None = None
    if site is not None:
        shown = site_told(store, site, audience)
        name = str(shown["name"]) if of_site else name
    elif audience is not Audience.INTERNAL:
        name = "a place on the map"
    if shown is not None and of_site and shown["geometry"] is not None:
        bounds = shown["geometry"].bounds
    elif audience is Audience.INTERNAL:
        bounds = (*lonlat, *lonlat)
    else:
        site_id = "" if shown is None else str(shown["id"])
        middle, cell_deg = place_told(store, Point(lonlat), audience, site_id=site_id)
        bounds = cell_of(middle, max(ROUTE_CELL_DEG, cell_deg or 0.0))
    west, south, east, north = bounds
    where = (
        f"{south:.4f} N, {west:.4f} E"
        if (west, south) == (east, north)
        else f"{south:g}\u2013{north:g} N, {west:g}\u2013{east:g} E (cell)"
    )
    centre = ((west + east) / 2, (south + north) / 2)
    return {"name": name, "site": shown, "where": where, "centre_lonlat": centre}


def _page(
    store: Store,
    told: Told,
    routes: gpd.GeoDataFrame,
    *,
    audience: Audience,
    query: Query,
    now: datetime,
) -> Snapshot:
    """The page of routes that have been disclosed."""
    frames = {kind: select(records(store, kind, audience), query) for kind in ("roads", "posts")}
    sites = records(store, "sites", audience)
    own = "" if told.site is None else str(told.site["id"])
    frames = {**frames, "sites": sites[sites["id"] == own], "routes": routes}
    centre, half_width_m = _window(told, routes, frames["posts"], audience)
    label = mode_label(told.mode)
    exits = routes["exit_id"].nunique()
    found = f"{counted(len(routes), 'route')} to {counted(exits, 'exit')}"
    subtitle = [label, found if exits else "no route found", told.run_id]
    about = Subject(
        title=f"Routes from {told.name}: hypotheses",
        title_ar="" if told.site is None else str(told.site["name_ar"]),
        subtitle=" \u00b7 ".join(text for text in subtitle if text),
        centre_lonlat=centre,
        half_width_m=half_width_m,
        focus=("sites", own) if own else None,
        facts=facts_of(told, routes, coarse=audience is not Audience.INTERNAL),
        sources=(*_site_source(told.site), *_file_sources(store, told.inputs, audience)),
        marking=told.marking,
        simulated=told.simulated,
    )
    return assembled(
        store,
        about,
        nearby(frames, about),
        audience=audience,
        query=query,
        now=now,
        method=method_of(told, label, coarse=audience is not Audience.INTERNAL),
        caveats=(
            HYPOTHESES,
            BIAS,
            SILENCE,
            *remarks_of(told.remarks),
            *unknown_exits(told),
            CAVEATS[2],
        ),
    )


def _window(
    told: Told, routes: gpd.GeoDataFrame, posts: gpd.GeoDataFrame, audience: Audience
) -> tuple[tuple[float, float], float]:
    """Centre and half width of a map of the start and the exits with most of the share."""
    drawn = routes[routes.geometry.notna() & ~routes.geometry.is_empty]
    if not len(drawn):
        return told.centre_lonlat, WITHOUT_ROUTES_M
    shares = drawn.groupby("exit_id", sort=False)["share"].sum()
    shares = shares.sort_values(ascending=False, kind="stable")
    before = shares.cumsum() - shares
    likely = set(shares.index[before < MOST_SHARE * shares.sum()]) or set(shares.index[:1])
    bounds = [
        drawn[drawn["exit_id"].isin(likely)].total_bounds,
        [*told.centre_lonlat, *told.centre_lonlat],
    ]
    placed = posts[posts["id"].isin(likely) & posts.geometry.notna()]
    if len(placed):
        bounds.append(placed.total_bounds)
    table = np.array(bounds)
    west, south = table[:, :2].min(axis=0)
    east, north = table[:, 2:].max(axis=0)
    middle = (float(west + east) / 2, float(south + north) / 2)
    wide = max(geodesic_distance_m((west, lat), (east, lat)) for lat in (south, north))
    high = geodesic_distance_m((west, south), (west, north)) / MAP_HEIGHT_TO_WIDTH
    least = NARROWEST_M if audience is Audience.INTERNAL else NARROWEST_COARSE_M
    return middle, max(MARGIN * max(wide, high) / 2, least)


def _site_source(site: pd.Series | None) -> tuple[str, ...]:
    """Where the site's record was read."""
    return () if site is None else (f"{site['id']}: {site['source']} {site['source_url']}".strip(),)


def _told_inputs(store: Store, inputs: Sequence[str], audience: Audience) -> tuple[str, ...]:
    """The inputs of a study that `audience` may know of: a file's name can lead to a place."""
    if audience is Audience.INTERNAL:
        return tuple(inputs)
    known = {
        f"{prefix} {source}"
        for kind, prefix in (("networks", "roads"), ("terrain", "terrain"))
        for source in records(store, kind, audience)["source"]
    }
    return tuple(
        name if name in known else f"{name.partition(' ')[0]} a file that is not told"
        for name in inputs
    )


def _file_sources(store: Store, inputs: Sequence[str], audience: Audience) -> tuple[str, ...]:
    """Source and licence of the files of roads and heights that a study was made from."""
    told: dict[str, None] = {}
    for kind, prefix in (("networks", "roads "), ("terrain", "terrain ")):
        used = {name.removeprefix(prefix) for name in inputs if name.startswith(prefix)}
        if not used:
            continue
        for _, row in records(store, kind, audience).iterrows():
            if row["source"] in used:
                licence = f" ({row['licence']})" if row["licence"] else ""
                told[f"{row['source']}{licence}"] = None
    return tuple(told)
