"""What a watch is fed: scenes of one place on one grid, and where the site lies on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy
from shapely.geometry import MultiPolygon, Polygon

from geo.errors import BadInput, GridMismatch
from geo.grid import WGS84, Grid, transformer

RING_SHARE = 0.2
"""Least share of the grid that the surroundings must have to speak for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """The bands that every observation of a watch has, in their order."""

    names: tuple[str, ...]
    """Band names, such as ``B04``; bands of codes are not among them."""

    def __post_init__(self) -> None:
        """Refuse no band, and one twice."""
        if not self.names or len(set(self.names)) < len(self.names):
            raise BadInput(
                f"the bands {', '.join(self.names) or 'none'}",
                expected="one band or more, each once",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observation:
    """One scene as a watch sees it."""

    taken_at: datetime
    """Time of the picture, UTC."""
    scene_id: str
    """Name of the scene, unique within the watch."""
    sensor: str
    """Sensor; a watch holds one family of sensors, such as Sentinel-2A and Sentinel-2B."""
    bands: Bands
    """What the layers are."""
    values: NDArray[np.float32] = field(repr=False)
    """Shape (bands, rows, columns); NaN where there is no data."""
    clear: NDArray[np.bool_] = field(repr=False)
    """Shape (rows, columns): cells with data that no cloud or shadow covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A scene that was left out."""

    scene_id: str
    """Name of the scene."""
    reason: str
    """Why, in words for the user."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SiteMask:
    """A site on the grid of its watch: what is watched, and the surroundings it is held against."""

    site_id: str
    """Id of the site."""
    grid: Grid
    """Where the cells lie."""
    inside: NDArray[np.bool_] = field(repr=False)
    """Shape (rows, columns): cells where alerts may be raised."""
    ring: NDArray[np.bool_] = field(repr=False)
    """Shape (rows, columns): cells whose common behaviour is not the site's own."""
    footprint: NDArray[np.bool_] = field(repr=False)
    """Shape (rows, columns): cells of the site itself, which has one score a date."""

    def __post_init__(self) -> None:
        """Refuse masks that do not fit the grid, and a site or a ring without a cell."""
        for name, mask in (
            ("inside", self.inside),
            ("ring", self.ring),
            ("footprint", self.footprint),
        ):
            if mask.shape != self.grid.shape:
                raise GridMismatch(
                    f"the mask {name!r} has the shape {mask.shape}", expected=f"{self.grid.shape}"
                )
            if not mask.any() and name != "footprint":
                raise BadInput(
                    f"no cell of the grid is in the mask {name!r} of {self.site_id}",
                    expected="a site on the grid, with surroundings",
                    remedy="choose scenes that cover the site and more",
                )


def site_mask(
    site_id: str,
    grid: Grid,
    *,
    footprint_lonlat: Polygon | MultiPolygon,
    watched_lonlat: Polygon | MultiPolygon | None = None,
) -> SiteMask:
    """A site on a grid: the cells of `watched_lonlat` are watched against the cells around them.

    Where these are few, as the scenes reach little further, all cells off the footprint are the
    surroundings, and where those are few, all cells: what changed is a minority that the robust
    fit of the surroundings leaves alone.

    Parameters
    ----------
    footprint_lonlat : Polygon or MultiPolygon, EPSG:4326
        Outline of the site itself.
    watched_lonlat : Polygon or MultiPolygon, EPSG:4326, optional
        Where alerts may be raised; the footprint itself if it is left out.

    Raises
    ------
    BadInput
        If no cell of the grid is watched.
    """
    footprint = _cells(grid, footprint_lonlat)
    watched = footprint if watched_lonlat is None else _cells(grid, watched_lonlat) | footprint
    choices = (~watched, ~footprint, np.ones(grid.shape, dtype=bool))
    ring = next(mask for mask in choices if mask.mean() >= RING_SHARE)
    return SiteMask(site_id=site_id, grid=grid, inside=watched, ring=ring, footprint=footprint)


def _cells(grid: Grid, area: Polygon | MultiPolygon) -> NDArray[np.bool_]:
    """The cells whose middle lies in the area."""
    rows, cols = np.indices(grid.shape) + 0.5
    lons, lats = transformer(grid.crs, WGS84).transform(*grid.xy(cols, rows))
    return np.asarray(contains_xy(area, lons, lats), dtype=bool)
