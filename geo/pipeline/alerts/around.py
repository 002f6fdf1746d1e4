"""What stands around alerts: how near the site, who else saw it, when it was last seen; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely import from_wkt
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from geo.change.series import sensor_family
from geo.grid import WGS84, reproject, transformer

CLEAR_FROM = 0.8
"""Share of a scene's cells that must be clear for the scene to count as a clear view."""

NEAR_POINT_M = 500.0
"""Radius that stands for a site of which neither outline nor buffer is known. A point is where a
gazetteer put it, often hundreds of metres off, so that a distance from it ranks nothing nearby."""

UNKNOWN_DAY = pd.NaT

Floats = NDArray[np.float64]


def with_surroundings(
    alerts: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, scenes: gpd.GeoDataFrame, *, today: date
) -> gpd.GeoDataFrame:
    """Alerts with ``place_m``, ``agreeing`` and ``agreeing_sensors``, ``last_clear_on`` brought up
    to date, and ``not_seen_days``.

    `place_m` is the distance in metres from the site's footprint or what stands for it, 0 inside,
    NaN if unknown;
    `agreeing` how many other sensors flagged the same ground in the same time, `agreeing_sensors`
    their names; `not_seen_days` how long before `today` the place was last seen clearly. Same index
    as `alerts`.
    """  # noqa: D205 - the columns are what it gives
    named = agreeing(alerts)
    seen = last_seen(alerts, scenes, today=today)
    return alerts.assign(
        place_m=distances_m(alerts, sites),
        agreeing=[len(names) for names in named],
        agreeing_sensors=["|".join(names) for names in named],
        last_clear_on=seen,
        not_seen_days=(pd.Timestamp(today) - seen).dt.days.astype("Float64"),
    )


def features_in(text: str) -> Mapping[str, object]:
    """The measured attributes of an alert; none if the text holds no JSON object."""
    try:
        # NaN is no JSON, though Python reads it.
        told = json.loads(text, parse_constant=lambda _name: None) if text else {}
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def distances_m(alerts: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> Floats:
    """Metres from each alert to the footprint of its site, 0 inside; NaN if it is not known.

    Where the outline is not known, the site's buffer stands for it; where neither is, a radius of
    `NEAR_POINT_M`.
    """
    known = {str(row["id"]): row for row in sites.to_dict("records")}
    far_m: Floats = alerts["distance_m"].to_numpy(dtype=np.float64, copy=True)
    outlines = alerts["geometry"].to_numpy()
    # Site by site, as each has a projection of its own that is slow to make.
    for site_id, rows in alerts.groupby("site_id").indices.items():
        drawn = [row for row in rows if outlines[row] is not None]
        if site_id in known and drawn:
            far_m[drawn] = _from_site_m(known[site_id], outlines[drawn])
    return far_m


def agreeing(alerts: gpd.GeoDataFrame) -> list[tuple[str, ...]]:
    """Other sensors that flagged the ground of each alert within its time, by name.

    Satellites that differ by a letter carry one sensor. A study that names no sensor counts as one
    of its own kind. Rejected alerts agree with nothing,
    and what is invented agrees with what is invented only.
    """
    outlines = alerts["geometry"].to_numpy()
    first, second = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    start, end = (alerts[name].to_numpy("datetime64[D]") for name in ("date_from", "date_to"))
    # A comparison with an unknown day is never true.
    meets = (start[first] <= end[second]) & (start[second] <= end[first])
    simulated = alerts["simulated"].to_numpy(bool)
    meets &= simulated[first] == simulated[second]
    meets &= (alerts["judgement"] != "rejected").to_numpy()[second]
    own = [_sensors(row) for row in alerts[["sensors", "method"]].itertuples(index=False)]
    others: list[set[str]] = [set() for _ in own]
    for one, other in zip(first[meets], second[meets], strict=True):
        others[one] |= own[other] - own[one]
    return [tuple(sorted(names)) for names in others]


def last_seen(alerts: gpd.GeoDataFrame, scenes: gpd.GeoDataFrame, *, today: date) -> pd.Series:
    """Day on which the ground of each alert was last seen clearly, NaT if unknown.

    The latest of what the alert's own study says, the day on which the change was seen, and the
    scenes over it of which a share of `CLEAR_FROM` at least is clear. Scenes without a mask tell
    nothing, and days after `today` are none.
    """
    limit = pd.Timestamp(today)
    told = pd.concat([alerts["last_clear_on"], alerts["date_to"]], axis=1)
    days = [told[name].astype("datetime64[us]") for name in told.columns]
    days.append(_by_scenes(alerts, scenes))
    table = pd.concat(days, axis=1)
    latest: pd.Series = table.where(table <= limit).max(axis=1).astype("datetime64[us]")
    return latest


def _by_scenes(alerts: gpd.GeoDataFrame, scenes: gpd.GeoDataFrame) -> pd.Series:
    """Day of the latest clear scene over each alert."""
    clear = scenes[(scenes["clear_fraction"] >= CLEAR_FROM) & scenes["acquired_at"].notna()]
    seen = pd.Series(UNKNOWN_DAY, index=alerts.index, dtype="datetime64[us]")
    if clear.empty or alerts.empty:
        return seen
    alert, scene = shapely.STRtree(clear["geometry"].to_numpy()).query(
        alerts["geometry"].to_numpy(), predicate="within"
    )
    same = alerts["simulated"].to_numpy(bool)[alert] == clear["simulated"].to_numpy(bool)[scene]
    moments = clear["acquired_at"].dt.tz_localize(None).dt.normalize().astype("datetime64[us]")
    latest = pd.Series(moments.to_numpy()[scene[same]]).groupby(alert[same]).max()
    seen.iloc[latest.index] = latest.to_numpy()
    return seen


def _from_site_m(site: Mapping[str, object], outlines: NDArray[np.object_]) -> Floats:
    """Metres of outlines from the footprint of a site, or what stands for it."""
    place = site["geometry"]
    footprint = _footprint(str(site.get("footprint_wkt", "")))
    stands_for_it = place if footprint is None else footprint
    if not isinstance(stands_for_it, BaseGeometry):
        return np.full(len(outlines), np.nan)
    middle = stands_for_it.representative_point()
    # In this projection every distance from its centre is true, and short ones nearly are.
    around = CRS.from_dict({"proj": "aeqd", "lon_0": middle.x, "lat_0": middle.y, "datum": "WGS84"})
    to_metres = transformer(WGS84, around).transform
    near = shapely.transform(outlines, to_metres, interleaved=False)
    far_m: Floats = shapely.distance(near, reproject(stands_for_it, WGS84, around))
    buffer_m = site.get("buffer_m")
    if footprint is not None:
        return far_m
    radius_m = buffer_m if isinstance(buffer_m, float) and buffer_m > 0 else NEAR_POINT_M
    return np.maximum(far_m - radius_m, 0.0)


def _footprint(wkt: str) -> BaseGeometry | None:
    """An outline from its text; None if there is none that can be measured from."""
    try:
        footprint = from_wkt(wkt) if wkt else None
    except ShapelyError:
        return None
    return None if footprint is None or footprint.is_empty else footprint


def _sensors(row: object) -> set[str]:
    """The sensors of an alert, twins as one, or its kind of study where it names none."""
    names = str(row.sensors).split("|")  # type: ignore[attr-defined]
    return {sensor_family(name) for name in names} - {""} or {str(row.method)}  # type: ignore[attr-defined]
