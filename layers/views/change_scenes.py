"""Which two scenes of the store to compare: chosen by a person, proposed by date and clear sky."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st


def stored_pair(scenes: gpd.GeoDataFrame, site: pd.Series | None) -> tuple[Any, Any]:
    """Two scenes of the store that lie over the site."""
    if site is None:
        return None, None
    here = over(scenes, site).sort_values("acquired_at")
    if len(here) < 2:
        st.info("Fewer than two scenes of this site are in the store. Bring some in under Data.")
        return None, None
    labels = {index: _scene_label(row) for index, row in here.iterrows()}
    first, second = _closest_clear_pair(here)
    left, right = st.columns(2)
    order = list(here.index)
    before = left.selectbox(
        "Before",
        order[:-1],
        index=order.index(first),
        format_func=labels.__getitem__,
        key=f"before {site['id']}",
    )
    later = order[order.index(before) + 1 :]
    after = right.selectbox(
        "After",
        later,
        index=later.index(second) if second in later else 0,
        format_func=labels.__getitem__,
        key=f"after {site['id']} {before}",
    )
    return here.loc[before], here.loc[after]


def over(scenes: gpd.GeoDataFrame, site: pd.Series) -> gpd.GeoDataFrame:
    """The scenes that lie over a site."""
    return scenes[scenes.geometry.covers(site["geometry"].representative_point())]


def _closest_clear_pair(scenes: gpd.GeoDataFrame) -> tuple[int, int]:
    """The two neighbouring clear scenes that lie closest in time: the season changes least.

    `scenes` are in order of time, two at least. A scene counts as clear from 90 %, or if that is
    not known; without two clear scenes all are taken. Of equally close pairs the latest is given.
    """
    clear = scenes[~(scenes["clear_fraction"] < 0.9)]
    kept = clear if len(clear) > 1 else scenes
    gaps = kept["acquired_at"].diff().dropna()
    later = gaps[::-1].idxmin()
    return int(kept.index[kept.index.get_loc(later) - 1]), int(later)


def _scene_label(row: pd.Series) -> str:
    """Date, sensor, how clear, and SIMULATED where due."""
    clear = "" if pd.isna(row["clear_fraction"]) else f", {row['clear_fraction']:.0%} clear"
    told = f"{row['acquired_at']:%d %b %Y}, {row['sensor']}{clear}"
    return f"SIMULATED \u00b7 {told}" if row["simulated"] else told
