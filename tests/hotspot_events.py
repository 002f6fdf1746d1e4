"""Events made by hand or drawn at random, for the tests of hot spots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from geo.grid import WGS84, transformer
from geo.hotspots import Events, events_of

CENTRE = (44.0, 33.0)
"""Middle of the plane on which the events are laid out."""


def plane() -> CRS:
    """The plane of events around `CENTRE`."""
    empty = np.array([], dtype="datetime64[D]")
    return events_of(
        np.empty((0, 2)),
        radius_m=np.empty(0),
        date_from=empty,
        date_to=empty,
        centre_lonlat=CENTRE,
    ).crs


def lonlat_of(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places given in metres on `plane` as longitude and latitude."""
    lon, lat = transformer(plane(), WGS84).transform(xy[:, 0], xy[:, 1])
    return np.column_stack([lon, lat])


def laid_out(
    xy: object, days: object = None, *, radius_m: float = 100.0, doubt_days: float = 0.0
) -> Events:
    """Events at places in metres on `plane`, on days since 1970 (NaN: no date)."""
    places = np.asarray(xy, dtype=float).reshape(-1, 2)
    day = np.zeros(len(places)) if days is None else np.asarray(days, dtype=float)
    return Events(
        crs=plane(),
        xy=places,
        day=day,
        doubt_days=np.where(np.isnan(day), np.nan, doubt_days),
        radius_m=np.full(len(places), radius_m),
        row=np.arange(len(places)),
    )


def uniform(
    n: int, *, seed: int, side_m: float = 400_000.0, days: float = 3_000.0, radius_m: float = 100.0
) -> Events:
    """Events anywhere in a square and at any time, independent of each other."""
    rng = np.random.default_rng(seed)
    return laid_out(
        rng.uniform(0, side_m, (n, 2)), np.floor(rng.uniform(0, days, n)), radius_m=radius_m
    )
