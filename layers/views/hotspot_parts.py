"""Tables and bars of a study of hot spots, in words for a reader without statistics."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.disclosure import K_LEAST
from geo.pipeline.hotspots import HotspotStudy, Method
from layers import hotspots as spots
from layers.bars import Bar, bars_html
from layers.style import percent, safe_markdown, share_band

METHODS = {"counts": "Counts", "density": "Density", "gi*": "Gi*", "clusters": "Clusters"}
"""What the methods are called."""

STRONGEST = 8
"""Cells in the chart."""


def cell_columns(shown: gpd.GeoDataFrame, study: HotspotStudy) -> pd.DataFrame:
    """The cells in a reader's words: the method's value beside the plain count and its rank."""
    table = {"Near": shown["near"], "Events": _events(shown["events"])}
    if study.method is Method.DENSITY:
        table["Events on 1,000 km\u00b2"] = shown["density_per_1000_km2"].round(3)
    if study.method is Method.GI_STAR:
        table["Gi* (z)"] = shown["z"].round(2)
        table["Chance gives as much in"] = shown["p"].map(spots.chance)
        table["Hot"] = shown["hot"].map({True: "hot", False: "no"})
    if study.method is not Method.COUNTS:
        table["Rank by count"] = _ranks(study.cells)[shown.index]
    return pd.DataFrame(table)


def cluster_columns(shown: gpd.GeoDataFrame, study: HotspotStudy) -> pd.DataFrame:
    """The clusters in a reader's words."""
    tested = clusters_tested(study)
    return pd.DataFrame(
        {
            "Cluster": shown["cluster"],
            "Near": shown["near"],
            "Events": shown["events"],
            "From": shown["first_day"].dt.strftime("%Y-%m-%d"),
            "To": shown["last_day"].dt.strftime("%Y-%m-%d"),
            "Chance makes one as large in": (
                shown["p"].map(spots.chance) if tested else "not tested"
            ),
        }
    )


def events_words(count: float) -> str:
    """A number of events in words; NaN is one that is too small to be told."""
    if math.isnan(count):
        return f"fewer than {K_LEAST} events"
    return f"{count:,.0f} event{'' if count == 1 else 's'}"


def _events(counts: pd.Series) -> pd.Series:
    """Numbers of events for a table; words where some are too small to be told."""
    if not counts.isna().any():
        return counts.astype(int)
    return counts.map(lambda n: f"fewer than {K_LEAST}" if math.isnan(n) else f"{n:,.0f}")


def _ranks(cells: gpd.GeoDataFrame) -> pd.Series:
    """Rank of each cell by plain count for a table; words where a count is too small to be told."""
    ranks = _rank_by_count(cells)
    if not cells["events"].isna().any():
        return ranks
    return ranks.astype(str).mask(cells["events"].isna() | (cells["events"] == 0), "not told")


def clusters_tested(study: HotspotStudy) -> bool:
    """Whether the clusters were compared with chance."""
    return bool(study.clusters["p"].notna().any())


def strongest(study: HotspotStudy) -> None:
    """The strongest cells as bars, each with its rank by plain count."""
    top = study.cells[study.cells["events"] > 0].head(STRONGEST)
    top = top[top["value"] > 0]
    if not len(top):
        return
    st.caption(f"Strongest cells: {spots.NAMES[study.method.value]}")
    ranks = _rank_by_count(study.cells)
    bars = [
        Bar(
            label=str(row["near"]) or f"Cell {row['cell']}",
            value=float(row["value"]),
            figure=_figure(row, study.method),
            detail=f"rank {ranks[index]} by plain count",
        )
        for index, row in top.iterrows()
    ]
    st.html(bars_html(bars, described="The strongest cells by the chosen method"))


def withheld(study: HotspotStudy) -> None:
    """Every method on withheld events, beside the plain counts and chance."""
    test = study.test
    if not test.testable:
        st.info(f"Not testable: {safe_markdown(test.why)}.")
        return
    cut = pd.Timestamp(int(test.cut_day), unit="D")
    share = test.top_cells / test.cells
    st.caption(
        f"Each method saw the {test.fitted:,} events before {cut:%Y-%m-%d} and chose "
        f"{percent(share)} of {test.cells:,} cells. The bars tell how many of the "
        f"{test.withheld:,} later events fell into them, with a band of 5 to 95 %. "
        f"{test.across:,} events without a clear date stood aside."
    )
    bars = [
        Bar(
            label="Plain counts" if score.method == "counts" else METHODS[score.method],
            value=score.hit_rate,
            low=score.low,
            high=score.high,
            figure=f"{percent(score.hit_rate)} ({share_band(score.low, score.high)})",
            detail=f"{score.verdict}; PAI {score.pai:.1f}",
            chosen=score.method == study.method.value,
        )
        for score in test.scores
    ]
    chance = Bar(label="Chance", value=share, figure=percent(share), detail="cells drawn blindly")
    described = "Share of the withheld events in the top cells of each method"
    st.html(bars_html([*bars, chance], described=described))


def _rank_by_count(cells: gpd.GeoDataFrame) -> pd.Series:
    """1 for the cell with the most events; equal ones share the first of their ranks."""
    return cells["events"].rank(method="min", ascending=False, na_option="bottom").astype(int)


def _figure(row: pd.Series, method: Method) -> str:
    """The value of a cell in words."""
    if method is Method.GI_STAR:
        return f"{row['value']:+.1f}" + (" hot" if row["hot"] else "")
    if method is Method.DENSITY:
        return f"{row['value']:.2g} on 1,000 km\u00b2"
    return f"{row['value']:.0f} event{'' if row['value'] == 1 else 's'}"
