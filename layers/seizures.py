"""Seizures, recoveries and returns on the map, by class of object."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from layers.map_layer import Look, MapLayer, how_near, marks, point_layer, records, tooltip, when
from layers.style import symbol_keys

NAME = "Seizures and returns"
"""Name of the layer."""


def layer(frame: gpd.GeoDataFrame) -> MapLayer:
    """One symbol an event, gathered under numbers where many share a town.

    A return has its own symbol, as its objects were counted when they were seized.
    """
    rows = records(
        frame, "event_type", "country", "place", "date_text", "date_from", "date_to",
        "object_count", "count_qualifier", "object_types",
    )  # fmt: skip
    return point_layer(
        "seizures",
        frame,
        name=NAME,
        symbols=symbol_keys("seizures", frame).tolist(),
        tips=[_tip(row) for row in rows],
        look=Look(size_px=20, rank=4, cluster_px=26),
    )


def _tip(row: dict[str, Any]) -> str:
    """Place, event with date, objects as reported, precision."""
    count = "" if pd.isna(row["object_count"]) else f"{row['object_count']:,}"
    objects = " ".join(
        text for text in (row["count_qualifier"], count, row["object_types"]) if text
    )
    return tooltip(
        row["place"] or row["country"],
        f"{row['event_type']}, {when(row)}",
        objects,
        how_near(row),
        marks=marks(row),
    )
