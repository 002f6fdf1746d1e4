"""Border posts on the map, by kind."""

from __future__ import annotations

from typing import Any

import geopandas as gpd

from layers.map_layer import Look, MapLayer, how_near, marks, point_layer, records, tooltip
from layers.style import symbol_keys

NAME = "Border posts"
"""Name of the layer."""


def layer(frame: gpd.GeoDataFrame) -> MapLayer:
    """One symbol a post, by kind: land, sea, air or informal."""
    rows = records(frame, "name", "name_ar", "kind", "country", "facing_name", "facing_country")
    return point_layer(
        "posts",
        frame,
        name=NAME,
        symbols=symbol_keys("posts", frame).tolist(),
        tips=[_tip(row) for row in rows],
        look=Look(size_px=15, rank=2),
    )


def _tip(row: dict[str, Any]) -> str:
    """Names, kind with country, the post it faces, precision."""
    facing = ", ".join(text for text in (row["facing_name"], row["facing_country"]) if text)
    return tooltip(
        row["name"],
        f"{row['kind']} post, {row['country']}",
        f"facing {facing}" if facing else "",
        how_near(row),
        arabic=row["name_ar"],
        marks=marks(row),
    )
