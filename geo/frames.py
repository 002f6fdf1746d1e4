"""Frames of records: which columns a kind has, what they may hold, and the check that says so.

A frame is a GeoDataFrame in EPSG:4326 with the fields of one record class as its columns. Missing
text is ``""``, a missing number NaN or NA, a missing day or moment NaT, a missing place None; the
values of a tuple are joined by ``|``.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR
from functools import cache
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geo.columns import SEPARATOR, STORE_COLUMNS, Column, Form, columns_of
from geo.errors import BadInput, MissingColumns
from geo.grid import WGS84
from geo.model import QuarantinedRow, Record

CHUNK = 10_000
"""Rows whose fingerprints are made at once; bounds memory, changes no result."""

NOTHING = pa.scalar("", pa.large_string())
"""The empty text among those of Arrow."""


Cells: TypeAlias = Sequence[Any] | pd.Series
"""The values of one column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some rows of a file on their way into a store: read = rows of the frame + quarantined."""

    frame: gpd.GeoDataFrame
    """The rows that could be read, a frame of their kind with an index from 0."""
    row_numbers: Sequence[int]
    """Row of the file of each row of `frame`, as a user sees it."""
    texts: Sequence[str]
    """Each row of `frame` as it stood."""
    cells: Sequence[str]
    """Each row of `frame` as a JSON object of its cells by column name; may be empty texts."""
    quarantined: tuple[QuarantinedRow, ...] = ()
    """The rows that could not be read, in the order of the file."""


def frame_of(kind: str, columns: Mapping[str, Cells]) -> gpd.GeoDataFrame:
    """A checked frame from the values of each column; columns left out hold their default.

    Raises
    ------
    MissingColumns, BadInput
        As `check_frame` does.
    """
    length = len(next(iter(columns.values()), ()))
    left_out = [column for column in columns_of(kind) if column.name not in columns]
    defaults = {
        column.name: _default_cell(column).take(np.zeros(length, dtype=int))
        for column in left_out
        if not column.required
    }
    return _assembled(kind, {**defaults, **columns}, faults=[])


def frame_of_records(kind: str, records: Iterable[Record]) -> gpd.GeoDataFrame:
    """A checked frame with one row for each record, in their order."""
    kept = list(records)
    names = [column.name for column in columns_of(kind)]
    return frame_of(kind, {name: [getattr(record, name) for record in kept] for name in names})


def check_frame(kind: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same rows with exactly the columns of `kind`, in order and dtype; columns of a store go.

    The index becomes 0, 1, 2 and so on. `frame` is not changed.

    Raises
    ------
    MissingColumns
        If columns are missing.
    BadInput
        If a column is unknown or of another dtype, a required cell is empty, a value is outside its
        closed set, a number is infinite, a text cannot be stored, a place is not on Earth, or the
        CRS is not EPSG:4326. All faults are told at once.
    """
    crs = getattr(frame, "crs", None)
    faults = []
    if crs is None or not crs.equals(WGS84, ignore_axis_order=True):
        faults.append(f"its CRS is {crs.name if crs else 'not given'}, not EPSG:4326")
    columns = {name: frame[name] for name in frame.columns if name not in STORE_COLUMNS}
    return _assembled(kind, columns, faults=faults)


def contents(kind: str, frame: gpd.GeoDataFrame) -> list[str]:
    """A fingerprint of each row of a checked frame: equal if and only if all its values are.

    BLAKE2b of the names and values that are not a column's default, 32 hexadecimal digits; the same
    on every machine, and unchanged when a record class gets a further field that may be left out.
    """
    prints: list[str] = []
    for start in range(0, len(frame), CHUNK):
        part = frame.iloc[start : start + CHUNK]
        told = (_told(column, part[column.name]) for column in columns_of(kind))
        # No text of a checked frame holds a NUL character, so two rows never join to one text.
        rows = pc.binary_join_element_wise(*(cells for cells in told if cells is not None), NOTHING)
        prints += [hashlib.blake2b(row, digest_size=16).hexdigest() for row in _utf8(rows)]
    return prints


def _assembled(
    kind: str, columns: Mapping[str, Cells], *, faults: Sequence[str]
) -> gpd.GeoDataFrame:
    """The frame of these columns, unless they or what was said before are at fault."""
    wanted = {column.name: column for column in columns_of(kind)}
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise MissingColumns(
            f"a frame of {kind} lacks {', '.join(missing)}",
            expected=f"the columns {', '.join(wanted)}",
        )
    found = [*faults, *(f"unknown column {name!r}" for name in columns if name not in wanted)]
    if len({len(cells) for cells in columns.values()}) > 1:
        found.append("its columns are of different lengths")
    kept: dict[str, pd.Series] = {}
    for name, column in wanted.items():
        try:
            kept[name] = _series(column, columns[name])
        except (ValueError, TypeError) as err:
            found.append(f"column {name!r} is no {column.form.value}: {err}")
        else:
            found += _faults(column, kept[name])
    if found:
        raise BadInput(f"this is no frame of {kind}: {'; '.join(found)}")
    # Arrays, not series: of those pandas would compare the indexes of every pair.
    cells = {name: series.array for name, series in kept.items()}
    return gpd.GeoDataFrame(cells, geometry="geometry", crs=WGS84)


def _series(column: Column, values: Cells) -> pd.Series:
    """`values` in the dtype of the column, with an index from 0; an error if they are not so."""
    match column.form:
        case Form.PLACE:
            places = (
                np.array(values, dtype=object)
                if isinstance(values, gpd.GeoSeries)
                else list(values)
            )
            return gpd.GeoSeries(places, crs=WGS84)
        case Form.DAY | Form.MOMENT:
            return _times(column.form, values)
        case Form.NUMBER:
            return pd.Series(np.asarray(_unlike_text(values), dtype="float64"))
        case Form.COUNT:
            return pd.Series(_unlike_text(values), dtype="Int64").reset_index(drop=True)
        case Form.FLAG:
            return _flags(values)
        case _:
            return _texts(values)


def _texts(values: Cells) -> pd.Series:
    """Text cells as plain text, tuples joined."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.StringDtype):
        if values.isna().any():
            raise ValueError("a missing text must be ''")
        return values.astype("str").reset_index(drop=True)
    cells = list(values)
    if cells and pd.api.types.infer_dtype(cells, skipna=False) != "string":
        cells = [SEPARATOR.join(cell) if isinstance(cell, tuple) else cell for cell in cells]
    if cells and pd.api.types.infer_dtype(cells, skipna=False) != "string":
        strange = next(cell for cell in cells if not isinstance(cell, str))
        raise TypeError(f"{strange!r} is no text; a missing text must be ''")
    # Arrow takes UTF-8 only: a lone surrogate raises UnicodeEncodeError here.
    return pd.Series(cells, dtype="str")


def _flags(values: Cells) -> pd.Series:
    """Flags; numbers and missing values are none."""
    known = isinstance(values, pd.Series) and values.dtype == bool
    for value in () if known else values:
        if not isinstance(value, bool | np.bool_):
            raise TypeError(f"{value!r} is neither True nor False")
    return pd.Series(list(values), dtype="bool")


def _times(form: Form, values: Cells) -> pd.Series:
    """Days without a time zone, or moments in UTC."""
    given = pd.Series(_unlike_text(values))
    if given.dtype.kind in "iufb" and not given.isna().all():
        raise ValueError("a number is no date")
    times = pd.to_datetime(given).reset_index(drop=True)
    zone = getattr(times.dtype, "tz", None)
    if zone is None and times.isna().all():
        return pd.Series(pd.NaT, index=times.index, dtype=form.value)
    if form is Form.MOMENT:
        if zone is None:
            raise ValueError("a moment needs a time zone")
        return times.dt.tz_convert("UTC").astype(form.value)
    if zone is not None or (times.dropna() != times.dropna().dt.normalize()).any():
        raise ValueError("a day has neither a time nor a time zone")
    return times.astype(form.value)


def _unlike_text(values: Cells) -> Cells:
    """`values` themselves; an error if a text is among them, whose meaning pandas would guess."""
    if isinstance(values, pd.Series) and values.dtype != object:
        texts = isinstance(values.dtype, pd.StringDtype)
    else:
        texts = any(isinstance(value, str) for value in values)
    if texts:
        raise TypeError("it holds text")
    return values


def _faults(column: Column, series: pd.Series) -> list[str]:
    """What a column of the right dtype holds that it may not."""
    where = f"column {column.name!r}"
    match column.form:
        case Form.PLACE:
            return _place_faults(np.asarray(series.values))
        case Form.NUMBER:
            return [f"{where} holds an infinite number"] if np.isinf(series).any() else []
        case Form.MOMENT | Form.DAY | Form.COUNT | Form.FLAG:
            told = []
            if column.required and series.isna().any():
                told.append(f"{where} has an empty cell")
            if column.form in (Form.MOMENT, Form.DAY) and _beyond_years(series):
                told.append(f"{where} holds a time outside the years 1 to 9999")
            return told
    faults = []
    texts = pa.array(series)
    if column.required and pc.any(pc.equal(texts, "")).as_py():
        faults.append(f"{where} has an empty cell")
    if pc.any(pc.match_substring(texts, "\0")).as_py():
        faults.append(f"{where} holds a NUL character")
    if column.codes:
        allowed = {*column.codes, ""} if column.form is Form.CODES else {*column.codes}
        cells = texts.unique().to_pylist()
        if column.form is Form.CODES:
            cells = [code for codes in cells for code in codes.split(SEPARATOR)]
        strange = sorted(set(cells) - allowed)
        faults += [f"{where} holds {value!r}, not one of {list(column.codes)}" for value in strange]
    return faults


def _beyond_years(times: pd.Series) -> bool:
    """Whether any of `times` is outside the years that a database's driver can tell."""
    years = times.dt.year
    return bool(((years < MINYEAR) | (years > MAXYEAR)).any())


def _place_faults(places: NDArray[Any]) -> list[str]:
    """What is wrong with the places of a frame."""
    faults = []
    if shapely.is_empty(places).any():
        faults.append("a place has no point; a missing place must be None")
    coordinates = shapely.get_coordinates(places)
    outside = ~(np.abs(coordinates) <= [180.0, 90.0]).all(axis=1)
    if outside.any():
        lon, lat = coordinates[outside][0]
        faults.append(f"there is no place at longitude {lon}, latitude {lat}")
    return faults


@cache
def _default_cell(column: Column) -> pd.Series:
    """The column with its default as its only cell; not to be changed."""
    return _series(column, [column.default])


@cache
def _default_text(column: Column) -> pa.Scalar:
    """The default of a column as `_canonical` tells it."""
    return _canonical(column, _default_cell(column))[0]


def _told(column: Column, series: pd.Series) -> pa.Array | None:
    """Name and value of each cell that is not the column's default; None where all are."""
    cells = _canonical(column, series)
    name, end = pa.scalar(column.name, cells.type), pa.scalar("\0", cells.type)
    told = pc.binary_join_element_wise(name, cells, NOTHING, end)
    if column.required:
        return told
    usual = pc.equal(cells, _default_text(column))
    return None if pc.all(usual).as_py() else pc.if_else(usual, NOTHING, told)


def _canonical(column: Column, series: pd.Series) -> pa.Array:
    """The cells of a column as text, the same for the same value on every machine."""
    match column.form:
        case Form.PLACE:
            cells = shapely.to_wkb(series.to_numpy(), hex=True, byte_order=1)
        case Form.NUMBER:
            cells = [None if math.isnan(cell) else repr(cell) for cell in series.tolist()]
        case Form.COUNT:
            cells = series.to_numpy(dtype=object, na_value=None)
        case Form.FLAG:
            cells = np.where(series.to_numpy(), "True", "False")
        case Form.DAY | Form.MOMENT:
            # Microseconds since 1970: pandas writes a date's text as its neighbours need it.
            moments = series.dt.tz_localize(None).astype("int64").to_numpy()
            cells = np.ma.masked_array(moments, series.isna().to_numpy())
        case _:
            cells = series
    texts = pc.fill_null(pa.array(cells, from_pandas=True).cast(NOTHING.type), NOTHING)
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _utf8(texts: pa.Array) -> Iterator[memoryview]:
    """The bytes of each text, none of them copied."""
    _, offsets, characters = texts.buffers()
    ends = np.frombuffer(offsets, dtype="int64")[texts.offset :][: len(texts) + 1].tolist()
    whole = memoryview(characters)
    return (whole[start:end] for start, end in itertools.pairwise(ends))
