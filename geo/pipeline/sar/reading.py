"""Radar pictures as a stack on one grid around a place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy
from shapely.geometry import Polygon

from geo.change.sar import Backscatter, RadarScene, RadarStack, backscatter, require_speckle
from geo.errors import BadInput
from geo.grid import WGS84, Grid, Raster, transformer
from geo.pipeline.sar.scenes import RadarPicture, Skipped
from geo.progress import Progress

MOST_VALUES = 600_000_000
"""Cells times polarisations times pictures that are held at once, at four bytes each."""


def read_stack(
    pictures: Sequence[RadarPicture], window_lonlat: Polygon, *, progress: Progress
) -> tuple[RadarStack, list[RadarPicture], list[Skipped]]:
    """The pictures on the grid that most of them share, those that were used, and the rest.

    Pictures that cannot be read, do not cover the window, or have other polarisations than most are
    skipped with the reason.

    Raises
    ------
    BadInput
        If none can be used, or they are too many to hold.
    """
    from geo.sources.rasters.georeference import shared_grid  # noqa: PLC0415 - GDAL is slow
    from geo.sources.rasters.opening import LIMITS  # noqa: PLC0415

    grid = shared_grid([picture.paths[0] for picture in pictures], window_lonlat, limits=LIMITS)
    read: list[tuple[RadarPicture, Backscatter]] = []
    skipped: list[Skipped] = []
    for number, picture in enumerate(pictures):
        progress(number / len(pictures), f"reading picture {number + 1} of {len(pictures)}")
        try:
            raster = _raster(picture, grid, window_lonlat)
            seen = backscatter(raster)
            require_speckle(seen)
            read.append((picture, seen))
        except BadInput as err:
            skipped.append((picture.name, str(err)))
            continue
        if len(read) == 1:
            _require_room(raster.grid, len(pictures), len(raster.bands))
    if grid is None or not read:
        raise BadInput(
            f"none of {len(pictures)} radar pictures near the event can be used",
            expected="radar pictures of the year before the event and of the months after",
            remedy="; ".join(f"{name}: {reason}" for name, reason in skipped[:3]),
        )
    common = _most_common(read)
    used, scenes = [], []
    for picture, seen in read:
        if tuple(sorted(seen.polarisations)) != common:
            reason = f"polarisations {', '.join(seen.polarisations)} and not {', '.join(common)}"
            skipped.append((picture.name, reason))
            continue
        order = [seen.polarisations.index(name) for name in common]
        used.append(picture)
        scenes.append(
            RadarScene(
                taken_at=picture.taken_at,
                scene_id=picture.name,
                orbit=picture.orbit,
                power=seen.power[order],
            )
        )
    return RadarStack(grid=grid, polarisations=common, scenes=tuple(scenes)), used, skipped


def cells_in(area_lonlat: Polygon, grid: Grid) -> NDArray[np.bool_]:
    """The cells of the grid whose middle lies in the area, shape (rows, columns)."""
    rows, cols = np.indices(grid.shape) + 0.5
    lons, lats = transformer(grid.crs, WGS84).transform(*grid.xy(cols, rows))
    return np.asarray(contains_xy(area_lonlat, lons, lats), dtype=bool)


def _raster(picture: RadarPicture, grid: Grid | None, window: Polygon) -> Raster:
    """All files of a picture on one grid, bands named after their polarisations."""
    from geo.sources.rasters.raster import read_raster  # noqa: PLC0415 - GDAL is slow

    parts: list[Raster] = []
    for path, named in zip(picture.paths, picture.polarisations, strict=True):
        onto = grid or (parts[0].grid if parts else None)
        part = read_raster([path], onto=onto, within_lonlat=None if onto else window)
        bands = (named,) if named else part.bands
        parts.append(Raster(grid=part.grid, bands=bands, values=part.values))
    return Raster(
        grid=parts[0].grid,
        bands=tuple(name for part in parts for name in part.bands),
        values=np.concatenate([part.values for part in parts]),
    )


def _most_common(read: Sequence[tuple[RadarPicture, Backscatter]]) -> tuple[str, ...]:
    """The polarisations that most pictures have; of equally many, the greater number of them."""
    counts = Counter(tuple(sorted(seen.polarisations)) for _, seen in read)
    return max(counts, key=lambda names: (counts[names], len(names), names))


def _require_room(grid: Grid, pictures: int, bands: int) -> None:
    rows, cols = grid.shape
    if rows * cols * pictures * bands > MOST_VALUES:
        raise BadInput(
            f"{pictures} radar pictures of {rows} x {cols} cells and {bands} bands",
            expected=f"at most {MOST_VALUES:,} values at once",
            remedy="give fewer pictures, or of larger cells",
        )
