"""A radar study in files and in words."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from geo.access import OFFICE
from geo.disclosure import for_viewer
from geo.pipeline.provenance import canonical
from geo.pipeline.sar.study import RadarStudy


def write_study(
    study: RadarStudy,
    *,
    score: Path | None = None,
    mask: Path | None = None,
    out: Path | None = None,
) -> None:
    """Write score and mask as GeoTIFF and the flags as GeoPackage: all of them whole, or none.

    The flags are those that the office itself may see. If one file cannot be written, none is left,
    and those that had these names before stay as they were.

    Raises
    ------
    BadInput
        If a file cannot be written.
    """
    from geo.sources.writers.geotiff_files import write_geotiff  # noqa: PLC0415 - GDAL is slow
    from geo.sources.writers.vectors import write_geopackage  # noqa: PLC0415
    from geo.sources.writers.whole import whole_files  # noqa: PLC0415

    tags = {
        "LAMASSU_SIMULATED": "YES" if study.simulated else "NO",
        "LAMASSU_MARKING": study.marking.value,
        "LAMASSU_PROVENANCE": canonical(dataclasses.asdict(study.provenance)).decode(),
    }
    grid, change = study.stack.grid, study.change
    with whole_files(score, mask, out) as (scores, codes, flags):
        if scores is not None:
            layer = change.score[np.newaxis]
            write_geotiff(scores, layer, grid=grid, bands=("score",), nodata=np.nan, tags=tags)
        if codes is not None:
            layers = change.mask[np.newaxis]
            write_geotiff(codes, layers, grid=grid, bands=("change",), nodata=255, tags=tags)
        if flags is not None:
            write_geopackage(flags, {"flags": for_viewer(study.flags, OFFICE, kind="alerts")})


def summary(study: RadarStudy) -> dict[str, Any]:
    """The result in numbers and words, for a person or as JSON."""
    return {
        "id": study.id,
        "pictures": len(study.pictures),
        "skipped": [{"name": name, "reason": reason} for name, reason in study.skipped],
        "simulated": study.simulated,
        "marking": study.marking.value,
        "flagged_ha": round(float(study.flags["area_m2"].sum()) / 1e4, 2),
        "findings": study.change.findings,
        "flags": [
            {
                "id": row.id,
                "area_m2": round(row.area_m2, 1),
                "distance_m": round(row.distance_m, 1),
                "score": round(row.score, 4),
                "date_from": row.date_from.date().isoformat(),
                "date_to": row.date_to.date().isoformat(),
                "status": str(row.status),
                "change_db": json.loads(row.features)["change_db"],
            }
            for row in study.flags.itertuples()
        ],
        "provenance": dataclasses.asdict(study.provenance),
    }
