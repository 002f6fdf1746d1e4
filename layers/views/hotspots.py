"""Hot spots of seizures and looting: choose, read the warnings, see them beside plain counts."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import streamlit as st

from geo.access import Right
from geo.errors import LamassuError
from geo.pipeline.hotspots import (
    REACH_DAYS,
    REACH_M,
    HotspotStudy,
    Method,
    hotspots,
    provenance_text,
    write_study,
)
from geo.query import Query
from layers import hotspots as spots
from layers.map_layer import clicked_record, selection
from layers.style import legend_html, safe_markdown
from layers.views import cache, downloads, hotspot_parts, who
from layers.views.canvas import map_canvas, show_again
from layers.views.filters import EARLIEST_YEAR
from layers.views.hotspot_parts import METHODS
from layers.views.sealed import sealed_study
from layers.views.studies import forget_what_others_made

KINDS = {"seizures": "Seizures", "looting": "Looting at sites"}

PLAIN = {
    "counts": "How many events are on record in each square of the map. Nothing is computed.",
    "density": "Where events lie close together, with each of them spread over its surroundings.",
    "gi*": "Which squares hold, together with their neighbours, more events than chance would give "
    "them if the same numbers were dealt out at random. Those are framed and called hot.",
    "clusters": "Groups of events that are near each other in space and also in time, and whether "
    "chance would make groups as large.",
}
"""What each method shows, for a reader without statistics."""

AUTOMATIC = "Automatic"

CELL_CHOICES = (AUTOMATIC, "10 km", "20 km", "50 km", "100 km")

CENTRE_LONLAT, ZOOM = (43.6, 33.4), 5

LISTED = 200
"""Rows of the table, and clusters on the map, at most."""


def show() -> None:
    """The page of hot spots."""
    who.require(Right.LOOK)
    forget_what_others_made()
    st.title("Hot spots", anchor=False)
    with st.container(border=True):
        asked = _ask()
    study = _study(asked)
    if study is not None:
        _results(study)


def _ask() -> dict[str, Any]:
    """What the user wants to see, as plain values."""
    left, right = st.columns([2, 3])
    kind = left.segmented_control(
        "Events", list(KINDS), format_func=KINDS.__getitem__, default="seizures", key="hotspot kind"
    )
    method = right.segmented_control(
        "Method",
        list(METHODS),
        format_func=METHODS.__getitem__,
        default="gi*",
        key="hotspot method",
    )
    today = datetime.now(UTC).date()
    years = (EARLIEST_YEAR, today.year)
    begin, end = left.slider("Period", *years, value=years, key="hotspot period")
    right.caption(PLAIN[method or "gi*"])
    with st.expander("Settings"):
        first, second, third = st.columns(3)
        cell = first.selectbox(
            "Width of a cell",
            CELL_CHOICES,
            key="hotspot cell",
            help="Cells finer than the places are known by are widened, and the page says so.",
        )
        reach_km = second.slider(
            "Near in space, km", 10, 200, int(REACH_M / 1000), 10, key="hotspot reach"
        )
        reach_days = third.slider("Near in time, days", 7, 365, int(REACH_DAYS), key="hotspot days")
        undated = first.checkbox("Keep events without a date", value=True, key="hotspot undated")
        simulated = second.toggle(
            "Count simulated events",
            key="hotspot simulated",
            help="Simulated records are invented. With them nothing here is real.",
        )
    return {
        "kind": kind or "seizures",
        "method": method or "gi*",
        "date_from": date(begin, 1, 1) if begin > years[0] else None,
        "date_to": date(end, 12, 31) if end < years[1] else None,
        "include_undated": undated,
        "cell_m": None if cell == AUTOMATIC else 1000.0 * float(cell.split()[0]),
        "reach_m": 1000.0 * reach_km,
        "reach_days": float(reach_days),
        "include_simulated": simulated,
    }


def _study(asked: Mapping[str, Any]) -> HotspotStudy | None:
    """The study that is asked for, kept in the session until something else is asked for."""
    store, viewer = cache.store(), who.principal().viewer
    seen_as = (store.url, store.revision(), store.access_version(), viewer.scope)
    wanted = (seen_as, tuple(asked.items()))
    kept = st.session_state.get("hotspot study")
    if kept is not None and kept[0] == wanted:
        found: HotspotStudy = kept[1]
        return found
    try:
        with st.spinner("Counting"):
            study = hotspots(
                store,
                asked["kind"],
                audience=viewer.audience,
                query=Query(
                    date_from=asked["date_from"],
                    date_to=asked["date_to"],
                    include_undated=asked["include_undated"],
                ),
                method=asked["method"],
                cell_m=asked["cell_m"],
                reach_m=asked["reach_m"],
                reach_days=asked["reach_days"],
                include_simulated=asked["include_simulated"],
                now=datetime.now(UTC),
            )
    except LamassuError as err:
        st.error(safe_markdown(err))
        return None
    st.session_state["hotspot study"] = (wanted, study)
    st.session_state.pop("hotspot chosen", None)
    return study


def _results(study: HotspotStudy) -> None:
    """Warnings, maps, table, charts and what else must be known."""
    for warning in study.warnings:
        st.warning(safe_markdown(warning), icon=":material/warning:")
    if not study.events:
        return
    noun = "event" if study.events == 1 else "events"
    st.markdown(
        f"**{study.events:,}** {noun} counted \u00b7 cells of "
        f"{study.cell_m / 1e3:g} km \u00b7 marking {safe_markdown(study.marking.value)}"
    )
    _workspace(study)
    st.subheader("Would it have foretold the later events?", anchor=False)
    hotspot_parts.withheld(study)
    st.subheader("What must be known", anchor=False)
    others = [remark for remark in study.remarks if remark not in study.warnings]
    st.markdown("\n".join(f"- {safe_markdown(remark)}" for remark in others))
    _files(study)


@who.fragment
def _workspace(study: HotspotStudy) -> None:
    """Maps and table; a click reruns only this."""
    chosen = st.session_state.get("hotspot chosen")
    if study.method is Method.COUNTS:
        returned = _map(study, method="counts", key="hotspots", chosen=chosen)
    else:
        left, right = st.columns(2)
        with left:
            st.markdown(f"**{METHODS[study.method.value]}**")
            returned = _map(study, method=study.method.value, key="hotspots", chosen=chosen)
        with right:
            st.markdown("**Plain counts, the baseline**")
            _map(study, method="counts", key="hotspot counts", chosen=None, kind=spots.BASELINE)
    _follow_click(study, returned)
    left, right = st.columns([3, 2])
    with left:
        _table(study)
    with right:
        hotspot_parts.strongest(study)


def _map(
    study: HotspotStudy,
    *,
    method: str,
    key: str,
    chosen: tuple[str, int] | None,
    kind: str = spots.CELLS,
) -> dict[str, Any]:
    """One map with its legend."""
    layers = [
        spots.cell_layer(
            study.cells,
            method=method,
            study_id=study.id,
            tested=study.enough,
            simulated=study.simulated,
            kind=kind,
        )
    ]
    if method == "clusters":
        layers += spots.cluster_layers(
            study.clusters.head(LISTED),
            study_id=study.id,
            tested=hotspot_parts.clusters_tested(study),
            simulated=study.simulated,
        )
    returned = map_canvas(
        key,
        layers,
        extra=_ring(study, chosen),
        centre_lonlat=CENTRE_LONLAT,
        zoom=ZOOM,
        height_px=470,
    )
    st.html(legend_html(layers))
    return returned


def _ring(study: HotspotStudy, chosen: tuple[str, int] | None) -> list[Any]:
    """The chosen cell or cluster set apart, and the map moved to it when it was just chosen."""
    if chosen is None:
        return []
    kind, number = chosen
    frame, column = _frame_of(study, kind)
    found = frame[frame[column] == number]
    if not len(found):
        return []
    point = found.geometry.iloc[0].representative_point()
    request = st.session_state.get("hotspot jump", "")
    return [
        selection(
            kind,
            study.id,
            str(number),
            lonlat=(point.x, point.y),
            jump_zoom=7 if request else None,
            request=request,
        )
    ]


def _frame_of(study: HotspotStudy, kind: str) -> tuple[gpd.GeoDataFrame, str]:
    """The frame that a kind of drawn thing is from, and the column of its number."""
    return (study.clusters, "cluster") if kind == spots.CLUSTERS else (study.cells, "cell")


def _follow_click(study: HotspotStudy, returned: Mapping[str, Any]) -> None:
    """Choose what was clicked on the map, once for each click."""
    clicked = clicked_record(returned)
    if clicked is None or clicked.clicked_at == st.session_state.get("hotspot dealt with"):
        return
    st.session_state["hotspot dealt with"] = clicked.clicked_at
    if clicked.dataset_id == study.id:
        kind = spots.CELLS if clicked.kind == spots.CELLS else spots.CLUSTERS
        st.session_state["hotspot chosen"] = (kind, int(clicked.id))
        show_again()


def _table(study: HotspotStudy) -> None:
    """Cells or clusters as a table; a chosen row is set apart on the map."""
    by_cluster = study.method is Method.CLUSTERS
    kind = spots.CLUSTERS if by_cluster else spots.CELLS
    frame, column = _frame_of(study, kind)
    shown = frame
    if not by_cluster:
        framed = frame["hot"] & (study.method is Method.GI_STAR)
        shown = frame[(frame["events"] > 0) | frame["events"].isna() | framed]
    total = len(shown)
    shown = shown.head(LISTED)
    if not len(shown):
        st.info("There is no such group of events." if by_cluster else "No cell holds an event.")
        return
    st.caption(
        f"The first {LISTED} of {total:,}. Choose a row to find it on the map."
        if total > LISTED
        else "Choose a row to find it on the map."
    )
    chosen = st.session_state.get("hotspot chosen")
    if chosen is not None and chosen[0] == kind and (shown[column] == chosen[1]).any():
        row = shown[shown[column] == chosen[1]].iloc[0]
        st.markdown(
            f"Chosen: near **{safe_markdown(row['near']) or 'no known place'}**, "
            f"{hotspot_parts.events_words(row['events'])}"
        )
    key = f"hotspot table {study.id}"
    event = st.dataframe(
        hotspot_parts.cluster_columns(shown, study)
        if by_cluster
        else hotspot_parts.cell_columns(shown, study),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=min(390, 36 * (len(shown) + 1)),
        key=key,
        column_config={"Gi* (z)": st.column_config.NumberColumn(format="%.2f")},
    )
    rows = event.selection.rows
    if rows and (key, rows[0]) != st.session_state.get("hotspot row"):
        st.session_state["hotspot row"] = (key, rows[0])
        st.session_state["hotspot chosen"] = (kind, int(shown[column].iloc[rows[0]]))
        st.session_state["hotspot jump"] = f"{datetime.now(UTC).timestamp()}"
        show_again()


def _files(study: HotspotStudy) -> None:
    """What it was made of, and the cells as a file."""
    with st.expander("Provenance and files"):
        st.caption(
            f"{safe_markdown(study.id)}: with these inputs and parameters it can be made again."
        )
        st.code(provenance_text(study), language="json", wrap_lines=True)
        if who.principal().may(Right.HAND_OVER):
            downloads.offer(
                "Cells and clusters (GeoPackage, with proof)",
                lambda: sealed_study(
                    study.id,
                    f"{study.id}.gpkg",
                    _study_file(study),
                    marking=study.marking,
                    provenance=study.provenance,
                ),
                key=f"hot spots {study.id}",
            )


def _study_file(study: HotspotStudy) -> bytes:
    """Cells and clusters as a GeoPackage."""
    with tempfile.TemporaryDirectory(prefix="lamassu-export-") as folder:
        path = Path(folder) / "hotspots.gpkg"
        write_study(study, path)
        return path.read_bytes()
