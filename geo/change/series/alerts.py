"""What changed as polygons, with what can be said of each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.change.series.measures import Kind
from geo.change.series.observations import SiteMask
from geo.change.series.replay import Change, Course
from geo.change.series.robust import Table
from geo.grid import WGS84, Grid, geodesic_area_m2, reproject, transformer


def alerts_of(
    course: Course,
    tables: Sequence[Table],
    scenes: Sequence[date],
    *,
    site: SiteMask,
    kinds: Sequence[Kind],
    site_lonlat: tuple[float, float] | None = None,
    simulated: bool = False,
) -> gpd.GeoDataFrame:
    """The changes of a watch as polygons along the cells' edges, the strongest first.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, RangeIndex. ``id`` is made of the site, the first day and the anchor cell, so it
        stays when scenes are added. ``rank`` from 1; ``score`` and ``score_mean`` the highest and
        the mean evidence as a multiple of the threshold; ``area_m2`` on the ellipsoid;
        ``distance_m`` to the nearest point, 0 inside, NaN without a site; ``cells``;
        ``brightness_change`` after over expected, less 1 (NaN where the bands are no reflectance);
        ``ndvi_change`` after less expected, and ``ndvi_after``, its median from the first to the
        last day with the change (NaN without the bands); ``before_on`` the last clear
        day without the change and ``after_on``, the same as ``first_on``, the first with it;
        ``last_on`` the last with it; ``raised_on`` when the evidence sufficed; ``status``;
        ``persistence``, the clear dates that show it; ``last_clear_on``; ``placebo_runs``, the
        years of the past that were played again as if new, ``placebo_raised`` and
        ``placebo_reached``, how many of them raised an alert, and one as strong as this was in its
        first season; ``untested``, why there was no such year, empty if there was; ``lon`` and
        ``lat`` of the anchor; ``measure``; ``simulated``.
    """
    rows = [
        _row(
            course,
            change,
            dict(zip(kinds, moves, strict=True)),
            tables=tables,
            scenes=scenes,
            site=site,
            kinds=kinds,
            site_lonlat=site_lonlat,
        )
        for change, moves in zip(course.changes, _moves(course, tables), strict=True)
    ]
    names = [name for name in _COLUMNS if name != "geometry"]
    frame = gpd.GeoDataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=_COLUMNS[name]) for name in names},
        geometry=gpd.GeoSeries([row["geometry"] for row in rows], crs=WGS84),
        crs=WGS84,
    )
    ranked = frame.sort_values(["score", "area_m2", "id"], ascending=[False, False, True])
    return ranked.assign(
        rank=np.arange(1, len(ranked) + 1), simulated=np.full(len(ranked), simulated, dtype=bool)
    ).reset_index(drop=True)


_COLUMNS = {
    "id": "str",
    "score": "float64",
    "score_mean": "float64",
    "area_m2": "float64",
    "distance_m": "float64",
    "cells": "int64",
    "brightness_change": "float64",
    "ndvi_change": "float64",
    "ndvi_after": "float64",
    "before_on": "datetime64[us]",
    "after_on": "datetime64[us]",
    "first_on": "datetime64[us]",
    "last_on": "datetime64[us]",
    "raised_on": "datetime64[us]",
    "last_clear_on": "datetime64[us]",
    "status": "str",
    "persistence": "int64",
    "placebo_runs": "int64",
    "placebo_reached": "int64",
    "placebo_raised": "int64",
    "untested": "str",
    "lon": "float64",
    "lat": "float64",
    "measure": "str",
    "geometry": "geometry",
}
"""Columns and their types, so that a frame without a row has them as well."""


def _row(
    course: Course,
    change: Change,
    moved: dict[Kind, float],
    *,
    tables: Sequence[Table],
    scenes: Sequence[date],
    site: SiteMask,
    kinds: Sequence[Kind],
    site_lonlat: tuple[float, float] | None,
) -> dict[str, object]:
    """One change as a row."""
    cells = np.unique(change.cells)
    outline = outline_of(cells, site.grid)
    lon, lat = _lonlat(change.anchor, site.grid)
    day = [pd.Timestamp(scene) for scene in scenes]
    return {
        "id": alert_id(site.site_id, scenes[change.first], (lon, lat)),
        "score": float(change.strengths.max()),
        "score_mean": float(change.strengths.mean()),
        "area_m2": geodesic_area_m2(outline),
        "distance_m": _distance_m(outline, site_lonlat),
        "cells": len(cells),
        "brightness_change": float(np.expm1(moved.get(Kind.BRIGHTNESS, np.nan))),
        "ndvi_change": moved.get(Kind.GREENNESS, np.nan),
        "ndvi_after": _after(change, tables, kinds, cells),
        "before_on": day[change.before] if change.before >= 0 else pd.NaT,
        "after_on": day[change.first],
        "first_on": day[change.first],
        "last_on": day[change.last],
        "raised_on": day[change.raised],
        "last_clear_on": day[change.clear],
        "status": change.status.value,
        "persistence": change.agreeing,
        **_placebo(course, change),
        "lon": lon,
        "lat": lat,
        "measure": kinds[change.measure].value,
        "geometry": outline,
    }


def _placebo(course: Course, change: Change) -> dict[str, object]:
    """How the years before the season that raised a change compare with it."""
    told = next(one for one in course.seasons if one.first <= change.raised < one.after).thresholds
    assert told is not None  # without thresholds nothing is raised
    strongest = told.placebo_strongest
    return {
        "placebo_runs": len(strongest),
        "placebo_reached": sum(one >= change.evidence for one in strongest),
        "placebo_raised": sum(one >= 1 for one in strongest),
        "untested": ""
        if strongest
        else f"{'only one' if told.placebo_years else 'no'} year of its past can be played again, "
        "and at least two are needed",
    }


def alert_id(site_id: str, first_on: date, anchor_lonlat: tuple[float, float]) -> str:
    """``SR-`` and twelve digits of a SHA-256 over site, first day and anchor, to about a metre."""
    lon, lat = anchor_lonlat
    told = f"{site_id}\n{first_on.isoformat()}\n{lon:.5f}\n{lat:.5f}"
    return f"SR-{hashlib.sha256(told.encode()).hexdigest()[:12]}-001"


def outline_of(cells: NDArray[np.intp], grid: Grid) -> BaseGeometry:
    """Outline of cells, numbered row by row, in EPSG:4326."""
    rows, cols = np.divmod(cells, grid.shape[1])
    whole = shapely.union_all(shapely.box(cols, rows, cols + 1, rows + 1)).simplify(0)
    placed: BaseGeometry = shapely.transform(
        whole, lambda places: np.column_stack(grid.xy(places[:, 0], places[:, 1]))
    )
    return reproject(placed, grid.crs, WGS84)


def _lonlat(cell: int, grid: Grid) -> tuple[float, float]:
    """The middle of a cell."""
    row, col = divmod(cell, grid.shape[1])
    xs, ys = grid.xy(np.array([col + 0.5]), np.array([row + 0.5]))
    lon, lat = transformer(grid.crs, WGS84).transform(xs[0], ys[0])
    return float(lon), float(lat)


def _distance_m(outline: BaseGeometry, site_lonlat: tuple[float, float] | None) -> float:
    """Metres from the site to the nearest point of the outline; NaN without a site."""
    if site_lonlat is None:
        return float("nan")
    lon, lat = site_lonlat
    # In this projection every distance from its centre is true.
    around_site = CRS.from_dict({"proj": "aeqd", "lon_0": lon, "lat_0": lat, "datum": "WGS84"})
    return float(reproject(outline, WGS84, around_site).distance(Point(0, 0)))


def _after(
    change: Change, tables: Sequence[Table], kinds: Sequence[Kind], cells: NDArray[np.intp]
) -> float:
    """Median vegetation index from the first to the last scene that shows the change."""
    if Kind.GREENNESS not in kinds:
        return float("nan")
    seen = tables[kinds.index(Kind.GREENNESS)][change.first : change.last + 1][:, cells]
    return float(np.median(seen[np.isfinite(seen)])) if np.isfinite(seen).any() else float("nan")


def _moves(course: Course, tables: Sequence[Table]) -> list[list[float]]:
    """For each change, of each measure the median of what is seen less what was expected.

    Over the scenes from the first to the last that shows the change; NaN where none was clear.
    """
    told: list[list[float]] = [[] for _ in course.changes]
    for season in course.seasons:
        own = [
            n for n, one in enumerate(course.changes) if season.first <= one.raised < season.after
        ]
        if not own:
            continue
        first = min(course.changes[n].first for n in own)
        after = max(course.changes[n].last for n in own) + 1
        for normal, table in zip(season.normals, tables, strict=True):
            left, _ = normal.left(table[first:after], course.days[first:after])
            for n in own:
                change = course.changes[n]
                part = left[change.first - first : change.last - first + 1][:, change.cells]
                known = part[np.isfinite(part)]
                told[n].append(float(np.median(known)) if len(known) else float("nan"))
    return told
