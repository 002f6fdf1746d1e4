"""Routes told from cell to cell; pure.

A route would lead back to its origin, so outside the office it is told from cell to cell, and its
numbers are those of the way beyond the origin's cell. Its line says nothing of the way inside that
cell; its length and times do so only where the pace or the detours there are not those of the rest,
and then in coarse steps. Shares depend on the origin and are coarse for that reason; a
run from the middle of the cell, instead of from the place, would not tell of it at all.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.disclosure.cells import (
    FINEST_PER_DEGREE,
    cells,
    placed,
    precision_ranks,
    precision_words,
    told_before,
)
from geo.disclosure.rules import ranks_of
from geo.grid import ELLIPSOID, WGS84
from geo.model import Precision

_LENGTH_STEP_KM, _TIME_STEP_H, _SHARE_STEP = 10.0, 1.0, 0.05
"""Steps of a generalised route's length (nearest), times (upwards) and shares (nearest)."""

_LINES = frozenset({"LineString", "MultiLineString"})


def starts_of(geometries: NDArray[np.object_]) -> NDArray[np.float64]:
    """Where each line begins, or a place in a shape that is none; (rows, 2), NaN without one."""
    starts = np.full((len(geometries), 2), np.nan)
    for row in np.flatnonzero(placed(geometries)):
        geometry = geometries[row]
        if geometry.geom_type not in _LINES:
            geometry = shapely.point_on_surface(geometry)
        starts[row] = shapely.get_coordinates(geometry)[0]
    return starts


def from_cell_to_cell(
    frame: gpd.GeoDataFrame, cells_deg: NDArray[np.float64], starts: NDArray[np.float64]
) -> gpd.GeoDataFrame:
    """Routes as lines through cells of the width of each row, with coarse numbers.

    Each begins in the cell around its place in `starts`, whatever its line does there.
    """
    geometries = frame.geometry.to_numpy().copy()
    held = placed(geometries)
    beyond = np.ones(len(frame))
    names = np.full(len(frame), "a place that is not told", dtype=object)
    for row in np.flatnonzero(held):
        first = cells(starts[row : row + 1], cells_deg[row : row + 1])
        west, south, east, north = first[0]
        names[row] = f"a place in the cell {south:g} to {north:g} N, {west:g} to {east:g} E"
        geometries[row], beyond[row] = _coarse_path(geometries[row], float(cells_deg[row]), first)
    ranks = ranks_of(Precision, frame["precision"])
    ranks[held] = np.maximum(ranks[held], precision_ranks(cells_deg[held]))
    before, _ = told_before(frame)
    return frame.assign(
        **_coarse_numbers(frame, beyond),
        passes="",
        origin_name=frame["origin_name"].mask(frame["site_id"] == "", names).astype("str"),
        precision=precision_words(ranks, frame.index),
        geometry=gpd.GeoSeries(geometries, index=frame.index, crs=WGS84),
        generalised=before | held,
        cell_deg=np.where(held, cells_deg, np.nan),
    )


def _coarse_numbers(
    frame: gpd.GeoDataFrame, beyond: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Length and times of the share `beyond` of each way, and shares, in steps; NaN stays NaN."""

    def steps(name: str, step: float) -> NDArray[np.float64]:
        # A billionth less or more from another order of adding must not reach the next step.
        return np.asarray(np.round(frame[name].to_numpy() * beyond / step, 6))

    length_km = _LENGTH_STEP_KM * np.maximum(np.round(steps("length_km", _LENGTH_STEP_KM)), 1)
    times = {
        name: _TIME_STEP_H * np.maximum(np.ceil(steps(name, _TIME_STEP_H)), 1)
        for name in ("time_h", "time_h_low", "time_h_high")
    }
    shares = {
        name: np.round(_SHARE_STEP * np.round(np.round(frame[name] / _SHARE_STEP, 6)), 2)
        for name in ("share", "share_low", "share_high")
    }
    return {"length_km": length_km, **times, **shares}


def _coarse_path(
    geometry: BaseGeometry, cell_deg: float, first: NDArray[np.float64]
) -> tuple[BaseGeometry, float]:
    """The line through the middles of the cells that a path passes, and the share beyond the first.

    What the path does before it leaves a cell for good is not told, and its first straight piece,
    which leads from the place to a road, is told by the cells of its ends only: the same line comes
    from every origin in the first cell. A path within it becomes that cell's polygon.
    """
    lonlats = shapely.get_coordinates(geometry)
    moves = np.append(True, (np.diff(lonlats, axis=0) != 0).any(axis=1))
    if geometry.geom_type not in _LINES or moves.sum() == 1:
        return shapely.box(*first[0]), 1.0
    cut, access = _cut_by_grid(lonlats[moves], cell_deg)
    _, _, length_m = ELLIPSOID.inv(*cut[:-1].T, *cut[1:].T)
    met = cells((cut[:-1] + cut[1:]) / 2, np.full(len(cut) - 1, cell_deg))
    inside = np.flatnonzero((met == first).all(axis=1))
    left_at = int(inside[-1]) + 1 if len(inside) else 0
    passed = np.vstack([first, met[max(left_at, min(access, len(met) - 1)) :]])
    passed = _without_loops(passed)
    if len(passed) == 1:
        return shapely.box(*first[0]), 0.0
    corners = np.round(passed * FINEST_PER_DEGREE)
    middles = (corners[:, :2] + corners[:, 2:]) / 2 / FINEST_PER_DEGREE
    if np.array_equal(middles, lonlats):  # it has been told coarsely already
        return geometry, 1.0
    return shapely.LineString(middles), float(length_m[left_at:].sum() / length_m.sum())


def _without_loops(passed: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cells of a path, each once: where it comes back to one, the loop is left out.

    A road along a line of the grid, which passes now on this side and now on that, becomes no comb.
    """
    kept: dict[tuple[float, ...], None] = {}
    for cell in map(tuple, passed.tolist()):
        while cell in kept and next(reversed(kept)) != cell:
            kept.popitem()
        kept[cell] = None
    return np.array(list(kept))


def _cut_by_grid(lonlats: NDArray[np.float64], cell_deg: float) -> tuple[NDArray[np.float64], int]:
    """A path's vertices and where it meets the grid's lines, shape (n, 2); pieces of its first leg.

    No two vertices that follow each other may be the same.
    """
    units = np.round(lonlats * FINEST_PER_DEGREE, 6) / round(cell_deg * FINEST_PER_DEGREE)
    leaves = (np.floor(units[:-1]) != np.floor(units[1:])).any(axis=1)
    rows: list[int] = []
    points = [lonlats[:0]]
    for row in np.flatnonzero(leaves):
        a, b = units[row], units[row + 1]
        meets = []
        for axis in (0, 1):
            low, high = sorted((a[axis], b[axis]))
            lines = np.arange(np.floor(low) + 1, np.ceil(high))
            meets.append((lines - a[axis]) / (b[axis] - a[axis] or 1.0))
        shares = np.unique(np.round(np.concatenate(meets), 12))
        points.append(lonlats[row] + shares[:, np.newaxis] * (lonlats[row + 1] - lonlats[row]))
        rows += [int(row) + 1] * len(shares)
    return np.insert(lonlats, rows, np.vstack(points), axis=0), 1 + rows.count(1)
