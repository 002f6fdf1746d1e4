"""What a watch raised, as alerts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.change.judging.hints import hint_of
from geo.change.judging.own_past import KEY, OwnPast
from geo.frames import frame_of_records
from geo.model import Alert, AlertMethod, AlertStatus, Precision, Provenance, Tlp
from geo.pipeline.provenance import canonical

PLACE_DIGITS = 6
"""Decimals of the place of the first cell, in degrees: a tenth of a metre tells cells apart."""


def alerts_of(
    polygons: gpd.GeoDataFrame,
    *,
    study_id: str,
    site_id: str,
    sensors: Sequence[str],
    marking: Tlp,
    simulated: bool,
    provenance: Provenance,
) -> gpd.GeoDataFrame:
    """The polygons of `Watch.alerts` as alerts, and beside those columns all that was measured.

    Their dates are those of the last clear scene without the change and of the first with it;
    `placebo_rate` is the share of quiet years of the past that raised an alert as strong, none
    where no year was tested.
    """
    told = canonical(dataclasses.asdict(provenance)).decode()
    alerts = []
    for row in polygons.itertuples():
        past = _past(row)
        features = _features(row, past)
        alerts.append(
            Alert(
                id=row.id,
                geometry=row.geometry,
                precision=Precision.EXACT,
                date_from=None if pd.isna(row.before_on) else row.before_on.date(),
                date_to=row.after_on.date(),
                source=f"Series study {study_id}",
                marking=marking,
                simulated=simulated,
                site_id=site_id,
                detection_id=study_id,
                area_m2=row.area_m2,
                distance_m=None if np.isnan(row.distance_m) else row.distance_m,
                score=row.score,
                hint=hint_of(features),
                status=AlertStatus(row.status),
                provenance=told,
                method=AlertMethod.SERIES,
                sensors=tuple(sorted(set(sensors))),
                placebo_rate=past.rate,
                persistence=int(row.persistence),
                last_clear_on=row.last_clear_on.date(),
                features=canonical(features).decode(),
            )
        )
    frame = frame_of_records("alerts", alerts)
    measured = [name for name in polygons.columns if name not in frame.columns]
    return frame.assign(**{name: polygons[name].to_numpy() for name in measured})


def _past(row: Any) -> OwnPast:  # noqa: ANN401 - a row
    """How the years of the past that were played again compare with an alert."""
    return OwnPast(
        runs=int(row.placebo_runs),
        reached=int(row.placebo_reached),
        raised=int(row.placebo_raised),
        why_not=row.untested,
    )


def _features(row: object, past: OwnPast) -> dict[str, object]:
    """What was measured, for hints and for what may be learned later; None where unknown."""
    numbers = {
        name: _number(getattr(row, name))
        for name in (
            "area_m2",
            "brightness_change",
            "ndvi_change",
            "ndvi_after",
            "cells",
            "persistence",
        )
    }
    days = {
        name: getattr(row, name).date().isoformat() for name in ("first_on", "last_on", "raised_on")
    }
    place = {name: round(float(getattr(row, name)), PLACE_DIGITS) for name in ("lon", "lat")}
    measure = str(getattr(row, "measure"))  # noqa: B009 - a row
    return {**numbers, **days, **place, "measure": measure, KEY: past.told}


def _number(value: float) -> float | None:
    """Six digits of a number, so that libraries that round otherwise give the same text."""
    return None if not np.isfinite(value) else float(f"{value:.6g}")
