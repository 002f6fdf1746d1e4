"""How precisely a thing may be shown, and to whom; pure.

Everything drawn, counted, exported or printed passes through `for_audience` first. Rows, columns
and precision that the audience may not have are gone from the frame it gives, not hidden in it.

Coordinates are generalised to the cells of one nested grid anchored at 0 E, 0 N. They are never
jittered: an average over many exports of a jittered place gives the place away (Chapman 2020,
"Current best practices for generalizing sensitive species occurrence data", GBIF,
doi:10.15468/doc-5jp4-5g10).
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

from geo.errors import BadInput, InvalidSetting
from geo.frames import columns_of
from geo.grid import WGS84
from geo.model import Audience, Precision, Sensitivity, Tlp, strictest

Code = TypeVar("Code", bound=StrEnum)

CELLS_DEG = (1.0, 0.1, 0.01, 0.001)
"""Widths of the nested grid's cells in degrees."""

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

_PLAIN_KINDS = frozenset({"posts", "roads"})
"""Kinds whose places lead to no site, so that they are shown as held."""

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
        Sensitivity by site id of all sites, so that an event, an alert or a scene is treated as its
        site is. A row of a site that is not among them counts as extremely sensitive.

    Returns
    -------
    GeoDataFrame
        A new frame with a fresh index and two more columns: `generalised` (bool) and `cell_deg`
        (float, NaN where no cell was made). A generalised geometry is the cell's polygon, or None
        for a scene's outline; its precision is that of the cell, or coarser.

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
    shown = frame.loc[visible, columns].reset_index(drop=True)
    sensitivity = sensitivity[visible]
    if audience is not Audience.INTERNAL:
        shown.attrs = {}
        shown = _without_leads(shown, sensitivity != Sensitivity.NONE)
    if kind in _PLAIN_KINDS:
        return _generalised(shown, np.full(len(shown), np.nan), outlines=False)
    widths = _CELL_DEG[audience]
    cells_deg = np.array([widths[Sensitivity(value)] for value in sensitivity], dtype=float)
    return _generalised(shown, cells_deg, outlines=kind in _OUTLINE_KINDS)


def imagery_allowed(audience: Audience, sensitivity: Sensitivity) -> bool:
    """Whether a picture of a site may be shown: it gives the place away, whatever the cell."""
    return _CELL_DEG[audience][sensitivity] is None


def generalisation_note(audience: Audience) -> str:
    """What was done to places for `audience`, in one sentence; empty if nothing was."""
    if audience is Audience.PUBLIC:
        return (
            "Places of sites, events, seizures and alerts are given as cells of 0.01 degree (about "
            "1 km) or coarser, without outlines of pictures or sources of sensitive sites; highly "
            "sensitive sites are withheld."
        )
    if audience is Audience.PARTNER:
        return (
            "Places of sensitive sites are given as cells of 0.001 to 0.1 degree, without their "
            "sources; extremely sensitive sites are withheld."
        )
    return ""


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
