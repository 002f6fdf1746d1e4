"""One query for the map, the table, the counts and the printed page; pure.

A query is applied to a frame that `geo.disclosure` has already redacted, so that nothing hidden can
be found by searching for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.words import fold

SEARCHED = (
    "id", "name", "name_ar", "alt_names", "facing_name", "place", "site_name", "country",
    "facing_country", "agency", "object_types", "description", "claimed_origin", "transit",
    "destination", "status_text", "source", "case_key", "event_note", "designation", "note",
)  # fmt: skip
"""Columns that free text is looked for in, as far as a frame has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to show. An empty tuple or None sets no limit; limits are joined by *and*."""

    text: str = ""
    """Words that must all occur, in any column of `SEARCHED`, in any script, accents ignored."""
    date_from: date | None = None
    """Records that ended before this day are left out."""
    date_to: date | None = None
    """Records that began after this day are left out."""
    include_undated: bool = True
    """Keep records without a date when a period is set."""
    countries: tuple[str, ...] = ()
    object_classes: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()
    markings: tuple[str, ...] = ()
    include_simulated: bool = True
    """Keep simulated records."""

    def described(self) -> list[str]:
        """The active limits in words, one a line, for the printed page; empty if there is none."""
        lines = []
        if self.date_from or self.date_to:
            begin = self.date_from.isoformat() if self.date_from else "the beginning"
            end = self.date_to.isoformat() if self.date_to else "today"
            undated = "with" if self.include_undated else "without"
            lines.append(f"Period: {begin} to {end}, {undated} undated records")
        for label, values in (
            ("Country", self.countries),
            ("Object class", self.object_classes),
            ("Event type", self.event_types),
            ("Grade", self.grades),
            ("Precision", self.precisions),
            ("Marking", self.markings),
        ):
            if values:
                lines.append(f"{label}: {', '.join(values)}")
        if self.text.strip():
            lines.append(f"Text: {self.text.strip()}")
        if not self.include_simulated:
            lines.append("Simulated data hidden")
        return lines


def with_search_text(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """`frame` with a column `search_text`, folded from its `SEARCHED` columns."""
    columns = [frame[name].fillna("").astype(str) for name in SEARCHED if name in frame]
    joined = columns[0].str.cat(columns[1:], sep=" \n ") if columns else pd.Series("", frame.index)
    folded = pd.Series([fold(text) for text in joined], index=frame.index, dtype="str")
    return frame.assign(search_text=folded)


def select(frame: gpd.GeoDataFrame, query: Query) -> gpd.GeoDataFrame:
    """The rows of `frame` that `query` asks for, in their order; columns and index unchanged.

    A limit on something that this kind of record does not have (an object class of a site) does not
    touch it. `frame` may carry `search_text`; without it the text is folded here.
    """
    keep = np.ones(len(frame), dtype=bool)
    if query.text.strip():
        searched = frame if "search_text" in frame else with_search_text(frame)
        for word in fold(query.text).split():
            keep &= searched["search_text"].str.contains(word, regex=False).to_numpy(dtype=bool)
    if query.date_from or query.date_to:
        keep &= _in_period(frame, query)
    keep &= _one_of(frame, "country", query.countries, separator="/")
    keep &= _one_of(frame, "object_classes", query.object_classes, separator="|")
    keep &= _one_of(frame, "event_type", query.event_types)
    keep &= _one_of(frame, "grade", query.grades)
    keep &= _one_of(frame, "precision", query.precisions)
    keep &= _one_of(frame, "marking", query.markings)
    if not query.include_simulated and "simulated" in frame:
        keep &= ~frame["simulated"].to_numpy(dtype=bool)
    return frame[keep]


def _one_of(
    frame: gpd.GeoDataFrame, column: str, wanted: tuple[str, ...], *, separator: str = ""
) -> NDArray[np.bool_]:
    """Where `column` holds one of the `wanted` values; everywhere if nothing is wanted."""
    if not wanted or column not in frame:
        return np.ones(len(frame), dtype=bool)
    values = frame[column].astype(str)
    if not separator:
        return np.asarray(values.isin(wanted), dtype=bool)
    chosen = set(wanted)
    return np.array([not chosen.isdisjoint(value.split(separator)) for value in values], dtype=bool)


_DATED = ("date_precision", "acquired_at", "detection_id")
"""A frame with one of these columns tells of what happened: seizures, events, scenes, alerts."""


def _in_period(frame: gpd.GeoDataFrame, query: Query) -> NDArray[np.bool_]:
    """Where the record's interval meets the period; an undated site, post or road always does."""
    begin = pd.to_datetime(frame["date_from"])
    end = pd.to_datetime(frame["date_to"]).fillna(begin)
    undated = begin.isna() & end.isna()
    keep_undated = query.include_undated or not any(name in frame for name in _DATED)
    inside = pd.Series(True, index=frame.index)
    if query.date_from:
        inside &= ~(end < pd.Timestamp(query.date_from))
    if query.date_to:
        inside &= ~(begin > pd.Timestamp(query.date_to))
    return np.asarray(inside & (~undated | keep_undated), dtype=bool)
