"""The sidebar's limits, as one query."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.query import Query

EARLIEST_YEAR = 1990
"""Where the period begins unless a record is older."""

KEPT: Any = {"persist_state": "session"}
"""Limits stay as they are while the user looks at another page."""

SIMULATED_KEY = "simulated"


def query_from_sidebar(frames: Mapping[str, gpd.GeoDataFrame], *, today: date) -> Query:
    """What the user wants to see; the choices offered are those that occur in `frames`."""
    with st.sidebar:
        text = st.text_input(
            "Search",
            key="search",
            placeholder="words in any script",
            help="Every word must occur somewhere in a record. Accents do not matter.",
            **KEPT,
        )
        years = (_earliest_year(frames), today.year)
        begin, end = st.slider("Period", *years, value=years, key="period", **KEPT)
        undated = st.checkbox("Keep records without a date", value=True, key="undated", **KEPT)
        countries = _choice("Country", frames, "country", separator="/")
        classes = _choice("Object class", frames, "object_classes", separator="|")
        events = _choice("Event type", frames, "event_type")
        with st.expander("Grade, precision, marking"):
            grades = _choice("Admiralty grade", frames, "grade")
            precisions = _choice("Precision of the place", frames, "precision")
            markings = _choice("Marking", frames, "marking")
        simulated = st.toggle(
            "Show simulated data",
            value=True,
            key=SIMULATED_KEY,
            help="Simulated records are invented, and say SIMULATED wherever they show.",
            **KEPT,
        )
    return Query(
        text=text,
        date_from=date(begin, 1, 1) if begin > years[0] else None,
        date_to=date(end, 12, 31) if end < years[1] else None,
        include_undated=undated,
        countries=countries,
        object_classes=classes,
        event_types=events,
        grades=grades,
        precisions=precisions,
        markings=markings,
        include_simulated=simulated,
    )


def _choice(
    label: str, frames: Mapping[str, gpd.GeoDataFrame], column: str, *, separator: str = ""
) -> tuple[str, ...]:
    """A multiple choice among the values of a column, all frames together."""
    cells = pd.concat([frame[column] for frame in frames.values() if column in frame]).unique()
    values = {part for cell in cells for part in (cell.split(separator) if separator else [cell])}
    return tuple(st.multiselect(label, sorted(values - {""}), key=f"filter {column}", **KEPT))


def _earliest_year(frames: Mapping[str, gpd.GeoDataFrame]) -> int:
    """The year in which the oldest record begins, and no later than `EARLIEST_YEAR`."""
    begins = pd.concat([frame["date_from"] for frame in frames.values()]).dropna()
    return min(EARLIEST_YEAR, begins.min().year) if len(begins) else EARLIEST_YEAR
