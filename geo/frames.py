"""Frames of records: which columns a kind has, what they may hold, and the check that says so.

A frame is a GeoDataFrame in EPSG:4326 with the fields of one record class as its columns. Missing
text is ``""``, a missing number NaN or NA, a missing day or moment NaT, a missing place None; the
values of a tuple are joined by ``|``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from functools import cache
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import BadInput, InvalidSetting, MissingColumns
from geo.grid import WGS84
from geo.model import (
    Alert,
    BorderPost,
    Record,
    RoadLink,
    RoadNetwork,
    Route,
    Scene,
    Seizure,
    Site,
    SiteEvent,
    Terrain,
)

RECORDS: dict[str, type[Record]] = {
    "sites": Site,
    "posts": BorderPost,
    "seizures": Seizure,
    "events": SiteEvent,
    "roads": RoadLink,
    "scenes": Scene,
    "alerts": Alert,
    "terrain": Terrain,
    "networks": RoadNetwork,
    "routes": Route,
}
"""The kinds of things that are kept, and the class of record of each."""

STORE_COLUMNS = ("version", "recorded_at", "import_id")
"""What a store adds to the columns of a kind."""

CHUNK = 10_000
"""Rows whose fingerprints are made at once; bounds memory, changes no result."""

SEPARATOR = "|"
"""Joins the values of a tuple in one cell."""


Cells: TypeAlias = Sequence[Any] | pd.Series
"""The values of one column."""


class Form(Enum):
    """What a cell holds, with the dtype of its column in a frame."""

    TEXT = "str"
    CODE = "code"
    TEXTS = "texts"
    CODES = "codes"
    NUMBER = "float64"
    COUNT = "Int64"
    FLAG = "bool"
    DAY = "datetime64[us]"
    MOMENT = "datetime64[us, UTC]"
    PLACE = "geometry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a kind, as its record class declares it."""

    name: str
    """Name of the field."""
    form: Form
    """What a cell holds."""
    codes: tuple[str, ...] = ()
    """The values of a closed set; empty where the set is open."""
    required: bool
    """Whether the field must be filled."""
    default: object = None
    """Value of a cell that is left out, as `frame_of` takes it; None where it is required."""


@cache
def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns of a kind in order, without those of the store.

    Raises
    ------
    InvalidSetting
        If there is no such kind.
    """
    if kind not in RECORDS:
        raise InvalidSetting(f"there is no table {kind!r}", expected=f"one of {', '.join(RECORDS)}")
    record = RECORDS[kind]
    hints = get_type_hints(record)
    return tuple(_column(field, hints[field.name]) for field in dataclasses.fields(record))


def frame_of(kind: str, columns: Mapping[str, Cells]) -> gpd.GeoDataFrame:
    """A checked frame from the values of each column; columns left out hold their default.

    Raises
    ------
    MissingColumns, BadInput
        As `check_frame` does.
    """
    length = len(next(iter(columns.values()), ()))
    defaults = {
        column.name: [column.default] * length for column in columns_of(kind) if not column.required
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
    defaults = {
        column.name: None if column.required else _canonical(column, _default_cell(column))[0]
        for column in columns_of(kind)
    }
    prints: list[str] = []
    for start in range(0, len(frame), CHUNK):
        part = frame.iloc[start : start + CHUNK]
        # No text of a checked frame holds a NUL character, so two rows never join to one text.
        texts = [
            [
                "" if cell == defaults[column.name] else f"{column.name}\0{cell}\0"
                for cell in _canonical(column, part[column.name])
            ]
            for column in columns_of(kind)
        ]
        rows = map("".join, zip(*texts, strict=True))
        prints += [hashlib.blake2b(row.encode(), digest_size=16).hexdigest() for row in rows]
    return prints


def _column(field: dataclasses.Field[Any], hint: Any) -> Column:  # noqa: ANN401 - a type hint
    """The column that a field of a record class declares."""
    form, codes = _form(hint)
    required = field.default is dataclasses.MISSING
    default = None if required else field.default
    return Column(name=field.name, form=form, codes=codes, required=required, default=default)


def _form(hint: Any) -> tuple[Form, tuple[str, ...]]:  # noqa: ANN401 - a type hint
    """Form and closed set of a field, from its type."""
    plain = {str: Form.TEXT, float: Form.NUMBER, int: Form.COUNT, bool: Form.FLAG, date: Form.DAY,
             datetime: Form.MOMENT, BaseGeometry: Form.PLACE}  # fmt: skip
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part is not type(None))
    if hint in plain:
        return plain[hint], ()
    if get_origin(hint) is tuple:
        inner, codes = _form(get_args(hint)[0])
        return (Form.CODES if inner is Form.CODE else Form.TEXTS), codes
    assert issubclass(hint, StrEnum)
    return Form.CODE, tuple(code.value for code in hint)


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
    return gpd.GeoDataFrame(kept, geometry="geometry", crs=WGS84)


def _series(column: Column, values: Cells) -> pd.Series:
    """`values` in the dtype of the column, with an index from 0; an error if they are not so."""
    match column.form:
        case Form.PLACE:
            return gpd.GeoSeries(list(values), crs=WGS84)
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
    cells = [SEPARATOR.join(value) if isinstance(value, tuple) else value for value in values]
    if cells and pd.api.types.infer_dtype(cells, skipna=False) != "string":
        strange = next(cell for cell in cells if not isinstance(cell, str))
        raise TypeError(f"{strange!r} is no text; a missing text must be ''")
    # Arrow takes UTF-8 only: a lone surrogate raises UnicodeEncodeError here.
    return pd.Series(cells, dtype="str")


def _flags(values: Cells) -> pd.Series:
    """Flags; numbers and missing values are none."""
    for value in values:
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
            empty = column.required and series.isna().any()
            return [f"{where} has an empty cell"] if empty else []
    faults = []
    if column.required and (series == "").any():
        faults.append(f"{where} has an empty cell")
    if series.str.contains("\0", regex=False).any():
        faults.append(f"{where} holds a NUL character")
    if column.codes:
        allowed = {*column.codes, ""} if column.form is Form.CODES else {*column.codes}
        cells = series.str.split(SEPARATOR).explode() if column.form is Form.CODES else series
        strange = sorted(set(cells) - allowed)
        faults += [f"{where} holds {value!r}, not one of {list(column.codes)}" for value in strange]
    return faults


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


def _default_cell(column: Column) -> pd.Series:
    """The column with its default as its only cell."""
    return _series(column, [column.default])


def _canonical(column: Column, series: pd.Series) -> list[str]:
    """The cells of a column as text, the same for the same value on every machine."""
    empty = series.isna().to_numpy()
    match column.form:
        case Form.PLACE:
            return [wkb or "" for wkb in shapely.to_wkb(series.values, hex=True, byte_order=1)]
        case Form.NUMBER | Form.COUNT | Form.FLAG:
            cells = [repr(cell) for cell in series.to_numpy(dtype=object).tolist()]
        case Form.DAY | Form.MOMENT:
            # Microseconds since 1970: pandas writes a date's text as its neighbours need it.
            cells = [str(cell) for cell in series.dt.tz_localize(None).astype("int64").tolist()]
        case _:
            return list(series.to_numpy(dtype=object).tolist())
    return ["" if missing else cell for cell, missing in zip(cells, empty, strict=True)]
