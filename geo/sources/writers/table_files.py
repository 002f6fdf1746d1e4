"""Frames as tables for spreadsheets, and how any cell of a frame is written as text."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.model import Tlp
from geo.sources.writers.whole import whole_file

FORMULA_STARTS = tuple("=+-@\t\r")
"""What a cell may not begin with, space aside: a spreadsheet would run it (OWASP, CSV injection).
Full-width forms of these signs count too."""

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 calls no character; U+FFFD stands in its place in KML and XLSX."""

SHAPE = "geometry_wkt"
"""Column of shapes that are more than a point, or than a line between two ends."""

_ENDS = ("from_lon", "from_lat", "to_lon", "to_lat")
_CELL_DECIMALS = 4
"""Decimals of the middle of a cell whose edges are whole thousandths of a degree."""


def write_table(path: Path, frame: gpd.GeoDataFrame, *, marking: Tlp, study: str) -> None:
    """Write a frame as CSV with the place as ``lon`` and ``lat``, whole or not at all.

    UTF-8 with a byte order mark, without which Excel spoils Arabic names. A text that a spreadsheet
    would run as a formula gets an apostrophe before it. Each row carries the marking and the study
    that it is from. A file of that name is replaced.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    points = frame.geometry.representative_point()
    table = pd.DataFrame(frame.drop(columns="geometry")).assign(
        lon=points.x, lat=points.y, marking=marking.value, study=study
    )
    write_csv(path, formula_safe(cells(table), texts=text_columns(table)))


def write_csv(path: Path, columns: Mapping[str, list[str]]) -> None:
    """Write columns of text as CSV, whole or not at all: UTF-8 with a mark, lines end in CR LF.

    RFC 4180: a cell that holds a separator, a quotation mark or a line break is quoted.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    with (
        whole_file(path, suffix=".csv") as unfinished,
        unfinished.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        # With CR and LF as the line's end, the writer quotes a cell that holds either.
        rows = csv.writer(file, lineterminator="\r\n")
        rows.writerow(columns)
        rows.writerows(zip(*columns.values(), strict=True))


def formula_safe(
    columns: Mapping[str, list[str]], *, texts: Collection[str]
) -> dict[str, list[str]]:
    """The same cells, but with an apostrophe before what a spreadsheet would run as a formula.

    Only the columns named in `texts` are looked at: a number such as -33.5 stays one.
    """
    return {
        name: [f"'{cell}" if _is_formula(cell) else cell for cell in column]
        if name in texts
        else column
        for name, column in columns.items()
    }


def _is_formula(cell: str) -> bool:
    """Whether a spreadsheet might run a text."""
    bare = cell.lstrip(" \n\u00a0\u3000")
    return bare.startswith(FORMULA_STARTS) or (
        not bare.isascii() and unicodedata.normalize("NFKC", bare[:1]).startswith(FORMULA_STARTS)
    )


def text_columns(table: pd.DataFrame) -> frozenset[str]:
    """Names of the columns that hold text."""
    return frozenset(
        str(name) for name, kind in table.dtypes.items() if isinstance(kind, pd.StringDtype)
    )


def cells(table: pd.DataFrame) -> dict[str, list[str]]:
    """Every cell as text, by column: read as what it is, it gives the same value bit for bit.

    Missing values are empty; flags ``true`` and ``false``; days ``2015-03-07``, moments
    ``2015-03-07T12:30:00.000000Z``; floats have as few digits as name this float and no other.
    """
    return {str(name): _as_text(table[name]) for name in table}


def _as_text(column: pd.Series) -> list[str]:
    """The cells of one column as text."""
    if isinstance(column.dtype, pd.StringDtype):
        return [str(cell) for cell in column.fillna("").tolist()]
    missing = column.isna().to_numpy()
    match column.dtype.kind:
        case "M":
            zoned = getattr(column.dtype, "tz", None) is not None
            times = column.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else column
            written = np.datetime_as_string(
                times.to_numpy("datetime64[us]" if zoned else "datetime64[D]")
            )
            texts = [f"{text}Z" for text in written] if zoned else written.tolist()
        case "b":
            texts = ["true" if cell else "false" for cell in column.tolist()]
        case "f":
            texts = [repr(cell) for cell in column.to_numpy(dtype=float).tolist()]
        case _:
            texts = [str(cell) for cell in column.tolist()]
    return ["" if gone else text for text, gone in zip(texts, missing, strict=True)]


def flat(frame: gpd.GeoDataFrame, *, lines: bool = False) -> pd.DataFrame:
    """The rows with their places in columns instead of shapes; index, order, other columns stay.

    ``lon`` and ``lat`` follow the id: a point itself, the middle of a generalised cell (the row's
    ``precision``, ``generalised`` and ``cell_deg`` follow them, so that nobody takes the middle for
    the place), or a place inside any other shape. With `lines`, ``from_lon`` to ``to_lat`` are the
    ends of a line in their stead. A shape that these do not tell whole stands in ``geometry_wkt``,
    a column that is there only where a row needs it. Degrees in EPSG:4326; NaN where there is no
    place.
    """
    shapes = frame.geometry.to_numpy()
    cell = np.zeros(len(frame), dtype=bool)
    if "generalised" in frame:
        cell = frame["generalised"].to_numpy(dtype=bool) & (shapely.get_type_id(shapes) == _POLYGON)
    places, whole = _ends(shapes) if lines else _points(shapes, cell)
    names = [name for name in frame if name not in ("id", "geometry")]
    names.sort(key=lambda name: name not in ("precision", "generalised", "cell_deg"))
    table = pd.DataFrame(
        {"id": frame["id"]}
        | {name: pd.Series(values, index=frame.index) for name, values in places.items()}
        | {name: frame[name] for name in names}
    )
    more = ~(whole | cell | shapely.is_missing(shapes))
    if not more.any():
        return table
    texts = [wkt(shape) if needed else "" for shape, needed in zip(shapes, more, strict=True)]
    return table.assign(**{SHAPE: pd.Series(texts, index=frame.index, dtype="str")})


def wkt(shape: BaseGeometry) -> str:
    """The shape as WKT that reads back bit for bit; GEOS writes 16 digits, where 17 may be due."""
    kind = shape.geom_type.upper() + (" Z" if shape.has_z else "")
    if hasattr(shape, "geoms"):
        parts = [wkt(part) for part in shape.geoms]
        if shape.geom_type != "GeometryCollection":
            parts = [part[part.index("(") :] for part in parts]
        return f"{kind} ({', '.join(parts)})" if parts else f"{kind} EMPTY"
    if shape.geom_type == "Polygon":
        rings = [_positions(ring) for ring in (shape.exterior, *shape.interiors)]
        return f"{kind} ({', '.join(rings)})" if not shape.is_empty else f"{kind} EMPTY"
    return f"{kind} {_positions(shape)}" if not shape.is_empty else f"{kind} EMPTY"


def _positions(shape: BaseGeometry) -> str:
    """The vertices of a point or a line in brackets."""
    vertices = shapely.get_coordinates(shape, include_z=shape.has_z).tolist()
    return f"({', '.join(' '.join(map(repr, vertex)) for vertex in vertices)})"


_POINT, _LINE, _POLYGON = 0, 1, 3
"""Numbers of geometry types in GEOS."""


def _points(
    shapes: NDArray[np.object_], cell: NDArray[np.bool_]
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.bool_]]:
    """Longitude and latitude of each shape, and where they say all of it."""
    whole = (shapely.get_type_id(shapes) == _POINT) & ~shapely.has_z(shapes)
    inside = np.where(whole, shapes, shapely.point_on_surface(shapes))
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    places = {}
    for number, name in enumerate(("lon", "lat")):
        exact = shapely.get_x(inside) if name == "lon" else shapely.get_y(inside)
        middle = np.round((bounds[:, number] + bounds[:, number + 2]) / 2, _CELL_DECIMALS)
        places[name] = np.where(cell, middle, exact)
    return places, whole


def _ends(
    shapes: NDArray[np.object_],
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.bool_]]:
    """Coordinates of the ends of each line, and where they say all of it."""
    held = ~shapely.is_missing(shapes)
    ends = np.full((len(shapes), 4), np.nan)
    for row in np.flatnonzero(held):
        vertices = shapely.get_coordinates(shapes[row])
        ends[row] = [*vertices[0], *vertices[-1]]
    straight = (shapely.get_type_id(shapes) == _LINE) & ~shapely.has_z(shapes)
    whole = straight & (shapely.get_num_coordinates(shapes) == 2)
    return dict(zip(_ENDS, ends.T, strict=True)), whole
