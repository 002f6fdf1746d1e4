"""Rows of a database and rows of a frame, and the way from one to the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from geo.errors import BadInput, StoreDamaged
from geo.frames import STORE_COLUMNS, Form, columns_of, frame_of
from geo.store.schema import record_table

CHUNK = 10_000
"""Rows that are encoded, written or fetched at once; bounds memory, changes no result."""


def fetch(
    connection: sa.Connection,
    kind: str,
    chosen: sa.ColumnElement[bool],
    *,
    more: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """The chosen versions as a frame, by dataset, id and version."""
    table = record_table(kind)
    names = [column.name for column in columns_of(kind)]
    extra = [*STORE_COLUMNS, *more]
    query = (
        sa.select(*(table.c[name] for name in (*names, *extra)))
        .where(chosen)
        .order_by(table.c.dataset_id, table.c.id, table.c.version)
    )
    parts = [
        _as_frame(kind, [*names, *extra], rows)
        for rows in connection.execute(query).partitions(CHUNK)
    ]
    if not parts:
        return _as_frame(kind, [*names, *extra], [])
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _as_frame(kind: str, names: Sequence[str], rows: Sequence[Any]) -> gpd.GeoDataFrame:
    """Fetched rows as a frame, its places decoded and the store's columns added."""
    cells = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    columns = dict(zip(names, cells, strict=True))
    decoded = {
        column.name: _decoded(column.form, columns.pop(column.name)) for column in columns_of(kind)
    }
    try:
        frame = frame_of(kind, decoded)
    except BadInput as err:
        raise StoreDamaged(
            f"the store holds what it would not take in: {err.what}", remedy="restore a backup"
        ) from err
    return frame.assign(**{name: _store_column(name, values) for name, values in columns.items()})


def _store_column(name: str, values: Sequence[Any]) -> pd.Series:
    """A column of the store's own in its dtype."""
    dtypes = {
        "version": "int64",
        "base_version": "int64",
        "current": "bool",
        "undone": "bool",
        "recorded_at": "datetime64[us, UTC]",
    }
    if name == "recorded_at":
        values = [in_utc(moment) for moment in values]
    return pd.Series(list(values), dtype=dtypes.get(name, "str"))


def insert(
    connection: sa.Connection,
    kind: str,
    rows: gpd.GeoDataFrame,
    *,
    prints: Sequence[str],
    versions: Sequence[int],
    shared: Mapping[str, object],
) -> None:
    """Write rows as current versions; without a base version in `shared` they are their own."""
    table = record_table(kind)
    cells: dict[str, Sequence[Any]] = {
        column.name: _encoded(column.form, rows[column.name]) for column in columns_of(kind)
    }
    cells |= {"version": versions, "base_version": versions, "content": prints}
    constant = {"reason": "", "current": True, "undone": False, **shared}
    # A column at a time takes half the time of SQLAlchemy's way, which is a row at a time. The
    # parameters are positional, as SQLite's driver has them.
    dialect = connection.dialect
    bound = {name: _bound(table.c[name].type, dialect, cells[name]) for name in cells}
    for name, value in constant.items():
        bound[name] = [*_bound(table.c[name].type, dialect, [value])] * len(rows)
    statement = table.insert().compile(dialect=dialect, column_keys=list(bound))
    order = statement.positiontup or ()
    ordered = zip(*(bound[name] for name in order), strict=True)
    connection.exec_driver_sql(str(statement), list(ordered))


def _bound(
    sql_type: sa.types.TypeEngine[Any], dialect: sa.Dialect, values: Sequence[Any]
) -> Sequence[Any]:
    """Values as the driver takes them."""
    process = sql_type.dialect_impl(dialect).bind_processor(dialect)
    return [process(value) for value in values] if process else values


def _encoded(form: Form, cells: pd.Series) -> list[Any]:
    """The cells of a column as a database takes them: None for what is missing."""
    match form:
        case Form.PLACE:
            return list(shapely.to_wkb(cells.to_numpy(), byte_order=1))
        case Form.DAY | Form.MOMENT:
            empty = cells.isna().to_numpy()
            times = cells.dt.date if form is Form.DAY else cells.dt.to_pydatetime()
            return [None if missing else time
                    for time, missing in zip(times, empty, strict=True)]  # fmt: skip
        case Form.NUMBER | Form.COUNT:
            return list(np.where(cells.isna(), None, cells.astype(object)))
        case _:
            return list(cells.to_numpy(dtype=object).tolist())


def _decoded(form: Form, cells: Sequence[Any]) -> Sequence[Any]:
    """The cells of a column as a frame takes them."""
    match form:
        case Form.PLACE:
            return list(shapely.from_wkb(np.array(cells, dtype=object)))
        case Form.MOMENT:
            return [None if moment is None else in_utc(moment) for moment in cells]
        case _:
            return cells


def execute_many(
    connection: sa.Connection, statement: sa.Executable, rows: Iterable[Mapping[str, object]]
) -> None:
    """Execute `statement` once for each of `rows`, a chunk at a time."""
    pending = iter(rows)
    while chunk := list(itertools.islice(pending, CHUNK)):
        connection.execute(statement, chunk)


def chunks(values: Sequence[int]) -> Iterator[Sequence[int]]:
    """`values` in pieces of at most `CHUNK`."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def named(table: sa.Table, record_id: str, dataset_id: str | None) -> sa.ColumnElement[bool]:
    """Where a row of `table` is of this id, in this dataset if one is named."""
    chosen = table.c.id == record_id
    return chosen if dataset_id is None else chosen & (table.c.dataset_id == dataset_id)


def same(table: sa.FromClause, other: sa.FromClause) -> sa.ColumnElement[bool]:
    """Where two tables speak of the same record."""
    return (table.c.dataset_id == other.c.dataset_id) & (table.c.id == other.c.id)


def in_utc(moment: datetime) -> datetime:
    """A stored moment with its zone, which SQLite does not keep; all are stored in UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def require_text(*texts: str) -> None:
    """Refuse text that not every database can hold: lone surrogates and NUL characters."""
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as err:
            raise BadInput(f"{text!r} is no Unicode text", expected="whole characters") from err
        if "\0" in text:
            raise BadInput(f"{text!r} holds a NUL character", expected="text without it")
