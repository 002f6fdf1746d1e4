"""Accumulated cost over a raster: exact, from many sources, level or on foot uphill and down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import cast

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from geo.errors import BadInput, GridMismatch, InvalidSetting
from geo.routes import buckets, tiles
from geo.routes.moves import BEST_PACE_S_PER_M, Ground, Layer, move_lengths_m

CellSize = float | tuple[float, float]
"""Side of a square cell, or (width, height) of a cell, in metres."""

OFF_PATH_FACTOR = 0.6
"""Speed on foot off a path over speed on it (Tobler 1993, NCGIA report 93-1)."""


def accumulated_cost(
    friction: ArrayLike,
    *,
    cell_m: CellSize,
    sources_rowcol: ArrayLike,
    neighbours: int = 8,
    stop_rowcol: ArrayLike | None = None,
    start_cost_s: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Least cost from the nearest source to each cell, in seconds.

    The cost of a move is the line integral of friction: the mean of both cells times the length.

    Parameters
    ----------
    friction : (rows, columns), float32 or float64
        Seconds a metre, positive; NaN is a barrier. Other numbers are converted, which takes a
        copy. The grid must be metric.
    cell_m : float or (width, height)
        Size of a cell in metres.
    sources_rowcol : (n, 2) or (2,) of int
        Cells at which paths begin.
    neighbours : 8 or 16
        16 adds the knight's moves, each along the four cells that it crosses. On level ground the
        cost in the worst direction is 8.2 % too high with 8, 2.8 % with 16.
    stop_rowcol : (n, 2) or (2,) of int, optional
        Where costs are wanted. Cells that cost more than the farthest of them are NaN. If one
        cannot be reached, everything that can be is worked out.
    start_cost_s : float or (n,) of float, optional
        Cost at each source, 0 unless given.

    Returns
    -------
    (rows, columns) of float64
        Seconds; NaN on barriers and where no path leads. Equal, bit for bit, to what Dijkstra's
        algorithm gives in float64.

    Raises
    ------
    InvalidSetting
        If a setting is outside what it may be, or a source or stop outside the raster.
    BadInput
        If friction is no raster, or is zero, negative or infinite somewhere, or a source lies on
        a barrier.
    """
    ground = level_ground(friction, cell_m=cell_m, neighbours=neighbours)
    return _spread(ground, sources_rowcol, stop_rowcol, start_cost_s)


def walking_cost(
    elevation_m: ArrayLike,
    *,
    cell_m: CellSize,
    sources_rowcol: ArrayLike,
    towards: bool = False,
    off_path_factor: float = 1.0,
    friction_factor: ArrayLike | None = None,
    neighbours: int = 8,
    stop_rowcol: ArrayLike | None = None,
    start_cost_s: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Least time on foot from the nearest source to each cell, in seconds, uphill and down.

    Tobler's hiking function, ``6 exp(-3.5 |slope + 0.05|)`` km/h of level distance, at the slope
    between both ends of each move (Tobler 1993, NCGIA report 93-1). The curve is for a person
    on foot; it says nothing of pack animals or vehicles.

    Parameters
    ----------
    elevation_m : (rows, columns), float32 or float64
        Metres, as `cell_m`; NaN is a barrier.
    towards : bool
        Whether the times are those of walking to the sources, not from them.
    off_path_factor : float
        Speed over the speed on a path, above 0; `OFF_PATH_FACTOR` is Tobler's for open ground.
    friction_factor : (rows, columns), optional
        What multiplies time in each cell, positive; NaN is a barrier.
    cell_m, sources_rowcol, neighbours, stop_rowcol, start_cost_s
        As of `accumulated_cost`.

    Returns
    -------
    (rows, columns) of float64
        Seconds; NaN on barriers and where no path leads. Equal to Dijkstra's algorithm in
        float64 but for rounding (1e-12 of the value).

    Raises
    ------
    InvalidSetting, BadInput
        As `accumulated_cost`; and if the elevation is infinite somewhere.
    GridMismatch
        If `friction_factor` has another shape than the elevation.
    """
    ground = walking_ground(
        elevation_m,
        cell_m=cell_m,
        towards=towards,
        off_path_factor=off_path_factor,
        friction_factor=friction_factor,
        neighbours=neighbours,
    )
    return _spread(ground, sources_rowcol, stop_rowcol, start_cost_s)


def level_ground(friction: ArrayLike, *, cell_m: CellSize, neighbours: int) -> Ground:
    """What `accumulated_cost` crosses, checked as it says."""
    layer = _layer(friction, "friction")
    _check_positive(layer, "friction", "seconds a metre")
    lengths_m = move_lengths_m(cell_size(cell_m), moves_of(neighbours))
    return Ground(
        friction=layer,
        elevation_m=np.empty((0, 0), layer.dtype),
        lengths_m=lengths_m,
        level_s=lengths_m,
        towards=False,
    )


def walking_ground(
    elevation_m: ArrayLike,
    *,
    cell_m: CellSize,
    towards: bool,
    off_path_factor: float,
    friction_factor: ArrayLike | None,
    neighbours: int,
) -> Ground:
    """What `walking_cost` crosses, checked as it says."""
    layer = _layer(elevation_m, "elevation")
    if infinite := _faults(layer)[2]:
        raise BadInput(
            f"the elevation is infinite in {infinite} cells",
            expected="metres",
            remedy="set cells without data to NaN",
        )
    if not (np.isfinite(off_path_factor) and off_path_factor > 0):
        raise InvalidSetting(
            f"off_path_factor is {off_path_factor}", expected="a positive number such as 0.6"
        )
    factor: Layer = np.empty((0, 0), layer.dtype)
    if friction_factor is not None:
        factor = _factor(friction_factor, layer)
    lengths_m = move_lengths_m(cell_size(cell_m), moves_of(neighbours))
    return Ground(
        friction=factor,
        elevation_m=layer,
        lengths_m=lengths_m,
        level_s=lengths_m * (BEST_PACE_S_PER_M / off_path_factor),
        towards=towards,
    )


def _spread(
    ground: Ground,
    sources_rowcol: ArrayLike,
    stop_rowcol: ArrayLike | None,
    start_cost_s: ArrayLike | None,
) -> NDArray[np.float64]:
    """Costs from checked sources."""
    layer = ground.friction if ground.friction.size else ground.elevation_m
    sources = flat_cells(sources_rowcol, layer.shape, "source")
    barred = np.isnan(layer.ravel()[sources])
    if barred.any():
        row, col = divmod(int(sources[barred][0]), layer.shape[1])
        raise BadInput(
            f"the source at row {row}, column {col} lies on a barrier (NaN)",
            expected="a source on ground that can be crossed",
            remedy="move it to the nearest cell with data",
        )
    stops = np.empty(0, np.int64)
    if stop_rowcol is not None:
        stops = flat_cells(stop_rowcol, layer.shape, "stop point")
    start_s = start_costs(start_cost_s, sources)
    cost_s = np.full(layer.shape, np.inf)
    np.minimum.at(cost_s.reshape(-1), sources, start_s)
    settled_s = tiles.sweep(cost_s, ground, sources=sources, stops=stops)
    if settled_s < np.inf:
        buckets.settle(cost_s, ground, stops=stops, from_s=settled_s)
    farthest_s = cost_s.ravel()[stops].max() if stops.size else np.inf
    _forget(cost_s, min(farthest_s, np.finfo(np.float64).max))
    return cost_s


@njit(cache=True, nogil=True)
def _forget(cost_s: NDArray[np.float64], above_s: float) -> None:
    """Set what is higher than final to NaN, in place."""
    for row in range(cost_s.shape[0]):
        for col in range(cost_s.shape[1]):
            if cost_s[row, col] > above_s:
                cost_s[row, col] = np.nan


def flat_cells(rowcol: ArrayLike, shape: tuple[int, int], name: str) -> NDArray[np.int64]:
    """Index of each cell in a raster laid out flat.

    Raises
    ------
    InvalidSetting
        If there is none, one is no pair of whole numbers, or one is outside the raster.
    """
    given = np.asarray(rowcol)
    pairs = np.atleast_2d(given)
    if given.size == 0 or pairs.ndim != 2 or pairs.shape[1] != 2:
        raise InvalidSetting(
            f"the {name}s have the shape {given.shape}",
            expected="one row and column for each, at least one",
        )
    if not np.issubdtype(pairs.dtype, np.integer):
        raise InvalidSetting(
            f"the {name}s are of type {pairs.dtype}", expected="whole rows and columns"
        )
    outside = ((pairs < 0) | (pairs >= np.array(shape))).any(axis=1)
    if outside.any():
        row, col = pairs[outside][0]
        raise InvalidSetting(
            f"the {name} at row {row}, column {col} is outside the raster",
            expected=f"rows 0 to {shape[0] - 1} and columns 0 to {shape[1] - 1}",
        )
    return np.asarray(pairs[:, 0].astype(np.int64) * shape[1] + pairs[:, 1].astype(np.int64))


def start_costs(start_cost_s: ArrayLike | None, sources: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cost at each source, 0 unless given.

    Raises
    ------
    InvalidSetting
        If there are not as many as sources, or one is negative or not finite.
    """
    if start_cost_s is None:
        return np.zeros(len(sources))
    given = np.asarray(start_cost_s, dtype=np.float64)
    if given.ndim and given.shape != sources.shape:
        raise InvalidSetting(
            f"start_cost_s has the shape {given.shape}",
            expected=f"one number, or one for each of the {len(sources)} sources",
        )
    if not (np.isfinite(given) & (given >= 0)).all():
        raise InvalidSetting(
            "start_cost_s holds a negative or infinite number, or NaN",
            expected="seconds from 0 upwards",
        )
    return np.broadcast_to(given, sources.shape)


def _layer(values: ArrayLike, name: str) -> Layer:
    """The raster in a form that the kernels read, without a copy where it is so already."""
    given = np.asarray(values)
    if given.ndim != 2 or given.size == 0:
        raise BadInput(
            f"the {name} has the shape {given.shape}", expected="rows and columns, at least one"
        )
    if given.dtype.kind not in "iuf":
        raise BadInput(f"the {name} is of type {given.dtype}", expected="numbers")
    # float32 holds every integer of 16 bits.
    exact = np.float32 if given.dtype.itemsize <= 2 or given.dtype == np.float32 else np.float64
    return cast("Layer", np.ascontiguousarray(given, dtype=exact))


def _check_positive(layer: Layer, name: str, unit: str) -> None:
    """Raise if a cell that is no barrier holds no positive number."""
    negative, zero, infinite = _faults(layer)
    if negative:
        raise BadInput(f"the {name} is negative in {negative} cells", expected=f"{unit} above 0")
    if zero:
        raise BadInput(
            f"the {name} is zero in {zero} cells",
            expected=f"{unit} above 0",
            remedy="give the least real cost, or NaN where nothing can pass",
        )
    if infinite:
        raise BadInput(
            f"the {name} is infinite in {infinite} cells",
            expected=f"{unit}, finite",
            remedy="set barriers to NaN",
        )


@njit(cache=True, nogil=True)
def _faults(layer: Layer) -> tuple[int, int, int]:
    """Number of negative, zero and infinite cells (of either sign)."""
    negative = zero = infinite = 0
    for row in range(layer.shape[0]):
        for col in range(layer.shape[1]):
            value = layer[row, col]
            negative += value < 0
            zero += value == 0
            infinite += abs(value) == np.inf
    return negative, zero, infinite


def _factor(friction_factor: ArrayLike, elevation_m: Layer) -> Layer:
    """The factor in the elevation's precision, NaN wherever either is."""
    factor = _layer(friction_factor, "friction factor")
    if factor.shape != elevation_m.shape:
        raise GridMismatch(
            f"the friction factor has the shape {factor.shape}",
            expected=f"the elevation's, {elevation_m.shape}",
        )
    _check_positive(factor, "friction factor", "a multiple of time")
    joint = np.where(np.isnan(elevation_m), np.nan, factor)
    return cast("Layer", np.ascontiguousarray(joint, dtype=elevation_m.dtype))


def cell_size(cell_m: CellSize) -> tuple[float, float]:
    """Width and height of a cell.

    Raises
    ------
    InvalidSetting
        If they are not one or two positive numbers.
    """
    sides = tuple(cell_m) if isinstance(cell_m, Sequence | np.ndarray) else (cell_m, cell_m)
    numbers = all(isinstance(side, Real) and math.isfinite(side) and side > 0 for side in sides)
    if len(sides) != 2 or not numbers:
        raise InvalidSetting(
            f"cell_m is {cell_m}",
            expected="a positive number of metres, or (width, height)",
            remedy="bring a raster in degrees to a metric grid first",
        )
    return float(sides[0]), float(sides[1])


def moves_of(neighbours: int) -> int:
    """`neighbours`, if it is 8 or 16.

    Raises
    ------
    InvalidSetting
        If it is neither.
    """
    if neighbours not in {8, 16}:
        raise InvalidSetting(f"neighbours is {neighbours}", expected="8 or 16")
    return neighbours
