"""One record's card with what can be done with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from geo.access import OFFICE, Right
from geo.columns import Form, columns_of
from geo.errors import LamassuError
from geo.pipeline import intake
from layers.card import card_html, title
from layers.style import safe_markdown
from layers.views import cache, who, why
from layers.views.cases import CASE_KEY
from layers.views.origins import start_from
from layers.views.triage import ALERT_KEY

KEPT_COLUMNS = {
    "id", "dataset_id", "geometry", "simulated", "provenance", "sha256", "path", "method",
    "features",
}  # fmt: skip
"""Columns that a correction in the browser does not touch."""


def show_record(kind: str, row: pd.Series) -> None:
    """The card, with its history, a form to correct it and ways to go on for those who may."""
    with st.container(border=True, height=430):
        st.html(card_html(kind, row))
    somebody = who.principal()
    if somebody.viewer != OFFICE:
        why.popover(kind, row)
    if somebody.may(Right.KEEP) and somebody.may(Right.ANALYSE):
        _office_buttons(kind, row)


def _office_buttons(kind: str, row: pd.Series) -> None:
    """What those who analyse and keep can do with a record."""
    first, second, third = st.columns(3)
    with first.popover("Correct", width="stretch"):
        _correct(kind, row)
    with second.popover("History", width="stretch"):
        _history(kind, row)
    if kind in {"sites", "alerts"} and third.button(
        "Change here", width="stretch", help="Compare satellite scenes of this place"
    ):
        st.session_state["change site"] = row["id"] if kind == "sites" else row["site_id"]
        st.switch_page(st.session_state["change page"])
    if kind == "alerts" and st.button(
        "Judge it",
        width="stretch",
        icon=":material/gavel:",
        help="Before and after, the opinions so far, and your own",
    ):
        st.session_state[ALERT_KEY] = (str(row["dataset_id"]), str(row["id"]))
        st.switch_page(st.session_state["alerts page"])
    if kind in {"sites", "alerts"} and st.button(
        "Routes from here",
        width="stretch",
        icon=":material/route:",
        help="How could objects leave the country from this place?",
        disabled=row["geometry"] is None or row["geometry"].is_empty,
    ):
        start_from(kind, str(row["id"]))
        st.switch_page(st.session_state["routes page"])

    if kind == "seizures" and st.button(
        "Open the case",
        width="stretch",
        icon=":material/folder_open:",
        help="Its objects, custody and photographs, and what may belong to it",
    ):
        st.session_state[CASE_KEY] = (str(row["dataset_id"]), str(row["id"]))
        st.switch_page(st.session_state["cases page"])


def _correct(kind: str, row: pd.Series) -> None:
    """A new version of one field, with its reason."""
    st.caption(f"Correcting {safe_markdown(title(kind, row))}. The version before is kept.")
    columns = {
        column.name: column for column in columns_of(kind) if column.name not in KEPT_COLUMNS
    }
    name = st.selectbox("Field", list(columns), format_func=lambda text: text.replace("_", " "))
    column = columns[name]
    before = "" if pd.isna(row.get(name)) else str(row.get(name))
    if column.codes and column.form is Form.CODE:
        options = list(column.codes)
        index = options.index(before) if before in options else 0
        value = st.selectbox("New value", options, index=index, key=f"new {name} {row['id']}")
    else:
        value = st.text_input("New value", before, key=f"new {name} {row['id']}")
    reason = st.text_input("Reason", key=f"reason {row['id']}", placeholder="why, and who says so")
    if st.button("Save the correction", type="primary", disabled=not reason.strip()):
        try:
            intake.correct(
                cache.store(),
                kind,
                str(row["id"]),
                {name: value},
                dataset_id=str(row["dataset_id"]),
                author=who.author(),
                reason=reason,
                now=datetime.now(UTC),
            )
        except LamassuError as err:
            st.error(safe_markdown(err))
        else:
            st.rerun()


def _history(kind: str, row: pd.Series) -> None:
    """Every version, newest first, with who made it and why."""
    versions = cache.store().history(kind, str(row["id"]), dataset_id=str(row["dataset_id"]))
    for _, version in versions.iloc[::-1].iterrows():
        state = "current" if version["current"] else "undone" if version["undone"] else "before"
        st.markdown(
            f"**Version {version['version']}** ({state}), "
            f"{version['recorded_at']:%Y-%m-%d %H:%M} UTC "
            f"by {safe_markdown(version['author'] or 'unknown')}"
        )
        st.caption(safe_markdown(version["reason"] or f"import {version['import_id']}"))
