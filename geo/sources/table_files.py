"""Frames as tables for spreadsheets."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from geo.errors import BadInput
from geo.model import Tlp

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell may not begin with: a spreadsheet would run it (OWASP, CSV injection)."""


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
    for name in table.columns[[isinstance(kind, pd.StringDtype) for kind in table.dtypes]]:
        unsafe = table[name].str.startswith(FORMULA_STARTS, na=False)
        table[name] = table[name].where(~unsafe, "'" + table[name])
    unfinished = path.with_name(f".{path.name}.part")
    try:
        table.to_csv(unfinished, index=False, encoding="utf-8-sig")
        unfinished.replace(path)
    except OSError as err:
        raise BadInput(f"{path} cannot be written ({err.strerror})") from err
    finally:
        unfinished.unlink(missing_ok=True)
