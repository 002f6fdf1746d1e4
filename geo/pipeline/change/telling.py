"""A detection in files and in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy
from shapely.geometry import MultiPolygon, Polygon

from geo.access import OFFICE
from geo.disclosure import for_viewer
from geo.grid import WGS84, Grid, give_back, strips, transformer
from geo.pipeline.change.detecting import NO_DATA, Change
from geo.pipeline.overview import place_of
from geo.pipeline.provenance import canonical


def write_detection(
    change: Change, *, score: Path | None = None, mask: Path | None = None, out: Path | None = None
) -> None:
    """Write score and mask as GeoTIFF and the flags as GeoPackage: all of them whole, or none.

    Score and mask lie on the whole grid of the first earlier file: no data outside what was read.
    The flags are those that the office itself may see. If one file cannot be written, none is left,
    and those that had these names before stay as they were.

    Raises
    ------
    BadInput
        If a file cannot be written.
    """
    from geo.sources.writers.vectors import write_geopackage  # noqa: PLC0415 - GDAL is slow
    from geo.sources.writers.whole import whole_files  # noqa: PLC0415

    with whole_files(score, mask, out) as (scores, codes, flags):
        _write_rasters(change, score=scores, mask=codes)
        if flags is not None:
            write_geopackage(flags, {"flags": for_viewer(change.flags, OFFICE, kind="alerts")})


def _write_rasters(change: Change, *, score: Path | None, mask: Path | None) -> None:
    """Write score and mask on the whole grid of the first earlier file."""
    from geo.sources.rasters.raster import describe  # noqa: PLC0415 - GDAL is slow
    from geo.sources.writers.geotiff_files import write_layer  # noqa: PLC0415

    tags = {
        "LAMASSU_SIMULATED": "YES" if change.simulated else "NO",
        "LAMASSU_MARKING": change.marking.value,
        "LAMASSU_PROVENANCE": canonical(dataclasses.asdict(change.provenance)).decode(),
    }
    whole = describe(change.before_source.paths[0]).grid
    place = place_of(change.detection.grid, whole)
    if score is not None:
        write_layer(
            score, change.detection.score, place=place, grid=whole, band="score", nodata=np.nan,
            tags=tags,
        )  # fmt: skip
    if mask is not None:
        write_layer(
            mask, change.detection.mask, place=place, grid=whole, band="change", nodata=NO_DATA,
            tags=tags,
        )  # fmt: skip


def _remarks(findings: Mapping[str, object], *, seen: bool) -> list[str]:
    """What a reader must know of the run, in sentences; `seen` if a cell of the area was."""
    nothing = str(findings.get("nothing_flagged_because", ""))
    clouds = str(findings.get("cloud_mask", ""))
    remarks = [f"Nothing was flagged: {nothing}."] if nothing else []
    if not seen:
        remarks = ["No cell of the area is clear on both dates: what changed there is unknown."]
    doubts = findings.get("doubts", [])
    assert isinstance(doubts, list)
    remarks += doubts
    if clouds.startswith("none"):
        remarks.append("The pictures bring no cloud mask, so clouds are not told from change.")
    if clouds.startswith("guessed"):
        remarks.append(
            "The pictures bring no cloud mask. Thick white cloud was guessed and left out; other "
            "cloud, and shadow, are not told from change."
        )
    return remarks


def _valid_cells(area: Polygon | MultiPolygon | None, mask: NDArray[np.uint8], grid: Grid) -> int:
    """Cells with data whose middle lies in the area; all with data if there is no area."""
    count = 0
    for rows in strips(grid.shape):
        valid = mask[rows] != NO_DATA
        if area is not None:
            down, right = np.indices(valid.shape) + 0.5
            xs, ys = grid.xy(right, down + rows.start)
            valid &= contains_xy(area, *transformer(grid.crs, WGS84).transform(xs, ys))
        count += int(valid.sum())
        give_back(mask)
    return count


def summary(change: Change) -> dict[str, Any]:
    """The result in numbers and words, for a person or as JSON.

    `valid_ha` counts what could be compared inside the area asked for, `flagged_ha` the flags.
    """
    findings = change.detection.findings
    mask = change.detection.mask
    cell_ha = float(np.prod(change.detection.grid.cell_m)) / 1e4
    dates = [
        source.taken_on.isoformat() if source.taken_on else "date unknown"
        for source in (change.before_source, change.after_source)
    ]
    valid = _valid_cells(change.area_lonlat, mask, change.detection.grid)
    flags = [
        {
            "id": row.id,
            "area_m2": round(row.area_m2, 1),
            "distance_m": None if np.isnan(row.distance_m) else round(row.distance_m, 1),
            "score": round(row.score, 4),
        }
        for row in change.flags.itertuples()
    ]
    return {
        "id": change.id,
        "before": dates[0],
        "after": dates[1],
        "simulated": change.simulated,
        "marking": change.marking.value,
        "valid_ha": round(valid * cell_ha, 2),
        "flagged_ha": round(float(change.flags["area_m2"].sum()) / 1e4, 2),
        "remarks": _remarks(findings, seen=valid > 0),
        "findings": findings,
        "flags": flags,
        "provenance": dataclasses.asdict(change.provenance),
    }
