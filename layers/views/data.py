"""What comes into the store, what was kept aside and why, how to undo it, and what goes out."""

from __future__ import annotations

import streamlit as st

from geo.access import Right
from layers.views import bring_in, hand_over, imports, satellite, who


def show() -> None:
    """The page of data; who keeps nothing finds the way out alone."""
    who.require(Right.HAND_OVER)
    if not who.principal().may(Right.KEEP):
        st.title("Hand over", anchor=False)
        hand_over.show()
        return
    st.title("Data", anchor=False)
    bring, scenes, history, out = st.tabs(["Bring in", "Satellite scenes", "Imports", "Hand over"])
    with bring:
        bring_in.show()
    with scenes:
        satellite.show_part()
    with history:
        imports.show()
    with out:
        hand_over.show()
