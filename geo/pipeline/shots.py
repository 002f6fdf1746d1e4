"""The pictures of one place through time: around an alert, from the scenes that the viewer sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
from rasterio.features import geometry_mask
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput, LamassuError, NotFound
from geo.grid import WGS84, Grid, Raster, box_around, geodesic_distance_m, reproject
from geo.model import AlertMethod, Tlp
from geo.pipeline.shot_sources import Source, sources_of
from geo.progress import Progress, no_progress
from geo.settings import Settings
from geo.store import Store

LEAST_HALF_WIDTH_M = 600.0
"""Half the width of the ground that is shown around an alert, at least."""

MOST_SHOTS = 40
"""Pictures that are read for one timelapse; more would be slow to send, and are told of."""

VISIBLE = ("B02", "B03", "B04")
"""The bands whose mean is the brightness of the ground."""

SEEN_FROM = 0.5
"""Share of an alert's cells that must be clear for its place to count as seen."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """One picture of the place."""

    name: str
    """Id of the scene, or the file's role in the provenance."""
    taken_at: datetime | None
    """Time of the picture, UTC; None if it is not known."""
    sensor: str
    """Sensor, as far as it is known."""
    raster: Raster
    """The ground around the alert; every shot of one alert lies on one grid."""
    clear_share: float
    """Share of the alert's cells that are clear, 0 to 1; NaN without a mask that tells cloud."""
    not_seen: str
    """Why the place itself was not seen; empty where it was."""
    simulated: bool
    """True if the picture is invented."""
    marking: Tlp
    """Marking of the picture."""

    @property
    def day(self) -> date | None:
        """Day of the picture (UTC)."""
        return None if self.taken_at is None else self.taken_at.date()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shots:
    """The pictures of the place of one alert, in the order of time."""

    shots: tuple[Shot, ...]
    """Undated ones last."""
    left_out: tuple[str, ...]
    """What could not be read or was too much, a sentence each."""
    before: int | None
    """Number of the picture before the change; None if there is none."""
    after: int | None
    """Number of the picture that shows it."""


def shots_of(
    store: Store,
    settings: Settings,
    alert: pd.Series,
    *,
    half_width_m: float | None = None,
    progress: Progress = no_progress,
) -> Shots:
    """Every picture of an alert's place that the viewer sees, at most `MOST_SHOTS`.

    They are the scenes of the store that lie over the place, and what the alert itself was made
    from. All are read onto the cells of the picture that shows the change, for the same ground.

    Parameters
    ----------
    alert
        A row of alerts, as the viewer was given it.
    half_width_m
        Half the width of the ground; by default one and a half times the alert's own width, and
        `LEAST_HALF_WIDTH_M` at least.

    Raises
    ------
    BadInput
        If the alert has no outline that is as exact as it was drawn.
    NotFound
        If no picture of the place may be shown.
    """
    outline = _outline(alert)
    with ExitStack() as stack:
        sources = sources_of(store, settings, alert, outline, stack)
        if not sources:
            raise NotFound(
                f"no picture of the place of alert {alert['id']} is kept",
                expected="scenes over it, or the files that it was made from",
                remedy="bring in scenes of the place under Data",
            )
        chosen = _chosen(sources, alert)
        read, left_out = _all_read(chosen, outline, _ground(outline, half_width_m), progress)
    if not read:
        raise NotFound(
            f"no picture of the place of alert {alert['id']} can be read: {'; '.join(left_out)}",
            expected="at least one picture that lies over the place",
        )
    if len(chosen) < len(sources):
        left_out = (
            f"{len(sources) - len(chosen)} of {len(sources)} pictures are not shown: those that "
            "are farthest in time from the change",
            *left_out,
        )
    shots = sorted(read, key=_when)
    roles = {source.name: source.role for source in chosen}
    before, after = _pair(shots, roles, alert)
    return Shots(shots=tuple(shots), left_out=left_out, before=before, after=after)


def _all_read(
    chosen: Sequence[Source], outline: BaseGeometry, area: Polygon, progress: Progress
) -> tuple[list[Shot], tuple[str, ...]]:
    """The pictures on the cells of the one that shows the change, and what could not be read."""
    read: list[Shot] = []
    left_out: list[str] = []
    grid: Grid | None = None
    order = sorted(range(len(chosen)), key=lambda number: chosen[number].role != "after")
    for done, number in enumerate(order):
        progress(done / len(order), "reading pictures")
        try:
            shot = _read(chosen[number], outline, area, grid)
        except LamassuError as err:
            left_out.append(f"{chosen[number].name} is left out: {err}")
            continue
        grid = grid or shot.raster.grid
        read.append(shot)
    return read, tuple(left_out)


def _outline(alert: pd.Series) -> BaseGeometry:
    """The alert's own outline."""
    shape: BaseGeometry | None = alert["geometry"]
    if shape is None or shape.is_empty or shape.area == 0:
        raise BadInput(
            f"alert {alert['id']} has no outline here",
            expected="a polygon as its detector drew it",
            remedy="ask somebody who may see the place",
        )
    return shape


def _ground(outline: BaseGeometry, half_width_m: float | None) -> Polygon:
    """The square of ground around an outline."""
    west, south, east, north = outline.bounds
    centre = (west + east) / 2, (south + north) / 2
    across = geodesic_distance_m((west, south), (east, north))
    return box_around(centre, half_width_m=half_width_m or max(LEAST_HALF_WIDTH_M, 1.5 * across))


def _chosen(sources: Sequence[Source], alert: pd.Series) -> list[Source]:
    """Those nearest in time to the change, its own pair among them; in the order of time."""
    if len(sources) <= MOST_SHOTS:
        return list(sources)
    middle = _moment(alert)

    def far(number: int) -> tuple[bool, float, int]:
        """What a source is sorted by: no part of the pair, days from the change, its number."""
        source = sources[number]
        away = np.inf if source.taken_at is None else abs((source.taken_at - middle).days)
        return not source.role, float(away), number

    kept = sorted(range(len(sources)), key=far)[:MOST_SHOTS]
    return [sources[number] for number in sorted(kept)]


def _moment(alert: pd.Series) -> datetime:
    """When the change was there, as well as the alert knows: the last day of its interval."""
    for name in ("date_to", "date_from", "recorded_at"):
        value = alert.get(name)
        if value is not None and not pd.isna(value):
            moment: datetime = pd.Timestamp(value).to_pydatetime()
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime(1970, 1, 1, tzinfo=UTC)


def _read(source: Source, outline: BaseGeometry, area: Polygon, grid: Grid | None) -> Shot:
    """One picture on the common grid; on its own if it is the first."""
    from geo.change.clouds import clear  # noqa: PLC0415 - its libraries are slow to load
    from geo.sources.rasters.raster import read_raster  # noqa: PLC0415 - GDAL is slow

    raster = (
        read_raster(source.paths, within_lonlat=area)
        if grid is None
        else read_raster(source.paths, onto=grid)
    )
    raster = replace(raster, bands=tuple(_full(name) for name in raster.bands))
    seen = clear(raster)
    inside = _cells_of(outline, raster.grid)
    data = np.isfinite(raster.values).any(axis=0)
    share = float(seen[inside].mean()) if inside.any() else 0.0
    not_seen = ""
    if not (data & inside).any():
        not_seen = "no data"
    elif share < SEEN_FROM:
        not_seen = "cloud or shadow" if (data & inside & ~seen).any() else "no data"
    return Shot(
        name=source.name,
        taken_at=source.taken_at,
        sensor=source.sensor,
        raster=raster,
        clear_share=share,
        not_seen=not_seen,
        simulated=source.simulated,
        marking=source.marking,
    )


def _full(band: str) -> str:
    """``B2`` as ``B02``, by which pictures know what is red, green and blue."""
    return f"B0{band[1]}" if len(band) == 2 and band[0] == "B" and band[1].isdigit() else band


def _cells_of(outline: BaseGeometry, grid: Grid) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Cells that the outline touches."""
    shape = reproject(outline, WGS84, grid.crs)
    inside = geometry_mask(
        [shape], out_shape=grid.shape, transform=grid.transform, all_touched=True, invert=True
    )
    return np.asarray(inside, dtype=np.bool_)


def _when(shot: Shot) -> tuple[bool, datetime, str]:
    """Undated ones last."""
    return shot.taken_at is None, shot.taken_at or datetime.min.replace(tzinfo=UTC), shot.name


def _pair(
    shots: Sequence[Shot], roles: Mapping[str, str], alert: pd.Series
) -> tuple[int | None, int | None]:
    """The two pictures to compare: those that were compared, or the clear ones about the change."""
    by_role = {roles[shot.name]: number for number, shot in enumerate(shots) if roles[shot.name]}
    if {"before", "after"} <= set(by_role):
        return by_role["before"], by_role["after"]
    begin = alert.get("date_from")
    seen = [number for number, shot in enumerate(shots) if not shot.not_seen and shot.taken_at]
    by_radar = [number for number in seen if _is_radar(shots[number])]
    wanted = by_radar if alert["method"] == AlertMethod.SAR else sorted({*seen} - {*by_radar})
    seen = wanted if len(wanted) > 1 else seen
    if begin is None or pd.isna(begin) or not seen:
        return (seen[0], seen[-1]) if len(seen) > 1 else (None, None)
    first = pd.Timestamp(begin).date()
    earlier = [number for number in seen if _day(shots[number]) <= first]
    later = [number for number in seen if _day(shots[number]) > first]
    before = earlier[-1] if earlier else None
    until = _moment(alert).date()
    within = [number for number in later if _day(shots[number]) >= until]
    after = within[0] if within else (later[-1] if later else None)
    return before, after


def _is_radar(shot: Shot) -> bool:
    """Whether a picture is radar's, which is not held against one of light."""
    from geo.change.sar.backscatter import is_radar  # noqa: PLC0415 - its libraries are slow to load

    return is_radar(shot.raster.bands)


def _day(shot: Shot) -> date:
    """The day of a dated shot."""
    if shot.taken_at is None:
        raise ValueError(f"{shot.name} is not dated")
    return shot.taken_at.date()


def brightness_of(shot: Shot, outline_lonlat: BaseGeometry) -> float:
    """Mean of the visible bands over the clear cells that an outline touches; NaN if there is none.

    Where a picture lacks one of B02, B03 and B04 its first band stands for them.
    """
    from geo.change.clouds import clear  # noqa: PLC0415 - its libraries are slow to load

    bands = [name for name in VISIBLE if name in shot.raster.bands]
    if len(bands) < len(VISIBLE):
        bands = [shot.raster.bands[0]]
    layers = shot.raster.values[[shot.raster.bands.index(name) for name in bands]]
    cells = layers[:, _cells_of(outline_lonlat, shot.raster.grid) & clear(shot.raster)]
    return float(cells.mean()) if cells.size else float("nan")
