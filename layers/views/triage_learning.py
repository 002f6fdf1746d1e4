"""The re-ranker of the feed in the settings: off, until somebody has seen what it would do."""

from __future__ import annotations

from datetime import UTC, datetime

import geopandas as gpd
import streamlit as st

from geo.change.judging import Effect
from geo.change.judging.learning import LEAST_JUDGED
from geo.errors import LamassuError
from geo.pipeline.alerts import BUDGET_A_WEEK, feed, learning
from layers.style import safe_markdown
from layers.views import cache, who

EFFECT_KEY = "reranker effect"
"""Where a session keeps what re-ranking would have done."""


def show_reranker() -> None:
    """The switch, and what it does for judged alerts that it did not learn from."""
    store, now = cache.store(), datetime.now(UTC)
    st.subheader("Order of the alerts", anchor=False)
    frame = feed(store, now=now, rerank=False).frame
    judged, on = len(learning.judged(frame)), learning.is_on(store)
    st.caption(
        "Alerts come by evidence, place, persistence and sensors that agree. From "
        f"{LEAST_JUDGED} judged alerts on, what analysts accepted may change the order. "
        f"{judged:,} are judged; simulated ones do not count."
    )
    enough = judged >= LEAST_JUDGED
    wanted = st.toggle(
        "Re-rank by what analysts accepted", value=on, disabled=not (enough or on), key="reranker"
    )
    if wanted != on:
        try:
            learning.switch(store, frame, on=wanted, author=who.author(), now=now)
        except LamassuError as err:
            st.error(safe_markdown(err))
        else:
            st.toast(f"Re-ranking is {'on' if wanted else 'off'}")
    if st.button("What would it do?", disabled=not enough, key="reranker try"):
        with st.spinner("Learning, and trying it on what was held back"):
            st.session_state[EFFECT_KEY] = _tried(frame)
    tried = st.session_state.get(EFFECT_KEY)
    if tried is not None and enough:
        st.markdown(tried)


def _tried(frame: gpd.GeoDataFrame) -> str:
    """What re-ranking does for judgements that it did not see, or why that cannot be told."""
    try:
        return effect_words(learning.effect(frame, first=BUDGET_A_WEEK))
    except LamassuError as err:
        return safe_markdown(err)


def effect_words(found: Effect) -> str:
    """The effect on held-back judgements in two sentences, as inert Markdown."""
    verdict = "It helps" if found.helps else "It is not shown to help"
    return (
        f"**{verdict}**: average precision {found.before:.2f} without, {found.after:.2f} with it "
        f"(gain {found.gain:+.2f}, 90 % interval {found.low:+.2f} to {found.high:+.2f}), on "
        f"{found.judged:,} judged alerts of {found.groups:,} places that were held back in turn. "
        f"Of the first {found.first}, {found.accepted_first_before} were accepted without and "
        f"{found.accepted_first_after} with it."
    )
