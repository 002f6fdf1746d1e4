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
"""At most this many windows along a side; more would not make their median surer."""

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


def coregistered(
    before: Layers,
    after: Layers,
    valid: NDArray[np.bool_],
    *,
    edge_bands: Sequence[int],
    max_shift_px: float,
) -> tuple[Layers, NDArray[np.bool_], Shift]:
    """`after` moved onto `before`, the cells that are valid in both then, and the shift.

    The shift is measured by phase correlation of edges in `edge_bands` and moved by cubic
    spline, within the range of each band; invalid cells must hold finite numbers. It is refused
    where the windows do not agree on it, where it is larger than `max_shift_px`, and where it does
    not make the edges of the two dates more alike.
    """
    if max_shift_px == 0:
        return after, valid, _unmoved(0, 0, "not asked for")
    edges = [(_edges(before[band], valid), _edges(after[band], valid)) for band in edge_bands]
    windows = _windows(valid)
    shift, measured, agreeing = _measured(edges, windows, max_shift_px=max_shift_px)
    if not measured:
        return after, valid, _unmoved(0, 0, "too small or too patchy to measure a shift")
    if agreeing * 3 < measured:
        return after, valid, _unmoved(measured, agreeing, "no shift that the windows agree on")
    for _ in range(REFINEMENTS):
        left = [(old, _moved(new, shift)) for old, new in edges]
        shift = shift + _measured(left, windows, max_shift_px=max_shift_px)[0]
    if np.abs(shift).max() <= NEGLIGIBLE_PX:
        return after, valid, _unmoved(measured, agreeing, "in place already")
    still_valid = valid & _moved_mask(valid, shift)
    gain = sum(
        _alike(old, _moved(new, shift), still_valid) - _alike(old, new, still_valid)
        for old, new in edges
    )
    if not gain > 0:
        return after, valid, _unmoved(measured, agreeing, "a shift would not help")
    moved = np.stack([_moved(layer, shift) for layer in after])
    rowcol = (round(float(shift[0]), 3), round(float(shift[1]), 3))
    found = Shift(rowcol_px=rowcol, windows=measured, agreeing=agreeing, verdict="moved")
    return moved, still_valid, found


def _unmoved(windows: int, agreeing: int, verdict: str) -> Shift:
    return Shift(rowcol_px=(0.0, 0.0), windows=windows, agreeing=agreeing, verdict=verdict)


def _edges(layer: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Steepness of the layer less its mean; 0 where an invalid cell has part in it."""
    steepness: NDArray[np.float32] = ndimage.gaussian_gradient_magnitude(
        standardised(layer, valid), 1.0, mode="nearest"
    )
    whole = ndimage.binary_erosion(valid, np.ones((7, 7)), border_value=1)
    return np.where(whole, steepness - steepness.mean(where=valid), np.float32(0))


def _measured(
    edges: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]],
    windows: Sequence[tuple[slice, slice]],
    *,
    max_shift_px: float,
) -> tuple[NDArray[np.float64], int, int]:
    """The shift (rows, columns) most windows agree on, how many there are and how many agree."""
    shifts = np.array(
        [
            _window_shift(old[window], new[window])
            for old, new in edges
            for window in windows
            if np.ptp(old[window]) > 0 and np.ptp(new[window]) > 0
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


def _window_shift(old: NDArray[np.float32], new: NDArray[np.float32]) -> NDArray[np.float64]:
    """Shift (rows, columns) that moves `new` onto `old`, by phase correlation."""
    side = len(old)
    taper = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    found = phase_cross_correlation(  # type: ignore[no-untyped-call]  # skimage has no types
        old * taper, new * taper, upsample_factor=FRACTION
    )
    shift: NDArray[np.float64] = found[0]
    return shift


def _windows(valid: NDArray[np.bool_]) -> list[tuple[slice, slice]]:
    """Windows that are nearly all valid; if there is none, those that are half valid.

    Gaps lie in one place on both dates and so draw the measured shift towards none.
    """
    side = min(WINDOW_PX, *valid.shape)
    if side < SMALLEST_PX:
        return []
    windows = [
        (slice(top, top + side), slice(left, left + side))
        for top in _starts(valid.shape[0], side)
        for left in _starts(valid.shape[1], side)
    ]
    whole, half = ([w for w in windows if valid[w].mean() > least] for least in (0.8, 0.5))
    return whole or half


def _starts(length: int, side: int) -> list[int]:
    """Where windows begin along a side: half overlapping, unless that would be too many."""
    many = min(WINDOWS_A_SIDE, 2 * (length - side) // side + 1)
    return [int(start) for start in np.linspace(0, length - side, many)]


def _moved(layer: NDArray[np.float32], shift: NDArray[np.float64]) -> NDArray[np.float32]:
    """The layer moved by a shift, within its own range: a spline overshoots at sharp edges."""
    moved = ndimage.shift(layer, shift, order=3, mode="nearest")
    limited: NDArray[np.float32] = np.clip(moved, layer.min(), layer.max())
    return limited


def _moved_mask(valid: NDArray[np.bool_], shift: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Cells whose centre came from a valid cell."""
    origin: NDArray[np.uint8] = ndimage.shift(
        valid.astype(np.uint8), shift, order=0, mode="grid-constant"
    )
    return origin.astype(bool)


def _alike(old: NDArray[np.float32], new: NDArray[np.float32], valid: NDArray[np.bool_]) -> float:
    """Correlation of two layers over the valid cells."""
    return float(np.corrcoef(old[valid], new[valid])[0, 1])
