"""What a session has worked out: it goes once the session may not see all that it was made of."""

from __future__ import annotations

import streamlit as st

from layers.views import cache

SEEN_AS_KEY = "studies seen as"
"""Where a session keeps through whose eyes its studies were made."""

MADE = (
    "change found", "change of", "change refused",
    "watch found", "watch of", "watch refused",
    "alert made again", "alert tested", "reranker effect",
    "routes found", "routes asked", "routes refused", "routes what if", "route chosen",
    "exposure found", "checks found", "validation found",
    "hotspot study", "hotspot chosen", "pages drawn", "made export",
)  # fmt: skip
"""Where the pages keep what they have worked out."""


def forget_what_others_made() -> None:
    """Let go of every study that was made through other eyes, or before members or groups changed.

    A study holds places of what it was made from. Who lost the access to that loses the study.
    """
    store = cache.store()
    seen_as = (store.url, store.principal.viewer.scope, store.access_version())
    if st.session_state.get(SEEN_AS_KEY, seen_as) != seen_as:
        for key in MADE:
            st.session_state.pop(key, None)
    st.session_state[SEEN_AS_KEY] = seen_as
