"""Events by cell, counted plainly and smoothed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.special import ndtr

from geo.errors import InvalidSetting
from geo.hotspots.cells import Cells
from geo.hotspots.events import Events

_CHUNK = 10_000
"""Events that are spread at once; bounds memory, changes no result beyond rounding."""

_TRIED = 8
"""Bandwidths that are tried, at equal ratios."""

_MOST_COMPARED = 1_500
"""Events whose likelihood is looked at; of more, every second, third and so on."""

_FAINTEST = 1e-12
"""Share of the kernel's height below which an event counts as unforeseen."""

_MEDIAN_OF_RAYLEIGH = float(np.sqrt(2 * np.log(2)))
"""Median distance from the middle of a round normal cloud, in its standard deviations."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Density:
    """A kernel density by cell."""

    bandwidth_m: float
    """Standard deviation of the kernel in metres."""
    expected: NDArray[np.float64]
    """Shape (cells,): events that fall into the cell when each is spread by the kernel."""
    per_1000_km2: NDArray[np.float64]
    """Shape (cells,): the same as events on 1,000 square kilometres."""


def naive_counts(events: Events, cells: Cells) -> NDArray[np.int64]:
    """Events in each cell, shape (cells,); the baseline that every other method has to beat."""
    index = cells.index_of(events.xy)
    return np.bincount(index[index >= 0], minlength=len(cells)).astype(np.int64)


def bandwidth_rule(events: Events, *, cell_m: float) -> float:
    """The kernel's standard deviation in metres under which each event is likeliest from the rest.

    The widest tried is the rule of Scott for two dimensions (1992, doi:10.1002/9780470316849,
    p. 152), s n^(-1/6), where s is the smaller of the standard deviation along one axis and the
    median distance from the median point over 1.177, which a few far events do not stretch. The
    narrowest is half a cell, or the radius of the vaguest place if that is more. Of `_TRIED` widths
    between them the one with the greatest leave-one-out likelihood is taken (Duin 1976,
    doi:10.1109/TC.1976.1674577), as Scott's rule alone blurs what is gathered in several places.
    """
    narrowest = max(cell_m / 2, float(events.radius_m.max(initial=0.0)))
    if len(events) < 2:
        return narrowest
    spread = float(np.sqrt(events.xy.var(axis=0, ddof=1).mean()))
    offset = events.xy - np.median(events.xy, axis=0)
    robust = float(np.median(np.hypot(offset[:, 0], offset[:, 1]))) / _MEDIAN_OF_RAYLEIGH
    widest = min(spread, robust) * len(events) ** (-1 / 6)
    if widest <= narrowest:
        return narrowest
    thinned = events.xy[:: -(-len(events) // _MOST_COMPARED)]
    squares = cdist(thinned, thinned, "sqeuclidean")
    np.fill_diagonal(squares, np.inf)
    tried = np.geomspace(narrowest, widest, _TRIED)
    return float(max(tried, key=lambda width_m: _likelihood(squares, float(width_m))))


def _likelihood(squares_m2: NDArray[np.float64], width_m: float) -> float:
    """Log likelihood of each event from all others, up to a constant."""
    # A lone event far from all others must not decide alone: its density is held above zero.
    density = np.exp(squares_m2 / (-2 * width_m**2)).mean(axis=1) / width_m**2
    return float(np.log(np.maximum(density, _FAINTEST / width_m**2)).sum())


def density(events: Events, cells: Cells, *, bandwidth_m: float | None = None) -> Density:
    """How many events a round normal kernel spreads into each cell.

    Each event gives every cell the exact integral of its kernel over the cell's square, so that
    nothing is lost but what leaves the cells. Silverman (1986, doi:10.1201/9781315140919, ch. 4).

    Raises
    ------
    InvalidSetting
        If `bandwidth_m` is not a positive length.
    """
    width = bandwidth_rule(events, cell_m=cells.cell_m) if bandwidth_m is None else bandwidth_m
    if not (np.isfinite(width) and width > 0):
        raise InvalidSetting(f"a bandwidth of {width} m", expected="a length above 0 m")
    expected = np.zeros(len(cells))
    if len(cells) and len(events):
        (cols, at_col), (rows, at_row) = (
            np.unique(cells.colrow[:, axis], return_inverse=True) for axis in (0, 1)
        )
        # The kernel is a product over the axes, so a whole grid is a product of two matrices.
        grid = np.zeros((len(rows), len(cols)))
        for start in range(0, len(events), _CHUNK):
            x, y = events.xy[start : start + _CHUNK].T
            grid += _shares(y, rows, cells.cell_m, width).T @ _shares(x, cols, cells.cell_m, width)
        expected = grid[at_row, at_col]
    return Density(
        bandwidth_m=width, expected=expected, per_1000_km2=expected * 1000 / cells.area_km2
    )


def _shares(
    at: NDArray[np.float64], numbers: NDArray[np.int64], cell_m: float, width_m: float
) -> NDArray[np.float64]:
    """Share of each kernel that lies in each column or row of cells, shape (events, numbers)."""
    edge = numbers * cell_m - at[:, np.newaxis]
    return np.asarray(ndtr((edge + cell_m) / width_m) - ndtr(edge / width_m), dtype=float)
