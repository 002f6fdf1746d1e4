"""What comes into the store, what was kept aside and why, how to undo it, and what goes out."""

from __future__ import annotations

import streamlit as st

from layers.views import bring_in, hand_over, imports


def show() -> None:
    """The page of data."""
    st.title("Data", anchor=False)
    bring, history, out = st.tabs(["Bring in", "Imports", "Hand over"])
    with bring:
        bring_in.show()
    with history:
        imports.show()
    with out:
        hand_over.show()
