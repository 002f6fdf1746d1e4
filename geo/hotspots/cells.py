"""Square cells of one size on an equal-area plane, where events could have been recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from scipy.spatial import cKDTree

from geo.errors import BadInput, InvalidSetting
from geo.grid import WGS84, transformer
from geo.hotspots.events import COARSEST_RADIUS_M, Events

MOST_CELLS_ALONG = 100
"""Cells along the longer side of the ground that the rule of `cell_rule` gives at most."""

MOST_CELLS = 250_000
"""Cells of one study; more are refused."""

MOST_SPREAD = 4_000_000
"""Cells of the whole rectangle of rows and columns around them, which bounds the memory of a
density; more are refused."""

_NICE = (1.0, 2.0, 5.0, 10.0)
"""Leading digits of a cell's width."""

_SMALLEST_M = 200.0
"""Width of a cell of events that are all known exactly: twice the radius of 100 m."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Some squares of a regular grid, by row from the south and in it by column from the west."""

    crs: CRS
    """Equal-area projection in metres; the grid is anchored at its (0, 0)."""
    cell_m: float
    """Width and height of a cell in metres."""
    colrow: NDArray[np.int64]
    """Shape (cells, 2): column east and row north of (0, 0), each pair once."""

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.colrow)

    @property
    def xy(self) -> NDArray[np.float64]:
        """Middle of each cell in metres, shape (cells, 2)."""
        return np.asarray((self.colrow + 0.5) * self.cell_m, dtype=float)

    @property
    def area_km2(self) -> float:
        """Area of one cell in square kilometres."""
        return self.cell_m**2 / 1e6

    def index_of(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """The cell that holds each point, shape (points,); -1 where there is none.

        A point on an edge is the eastern or northern cell's.
        """
        if not len(self) or not len(xy):
            return np.full(len(xy), -1, dtype=np.int64)
        wanted = _codes(_cells_of(xy, self.cell_m))
        known = _codes(self.colrow)
        order = np.argsort(known)
        found = order[np.minimum(np.searchsorted(known, wanted, sorter=order), len(known) - 1)]
        return np.where(known[found] == wanted, found, -1)

    def polygons_lonlat(self) -> NDArray[np.object_]:
        """Outline of each cell in EPSG:4326, shape (cells,)."""
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
        rings = (self.colrow[:, np.newaxis, :] + corners) * self.cell_m
        lon, lat = transformer(self.crs, WGS84).transform(rings[..., 0], rings[..., 1])
        return np.asarray(shapely.polygons(np.stack([lon, lat], axis=-1)), dtype=object)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSize:
    """How wide the cells are, and why."""

    cell_m: float
    """Width in metres."""
    why: str
    """The reason in words."""


def cell_rule(events: Events) -> CellSize:
    """The width of cells that the data bear: 1, 2 or 5 times a power of ten metres.

    The widest of twice the coarsest radius of a place, the middle distance from a place to its next
    neighbour (finer cells would hold one place each), and one in `MOST_CELLS_ALONG` of the ground's
    longer side; then rounded up. Without any event, twice `COARSEST_RADIUS_M`.
    """
    if not len(events):
        return CellSize(cell_m=2 * COARSEST_RADIUS_M, why="there is no event to fit them to")
    radius_m = float(events.radius_m.max(initial=0.0))
    places = np.unique(events.xy, axis=0)
    reasons = {
        f"twice the {radius_m / 1e3:g} km within which the vaguest place is known": 2 * radius_m,
        "the typical distance from a place to the next": _next_neighbour_m(places),
        f"at most {MOST_CELLS_ALONG} cells along the longer side": (
            float(np.ptp(places, axis=0).max()) / MOST_CELLS_ALONG
        ),
    }
    why = max(reasons, key=reasons.__getitem__)
    return CellSize(cell_m=_nice(max(reasons[why], _SMALLEST_M)), why=why)


def cells_over(
    events: Events,
    *,
    cell_m: float,
    support_xy: NDArray[np.float64] | None = None,
) -> Cells:
    """The cells with support: those where an event could have been recorded.

    Parameters
    ----------
    events
        The events; their own cells are always among the result.
    cell_m
        Width of a cell in metres.
    support_xy
        Shape (places, 2), in metres of the events' plane: places where such an event could have
        been recorded, such as the known sites for looting. Without it every cell that meets the
        convex hull of the events has support.

    Raises
    ------
    InvalidSetting
        If `cell_m` is not a positive length or finer than twice the coarsest place, or if there
        would be more than `MOST_CELLS` cells.
    BadInput
        If a place of `support_xy` is no pair of finite numbers.
    """
    _require_cell(cell_m, events)
    own = _cells_of(events.xy, cell_m)
    if support_xy is not None:
        if support_xy.ndim != 2 or support_xy.shape[1] != 2 or not np.isfinite(support_xy).all():
            raise BadInput(
                f"support of shape {support_xy.shape} with places that are no finite points",
                expected="a pair of metres for each place",
            )
        own = np.vstack([own, _cells_of(support_xy, cell_m)])
    elif len(own):
        own = np.vstack([own, _hull_cells(events.xy, cell_m)])
    colrow = np.unique(own[:, ::-1], axis=0)[:, ::-1] if len(own) else own
    _require_count(len(colrow), cell_m)
    spread = len(np.unique(colrow[:, 0])) * len(np.unique(colrow[:, 1]))
    _require_count(spread, cell_m, most=MOST_SPREAD)
    return Cells(crs=events.crs, cell_m=cell_m, colrow=np.ascontiguousarray(colrow))


def _require_cell(cell_m: float, events: Events) -> None:
    """Refuse cells without size, or finer than what is known of the places."""
    if not (np.isfinite(cell_m) and cell_m > 0):
        raise InvalidSetting(f"cells of {cell_m} m", expected="a width above 0 m")
    finest = 2 * float(events.radius_m.max(initial=0.0))
    if cell_m < finest:
        raise InvalidSetting(
            f"cells of {cell_m / 1e3:g} km are finer than the data",
            expected=f"at least {finest / 1e3:g} km, twice the radius of the vaguest place",
            remedy="widen the cells, or leave the vaguer places out",
        )


def _require_count(cells: int, cell_m: float, *, most: int = MOST_CELLS) -> None:
    """Refuse more cells than can be worked on."""
    if cells > most:
        raise InvalidSetting(
            f"{cells:,} cells of {cell_m / 1e3:g} km",
            expected=f"at most {most:,}",
            remedy="widen the cells, or choose a smaller area",
        )


def _hull_cells(xy: NDArray[np.float64], cell_m: float) -> NDArray[np.int64]:
    """Column and row of each cell that meets the convex hull of the points."""
    low, high = _cells_of(np.vstack([xy.min(axis=0), xy.max(axis=0)]), cell_m)
    _require_count(int(np.prod(high - low + 1)), cell_m, most=MOST_SPREAD)
    cols, rows = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
    colrow = np.column_stack([cols.ravel(), rows.ravel()])
    west, south = (colrow * cell_m).T
    squares = shapely.box(west, south, west + cell_m, south + cell_m)
    hull = shapely.convex_hull(shapely.multipoints(xy))
    shapely.prepare(hull)
    return np.asarray(colrow[shapely.intersects(hull, squares)], dtype=np.int64)


def _cells_of(xy: NDArray[np.float64], cell_m: float) -> NDArray[np.int64]:
    """Column and row of the cell that holds each point."""
    return np.floor(xy / cell_m).astype(np.int64).reshape(-1, 2)


def _codes(colrow: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number for each column and row; no cell on Earth has a column beyond 2^31."""
    return colrow[:, 1] * (1 << 32) + colrow[:, 0]


def _next_neighbour_m(places: NDArray[np.float64]) -> float:
    """The median distance from a place to its nearest other; 0 for fewer than two places."""
    if len(places) < 2:
        return 0.0
    distances, _ = cKDTree(places).query(places, k=2)
    return float(np.median(distances[:, 1]))


def _nice(length_m: float) -> float:
    """The next 1, 2 or 5 times a power of ten that is not below `length_m`."""
    # A radius of 10 km gives 20000.000000000004 m: a hair above a nice number is that number.
    power = 10.0 ** np.floor(np.log10(length_m))
    return float(next(step * power for step in _NICE if step * power >= length_m * (1 - 1e-9)))
