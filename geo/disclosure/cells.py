"""Cells of one nested grid anchored at 0 E, 0 N, and places told as such; pure.

Coordinates are generalised to cells and never jittered: an average over many exports of a jittered
place gives the place away (Chapman 2020, "Current best practices for generalizing sensitive species
occurrence data", GBIF, doi:10.15468/doc-5jp4-5g10).
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.disclosure.rules import CELLS_DEG, ranks_of
from geo.errors import InvalidSetting
from geo.grid import WGS84
from geo.model import Precision

FINEST_PER_DEGREE = 1000


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
    west, south, east, north = cells(np.array([lonlat]), np.array([cell_deg]))[0].tolist()
    return west, south, east, north


def cells(lonlats: NDArray[np.float64], cells_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """West, south, east, north of each place's cell, shape (places, 4)."""
    width, corner = _corners(lonlats, cells_deg)
    return np.hstack([corner, corner + width]) / FINEST_PER_DEGREE


def cell_polygons(
    lonlats: NDArray[np.float64], cells_deg: NDArray[np.float64]
) -> NDArray[np.object_]:
    """The cell of each place as a polygon, shape (places,); places in one cell share it."""
    _, first, inverse = np.unique(cell_keys(lonlats, cells_deg), return_index=True,
                                  return_inverse=True)  # fmt: skip
    return np.asarray(shapely.box(*cells(lonlats[first], cells_deg[first]).T)[inverse])


def cell_keys(lonlats: NDArray[np.float64], cells_deg: NDArray[np.float64]) -> NDArray[np.int64]:
    """A number for each place's cell, shape (places,): equal where cell and width are."""
    width, corner = _corners(lonlats, cells_deg)
    west, south = corner.astype(np.int64).T
    span = 2 * 360 * FINEST_PER_DEGREE
    key: NDArray[np.int64] = ((west + span // 2) * span + south + span // 2) * span
    return key + width[:, 0].astype(np.int64)


def _corners(
    lonlats: NDArray[np.float64], cells_deg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Width (places, 1) and south-western corner (places, 2) of each cell in finest cells."""
    width = np.round(cells_deg * FINEST_PER_DEGREE)[:, np.newaxis]
    # -131.068 times 1000, or the sum 43.3 + 0.031, is a hair below its decimal in binary: without
    # rounding it would fall into the cell to its west.
    finest = np.floor(np.round(lonlats * FINEST_PER_DEGREE, 6))
    return width, finest // width * width


def placed(geometries: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Where there is a place at all, shape (rows,)."""
    return np.asarray(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)), dtype=bool)


def lonlats_of(geometries: NDArray[np.object_]) -> NDArray[np.float64]:
    """A place on each geometry, its own for a point; shape (rows, 2), NaN where there is none."""
    lonlats = np.full((len(geometries), 2), np.nan)
    held = placed(geometries)
    points = held & (shapely.get_type_id(geometries) == shapely.GeometryType.POINT)
    lonlats[points] = shapely.get_coordinates(geometries[points])
    shapes = held & ~points
    lonlats[shapes] = shapely.get_coordinates(shapely.point_on_surface(geometries[shapes]))
    return lonlats


def generalised(
    frame: gpd.GeoDataFrame,
    cells_deg: NDArray[np.float64],
    lonlats: NDArray[np.float64],
    *,
    outlines: bool = False,
) -> gpd.GeoDataFrame:
    """`frame` with each place in the cell around its `lonlats`, told in two columns.

    Where `cells_deg` is NaN the place stays. `outlines` are left out in place of being widened. A
    frame that was generalised before keeps what it says of that.
    """
    geometries = frame.geometry.to_numpy().copy()
    moved = placed(geometries) & ~np.isnan(cells_deg)
    ranks = ranks_of(Precision, frame["precision"])
    before, width_deg = told_before(frame)
    if outlines:
        geometries[moved] = None
        ranks[moved] = list(Precision).index(Precision.COUNTRY)
    else:
        geometries[moved] = cell_polygons(lonlats[moved], cells_deg[moved])
        width_deg = np.where(moved, cells_deg, width_deg)
        ranks[moved] = np.maximum(ranks[moved], precision_ranks(cells_deg[moved]))
    return frame.assign(
        precision=precision_words(ranks, frame.index),
        geometry=gpd.GeoSeries(geometries, index=frame.index, crs=WGS84),
        generalised=before | moved,
        cell_deg=width_deg,
    )


def told_before(frame: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Where an earlier redaction generalised the row, and its cell's width (NaN without a cell)."""
    if "generalised" not in frame or "cell_deg" not in frame:
        return np.zeros(len(frame), dtype=bool), np.full(len(frame), np.nan)
    return frame["generalised"].to_numpy(dtype=bool), frame["cell_deg"].to_numpy(dtype=float)


def precision_ranks(cells_deg: NDArray[np.float64]) -> NDArray[np.int64]:
    """What a cell lets one know, as an index of `Precision`: 0.01 degree is a vicinity, 0.1 a town.

    Wider ones are a province.
    """
    order: Sequence[Precision] = list(Precision)
    ranks = np.full(len(cells_deg), order.index(Precision.PROVINCE), dtype=np.int64)
    for width, precision in _PRECISION.items():
        ranks[cells_deg == width] = order.index(precision)
    return ranks


_PRECISION = {0.001: Precision.EXACT, 0.01: Precision.VICINITY, 0.1: Precision.TOWN}


def precision_words(ranks: NDArray[np.int64], index: pd.Index) -> pd.Series:
    """The column of precisions with these indexes of `Precision`."""
    words = np.array([precision.value for precision in Precision], dtype=object)
    return pd.Series(words[ranks], index=index, dtype="str")
