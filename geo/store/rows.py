"""Rows of a database and rows of a frame, and the way from one to the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import shapely
import sqlalchemy as sa

from geo.columns import STORE_COLUMNS, Form, columns_of
from geo.errors import BadInput, StoreDamaged
from geo.frames import frame_of
from geo.store.schema import record_table

CHUNK = 10_000
"""Rows that are encoded, written or fetched at once; bounds memory, changes no result."""

COPIED = 300
"""Rows from which on PostgreSQL's COPY is quicker than single inserts; changes no result."""

EMPTY: Mapping[str | None, sa.ColumnElement[Any]] = {"": sa.literal_column("''"), None: sa.null()}
"""How SQL says an empty value."""


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
        for rows in connection.execute(query, execution_options={"yield_per": CHUNK}).partitions()
    ]
    if not parts:
        return _empty(kind, tuple(extra)).copy()
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


@cache
def _empty(kind: str, extra: tuple[str, ...]) -> gpd.GeoDataFrame:
    """No rows at all; not to be changed."""
    return _as_frame(kind, [*(column.name for column in columns_of(kind)), *extra], [])


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
    cells: dict[str, Sequence[Any]] = {
        column.name: _encoded(column.form, rows[column.name]) for column in columns_of(kind)
    }
    cells |= {"version": versions, "base_version": versions, "content": prints}
    constant = {"reason": "", "current": True, "undone": False, **shared}
    cells |= {name: [value] * len(rows) for name, value in constant.items()}
    write(connection, record_table(kind), cells)


def write(connection: sa.Connection, table: sa.Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that are given by their columns, which are of one length.

    SQLAlchemy makes a dictionary of each row, which takes longer than the database does; here the
    values of a column are made ready together, and the driver takes them as they are.
    """
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        return
    dialect = connection.dialect
    if dialect.name == "postgresql" and rows >= COPIED:
        _copy(connection, table, columns)
        return
    empty = {name: EMPTY[values[0]] for name, values in columns.items() if _all_empty(values)}
    given = [name for name in columns if name not in empty]
    statement = table.insert().values(empty).compile(dialect=dialect, column_keys=given)
    order = statement.positiontup or given
    bound = (_bound(table.c[name].type, dialect, columns[name]) for name in order)
    by_row = list(zip(*bound, strict=True))
    if statement.positiontup is None:
        named_rows = [dict(zip(order, row, strict=True)) for row in by_row]
        connection.exec_driver_sql(str(statement), named_rows)
    else:
        connection.exec_driver_sql(str(statement), by_row)


def _all_empty(values: Sequence[Any]) -> bool:
    """Whether a column is empty from the first to the last row: then its values are not sent."""
    return values[0] in ("", None) and values.count(values[0]) == len(values)


def _bound(
    sql_type: sa.types.TypeEngine[Any], dialect: sa.Dialect, values: Sequence[Any]
) -> Sequence[Any]:
    """Values as the driver takes them; one that occurs often is made ready once."""
    process = sql_type.dialect_impl(dialect).bind_processor(dialect)
    if process is None or isinstance(sql_type, sa.LargeBinary):
        return values
    ready = {value: process(value) for value in set(values)}
    return [ready[value] for value in values]


def _copy(connection: sa.Connection, table: sa.Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows by PostgreSQL's COPY, by way of a table of the transaction's own.

    COPY itself takes no rows into a table with row-level security
    (https://www.postgresql.org/docs/current/sql-copy.html, "Notes").
    """
    names = ", ".join(f'"{name}"' for name in columns)
    passing = f"incoming_{table.name}"
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {passing} (LIKE {table.name}) ON COMMIT DROP"
    )
    cells = [
        _copied(table.c[name].type, _bound(table.c[name].type, connection.dialect, values))
        for name, values in columns.items()
    ]
    # Arrow keeps the texts of an array end to end: joined, they are what COPY reads.
    lines = pc.binary_join_element_wise(
        pc.binary_join_element_wise(
            *cells, _large("\t"), null_handling="replace", null_replacement="\\N"
        ),
        _large(""),
        _large("\n"),
    )
    session = connection.connection.driver_connection
    assert isinstance(session, psycopg.Connection)
    with session.cursor() as cursor, cursor.copy(f"COPY {passing} ({names}) FROM STDIN") as copy:
        copy.write(memoryview(lines.buffers()[2]))
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {passing}"  # noqa: S608 - our names
    )
    connection.exec_driver_sql(f"TRUNCATE {passing}")


def _copied(sql_type: sa.types.TypeEngine[Any], values: Sequence[Any]) -> pa.Array:
    """The cells of a column as COPY's text format has them, null where there is none."""
    match sql_type:
        case sa.LargeBinary():
            return pa.array(
                [None if value is None else f"\\\\x{value.hex()}" for value in values],
                pa.large_string(),
            )
        case sa.Date():
            cells = pa.array(values, pa.date32())
        case sa.DateTime():
            cells = pa.array(values, pa.timestamp("us", tz="UTC"))
        case sa.Boolean():
            cells = pa.array(values, pa.bool_())
        case sa.Integer():
            cells = pa.array(values, pa.int64())
        case sa.Double():
            cells = pa.array(values, pa.float64())
        case _:
            return _escaped(pa.array(values, pa.large_string()))
    return cells.cast(pa.large_string())


def _escaped(texts: pa.Array) -> pa.Array:
    """Texts without the characters that mean something to COPY."""
    for character, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        texts = pc.replace_substring(texts, character, written)
    return texts


def _large(text: str) -> pa.Scalar:
    """A text as Arrow joins it with large ones."""
    return pa.scalar(text, pa.large_string())


def _encoded(form: Form, cells: pd.Series) -> Sequence[Any]:
    """The cells of a column as a database takes them: None for what is missing."""
    match form:
        case Form.PLACE:
            return list(shapely.to_wkb(cells.to_numpy(), byte_order=1))
        case Form.DAY | Form.MOMENT:
            which, times = pd.factorize(cells)
            values = list(times.date if form is Form.DAY else times.to_pydatetime())
            return [values[number] if number >= 0 else None for number in which.tolist()]
        case Form.NUMBER | Form.COUNT:
            return list(cells.to_numpy(dtype=object, na_value=None).tolist())
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


def among(
    connection: sa.Connection, column: sa.Column[str], texts: Sequence[str]
) -> sa.ColumnElement[bool]:
    """Where `column` is one of `texts`, which are one parameter however many they are."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(texts), sa.ARRAY(sa.Text)))
    values = sa.func.json_each(sa.literal(json.dumps(texts), sa.Text)).table_valued("value")
    return column.in_(sa.select(values.c.value))


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
