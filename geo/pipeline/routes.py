"""Routes from a place to the border: what is asked, what is found, and how to find it again."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.access import OFFICE
from geo.disclosure import for_viewer
from geo.errors import BadInput, InvalidSetting, NotFound
from geo.grid import WGS84
from geo.model import ImportReport, Provenance, Tlp, strictest
from geo.pipeline.ground import MODES_FILE, Ground, file_fingerprint, ground_of, travel_mode
from geo.pipeline.provenance import digest, versions
from geo.pipeline.route_tables import (
    THETA,
    THETA_PER_EDGE,
    corridors_frame,
    exits_frame,
    remarks_of,
    routes_frame,
)
from geo.pipeline.sampling import (
    PULL_LOG_SD,
    Draws,
    Origin,
    closed_links,
    conditions_of,
    network_of,
    origin_of,
    sampled,
)
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import FileKey, Store

if TYPE_CHECKING:
    from geo.routes.hypotheses import Hypothesis

METHOD = "routes 1"
"""Name and version of the model; a change that changes results makes it another."""

ORIGIN = "origin"
"""Key of the place that the routes start from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """What is asked: from where, to which posts, how, and under which conditions."""

    site_id: str = ""
    """Site (id or name) to start from; or else `alert_id`, or else `lonlat`."""
    alert_id: str = ""
    """Flag to start from."""
    lonlat: tuple[float, float] | None = None
    """Place drawn on the map to start from."""
    exits: tuple[str, ...] = ()
    """Ids of the posts to leave by; empty for all of the country."""
    mode: str = "vehicle"
    """A mode of `data/modes.yaml`: vehicle, off_road or foot."""
    avoidance: float = 1.0
    """How much watched places are shunned: 0 not at all, 1 as `data/modes.yaml` assumes."""
    closed_posts: tuple[str, ...] = ()
    """Ids of posts that are closed."""
    closed_ways: tuple[str, ...] = ()
    """Ids of roads that are closed."""
    checks_lonlat: tuple[tuple[float, float], ...] = ()
    """Places of known checks, which are shunned as posts are."""
    roads: str = "auto"
    """``surveyed``, ``schematic``, or ``auto``: surveyed where files reach over the country."""
    alternatives: int = 3
    """Routes to tell for each exit, 1 to 10."""
    sets: int = 20
    """Sets of parameters that are drawn; the band of a share is over them."""
    draws_per_set: int = 10
    """Draws of what no map tells, for each set."""
    seed: int = 1
    """Seed of the draws: the same request gives the same routes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RouteStudy:
    """What is found: ranked hypotheses with shares and intervals, never one line."""

    id: str
    """``RT-`` and ten digits of a SHA-256 over request, inputs and parameters."""
    request: RouteRequest
    """What was asked."""
    origin_name: str
    """Where the routes start, in words."""
    origin_lonlat: tuple[float, float]
    """The same as longitude and latitude."""
    country: str
    """Country that is left."""
    routes: gpd.GeoDataFrame
    """Ranked routes, columns of the kind ``routes``; empty where no post can be reached."""
    corridors: gpd.GeoDataFrame
    """Pieces of road and ground with a share above 0.5 %, EPSG:4326: ``link_id``, ``road_class``,
    ``name``, ``ref``, ``schematic``, ``length_m``, ``share``, ``share_low``, ``share_high``, and
    ``share_random``, the same by randomised shortest paths."""
    exits: gpd.GeoDataFrame
    """Every post asked for: ``id``, ``name``, ``kind``, ``country``, ``facing_country``, ``share``,
    ``share_low``, ``share_high``, ``time_h``, ``time_h_low``, ``time_h_high``, ``reachable``,
    ``why``, ``closed``. NaN and a reason where a post cannot be reached or has no place."""
    exit_share_by_set: NDArray[np.float64]
    """Share of each row of `exits` under each set of parameters, shape (sets, exits)."""
    remarks: tuple[str, ...]
    """What the reader must know, as plain sentences."""
    marking: Tlp
    """The strictest marking of what it was made from."""
    simulated: bool
    """True if the origin is invented."""
    schematic: bool
    """True if any road is a schematic link and no surveyed course."""
    provenance: Provenance
    """Inputs by SHA-256, parameters, seed and versions: with it the routes can be made again."""


def study_routes(
    store: Store,
    settings: Settings,
    request: RouteRequest,
    *,
    progress: Progress = no_progress,
) -> RouteStudy:
    """Ranked hypotheses of how objects leave the country from one place.

    Raises
    ------
    NotFound
        If the origin, a post or a road that was named is not in the store.
    BadInput
        If the origin is in the sea, or no road or ground leads away from it.
    InvalidSetting
        If a number of the request is outside its range.
    """
    from geo.routes.hypotheses import hypotheses  # noqa: PLC0415 - numba is slow
    from geo.routes.network import edge_cost_s, edge_time_s  # noqa: PLC0415

    _require_sane(request)
    mode = travel_mode(request.mode)
    origin = origin_of(
        store, site_id=request.site_id, alert_id=request.alert_id, lonlat=request.lonlat
    )
    progress(0.05, "reading roads")
    ground = ground_of(
        store,
        settings,
        origin.country,
        mode=mode,
        roads=request.roads,
        checks_lonlat=request.checks_lonlat,
    )
    progress(0.2, "joining roads and ground")
    network = network_of(ground, mode, {ORIGIN: origin.lonlat})
    if ORIGIN not in network.place_node:
        raise BadInput(
            f"no route can start at {origin.name}: {network.unattached[ORIGIN]}",
            expected="a place near a road, or ground that can be crossed",
            remedy="take the mode off_road or foot, import roads, or start elsewhere",
        )
    posts = _chosen_posts(ground.posts, request)
    closed = closed_links(network, ground.ways, request.closed_ways)
    progress(0.4, "drawing routes")
    conditions = conditions_of(
        network,
        posts,
        mode,
        avoidance=request.avoidance,
        closed_posts=request.closed_posts,
        closed=closed,
        sets=request.sets,
        seed=request.seed,
    )
    draws = sampled(conditions, origin=ORIGIN, draws_per_set=request.draws_per_set)
    progress(0.8, "ranking")
    cost_s = edge_cost_s(network, mode.best(), avoidance=request.avoidance, closed_links=closed)
    set_time_s = [edge_time_s(network, one) for one in conditions.parameters]
    ways = hypotheses(
        draws.sample,
        network.graph,
        cost_s=cost_s,
        set_time_s=set_time_s,
        link_length_m=network.link_length_m,
        origin=draws.origin,
        exits=conditions.exit_nodes,
        count=request.alternatives,
    )
    corridors = corridors_frame(draws, ground.ways, cost_s)
    exits, by_set = exits_frame(posts, draws, set_time_s, closed=request.closed_posts)
    return _told(request, origin, ground, posts, draws, ways, corridors, exits, by_set)


def what_if(before: RouteStudy, after: RouteStudy) -> gpd.GeoDataFrame:
    """How the shares of the posts move between two studies of one origin.

    Returns
    -------
    GeoDataFrame
        Posts of `before` with ``id``, ``name``, ``kind``, ``share_before``, ``share_after``,
        ``change``, ``change_low``, ``change_high`` (5 and 95 % over the sets of parameters, which
        both studies draw alike), the greatest change first; NaN where a post is never reached.

    Raises
    ------
    InvalidSetting
        If the studies do not draw the same sets.
    """
    one, other = before.request, after.request
    if (one.seed, one.sets, one.mode) != (other.seed, other.sets, other.mode):
        raise InvalidSetting(
            "the two studies draw different parameters",
            expected="the same seed, sets and mode",
        )
    rows = {str(name): row for row, name in enumerate(after.exits["id"])}
    here = [rows.get(str(name), -1) for name in before.exits["id"]]
    kept = np.array(here) >= 0
    later = np.full(before.exit_share_by_set.shape, np.nan)
    later[:, kept] = after.exit_share_by_set[:, np.array(here)[kept]]
    # A post that is closed, or that nothing reaches any more, takes no share.
    later = np.where(np.isnan(later) & ~np.isnan(before.exit_share_by_set), 0.0, later)
    change = later - before.exit_share_by_set
    table = before.exits[["id", "name", "kind", "geometry"]].assign(
        share_before=before.exit_share_by_set.mean(axis=0),
        share_after=later.mean(axis=0),
        change=change.mean(axis=0),
        change_low=np.quantile(change, 0.05, axis=0),
        change_high=np.quantile(change, 0.95, axis=0),
    )
    order = table["change"].abs().sort_values(ascending=False, kind="stable").index
    return gpd.GeoDataFrame(table.loc[order].reset_index(drop=True), crs=WGS84)


def keep_routes(store: Store, study: RouteStudy, *, author: str, now: datetime) -> ImportReport:
    """Keep the routes of a study; keeping the same study again changes nothing."""
    return store.add(
        "routes",
        study.routes,
        key=FileKey(
            file_name=study.id, sha256=digest(dataclasses.asdict(study.provenance)),
            dataset_id="local",
        ),
        author=author,
        now=now,
    )  # fmt: skip


def write_routes(study: RouteStudy, path: Path) -> None:
    """Write routes, corridors and posts for other programs: GeoPackage, or KML for Google Earth.

    They are those that the office itself may see.

    Raises
    ------
    InvalidSetting
        If the name ends neither in .gpkg nor in .kml.
    BadInput
        If the file cannot be written.
    """
    from geo.sources.writers.kml import write_kml  # noqa: PLC0415 - GDAL is slow
    from geo.sources.writers.vectors import write_geopackage  # noqa: PLC0415

    routes = for_viewer(study.routes, OFFICE, kind="routes")
    match path.suffix.lower():
        case ".gpkg":
            notes = pd.DataFrame({"remark": [study.marking.value, *study.remarks]})
            empty = gpd.GeoDataFrame(notes, geometry=[None] * len(notes), crs=WGS84)
            layers = {"routes": routes, "corridors": study.corridors, "exits": study.exits,
                      "remarks": empty}  # fmt: skip
            write_geopackage(path, layers)
        case ".kml":
            write_kml(
                _for_globe(routes, study.remarks),
                path,
                name=f"{study.id} {study.origin_name}: hypotheses, {study.marking.value}",
                name_column="title",
                description_columns=("hypothesis", "time", "passes", "marking", "remarks"),
                share_column="share",
                certainty_column="certainty",
            )
        case _:
            raise InvalidSetting(f"{path.name}", expected="a name that ends in .gpkg or .kml")


def _for_globe(routes: gpd.GeoDataFrame, remarks: Sequence[str]) -> gpd.GeoDataFrame:
    """The routes with the words that Google Earth shows of each."""
    simulated = np.where(routes["simulated"], "SIMULATED ", "")
    rows = list(zip(simulated, routes.to_dict("records"), strict=True))
    return routes.assign(
        title=[f"{word}{row['rank']}. to {row['exit_name']}: {row['share']:.0%}"
               for word, row in rows],
        hypothesis=[f"share {row['share']:.1%}, 5 to 95 %: {row['share_low']:.1%} to "
                    f"{row['share_high']:.1%}" for _, row in rows],
        time=[f"{row['time_h']:.1f} h ({row['time_h_low']:.1f} to {row['time_h_high']:.1f}), "
              f"{row['length_km']:.0f} km" for _, row in rows],
        certainty=(1 - (routes["share_high"] - routes["share_low"])).clip(0, 1),
        remarks=" ".join(remarks),
    )  # fmt: skip


def _require_sane(request: RouteRequest) -> None:
    """Refuse numbers outside their range before any work is done."""
    for name, value, least, most in (
        ("avoidance", request.avoidance, 0, 100),
        ("alternatives", request.alternatives, 1, 10),
        ("sets", request.sets, 1, 1000),
        ("draws_per_set", request.draws_per_set, 1, 1000),
        ("seed", request.seed, 0, 2**31),
    ):
        if not least <= value <= most:
            raise InvalidSetting(f"{name} {value}", expected=f"{least} to {most}")


def _chosen_posts(posts: gpd.GeoDataFrame, request: RouteRequest) -> gpd.GeoDataFrame:
    """The posts that a request asks for; every named one must be among those of the country."""
    named = {*request.exits, *request.closed_posts}
    strange = sorted(named - set(posts["id"]))
    if strange:
        raise NotFound(
            f"no post {strange[0]!r} leads out of this country",
            expected="ids of border posts of the country, such as " + ", ".join(posts["id"][:3]),
        )
    if not request.exits:
        return posts
    wanted = {*request.exits, *request.closed_posts}
    return posts[posts["id"].isin(wanted)].reset_index(drop=True)


def _told(  # noqa: PLR0917 - the parts of one study, each of its own type
    request: RouteRequest,
    origin: Origin,
    ground: Ground,
    posts: gpd.GeoDataFrame,
    draws: Draws,
    ways: Sequence[Hypothesis],
    corridors: gpd.GeoDataFrame,
    exits: gpd.GeoDataFrame,
    by_set: NDArray[np.float64],
) -> RouteStudy:
    """The study that the draws amount to."""
    inputs = {
        "modes": file_fingerprint(MODES_FILE),
        "origin": digest([origin.site_id, origin.lonlat, origin.name, origin.simulated]),
        **ground.inputs,
    }
    provenance = Provenance(
        method=METHOD,
        inputs=inputs,
        parameters={
            "request": dataclasses.asdict(request),
            "pull_log_sd": PULL_LOG_SD,
            "theta": THETA,
            "theta_per_edge": THETA_PER_EDGE,
        },
        versions=versions("numba", "shapely", "pyproj"),
        findings={
            "nodes": draws.conditions.network.graph.nodes,
            "links": len(draws.conditions.network.link_length_m),
        },
    )
    study_id = f"RT-{digest([METHOD, inputs, provenance.parameters])[:10]}"
    marking = strictest([origin.marking, ground.marking])
    simulated = origin.simulated or ground.simulated
    return RouteStudy(
        id=study_id,
        request=request,
        origin_name=origin.name,
        origin_lonlat=origin.lonlat,
        country=origin.country,
        routes=routes_frame(
            ways, study_id=study_id, mode=request.mode, origin=origin, ground=ground, posts=posts,
            draws=draws, marking=marking, simulated=simulated, provenance=provenance,
        ),
        corridors=corridors,
        exits=exits,
        exit_share_by_set=by_set,
        remarks=remarks_of(origin, ground, draws.conditions.network, exits),
        marking=marking,
        simulated=simulated,
        schematic=ground.schematic,
        provenance=provenance,
    )  # fmt: skip
