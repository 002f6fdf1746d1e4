"""The script that the server runs for each session: declares the views and runs the chosen one."""

from __future__ import annotations

import streamlit as st

from layers.emblem import emblem_svg
from layers.views import (
    cache,
    cases,
    change,
    data,
    exposure,
    hotspots,
    map,  # noqa: A004 - the view of the map
    routes,
    settings,
    sources,
)

st.set_page_config(
    page_title="Lamassu", page_icon=emblem_svg(), layout="wide", initial_sidebar_state="auto"
)
st.html(
    "<style>.stMainBlockContainer{padding:4.2rem 2rem 2rem}"
    ".stMainBlockContainer h1{font-size:1.7rem;padding:.2rem 0 .4rem}</style>"
)
st.logo(emblem_svg(with_name=True), icon_image=emblem_svg(), size="large")
with st.spinner("Preparing the store"):
    cache.store()
change_page = st.Page(change.show, title="Change", url_path="change")
routes_page = st.Page(routes.show, title="Routes", url_path="routes")
cases_page = st.Page(cases.show, title="Cases", url_path="cases")
st.session_state["change page"] = change_page
st.session_state["cases page"] = cases_page
st.session_state["routes page"] = routes_page
st.navigation(
    [
        st.Page(map.show, title="Map", default=True),
        change_page,
        cases_page,
        routes_page,
        st.Page(exposure.show, title="Exposure", url_path="exposure"),
        st.Page(hotspots.show, title="Hot spots", url_path="hotspots"),
        st.Page(data.show, title="Data", url_path="data"),
        st.Page(sources.show, title="Sources", url_path="sources"),
        st.Page(settings.show, title="Settings", url_path="settings"),
    ],
    position="top",
).run()
