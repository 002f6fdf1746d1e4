"""Records handed over as a file: for whom, in which format, and what was done to them."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from geo.columns import RECORDS
from geo.errors import LamassuError
from geo.model import Audience
from geo.pipeline import export
from geo.query import Query
from layers.card import marking_badge
from layers.style import safe_html, safe_markdown
from layers.views import cache
from layers.views.reports import sentence

KINDS = tuple(kind for kind in RECORDS if kind not in {"terrain", "networks", "photographs"})
"""Kinds that are handed over as records; the others stand for files."""


def show() -> None:
    """Choose, make, save."""
    st.caption(
        "Records are reduced to what the reader may have before anything is written. Every file "
        "tells its marking, for whom it is, and its day. For the office itself, a file can be "
        "brought in again without loss."
    )
    left, right = st.columns([3, 2])
    kind = left.selectbox(
        "Records",
        KINDS,
        index=KINDS.index("seizures"),
        format_func=str.capitalize,
        key="out kind",
    )
    endings = export.endings_for(kind)
    ending = left.selectbox("Format", list(endings), format_func=endings.__getitem__)
    names = [audience.value for audience in Audience]
    audience = Audience(
        right.selectbox(
            "For whom",
            names,
            index=names.index(Audience.PARTNER.value),
            format_func=lambda name: {"internal": "The office itself"}.get(name, name.capitalize()),
            key="out audience",
        )
    )
    simulated = right.toggle("With simulated data", value=False, key="out simulated")
    wanted = (kind, ending, audience.value, simulated, cache.store().revision())
    if st.button("Make the file", type="primary", width="stretch"):
        try:
            made = export.export_bytes(
                cache.store(),
                kind,
                ending,
                audience=audience,
                query=Query(include_simulated=simulated),
                now=datetime.now(UTC),
            )
        except LamassuError as err:
            st.error(safe_markdown(err))
            return
        st.session_state["made export"] = (wanted, made)
    held = st.session_state.get("made export")
    if not held or held[0] != wanted:
        return
    made = held[1]
    report = made.report
    st.html(
        f"<p>{marking_badge(report.marking.value)} &nbsp; <b>{report.records:,}</b> records for "
        f"{safe_html(report.audience.value)}; {report.generalised:,} with coarser places, "
        f"{report.simulated:,} simulated.</p>"
    )
    for note in report.notes:
        st.caption(sentence(note))
    st.download_button(f"Save {safe_markdown(made.name)}", made.content, made.name, width="stretch")
