"""A watch over one site: scenes go in, in order of time; alerts come out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.change.radiometry import nothing_told
from geo.change.series.alerts import alerts_of
from geo.change.series.baseline import Days
from geo.change.series.calibration import Thresholds
from geo.change.series.measures import Layers, Measures
from geo.change.series.observations import Bands, Observation, SiteMask, Skipped
from geo.change.series.parameters import SeriesParameters
from geo.change.series.pixel import Flagged, PixelSeries, series_of_cell
from geo.change.series.replay import Course, replay
from geo.change.series.robust import Table
from geo.change.series.site import SiteScore, features, scored
from geo.errors import BadInput

METHOD = "robust seasonal baseline less surroundings, step likelihood, placebo years 2"
"""Name and version of the method, for provenance."""

FAMILY = re.compile(r"[\s_-]?[A-D]$")
"""The letter of a satellite, whose sensor is that of its twins: Sentinel-2A, Sentinel-2B."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """What a watch keeps of a scene."""

    taken_at: datetime
    """Time of the picture, UTC."""
    scene_id: str
    """Name of the scene."""
    clear_share: float
    """Share of the watched cells that were seen clearly."""
    layers: Layers
    """Brightness and greenness, shape (measures, rows, columns); NaN where not seen clearly."""
    features: NDArray[np.float64]
    """What it shows of the site as a whole."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Watch:
    """All that a watch knows after its last scene; what follows from it is computed when asked."""

    site: SiteMask
    """What is watched."""
    parameters: SeriesParameters
    """Settings of the watch."""
    bands: Bands | None = None
    """Bands of every scene; None before the first."""
    sensor: str = ""
    """Family of the sensors; empty before the first scene."""
    scenes: tuple[Kept, ...] = ()
    """The scenes, in order of time."""
    skipped: tuple[Skipped, ...] = ()
    """Scenes that were left out, with the reason."""

    @property
    def last(self) -> Kept | None:
        """The latest scene."""
        return self.scenes[-1] if self.scenes else None

    @property
    def begins_on(self) -> date | None:
        """The first day that is watched; None without a scene."""
        if not self.scenes:
            return None
        first = self.scenes[0].taken_at.date().toordinal()
        asked = self.parameters.watch_from
        return asked or date.fromordinal(first + self.parameters.history_days)

    @cached_property
    def days(self) -> Days:
        """Days of the scenes since 1970-01-01 (UTC)."""
        return np.array([_day(scene.taken_at) for scene in self.scenes], dtype=np.float64)

    def tables(self) -> list[Table]:
        """What was seen, one table of (scenes, cells) a measure."""
        if not self.scenes:
            return []
        count = len(self.scenes[0].layers)
        return [
            np.stack([scene.layers[i].ravel() for scene in self.scenes]).astype(np.float64)
            for i in range(count)
        ]

    @property
    def measures(self) -> Measures:
        """What is followed through time.

        Raises
        ------
        BadInput
            Before the first scene.
        """
        if self.bands is None:
            raise BadInput(
                f"the watch over {self.site.site_id} holds no scene",
                expected="one clear scene at least",
                remedy="see why each scene was left out",
            )
        return Measures.of(self.bands)

    @cached_property
    def course(self) -> Course:
        """What was raised, and by which evidence."""
        begins = self.begins_on
        if begins is None:
            nothing = np.full(self.site.inside.size, np.nan)
            return Course(days=self.days, seasons=(), changes=(), strength=nothing)
        return replay(
            self.tables(),
            self.days,
            kinds=self.measures.kinds,
            inside=self.site.inside.ravel(),
            ring=self.site.ring.ravel(),
            shape=self.site.grid.shape,
            begins=float(np.datetime64(begins, "D").astype(int)),
            parameters=self.parameters,
        )

    def alerts(
        self, *, site_lonlat: tuple[float, float] | None = None, simulated: bool = False
    ) -> gpd.GeoDataFrame:
        """The alerts, the strongest first; see `geo.change.series.alerts.alerts_of`."""
        scenes = [scene.taken_at.date() for scene in self.scenes]
        return alerts_of(
            self.course,
            self.tables(),
            scenes,
            site=self.site,
            kinds=self.measures.kinds if self.scenes else (),
            site_lonlat=site_lonlat,
            simulated=simulated,
        )

    def findings(self) -> dict[str, object]:
        """What was found out about the scenes, and why nothing was flagged where nothing was."""
        scenes, told = self.scenes, self.course.thresholds
        return {
            "sensor": self.sensor,
            "scenes": len(scenes),
            "first_scene_on": scenes[0].taken_at.date().isoformat() if scenes else None,
            "last_scene_on": scenes[-1].taken_at.date().isoformat() if scenes else None,
            "watched_from": self.begins_on.isoformat() if self.begins_on else None,
            "measures": [kind.value for kind in self.measures.kinds] if scenes else [],
            "thresholds": [round(value, 3) for value in told.strengths] if told else [],
            "placebo_years": told.placebo_years if told else 0,
            "placebo_share": _rounded(told.placebo_share) if told else None,
            "placebo_alarms": _alarms(told) if told else None,
            "skipped": {one.scene_id: one.reason for one in self.skipped},
            "nothing_flagged_because": self._why_nothing(),
        }

    @property
    def is_watching(self) -> bool:
        """Whether any scene could be held against what is normal."""
        return bool(self.course.seasons) and self.course.thresholds is not None

    def _why_nothing(self) -> str:
        """Why no alert was raised; empty if one was."""
        course, begins = self.course, self.begins_on
        if course.changes:
            return ""
        if begins is None:
            return "no scene shows the site clearly enough"
        if not course.seasons:
            return (
                f"the scenes end before {begins.isoformat()}, from where on they are watched: what "
                "changed is unknown, not nothing"
            )
        if course.thresholds is None:
            return (
                f"too few scenes before {begins.isoformat()} tell what is normal: what changed is "
                "unknown, not nothing"
            )
        return "no cells deviate strongly and lastingly enough"

    def score(self) -> SiteScore:
        """How unlike its past the whole site looked, date by date."""
        return scored(
            [scene.taken_at.date() for scene in self.scenes],
            [scene.features for scene in self.scenes],
        )


def update(
    state: Watch | None,
    observations: Sequence[Observation],
    *,
    site: SiteMask,
    parameters: SeriesParameters | None = None,
) -> Watch:
    """The watch after more scenes; `state` is not changed.

    Scenes are taken in order of time, in whatever order they are given, and each must be newer
    than the last: any batching of the same scenes in order of time gives the same watch. A scene
    that cannot be taken is among the `skipped` of the result, with the reason.

    Raises
    ------
    BadInput
        If the site or the settings are not those that the watch began with.
    """
    wanted = parameters or (state.parameters if state else SeriesParameters())
    watch = state or Watch(site=site, parameters=wanted)
    if wanted != watch.parameters or not _same(site, watch.site):
        raise BadInput(
            f"the watch over {watch.site.site_id} goes on with another site or other settings",
            expected="those it began with",
            remedy="begin a new watch",
        )
    for observation in sorted(observations, key=lambda one: (_instant(one), one.scene_id)):
        watch = _taken(watch, observation)
    return watch


def pixel_series(watch: Watch, flagged: Flagged) -> PixelSeries:
    """The series of the first cell of an alert; see `geo.change.series.pixel.series_of_cell`.

    Raises
    ------
    BadInput
        If the place is not on the grid, or the watch does not follow what flags the alert.
    """
    kinds = watch.measures.kinds
    begins = watch.begins_on
    if flagged.measure not in kinds or begins is None:
        raise BadInput(
            f"the scenes do not tell the {flagged.measure.value}",
            expected=f"one of {', '.join(kinds)}",
            remedy="watch the site again",
        )
    number = kinds.index(flagged.measure)
    return series_of_cell(
        [scene.layers[number] for scene in watch.scenes],
        [scene.taken_at.date() for scene in watch.scenes],
        flagged,
        grid=watch.site.grid,
        ring=watch.site.ring.ravel(),
        begins=float(np.datetime64(begins, "D").astype(int)),
    )


def _taken(watch: Watch, observation: Observation) -> Watch:
    """The watch after one scene."""
    reason = _unfit(watch, observation)
    if reason:
        return _without(watch, observation, reason)
    layers = Measures.of(observation.bands).layers(observation.values, observation.clear)
    share = float(np.isfinite(layers[0][watch.site.inside]).mean())
    if share < max(watch.parameters.min_clear_share, 1e-9):
        return _without(watch, observation, f"only {share:.0%} of the site is clear")
    kept = Kept(
        taken_at=observation.taken_at.astimezone(UTC),
        scene_id=observation.scene_id,
        clear_share=share,
        layers=layers,
        features=features(observation, site=watch.site),
    )
    return replace(
        watch,
        bands=observation.bands,
        sensor=sensor_family(observation.sensor),
        scenes=(*watch.scenes, kept),
    )


def _without(watch: Watch, observation: Observation, reason: str) -> Watch:
    left_out = Skipped(scene_id=observation.scene_id, reason=reason)
    return replace(watch, skipped=(*watch.skipped, left_out))


def _unfit(watch: Watch, observation: Observation) -> str:
    """Why a scene cannot be taken; empty if it can."""
    return _unlike(watch, observation) or _untimely(watch, observation)


def _unlike(watch: Watch, observation: Observation) -> str:
    """Why a scene does not belong to the others; empty if it does."""
    names, grid = observation.bands.names, watch.site.grid
    reason = ""
    if (observation.values.shape, observation.clear.shape) != (
        (len(names), *grid.shape),
        grid.shape,
    ):
        reason = f"it is on another grid, of {observation.values.shape[1:]} cells, not {grid.shape}"
    elif watch.bands is not None and observation.bands != watch.bands:
        reason = f"it has the bands {', '.join(names)}, not {', '.join(watch.bands.names)}"
    elif watch.sensor and sensor_family(observation.sensor) != watch.sensor:
        reason = f"it is from another sensor, {observation.sensor}, not {watch.sensor}"
    else:
        told = zip(names, map(nothing_told, observation.values), strict=True)
        reason = next((f"its band {name} {nothing}" for name, nothing in told if nothing), "")
    return reason


def _untimely(watch: Watch, observation: Observation) -> str:
    """Why a scene does not come after the others; empty if it does."""
    last = watch.last
    if observation.taken_at.tzinfo is None:
        return "its time has no zone"
    if any(observation.scene_id == scene.scene_id for scene in watch.scenes):
        return "it is in the watch already"
    if last and observation.taken_at <= last.taken_at:
        return (
            f"it is of {observation.taken_at:%Y-%m-%d}, not newer than the last scene, "
            f"{last.scene_id} of {last.taken_at:%Y-%m-%d}"
        )
    return ""


def sensor_family(sensor: str) -> str:
    """The sensor without the letter of its satellite."""
    return FAMILY.sub("", sensor.strip())


def _instant(observation: Observation) -> datetime:
    """The time, comparable with any other; one without a zone is refused later."""
    taken = observation.taken_at
    return taken.replace(tzinfo=UTC) if taken.tzinfo is None else taken


def _rounded(share: float) -> float | None:
    """Four decimals, None where unknown."""
    return None if np.isnan(share) else round(share, 4)


def _alarms(told: Thresholds) -> float | None:
    """Share of the years of the past that raise an alert; None where none was tested."""
    strongest = told.placebo_strongest
    return round(sum(one >= 1 for one in strongest) / len(strongest), 4) if strongest else None


def _day(taken_at: datetime) -> float:
    return float(np.datetime64(taken_at.date(), "D").astype(int))


def _same(site: SiteMask, other: SiteMask) -> bool:
    return site is other or (
        site.site_id == other.site_id
        and site.grid == other.grid
        and np.array_equal(site.inside, other.inside)
        and np.array_equal(site.ring, other.ring)
        and np.array_equal(site.footprint, other.footprint)
    )
