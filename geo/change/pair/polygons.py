"""Flagged cells as polygons, with what can be said of each."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.change.codes import CHANGED
from geo.change.pair.detection import Detection
from geo.change.pair.runs import Runs, runs_of
from geo.grid import WGS84, Grid, geodesic_area_m2, reproject


def flagged_polygons(
    detection: Detection,
    *,
    within_lonlat: Polygon | MultiPolygon | None = None,
    site_lonlat: tuple[float, float] | None = None,
    before_on: date | None = None,
    after_on: date | None = None,
    simulated: bool = False,
) -> gpd.GeoDataFrame:
    """The flagged areas as polygons along the cells' edges, the strongest first.

    Parameters
    ----------
    detection : Detection
        What `detect` gave.
    within_lonlat : Polygon or MultiPolygon, EPSG:4326, optional
        Only polygons that meet this area are given; they are not cut, so that areas stay true.
    site_lonlat : (longitude, latitude), optional
        Place that distances are measured from.
    before_on, after_on : date, optional
        Days of the two pictures.
    simulated : bool
        True if a picture is invented.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, RangeIndex. ``rank`` from 1; ``score`` and ``score_mean`` the highest and the
        mean score; ``area_m2`` on the ellipsoid; ``distance_m`` to the nearest point of the
        polygon, 0 inside, NaN without a site; ``cells``; ``brightness_change`` the mean of after
        over before, less 1; ``before_on``, ``after_on``; ``simulated``.
    """
    runs = runs_of(detection.mask, lambda codes: codes == CHANGED)
    outlines = _outlines(runs, detection.grid)
    frame = gpd.GeoDataFrame(
        {
            "rank": np.arange(1, runs.groups + 1),
            "score": runs.greatest(detection.score),
            "score_mean": runs.mean(detection.score),
            "area_m2": [geodesic_area_m2(outline) for outline in outlines],
            "distance_m": [_distance_m(outline, site_lonlat) for outline in outlines],
            "cells": runs.cells,
            "brightness_change": runs.mean(detection.brightness_change),
            "before_on": _days(before_on, runs.groups),
            "after_on": _days(after_on, runs.groups),
            "simulated": np.full(runs.groups, simulated, dtype=bool),
        },
        geometry=gpd.GeoSeries(outlines, crs=WGS84),
        crs=WGS84,
    )
    if within_lonlat is not None:
        frame = frame[frame.intersects(within_lonlat)]
    ranked = frame.sort_values(["score", "area_m2", "rank"], ascending=[False, False, True])
    return ranked.assign(rank=np.arange(1, len(ranked) + 1)).reset_index(drop=True)


def _outlines(runs: Runs, grid: Grid) -> list[BaseGeometry]:
    """Outline in EPSG:4326 of the cells of each group."""
    # A run of cells is one box.
    boxes = shapely.box(runs.first, runs.row, runs.end, runs.row + 1)
    order = np.argsort(runs.group, kind="stable")
    starts = np.searchsorted(runs.group[order], np.arange(1, runs.groups))
    parts = np.split(boxes[order], starts)
    return [_on_earth(shapely.union_all(part).simplify(0), grid) for part in parts[: runs.groups]]


def _on_earth(outline_colrow: BaseGeometry, grid: Grid) -> BaseGeometry:
    """An outline in columns and rows of the grid, in EPSG:4326."""
    placed: BaseGeometry = shapely.transform(
        outline_colrow, lambda places: np.column_stack(grid.xy(places[:, 0], places[:, 1]))
    )
    return reproject(placed, grid.crs, WGS84)


def _distance_m(outline: BaseGeometry, site_lonlat: tuple[float, float] | None) -> float:
    """Metres from the site to the nearest point of the outline; NaN without a site."""
    if site_lonlat is None:
        return float("nan")
    lon, lat = site_lonlat
    # In this projection every distance from its centre is true.
    around_site = CRS.from_dict({"proj": "aeqd", "lon_0": lon, "lat_0": lat, "datum": "WGS84"})
    return float(reproject(outline, WGS84, around_site).distance(Point(0, 0)))


def _days(day: date | None, count: int) -> pd.Series:
    return pd.Series([pd.Timestamp(day) if day else pd.NaT] * count, dtype="datetime64[us]")
