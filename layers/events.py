"""Dated looting, destruction and observation at sites on the map."""

from __future__ import annotations

from typing import Any

import geopandas as gpd

from layers.map_layer import Look, MapLayer, how_near, marks, point_layer, records, tooltip, when
from layers.style import symbol_keys

NAME = "Events at sites"
"""Name of the layer."""


def layer(frame: gpd.GeoDataFrame) -> MapLayer:
    """One symbol an event, beside the site's own symbol; several at one site under a number."""
    rows = records(frame, "site_name", "event_type", "date_text", "date_from", "date_to")
    return point_layer(
        "events",
        frame,
        name=NAME,
        symbols=symbol_keys("events", frame).tolist(),
        tips=[_tip(row) for row in rows],
        look=Look(size_px=20, rank=3, offset_px=(11, -11), cluster_px=14),
    )


def _tip(row: dict[str, Any]) -> str:
    """Site, event with date, precision."""
    return tooltip(
        row["site_name"], f"{row['event_type']}, {when(row)}", how_near(row), marks=marks(row)
    )
