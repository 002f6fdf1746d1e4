"""Flags of a radar comparison as alerts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import Point, Polygon

from geo.change.judging.own_past import KEY, OwnPast
from geo.change.sar import RadarChange, RadarStack
from geo.frames import frame_of_records
from geo.grid import WGS84, reproject
from geo.model import Alert, AlertMethod, AlertStatus, Precision, Provenance
from geo.pipeline.provenance import canonical
from geo.pipeline.sar.scenes import RadarPicture, strictest_of

CONFIRMED_BY, PROVISIONAL_BY = 3, 2
"""Scenes after the event that must agree."""

TOO_SHORT = "its past holds too few pictures to ask it the same question"
"""Why an alert is not tested."""


def alerts_of(
    polygons: gpd.GeoDataFrame,
    *,
    study_id: str,
    site_id: str,
    stack: RadarStack,
    change: RadarChange,
    used: Sequence[RadarPicture],
    present_from: datetime,
    placebos: Sequence[float],
    provenance: Provenance,
) -> gpd.GeoDataFrame:
    """The flagged polygons as alerts, and beside those columns all that was measured on them.

    Their dates are those of the last scene that does not show the change and of the first that
    surely does. `placebos` are the greatest scores of runs on the place's own past: the rate tells
    how many of these flagged as strongly, and p is ``(1 + runs with at least this score) /
    (1 + n)``.
    """
    told = canonical(dataclasses.asdict(provenance)).decode()
    numbers, _ = ndimage.label(change.mask == 1)
    days = [scene.taken_at.date() for scene in stack.scenes]
    agreeing = _agreeing(stack, change, present_from)
    alerts = []
    for number, row in enumerate(polygons.itertuples(), start=1):
        cells = numbers == numbers[_cell_of(row.geometry, stack)]
        last, first = _between(change, cells)
        alerts.append(
            Alert(
                id=f"{study_id}-{number:03d}",
                geometry=row.geometry,
                precision=Precision.EXACT,
                date_from=days[last],
                date_to=days[first],
                source=f"Radar study {study_id}",
                marking=strictest_of(used),
                simulated=bool(row.simulated),
                site_id=site_id,
                detection_id=study_id,
                area_m2=row.area_m2,
                distance_m=row.distance_m,
                score=row.score,
                p=_p(row.score, placebos),
                placebo_rate=(past := _past(row.score, placebos)).rate,
                status=_status(agreeing),
                provenance=told,
                method=AlertMethod.SAR,
                sensors=tuple(sorted({p.sensor for p in used if p.sensor})),
                persistence=agreeing,
                last_clear_on=max(days),
                features=_features(change, cells, past),
            )
        )
    frame = frame_of_records("alerts", alerts)
    measured = [name for name in polygons.columns if name not in frame.columns]
    return frame.assign(**{name: polygons[name].to_numpy() for name in measured})


def _cell_of(outline: Polygon, stack: RadarStack) -> tuple[int, int]:
    """Row and column of a cell inside an outline along cells' edges."""
    point = reproject(outline.representative_point(), WGS84, stack.grid.crs)
    assert isinstance(point, Point)
    col, row = ~stack.grid.transform @ (point.x, point.y)
    rows, cols = stack.grid.shape
    return min(max(int(row), 0), rows - 1), min(max(int(col), 0), cols - 1)


def _between(change: RadarChange, cells: NDArray[np.bool_]) -> tuple[int, int]:
    """Numbers of the scenes between which the change of these cells came."""
    assert change.between is not None
    last, first = (int(layer[cells][0]) for layer in change.between)
    return last, first


def _agreeing(stack: RadarStack, change: RadarChange, present_from: datetime) -> int:
    """Scenes after the event, of the orbit that dated the change."""
    return sum(
        scene.orbit == change.findings["dated_by"] and scene.taken_at >= present_from
        for scene in stack.scenes
    )


def _past(score: float, placebos: Sequence[float]) -> OwnPast:
    """How runs on the place's own past compare with a score."""
    return OwnPast(
        runs=len(placebos),
        reached=sum(other >= score for other in placebos),
        raised=sum(other > 0 for other in placebos),
        why_not="" if placebos else TOO_SHORT,
    )


def _p(score: float, placebos: Sequence[float]) -> float | None:
    """Placebo p value of a score; None where the past was too short for any run."""
    if not placebos:
        return None
    return (1 + sum(other >= score for other in placebos)) / (1 + len(placebos))


def _status(agreeing: int) -> AlertStatus:
    if agreeing >= CONFIRMED_BY:
        return AlertStatus.CONFIRMED
    return AlertStatus.PROVISIONAL if agreeing >= PROVISIONAL_BY else AlertStatus.FIRST


def _features(change: RadarChange, cells: NDArray[np.bool_], past: OwnPast) -> str:
    """What was measured on the cells of a flag, as JSON."""
    assert change.p is not None
    p = change.p[cells]
    unlikely = float((p[np.isfinite(p)] < 0.01).mean()) if np.isfinite(p).any() else None
    return canonical(
        {
            KEY: past.told,
            "cells": int(cells.sum()),
            "change_db": round(float(np.nanmean(change.change_db[cells])), 2),
            "omnibus_share": None if unlikely is None else round(unlikely, 3),
            "t": round(float(np.nanmax(change.unpooled[cells])), 2),
        }
    ).decode()
