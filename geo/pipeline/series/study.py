"""The watch over a site, from its scenes to alerts that can be made again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import from_wkt

from geo.change.series import (
    METHOD,
    Flagged,
    Kind,
    PixelSeries,
    SeriesParameters,
    SiteScore,
    Skipped,
    Watch,
    pixel_series,
)
from geo.errors import BadInput, NotFound
from geo.model import ImportReport, Provenance, Tlp, strictest
from geo.pipeline.comparing import Remade, compared, kept_records, unmade
from geo.pipeline.keeping import keep_as_alerts, keep_files, unlike_kept
from geo.pipeline.provenance import digest, versions
from geo.pipeline.series.flags import alerts_of
from geo.pipeline.series.pictures import UNKNOWN_SENSOR, ScenePicture
from geo.pipeline.series.reading import footprint_of, watch_of, watched_area
from geo.pipeline.series.scenes import (
    end_of,
    in_order,
    kept_pictures,
    pictures_of_folder,
    pictures_of_store,
)
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import Store


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
        A folder of GeoTIFFs, with all bands of a scene in one file or a file for each, and netCDF
        cubes; or one cube; the scenes of the store if left out.
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
    keep_files(settings, {sha256: path for p in study.pictures for sha256, path in p.files.items()})
    return keep_as_alerts(
        store, study.flags, study_id=study.id, provenance=study.provenance, author=author, now=now
    )


def series_of(settings: Settings, alert: pd.Series) -> PixelSeries:
    """The series of the first cell of an alert, with what was expected of it.

    Its interval is that of the alert as it is kept: nothing is detected again.

    Raises
    ------
    NotFound
        If a file of the scenes of the alert's study is gone.
    BadInput
        If the alert does not tell what its study looked at.
    """
    provenance, flagged = _told_by(alert)
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
    return pixel_series(watch, flagged)


def _told_by(alert: pd.Series) -> tuple[Mapping[str, Any], Flagged]:
    """The provenance of an alert, and what its series is to show.

    Raises
    ------
    BadInput
        If it does not tell.
    """
    try:
        provenance = json.loads(alert["provenance"])
        measured = json.loads(alert["features"])
        last = pd.Timestamp(alert["date_to"]).date()
        before = alert["date_from"]
        flagged = Flagged(
            lonlat=(float(measured["lon"]), float(measured["lat"])),
            measure=Kind(measured["measure"]),
            raised_on=date.fromisoformat(measured["raised_on"]),
            changed_from=last if pd.isna(before) else pd.Timestamp(before).date(),
            changed_to=last,
        )
    except (ValueError, KeyError, TypeError) as err:
        raise BadInput(
            f"the alert {alert['id']} does not tell what its study looked at",
            expected="an alert of series with its provenance",
            remedy="watch the site again and keep the alerts",
        ) from err
    return provenance, flagged


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
        told = [f"the file of {name!r} is not kept" for name in lacking] or _spoilt(pictures)
        if told:
            return unmade(detection_id, kept, lacking=told)
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


def _spoilt(pictures: Sequence[ScenePicture]) -> list[str]:
    """Which scenes have a kept file that holds something else now, a sentence each."""
    spoilt = unlike_kept({sha256: path for p in pictures for sha256, path in p.files.items()})
    return [
        f"the file of {picture.name!r} is not as it was kept"
        for picture in pictures
        if spoilt & picture.files.keys()
    ]


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
    flags = alerts_of(
        polygons,
        study_id=study_id,
        site_id=str(site["id"]),
        sensors=[picture.sensor for picture in pictures if picture.sensor != UNKNOWN_SENSOR],
        marking=marking,
        simulated=simulated,
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
        inputs={
            f"{number} {name}": sha256
            for number, picture in enumerate(pictures, start=1)
            for name, sha256 in _inputs(picture).items()
        },
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
                    **_parts_told(picture),
                }
                for picture in pictures
            ],
        },
        versions=versions("rasterio", "shapely", "pyproj", "geopandas"),
        findings={**watch.findings(), "cloud_mask": _cloud_mask(pictures)},
    )


def _inputs(picture: ScenePicture) -> dict[str, str]:
    """SHA-256 of each file of a scene, by its name."""
    parts = {part.name: part.sha256 for part in picture.parts}
    return parts or {picture.name: picture.sha256}


def _parts_told(picture: ScenePicture) -> dict[str, Any]:
    """The files of a scene's bands, with what makes their numbers comparable; none of one file."""
    told = [dataclasses.asdict(part) for part in picture.parts]
    for part in told:
        del part["path"]  # where it lies on this machine is no part of the question
    return {"parts": told} if told else {}


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
