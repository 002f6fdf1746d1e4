"""Where routes start: a site, a flagged change, or a place on the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import streamlit as st

from layers.card import date_words
from layers.map_layer import has_place
from layers.style import square_metres
from layers.views.filters import KEPT

SITE, FLAG, PLACE = "A site", "A flagged change", "A place on the map"
"""What routes can start from."""

ORIGIN_KEY = "routes origin"
"""Where another page leaves the record to start from: its kind and id."""

PLACE_KEY = "routes place"
"""Where the place that was clicked on the map is kept, as longitude and latitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A chosen start."""

    name: str
    """In words, as plain text."""
    lonlat: tuple[float, float]
    """Its longitude and latitude."""
    country: str = ""
    """Country that the record states."""
    site_id: str = ""
    """Site, if it is one."""
    alert_id: str = ""
    """Flag, if it is one."""
    simulated: bool = False
    """True if it is invented."""


def start_from(kind: str, record_id: str) -> None:
    """Make a record the start on the page of routes; `kind` is sites or alerts."""
    st.session_state[ORIGIN_KEY] = (kind, record_id)


def start_at(lonlat: tuple[float, float]) -> None:
    """Make a place the start on the page of routes."""
    st.session_state[PLACE_KEY] = lonlat
    st.session_state[ORIGIN_KEY] = ("place", "")


def choose_start(all_sites: gpd.GeoDataFrame, flags: gpd.GeoDataFrame) -> Start | None:
    """The start that the reader chooses; None while there is none."""
    placed, flags = all_sites[has_place(all_sites)], flags[has_place(flags)]
    _take_over(placed, flags)
    origin = st.radio("Start from", [SITE, FLAG, PLACE], horizontal=True, key="routes from", **KEPT)
    if origin == SITE:
        return _site(placed)
    if origin == FLAG:
        return _flag(flags, dict(zip(all_sites["id"], all_sites["name"], strict=True)))
    lonlat = st.session_state.get(PLACE_KEY)
    if lonlat is None:
        st.info("Choose “Sets the start” above the map, then click on a place on the map.")
        return None
    lon, lat = lonlat
    name = f"{abs(lat):.4f}° {'N' if lat >= 0 else 'S'}, {abs(lon):.4f}° {'E' if lon >= 0 else 'W'}"
    st.markdown(f"Start: **{name}**")
    return Start(name=name, lonlat=lonlat)


def site_labels(sites: gpd.GeoDataFrame) -> dict[int, str]:
    """Index of each site to a line with all its names, to search in; twins are told by their id."""
    names = zip(sites["name"], sites["name_ar"], sites["alt_names"], strict=True)
    told = [(name, arabic, others.replace("|", ", ")) for name, arabic, others in names]
    lines = [" \u00b7 ".join(filter(None, parts)) for parts in told]
    labels = pd.Series(lines, index=sites.index, dtype="str")
    twins = labels.duplicated(keep=False)
    return dict(labels.where(~twins, labels + " \u00b7 " + sites["id"]))


def _take_over(sites: gpd.GeoDataFrame, flags: gpd.GeoDataFrame) -> None:
    """Set the choices to the record that another page, or a click on the map, asked for."""
    kind, record_id = st.session_state.pop(ORIGIN_KEY, ("", ""))
    if kind == "place":
        st.session_state["routes from"] = PLACE
    for wanted, frame, words, key in (
        ("sites", sites, SITE, "routes site"),
        ("alerts", flags, FLAG, "routes flag"),
    ):
        if kind == wanted:
            found = frame.index[frame["id"] == record_id]
            st.session_state["routes from"] = words
            st.session_state[key] = int(found[0]) if len(found) else None


def _site(sites: gpd.GeoDataFrame) -> Start | None:
    """A site by any of its names."""
    labels = site_labels(sites)
    index = st.selectbox(
        "Site",
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        placeholder="Hatra, Nimrud, \u0627\u0644\u062d\u0636\u0631, Calah \u2026",
        key="routes site",
        **KEPT,
    )
    if index is None:
        return None
    row = sites.loc[index]
    return Start(
        name=str(row["name"]),
        lonlat=_point(row),
        country=str(row["country"]),
        site_id=str(row["id"]),
        simulated=bool(row["simulated"]),
    )


def _flag(flags: gpd.GeoDataFrame, names: Mapping[str, str]) -> Start | None:
    """A kept flag, told by its site, size and dates."""
    if not len(flags):
        st.info("No flag is kept yet. Flags are found and kept under Change.")
        return None

    def label(index: int) -> str:
        row = flags.loc[index]
        where = names.get(row["site_id"], "no site")
        told = f"{where} \u00b7 {square_metres(row['area_m2'])} \u00b7 {date_words(row)}"
        mark = "SIMULATED \u00b7 " if row["simulated"] else ""
        return f"{mark}{told} \u00b7 {row['id']}"

    order = flags.sort_values(["site_id", "score"], ascending=[True, False]).index
    index = st.selectbox(
        "Flagged change",
        list(order),
        index=None,
        format_func=label,
        placeholder="Choose a flag",
        key="routes flag",
        **KEPT,
    )
    if index is None:
        return None
    row = flags.loc[index]
    site = names.get(row["site_id"], "")
    return Start(
        name=f"Flag {row['id']}" + (f" at {site}" if site else ""),
        lonlat=_point(row),
        alert_id=str(row["id"]),
        simulated=bool(row["simulated"]),
    )


def _point(row: pd.Series) -> tuple[float, float]:
    """A point of a record's place."""
    point = row["geometry"].representative_point()
    return point.x, point.y
