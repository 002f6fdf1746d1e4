"""The watch over a site, from its scenes to alerts that can be made again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import from_wkt

from geo.access import OFFICE
from geo.change.series import (
    METHOD,
    PixelSeries,
    SeriesParameters,
    SiteScore,
    Skipped,
    Watch,
    pixel_series,
)
from geo.columns import columns_of
from geo.disclosure import for_viewer
from geo.errors import BadInput, NotFound
from geo.frames import frame_of
from geo.model import ImportReport, Provenance, Tlp, strictest
from geo.pipeline import Progress, no_progress
from geo.pipeline.evidence.originals import keep_original
from geo.pipeline.judging import with_judgements
from geo.pipeline.provenance import digest, versions
from geo.pipeline.remaking import Remade, compared, fingerprint, kept_records
from geo.pipeline.series.flags import alerts_of
from geo.pipeline.series.reading import footprint_of, watch_of, watched_area
from geo.pipeline.series.scenes import (
    UNKNOWN_SENSOR,
    ScenePicture,
    end_of,
    in_order,
    kept_pictures,
    pictures_of_folder,
    pictures_of_store,
)
from geo.settings import Settings
from geo.store import FileKey, Store


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeriesStudy:
    """A watch over a site, from its scenes to its alerts."""

    id: str
    """``SE-`` and the first digits of a SHA-256 over inputs, site and parameters."""
    watch: Watch
    """All that the scenes told."""
    flags: gpd.GeoDataFrame
    """Frame of alerts, strongest first, with what was measured on them."""
    site_score: SiteScore
    """How unlike its past the whole site looked, date by date."""
    pictures: tuple[ScenePicture, ...]
    """The scenes that were looked at, in order of time."""
    skipped: tuple[Skipped, ...]
    """Scenes that were left out, with the reason."""
    provenance: Provenance
    """With it the alerts can be made again."""
    marking: Tlp
    """The strictest marking of the scenes."""
    simulated: bool
    """True if a scene is invented."""


def study_series(
    store: Store,
    settings: Settings,
    *,
    site_id: str,
    scenes: Path | None = None,
    since: date | None = None,
    until: date | None = None,
    now: datetime,
    parameters: SeriesParameters | None = None,
    progress: Progress = no_progress,
) -> SeriesStudy:
    """What changed at a site, by the scenes of a folder or a netCDF cube, or of the store.

    A scene that cannot be used is skipped with the reason; the rest goes on.

    Parameters
    ----------
    scenes : Path, optional
        A folder of GeoTIFFs and netCDF cubes, or one cube; the scenes of the store if left out.
    since : date, optional
        The first day that is watched. Scenes before it only tell what is normal. If it is left
        out, the first two years do.
    until : date, optional
        The last day; later scenes are not looked at.

    Raises
    ------
    NotFound
        If there is no such site.
    BadInput
        If the site has no place, or no scene can be used.
    """
    sites = store.read("sites")
    row = sites[sites["id"] == site_id]
    if row.empty:
        raise NotFound(f"there is no site {site_id!r}", expected="the id of a site of the store")
    site = row.iloc[0]
    wanted = parameters or SeriesParameters()
    if since is not None:
        wanted = dataclasses.replace(wanted, watch_from=since)
    with ExitStack() as stack:
        if scenes is not None:
            found, skipped = pictures_of_folder(scenes, stack)
        else:
            found, skipped = pictures_of_store(
                store, settings, site_id=site_id, area_lonlat=watched_area(site)
            )
        pictures, others = in_order(found, until=end_of(until) if until else now, now=now)
        skipped = [*skipped, *others]
        if not pictures:
            told = "".join(f"; {one.scene_id}: {one.reason}" for one in skipped[:3])
            raise BadInput(
                f"no scene can be used{told}",
                expected="optical scenes of the site with a date, not later than today",
                remedy="add scenes, or ask for other days",
            )
        return _studied(pictures, skipped, site, wanted, progress=progress)


def keep_series(
    store: Store, study: SeriesStudy, *, settings: Settings, author: str, now: datetime
) -> ImportReport:
    """Keep the alerts of a study, and the files of its scenes; the same study again adds nothing.

    An alert that an earlier study of the site kept gets a new version, with its judgement: it has
    the same id.

    Raises
    ------
    StoreError
        If a file cannot be kept, is gone, or was changed since it was read.
    """
    for sha256, path in {p.sha256: p.kept_path for p in study.pictures}.items():
        if not (settings.scenes_folder / f"{sha256}.tif").is_file():
            keep_original(settings, path, sha256)
    names = [column.name for column in columns_of("alerts")]
    frame = frame_of("alerts", {name: list(study.flags[name]) for name in names})
    return store.add(
        "alerts",
        with_judgements(store, frame),
        key=FileKey(
            file_name=study.id,
            sha256=digest(dataclasses.asdict(study.provenance)),
            dataset_id="local",
        ),
        author=author,
        now=now,
    )


def series_of(store: Store, settings: Settings, alert: pd.Series) -> PixelSeries:
    """The series of the first cell of an alert, with what was expected of it.

    Raises
    ------
    NotFound
        If the alert's study is not kept, or a file of its scenes is gone.
    """
    _, provenance = kept_records(store, "alerts", str(alert["detection_id"]))
    with ExitStack() as stack:
        pictures, lacking = kept_pictures(settings, provenance, stack)
        if lacking:
            raise NotFound(
                f"{len(lacking)} files of the scenes of {alert['id']} are gone, such as that of "
                f"{lacking[0]}",
                expected="the files of all its scenes",
                remedy="put them back",
            )
        site, parameters = _question_of(provenance)
        watch, _ = watch_of(pictures, site, parameters=parameters, progress=no_progress)
    told = watch.alerts()
    mine = told[told["id"] == alert["id"]]
    if mine.empty:
        place = alert["geometry"].representative_point()
        return pixel_series(watch, (place.x, place.y))
    return pixel_series(watch, (float(mine["lon"].iloc[0]), float(mine["lat"].iloc[0])))


def remade(
    store: Store, settings: Settings, detection_id: str, *, progress: Progress = no_progress
) -> Remade:
    """The kept alerts of a study, made again from the files of its scenes.

    Raises
    ------
    NotFound
        If no alerts of this study are kept.
    """
    kept, provenance = kept_records(store, "alerts", detection_id)
    with ExitStack() as stack:
        pictures, lacking = kept_pictures(settings, provenance, stack)
        if lacking:
            return Remade(
                id=detection_id,
                kept_sha256=fingerprint("alerts", kept),
                made_sha256="",
                differences=tuple(f"the file of {name!r} is not kept" for name in lacking),
                differing=tuple(sorted(kept["id"])),
            )
        site, parameters = _question_of(provenance)
        study = _studied(pictures, [], site, parameters, progress=progress)
    return compared(
        detection_id,
        "alerts",
        kept=kept,
        made=study.flags,
        before=provenance,
        after=study.provenance,
    )


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
            }
            for row in study.flags.itertuples()
        ],
        "provenance": dataclasses.asdict(study.provenance),
    }


def _studied(
    pictures: Sequence[ScenePicture],
    skipped: list[Skipped],
    site: pd.Series,
    parameters: SeriesParameters,
    *,
    progress: Progress,
) -> SeriesStudy:
    """The study of these pictures."""
    watch, unread = watch_of(
        pictures,
        site,
        parameters=parameters,
        progress=lambda share, words: progress(0.5 * share, words),
    )
    progress(0.5, "learning what is normal")
    place = site["geometry"].representative_point()
    simulated = any(picture.simulated for picture in pictures)
    polygons = watch.alerts(site_lonlat=(place.x, place.y), simulated=simulated)
    progress(0.95, "drawing the alerts")
    marking = strictest([picture.marking for picture in pictures])
    provenance = _provenance(pictures, site, watch)
    told = (provenance.inputs, provenance.parameters, provenance.method)
    study_id = f"SE-{digest(told)[:12]}"
    thresholds = watch.course.thresholds
    calibrated = thresholds is not None and thresholds.placebo_years > 0
    flags = alerts_of(
        polygons,
        study_id=study_id,
        site_id=str(site["id"]),
        sensors=[picture.sensor for picture in pictures if picture.sensor != UNKNOWN_SENSOR],
        marking=marking,
        simulated=simulated,
        placebo_rate=thresholds.placebo_alarms if thresholds and calibrated else None,
        provenance=provenance,
    )
    progress(1.0, "done")
    return SeriesStudy(
        id=study_id,
        watch=watch,
        flags=flags,
        site_score=watch.score(),
        pictures=tuple(pictures),
        skipped=(*skipped, *unread, *watch.skipped),
        provenance=provenance,
        marking=marking,
        simulated=simulated,
    )


def _provenance(pictures: Sequence[ScenePicture], site: pd.Series, watch: Watch) -> Provenance:
    asked = dataclasses.asdict(watch.parameters)
    begins = watch.parameters.watch_from
    return Provenance(
        method=METHOD,
        inputs={f"{n} {p.name}": p.sha256 for n, p in enumerate(pictures, start=1)},
        parameters={
            "settings": {**asked, "watch_from": begins.isoformat() if begins else None},
            "site": {
                "id": str(site["id"]),
                "wkt": site["geometry"].wkt,
                "footprint_wkt": footprint_of(site).wkt,
            },
            "scenes": [
                {
                    "name": picture.name,
                    "sha256": picture.sha256,
                    "step": picture.step,
                    "taken_at": picture.taken_at.isoformat(),
                    "sensor": picture.sensor,
                    "bands": list(picture.bands),
                    "marking": picture.marking.value,
                    "simulated": picture.simulated,
                }
                for picture in pictures
            ],
        },
        versions=versions("rasterio", "shapely", "pyproj", "geopandas"),
        findings={**watch.findings(), "cloud_mask": _cloud_mask(pictures)},
    )


def _cloud_mask(pictures: Sequence[ScenePicture]) -> str:
    """How clouds were told, in words."""
    told = sum(picture.seeing != picture.bands for picture in pictures)
    if told == len(pictures):
        return "the scenes' own classes"
    return f"none for {len(pictures) - told} of {len(pictures)} scenes: only outliers are cut"


def _question_of(provenance: Mapping[str, Any]) -> tuple[pd.Series, SeriesParameters]:
    """Site and settings that a provenance tells of."""
    asked = provenance["parameters"]
    begins = asked["settings"]["watch_from"]
    told = asked["site"]
    site = pd.Series(
        {
            "id": told["id"],
            "geometry": from_wkt(told["wkt"]),
            "footprint_wkt": told["footprint_wkt"],
        }
    )
    settings = {
        **asked["settings"],
        "watch_from": date.fromisoformat(begins) if begins else None,
    }
    return site, SeriesParameters(**settings)
