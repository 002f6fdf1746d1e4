"""The page of alerts: a queue that one person can work through, by mouse or by keyboard."""

from __future__ import annotations

import streamlit as st

from geo.access import Right
from layers.views import who
from layers.views.studies import forget_what_others_made

ALERT_KEY = "alert"
"""Where another page puts the (dataset, id) of an alert that it wants to open."""


def show() -> None:
    """The page of alerts."""
    who.require(Right.ANALYSE)
    forget_what_others_made()
    st.title("Alerts", anchor=False)
    from layers.views.triage_queue import show_queue  # noqa: PLC0415 - its libraries are slow to load

    show_queue()
