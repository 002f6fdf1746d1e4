"""The embedded gazetteer of towns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from geo.errors import MissingColumns, UnreadableFile

COLUMNS = ("id", "name", "name_ar", "alt_names", "lon", "lat", "country", "population")
"""Columns of the table: GeoNames id, names, degrees (EPSG:4326), English country, people."""

_TYPES = {
    **dict.fromkeys(("id", "name", "name_ar", "alt_names", "country"), pa.string()),
    "lon": pa.float64(),
    "lat": pa.float64(),
    "population": pa.int64(),
}


def read_towns(path: Path) -> pd.DataFrame:
    """The towns of the embedded table, with the columns of `COLUMNS` and an index from 0.

    ``alt_names`` holds other names in Latin and Arabic script, separated by ``|``; a missing name
    is ``""``, and a population of 0 is one that nobody knows. The file is our own.

    Raises
    ------
    UnreadableFile
        If the file is missing or no table of towns.
    MissingColumns
        If it lacks a column.
    """
    try:
        table = csv.read_csv(
            path,
            convert_options=csv.ConvertOptions(
                column_types=_TYPES, null_values=[], strings_can_be_null=False
            ),
        )
    except (OSError, pa.ArrowInvalid) as err:
        raise UnreadableFile(
            f"the towns {path.name!r} cannot be read",
            expected="the table that comes with Lamassu",
            remedy="install Lamassu again",
        ) from err
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise MissingColumns(
            f"the towns {path.name!r} lack {', '.join(missing)}",
            expected=f"the columns {', '.join(COLUMNS)}",
            remedy="install Lamassu again",
        )
    towns: pd.DataFrame = table.select(COLUMNS).to_pandas()
    return towns
