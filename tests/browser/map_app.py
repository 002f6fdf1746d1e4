"""A page with one map and a few buttons, for the tests of clicks; served by Streamlit."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import streamlit as st
from streamlit_folium import st_folium

from layers import alerts, assets, basemap, events, map_layer, posts, roads, seizures, sites
from layers.style import legend_html
from tests import map_frames
from tests.map_frames import BAGHDAD, NIMRUD

PROJECT = Path(__file__).resolve().parents[2]


@st.cache_data
def outlines() -> assets.OwnScript:
    """The outlines of the base map."""
    borders, world = (
        gpd.read_file(PROJECT / "data" / f"{name}.geojson") for name in ("borders", "world")
    )
    return basemap.outlines(borders, world)


@st.fragment
def show_map() -> None:
    """The map and what it gave back, as text."""
    state = st.session_state
    few = st.toggle("Few sites")
    if st.button("Choose seizure"):
        state.chosen = ("seizures", "local", "SZ 2/a", BAGHDAD)
        state.jumps = state.get("jumps", 0) + 1
    if st.button("Choose Nimrud"):
        state.chosen = ("sites", "local", "PL1", NIMRUD)
        state.jumps = state.get("jumps", 0) + 1
    if st.button("Choose nothing"):
        state.chosen = None
    known = map_frames.sites()
    layers = [
        roads.layer(map_frames.roads()),
        sites.layer(known.head(2) if few else known),
        posts.layer(map_frames.posts()),
        events.layer(map_frames.events()),
        seizures.layer(map_frames.seizures()),
        alerts.layer(map_frames.alerts()),
    ]
    groups = [layer.group for layer in layers]
    if state.get("chosen"):
        *key, lonlat = state.chosen
        groups.append(
            map_layer.selection(
                *key, lonlat=lonlat, jump_zoom=10, request=str(state.get("jumps", 0))
            )
        )
    returned = st_folium(
        basemap.base_map(outlines(), centre_lonlat=(43.7, 34.5), zoom=7, draw=True),
        key="map",
        height=560,
        use_container_width=True,
        feature_group_to_add=groups,
        returned_objects=list(map_layer.DRAWN_OBJECTS),
    )
    clicked = map_layer.clicked_record(returned)
    new = clicked is not None and clicked.clicked_at != state.get("seen")
    if clicked is not None and new:
        state.seen = clicked.clicked_at
        state.news = state.get("news", 0) + 1
    name = "/".join(clicked[:3]) if clicked else "nothing"
    area = map_layer.drawn_area(returned)
    state.runs = state.get("runs", 0) + 1
    st.text(f"clicked {name} new {state.get('news', 0)} runs {state.runs}")
    st.text(f"drawn {area.geom_type if area else 'nothing'}")
    st.html(legend_html(layers))


st.set_page_config(layout="wide", page_icon="🗺")
assets.install(Path(os.environ["LAMASSU_HOME"]) / "map", outlines())
show_map()
