"""One table on its way in: which sheet, what its columns mean, what would become of its rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from geo.errors import LamassuError, MissingColumns
from geo.model import ImportReport
from geo.pipeline import intake
from geo.pipeline.intake.tables import TableOrder
from geo.sources.readers.raw import RawFile, RawTable
from layers.style import safe_markdown
from layers.views import cache, meanings, would_be
from layers.views.outcome import Outcome, show_outcome
from layers.views.reports import refused, sentence

CHECKED_AT_ONCE = 5_000
"""Rows up to which each change of a meaning is checked at once; more wait for a button."""


def show(kind: str, upload: str, raw: RawFile, options: intake.ImportOptions) -> None:
    """The steps from an open file to its rows in the store, or what became of them.

    `upload` names the upload: the same file brought once more is looked at anew.
    """
    try:
        table = _chosen_table(raw)
        mapping, doubts = meanings.edit(kind, raw, table, options)
        order = TableOrder(
            raw=raw, table=table, mapping=mapping, options=options, doubts=tuple(doubts)
        )
        order = replace(order, placed=would_be.confirmed_places(order))
        outcome = st.session_state.get("import outcome")
        if outcome and outcome.about == (upload, order.key):
            show_outcome(outcome)
            return
        checked = would_be.show(order, at_once=table.rows <= CHECKED_AT_ONCE)
    except MissingColumns as err:
        st.error(f"Not ready yet: {safe_markdown(_without_table(err))}")
        return
    except LamassuError as err:
        st.error(refused(err))
        return
    _offer(upload, order, checked)


def _without_table(err: MissingColumns) -> str:
    """What is missing, in words for somebody who has the columns before them."""
    lacking = err.what.partition("; it has ")[0]
    return (
        f"{lacking}. Say above which column gives it, or write what holds for every row; "
        "a meaning that may stand once is given to one column only."
    )


def _chosen_table(raw: RawFile) -> RawTable:
    """The sheet or layer that is meant, chosen by the user where there are several."""
    for note in raw.notes:
        st.caption(sentence(note))
    if len(raw.tables) == 1:
        return raw.tables[0]
    first, _ = intake.chosen_tables(raw)
    # By its place in the file: two layers may have one name.
    return raw.tables[
        st.selectbox(
            f"Sheet or layer: which of the {len(raw.tables)} is meant? Each is brought in alone.",
            range(len(raw.tables)),
            index=next(at for at, table in enumerate(raw.tables) if table is first[0]),
            format_func=lambda at: _table_words(raw.tables[at]),
            key=f"table {raw.sha256[:12]}",
        )
    ]


def _table_words(table: RawTable) -> str:
    """A sheet or layer as a line of a list."""
    rows = f"{table.rows:,} row{'' if table.rows == 1 else 's'}"
    return f"\u2068{table.name}\u2069 ({rows}{', hidden in the file' if table.hidden else ''})"


def _offer(upload: str, order: TableOrder, checked: ImportReport | None) -> None:
    """The button that takes the table in."""
    partner = order.options.partner
    remember = bool(partner) and st.checkbox(
        f"Remember these columns for {safe_markdown(partner)}", value=True
    )
    nothing = checked is not None and not (checked.accepted or checked.quarantined)
    if nothing:
        st.info("There is nothing new in this table: the store holds all of it already.")
    if st.button(
        _words(checked), type="primary", width="stretch", key="import one table", disabled=nothing
    ):
        _keep(upload, order, remember=remember)


def _words(checked: ImportReport | None) -> str:
    """What the button does."""
    if checked is None:
        return "Import without looking"
    aside = f"keep {checked.quarantined:,} aside" if checked.quarantined else ""
    if not checked.accepted:
        return f"Import none, {aside}" if aside else "Import"
    rows = f"Import {checked.accepted:,} row{'' if checked.accepted == 1 else 's'}"
    return f"{rows}, {aside}" if aside else rows


def _keep(upload: str, order: TableOrder, *, remember: bool) -> None:
    """Take the table in, and remember its columns if that is wanted."""
    now = datetime.now(UTC)
    bar = st.progress(0.0, "importing")

    def told(rows: int) -> None:
        bar.progress(min(rows / max(order.table.rows, 1), 1.0), f"importing, row {rows:,}")

    try:
        report = intake.add_table(
            cache.store(), order, settings=cache.settings(), now=now, progress=told
        )
        st.session_state["import outcome"] = Outcome(
            order.mapping.kind, (upload, order.key), [report]
        )
        if remember:
            intake.keep_mapping(cache.store(), order, partner=order.options.partner, now=now)
    except LamassuError as err:
        bar.empty()
        st.error(refused(err))
        return
    st.rerun()
