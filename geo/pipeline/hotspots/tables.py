"""What a study of hot spots found, as frames with a place in words for each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.disclosure import K_LEAST, counts_told
from geo.grid import WGS84, transformer
from geo.pipeline.hotspots.rows import onto

if TYPE_CHECKING:
    from geo.hotspots import Cells, Clusters, Events

_LEAST_OUTLINE_M = 2_000.0
"""Radius around a cluster's places at least, so that one place is seen."""


def cell_frame(
    cells: Cells,
    columns: Mapping[str, NDArray[Any]],
    *,
    by: str,
    first: NDArray[np.bool_],
    events: Events,
    places: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """A row for each cell, EPSG:4326, with `columns` and the name of the next known place.

    Those of `first` come before the others; within each the highest of column `by`, which is also
    given as ``value``, then the most events. ``cell`` numbers the rows from 1.
    """
    middles = _middles(cells, events)
    frame = gpd.GeoDataFrame(
        {
            "near": pd.Series(_next_place(middles, places, events), dtype="str"),
            **columns,
            "value": np.asarray(columns[by], dtype=float),
        },
        geometry=cells.polygons_lonlat(),
        crs=WGS84,
    )
    order = np.lexsort([-columns["events"], -frame["value"].to_numpy(), ~first])
    ordered = frame.iloc[order].reset_index(drop=True)
    ordered.insert(0, "cell", np.arange(1, len(ordered) + 1))
    return ordered


def cluster_frame(
    groups: Clusters, events: Events, places: gpd.GeoDataFrame, *, shown: bool
) -> gpd.GeoDataFrame:
    """The clusters with an outline each."""
    numbers = range(len(groups.size)) if shown else range(0)
    members = [events.xy[groups.label == number] for number in numbers]
    radius = float(events.radius_m.max(initial=0.0))
    outlines = [
        shapely.buffer(shapely.convex_hull(shapely.multipoints(xy)), max(radius, _LEAST_OUTLINE_M))
        for xy in members
    ]
    back = transformer(events.crs, WGS84).transform
    lonlat = [shapely.transform(outline, back, interleaved=False) for outline in outlines]
    middles = np.array([xy.mean(axis=0) for xy in members]).reshape(-1, 2)
    days = [
        pd.to_datetime(np.floor(ends[: len(members)]), unit="D")
        for ends in (groups.first_day, groups.last_day)
    ]
    return gpd.GeoDataFrame(
        {
            "cluster": np.arange(1, len(members) + 1),
            "near": pd.Series(_next_place(middles, places, events), dtype="str"),
            "events": groups.size[: len(members)],
            "first_day": days[0],
            "last_day": days[1],
            "p": groups.p[: len(members)],
            "significant": groups.significant[: len(members)],
        },
        geometry=lonlat,
        crs=WGS84,
    )


def cells_told(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The columns of the cells as they are told outside the office.

    What is measured on fewer than `geo.disclosure.K_LEAST` events in a cell is NaN.
    """
    told = {name: counts_told(pd.Series(columns[name])) for name in ("events", "clustered")}
    few = np.isnan(told["events"].to_numpy()) & (np.asarray(columns["events"]) > 0)
    smooth = {
        name: np.where(few, np.nan, columns[name])
        for name in ("density_per_1000_km2", "z", "p", "q")
    }
    counts = {name: column.to_numpy() for name, column in told.items()}
    return {**columns, **counts, **smooth}


def clusters_told(clusters: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The clusters as they are told outside the office: those of few events are left out."""
    return clusters[clusters["events"] >= K_LEAST].reset_index(drop=True)


def _middles(cells: Cells, events: Events) -> NDArray[np.float64]:
    """The mean place of each cell's events; the middle of a cell without one."""
    index = cells.index_of(events.xy)
    middles = cells.xy.copy()
    for axis in (0, 1):
        total = np.bincount(index, weights=events.xy[:, axis], minlength=len(cells))
        number = np.bincount(index, minlength=len(cells))
        middles[:, axis] = np.where(number, total / np.maximum(number, 1), middles[:, axis])
    return middles


def _next_place(
    xy: NDArray[np.float64], places: gpd.GeoDataFrame, events: Events
) -> NDArray[np.str_]:
    """The name of the next known place of each point; empty where none has a name."""
    named = places[places["name"] != ""]
    if not len(named) or not len(xy):
        return np.full(len(xy), "", dtype=object).astype(str)
    _, index = cKDTree(onto(named, events)).query(xy)
    return np.asarray(named["name"].to_numpy(dtype=str)[index])
