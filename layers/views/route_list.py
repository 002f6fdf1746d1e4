"""The routes of an answer as a list, the chosen one in words, and what can be done with them."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.pipeline import routes
from layers.style import hours, metres, name_markdown, percent, share_band
from layers.views import briefing, cache, downloads, who
from layers.views.sealed import sealed_study

CHOSEN_KEY, JUMP_KEY = "route chosen", "route jump"
"""Where the session keeps the chosen route, and the wish to see it."""


def show_routes(study: routes.RouteStudy) -> None:
    """The routes, largest share first; choosing one highlights it and moves the map."""
    found = study.routes.sort_values("rank", kind="stable").reset_index(drop=True)
    if not len(found):
        st.info("No route was found under these conditions. See the reasons at each post below.")
        return
    st.caption(
        "Choose a route to see it on the map. *Share*: of all plausible routes, how many go this "
        "way; the range is what remains unknown."
    )
    table = pd.DataFrame(
        {
            "#": found["rank"],
            "Leaves by": found["exit_name"],
            "Share (range)": [
                f"{percent(share)} ({share_band(low, high)})"
                for share, low, high in _triples(found, "share")
            ],
            "Time (range)": [
                f"{hours(time)} ({hours(low)} to {hours(high)})"
                for time, low, high in _triples(found, "time_h")
            ],
            "Length": [metres(1000 * length) for length in found["length_km"]],
            "Passes": found["passes"].str.replace("; ", ", "),
        }
    )
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=min(430, 36 * (len(table) + 1)),
        key=f"route list {study.id}",
        column_config={"#": st.column_config.NumberColumn(width=40)},
    )
    row = event.selection.rows[0] if event.selection.rows else None
    if row != st.session_state.get(f"route row {study.id}"):
        st.session_state[f"route row {study.id}"] = row
        st.session_state[CHOSEN_KEY] = "" if row is None else str(found.iloc[row]["id"])
        st.session_state[JUMP_KEY] = f"{study.id} {datetime.now(UTC).timestamp()}"
    _chosen_route(found)


def _triples(found: gpd.GeoDataFrame, name: str) -> zip[tuple[float, float, float]]:
    """A number of each route with the ends of its range."""
    return zip(found[name], found[f"{name}_low"], found[f"{name}_high"], strict=True)


def _chosen_route(found: gpd.GeoDataFrame) -> None:
    """The chosen route in words."""
    rows = found[found["id"] == st.session_state.get(CHOSEN_KEY, "")]
    if not len(rows):
        return
    row = rows.iloc[0]
    with st.container(border=True):
        st.markdown(
            f"**Route {row['rank']}: to {name_markdown(row['exit_name'])}**  \n"
            f"{percent(row['share'])} of the plausible routes "
            f"({share_band(row['share_low'], row['share_high'])}); "
            f"{hours(row['time_h'])} on the way "
            f"({hours(row['time_h_low'])} to {hours(row['time_h_high'])}), "
            f"{metres(1000 * row['length_km'])}"
        )
        if row["passes"]:
            st.markdown(f"Passes {name_markdown(row['passes'].replace('; ', ', '))}.")
        if row["schematic"]:
            st.caption("Partly on schematic links: straight lines between towns, not the road.")


def show_actions(study: routes.RouteStudy) -> None:
    """Keep, print, download."""
    keep, printed = st.columns(2)
    if keep.button(
        "Keep these routes", width="stretch", disabled=not len(study.routes),
        icon=":material/bookmark:",
    ):  # fmt: skip
        report = routes.keep_routes(
            cache.store(), study, author=who.principal().author, now=datetime.now(UTC)
        )
        st.toast(f"{report.accepted} routes kept, {report.duplicate} were kept before")
    if printed.button("Briefing", width="stretch", icon=":material/print:"):
        briefing.routes_dialog(study, _site_of(study))
    for column, (label, suffix) in zip(
        st.columns(2), (("GeoPackage", ".gpkg"), ("KML", ".kml")), strict=True
    ):
        with column:
            downloads.offer(
                f"{label} with proof",
                partial(_file, study, suffix),
                key=f"routes {study.id} {suffix}",
            )


def _site_of(study: routes.RouteStudy) -> pd.Series | None:
    """The site where the routes start, or that of the flag where they start."""
    known = cache.records("sites")
    wanted = study.request.site_id
    if study.request.alert_id:
        flags = cache.records("alerts")
        wanted = next(iter(flags.loc[flags["id"] == study.request.alert_id, "site_id"]), "")
    found = known[known["id"] == wanted]
    return found.iloc[0] if len(found) else None


def _file(study: routes.RouteStudy, suffix: str) -> tuple[str, bytes]:
    """Name and content of the study as a bundle."""
    with tempfile.TemporaryDirectory(prefix="lamassu-export-") as folder:
        path = Path(folder) / f"routes{suffix}"
        routes.write_routes(study, path)
        content = path.read_bytes()
    marking = study.marking.value.replace(":", "-").replace("+", "-")
    return sealed_study(
        study.id,
        f"{study.id}_{marking}{suffix}",
        content,
        marking=study.marking,
        provenance=study.provenance,
    )
