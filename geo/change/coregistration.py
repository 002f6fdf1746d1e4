"""By how much one date lies beside the other, and the other moved back into place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.registration import phase_cross_correlation

from geo.change.radiometry import Layers, standardised

WINDOW_PX = 128
"""Side of the windows in which the shift is measured."""

WINDOWS_A_SIDE = 8
"""At most this many windows along a side of a scene, or so many in all; more would not make their
median surer."""

SMALLEST_PX = 32
"""A raster narrower than this holds too little to measure a shift on."""

FRACTION = 20
"""The shift is measured to a twentieth of a cell."""

AGREEING_PX = 0.5
"""Windows within this distance of the median are averaged."""

REFINEMENTS = 2
"""The shift that is left is measured again: one measurement falls short by up to a fifth."""

NEGLIGIBLE_PX = 0.1
"""A smaller shift is left alone: interpolation would blur more than it mends."""


REACH_PX = 8
"""Cells to either side that have part in a value between cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far the later picture had to be moved, and how it was known."""

    rowcol_px: tuple[float, float]
    """Cells down and to the right by which the later picture was moved."""
    windows: int
    """Windows that were measured."""
    agreeing: int
    """Windows that agree with their median."""
    verdict: str
    """What was done, in words."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edges:
    """The edges of two dates of one block, to measure a shift by."""

    layers: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]
    """Steepness of some bands on both dates."""
    valid: NDArray[np.bool_]
    """Cells that are clear on both."""

    @classmethod
    def of(
        cls, before: Layers, after: Layers, valid: NDArray[np.bool_], *, bands: Sequence[int]
    ) -> Edges:
        """Of some bands of two dates; invalid cells must hold finite numbers."""
        layers = [(_edges(before[band], valid), _edges(after[band], valid)) for band in bands]
        return cls(layers=tuple(layers), valid=valid)


def measured_shift(
    sample: Sequence[Edges], *, max_shift_px: float, windows_a_side: int = WINDOWS_A_SIDE
) -> Shift:
    """The shift that puts the later date onto the earlier, by a vote of windows over the sample.

    Measured by phase correlation of edges. It is refused where the windows do not agree on it,
    where it is larger than `max_shift_px`, and where it does not make the edges more alike.
    """
    if max_shift_px == 0:
        return _unmoved(0, 0, "not asked for")
    many = max(round(windows_a_side / np.sqrt(len(sample))), 2)
    windows = [_windows(part.valid, many) for part in sample]
    edges = [part.layers for part in sample]
    shift, measured, agreeing = _measured(edges, windows, max_shift_px=max_shift_px)
    if not measured:
        return _unmoved(0, 0, "too small or too patchy to measure a shift")
    if agreeing * 3 < measured:
        return _unmoved(measured, agreeing, "no shift that the windows agree on")
    for _ in range(REFINEMENTS):
        left = [tuple((old, _moved(new, shift)) for old, new in part) for part in edges]
        shift = shift + _measured(left, windows, max_shift_px=max_shift_px)[0]
    if np.abs(shift).max() <= NEGLIGIBLE_PX:
        return _unmoved(measured, agreeing, "in place already")
    if not sum(_gain(part, shift) for part in sample) > 0:
        return _unmoved(measured, agreeing, "a shift would not help")
    rowcol = (round(float(shift[0]), 3), round(float(shift[1]), 3))
    return Shift(rowcol_px=rowcol, windows=measured, agreeing=agreeing, verdict="moved")


def moved(
    after: Layers, valid: NDArray[np.bool_], shift: Shift
) -> tuple[Layers, NDArray[np.bool_]]:
    """`after` moved by cubic spline, within the range of each band, and the cells valid then.

    Nothing is copied if there is nothing to move.
    """
    if shift.rowcol_px == (0.0, 0.0):
        return after, valid
    by = np.array(shift.rowcol_px)
    return np.stack([_moved(layer, by) for layer in after]), valid & _moved_mask(valid, by)


def _gain(part: Edges, shift: NDArray[np.float64]) -> float:
    """By how much more alike the edges of the dates become."""
    still = part.valid & _moved_mask(part.valid, shift)
    return sum(
        _alike(old, _moved(new, shift), still) - _alike(old, new, still) for old, new in part.layers
    )


def _unmoved(windows: int, agreeing: int, verdict: str) -> Shift:
    return Shift(rowcol_px=(0.0, 0.0), windows=windows, agreeing=agreeing, verdict=verdict)


def _edges(layer: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Steepness of the layer less its mean; 0 where an invalid cell has part in it."""
    steepness: NDArray[np.float32] = ndimage.gaussian_gradient_magnitude(
        standardised(layer, valid), 1.0, mode="nearest"
    )
    whole = valid
    if not valid.all():
        whole = ndimage.binary_erosion(valid, np.ones((7, 7)), border_value=1)
    return np.where(whole, steepness - steepness.mean(where=valid), np.float32(0))


def _measured(
    edges: Sequence[Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]],
    windows: Sequence[Sequence[tuple[slice, slice]]],
    *,
    max_shift_px: float,
) -> tuple[NDArray[np.float64], int, int]:
    """The shift (rows, columns) most windows agree on, how many there are and how many agree."""
    shifts = np.array(
        [
            _window_shift(old[window], new[window])
            for part, of_part in zip(edges, windows, strict=True)
            for old, new in part
            for window in of_part
            if np.ptp(_inside(old[window])) > 0 and np.ptp(_inside(new[window])) > 0
        ]
    )
    possible = shifts[np.abs(shifts).max(axis=1) <= max_shift_px] if len(shifts) else shifts
    if not len(possible):
        return np.zeros(2), len(shifts), 0
    near = np.abs(possible - np.median(possible, axis=0)).max(axis=1) <= AGREEING_PX
    return (
        (possible[near].mean(axis=0) if near.any() else np.zeros(2)),
        len(shifts),
        int(near.sum()),
    )


def _inside(window: NDArray[np.float32]) -> NDArray[np.float32]:
    """A window without its outermost cells, of which the taper leaves nothing."""
    return window[1:-1, 1:-1]


def _window_shift(old: NDArray[np.float32], new: NDArray[np.float32]) -> NDArray[np.float64]:
    """Shift (rows, columns) that moves `new` onto `old`, by phase correlation."""
    side = len(old)
    taper = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    found = phase_cross_correlation(  # type: ignore[no-untyped-call]  # skimage has no types
        old * taper, new * taper, upsample_factor=FRACTION
    )
    shift: NDArray[np.float64] = found[0]
    return shift


def _windows(valid: NDArray[np.bool_], many: int) -> list[tuple[slice, slice]]:
    """Windows that are nearly all valid; if there is none, those that are half valid.

    Gaps lie in one place on both dates and so draw the measured shift towards none.
    """
    side = min(WINDOW_PX, *valid.shape)
    if side < SMALLEST_PX:
        return []
    windows = [
        (slice(top, top + side), slice(left, left + side))
        for top in _starts(valid.shape[0], side, many)
        for left in _starts(valid.shape[1], side, many)
    ]
    whole, half = ([w for w in windows if valid[w].mean() > least] for least in (0.8, 0.5))
    return whole or half


def _starts(length: int, side: int, many: int) -> list[int]:
    """Where windows begin along a side: half overlapping, unless that would be too many."""
    number = min(many, 2 * (length - side) // side + 1)
    return [int(start) for start in np.linspace(0, length - side, number)]


def _moved(layer: NDArray[np.float32], shift: NDArray[np.float64]) -> NDArray[np.float32]:
    """The layer moved by a shift, within its own range: a spline overshoots at sharp edges."""
    moved = layer
    for axis, length in enumerate(shift):
        if length:
            moved = ndimage.correlate1d(moved, _spline(float(length)), axis, mode="nearest")
    limited: NDArray[np.float32] = np.clip(moved, layer.min(), layer.max())
    return limited


def _spline(shift: float) -> NDArray[np.float64]:
    """Weights of the cells around a cell for the value that lies `shift` cells before it.

    The cardinal cubic spline (Unser 1999, doi:10.1109/79.799930, eq. 14), cut off at `REACH_PX`
    cells, where it has sunk to a 30 000th: so a value hangs on its surroundings only.
    """
    far = int(np.ceil(abs(shift))) + REACH_PX
    places = np.arange(-far, far + 1) + shift
    knots = np.arange(-far - REACH_PX, far + REACH_PX + 1)
    pole = np.sqrt(3) - 2
    height = -6 * pole / (1 - pole**2) * pole ** np.abs(knots)
    distance = np.abs(places[:, None] - knots)
    near, middle = np.clip(1 - distance, 0, None), np.clip(2 - distance, 0, None)
    weights = (middle**3 - 4 * near**3) / 6 @ height
    weights[np.abs(places) > REACH_PX] = 0
    normed: NDArray[np.float64] = weights / weights.sum()
    return normed


def _moved_mask(valid: NDArray[np.bool_], shift: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Cells whose centre came from a valid cell."""
    origin: NDArray[np.uint8] = ndimage.shift(
        valid.astype(np.uint8), shift, order=0, mode="grid-constant"
    )
    return origin.astype(bool)


def _alike(old: NDArray[np.float32], new: NDArray[np.float32], valid: NDArray[np.bool_]) -> float:
    """Correlation of two layers over the valid cells; 0 where one of them is even."""
    if not valid.any() or not np.ptp(old[valid]) or not np.ptp(new[valid]):
        return 0.0
    return float(np.corrcoef(old[valid], new[valid])[0, 1])
