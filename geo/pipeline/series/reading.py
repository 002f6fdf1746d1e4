"""Scenes as observations, on the grid of a site."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from shapely import from_wkt
from shapely.geometry import MultiPolygon, Polygon
from shapely.ops import unary_union

from geo.change.bands import in_order_of
from geo.change.series import (
    Bands,
    Observation,
    SeriesParameters,
    SiteMask,
    Skipped,
    Watch,
    ground_shown,
    site_mask,
    update,
)
from geo.errors import BadInput
from geo.grid import Grid, Raster, box_around
from geo.pipeline.change import area_of_site
from geo.pipeline.series.pictures import ScenePicture
from geo.progress import Progress

CONTEXT_HALF_WIDTH_M = 2_000.0
"""Half the width that is read around a site: 500 m beyond what is watched."""

FOOTPRINT_HALF_WIDTH_M = 300.0
"""Half the width of the square that stands for a site with neither outline nor stated buffer."""

MOST_VALUES = 400_000_000
"""Cells times scenes times measures that are held at once, at four bytes each."""


def footprint_of(site: pd.Series) -> Polygon | MultiPolygon:
    """The outline of a site, or the square that stands for it."""
    told = str(site.get("footprint_wkt") or "")
    shape = from_wkt(told) if told else site["geometry"]
    if isinstance(shape, Polygon | MultiPolygon) and not shape.is_empty:
        return shape
    buffer_m = site.get("buffer_m")
    half = FOOTPRINT_HALF_WIDTH_M if pd.isna(buffer_m) else float(buffer_m)
    return area_of_site(site, half_width_m=half)


def watched_area(site: pd.Series) -> Polygon | MultiPolygon:
    """What is watched of a site: its footprint, and what lies around its place."""
    area = unary_union([area_of_site(site), footprint_of(site)])
    assert isinstance(area, Polygon | MultiPolygon)
    return area


def watch_of(
    pictures: Sequence[ScenePicture],
    site: pd.Series,
    *,
    parameters: SeriesParameters,
    progress: Progress,
) -> tuple[Watch, list[Skipped]]:
    """The watch over a site after all pictures, and those that could not be read.

    The grid is the one that most pictures share: its window around the site.

    Raises
    ------
    BadInput
        If none can be read, or they are too many to hold.
    """
    from geo.sources.rasters.georeference import shared_grid  # noqa: PLC0415 - GDAL is slow
    from geo.sources.rasters.opening import LIMITS  # noqa: PLC0415

    window = _window(site)
    files = [path for picture in pictures for path in _placing(picture)]
    grid = shared_grid(files, window, limits=LIMITS)
    watch: Watch | None = None
    skipped: list[Skipped] = []
    for number, picture in enumerate(pictures):
        progress(number / len(pictures), f"reading scene {number + 1} of {len(pictures)}")
        try:
            raster = _read(picture, grid, window)
            mask = watch.site if watch else _masked(site, raster.grid, len(pictures))
            seen = _observation(picture, raster, watch.bands if watch else None)
        except BadInput as err:
            skipped.append(Skipped(scene_id=picture.name, reason=str(err)))
            continue
        watch = update(watch, [seen], site=mask, parameters=parameters)
    if watch is None:
        raise BadInput(
            f"none of {len(pictures)} scenes can be used"
            + "".join(f"; {one.scene_id}: {one.reason}" for one in skipped[:3]),
            expected="optical scenes of the site",
            remedy="add scenes that cover it",
        )
    return watch, skipped


def _window(site: pd.Series) -> Polygon:
    """What is read around a site."""
    west, south, east, north = watched_area(site).bounds
    margin = CONTEXT_HALF_WIDTH_M - 1_500.0
    corners = [box_around(at, half_width_m=margin) for at in ((west, south), (east, north))]
    window = unary_union(corners).envelope
    assert isinstance(window, Polygon)
    return window


def _placing(picture: ScenePicture) -> list[Path]:
    """The files that a picture is placed by: the first of each of its tiles."""
    first = {part.tile: part.path for part in reversed(picture.parts)}
    return [*reversed(first.values())] or [picture.path]


def _read(picture: ScenePicture, grid: Grid | None, window: Polygon) -> Raster:
    """The bands of a picture on the grid, or on its own around the site."""
    from geo.sources.rasters.parts import read_parts  # noqa: PLC0415 - GDAL is slow
    from geo.sources.rasters.raster import read_raster  # noqa: PLC0415

    if picture.parts:
        return read_parts(picture.parts, onto=grid, within_lonlat=None if grid else window)
    if grid is None:
        return read_raster([picture.path], within_lonlat=window)
    return read_raster([picture.path], onto=grid)


def _masked(site: pd.Series, grid: Grid, scenes: int) -> SiteMask:
    """The site on a grid that so many scenes share."""
    cells = int(np.prod(grid.shape))
    if cells * scenes * 2 > MOST_VALUES:
        raise BadInput(
            f"{scenes} scenes of {grid.shape[0]} x {grid.shape[1]} cells are too many to hold",
            expected=f"at most {MOST_VALUES // 2:,} cells in all",
            remedy="choose fewer scenes, or coarser ones",
        )
    return site_mask(
        str(site["id"]),
        grid,
        footprint_lonlat=footprint_of(site),
        watched_lonlat=watched_area(site),
    )


def _observation(picture: ScenePicture, raster: Raster, bands: Bands | None) -> Observation:
    """A picture as the watch sees it, its bands in the order of the first one."""
    seeing = [i for i, name in enumerate(raster.bands) if name in picture.seeing]
    ground = Raster(
        grid=raster.grid,
        bands=tuple(raster.bands[i] for i in seeing),
        values=raster.values[seeing],
    )
    order = bands.names if bands else ground.bands
    return Observation(
        taken_at=picture.taken_at,
        scene_id=picture.name,
        sensor=picture.sensor,
        bands=Bands(names=order),
        values=in_order_of(ground, order).values,
        clear=ground_shown(raster),
    )
