"""Every row of one store written into another, as they are, with their history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from geo.errors import StoreError
from geo.store.rows import CHUNK, in_utc, write
from geo.store.schema import METADATA, MIGRATIONS, REVISION


def copied_tables() -> tuple[sa.Table, ...]:
    """The tables that hold what people brought, those before that others point to."""
    own = (MIGRATIONS, REVISION)
    return tuple(table for table in METADATA.sorted_tables if table not in own)


def require_empty(connection: sa.Connection, place: str) -> None:
    """Refuse a store in which anybody has kept anything."""
    for table in copied_tables():
        if connection.scalar(sa.select(sa.literal(1)).select_from(table).limit(1)):
            raise StoreError(
                f"the store {place} is not empty",
                expected="a store without any row",
                remedy="copy into a new one; this one was not changed",
            )


def copy_tables(source: sa.Connection, target: sa.Connection) -> dict[str, int]:
    """Write every row of `source` into `target`, a chunk at a time; how many of each table."""
    return {table.name: _copy_rows(source, target, table) for table in copied_tables()}


def _copy_rows(source: sa.Connection, target: sa.Connection, table: sa.Table) -> int:
    """Write the rows of one table; how many they are."""
    query = sa.select(table).order_by(*table.primary_key.columns)
    total = 0
    streamed = source.execute(query, execution_options={"yield_per": CHUNK})
    for rows in streamed.partitions():
        columns = zip(table.columns, zip(*rows, strict=True), strict=True)
        write(target, table, {column.name: _told(column, cells) for column, cells in columns})
        total += len(rows)
    return total


def _told(column: sa.Column[Any], cells: Sequence[Any]) -> Sequence[Any]:
    """The cells of a column as every database takes them."""
    if not isinstance(column.type, sa.DateTime):
        return cells
    return [None if moment is None else in_utc(moment) for moment in cells]
