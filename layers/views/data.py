"""What came into the store, what was kept aside and why, and how to undo it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from geo.errors import LamassuError
from geo.model import ImportReport, QuarantinedRow, Tlp
from geo.pipeline import intake
from layers.style import safe_markdown
from layers.views import cache
from layers.views.identity import author
from layers.views.uploads import save_uploads

KINDS = {
    "sites": "Sites (CSV)",
    "posts": "Border posts (CSV)",
    "seizures": "Seizures (CSV)",
    "events": "Site events (CSV)",
    "roads": "Roads (OpenStreetMap extract, GeoPackage, GeoJSON, or a CSV of links)",
    "scenes": "Satellite scenes (GeoTIFF)",
    "terrain": "Terrain (GeoTIFF of heights)",
}

PICTURES = frozenset({"scenes", "terrain"})
"""Kinds that come as rasters."""


def show() -> None:
    """The page of data."""
    st.title("Data", anchor=False)
    bring, history = st.tabs(["Bring in", "Imports"])
    with bring:
        _bring_in()
    with history:
        _imports()


def _bring_in() -> None:
    """Upload, try, import."""
    st.caption(
        "Every row of a file is either accepted, kept aside with its reason, or known already. "
        "Nothing disappears, and an import can be undone as a whole."
    )
    left, right = st.columns([3, 2])
    kind = left.selectbox(
        "What the file holds", list(KINDS), format_func=KINDS.__getitem__, index=2
    )
    wanted = [".tif", ".tiff"] if kind in PICTURES else [".csv"]
    if kind == "roads":
        wanted += sorted(intake.ROAD_SUFFIXES)
    files = left.file_uploader("Files", type=wanted, accept_multiple_files=True)
    source = right.text_input("Source", placeholder="who sent it, in words", max_chars=200)
    grade = right.text_input("Admiralty grade", "F6", max_chars=2)
    marking = right.selectbox(
        "Marking of unmarked rows", [tlp.value for tlp in Tlp], index=list(Tlp).index(Tlp.AMBER)
    )
    taken_on = (
        right.date_input("Day of scenes that tell none", None, format="YYYY-MM-DD")
        if kind == "scenes"
        else None
    )
    if kind not in PICTURES:
        with left.expander("Columns"):
            st.html(_columns_html(kind))
    options = intake.ImportOptions(
        source=source.strip(),
        grade=grade.strip().upper(),
        marking=Tlp(marking),
        author=author(),
        acquired_at=datetime(taken_on.year, taken_on.month, taken_on.day, tzinfo=UTC)
        if taken_on
        else None,
    )
    check, keep = left.columns(2)
    tried = check.button("Check only", disabled=not files, width="stretch")
    kept = keep.button("Import", type="primary", disabled=not files, width="stretch")
    if tried or kept:
        st.session_state["import_outcome"] = _import(kind, files, options, dry_run=tried)
        st.session_state["import_kind"] = kind
    if st.session_state.get("import_kind") == kind:
        _show_outcome(*st.session_state["import_outcome"])


def _import(
    kind: str, files: Sequence[Any], options: intake.ImportOptions, *, dry_run: bool
) -> tuple[list[ImportReport], str, bool]:
    """The reports, the refusal if there was one, and whether it was only a check."""
    with tempfile.TemporaryDirectory(prefix="lamassu-upload-") as folder:
        paths = save_uploads(files, Path(folder))
        try:
            reports = intake.import_files(
                cache.store(),
                cache.settings(),
                kind,
                paths,
                options=options,
                now=datetime.now(UTC),
                dry_run=dry_run,
            )
            return list(reports), "", dry_run
        except LamassuError as err:
            return [], str(err), dry_run


def _show_outcome(reports: list[ImportReport], refusal: str, dry_run: bool) -> None:
    """What became of each row."""
    if refusal:
        st.error(f"Refused; the store is unchanged. {safe_markdown(refusal)}")
    for number, report in enumerate(reports):
        told = f"**{safe_markdown(report.file_name)}**: {safe_markdown(report)}"
        state = "nothing was kept" if dry_run else f"import {safe_markdown(report.import_id)}"
        (st.warning if report.quarantined else st.success)(f"{told} ({state})")
        for note in report.notes:
            st.caption(safe_markdown(note))
        if report.rows:
            _quarantine_table(report.rows, key=f"outcome {number} {report.import_id}")


def _quarantine_table(rows: tuple[QuarantinedRow, ...], *, key: str) -> None:
    """Rows kept aside, with their reasons."""
    table = pd.DataFrame(
        {
            "Row": [row.row_number for row in rows],
            "What": [row.what for row in rows],
            "Expected": [row.expected for row in rows],
            "What to do": [row.remedy for row in rows],
            "The row as it stood": [row.text for row in rows],
        }
    )
    st.dataframe(table, hide_index=True, key=key)


def _columns_html(kind: str) -> str:
    """The columns that a table of this kind may have, with what they hold."""
    from geo.frames import columns_of  # noqa: PLC0415

    described = []
    for column in columns_of(kind):
        if column.name == "geometry":
            names = "from_lon, from_lat, to_lon, to_lat" if kind == "roads" else "lon, lat"
            described.append(f"<li><code>{names}</code> decimal degrees, WGS 84</li>")
            continue
        values = f": {', '.join(code for code in column.codes if code)}" if column.codes else ""
        need = " <b>required</b>" if column.required else ""
        described.append(f"<li><code>{column.name}</code>{need}{values}</li>")
    return f"<ul style='columns:2;font-size:.85rem'>{''.join(described)}</ul>"


def _imports() -> None:
    """Every import, its quarantine, and undo."""
    store = cache.store()
    imports = store.imports()
    table = pd.DataFrame(
        {
            "Import": [one.import_id for one in imports],
            "When (UTC)": [f"{one.imported_at:%Y-%m-%d %H:%M}" for one in imports],
            "Kind": [one.kind for one in imports],
            "File": [one.key.file_name for one in imports],
            "Read": [one.read for one in imports],
            "Accepted": [one.accepted for one in imports],
            "Quarantined": [one.quarantined for one in imports],
            "Duplicate": [one.duplicate for one in imports],
            "By": [one.author for one in imports],
            "State": ["undone" if one.undone_at else "in force" for one in imports],
        }
    )
    st.caption("Choose an import to see what was kept aside, or to undo it.")
    event = st.dataframe(
        table, hide_index=True, on_select="rerun", selection_mode="single-row", key="imports"
    )
    if not event.selection.rows:
        return
    chosen = imports[event.selection.rows[0]]
    rows = store.quarantine(chosen.import_id)
    if rows:
        st.subheader("Kept aside", anchor=False)
        _quarantine_table(rows, key=f"quarantine {chosen.import_id}")
    if chosen.undone_at:
        st.info(
            f"Undone on {chosen.undone_at:%Y-%m-%d %H:%M} UTC by {safe_markdown(chosen.undone_by)}."
        )
        return
    with st.popover(f"Undo {chosen.import_id}"):
        st.write(
            f"Withdraws {chosen.accepted} records that this import brought. They stay in the "
            "history, and the file can be imported again."
        )
        corrected = st.checkbox("Also withdraw corrections made to them since")
        if st.button("Undo the import", type="primary"):
            try:
                report = store.undo(
                    chosen.import_id,
                    author=author(),
                    now=datetime.now(UTC),
                    with_corrections=corrected,
                )
            except LamassuError as err:
                st.error(safe_markdown(err))
            else:
                st.session_state.pop("import_kind", None)
                st.toast(f"{report.withdrawn} versions withdrawn, {report.restored} restored")
                st.rerun()
