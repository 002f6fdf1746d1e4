"""Archaeological sites, monuments and museums on the map."""

from __future__ import annotations

from typing import Any

import geopandas as gpd

from layers.map_layer import Look, MapLayer, how_near, marks, point_layer, records, tooltip
from layers.style import symbol_keys

NAME = "Archaeological sites"
"""Name of the layer."""

CLUSTERED_FROM = 1000
"""From so many sites on, near ones are gathered under a number; fewer are all drawn."""


def layer(frame: gpd.GeoDataFrame) -> MapLayer:
    """One symbol a site, a star if it is on the World Heritage List, with its names."""
    rows = records(frame, "name", "name_ar", "kind", "period", "designation")
    return point_layer(
        "sites",
        frame,
        name=NAME,
        symbols=symbol_keys("sites", frame).tolist(),
        tips=[_tip(row) for row in rows],
        look=Look(size_px=15, rank=1, cluster_px=38 if len(frame) >= CLUSTERED_FROM else 0),
    )


def _tip(row: dict[str, Any]) -> str:
    """Names, kind with period, designation, precision."""
    kind = ", ".join(text for text in (row["kind"], row["period"]) if text)
    return tooltip(
        row["name"],
        kind,
        row["designation"],
        how_near(row),
        arabic=row["name_ar"],
        marks=marks(row),
    )
