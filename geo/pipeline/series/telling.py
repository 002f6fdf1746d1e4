"""A study of many dates in files and in words."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.access import OFFICE
from geo.change.judging.own_past import UNKNOWN, own_past
from geo.disclosure import for_viewer
from geo.pipeline.series.study import SeriesStudy


def write_study(study: SeriesStudy, out: Path) -> None:
    """Write the alerts that the office itself may see as GeoPackage, whole or not at all.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    from geo.sources.writers.vectors import write_geopackage  # noqa: PLC0415 - GDAL is slow

    write_geopackage(out, {"flags": for_viewer(study.flags, OFFICE, kind="alerts")})


def summary(study: SeriesStudy) -> dict[str, Any]:
    """The result in numbers and words, for a person or as JSON."""
    score = study.site_score
    return {
        "id": study.id,
        "scenes": len(study.watch.scenes),
        "skipped": [{"name": one.scene_id, "reason": one.reason} for one in study.skipped],
        "simulated": study.simulated,
        "marking": study.marking.value,
        "flagged_ha": round(float(study.flags["area_m2"].sum()) / 1e4, 2),
        "findings": study.provenance.findings,
        "site_score": {
            "month": None if score.month is None else f"{score.month:%Y-%m}",
            "dates": [str(day) for day in score.dates],
            "scores": [None if np.isnan(v) else round(float(v), 2) for v in score.scores],
        },
        "flags": [
            {
                "id": row.id,
                "area_m2": round(row.area_m2, 1),
                "distance_m": None if np.isnan(row.distance_m) else round(row.distance_m, 1),
                "score": round(row.score, 4),
                "status": str(row.status),
                "first_on": row.first_on.date().isoformat(),
                "last_on": row.last_on.date().isoformat(),
                "raised_on": row.raised_on.date().isoformat(),
                "before_on": None if pd.isna(row.before_on) else row.before_on.date().isoformat(),
                "last_clear_on": row.last_clear_on.date().isoformat(),
                "persistence": int(row.persistence),
                "hint": row.hint,
                "placebo_rate": None if pd.isna(row.placebo_rate) else round(row.placebo_rate, 4),
                "placebo": _placebo_words(row.features),
            }
            for row in study.flags.itertuples()
        ],
        "provenance": dataclasses.asdict(study.provenance),
    }


def _placebo_words(features: str) -> str:
    """What quiet years of the past say of an alert."""
    past = own_past(json.loads(features))
    return past.words() if past else UNKNOWN
