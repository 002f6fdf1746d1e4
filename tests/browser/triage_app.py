"""The page of alerts by itself, served by Streamlit; `LAMASSU_HOME` names the installation."""

from __future__ import annotations

import streamlit as st

from layers.views import triage

st.set_page_config(page_title="Alerts", layout="wide", page_icon="\U0001f5c2")
triage.show()
