"""What became of each row of a file, in words and as a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from geo.model import ImportReport, QuarantinedRow
from layers.style import name_markdown, safe_markdown


def show_report(
    report: ImportReport, *, dry_run: bool, key: str, mended_below: bool = False
) -> None:
    """The law of conservation, what was guessed, and the rows that were kept aside.

    With `mended_below`, rows whose cells are known are left to the table in which they are mended.
    """
    state = "nothing was kept" if dry_run else f"import {safe_markdown(report.import_id)}"
    told = f"**{name_markdown(report.file_name)}**: {counted(report)} ({state})"
    (st.warning if report.quarantined else st.success)(told)
    notes_told(report.notes)
    rows = [row for row in report.rows if not (mended_below and row.cells)]
    if rows:
        quarantine_table(rows, key=key)


def counted(report: ImportReport) -> str:
    """The law of conservation in words."""
    rows = "1 row" if report.read == 1 else f"{report.read:,} rows"
    return (
        f"{rows} read = {report.accepted:,} came in + {report.quarantined:,} kept aside"
        f" + {report.duplicate:,} known already"
    )


def notes_told(notes: Sequence[str]) -> None:
    """What was guessed, assumed or left aside, to be opened; a single note stands by itself."""
    if len(notes) == 1:
        st.caption(sentence(notes[0]))
    elif notes:
        with st.expander(f"What was said of the file ({len(notes)} remarks)"):
            st.markdown("\n".join(f"- {sentence(note)}" for note in notes))


def refused(why: object) -> str:
    """A refusal as inert Markdown."""
    return f"Refused; the store is unchanged. {sentence(str(why))}"


def sentence(note: str) -> str:
    """A note as inert Markdown that begins with a capital, unless it begins with a name."""
    plain = note.partition(" ")[0].isalpha()
    return safe_markdown(note[:1].upper() + note[1:] if plain else note)


def quarantine_table(rows: Sequence[QuarantinedRow], *, key: str) -> None:
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
