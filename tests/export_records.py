"""Made-up records of each kind with everything that is easily lost on the way through a file."""

from __future__ import annotations

from datetime import date, timedelta

import geopandas as gpd
from shapely.geometry import LineString, Point

from geo.columns import Column, Form, columns_of
from geo.frames import frame_of

KINDS = (
    "sites", "posts", "seizures", "events", "roads", "objects", "custody", "links", "stolen",
    "assessments",
)  # fmt: skip
"""The kinds that can be read again from a table."""

HARD_TEXTS = (
    "plain", "", "سطر أول\nسطر ثانٍ، «اقتباس»", "=1+1", "-33.5", "007", "1e5", 'say "x", y; z',
    "a | b", "'quoted", "@home", "2015-03-07", "<b>&amp;</b> $[name]", "true", "فارسی ۱۲۳",
    "null", "NaN", "x" * 5_000, "TLP:RED", "_x0041_", "\U0001f6e3\u200f",
)  # fmt: skip
"""Texts that some program or other takes for something else."""

HARD_NUMBERS = (0.1 + 0.2, None, 0.0, 1 / 3, 5.0, 1e-7, 123.456, 2.0**-30)
COUNTS = (3, None, 0, 1, 999_999_999)
DAYS = (date(1500, 1, 2), None, date(2015, 3, 7), date(1899, 12, 31), date(2000, 2, 29))
PLACES = (
    Point(0.1 + 0.2, 1e-7), None, Point(-179.99999999999997, 89.99999999999999),
    Point(44.123456789012344, 33.098765432109876), Point(43.0, 36.0),
)  # fmt: skip

ROWS = len(HARD_TEXTS)
"""Records of each kind."""


def records_of(kind: str) -> gpd.GeoDataFrame:
    """Records of a kind, such as an import could have taken in."""
    columns = {column.name: _values(column, at) for at, column in enumerate(columns_of(kind))}
    places = [LineString([(p.x, p.y), (43.3, 0.1 + 0.7)]) if p and kind == "roads" else p
              for p in _turning(PLACES, 0)]  # fmt: skip
    begins = _turning(DAYS, 1)
    columns |= {
        "id": [f"R-{row}" for row in range(ROWS - 1)] + ["ر=1"],
        "dataset_id": ["local", *["partner-ج"] * (ROWS - 1)],
        "geometry": places,
        "precision": ["country" if p is None else ("exact", "vicinity", "town")[row % 3]
                      for row, p in enumerate(places)],
        "date_from": begins,
        "date_to": [begin and begin + timedelta(days=row) for row, begin in enumerate(begins)],
        "grade": _turning(("F6", "B2", "A1"), 0),
        "simulated": _turning((False, True), 1),
    }  # fmt: skip
    if "date_text" in columns:
        columns["date_text"] = [(begin and f"about {begin:%B %Y}") or "" for begin in begins]
    if kind == "sites":
        outline = "POLYGON ((43 35.1, 43.30000000000004 35.1, 43.2 35.4, 43 35.1))"
        columns["footprint_wkt"] = _turning(("", outline), 1)
    return frame_of(kind, columns)


def _values(column: Column, at: int) -> list[object]:
    """Values for a column, other ones in each."""
    match column.form:
        case Form.TEXT:
            texts = _turning(HARD_TEXTS, at)
            empty = "needed" if column.required else str(column.default)
            return [text or empty for text in texts]
        case Form.CODE:
            return _turning(column.codes, at)
        case Form.CODES:
            first, second = column.codes[:2]
            return _turning(("", first, f"{first}|{second}"), at)
        case Form.NUMBER:
            return _turning(HARD_NUMBERS, at)
        case Form.COUNT:
            return _turning(COUNTS, at)
        case _:
            return [None] * ROWS


def _turning(values: tuple[object, ...], start: int) -> list[object]:
    """As many values as there are records, over and over again."""
    return [values[(start + row) % len(values)] for row in range(ROWS)]
