"""Every import: what it brought, the rows it kept aside and how to mend them, and undo."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from geo.access import Right
from geo.errors import LamassuError
from geo.pipeline.intake import mending
from geo.store import ImportRecord, Store
from layers.style import name_markdown, safe_markdown
from layers.views import cache, who
from layers.views.reports import notes_told, quarantine_table, refused, show_report

MOST_MENDED = 500
"""Rows that are offered for mending at once."""

LINES_PX = 100
"""Height of a row in which a reason has room for five lines."""

WHY = {"row": "Row", "why": "Why it was kept aside"}
"""Columns of the mending table that tell and are not written to."""


def show() -> None:
    """The list, and what can be done with the chosen import."""
    who.require(Right.KEEP)
    store = cache.store()
    records = store.imports()
    if not records:
        st.info("Nothing has been brought in yet.")
        return
    table = pd.DataFrame(
        {
            "Import": [one.import_id for one in records],
            "When (UTC)": [f"{one.imported_at:%Y-%m-%d %H:%M}" for one in records],
            "Kind": [one.kind for one in records],
            "File": [one.key.file_name for one in records],
            "Rows read": [one.read for one in records],
            "Came in": [one.accepted for one in records],
            "Kept aside": [one.quarantined for one in records],
            "Known already": [one.duplicate for one in records],
            "By": [one.author for one in records],
            "State": ["undone" if one.undone_at else "in force" for one in records],
        }
    )
    st.caption("Tick an import to see and mend what was kept aside, or to undo it.")
    event = st.dataframe(
        table, hide_index=True, on_select="rerun", selection_mode="single-row", key="imports"
    )
    if not event.selection.rows or event.selection.rows[0] >= len(records):
        return
    chosen = records[event.selection.rows[0]]
    st.subheader(name_markdown(chosen.key.file_name), anchor=False)
    notes_told(chosen.notes)
    _kept_aside(store, chosen)
    if chosen.undone_at:
        st.info(
            f"Undone on {chosen.undone_at:%Y-%m-%d %H:%M} UTC by {safe_markdown(chosen.undone_by)}."
        )
    else:
        _undo(store, chosen)


def mend_panel(store: Store, import_id: str, *, key: str) -> None:
    """The rows of an import that wait, as a table to write in, and the buttons for them."""
    told = st.session_state.get("mended rows")
    if told and told[0] == import_id:
        show_report(told[1], dry_run=False, key=f"mended {key}")
    rows = [one for one in mending.waiting(store, import_id) if one.cells]
    if not rows:
        return
    header = mending.header_of(store, import_id)
    shown = rows[:MOST_MENDED]
    more = f" The first {MOST_MENDED} of {len(rows):,} are shown." if len(rows) > len(shown) else ""
    st.caption(
        "Double-click a cell, write what it should say, then take the mended rows in. The rows as "
        f"they stood stay with the import.{more}"
    )
    before = pd.DataFrame(
        {
            "row": [one.row.row_number for one in shown],
            "why": [_why(one) for one in shown],
            **{
                f"c{at}": [one.cells.get(name, "") for one in shown]
                for at, name in enumerate(header)
            },
        }
    )
    # What was written belongs to these very rows: other rows make another table.
    waiting = hashlib.sha256(repr(list(before["row"])).encode()).hexdigest()[:8]
    after = st.data_editor(
        before,
        hide_index=True,
        disabled=list(WHY),
        key=f"mending {key} {waiting}",
        row_height=LINES_PX,
        column_config={
            "row": st.column_config.NumberColumn(WHY["row"], format="%d", pinned=True),
            "why": st.column_config.TextColumn(WHY["why"], width=260),
        }
        | {f"c{at}": st.column_config.TextColumn(name) for at, name in enumerate(header)},
    )
    cells = [f"c{at}" for at in range(len(header))]
    changed = after.index[(after[cells].fillna("") != before[cells]).any(axis=1)]
    count = f"{len(changed)} mended row{'' if len(changed) == 1 else 's'}"
    check, take = st.columns(2)
    tried = check.button(
        f"Check {count}", disabled=not len(changed), width="stretch", key=f"check mended {key}"
    )
    taken = take.button(
        f"Take {count} in", type="primary", disabled=not len(changed), width="stretch",
        key=f"take mended {key}",
    )  # fmt: skip
    if not (tried or taken):
        return
    mended = {
        int(after.at[index, "row"]): {
            name: str(after.at[index, cell] or "") for name, cell in zip(header, cells, strict=True)
        }
        for index in changed
    }
    try:
        report = mending.mend(
            store,
            import_id,
            mended,
            settings=cache.settings(),
            author=who.author(),
            now=datetime.now(UTC),
            dry_run=tried,
        )
    except LamassuError as err:
        st.error(refused(err))
        return
    if tried:
        show_report(report, dry_run=True, key=f"mended {key}")
        return
    st.session_state["mended rows"] = (import_id, report)
    st.rerun()


def _why(waiting: mending.WaitingRow) -> str:
    """Why a row was kept aside, and what to do."""
    row = waiting.row
    return "; ".join(filter(None, [row.what, f"expected {row.expected}", row.remedy]))


def _kept_aside(store: Store, chosen: ImportRecord) -> None:
    """The rows of an import that were kept aside, and what became of them."""
    rows = store.quarantine(chosen.import_id)
    if not rows:
        return
    st.subheader("Kept aside", anchor=False)
    mended = [row for row in rows if row.mended_in]
    if mended:
        into = sorted({row.mended_in for row in mended})
        st.caption(f"{len(mended)} rows were mended and came in with {safe_markdown(into[0])}"
                   + (f" and {len(into) - 1} more" if len(into) > 1 else "") + ".")  # fmt: skip
    if not chosen.undone_at:
        mend_panel(store, chosen.import_id, key=f"{chosen.import_id} in the list")
    alone = bool(chosen.undone_at) or not all(row.cells for row in rows)
    with st.expander("The rows as they stood", expanded=alone):
        quarantine_table(rows, key=f"quarantine {chosen.import_id}")


def _undo(store: Store, chosen: ImportRecord) -> None:
    """The button that withdraws an import."""
    with st.popover(f"Undo {chosen.import_id}"):
        st.write(
            f"Withdraws {chosen.accepted:,} records that this import brought. They stay in the "
            "history, and the file can be imported again."
        )
        corrected = st.checkbox("Also withdraw corrections made to them since")
        if st.button("Undo the import", type="primary"):
            try:
                report = store.undo(
                    chosen.import_id,
                    author=who.author(),
                    now=datetime.now(UTC),
                    with_corrections=corrected,
                )
            except LamassuError as err:
                st.error(safe_markdown(err))
            else:
                for told in ("import outcome", "mended rows"):
                    st.session_state.pop(told, None)
                st.toast(f"{report.withdrawn} versions withdrawn, {report.restored} restored")
                st.rerun()
