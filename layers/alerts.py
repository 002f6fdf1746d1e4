"""Flagged changes on the map: polygons, with a symbol while they are too small to be seen."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.map_layer import Look, MapLayer, how_near, marks, point_layer, records, tooltip
from layers.style import METHOD_WORDS, SYMBOLS, metres, square_metres

NAME = "Flagged changes"
"""Name of the layer."""


def layer(frame: gpd.GeoDataFrame) -> MapLayer:
    """Each flagged polygon as it was drawn by its detector, the score beside the judgement."""
    rows = records(
        frame, "id", "area_m2", "distance_m", "score", "hint", "status", "judgement", "date_from",
        "date_to", "method", "persistence", "last_clear_on",
    )  # fmt: skip
    return point_layer(
        "alerts",
        frame,
        name=NAME,
        symbols=["alert"] * len(frame),
        tips=[_tip(row) for row in rows],
        look=Look(
            size_px=17,
            rank=5,
            cluster_px=30,
            hidden_from_zoom=15,
            colour=SYMBOLS["alert"].fill,
        ),
        shapes=True,
    )


def _tip(row: dict[str, Any]) -> str:
    """Id, period, area and distance, score, status and judgement, what it rests on, hint."""
    days = [f"{day:%Y-%m-%d}" for day in (row["date_from"], row["date_to"]) if not pd.isna(day)]
    far_m = row.get("distance_m", np.nan)  # the office's alone
    far = "" if pd.isna(far_m) else f", {metres(far_m)} from the site"
    score = "" if pd.isna(row["score"]) else f"score {row['score']:.2f} (not a probability), "
    return tooltip(
        f"Flagged change {row['id']}",
        " to ".join(days) or "date unknown",
        f"{square_metres(row['area_m2'])}{far}",
        f"{score}status {row['status']}, {row['judgement'] or 'not judged'}",
        _basis(row),
        f"unverified hint: {row['hint']}" if row["hint"] else "",
        how_near(row),
        marks=marks(row),
    )


def _basis(row: dict[str, Any]) -> str:
    """Kind of study, dates that agree, and when the place was last seen clearly."""
    told = [f"from {METHOD_WORDS[row['method']]}"]
    if not pd.isna(row["persistence"]):
        told.append(f"{row['persistence']:.0f} dates agree")
    if not pd.isna(row["last_clear_on"]):
        told.append(f"last seen clearly on {row['last_clear_on']:%Y-%m-%d}")
    return ", ".join(told)
