"""The interactive map as every view shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import folium
import streamlit as st
from streamlit.errors import StreamlitInvalidLayoutContextError
from streamlit_folium import st_folium

from layers import assets, basemap
from layers.map_layer import DRAWN_OBJECTS, RETURNED_OBJECTS, MapLayer
from layers.views import cache


def map_canvas(
    key: str,
    layers: Sequence[MapLayer],
    *,
    extra: Sequence[folium.FeatureGroup] = (),
    centre_lonlat: tuple[float, float],
    zoom: int,
    height_px: int,
    draw: bool = False,
) -> dict[str, Any]:
    """Draw the map and give what the user did on it: `clicked_record` and `drawn_area` read it.

    The base map is always the same for the same place, so that neither a filter nor a selection
    mounts it again; what changes travels in the groups of `layers` and `extra`.
    """
    settings, outlines = cache.settings(), cache.outlines()
    assets.install(settings.cache_folder / "assets", outlines)
    paper = basemap.base_map(
        outlines,
        centre_lonlat=centre_lonlat,
        zoom=zoom,
        online_tiles=settings.online_basemap,
        draw=draw,
    )
    returned = st_folium(
        paper,
        key=key,
        height=height_px,
        use_container_width=True,
        feature_group_to_add=[*(layer.group for layer in layers), *extra],
        returned_objects=list(DRAWN_OBJECTS if draw else RETURNED_OBJECTS),
    )
    return returned or {}


def show_again() -> None:
    """Run this fragment anew; the whole page where a limit was changed in the same moment."""
    try:
        st.rerun(scope="fragment")
    except StreamlitInvalidLayoutContextError:
        st.rerun()
