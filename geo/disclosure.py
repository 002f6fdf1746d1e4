"""How precisely a thing may be shown, and to whom; pure.

Everything drawn, counted, exported or printed passes through `for_audience` first. Rows, columns
and precision that the audience may not have are gone from the frame it gives, not hidden in it.

Coordinates are generalised to the cells of one nested grid anchored at 0 E, 0 N. They are never
jittered: an average over many exports of a jittered place gives the place away (Chapman 2020,
"Current best practices for generalizing sensitive species occurrence data", GBIF,
doi:10.15468/doc-5jp4-5g10).

A route would lead back to its origin, so outside the office it is told from cell to cell, and its
numbers are those of the way beyond the origin's cell. Its line says nothing of the way inside that
cell; its length and times do so only where the pace or the detours there are not those of the rest,
and then in coarse steps. Shares depend on the origin and are coarse for that reason; a
run from the middle of the cell, instead of from the place, would not tell of it at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.columns import columns_of
from geo.errors import BadInput, InvalidSetting
from geo.grid import ELLIPSOID, WGS84
from geo.model import Audience, Precision, Sensitivity, Tlp, strictest

Code = TypeVar("Code", bound=StrEnum)

CELLS_DEG = (1.0, 0.1, 0.01, 0.001)
"""Widths of the nested grid's cells in degrees."""

ROUTE_CELL_DEG = 0.1
"""Width of the cells through which a route is told to anybody but the office, or wider."""

_LENGTH_STEP_KM, _TIME_STEP_H, _SHARE_STEP = 10.0, 1.0, 0.05
"""Steps of a generalised route's length (nearest), times (upwards) and shares (nearest)."""

_FINEST_PER_DEGREE = 1000

_CEILING = {Audience.PUBLIC: Tlp.CLEAR, Audience.PARTNER: Tlp.GREEN, Audience.INTERNAL: Tlp.RED}
"""Strictest marking that an audience may see. Internal is the office that holds the store."""

_CELL_DEG: dict[Audience, dict[Sensitivity, float | None]] = {
    Audience.INTERNAL: dict.fromkeys(Sensitivity),
    Audience.PARTNER: {
        Sensitivity.NONE: None,
        Sensitivity.LOW: 0.001,
        Sensitivity.MEDIUM: 0.01,
        Sensitivity.HIGH: 0.1,
        Sensitivity.EXTREME: 1.0,
    },
    Audience.PUBLIC: {
        Sensitivity.NONE: 0.01,
        Sensitivity.LOW: 0.01,
        Sensitivity.MEDIUM: 0.01,
        Sensitivity.HIGH: 0.1,
        Sensitivity.EXTREME: 1.0,
    },
}
"""Cell for a location by the GBIF category of its sensitivity; None means the point itself."""

_WITHHELD = {
    Audience.INTERNAL: frozenset[Sensitivity](),
    Audience.PARTNER: frozenset({Sensitivity.EXTREME}),
    Audience.PUBLIC: frozenset({Sensitivity.EXTREME, Sensitivity.HIGH}),
}
"""Sensitivities whose sites an audience is not told of: a name or an id alone would lead there."""

_PLAIN_KINDS = frozenset({"posts", "roads", "terrain", "networks"})
"""Kinds whose places lead to no site, so that they are shown as held."""

_OFFICE_KINDS = frozenset({"custody", "photographs", "links", "stolen"})
"""Kinds that nobody but the office sees a row of: where confiscated objects lie, what they look
like, who decided what belongs together, and lists that others entrusted to the office."""

_PATH_KINDS = frozenset({"routes"})
"""Kinds whose lines begin at a site, a flag or a place that somebody drew."""

_OUTLINE_KINDS = frozenset({"scenes"})
"""Kinds whose outline is shown as held or not at all: a picture made for a site has the site in its
middle, and two generalised edges a known width apart would give that middle away."""

_INTERNAL_COLUMNS = frozenset(
    {"footprint_wkt", "buffer_m", "coord_source", "distance_m", "provenance", "path", "transform",
     "owner", "note"}
)  # fmt: skip
"""Columns that can hold an exact place or an inner matter; only the office itself sees them."""

_STORE_COLUMNS = frozenset({"version", "recorded_at"})
"""What the store adds and anybody may see; the import stays an inner matter."""

_TELLING_COLUMNS = {
    "source": "withheld, because it would lead to the exact place",
    "source_url": "",
    "name_ar_source": "",
    "designation": "",
    "description": "",
}
"""What stands where a column could lead to the exact place of a sensitive site."""


def for_audience(
    frame: gpd.GeoDataFrame,
    audience: Audience,
    *,
    kind: str,
    site_sensitivity: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """What `audience` may have of `frame`: fewer rows, fewer columns, coarser places.

    Parameters
    ----------
    frame
        Records of one kind as the store gives them, EPSG:4326. Only the office itself is given
        columns that neither the record nor the store declares.
    kind
        Name of their table, such as ``sites``.
    site_sensitivity
        Sensitivity by site id of all sites, so that an event, an alert, a scene or a route is
        treated as its site is. A row of a site that is not among them counts as extremely
        sensitive.

    Returns
    -------
    GeoDataFrame
        A new frame with a fresh index and two more columns: `generalised` (bool) and `cell_deg`
        (float, NaN where no cell was made). A generalised geometry is the cell's polygon, None for
        a scene's outline, or for a route the line through the middles of its cells; its precision
        is that of the cell, or coarser.

    Raises
    ------
    InvalidSetting
        If there is no such kind.
    BadInput
        If the frame is not in EPSG:4326, or a marking, sensitivity or precision is unknown.
    """
    columns = _columns_for(audience, kind, frame)
    if frame.crs is None or not frame.crs.equals(WGS84, ignore_axis_order=True):
        raise BadInput(
            f"a frame of {kind} is in {frame.crs.name if frame.crs else 'no CRS'}",
            expected="EPSG:4326",
            remedy="reproject it first",
        )
    sensitivity = _sensitivities(frame, site_sensitivity or {})
    visible = _marked_for(audience, frame) & ~np.isin(sensitivity, list(_WITHHELD[audience]))
    if kind in _OFFICE_KINDS and audience is not Audience.INTERNAL:
        visible[:] = False
    shown = frame.loc[visible, columns].reset_index(drop=True)
    sensitivity = sensitivity[visible]
    if audience is not Audience.INTERNAL:
        shown.attrs = {}
        shown = _without_leads(shown, sensitivity != Sensitivity.NONE)
    if kind in _PLAIN_KINDS:
        return _generalised(shown, np.full(len(shown), np.nan), outlines=False)
    widths = _CELL_DEG[audience]
    cells_deg = np.array([widths[Sensitivity(value)] for value in sensitivity], dtype=float)
    if kind in _PATH_KINDS and audience is not Audience.INTERNAL:
        secret = ~np.isnan(cells_deg) | (shown["site_id"] == "").to_numpy()
        return _from_cell_to_cell(shown, np.fmax(cells_deg, ROUTE_CELL_DEG), secret=secret)
    return _generalised(shown, cells_deg, outlines=kind in _OUTLINE_KINDS)


def imagery_allowed(audience: Audience, sensitivity: Sensitivity) -> bool:
    """Whether a picture of a site may be shown: it gives the place away, whatever the cell."""
    return _CELL_DEG[audience][sensitivity] is None


def generalisation_note(audience: Audience, *, routes: bool = False) -> str:
    """What was done to places for `audience`, in one sentence; empty if nothing was.

    A sentence before it tells of `routes` where there are any.
    """
    if audience is Audience.INTERNAL:
        return ""
    places = (
        "Places of sites, events, seizures and alerts are given as cells of 0.01 degree (about "
        "1 km) or coarser, without outlines of pictures or sources of sensitive sites; highly "
        "sensitive sites are withheld."
        if audience is Audience.PUBLIC
        else "Places of sensitive sites are given as cells of 0.001 to 0.1 degree, without their "
        "sources; extremely sensitive sites are withheld."
    )
    return f"{_NOTE_ON_ROUTES} {places}" if routes else places


_NOTE_ON_ROUTES = (
    "Routes go from cell to cell of 0.1 degree (about 10 km) and are no courses; lengths (to 10 "
    "km) and times (up to whole hours) leave out the first cell; shares are to 5 %."
)


def cell_of(lonlat: tuple[float, float], cell_deg: float) -> tuple[float, float, float, float]:
    """West, south, east, north of the cell that holds the place; an edge is its east cell's.

    Cells of a finer width lie wholly inside one cell of each coarser width.

    Raises
    ------
    InvalidSetting
        If `cell_deg` is not one of `CELLS_DEG`.
    """
    if cell_deg not in CELLS_DEG:
        raise InvalidSetting(
            f"there are no cells of {cell_deg} degree",
            expected=f"one of {', '.join(map(str, CELLS_DEG))}",
        )
    west, south, east, north = _cells(np.array([lonlat]), np.array([cell_deg]))[0].tolist()
    return west, south, east, north


def composite_marking(frames: Iterable[gpd.GeoDataFrame]) -> Tlp:
    """The strictest marking of all rows of all frames; CLEAR if there is no row."""
    return strictest([_code(Tlp, value) for frame in frames for value in frame["marking"].unique()])


def _columns_for(audience: Audience, kind: str, frame: gpd.GeoDataFrame) -> list[str]:
    """The columns of `frame` that `audience` may have, in their order."""
    declared = {column.name for column in columns_of(kind)}
    if audience is Audience.INTERNAL:
        return list(frame.columns)
    allowed = (declared | _STORE_COLUMNS) - _INTERNAL_COLUMNS
    return [name for name in frame.columns if name in allowed]


def _marked_for(audience: Audience, frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Where the marking lets `audience` see the row."""
    ceiling = _CEILING[audience].strictness
    seen = [m for m in frame["marking"].unique() if _code(Tlp, m).strictness <= ceiling]
    return np.asarray(frame["marking"].isin(seen), dtype=bool)


def _sensitivities(
    frame: gpd.GeoDataFrame, site_sensitivity: Mapping[str, str]
) -> NDArray[np.str_]:
    """Each row's own sensitivity, or that of the site it speaks of; none if it speaks of none."""
    if "sensitivity" in frame:
        values = [_code(Sensitivity, value).value for value in frame["sensitivity"]]
    elif "site_id" in frame:
        known = {site: _code(Sensitivity, value).value for site, value in site_sensitivity.items()}
        known[""] = Sensitivity.NONE.value
        # The site may be gone from the store or hidden from whoever asked; its events stay.
        values = [known.get(site, Sensitivity.EXTREME.value) for site in frame["site_id"]]
    else:
        values = [Sensitivity.NONE.value] * len(frame)
    return np.array(values, dtype=str)


def _without_leads(frame: gpd.GeoDataFrame, sensitive: NDArray[np.bool_]) -> gpd.GeoDataFrame:
    """`frame` without the words by which a reader could look up a sensitive site's place."""
    return frame.assign(
        **{
            name: frame[name].mask(sensitive, instead)
            for name, instead in _TELLING_COLUMNS.items()
            if name in frame
        }
    )


def _generalised(
    frame: gpd.GeoDataFrame, cells_deg: NDArray[np.float64], *, outlines: bool
) -> gpd.GeoDataFrame:
    """`frame` with each place in its cell, each outline left out, and both told in two columns."""
    geometries = frame.geometry.to_numpy().copy()
    held = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    moved = held & ~np.isnan(cells_deg)
    precision = np.array([_code(Precision, value).value for value in frame["precision"]], object)
    if outlines:
        geometries[moved] = None
        precision[moved] = Precision.COUNTRY.value
        cells_deg = np.full(len(frame), np.nan)
    else:
        places = shapely.get_coordinates(shapely.point_on_surface(geometries[moved]))
        geometries[moved] = shapely.box(*_cells(places, cells_deg[moved]).T)
        cells_deg = np.where(moved, cells_deg, np.nan)
        pairs = zip(precision[moved], cells_deg[moved], strict=True)
        precision[moved] = [_coarser(held_as, width) for held_as, width in pairs]
    return frame.assign(
        precision=pd.Series(precision, index=frame.index, dtype="str"),
        geometry=gpd.GeoSeries(geometries, index=frame.index, crs=WGS84),
        generalised=moved,
        cell_deg=cells_deg,
    )


def _from_cell_to_cell(
    frame: gpd.GeoDataFrame, cells_deg: NDArray[np.float64], *, secret: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    """Routes as lines through cells of the width of each row, with coarse numbers.

    Where the origin is `secret`, nothing computed from it is left: a hash of everything that made
    a run is no name, because whoever has the other inputs can try each place in the cell.
    """
    geometries = frame.geometry.to_numpy().copy()
    held = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    beyond = np.ones(len(frame))
    names = np.full(len(frame), "a place that is not told", dtype=object)
    for row in np.flatnonzero(held):
        width = cells_deg[row : row + 1]
        start = _start_of(geometries[row])[np.newaxis]
        west, south, east, north = _cells(start, width)[0]
        names[row] = f"a place in the cell {south:g} to {north:g} N, {west:g} to {east:g} E"
        geometries[row], beyond[row] = _coarse_path(geometries[row], float(width[0]))
    precision = np.array([_code(Precision, value).value for value in frame["precision"]], object)
    precision[held] = [
        _coarser(p, w) for p, w in zip(precision[held], cells_deg[held], strict=True)
    ]
    study = pd.factorize(frame["study_id"].where(secret))[0] + 1
    return frame.assign(
        **_coarse_numbers(frame, beyond),
        passes="",
        origin_name=frame["origin_name"].mask(frame["site_id"] == "", names).astype("str"),
        study_id=frame["study_id"].mask(secret, [f"RT-withheld-{n}" for n in study]).astype("str"),
        id=frame["id"]
        .mask(secret, [f"RT-withheld-{n}-{r}" for n, r in zip(study, frame["rank"], strict=True)])
        .astype("str"),
        precision=pd.Series(precision, index=frame.index, dtype="str"),
        geometry=gpd.GeoSeries(geometries, index=frame.index, crs=WGS84),
        generalised=held,
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


def _start_of(geometry: BaseGeometry) -> NDArray[np.float64]:
    """Where a line begins, or a place in a shape that is none; shape (2,)."""
    if geometry.geom_type in _LINES:
        return np.asarray(shapely.get_coordinates(geometry)[0])
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(geometry))[0])


_LINES = frozenset({"LineString", "MultiLineString"})


def _coarse_path(geometry: BaseGeometry, cell_deg: float) -> tuple[BaseGeometry, float]:
    """The line through the middles of the cells that a path passes, and the share beyond the first.

    What the path does before it leaves a cell for good is not told, and its first straight piece,
    which leads from the place to a road, is told by the cells of its ends only: the same line comes
    from every origin in the first cell. A path within it becomes that cell's polygon.
    """
    start = _start_of(geometry)
    first = _cells(start[np.newaxis], np.array([cell_deg]))
    lonlats = shapely.get_coordinates(geometry)
    moves = np.append(True, (np.diff(lonlats, axis=0) != 0).any(axis=1))
    if geometry.geom_type not in _LINES or moves.sum() == 1:
        return shapely.box(*first[0]), 1.0
    cut, access = _cut_by_grid(lonlats[moves], cell_deg)
    _, _, length_m = ELLIPSOID.inv(*cut[:-1].T, *cut[1:].T)
    cells = _cells((cut[:-1] + cut[1:]) / 2, np.full(len(cut) - 1, cell_deg))
    inside = np.flatnonzero((cells == first).all(axis=1))
    left_at = int(inside[-1]) + 1 if len(inside) else 0
    passed = np.vstack([first, cells[max(left_at, min(access, len(cells) - 1)) :]])
    passed = _without_loops(passed)
    if len(passed) == 1:
        return shapely.box(*first[0]), 0.0
    corners = np.round(passed * _FINEST_PER_DEGREE)
    middles = (corners[:, :2] + corners[:, 2:]) / 2 / _FINEST_PER_DEGREE
    if np.array_equal(middles, lonlats):  # it has been told coarsely already
        return geometry, 1.0
    return shapely.LineString(middles), float(length_m[left_at:].sum() / length_m.sum())


def _without_loops(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cells of a path, each once: where it comes back to one, the loop is left out.

    A road along a line of the grid, which passes now on this side and now on that, becomes no comb.
    """
    kept: dict[tuple[float, ...], None] = {}
    for cell in map(tuple, cells.tolist()):
        while cell in kept and next(reversed(kept)) != cell:
            kept.popitem()
        kept[cell] = None
    return np.array(list(kept))


def _cut_by_grid(lonlats: NDArray[np.float64], cell_deg: float) -> tuple[NDArray[np.float64], int]:
    """A path's vertices and where it meets the grid's lines, shape (n, 2); pieces of its first leg.

    No two vertices that follow each other may be the same.
    """
    units = np.round(lonlats * _FINEST_PER_DEGREE, 6) / round(cell_deg * _FINEST_PER_DEGREE)
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


def _cells(lonlats: NDArray[np.float64], cells_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """West, south, east, north of each place's cell, shape (places, 4)."""
    width = np.round(cells_deg * _FINEST_PER_DEGREE)[:, np.newaxis]
    # -131.068 times 1000, or the sum 43.3 + 0.031, is a hair below its decimal in binary: without
    # rounding it would fall into the cell to its west.
    finest = np.floor(np.round(lonlats * _FINEST_PER_DEGREE, 6))
    corner = finest // width * width
    return np.hstack([corner, corner + width]) / _FINEST_PER_DEGREE


def _coarser(precision: str, cell_deg: float) -> str:
    """The coarser of a row's precision and its cell's: 0.01 degree is a vicinity, 0.1 a town."""
    by_cell = {0.001: Precision.EXACT, 0.01: Precision.VICINITY, 0.1: Precision.TOWN}
    of_cell = by_cell.get(cell_deg, Precision.PROVINCE)
    order = list(Precision)
    return max(Precision(precision), of_cell, key=order.index).value


def _code(codes: type[Code], value: str) -> Code:
    """The member of a code list that `value` names; an unknown one is refused, never guessed."""
    try:
        return codes(value)
    except ValueError as err:
        raise BadInput(
            f"{value!r} is no {codes.__name__}", expected=f"one of {', '.join(codes)}"
        ) from err
