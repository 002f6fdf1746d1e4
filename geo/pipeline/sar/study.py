"""What changed at an event around a site, by a stack of radar pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import from_wkt
from shapely.geometry import Polygon

from geo.change import Detection, Parameters, flagged_polygons
from geo.change.sar import (
    METHOD,
    RadarChange,
    RadarParameters,
    RadarStack,
    compare_stack,
    placebo_scores,
)
from geo.errors import BadInput, InvalidSetting, NotFound
from geo.grid import box_around
from geo.model import ImportReport, Provenance, Tlp
from geo.pipeline.change import area_of_site
from geo.pipeline.comparing import Remade, compared, kept_records, unmade
from geo.pipeline.keeping import keep_as_alerts, keep_files, unlike_kept
from geo.pipeline.provenance import digest, versions
from geo.pipeline.sar.flags import alerts_of
from geo.pipeline.sar.reading import cells_in, read_stack
from geo.pipeline.sar.scenes import (
    RadarPicture,
    Skipped,
    in_order,
    kept_pictures,
    pictures_of_folder,
    pictures_of_store,
    strictest_of,
)
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import Store

PAST_DAYS, PRESENT_DAYS = 365, 60
"""How long before and after an event pictures count: Ballinger's 12 months against 2."""

CONTEXT_HALF_WIDTH_M = 3_000.0
"""Half the width that is read around a site: what the surroundings did is no change."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RadarStudy:
    """A radar comparison, from its pictures to its flags."""

    id: str
    """``SA-`` and the first digits of a SHA-256 over inputs, area and parameters."""
    stack: RadarStack
    """The scenes, as they were read."""
    change: RadarChange
    """Score, mask and findings."""
    flags: gpd.GeoDataFrame
    """Frame of alerts, strongest first, with what was measured on them."""
    pictures: tuple[RadarPicture, ...]
    """The pictures that were read, in order of time."""
    skipped: tuple[Skipped, ...]
    """Name and reason of each picture that was left out."""
    provenance: Provenance
    """With it the flags can be made again."""
    marking: Tlp
    """The strictest marking of the inputs."""
    simulated: bool
    """True if a picture is invented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked of the pictures."""

    site_id: str
    site_lonlat: tuple[float, float]
    area: Polygon
    event_from: date
    event_to: date
    parameters: RadarParameters

    @property
    def past_until(self) -> datetime:
        """What was taken before belongs to the past."""
        return datetime.combine(self.event_from, time(), UTC)

    @property
    def present_from(self) -> datetime:
        """What was taken from here on belongs to the present."""
        return datetime.combine(self.event_to + timedelta(days=1), time(), UTC)


def study_radar(
    store: Store,
    settings: Settings,
    *,
    site_id: str,
    event_from: date,
    event_to: date | None = None,
    scenes: Path | None = None,
    now: datetime,
    parameters: RadarParameters | None = None,
    progress: Progress = no_progress,
) -> RadarStudy:
    """What changed at an event around a site, by the radar pictures of a folder or of the store.

    Pictures of the 365 days before the event are held against those of the 60 days after it, each
    orbit by itself. A picture that cannot be used is skipped with the reason.

    Parameters
    ----------
    event_from, event_to : date
        The days between which it happened; one day if only one is given. Pictures of these days
        are in neither group.
    scenes : Path, optional
        A folder of GeoTIFFs; the radar scenes of the store if it is left out.

    Raises
    ------
    NotFound
        If there is no such site.
    BadInput
        If the site has no place, or too few pictures can be used.
    """
    sites = store.read("sites")
    row = sites[sites["id"] == site_id]
    if row.empty:
        raise NotFound(f"there is no site {site_id!r}", expected="the id of a site of the store")
    question = _question(
        row.iloc[0], event_from, event_to or event_from, parameters or RadarParameters()
    )
    first, last = _counted(question)
    if scenes is not None:
        found, skipped = pictures_of_folder(scenes)
    else:
        found, skipped = pictures_of_store(
            store, settings, site_id=site_id, area_lonlat=question.area
        )
    pictures, others = in_order(found, first=first, last=min(last, now))
    skipped = [*skipped, *others]
    if not pictures:
        raise BadInput(
            "no radar picture near the event can be used"
            + "".join(f"; {name}: {reason}" for name, reason in skipped[:3]),
            expected="radar pictures of the year before the event and of the months after",
            remedy="add pictures, or ask for another event",
        )
    return _studied(pictures, skipped, question, progress=progress)


def _question(
    site: pd.Series, event_from: date, event_to: date, parameters: RadarParameters
) -> _Question:
    """What is asked of a site.

    Raises
    ------
    BadInput
        If the site has no place, or the event ends before it begins.
    """
    if event_to < event_from:
        raise InvalidSetting(
            f"an event from {event_from} to {event_to}", expected="its first day before its last"
        )
    area = area_of_site(site)
    place = site["geometry"].representative_point()
    return _Question(
        site_id=str(site["id"]),
        site_lonlat=(place.x, place.y),
        area=area,
        event_from=event_from,
        event_to=event_to,
        parameters=parameters,
    )


def _counted(question: _Question) -> tuple[datetime, datetime]:
    """Between which moments pictures count.

    Raises
    ------
    InvalidSetting
        If these are no days of the calendar.
    """
    try:
        first = question.past_until - timedelta(days=PAST_DAYS)
        last = question.present_from + timedelta(days=PRESENT_DAYS)
    except OverflowError as err:
        raise InvalidSetting(
            f"an event from {question.event_from} to {question.event_to}",
            expected="days with a year before them and months after them",
        ) from err
    return first, last


def keep_radar(
    store: Store, study: RadarStudy, *, settings: Settings, author: str, now: datetime
) -> ImportReport:
    """Keep the flags of a study as alerts, and its pictures; the same study again adds nothing.

    Raises
    ------
    StoreError
        If a picture cannot be kept, is gone, or was changed since it was read.
    """
    keep_files(settings, _files_of(study.pictures))
    return keep_as_alerts(
        store, study.flags, study_id=study.id, provenance=study.provenance, author=author, now=now
    )


def _files_of(pictures: Sequence[RadarPicture]) -> dict[str, Path]:
    """The files of the pictures by their SHA-256."""
    return {
        sha256: path
        for picture in pictures
        for path, sha256 in zip(picture.paths, picture.digests, strict=True)
    }


def remade(
    store: Store, settings: Settings, detection_id: str, *, progress: Progress = no_progress
) -> Remade:
    """The kept flags of a radar study, made again from the files of its pictures.

    Raises
    ------
    NotFound
        If no flags of this study are kept.
    """
    kept, provenance = kept_records(store, "alerts", detection_id)
    pictures, lacking = kept_pictures(settings, provenance)
    spoilt = unlike_kept(_files_of(pictures))
    told = [f"the file of {name!r} is not kept" for name in lacking] or [
        f"the file of {picture.name!r} is not as it was kept"
        for picture in pictures
        if spoilt.intersection(picture.digests)
    ]
    if told:
        return unmade(detection_id, kept, lacking=told)
    asked = provenance["parameters"]
    question = _Question(
        site_id=asked["site"]["id"],
        site_lonlat=tuple(asked["site"]["lonlat"]),
        area=from_wkt(asked["area_wkt"]),
        event_from=date.fromisoformat(asked["event_from"]),
        event_to=date.fromisoformat(asked["event_to"]),
        parameters=RadarParameters(**asked["settings"]),
    )
    study = _studied(pictures, [], question, progress=progress)
    return compared(
        detection_id,
        "alerts",
        kept=kept,
        made=study.flags,
        before=provenance,
        after=study.provenance,
    )


def _studied(
    pictures: Sequence[RadarPicture],
    skipped: list[Skipped],
    question: _Question,
    *,
    progress: Progress,
) -> RadarStudy:
    """The study of these pictures."""
    window = box_around(question.site_lonlat, half_width_m=CONTEXT_HALF_WIDTH_M)
    stack, used, unused = read_stack(
        pictures, window, progress=lambda share, words: progress(0.5 * share, words)
    )
    change, placebos = _changed(stack, question, progress=progress)
    progress(0.95, "drawing the flags")
    provenance = _provenance(used, question, change)
    made_of = (provenance.inputs, provenance.parameters, provenance.method)
    study_id = f"SA-{digest(made_of)[:12]}"
    simulated = any(picture.simulated for picture in used)
    polygons = flagged_polygons(
        _as_detection(stack, change),
        within_lonlat=question.area,
        site_lonlat=question.site_lonlat,
        simulated=simulated,
    )
    flags = alerts_of(
        polygons,
        study_id=study_id,
        site_id=question.site_id,
        stack=stack,
        change=change,
        used=used,
        present_from=question.present_from,
        placebos=placebos,
        provenance=provenance,
    )
    progress(1.0, "done")
    return RadarStudy(
        id=study_id,
        stack=stack,
        change=change,
        flags=flags,
        pictures=tuple(used),
        skipped=(*skipped, *unused),
        provenance=provenance,
        marking=strictest_of(used),
        simulated=simulated,
    )


def _changed(
    stack: RadarStack, question: _Question, *, progress: Progress
) -> tuple[RadarChange, Sequence[float]]:
    """What changed at the event, and the greatest score of each run on the site's own past."""
    change = compare_stack(
        stack,
        event_from=question.past_until,
        event_to=question.present_from,
        parameters=question.parameters,
        progress=lambda share, words: progress(0.5 + 0.35 * share, words),
    )
    progress(0.85, "asking the past the same")
    placebos = placebo_scores(
        stack,
        event_from=question.past_until,
        event_to=question.present_from,
        within=cells_in(question.area, stack.grid),
        parameters=question.parameters,
    )
    told = {"placebos": [round(score, 4) for score in placebos]}
    return dataclasses.replace(change, findings={**change.findings, **told}), placebos


def _as_detection(stack: RadarStack, change: RadarChange) -> Detection:
    """The radar comparison as what polygons are drawn from."""
    return Detection(
        grid=stack.grid,
        score=change.score,
        unpooled=change.unpooled,
        mask=change.mask,
        brightness_change=np.full(stack.grid.shape, np.nan, np.float32),
        findings=change.findings,
        parameters=Parameters(),
    )


def _provenance(
    used: Sequence[RadarPicture], question: _Question, change: RadarChange
) -> Provenance:
    inputs = {
        f"{number} {part} {picture.name}": sha256
        for number, picture in enumerate(used, start=1)
        for part, sha256 in enumerate(picture.digests, start=1)
    }
    return Provenance(
        method=METHOD,
        inputs=inputs,
        parameters={
            "settings": dataclasses.asdict(question.parameters),
            "area_wkt": question.area.wkt,
            "context_half_width_m": CONTEXT_HALF_WIDTH_M,
            "site": {"id": question.site_id, "lonlat": list(question.site_lonlat)},
            "event_from": question.event_from.isoformat(),
            "event_to": question.event_to.isoformat(),
            "pictures": [
                {
                    "name": picture.name,
                    "polarisations": list(picture.polarisations),
                    "taken_at": picture.taken_at.isoformat(),
                    "orbit": picture.orbit,
                    "sensor": picture.sensor,
                    "marking": picture.marking.value,
                    "simulated": picture.simulated,
                }
                for picture in used
            ],
        },
        versions=versions("rasterio", "shapely", "pyproj", "geopandas"),
        findings=change.findings,
    )
