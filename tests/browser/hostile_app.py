"""A page whose map and legend hold nothing but hostile text, served by Streamlit."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st
from streamlit_folium import st_folium

from layers import assets, basemap, map_layer
from layers.style import legend_html
from tests import map_frames

OUTLINES = map_frames.hostile_outlines()

st.set_page_config(layout="wide", page_icon="🗺")
assets.install(Path(os.environ["LAMASSU_HOME"]) / "map", OUTLINES)
layers = map_frames.hostile_layers()
returned = st_folium(
    basemap.base_map(OUTLINES, centre_lonlat=(43.3, 36.1), zoom=8),
    key="map",
    height=560,
    use_container_width=True,
    feature_group_to_add=[layer.group for layer in layers],
    returned_objects=[*map_layer.RETURNED_OBJECTS, "last_object_clicked_tooltip"],
)
clicked = map_layer.clicked_record(returned)
st.text(f"clicked {clicked.kind if clicked else 'nothing'}")
legends = [map_frames.hostile_legend(payload) for payload in map_frames.PAYLOADS]
st.html(legend_html([*layers, *legends]))
