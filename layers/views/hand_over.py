"""Records handed over with their proof: for whom, in which format, and what was done to them."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from geo.access import Right
from geo.columns import RECORDS
from geo.errors import LamassuError
from geo.model import Audience
from geo.pipeline import export
from geo.pipeline.evidence import export_bundle
from geo.query import Query
from layers.style import marking_badge, safe_html, safe_markdown
from layers.views import cache, downloads, who
from layers.views.briefing import audiences_of
from layers.views.reports import sentence

KINDS = tuple(kind for kind in RECORDS if kind not in {"terrain", "networks", "photographs"})
"""Kinds that are handed over as records; the others stand for files."""


def show() -> None:
    """Choose, make, save."""
    who.require(Right.HAND_OVER)
    st.caption(
        "Records are reduced to what the reader may have before anything is written. The file "
        "comes in a ZIP with its proof: fingerprints of the data and of what they were made from, "
        "signed by this installation, and a short program that checks them on any computer. For "
        "the office itself, a file can be brought in again without loss."
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
    names = [audience.value for audience in audiences_of(who.principal().viewer)]
    audience = Audience(
        right.selectbox(
            "For whom",
            names,
            index=min(names.index(Audience.PUBLIC.value) + 1, len(names) - 1),
            format_func=lambda name: {"internal": "The office itself"}.get(name, name.capitalize()),
            key="out audience",
        )
    )
    simulated = right.toggle("With simulated data", value=False, key="out simulated")
    store, principal = cache.store(), who.principal()
    seen_as = (principal.viewer.scope, store.revision(), store.access_version())
    wanted = (kind, ending, audience.value, simulated, seen_as)
    if st.button("Make the file", type="primary", width="stretch"):
        try:
            with st.spinner("Writing and signing"):
                made = export_bundle(
                    store,
                    cache.settings(),
                    kind,
                    ending,
                    audience=audience,
                    query=Query(include_simulated=simulated),
                    author=principal.author,
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
    downloads.save(f"Save {made.name}", made.name, made.content, media_type="application/zip")
