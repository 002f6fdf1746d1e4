"""The map, the table and the card: one query, seen three ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.access import Right
from geo.query import Query, select
from layers import alerts, events, posts, roads, seizures, sites
from layers.card import date_words
from layers.map_layer import MapLayer, clicked_record, selection
from layers.style import legend_html, safe_markdown
from layers.views import briefing, cache, who
from layers.views.canvas import map_canvas, show_again
from layers.views.filters import query_from_sidebar
from layers.views.origins import site_labels
from layers.views.record import show_record

LAYERS: dict[str, Callable[[gpd.GeoDataFrame], MapLayer]] = {
    "roads": roads.layer,
    "sites": sites.layer,
    "posts": posts.layer,
    "events": events.layer,
    "seizures": seizures.layer,
    "alerts": alerts.layer,
}
"""The map's layers, from the lowest to the highest."""

TABLES = {
    "sites": ("Sites", ("id", "name", "name_ar", "country", "kind", "period", "designation")),
    "posts": ("Posts", ("id", "name", "name_ar", "kind", "country", "facing_country")),
    "seizures": ("Seizures", ("id", "date", "event_type", "place", "country", "object_types")),
    "events": ("Events", ("id", "date", "event_type", "site_name", "description")),
    "roads": ("Links", ("id", "from_name", "to_name", "road_ref", "mode", "evidence_grade")),
    "alerts": ("Flags", ("id", "date", "site_id", "area_m2", "score", "status", "judgement")),
}
"""Tabs of the table and their columns."""

REGION_LONLAT, REGION_ZOOM = (43.2, 33.6), 6


def show() -> None:
    """The page of the map."""
    who.require(Right.LOOK)
    frames = {kind: cache.records(kind) for kind in LAYERS}
    query = query_from_sidebar(frames, today=datetime.now(UTC).date())
    shown = {kind: select(frame, query) for kind, frame in frames.items()}
    _jump_box(frames["sites"], query)
    _workspace(shown, query)


def _jump_box(all_sites: gpd.GeoDataFrame, query: Query) -> None:
    """Go to a site by any of its names; print a briefing."""
    prints = who.principal().may(Right.HAND_OVER)
    left, *right = st.columns([4, 1] if prints else 1, vertical_alignment="bottom")
    labels = site_labels(all_sites)
    chosen = left.selectbox(
        "Go to a site",
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        placeholder="Hatra, Nimrud, \u0627\u0644\u062d\u0636\u0631, Calah \u2026",
        key="go to",
        persist_state="session",
    )
    if chosen != st.session_state.get("gone to"):
        st.session_state["gone to"] = chosen
        if chosen is not None:
            row = all_sites.loc[chosen]
            _choose("sites", row["dataset_id"], row["id"], jump=True)
    if right and right[0].button(
        "Briefing", type="primary", width="stretch", icon=":material/print:"
    ):
        kind, _, record_id = st.session_state.get("selected", ("", "", ""))
        briefing.dialog(record_id if kind == "sites" else "region", query)


def _choose(kind: str, dataset_id: str, record_id: str, *, jump: bool) -> None:
    """Make a record the selected one; with `jump` the map moves to it."""
    st.session_state["selected"] = (kind, dataset_id, record_id)
    if jump:
        st.session_state["jump"] = f"{datetime.now(UTC).timestamp()}"


@who.fragment
def _workspace(shown: Mapping[str, gpd.GeoDataFrame], query: Query) -> None:
    """Map, table and card; a click reruns only this."""
    selected = st.session_state.get("selected")
    row = _row_of(shown, selected)
    left, right = st.columns([3, 2])
    drawn = [LAYERS[kind](frame) for kind, frame in shown.items()]
    with left:
        returned = map_canvas(
            "map",
            drawn,
            extra=_selection_ring(selected, row),
            centre_lonlat=REGION_LONLAT,
            zoom=REGION_ZOOM,
            height_px=640,
        )
        st.html(legend_html(drawn))
    _follow_click(returned)
    with right:
        if selected and row is None:
            st.info("The chosen record is outside the present limits.")
        elif selected and row is not None:
            show_record(selected[0], row)
        _tables(shown, query)


def _row_of(
    shown: Mapping[str, gpd.GeoDataFrame], selected: tuple[str, str, str] | None
) -> pd.Series | None:
    """The selected record's row, if it is shown."""
    if not selected or selected[0] not in shown:
        return None
    kind, dataset_id, record_id = selected
    frame = shown[kind]
    found = frame[(frame["id"] == record_id) & (frame["dataset_id"] == dataset_id)]
    return found.iloc[0] if len(found) else None


def _selection_ring(selected: tuple[str, str, str] | None, row: pd.Series | None) -> list[Any]:
    """A ring round the selected record, and the map moved to it when it was just chosen."""
    if selected is None or row is None or row["geometry"] is None or row["geometry"].is_empty:
        return []
    point = row["geometry"].representative_point()
    request = st.session_state.get("jump", "")
    zoom = {"alerts": 15}.get(selected[0], 9)
    return [
        selection(
            *selected,
            lonlat=(point.x, point.y),
            jump_zoom=zoom if request else None,
            request=request,
        )
    ]


def _follow_click(returned: Mapping[str, Any]) -> None:
    """Select what was clicked on the map, once for each click."""
    clicked = clicked_record(returned)
    if clicked and clicked.clicked_at != st.session_state.get("dealt with"):
        st.session_state["dealt with"] = clicked.clicked_at
        _choose(clicked.kind, clicked.dataset_id, clicked.id, jump=False)
        show_again()


def _tables(shown: Mapping[str, gpd.GeoDataFrame], query: Query) -> None:
    """The same records as a table; a row chosen there is selected and shown on the map."""
    counts = {kind: f"{TABLES[kind][0]} {len(shown[kind])}" for kind in TABLES}
    kind = st.segmented_control(
        "Table",
        [kind for kind in TABLES if len(shown[kind]) or kind != "alerts"],
        format_func=counts.__getitem__,
        default="sites",
        label_visibility="collapsed",
        key="table",
    )
    frame = shown[kind or "sites"]
    limits = [safe_markdown(limit) for limit in query.described()]
    records = "record" if len(frame) == 1 else "records"
    st.caption(f"{len(frame):,} {records}" + (f" · {'; '.join(limits)}" if limits else ""))
    dated = "date" in TABLES[kind or "sites"][1]
    table = frame.assign(date=[date_words(row) for _, row in frame.iterrows()]) if dated else frame
    columns = [*TABLES[kind or "sites"][1], "precision", "grade", "marking", "simulated"]
    key = f"table {kind} {st.session_state.get('table turn', 0)}"
    event = st.dataframe(
        pd.DataFrame(table[columns]),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=330,
        key=key,
        column_config={name: _heading(name) for name in columns},
    )
    rows = event.selection.rows
    if rows and (key, rows[0]) != st.session_state.get("row dealt with"):
        st.session_state["row dealt with"] = (key, rows[0])
        chosen = frame.iloc[rows[0]]
        _choose(kind or "sites", chosen["dataset_id"], chosen["id"], jump=True)
        show_again()


def _heading(column: str) -> str:
    """The name of a column for a reader."""
    return {"name_ar": "Arabic name", "area_m2": "Area, m\u00b2"}.get(
        column, column.replace("_", " ").capitalize()
    )
