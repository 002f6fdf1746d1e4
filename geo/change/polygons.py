"""Flagged cells as polygons, with what can be said of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS
from scipy import ndimage
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.change.bitemporal import CHANGED, Detection
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
    numbers, found = ndimage.label(detection.mask == CHANGED)
    outlines = _outlines(numbers, found, detection.grid)
    index = np.arange(1, found + 1)
    frame = gpd.GeoDataFrame(
        {
            "rank": index,
            "score": _measured(ndimage.maximum, detection.score, numbers, index),
            "score_mean": _measured(ndimage.mean, detection.score, numbers, index),
            "area_m2": [geodesic_area_m2(outline) for outline in outlines],
            "distance_m": [_distance_m(outline, site_lonlat) for outline in outlines],
            "cells": np.bincount(numbers.ravel(), minlength=found + 1)[1:],
            "brightness_change": _measured(
                ndimage.mean, detection.brightness_change, numbers, index
            ),
            "before_on": _days(before_on, found),
            "after_on": _days(after_on, found),
            "simulated": np.full(found, simulated, dtype=bool),
        },
        geometry=gpd.GeoSeries(outlines, crs=WGS84),
        crs=WGS84,
    )
    if within_lonlat is not None:
        frame = frame[frame.intersects(within_lonlat)]
    ranked = frame.sort_values(["score", "area_m2", "rank"], ascending=[False, False, True])
    return ranked.assign(rank=np.arange(1, len(ranked) + 1)).reset_index(drop=True)


def _outlines(numbers: NDArray[np.intp], found: int, grid: Grid) -> list[BaseGeometry]:
    """Outline in EPSG:4326 of the cells of each number from 1 to `found`."""
    rows, cols = np.nonzero(numbers)
    # Neighbours in a row have one number, so a run of cells is one box.
    first = np.flatnonzero(np.diff(rows, prepend=-1) | (np.diff(cols, prepend=-1) != 1))
    last = np.append(first[1:], len(rows)) - 1 if len(first) else first
    boxes = shapely.box(cols[first], rows[first], cols[last] + 1, rows[first] + 1)
    owners = numbers[rows[first], cols[first]]
    order = np.argsort(owners, kind="stable")
    parts = np.split(boxes[order], np.searchsorted(owners[order], np.arange(2, found + 1)))
    return [_on_earth(shapely.union_all(part).simplify(0), grid) for part in parts[:found]]


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


def _measured(
    measure: Callable[..., ArrayLike],
    layer: NDArray[np.float32],
    numbers: NDArray[np.intp],
    index: NDArray[np.intp],
) -> NDArray[np.float64]:
    """A measurement over the cells of each number."""
    return np.asarray(measure(layer, numbers, index), dtype=np.float64)


def _days(day: date | None, count: int) -> pd.Series:
    return pd.Series([pd.Timestamp(day) if day else pd.NaT] * count, dtype="datetime64[us]")
