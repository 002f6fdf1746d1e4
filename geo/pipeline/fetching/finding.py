"""What a server has over a site: asked with a coarse box, and listed before anything is fetched."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime

import pandas as pd
from affine import Affine
from shapely.geometry import Polygon, box

from geo.access import Right
from geo.audit import AuditEvent
from geo.errors import BadInput, InvalidSetting, NotAllowed
from geo.grid import WGS84, Bounds, Grid, box_around, metric_crs, transformer
from geo.model import Audience
from geo.pipeline.fetching.records import WIDEST_M, Found, Left, Listed, Terms
from geo.pipeline.guard import GuardedStore
from geo.pipeline.shown import find_site, records
from geo.progress import Progress, no_progress
from geo.sources.stac.collections import DEFAULTS_OF, address_of
from geo.sources.stac.collections import Collection as Kind
from geo.sources.stac.hosts import Hosts, host_of
from geo.sources.stac.offers import Offer
from geo.store import Store

ASKED_DEG = 0.1
"""A server is asked for a box of whole tenths of a degree, about 10 km: it does not learn the site.
The tiles that are fetched later tell it about as much."""

UNKNOWN_CELL_M = 10.0
"""Width of cells where nothing is known of a collection."""

TILE_CELLS, PACKED = 1_024, 0.7
"""Edge of the tiles of Earth Search's files, and what is left of two bytes when packed; for the
estimate of what a scene costs only."""


def find_scenes(
    store: Store,
    *,
    site_id: str,
    api: str,
    since: date,
    until: date,
    terms: Terms,
    collections: Collection[str] = (),
    now: datetime,
    author: str,
    progress: Progress = no_progress,
) -> Found:
    """What a server has over a site in a time; no picture is fetched.

    Parameters
    ----------
    api : str
        Address of a STAC server, or ``earth-search``.
    since, until : date
        First and last day, UTC.
    collections : collection of str
        What the server calls the collections; its usual one, or all, unless told.

    Raises
    ------
    NotAllowed
        If nobody may be asked, this server may not, or the user may keep nothing.
    NotFound, BadInput
        If there is no such site, or its place is not known.
    Unreachable
        If the server does not answer as a STAC server does.
    """
    from geo.sources.stac.api import search  # noqa: PLC0415 - pystac is slow to load
    from geo.sources.stac.web import Web  # noqa: PLC0415

    if isinstance(store, GuardedStore):
        store.require(Right.KEEP, what="fetch scenes")
    api, hosts = address_of(api), Hosts(terms.allowed)
    if not hosts:
        raise NotAllowed(
            "no host may be asked for scenes",
            expected="hosts that an administrator allowed",
            remedy="allow them in LAMASSU_STAC_HOSTS, or with --allow at the command line",
        )
    _require_sense(since, until, terms)
    site_id, lonlat = _place(find_site(records(store, "sites", Audience.INTERNAL), site_id))
    area = box(*box_around(lonlat, half_width_m=terms.half_width_m).bounds)
    _note(store, site_id, api, author=author, now=now)
    progress(0.1, f"asking {host_of(api)}")
    with Web(hosts, limits=terms.web) as web:
        answered = search(
            web,
            api,
            bounds_lonlat=asked_bounds(area),
            since=since,
            until=until,
            collections=tuple(collections) or DEFAULTS_OF.get(api, ()),
        )
    progress(0.9, "reading what it has")
    here = _kept_files(store)
    over, cloudy = _over(answered.offers, area, most_cloud_percent=terms.most_cloud_percent)
    scenes = [
        _listed(offer, name, site_id=site_id, lonlat=lonlat, terms=terms, here=here, now=now)
        for name, offer in _named(over).items()
    ]
    left = [Left(name=name, reason=reason) for name, reason in answered.unread]
    return Found(
        site_id=site_id, api=api, terms=terms, scenes=tuple(scenes), left=(*left, *cloudy),
        notes=answered.notes,
    )  # fmt: skip


def _over(
    offers: Iterable[Offer], area: Polygon, *, most_cloud_percent: float
) -> tuple[list[Offer], list[Left]]:
    """The offers over an area, not only in the box asked for, and those with too much cloud."""
    over, cloudy = [], []
    for offer in offers:
        if offer.outline_lonlat is not None and not offer.outline_lonlat.intersects(area):
            continue
        if (offer.cloud_percent or 0.0) > most_cloud_percent:
            cloudy.append(Left(name=offer.id, reason=f"{offer.cloud_percent:.0f} % cloud"))
        else:
            over.append(offer)
    return over, cloudy


def _named(offers: Iterable[Offer]) -> dict[str, Offer]:
    """The offers by a name of their own: two collections may hold a scene of one name."""
    named: dict[str, Offer] = {}
    for offer in offers:
        name = offer.id
        while name in named:
            name = f"{offer.collection}-{name}"
        named[name] = offer
    return named


def seen_again(store: Store, found: Found) -> Found:
    """What a server had, with what has come into the store since; the server is not asked."""
    here = _kept_files(store)
    scenes = tuple(
        replace(one, known=file_name(one.scene_id, one.grid) in here) for one in found.scenes
    )
    return replace(found, scenes=scenes)


def _kept_files(store: Store) -> set[str]:
    """Names of the files that were taken in and not taken back."""
    return {one.key.file_name for one in store.imports() if not one.undone_at}


def asked_bounds(area_lonlat: Polygon) -> Bounds:
    """The box of whole tenths of a degree around an area, in which a server is asked."""
    west, south, east, north = (bound / ASKED_DEG for bound in area_lonlat.bounds)
    return (
        round(math.floor(west) * ASKED_DEG, 6),
        round(math.floor(south) * ASKED_DEG, 6),
        round(math.ceil(east) * ASKED_DEG, 6),
        round(math.ceil(north) * ASKED_DEG, 6),
    )


def site_grid(lonlat: tuple[float, float], *, half_width_m: float, kind: Kind | None) -> Grid:
    """The grid of a site for scenes of one kind: square, north up, in the site's UTM zone.

    Its cells are those of the finest band and lie where the satellite's own do in that zone, so
    that they are copied and not interpolated wherever the satellite's picture is in the same zone.
    """
    cell = kind.cell_m if kind else UNKNOWN_CELL_M
    origin = kind.origin_m if kind else 0.0
    crs = metric_crs(lonlat)
    x, y = transformer(WGS84, crs).transform(*lonlat)
    half = math.ceil(half_width_m / cell)
    left = (round((x - origin) / cell) - half) * cell + origin
    top = (round((y - origin) / cell) + half) * cell + origin
    transform = Affine(cell, 0.0, left, 0.0, -cell, top)
    return Grid(crs=crs, transform=transform, shape=(2 * half, 2 * half))


def _place(site: pd.Series) -> tuple[str, tuple[float, float]]:
    """The id of a site and its longitude and latitude."""
    geometry = site.geometry
    if geometry is None or geometry.is_empty:
        raise BadInput(
            f"the place of {site['id']} is not known",
            expected="a site with coordinates",
            remedy="add its longitude and latitude",
        )
    point = geometry.representative_point()
    return str(site["id"]), (float(point.x), float(point.y))


def _require_sense(since: date, until: date, terms: Terms) -> None:
    """Refuse a question that nothing answers."""
    if until < since:
        raise InvalidSetting(f"from {since} to {until}", expected="a first day before the last")
    if not 0 < terms.half_width_m <= WIDEST_M:
        raise InvalidSetting(
            f"half width {terms.half_width_m:g} m", expected=f"above 0, at most {WIDEST_M:,.0f} m"
        )
    if not 0 <= terms.most_cloud_percent <= 100:
        raise InvalidSetting(
            f"at most {terms.most_cloud_percent:g} % cloud", expected="a number from 0 to 100"
        )


def _note(store: Store, site_id: str, api: str, *, author: str, now: datetime) -> None:
    """Write into the audit that a server was asked, before it is."""
    detail = {"server": host_of(api)}
    store.note(AuditEvent(actor=author, action="search", subject=site_id, detail=detail), now=now)


def _listed(
    offer: Offer,
    name: str,
    *,
    site_id: str,
    lonlat: tuple[float, float],
    terms: Terms,
    here: Collection[str],
    now: datetime,
) -> Listed:
    """An offer as a line of the list, under the name that it has there."""
    grid = site_grid(lonlat, half_width_m=terms.half_width_m, kind=offer.kind)
    scene_id = f"{name}-{site_id}"
    closed = closed_hosts(offer, Hosts(terms.allowed))
    refused = offer.refused
    if closed and not refused:
        refused = f"its files are at {', '.join(closed)}, which may not be asked"
    if offer.taken_at > now:
        refused = f"it says that it was taken on {offer.taken_at:%Y-%m-%d}, which is yet to come"
    tiles = (1 + grid.shape[0] / TILE_CELLS) ** 2
    about = int(tiles * TILE_CELLS**2 * 2 * PACKED * len(offer.bands))
    return Listed(
        offer=offer,
        scene_id=scene_id,
        grid=grid,
        about_bytes=about,
        known=file_name(scene_id, grid) in here,
        refused=refused,
        closed=closed,
    )


def file_name(scene_id: str, grid: Grid) -> str:
    """The name under which the import of a scene is known, with the width of its grid."""
    return f"{scene_id}_{grid.shape[0]}x{grid.shape[1]}.tif"


def closed_hosts(offer: Offer, hosts: Hosts) -> tuple[str, ...]:
    """Hosts of a scene's files that may not be asked; without those that nobody can ask."""
    found = set()
    for band in offer.bands:
        with contextlib.suppress(NotAllowed):
            if not hosts.holds(band.url):
                found.add(host_of(band.url))
    return tuple(sorted(found))
