"""What lies along each link: slopes of the terrain, and how closely it is watched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from scipy.ndimage import map_coordinates
from scipy.spatial import KDTree

from geo.errors import BadInput
from geo.grid import WGS84, Raster, transformer
from geo.routes.friction import tobler_s_per_m
from geo.routes.noding import Lonlats
from geo.routes.parameters import WATCHED

MOST_PIECES = 256
"""A link is sampled in no more pieces than this, which keeps a long one at a kilometre or so."""

LEAST_STEP_M = 100.0
"""Terrain is not sampled more densely than this: a road does not follow each hump."""

RANGES_AWAY = 10.0
"""A place farther than so many ranges watches nothing (its weight is below 5e-5)."""

GEOCENTRIC = CRS.from_epsg(4978)
"""X, Y, Z of WGS 84 in metres, in which a nearest place is found without a map projection."""


class Slopes(NamedTuple):
    """Slopes of links in the direction of their lines, shape (links,) each."""

    net: NDArray[np.float64]
    """Rise over run between the first and the last known height; NaN without two heights."""
    steepness: NDArray[np.float64]
    """Mean amount of the slope; NaN without two neighbouring heights."""
    walk_there_s_per_m: NDArray[np.float64]
    """Mean of Tobler's pace along the line; on the flat where no slope is known."""
    walk_back_s_per_m: NDArray[np.float64]
    """The same against the line."""


def slopes_along(
    lines: NDArray[Any], length_m: NDArray[np.float64], terrain: Raster | None
) -> Slopes:
    """Slopes along lines in EPSG:4326 over a terrain of one band of heights in metres.

    Parameters
    ----------
    lines : array of LineString, shape (links,)
    length_m : array of float64, shape (links,)
        Their lengths; NaN for a line that is no course, whose slope is not known then.
    terrain : Raster or None
        Heights, bilinear between the middles of cells; without it no slope is known.
    """
    flat = float(tobler_s_per_m(np.zeros(1))[0])
    net, steepness = np.full(len(lines), np.nan), np.full(len(lines), np.nan)
    there, back = np.full(len(lines), flat), np.full(len(lines), flat)
    known = np.flatnonzero(length_m > 0)
    if terrain is None or not known.size:
        return Slopes(net, steepness, there, back)
    step_m = max(LEAST_STEP_M, *terrain.grid.cell_m)
    pieces = _pieces(length_m[known], step_m)
    link = np.repeat(np.arange(known.size), pieces + 1)
    number = np.arange(link.size) - np.repeat(np.cumsum(pieces + 1) - pieces - 1, pieces + 1)
    height_m = heights_m(terrain, _places(lines[known], link, number / pieces[link]))
    run_m = length_m[known] / pieces
    within = link[1:] == link[:-1]
    slope = np.diff(height_m)[within] / run_m[link[1:][within]]
    of_link = link[1:][within]
    net[known] = _net_slopes(height_m, number, link, run_m)
    steepness[known] = _means(np.abs(slope), of_link, known.size, np.nan)
    there[known] = _means(tobler_s_per_m(slope), of_link, known.size, flat)
    back[known] = _means(tobler_s_per_m(-slope), of_link, known.size, flat)
    return Slopes(net, steepness, there, back)


def heights_m(terrain: Raster, lonlat: Lonlats) -> NDArray[np.float64]:
    """Height at places in EPSG:4326, bilinear, NaN outside and beside holes, shape (places,)."""
    if len(terrain.bands) != 1:
        raise BadInput(
            f"the terrain has {len(terrain.bands)} bands", expected="one band of heights in metres"
        )
    x, y = transformer(WGS84, terrain.grid.crs).transform(lonlat[:, 0], lonlat[:, 1])
    cols, rows = ~terrain.grid.transform @ (np.asarray(x), np.asarray(y))
    on_earth = np.isfinite(cols) & np.isfinite(rows)
    height = np.full(len(lonlat), np.nan)
    height[on_earth] = map_coordinates(
        terrain.values[0],
        [rows[on_earth] - 0.5, cols[on_earth] - 0.5],
        output=np.float64,
        order=1,
        mode="constant",
        cval=np.nan,
    )
    return height


def watched_m(
    lines: NDArray[Any],
    length_m: NDArray[np.float64],
    watched: gpd.GeoDataFrame | None,
    *,
    weight: Mapping[str, float],
    range_m: float,
) -> NDArray[np.float64]:
    """Metres of each link weighted by how closely they are watched, shape (links,).

    Parameters
    ----------
    lines : array of LineString, shape (links,)
        In EPSG:4326.
    length_m : array of float64, shape (links,)
        Their lengths, which the weights are spread over.
    watched : GeoDataFrame or None
        Points in EPSG:4326 with a column ``kind`` of `WATCHED`; rows without a point are left out.
    weight : mapping
        Weight of each kind.
    range_m : float
        Distance in which watching falls to 1/e.

    Returns
    -------
    array of float64
        The integral along the link of the greatest ``weight exp(-distance / range_m)``, by the
        midpoints of pieces a quarter of the range long.

    Raises
    ------
    BadInput
        If a kind is not known.
    """
    if watched is None or not len(watched) or not len(lines):
        return np.zeros(len(lines))
    strange = sorted(set(watched["kind"]) - set(WATCHED))
    if strange:
        raise BadInput(f"a watched place is a {strange[0]!r}", expected=f"one of {WATCHED}")
    pieces = _pieces(length_m, range_m / 4, most=16 * MOST_PIECES)
    link = np.repeat(np.arange(len(lines)), pieces)
    number = np.arange(link.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    at = _geocentric_m(_places(lines, link, (number + 0.5) / pieces[link]))
    share = np.zeros(link.size)
    for kind in WATCHED:
        points = watched.geometry[watched["kind"] == kind]
        points = points[~(points.isna() | points.is_empty)]
        if len(points):
            near = KDTree(_geocentric_m(shapely.get_coordinates(points.array)))
            away_m, _ = near.query(at, distance_upper_bound=RANGES_AWAY * range_m)
            np.maximum(share, weight[kind] * np.exp(-away_m / range_m), out=share)
    sums = np.bincount(link, weights=share, minlength=len(lines))
    watched_share: NDArray[np.float64] = sums / pieces * length_m
    return watched_share


def _pieces(
    length_m: NDArray[np.float64], step_m: float, *, most: int = MOST_PIECES
) -> NDArray[np.int64]:
    """Number of pieces of about `step_m` for each length, at least one."""
    return np.clip(np.ceil(length_m / step_m), 1, most).astype(np.int64)


def _places(lines: NDArray[Any], link: NDArray[np.int64], share: NDArray[np.float64]) -> Lonlats:
    """Places at a share of the length of lines, shape (places, 2).

    The same as shapely's interpolation in a plane around each vertex, without an object a place.
    """
    lonlat, line = shapely.get_coordinates(lines, return_index=True)
    step = np.diff(lonlat, axis=0)
    step[:, 0] *= np.cos(np.radians(lonlat[:-1, 1]))
    long = np.hypot(step[:, 0], step[:, 1])
    long[line[1:] != line[:-1]] = 0
    travelled = np.concatenate([[0.0], np.cumsum(long)])
    last = np.cumsum(np.bincount(line, minlength=len(lines))) - 1
    first = np.concatenate([[0], last[:-1] + 1])
    goal = travelled[first[link]] + share * (travelled[last] - travelled[first])[link]
    segment = np.searchsorted(travelled, goal, side="right") - 1
    segment = np.clip(segment, first[link], last[link] - 1)
    part = (goal - travelled[segment]) / np.where(long[segment] > 0, long[segment], 1)
    begin = lonlat[segment]
    places: Lonlats = begin + np.clip(part, 0, 1)[:, None] * (lonlat[segment + 1] - begin)
    return places


def _geocentric_m(lonlat: Lonlats) -> NDArray[np.float64]:
    """Places on the ellipsoid in `GEOCENTRIC`, shape (places, 3)."""
    level = np.zeros(len(lonlat))
    ellipsoid = CRS.from_epsg(4979)
    return np.column_stack(
        transformer(ellipsoid, GEOCENTRIC).transform(lonlat[:, 0], lonlat[:, 1], level)
    )


def _net_slopes(
    height_m: NDArray[np.float64],
    number: NDArray[np.int64],
    link: NDArray[np.int64],
    run_m: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Rise over run between the first and the last known height of each link."""
    known = np.flatnonzero(~np.isnan(height_m))
    links = run_m.size
    first, last = np.full(links, -1), np.full(links, -1)
    first[link[known[::-1]]] = known[::-1]
    last[link[known]] = known
    apart = (number[last] - number[first]) * run_m
    rise = height_m[last] - height_m[first]
    return np.where((first >= 0) & (last > first), rise / np.where(apart > 0, apart, 1), np.nan)


def _means(
    values: NDArray[np.float64], link: NDArray[np.int64], links: int, without: float
) -> NDArray[np.float64]:
    """Mean of the values of each link that are not NaN, `without` where there is none."""
    known = ~np.isnan(values)
    count = np.bincount(link[known], minlength=links)
    sums = np.bincount(link[known], weights=values[known], minlength=links)
    return np.where(count > 0, sums / np.maximum(count, 1), without)
