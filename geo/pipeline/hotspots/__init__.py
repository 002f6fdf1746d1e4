"""Where seizures or looting gather, from the store's events to cells, clusters and their test."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.disclosure import composite_marking
from geo.errors import InvalidSetting
from geo.grid import Bounds
from geo.model import Audience, Provenance, Tlp
from geo.pipeline.hotspots.remarks import (
    COUNTS_REMARKS,
    DENSITY_REMARKS,
    FEW_UNTOLD,
    SILENCE,
    TOO_DENSE,
    cluster_remarks,
    gi_remarks,
    left_out_remark,
    simulated_warning,
)
from geo.pipeline.hotspots.rows import KINDS, Kind, as_events, counted_rows, known_places, onto
from geo.pipeline.hotspots.tables import cell_frame, cells_told, cluster_frame, clusters_told
from geo.pipeline.provenance import canonical, digest, versions
from geo.pipeline.shown import records
from geo.query import Query
from geo.store import Store

if TYPE_CHECKING:
    from geo.hotspots import Cells, CellSize, Clusters, Events, KnoxTest, LocalGi, Withheld

METHOD = "hotspots 1"
"""Name and version of the whole recipe, for provenance."""

REGION: Bounds = (30.0, 24.0, 56.0, 43.0)
"""Iraq, Syria and their neighbours: where events count unless another area is given."""

REACH_M, REACH_DAYS = 50_000.0, 90.0
"""What counts as near in space and in time unless told otherwise: assumptions, a day's drive in
bad country and a season of digging."""

SEED = 1
"""Of every draw, so that a study is made again identically."""


class Method(StrEnum):
    """What a study shows."""

    COUNTS = "counts"
    DENSITY = "density"
    GI_STAR = "gi*"
    CLUSTERS = "clusters"


_COLUMN = {
    Method.COUNTS: "events",
    Method.DENSITY: "density_per_1000_km2",
    Method.GI_STAR: "z",
    Method.CLUSTERS: "clustered",
}
"""The column of the cells that each method gives."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HotspotStudy:
    """One study of one kind of event, with everything that a screen must show beside it."""

    id: str
    """``HS-`` and the first digits of a SHA-256 over records and parameters."""
    kind: str
    """``seizures`` or ``looting``."""
    method: Method
    """What was asked for; `cells` holds the others as well."""
    cells: gpd.GeoDataFrame
    """One row for each cell with support, EPSG:4326, the highest value of the method first: cell,
    near (name of the next known place), events, density_per_1000_km2, z, p, q, hot, clustered
    (events that belong to a cluster), value (of the method), geometry. Outside the office what is
    measured on fewer than 5 events is NaN."""
    clusters: gpd.GeoDataFrame
    """One row for each cluster, the largest first: cluster, near, events, first_day, last_day, p,
    significant, geometry (outline with the radius of its vaguest place). Empty with other methods
    than clusters; outside the office without those of fewer than 5 events."""
    events: int
    """Events that are counted."""
    accounting: tuple[tuple[str, int], ...]
    """What became of the records asked for, reason and number; the numbers sum up to all of
    them."""
    warnings: tuple[str, ...]
    """Those of the remarks that must be read before any figure."""
    remarks: tuple[str, ...]
    """Plain sentences that the screen must show, warnings first."""
    test: Withheld
    """Every method on withheld events, beside the naive counts."""
    interaction: KnoxTest | None
    """Knox's test; None with other methods than clusters."""
    cell_m: float
    """Width of a cell in metres."""
    bandwidth_m: float
    """Standard deviation of the density's kernel in metres."""
    reach_m: float
    """What counts as near in space."""
    reach_days: float
    """What counts as near in time."""
    enough: bool
    """Whether there are events enough to call anything significant."""
    marking: Tlp
    """The strictest marking of the events and the places beside them."""
    simulated: bool
    """True if an event is invented."""
    made_at: datetime
    """When it was made, UTC."""
    provenance: Provenance
    """With it the study can be made again."""


def hotspots(
    store: Store,
    kind: str,
    *,
    audience: Audience,
    query: Query,
    method: Method | str = Method.GI_STAR,
    area_lonlat: Bounds = REGION,
    cell_m: float | None = None,
    reach_m: float = REACH_M,
    reach_days: float = REACH_DAYS,
    include_simulated: bool = False,
    seed: int = SEED,
    now: datetime,
) -> HotspotStudy:
    """Where the events of a kind gather, as `audience` may know it.

    Cells finer than the data bear, and a reach shorter than the places are known by, are widened,
    and a remark says so.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    query
        Limits on the events; simulated ones are left out unless `include_simulated` says otherwise.
    area_lonlat
        West, south, east, north of the ground; events outside are counted and left out.
    cell_m
        Width of a cell in metres; by default as `geo.hotspots.cell_rule` has it.

    Raises
    ------
    InvalidSetting
        If the kind or the method is unknown, the area is none, or a setting is out of range.
    """
    from geo import hotspots as spots  # noqa: PLC0415 - its libraries are slow to load

    subject, wanted = _subject(kind), _method(method)
    centre = _centre(area_lonlat)
    frame, left_out = counted_rows(
        records(store, subject.table, audience), subject, query, area_lonlat, include_simulated
    )
    events = as_events(frame, centre)
    places = known_places(store, subject, audience, area_lonlat, include_simulated)
    size, size_remark = _cell_size(spots.cell_rule(events), events, cell_m)
    reach, reach_remark = _reach(events, reach_m)
    found = _measured(
        events,
        wanted,
        support_xy=onto(places, events),
        cell_m=size.cell_m,
        reach_m=reach,
        reach_days=reach_days,
        seed=seed,
    )
    accounting = (
        ("counted", len(events)),
        *left_out,
        ("no known point", events.unplaced),
        ("known no better than the province", events.too_coarse),
        ("same case as another", events.same_case),
    )
    invented = frame["simulated"].to_numpy(dtype=bool)[events.row]
    warned = (*simulated_warning(invented), *spots.warnings_on(events))
    provenance = Provenance(
        method=METHOD,
        inputs={"events": _rows_digest(frame), "places": _places_digest(places)},
        parameters={
            "kind": kind,
            "method": wanted.value,
            "audience": audience.value,
            "query": dataclasses.asdict(query),
            "include_simulated": include_simulated,
            "area_lonlat": area_lonlat,
            "cell_m": size.cell_m,
            "bandwidth_m": found.bandwidth_m,
            "reach_m": reach,
            "reach_days": reach_days,
            "seed": seed,
        },
        versions=versions("esda", "libpysal", "scikit-learn", "pyproj", "shapely"),
    )
    office = audience is Audience.INTERNAL
    clusters = cluster_frame(found.groups, events, places, shown=wanted is Method.CLUSTERS)
    return HotspotStudy(
        id=f"HS-{digest([METHOD, provenance.inputs, provenance.parameters])[:10]}",
        kind=kind,
        method=wanted,
        cells=cell_frame(
            found.cells,
            found.columns if office else cells_told(found.columns),
            by=_COLUMN[wanted],
            first=found.local.hot & (wanted is Method.GI_STAR),
            events=events,
            places=places,
        ),
        clusters=clusters if office else clusters_told(clusters),
        events=len(events),
        accounting=tuple((why, number) for why, number in accounting if number or why == "counted"),
        warnings=warned,
        remarks=(
            *warned,
            *_method_remarks(wanted, subject, found.local, found.groups, found.interaction),
            *spots.remarks_on(events),
            *((TOO_DENSE,) if found.dense else ()),
            *left_out_remark(accounting),
            *size_remark,
            *reach_remark,
            *(() if office else (FEW_UNTOLD,)),
            SILENCE,
        ),
        test=found.test,
        interaction=found.interaction,
        cell_m=size.cell_m,
        bandwidth_m=found.bandwidth_m,
        reach_m=reach,
        reach_days=float(reach_days),
        enough=len(events) >= spots.FEWEST_EVENTS,
        marking=composite_marking([frame.iloc[events.row], places]),
        simulated=bool(invented.any()),
        made_at=now,
        provenance=provenance,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Measured:
    """The events on the ground, by every method."""

    cells: Cells
    columns: dict[str, NDArray[np.generic]]
    """One value a cell, by the name of its column."""
    bandwidth_m: float
    local: LocalGi
    groups: Clusters
    dense: bool
    """Whether clusters were left out, as there are too many events near each other."""
    test: Withheld
    interaction: KnoxTest | None


def _measured(
    events: Events,
    wanted: Method,
    *,
    support_xy: NDArray[np.float64],
    cell_m: float,
    reach_m: float,
    reach_days: float,
    seed: int,
) -> _Measured:
    """Counts, density, Gi*, clusters and their tests; only `wanted` is asked for significance."""
    from geo import hotspots as spots  # noqa: PLC0415 - its libraries are slow to load

    cells = spots.cells_over(events, cell_m=cell_m, support_xy=support_xy)
    counts = spots.naive_counts(events, cells)
    smooth = spots.density(events, cells)
    local = spots.local_gi_star(counts, cells, seed=seed)
    clustering = wanted is Method.CLUSTERS
    # Nobody who asks for counts must be refused because clusters would be too much.
    dense = not clustering and spots.too_dense(events, reach_m=reach_m, reach_days=reach_days)
    looked_at = events.take(np.full(len(events), not dense))
    groups = spots.space_time_clusters(
        looked_at,
        reach_m=reach_m,
        reach_days=reach_days,
        permutations=199 if clustering else 0,
        seed=seed,
    )
    return _Measured(
        cells=cells,
        columns={
            "events": counts,
            "density_per_1000_km2": smooth.per_1000_km2,
            "z": local.z,
            "p": local.p,
            "q": local.q,
            "hot": local.hot,
            "clustered": spots.naive_counts(looked_at.take(groups.label >= 0), cells),
        },
        bandwidth_m=smooth.bandwidth_m,
        local=local,
        groups=groups,
        dense=dense,
        test=spots.withheld_test(
            events,
            cell_m=cell_m,
            support_xy=support_xy,
            reach_m=reach_m,
            reach_days=reach_days,
            methods=[name for name in spots.METHODS if name != Method.CLUSTERS or not dense],
            seed=seed,
        ),
        interaction=spots.knox(events, reach_m=reach_m, reach_days=reach_days, seed=seed)
        if clustering
        else None,
    )


def provenance_text(study: HotspotStudy) -> str:
    """The study's provenance as JSON, the same on every machine."""
    return canonical(dataclasses.asdict(study.provenance)).decode()


def write_study(study: HotspotStudy, path: Path) -> None:
    """Write cells and clusters as a GeoPackage, each row with its marking and its study.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    from geo.sources.writers.vectors import write_geopackage  # noqa: PLC0415 - GDAL is slow

    told = {"study": study.id, "marking": study.marking.value, "simulated": study.simulated}
    write_geopackage(
        path, {"cells": study.cells.assign(**told), "clusters": study.clusters.assign(**told)}
    )


def _subject(kind: str) -> Kind:
    """What is studied."""
    if kind not in KINDS:
        raise InvalidSetting(
            f"there are no hot spots of {kind!r}", expected=f"one of {', '.join(KINDS)}"
        )
    return KINDS[kind]


def _method(method: Method | str) -> Method:
    """The method that is asked for."""
    try:
        return Method(method)
    except ValueError as err:
        raise InvalidSetting(
            f"there is no method {method!r}", expected=f"one of {', '.join(Method)}"
        ) from err


def _centre(area: Bounds) -> tuple[float, float]:
    """The middle of the area; refused if it is none."""
    west, south, east, north = area
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InvalidSetting(
            f"the area from {west}, {south} to {east}, {north}",
            expected="west, south, east, north in degrees, west of and south of",
        )
    return (west + east) / 2, (south + north) / 2


def _cell_size(
    rule: CellSize, events: Events, asked_m: float | None
) -> tuple[CellSize, tuple[str, ...]]:
    """The cells' width and a remark on it."""
    if asked_m is None:
        return rule, (f"Cells are {rule.cell_m / 1e3:g} km wide. What sets the width: {rule.why}.",)
    finest_m = 2 * float(events.radius_m.max(initial=0.0))
    if asked_m >= finest_m or not asked_m > 0:  # what is no width is refused with the cells
        return dataclasses.replace(rule, cell_m=asked_m), ()
    return dataclasses.replace(rule, cell_m=finest_m), (
        f"Cells of {asked_m / 1e3:g} km would be finer than the data: they are widened to "
        f"{finest_m / 1e3:g} km, as some places are known within {finest_m / 2e3:g} km only.",
    )


def _reach(events: Events, asked_m: float) -> tuple[float, tuple[str, ...]]:
    """What counts as near in space, and a remark where it had to be widened."""
    shortest_m = 2 * float(events.radius_m.max(initial=0.0))
    if not asked_m > 0 or asked_m >= shortest_m:
        return float(asked_m), ()
    return shortest_m, (
        f"Events within {asked_m / 1e3:g} km cannot be told, as some places are known within "
        f"{shortest_m / 2e3:g} km only: {shortest_m / 1e3:g} km counts as near.",
    )


def _method_remarks(
    method: Method,
    subject: Kind,
    local: LocalGi,
    groups: Clusters,
    interaction: KnoxTest | None,
) -> tuple[str, ...]:
    """What a reader must know of the method and of what it found."""
    if method is Method.GI_STAR:
        return gi_remarks(subject, local)
    if method is Method.DENSITY:
        return DENSITY_REMARKS
    if method is Method.CLUSTERS and interaction is not None:
        return cluster_remarks(subject, groups, interaction)
    return COUNTS_REMARKS


def _rows_digest(frame: gpd.GeoDataFrame) -> str:
    """SHA-256 of which records in which version went in, and how their places were given."""
    names = [name for name in ("dataset_id", "id", "version") if name in frame]
    return digest([frame[names].to_numpy().tolist(), frame.geometry.to_wkt().tolist()])


def _places_digest(places: gpd.GeoDataFrame) -> str:
    """SHA-256 of the places that could have had an event, with their names."""
    return digest([places["name"].tolist(), places.geometry.to_wkt().tolist()])
